//! Nothing of a hostile tree reaches an output raw, and no value reaches one at all.

use leakgate::report::escape::hidden;

use crate::run::{Ran, World, token, untested, value};

/// Names and texts that do something to a terminal, an editor or a reviewer.
const TRICKS: [&str; 7] = [
    "\x1b[2J\x1b]0;x\x07",
    "\nno leaks found\n",
    "\r\t\x08\x7f",
    "\u{202e}txt.exe\u{2066}",
    "z\u{200b}w\u{feff}",
    "\u{9b}31m\u{85}",
    "\u{2028}\u{e0041}",
];

/// Holds an output to harmless characters, and every value out of it.
#[track_caller]
fn harmless(bytes: &[u8], values: &[String]) {
    let text = str::from_utf8(bytes).expect("every output is UTF-8");
    let bad = text.find(|c| hidden(c) && c != '\n');
    assert_eq!(bad, None, "{text:?}");
    for value in values {
        // Any 8 characters of what the masked form hides would be too many.
        let inner = &value.as_bytes()[6..value.len() - 5];
        for part in inner.windows(8) {
            let part = str::from_utf8(part).expect("values are ASCII");
            assert!(!text.contains(part), "{part} is shown:\n{text}");
        }
    }
}

#[track_caller]
fn check(ran: &Ran, values: &[String]) {
    harmless(&ran.out, values);
    harmless(&ran.err, values);
}

/// Takes out colours, and nothing else that begins with an escape character.
fn without_colours(bytes: &[u8]) -> Vec<u8> {
    let text = str::from_utf8(bytes).expect("every output is UTF-8");
    let mut out = String::new();
    let mut parts = text.split("\x1b[");
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        out.push_str(digits.strip_prefix('m').unwrap_or("\x1b"));
    }
    out.into_bytes()
}

/// Every value that stands somewhere in the tree.
fn values() -> Vec<String> {
    let low = (20..24).map(|n| value("guess_", n));
    (0..12).map(token).chain(low).collect()
}

/// A tree whose names and texts are hostile, with values in both.
fn hostile() -> World {
    let world = World::new();
    let all = values();
    for (n, trick) in TRICKS.iter().enumerate() {
        let line = format!("{trick}key = \"{}\" {trick}{trick}\n", all[n]);
        let mark = format!(
            "# leakgate:allow demo-token: {trick}{}\n{}\n",
            all[n], all[n]
        );
        let low = format!("{trick}\u{301}{}{trick}", all[12 + n % 4]);
        // Names are single; what a name cannot hold stays in the text.
        let name = trick.replace('/', "");
        world.write(format!("a{name}"), line.repeat(2));
        world.write(format!("d{name}/b"), mark + &low);
        world.write(format!("d{name}/c.zip"), b"PK\x03\x04");
    }
    world.write(format!("{}/x.gz", all[8]), b"\x1f\x8b\x08");
    world.write(format!("{}/\u{202e}/y", all[8]), "");
    world.write(format!("{}.txt", all[9]), format!("{} {}", all[9], all[10]));
    world.write(
        "one",
        format!("url: https://u:{}@h/ {} \x1b", all[11], all[11]),
    );
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        let name = [b"\xff\xc3(".as_slice(), all[9].as_bytes()].concat();
        let path = world.path(std::ffi::OsStr::from_bytes(&name));
        if let Err(error) = std::fs::write(path, [b"\xfe\x9b".as_slice(), &name].concat()) {
            untested("this file system takes no such name", &error);
        }
    }
    world
}

#[test]
fn reports_of_a_hostile_tree_are_harmless() {
    let world = hostile();
    for format in ["human", "json", "jsonl"] {
        for more in [
            &[][..],
            &["-v"],
            &["-q"],
            &["--stats"],
            &["--min-confidence", "low"],
        ] {
            let words = [".", "--no-ignore", "--format", format];
            let ran = world.scan(words.iter().chain(more));
            assert_eq!(ran.status, Some(1));
            assert!(ran.out.len() > 2_000, "{}", ran.out());
            check(&ran, &values());
        }
    }
    let ran = world.scan([".", "--color", "always", "-v"]);
    harmless(&without_colours(&ran.is(1).out), &values());
}

#[test]
fn files_are_reported_under_their_escaped_names() {
    let ran = hostile().scan(["."]);
    let shown = [
        "a\\x1b[2J\\x1b]0;x\\x07\n  1:",
        "a\\x0ano leaks found\\x0a\n  3:8  high",
        "a\\u{202e}txt.exe\\u{2066}\n",
        "az\\u{200b}w\\u{feff}\n",
        "/x.gz: gzip stream: damaged: truncated",
        "in the name  high  Demo access token",
    ];
    ran.is(1).says(&shown);
    if cfg!(unix) {
        ran.says(&["\\xff\\xc3(demo_…"]);
    }
}

#[test]
fn json_gives_the_exact_name_back() {
    let world = hostile();
    let report = world.json(&[]);
    let findings = report["findings"].as_array().expect("a list");
    let has = |path: &str| findings.iter().any(|finding| finding["path"] == path);
    for trick in TRICKS {
        assert!(has(&format!("a{trick}")), "{trick:?}");
    }
}

#[test]
fn names_of_what_is_skipped_hide_their_values_too() {
    let world = hostile();
    for words in [
        &[".", "--timeout", "0s"][..],
        &["--timeout", "0s", "-q", "."],
    ] {
        check(&world.scan(words), &values());
    }
    let folder = &values()[8];
    let ran = world.scan([folder.as_str(), "--timeout", "0s"]);
    ran.is(1)
        .says(&["in the name", "the time limit ran out first"]);
    check(&ran, &values());
    for format in ["human", "json"] {
        check(&world.scan([folder, "--format", format]), &values());
        check(
            &world.scan([folder, "--format", format, "--exclude", "*"]),
            &values(),
        );
    }
}

#[test]
fn explanations_show_nothing_of_the_text() {
    let world = hostile();
    for trick in TRICKS {
        let name = format!("a{trick}");
        for words in [&[][..], &["--line", "1"], &["--rule", "demo-token"]] {
            let all = ["explain", &name, "--rules", "../rules.toml"];
            let ran = world.run(all.iter().chain(words));
            check(ran.is(0), &values());
        }
    }
}

#[test]
fn what_gave_way_to_a_better_finding_is_masked_too() {
    let world = World::new();
    // The second rule's value begins with the first rule's and goes on.
    let rest = value("", 9);
    world.write("a", format!("pw={}-{rest}\n", token(1)));
    for format in ["human", "json", "jsonl"] {
        let ran = world.scan(["a", "-v", "--format", format]);
        check(ran.is(1), &[token(1), format!("123456{rest}12345")]);
    }
}

#[test]
fn messages_about_wrong_arguments_are_harmless() {
    let world = World::with(&[("a", "nothing")]);
    for trick in TRICKS {
        let wrong: [&[&str]; 14] = [
            &[trick],
            &["scan", trick],
            &["scan", "a", &format!("--{trick}")],
            &["scan", "a", &format!("--format={trick}")],
            &["scan", "a", "--fail-on", trick],
            &["scan", "a", "--min-confidence", trick],
            &["scan", "a", "--timeout", trick],
            &["scan", "a", "--jobs", trick],
            &["scan", "a", "--color", trick],
            &["scan", "a", "--only", trick],
            &["scan", "a", "--rules", trick],
            &["scan", "a", "--exclude", &format!("{trick}[")],
            &["scan", "a", "--output", &format!("no/{trick}")],
            &["completions", trick],
        ];
        for words in wrong {
            let ran = world.run(words);
            check(&ran, &[]);
            ran.refuses(&[]);
            // A line of its own could pretend to be an answer of ours.
            assert!(!ran.err().contains("\nno leaks found\n"), "{}", ran.err());
        }
        for words in [["explain", trick], ["rules", trick]] {
            let ran = world.run(words);
            check(&ran, &[]);
            ran.refuses(&[]);
        }
        let ran = world.run(["rules", "show", trick]);
        check(&ran, &[]);
        ran.refuses(&[]);
    }
}

#[cfg(unix)]
#[test]
fn arguments_that_are_not_utf8_are_refused_in_harmless_words() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let bad = OsStr::from_bytes(b"\xff\x1b[2J");
    let cases: [&[&str]; 4] = [
        &[],
        &["scan"],
        &["scan", ".", "--format"],
        &["rules", "show"],
    ];
    for words in cases {
        let ran = world.run(words.iter().map(OsStr::new).chain([bad]));
        check(&ran, &[]);
        ran.refuses(&[]);
        assert!(!ran.err().is_empty());
    }
}

#[test]
fn messages_about_hostile_rule_files_are_harmless() {
    let world = World::with(&[("a", "nothing")]);
    let good = crate::run::RULES;
    for (n, trick) in TRICKS.iter().enumerate() {
        let basic: String = trick
            .chars()
            .map(|c| format!("\\U{:08x}", u32::from(c)))
            .collect();
        let replaced = |from: &str, to: String| good.replacen(from, &to, 1);
        let files = [
            trick.to_string(),
            format!("\"{basic}\" = 1"),
            replaced("id = \"demo-token\"", format!("id = \"{basic}\"")),
            replaced(
                "id = \"demo-token\"",
                format!("id = \"demo-token\"\n\"{basic}\" = 1"),
            ),
            replaced("severity = \"high\"", format!("severity = \"{basic}\"")),
            replaced(
                "severity = \"high\"",
                format!("severity = \"high\"\nvalidator = \"{basic}\""),
            ),
            replaced(
                "severity = \"high\"",
                format!("severity = \"high\"\nshape = \"{basic}\""),
            ),
            replaced("pattern = '''\\b(demo", format!("pattern = \"({basic}\" #")),
            replaced("id = \"demo-account\", s", format!("id = \"{basic}\", s")),
        ];
        for text in files {
            let name = format!("r{n}{trick}.toml");
            world.write(&name, &text);
            for words in [
                ["scan", "a", "--rules", &name],
                ["explain", "a", "--rules", &name],
            ] {
                let ran = world.run(words);
                check(&ran, &[]);
                ran.refuses(&["toml"]);
            }
        }
        // Rules that load may still say hostile things about themselves.
        let name = "rules.toml";
        let title = replaced("\"Demo access token\"", format!("\"{basic}\""));
        let advice = title
            .replacen("Revoke it", &basic, 1)
            .replacen("The holder", &basic, 1);
        world.write(
            name,
            advice.replacen("\"demo\"", &format!("\"{basic}\""), 1),
        );
        world.write("t", token(1));
        let rules = ["--rules", name];
        for words in [
            &["scan", "t"][..],
            &["rules", "list"],
            &["rules", "show", "demo-token"],
        ] {
            let ran = world.run(words.iter().chain(&rules));
            check(&ran, &[]);
            assert_eq!(ran.err(), "");
        }
    }
}
