//! The findings of a large file do not depend on the size of the chunks it is read in.

use std::collections::BTreeSet;
use std::io::Cursor;

use leakgate::blob::{Place, Source};
use leakgate::config::{Limits, ScanConfig};
use leakgate::finding::Placed;
use leakgate::rule::{RuleText, load};
use leakgate::scan::{Progress, Scanner, Timing, run};
use leakgate::source::{Files, Stream};

use crate::run::{RULES, World, rounds, token, value};

const MIB: usize = 1 << 20;

/// How a text is written down in bytes.
#[derive(Clone, Copy, Debug)]
enum Form {
    Utf8,
    Utf16Le,
    Utf16Be,
    Utf32Le,
}

impl Form {
    fn bytes(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Utf32Le => text
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect(),
        }
    }

    const fn mark(self) -> &'static str {
        if matches!(self, Self::Utf8) {
            ""
        } else {
            "\u{feff}"
        }
    }
}

/// A text under construction, whose length in bytes is known.
struct Text {
    form: Form,
    bytes: Vec<u8>,
    random: fastrand::Rng,
}

impl Text {
    fn new(form: Form, seed: u64) -> Self {
        Self {
            form,
            bytes: form.bytes(form.mark()),
            random: fastrand::Rng::with_seed(seed),
        }
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend(self.form.bytes(text));
    }

    /// Fills up to `len` bytes, or a little less, with lines of letters of several widths.
    fn fill(&mut self, len: usize) {
        let mut line = String::new();
        while self.bytes.len() + 900 < len {
            line.clear();
            for _ in 0..self.random.usize(..120) {
                let c = self
                    .random
                    .choice(['a', 'z', ' ', '\u{e9}', '\u{4e2d}', '\u{1f511}']);
                line.push(c.unwrap_or(' '));
            }
            line.push('\n');
            self.push(&line.clone());
        }
        while self.bytes.len() + 4 <= len {
            self.push("x");
        }
    }

    /// One of everything that can be found, of about `n` kinds of distance.
    fn specimen(&mut self, n: u64) -> String {
        let id = self.random.u64(10_000_000..99_999_999);
        let hex: String = (0..20)
            .map(|_| format!("{:x}", self.random.u8(..16)))
            .collect();
        let gap = " ".repeat(self.random.usize(..4_000));
        let wide = "\u{1f511}".repeat(self.random.usize(..30));
        let key = |len: usize| format!("(((KEY\n{}KEY)))", "Ab0\n".repeat(len / 4));
        let long = self.random.usize(400..50_000);
        match n % 9 {
            0 => format!("{wide}t={} {}", token(n), value("guess_", n)),
            1 => format!("acct_{id}{gap}~~~{hex}~~~"),
            2 => format!(
                "~~~{hex}~~~\n{}\nacct_{id}\n~~~{}~~~",
                "y\n".repeat(1_500),
                "0123456789".repeat(2)
            ),
            3 => key(long),
            4 => format!("# leakgate:allow demo-token: {n}\n{wide}{}\n", token(n)),
            5 => format!(
                "demosection:\n{}  k: val_{}\n",
                "  j: 1\n".repeat(90),
                &token(n)[5..25]
            ),
            6 => format!("{}{} # gitleaks:allow\n", wide, token(n % 4)),
            7 => format!("pw={}-{}", token(n), value("mild_", n)),
            _ => format!("A_{n}=1\n{}\nB=2\n", token(n % 3)),
        }
    }
}

/// A text with something at every border of chunks of 1 MiB, and in between.
fn text(form: Form, seed: u64) -> Vec<u8> {
    let mut text = Text::new(form, seed);
    let mut n = seed;
    for border in [MIB, 2 * MIB, 3 * MIB, 4 * MIB, 5 * MIB] {
        text.fill(border - 300_000);
        let between = text.specimen(n);
        text.push(&format!("\n{between}"));
        let specimen = format!("\n{}", text.specimen(n + 1));
        let len = form.bytes(&specimen).len();
        // Before the border, across it at any place, or after it.
        let start = border - len.min(200_000) + text.random.usize(..len.min(200_000) + 40);
        text.fill(start);
        text.push(&specimen);
        n += 2;
    }
    text.fill(5 * MIB + 200_000);
    text.bytes
}

fn scanner(chunk_bytes: usize) -> (Scanner, ScanConfig) {
    let rules = [RuleText {
        name: "rules.toml",
        text: RULES,
    }];
    let limits = Limits {
        chunk_bytes: chunk_bytes as u64,
        ..Limits::default()
    };
    let config = ScanConfig {
        limits,
        ..ScanConfig::default()
    };
    (
        Scanner::new(load(&rules).expect("the rules are good"), limits),
        config,
    )
}

/// All that is known of each finding, its value too.
fn told(source: &dyn Source, chunk_bytes: usize) -> (Vec<String>, u64) {
    let (scanner, config) = scanner(chunk_bytes);
    let progress = Progress::default();
    let outcome = run(source, &scanner, &config, (&progress, Timing::Off));
    let outcome = outcome.expect("the target is there");
    assert_eq!(outcome.coverage.skipped, []);
    let tell = |placed: &Placed| format!("{placed:?} {}", placed.finding.secret.tag(b""));
    (
        outcome.findings.iter().map(tell).collect(),
        outcome.coverage.overlapped,
    )
}

#[track_caller]
fn check(name: &str, bytes: &[u8], chunks: &[usize]) -> BTreeSet<String> {
    let world = World::new();
    world.write(name, bytes);
    let (whole, overlapped) = told(&source(&world, name, 64 * MIB), 64 * MIB);
    for &chunk_bytes in chunks {
        let given = source(&world, name, chunk_bytes);
        let (parts, n) = told(&given, chunk_bytes);
        same(&whole, &parts, &format!("chunks of {chunk_bytes} bytes"));
        assert_eq!(n, overlapped);
    }
    let place = Place {
        path: world.path(name).to_string_lossy().into_owned().into_bytes(),
        ..Place::default()
    };
    let (stream, _) = told(&Stream::new(Cursor::new(bytes.to_vec()), place), MIB);
    same(&whole, &stream, "a stream");
    let rules = whole
        .iter()
        .map(|told| told.split("rule: RuleIndex(").nth(1));
    rules.flatten().map(|rest| rest[..2].to_owned()).collect()
}

fn source(world: &World, name: &str, chunk_bytes: usize) -> Files {
    let mut files = Files::new(vec![world.path(name)]);
    files.chunk_bytes = chunk_bytes as u64;
    files
}

#[track_caller]
fn same(whole: &[String], parts: &[String], how: &str) {
    for (one, other) in whole.iter().zip(parts) {
        assert_eq!(one, other, "{how}");
    }
    assert_eq!(whole.len(), parts.len(), "{how}");
}

#[test]
fn size_of_chunks_changes_no_finding() {
    let mut rules = BTreeSet::new();
    for seed in 0..rounds().div_ceil(32) {
        rules.extend(check(
            ".env",
            &text(Form::Utf8, seed * 10),
            &[MIB, MIB + 12_345, 3 * MIB],
        ));
    }
    assert!(rules.len() >= 7, "only rules {rules:?} found anything");
}

#[test]
fn size_of_chunks_changes_no_finding_in_wide_text() {
    for (seed, form) in [Form::Utf16Le, Form::Utf16Be, Form::Utf32Le]
        .into_iter()
        .enumerate()
    {
        for round in 0..rounds().div_ceil(64) {
            check("wide", &text(form, 10 * seed as u64 + 100 * round), &[MIB]);
        }
    }
}

#[test]
fn character_that_is_cut_by_a_border_counts_once() {
    // One line of pairs of surrogates, each of which may be cut: columns would be wrong after it.
    for lead in ["", "x"] {
        let mut text = Text::new(Form::Utf16Le, 0);
        text.push(lead);
        while text.bytes.len() < 3 * MIB {
            text.push("\u{1f511}");
        }
        text.push(&format!(" {}", token(1)));
        check("pairs", &text.bytes, &[MIB]);
    }
    let text = format!("x{} {}", "\u{1f511}".repeat(3 * MIB / 4), token(1));
    check("pairs", text.as_bytes(), &[MIB]);
}

#[test]
fn value_at_every_byte_around_a_border_is_found_once() {
    let value = token(1);
    for start in (MIB - value.len() - 3..MIB + 3).step_by(4) {
        let mut bytes = b"x".repeat(start - 1);
        bytes.extend(format!("\n{value}\n").bytes());
        bytes.resize(MIB + 400_000, b'y');
        let rules = check("a", &bytes, &[MIB]);
        assert_eq!(rules.len(), 1, "at {start}");
    }
}
