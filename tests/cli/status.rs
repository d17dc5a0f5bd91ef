//! The exit status, and the words that go with it.

use serde_json::json;

use crate::run::{World, token, value};

#[test]
fn clean_tree_is_0() {
    let world = World::with(&[("a.txt", "nothing here\n"), ("b/c", "")]);
    let ran = world.scan(["."]);
    ran.is(0).says(&["scanned 2 files, 13 bytes in "]);
    assert!(ran.out().ends_with("\nno leaks found\n"));
    world.scan([".", "-q"]).is(0);
    assert_eq!(world.scan([".", "-q"]).out(), "");
}

#[test]
fn empty_folder_is_0_and_says_that_nothing_was_there() {
    World::new()
        .scan(["."])
        .is(0)
        .says(&["scanned 0 files, 0 bytes", "no leaks found"]);
}

#[test]
fn active_finding_is_1() {
    let world = World::with(&[("conf.py", &format!("\tkey = \"{}\"\n", token(1)))]);
    let ran = world.scan(["."]);
    let expected = [
        "conf.py\n  1:9  high  Demo access token  demo-token\n",
        "      key = \"demo_…",
        "      impact   The holder can read and write every demo.\n",
        "      do now   Revoke it on the settings page of the demo.\n",
        "put this in a comment on its line: leakgate:allow demo-token: why\n",
    ];
    ran.is(1).says(&expected);
    assert!(ran.out().ends_with("\n1 leak: 1 high\n"));
    world.scan(["conf.py"]).is(1);
    world.scan(["conf.py", "-q"]).is(1);
    world.scan(["conf.py", "--format", "jsonl"]).is(1);
}

#[test]
fn container_is_3_and_named_also_where_it_is_cut_short() {
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0 and the rest is missing\n".as_slice();
    let kinds = [
        ("zip archive: damaged: truncated", zip),
        ("zip archive: damaged: truncated", b"PK\x05\x06"),
        ("gzip stream: damaged: truncated", b"\x1f\x8b\x08"),
        (
            "rar archive: not opened, only its raw bytes were scanned",
            b"Rar!\x1a\x07\x01\0",
        ),
    ];
    for (reason, bytes) in kinds {
        let world = World::new();
        world.write("d/thing.bin", bytes);
        let line = format!("  d/thing.bin: {reason}\n");
        let end = "\nmay something be left unscanned? name it with --exclude or in .leakgateignore\n\
            no leaks found in what was scanned, but the scan is INCOMPLETE\n";
        for target in [".", "d/thing.bin"] {
            world
                .scan([target])
                .is(3)
                .says(&["NOT FULLY SCANNED (1):\n", &line, end]);
        }
        world.scan(["-q", "."]).is(3).says(&[&line]);
        world.scan([".", "--exclude", "*.bin"]).is(0);
    }
    // Members that are stored as they are can be read without opening anything.
    let world = World::new();
    world.write("a.zip", [zip, token(1).as_bytes()].concat());
    let end = "\n1 leak: 1 high; and the scan is INCOMPLETE\n";
    world.scan(["."]).is(1).says(&["a.zip\n  2:1  high", end]);
}

#[test]
fn findings_and_incomplete_is_1_and_every_format_says_so() {
    let world = World::with(&[("a", &token(1)), ("b.gz", "")]);
    world.write("b.gz", b"\x1f\x8b\x08");
    let human = world.scan(["."]);
    human
        .is(1)
        .says(&["\n1 leak: 1 high; and the scan is INCOMPLETE\n"]);
    let coverage = &world.json(&[])["coverage"];
    assert_eq!(coverage["complete"], false);
    let skip = json!({
        "what": "b.gz",
        "reason": "damaged",
        "detail": "gzip stream: damaged: truncated",
    });
    assert_eq!(coverage["skipped"], json!([skip]));
    let lines = world.scan([".", "--format", "jsonl"]);
    let last = lines.is(1).out().lines().last().expect("there is one");
    assert!(last.contains("\"complete\":false"), "{last}");
}

#[test]
fn levels_decide_what_counts() {
    let world = World::new();
    for prefix in ["demo_", "mild_", "guess_", "note_"] {
        world.write(prefix, value(prefix, 1));
    }
    let cases: &[(&str, i32, &[&str])] = &[
        ("demo_", 1, &[]),
        ("demo_", 1, &["--fail-on", "high"]),
        ("demo_", 0, &["--fail-on", "critical"]),
        ("demo_", 1, &["--min-confidence", "high"]),
        ("mild_", 1, &[]),
        ("mild_", 1, &["--fail-on", "info"]),
        ("mild_", 0, &["--fail-on", "medium"]),
        ("mild_", 0, &["--min-confidence", "high"]),
        ("guess_", 0, &[]),
        ("guess_", 1, &["--min-confidence", "low"]),
        ("note_", 0, &[]),
        (
            "note_",
            0,
            &["--fail-on", "info", "--min-confidence", "low"],
        ),
    ];
    for (target, status, words) in cases {
        let ran = world.scan([*target].iter().chain(*words));
        assert_eq!(
            ran.status,
            Some(*status),
            "{target} {words:?}\n{}",
            ran.out()
        );
    }
}

#[test]
fn only_the_rules_that_are_named_run() {
    let world = World::new();
    for prefix in ["mild_", "note_"] {
        world.write(prefix, value(prefix, 1));
    }
    let cases: &[(i32, &[&str])] = &[
        (1, &["demo-mild"]),
        (0, &["demo-note"]),
        (1, &["demo-note", "--only", "demo-mild"]),
        (1, &["demo"]),
        (1, &["secret"]),
        (0, &["sensitive-file"]),
    ];
    for (status, words) in cases {
        let all = ["scan", ".", "--rules", "../rules.toml", "--only"];
        let ran = world.run(all.iter().chain(*words));
        assert_eq!(ran.status, Some(*status), "{words:?}\n{}", ran.out());
    }
}

#[test]
fn what_does_not_count_is_counted_and_listed_on_demand() {
    let world = World::new();
    for prefix in ["guess_", "note_"] {
        world.write(prefix, value(prefix, 1));
    }
    let sum = "not counted: 1 note, 1 below --fail-on or --min-confidence";
    let ran = world.scan(["."]);
    ran.is(0)
        .says(&[&format!("{sum} (-v lists them)\nno leaks found\n")]);
    assert!(!ran.out().contains("guess_\n"));
    let reasons = [
        "silent   below --fail-on or --min-confidence\n",
        "silent   a note; notes never count\n",
    ];
    world
        .scan([".", "-v"])
        .is(0)
        .says(&reasons)
        .says(&[&format!("{sum}\n")]);
    let report = world.json(&[]);
    let active: Vec<_> = report["findings"]
        .as_array()
        .expect("a list")
        .iter()
        .collect();
    assert!(active.len() == 2 && active.iter().all(|finding| finding["active"] == false));
}

#[test]
fn what_is_left_out_on_purpose_is_counted_without_effect() {
    let world = World::new();
    for path in ["out/a", "out/b", "git", "own", "kept"] {
        world.write(path, token(1));
    }
    world.write(".gitignore", "git\n");
    world.write(".leakgateignore", "own\n");
    world.write("kept", "nothing");
    world.write(".git/config", token(2));
    let ran = world.scan([".", "--exclude", "out/"]);
    let list = "left out on purpose: 1 gitignore, 1 leakgateignore, 1 exclude, 1 git-store\n";
    ran.is(0).says(&[list, "scanned 3 files"]);
    let excluded = json!({ "gitignore": 1, "leakgateignore": 1, "exclude": 1, "git-store": 1 });
    let report = world.json(&["--exclude", "out/"]);
    assert_eq!(report["coverage"]["excluded"], excluded);
    assert_eq!(report["coverage"]["complete"], true);
    world.scan([".", "--exclude", "out/", "--no-ignore"]).is(1);
    world.scan([".", "--exclude", "out/a"]).is(1);
    world
        .scan([".", "--exclude", "out/a", "--exclude", "b"])
        .is(0);
    // What is named is scanned whatever ignore files say.
    world.scan(["git"]).is(1);
    world
        .scan(["out/a", "--exclude", "out/*"])
        .is(0)
        .says(&["1 exclude"]);
}

#[test]
fn time_that_runs_out_is_3_and_names_what_is_left() {
    let world = World::with(&[("a/b", &token(1)), ("c", "")]);
    let late = "the time limit ran out first\n";
    let ran = world.scan([".", "--timeout", "0s"]);
    ran.is(3).says(&[&format!("  .: {late}"), "INCOMPLETE"]);
    world
        .scan(["c", "a", "--timeout", "0s"])
        .is(3)
        .says(&["  a: ", "  c: ", late]);
    world.scan([".", "--timeout", "1h"]).is(1);
    let piped = world.scan_input(&["--timeout", "0s"], b"");
    piped.is(3).says(&[&format!("  -: {late}")]);
}

#[test]
fn limit_of_ours_is_a_named_skip() {
    let world = World::new();
    let mut text: String = (0..100_001)
        .map(|n| format!("{}\n", value("guess_", n)))
        .collect();
    world.write("many", &text);
    let limit = "  many: limit reached: locals-per-blob-max = 100000\n";
    world
        .scan(["."])
        .is(3)
        .says(&[limit, "100,000 below --fail-on"]);
    text.insert_str(0, &format!("{}\n", token(1)));
    world.write("many", &text);
    world
        .scan(["."])
        .is(1)
        .says(&[limit, "1 leak: 1 high; and the scan is INCOMPLETE\n"]);
}

#[test]
fn text_that_is_not_utf8_or_cut_in_a_character_is_scanned() {
    let world = World::new();
    let wide = |text: &str| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(u16::to_le_bytes);
        b"\xff\xfe".iter().copied().chain(units).collect()
    };
    let mut odd = wide(&format!("key = {}\n", token(1)));
    odd.push(b'x');
    world.write("odd", &odd);
    world
        .scan(["odd"])
        .is(1)
        .says(&["1:8  high", "inside   utf-16le"]);
    let finding = &world.scan(["odd", "--format", "json"]).json()["findings"][0];
    assert_eq!(finding["decoded"], json!(["utf-16le"]));
    let bytes = [&finding["byte_start"], &finding["byte_end"]].map(serde_json::Value::as_u64);
    assert_eq!(bytes, [Some(14), Some(14 + 2 * 29)]);
    world.write("odd", [wide("nothing").as_slice(), b"x"].concat());
    let ran = world.scan(["odd"]);
    ran.is(0)
        .says(&["note: 1 text in UTF-16 or UTF-32, cut off within a character"]);
    let broken = [
        b"\xff\xfe\xfd a=".as_slice(),
        token(2).as_bytes(),
        b"\xe2\x82",
    ]
    .concat();
    world.write("broken", [b"\x80".as_slice(), &broken].concat());
    world
        .scan(["broken"])
        .is(1)
        .says(&["\\x80\\xff\\xfe\\xfd a=demo_…", "\\xe2\\x82\n"]);
}

#[test]
fn file_that_its_name_and_lines_give_away_is_a_finding() {
    let world = World::with(&[(".env", "A=1\nB=2\nC\n"), (".env.example", "A=1\nB=2\n")]);
    let ran = world.scan(["."]);
    ran.is(1).says(&[
        ".env\n  medium  File of settings",
        "note     2 lines of it hold a value",
    ]);
    assert!(
        !ran.out().contains("a false alarm?"),
        "a mark in it would not help"
    );
}

#[test]
fn one_secret_in_many_files_is_one_entry_with_its_places() {
    let world = World::new();
    for n in 0..50 {
        world.write(format!("d/{n:02}"), format!("\n{}", token(1)));
    }
    let more = "also at  d/01:2:1\n               d/02:2:1\n               d/03:2:1\n";
    let ran = world.scan(["."]);
    ran.is(1)
        .says(&["d/00\n", more, "and 46 more\n", "\n1 leak: 1 high\n"]);
    let report = world.json(&[]);
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(1));
    let places = report["findings"][0]["places"].as_array().expect("a list");
    assert_eq!(places.len(), 49);
    assert_eq!(
        (&places[48]["path"], &places[48]["line"]),
        (&json!("d/49"), &json!(2))
    );
}
