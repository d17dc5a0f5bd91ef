//! Takes every value of a run out of texts that are about to be shown.
//!
//! Apart from the masking of one value because it works on text around values. It does not escape:
//! that is the business of each report format.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;

use aho_corasick::Anchored;
use aho_corasick::automaton::Automaton;
use aho_corasick::nfa::contiguous::NFA;

use crate::secret::Secret;

/// Values shorter than this are redacted only where they stand as a whole word.
const ANYWHERE_BYTES_MIN: usize = 4;

/// Lines of a value from this length on are redacted on their own.
const LINE_BYTES_MIN: usize = 16;

/// The part of a URL before `@` from this length on is taken for a credential, else for a name.
const CREDENTIAL_BYTES_MIN: usize = 16;

/// Replaces every value of a run, and the passwords of URLs, in texts that are about to be shown.
///
/// - A value of 4 bytes or more is replaced wherever it stands. Matches that overlap are replaced
///   as one, so that no rest of a value is left beside another.
/// - A shorter value is replaced where it is a whole word: no letter, digit, `_` or byte outside
///   ASCII touches it. Cutting `abc` out of `alphabc` would tell the value rather than hide it.
/// - Each line of at least 16 bytes of a value of many lines counts as a value, so that keys are
///   found again with other line ends, escaped line ends or indentation. Armour lines
///   (`-----BEGIN …-----`) do not: they are the same in every key.
/// - Masked texts stay as they are, so redacting twice changes nothing.
/// - `scheme://user:secret@host` becomes `scheme://user:[password]@host`; where the part before the
///   colon, or all of it without one, has 16 bytes or more, it becomes
///   `scheme://[credential]@host`.
///
/// The time is linear in the text, whatever the number of values.
pub struct Redactor {
    /// Absent where there are more values than an automaton can hold: then no text is shown.
    values: Option<NFA>,
    /// What to show instead, by the number of the pattern.
    masks: Vec<String>,
}

/// A range of a text and what to show instead.
struct Hit<'a> {
    start: usize,
    end: usize,
    mask: &'a str,
}

impl Redactor {
    /// Takes all values of a run, of any confidence, each with its masked text; their order does
    /// not matter, and empty ones are left out.
    pub fn new<'a>(values: impl IntoIterator<Item = (&'a Secret, &'a str)>) -> Self {
        let mut masks: BTreeMap<Cow<'a, [u8]>, &'a str> = BTreeMap::new();
        let mut add = |value: Cow<'a, [u8]>, masked: &'a str| {
            let mask = masks.entry(value).or_insert(masked);
            // A value may be a token to one rule and a password to another: show the least.
            if (!masked.starts_with('['), masked) < (!mask.starts_with('['), *mask) {
                *mask = masked;
            }
        };
        let mut shown = Vec::new();
        for (secret, masked) in values.into_iter().filter(|(secret, _)| !secret.is_empty()) {
            shown.push(masked);
            for part in lines(secret.reveal()).chain([secret.reveal()]) {
                add(Cow::Borrowed(part), masked);
                // Reasons and messages may have become text before they came here.
                if let Cow::Owned(lossy) = String::from_utf8_lossy(part) {
                    add(Cow::Owned(lossy.into_bytes()), masked);
                }
            }
        }
        for masked in shown {
            masks.entry(masked.as_bytes().into()).or_insert(masked);
        }
        Self {
            values: NFA::new(masks.keys()).ok(),
            masks: masks.into_values().map(str::to_owned).collect(),
        }
    }

    /// Replaces every value in `text`.
    pub fn redact<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let Some(values) = &self.values else {
            return Cow::Borrowed(b"[text not shown: too many values to redact]");
        };
        let mut hits = self.hits(values, text);
        hits.extend(url_hits(text));
        if hits.is_empty() {
            return Cow::Borrowed(text);
        }
        // The sort is stable: of equal ranges the value goes before the URL, as it says more.
        hits.sort_by_key(|hit| (hit.start, Reverse(hit.end)));
        let mut out = Vec::with_capacity(text.len());
        let mut done = 0;
        for hit in hits {
            if hit.start >= done {
                out.extend_from_slice(&text[done..hit.start]);
                out.extend_from_slice(hit.mask.as_bytes());
            }
            done = done.max(hit.end);
        }
        out.extend_from_slice(&text[done..]);
        Cow::Owned(out)
    }

    /// The longest value that ends at each byte.
    fn hits(&self, values: &NFA, text: &[u8]) -> Vec<Hit<'_>> {
        let start = values.start_state(Anchored::No);
        let mut state = start.expect("an NFA has an unanchored start state");
        let mut hits = Vec::new();
        for (i, &byte) in text.iter().enumerate() {
            state = values.next_state(Anchored::No, state, byte);
            let n_patterns = if values.is_match(state) {
                values.match_len(state)
            } else {
                0
            };
            // NOTE: a state lists its own pattern before those of its failure state, so the longest
            // comes first, and at most two more are tried. `nested_values_are_replaced_whole` holds
            // the crate to it.
            for nth in 0..n_patterns {
                let pattern = values.match_pattern(state, nth);
                let end = i + 1;
                let start = end - values.pattern_len(pattern);
                if end - start >= ANYWHERE_BYTES_MIN || whole_word(text, start, end) {
                    let mask = &self.masks[pattern.as_usize()];
                    hits.push(Hit { start, end, mask });
                    break;
                }
            }
        }
        hits
    }
}

impl Default for Redactor {
    /// A redactor for a run without values: only passwords of URLs are replaced.
    fn default() -> Self {
        Self::new([])
    }
}

/// The lines of a value that count as values, whether their ends are bytes or escaped.
fn lines(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    let split = std::iter::from_fn(move || {
        let text = rest?;
        let end = text.iter().enumerate().position(|(i, byte)| match byte {
            b'\n' | b'\r' => true,
            b'\\' => matches!(text.get(i + 1), Some(b'n' | b'r')),
            _ => false,
        });
        let Some(end) = end else {
            rest = None;
            return Some(text);
        };
        let width = if text[end] == b'\\' { 2 } else { 1 };
        rest = Some(&text[end + width..]);
        Some(&text[..end])
    });
    let armour = |line: &[u8]| line.starts_with(b"-----") && line.ends_with(b"-----");
    split
        .map(trim)
        .filter(move |line| line.len() >= LINE_BYTES_MIN && !armour(line))
}

/// Takes off what a language or an indentation may put around a line.
fn trim(mut line: &[u8]) -> &[u8] {
    let around = |byte: &u8| matches!(byte, b' ' | b'\t' | b'"' | b'\'' | b',');
    while line.first().is_some_and(around) {
        line = &line[1..];
    }
    while line.last().is_some_and(around) {
        line = &line[..line.len() - 1];
    }
    line
}

/// True where no byte of a word touches the range from outside.
fn whole_word(text: &[u8], start: usize, end: usize) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let before = start.checked_sub(1).and_then(|i| text.get(i));
    !before.is_some_and(word) && !text.get(end).is_some_and(word)
}

/// What is secret in the URLs of a text. Each byte is looked at for one URL only.
///
/// Source: RFC 3986, section 3.2.1, and what is written in its place.
fn url_hits(text: &[u8]) -> Vec<Hit<'static>> {
    let mut hits = Vec::new();
    let mut schemes = memchr::memmem::find_iter(text, b"://").peekable();
    while let Some(colon) = schemes.next() {
        let scheme = colon.checked_sub(1).map(|i| text[i]);
        if !scheme.is_some_and(|byte| byte.is_ascii_alphanumeric()) {
            continue;
        }
        let offset = colon + 3;
        let end = schemes.peek().map_or(text.len(), |&next| next);
        if let Some((start, end, mask)) = userinfo(&text[offset..end]) {
            let (start, end) = (offset + start, offset + end);
            hits.push(Hit { start, end, mask });
        }
    }
    hits
}

/// The secret range in what follows `scheme://`, and its mask.
fn userinfo(text: &[u8]) -> Option<(usize, usize, &'static str)> {
    let ends_url = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'<' | b'>' | b'`' | 0x7f);
    let url = &text[..text.iter().position(ends_url).unwrap_or(text.len())];
    let ends_authority = |byte: &u8| matches!(byte, b'/' | b'?' | b'#');
    let authority = url.iter().position(ends_authority).unwrap_or(url.len());
    let authority = &url[..authority];
    // What stands behind the colon is a port or a password. If it is neither a number nor followed
    // by `@`, it is a password in which someone forgot to escape a `/`, `?` or `#`.
    let port = memchr::memrchr(b':', authority).map_or(&[][..], |i| &authority[i + 1..]);
    let unescaped = !authority.starts_with(b"[")
        && !authority.contains(&b'@')
        && !port.iter().all(u8::is_ascii_digit);
    let at = memchr::memrchr(b'@', if unescaped { url } else { authority })?;
    match memchr::memchr(b':', &url[..at]) {
        Some(colon) if colon + 1 == at && colon < CREDENTIAL_BYTES_MIN => None,
        Some(colon) if colon < CREDENTIAL_BYTES_MIN => Some((colon + 1, at, "[password]")),
        None if at < CREDENTIAL_BYTES_MIN => None,
        _ => Some((0, at, "[credential]")),
    }
}

#[cfg(test)]
mod tests {
    use super::Redactor;
    use crate::secret::{Mask, Secret, mask};

    /// Redacts with `values`, each masked as `<n>` by its position.
    #[track_caller]
    fn check(values: &[&str], text: &str, expected: &str) {
        let values: Vec<_> = values.iter().map(|v| Secret::new(v.as_bytes())).collect();
        let masks: Vec<_> = (0..values.len()).map(|i| format!("<{i}>")).collect();
        let redactor = Redactor::new(values.iter().zip(masks.iter().map(String::as_str)));
        let redacted = redactor.redact(text.as_bytes()).into_owned();
        assert_eq!(String::from_utf8_lossy(&redacted), expected);
        assert_eq!(
            redactor.redact(&redacted),
            redacted,
            "redacting again changes nothing"
        );
    }

    #[test]
    fn values_are_replaced_wherever_they_stand() {
        check(&["hunter22", "tango-9"], "xhunter22x/tango-9", "x<0>x/<1>");
        check(&["hunter22"], "nothing here", "nothing here");
        check(&[""], "nothing here", "nothing here");
    }

    #[test]
    fn nested_values_are_replaced_whole() {
        check(
            &["cdef", "abcdefgh", "efgh", "bcdefgh"],
            "-abcdefgh-cdef-",
            "-<1>-<0>-",
        );
        check(&["efgh", "abcdefgh"], "abcdefgh", "<1>");
    }

    #[test]
    fn values_that_overlap_leave_no_rest() {
        check(&["left-mid", "mid-right"], "(left-mid-right)", "(<0>)");
        check(&["left-mid", "mid-right"], "left-midmid-right", "<0><1>");
    }

    #[test]
    fn short_values_are_replaced_as_whole_words_only() {
        check(
            &["abc"],
            "abc alphabc pw=abc; abc_",
            "<0> alphabc pw=<0>; abc_",
        );
        check(&["abc", "bc", "c"], "abc xbc c", "<0> xbc <2>");
        check(&["abc"], "éabc", "éabc");
    }

    #[test]
    fn lines_of_a_key_are_found_with_other_line_ends() {
        let body = ["A".repeat(20), "B".repeat(20)];
        let (begin, end) = ("-----BEGIN THING-----", "-----END THING-----");
        let key = format!("{begin}\n{}\n{}\nCC==\n{end}", body[0], body[1]);
        check(&[&key], &key, "<0>");
        check(
            &[&key],
            &format!("  {}\r\n  {}", body[0], body[1]),
            "  <0>\r\n  <0>",
        );
        let escaped = format!("{begin}\\n{}\\n{}\\n{end}", body[0], body[1]);
        check(&[&key], &escaped, &format!("{begin}\\n<0>\\n<0>\\n{end}"));
        check(&[&escaped], &body.join("\n"), "<0>\n<0>");
    }

    #[test]
    fn masked_texts_stay_as_they_are() {
        let password = Secret::new(b"password");
        let masked = mask(password.reveal(), Mask::Opaque("password"));
        let redactor = Redactor::new([(&password, masked.as_str())]);
        assert_eq!(*redactor.redact(masked.as_bytes()), *masked.as_bytes());
        assert_eq!(*redactor.redact(b"password"), *masked.as_bytes());
    }

    #[test]
    fn value_with_two_masks_shows_the_least() {
        let value = Secret::new(b"abc_0123456789abcdefWXYZ");
        let masks = ["abc_…WXYZ", "[password, 16-31 characters]"];
        for order in [[0, 1], [1, 0]] {
            let redactor = Redactor::new(order.map(|i| (&value, masks[i])));
            assert_eq!(*redactor.redact(value.reveal()), *masks[1].as_bytes());
        }
    }

    #[test]
    fn passwords_of_urls_are_replaced_without_being_known() {
        check(
            &[],
            "at https://bob:password@host/p",
            "at https://bob:[password]@host/p",
        );
        // In parts, because this very file is scanned too.
        let url = ["redis://:p", "@w@host"].concat();
        check(&[], &url, "redis://:[password]@host");
        check(&[], "x://bob:p/w#1@host/", "x://bob:[password]@host/");
        check(
            &[],
            "a://b:c@h b://c:d@h",
            "a://b:[password]@h b://c:[password]@h",
        );
        let long = "k".repeat(16);
        check(
            &[],
            &format!("https://{long}@host"),
            "https://[credential]@host",
        );
        check(
            &[],
            &format!("https://{long}:@host"),
            "https://[credential]@host",
        );
        check(
            &[&long],
            &format!("https://u:{long}@host"),
            "https://u:<0>@host",
        );
    }

    #[test]
    fn urls_without_credentials_stay() {
        for url in [
            "https://host:8080/@scope/pkg@1.0",
            "git+ssh://git@host:org/repo@v1",
            "https://[::1]:80/@x",
            "https://host/path:x@y",
            "https://bob:@host",
            "see https://host \"a:b@c\"",
            "://a:b@c",
            "https://",
            "x://://",
        ] {
            check(&[], url, url);
        }
    }
}
