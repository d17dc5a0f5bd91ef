//! Hooks for all repositories of a user.

use std::fs;

use crate::world::{World, file};

const FOLDER: &str = ".config/leakgate/hooks";

#[test]
fn one_folder_serves_all_repositories_and_goes_again() {
    let world = World::new();
    fs::write(world.home(".gitconfig"), "[user]\n\tname = U\n").expect("a file is written");
    let folder = world.home(FOLDER);
    let named = format!(" names {}\n", folder.display());
    world
        .hook(&["install", "--global"])
        .is(0)
        .says(&["pre-commit: installed as ", &named]);
    let value = world.git(["config", "--global", "core.hooksPath"]);
    assert_eq!(value.is(0).said.trim_end(), folder.to_string_lossy());
    world
        .hook(&["install", "--global"])
        .is(0)
        .says(&["pre-commit: nothing to do"]);
    world
        .hook(&["status", "--global"])
        .is(0)
        .says(&["pre-commit: installed, version "]);
    world
        .hook(&["status"])
        .is(0)
        .says(&["for all repositories\n", "pre-push: not installed\n"]);
    world.commit("a", "nothing").is(0);
    world
        .hook(&["uninstall", "--global"])
        .is(0)
        .says(&["is not set any more"]);
    world.git(["config", "--global", "core.hooksPath"]).is(1);
    assert!(!folder.exists());
    let config = fs::read_to_string(world.home(".gitconfig")).expect("it is there");
    assert!(config.starts_with("[user]\n\tname = U\n"), "{config}");
}

#[test]
fn hooks_of_repositories_run_all_the_same() {
    let world = World::new();
    world.script(".git/hooks/pre-commit", "#!/bin/sh\necho own before\n");
    world.script(
        ".git/hooks/commit-msg",
        "#!/bin/sh\necho own of the message: $1\nexit 3\n",
    );
    world.hook(&["install", "--global"]).is(0);
    let ran = world.commit("a", "nothing");
    ran.is(1)
        .says(&["own before", "own of the message: .git/COMMIT_EDITMSG"]);
    world.hook(&["status"]).is(0).says(&["pre-commit: then "]);
    // What is there for all is not installed a second time.
    world
        .hook(&["install"])
        .is(0)
        .says(&["pre-commit: nothing to do, "]);
    assert_eq!(
        file(&world.path(".git/hooks/pre-commit")).0,
        "#!/bin/sh\necho own before\n"
    );
    // What is not there for all goes to the repository, from where it is called.
    world.hook(&["install", "--stage", "pre-push"]).is(0);
    assert!(world.path(".git/hooks/pre-push").exists());
}

#[test]
fn stages_are_added_and_taken_away_one_by_one() {
    let world = World::new();
    world.hook(&["install", "--global"]).is(0);
    world
        .hook(&["install", "--global", "--stage", "pre-push"])
        .is(0);
    let both = ["pre-commit: installed", "pre-push: installed"];
    world.hook(&["status", "--global"]).is(0).says(&both);
    world
        .hook(&["uninstall", "--global", "--stage", "pre-commit"])
        .is(0);
    let one = ["pre-commit: not installed\n", "pre-push: installed"];
    world.hook(&["status", "--global"]).is(0).says(&one);
    world
        .hook(&["uninstall", "--global", "--stage", "pre-push"])
        .is(0);
    world.git(["config", "--global", "core.hooksPath"]).is(1);
}

#[test]
fn another_folder_is_replaced_only_by_force_and_comes_back() {
    let world = World::new();
    world
        .git(["config", "--global", "core.hooksPath", "~/mine"])
        .is(0);
    world
        .hook(&["install", "--global"])
        .is(2)
        .says(&["core.hooksPath is \"~/mine\" already"]);
    assert!(!world.home(FOLDER).exists());
    let note = "note: hooks in ~/mine are not run any more\n";
    world
        .hook(&["install", "--global", "--force"])
        .is(0)
        .says(&[note]);
    world.hook(&["install", "--global"]).is(0);
    world
        .hook(&["uninstall", "--global"])
        .is(0)
        .says(&["is ~/mine again"]);
    let value = world.git(["config", "--global", "core.hooksPath"]);
    assert_eq!(value.is(0).said, "~/mine\n");
}

#[test]
fn value_that_was_changed_meanwhile_is_left_alone() {
    let world = World::new();
    world.hook(&["install", "--global"]).is(0);
    world
        .git(["config", "--global", "core.hooksPath", "/elsewhere"])
        .is(0);
    world
        .hook(&["status", "--global"])
        .is(0)
        .says(&["pre-commit: NOT RUN, as core.hooksPath"]);
    world
        .hook(&["uninstall", "--global"])
        .is(0)
        .says(&["left alone: core.hooksPath"]);
    let value = world.git(["config", "--global", "core.hooksPath"]);
    assert_eq!(value.is(0).said, "/elsewhere\n");
    assert!(!world.home(FOLDER).exists());
}
