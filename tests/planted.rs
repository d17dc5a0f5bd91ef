//! A folder with one generated value of each rule in many formats gives exactly those findings; with
//! each checksum broken, none of the checksummed ones.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use leakgate::config::Limits;
use leakgate::rule::builtin;
use leakgate::rule::model::{Anchor, LINE_REACH, Reach};
use leakgate::scan::Scanner;
use leakgate::selftest::{Plant, plants};
use serde_json::Value;

/// Ways to write a text down: the name of the file, and its bytes.
type Format = (&'static str, fn(&str) -> Vec<u8>);

static FORMATS: &[Format] = &[
    ("code.js", |text| {
        format!("// made up\nconst config = `\n{text}\n`;\nmodule.exports = config;\n").into()
    }),
    ("settings.conf", |text| {
        format!("# made up\nHOST=localhost\n{text}\nPORT=80\n").into()
    }),
    ("data.json", |text| {
        serde_json::json!({ "name": "made up", "text": text })
            .to_string()
            .into()
    }),
    ("deploy.yml", |text| {
        let lines: Vec<_> = text.lines().map(|line| format!("    {line}\n")).collect();
        format!("name: made up\nsteps:\n  - run: |\n{}", lines.concat()).into()
    }),
    ("wide.txt", |text| {
        let units = format!("\u{feff}made up\r\n{text}\r\n");
        units.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }),
    ("wide-no-mark.txt", |text| {
        format!("made up\n{text}\n")
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect()
    }),
];

fn scanner() -> Scanner {
    Scanner::new(
        builtin(&[]).expect("the built-in rules load"),
        Limits::default(),
    )
}

/// Runs the command and gives back its status and report.
fn scan(folder: &Path) -> (Option<i32>, Value, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_leakgate"))
        .args(["scan", ".", "--format", "json"])
        .current_dir(folder)
        .env_clear()
        .output()
        .expect("the binary runs");
    let text = String::from_utf8(output.stdout).expect("reports are UTF-8");
    let report = serde_json::from_str(&text).expect("the report is JSON");
    (output.status.code(), report, text)
}

/// The value as it stands in a file, without what a format adds inside it.
fn squeezed(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes)
        .replace("\\n", "")
        .replace("\\r", "");
    text.bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != 0)
        .collect()
}

/// Writes every plant in every format; gives back (path, rule) of each and the values.
fn plant(folder: &Path, plants: &[Plant], scanner: &Scanner) -> BTreeSet<(String, String)> {
    let mut expected = BTreeSet::new();
    for (n, plant) in plants.iter().enumerate() {
        let text = std::str::from_utf8(&plant.text).expect("positives are UTF-8");
        let rule = &scanner.ruleset().rules[plant.rule.0 as usize].id;
        for (name, write) in FORMATS {
            let path = format!("{n}-{name}");
            fs::write(folder.join(&path), write(text)).expect("the folder takes files");
            expected.insert((path, rule.clone()));
        }
    }
    expected
}

/// Every place of every finding: path, rule, and the bytes it spans.
fn places(report: &Value) -> Vec<(String, String, usize, usize)> {
    let mut places = Vec::new();
    for finding in report["findings"].as_array().expect("findings are a list") {
        let further = finding["places"].as_array().cloned().unwrap_or_default();
        for place in std::iter::once(finding).chain(&further) {
            let text = |value: &Value| value.as_str().expect("a text").to_owned();
            let number = |value: &Value| value.as_u64().expect("a number") as usize;
            let (path, rule) = (text(&place["path"]), text(&finding["rule"]));
            places.push((
                path,
                rule,
                number(&place["byte_start"]),
                number(&place["byte_end"]),
            ));
        }
    }
    places
}

#[test]
fn every_rule_is_found_in_every_format_at_its_span() {
    let folder = tempfile::tempdir().expect("a folder");
    let scanner = scanner();
    let plants = plants(&scanner, 7);
    let expected = plant(folder.path(), &plants, &scanner);
    let (status, report, output) = scan(folder.path());
    assert_eq!(status, Some(1));
    let places = places(&report);
    let found: BTreeSet<_> = places
        .iter()
        .map(|(path, rule, ..)| (path.clone(), rule.clone()))
        .collect();
    let missing: Vec<_> = expected.difference(&found).collect();
    let extra: Vec<_> = found.difference(&expected).collect();
    assert!(
        missing.is_empty() && extra.is_empty(),
        "missing {missing:?}, extra {extra:?}"
    );
    assert_eq!(
        places.len(),
        expected.len(),
        "no file has more than its one value"
    );
    for (path, rule, start, end) in &places {
        let (n, _) = path.split_once('-').expect("paths begin with a number");
        let plant = &plants[n.parse::<usize>().expect("a number")];
        let bytes = fs::read(folder.path().join(path)).expect("the file is there");
        let value = &plant.text[plant.value.clone()];
        assert_eq!(
            squeezed(&bytes[*start..*end]),
            squeezed(value),
            "{rule} in {path}"
        );
        let value = std::str::from_utf8(value).expect("values are UTF-8");
        assert!(!output.contains(value), "a value of {rule} is shown");
    }
    let rules: BTreeSet<_> = places.iter().map(|(_, rule, ..)| rule).collect();
    let reporting = scanner.ruleset().rules.iter().filter(|rule| !rule.silent());
    let of_text = reporting.filter(|rule| !matches!(rule.detect, leakgate::rule::Detect::File(_)));
    assert_eq!(
        rules.len(),
        of_text.count(),
        "every rule that reports values was planted"
    );
}

#[test]
fn values_with_broken_checksums_are_not_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let scanner = scanner();
    let mut planted = BTreeSet::new();
    for (n, plant) in plants(&scanner, 7).iter().enumerate() {
        // One change of each is enough here; `rules test` tries them all.
        let Some(text) = plant.disproved.first() else {
            continue;
        };
        let text = std::str::from_utf8(text).expect("positives are UTF-8");
        let rule = &scanner.ruleset().rules[plant.rule.0 as usize].id;
        for (name, write) in FORMATS {
            let path = format!("{n}-{name}");
            fs::write(folder.path().join(&path), write(text)).expect("the folder takes files");
            planted.insert((path, rule.clone()));
        }
    }
    assert!(
        planted.len() >= 10 * FORMATS.len(),
        "at least ten samples have a checksum"
    );
    let (status, report, _) = scan(folder.path());
    let found = places(&report);
    let plants = plants(&scanner, 7);
    for (path, rule, ..) in &found {
        let (n, _) = path.split_once('-').expect("paths begin with a number");
        let plant = &plants[n.parse::<usize>().expect("a number")];
        let of = &scanner.ruleset().rules[plant.rule.0 as usize];
        let reach = of.text().map(|text| text.reach);
        // A wrong token in a URL is a password in a URL all the same; and what needs more text than
        // a line rule sees by default is not known to be wrong where it is assigned to a name.
        let long = reach != Some(Reach::Line(LINE_REACH));
        // Nor is what another rule knows by the name beside it only.
        let value = &plant.text[plant.value.clone()];
        let begins = |anchor: &Anchor| match anchor {
            Anchor::Literal { bytes, .. } => value.starts_with(bytes),
            Anchor::Run { .. } => false,
        };
        let text = of.text();
        let known = text.is_some_and(|text| text.anchors.iter().any(begins));
        let assigned = rule.starts_with("generic-") && (long || !known);
        let id = &of.id;
        assert!(
            rule == "url-password" || assigned,
            "{rule} in {path}, of {id}"
        );
    }
    assert_eq!(status, Some(i32::from(!found.is_empty())));
}
