//! What the hooks of a push hold back, on this side and on the other.

use crate::world::{World, file, token};

/// A repository with a commit, and a bare one named `origin` that has it too.
fn pair() -> World {
    let world = World::new();
    world.commit("a", "nothing\n").is(0);
    world.git(["init", "-q", "--bare", "../origin.git"]).is(0);
    world
        .git(["remote", "add", "origin", "../origin.git"])
        .is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
    world
}

#[test]
fn hook_before_it_gets_the_same_words_and_the_same_input() {
    let world = pair();
    let record = "#!/bin/sh\nprintf '%s\\n' \"$@\" >words\ncat >input\n";
    world.script(".git/hooks/pre-push", record);
    world.commit("b", "nothing\n").is(0);
    world.git(["push", "-q", "origin", "main:one"]).is(0);
    let (words, input) = (file(&world.path("words")), file(&world.path("input")));
    assert!(input.0.ends_with('\n') && input.0.contains("refs/heads/one"));
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    world.git(["push", "-q", "origin", "main:two"]).is(0);
    let expected = input.0.replace("refs/heads/one", "refs/heads/two");
    assert_eq!(file(&world.path("words")), words);
    assert_eq!(file(&world.path("input")).0, expected);
    // Its status counts.
    world.script(
        ".git/hooks/pre-push.before-leakgate",
        "#!/bin/sh\ncat >/dev/null\nexit 5\n",
    );
    world.git(["push", "-q", "origin", "main:three"]).is(1);
}

#[test]
fn branch_that_is_taken_away_needs_no_scan() {
    let world = pair();
    world.git(["push", "-q", "origin", "main:old"]).is(0);
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    world.git(["push", "-q", "origin", ":old"]).is(0);
}

#[test]
fn words_that_git_would_not_write_are_refused() {
    let world = pair();
    for stage in ["pre-push", "pre-receive"] {
        let mut command = world.command("sh");
        let script = format!("echo nonsense | leakgate hook run --stage {stage}");
        command.args(["-c", &script]);
        crate::world::ran(&mut command)
            .is(2)
            .says(&["is not what git writes"]);
    }
}

#[test]
fn leak_is_not_pushed_however_the_branch_is_named() {
    let world = pair();
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    let value = token(20);
    world.commit("b", &format!("{value}\n")).is(0);
    world.git(["rm", "-q", "b"]).is(0);
    world.git(["commit", "-q", "-m", "gone again"]).is(0);
    for target in ["main", "main:new", "HEAD:refs/tags/v1"] {
        let ran = world.git(["push", "-q", "origin", target]);
        ran.is(1)
            .hides(&[&value])
            .says(&["leakgate: push refused, 1 leak in it\n", "  b:1 in "]);
        assert!(ran.said.lines().count() <= 11, "{}", ran.said);
    }
    world.git(["reset", "-q", "--hard", "HEAD~2"]).is(0);
    world.commit("c", "nothing\n").is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
}

#[test]
fn what_the_other_side_has_is_not_held_against_a_push() {
    let world = pair();
    world.commit("b", &token(21)).is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    world.commit("c", "nothing\n").is(0);
    world
        .git(["push", "-q", "origin", "main", "main:new"])
        .is(0);
    // To whoever has none of it, all of it is new.
    world.git(["init", "-q", "--bare", "../second.git"]).is(0);
    world
        .git(["push", "-q", "../second.git", "main"])
        .is(1)
        .says(&["  b"]);
}

#[test]
fn server_takes_no_leak_in_and_believes_nobody() {
    let world = pair();
    let server = world.home("origin.git");
    let server = server.to_string_lossy();
    world
        .hook(&["install", "--stage", "pre-receive", &server])
        .is(0);
    let value = token(22);
    let allow = "[[allow]]\npaths = [\"**\"]\nreason = \"all\"\n";
    world.commit("leakgate.toml", allow).is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
    world
        .commit("b", &format!("{value} # leakgate:allow\n"))
        .is(0);
    let ran = world.git(["push", "-q", "origin", "main"]);
    ran.is(1)
        .hides(&[&value])
        .says(&["push refused, 1 leak in it", "b:1 in "]);
    let words = [
        "install",
        "--stage",
        "pre-receive",
        "--trust-target",
        &server,
    ];
    world.hook(&words).is(0).says(&["renewed"]);
    world.git(["push", "-q", "origin", "main"]).is(0);
}

#[test]
fn name_of_a_new_branch_is_looked_at() {
    let world = pair();
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    let value = token(23);
    let ran = world.git(["push", "-q", "origin", &format!("main:{value}")]);
    ran.is(1).says(&[
        "push refused, 1 leak in it",
        "(in the ref name)",
        "another name",
    ]);
}
