//! Every way of making a commit, in every kind of repository, is held back by the same hook.

use std::fs;

use crate::world::{World, token};

/// Installs the hook, and commits something that does not leak.
fn begun(world: &World) {
    world.hook(&["install"]).is(0);
    world.commit("a", "1\n2\n3\n").is(0);
}

/// A leak in a new file is refused, and taken out it passes.
#[track_caller]
fn holds_back(world: &World, seed: u64) {
    let value = token(seed);
    world
        .commit("new", &format!("one\n{value}\n"))
        .is(1)
        .hides(&[&value])
        .says(&["commit refused, 1 leak", "  new:2  "]);
    world.commit("new", &format!("one {seed}\n")).is(0);
}

#[test]
fn objects_and_references_of_every_format_are_read() {
    for (words, seed) in [
        (&["--object-format=sha256"][..], 40),
        (&["--ref-format=reftable"], 41),
        (&["--object-format=sha256", "--ref-format=reftable"], 42),
    ] {
        let Some(world) = World::stored(words) else {
            continue;
        };
        begun(&world);
        holds_back(&world, seed);
        // An old leak that nobody adds again is none of this commit.
        world.write("old", &token(seed));
        world.git(["add", "old"]).is(0);
        world.git(["commit", "-qnm", "x"]).is(0);
        world.commit("new", "two\n").is(0);
    }
}

#[test]
fn packed_and_borrowed_objects_are_compared_with() {
    let world = World::new();
    begun(&world);
    world.write("old", &format!("{}\n", token(43)));
    world.git(["add", "old"]).is(0);
    world.git(["commit", "-qnm", "x"]).is(0);
    world.git(["gc", "-q"]).is(0);
    holds_back(&world, 44);
    // The old value stands in a line that stays.
    world.commit("old", &format!("{}\nmore\n", token(43))).is(0);
    world
        .git(["clone", "-q", "--shared", ".", "../borrower"])
        .is(0);
    let borrower = World::at(&world, "borrower");
    borrower.hook(&["install"]).is(0);
    holds_back(&borrower, 45);
    borrower
        .commit("old", &format!("{}\nless\n", token(43)))
        .is(0);
}

#[test]
fn commit_of_everything_and_amended_commit_are_held_back() {
    let world = World::new();
    begun(&world);
    world.write("a", &token(46));
    for words in [
        &["commit", "-qam", "x"][..],
        &["commit", "-q", "--amend", "-a", "-m", "x"],
        &["commit", "-qm", "x", "--only", "a"],
        &["commit", "-qm", "x", "--include", "a"],
    ] {
        world.git(words).is(1).says(&["  a:1  "]);
    }
    world.write("a", "1\n");
    world
        .git(["commit", "-q", "--amend", "-a", "-m", "x"])
        .is(0);
}

#[test]
fn part_of_a_file_is_judged_alone() {
    let world = World::new();
    begun(&world);
    let apart = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n";
    world.commit("a", apart).is(0);
    let leak = format!("{}\n{apart}", token(47));
    world.write("a", &format!("{leak}last\n"));
    // Only what is answered with yes goes into the commit: the last change, then the first one.
    let patch = |answers: &str| {
        let script = format!("printf '{answers}' | git commit -q -p -m x");
        crate::world::ran(world.command("sh").args(["-c", &script]))
    };
    patch("n\\ny\\n").is(0);
    patch("y\\n").is(1).says(&["  a:1  "]);
}

#[test]
fn merge_is_held_back_for_what_neither_side_has() {
    let world = World::new();
    begun(&world);
    world.git(["checkout", "-q", "-b", "side"]).is(0);
    world.write("theirs", &token(48));
    world.write("a", "1\n2\nside\n");
    world.git(["add", "."]).is(0);
    world.git(["commit", "-qnm", "side"]).is(0);
    world.git(["checkout", "-q", "main"]).is(0);
    world.commit("a", "1\n2\nmain\n").is(0);
    world.git(["merge", "-q", "side"]).is(1);
    world.write("a", &format!("1\n2\n{}\n", token(49)));
    world.git(["add", "a"]).is(0);
    world
        .git(["commit", "-qm", "merged"])
        .is(1)
        .says(&["1 leak", "  a:3  "])
        .hides(&["theirs"]);
    world.write("a", "1\n2\nboth\n");
    world.git(["add", "a"]).is(0);
    world.git(["commit", "-qm", "merged"]).is(0);
}

#[test]
fn submodule_and_the_repository_around_it_are_each_their_own() {
    let world = World::new();
    begun(&world);
    world.git(["clone", "-q", ".", "../part"]).is(0);
    let words = ["-c", "protocol.file.allow=always", "submodule", "--quiet"];
    world
        .git([&words[..], &["add", "../part", "sub"]].concat())
        .is(0);
    world.git(["commit", "-qm", "a part"]).is(0);
    world.hook(&["install", "sub"]).is(0);
    let part = World::at(&world, "repo/sub");
    holds_back(&part, 50);
    // What it points to now is a commit, of which nothing is added here.
    world.git(["add", "sub"]).is(0);
    world.git(["commit", "-qm", "moved on"]).is(0);
    holds_back(&world, 51);
}

#[test]
fn folder_of_a_repository_elsewhere_is_followed() {
    let world = World::new();
    world.git(["init", "-q", "--bare", "../dots.git"]).is(0);
    let dots = world.home("dots.git");
    world.hook(&["install", &dots.to_string_lossy()]).is(0);
    fs::remove_dir_all(world.path(".git")).expect("it was there");
    let named = [
        &format!("--git-dir={}", dots.display()),
        &format!("--work-tree={}", world.path("").display()),
    ];
    world.write("a", &token(52));
    world.write("deep/b", "nothing\n");
    let git = |words: &[&str]| world.git(named.iter().map(|word| &word[..]).chain(words.to_vec()));
    git(&["add", "."]).is(0);
    git(&["commit", "-qm", "x"]).is(1).says(&["  a:1  "]);
    git(&["rm", "-q", "--cached", "a"]).is(0);
    git(&["commit", "-qm", "x"]).is(0);
}

#[test]
fn what_cannot_be_scanned_blocks_until_somebody_accepts_it() {
    let world = World::new();
    begun(&world);
    let oid = "5b".repeat(32);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 6\n");
    let ran = world.commit("media/big.bin", &pointer);
    ran.is(1).says(&[
        "leakgate: commit refused, no leak found but not all of it could be scanned\n",
        "  media/big.bin: ",
        "git lfs fetch",
        "[coverage] accepted = [\"GLOB\"]",
        "--no-verify",
    ]);
    assert!(ran.said.lines().count() <= 10, "{}", ran.said);
    world
        .leakgate(["hook", "run", "--stage", "pre-commit"])
        .is(3);
    world.write("leakgate.toml", "[coverage]\naccepted = [\"media/*\"]\n");
    world.git(["add", "leakgate.toml"]).is(0);
    world.git(["commit", "-qm", "x"]).is(0);
}

#[test]
fn bare_repository_has_nothing_staged_and_says_so() {
    let world = World::new();
    world.git(["init", "-q", "--bare", "../bare.git"]).is(0);
    let bare = world.home("bare.git");
    world
        .leakgate(["staged", &bare.to_string_lossy()])
        .is(2)
        .says(&["is a bare repository", "leakgate git"]);
    // A work tree of it has an index.
    world.commit("a", "nothing").is(0);
    let named = ["-C", &bare.to_string_lossy()].map(str::to_owned);
    let git = |words: &[&str]| {
        let named = named.iter().map(String::as_str);
        world.git(named.chain(words.iter().copied())).is(0);
    };
    git(&["fetch", "-q", "../repo", "main:main"]);
    git(&["worktree", "add", "-q", "../tree", "main"]);
    fs::write(world.home("tree/b"), token(53)).expect("it is written");
    let tree = world.home("tree");
    let tree = tree.to_string_lossy();
    world.git(["-C", &tree, "add", "b"]).is(0);
    world
        .leakgate(["staged", &tree])
        .is(1)
        .says(&["b\n  1:1  ", "1 leak"]);
}
