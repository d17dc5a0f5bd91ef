//! Looks up many names of objects, most of which were looked up a moment ago.
//!
//! Trees differ little from their versions, so nearly every entry was seen in the tree before. A small
//! table, one for each thread, answers for those.

use crate::blob::{Skip, SkipReason};
use crate::git::{Id, Kind, Malformed, tree};
use crate::source::git::history::NONE;
use crate::source::git::store::Store;

/// Slots of a table: 600 KiB, so that it stays in a core's own cache.
const SLOTS: usize = 1 << 14;

/// Most objects of one sort that are named one by one.
pub(super) const NAMED_MAX: usize = 100;

/// Numbers of objects by name.
pub(super) struct Lookup<'a> {
    store: &'a Store,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    id: [u8; 32],
    number: u32,
}

impl<'a> Lookup<'a> {
    pub(super) fn new(store: &'a Store) -> Self {
        // No object has the name that is all zeros, so an empty slot tells the truth of it.
        let empty = Slot {
            id: [0; 32],
            number: NONE,
        };
        let n = store.len() as usize;
        Self {
            store,
            slots: vec![empty; SLOTS.min(n.next_power_of_two())],
        }
    }

    /// The number of the object of this name, or [`NONE`].
    #[inline]
    pub(super) fn number(&mut self, id: &[u8]) -> u32 {
        let [a, b, ..] = *id else { return NONE };
        let n = self.slots.len();
        let slot = &mut self.slots[usize::from(u16::from_le_bytes([a, b])) % n];
        if slot.id[..id.len()] == *id {
            return slot.number;
        }
        slot.id[..id.len()].copy_from_slice(id);
        slot.number = self.store.number(id).unwrap_or(NONE);
        slot.number
    }
}

/// Hands over every entry of the trees that are asked for, on several threads, each with a state and a
/// table of its own. What is wrong with a tree is a skip; the entries before it count.
pub(super) fn each_entry<'a, T: Send>(
    store: &'a Store,
    jobs: usize,
    is_asked: impl Fn(u32) -> bool + Sync,
    build: impl Fn() -> T + Sync,
    take: impl Fn(&mut T, &mut Lookup<'a>, Step<'_>) + Sync,
) -> (Vec<T>, Vec<Skip>) {
    let state = || (build(), Lookup::new(store), Vec::new());
    let (shards, mut all) = store.each(Kind::Tree, jobs, state, |(state, lookup, skips), tree| {
        if !is_asked(tree.number) {
            return;
        }
        take(state, lookup, Step::Tree(tree.number));
        let mut rest = tree.bytes;
        loop {
            match tree::next(&mut rest, tree.id.format()) {
                Ok(Some(entry)) => take(state, lookup, Step::Entry(entry)),
                Ok(None) => break,
                Err(problem) => {
                    if skips.len() < NAMED_MAX {
                        skips.push(damaged(&tree.id, &problem));
                    }
                    break;
                }
            }
        }
    });
    let mut states = Vec::new();
    for (state, _, skips) in shards {
        states.push(state);
        all.extend(skips);
    }
    all.sort();
    all.dedup();
    (states, all)
}

/// A step through trees.
pub(super) enum Step<'a> {
    /// Here begins the tree of this number.
    Tree(u32),
    /// An entry of the tree that began last.
    Entry(tree::Entry<'a>),
}

/// Says what an object is called where it has no path.
pub(super) fn object_name(id: &Id) -> Vec<u8> {
    format!("(object {id})").into_bytes()
}

pub(super) fn damaged(id: &Id, problem: &Malformed) -> Skip {
    Skip {
        what: object_name(id),
        holder: None,
        reason: SkipReason::Damaged {
            kind: "git object",
            problem: problem.to_string(),
        },
    }
}
