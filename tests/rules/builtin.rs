//! The rules in `rules/`.

use std::path::Path;

use leakgate::config::Limits;
use leakgate::finding::Locals;
use leakgate::level::Confidence;
use leakgate::rule::model::Anchor;
use leakgate::rule::{FILES, builtin};
use leakgate::scan::Scanner;
use leakgate::selftest;

use crate::rounds;

fn scanner() -> Scanner {
    let ruleset = builtin(&[]).unwrap_or_else(|error| panic!("{error}"));
    Scanner::new(ruleset, Limits::default())
}

#[test]
fn every_rule_does_what_its_samples_say() {
    let scanner = scanner();
    let outcome = selftest::test(&scanner, 1, rounds());
    let failures: Vec<_> = outcome.failures.iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // A rule that never reports and that no other joins would not have run.
    assert_eq!(outcome.rules, scanner.ruleset().rules.len());
    assert!(outcome.changes > 0, "some rules have checksums");
}

#[test]
fn every_file_in_the_folder_is_in_the_table() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("it can be listed").file_name());
    let mut names: Vec<_> = names
        .map(|name| format!("rules/{}", name.display()))
        .collect();
    // Shapes come first because the others use them.
    names.sort_by_key(|name| (name != "rules/shapes.toml", name.clone()));
    let table: Vec<_> = FILES.iter().map(|file| file.name).collect();
    assert_eq!(table, names);
}

#[test]
fn rule_files_hold_nothing_that_the_rules_find() {
    let scanner = scanner();
    let (mut scratch, mut locals) = (scanner.scratch(), Locals::default());
    for file in FILES {
        let mut findings = Vec::new();
        scanner.scan(file.text.as_bytes(), &mut scratch, &mut locals);
        scanner.describe(file.text.as_bytes(), &locals, &mut findings);
        let found: Vec<_> = findings
            .iter()
            .filter(|finding| finding.confidence >= Confidence::Medium)
            .map(|finding| {
                (
                    &scanner.ruleset().rules[finding.rule.0 as usize].id,
                    finding.spot,
                )
            })
            .collect();
        assert!(found.is_empty(), "{}: {found:?}", file.name);
    }
}

#[test]
fn every_rule_says_what_to_do() {
    for rule in scanner()
        .ruleset()
        .rules
        .iter()
        .filter(|rule| !rule.silent())
    {
        let told = [&rule.impact, &rule.advice, &rule.source];
        assert!(told.iter().all(|text| text.is_some()), "{}", rule.id);
    }
}

/// 16 KiB for each round, so that `LEAKGATE_ROUNDS=1024` scans 16 MiB of each.
#[test]
fn dense_anchors_are_scanned() {
    let scanner = scanner();
    let (mut scratch, mut locals) = (scanner.scratch(), Locals::default());
    for rule in &scanner.ruleset().rules {
        for anchor in rule.text().map_or(&[][..], |text| &text.anchors) {
            for joint in ["", "-", ".", "\n"] {
                let unit = [&dense(anchor)[..], joint.as_bytes()].concat();
                let size = rounds() as usize * (16 << 10);
                let text: Vec<u8> = unit.into_iter().cycle().take(size).collect();
                scanner.scan(&text, &mut scratch, &mut locals);
                assert!(locals.found.iter().all(|local| local.end <= size as u64));
            }
        }
    }
}

/// The shortest text that is this anchor.
fn dense(anchor: &Anchor) -> Vec<u8> {
    match anchor {
        Anchor::Literal { bytes, .. } => bytes.clone(),
        Anchor::Run { class, min } => {
            let class: Vec<u8> = class.iter().collect();
            let run = (0..*min).map(|at| class[at * 7 % class.len()]);
            run.chain([b' ']).collect()
        }
    }
}
