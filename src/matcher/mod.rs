//! Finds anchors: every occurrence of every literal, and every run of a byte class.
//!
//! This is the only part that looks at every byte, so it is built for speed behind one narrow door,
//! [`Matcher::find`]. It knows no rules. Its answers are exact: all occurrences, overlapping ones
//! included, each of which depends on its own bytes only (a run also on its two neighbours), so that
//! versions and chunks of a file can be searched in parts.

mod assigned;
pub mod confirm;
mod form;
mod literals;
mod near;
pub mod program;
mod rarity;
pub mod refusal;
mod runs;
mod tile;

use std::ops::Range;

use crate::rule::model::{Anchor, RUN_MAX};
use literals::Literals;
use runs::Runs;
use tile::{BLOCK, TILE, TILE_BYTES, Tile};

/// One anchor in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Which anchor, as its position in the list the matcher was made from.
    pub anchor: u32,
}

/// Finds all anchors of a list.
#[derive(Debug)]
pub struct Matcher {
    literals: Literals,
    runs: Runs,
    longest: usize,
}

impl Matcher {
    /// Prepares the search for these anchors; literals have at least three bytes.
    pub fn new(anchors: &[Anchor]) -> Self {
        let longest = anchors.iter().map(|anchor| match anchor {
            Anchor::Literal { bytes, .. } => bytes.len(),
            Anchor::Run { .. } => RUN_MAX,
        });
        Self {
            longest: longest.max().unwrap_or(0),
            literals: Literals::new(anchors),
            runs: Runs::new(anchors),
        }
    }

    /// Gives `found` every anchor that starts within `starts`, in no particular order.
    ///
    /// An anchor may end after `starts`, and whether a run is maximal is seen from all of `bytes`.
    pub fn find(&self, bytes: &[u8], starts: Range<usize>, found: &mut impl FnMut(Hit)) {
        if starts.is_empty() {
            return;
        }
        let reach = self.literals.reach().max(self.runs.reach());
        let end = starts.end.saturating_add(reach).min(bytes.len());
        // A run that goes on beyond this is too long, or of no interest: reading on would make small
        // parts of one endless run cost as much as all of it.
        let seen_max = starts.end.saturating_add(RUN_MAX + 1).min(bytes.len());
        let seen = &bytes[..seen_max];
        let mut floors = self.runs.floors(seen, starts.start);
        let mut room = [0; TILE_BYTES];
        // PERF: to clear them for each tile would take as long as to fill them.
        let (mut hashes, mut sets) = ([0; TILE / 2], runs::NO_SETS);
        // A literal that starts in the range is sampled at most one byte before it.
        let first = starts.start.saturating_sub(1) / BLOCK * BLOCK;
        for at in (first..end).step_by(TILE) {
            let tile = Tile::new(bytes, at..end, &mut room);
            if !self.literals.is_empty() {
                self.literals.find(bytes, tile, &starts, &mut hashes, found);
            }
            if !self.runs.is_empty() {
                self.runs
                    .find(seen, tile, (&starts, &mut floors), &mut sets, found);
            }
        }
    }

    /// The length of the longest anchor, in bytes.
    pub fn longest(&self) -> usize {
        self.longest
    }
}
