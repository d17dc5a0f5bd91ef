//! Wrong use is status 2 with clear words; help is help.

use std::path::Path;

use crate::run::{RULES, World, token};

/// Wrong words, and what the refusal must say.
const WRONG: &[(&[&str], &[&str])] = &[
    (&["scan"], &["<PATH>", "--help"]),
    (
        &["scan", "nowhere"],
        &["leakgate: nowhere: no such file or folder\n"],
    ),
    (
        &["scan", "a", "nowhere"],
        &["leakgate: nowhere: no such file or folder\n"],
    ),
    (&["scan", "a/b"], &["a/b: no such file or folder\n"]),
    (&["scan", ""], &["<PATH>"]),
    (
        &["scan", ".", "--bogus"],
        &["unexpected argument '--bogus'"],
    ),
    (&["bogus"], &["unrecognized subcommand 'bogus'"]),
    (
        &["scan", ".", "--format", "xml"],
        &["--format \"xml\"", "human, json, jsonl"],
    ),
    (
        &["scan", ".", "--only", "bogus"],
        &["--only \"bogus\"", "leakgate rules list"],
    ),
    (
        &["scan", ".", "--format", "json", "--format", "human"],
        &["two reports for standard output", "--output"],
    ),
    (
        &["scan", ".", "--exclude", "a["],
        &["--exclude \"a[\": unclosed character class"],
    ),
    (
        &["scan", ".", "--timeout", "5"],
        &["'5'", "--timeout", "5sec"],
    ),
    (
        &["scan", ".", "--timeout", "5parsecs"],
        &["--timeout", "parsecs"],
    ),
    (
        &["scan", ".", "--fail-on", "huge"],
        &["--fail-on", "info, low, medium, high, critical"],
    ),
    (
        &["scan", ".", "--min-confidence", "very"],
        &["--min-confidence", "low, medium, high"],
    ),
    (&["scan", ".", "--jobs", "many"], &["--jobs", "'many'"]),
    (&["scan", ".", "--color", "red"], &["auto, always, never"]),
    (&["scan", ".", "-q", "-v"], &["--quiet", "--verbose"]),
    (
        &["scan", ".", "--rules", "nowhere.toml"],
        &["rules in nowhere.toml: "],
    ),
    (
        &["scan", ".", "--rules", "."],
        &["rules in .: holds no .toml file"],
    ),
    (
        &["git", "--since", "yesterday"],
        &["--since", "neither a date such as 2026-01-31"],
    ),
    (
        &["git", "--since", "2999-01-01"],
        &["--since", "lies in the future"],
    ),
    (
        &["git", "--reachable", "--ref", "main"],
        &["'--reachable' cannot be used with"],
    ),
    (
        &["git", "--exclude", "a["],
        &["--exclude \"a[\": unclosed character class"],
    ),
    (&["hook"], &["Usage: leakgate hook <COMMAND>"]),
    (&["hook", "run"], &["--stage <STAGE>"]),
    (
        &["hook", "run", "--stage", "update"],
        &["pre-commit, pre-push, pre-receive"],
    ),
    (&["hook", "install", "--force"], &["--global"]),
    (
        &["hook", "install", "--global", "x"],
        &["'--global' cannot be used with"],
    ),
    (&["explain"], &["<PATH>"]),
    (
        &["explain", "nowhere"],
        &["nowhere: no such file or folder"],
    ),
    (
        &["explain", "a", "--rule", "bogus"],
        &["no rule \"bogus\"", "leakgate rules list"],
    ),
    (
        &["rules", "show", "bogus"],
        &["no rule \"bogus\"", "leakgate rules list"],
    ),
    (&["rules", "check", "a"], &["a:1: "]),
    (&["completions", "cmd"], &["bash"]),
];

#[test]
fn wrong_use_is_2_and_says_what_would_be_right() {
    let world = World::with(&[("a", &token(1))]);
    for (words, expected) in WRONG {
        world.run(*words).refuses(expected);
    }
}

#[test]
fn report_that_cannot_be_written_is_2() {
    let world = World::with(&[("a", "nothing")]);
    let words = ["scan", ".", "--output", "no/folder/report"];
    world
        .run(words)
        .refuses(&["no/folder/report: could not write the report: "]);
    // The other reports are written all the same.
    let words = [
        ".",
        "--output",
        "no/folder/report",
        "--format",
        "json",
        "--output",
        "../good",
    ];
    world.scan(words).refuses(&["no/folder/report"]);
    assert!(world.top().join("good").is_file());
    let ran = world.scan([".", "--output", "no/folder/report", "--format", "json"]);
    assert_eq!(
        (ran.status, ran.json()["coverage"]["files"].as_u64()),
        (Some(2), Some(1))
    );
}

#[test]
fn broken_rule_file_is_2_with_file_line_and_rule() {
    let world = World::with(&[("a", &token(1))]);
    let rule = |from: &str, to: &str| {
        assert!(RULES.contains(from), "{from}");
        RULES.replacen(from, to, 1)
    };
    let cases = [
        ("[[rule", "bad.toml:1: "),
        (
            &rule("severity = \"high\"", "severity = \"huge\""),
            "bad.toml:9: rule demo-token: ",
        ),
        (
            &rule("severity = \"high\"", "sevrity = \"high\""),
            "bad.toml:9: rule demo-token: ",
        ),
        (
            &rule("{24})\\b", "+)\\b"),
            "bad.toml:14: rule demo-token: the pattern is unbounded",
        ),
        (&rule("(demo_", "(demo_("), "bad.toml:14: rule demo-token: "),
        (
            &rule("\"demo_\"", "\"x\""),
            "bad.toml:13: rule demo-token: ",
        ),
        (
            &rule("\"demo-mild\"", "\"demo-token\""),
            "another rule has this id, at bad.toml:6",
        ),
    ];
    for (text, expected) in cases {
        world.write("bad.toml", text);
        world
            .run(["scan", ".", "--rules", "bad.toml"])
            .refuses(&[expected]);
        world
            .run(["rules", "check", "bad.toml"])
            .refuses(&[expected]);
    }
    world.write("bad.toml", b"\xff");
    world
        .run(["scan", ".", "--rules", "bad.toml"])
        .refuses(&["rules in bad.toml: "]);
}

#[test]
fn no_command_is_2_and_shows_the_help() {
    let world = World::new();
    world
        .run::<&str>([])
        .refuses(&["Usage: leakgate <COMMAND>", "Examples:", "Exit status:"]);
    world
        .run(["rules"])
        .refuses(&["Usage: leakgate rules <COMMAND>"]);
}

#[test]
fn version_is_the_package_s() {
    let ran = World::new().run(["--version"]);
    ran.is(0);
    assert_eq!(
        ran.out(),
        concat!("leakgate ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn every_command_has_help_with_examples() {
    let world = World::new();
    let commands: [&[&str]; 9] = [
        &[],
        &["scan"],
        &["git"],
        &["staged"],
        &["hook"],
        &["rules"],
        &["explain"],
        &["completions"],
        &["man"],
    ];
    for command in commands {
        for flag in ["-h", "--help"] {
            let ran = world.run(command.iter().chain(&[flag]));
            ran.is(0)
                .says(&["Usage: leakgate", "Example", "  leakgate "]);
        }
    }
    for command in ["list", "show", "check", "test"] {
        world
            .run(["rules", command, "--help"])
            .is(0)
            .says(&["Usage: leakgate rules "]);
    }
    for command in ["install", "uninstall", "status", "run"] {
        world
            .run(["hook", command, "--help"])
            .is(0)
            .says(&["Usage: leakgate hook ", "--stage <STAGE>"]);
    }
}

#[test]
fn help_is_what_was_agreed() {
    let world = World::new();
    for (words, name) in [
        (&["--help"][..], "help"),
        (&["scan", "--help"], "scan-help"),
    ] {
        let shown = without_trailing_spaces(world.run(words).is(0).out());
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots");
        let path = path.join(name).with_extension("txt");
        if std::env::var_os("LEAKGATE_UPDATE").is_some() {
            std::fs::write(&path, &shown).expect("the snapshot is written");
        }
        let agreed = std::fs::read_to_string(&path).expect("the snapshot is there");
        assert_eq!(
            shown, agreed,
            "LEAKGATE_UPDATE=1 takes the new text as agreed"
        );
    }
}

fn without_trailing_spaces(text: &str) -> String {
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

#[test]
fn completions_and_manual_are_printed() {
    let world = World::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        world
            .run(["completions", shell])
            .is(0)
            .says(&["leakgate", "min-confidence"]);
    }
    world
        .run(["man"])
        .is(0)
        .says(&[".TH leakgate", "min\\-confidence"]);
}

#[test]
fn rules_can_be_listed_shown_and_checked() {
    let world = World::new();
    let rules = ["--rules", "../rules.toml"];
    let ran = world.run(["rules", "list", "--only", "demo"].iter().chain(&rules));
    ran.is(0).says(&["demo-token ", "Demo access token\n"]);
    assert!(
        !ran.out().contains("demo-account"),
        "it reports nothing by itself"
    );
    let shown = [
        "id          demo-token\n",
        "literal     demo_\n",
        "rules.toml:6\n",
    ];
    world
        .run(["rules", "show", "demo-token"].iter().chain(&rules))
        .is(0)
        .says(&shown);
    let ran = world.run(["rules", "check", "../rules.toml"]);
    assert_eq!(ran.is(0).out(), "11 rules are well formed\n");
}

#[test]
fn explain_says_why_and_never_shows_the_text() {
    let world = World::new();
    let near = format!("x{}", token(2));
    world.write("a", format!("k={}\nxx {near}\n demo_short\n", token(1)));
    let explain = |words: &[&str]| {
        let all = ["explain", "a", "--rules", "../rules.toml", "--only", "demo"];
        world.run(all.iter().chain(words))
    };
    let expected = "1:3  demo-token  yes\n\
         2:5  demo-token  no: it is part of a longer word\n\
         3:2  demo-token  no: byte 77 does not fit the format\n";
    assert_eq!(explain(&[]).is(0).out(), expected);
    assert_eq!(explain(&["--line", "1"]).out(), "1:3  demo-token  yes\n");
    let none = explain(&["--rule", "demo-note"]);
    none.is(0)
        .says(&["demo-note looked at nothing in this text; it begins from \"note_\""]);
    explain(&["--line", "9"])
        .is(0)
        .says(&["no rule looked closer at anything on that line"]);
}
