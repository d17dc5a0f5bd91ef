//! Walks trees for the names in them, each new name once.

use std::collections::HashSet;
use std::ops::ControlFlow;

use crate::blob::{Blob, Content, Holder, Part, Place, Version, Visitor};
use crate::git::{Format, Id, tree};
use crate::source::git::store::{Object, Store};

/// Names that are remembered by a glance.
const GLANCES: usize = 4_096;

/// Names that are remembered; more are looked at again.
const NAMES_MAX: usize = 1_000_000;

/// Objects that are not there are remembered up to this number.
const MISSING_MAX: usize = 1_000_000;

/// Walks trees on one thread.
pub(super) struct Names<'a> {
    pub(super) visitor: Box<dyn Visitor + 'a>,
    repository: u32,
    format: Format,
    store: &'a Store,
    seen: HashSet<Box<[u8]>>,
    /// The last name of each hash.
    glances: Vec<Box<[u8]>>,
    /// Where the entries of the last tree at each depth begin, and where the last one ends.
    starts: Vec<Vec<u32>>,
    /// Objects that trees name and that are not there.
    pub(super) missing: HashSet<Id>,
    /// Trees that could not be read to their end.
    pub(super) malformed: Vec<Id>,
}

impl<'a> Names<'a> {
    pub(super) fn new(visitor: Box<dyn Visitor + 'a>, repository: u32, store: &'a Store) -> Self {
        Self {
            visitor,
            repository,
            format: store.format(),
            store,
            seen: HashSet::new(),
            glances: vec![Box::default(); GLANCES],
            starts: Vec::new(),
            missing: HashSet::new(),
            malformed: Vec::new(),
        }
    }

    /// Takes a tree. Of one made from another only the entries are read that are not copied whole: an
    /// entry is its bytes, so one that stands in the base as an entry was looked at there.
    pub(super) fn tree(&mut self, object: &Object<'_>) -> ControlFlow<()> {
        let depth = object.version.depth;
        if self.starts.len() <= depth {
            self.starts.resize_with(depth + 1, Vec::new);
        }
        let mut starts = std::mem::take(&mut self.starts[depth]);
        starts.clear();
        let flow = self.entries(object, &mut starts);
        self.starts[depth] = starts;
        flow
    }

    fn entries(&mut self, object: &Object<'_>, starts: &mut Vec<u32>) -> ControlFlow<()> {
        let len = object.bytes.len();
        let mut at = 0;
        let mut copied = 0;
        while at < len {
            if let Some(end) = self.inherit(&object.version, at, &mut copied, starts) {
                at = end;
                continue;
            }
            let mut rest = &object.bytes[at..];
            match tree::next(&mut rest, self.format) {
                Ok(Some(entry)) => {
                    starts.push(at as u32);
                    at = len - rest.len();
                    self.entry(object.id, &entry)?;
                }
                Ok(None) => break,
                Err(_) => {
                    self.malformed.push(object.id);
                    // Whatever stands there is looked at as it is.
                    self.name(object.id, &object.bytes[at..])?;
                    break;
                }
            }
        }
        starts.push(at as u32);
        ControlFlow::Continue(())
    }

    /// Passes over the entries from `at` on that were copied whole from where the base has entries;
    /// where the last of them ends.
    fn inherit(
        &self,
        version: &Version<'_>,
        at: usize,
        copied: &mut usize,
        starts: &mut Vec<u32>,
    ) -> Option<usize> {
        let delta = version.delta?;
        let base = self.starts.get(version.depth.checked_sub(1)?)?;
        let at = at as u64;
        while delta
            .copied
            .get(*copied)
            .is_some_and(|range| range.to + range.len <= at)
        {
            *copied += 1;
        }
        let range = delta.copied.get(*copied).filter(|range| range.to <= at)?;
        let from = u32::try_from(at - range.to + range.from).ok()?;
        let end = range.from + range.len;
        let first = base.binary_search(&from).ok()?;
        let last = base[first..].partition_point(|&start| u64::from(start) <= end) + first;
        // From one start to the next is an entry.
        let last = last.checked_sub(1).filter(|&last| last > first)?;
        let shift = |start: u32| (u64::from(start) - range.from + range.to) as u32;
        starts.extend(base[first..last].iter().map(|&start| shift(start)));
        Some(shift(base[last]) as usize)
    }

    fn entry(&mut self, tree: Id, entry: &tree::Entry<'_>) -> ControlFlow<()> {
        if entry.mode != tree::Mode::Submodule
            && self.missing.len() < MISSING_MAX
            && self.store.number(entry.id).is_none()
        {
            self.missing.extend(Id::new(self.format, entry.id));
        }
        self.name(tree, entry.name)
    }

    /// Hands over a name, unless it was seen.
    fn name(&mut self, tree: Id, name: &[u8]) -> ControlFlow<()> {
        let slot = &mut self.glances[glance(name)];
        if **slot == *name {
            return ControlFlow::Continue(());
        }
        *slot = name.into();
        if self.seen.contains(name) {
            return ControlFlow::Continue(());
        }
        if self.seen.len() >= NAMES_MAX {
            self.seen.clear();
        }
        self.seen.insert(name.into());
        let place = Place {
            path: Vec::new(),
            containers: 0,
            holder: Some(Holder {
                repository: self.repository,
                id: tree,
                part: Part::FileName,
            }),
        };
        self.visitor.blob(Blob {
            content: Content::Whole(name),
            place: &place,
            version: None,
            news: None,
        })
    }
}

/// A number for a name that is made quickly.
fn glance(name: &[u8]) -> usize {
    let sum = name.iter().fold(0_u32, |sum, &byte| {
        sum.wrapping_mul(0x0100_0193) ^ u32::from(byte)
    });
    (sum ^ sum >> 15) as usize % GLANCES
}
