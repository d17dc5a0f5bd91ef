//! Where the objects of a pack are and what they are made from.

use crate::blob::SkipReason;
use crate::git::entry::{self, Base, HEADER_BYTES_MAX};
use crate::git::{Id, Kind};
use crate::source::git::pack::index::Names;
use crate::source::git::pack::window::Window;
use crate::source::git::pack::{HEADER_BYTES, NONE, Pack, broken, malformed, unreadable};

/// Bytes that are checked at once.
const PIECE_BYTES: u64 = 256 << 10;

/// All objects of a pack in the order in which they stand in it.
pub(in crate::source::git) struct Table {
    /// Where each begins, and where the last one ends.
    pub(super) offsets: Vec<u64>,
    /// The position of each in the index.
    pub(super) positions: Vec<u32>,
    /// What each is made from, [`NONE`] for what stands whole and for what cannot be made.
    bases: Vec<u32>,
    /// What each is, none where that cannot be known.
    kinds: Vec<Option<Kind>>,
    /// For each object, where in `children` those begin that are made from it.
    child_starts: Vec<u32>,
    children: Vec<u32>,
    /// What cannot be made, and why.
    damaged: Vec<(u32, SkipReason)>,
}

impl Table {
    /// Reads all headers and checks all checksums, in one pass over the pack.
    pub(super) fn new(pack: &Pack, names: &Names) -> Result<Self, SkipReason> {
        let n = names.len();
        let mut order: Vec<(u64, u32)> = names.offsets.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut offsets: Vec<u64> = order.iter().map(|&(offset, _)| offset).collect();
        offsets.push(pack.objects_end());
        let ascending = offsets.is_sorted_by(|a, b| a < b);
        if !ascending || offsets.first().is_some_and(|&first| first < HEADER_BYTES) {
            return Err(broken("its index points to where no object is"));
        }
        let positions: Vec<u32> = order.iter().map(|&(_, position)| position).collect();
        drop(order);
        let mut table = Self {
            offsets,
            positions,
            bases: vec![NONE; n],
            kinds: vec![None; n],
            child_starts: Vec::new(),
            children: Vec::new(),
            damaged: Vec::new(),
        };
        let named = table.read_headers(pack, names)?;
        table.link_named(named, names);
        table.link();
        table.find_kinds();
        Ok(table)
    }

    /// Number of objects.
    pub(in crate::source::git) fn len(&self) -> u32 {
        self.bases.len() as u32
    }

    /// Where the packed bytes of an object stand.
    pub(super) fn extent(&self, i: u32) -> (u64, u64) {
        (self.offsets[i as usize], self.offsets[i as usize + 1])
    }

    /// The position of an object in the index.
    pub(in crate::source::git) fn position(&self, i: u32) -> u32 {
        self.positions[i as usize]
    }

    /// What an object is made from, [`NONE`] for nothing.
    pub(in crate::source::git) fn base(&self, i: u32) -> u32 {
        self.bases[i as usize]
    }

    /// What an object is; none where it cannot be made.
    pub(in crate::source::git) fn kind(&self, i: u32) -> Option<Kind> {
        self.kinds[i as usize]
    }

    /// What is made from an object; the one that most others are made from comes last.
    pub(super) fn children(&self, i: u32) -> &[u32] {
        let range = self.child_starts[i as usize]..self.child_starts[i as usize + 1];
        &self.children[range.start as usize..range.end as usize]
    }

    /// What cannot be made, and why.
    pub(in crate::source::git) fn damaged(&self) -> &[(u32, SkipReason)] {
        &self.damaged
    }

    /// For each object, how many bytes of the pack it and all that is made from it take. Only for
    /// weighing: where a base stands behind its delta, less than the whole is counted.
    pub(in crate::source::git) fn weights(&self) -> Vec<u64> {
        let extents = self.offsets.windows(2).map(|pair| pair[1] - pair[0]);
        let mut weights: Vec<u64> = extents.collect();
        for i in (0..weights.len()).rev() {
            if let Some(base) = Some(self.bases[i]).filter(|&base| base != NONE) {
                weights[base as usize] = weights[base as usize].saturating_add(weights[i]);
            }
        }
        weights
    }

    /// Reads each header and checks each checksum; yields the deltas that name their base.
    fn read_headers(&mut self, pack: &Pack, names: &Names) -> Result<Vec<(Id, u32)>, SkipReason> {
        let mut window = pack.window();
        let mut named = Vec::new();
        for i in 0..self.len() {
            let (start, end) = self.extent(i);
            if let Some(&stated) = names.crcs.get(self.position(i) as usize)
                && checksum(&mut window, start, end)? != stated
            {
                let reason = broken("the checksum of an object is wrong");
                self.damaged.push((i, reason));
                continue;
            }
            let most = (end - start).min(HEADER_BYTES_MAX as u64) as usize;
            let head = window
                .bytes(start, most)
                .map_err(|error| unreadable(&error))?;
            match entry::read(head, pack.format) {
                Err(why) => self.damaged.push((i, malformed(why))),
                Ok(header) => match header.base {
                    Base::None(kind) => self.kinds[i as usize] = Some(kind),
                    Base::Named(id) => named.push((id, i)),
                    Base::Before(distance) => {
                        let base = start.checked_sub(distance).and_then(|at| self.at(at, i));
                        match base {
                            Some(base) => self.bases[i as usize] = base,
                            None => {
                                let reason = broken("the base of an object is no object");
                                self.damaged.push((i, reason));
                            }
                        }
                    }
                },
            }
        }
        Ok(named)
    }

    /// The object that begins at an offset and stands before `i`. Bases stand near their deltas.
    fn at(&self, offset: u64, i: u32) -> Option<u32> {
        let before = &self.offsets[..i as usize];
        let mut step = 8;
        let mut low = before.len();
        while low > 0 && before[low - 1] >= offset {
            low = low.saturating_sub(step);
            step *= 4;
            if before.get(low).is_some_and(|&at| at <= offset) {
                break;
            }
        }
        let found = before[low..].binary_search(&offset).ok()?;
        Some((low + found) as u32)
    }

    /// Links the deltas that name their base.
    fn link_named(&mut self, named: Vec<(Id, u32)>, names: &Names) {
        if named.is_empty() {
            return;
        }
        let mut order = vec![NONE; self.positions.len()];
        for (&position, i) in self.positions.iter().zip(0..) {
            order[position as usize] = i;
        }
        for (id, i) in named {
            // A base in another pack is looked for when all else is done.
            if let Some(position) = names.find(id.as_bytes()) {
                self.bases[i as usize] = order[position as usize];
            }
        }
    }

    /// Finds what is made from each object, and puts the heaviest last.
    fn link(&mut self) {
        let n = self.bases.len();
        let mut starts = vec![0_u32; n + 1];
        let linked = |bases: &[u32]| {
            let based = bases.iter().copied().zip(0..);
            based.filter(|&(base, _)| base != NONE).collect::<Vec<_>>()
        };
        let links = linked(&self.bases);
        for &(base, _) in &links {
            starts[base as usize + 1] += 1;
        }
        for i in 1..=n {
            starts[i] += starts[i - 1];
        }
        let mut next = starts.clone();
        let mut children = vec![0; links.len()];
        for &(base, child) in &links {
            let at = &mut next[base as usize];
            children[*at as usize] = child;
            *at += 1;
        }
        drop((links, next));
        let weights = self.weights();
        for i in 0..n {
            let of = &mut children[starts[i] as usize..starts[i + 1] as usize];
            let heaviest = (0..of.len()).max_by_key(|&at| weights[of[at] as usize]);
            if let Some(heaviest) = heaviest {
                of[heaviest..].rotate_left(1);
            }
        }
        (self.child_starts, self.children) = (starts, children);
    }

    /// An object is of the kind of its base. What has no kind then hangs on something damaged, on
    /// itself, or on another pack.
    fn find_kinds(&mut self) {
        let whole = |i: &u32| self.bases[*i as usize] == NONE;
        let mut open: Vec<u32> = (0..self.len()).filter(whole).collect();
        while let Some(i) = open.pop() {
            let kind = self.kinds[i as usize];
            let children = self.child_starts[i as usize]..self.child_starts[i as usize + 1];
            if kind.is_some() {
                for at in children {
                    let child = self.children[at as usize];
                    self.kinds[child as usize] = kind;
                    open.push(child);
                }
            }
        }
    }
}

/// The checksum of packed bytes.
fn checksum(window: &mut Window<'_>, start: u64, end: u64) -> Result<u32, SkipReason> {
    let mut hasher = crc32fast::Hasher::new();
    let mut at = start;
    while at < end {
        let n = (end - at).min(PIECE_BYTES) as usize;
        let bytes = window.bytes(at, n).map_err(|error| unreadable(&error))?;
        if bytes.is_empty() {
            break;
        }
        hasher.update(bytes);
        at += bytes.len() as u64;
    }
    Ok(hasher.finalize())
}
