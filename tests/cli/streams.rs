//! Standard input, output that ends early or is full, colours, and files of any size.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::process::Stdio;

use serde_json::json;

use crate::run::{LEAKGATE, Ran, World, ran, rounds, token};

/// Length of a file that is more than one buffer, in bytes, and of one that is worth the time only
/// when there is plenty.
const LARGE: u64 = 200 << 20;
const HUGE: u64 = 5 << 30;

#[test]
fn dash_is_standard_input() {
    let world = World::new();
    let text = format!("a\nkey = {}\n", token(1));
    world
        .scan_input(&[], text.as_bytes())
        .is(1)
        .says(&["-\n  2:7  high", "scanned 1 file"]);
    world
        .scan_input(&[], b"nothing")
        .is(0)
        .says(&["scanned 1 file, 7 bytes", "no leaks found"]);
    world.scan_input(&[], b"").is(0);
    // Without a writer there is nothing to read.
    world.scan(["-"]).is(0).says(&["scanned 1 file, 0 bytes"]);
    world
        .scan_input(&[], b"\x1f\x8b\x08")
        .is(3)
        .says(&["  -: gzip stream: damaged: truncated"]);
}

#[test]
fn standard_input_may_be_given_a_name() {
    let world = World::with(&[("b", &token(2))]);
    let words = ["--stdin-path", "deploy/.env"];
    let ran = world.scan_input(&words, b"A=1\nB=2\n");
    ran.is(1).says(&["deploy/.env\n  medium  File of settings"]);
    let words = ["b", "--stdin-path", "deploy/.env"];
    let ran = world.scan_input(&words, token(1).as_bytes());
    ran.is(1).says(&[
        "b\n  1:1  high",
        "deploy/.env\n  1:1  high",
        "2 leaks: 2 high",
    ]);
    world
        .scan_input(&["--stdin-path", &token(3)], b"")
        .is(1)
        .says(&["in the name"]);
}

#[test]
fn large_stream_is_scanned_to_its_end() {
    let world = World::new();
    let mut text = b"0123456789abcde\n".repeat(600_000);
    text.extend(format!("x {}", token(1)).bytes());
    world
        .scan_input(&[], &text)
        .is(1)
        .says(&["600001:3  high", "scanned 1 file, 9.6 MB"]);
}

#[cfg(unix)]
#[test]
fn file_larger_than_memory_is_scanned_to_its_end() {
    let world = World::new();
    let (large, script) = if rounds() > 1_000 {
        (HUGE, "ulimit -v 600000; exec \"$0\" \"$@\"")
    } else {
        (LARGE, "ulimit -v 180000; exec \"$0\" \"$@\"")
    };
    let mut file = File::create(world.path("sparse")).expect("a file is made");
    file.seek(SeekFrom::Start(large)).expect("it can be sparse");
    file.write_all(format!("\nkey = {}\n", token(1)).as_bytes())
        .expect("it is written");
    drop(file);
    let mut command = world.command("sh");
    command.args(["-c", script, LEAKGATE, "scan", "--rules", "../rules.toml"]);
    let run = ran(command.args(["--format", "json", "--jobs", "2", "sparse"]));
    let report = run.is(1).json();
    let finding = &report["findings"][0];
    assert_eq!(
        (&finding["line"], &finding["column"]),
        (&json!(2), &json!(7))
    );
    assert_eq!(finding["byte_start"], json!(large + 7));
    assert_eq!(report["coverage"]["bytes"], json!(large + 37));
    assert_eq!(report["coverage"]["complete"], true);
}

#[test]
fn reader_that_goes_away_changes_no_status_and_nobody_complains() {
    let world = World::new();
    let text: String = (0..2_000).map(|n| format!("{}\n", token(n))).collect();
    world.write("a", text);
    for format in ["human", "json", "jsonl"] {
        let mut command = world.scan_command();
        command.args([".", "--format", format]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut pipe = child.stdout.take().expect("its output is a pipe");
        pipe.read_exact(&mut [0]).expect("it says something");
        drop(pipe);
        Ran::of(child.wait_with_output().expect("it ends")).is(1);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_2_and_said() {
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it")
    };
    let world = World::with(&[("a", "nothing"), ("b", &token(1))]);
    for (target, format) in [
        ("a", "human"),
        ("b", "human"),
        ("a", "json"),
        ("b", "jsonl"),
    ] {
        let words = [target, "--format", format];
        let said = ": could not write the report: No space left on device";
        let run = world.scan(words.iter().chain(&["--output", "/dev/full"]));
        run.refuses(&[&format!("/dev/full{said}")]);
        let run = ran(world.scan_command().args(words).stdout(full()));
        run.refuses(&[&format!("standard output{said}")]);
    }
    for words in [
        &["--help"][..],
        &["man"],
        &["completions", "zsh"],
        &["explain", "b"],
    ] {
        let run = ran(world.command(LEAKGATE).args(words).stdout(full()));
        assert_eq!(run.status, Some(2), "{words:?} {}", run.err());
    }
    // Who cannot be told on standard error still learns the status.
    let run = ran(world.scan_command().arg("nowhere").stderr(full()));
    assert_eq!(run.status, Some(2));
    let run = ran(world.scan_command().args(["b", "--stats"]).stderr(full()));
    assert_eq!(run.status, Some(1));
}

#[test]
fn colours_are_used_on_a_terminal_or_when_asked_for() {
    let world = World::with(&[("a", &token(1))]);
    let colored = |words: &[&str], name: Option<&str>| {
        let mut command = world.scan_command();
        if let Some(name) = name {
            command.env(name, "1");
        }
        ran(command.args(words)).is(1).out().contains('\x1b')
    };
    assert!(!colored(&["a"], None));
    assert!(!colored(&["a", "--color", "never"], None));
    assert!(colored(&["a", "--color", "always"], None));
    assert!(
        colored(&["a", "--color", "always"], Some("NO_COLOR")),
        "a flag goes before"
    );
    assert!(!colored(
        &["a", "--color", "always", "--format", "json"],
        None
    ));
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "FORCE_COLOR"] {
        assert!(!colored(&["a"], Some(name)), "{name}");
    }
}

#[test]
fn reports_go_to_their_files_and_the_status_stays() {
    let world = World::with(&[("a", &token(1))]);
    let words = [
        ".",
        "--format",
        "json",
        "--output",
        "../r.json",
        "--format",
        "human",
    ];
    world
        .scan(words)
        .is(1)
        .says(&["a\n  1:1  high", "scanned 1 file,"]);
    let read = |name: &str| fs::read_to_string(world.top().join(name)).expect("it was written");
    assert!(read("r.json").contains("\"rule\": \"demo-token\""));
    let ran = world.scan([".", "--output", "../r.txt"]);
    assert_eq!(ran.is(1).out(), "");
    assert!(read("r.txt").ends_with("\n1 leak: 1 high\n"));
}

#[test]
fn values_are_shown_in_the_clear_only_on_demand() {
    let world = World::with(&[("a", &format!("key = {}", token(1)))]);
    for format in ["human", "json", "jsonl"] {
        let words = [".", "--format", format];
        assert!(
            !world.scan(words).is(1).out().contains(&token(1)[5..]),
            "{format}"
        );
        world
            .scan(words.iter().chain(&["--show-secrets"]))
            .is(1)
            .says(&[&token(1)]);
    }
}

#[test]
fn statistics_go_to_standard_error() {
    let world = World::with(&[("a", &token(1))]);
    let ran = world.scan([".", "--stats", "--format", "json"]);
    assert_eq!(
        (ran.status, ran.json()["coverage"]["files"].as_u64()),
        (Some(1), Some(1))
    );
    for words in ["1 files, ", " rules (", "time in ms", "demo-token\n"] {
        assert!(ran.err().contains(words), "{}", ran.err());
    }
}
