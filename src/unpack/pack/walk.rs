//! Follows the deltas of a pack: makes each object from its base, depth first.
//!
//! Of the objects made from one base the one that most others are made from comes last, and by then the
//! base is let go. So only a few objects are held at once, whatever the length of a chain.

use std::io::Read;
use std::ops::ControlFlow;

use flate2::Decompress;

use crate::git::{Format, Id, Kind, delta};
use crate::unpack::inflate::{self, Inflate};
use crate::unpack::members::Members;
use crate::unpack::pack::{Entry, Made, label, object, read_header};
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// What is known of a pack after it was read in order.
pub(super) struct Index {
    pub(super) format: Format,
    /// Every object that was met, in order.
    pub(super) entries: Vec<Entry>,
    /// The deltas that name their base, each with its index.
    pub(super) named: Vec<(Id, u32)>,
    /// Where the last one ends.
    pub(super) end: u64,
}

/// Makes all objects that are deltas, and hands them over.
pub(super) fn walk(
    store: &Store<'_>,
    index: Index,
    most: usize,
    out: &mut dyn Members,
) -> ControlFlow<()> {
    Walk::new(store, index, most, out).all()
}

struct Walk<'a> {
    store: &'a Store<'a>,
    index: Index,
    /// Index of a base, then index of an object that is made from it; sorted, the light ones last.
    links: Vec<(u32, u32)>,
    state: Decompress,
    /// Bytes that may be held.
    most: usize,
    out: &'a mut dyn Members,
}

/// An object whose children are not all made yet.
struct Frame {
    bytes: Vec<u8>,
    /// Those left, the next one last.
    children: Vec<u32>,
}

impl<'a> Walk<'a> {
    fn new(store: &'a Store<'a>, index: Index, most: usize, out: &'a mut dyn Members) -> Self {
        let mut walk = Self {
            store,
            index,
            links: Vec::new(),
            state: inflate::state(),
            most,
            out,
        };
        walk.weigh();
        walk
    }

    /// Finds what is made from what, and how many objects hang on each.
    fn weigh(&mut self) {
        let entries = &mut self.index.entries;
        // A base stands before what is made from it.
        for i in (0..entries.len()).rev() {
            if let Made::From(base) = entries[i].made {
                let weight = entries[i].weight.saturating_add(1);
                let base_weight = &mut entries[base as usize].weight;
                *base_weight = base_weight.saturating_add(weight);
                self.links.push((base, i as u32));
            }
        }
        let entries = &self.index.entries;
        self.links.sort_unstable_by_key(|&(base, child)| {
            (
                base,
                std::cmp::Reverse(entries[child as usize].weight),
                child,
            )
        });
        self.index.named.sort_unstable();
    }

    fn all(&mut self) -> ControlFlow<()> {
        for i in 0..self.index.entries.len() {
            let entry = self.index.entries[i];
            if let Made::Whole(kind) = entry.made
                && (!self.links_of(i as u32).is_empty() || self.may_be_named(entry.key))
            {
                self.tree(i as u32, kind)?;
            }
        }
        for at in 0..self.index.named.len() {
            let (base, i) = self.index.named[at];
            if !self.index.entries[i as usize].done {
                let trouble = Trouble::Damaged(format!("base {base} is not in the pack"));
                self.lose(i, trouble)?;
            }
        }
        for i in 0..self.index.entries.len() {
            if !self.index.entries[i].done {
                self.lose(i as u32, Trouble::damaged("its base could not be read"))?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes whatever is made from an object that stands whole in the pack.
    fn tree(&mut self, root: u32, kind: Kind) -> ControlFlow<()> {
        self.out.proceed()?;
        let bytes = match self.inflated(root, self.most) {
            Ok(bytes) => bytes,
            Err(trouble) => return self.lose_children(root, &trouble),
        };
        let format = self.index.format;
        // Only a delta that names its base asks for the name.
        let id = self.may_be_named(self.index.entries[root as usize].key);
        let id = id.then(|| format.id_of(kind, &bytes));
        let children = self.children(root, id.as_ref());
        let mut held = bytes.len();
        let mut frames = vec![Frame { bytes, children }];
        while let Some(frame) = frames.last_mut() {
            let Some(child) = frame.children.pop() else {
                held -= frame.bytes.len();
                frames.pop();
                continue;
            };
            if self.index.entries[child as usize].done {
                continue;
            }
            self.out.proceed()?;
            let made = self.made(child, &frame.bytes, self.most.saturating_sub(held));
            let bytes = match made {
                Ok(bytes) => bytes,
                Err(trouble) => {
                    self.lose(child, trouble)?;
                    continue;
                }
            };
            if frame.children.is_empty() {
                held -= frame.bytes.len();
                frames.pop();
            }
            self.index.entries[child as usize].done = true;
            let id = format.id_of(kind, &bytes);
            object::hand(self.out, (kind, &id), &bytes)?;
            let children = self.children(child, Some(&id));
            if !children.is_empty() {
                held += bytes.len();
                frames.push(Frame { bytes, children });
            }
        }
        ControlFlow::Continue(())
    }

    /// Makes an object from its base with no more memory than that.
    fn made(&mut self, i: u32, base: &[u8], most: usize) -> Result<Vec<u8>, Trouble> {
        let delta = self.inflated(i, most)?;
        let most = most - delta.len();
        let limit = Trouble::Limit("held-bytes-max", self.out.memory_max() as u64);
        if delta::lengths(&delta)?.1 > most as u64 {
            return Err(limit);
        }
        let (mut made, mut copied) = (Vec::new(), Vec::new());
        delta::apply(base, &delta, most, (&mut made, &mut copied))?;
        Ok(made)
    }

    /// The bytes of an object, or of a delta, as the pack has them.
    fn inflated(&mut self, i: u32, most: usize) -> Result<Vec<u8>, Trouble> {
        let at = self.index.entries[i as usize].at;
        let mut section = self.store.section(at..self.end_of(i));
        let len = read_header(&mut section, self.index.format)?.len;
        let limit = Trouble::Limit("held-bytes-max", self.out.memory_max() as u64);
        if len > most as u64 {
            return Err(limit);
        }
        let mut bytes = Vec::new();
        let inflate = Inflate::new(section, &mut self.state);
        inflate.take(most as u64 + 1).read_to_end(&mut bytes)?;
        if bytes.len() > most {
            return Err(limit);
        }
        Ok(bytes)
    }

    /// What is made from an object, the light ones last.
    fn children(&self, i: u32, id: Option<&Id>) -> Vec<u32> {
        let linked = self.links_of(i).iter().map(|&(_, child)| child);
        let named = &self.index.named;
        let start = id.map_or(named.len(), |id| {
            named.partition_point(|(base, _)| base < id)
        });
        let named = named[start..]
            .iter()
            .take_while(|(base, _)| Some(base) == id)
            .map(|&(_, child)| child);
        let mut children: Vec<u32> = linked.chain(named).collect();
        let weight = |child: &u32| self.index.entries[*child as usize].weight;
        children.sort_by_key(|child| std::cmp::Reverse(weight(child)));
        children
    }

    fn links_of(&self, base: u32) -> &[(u32, u32)] {
        let start = self.links.partition_point(|&(of, _)| of < base);
        let n = self.links[start..].partition_point(|&(of, _)| of == base);
        &self.links[start..start + n]
    }

    /// Whether a delta names a base that begins with these bytes.
    fn may_be_named(&self, key: u64) -> bool {
        let named = &self.index.named;
        let start = named.partition_point(|(base, _)| base.key() < key);
        named.get(start).is_some_and(|(base, _)| base.key() == key)
    }

    /// Notes that an object could not be made, nor what is made from it.
    fn lose(&mut self, i: u32, trouble: Trouble) -> ControlFlow<()> {
        let children = trouble.clone();
        self.lose_one(i, trouble)?;
        self.lose_children(i, &children)
    }

    fn lose_children(&mut self, i: u32, trouble: &Trouble) -> ControlFlow<()> {
        let mut bases = vec![i];
        while let Some(base) = bases.pop() {
            let at = self.index.entries[base as usize].at;
            let trouble = match trouble {
                Trouble::Damaged(_) => {
                    Trouble::Damaged(format!("its base at {at} could not be read"))
                }
                other => other.clone(),
            };
            for child in self.children(base, None) {
                self.lose_one(child, trouble.clone())?;
                bases.push(child);
            }
        }
        ControlFlow::Continue(())
    }

    /// Notes that an object could not be made. What its delta puts in stands in the delta as it is.
    fn lose_one(&mut self, i: u32, trouble: Trouble) -> ControlFlow<()> {
        self.index.entries[i as usize].done = true;
        let at = self.index.entries[i as usize].at;
        self.out.lost(Some(label(at).as_bytes()), trouble);
        self.out.proceed()?;
        let mut section = self.store.section(at..self.end_of(i));
        if read_header(&mut section, self.index.format).is_err() {
            return ControlFlow::Continue(());
        }
        let mut delta = Inflate::new(section, &mut self.state);
        let name = format!("(delta at {at})");
        self.out.member(name.as_bytes(), &mut delta)
    }

    /// Where an object ends at the latest.
    fn end_of(&self, i: u32) -> u64 {
        let next = self.index.entries.get(i as usize + 1);
        next.map_or(self.index.end, |next| next.at)
    }
}
