//! Random edits, and exactly which bytes of the base they leave in the version.

use fastrand::Rng;
use leakgate::blob::{Copied, Delta};
use leakgate::finding::Locals;

/// A version and what it shares with its base.
pub(crate) struct Child {
    pub(crate) bytes: Vec<u8>,
    pub(crate) copied: Vec<Copied>,
    pub(crate) base_len: u64,
}

impl Child {
    pub(crate) fn delta(&self) -> Delta<'_> {
        Delta {
            base_len: self.base_len,
            copied: &self.copied,
        }
    }

    fn of(pieces: &[Piece], base: &[u8]) -> Self {
        let mut child = Self {
            bytes: Vec::new(),
            copied: Vec::new(),
            base_len: base.len() as u64,
        };
        for piece in pieces {
            let to = child.bytes.len() as u64;
            match piece {
                Piece::Copy { from, len } => {
                    child.bytes.extend_from_slice(&base[*from..from + len]);
                    let (from, len) = (*from as u64, *len as u64);
                    child.copied.push(Copied { from, to, len });
                }
                Piece::Insert(text) => child.bytes.extend_from_slice(text),
            }
        }
        child
    }

    /// Joins copies that go on from one another.
    fn merge(&mut self) {
        self.copied.dedup_by(|next, last| {
            let goes_on = last.from + last.len == next.from && last.to + last.len == next.to;
            if goes_on {
                last.len += next.len;
            }
            goes_on
        });
    }

    /// Cuts some copies in two, and forgets some.
    fn split(&mut self, random: &mut Rng) {
        let mut cut = Vec::new();
        for Copied { from, to, len } in self.copied.drain(..) {
            if random.u8(..8) == 0 {
                continue;
            }
            let first = random.u64(0..=len);
            if first == 0 || first == len || random.bool() {
                cut.push(Copied { from, to, len });
                continue;
            }
            let (rest, len_rest) = (first, len - first);
            cut.push(Copied {
                from,
                to,
                len: first,
            });
            cut.push(Copied {
                from: from + rest,
                to: to + rest,
                len: len_rest,
            });
        }
        self.copied = cut;
    }
}

#[derive(Clone)]
enum Piece {
    Copy { from: usize, len: usize },
    Insert(Vec<u8>),
}

impl Piece {
    fn len(&self) -> usize {
        match self {
            Self::Copy { len, .. } => *len,
            Self::Insert(text) => text.len(),
        }
    }

    /// Both parts of a piece cut at `at`, which lies inside it.
    fn cut(&self, at: usize) -> (Self, Self) {
        match self {
            Self::Copy { from, len } => (
                Self::Copy {
                    from: *from,
                    len: at,
                },
                Self::Copy {
                    from: from + at,
                    len: len - at,
                },
            ),
            Self::Insert(text) => (
                Self::Insert(text[..at].to_vec()),
                Self::Insert(text[at..].to_vec()),
            ),
        }
    }
}

/// Makes the piece list end and begin at `at`; returns the number of the piece that begins there.
fn split(pieces: &mut Vec<Piece>, at: usize) -> usize {
    let mut start = 0;
    for index in 0..pieces.len() {
        if start == at {
            return index;
        }
        let len = pieces[index].len();
        if at < start + len {
            let (first, second) = pieces[index].cut(at - start);
            pieces.splice(index..=index, [first, second]);
            return index + 1;
        }
        start += len;
    }
    pieces.len()
}

/// What edits are drawn from.
pub(crate) struct Editor<'a> {
    /// Makes the text of an insertion.
    pub(crate) fragment: &'a dyn Fn(&mut Rng, &mut Vec<u8>),
    pub(crate) base: &'a [u8],
    pub(crate) locals: &'a Locals,
}

impl Editor<'_> {
    /// Makes a version of the base by one to `edits_max` edits.
    pub(crate) fn edit(&self, edits_max: usize, random: &mut Rng) -> Child {
        let mut pieces = vec![Piece::Copy {
            from: 0,
            len: self.base.len(),
        }];
        for _ in 0..random.usize(1..=edits_max) {
            self.edit_once(&mut pieces, random);
        }
        pieces.retain(|piece| piece.len() > 0);
        let mut child = Child::of(&pieces, self.base);
        child.merge();
        if random.u8(..4) == 0 {
            child.split(random);
        }
        child
    }

    fn edit_once(&self, pieces: &mut Vec<Piece>, random: &mut Rng) {
        let len: usize = pieces.iter().map(Piece::len).sum();
        let at = self.position(len, random);
        let near = (at + random.usize(..=20)).min(len);
        let far = self.position(len, random);
        match random.u8(..16) {
            0..=2 => self.replace(pieces, at..at, random),
            3 | 4 => remove(pieces, at..near),
            5 => remove(pieces, at.min(far)..at.max(far)),
            6 | 7 => self.replace(pieces, at..near, random),
            8 | 9 => self.replace(pieces, at..(at + 1).min(len), random),
            10 => {
                let range = at.min(far)..at.max(far);
                let block = taken(pieces, range.clone());
                remove(pieces, range);
                let rest: usize = pieces.iter().map(Piece::len).sum();
                let to = split(pieces, random.usize(..=rest));
                pieces.splice(to..to, block);
            }
            11 => {
                let block = taken(pieces, at.min(far)..at.max(far).min(at.min(far) + 4_000));
                let to = split(pieces, self.position(len, random));
                pieces.splice(to..to, block);
            }
            12 => remove(pieces, at..len),
            13 => remove(pieces, 0..at),
            14 if len < 20_000 => pieces.extend(pieces.clone()),
            14 => pieces.clear(),
            _ => self.replace(pieces, len..len, random),
        }
    }

    fn replace(&self, pieces: &mut Vec<Piece>, range: std::ops::Range<usize>, random: &mut Rng) {
        remove(pieces, range.clone());
        let mut text = Vec::new();
        match random.u8(..8) {
            0 => text.push(b'\n'),
            1 => text.extend_from_slice(b"\r\n"),
            2 => text.push(b"a0 _-zZ<>\xc3"[random.usize(..10)]),
            3 => {
                for _ in 0..random.usize(..30) {
                    (self.fragment)(random, &mut text);
                }
            }
            _ => (self.fragment)(random, &mut text),
        }
        let at = split(pieces, range.start);
        pieces.insert(at, Piece::Insert(text));
    }

    /// A position worth editing at: anywhere, at a line end, or at an edge of what a local rests on.
    fn position(&self, len: usize, random: &mut Rng) -> usize {
        let nudge = random.i64(-2..=2);
        let local = match self.locals.found.len() {
            0 => None,
            n => Some(&self.locals.found[random.usize(..n)]),
        };
        let at = match (random.u8(..8), local) {
            (0, _) => 0,
            (1, _) => len as i64 + nudge,
            (2, _) => {
                let from = random.usize(..=self.base.len());
                let end = memchr::memchr(b'\n', &self.base[from..]);
                end.map_or(from as i64, |end| (from + end) as i64) + nudge
            }
            (3, Some(local)) => {
                let distance = [512, 1_024, 1_536, 8_192][random.usize(..4)];
                let side = if random.bool() { -distance } else { distance };
                let end = if random.bool() {
                    local.start
                } else {
                    local.end
                };
                end as i64 + side + nudge
            }
            (4, Some(local)) => local.examined.start as i64 + nudge,
            (5, Some(local)) => local.examined.end as i64 + nudge,
            (6, Some(local)) => local.start as i64 + random.i64(-40..=60),
            _ => random.usize(..=len) as i64,
        };
        at.clamp(0, len as i64) as usize
    }
}

fn taken(pieces: &mut Vec<Piece>, range: std::ops::Range<usize>) -> Vec<Piece> {
    let first = split(pieces, range.start);
    let last = split(pieces, range.end);
    pieces[first..last.max(first)].to_vec()
}

fn remove(pieces: &mut Vec<Piece>, range: std::ops::Range<usize>) {
    let first = split(pieces, range.start);
    let last = split(pieces, range.end);
    pieces.drain(first..last.max(first));
}
