//! The form of a pattern: a necessary condition on the bytes of a match, read off the pattern and
//! tested before any regular expression runs.
//!
//! It follows the pattern as long as it is certain where each part of it stands: bytes of fixed
//! classes, and runs whose end is certain because what must follow them cannot be part of them. Most
//! anchors that bear no fruit fall here after a few bytes. On hostile text, which repeats an anchor
//! densely, the end of a run is found once and remembered.

use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::rule::byteset::{ByteSet, WORD};
use crate::rule::model::{Before, Form, Step};
use crate::rule::pattern::{flatten, only_of, set_of};

/// Bytes of fixed classes that are followed at most.
const FIXED_MAX: usize = 600;
/// Nested groups that are looked into for what can begin a match.
const DEPTH_MAX: usize = 50;

/// What every match of `hir` looks like, as far as it is certain.
pub(crate) fn form(hir: &Hir) -> Form {
    let mut pieces = Vec::new();
    flatten(hir, &mut pieces);
    let mut reader = Reader::default();
    let mut at = 0;
    while let Some(next) = reader.read(&pieces, at) {
        at = next;
    }
    let first = match reader.steps.first() {
        Some(Step::Fixed { class, .. } | Step::Run { class, .. }) => *class,
        _ => ByteSet::default(),
    };
    let before = match reader.look {
        Some(Look::WordAscii) if !first.is_empty() && first.within(&WORD) => Before::NotWord,
        Some(Look::WordAscii) if !first.is_empty() && first.apart_from(&WORD) => Before::Word,
        Some(Look::WordStartAscii | Look::WordStartHalfAscii) => Before::NotWord,
        Some(Look::StartLF) => Before::LineStart,
        _ => Before::Any,
    };
    Form {
        before,
        steps: reader.steps,
    }
}

/// Reads the pieces of a pattern in order.
#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    look: Option<Look>,
}

impl Reader {
    /// Reads one or more pieces; none where what follows is uncertain.
    fn read(&mut self, pieces: &[&Hir], at: usize) -> Option<usize> {
        let piece = pieces.get(at)?;
        if let HirKind::Look(look) = piece.kind() {
            return self.read_look(*look).then_some(at + 1);
        }
        let mut walk = Walk::default();
        let fixed = walk.visit(piece);
        if fixed {
            self.fixed(walk);
            return Some(at + 1);
        }
        let next = first(piece);
        if next.tail == Tail::TextEnd {
            // One byte or the end: nothing after it stands at a certain place.
            self.steps.push(Step::Next { class: next.set });
            return None;
        }
        let Some((class, end)) = self.read_run(pieces, at) else {
            self.fixed(walk);
            return None;
        };
        let length = |piece: &&Hir| {
            let properties = piece.properties();
            Some((
                properties.minimum_len().unwrap_or(0),
                properties.maximum_len()?,
            ))
        };
        let lengths: Option<Vec<_>> = pieces[at..end].iter().map(length).collect();
        let (min, max) = lengths?
            .into_iter()
            .fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
        self.steps.push(Step::Run { class, min, max });
        Some(end)
    }

    /// The pieces from `at` on that are all of one class and end where the class ends.
    fn read_run(&self, pieces: &[&Hir], at: usize) -> Option<(ByteSet, usize)> {
        let class = all_of(pieces[at])?;
        let more = pieces[at..].iter().take_while(|piece| {
            !matches!(piece.kind(), HirKind::Look(_)) && only_of(piece, &class)
        });
        let end = at + more.count();
        let rest = pieces[end..]
            .iter()
            .fold(First::default(), |first, piece| first.then(piece));
        let ends = match rest.tail {
            Tail::None | Tail::TextEnd => rest.set.apart_from(&class),
            Tail::Anything => false,
        };
        // A word boundary after a run of word characters stands where no word character follows.
        let boundary = pieces.get(end).is_some_and(|piece| {
            matches!(piece.kind(), HirKind::Look(Look::WordAscii)) && class.within(&WORD)
        });
        (end > at && (ends || boundary)).then_some((class, end))
    }

    fn read_look(&mut self, look: Look) -> bool {
        let last = match self.steps.last() {
            None => {
                self.look.get_or_insert(look);
                return true;
            }
            Some(Step::Fixed { class, .. } | Step::Run { class, .. }) => *class,
            Some(Step::Next { .. }) => return false,
        };
        if look == Look::WordAscii && last.within(&WORD) {
            let class = (0..=u8::MAX).filter(|&byte| !WORD.contains(byte));
            let class = class.fold(ByteSet::default(), ByteSet::with);
            self.steps.push(Step::Next { class });
            return false;
        }
        true
    }

    /// Adds the classes of bytes at certain places, run-length coded.
    fn fixed(&mut self, walk: Walk) {
        for set in walk.sets {
            match self.steps.last_mut() {
                Some(Step::Fixed { class, n }) if *class == set => *n += 1,
                _ => self.steps.push(Step::Fixed { class: set, n: 1 }),
            }
        }
    }
}

/// The class of every byte of a match, where it has any.
fn all_of(hir: &Hir) -> Option<ByteSet> {
    let union = |parts: &[Hir]| {
        let sets: Option<Vec<_>> = parts.iter().map(all_of).collect();
        Some(sets?.into_iter().fold(ByteSet::default(), ByteSet::union))
    };
    match hir.kind() {
        HirKind::Literal(literal) => Some(ByteSet::of(&literal.0)),
        HirKind::Class(Class::Bytes(class)) => Some(set_of(class)),
        HirKind::Capture(capture) => all_of(&capture.sub),
        HirKind::Repetition(repetition) => all_of(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => union(parts),
        HirKind::Empty => Some(ByteSet::default()),
        HirKind::Class(Class::Unicode(_)) | HirKind::Look(_) => None,
    }
}

/// What a match can begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) set: ByteSet,
    pub(super) tail: Tail,
}

/// What else than a byte of the set may stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tail {
    /// Nothing: a byte of the set must.
    None,
    /// The end of the text.
    TextEnd,
    /// Anything: the match may be empty.
    Anything,
}

impl Default for First {
    fn default() -> Self {
        Self {
            set: ByteSet::default(),
            tail: Tail::Anything,
        }
    }
}

impl First {
    /// What a match of this and then `next` can begin with.
    fn then(self, next: &Hir) -> Self {
        if self.tail != Tail::Anything {
            return self;
        }
        let next = first(next);
        Self {
            set: self.set.union(next.set),
            tail: next.tail,
        }
    }
}

/// What every match of `hir` begins with.
pub(super) fn first(hir: &Hir) -> First {
    first_at(hir, 0)
}

fn first_at(hir: &Hir, depth: usize) -> First {
    let of = |set| First {
        set,
        tail: Tail::None,
    };
    if depth > DEPTH_MAX {
        return First::default();
    }
    match hir.kind() {
        HirKind::Empty => First::default(),
        HirKind::Look(Look::EndLF) => First {
            set: ByteSet::of(b"\n"),
            tail: Tail::TextEnd,
        },
        HirKind::Look(Look::End) => First {
            set: ByteSet::default(),
            tail: Tail::TextEnd,
        },
        HirKind::Look(_) => First::default(),
        HirKind::Literal(literal) => of(ByteSet::of(&literal.0[..1])),
        HirKind::Class(Class::Bytes(class)) => of(set_of(class)),
        HirKind::Class(Class::Unicode(_)) => First::default(),
        HirKind::Capture(capture) => first_at(&capture.sub, depth + 1),
        HirKind::Repetition(repetition) => {
            let first = first_at(&repetition.sub, depth + 1);
            let tail = if repetition.min == 0 {
                Tail::Anything
            } else {
                first.tail
            };
            First { tail, ..first }
        }
        HirKind::Concat(parts) => parts
            .iter()
            .fold(First::default(), |first, part| first.then(part)),
        HirKind::Alternation(parts) => {
            let none = First {
                set: ByteSet::default(),
                tail: Tail::None,
            };
            parts.iter().fold(none, |all, part| {
                let part = first_at(part, depth + 1);
                First {
                    set: all.set.union(part.set),
                    tail: all.tail.max(part.tail),
                }
            })
        }
    }
}

/// Classes of the first bytes of every match, as far as they stand at fixed positions.
#[derive(Default)]
struct Walk {
    sets: Vec<ByteSet>,
}

impl Walk {
    /// Adds what `hir` matches; false where what follows no longer stands at a fixed position.
    fn visit(&mut self, hir: &Hir) -> bool {
        if self.sets.len() >= FIXED_MAX {
            return false;
        }
        match hir.kind() {
            // What a look asks for inside a group is left to the regular expression.
            HirKind::Empty | HirKind::Look(_) => true,
            HirKind::Literal(literal) => {
                self.sets
                    .extend(literal.0.iter().map(|&byte| ByteSet::of(&[byte])));
                true
            }
            HirKind::Class(Class::Bytes(class)) => {
                self.sets.push(set_of(class));
                true
            }
            HirKind::Class(Class::Unicode(_)) => false,
            HirKind::Capture(capture) => self.visit(&capture.sub),
            HirKind::Repetition(repetition) => {
                let first = self.sets.len();
                let mut fixed = repetition.min == 0 || self.visit(&repetition.sub);
                let once = first..self.sets.len();
                for _ in 1..repetition.min {
                    fixed &= self.sets.len() < FIXED_MAX;
                    if !fixed {
                        break;
                    }
                    self.sets.extend_from_within(once.clone());
                }
                fixed && repetition.max == Some(repetition.min)
            }
            HirKind::Concat(parts) => parts.iter().all(|part| self.visit(part)),
            HirKind::Alternation(parts) => self.visit_alternation(parts),
        }
    }

    fn visit_alternation(&mut self, parts: &[Hir]) -> bool {
        let mut ways = Vec::new();
        let mut fixed = true;
        for part in parts {
            let mut way = Self::default();
            fixed &= way.visit(part);
            ways.push(way.sets);
        }
        let len = ways.iter().map(Vec::len).min().unwrap_or(0);
        fixed &= ways.iter().all(|way| way.len() == len);
        for at in 0..len {
            let union = ways
                .iter()
                .fold(ByteSet::default(), |set, way| set.union(way[at]));
            self.sets.push(union);
        }
        fixed
    }
}

#[cfg(test)]
mod tests {
    use super::form;
    use crate::rule::model::{Before, Step};
    use crate::rule::pattern::parse;

    /// The steps as text: `=n` bytes, `min-max` of a run, `!` for the byte after.
    #[track_caller]
    fn check(pattern: &str, before: Before, steps: &str) {
        let form = form(&parse(pattern).expect("test patterns parse"));
        let shown = form.steps.iter().map(|step| match step {
            Step::Fixed { n, .. } => format!("={n}"),
            Step::Run { min, max, .. } => format!("{min}-{max}"),
            Step::Next { .. } => "!".to_owned(),
        });
        assert_eq!(
            (form.before, shown.collect::<Vec<_>>().join(" ")),
            (before, steps.to_owned())
        );
    }

    #[test]
    fn forms_of_patterns() {
        check(r"\b(ab_[0-9]{6})\b", Before::NotWord, "=1 =1 =1 =6 !");
        check(r"\b(ab_[0-9]{3,9}x)", Before::NotWord, "=1 =1 =1 3-9 =1");
        check(r"ab-[0-9]{3,9}[0-9a-f]", Before::Any, "=1 =1 =1 =3");
        check(
            r"a[0-9a-z-]{20,80}mark[0-9a-z-]{20,80}(?:[^0-9a-z-]|$)",
            Before::Any,
            "=1 44-164 !",
        );
        check(
            r"x://[^\s:@]{1,64}:([^\s]{3,9})@",
            Before::Any,
            "=1 =1 =2 1-64 =1 =3",
        );
        check(r"^[a-z]{2,4}$", Before::LineStart, "2-4");
        check(r"a[a-z]{2,4}\b", Before::Any, "=1 2-4 !");
        check(r"[a-z]{2,4}(?:-[a-z]{2})?", Before::Any, "=2");
    }
}
