//! Which configuration counts: named, found upward, or none.

use std::fs;
use std::path::Path;

use crate::run::{LEAKGATE, Ran, World, ran, token};

/// A configuration under which a high finding does not count.
const LENIENT: &str = "fail-on = \"critical\"\n";

/// A tree with one value of severity high in `a/b/f`, and these files.
fn world(files: &[(&str, &str)]) -> World {
    let world = World::with(&[("a/b/f", &token(1))]);
    for (path, text) in files {
        world.write(path, text);
    }
    world
}

/// Makes the tree a repository.
fn repository(world: &World, path: &str) {
    fs::create_dir_all(world.path(path).join(".git")).expect("a folder is made");
}

fn with_variable(world: &World, value: impl AsRef<Path>, words: &[&str]) -> Ran {
    let mut command = world.scan_command();
    command.env("LEAKGATE_CONFIG", value.as_ref()).args(words);
    ran(&mut command)
}

#[test]
fn nearest_one_upward_to_the_root_of_the_repository_counts() {
    let world = world(&[("leakgate.toml", LENIENT)]);
    // Without a repository only the folder of the target is looked in.
    world.scan(["."]).is(0);
    world.scan(["a/b"]).is(1);
    world.scan(["a/b/f"]).is(1);
    repository(&world, ".");
    let found = "configuration: leakgate.toml\n";
    for target in ["a/b", "a/b/f", "a", "."] {
        world.scan([target]).is(0).says(&[found]);
    }
    world.write("a/.leakgate.toml", "fail-on = \"high\"\n");
    world
        .scan(["a/b"])
        .is(1)
        .says(&["configuration: a/.leakgate.toml\n"]);
    world.scan(["."]).is(0).says(&[found]);
}

#[test]
fn root_of_the_repository_stops_the_climb() {
    let world = world(&[("leakgate.toml", LENIENT)]);
    repository(&world, ".");
    repository(&world, "a");
    assert!(!world.scan(["a/b"]).is(1).out().contains("configuration"));
    // A work tree has a file of that name.
    fs::remove_dir(world.path("a/.git")).expect("it is empty");
    world.write("a/.git", "gitdir: elsewhere\n");
    world.scan(["a/b"]).is(1);
}

#[test]
fn two_names_in_one_folder_are_2() {
    let world = world(&[("leakgate.toml", LENIENT), (".leakgate.toml", LENIENT)]);
    world
        .scan(["."])
        .refuses(&["leakgate.toml: stands beside .leakgate.toml; keep one of the two"]);
    world.scan([".", "--config", "leakgate.toml"]).is(0);
}

#[test]
fn flag_wins_over_variable_and_that_over_what_lies_there() {
    let world = world(&[("leakgate.toml", "fail-on = \"low\"\n")]);
    world.write("../mild.toml", LENIENT);
    world.write("../hard.toml", "fail-on = \"high\"\n");
    world.scan(["."]).is(1);
    let named = world.scan([".", "--config", "../mild.toml"]);
    named.is(0).says(&["configuration: ../mild.toml\n"]);
    with_variable(&world, "../mild.toml", &["."]).is(0);
    with_variable(&world, "../mild.toml", &[".", "--config", "../hard.toml"]).is(1);
    with_variable(&world, "", &["."]).is(1);
    with_variable(&world, "../nowhere.toml", &["."]).refuses(&["../nowhere.toml: no such file"]);
    let words = [".", "--config", "nowhere.toml"];
    world.scan(words).refuses(&["nowhere.toml: no such file"]);
}

#[test]
fn targets_have_to_share_one() {
    let world = world(&[("a/leakgate.toml", LENIENT), ("c/f", "nothing")]);
    let differ = "a and c have different configurations, a/leakgate.toml and none; name the one \
        to use with --config";
    world.scan(["a", "c"]).refuses(&[differ]);
    world.scan(["a", "c", "--config", "a/leakgate.toml"]).is(0);
    world.write("a/g", "nothing");
    world.scan(["a/g", "a"]).is(0);
    // However a target is named.
    let real = world.path("a").canonicalize().expect("it is there");
    world
        .scan([Path::new("a/g"), &real])
        .is(0)
        .says(&["configuration: a/leakgate.toml\n"]);
    world.scan(["a", "nowhere"]).refuses(&["nowhere: no such"]);
}

#[test]
fn working_directory_is_the_target_where_nothing_else_is() {
    let world = world(&[("leakgate.toml", LENIENT)]);
    let text = token(1);
    world.scan_input(&[], text.as_bytes()).is(0);
    world.write("leakgate.toml", "[rules]\noff = [\"github-pat-classic\"]\n");
    let list = world.run(["rules", "list"]);
    assert!(!list.is(0).out().contains("github-pat-classic"));
    world.write(
        "mine.toml",
        "[rules.severity]\ngithub-pat-classic = \"info\"\n",
    );
    world
        .run([
            "rules",
            "show",
            "github-pat-classic",
            "--config",
            "mine.toml",
        ])
        .is(0)
        .says(&["severity    info\n"]);
    // What is off has to work all the same.
    let words = [
        "rules",
        "test",
        "--only",
        "github-pat-classic",
        "--rounds",
        "1",
    ];
    world.run(words).is(0).says(&["1 rules, "]);
}

#[test]
fn untrusted_target_says_nothing_about_itself() {
    let marked = format!("{} # leakgate:allow", token(2));
    let world = world(&[("leakgate.toml", LENIENT), ("m", &marked)]);
    world.write(".leakgateignore", "n\n");
    world.write("n", token(3));
    world.write("../mild.toml", LENIENT);
    let ran = world.scan(["."]);
    ran.is(0).says(&["suppressed by mark", "1 leakgateignore"]);
    let ran = world.scan([".", "--untrusted"]);
    ran.is(1).says(&["3 leaks: 3 high"]);
    assert!(!ran.out().contains("configuration"));
    // What the user names is the user's.
    world
        .scan([".", "--untrusted", "--config", "../mild.toml"])
        .is(0);
    with_variable(&world, "../mild.toml", &[".", "--untrusted"]).is(0);
    // A broken one there does no harm.
    world.write("leakgate.toml", "[[[");
    world.scan([".", "--untrusted"]).is(1);
}

#[test]
fn report_names_the_configuration() {
    let world = world(&[("leakgate.toml", LENIENT)]);
    assert_eq!(world.json(&[])["config"], "leakgate.toml");
    fs::remove_file(world.path("leakgate.toml")).expect("it is there");
    assert!(world.json(&[])["config"].is_null());
    let bad = format!("{}.toml", token(9));
    world.write(&bad, LENIENT);
    let ran = world.scan(["a", "--config", &bad]);
    ran.is(0);
    assert!(!ran.out().contains(&bad), "a value in its name is masked");
}

#[test]
fn help_names_the_variable() {
    let world = World::new();
    for words in [
        &["scan"][..],
        &["explain"],
        &["rules", "list"],
        &["rules", "test"],
    ] {
        let mut command = world.command(LEAKGATE);
        let help = ran(command.args(words).arg("--help"));
        help.is(0).says(&["--config <FILE>", "LEAKGATE_CONFIG"]);
    }
}
