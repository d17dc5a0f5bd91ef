//! What is wanted: objects by number, names by asking once and remembering.

use crate::blob::{Holder, Part, Wanted};
use crate::source::git::store::Store;

/// Slots for names that were asked for; the few names of a repository are asked for again and again.
const SLOTS: usize = 1 << 12;

/// Longest name that is remembered, in bytes.
const NAME_BYTES_MAX: usize = 38;

/// The wanted objects of one repository.
pub(super) struct Targets {
    /// Number and holder, ascending; what stands in trees.
    pub(super) in_trees: Vec<(u32, Holder)>,
    /// Number and holder of what is a commit or a tag, or a part of one.
    pub(super) texts: Vec<(u32, Holder)>,
    /// For each object, whether it stands in trees and is wanted.
    pub(super) is_wanted: Vec<bool>,
}

impl Targets {
    pub(super) fn new(store: &Store, repository: u32, wanted: &Wanted<'_>) -> Self {
        let mut targets = Self {
            in_trees: Vec::new(),
            texts: Vec::new(),
            is_wanted: vec![false; store.len() as usize],
        };
        for holder in wanted.holders {
            if holder.repository != repository {
                continue;
            }
            let Some(number) = store.number(holder.id.as_bytes()) else {
                continue;
            };
            match holder.part {
                Part::Content | Part::FileName | Part::SymlinkTarget | Part::Note => {
                    targets.is_wanted[number as usize] = true;
                    targets.in_trees.push((number, *holder));
                }
                Part::CommitMessage | Part::TagMessage | Part::Author => {
                    targets.texts.push((number, *holder));
                }
                Part::RefName => {}
            }
        }
        targets.in_trees.sort_unstable();
        targets.in_trees.dedup();
        targets
    }

    /// Holders of an object.
    pub(super) fn of(&self, number: u32) -> &[(u32, Holder)] {
        let from = self.in_trees.partition_point(|holder| holder.0 < number);
        let to = self.in_trees.partition_point(|holder| holder.0 <= number);
        &self.in_trees[from..to]
    }

    /// Whether an object is wanted, of whatever number.
    #[inline]
    pub(super) fn has(&self, number: u32) -> bool {
        self.is_wanted.get(number as usize) == Some(&true)
    }
}

/// Answers about names that were given.
pub(super) struct Asked {
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    name: [u8; NAME_BYTES_MAX],
    len: u8,
    is_wanted: bool,
}

impl Default for Asked {
    fn default() -> Self {
        // No name is as long as an empty slot says.
        let empty = Slot {
            name: [0; NAME_BYTES_MAX],
            len: u8::MAX,
            is_wanted: false,
        };
        Self {
            slots: vec![empty; SLOTS],
        }
    }
}

impl Asked {
    /// Whether a name is wanted.
    #[inline]
    pub(super) fn is_wanted(&mut self, name: &[u8], wanted: &Wanted<'_>) -> bool {
        if name.len() > NAME_BYTES_MAX {
            return (wanted.is_wanted)(name);
        }
        let slot = &mut self.slots[place(name)];
        if usize::from(slot.len) != name.len() || slot.name[..name.len()] != *name {
            slot.is_wanted = (wanted.is_wanted)(name);
            slot.name[..name.len()].copy_from_slice(name);
            slot.len = name.len() as u8;
        }
        slot.is_wanted
    }
}

/// Where a name is remembered, by its length and its first and last four bytes.
fn place(name: &[u8]) -> usize {
    let word = |bytes: Option<&[u8; 4]>| u32::from_le_bytes(*bytes.unwrap_or(&[0; 4]));
    let (first, last) = (word(name.first_chunk()), word(name.last_chunk()));
    let mixed = (first ^ last.rotate_left(13)).wrapping_add(name.len() as u32);
    (mixed.wrapping_mul(0x9e37_79b1) >> 20) as usize % SLOTS
}
