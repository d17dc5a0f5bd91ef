//! Text as it was before it was pasted into something: without escapes, in lines, in runs of
//! base64.
//!
//! Knows how languages and formats write a line break, join strings and begin comments. What the
//! runs are part of is the caller's business.

use std::ops::Range;

use data_encoding::HEXLOWER_PERMISSIVE;
use memchr::memmem;

/// Text without escapes, each byte with the place where it ends in the original.
pub(super) struct Plain {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// A line of [`Plain`].
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) bytes: &'a [u8],
    /// Where each of the bytes ends in the original.
    pub(super) ends: &'a [usize],
}

impl Plain {
    /// Resolves what languages and formats write for a line break and for `/`, `+` and `=`.
    pub(super) fn new(text: &[u8]) -> Self {
        let mut plain = Self {
            bytes: Vec::with_capacity(text.len()),
            ends: Vec::with_capacity(text.len()),
        };
        let mut at = 0;
        while at < text.len() {
            let (byte, len) = unescape(&text[at..]);
            at += len;
            if let Some(byte) = byte {
                plain.bytes.push(if byte == b'\r' { b'\n' } else { byte });
                plain.ends.push(at);
            }
        }
        plain
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let mut at = 0;
        self.bytes.split(|&byte| byte == b'\n').map(move |bytes| {
            let start = at;
            at += bytes.len() + 1;
            Line {
                bytes,
                ends: &self.ends[start..start + bytes.len()],
            }
        })
    }

    /// What a patch (`+`) or a comment (`//`) puts before each line and base64 has too.
    pub(super) fn common_prefix(&self) -> &'static [u8] {
        let full = || {
            self.lines()
                .map(|line| line.bytes.trim_ascii())
                .filter(|line| !line.is_empty())
        };
        let all = |prefix: &[u8]| full().count() > 1 && full().all(|line| line.starts_with(prefix));
        match (all(b"+"), all(b"//")) {
            (true, _) => b"+",
            (_, true) => b"//",
            _ => b"",
        }
    }
}

/// The first byte of `text` without its escape, and how many bytes it takes.
fn unescape(text: &[u8]) -> (Option<u8>, usize) {
    let n_slashes = text.iter().take_while(|&&byte| byte == b'\\').count();
    match (n_slashes, &text[n_slashes..]) {
        (0, [b'&', b'#', rest @ ..]) => {
            let n_digits = rest
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric())
                .count();
            let is_break = matches!(
                &rest[..n_digits],
                b"10" | b"13" | b"xA" | b"xa" | b"xD" | b"xd"
            );
            match rest.get(n_digits) {
                Some(b';') if is_break => (Some(b'\n'), n_digits + 3),
                _ => (Some(b'&'), 1),
            }
        }
        (0, [byte, ..]) => (Some(*byte), 1),
        (_, [b'n' | b'r', ..]) => (Some(b'\n'), n_slashes + 1),
        (_, [b't', ..]) => (Some(b' '), n_slashes + 1),
        (_, [b'u', b'0', b'0', hex @ ..]) => {
            match hex.get(..2).map(|hex| HEXLOWER_PERMISSIVE.decode(hex)) {
                Some(Ok(byte)) => (byte.first().copied(), n_slashes + 5),
                _ => (None, n_slashes),
            }
        }
        _ => (None, n_slashes),
    }
}

impl Line<'_> {
    /// Where the body begins on a line, past `prefix` and past the variable it is added to.
    pub(super) fn body_start(&self, prefix: &[u8]) -> usize {
        let assigned = [&b" = "[..], b" += ", b" .= "].map(|operator| {
            let at = memmem::rfind(self.bytes, operator);
            at.map(|at| at + operator.len())
        });
        if let Some(start) = assigned.into_iter().flatten().max() {
            return start;
        }
        let blank = |byte: &&u8| byte.is_ascii_whitespace();
        let n_blank = self.bytes.iter().take_while(blank).count();
        let marked = self.bytes[n_blank..].starts_with(prefix);
        n_blank + if marked { prefix.len() } else { 0 }
    }

    /// The next maximal run of base64 at or after `at`.
    pub(super) fn next_run(&self, at: usize) -> Option<Range<usize>> {
        let start = at + self.bytes[at..].iter().position(is_base64)?;
        let len = self.bytes[start..]
            .iter()
            .take_while(|byte| is_base64(byte))
            .count();
        Some(start..start + len)
    }

    /// True for a short run that joins strings, begins a comment, or says what kind of string a
    /// quote begins.
    pub(super) fn is_joint(&self, run: &Range<usize>) -> bool {
        let text = &self.bytes[run.clone()];
        let quote = |at: Option<&u8>| matches!(at, Some(b'"' | b'\'' | b'`'));
        let before = run.start.checked_sub(1).and_then(|at| self.bytes.get(at));
        let tag = text.len() <= 2 && text.iter().all(u8::is_ascii_alphabetic);
        matches!(text, b"+" | b"/" | b"//") && !quote(before)
            || tag && !quote(before) && quote(self.bytes.get(run.end))
    }
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

#[cfg(test)]
mod tests {
    use super::{Plain, unescape};

    #[test]
    fn escapes_end_where_they_say() {
        for (text, expected) in [
            ("\\n", (Some(b'\n'), 2)),
            ("\\\\n", (Some(b'\n'), 3)),
            ("\\t", (Some(b' '), 2)),
            ("\\/", (None, 1)),
            ("\\", (None, 1)),
            ("\\u003dA", (Some(b'='), 6)),
            ("\\u00", (None, 1)),
            ("&#10;", (Some(b'\n'), 5)),
            ("&#xD;", (Some(b'\n'), 5)),
            ("&#10", (Some(b'&'), 1)),
            ("a", (Some(b'a'), 1)),
        ] {
            assert_eq!(unescape(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn lines_know_where_they_stood() {
        let plain = Plain::new(b"ab\\ncd\r\ne");
        let lines: Vec<_> = plain.lines().map(|line| (line.bytes, line.ends)).collect();
        let expected = [
            (&b"ab"[..], &[1, 2][..]),
            (b"cd", &[5, 6]),
            (b"", &[]),
            (b"e", &[9]),
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn a_prefix_stands_before_every_line_that_is_not_blank() {
        assert_eq!(Plain::new(b"\n+ab\n\n +c\n").common_prefix(), b"+");
        assert_eq!(Plain::new(b"//ab\n//c").common_prefix(), b"//");
        assert_eq!(Plain::new(b"+ab\nc").common_prefix(), b"");
        assert_eq!(Plain::new(b"+ab").common_prefix(), b"");
    }

    #[test]
    fn joints_are_not_base64() {
        let joints = |text: &str| {
            let plain = Plain::new(text.as_bytes());
            let line = plain.lines().next().expect("one line");
            let run = line.next_run(line.body_start(b"")).expect("one run");
            line.is_joint(&run)
        };
        assert!(joints("\" + \""));
        assert!(joints("// \""));
        assert!(joints("b\"Ab"));
        assert!(!joints("\"Q==\""));
        assert!(!joints("key += \"Ab\""));
    }
}
