//! Inline marks: comments in which the author of a text says that a finding is none.
//!
//! Our own mark is `leakgate:allow`, optionally `leakgate:allow RULE: reason`. The marks of other
//! scanners are understood too. A mark counts on the line of the finding, or alone on the line
//! above; lines of more than 1,000 bytes have no marks, so that one mark cannot silence a whole
//! minified file.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::finding::Suppression;
use crate::rule::{Rule, Ruleset};

/// Lines longer than this have no marks, in bytes.
const LINE_BYTES_MAX: usize = 1_000;

/// Marks that silence every finding of their line, and of the next where they stand alone.
static MARKS: &[&str] = &[
    "betterleaks:allow",
    "ggignore",
    "gitleaks:allow",
    "kingfisher:ignore",
    "leakgate:allow",
    "pragma: allowlist secret",
    "trufflehog:ignore",
];

static SEARCH: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(MARKS).expect("a few short marks make an automaton"));

/// Silences the findings of the next line, whatever else stands on its own.
const NEXT_LINE: &str = "pragma: allowlist nextline secret";

/// Our own mark, which may name a rule and give a reason.
const OWN: &str = "leakgate:allow";

/// The suppression of a finding of `rule` at `span`, if a mark asks for one.
pub(super) fn suppression(
    text: &[u8],
    span: &Range<usize>,
    ruleset: &Ruleset,
    rule: &Rule,
) -> Option<Suppression> {
    let first = line_at(text, span.start);
    let last = line_at(text, span.end.saturating_sub(1).max(span.start));
    let own = [first.clone(), last]
        .into_iter()
        .find_map(|line| read(text, line?, Line::Own, (ruleset, rule)));
    own.or_else(|| {
        let start = first?.start;
        let above = line_at(text, start.checked_sub(1)?)?;
        read(text, above, Line::Above, (ruleset, rule))
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Own,
    Above,
}

/// The line that holds the byte at `at`, without its line feed, unless it is too long.
fn line_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let low = at.saturating_sub(LINE_BYTES_MAX + 1);
    let high = (at + LINE_BYTES_MAX + 1).min(text.len());
    let start = match memchr::memrchr(b'\n', text.get(low..at)?) {
        Some(before) => low + before + 1,
        None if low == 0 => 0,
        None => return None,
    };
    let end = match memchr::memchr(b'\n', text.get(at..high)?) {
        Some(after) => at + after,
        None if high == text.len() => high,
        None => return None,
    };
    (end - start <= LINE_BYTES_MAX).then_some(start..end)
}

/// Looks for a mark on a line.
fn read(
    text: &[u8],
    line: Range<usize>,
    which: Line,
    (ruleset, rule): (&Ruleset, &Rule),
) -> Option<Suppression> {
    let line = &text[line];
    if which == Line::Above && find(line, NEXT_LINE).is_some() {
        return Some(Suppression {
            by: "mark",
            reason: None,
        });
    }
    for found in SEARCH.find_iter(line) {
        let alone = !line[..found.start()].iter().any(u8::is_ascii_alphanumeric);
        if which == Line::Above && !alone {
            continue;
        }
        if MARKS[found.pattern().as_usize()] != OWN {
            return Some(Suppression {
                by: "mark",
                reason: None,
            });
        }
        if let Some(reason) = own_mark(&line[found.end()..], ruleset, rule) {
            return Some(Suppression { by: "mark", reason });
        }
    }
    None
}

fn find(line: &[u8], mark: &str) -> Option<usize> {
    memchr::memmem::find(line, mark.as_bytes())
}

/// Reads what follows our own mark: `None` where it names another rule, else the reason it gives.
fn own_mark(rest: &[u8], ruleset: &Ruleset, rule: &Rule) -> Option<Option<String>> {
    let rest = String::from_utf8_lossy(rest);
    let spaced = rest.starts_with([' ', '\t', ':']);
    let rest = rest.trim_start_matches([' ', '\t', ':']).trim_end();
    let id_end = rest
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
        .unwrap_or(rest.len());
    let (word, after) = rest.split_at(id_end);
    let after = after.trim_start();
    let named = spaced && (after.starts_with(':') || ruleset.position(word).is_some());
    if named && word != rule.id {
        // A rule that does not exist silences nothing: it may be a slip.
        return None;
    }
    let reason = if named {
        after.trim_start_matches(':')
    } else {
        rest
    };
    let reason = reason.trim_matches(|c: char| c.is_whitespace() || "*/->#".contains(c));
    Some((!reason.is_empty()).then(|| reason.to_owned()))
}
