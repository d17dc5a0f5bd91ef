//! The whole way: a secret in a member is found by the program, at its path and its bytes.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::fixtures::{all, documents, nested};
use crate::opened::open;

/// A rule for the words that fixtures are made of.
const RULES: &str = r#"
[[rule]]
id = "demo-word"
title = "Word of a fixture"
category = "demo"
severity = "high"
confidence = "high"
pattern = 'text of \S{3,20} is ([a-z]{24})\b'
positives = ["the 1. text of a.tgz is {secret}", "text of a.b is {secret}."]
negatives = ["text of a.tgz is short", "{secret}"]
"#;

/// Path, first byte and end of each secret that the program reports.
fn reported(folder: &Path, name: &str) -> BTreeSet<(String, u64, u64)> {
    let ran = Command::new(env!("CARGO_BIN_EXE_leakgate"))
        .current_dir(folder)
        .args(["scan", "--format", "json", "--rules", "rules.toml", name])
        .args(["--only", "demo-word", "--no-progress"])
        .output()
        .expect("the program runs");
    let errors = String::from_utf8_lossy(&ran.stderr);
    assert_eq!(ran.status.code(), Some(1), "{name}: {errors}");
    let report: Value = serde_json::from_slice(&ran.stdout).expect("a report in JSON");
    assert_eq!(report["coverage"]["complete"], true, "{name}: {report}");
    let findings = report["findings"].as_array().expect("a list");
    let place = |finding: &Value| {
        let number = |key: &str| finding[key].as_u64().expect("a number");
        let path = finding["path"].as_str().expect("a path").to_owned();
        (path, number("byte_start"), number("byte_end"))
    };
    findings.iter().map(place).collect()
}

#[test]
fn every_kind_gives_its_secrets_at_their_path_and_bytes() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("rules.toml"), RULES).expect("it is writable");
    let n_plain = all().len() + nested().len();
    let fixtures = all().into_iter().chain(nested()).chain(documents());
    for (n, fixture) in fixtures.enumerate().filter(|(_, it)| !it.texts.is_empty()) {
        let file = folder.path().join(fixture.name);
        std::fs::write(&file, &fixture.bytes).expect("it is writable");
        let opened = open(fixture.name, &fixture.bytes);
        let mut expected = BTreeSet::new();
        for text in &fixture.texts {
            let places = opened.blobs.iter().filter_map(|(path, bytes)| {
                let at = memchr::memmem::find(bytes, text.as_bytes())? + text.len();
                Some((path.clone(), at as u64 - 24, at as u64))
            });
            expected.extend(places);
        }
        let found = reported(folder.path(), fixture.name);
        assert_eq!(found.len(), fixture.texts.len(), "{}", fixture.name);
        // The second place of a secret in a document stands in the list of its places.
        assert!(found.is_subset(&expected), "{found:?} {expected:?}");
        assert!(
            n >= n_plain || expected.len() == found.len(),
            "{expected:?}"
        );
    }
}
