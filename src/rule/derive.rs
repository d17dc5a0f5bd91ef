//! What can be proved of a pattern by reading it: its anchors and what its matches begin with.
//!
//! The proofs are what make the prefilter free of false negatives. Nothing is guessed: where a
//! pattern gives no literal of three bytes that every match contains, the answer is none, and the
//! rule has to name a run.

use regex_syntax::hir::literal::{ExtractKind, Extractor};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind};

use crate::rule::byteset::{ByteSet, WORD};
use crate::rule::form::{self, Tail};
use crate::rule::model::{Anchor, Before};
use crate::rule::pattern::{flatten, only_of, set_of};

/// The shortest literal that may be an anchor, in bytes.
pub(crate) const LITERAL_MIN: usize = 3;
/// Literals are cut to this length: more bytes make no candidate rarer.
const LITERAL_MAX: usize = 32;
/// A class of more bytes than this is not spelled out.
const CLASS_MAX: usize = 8;
/// At so many places at most a match may begin before one anchor.
const SLACK_MAX: usize = 16;

/// Literals of which every match contains one, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Literals {
    pub(crate) all: Vec<Vec<u8>>,
    pub(crate) fold: bool,
    /// How many bytes before a literal matches begin, where that is known.
    pub(crate) offset: Option<usize>,
    /// They may also begin up to as many bytes nearer.
    pub(crate) slack: usize,
}

/// A run that is an anchor of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    /// The bytes of the class that stand in a row in every match.
    pub(crate) len: usize,
    /// How many bytes before the run every match begins, where that is known.
    pub(crate) offset: Option<usize>,
}

/// Finds the best literals of which every match of `hir` contains one.
pub(crate) fn literals(hir: &Hir) -> Option<Literals> {
    let exact = best(hir, false);
    if exact.as_ref().is_some_and(|found| found.all.len() <= 16) {
        return exact;
    }
    best(&folded(hir), true).or(exact)
}

/// Checks literals given by hand: every match must contain one of them.
pub(crate) fn covers(hir: &Hir, given: &[Vec<u8>]) -> Option<Literals> {
    let found = [(folded(hir), true), (hir.clone(), false)];
    let holds = |derived: &[u8], fold: bool| {
        given.iter().any(|literal| {
            let literal = if fold {
                literal.to_ascii_lowercase()
            } else {
                literal.clone()
            };
            memchr::memmem::find(derived, &literal).is_some()
        })
    };
    for (hir, fold) in found.iter().rev() {
        for candidate in candidates(hir, *fold, |_| false) {
            if candidate.all.iter().all(|derived| holds(derived, *fold)) {
                let offset = candidate
                    .offset
                    .and_then(|at| common_offset(&candidate.all, given, *fold, at));
                let all = given.iter().map(|literal| {
                    if *fold {
                        literal.to_ascii_lowercase()
                    } else {
                        literal.clone()
                    }
                });
                return Some(Literals {
                    all: all.collect(),
                    fold: *fold,
                    offset,
                    slack: candidate.slack,
                });
            }
        }
    }
    None
}

/// Where every given literal begins in a match, if that is one number for all.
fn common_offset(derived: &[Vec<u8>], given: &[Vec<u8>], fold: bool, at: usize) -> Option<usize> {
    let mut offsets = derived.iter().flat_map(|text| {
        given.iter().filter_map(move |literal| {
            let literal = if fold {
                literal.to_ascii_lowercase()
            } else {
                literal.clone()
            };
            memchr::memmem::find(text, &literal)
        })
    });
    let first = offsets.next()?;
    offsets.all(|offset| offset == first).then_some(at + first)
}

fn best(hir: &Hir, fold: bool) -> Option<Literals> {
    let score = |found: &Literals| {
        let shortest = found.all.iter().map(Vec::len).min().unwrap_or(0);
        (
            shortest.min(5),
            found.offset.is_some(),
            std::cmp::Reverse(found.slack),
            std::cmp::Reverse(found.all.len()),
        )
    };
    // One long literal at a known place cannot be bettered, and most patterns begin with theirs.
    let best_of_all = |found: &Literals| {
        let line_feed = found.all.iter().any(|literal| literal.contains(&b'\n'));
        !line_feed && score(found) == (5, true, std::cmp::Reverse(0), std::cmp::Reverse(1))
    };
    let on_one_line = candidates(hir, fold, best_of_all)
        .into_iter()
        .filter_map(first_line);
    // `max_by_key` keeps the last of equals; the first is nearer the start of the match.
    on_one_line.rev().max_by_key(score)
}

/// Cuts literals at their line feed: anchors stand on one line, which is where versions of a text
/// look for those that are new.
fn first_line(found: Literals) -> Option<Literals> {
    let mut all: Vec<Vec<u8>> = found.all;
    for literal in &mut all {
        let end = memchr::memchr(b'\n', literal);
        literal.truncate(end.unwrap_or(literal.len()));
    }
    all.sort();
    all.dedup();
    let all = shortest_only(all);
    let long = all.iter().all(|literal| literal.len() >= LITERAL_MIN);
    long.then_some(Literals { all, ..found })
}

/// Literal sets at each position of the pattern's concatenation, up to one that is enough.
fn candidates(hir: &Hir, fold: bool, enough: impl Fn(&Literals) -> bool) -> Vec<Literals> {
    let mut pieces = Vec::new();
    flatten(hir, &mut pieces);
    let mut found = Vec::new();
    let (mut min, mut max) = (0, Some(0));
    for at in 0..pieces.len() {
        if !matches!(pieces[at].kind(), HirKind::Look(_) | HirKind::Empty)
            && let Some(all) = prefixes(&pieces[at..])
        {
            let offset = max.filter(|max| max - min <= SLACK_MAX);
            found.push(Literals {
                all,
                fold,
                offset,
                slack: offset.map_or(0, |max| max - min),
            });
            if found.last().is_some_and(&enough) {
                break;
            }
        }
        let properties = pieces[at].properties();
        min += properties.minimum_len().unwrap_or(0);
        max = max.zip(properties.maximum_len()).map(|(a, b)| a + b);
    }
    found
}

/// The literals with which every match of the concatenated pieces begins.
fn prefixes(pieces: &[&Hir]) -> Option<Vec<Vec<u8>>> {
    // No literal goes on past a class of many bytes: what follows it need not be read.
    let known = pieces.iter().position(|piece| !is_narrow(piece));
    let rest = &pieces[..known.map_or(pieces.len(), |at| at + 1)];
    let rest = Hir::concat(rest.iter().map(|&piece| piece.clone()).collect());
    let mut extractor = Extractor::new();
    extractor
        .kind(ExtractKind::Prefix)
        .limit_class(CLASS_MAX)
        .limit_repeat(8)
        .limit_literal_len(LITERAL_MAX)
        .limit_total(64);
    let sequence = extractor.extract(&rest);
    let found = sequence.literals()?;
    let long = !found.is_empty() && found.iter().all(|literal| literal.len() >= LITERAL_MIN);
    long.then(|| {
        let mut all: Vec<_> = found
            .iter()
            .map(|literal| literal.as_bytes().to_vec())
            .collect();
        all.sort();
        all.dedup();
        shortest_only(all)
    })
}

/// Whether a piece is anything but a class, or a repeated one, that no literal spells out.
fn is_narrow(piece: &Hir) -> bool {
    match piece.kind() {
        HirKind::Class(Class::Bytes(class)) => set_of(class).len() <= CLASS_MAX,
        HirKind::Repetition(repetition) => is_narrow(&repetition.sub),
        _ => true,
    }
}

/// Drops literals that begin with another one: where they stand, that one stands.
fn shortest_only(all: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut kept: Vec<Vec<u8>> = Vec::new();
    for literal in all {
        if !kept
            .last()
            .is_some_and(|shorter| literal.starts_with(shorter))
        {
            kept.push(literal);
        }
    }
    kept
}

/// The pattern as it matches text in lower case.
fn folded(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Literal(literal) => Hir::literal(literal.0.to_ascii_lowercase()),
        HirKind::Class(Class::Bytes(class)) => {
            let set = set_of(class);
            let lower = set.iter().map(|byte| byte.to_ascii_lowercase());
            let ranges = lower.map(|byte| ClassBytesRange::new(byte, byte));
            Hir::class(Class::Bytes(ClassBytes::new(ranges)))
        }
        HirKind::Capture(capture) => folded(&capture.sub),
        HirKind::Repetition(repetition) => {
            let mut repetition = repetition.clone();
            repetition.sub = Box::new(folded(&repetition.sub));
            Hir::repetition(repetition)
        }
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(folded).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(folded).collect()),
        _ => hir.clone(),
    }
}

/// What is known of runs of at least `min` bytes of `class` in matches of `hir`.
///
/// A match has its run at an offset if what stands before and after it there cannot be in the class:
/// the run is maximal then wherever the pattern matches, and is an anchor. At the beginning of a match
/// nothing stands before it, so a longer run may reach into the match; that one is in no match. But no
/// other run may be an anchor of a match whose own beginning is not one: because it is too short, or
/// because it is part of a longer run.
pub(crate) fn run(hir: &Hir, class: &ByteSet, min: usize) -> Run {
    let mut pieces = Vec::new();
    flatten(hir, &mut pieces);
    let starts_whole = form::form(hir).before == Before::NotWord && class.within(&WORD);
    let mut found = Run {
        len: 0,
        offset: None,
    };
    // The row that ends here, where it begins in every match, and where this piece does.
    let (mut row, mut row_at, mut piece_at) = (0, Some(0), Some(0));
    let mut apart = false;
    for at in 0..=pieces.len() {
        let piece = pieces.get(at);
        if let Some(piece) = piece.filter(|piece| only_of(piece, class)) {
            row += piece.properties().minimum_len().unwrap_or(0);
            found.len = found.len.max(row);
            piece_at = piece_at.zip(fixed_len(piece)).map(|(at, len)| at + len);
            continue;
        }
        let ends = piece.is_none_or(|piece| {
            let next = form::first(piece);
            next.tail != Tail::Anything && next.set.apart_from(class)
        });
        let rest = pieces[at..]
            .iter()
            .map(|piece| piece.properties().maximum_len());
        let rest: Option<usize> = rest.sum();
        let whole = match row_at {
            Some(0) => starts_whole || rest.is_some_and(|rest| rest < min),
            _ => apart,
        };
        if found.offset.is_none() && row >= min && ends && whole {
            found.offset = row_at;
        }
        let Some(piece) = piece else { break };
        row = 0;
        apart = ends_apart(piece, class);
        piece_at = piece_at.zip(fixed_len(piece)).map(|(at, len)| at + len);
        row_at = piece_at;
    }
    found
}

/// Whether every match of a piece ends with a byte that is not in `class`.
fn ends_apart(piece: &Hir, class: &ByteSet) -> bool {
    match piece.kind() {
        HirKind::Literal(literal) => literal.0.last().is_some_and(|&byte| !class.contains(byte)),
        _ => only_of(piece, &class.complement()),
    }
}

/// The length of every match of a piece, where it is one number.
fn fixed_len(piece: &Hir) -> Option<usize> {
    let properties = piece.properties();
    let len = properties.minimum_len()?;
    (properties.maximum_len() == Some(len)).then_some(len)
}

/// Turns derived literals into anchors.
pub(crate) fn anchors(literals: &Literals) -> Vec<Anchor> {
    let fold = literals.fold;
    let anchor = |bytes: &Vec<u8>| Anchor::Literal {
        bytes: bytes.clone(),
        fold,
    };
    literals.all.iter().map(anchor).collect()
}

#[cfg(test)]
mod tests {
    use super::{Run, covers, literals, run};
    use crate::rule::byteset::ByteSet;
    use crate::rule::pattern::parse;

    #[track_caller]
    fn check(pattern: &str, expected: &[&str], fold: bool, offset: Option<usize>) {
        let hir = parse(pattern).expect("test patterns parse");
        let found = literals(&hir).expect("the pattern has literals");
        let all: Vec<_> = found
            .all
            .iter()
            .map(|l| String::from_utf8_lossy(l))
            .collect();
        assert_eq!(
            (&all[..], found.fold, found.offset),
            (
                &expected.iter().map(|&e| e.into()).collect::<Vec<_>>()[..],
                fold,
                offset
            )
        );
    }

    #[test]
    fn literals_of_patterns() {
        check(r"\b(abc_[0-9a-z]{8})\b", &["abc_"], false, Some(0));
        check(r"\b(A[BC]ID[0-9]{8})", &["ABID", "ACID"], false, Some(0));
        check(r"[a-z]{2}-token-[0-9]{8}", &["-token-"], false, Some(2));
        check(r"[a-z]{2,5}-token-[0-9]{8}", &["-token-"], false, Some(5));
        check(r"[a-z]{2,50}-token-[0-9]{8}", &["-token-"], false, None);
        check(r"(?i)datadog[0-9]{8}", &["datadog"], true, Some(0));
        check(r"x(?:one|three)y", &["xoney", "xthreey"], false, Some(0));
        check(r"begin\n[0-9]{8}", &["begin"], false, Some(0));
    }

    #[test]
    fn patterns_without_literals_give_none() {
        let hir = parse(r"[0-9a-f]{32}").expect("parses");
        assert_eq!(literals(&hir), None);
        let hir = parse(r"(?:abcd)?[0-9]{8}").expect("parses");
        assert_eq!(literals(&hir), None);
    }

    #[test]
    fn given_literals_must_stand_in_every_match() {
        let hir = parse(r"\b(sk-(?:proj|admin)-[0-9]{8})").expect("parses");
        let found = covers(&hir, &[b"sk-proj-".to_vec(), b"sk-admin-".to_vec()]);
        assert_eq!(found.expect("covers").offset, Some(0));
        assert!(covers(&hir, &[b"sk-proj-".to_vec()]).is_none());
        assert!(covers(&hir, &[b"proj".to_vec(), b"admin".to_vec()]).is_some());
    }

    #[test]
    fn runs_of_patterns() {
        let digits = ByteSet::of(b"0123456789");
        let check = |pattern: &str, min: usize, len: usize, offset: Option<usize>| {
            let hir = parse(pattern).expect("test patterns parse");
            assert_eq!(run(&hir, &digits, min), Run { len, offset }, "{pattern}");
        };
        check(r"\b[0-9]{9}\b", 9, 9, Some(0));
        check(r"\b([0-9]{9}(?:[0-9]{2}){2,3})", 9, 13, Some(0));
        check(r"\b[0-9]{9,12}-[0-9]{20}", 9, 20, Some(0));
        check(r"\b[0-9]{9,12}-[0-9]{20}", 10, 20, None);
        check(r"\b[0-9]{2}x[0-9]{20}", 9, 20, Some(3));
        check(r"\b[0-9]{2}[0-9x][0-9]{20}", 9, 20, None);
        check(r"[0-9]{9}-[0-9]{9}", 9, 9, Some(10));
        check(r"[0-9]{9}-[0-9]{8}", 9, 9, None);
        check(r"[0-9]{9}-[0-9]{7}", 9, 9, Some(0));
        check(r"[0-9]{9}[0-9a-f]{4}", 9, 9, None);
        check(r"id=[0-9]{9}", 9, 9, Some(3));
        check(r"id=[0-9]{9}(?:[^0-9]|$)", 9, 9, Some(3));
        check(r"i?d=[0-9]{9}", 9, 9, None);
        check(r"[0-9]{9}-?[0-9]{9}", 9, 9, None);
    }
}
