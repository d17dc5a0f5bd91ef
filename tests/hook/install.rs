//! Installing in a repository: what is there already stays, and comes back.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use crate::world::{LEAKGATE, World, file, token};

const HOOK: &str = ".git/hooks/pre-commit";

#[test]
fn hook_is_installed_once_and_taken_away() {
    let world = World::new();
    world.hook(&["status"]).is(0).says(&[
        "core.hooksPath: not set\n",
        "pre-commit: not installed\n",
        "pre-push: not installed\n",
        "pre-receive: not installed\n",
    ]);
    world
        .hook(&["install"])
        .is(0)
        .says(&["pre-commit: installed as "]);
    let installed = file(&world.path(HOOK));
    assert_eq!(installed.1 & 0o111, 0o111, "git runs what is executable");
    world
        .hook(&["install"])
        .is(0)
        .says(&["pre-commit: nothing to do, "]);
    assert_eq!(file(&world.path(HOOK)), installed);
    let at = format!(": {}\n", world.path(HOOK).display());
    let version = format!(
        "pre-commit: installed, version {}{at}",
        env!("CARGO_PKG_VERSION")
    );
    world.hook(&["status"]).is(0).says(&[&version]);
    assert!(!world.path(".git/hooks/pre-push").exists());
    world
        .hook(&["uninstall"])
        .is(0)
        .says(&["pre-commit: taken away: "]);
    assert!(!world.path(HOOK).exists());
    world
        .hook(&["uninstall"])
        .is(0)
        .says(&["pre-commit: nothing to do, there is no "]);
}

#[test]
fn every_stage_can_be_named() {
    let world = World::new();
    let stages = ["--stage", "pre-push", "--stage", "pre-receive"];
    world.hook(&[&["install"][..], &stages].concat()).is(0);
    assert!(!world.path(HOOK).exists());
    world
        .hook(&["status", "--stage", "pre-push"])
        .is(0)
        .says(&["pre-push: installed, "])
        .hides(&["pre-receive"]);
    world.hook(&["uninstall", "--stage", "pre-receive"]).is(0);
    assert!(world.path(".git/hooks/pre-push").exists());
    assert!(!world.path(".git/hooks/pre-receive").exists());
    world
        .hook(&["install", "--stage", "pre-nothing"])
        .is(2)
        .says(&["pre-push"]);
}

#[test]
fn hook_before_it_is_kept_run_and_brought_back() {
    let world = World::new();
    let text = "#!/bin/sh\necho \"theirs $# $0\"\ntest ! -e stop || exit 7\n";
    world.script(HOOK, text);
    let before = file(&world.path(HOOK));
    world
        .hook(&["status"])
        .says(&["pre-commit: not installed; another hook is there: "]);
    world
        .hook(&["install"])
        .is(0)
        .says(&["the hook before it runs after it, as "]);
    world.hook(&["install"]).is(0).says(&["nothing to do"]);
    world
        .hook(&["status"])
        .is(0)
        .says(&["pre-commit: installed, ", "pre-commit, then "]);
    world
        .commit("a", "nothing")
        .is(0)
        .says(&["theirs 0 .git/hooks/pre-commit.before-leakgate"]);
    world.write("stop", "");
    world.commit("b", "nothing").is(1).says(&["theirs 0"]);
    world
        .hook(&["uninstall"])
        .is(0)
        .says(&["is what it was before"]);
    assert_eq!(file(&world.path(HOOK)), before);
    assert!(!world.path(".git/hooks/pre-commit.before-leakgate").exists());
    world
        .hook(&["uninstall"])
        .is(0)
        .says(&["is not of leakgate"]);
    assert_eq!(file(&world.path(HOOK)), before);
}

#[test]
fn hook_that_git_would_not_run_is_not_run() {
    let world = World::new();
    world.write(HOOK, "#!/bin/sh\nexit 7\n");
    world.hook(&["install"]).is(0);
    world.hook(&["status"]).says(&["not executable"]);
    world.commit("a", "nothing").is(0);
}

#[test]
fn link_is_kept_as_a_link() {
    let world = World::new();
    world.script("scripts/check", "#!/bin/sh\necho linked\n");
    symlink("../../scripts/check", world.path(HOOK)).expect("a link is made");
    world.hook(&["install"]).is(0);
    assert_eq!(
        file(&world.path("scripts/check")).0,
        "#!/bin/sh\necho linked\n"
    );
    world.commit("a", "nothing").is(0).says(&["linked"]);
    world.hook(&["uninstall"]).is(0);
    let link = fs::read_link(world.path(HOOK)).expect("it is a link");
    assert_eq!(link.as_os_str(), "../../scripts/check");
}

#[test]
fn changed_hook_is_neither_replaced_nor_removed() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let (text, _) = file(&world.path(HOOK));
    world.script(HOOK, &format!("{text}echo more\n"));
    for command in ["install", "uninstall"] {
        world
            .hook(&[command])
            .is(2)
            .says(&["was changed after leakgate made it"]);
    }
    world
        .hook(&["status"])
        .is(0)
        .says(&["pre-commit: changed since it was installed: "]);
    assert!(file(&world.path(HOOK)).0.ends_with("echo more\n"));
}

#[test]
fn nothing_that_was_kept_is_lost() {
    let world = World::new();
    world.script(HOOK, "one");
    world.script(".git/hooks/pre-commit.before-leakgate", "two");
    world
        .hook(&["install"])
        .is(2)
        .says(&["is there already; remove one of the two"]);
    assert_eq!(file(&world.path(HOOK)).0, "one");
    assert_eq!(
        file(&world.path(".git/hooks/pre-commit.before-leakgate")).0,
        "two"
    );
    fs::remove_file(world.path(HOOK)).expect("it is removed");
    world
        .hook(&["uninstall"])
        .is(0)
        .says(&["is what it was before"]);
    assert_eq!(file(&world.path(HOOK)).0, "two");
}

#[test]
fn hook_that_lost_its_mode_is_named_and_mended() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    let mode = fs::Permissions::from_mode(0o644);
    fs::set_permissions(world.path(HOOK), mode).expect("its mode is set");
    world
        .hook(&["status"])
        .is(0)
        .says(&["pre-commit: NOT RUN: "]);
    world.hook(&["install"]).is(0).says(&["renewed"]);
    world
        .hook(&["status"])
        .is(0)
        .says(&["pre-commit: installed"]);
}

#[test]
fn missing_binary_blocks_and_says_what_to_do() {
    let world = World::named("it's a repo");
    world.hook(&["install"]).is(0);
    let (text, _) = file(&world.path(HOOK));
    world.script(HOOK, &text.replace(LEAKGATE, "/nowhere/leakgate"));
    world.write("a", "nothing");
    world.git(["add", "a"]).is(0);
    let mut commit = world.command(found("git"));
    commit
        .args(["commit", "-q", "-m", "x"])
        .env("PATH", path_without(&world));
    crate::world::ran(&mut commit)
        .is(1)
        .says(&["there is no leakgate", "rm '.git/hooks/pre-commit'"]);
    assert_eq!(world.git(["rev-parse", "-q", "--verify", "HEAD"]).said, "");
}

#[test]
fn recorded_path_serves_where_the_path_has_none() {
    let world = World::named("a 'b' \"c\" $d");
    world.hook(&["install"]).is(0);
    world.write("a", &token(30));
    world.git(["add", "a"]).is(0);
    let mut commit = world.command(found("git"));
    commit
        .args(["commit", "-q", "-m", "x"])
        .env("PATH", path_without(&world));
    crate::world::ran(&mut commit).is(1).says(&["  a:1  "]);
    world.write("a", "nothing");
    world.git(["add", "a"]).is(0);
    crate::world::ran(&mut commit).is(0);
}

/// A path with the shell and git on it, and nothing else.
fn path_without(world: &World) -> PathBuf {
    let folder = world.home("few");
    fs::create_dir(&folder).expect("a folder is made");
    for program in ["sh", "git"] {
        symlink(found(program), folder.join(program)).expect("a link is made");
    }
    folder
}

/// Where a program is.
fn found(program: &str) -> PathBuf {
    let path = std::env::var_os("PATH").expect("there is a path");
    let mut paths = std::env::split_paths(&path).map(|folder| folder.join(program));
    paths.find(|path| path.exists()).expect("it is installed")
}

#[test]
fn leakgate_that_fails_stops_the_commit() {
    let world = World::new();
    world.hook(&["install"]).is(0);
    world.write("a", "nothing");
    world.git(["add", "a"]).is(0);
    let mut commit = world.command("git");
    commit
        .args(["commit", "-q", "-m", "x"])
        .env("LEAKGATE_CONFIG", "nowhere.toml");
    crate::world::ran(&mut commit)
        .is(1)
        .says(&["leakgate: nowhere.toml: no such file"]);
}

#[test]
fn folder_without_a_repository_is_2() {
    let world = World::new();
    let outside = world.home("outside");
    fs::create_dir(&outside).expect("a folder is made");
    let outside = outside.to_string_lossy();
    for command in ["install", "uninstall", "status"] {
        world
            .hook(&[command, &outside])
            .is(2)
            .says(&["no git repository"]);
        world.hook(&[command, "nowhere"]).is(2);
    }
}
