//! Which commits count, and what paths say of what lies in history.

use serde_json::{Value, json};

use crate::plant::text;
use crate::world::{World, findings, masked};

/// A history with a value at each step:
///
/// ```text
/// a ── b ── c ── d   main, v1 at b
///       └── e ── f   side
///       └── g        nothing leads to it
/// ```
struct Steps {
    world: World,
    /// The values of the commits `a` to `g`, in files that are called so.
    tokens: Vec<String>,
    /// When `c` was made, for `--since`.
    since: String,
}

fn steps() -> Steps {
    let world = World::new();
    let tokens: Vec<String> = (0..7).map(|_| world.token()).collect();
    let step = |n: usize| {
        let name = &"abcdefg"[n..=n];
        world.commit_file(&format!("{name}.txt"), text(&tokens[n]))
    };
    step(0);
    let b = step(1);
    world.git(&["tag", "-a", "v1", "-m", "first"]);
    let c = step(2);
    step(3);
    world.git(&["switch", "-q", "-c", "side", &b]);
    step(4);
    step(5);
    world.git(&["switch", "-q", "--detach", &b]);
    step(6);
    world.git(&["switch", "-q", "main"]);
    world.git(&["reflog", "expire", "--expire=now", "--all"]);
    let since = world.git(&["show", "-s", "--format=%ct", &c]);
    let since: u64 = since.parse().expect("it is a number");
    let since = std::time::UNIX_EPOCH + std::time::Duration::from_secs(since);
    let since = humantime::format_rfc3339_seconds(since).to_string();
    Steps {
        world,
        tokens,
        since,
    }
}

impl Steps {
    /// The values that are found, by their letters, where leakgate is asked like this.
    #[track_caller]
    fn check(&self, words: &[&str], expected: &str) {
        let status = i32::from(!expected.is_empty());
        let report = self.world.report(&[&["git"], words].concat(), status);
        let is_found = |token: &&String| {
            let masked = masked(token);
            let mut found = findings(&report).iter();
            found.any(|found| found["masked"] == masked)
        };
        let letters = "abcdefg".chars().zip(&self.tokens);
        let found = letters.filter(|(_, token)| is_found(token));
        let found: String = found.map(|(letter, _)| letter).collect();
        assert_eq!(found, expected, "{words:?}");
        assert_eq!(report["coverage"]["complete"], true);
    }
}

#[test]
fn only_what_is_asked_for_is_found() {
    let steps = steps();
    steps.check(&[], "abcdefg");
    steps.check(&["--reachable"], "abcdef");
    steps.check(&["--range", "main..side"], "ef");
    steps.check(&["--range", "side..main"], "cd");
    steps.check(&["--range", "main...side"], "cdef");
    steps.check(&["--range", "v1.."], "cd");
    steps.check(&["--range", "main~1..main"], "d");
    steps.check(&["--range", "HEAD..HEAD"], "");
    steps.check(&["--range", "main..side", "--range", "^side~1"], "f");
    steps.check(&["--ref", "main"], "abcd");
    steps.check(&["--ref", "v1"], "ab");
    steps.check(&["--ref", "refs/heads/side"], "abef");
    steps.check(&["--since", &steps.since], "cdef");
    steps.check(&["--ref", "main", "--since", &steps.since], "cd");
    let id = steps.world.git(&["rev-parse", "side"]);
    steps.check(&["--ref", &id], "abef");
    steps.check(&["--ref", &id[..12]], "abef");
}

#[test]
fn revision_that_stands_for_nothing_is_an_error() {
    let steps = steps();
    for words in [
        &["--range", "main..nowhere"][..],
        &["--range", "nowhere...main"],
        &["--ref", "nowhere"],
        &["--ref", "main~9"],
        &["--range", ""],
        &["--ref", ""],
        &["--ref", "0123456789012345678901234567890123456789"],
    ] {
        let ran = steps.world.leakgate(&[&["git"], words].concat());
        ran.is(2);
        assert_eq!(ran.out, "");
        assert!(ran.err.lines().count() >= 1, "{words:?} says why");
    }
    let ran = steps.world.leakgate(&["git", "--ref", "nowhere"]);
    ran.is(2).says(&["nowhere"]);
    let ran = steps.world.leakgate(&["git", "--since", "soon"]);
    ran.is(2).says(&["soon"]);
}

#[test]
fn value_that_came_and_went_within_a_range_is_found() {
    let world = World::new();
    let first = world.commit("begin");
    let token = world.token();
    world.commit_file("a.txt", text(&token));
    world.git(&["rm", "-q", "a.txt"]);
    let gone = world.commit("clean up");
    world.commit_file("b.txt", "nothing\n");
    let range = format!("{first}..HEAD");
    let report = world.report(&["git", "--range", &range], 1);
    assert_eq!(findings(&report)[0]["path"], "a.txt");
    let range = format!("{gone}..HEAD");
    world.report(&["git", "--range", &range], 0);
}

#[test]
fn messages_and_names_of_a_range_are_found() {
    let world = World::new();
    let tokens: Vec<String> = (0..3).map(|_| world.token()).collect();
    let first = world.commit(&format!("old {}", tokens[0]));
    world.write(format!("{}.txt", tokens[1]), "nothing\n");
    world.commit(&format!("new {}", tokens[2]));
    let report = world.report(&["git", "--range", &format!("{first}..")], 1);
    let found = findings(&report).iter();
    let mut found: Vec<_> = found.map(|found| found["masked"].clone()).collect();
    found.sort_by_key(Value::to_string);
    let mut expected = vec![json!(masked(&tokens[1])), json!(masked(&tokens[2]))];
    expected.sort_by_key(Value::to_string);
    assert_eq!(found, expected);
}

#[test]
fn files_of_telling_names_are_found_in_history() {
    let world = World::new();
    world.commit("begin");
    let env = "HOST=db.internal\nPORT=5432\nDEBUG=1\n";
    let commit = world.commit_file("deploy/.env", env);
    world.git(&["rm", "-q", "deploy/.env"]);
    world.commit("clean up");
    world.commit_file(".env.example", format!("{env}MORE=1\n"));
    world.commit_file("other/.env", "# nothing\n");
    let report = world.report(&["git"], 1);
    let [found] = findings(&report) else {
        panic!("there is one finding: {report:#}");
    };
    assert_eq!(found["rule"], "dotenv-file");
    assert_eq!(found["path"], "deploy/.env");
    assert_eq!(found["git"]["commit"], commit.as_str());
    assert_eq!(found["git"]["reachable"], true);
    assert_eq!(found["line"], Value::Null);
    world.report(&["git", "--exclude", "deploy/"], 0);
    world.report(&["git", "--range", "HEAD~2.."], 0);
}

#[test]
fn telling_name_that_a_range_gives_to_an_old_file_is_found() {
    let world = World::new();
    world.commit_file("old.txt", "HOST=db.internal\nPORT=5432\nDEBUG=1\n");
    world.report(&["git"], 0);
    world.git(&["mv", "old.txt", ".env"]);
    world.commit("move");
    let report = world.report(&["git", "--range", "HEAD~1.."], 1);
    assert_eq!(findings(&report)[0]["path"], ".env");
    world.commit_file("more.txt", "nothing\n");
    world.report(&["git", "--range", "HEAD~1.."], 0);
}

#[test]
fn files_of_telling_names_are_found_where_no_commit_holds_them() {
    let world = World::new();
    world.commit("begin");
    world.write("deploy/.env", "HOST=db.internal\nPORT=5432\nDEBUG=1\n");
    world.git(&["add", "-A"]);
    for is_staged in [true, false] {
        if !is_staged {
            world.git(&["write-tree"]);
            world.git(&["reset", "-q", "--hard"]);
        }
        let report = world.report(&["git"], 1);
        let found = &findings(&report)[0];
        assert_eq!(found["path"], "deploy/.env");
        assert_eq!(found["git"]["reachable"], is_staged);
        assert_eq!(found["git"]["commit"], Value::Null);
    }
}

#[test]
fn what_is_left_out_at_its_path_is_silent_there() {
    let world = World::new();
    let token = world.token();
    world.commit_file("vendor/kit/a.txt", text(&token));
    for words in [
        &["git", "--exclude", "vendor/"][..],
        &["git", "--exclude", "*.txt"],
        &["git", "--exclude", "vendor/**/a.txt"],
    ] {
        let report = world.report(words, 0);
        let found = &findings(&report)[0];
        assert_eq!(found["active"], false);
        assert_eq!(found["suppressed"]["reason"], "left out by --exclude");
    }
    world.report(&["git", "--exclude", "elsewhere/"], 1);
    world.write("leakgate.toml", "exclude = [\"vendor/\"]\n");
    let report = world.report(&["git"], 0);
    let found = &findings(&report)[0];
    assert_eq!(found["suppressed"]["reason"], "left out by exclude");
    // The configuration of a repository that is somebody else's says nothing.
    world.report(&["git", "--untrusted"], 1);
    world.commit_file("src/kit/a.txt", text(&token));
    world.report(&["git"], 1);
    world.report(&["git", "--exclude", "src/"], 0);
}

#[test]
fn what_is_allowed_by_its_value_or_its_rule_is_silent_in_history() {
    let world = World::new();
    let token = world.token();
    world.commit_file("a.txt", text(&token));
    let allow = |key: &str, value: &str| {
        format!("[[allow]]\n{key} = [\"{value}\"]\nreason = \"made up\"\n")
    };
    let end = format!("{}$", &token[34..]);
    for text in [allow("values", &end), allow("rules", "github-pat-classic")] {
        world.write("leakgate.toml", text);
        let report = world.report(&["git"], 0);
        assert_eq!(findings(&report)[0]["suppressed"]["reason"], "made up");
    }
    world.write("leakgate.toml", allow("values", "^nothing of the sort$"));
    world.report(&["git"], 1);
}
