//! Every occurrence of many literals.
//!
//! The text is sampled at every second byte: there, three bytes with their case folded are hashed.
//! Whichever way a literal lies, one of two neighbouring triples of it is sampled, so the hashes of
//! both are known; where a literal has three bytes only, those with every possible byte before it
//! are. Samples do not depend on each other, so the processor works on several at once. A table
//! says for a block whether any of its hashes may be known; few blocks pass, and of those the samples
//! whose hash is known are compared with the literals of their triple.
//!
//! PERF: 3.5 times as fast as hashing and looking up in one loop, which the compiler cannot turn into
//! vector code; with 40 literals 5 times the `aho_corasick` DFA and about twice four interleaved lanes
//! of it. Medians on files of 40 packages, see `benches/scan.rs`.

use std::ops::Range;

use crate::matcher::Hit;
use crate::matcher::rarity::Commonness;
use crate::matcher::tile::{BLOCK, TILE, TILE_BYTES, Tile};
use crate::rule::model::Anchor;

/// Samples of a block.
const SAMPLES: usize = BLOCK / 2;
/// Hashes whose entries are numbered together, so that each number fits a byte.
const PAGE: usize = 256;

/// The hashes of all samples of a tile.
pub(super) type Hashes = [u16; TILE / 2];

#[derive(Debug)]
pub(super) struct Literals {
    /// For each hash of a triple that some literal has, its number in its page from 1 on; else 0.
    /// In a page that has more than 255 the last ones share a number, and their entries.
    ///
    /// PERF: its length takes the place of a bounds check. It does not fit the nearest cache, but what
    /// text uses of it nearly does; a quarter of it, for the highest bits alone, let so many more blocks
    /// pass that a scan with 230 literals took a tenth longer.
    known: Box<[u8; 1 << u16::BITS]>,
    /// For each page, how many numbers the pages before it have.
    pages: [u32; PAGE],
    /// For each number, where its entries begin in `entries`; one more at the end.
    first: Vec<u32>,
    entries: Vec<Entry>,
    literals: Vec<Literal>,
    /// How far before a sample a literal can begin.
    back_max: usize,
}

/// A literal that has a triple of this hash.
#[derive(Clone, Copy, Debug)]
struct Entry {
    literal: u32,
    /// Position of the triple in the literal; -1 stands before it.
    at: i32,
    /// The literal's first four bytes, as far as `mask` has them.
    head: u32,
    /// The bits in which a text that begins with the literal is equal to `head`.
    mask: u32,
}

#[derive(Debug)]
struct Literal {
    bytes: Vec<u8>,
    fold: bool,
    anchor: u32,
}

impl Literals {
    pub(super) fn new(anchors: &[Anchor]) -> Self {
        let mut literals = Vec::new();
        for (anchor, position) in anchors.iter().zip(0u32..) {
            if let Anchor::Literal { bytes, fold } = anchor {
                literals.push(Literal {
                    bytes: bytes.clone(),
                    fold: *fold,
                    anchor: position,
                });
            }
        }
        let mut keyed = Vec::new();
        let mut commonness = Commonness::new();
        // Those that have the least choice go first; what they let pass costs the others less.
        let mut by_choice: Vec<_> = (0u32..).zip(&literals).collect();
        by_choice.sort_by_key(|(_, literal)| literal.bytes.len());
        for (index, literal) in by_choice {
            let at = rarest_pair(&literal.bytes, &commonness);
            for at in [at, at + 1] {
                let entry = Entry::new(literal, index, at);
                triples(&literal.bytes, at, &mut |hash| {
                    commonness.let_pass(hash);
                    keyed.push((hash, entry));
                });
            }
        }
        keyed.sort_by_key(|(hash, entry)| (*hash, entry.literal, entry.at));
        keyed.dedup_by_key(|(hash, entry)| (*hash, entry.literal, entry.at));
        let mut known = Box::new([0; 1 << u16::BITS]);
        let mut pages = [0; PAGE];
        let mut first = Vec::new();
        let (mut page, mut number, mut last) = (0, 0, None);
        for (&(hash, _), index) in keyed.iter().zip(0u32..) {
            while page < usize::from(hash) / PAGE {
                page += 1;
                pages[page] = first.len() as u32;
                number = 0;
            }
            if last != Some(hash) && number < u8::MAX {
                number += 1;
                first.push(index);
            }
            last = Some(hash);
            known[usize::from(hash)] = number;
        }
        pages[page + 1..].fill(first.len() as u32);
        first.push(keyed.len() as u32);
        let back = keyed.iter().map(|(_, entry)| entry.at.max(0) as usize);
        Self {
            known,
            pages,
            first,
            back_max: back.max().unwrap_or(0),
            entries: keyed.into_iter().map(|(_, entry)| entry).collect(),
            literals,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// How far past the end of a range lie the samples that literals starting in it need.
    pub(super) fn reach(&self) -> usize {
        self.back_max
    }

    /// Gives `found` every occurrence that starts within `starts` and is sampled in the tile.
    pub(super) fn find(
        &self,
        bytes: &[u8],
        tile: Tile<'_>,
        starts: &Range<usize>,
        room: &mut Hashes,
        found: &mut impl FnMut(Hit),
    ) {
        let hashes = &mut room[..tile.n_blocks * SAMPLES];
        hash_all(tile.bytes, hashes);
        let (blocks, _) = hashes.as_chunks();
        let mut passed = self.passed(blocks);
        while passed != 0 {
            let block = passed.trailing_zeros() as usize;
            passed &= passed - 1;
            let mut samples = any_in_each(self.known_in(&blocks[block]));
            while samples != 0 {
                let i = samples.trailing_zeros() as usize / 8;
                samples &= samples - 1;
                let sample = tile.at + block * BLOCK + 2 * i;
                self.compare(bytes, (sample, blocks[block][i]), starts, found);
            }
        }
    }

    /// Returns a bit for each block in which any sampled triple may be of some literal.
    ///
    /// PERF: there is no branch and no dependence between samples. Inlined, the loop shares
    /// registers with what is done to the blocks that pass, and spills them.
    #[inline(never)]
    fn passed(&self, blocks: &[[u16; SAMPLES]]) -> u64 {
        let mut all = 0u64;
        for block in blocks {
            let known = self.known_in(block);
            let any = known.iter().fold(0, |any, known| any | known);
            all = (all | u64::from(any != 0)).rotate_right(1);
        }
        // The bit of the last block is the highest now.
        let unused = u64::BITS - blocks.len() as u32;
        all.checked_shr(unused).unwrap_or(0)
    }

    /// Not 0 for each sample of a block whose hash is known.
    #[inline(always)]
    fn known_in(&self, block: &[u16; SAMPLES]) -> [u8; SAMPLES] {
        block.map(|hash| self.known[usize::from(hash)])
    }

    /// The entries of a hash that is known.
    #[inline]
    fn entries(&self, hash: u16) -> &[Entry] {
        let hash = usize::from(hash);
        let number = self.pages[hash / PAGE] as usize + usize::from(self.known[hash]);
        &self.entries[self.first[number - 1] as usize..self.first[number] as usize]
    }

    /// Compares the text around a sample with the literals of its triple.
    fn compare(
        &self,
        bytes: &[u8],
        (sample, hash): (usize, u16),
        starts: &Range<usize>,
        found: &mut impl FnMut(Hit),
    ) {
        for entry in self.entries(hash) {
            let Some(start) = sample.checked_add_signed(-entry.at as isize) else {
                continue;
            };
            let rest = bytes.get(start..).unwrap_or_default();
            let head = rest.first_chunk().copied().map(u32::from_le_bytes);
            if head.is_some_and(|head| head & entry.mask != entry.head) {
                continue;
            }
            let literal = &self.literals[entry.literal as usize];
            let Some(text) = rest.get(..literal.bytes.len()) else {
                continue;
            };
            let equal = if literal.fold {
                text.eq_ignore_ascii_case(&literal.bytes)
            } else {
                text == literal.bytes
            };
            if equal && starts.contains(&start) {
                found(Hit {
                    start,
                    end: start + text.len(),
                    anchor: literal.anchor,
                });
            }
        }
    }
}

impl Entry {
    fn new(literal: &Literal, index: u32, at: i32) -> Self {
        let (mut head, mut mask) = ([0; 4], [0; 4]);
        for ((head, mask), &byte) in head.iter_mut().zip(&mut mask).zip(&literal.bytes) {
            let either = literal.fold && byte.is_ascii_alphabetic();
            *mask = if either { !0x20 } else { !0 };
            *head = byte & *mask;
        }
        Self {
            literal: index,
            at,
            head: u32::from_le_bytes(head),
            mask: u32::from_le_bytes(mask),
        }
    }
}

/// The highest bit of each byte that is not 0.
#[inline(always)]
fn any_in_each(bytes: [u8; 8]) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let bytes = u64::from_le_bytes(bytes);
    (((bytes & LOW) + LOW) | bytes) & !LOW
}

/// The hashes of the triples at every second byte of a tile.
#[inline(never)]
fn hash_all(tile: &[u8; TILE_BYTES], hashes: &mut [u16]) {
    let (first_two, _) = tile.as_chunks::<2>();
    let (last_two, _) = tile[1..].as_chunks::<2>();
    for ((hash, first_two), last_two) in hashes.iter_mut().zip(first_two).zip(last_two) {
        *hash = mix(*first_two, *last_two);
    }
}

/// Hashes three bytes, letters without their case.
fn hash([a, b, c]: [u8; 3]) -> u16 {
    mix([a, b], [b, c])
}

/// Hashes a triple, given as its first two bytes and its last two.
///
/// Of the first byte four bits count, so that literals of three bytes, before which any byte can
/// stand, have few hashes. The constants are the pair, of 150 random ones, that let the fewest other
/// triples of source text pass for six sets of literals.
#[inline(always)]
pub(super) fn mix(first_two: [u8; 2], last_two: [u8; 2]) -> u16 {
    let first_two = u16::from_le_bytes(first_two) & 0x000F;
    let last_two = u16::from_le_bytes(last_two) | 0x2020;
    let first_two = first_two.wrapping_mul(0x2499);
    first_two.wrapping_add(last_two.wrapping_mul(0x8755))
}

/// Hashes of all triples that can stand at `at` in an occurrence; bytes outside it can be anything.
fn triples(literal: &[u8], at: i32, take: &mut impl FnMut(u16)) {
    let known = [0, 1, 2].map(|i| {
        let at = usize::try_from(at + i).ok();
        at.and_then(|at| literal.get(at).copied())
    });
    let choices = |byte: Option<u8>, seen: u8| {
        // What the hash does not see makes no difference.
        let all = (0..=u8::MAX).filter(move |other| other & !seen == !seen & 0x20);
        byte.map_or_else(|| all.collect(), |byte| vec![byte])
    };
    let [first, second, third] =
        [(0, 0x0F), (1, 0xDF), (2, 0xDF)].map(|(i, seen)| choices(known[i], seen));
    for &a in &first {
        for &b in &second {
            for &c in &third {
                take(hash([a, b, c]));
            }
        }
    }
}

/// Where the two neighbouring triples begin that pass the least text.
fn rarest_pair(literal: &[u8], commonness: &Commonness) -> i32 {
    let cost = |at: i32| {
        let mut cost = 0.0;
        for at in [at, at + 1] {
            triples(literal, at, &mut |hash| cost += commonness.of(hash));
        }
        cost
    };
    // Three bytes have a triple of their own and one that begins before them, or ends after.
    let last = literal.len().saturating_sub(4) as i32;
    let first = if literal.len() < 4 { -1 } else { 0 };
    let pairs = (first..=last).map(|at| (cost(at), at));
    let rarest = pairs.min_by(|(a, _), (b, _)| a.total_cmp(b));
    rarest.map_or(-1, |(_, at)| at)
}
