//! Versions scanned from what is known of their base, against the same texts scanned in full.

use fastrand::Rng;
use leakgate::blob::Copied;
use leakgate::finding::Locals;
use leakgate::rule::model::Reach;

use crate::edits::{Child, Editor};
use crate::rules::Spec;
use crate::specs::{self, ACROSS, FAR, LINES};
use crate::texts;
use crate::{Bench, rounds};

/// Rescans the version and scans it in full; returns the locals, which must be the same.
#[track_caller]
pub(crate) fn check(bench: &mut Bench, base: &Locals, child: &Child, round: u64) -> Locals {
    // In this order, so that the memory of the rescan is that of another text.
    let found = bench.rescan(base, child);
    let expected = bench.scan(&child.bytes);
    assert!(
        found == expected,
        "round {round}: {} of {} bytes, in full {} {}, overflow {} {}, copied {:?}",
        difference(&found, &expected, &child.bytes),
        child.bytes.len(),
        found.in_full,
        expected.in_full,
        found.overflow,
        expected.overflow,
        child.copied,
    );
    found
}

/// What the version's locals say otherwise than a full scan, and the text around the first of it.
fn difference(found: &Locals, expected: &Locals, bytes: &[u8]) -> String {
    let only = |of: &Locals, not: &Locals| -> Vec<_> {
        let locals = of.found.iter().filter(|one| !not.found.contains(one));
        let locals = locals.map(|one| (one.start, format!("{one:?}")));
        let anchors = of.held.iter().filter(|one| !not.held.contains(one));
        let anchors = anchors.map(|one| (one.start, format!("{one:?}")));
        locals.chain(anchors).collect()
    };
    let (missed, invented) = (only(expected, found), only(found, expected));
    let first = missed
        .iter()
        .chain(&invented)
        .map(|(start, _)| *start)
        .min();
    let first = first.unwrap_or(0) as usize;
    let around = &bytes[first.saturating_sub(150)..bytes.len().min(first + 150)];
    let around = String::from_utf8_lossy(around);
    format!("missed {missed:?}, invented {invented:?} in {around:?}")
}

/// Chains of versions, each scanned from the locals that were handed down to it.
fn chains(specs: &[Spec], usual: u64, bytes: std::ops::Range<usize>, versions: usize) {
    let mut bench = Bench::new(specs);
    for round in 0..rounds(usual) {
        let mut random = Rng::with_seed(round);
        let len = random.usize(bytes.clone());
        let mut base = texts::text(specs, len, &mut random);
        let mut locals = bench.scan(&base);
        for _ in 0..versions {
            let editor = Editor {
                fragment: &|random, out| texts::fragment(specs, random, out),
                base: &base,
                locals: &locals,
            };
            let edits_max = [1, 2, 6, 30][random.usize(..4)];
            let child = editor.edit(edits_max, &mut random);
            locals = check(&mut bench, &locals, &child, round);
            base = child.bytes;
            if base.len() > 4 * bytes.end {
                base.truncate(bytes.end);
                locals = bench.scan(&base);
            }
        }
    }
}

#[test]
fn versions_of_lines_equal_full_scans() {
    chains(LINES, 150, 0..5_000, 10);
}

#[test]
fn versions_across_lines_equal_full_scans() {
    chains(ACROSS, 150, 0..5_000, 10);
}

#[test]
fn versions_of_short_texts_equal_full_scans() {
    chains(&specs::near(), 400, 0..300, 10);
}

#[test]
fn versions_of_long_texts_equal_full_scans() {
    chains(&specs::near(), 12, 10_000..40_000, 10);
}

#[test]
fn versions_of_far_values_equal_full_scans() {
    chains(FAR, 8, 60_000..150_000, 10);
}

#[test]
fn edits_at_the_edges_of_windows_in_long_lines_equal_full_scans() {
    for spec in LINES {
        let specs = [*spec];
        let mut bench = Bench::new(&specs);
        let wide = spec.reach != Reach::Line(512);
        for round in 0..rounds(if wide { 2 } else { 8 }) {
            let mut random = Rng::with_seed(round);
            let len = if wide { 20_000 } else { 2_000 };
            let mut base = texts::text(&specs, len, &mut random);
            for byte in &mut base {
                if *byte == b'\n' && random.u8(..30) != 0 {
                    *byte = b' ';
                }
            }
            let locals = bench.scan(&base);
            let editor = Editor {
                fragment: &|random, out| texts::fragment(&specs, random, out),
                base: &base,
                locals: &locals,
            };
            for _ in 0..40 {
                let child = editor.edit(1, &mut random);
                check(&mut bench, &locals, &child, round);
            }
        }
    }
}

#[test]
fn every_one_byte_edit_of_a_short_text_equals_a_full_scan() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(4).min(100) {
        let mut random = Rng::with_seed(round);
        let base = texts::text(&specs, 250, &mut random);
        let locals = bench.scan(&base);
        let len = base.len() as u64;
        for at in 0..=base.len() {
            for insert in [&b""[..], b"\n", b"a", b"zq"] {
                for removed in 0..2.min(base.len() - at + 1) {
                    let rest = at + removed;
                    let bytes = [&base[..at], insert, &base[rest..]].concat();
                    let to = (at + insert.len()) as u64;
                    let (at, rest) = (at as u64, rest as u64);
                    let mut copied = vec![
                        Copied {
                            from: 0,
                            to: 0,
                            len: at,
                        },
                        Copied {
                            from: rest,
                            to,
                            len: len - rest,
                        },
                    ];
                    copied.retain(|copied| copied.len > 0);
                    let child = Child {
                        bytes,
                        copied,
                        base_len: len,
                    };
                    check(&mut bench, &locals, &child, round);
                }
            }
        }
    }
}
