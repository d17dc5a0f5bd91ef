//! Throughput by stage on one core: what reading costs at all, a plain automaton with the same
//! literals, our matcher, and the whole scan.
//!
//! `LEAKGATE_BENCH_TREE=folder cargo bench --bench scan -- --sort location` searches the text files of a
//! folder and tells the stages in their order.

mod text;

use std::sync::LazyLock;

use aho_corasick::automaton::Automaton;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Anchored, dfa};
use divan::counter::BytesCount;
use divan::{Bencher, Divan, black_box};
use leakgate::config::Limits;
use leakgate::finding::Locals;
use leakgate::matcher::Matcher;
use leakgate::randomness;
use leakgate::rule;
use leakgate::rule::model::Anchor;
use leakgate::scan::Scanner;

/// Each row reads the text so often.
const SAMPLES: u32 = 15;

static TEXT: LazyLock<text::Text> = LazyLock::new(|| text::text(64 << 20, 16 << 20));

fn main() {
    let mib = TEXT.bytes.len() as f64 / f64::from(1 << 20);
    #[expect(clippy::print_stdout, reason = "a bench reports to its terminal")]
    {
        println!("{mib:.0} MiB: {}; {} literals", TEXT.name, literals().len());
    }
    Divan::default()
        .sample_count(SAMPLES)
        .sample_size(1)
        .config_with_args()
        .main();
}

/// Measures one way to search the text.
fn row(bencher: Bencher<'_, '_>, mut search: impl FnMut(&[u8]) -> usize) {
    bencher
        .counter(BytesCount::of_slice(&TEXT.bytes))
        .bench_local(|| search(black_box(&TEXT.bytes)));
}

/// All anchors of the rules that come with leakgate, each once.
fn anchors() -> Vec<Anchor> {
    let ruleset = rule::builtin(&[]).expect("the rules that come with leakgate load");
    let texts = ruleset.rules.iter().filter_map(|rule| rule.text());
    let mut anchors = Vec::new();
    for anchor in texts.flat_map(|text| &text.anchors) {
        if !anchors.contains(anchor) {
            anchors.push(anchor.clone());
        }
    }
    anchors
}

fn literals() -> Vec<Vec<u8>> {
    let literal = |anchor| match anchor {
        Anchor::Literal { bytes, .. } => Some(bytes),
        Anchor::Run { .. } => None,
    };
    anchors().into_iter().filter_map(literal).collect()
}

fn automaton(fold: bool) -> AhoCorasick {
    AhoCorasick::builder()
        .kind(Some(AhoCorasickKind::DFA))
        .prefilter(false)
        .ascii_case_insensitive(fold)
        .build(literals())
        .expect("a few hundred literals fit")
}

fn matcher(wanted: fn(&Anchor) -> bool) -> impl FnMut(&[u8]) -> usize {
    let matcher = Matcher::new(&anchors().into_iter().filter(wanted).collect::<Vec<_>>());
    move |bytes| {
        let mut n = 0;
        matcher.find(bytes, 0..bytes.len(), &mut |_| n += 1);
        n
    }
}

#[divan::bench]
fn newlines_memchr(bencher: Bencher<'_, '_>) {
    row(bencher, |bytes| memchr::memchr_iter(b'\n', bytes).count());
}

#[divan::bench]
fn one_literal_memmem(bencher: Bencher<'_, '_>) {
    row(bencher, |bytes| {
        memchr::memmem::find_iter(bytes, "ghp_").count()
    });
}

#[divan::bench]
fn literals_dfa(bencher: Bencher<'_, '_>) {
    let dfa = automaton(false);
    row(bencher, |bytes| dfa.find_overlapping_iter(bytes).count());
}

#[divan::bench]
fn literals_dfa_folded(bencher: Bencher<'_, '_>) {
    let dfa = automaton(true);
    row(bencher, |bytes| dfa.find_overlapping_iter(bytes).count());
}

/// Four parts of the text in step; what lies across their ends is left out.
#[divan::bench]
fn literals_dfa_four_lanes(bencher: Bencher<'_, '_>) {
    let dfa = dfa::DFA::builder().prefilter(false).build(literals());
    let dfa = dfa.expect("a few hundred literals fit");
    let start = dfa.start_state(Anchored::No);
    let start = start.expect("it searches without an anchor");
    row(bencher, |bytes| {
        let mut lanes = bytes.chunks_exact((bytes.len() / 4).max(1));
        let mut lane = || lanes.next().unwrap_or_default().iter();
        let (a, b, c, d) = (lane(), lane(), lane(), lane());
        let mut states = [start; 4];
        let mut n = 0;
        for (((a, b), c), d) in a.zip(b).zip(c).zip(d) {
            for (state, byte) in states.iter_mut().zip([a, b, c, d]) {
                *state = dfa.next_state(Anchored::No, *state, *byte);
                if dfa.is_special(*state) && dfa.is_match(*state) {
                    n += dfa.match_len(*state);
                }
            }
        }
        n
    });
}

#[divan::bench]
fn matcher_literals(bencher: Bencher<'_, '_>) {
    let literals = |anchor: &Anchor| matches!(anchor, Anchor::Literal { .. });
    row(bencher, matcher(literals));
}

#[divan::bench]
fn matcher_runs(bencher: Bencher<'_, '_>) {
    let runs = |anchor: &Anchor| matches!(anchor, Anchor::Run { .. });
    row(bencher, matcher(runs));
}

#[divan::bench]
fn matcher_whole(bencher: Bencher<'_, '_>) {
    row(bencher, matcher(|_| true));
}

/// As if every 40 bytes were a value.
#[divan::bench]
fn randomness_of_values(bencher: Bencher<'_, '_>) {
    row(bencher, |bytes| {
        let values = bytes.chunks(40);
        values
            .filter(|value| randomness::score(value) > 1.0)
            .count()
    });
}

#[divan::bench]
fn scan(bencher: Bencher<'_, '_>) {
    let ruleset = rule::builtin(&[]).expect("the rules that come with leakgate load");
    let scanner = Scanner::new(ruleset, Limits::default());
    let (mut scratch, mut locals) = (scanner.scratch(), Locals::default());
    row(bencher, |bytes| {
        scanner.scan(bytes, &mut scratch, &mut locals);
        locals.found.len()
    });
}
