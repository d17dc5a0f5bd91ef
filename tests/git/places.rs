//! Every place in which a value can hide is found by one scan, and what is said of it is what git says.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::plant::{HIDINGS, Hiding, everywhere, text};
use crate::world::{World, finding, findings, masked};

/// Finds everything in a repository that is made with these words.
#[track_caller]
fn check(init: &[&str]) {
    let (world, hidden) = everywhere(init);
    let report = world.report(&["git"], 1);
    let skipped = report["coverage"]["skipped"].as_array();
    assert_eq!(skipped.map(Vec::len), Some(0), "{:#}", report["coverage"]);
    let mut wrong = Vec::new();
    for (hiding, (token, commit)) in HIDINGS.iter().zip(&hidden) {
        let masked = masked(token);
        let found = findings(&report).iter();
        let found: Vec<_> = found.filter(|found| found["masked"] == masked).collect();
        let [found] = found[..] else {
            wrong.push(format!("{}: {} findings", hiding.place, found.len()));
            continue;
        };
        for (what, is, expected) in facts(&world, hiding, found, (&masked, commit.as_deref())) {
            if is != expected {
                let place = hiding.place;
                wrong.push(format!("{place}: {what} is {is}, not {expected}"));
            }
        }
    }
    assert_eq!(findings(&report).len(), HIDINGS.len(), "nothing else");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said of a finding, and what should be.
fn facts(
    world: &World,
    hiding: &Hiding,
    found: &Value,
    (masked, commit): (&str, Option<&str>),
) -> Vec<(&'static str, Value, Value)> {
    let git = &found["git"];
    let of_note = world.git(&["log", "-1", "--format=%H", "--grep=^a first line", "main"]);
    let path = hiding.path.replace("{masked}", masked);
    let path = path.replace("{commit}", &of_note);
    let path = path.replace("{blob}", git["blob"].as_str().unwrap_or("?"));
    let line = (hiding.line > 0).then_some(hiding.line);
    let mut facts = vec![
        ("the path", found["path"].clone(), path.into()),
        ("the line", found["line"].clone(), line.into()),
        ("the object", git["object"].clone(), hiding.object.into()),
        ("the commit", git["commit"].clone(), commit.into()),
        (
            "its reach",
            git["reachable"].clone(),
            hiding.reachable.into(),
        ),
    ];
    let folder = match hiding.place {
        "a submodule" => "sub",
        _ => "repo",
    };
    if let Some(commit) = commit {
        let show = |format: &str| {
            let format = format!("--format={format}");
            let said = world.git_in(folder, &["show", "-s", &format, commit]);
            // What was hidden in it is masked.
            let words = said.split(' ').map(|word| match word.len() {
                40 if hiding.object == "author" => masked,
                _ => word,
            });
            Value::from(words.collect::<Vec<_>>().join(" "))
        };
        facts.push(("the author", git["author"].clone(), show("%an <%ae>")));
        facts.push((
            "the subject",
            git["subject"].clone(),
            first_line(show("%B")),
        ));
        let seconds = world.git_in(folder, &["show", "-s", "--format=%at", commit]);
        facts.push(("the date", git["date"].clone(), date(&seconds).into()));
    }
    if let (Some(blob), Some(_), true) = (git["blob"].as_str(), commit, hiding.reachable) {
        let object = format!("--find-object={blob}");
        let log = ["log", "--all", "-m", "--root", "--format=%H", &object];
        let log = world.git_in(folder, &log);
        let first = log.lines().last().unwrap_or_default();
        facts.push(("the first commit", git["commit"].clone(), first.into()));
    }
    facts
}

fn first_line(text: Value) -> Value {
    let text = text.as_str().unwrap_or_default();
    text.lines().next().unwrap_or_default().into()
}

/// A time as reports write it, an hour and a half east of Greenwich.
fn date(seconds: &str) -> String {
    let seconds: u64 = seconds.parse().expect("it is a number");
    let local = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds + 5_400);
    let text = humantime::format_rfc3339_seconds(local).to_string();
    text.replace('Z', "+01:30")
}

#[test]
fn every_hiding_place_is_found() {
    check(&[]);
}

#[test]
fn every_hiding_place_is_found_where_names_are_sha256() {
    check(&["--object-format=sha256"]);
}

#[test]
fn every_hiding_place_is_found_where_references_lie_in_tables() {
    check(&["--ref-format=reftable"]);
}

#[test]
fn every_hiding_place_stands_in_the_readme() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    // A package without one has no table that could be wrong.
    let Ok(readme) = fs::read_to_string(path) else {
        return;
    };
    let rows = HIDINGS.iter().map(|hiding| {
        let path = ["{masked}", "{commit}", "{blob}"]
            .iter()
            .fold(hiding.path.to_owned(), |path, part| path.replace(part, "…"));
        format!("| {} | `{}` | `{path}` |\n", hiding.place, hiding.object)
    });
    let table: String = rows.collect();
    assert!(readme.contains(&table), "README.md should say:\n{table}");
}

/// What is staged there is found in the file `staged.txt`, which is new.
#[track_caller]
fn check_staged(world: &World) {
    let token = world.token();
    world.write("top/staged.txt", text(&token));
    world.git(&["add", "--sparse", "top/staged.txt"]);
    let report = world.report(&["staged"], 1);
    let found = finding(&report, &token);
    assert_eq!(found["path"], "top/staged.txt");
    assert_eq!(found["line"], 3);
    assert_eq!(report["coverage"]["complete"], true);
    // It lies in no commit yet, and is there all the same.
    let report = world.report(&["git"], 1);
    let found = finding(&report, &token);
    assert_eq!(found["path"], "top/staged.txt");
    assert_eq!(found["git"]["commit"], Value::Null);
    assert_eq!(found["git"]["reachable"], true);
}

#[test]
fn what_is_staged_in_a_split_index_is_found() {
    for init in [&[][..], &["--object-format=sha256"]] {
        let world = World::with(init);
        world.write("old.txt", "nothing\n");
        world.commit("begin");
        world.git(&["update-index", "--split-index"]);
        check_staged(&world);
        let shared = fs::read_dir(world.path(".git")).expect("it is there");
        let names = shared.flatten().map(|entry| entry.file_name());
        let mut names = names.filter_map(|name| name.into_string().ok());
        assert!(names.any(|name| name.starts_with("sharedindex.")));
    }
}

#[test]
fn what_is_staged_in_a_sparse_index_is_found() {
    for init in [&[][..], &["--object-format=sha256"]] {
        let world = World::with(init);
        for path in ["top/a.txt", "far/b.txt", "far/deep/c.txt"] {
            world.write(path, "nothing\n");
        }
        world.commit("begin");
        world.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "top"]);
        check_staged(&world);
        let listed = world.git(&["ls-files", "--sparse"]);
        assert!(listed.lines().any(|path| path == "far/"), "{listed}");
    }
}
