//! What the JSON formats say.

use leakgate::blob::{Exclusion, Part, SkipReason};
use leakgate::finding::Suppression;
use leakgate::report::{FORMATS, Revealed};
use leakgate::secret::Secret;
use serde_json::{Value, json};

use crate::run::{Run, further, placed, skip, token, whole_file};

#[test]
fn value_is_shown_only_when_asked_for() {
    let mut run = Run::new(vec![placed("a", token().as_bytes(), 1)]);
    for format in FORMATS {
        assert!(
            !run.render(format.name).contains(&token()),
            "{}",
            format.name
        );
    }
    assert_eq!(run.json()["findings"][0].get("secret"), None);
    run.show.secrets = Revealed::InClear;
    let human = run.render("human");
    assert!(
        human.contains(&format!("      value    {}\n", token())),
        "{human}"
    );
    assert_eq!(run.json()["findings"][0]["secret"], json!(token()));
    run.findings[0].finding.secret = Secret::new(b"abcd\xff\x1b");
    assert!(
        run.render("human")
            .contains("      value    abcd\\xff\\x1b\n")
    );
    let finding = &run.json()["findings"][0];
    assert_eq!(finding["secret"], json!("abcd\u{fffd}\u{1b}"));
    assert_eq!(finding["secret_bytes"], json!("YWJjZP8b"));
}

#[test]
fn json_holds_every_field_of_the_contract() {
    let mut first = placed("a!b", token().as_bytes(), 3);
    first.finding.decoded = vec!["base64"];
    first.finding.suppressed = Some(Suppression {
        by: "baseline",
        reason: None,
    });
    first.active = false;
    first.places = vec![further(b"c", 9)];
    let mut name = whole_file("");
    name.finding.part = Part::FileName;
    name.path = b"d/\xff".to_vec();
    let mut run = Run::new(vec![first, name]);
    run.coverage.excluded.insert(Exclusion::GitStore, 1);
    let limit = SkipReason::Limit {
        name: "depth",
        value: 9,
    };
    run.coverage.skipped = vec![skip(b"x", limit)];
    let expected = json!({
        "tool": "leakgate",
        "version": env!("CARGO_PKG_VERSION"),
        "ruleset": "0123456789ab",
        "target": ".",
        "findings": [
            {
                "rule": "thing-token", "title": "Thing access token", "kind": "secret",
                "category": "things", "severity": "critical", "confidence": "high",
                "active": false, "path": "a!b", "line": 3, "column": 14, "end_line": 3,
                "end_column": 50, "byte_start": 100, "byte_end": 136, "masked": "thing_…6789",
                "decoded": ["base64"], "validation": "valid", "fingerprint": "00ff-12",
                "impact": "Everything is lost.", "advice": "Revoke it.",
                "suppressed": { "by": "baseline", "reason": null },
                "places": [{
                    "path": "c", "line": 9, "column": 1, "end_line": 9, "end_column": 37,
                    "byte_start": 100, "byte_end": 136,
                }],
            },
            {
                "rule": "thing-file", "title": "Thing file", "kind": "sensitive-file",
                "category": "things", "severity": "high", "confidence": "medium",
                "active": true, "path": "d/\\xff", "path_bytes": "ZC//", "object": "file-name",
                "masked": "[secret]", "decoded": [], "validation": "unknown",
                "fingerprint": "00ff-12",
                "advice": "Leave the file out and add it to the ignore file.", "places": [],
            },
        ],
        "coverage": {
            "files": 1234, "bytes": 5_600_000, "blobs": 0, "commits": 0, "archive_members": 0,
            "decoded_views": 0, "cut_texts": 0, "excluded": { "git-store": 1 }, "overlapped": 0,
            "skipped": [{
                "what": "x", "reason": "limit", "detail": "limit reached: depth = 9",
            }],
            "complete": false, "seconds": 0.424,
        },
    });
    assert_eq!(run.json(), expected);
}

#[test]
fn jsonl_is_a_finding_a_line_and_then_the_coverage() {
    let findings = vec![placed("a\nb", token().as_bytes(), 1), whole_file("c")];
    let run = Run::new(findings);
    let mut lines: Vec<Value> = Vec::new();
    for line in run.render("jsonl").lines() {
        lines.push(serde_json::from_str(line).expect("each line is JSON"));
    }
    let mut whole = run.json();
    let findings = whole["findings"].as_array_mut();
    let mut expected = std::mem::take(findings.expect("findings are a list"));
    for finding in &mut expected {
        finding["type"] = json!("finding");
    }
    whole["coverage"]["type"] = json!("coverage");
    expected.push(whole["coverage"].take());
    assert_eq!(lines, expected);
}
