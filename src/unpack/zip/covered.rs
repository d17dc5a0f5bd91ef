//! Which ranges of an archive were read, and so which were not.

use std::ops::Range;

use crate::unpack::trouble::Trouble;

/// Ranges above which they are sorted and joined.
const RANGES: usize = 1 << 19;

/// Ranges of bytes, in any order.
#[derive(Debug)]
pub(super) struct Covered {
    ranges: Vec<Range<u64>>,
    /// So many ranges are held before they are joined again.
    room: usize,
    /// Most bytes of memory.
    memory_max: usize,
}

impl Covered {
    pub(super) fn new(memory_max: usize) -> Self {
        Self {
            ranges: Vec::new(),
            room: RANGES,
            memory_max: memory_max.max(RANGES * 2 * size_of::<Range<u64>>()),
        }
    }

    /// Adds a range.
    ///
    /// # Errors
    ///
    /// A limit, where the ranges would need more memory than they may.
    pub(super) fn add(&mut self, range: Range<u64>) -> Result<(), Trouble> {
        if range.is_empty() {
            return Ok(());
        }
        // Members follow each other, and so do the records of the directory.
        for last in self.ranges.iter_mut().rev().take(2) {
            if last.end == range.start {
                last.end = range.end;
                return Ok(());
            }
        }
        if self.ranges.len() >= self.room {
            self.join();
            self.room = (2 * self.ranges.len()).max(RANGES);
            if self.room * size_of::<Range<u64>>() > self.memory_max {
                let most = self.memory_max as u64;
                return Err(Trouble::Limit("held-bytes-max", most));
            }
        }
        self.ranges.push(range);
        Ok(())
    }

    fn join(&mut self) {
        self.ranges.sort_unstable_by_key(|range| range.start);
        self.ranges.dedup_by(|next, range| {
            let joined = next.start <= range.end;
            if joined {
                range.end = range.end.max(next.end);
            }
            joined
        });
    }

    /// The ranges of the first `len` bytes that were not added, in order.
    pub(super) fn gaps(mut self, len: u64) -> impl Iterator<Item = Range<u64>> {
        self.join();
        let mut at = 0;
        let end = std::iter::once(len..len);
        self.ranges.into_iter().chain(end).filter_map(move |range| {
            let gap = at..range.start.min(len);
            at = range.end;
            (!gap.is_empty()).then_some(gap)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Covered;

    #[test]
    fn gaps_are_what_no_range_holds() {
        let mut covered = Covered::new(0);
        for range in [10..20, 40..50, 20..25, 12..14, 45..48, 60..60, 90..120] {
            covered.add(range).expect("there is room");
        }
        let gaps: Vec<_> = covered.gaps(100).collect();
        assert_eq!(gaps, [0..10, 25..40, 50..90]);
        let mut gaps = Covered::new(0).gaps(5);
        assert_eq!((gaps.next(), gaps.next()), (Some(0..5), None));
    }

    #[test]
    fn a_million_ranges_are_joined_or_refused() {
        let mut covered = Covered::new(0);
        for n in (0..1_000_000).rev() {
            covered.add(n * 2..n * 2 + 2).expect("they are one");
        }
        let mut covered = Covered::new(0);
        let refused = (0..3_000_000).any(|n| covered.add(n * 2..n * 2 + 1).is_err());
        assert!(refused);
    }
}
