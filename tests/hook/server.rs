//! Pushes of every kind, met on both sides.

use crate::world::{World, token};

/// A repository with a commit, and a bare one named `origin` that has it too.
fn pair(words: &[&str]) -> Option<World> {
    let world = World::stored(words)?;
    world.commit("a", "nothing\n").is(0);
    world
        .git([&["init", "-q", "--bare"], words, &["../origin.git"]].concat())
        .is(0);
    world
        .git(["remote", "add", "origin", "../origin.git"])
        .is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
    Some(world)
}

/// Both kinds of hook, one after the other.
const SIDES: [&[&str]; 2] = [
    &["install", "--stage", "pre-push"],
    &["install", "--stage", "pre-receive", "../origin.git"],
];

#[test]
fn every_kind_of_push_is_held_back_on_either_side() {
    for (side, words) in SIDES.into_iter().flat_map(|side| {
        let kinds: [&[&str]; 3] = [
            &["--object-format=sha1"],
            &["--object-format=sha256"],
            &["--ref-format=reftable"],
        ];
        kinds.map(|words| (side, words))
    }) {
        let Some(world) = pair(words) else {
            continue;
        };
        world.hook(side).is(0);
        let value = token(60);
        world.commit("b", &format!("one\n{value}\n")).is(0);
        for target in ["main", "main:new", "HEAD:refs/tags/v1", "+main:main"] {
            let ran = world.git(["push", "-q", "origin", target]);
            ran.is(1)
                .hides(&[&value])
                .says(&["push refused, 1 leak in it", "  b:2 in "]);
        }
        world.write("b", "one\n");
        world
            .git(["commit", "-q", "--amend", "-a", "-m", "x"])
            .is(0);
        world
            .git(["push", "-q", "origin", "main", "main:new"])
            .is(0);
        // A rewritten branch, one that goes, and both at once.
        world.git(["commit", "-q", "--amend", "-m", "again"]).is(0);
        world.git(["push", "-q", "origin", "+main", ":new"]).is(0);
        world.git(["push", "-q", "origin", "main:more"]).is(0);
        world.git(["push", "-q", "origin", ":more"]).is(0);
    }
}

#[test]
fn message_and_tag_are_pushed_as_well() {
    for side in SIDES {
        let world = pair(&[]).expect("git makes it");
        world.hook(side).is(0);
        let value = token(61);
        world
            .git(["tag", "-m", &format!("see {value}"), "v1"])
            .is(0);
        let ran = world.git(["push", "-q", "origin", "v1"]);
        ran.is(1).hides(&[&value]).says(&["1 leak"]);
        world
            .git([
                "commit",
                "-q",
                "--allow-empty",
                "-m",
                &format!("x\n\n{value}"),
            ])
            .is(0);
        let ran = world.git(["push", "-q", "origin", "main"]);
        ran.is(1)
            .hides(&[&value])
            .says(&["(commit message):3 in ", "1 leak"]);
    }
}

#[test]
fn commits_of_others_that_are_not_here_hide_nothing() {
    let world = pair(&[]).expect("git makes it");
    world.hook(SIDES[0]).is(0);
    world
        .git(["clone", "-q", "../origin.git", "../other"])
        .is(0);
    let other = World::at(&world, "other");
    other.commit("c", "theirs\n").is(0);
    other.git(["push", "-q", "origin", "HEAD:main"]).is(0);
    // What is there now was never fetched.
    world.commit("b", &token(62)).is(0);
    world
        .git(["push", "-q", "origin", "+main"])
        .is(1)
        .says(&["  b:1 in "]);
    world.git(["reset", "-q", "--hard", "HEAD~1"]).is(0);
    world.commit("b", "nothing\n").is(0);
    world.git(["push", "-q", "origin", "+main"]).is(0);
}

#[test]
fn server_sees_what_is_packed_and_what_is_not() {
    for limit in ["1", "1000"] {
        let world = pair(&[]).expect("git makes it");
        world.hook(SIDES[1]).is(0);
        let words = ["--git-dir=../origin.git", "config", "receive.unpackLimit"];
        world.git([&words[..], &[limit]].concat()).is(0);
        world.commit("b", &token(63)).is(0);
        world.commit("c", "nothing\n").is(0);
        world
            .git(["push", "-q", "origin", "main"])
            .is(1)
            .says(&["push refused, 1 leak in it", "  b:1 in "]);
        // Nothing of it stays.
        let head = world.git(["rev-parse", "main"]).said;
        let words = ["--git-dir=../origin.git", "cat-file", "-e", head.trim()];
        assert_ne!(world.git(words).status, Some(0));
        world.git(["reset", "-q", "--hard", "HEAD~2"]).is(0);
        world.commit("b", "nothing\n").is(0);
        world.git(["push", "-q", "origin", "main"]).is(0);
        world.git(["--git-dir=../origin.git", "gc", "-q"]).is(0);
        world.commit("d", &token(64)).is(0);
        world
            .git(["push", "-q", "origin", "main", "main:two"])
            .is(1)
            .says(&["1 leak", "  d:1 in "]);
    }
}

#[test]
fn push_from_work_trees_and_shallow_clones_is_judged_by_what_is_new() {
    let world = pair(&[]).expect("git makes it");
    world.commit("old", &token(65)).is(0);
    world.commit("b", "nothing\n").is(0);
    world.git(["push", "-q", "origin", "main"]).is(0);
    world.hook(SIDES[0]).is(0);
    world
        .git(["worktree", "add", "-q", "-b", "side", "../tree"])
        .is(0);
    let origin = format!("file://{}", world.home("origin.git").display());
    world
        .git([
            "clone",
            "-q",
            "--depth=1",
            "-b",
            "main",
            &origin,
            "../shallow",
        ])
        .is(0);
    let shallow = World::at(&world, "shallow");
    shallow.hook(SIDES[0]).is(0);
    for (world, branch) in [(World::at(&world, "tree"), "side"), (shallow, "main")] {
        world.commit("c", "nothing\n").is(0);
        world.git(["push", "-q", "origin", branch]).is(0);
        world.commit("d", &token(66)).is(0);
        world
            .git(["push", "-q", "origin", branch])
            .is(1)
            .says(&["1 leak", "  d:1 in "]);
    }
}

#[test]
fn commit_of_a_leak_is_the_one_that_is_pushed() {
    let world = pair(&[]).expect("git makes it");
    world.hook(SIDES[0]).is(0);
    // The same value came and went elsewhere, in a commit that is not pushed.
    world.commit("other", &token(67)).is(0);
    world.git(["reset", "-q", "--hard", "HEAD~1"]).is(0);
    world.commit("b", &token(67)).is(0);
    let short = world.git(["rev-parse", "--short=10", "main"]).said;
    world.commit("c", "nothing\n").is(0);
    world
        .git(["push", "-q", "origin", "main"])
        .is(1)
        .says(&["  b:1 in ", short.trim()])
        .hides(&["other", "more place"]);
}

#[test]
fn whatever_a_push_brings_is_looked_at() {
    for side in SIDES {
        let world = pair(&[]).expect("git makes it");
        world.hook(side).is(0);
        let value = token(68);
        let leaks = |target: &str| {
            let ran = world.git(["push", "-q", "-f", "origin", target]);
            ran.is(1).says(&["push refused, 1 leak in it"]);
        };
        // Files and folders that no commit holds.
        world.write("loose", &value);
        let blob = world.git(["hash-object", "-w", "loose"]).said;
        let blob = blob.trim();
        leaks(&format!("{blob}:refs/tags/file"));
        let script = format!("printf '100644 blob {blob}\tx\n' | git mktree");
        let tree = crate::world::ran(world.command("sh").args(["-c", &script])).said;
        leaks(&format!("{}:refs/tags/folder", tree.trim()));
        world.git(["tag", "-m", "a file", "file", blob]).is(0);
        world.git(["tag", "-m", "a tag", "nested", "file"]).is(0);
        leaks("nested");
        world.git(["notes", "add", "-m", &value]).is(0);
        leaks("refs/notes/commits");
        for path in [format!("k-{value}"), format!("d/k-{value}/x")] {
            world.commit(&path, "nothing\n").is(0);
            leaks("main");
            world.git(["reset", "-q", "--hard", "HEAD~1"]).is(0);
        }
        let author = format!("--author={value} <a@example.com>");
        let words = ["commit", "-q", "--allow-empty", "-m", "x", &author];
        world.git(words).is(0);
        leaks("main");
    }
}
