//! The rules that come with leakgate: every text that a pattern matches is seen by its anchors, and
//! versions and explanations are as exact as under the rules made up for these tests.

use fastrand::Rng;
use leakgate::config::Limits;
use leakgate::matcher::refusal::Refusal;
use leakgate::rule::Detect;
use leakgate::rule::model::{Anchor, Reach, Text};
use regex_automata::nfa::thompson::pikevm::PikeVM;
use regex_automata::nfa::thompson::{self};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::edits::Editor;
use crate::semantics::check_explained;
use crate::versions::check;
use crate::{Bench, rounds};

fn bench() -> Bench {
    let ruleset = leakgate::rule::builtin(&[]).expect("the rules of this version load");
    Bench::of(ruleset, Limits::default())
}

/// Adds a random text of the form of `hir`, as if its assertions did not matter.
fn write(hir: &Hir, random: &mut Rng, out: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) | HirKind::Class(Class::Unicode(_)) => {}
        HirKind::Literal(literal) => out.extend_from_slice(&literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.ranges();
            let range = ranges[random.usize(..ranges.len())];
            let plain = (b' '..=b'~').filter(|&byte| range.start() <= byte && byte <= range.end());
            let plain: Vec<u8> = plain.collect();
            out.push(match plain.len() {
                0 => random.u8(range.start()..=range.end()),
                n => plain[random.usize(..n)],
            });
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + 20);
            // Short ones, long ones and all between.
            let most = if random.bool() {
                most
            } else {
                most.min(repetition.min + 8)
            };
            for _ in 0..random.u32(repetition.min..=most) {
                write(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, random, out)),
        HirKind::Alternation(parts) => write(&parts[random.usize(..parts.len())], random, out),
    }
}

fn engine(regex: &str) -> PikeVM {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    PikeVM::builder()
        .syntax(syntax.multi_line(true))
        .thompson(thompson::Config::new().utf8(false))
        .build(regex)
        .expect("patterns are parsed at load")
}

/// A text alone on its lines that the pattern matches from its beginning to its end.
fn matching(text: &Text, engine: &PikeVM, random: &mut Rng) -> Option<Vec<u8>> {
    let pattern = text.pattern.as_ref()?;
    let mut cache = engine.create_cache();
    (0..50).find_map(|_| {
        let mut bytes = b"\n".to_vec();
        write(&pattern.hir, random, &mut bytes);
        bytes.push(b'\n');
        let whole = 1..bytes.len() - 1;
        let one_line = !bytes[whole.clone()].contains(&b'\n');
        let input = Input::new(&bytes)
            .span(whole.clone())
            .anchored(Anchored::Yes);
        let mut slots = [None; 2];
        engine.search_slots(&mut cache, &input, &mut slots)?;
        let end = slots[1]?.get();
        let in_reach = one_line || matches!(text.reach, Reach::Across { .. });
        (end == whole.end && in_reach).then_some(bytes)
    })
}

#[test]
fn whatever_a_pattern_matches_is_seen_by_an_anchor() {
    let mut bench = bench();
    let n_rules = bench.scanner.ruleset().rules.len();
    for index in 0..n_rules {
        let rule = &bench.scanner.ruleset().rules[index];
        let Detect::Text(text) = &rule.detect else {
            continue;
        };
        let Some(pattern) = &text.pattern else {
            continue;
        };
        let engine = engine(&pattern.regex);
        for round in 0..rounds(20).min(2_000) {
            let mut random = Rng::with_seed(round);
            let Some(bytes) = matching(text, &engine, &mut random) else {
                continue;
            };
            let mut seen = false;
            bench
                .scanner
                .explain(&bytes, &mut bench.scratch, &mut |rule, _, verdict| {
                    let form = [Refusal::NoMatch, Refusal::InsideWord];
                    let judged = match verdict {
                        Ok(_) => true,
                        Err(Refusal::Form { .. }) => false,
                        Err(refusal) => !form.contains(&refusal),
                    };
                    seen |= rule.0 as usize == index && judged;
                });
            let shown = String::from_utf8_lossy(&bytes);
            assert!(
                seen,
                "round {round}: rule {} does not see {shown:?}",
                rule.id
            );
        }
    }
}

/// Adds one of a rule's words, and perhaps something that is assigned to it.
fn assignment(text: &Text, random: &mut Rng, out: &mut Vec<u8>) {
    let starts = ["", "db_", "--", "\"", "<", "?", "ENV ", "my"];
    let binders = [
        "=",
        ": ",
        "\": \"",
        " = '",
        "(\"",
        ">",
        " := `",
        " ",
        "\", \"",
        "\" value=\"",
        "s: ",
        "_x=",
        ": str = \"",
    ];
    let ends = ["\"", "'", "\n", "<", " ", "&", ",", "`", "\\\""];
    out.extend_from_slice(starts[random.usize(..starts.len())].as_bytes());
    if let Some(Anchor::Literal { bytes, .. }) =
        text.anchors.get(random.usize(..text.anchors.len()))
    {
        out.extend_from_slice(bytes);
    }
    out.extend_from_slice(binders[random.usize(..binders.len())].as_bytes());
    let len = random.usize(..45);
    out.extend(
        (0..len).map(|_| b"0123456789abcdefABCDEFGHghijklmnopqrstuvwxyz-/.$"[random.usize(..48)]),
    );
    out.extend_from_slice(ends[random.usize(..ends.len())].as_bytes());
}

/// Adds something like a value of some rule, one of its samples, or what may stand between them.
fn fragment(texts: &[(&Text, &[String])], random: &mut Rng, out: &mut Vec<u8>) {
    let (text, samples) = texts[random.usize(..texts.len())];
    let from = out.len();
    match (random.u8(..10), &text.pattern, &text.context) {
        (0..=4, Some(pattern), _) => write(&pattern.hir, random, out),
        (0..=4, None, _) if text.assigned.is_some() => assignment(text, random, out),
        (0..=4, None, _) => {
            let complete = text.validator.and_then(|validator| validator.complete);
            let mut value: Vec<u8> = (0..16).map(|_| random.u8(..)).collect();
            if let Some(complete) = complete {
                complete(&mut value);
                out.append(&mut value);
            }
        }
        (5, _, _) if !samples.is_empty() => {
            out.extend_from_slice(samples[random.usize(..samples.len())].as_bytes());
        }
        (5 | 6, _, Some(context)) => {
            let word = &context.words[random.usize(..context.words.len())];
            out.extend_from_slice(word.as_bytes());
        }
        (7, _, _) => out.resize(from + random.usize(..600), b'x'),
        (_, _, _) => {
            let fillers = [" ", "\n", "\n  ", ": ", "=", "\"", "\n\n", "\r\n", "key"];
            out.extend_from_slice(fillers[random.usize(..fillers.len())].as_bytes());
        }
    }
    // Now and then it is torn.
    if random.u8(..8) == 0 && out.len() > from {
        out.truncate(random.usize(from..out.len()));
    }
}

#[test]
fn versions_and_explanations_equal_full_scans() {
    let mut bench = bench();
    let ruleset = leakgate::rule::builtin(&[]).expect("the rules of this version load");
    let rules = ruleset.rules.iter();
    let texts: Vec<(&Text, &[String])> = rules
        .filter_map(|rule| Some((rule.text()?, rule.negatives.as_slice())))
        .collect();
    let mut n_found = 0;
    for round in 0..rounds(20) {
        let mut random = Rng::with_seed(round);
        let mut base = Vec::new();
        for _ in 0..random.usize(..120) {
            fragment(&texts, &mut random, &mut base);
        }
        let mut locals = bench.scan(&base);
        for _ in 0..10 {
            check_explained(&mut bench, &base, round);
            n_found += locals.found.len();
            let editor = Editor {
                fragment: &|random, out| fragment(&texts, random, out),
                base: &base,
                locals: &locals,
            };
            let child = editor.edit(4, &mut random);
            locals = check(&mut bench, &locals, &child, round);
            base = child.bytes;
        }
    }
    assert!(n_found > 100, "only {n_found} values in all texts");
}
