//! Texts made to cost time, and texts that are none. The costly ones have no expectation but their
//! answer: with a step that grows with the square of the text, they would run for minutes.

use fastrand::Rng;
use leakgate::blob::Copied;
use leakgate::finding::Locals;
use leakgate::rule::model::Reach;

use crate::edits::Child;
use crate::rules::{Anchors, Case, Spec};
use crate::specs::{self, JOINED, LINES};
use crate::texts;
use crate::versions::check;
use crate::{Bench, rounds};

/// Replaces one byte in every `step` bytes by `byte`.
fn dotted(base: &[u8], step: usize, byte: u8) -> Child {
    let mut bytes = base.to_vec();
    let mut copied = Vec::new();
    for start in (0..base.len()).step_by(step) {
        let end = base.len().min(start + step);
        bytes[start] = byte;
        if start + 1 < end {
            let (from, to, len) = (start as u64 + 1, start as u64 + 1, (end - start - 1) as u64);
            copied.push(Copied { from, to, len });
        }
    }
    Child {
        bytes,
        copied,
        base_len: base.len() as u64,
    }
}

/// A rule that looks as far along its line as a rule may.
fn widest() -> Spec {
    let spec = LINES.iter().find(|spec| spec.id == "zq-variable");
    Spec {
        reach: Reach::Line(65_536),
        ..*spec.expect("the rule is there")
    }
}

#[test]
fn many_edits_in_one_long_line_cost_no_more_than_the_line() {
    let mut bench = Bench::new(&[widest()]);
    let base = b"x ".repeat(1 << 20);
    let locals = bench.scan(&base);
    for step in [2, 16, 4_096] {
        check(&mut bench, &locals, &dotted(&base, step, b'y'), step as u64);
    }
}

#[test]
fn many_edits_in_one_endless_run_cost_no_more_than_the_run() {
    let usual = |spec: &&Spec| spec.reach == Reach::Line(512);
    let specs: Vec<_> = LINES.iter().filter(usual).copied().collect();
    let mut bench = Bench::new(&specs);
    let base = vec![b'a'; 8 << 20];
    let locals = bench.scan(&base);
    check(&mut bench, &locals, &dotted(&base, 2_500, b'b'), 0);
}

#[test]
fn many_matches_in_one_window_cost_no_more_than_the_window() {
    let mut bench = Bench::new(&[widest()]);
    let line = [b" ab-zqtok-12345678".repeat(3_000), b"\n".to_vec()].concat();
    let locals = bench.scan(&line.repeat(20));
    assert_eq!(locals.found.len(), 60_000);
}

#[test]
fn many_companions_close_together_are_joined_once_each() {
    let mut specs = JOINED.to_vec();
    for spec in &mut specs {
        if let Some(pair) = &mut spec.join {
            pair.distance = 4_096;
            pair.nearest = false;
        }
    }
    let mut bench = Bench::new(&specs);
    let text = b"ZQID01234567 zqp/12345678 zqs01234567890123456789 ".repeat(20_000);
    let locals = bench.scan(&text);
    assert_eq!((locals.found.len(), locals.overflow), (60_000, false));
    let mut findings = Vec::new();
    let losers = bench
        .scanner
        .describer()
        .describe(&text, &locals.found, &mut findings);
    // Both pairs; the second part is reported alone as well, and gives way.
    assert_eq!((findings.len(), losers.len()), (40_000, 20_000));
}

#[test]
fn texts_of_nothing_but_anchors_are_no_trap() {
    let mut bench = Bench::new(&specs::near());
    for text in [
        "[\n",
        "\n",
        " \n",
        "zqdog\n",
        "key=",
        "zqmulti:",
        "zqone\n",
        "zqlong<",
        "-zqback",
        ".zqg.",
        "zqaza",
        "zqstop",
        "0123456789abcdef0123456789abcdef ",
    ] {
        let bytes = text.repeat(100_000 / text.len()).into_bytes();
        let locals = bench.scan(&bytes);
        let mut findings = Vec::new();
        bench.scanner.describe(&bytes, &locals, &mut findings);
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let specs = specs::near();
    let mut bench = Bench::new(&specs);
    for round in 0..rounds(200) {
        let mut random = Rng::with_seed(round);
        let mut bytes = match random.u8(..3) {
            0 => texts::text(&specs, 800, &mut random),
            1 => (0..random.usize(..600)).map(|_| random.u8(..)).collect(),
            _ => Vec::new(),
        };
        let marks: [&[u8]; 7] = [
            b"\xff\xfe",
            b"\xfe\xff",
            b"\xff\xfe\0\0",
            b"\0\0\xfe\xff",
            b"\0",
            b"\xef\xbb\xbf",
            b"",
        ];
        let mark = marks[random.usize(..marks.len())];
        let at = if random.bool() {
            0
        } else {
            random.usize(..=bytes.len())
        };
        bytes.splice(at..at, mark.iter().copied());
        for _ in 0..random.usize(..30) {
            let at = random.usize(..=bytes.len());
            match random.u8(..3) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, random.u8(..)),
                _ => texts::fragment(&specs, &mut random, &mut bytes),
            }
        }
        let locals = bench.scan(&bytes);
        let mut findings = Vec::new();
        bench.scanner.describe(&bytes, &locals, &mut findings);
        for finding in &findings {
            let spot = finding.spot.expect("values in text have a spot");
            assert!(spot.byte_start < spot.byte_end && spot.byte_end <= bytes.len() as u64);
        }
        let Bench { scanner, scratch } = &mut bench;
        scanner.explain(&bytes, scratch, &mut |_, hit, _| {
            assert!(hit.end <= bytes.len())
        });
        // Whatever the locals of another text are, the version's are its own.
        let other = dotted(&bytes, random.usize(1..50), random.u8(..));
        check(&mut bench, &locals, &other, round);
    }
}

#[test]
fn nothing_is_found_in_nothing() {
    let mut bench = Bench::new(&specs::near());
    assert_eq!(bench.scan(b""), Locals::default());
    let child = Child {
        bytes: Vec::new(),
        copied: Vec::new(),
        base_len: 0,
    };
    check(&mut bench, &Locals::default(), &child, 0);
}

#[test]
fn anchors_at_the_ends_of_a_text_are_no_trouble() {
    let mut bench = Bench::new(&specs::near());
    for spec in specs::near() {
        let literals = match spec.anchors {
            Anchors::Derived(literals, Case::Exact) | Anchors::Given(literals, _) => literals,
            _ => continue,
        };
        for literal in literals {
            for text in [
                literal.to_string(),
                format!(" {literal}"),
                format!("{literal}\n"),
            ] {
                bench.scan(text.as_bytes());
            }
        }
    }
}
