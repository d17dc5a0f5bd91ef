//! Findings made of locals: the same whether these were inherited or not, at the right place, showing
//! no value, and silenced by the marks of their own lines only.

use fastrand::Rng;
use leakgate::describe::Loser;
use leakgate::finding::{Finding, Locals};

use crate::edits::Editor;
use crate::rules::{Anchors, Case, Spec};
use crate::specs::{self, LINES};
use crate::texts;
use crate::{Bench, rounds};

fn describe(bench: &Bench, bytes: &[u8], locals: &Locals) -> (Vec<Finding>, Vec<Loser>) {
    let mut findings = Vec::new();
    let describer = bench.scanner.describer();
    let losers = describer.describe(bytes, &locals.found, &mut findings);
    (findings, losers)
}

#[test]
fn findings_of_inherited_locals_are_those_of_a_full_scan() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(60) {
        let mut random = Rng::with_seed(round);
        let mut base = texts::text(&specs, 2_000, &mut random);
        let mut locals = bench.scan(&base);
        for _ in 0..5 {
            let editor = Editor {
                fragment: &|random, out| texts::fragment(&specs, random, out),
                base: &base,
                locals: &locals,
            };
            let child = editor.edit(4, &mut random);
            let expected = bench.scan(&child.bytes);
            locals = bench.rescan(&locals, &child);
            let found = describe(&bench, &child.bytes, &locals);
            let expected = describe(&bench, &child.bytes, &expected);
            assert_eq!(
                format!("{found:?}"),
                format!("{expected:?}"),
                "round {round}"
            );
            base = child.bytes;
        }
    }
}

#[test]
fn findings_stand_where_a_plain_count_finds_them() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(60) {
        let mut random = Rng::with_seed(round);
        let bytes = texts::text(&specs, 2_000, &mut random);
        let locals = bench.scan(&bytes);
        let (findings, _) = describe(&bench, &bytes, &locals);
        let mut end = 0;
        for finding in &findings {
            let spot = finding.spot.expect("values in text have a spot");
            let (start, stop) = (spot.byte_start as usize, spot.byte_end as usize);
            assert!(
                end <= start,
                "round {round}: findings ascend and do not overlap"
            );
            end = stop;
            assert_eq!(finding.secret.reveal(), &bytes[start..stop]);
            let place = |at: usize| {
                let before = &bytes[..at];
                let lines = before.iter().filter(|&&byte| byte == b'\n').count();
                let line = before
                    .rsplit(|&byte| byte == b'\n')
                    .next()
                    .unwrap_or_default();
                let characters = line.iter().filter(|&&byte| byte & 0xC0 != 0x80).count();
                (lines as u64 + 1, characters as u64 + 1)
            };
            assert_eq!((spot.line, spot.column), place(start), "round {round}");
            assert_eq!(
                (spot.end_line, spot.end_column),
                place(stop),
                "round {round}"
            );
            let masked = finding.masked.as_bytes();
            assert!(memchr::memmem::find(masked, finding.secret.reveal()).is_none());
        }
    }
}

/// The lines that hold the finding, and the one above them.
fn lines<'t>(bytes: &'t [u8], finding: &Finding) -> (Vec<&'t [u8]>, Option<&'t [u8]>) {
    let spot = finding.spot.expect("values in text have a spot");
    let all: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    let first = spot.line as usize - 1;
    let value = &bytes[spot.byte_start as usize..spot.byte_end as usize];
    let n_within = value[..value.len() - 1]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count();
    let own = vec![all[first], all[first + n_within]];
    // A mark above a long line would silence all of it.
    let above = first.checked_sub(1).filter(|_| all[first].len() <= 1_000);
    (own, above.map(|above| all[above]))
}

#[test]
fn marks_silence_their_own_line_and_where_alone_the_next() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    let mut silenced = 0;
    for round in 0..rounds(100) {
        let mut random = Rng::with_seed(round);
        let bytes = texts::text(&specs, 2_000, &mut random);
        let locals = bench.scan(&bytes);
        for finding in describe(&bench, &bytes, &locals).0 {
            let id = specs[finding.rule.0 as usize].id;
            let (own, above) = lines(&bytes, &finding);
            // The fillers hold these marks and no other.
            let marks = |line: &[u8], alone: bool| {
                let line = String::from_utf8_lossy(line).into_owned();
                let Some(at) = line.find("leakgate:allow").filter(|_| line.len() <= 1_000) else {
                    return false;
                };
                let (before, after) = (&line[..at], &line[at + "leakgate:allow".len()..]);
                // What follows may name a rule: by its id, or by any word before a colon.
                let gap = [' ', '\t', ':'];
                let rest = after.trim_start_matches(gap);
                let word_end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
                let (word, rest) = rest.split_at(word_end.unwrap_or(rest.len()));
                let known = specs.iter().any(|spec| spec.id == word);
                let named = known || rest.trim_start().starts_with(':');
                let of_another = named && after.starts_with(gap) && word != id;
                let beside = alone && before.contains(|c: char| c.is_ascii_alphanumeric());
                !of_another && !beside
            };
            let next_line = b"pragma: allowlist nextline secret";
            let next = above.is_some_and(|line| {
                line.len() <= 1_000 && memchr::memmem::find(line, next_line).is_some()
            });
            let expected = own.iter().any(|line| marks(line, false))
                || next
                || above.is_some_and(|line| marks(line, true));
            // A line of two marks is read by its first; edits of the fillers may tear others.
            let torn = [own.as_slice(), above.as_slice()]
                .concat()
                .iter()
                .any(|line| memchr::memmem::find_iter(line, "leakgate:allow").count() > 1);
            if !torn {
                assert_eq!(
                    finding.suppressed.is_some(),
                    expected,
                    "round {round}: {finding:?}"
                );
            }
            silenced += u64::from(expected);
        }
    }
    assert!(silenced > 0, "the texts of this test hold no marks");
}

#[test]
fn secret_near_many_ids_is_joined_with_the_nearest() {
    let specs = specs::JOINED;
    let mut bench = Bench::new(specs);
    let text = b"ZQID00000000 ZQID11111111\nzqs01234567890123456789\n";
    let locals = bench.scan(text);
    let (findings, losers) = describe(&bench, text, &locals);
    let pair = specs.iter().position(|spec| spec.id == "zq-pair");
    let rules: Vec<_> = findings
        .iter()
        .map(|one| Some(one.rule.0 as usize))
        .collect();
    assert_eq!((rules, losers.len()), (vec![pair], 0));
}

/// Two rules whose values overlap without one holding the other.
fn overlapping() -> Vec<Spec> {
    let spec = LINES.iter().find(|spec| spec.id == "zq-fixed");
    let plain = Spec {
        ignored: &[],
        allowed: &[],
        samples: &[],
        ..*spec.expect("the rule is there")
    };
    let head = Spec {
        id: "zq-head",
        pattern: "zqhead:([a-z]{25})",
        anchors: Anchors::Derived(&["zqhead:"], Case::Exact),
        ..plain
    };
    let tail = Spec {
        id: "zq-tail",
        pattern: "([a-z]{24}):zqtail",
        anchors: Anchors::Derived(&[":zqtail"], Case::Exact),
        offset: Some(24),
        ..plain
    };
    vec![head, tail]
}

#[test]
fn rest_of_a_value_that_gave_way_is_not_shown() {
    let mut bench = Bench::new(&overlapping());
    let text = b"id zqhead:abcdefghijklmnopqrstuvwxyzabcdefghijk:zqtail end";
    let locals = bench.scan(text);
    assert_eq!(locals.found.len(), 2);
    let (findings, losers) = describe(&bench, text, &locals);
    assert_eq!((findings.len(), losers.len()), (1, 1));
    let excerpt = findings[0]
        .excerpt
        .as_ref()
        .expect("values in text have one");
    let after = String::from_utf8_lossy(&excerpt.after);
    assert_eq!(after, format!("{}:zqtail end", losers[0].masked));
}
