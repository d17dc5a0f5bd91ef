//! Lines, columns and the masked line around a value.

use std::ops::Range;

use crate::finding::{Excerpt, Spot};

/// Text shown either side of a value at most, in bytes, before a report cuts it to its width.
const EXCERPT_BYTES: usize = 240;

/// Where the bytes of a part begin in their blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Bytes before.
    pub offset: u64,
    /// Line of the first byte, from 1.
    pub line: u64,
    /// Column of the first byte, from 1, in code points.
    pub column: u64,
}

impl Default for Origin {
    fn default() -> Self {
        Self {
            offset: 0,
            line: 1,
            column: 1,
        }
    }
}

impl Origin {
    /// The origin of what follows `bytes`, which begin here.
    pub fn after(self, bytes: &[u8]) -> Self {
        let mut cursor = Cursor::new(self);
        cursor.advance(bytes, bytes.len());
        Self {
            offset: self.offset + bytes.len() as u64,
            line: cursor.line,
            column: cursor.column,
        }
    }
}

/// Counts lines and columns on its way through a text, each byte once.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    at: usize,
    offset: u64,
    line: u64,
    column: u64,
}

impl Cursor {
    pub(super) fn new(origin: Origin) -> Self {
        Self {
            at: 0,
            offset: origin.offset,
            line: origin.line,
            column: origin.column,
        }
    }

    /// The spot of a span that does not begin before the last one.
    pub(super) fn spot(&mut self, text: &[u8], span: &Range<usize>) -> Spot {
        self.advance(text, span.start);
        let mut end = *self;
        end.advance(text, span.end);
        Spot {
            byte_start: span.start as u64 + self.offset,
            byte_end: span.end as u64 + self.offset,
            line: self.line,
            column: self.column,
            end_line: end.line,
            end_column: end.column,
        }
    }

    fn advance(&mut self, text: &[u8], to: usize) {
        let passed = &text[self.at..to];
        self.at = to;
        let last = memchr::memrchr(b'\n', passed);
        if let Some(last) = last {
            self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
            self.column = 1;
            self.column += characters(&passed[last + 1..]);
        } else {
            self.column += characters(passed);
        }
    }
}

/// Code points in a text: its bytes without those that continue a character.
fn characters(text: &[u8]) -> u64 {
    text.iter()
        .map(|&byte| u64::from(byte & 0xC0 != 0x80))
        .sum()
}

/// The spans of all values of a text with what is shown in their place, disjoint and ascending.
pub(super) struct Covered<'a>(Vec<(Range<usize>, &'a str)>);

impl<'a> Covered<'a> {
    /// Covers what is kept, and of what was lost all that sticks out: the rest of a value is as
    /// secret as the whole. Both ascend by their start; those that are kept do not overlap.
    pub(super) fn new(
        kept: &[(&'a Range<usize>, &'a str)],
        lost: &[(&'a Range<usize>, &'a str)],
    ) -> Self {
        let mut covered: Vec<_> = kept
            .iter()
            .map(|(s, masked)| ((*s).clone(), *masked))
            .collect();
        let mut done = 0;
        for (span, masked) in lost {
            let mut at = span.start.max(done);
            let mut next = kept.partition_point(|(kept, _)| kept.end <= at);
            while at < span.end {
                let kept = kept
                    .get(next)
                    .map_or(span.end..span.end, |(kept, _)| (*kept).clone());
                if at < kept.start {
                    covered.push((at..kept.start.min(span.end), masked));
                }
                at = kept.end;
                next += 1;
            }
            done = done.max(span.end);
        }
        covered.sort_unstable_by_key(|(span, _)| span.start);
        Self(covered)
    }

    /// The text of a range with every value in it masked.
    fn cut(&self, text: &[u8], range: Range<usize>) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = range.start;
        let first = self.0.partition_point(|(span, _)| span.end <= range.start);
        for (span, masked) in self.0[first..]
            .iter()
            .take_while(|(span, _)| span.start < range.end)
        {
            out.extend_from_slice(text.get(at..span.start).unwrap_or_default());
            out.extend_from_slice(masked.as_bytes());
            at = span.end;
        }
        out.extend_from_slice(text.get(at..range.end).unwrap_or_default());
        out
    }
}

/// The line around a value with every value on it masked; the last byte of a line end is left out.
pub(super) fn excerpt(text: &[u8], span: &Range<usize>, covered: &Covered<'_>) -> Excerpt {
    let low = span.start.saturating_sub(EXCERPT_BYTES);
    let high = span.end.saturating_add(EXCERPT_BYTES).min(text.len());
    let before = memchr::memrchr(b'\n', &text[low..span.start]);
    let after = memchr::memchr(b'\n', &text[span.end..high]);
    let start = before.map_or(low, |at| low + at + 1);
    let end = after.map_or(high, |at| span.end + at);
    // What follows a value of several lines belongs to another line than what precedes it.
    let many = memchr::memchr(b'\n', &text[span.clone()]).is_some();
    let end = if many { span.end } else { end };
    Excerpt {
        before: covered.cut(text, start..span.start),
        after: covered.cut(text, span.end..end),
    }
}

#[cfg(test)]
mod tests {
    use super::{Covered, Cursor, Origin};

    #[test]
    fn columns_count_code_points() {
        let text = "a\u{e9}\u{1f511}b\nxy".as_bytes();
        let mut cursor = Cursor::new(Origin::default());
        let spot = cursor.spot(text, &(7..8));
        assert_eq!(
            (spot.line, spot.column, spot.end_line, spot.end_column),
            (1, 4, 1, 5)
        );
        let spot = cursor.spot(text, &(10..11));
        assert_eq!((spot.line, spot.column, spot.end_column), (2, 2, 3));
    }

    #[test]
    fn all_of_every_value_is_covered_once() {
        for seed in 0..500 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut lost = Vec::new();
            for _ in 0..random.usize(..6) {
                let start = random.usize(..90);
                lost.push(start..start + random.usize(1..20));
            }
            lost.sort_by_key(|span| span.start);
            let mut kept = Vec::new();
            let mut at = 0;
            for _ in 0..random.usize(..6) {
                let start = at + random.usize(..20);
                at = start + random.usize(1..10);
                kept.push(start..at);
            }
            let kept_named: Vec<_> = kept.iter().map(|span| (span, "kept")).collect();
            let lost_named: Vec<_> = lost.iter().map(|span| (span, "lost")).collect();
            let covered = Covered::new(&kept_named, &lost_named).0;
            assert!(covered.is_sorted_by(|(a, _), (b, _)| a.end <= b.start));
            for at in 0..200 {
                let expected = if kept.iter().any(|span| span.contains(&at)) {
                    Some("kept")
                } else {
                    lost.iter().any(|span| span.contains(&at)).then_some("lost")
                };
                let shown = covered.iter().find(|(span, _)| span.contains(&at));
                assert_eq!(
                    shown.map(|(_, name)| *name),
                    expected,
                    "seed {seed}, byte {at}"
                );
            }
        }
    }

    #[test]
    fn parts_go_on_where_the_last_one_ended() {
        let origin = Origin::default().after(b"one\ntwo th");
        assert_eq!(
            origin,
            Origin {
                offset: 10,
                line: 2,
                column: 7
            }
        );
    }
}
