//! Where hooks go: work trees, submodules, bare repositories, and what `core.hooksPath` says.

use std::fs;

use crate::world::{World, file, ran};

#[test]
fn work_trees_share_the_hooks_of_their_repository() {
    let world = World::new();
    world.commit("a", "nothing").is(0);
    world.git(["worktree", "add", "-q", "../other"]).is(0);
    let other = world.home("other");
    world.hook(&["install", &other.to_string_lossy()]).is(0);
    assert!(world.path(".git/hooks/pre-commit").exists());
    world
        .hook(&["status"])
        .is(0)
        .says(&["pre-commit: installed"]);
}

#[test]
fn submodule_has_hooks_of_its_own() {
    let world = World::new();
    world.git(["init", "-q", "../part"]).is(0);
    let part = world.home("part");
    world
        .git([
            "-C",
            &part.to_string_lossy(),
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "x",
        ])
        .is(0);
    let url = format!("file://{}", part.display());
    let words = [
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "--quiet",
        "add",
        &url,
        "sub",
    ];
    world.git(words).is(0);
    world.hook(&["install", "sub"]).is(0);
    assert!(world.path(".git/modules/sub/hooks/pre-commit").exists());
    assert!(!world.path(".git/hooks/pre-commit").exists());
}

#[test]
fn bare_repository_and_folder_below_the_root_are_found() {
    let world = World::new();
    world.git(["init", "-q", "--bare", "../bare.git"]).is(0);
    world
        .hook(&["install", "--stage", "pre-receive", "../bare.git"])
        .is(0);
    assert!(world.home("bare.git/hooks/pre-receive").exists());
    world.write("deep/er/a", "nothing");
    world.hook(&["install", "deep/er"]).is(0);
    assert!(world.path(".git/hooks/pre-commit").exists());
}

#[test]
fn folder_that_the_configuration_names_is_used() {
    let world = World::new();
    world.git(["config", "core.hooksPath", "tools/hooks"]).is(0);
    let note = "note: core.hooksPath in the repository's configuration names ";
    world.hook(&["install"]).is(0).says(&[note]);
    assert!(world.path("tools/hooks/pre-commit").exists());
    assert!(!world.path(".git/hooks/pre-commit").exists());
    world
        .hook(&["status"])
        .is(0)
        .says(&["tools/hooks (the repository's configuration)"]);
    world.commit("a", "nothing").is(0);
    world.hook(&["uninstall"]).is(0);
    assert!(!world.path("tools/hooks/pre-commit").exists());
}

#[test]
fn folder_of_the_user_is_used_with_a_warning() {
    let world = World::new();
    fs::write(
        world.home(".gitconfig"),
        "[core]\n\thooksPath = ~/all hooks\n",
    )
    .expect("written");
    let note = "note: hooks there are run for every repository that it counts for\n";
    world
        .hook(&["install"])
        .is(0)
        .says(&["the user's configuration", note]);
    assert!(world.home("all hooks/pre-commit").exists());
    // What the repository says is stronger, and so is another file in the place of the user's.
    fs::write(world.home("other"), "[core]\n\thooksPath = ~/others\n").expect("written");
    let mut command = world.command(crate::world::LEAKGATE);
    command
        .args(["hook", "status"])
        .env("GIT_CONFIG_GLOBAL", world.home("other"));
    ran(&mut command)
        .is(0)
        .says(&["others (the user's configuration)"]);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    ran(&mut command).is(0).says(&["core.hooksPath: not set"]);
    world.git(["config", "core.hooksPath", "own"]).is(0);
    world
        .hook(&["status"])
        .is(0)
        .says(&["own (the repository's configuration)"]);
}

#[test]
fn folder_where_git_runs_nothing_is_refused() {
    let world = World::new();
    for (value, words) in [
        ("/dev/null", "no folder: git runs no hooks here"),
        ("", "core.hooksPath is empty"),
        ("~somebody/hooks", "is not understood; write a whole path"),
        (".husky/_", "put this line into .husky/pre-commit"),
    ] {
        world.git(["config", "core.hooksPath", value]).is(0);
        world.hook(&["install"]).is(2).says(&[words]);
    }
}

#[test]
fn repository_that_is_not_understood_has_hooks_all_the_same() {
    let world = World::new();
    let made = world.git(["init", "-q", "--object-format=sha256", "../new"]);
    if made.status != Some(0) {
        return;
    }
    let new = world.home("new");
    let told = world.hook(&["install", &new.to_string_lossy()]);
    told.is(0)
        .says(&["note: core.hooksPath was not asked for, so hooks go to "]);
    let (text, _) = file(&new.join(".git/hooks/pre-commit"));
    assert!(text.starts_with("#!/bin/sh\n"));
    world
        .hook(&["status", &new.to_string_lossy()])
        .says(&["pre-commit: installed"]);
}
