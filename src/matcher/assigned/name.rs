//! The name around a word: where it begins and ends, and what stands before it.

use std::ops::Range;

use crate::matcher::assigned::Text;
use crate::rule::byteset::ByteSet;

/// How far a name reaches from the word in it, in bytes either side.
const NAME_MAX: usize = 64;
/// Words this short stand in many others (`monkey`, `compass`), so they must begin where a word does.
const SHORT: usize = 4;
/// How far before a name is looked for what introduces it, in bytes.
const INTRODUCTION_MAX: usize = 64;

/// What stands before a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing on its line, or only what lines of configurations begin with.
    LineStart,
    /// A word that lets a value follow after a blank: `ENV`, `#define`, `--`.
    Introduction,
    /// `?` or `&` of a query.
    Query,
    /// `<` of an element.
    Tag,
    /// `define(` or the brace of a tuple: a value may follow after a comma.
    Definition,
    /// Anything else.
    Other,
}

/// Words after which `name value` is an assignment.
const INTRODUCTIONS: &[&[u8]] = &[
    b"arg", b"def", b"define", b"env", b"set", b"setenv", b"setq", b"setx",
];
/// Words with which lines of configurations begin.
const STARTS: &[&[u8]] = &[
    b"declare",
    b"environment",
    b"env",
    b"export",
    b"global",
    b"let",
    b"local",
    b"readonly",
    b"var",
];

/// What may stand between them.
const BREAKS: ByteSet = ByteSet::of(b" \t\r-#;*/\"'`:$@!(%=\\");

/// Whether a word is one by itself: it ends where it seems to and, if it is short, begins there.
pub(super) fn is_whole(text: &Text<'_>, word: &Range<usize>) -> bool {
    let last = text.bytes[word.end - 1];
    let mut next = text.at(word.end);
    // A plural says the same.
    if matches!(next, b's' | b'S') && last.is_ascii_lowercase() == next.is_ascii_lowercase() {
        next = text.at(word.end + 1);
    }
    let ends = !next.is_ascii_alphabetic()
        || next.is_ascii_uppercase() && last.is_ascii_lowercase()
        // In `APIKeyFor` and `DBPASSWORDs` the case says less.
        || next.is_ascii_lowercase() && last.is_ascii_uppercase() && word.len() > SHORT;
    if !ends || word.len() > SHORT || !last.is_ascii() {
        return ends;
    }
    let first = text.bytes[word.start];
    let Some(before) = word.start.checked_sub(1).map(|at| text.bytes[at]) else {
        return true;
    };
    let hump =
        first.is_ascii_uppercase() && (before.is_ascii_lowercase() || last.is_ascii_lowercase());
    !before.is_ascii_alphabetic() || hump
}

/// Whether a byte is part of names: of identifiers, kebab-case and dotted keys, in any script.
fn in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$') || byte >= 0x80
}

/// Whether a wide colon or equals sign stands here, as East Asian texts have it.
pub(super) fn is_wide_sign(text: &Text<'_>, at: usize) -> bool {
    text.at(at) == 0xEF && text.at(at + 1) == 0xBC && matches!(text.at(at + 2), 0x9A | 0x9D)
}

/// One past the last byte of the name that goes on at `at`.
pub(super) fn end(text: &Text<'_>, at: usize) -> usize {
    let mut end = at;
    while end < at + NAME_MAX {
        match text.at(end) {
            // `key->` and `key-=` bind, and `secret...` begins no further key.
            b'-' | b'.' if !in_name(text.at(end + 1)) => break,
            0xEF if is_wide_sign(text, end) => break,
            byte if !in_name(byte) => break,
            _ => end += 1,
        }
    }
    end
}

/// The first byte of the name that holds the byte at `at`, not before `low`.
pub(super) fn start(bytes: &[u8], low: usize, at: usize) -> usize {
    let low = low.max(at.saturating_sub(NAME_MAX));
    let mut start = at;
    while start > low && in_name(bytes[start - 1]) {
        start -= 1;
    }
    start
}

/// Whether a value may follow the name that begins at `start` after a mere blank.
pub(super) fn is_introduced(bytes: &[u8], low: usize, start: usize) -> bool {
    if bytes.get(start) == Some(&b'-') {
        return true;
    }
    let before = &bytes[low.max(start.saturating_sub(INTRODUCTION_MAX))..start];
    let line = memchr::memrchr(b'\n', before).map_or(before, |at| &before[at + 1..]);
    let mut words = line.rsplit(|byte| matches!(byte, b' ' | b'\t'));
    // What the name is glued to: `set //host/:_authToken …`.
    let glued = words.next().unwrap_or_default();
    let mut words = words.filter(|word| !word.is_empty());
    let Some(mut word) = words.next() else {
        return false;
    };
    if word.starts_with(b"-") && glued.is_empty() {
        word = words.next().unwrap_or_default();
    }
    let command = is(last_word(word), INTRODUCTIONS) && (glued.is_empty() || glued.ends_with(b":"));
    // `machine host login name password …`, see the manual of ftp, section .netrc.
    command || glued.is_empty() && words.next().is_some_and(|word| word == b"login")
}

/// Whether the name that begins at `start` may bind by a mere blank: most words of prose may not.
pub(super) fn may_bind_by_blank(bytes: &[u8], low: usize, start: usize) -> bool {
    let before = bytes[low..start].iter().rev();
    let first = before.clone().find(|&&byte| !matches!(byte, b' ' | b'\t'));
    first.is_none_or(|&byte| byte == b'\n') || is_introduced(bytes, low, start)
}

/// Whether the name that begins at `start` is that of an element, perhaps with a namespace.
pub(super) fn is_tag(bytes: &[u8], start: usize) -> bool {
    let before = &bytes[start.saturating_sub(INTRODUCTION_MAX)..start];
    let prefix = match before.split_last() {
        Some((b':', rest)) => rest,
        _ => before,
    };
    let letters = prefix
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric());
    let n_letters = if prefix.len() < before.len() {
        letters.count()
    } else {
        0
    };
    prefix[..prefix.len() - n_letters].ends_with(b"<")
}

/// Whether the name that begins at `start` is defined by the value that follows a comma.
fn is_defined(before: &[u8]) -> bool {
    match before.split_last() {
        Some((b'{', _)) => true,
        Some((b'(', rest)) => is(last_word(rest), &[b"define"]),
        _ => false,
    }
}

impl Before {
    /// What stands before the name that begins at `start`.
    pub(super) fn of(bytes: &[u8], low: usize, start: usize) -> Self {
        let low = low.max(start.saturating_sub(INTRODUCTION_MAX));
        let before = &bytes[low..start];
        let cut = low > 0;
        let line = memchr::memrchr(b'\n', before);
        let whole = line.is_some() || !cut;
        let before = line.map_or(before, |at| &before[at + 1..]);
        match before.last() {
            Some(b'?' | b'&') => return Self::Query,
            Some(b';') if before.ends_with(b"&amp;") => return Self::Query,
            Some(b'<' | b'/') if before.contains(&b'<') => return Self::Tag,
            _ => {}
        }
        if is_defined(before) {
            return Self::Definition;
        }
        if is_introduced(bytes, low, start) {
            return Self::Introduction;
        }
        if is_tag(bytes, start) {
            return Self::Tag;
        }
        let mut words = before.split(|byte| BREAKS.contains(*byte));
        if whole && words.all(|word| word.is_empty() || is(word, STARTS)) {
            Self::LineStart
        } else {
            Self::Other
        }
    }
}

/// The last letters of a text, without blanks after them.
fn last_word(text: &[u8]) -> &[u8] {
    let blanks = text.iter().rev();
    let n_blanks = blanks
        .take_while(|&&byte| matches!(byte, b' ' | b'\t'))
        .count();
    let text = &text[..text.len() - n_blanks];
    let start = text.iter().rposition(|byte| !byte.is_ascii_alphabetic());
    &text[start.map_or(0, |at| at + 1)..]
}

fn is(word: &[u8], of: &[&[u8]]) -> bool {
    of.iter()
        .any(|known| known.len() == word.len() && known.eq_ignore_ascii_case(word))
}
