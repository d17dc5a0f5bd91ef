//! Where a bound value begins and ends.

use std::ops::Range;

use crate::matcher::assigned::Text;
use crate::matcher::assigned::bind::Bound;
use crate::matcher::assigned::name::Before;
use crate::plausible::{Quotes, Syntax};
use crate::rule::byteset::ByteSet;

/// The shortest value that is worth judging, in bytes.
const VALUE_MIN: usize = 6;
/// The longest value, in bytes; with all that may stand before it, less than the reach of a rule.
const VALUE_MAX: usize = 512;
/// How many brackets, casts and prefixes may stand before a quotation mark.
const OPENERS_MAX: usize = 4;
/// Longest name of a function around a value, in bytes.
const FUNCTION_MAX: usize = 40;
/// Words that say how a value is used, before it.
const SCHEMES: &[&str] = &[
    "bearer", "basic", "token", "apikey", "api-key", "key", "bot", "sso-key",
];

/// What ends a bare value in a query, on a line of its own, elsewhere, and in elements.
const IN_QUERY: ByteSet = ByteSet::of(b" \t\r&\"'#)<>]},;\\`|");
const IN_LINE: ByteSet = ByteSet::of(b" \t\r");
const IN_CODE: ByteSet = ByteSet::of(b" \t\r,;)]}\"'`<>&\\");
const IN_ELEMENT: ByteSet = ByteSet::of(b"<\r");
const IN_CDATA: ByteSet = ByteSet::of(b"]\r");

/// A value in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) quotes: Quotes,
    /// Without its quotes.
    pub(super) span: Range<usize>,
}

/// An opening quotation mark and how often its closing one is escaped.
struct Quote {
    mark: u8,
    backslashes: usize,
    /// Where the text in it begins.
    at: usize,
}

/// Whether what follows can be a value, as far as that shows without knowing what stands before it.
pub(super) fn may_be(text: &Text<'_>, bound: &Bound) -> bool {
    let at = text.skip_blanks(bound.at);
    bound.syntax == Syntax::Element
        || text.at(at) != b'\n' && (!bound.quoted_only || open(text, at).is_some())
}

/// Reads the value that was bound.
pub(super) fn read(text: &Text<'_>, bound: &Bound, before: Before) -> Option<Found> {
    let at = text.skip_blanks(bound.at);
    if bound.syntax == Syntax::Element {
        return element(text, at);
    }
    if let Some(quote) = open(text, at) {
        let quote = inner(text, quote);
        let quote = second(text, at, &quote).unwrap_or(quote);
        let start = scheme(text, quote.at);
        let end = close(text, start, &quote)?;
        return found(start..end, Quotes::Quoted);
    }
    if bound.quoted_only {
        return None;
    }
    let start = scheme(text, at);
    let end = match (bound.syntax, before) {
        (Syntax::Equals, Before::Query) => until(text, start, &IN_QUERY),
        (syntax, Before::LineStart | Before::Introduction) => {
            let end = until(text, start, &IN_LINE);
            let alone = text.at(text.skip_blanks(end)) == b'\n' || text.at(end) == b'\r';
            if syntax == Syntax::Space && before == Before::LineStart && !alone {
                // More words follow: that is prose.
                return None;
            }
            trimmed(text, start, end)
        }
        _ => until(text, start, &IN_CODE),
    };
    found(start..end, Quotes::Bare)
}

fn found(span: Range<usize>, quotes: Quotes) -> Option<Found> {
    let fits = (VALUE_MIN..=VALUE_MAX).contains(&span.len());
    fits.then_some(Found { quotes, span })
}

/// The text of an element, up to the next tag.
fn element(text: &Text<'_>, at: usize) -> Option<Found> {
    let cdata = "<![CDATA[";
    let (start, closing) = if text.says(at, cdata) {
        (at + cdata.len(), &IN_CDATA)
    } else {
        (at, &IN_ELEMENT)
    };
    let end = until(text, start, closing);
    let end = start + text.bytes[start..end].trim_ascii_end().len();
    found(start..end, Quotes::Quoted).filter(|_| text.at(end) != b'\n' || closing.contains(b'<'))
}

/// Finds the quotation mark that opens the value, past brackets, prefixes and one function.
fn open(text: &Text<'_>, at: usize) -> Option<Quote> {
    let mut at = at;
    for _ in 0..OPENERS_MAX {
        if let Some(quote) = mark(text, at) {
            return Some(quote);
        }
        match text.at(at) {
            b'[' | b'(' | b'{' | b'<' | b'@' | b'&' | b'$' | b'#' => {
                at = text.skip_blanks(at + 1);
            }
            byte if byte.is_ascii_alphabetic() => at = function(text, at)?,
            _ => return None,
        }
    }
    mark(text, at)
}

/// An opening quotation mark here.
fn mark(text: &Text<'_>, at: usize) -> Option<Quote> {
    let mut backslashes = 0;
    while text.at(at + backslashes) == b'\\' && backslashes < 8 {
        backslashes += 1;
    }
    let at = at + backslashes;
    let mark = text.at(at);
    if !matches!(mark, b'"' | b'\'' | b'`') {
        return None;
    }
    let triple = backslashes == 0 && text.at(at + 1) == mark && text.at(at + 2) == mark;
    let at = at + if triple { 3 } else { 1 };
    Some(Quote {
        mark,
        backslashes,
        at,
    })
}

/// The quotation mark inside this one, where a text in quotation marks is written down in another.
fn inner(text: &Text<'_>, quote: Quote) -> Quote {
    match mark(text, quote.at) {
        Some(inner) if quote.backslashes == 0 && inner.backslashes > 0 => inner,
        _ => quote,
    }
}

/// The second of two texts in brackets, `("user", "password")`, where the first is what a user is
/// called.
fn second(text: &Text<'_>, at: usize, first: &Quote) -> Option<Quote> {
    if text.at(at) != b'(' {
        return None;
    }
    let end = close(text, first.at, first)?;
    let after = end + first.backslashes + 1;
    let comma = text.at(after) == b',';
    let quote = mark(text, text.skip_blanks(after + 1)).filter(|_| comma)?;
    let last = close(text, quote.at, &quote)? + quote.backslashes + 1;
    (text.at(last) == b')').then_some(quote)
}

/// The position after a prefix (`b"`, `u8"`) or after a function and its bracket (`String::from("`).
fn function(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut end = at;
    while end < at + FUNCTION_MAX
        && (text.at(end).is_ascii_alphanumeric() || b"_.:-!".contains(&text.at(end)))
    {
        end += 1;
    }
    match text.at(end) {
        b'(' => Some(text.skip_blanks(end + 1)),
        b'"' | b'\'' if end - at <= 2 => Some(end),
        b'#' if end - at <= 2 && text.at(end + 1) == b'"' => Some(end + 1),
        // A cmdlet and its argument.
        b' ' if matches!(text.at(end + 1), b'"' | b'\'') && text.bytes[at..end].contains(&b'-') => {
            Some(end + 1)
        }
        _ => None,
    }
}

/// The first byte of the value past a word such as `Bearer`.
fn scheme(text: &Text<'_>, at: usize) -> usize {
    let spoken = SCHEMES
        .iter()
        .find(|scheme| text.says(at, scheme) && matches!(text.at(at + scheme.len()), b' ' | b'='));
    spoken.map_or(at, |scheme| text.skip_blanks(at + scheme.len() + 1))
}

/// Where the quotation mark closes that was opened; none where it does not close on this line.
fn close(text: &Text<'_>, start: usize, quote: &Quote) -> Option<usize> {
    let end_max = start + VALUE_MAX;
    let mut at = start;
    while at <= end_max {
        match text.at(at) {
            b'\n' => return None,
            b'\\' if quote.backslashes == 0 && text.at(at + 1) != b'\n' => at += 2,
            byte if byte == quote.mark => return Some(at - quote.backslashes.min(at - start)),
            _ => at += 1,
        }
    }
    None
}

/// The first of these bytes, or the end of the line; at most one byte past the longest value.
fn until(text: &Text<'_>, start: usize, stops: &ByteSet) -> usize {
    let mut end = start;
    while end <= start + VALUE_MAX && text.at(end) != b'\n' && !stops.contains(text.at(end)) {
        end += 1;
    }
    end
}

/// The end of a bare value without the punctuation that follows it in code.
fn trimmed(text: &Text<'_>, start: usize, end: usize) -> usize {
    let mut end = end;
    while end > start {
        let value = &text.bytes[start..end];
        let open = |mark: u8| value.contains(&mark);
        let cut = match value[value.len() - 1] {
            b',' | b';' | b'"' | b'\'' | b'`' => true,
            b')' => !open(b'('),
            b']' => !open(b'['),
            b'}' => !open(b'{'),
            b'>' => !open(b'<'),
            _ => false,
        };
        if !cut {
            break;
        }
        end -= 1;
    }
    end
}
