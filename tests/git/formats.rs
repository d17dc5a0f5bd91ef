//! No report shows a value, wherever it hides and whatever is shown beside it.

use data_encoding::BASE64;

use crate::plant::everywhere;
use crate::world::{Ran, World, findings};

/// Ways to ask for a report.
const WAYS: &[&[&str]] = &[
    &["--format", "human"],
    &["--format", "human", "-v", "--stats"],
    &["--format", "human", "-q"],
    &["--format", "json", "-v"],
    &["--format", "jsonl", "-q"],
    &["--format", "jsonl", "--full"],
    &["--format", "human", "--reachable", "-v"],
];

/// What would give a value away: itself, what JSON and people are shown of it, and base64.
fn forms(value: &str) -> Vec<String> {
    let json = serde_json::to_string(value).expect("it is text");
    let mut forms = vec![value.to_owned(), json.trim_matches('"').to_owned()];
    forms.push(value.escape_debug().to_string());
    for shift in 0..3 {
        let shifted = BASE64.encode([&b"   "[..shift], value.as_bytes()].concat().as_slice());
        // The first and the last characters depend on what stands around.
        forms.push(shifted[4..shifted.len() - 4].to_owned());
    }
    forms
}

#[track_caller]
fn check<'a>(world: &World, command: &str, values: impl IntoIterator<Item = &'a String>) {
    let ran: Vec<Ran> = WAYS
        .iter()
        .filter(|way| command == "git" || !way.iter().any(|word| word.starts_with("--fu")))
        .filter(|way| command == "git" || !way.contains(&"--reachable"))
        .map(|way| world.leakgate(&[&[command], *way].concat()))
        .collect();
    for ran in &ran {
        ran.is(1);
    }
    for value in values {
        for form in forms(value) {
            for (ran, way) in ran.iter().zip(WAYS) {
                for said in [&ran.out, &ran.err] {
                    assert!(!said.contains(&form), "{way:?} shows {form:?}:\n{said}");
                }
            }
        }
    }
}

#[test]
fn no_format_shows_a_value_of_any_hiding_place() {
    let (world, hidden) = everywhere(&[]);
    check(&world, "git", hidden.iter().map(|(token, _)| token));
    check(&world, "staged", hidden.iter().map(|(token, _)| token));
}

#[test]
fn subjects_authors_and_paths_of_other_findings_show_no_value() {
    let world = World::new();
    let values: Vec<String> = (0..6).map(|_| world.token()).collect();
    let (path, folder) = (format!("{}.txt", values[0]), values[1].clone());
    world.write(&path, format!("{}\n", values[2]));
    world.write(format!("{folder}/a.txt"), format!("{}\n", values[3]));
    world.git(&["add", "-A"]);
    let author = format!("--author={} <a@example.com>", values[4]);
    world.git(&["commit", "-q", &author, "-m", &values[5]]);
    check(&world, "git", &values);
}

#[test]
fn values_of_odd_characters_are_shown_in_no_form() {
    let world = World::new();
    let random = |seed| {
        let mut random = fastrand::Rng::with_seed(seed);
        let part = |random: &mut fastrand::Rng| -> String {
            (0..7).map(|_| random.alphanumeric()).collect()
        };
        [part(&mut random), part(&mut random), part(&mut random)]
    };
    let values = [
        random(1).join("\\"),
        random(2).join("<&"),
        random(3).join("\""),
        random(4).join("%\\u"),
    ];
    let lines: Vec<_> = values
        .iter()
        .map(|value| format!("password = '{value}'\n"))
        .collect();
    world.write("src/conf.py", lines.concat());
    world.git(&["add", "-A"]);
    check(&world, "staged", &values[..1]);
    for line in &lines {
        world.git(&["commit", "-q", "--allow-empty", "-m", line]);
    }
    let report = world.report(&["git"], 1);
    assert_eq!(findings(&report).len(), values.len(), "{report:#}");
    check(&world, "git", &values);
}

#[test]
fn paths_that_are_no_text_show_no_value_in_base64() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    let world = World::new();
    let values = [world.token(), world.token()];
    let name = [b"odd-\xff-", values[0].as_bytes(), b".txt"].concat();
    world.write(OsString::from_vec(name), &values[1]);
    world.commit("bring an odd name");
    let report = world.report(&["git"], 1);
    assert_eq!(findings(&report).len(), 2);
    for found in findings(&report) {
        assert!(found["path_bytes"].is_string(), "{found:#}");
    }
    check(&world, "git", &values);
}
