//! A version of a blob from what is known of its base: only what changed is looked at again.
//!
//! The result is exactly that of scanning the version in full. A local rests on its examined range
//! and on nothing else, so it holds in the version where that range was copied whole. Every anchor
//! whose verdict may differ has an examined range that touches an insertion or a seam between two
//! copies; such anchors stand on a line that touches one (they are found by scanning those lines) or
//! belong to rules that cross lines (they were all handed down, fruitless ones too).

use std::ops::Range;

use crate::blob::{Copied, Delta};
use crate::decode::View;
use crate::finding::{Examined, Held, Local, Locals, RuleIndex};
use crate::matcher::Hit;
use crate::matcher::confirm::Candidate;
use crate::matcher::program::Space;
use crate::scan::scanner::{Scanner, Scratch};

impl Scanner {
    /// Finds everything in a version of a blob whose locals are known.
    ///
    /// `delta` must be true: every copied range lies in both texts and its bytes are equal.
    pub fn rescan(
        &self,
        base: &Locals,
        delta: Delta<'_>,
        bytes: &[u8],
        scratch: &mut Scratch,
        out: &mut Locals,
    ) {
        if base.in_full || base.overflow || View::of(bytes) != View::Bytes {
            return self.scan(bytes, scratch, out);
        }
        out.clear();
        scratch.forget();
        let map = Map {
            delta,
            len: bytes.len() as u64,
        };
        for copied in delta.copied {
            map.inherit(base, copied, out);
        }
        let handed_down = std::mem::take(&mut out.held);
        for held in &handed_down {
            self.verify_again(held, &map, bytes, scratch, out);
        }
        let dirty = map.dirty_lines(bytes, self.line_reach + self.longest_anchor() + 2);
        self.visit_lines(bytes, &dirty, scratch, &mut |candidate, rule, space| {
            let anchor = candidate.start as u64..candidate.end as u64;
            let known = if candidate.text.crosses_lines() {
                map.holds_anchor(&anchor)
            } else {
                map.holds(&candidate.examined(&candidate.window()))
            };
            if !known {
                self.take(candidate, rule, space, out);
            }
        });
        self.contradict(bytes, scratch, &mut out.found);
        self.finish(out);
        if out.overflow {
            // Which locals are left of too many is for a full scan to say.
            self.scan(bytes, scratch, out);
        }
    }

    /// Gives `visit` the candidates whose anchors start within these lines, and may give some more that
    /// lie wholly in what was copied.
    ///
    /// PERF: a version has dozens of changed lines, and to begin a search costs more than to search a
    /// line; put together they are searched at once. No anchor crosses lines. What is cut out of a
    /// long line may begin or end within an anchor, and so show a shorter one that is none: it is as
    /// far from what changed as any verdict can reach, so whoever asks knows it already.
    fn visit_lines(
        &self,
        bytes: &[u8],
        lines: &[Range<usize>],
        scratch: &mut Scratch,
        visit: &mut impl FnMut(&Candidate<'_>, u32, &mut Space),
    ) {
        let mut joined = std::mem::take(&mut scratch.joined);
        joined.join(bytes, lines);
        self.find(&joined.text, &mut |hit, rule| {
            let anchor = joined.original(&hit);
            if let Some(candidate) = self.candidate(bytes, rule as usize, anchor) {
                visit(&candidate, rule, scratch.space(RuleIndex(rule)));
            }
        });
        scratch.joined = joined;
    }

    /// Looks again at an anchor that was copied, unless all that its verdict rests on was copied too.
    fn verify_again(
        &self,
        held: &Held,
        map: &Map<'_>,
        bytes: &[u8],
        scratch: &mut Scratch,
        out: &mut Locals,
    ) {
        let anchor = held.start as usize..held.end as usize;
        let Some(candidate) = self.candidate(bytes, held.rule.0 as usize, anchor) else {
            return;
        };
        if map.holds(&candidate.examined(&candidate.window())) {
            out.held.push(*held);
        } else {
            let space = scratch.space(held.rule);
            self.take(&candidate, held.rule.0, space, out);
        }
    }
}

/// Lines of a text, put together.
#[derive(Debug, Default)]
pub(super) struct Joined {
    text: Vec<u8>,
    /// Where each part begins, in the text and where it was taken from.
    parts: Vec<(usize, usize)>,
}

impl Joined {
    /// Puts parts of a text together, each on lines of its own.
    fn join(&mut self, bytes: &[u8], parts: &[Range<usize>]) {
        self.text.clear();
        self.parts.clear();
        for part in parts {
            self.parts.push((self.text.len(), part.start));
            self.text.extend_from_slice(&bytes[part.clone()]);
            if self.text.last() != Some(&b'\n') {
                self.text.push(b'\n');
            }
        }
    }

    /// Where in the original a hit stands.
    fn original(&self, hit: &Hit) -> Range<usize> {
        let part = self.parts.partition_point(|&(at, _)| at <= hit.start);
        let (at, from) = self.parts[part - 1];
        hit.start - at + from..hit.end - at + from
    }
}

/// How a version's bytes map to its base's.
struct Map<'a> {
    delta: Delta<'a>,
    len: u64,
}

impl Map<'_> {
    /// Hands down what one copied range holds whole.
    fn inherit(&self, base: &Locals, copied: &Copied, out: &mut Locals) {
        let range = copied.from..copied.from + copied.len;
        let shift = |position: u64| position - copied.from + copied.to;
        let first = base
            .found
            .partition_point(|local| local.start < range.start);
        for local in base.found[first..]
            .iter()
            .take_while(|local| local.start < range.end)
        {
            if self.copies(copied, &local.examined) {
                let examined = &local.examined;
                out.found.push(Local {
                    start: shift(local.start),
                    end: shift(local.end),
                    examined: Examined {
                        start: shift(examined.start),
                        end: shift(examined.end),
                        ..*examined
                    },
                    ..local.clone()
                });
            }
        }
        let first = base.held.partition_point(|held| held.start < range.start);
        for held in base.held[first..]
            .iter()
            .take_while(|held| held.start < range.end)
        {
            let (start, end) = (held.start, held.end);
            if self.copies(
                copied,
                &self.neighbourhood(&(start..end), self.delta.base_len),
            ) {
                out.held.push(Held {
                    start: shift(start),
                    end: shift(end),
                    ..*held
                });
            }
        }
    }

    /// Whether the range of the base was copied whole by `copied`, ends of the blob included.
    fn copies(&self, copied: &Copied, examined: &Examined) -> bool {
        let end = copied.from + copied.len;
        let starts = !examined.at_blob_start || copied.from == 0 && copied.to == 0;
        let ends = !examined.at_blob_end
            || end == self.delta.base_len && copied.to + copied.len == self.len;
        copied.from <= examined.start && examined.end <= end && starts && ends
    }

    /// Whether the range of the version was copied whole from one place, ends of the blob included.
    fn holds(&self, examined: &Examined) -> bool {
        let copied = self.delta.copied;
        let next = copied.partition_point(|copied| copied.to <= examined.start);
        next.checked_sub(1).is_some_and(|at| {
            let copied = &copied[at];
            let end = copied.to + copied.len;
            let starts = !examined.at_blob_start || copied.from == 0 && copied.to == 0;
            let ends = !examined.at_blob_end
                || end == self.len && copied.from + copied.len == self.delta.base_len;
            examined.end <= end && starts && ends
        })
    }

    /// Whether an anchor of the version was copied, with the byte either side that bounds a run.
    fn holds_anchor(&self, anchor: &Range<u64>) -> bool {
        self.holds(&self.neighbourhood(anchor, self.len))
    }

    fn neighbourhood(&self, anchor: &Range<u64>, len: u64) -> Examined {
        Examined {
            start: anchor.start.saturating_sub(1),
            end: (anchor.end + 1).min(len),
            at_blob_start: anchor.start == 0,
            at_blob_end: anchor.end == len,
        }
    }

    /// The lines of the version that touch an insertion or a seam, as ranges in which anchors start;
    /// of long lines no more than `reach` bytes either side. Ascending and disjoint.
    fn dirty_lines(&self, bytes: &[u8], reach: usize) -> Vec<Range<usize>> {
        let mut lines: Vec<Range<usize>> = Vec::new();
        for dirty in self.dirty() {
            let (start, end) = (dirty.start as usize, dirty.end as usize);
            // Up to here all was searched before: many edits in one long line read it once.
            let done = lines.last().map_or(0, |line| line.end);
            if end < done && bytes[done - 1] == b'\n' {
                continue;
            }
            let low = start.saturating_sub(reach).max(done).min(start);
            let before = memchr::memrchr(b'\n', &bytes[low..start]);
            let first = before.map_or(low, |at| low + at + 1);
            let from = end.max(done);
            let high = end.saturating_add(reach).min(bytes.len()).max(from);
            let after = memchr::memchr(b'\n', &bytes[from..high]);
            let last = after.map_or(high, |at| from + at + 1);
            match lines.last_mut() {
                Some(line) if first <= line.end => line.end = last,
                _ => lines.push(first..last),
            }
        }
        lines
    }

    /// What was inserted, and the seams, which are empty ranges.
    fn dirty(&self) -> Vec<Range<u64>> {
        let mut dirty = Vec::new();
        let mut end = 0;
        for (at, copied) in self.delta.copied.iter().enumerate() {
            let clean = at == 0 && copied.from == 0 && copied.to == 0;
            if !clean {
                dirty.push(end..copied.to);
            }
            end = copied.to + copied.len;
        }
        let last = self.delta.copied.last();
        let whole = last.is_some_and(|last| last.from + last.len == self.delta.base_len);
        if end != self.len || !whole {
            dirty.push(end..self.len);
        }
        dirty
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::Map;
    use crate::blob::{Copied, Delta};

    /// The lines by their definition.
    fn slowly(map: &Map<'_>, bytes: &[u8], reach: usize) -> Vec<bool> {
        let mut inside = vec![false; bytes.len()];
        for Range { start, end } in map.dirty() {
            let (start, end) = (start as usize, end as usize);
            let before = (start.saturating_sub(reach)..start).rev();
            let after = end..bytes.len().min(end + reach);
            let mut on_line = true;
            for at in before {
                on_line &= bytes[at] != b'\n';
                inside[at] |= on_line;
            }
            inside[start..end].fill(true);
            on_line = true;
            for at in after {
                inside[at] |= on_line;
                on_line &= bytes[at] != b'\n';
            }
        }
        inside
    }

    #[test]
    fn dirty_lines_are_those_of_the_definition() {
        for seed in 0..2_000 {
            let mut random = fastrand::Rng::with_seed(seed);
            let len = random.usize(..60);
            let bytes: Vec<u8> = (0..len).map(|_| b"ab\n"[random.usize(..3)]).collect();
            let mut copied = Vec::new();
            let mut to = random.u64(..3);
            while to < len as u64 {
                let copied_len = random.u64(1..20).min(len as u64 - to);
                let from = random.u64(..50);
                let len = copied_len;
                copied.push(Copied { from, to, len });
                to += copied_len + random.u64(..3);
            }
            let map = Map {
                delta: Delta {
                    base_len: 100,
                    copied: &copied,
                },
                len: len as u64,
            };
            let reach = random.usize(1..30);
            let mut inside = vec![false; len];
            let lines = map.dirty_lines(&bytes, reach);
            assert!(lines.is_sorted_by(|a, b| a.end < b.start), "{lines:?}");
            for line in lines {
                inside[line].fill(true);
            }
            assert_eq!(inside, slowly(&map, &bytes, reach), "seed {seed}");
        }
    }
}
