//! The same tree gives the same bytes, whatever the number of threads.

use crate::run::{World, token, value};

/// A report without the one thing that may differ.
fn without_seconds(report: &str) -> String {
    let kept = report.lines().map(|line| {
        let at = line.find("\"seconds\":").or_else(|| line.rfind(" in 0."));
        at.map_or(line, |at| &line[..at])
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn number_of_threads_and_repetition_change_nothing() {
    let world = World::new();
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..400_u64 {
        let prefix = random
            .choice(["demo_", "mild_", "guess_", "note_"])
            .unwrap_or_default();
        // Few values in many places, so that whoever comes first must not matter.
        let line = format!(
            "\t{} and\n{}",
            value(prefix, random.u64(..20)),
            token(random.u64(..9))
        );
        let mark = if n % 7 == 0 {
            " # leakgate:allow: why"
        } else {
            ""
        };
        let text = format!("{}{line}{mark}\n", "filler\n".repeat(random.usize(..900)));
        world.write(format!("{}/{}/{n}", n % 5, n % 11), text);
    }
    world.write("1/a.zip", b"PK\x03\x04");
    world.write("2/b.gz", b"\x1f\x8b\x08");
    for format in ["human", "json", "jsonl"] {
        let scan = |jobs: &str| {
            let ran = world.scan([".", "-v", "--format", format, "--jobs", jobs]);
            without_seconds(ran.is(1).out())
        };
        let first = scan("1");
        assert!(first.contains("demo-token"));
        for jobs in ["1", "2", "2", "8", "8", "0"] {
            assert_eq!(scan(jobs), first, "{jobs} threads, {format}");
        }
    }
}

#[test]
fn order_and_repetition_of_targets_change_nothing_but_their_names() {
    let world = World::with(&[("a/x", &token(1)), ("b", &token(2)), ("a/y", &token(2))]);
    let scan = |targets: &[&str]| {
        let ran = world.scan(targets.iter().chain(&["--format", "jsonl"]));
        without_seconds(ran.is(1).out())
    };
    let first = scan(&["a", "b"]);
    assert_eq!(scan(&["b", "a"]), first);
    assert_eq!(scan(&["b", "a", "a/x", "b"]), first);
}
