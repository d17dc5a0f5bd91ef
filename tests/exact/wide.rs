//! The same text in wide characters: the same rules find the same values at the same lines and
//! columns, and the bytes that a finding names are the value's own.

use fastrand::Rng;
use leakgate::decode::View;
use leakgate::finding::{Finding, Local};

use crate::specs;
use crate::texts;
use crate::{Bench, rounds};

const WIDE: [View; 4] = [View::Utf16Le, View::Utf16Be, View::Utf32Le, View::Utf32Be];

fn encode(view: View, text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut units = [0; 2];
    for c in text.chars() {
        match view {
            View::Bytes => bytes.extend(c.encode_utf8(&mut [0; 4]).bytes()),
            View::Utf16Le => {
                let units = c.encode_utf16(&mut units);
                units
                    .iter()
                    .for_each(|unit| bytes.extend(unit.to_le_bytes()));
            }
            View::Utf16Be => {
                let units = c.encode_utf16(&mut units);
                units
                    .iter()
                    .for_each(|unit| bytes.extend(unit.to_be_bytes()));
            }
            View::Utf32Le => bytes.extend(u32::from(c).to_le_bytes()),
            View::Utf32Be => bytes.extend(u32::from(c).to_be_bytes()),
        }
    }
    bytes
}

/// A text of many lines with characters of every length in UTF-8.
fn text(random: &mut Rng, mark: &str) -> String {
    let bytes = texts::text(&specs::near(), 1_500, random);
    let mut text = mark.to_owned();
    for c in String::from_utf8_lossy(&bytes).chars() {
        if random.u8(..60) == 0 {
            text.push(['\u{e9}', '\u{4e2d}', '\u{1f511}', '\u{fffd}'][random.usize(..4)]);
        }
        text.push(c);
    }
    text
}

fn describe(bench: &Bench, bytes: &[u8], found: &[Local]) -> Vec<Finding> {
    let mut findings = Vec::new();
    bench
        .scanner
        .describer()
        .describe(bytes, found, &mut findings);
    findings
}

/// Compares what is found in the text in this view with what is found in it in UTF-8; returns how
/// much it is.
#[track_caller]
fn check(bench: &mut Bench, text: &str, view: View, bytes: &[u8], round: u64) -> usize {
    let locals = bench.scan(text.as_bytes());
    let expected = describe(bench, text.as_bytes(), &locals.found);
    let wide = bench.scan(bytes);
    assert!(wide.in_full || text.is_empty());
    let of_view: Vec<_> = wide
        .found
        .into_iter()
        .filter(|one| one.view == view)
        .collect();
    assert_eq!(of_view.len(), distinct(&locals.found), "round {round}");
    for local in &of_view {
        let value = &bytes[local.start as usize..local.end as usize];
        let known = locals.found.iter().any(|other| {
            let same = &text.as_bytes()[other.start as usize..other.end as usize];
            let same = std::str::from_utf8(same).map(|same| encode(view, same));
            other.rule == local.rule && same.is_ok_and(|same| same == value)
        });
        assert!(known, "round {round}: {local:?}");
    }
    let found = describe(bench, bytes, &of_view);
    assert_eq!(found.len(), expected.len(), "round {round}");
    for (found, expected) in found.iter().zip(&expected) {
        assert_eq!(shown(found), shown(expected), "round {round}");
        assert_eq!(found.decoded, [view.name()]);
        assert_eq!(found.secret, expected.secret);
        let spot = found.spot.expect("values in text have a spot");
        let bytes = &bytes[spot.byte_start as usize..spot.byte_end as usize];
        let value = String::from_utf8_lossy(found.secret.reveal());
        assert_eq!(bytes, encode(view, &value), "round {round}");
    }
    found.len()
}

/// What a report says of a finding, but for its bytes.
fn shown(finding: &Finding) -> String {
    let spot = finding.spot.expect("values in text have a spot");
    let place = (spot.line, spot.column, spot.end_line, spot.end_column);
    let Finding {
        rule,
        masked,
        suppressed,
        excerpt,
        note,
        ..
    } = finding;
    format!("{rule:?} {place:?} {masked} {suppressed:?} {excerpt:?} {note:?}")
}

#[test]
fn wide_text_gives_what_the_same_text_gives_in_utf_8() {
    let mut bench = Bench::new(&specs::near());
    let mut total = 0;
    for round in 0..rounds(40) {
        let mut random = Rng::with_seed(round);
        let mark = ["", "\u{feff}"][random.usize(..2)];
        let text = text(&mut random, mark);
        for view in WIDE {
            let mut bytes = encode(view, &text);
            assert!(text.is_empty() || View::of(&bytes) == view, "round {round}");
            if random.bool() {
                // Part of a unit at the end is no character.
                bytes.extend_from_slice(&[b'a'; 3][..random.usize(1..view.unit())]);
            }
            total += check(&mut bench, &text, view, &bytes, round);
        }
    }
    assert!(total > 100, "only {total} findings in all texts");
}

/// Locals of different values: in a view all rest on the whole blob.
fn distinct(found: &[Local]) -> usize {
    let mut spans: Vec<_> = found
        .iter()
        .map(|one| (one.start, one.end, one.rule))
        .collect();
    spans.dedup();
    spans.len()
}

#[test]
fn explain_accepts_what_scan_finds_in_wide_text() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(40) {
        let mut random = Rng::with_seed(round);
        let bytes = encode(WIDE[random.usize(..4)], &text(&mut random, ""));
        let locals = bench.scan(&bytes).found;
        let expected: Vec<_> = locals
            .iter()
            .map(|one| (one.start, one.end, one.rule))
            .collect();
        let mut accepted = Vec::new();
        let Bench { scanner, scratch } = &mut bench;
        scanner.explain(&bytes, scratch, &mut |rule, hit, verdict| {
            assert!(hit.start < hit.end && hit.end <= bytes.len());
            if let Ok(verdict) = verdict {
                accepted.push((verdict.value.start as u64, verdict.value.end as u64, rule));
            }
        });
        accepted.sort_unstable();
        accepted.dedup();
        assert_eq!(accepted, expected, "round {round}");
    }
}
