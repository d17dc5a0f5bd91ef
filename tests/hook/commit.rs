//! What the hook for commits holds back, and what it says.

use std::fmt::Write;

use crate::world::{World, token};

#[test]
fn leak_is_refused_named_and_never_shown() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let value = token(7);
    let ran = world.commit("src/a b.py", &format!("one\nKEY = \"{value}\"\n"));
    ran.is(1).hides(&[&value, &value[4..36]]).says(&[
        "leakgate: commit refused, 1 leak in it\n",
        "  src/a b.py:2  GitHub personal access token (classic)  ",
        "git restore --staged",
        "leakgate:allow github-pat-classic: why",
        "[[allow]]",
        "--no-verify",
        "leakgate git --range",
    ]);
    assert!(ran.said.lines().count() <= 10, "{}", ran.said);
    // What lies in the folder is not what is staged.
    world.write("src/a b.py", "one\n");
    world.git(["commit", "-q", "-m", "x"]).is(1);
    world.git(["add", "src/a b.py"]).is(0);
    world.git(["commit", "-q", "-m", "x"]).is(0);
}

#[test]
fn mark_on_its_line_lets_it_pass() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let text = format!("KEY = \"{}\"  # leakgate:allow: made up\n", token(8));
    world.commit("a.py", &text).is(0);
}

#[test]
fn many_leaks_are_a_few_lines() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let mut text = String::new();
    for n in 0..40 {
        let _ = writeln!(text, "KEY = \"{}\"", token(n));
    }
    let ran = world.commit("a.py", &text);
    ran.is(1)
        .says(&["40 leaks", "  and 36 more: leakgate staged"]);
    assert!(ran.said.lines().count() <= 12, "{}", ran.said);
}

#[test]
fn index_of_a_partial_commit_is_the_one_that_counts() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    world.commit("a", "nothing\n").is(0);
    world.write("a", "more\n");
    world.write("b", &token(9));
    world.git(["add", "b"]).is(0);
    world.git(["commit", "-q", "-m", "x", "--", "a"]).is(0);
    world.write("a", &token(10));
    world
        .git(["commit", "-q", "-m", "x", "--", "a"])
        .is(1)
        .says(&["  a:1  "]);
}

#[test]
fn other_work_tree_is_held_back_by_the_same_hook() {
    let world = World::new();
    world.commit("a", "nothing").is(0);
    world.hook(&["install"]).is(0);
    world.git(["worktree", "add", "-q", "../other"]).is(0);
    let other = world.home("other");
    std::fs::write(other.join("b"), token(11)).expect("a file is written");
    let other = other.to_string_lossy();
    world.git(["-C", &other, "add", "b"]).is(0);
    world
        .git(["-C", &other, "commit", "-q", "-m", "x"])
        .is(1)
        .says(&["  b:1  "]);
}

#[test]
fn out_of_time_is_3_and_says_how_to_get_more() {
    let world = World::new();
    world.write("a", "nothing");
    world.git(["add", "a"]).is(0);
    let ran = world.hook(&["run", "--stage", "pre-commit", "--timeout", "0s"]);
    ran.is(3).says(&[
        "not all of it could be scanned",
        "[gate.commit]",
        "accepted = ",
    ]);
}

#[test]
fn configuration_counts_as_it_is_staged() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let allow = "[[allow]]\npaths = [\"a\"]\nreason = \"made up\"\n";
    world.write(
        "leakgate.toml",
        &format!("{allow}[gate.commit]\nfail-on = \"low\"\n"),
    );
    world.commit("a", &token(12)).is(1);
    world.git(["add", "leakgate.toml"]).is(0);
    world.git(["commit", "-q", "-m", "x"]).is(0);
    world.write("leakgate.toml", "nonsense");
    world.commit("a", &token(13)).is(0);
    world.git(["add", "leakgate.toml"]).is(0);
    world
        .git(["commit", "-q", "-m", "x"])
        .is(1)
        .says(&["leakgate.toml:1: "]);
}

#[test]
fn what_is_left_out_is_silenced_there_and_nowhere_else() {
    let world = World::new();
    world.write("made/a", &token(14));
    world.write("b", &token(15));
    world.git(["add", "."]).is(0);
    let staged = |words: &[&str]| world.leakgate([&["staged"], words].concat());
    let out = ["--exclude", "made/"];
    staged(&out).is(1).says(&["1 leak: "]).hides(&["made/a"]);
    let both = [&out[..], &["--exclude", "b", "-v"]].concat();
    staged(&both)
        .is(0)
        .says(&["made/a", "left out by --exclude"]);
}
