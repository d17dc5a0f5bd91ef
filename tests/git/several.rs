//! One value at several paths, in several versions: each place is judged by itself, and all are one
//! finding.

use serde_json::Value;

use crate::plant::{everywhere, text};
use crate::world::{World, finding, findings, paths};

/// Asks for what is sure only; in tests a value of no known form is less so.
const SURE: &[&str] = &["git", "--min-confidence", "high"];

/// A line with a value of no known form.
fn weak(seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let value: String = (0..20).map(|_| random.alphanumeric()).collect();
    format!("import os\n\npassword = \"{value}\"\n")
}

/// Whether anything counts, and the paths of all that is found.
fn seen(report: &Value) -> (bool, Vec<&str>) {
    let found = findings(report).iter();
    let is_active = found.clone().any(|found| found["active"] == true);
    (is_active, found.flat_map(paths).collect())
}

#[test]
fn value_that_counts_less_in_tests_counts_where_the_same_file_stands_elsewhere() {
    for (inside, outside) in [
        ("tests/conf.py", "src/conf.py"),
        ("tests/kit/conf.py", "src/kit/conf.py"),
        ("a/tests/kit/conf.py", "z/kit/conf.py"),
        ("tests/kit/conf.py", "tests.py/kit/conf.py"),
    ] {
        let world = World::new();
        world.commit_file(inside, weak(1));
        let report = world.report(SURE, 0);
        assert_eq!(seen(&report), (false, vec![inside]));
        world.commit_file(outside, weak(1));
        let report = world.report(SURE, 1);
        let (is_active, paths) = seen(&report);
        assert!(is_active && paths.contains(&outside), "{paths:?}");
    }
}

#[test]
fn value_that_counts_less_in_tests_counts_where_it_was_before_it_moved() {
    let world = World::new();
    world.commit_file("src/conf.py", weak(2));
    world.git(&["mv", "src", "tests"]);
    world.commit("move");
    let report = world.report(SURE, 1);
    assert_eq!(findings(&report)[0]["path"], "src/conf.py");
}

#[test]
fn what_is_allowed_at_a_path_counts_at_others() {
    let world = World::new();
    let token = world.token();
    world.write(
        "leakgate.toml",
        "[[allow]]\npaths = [\"fixtures/\"]\nreason = \"made up\"\n",
    );
    world.commit_file("fixtures/kit/a.txt", text(&token));
    let report = world.report(&["git"], 0);
    let found = finding(&report, &token);
    assert_eq!(found["suppressed"]["reason"], "made up");
    world.commit_file("lib/kit/a.txt", text(&token));
    let report = world.report(&["git"], 1);
    let [silent, active] = findings(&report) else {
        panic!("there are two findings: {report:#}");
    };
    assert_eq!(paths(silent), ["fixtures/kit/a.txt"]);
    assert_eq!(silent["active"], false);
    assert_eq!(paths(active), ["lib/kit/a.txt"]);
    assert_eq!(active["active"], true);
    assert_eq!(active["suppressed"], Value::Null);
}

#[test]
fn what_is_not_scanned_is_accepted_only_where_that_is_said() {
    let world = World::new();
    world.write(
        "leakgate.toml",
        "[coverage]\naccepted = [\"assets/*.zip\"]\n",
    );
    let broken = [b"PK\x03\x04", &[b' '; 60][..]].concat();
    world.commit_file("assets/a.zip", &broken);
    world.report(&["git"], 0);
    world.report(&["git", "--untrusted"], 3);
    world.report(&["git", "--untrusted", "--exclude", "assets/"], 0);
    // The same blob, at a path of which nobody said so.
    world.commit_file("lib/b.zip", &broken);
    let report = world.report(&["git"], 3);
    assert_eq!(report["coverage"]["skipped"][0]["what"], "lib/b.zip");
    world.report(&["git", "--exclude", "lib/"], 0);
}

#[test]
fn mark_in_a_later_version_says_nothing_of_an_earlier_one() {
    let world = World::new();
    let token = world.token();
    let marked = format!("token = {token}  # leakgate:allow\n");
    let first = world.commit_file("a.txt", format!("token = {token}\n"));
    let second = world.commit_file("a.txt", &marked);
    let report = world.report(&["git"], 1);
    let commits = |is_active: bool| -> Vec<&str> {
        let found = findings(&report).iter();
        let found = found.filter(|found| found["active"] == is_active);
        found
            .filter_map(|found| found["git"]["commit"].as_str())
            .collect()
    };
    assert_eq!(commits(true), [first]);
    assert_eq!(commits(false), [second]);

    let world = World::new();
    world.commit_file("a.txt", marked);
    world.report(&["git"], 0);
}

#[test]
fn value_in_thirty_versions_is_one_finding_with_the_first_and_the_last() {
    for is_packed in [false, true] {
        let world = World::new();
        let token = world.token();
        let filler: String = (0..200)
            .map(|n| format!("line {n} of some text\n"))
            .collect();
        world.commit_file("a.txt", &filler);
        let commits: Vec<String> = (0..30)
            .map(|n| world.commit_file("a.txt", format!("{filler}{token}\nversion {n}\n")))
            .collect();
        world.commit_file("a.txt", &filler);
        if is_packed {
            world.git(&["repack", "-adfq", "--depth=50"]);
        }
        let report = world.report(&["git"], 1);
        let found = finding(&report, &token);
        assert_eq!(findings(&report).len(), 1);
        assert_eq!(found["line"], 201);
        let git = &found["git"];
        assert_eq!(git["commit"], commits[0].as_str());
        assert_eq!(git["last_commit"], commits[29].as_str());
        assert_eq!(git["blobs"], 30);
    }
}

/// A report without the time that it took.
#[track_caller]
fn timeless(world: &World, words: &[&str]) -> Value {
    let mut report = world.report(&[&["git", "-v"], words].concat(), 1);
    report["coverage"]["seconds"] = Value::Null;
    report
}

#[test]
fn same_objects_give_the_same_report_however_they_are_stored_and_scanned() {
    let (world, _) = everywhere(&[]);
    for n in 0..12 {
        let token = world.token();
        world.commit_file("many.txt", format!("{token}\n{n}\n"));
        world.commit_file(&format!("many/{n}/a.txt"), text(&token));
    }
    let report = timeless(&world, &["--jobs", "1"]);
    assert_eq!(report, timeless(&world, &["--jobs", "2"]));
    assert_eq!(report, timeless(&world, &["--jobs", "2", "--full"]));
    // One pack, with nothing left out and deltas as deep as they get.
    world.git(&["repack", "-q", "-a", "-d", "-f", "-k", "--depth=250"]);
    let packed = timeless(&world, &["--jobs", "1"]);
    assert_eq!(report["findings"], packed["findings"]);
    assert_eq!(report["coverage"], packed["coverage"]);
    assert_eq!(packed, timeless(&world, &["--jobs", "2"]));
}
