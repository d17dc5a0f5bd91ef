//! What each key of a configuration does, and that flags win over it.

use serde_json::{Value, json};

use crate::run::{LEAKGATE, RULES, Ran, World, ran, token, value};

/// A tree with this configuration and one value of severity high in `src/f`.
fn world(configuration: &str) -> World {
    let world = World::with(&[("src/f", &token(1))]);
    world.write("leakgate.toml", configuration);
    world
}

#[track_caller]
fn check(configuration: &str, words: &[&str], status: i32) -> Ran {
    let ran = world(configuration).scan(words.iter().chain(&["."]));
    ran.is(status);
    ran
}

/// The only finding of a report.
fn only(report: &Value) -> &Value {
    let findings = report["findings"].as_array().expect("it is a list");
    assert_eq!(findings.len(), 1, "{findings:?}");
    &findings[0]
}

#[test]
fn levels_count_until_a_flag_says_otherwise() {
    check("fail-on = \"critical\"", &[], 0);
    check("fail-on = \"critical\"", &["--fail-on", "high"], 1);
    check("fail-on = \"low\"", &["--fail-on", "critical"], 0);
    let guess = value("guess_", 1);
    let scan = |text: &str, words: &[&str]| {
        let world = World::with(&[("leakgate.toml", text), ("f", &guess)]);
        world.scan(words.iter().chain(&["."]))
    };
    scan("", &[]).is(0);
    scan("min-confidence = \"low\"", &[]).is(1);
    scan("min-confidence = \"low\"", &["--min-confidence", "high"]).is(0);
}

#[test]
fn time_runs_out_unless_a_flag_gives_more() {
    check("timeout = \"0s\"", &[], 3).says(&["NOT FULLY SCANNED"]);
    check("timeout = \"0s\"", &["--timeout", "1h"], 1);
}

#[test]
fn excludes_add_to_those_of_flags_and_count_from_its_folder() {
    let world = world("exclude = [\"src/gen/\", \"/top\"]");
    for path in ["src/gen/a", "src/top", "top", "b.min.js"] {
        world.write(path, token(2));
    }
    std::fs::create_dir(world.path(".git")).expect("a folder is made");
    let left_out = |ran: &Ran, n: u64| {
        let expected = format!("{n} exclude");
        ran.is(1).says(&[&expected]);
    };
    left_out(&world.scan(["."]), 2);
    left_out(&world.scan([".", "--exclude", "*.min.js"]), 3);
    left_out(&world.scan(["src"]), 1);
    left_out(&world.scan(["src", "top"]), 2);
    // Whatever the folder that the run was started in.
    let mut command = world.command(LEAKGATE);
    command.current_dir(world.path("src"));
    let words = ["scan", ".", "--rules", "../../rules.toml", "--only", "demo"];
    let ran = ran(command.args(words));
    left_out(&ran, 1);
    ran.says(&["configuration: ../leakgate.toml\n"]);
}

#[test]
fn large_files_are_left_out_and_counted() {
    check("[limits]\nfile-bytes-max = 10", &[], 0).says(&["2 too-large"]);
    let two = format!("{} {}", token(1), token(2));
    let world = World::with(&[("f", &two)]);
    world.write("leakgate.toml", "[limits]\nlocals-per-blob-max = 1");
    let ran = world.scan(["."]);
    ran.is(1).says(&["NOT FULLY SCANNED (1):\n  f: "]);
}

#[test]
fn rules_are_off_by_id_category_and_kind() {
    for word in ["demo-token", "demo", "secret"] {
        check(&format!("[rules]\noff = [{word:?}]"), &[], 0);
    }
    check("[rules]\noff = [\"demo-mild\"]", &[], 1);
    // Who asks for a rule by its id gets it.
    check(
        "[rules]\noff = [\"demo-token\"]",
        &["--only", "demo-token"],
        1,
    );
}

#[test]
fn only_is_replaced_by_the_flag() {
    let world = world("[rules]\nonly = [\"demo-mild\"]");
    let rules = ["scan", ".", "--rules", "../rules.toml"];
    world.run(rules).is(0);
    world
        .run(rules.iter().chain(&["--only", "demo-token"]))
        .is(1);
}

#[test]
fn severity_changes_what_counts() {
    let ran = check("[rules.severity]\ndemo-token = \"info\"", &[], 0);
    ran.says(&["not counted: 1 note"]);
    let severe = "fail-on = \"critical\"\n[rules.severity]\ndemo-token = \"critical\"";
    check(severe, &[], 1).says(&["1 leak: 1 critical"]);
}

#[test]
fn own_rules_come_from_files_and_folders_beside_it() {
    for name in ["own/demo.toml", "own"] {
        let world = world(&format!("[rules]\nfiles = [{name:?}]"));
        world.write("own/demo.toml", RULES);
        world.run(["scan", ".", "--only", "demo"]).is(1);
        world.run(["rules", "show", "demo-token"]).is(0);
    }
    // Named twice, by way of what is extended, it is one.
    let world = world("extends = [\"own/base.toml\"]\n[rules]\nfiles = [\"own/demo.toml\"]");
    world.write("own/base.toml", "[rules]\nfiles = [\"demo.toml\"]");
    world.write("own/demo.toml", RULES);
    world.run(["scan", ".", "--only", "demo"]).is(1);
}

#[test]
fn findings_are_allowed_by_rule_path_and_value() {
    let end = &token(1)[5..];
    let part = &end[..6];
    let pass = [
        "rules = [\"demo-token\"]",
        "rules = [\"secret\"]",
        "paths = [\"src/\"]",
        "paths = [\"src/f\"]",
        "paths = [\"f\"]",
        &format!("values = [\"{part}\"]"),
        &format!("rules = [\"demo\"]\npaths = [\"src/*\"]\nvalues = [\"^(demo)_{end}$\"]"),
    ];
    for conditions in pass {
        let world = world(&format!(
            "[[allow]]\n{conditions}\nreason = \" a fixture \""
        ));
        world
            .scan(["."])
            .is(0)
            .says(&["not counted: 1 suppressed by allow list"]);
        let report = world.json(&[]);
        let finding = only(&report);
        assert_eq!(finding["active"], false);
        let suppressed = json!({ "by": "allow list", "reason": "a fixture" });
        assert_eq!(finding["suppressed"], suppressed);
    }
    let fail = [
        "rules = [\"demo-mild\"]",
        "paths = [\"/f\"]",
        "values = [\"^demo_$\"]",
        &format!("rules = [\"demo-mild\"]\nvalues = [\"{part}\"]"),
        &format!("paths = [\"test/\"]\nvalues = [\"{part}\"]"),
    ];
    for conditions in fail {
        check(&format!("[[allow]]\n{conditions}\nreason = \"r\""), &[], 1);
    }
}

#[test]
fn allowed_at_one_path_is_not_allowed_at_another() {
    let world = world("[[allow]]\npaths = [\"src/\"]\nreason = \"a fixture\"");
    world.write("lib/f", token(1));
    let ran = world.scan(["."]);
    ran.is(1)
        .says(&["lib/f\n", "1 leak: 1 high", "1 suppressed by allow list"]);
}

#[test]
fn accepted_gap_is_an_exclusion_and_counted() {
    let zip = b"PK\x03\x04rest";
    for (glob, status) in [("*.zip", 0), ("data/", 0), ("/data/a.zip", 0), ("*.gz", 3)] {
        let world = World::new();
        world.write("data/a.zip", zip);
        world.write(
            "leakgate.toml",
            format!("[coverage]\naccepted = [{glob:?}]"),
        );
        let ran = world.scan(["."]);
        ran.is(status);
        assert_eq!(ran.out().contains("1 accepted"), status == 0);
        let coverage = &world.json(&[])["coverage"];
        assert_eq!(coverage["complete"], status == 0);
    }
}

#[test]
fn gate_is_laid_over_the_rest() {
    let text = "fail-on = \"critical\"\n\
        [gate.publish]\nfail-on = \"low\"\n\
        [[gate.mirror.allow]]\nrules = [\"demo\"]\nreason = \"known\"\n";
    check(text, &[], 0);
    check(text, &["--gate", "commit"], 0);
    check(text, &["--gate", "publish"], 1);
    check(text, &["--gate", "publish", "--fail-on", "critical"], 0);
    check(text, &["--gate", "mirror"], 0).says(&["1 suppressed by allow list"]);
    world(text)
        .scan([".", "--gate", "release"])
        .refuses(&["--gate", "commit, publish, mirror"]);
}

#[test]
fn what_is_extended_lies_under_the_file() {
    let world = world("extends = [\"base.toml\"]\nfail-on = \"high\"");
    world.write("base.toml", "fail-on = \"critical\"\nexclude = [\"x\"]");
    world.write("x", token(2));
    world
        .scan(["."])
        .is(1)
        .says(&["1 exclude", "1 leak: 1 high"]);
    world.write("leakgate.toml", "extends = [\"base.toml\"]");
    world.scan(["."]).is(0);
    // A gate of the base lies over the top of the file.
    world.write("base.toml", "[gate.publish]\nfail-on = \"critical\"");
    world.write(
        "leakgate.toml",
        "extends = [\"base.toml\"]\nfail-on = \"high\"",
    );
    world.scan(["."]).is(1);
    world.scan([".", "--gate", "publish"]).is(0);
}

#[test]
fn explain_says_what_the_configuration_silences() {
    let explain = |configuration: &str| {
        let world = world(configuration);
        let words = ["explain", "src/f", "--rules", "../rules.toml"];
        let root = std::fs::create_dir(world.path(".git"));
        root.expect("a folder is made");
        world.run(words)
    };
    explain("").is(0).says(&["1:1  demo-token  yes\n"]);
    explain("\n[rules]\noff = [\"demo\"]")
        .is(0)
        .says(&["demo-token  yes, but rules.off at leakgate.toml:3 turns it off\n"]);
    explain("[rules]\nonly = [\"demo-mild\"]")
        .is(0)
        .says(&["demo-token  yes, but rules.only at leakgate.toml:2 turns it off\n"]);
    let told = "demo-token  yes, but the allow list at leakgate.toml:1 silences it: a fixture\n";
    explain("[[allow]]\npaths = [\"src\"]\nreason = \"a fixture\"")
        .is(0)
        .says(&[told]);
    explain("[[allow]]\npaths = [\"lib\"]\nreason = \"a fixture\"")
        .is(0)
        .says(&["demo-token  yes\n"]);
}

#[test]
fn explain_says_what_became_of_a_file_by_its_name() {
    let world = World::with(&[(".env", "A=b\nB=c\n"), ("d/.env", "A\n")]);
    let explain = |path: &str| {
        let words = ["explain", path, "--rules", "../rules.toml", "--rule"];
        world.run(words.iter().chain(&["demo-dotenv"]))
    };
    assert_eq!(explain(".env").is(0).out(), "its name  demo-dotenv  yes\n");
    explain("d/.env")
        .is(0)
        .says(&["its name  demo-dotenv  no: too few of its lines"]);
    let allow = "[[allow]]\npaths = [\".env\"]\nreason = \"a template\"";
    world.write("leakgate.toml", allow);
    world
        .scan(["."])
        .is(0)
        .says(&["1 suppressed by allow list"]);
    explain(".env")
        .is(0)
        .says(&["yes, but the allow list at leakgate.toml:1 silences it: a template\n"]);
}
