//! Configurations that were sent along with a tree: what they may name, and that none hangs a run.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::run::{World, token};
use crate::unix::bound;

const LENIENT: &str = "fail-on = \"critical\"\n";

/// What a refusal of anything but plain files below the own folder says.
const ONLY_NAMED: &str = "only a configuration that --config or LEAKGATE_CONFIG names may do that";

/// A tree with one value of severity high, and a configuration outside.
fn world() -> World {
    let world = World::with(&[("f", &token(1))]);
    world.write("../mild.toml", LENIENT);
    world
}

fn link(world: &World, to: &str, at: &str) {
    symlink(to, world.path(at)).expect("a link is made");
}

fn fifo(world: &World, path: &str) {
    let made = Command::new("mkfifo").arg(world.path(path)).status();
    assert!(made.expect("mkfifo is there").success());
}

#[test]
fn link_is_refused_where_it_was_found_and_followed_where_it_was_named() {
    let world = world();
    link(&world, "../mild.toml", "leakgate.toml");
    let refusal = format!("leakgate.toml: is a symbolic link; {ONLY_NAMED}");
    world.scan(["."]).refuses(&[&refusal]);
    world.scan([".", "--config", "leakgate.toml"]).is(0);
    // Dangling ones and those that lead back into the tree are no better.
    fs::remove_file(world.path("leakgate.toml")).expect("it is there");
    link(&world, "nowhere", "leakgate.toml");
    world.scan(["."]).refuses(&[&refusal]);
}

#[test]
fn what_was_found_extends_nothing_outside_its_folder() {
    let world = world();
    world.write("sub/base.toml", LENIENT);
    link(&world, "..", "up");
    link(&world, "sub/base.toml", "in.toml");
    let top = world.top().join("mild.toml").canonicalize();
    let full = top.expect("it is there").display().to_string();
    let cases = [
        ("../mild.toml", "lies outside the folder"),
        (&full, "lies outside the folder"),
        ("sub/../../mild.toml", "lies outside the folder"),
        ("up/mild.toml", "is reached through a symbolic link"),
        ("in.toml", "is reached through a symbolic link"),
    ];
    for (path, problem) in cases {
        world.write("leakgate.toml", format!("\nextends = [{path:?}]\n"));
        let place = format!("leakgate.toml:2: extends {path:?}: {problem}");
        world.scan(["."]).refuses(&[&place, ONLY_NAMED]);
        world.scan([".", "--config", "leakgate.toml"]).is(0);
    }
    world.write("leakgate.toml", "extends = [\"sub/base.toml\"]\n");
    world.scan(["."]).is(0);
    // Each file has a folder of its own.
    world.write("sub/base.toml", "\n\nextends = [\"../other.toml\"]\n");
    world.write("other.toml", LENIENT);
    world
        .scan(["."])
        .refuses(&["sub/base.toml:3: extends", ONLY_NAMED]);
}

#[test]
fn what_was_found_uses_no_rules_outside_its_folder() {
    let world = world();
    world.write("leakgate.toml", "[rules]\nfiles = [\"../rules.toml\"]\n");
    let refusal = "leakgate.toml:2: rules.files \"../rules.toml\": lies outside the folder";
    world.run(["scan", "."]).refuses(&[refusal, ONLY_NAMED]);
    let named = ["scan", ".", "--config", "leakgate.toml", "--only", "demo"];
    world.run(named).is(1);
    fs::create_dir(world.path("mine")).expect("a folder is made");
    link(&world, "../../rules.toml", "mine/rules.toml");
    world.write("leakgate.toml", "[rules]\nfiles = [\"mine\"]\n");
    world
        .run(["scan", "."])
        .refuses(&["mine/rules.toml: is a symbolic link", ONLY_NAMED]);
    world.run(named).is(1);
}

#[test]
fn folder_fifo_and_device_are_2_and_never_waited_for() {
    let world = world();
    fs::create_dir(world.path("folder")).expect("a folder is made");
    fifo(&world, "fifo");
    let special = "is a FIFO, a socket or a device, not a file";
    let cases = [
        ("folder", "is a folder, not a file"),
        ("fifo", special),
        ("/dev/zero", special),
    ];
    for (path, problem) in cases {
        let expected = format!("{path}: {problem}");
        world.scan(["f", "--config", path]).refuses(&[&expected]);
        world.write("c.toml", format!("extends = [{path:?}]\n"));
        let expected = format!("c.toml:1: extends {path:?}: {problem}");
        world
            .scan(["f", "--config", "c.toml"])
            .refuses(&[&expected]);
    }
    world.write("c.toml", "[rules]\nfiles = [\"fifo\"]\n");
    world
        .scan(["f", "--config", "c.toml"])
        .refuses(&["c.toml:2: rules.files \"fifo\": ", special]);
    fifo(&world, "leakgate.toml");
    world
        .scan(["."])
        .refuses(&[&format!("leakgate.toml: {special}")]);
    fs::remove_file(world.path("leakgate.toml")).expect("it is there");
    fs::create_dir(world.path("leakgate.toml")).expect("a folder is made");
    world
        .scan(["."])
        .refuses(&["leakgate.toml: is a folder, not a file"]);
}

#[test]
fn circles_towers_and_giants_are_2() {
    let world = world();
    world.write("leakgate.toml", "extends = [\"a.toml\"]\n");
    world.write("a.toml", "extends = [\"./leakgate.toml\"]\n");
    world
        .scan(["."])
        .refuses(&["a.toml:1: extends \"./leakgate.toml\": extends itself in the end"]);
    world.write("a.toml", "extends = [\"a.toml\"]\n");
    world.scan(["."]).refuses(&["a.toml:1: ", "extends itself"]);
    let next = |n: u32| format!("extends = [\"{n}.toml\"]\n");
    world.write("leakgate.toml", next(2));
    for n in 2..8 {
        world.write(format!("{n}.toml"), next(n + 1));
    }
    world.write("8.toml", LENIENT);
    world.scan(["."]).is(0);
    world.write("8.toml", next(9));
    world.write("9.toml", LENIENT);
    world
        .scan(["."])
        .refuses(&["8.toml:1: extends \"9.toml\": more than 8 files in a row"]);
    world.write(
        "leakgate.toml",
        format!("{LENIENT}#{}", "x".repeat(1 << 20)),
    );
    world
        .scan(["."])
        .refuses(&["leakgate.toml: is longer than 1048576 bytes"]);
    world.write("leakgate.toml", b"fail-on = \"\xff\"\n");
    world.scan(["."]).refuses(&["leakgate.toml: is not UTF-8"]);
}

#[test]
fn many_that_extend_the_same_ones_cost_no_more_than_each_once() {
    let world = world();
    for n in 1..8 {
        let next = format!("{:?}, ", format!("{}.toml", n + 1)).repeat(50);
        world.write(format!("{n}.toml"), format!("extends = [{next}]\n"));
    }
    world.write("8.toml", LENIENT);
    world.scan(["f", "--config", "1.toml"]).is(0);
}

#[test]
fn what_a_configuration_holds_reaches_no_terminal_raw() {
    let world = world();
    let odd = "\u{202e}x\\u001b[31m";
    world.write("leakgate.toml", format!("\"{odd}\" = 1\n"));
    let ran = world.scan(["."]);
    ran.refuses(&["leakgate.toml:1: unknown key"]);
    assert!(!ran.err().contains('\u{202e}') && !ran.err().contains('\u{1b}'));
    world.write(
        "leakgate.toml",
        format!("[[allow]]\nvalues = [\"demo_\"]\nreason = \"{odd}\"\n"),
    );
    let ran = world.scan([".", "-v"]);
    ran.is(0).says(&["suppressed by allow list: "]);
    assert!(!ran.out().contains('\u{202e}') && !ran.out().contains('\u{1b}'));
}

#[test]
fn one_that_cannot_be_read_is_2() {
    let world = world();
    world.write("leakgate.toml", LENIENT);
    let locked = fs::Permissions::from_mode(0o000);
    fs::set_permissions(world.path("leakgate.toml"), locked).expect("it is ours");
    if let Some(ran) = bound(&world, &["f"]) {
        ran.refuses(&["leakgate.toml: Permission denied"]);
    }
}
