//! What dense hostile text costs: each rule's anchors over and over, and values that nearly match.
//!
//! Ordinary text of the same size is scanned in the same process; a text that is scanned at less than
//! a twentieth of its speed is marked. `LEAKGATE_BENCH_TREE` names a folder of ordinary text, and a
//! word on the command line the rules that are tried.

mod text;

use std::time::Instant;

use fastrand::Rng;
use leakgate::config::Limits;
use leakgate::finding::Locals;
use leakgate::rule;
use leakgate::rule::model::{Anchor, Text};
use leakgate::scan::{Scanner, Scratch};
use regex_syntax::hir::{Class, Hir, HirKind};

/// Size of each text, in bytes.
const SIZE: usize = 16 << 20;
/// Each text is scanned so often, and the best time counts.
const ROUNDS: usize = 3;
/// Values in a row before they repeat.
const VALUES: usize = 100;
/// Least speed on hostile text, as a share of that on ordinary text.
const SPEED_MIN: f64 = 1.0 / 20.0;

#[expect(clippy::print_stdout, reason = "a bench reports to its terminal")]
fn main() {
    let wanted: Vec<_> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let ruleset = rule::builtin(&[]).expect("the rules that come with leakgate load");
    let scanner = Scanner::new(ruleset, Limits::default());
    let mut scratch = scanner.scratch();
    let ordinary = text::text(SIZE, SIZE);
    let (speed, _) = measure(&scanner, &mut scratch, &ordinary.bytes);
    println!("{speed:.0} MB/s on ordinary text: {}", ordinary.name);
    let (mut n_texts, mut n_slow) = (0, 0);
    for rule in &scanner.ruleset().rules {
        let named = wanted.is_empty() || wanted.iter().any(|word| rule.id.contains(word));
        for (case, unit) in rule.text().filter(|_| named).map(units).unwrap_or_default() {
            let bytes: Vec<u8> = unit.into_iter().cycle().take(SIZE).collect();
            let (own, n) = measure(&scanner, &mut scratch, &bytes);
            let slow = own < speed * SPEED_MIN;
            n_texts += 1;
            n_slow += usize::from(slow);
            let (id, share, mark) = (&rule.id, own / speed, if slow { " SLOW" } else { "" });
            println!("{own:7.0} MB/s {share:6.3} {n:7} found {id}: {case}{mark}");
        }
    }
    println!("{n_slow} of {n_texts} texts below {SPEED_MIN} of ordinary speed");
}

/// The speed of the scan, in MB/s, and how much it found, up to the limit on one blob.
fn measure(scanner: &Scanner, scratch: &mut Scratch, bytes: &[u8]) -> (f64, usize) {
    let mut locals = Locals::default();
    let seconds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        scanner.scan(bytes, scratch, &mut locals);
        start.elapsed().as_secs_f64()
    });
    let best = seconds.fold(f64::INFINITY, f64::min);
    (bytes.len() as f64 / 1e6 / best, locals.found.len())
}

/// What a hostile text for a rule repeats, with a word for each.
fn units(text: &Text) -> Vec<(String, Vec<u8>)> {
    let mut random = Rng::with_seed(0);
    let mut units = Vec::new();
    let joints: [(_, &[u8]); 3] = [("nothing", b""), ("spaces", b" "), ("line feeds", b"\n")];
    if let Some(anchor) = text.anchors.first() {
        let anchor = dense(anchor, &mut random);
        for (name, joint) in joints {
            units.push((format!("anchors and {name}"), [&anchor, joint].concat()));
        }
    }
    let Some(pattern) = &text.pattern else {
        return units;
    };
    let mut values: Vec<Vec<u8>> = vec![Vec::new(); VALUES];
    values
        .iter_mut()
        .for_each(|value| generate(&pattern.hir, &mut random, value));
    for (name, joint) in joints {
        let unit = |value: &Vec<u8>| [&value[..value.len() * 9 / 10], joint].concat();
        let cut = values.iter().flat_map(unit).collect();
        units.push((format!("cut values and {name}"), cut));
    }
    // Most of these have a wrong checksum, or stand without their context.
    let unit = |value: &Vec<u8>| [value, &b"\n"[..]].concat();
    let unchecked = values.iter().flat_map(unit).collect();
    units.push(("random values and line feeds".to_owned(), unchecked));
    units
}

/// The shortest text that is this anchor.
fn dense(anchor: &Anchor, random: &mut Rng) -> Vec<u8> {
    match anchor {
        Anchor::Literal { bytes, .. } => bytes.clone(),
        Anchor::Run { class, min } => {
            let class: Vec<u8> = class.iter().collect();
            (0..*min)
                .filter_map(|_| random.choice(&class))
                .copied()
                .collect()
        }
    }
}

/// Adds a random text that `hir` matches.
fn generate(hir: &Hir, random: &mut Rng, value: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Unicode(_)) => {}
        HirKind::Literal(literal) => value.extend_from_slice(&literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            let bytes = class.ranges().iter().flat_map(|r| r.start()..=r.end());
            let graphic: Vec<u8> = bytes.clone().filter(u8::is_ascii_graphic).collect();
            value.extend(random.choice(graphic).or_else(|| bytes.min()));
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 8);
            for _ in 0..random.u32(repetition.min..=most) {
                generate(&repetition.sub, random, value);
            }
        }
        HirKind::Capture(capture) => generate(&capture.sub, random, value),
        HirKind::Concat(parts) => parts.iter().for_each(|part| generate(part, random, value)),
        HirKind::Alternation(parts) => {
            if let Some(part) = random.choice(parts) {
                generate(part, random, value);
            }
        }
    }
}
