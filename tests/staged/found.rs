//! What is reported of staged files: only what the commit adds.

use std::io::Write;

use leakgate::config::{Limits, ScanConfig};
use leakgate::rule::{RuleText, load};
use leakgate::scan::{Outcome, Progress, Scanner, Timing, run};

use crate::world::World;

const RULES: &str = r#"
[[rule]]
id = "demo-token"
title = "Demo token"
category = "demo"
severity = "high"
confidence = "high"
pattern = '\b(demo_[a-z]{12})\b'
positives = ["{secret}", "x {secret}"]
negatives = ["demo_", "demo"]

[[rule]]
id = "demo-dotenv"
title = "File of settings"
category = "demo"
kind = "sensitive-file"
severity = "medium"
confidence = "medium"
file = { names = [".env"] }
content = { lines = '^[A-Z]+=\S', min = 2 }
positives = ["A=b", "B=c"]
negatives = ["A", "b"]
"#;

/// A value that ends so.
fn token(last: char) -> String {
    format!("demo_{}{last}", "kwhzqpxvtrj")
}

/// Scans; tells rule, path and line of every finding.
fn found(world: &World) -> (Vec<String>, Outcome) {
    let ruleset = load(&[RuleText {
        name: "demo.toml",
        text: RULES,
    }]);
    let scanner = Scanner::new(ruleset.expect("the rules load"), Limits::default());
    let config = ScanConfig::default();
    let progress = (&Progress::default(), Timing::Off);
    let outcome = run(&world.staged(), &scanner, &config, progress).expect("it walks");
    let told = outcome.findings.iter().map(|placed| {
        let rule = &scanner.ruleset().rules[placed.finding.rule.0 as usize].id;
        let line = placed.finding.spot.map_or(0, |spot| spot.line);
        let path = String::from_utf8_lossy(&placed.path);
        format!("{rule} {path}:{line} {}", placed.finding.part.name())
    });
    (told.collect(), outcome)
}

#[test]
fn only_values_in_added_lines_are_reported() {
    let world = World::new();
    let old = format!("a\n{}\n", token('a'));
    world.commit(&[("f", &old)]);
    world.stage(&[(
        "f",
        &format!("{old}{}\n{} {}\n", token('b'), token('c'), token('a')),
    )]);
    let (told, outcome) = found(&world);
    let expected = [
        "demo-token f:3 blob",
        "demo-token f:4 blob",
        "demo-token f:4 blob",
    ];
    assert_eq!(told, expected);
    assert!(
        outcome
            .findings
            .iter()
            .all(|placed| placed.places.is_empty())
    );
    assert_eq!(outcome.status().code(), 1);

    world.git(&["commit", "-qm", "more"]);
    let (told, outcome) = found(&world);
    assert_eq!(told.len() + outcome.findings.len(), 0);
    assert_eq!(outcome.status().code(), 0);
    // A change elsewhere in the file reports nothing of the rest, and shows nothing of it.
    world.stage(&[("f", &format!("other\n{}\n", token('a')))]);
    let (told, outcome) = found(&world);
    assert_eq!((told.len(), outcome.status().code()), (0, 0));
    let value = token('a');
    let shown = outcome.redactor.redact(value.as_bytes());
    assert!(!String::from_utf8_lossy(&shown).contains(&value));
}

#[test]
fn names_and_whole_files_are_reported_where_they_are_new() {
    let world = World::new();
    let settings = "A=b\nB=c\n";
    let named = format!("{}.txt", token('n'));
    world.stage(&[(".env", settings), (&named, "1\n")]);
    let (told, _) = found(&world);
    let expected = [
        "demo-dotenv .env:0 blob".to_owned(),
        format!("demo-token {named}:0 file-name"),
    ];
    assert_eq!(told, expected);
    world.git(&["commit", "-qm", "all"]);
    world.stage(&[(".env", "A=b\nB=c\nC=d\n"), (&named, "1\n2\n")]);
    assert!(found(&world).0.is_empty());
    world.git(&["commit", "-qm", "more"]);
    world.git(&["mv", ".env", "moved"]);
    assert!(found(&world).0.is_empty());
    world.git(&["commit", "-qm", "moved"]);
    world.git(&["mv", "moved", ".env"]);
    assert_eq!(found(&world).0, ["demo-dotenv .env:0 blob"]);
}

#[test]
fn a_changed_container_is_new_with_all_its_members() {
    let world = World::new();
    let zipped = |text: &str| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(text.as_bytes()).expect("it is memory");
        writer.finish().expect("it is memory")
    };
    let write = |text: &str| {
        std::fs::write(world.path("f.gz"), zipped(text)).expect("it is written");
        world.git(&["add", "f.gz"]);
    };
    write(&format!("{}\n", token('a')));
    assert_eq!(found(&world).0, ["demo-token f.gz!f:1 blob"]);
    world.git(&["commit", "-qm", "all"]);
    assert!(found(&world).0.is_empty());
    write(&format!("{}\nmore\n", token('a')));
    assert_eq!(found(&world).0, ["demo-token f.gz!f:1 blob"]);
}

#[test]
fn a_conflict_is_no_all_clear() {
    let world = World::new();
    world.commit(&[("a", "1\n")]);
    let id = world.git(&["rev-parse", "HEAD:a"]);
    let lines: String = (1..=3)
        .map(|stage| format!("100644 {} {stage}\tc\n", id.trim()))
        .collect();
    let output = world.try_git(&["update-index", "--index-info"], lines.as_bytes());
    assert!(output.status.success());
    let (told, outcome) = found(&world);
    assert_eq!((told.len(), outcome.status().code()), (0, 3));
}
