//! Scans of random texts against the oracle, and what must hold of every local.

use fastrand::Rng;
use leakgate::decode::View;
use leakgate::finding::{Local, RuleIndex};
use leakgate::rule::byteset::CLASSES;
use leakgate::rule::model::Anchor;
use leakgate::validate::Validity;

use crate::oracle::{Found, Oracle};
use crate::rules::{self, Anchors, Case, Spec};
use crate::specs::{self, FAR};
use crate::texts;
use crate::{Bench, rounds};

/// Compares the scanner with the oracle on one text; returns how much was found.
#[track_caller]
fn check(bench: &mut Bench, oracle: &mut Oracle<'_>, bytes: &[u8], round: u64) -> usize {
    let locals = bench.scan(bytes);
    let held: Vec<_> = locals
        .held
        .iter()
        .map(|one| (one.start, one.end, one.rule.0))
        .collect();
    assert_eq!(held, oracle.held(bytes), "round {round}");
    let found = locals.found;
    let plain = |local: &Local| Found {
        start: local.start,
        end: local.end,
        rule: local.rule.0,
        examined: local.examined,
    };
    let found: Vec<_> = found.iter().map(plain).collect();
    let expected = oracle.scan(bytes);
    let missed: Vec<_> = expected.iter().filter(|one| !found.contains(one)).collect();
    let invented: Vec<_> = found.iter().filter(|one| !expected.contains(one)).collect();
    let first = missed
        .iter()
        .copied()
        .chain(invented.iter().copied())
        .map(|one| one.start)
        .min();
    let first = first.unwrap_or(0) as usize;
    let around = &bytes[first.saturating_sub(150)..bytes.len().min(first + 150)];
    assert!(
        found == expected,
        "round {round}: missed {missed:?}, invented {invented:?} in {:?}",
        String::from_utf8_lossy(around)
    );
    found.len()
}

fn sweep(specs: &[Spec], usual: u64, bytes: std::ops::Range<usize>, least: usize) {
    let mut bench = Bench::new(specs);
    let mut oracle = Oracle::new(specs);
    let mut total = 0;
    for round in 0..rounds(usual) {
        let mut random = Rng::with_seed(round);
        let len = random.usize(bytes.clone());
        let text = texts::text(specs, len, &mut random);
        total += check(&mut bench, &mut oracle, &text, round);
    }
    assert!(total >= least, "only {total} values in all texts");
}

#[test]
fn the_loader_finds_the_anchors_written_down() {
    for spec in [specs::near().as_slice(), FAR].concat() {
        if spec.join.is_some() {
            continue;
        }
        let ruleset = rules::load(&[spec]);
        let text = ruleset.rules[0].text().expect("it finds text");
        let expected: Vec<_> = match spec.anchors {
            Anchors::Derived(literals, case) | Anchors::Given(literals, case) => {
                let anchor = |literal: &&str| Anchor::Literal {
                    bytes: literal.as_bytes().to_vec(),
                    fold: case == Case::Folded,
                };
                literals.iter().map(anchor).collect()
            }
            Anchors::Run(name, min) => {
                let class = CLASSES.iter().find(|(class, _)| *class == name);
                let class = class.expect("test rules name known classes").1;
                vec![Anchor::Run { class, min }]
            }
        };
        let pattern = text.pattern.as_ref();
        let place = pattern.map_or((None, 0), |pattern| (pattern.offset, pattern.slack));
        assert_eq!(text.anchors, expected, "{}", spec.id);
        assert_eq!(place, (spec.offset, spec.slack), "{}", spec.id);
    }
}

#[test]
fn scan_agrees_with_the_oracle() {
    sweep(&specs::near(), 150, 0..4_000, 500);
}

#[test]
fn each_rule_alone_agrees_with_the_oracle() {
    for spec in specs::near().iter().filter(|spec| spec.join.is_none()) {
        if spec.report == "never" {
            continue;
        }
        sweep(&[*spec], 30, 0..3_000, 1);
    }
}

#[test]
fn far_ends_agree_with_the_oracle() {
    sweep(FAR, 6, 60_000..130_000, 1);
}

#[test]
fn texts_of_random_bytes_agree_with_the_oracle() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    let mut oracle = Oracle::new(&specs);
    for round in 0..rounds(100) {
        let mut random = Rng::with_seed(round);
        let mut bytes = texts::text(&specs, 600, &mut random);
        for _ in 0..random.usize(..40) {
            let at = random.usize(..=bytes.len());
            bytes.insert(at, random.u8(1..));
        }
        // Bytes at the front may be a byte order mark: then there are two texts to read.
        if View::of(&bytes) == View::Bytes {
            check(&mut bench, &mut oracle, &bytes, round);
        }
    }
}

#[test]
fn locals_ascend_and_lie_in_what_was_examined() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(100) {
        let mut random = Rng::with_seed(round);
        let bytes = texts::text(&specs, 3_000, &mut random);
        let locals = bench.scan(&bytes);
        assert!(
            locals.found.is_sorted() && locals.held.is_sorted(),
            "round {round}"
        );
        for local in &locals.found {
            let examined = local.examined.range();
            assert!(local.start < local.end && local.end <= bytes.len() as u64);
            assert!(examined.start <= local.start && local.end <= examined.end);
            assert!(examined.end <= bytes.len() as u64);
            assert!(!local.examined.at_blob_start || examined.start == 0);
            assert!(!local.examined.at_blob_end || examined.end == bytes.len() as u64);
            assert!(local.validity != Validity::Invalid && local.view == View::Bytes);
        }
    }
}

#[test]
fn verdicts_rest_on_what_was_examined_alone() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(20) {
        let mut random = Rng::with_seed(round);
        let bytes = texts::text(&specs, 2_000, &mut random);
        for local in bench.scan(&bytes).found {
            let range = local.examined.start as usize..local.examined.end as usize;
            let junk = |random: &mut Rng| -> Vec<u8> {
                let mut junk = Vec::new();
                texts::fragment(&specs, random, &mut junk);
                junk
            };
            let mut other = Vec::new();
            if !local.examined.at_blob_start {
                other = junk(&mut random);
            }
            let shift = other.len() as i64 - range.start as i64;
            other.extend_from_slice(&bytes[range]);
            if !local.examined.at_blob_end {
                other.extend_from_slice(&junk(&mut random));
            }
            // Where the examined range comes to begin at the blob's start, that is another text.
            if !local.examined.at_blob_start && shift + local.examined.start as i64 == 0 {
                continue;
            }
            let again = bench.scan(&other).found;
            let at = |position: u64| (position as i64 + shift) as u64;
            let same = again.iter().any(|other| {
                (other.start, other.end, other.rule) == (at(local.start), at(local.end), local.rule)
            });
            assert!(
                same,
                "round {round}: {local:?} in {:?}",
                String::from_utf8_lossy(&other)
            );
        }
    }
}

#[test]
fn explain_accepts_exactly_what_scan_finds() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(60) {
        let mut random = Rng::with_seed(round);
        let bytes = texts::text(&specs, 3_000, &mut random);
        check_explained(&mut bench, &bytes, round);
    }
}

/// Compares what `explain` accepts with what the scanner finds.
#[track_caller]
pub(crate) fn check_explained(bench: &mut Bench, bytes: &[u8], round: u64) {
    let expected = bench.scan(bytes).found;
    let mut accepted = Vec::new();
    let Bench { scanner, scratch } = bench;
    scanner.explain(bytes, scratch, &mut |rule: RuleIndex, hit, verdict| {
        assert!(hit.start < hit.end && hit.end <= bytes.len());
        match verdict {
            Ok(verdict) => accepted.push(Local {
                start: verdict.value.start as u64,
                end: verdict.value.end as u64,
                rule,
                examined: verdict.examined,
                validity: verdict.validity,
                confidence: verdict.confidence,
                view: View::Bytes,
            }),
            Err(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    });
    accepted.sort();
    accepted.dedup();
    assert_eq!(accepted, expected, "round {round}");
}
