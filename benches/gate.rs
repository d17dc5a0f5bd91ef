//! How much the reader of assignments misses that slow regular expressions see.
//!
//!     cargo run --release --example gate -- FOLDER
//!
//! The rules on assignments find values without any regular expression, so that most words are
//! turned away within a few bytes. This reads every file of a folder a second time with regular
//! expressions that know nothing of that: a name that holds one of the rule's words, whatever may
//! bind, and a value in quotation marks, bare, or between tags. What they see is judged by the same
//! judge; each value that it takes for a secret must be one that the scanner found, at the same
//! bytes. Prints, for each expression, how many values were judged to be secrets and how many of
//! these the scanner found too; with `--show N`, name and form of the first N that it did not.

use std::ops::Range;
use std::process::ExitCode;

use leakgate::config::Limits;
use leakgate::finding::Locals;
use leakgate::level::Confidence;
use leakgate::plausible::{Assignment, Quotes, Syntax, Wanted, judge};
use leakgate::rule::Ruleset;
use leakgate::rule::model::Anchor;
use leakgate::scan::Scanner;
use regex::bytes::{Captures, Regex, RegexBuilder};

/// Longest line that is read, in bytes; the expressions are slow.
const LINE_MAX: usize = 2_000;

/// A slow reader. `WORD` stands for the words; groups `n` and `v` are name and value.
const READERS: &[(&str, Syntax, Quotes, &str)] = &[
    (
        "quoted",
        Syntax::Equals,
        Quotes::Quoted,
        r#"(?i)(?P<n>[\w$.-]{0,60}(?P<w>WORD)s?[\w$.-]{0,60})["'`\]\)\\]{0,4}\s{0,20}(?::|=|:=|=>|={2,3}|!==?|\?\?|\|\||\?=|\+=|->|<-)\s{0,20}[bruL@$&]{0,2}["'`](?P<v>[^"'`\\\s]{6,300})["'`]"#,
    ),
    (
        "typed",
        Syntax::Equals,
        Quotes::Quoted,
        r#"(?i)(?P<n>[\w$]{0,60}(?P<w>WORD)s?[\w$]{0,60})(?:\s?:\s?|\s|\s?\[)[\w .:&'<>\[\]|?*]{1,40}?=\s?["'](?P<v>[^"'`\\\s]{6,300})["']"#,
    ),
    (
        "called",
        Syntax::Call,
        Quotes::Quoted,
        r#"(?i)(?P<n>[\w$.-]{0,60}(?P<w>WORD)s?[\w$.-]{0,60})(?:\(\s?|["']\s?,\s?)["'](?P<v>[^"'`\\\s]{6,300})["']"#,
    ),
    (
        "bare",
        Syntax::Colon,
        Quotes::Bare,
        r#"(?i)(?P<n>[\w$.-]{0,60}(?P<w>WORD)s?[\w$.-]{0,60})["']?\s{0,20}(?::|=)\s{0,20}(?P<v>[^\s"'`,;(){}<>&\[\]\\]{6,300})(?:\s|$)"#,
    ),
    (
        "tagged",
        Syntax::Element,
        Quotes::Quoted,
        r"(?i)<(?P<n>[\w.:-]{0,60}(?P<w>WORD)s?[\w.-]{0,60})>\s*(?P<v>[^<\s]{6,300})\s*</",
    ),
    (
        "named",
        Syntax::Named,
        Quotes::Quoted,
        r#"(?i)["'](?P<n>[\w.-]{0,60}(?P<w>WORD)s?[\w.-]{0,60})["'],?\s{1,4}["']?value["']?\s?[:=]\s?["'](?P<v>[^"'`\\\s]{6,300})["']"#,
    ),
];

/// One rule with its expressions.
struct Slow {
    rule: u32,
    wanted: Wanted,
    compiled: Vec<Regex>,
}

#[derive(Clone, Copy, Default)]
struct Count {
    n_judged: usize,
    n_found: usize,
}

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (folder, mut n_shown) = match words.as_slice() {
        [folder] => (folder, 0),
        [folder, flag, n] if flag == "--show" => (folder, n.parse().unwrap_or(0)),
        _ => {
            println!("usage: gate FOLDER [--show N]");
            return ExitCode::from(2);
        }
    };
    let ruleset = leakgate::rule::builtin(&[]).expect("the rules of this version load");
    let slow = slow(&ruleset);
    let scanner = Scanner::new(ruleset, Limits::default());
    let (mut scratch, mut locals) = (scanner.scratch(), Locals::default());
    let mut counts = [Count::default(); READERS.len()];
    for file in ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build()
    {
        let Some(bytes) = file.ok().and_then(|file| std::fs::read(file.path()).ok()) else {
            continue;
        };
        scanner.scan(&bytes, &mut scratch, &mut locals);
        read(&bytes, &slow, &mut |reader, slow, span| {
            let known = locals.found.iter().any(|local| {
                let same = local.start < span.end as u64 && (span.start as u64) < local.end;
                same && (local.rule.0 == slow.rule || local.confidence > Confidence::Low)
            });
            counts[reader].n_judged += 1;
            counts[reader].n_found += usize::from(known);
            if !known && n_shown > 0 {
                n_shown -= 1;
                let shown =
                    String::from_utf8_lossy(&bytes[span.start.saturating_sub(60)..span.end]);
                println!("{}: {shown:?}", READERS[reader].0);
            }
        });
    }
    for ((name, ..), count) in READERS.iter().zip(counts) {
        let (n, found) = (count.n_judged, count.n_found);
        let share = found as f64 / n.max(1) as f64;
        println!("{name:>8}: {n:>7} judged to be secrets, {found:>7} of them found, {share:.4}");
    }
    ExitCode::SUCCESS
}

/// The expressions of every rule that reads assignments.
fn slow(ruleset: &Ruleset) -> Vec<Slow> {
    let rules = ruleset.rules.iter().zip(0u32..);
    let slow = rules.filter_map(|(rule, index)| {
        let text = rule.text()?;
        let wanted = text.assigned?;
        let words = text.anchors.iter().filter_map(|anchor| match anchor {
            Anchor::Literal { bytes, .. } => Some(String::from_utf8_lossy(bytes).into_owned()),
            Anchor::Run { .. } => None,
        });
        let words = words.collect::<Vec<_>>().join("|");
        let compiled = READERS.iter().map(|(_, _, _, pattern)| {
            let pattern = pattern.replace("WORD", &words);
            RegexBuilder::new(&pattern)
                .unicode(false)
                .build()
                .expect("the expressions are well formed")
        });
        Some(Slow {
            rule: index,
            wanted,
            compiled: compiled.collect(),
        })
    });
    slow.collect()
}

/// Tells of every value that an expression sees and the judge takes for a secret.
fn read(bytes: &[u8], slow: &[Slow], tell: &mut impl FnMut(usize, &Slow, Range<usize>)) {
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        for slow in slow.iter().filter(|_| line.len() <= LINE_MAX) {
            for (reader, regex) in slow.compiled.iter().enumerate() {
                for captures in regex.captures_iter(line) {
                    if let Some(span) = secret(line, &captures, slow, reader) {
                        tell(reader, slow, at + span.start..at + span.end);
                    }
                }
            }
        }
        at += line.len();
    }
}

/// Where in the line the value of a match stands, if it is judged to be a secret.
fn secret(
    line: &[u8],
    captures: &Captures<'_>,
    slow: &Slow,
    reader: usize,
) -> Option<Range<usize>> {
    let (name, word, value) = (
        captures.name("n")?,
        captures.name("w")?,
        captures.name("v")?,
    );
    let (_, syntax, quotes, _) = READERS[reader];
    let assignment = Assignment {
        wanted: slow.wanted,
        syntax,
        quotes,
        name: name.as_bytes(),
        word: word.start() - name.start()..word.end() - name.start(),
        line,
        value: value.range(),
    };
    judge(&assignment).ok().map(|_| value.range())
}
