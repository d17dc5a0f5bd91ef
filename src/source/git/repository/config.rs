//! Reads configurations of git: a format of lines, nothing more.
//!
//! Only what is written in the one text counts. No `include` is followed and nothing is expanded,
//! so whoever wrote the text cannot lead anywhere with it.
//!
//! Source: git-config(1), "Syntax".

use std::ops::ControlFlow;

/// One `key = value`, with the section it stands in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Setting<'a> {
    /// Name of the section, in lower case.
    pub(super) section: &'a [u8],
    /// Second part of its name, as it is; empty where there is none.
    pub(super) subsection: &'a [u8],
    /// The key, in lower case.
    pub(super) key: &'a [u8],
    /// The value; `None` where there was no `=`, which means true.
    pub(super) value: Option<&'a [u8]>,
}

impl Setting<'_> {
    /// What the value means where true or false is asked for; `None` for any other word.
    pub(super) fn as_bool(&self) -> Option<bool> {
        let Some(value) = self.value else {
            return Some(true);
        };
        match value.to_ascii_lowercase().as_slice() {
            b"true" | b"yes" | b"on" => Some(true),
            b"false" | b"no" | b"off" | b"" => Some(false),
            digits => {
                let number: i64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
                Some(number != 0)
            }
        }
    }
}

/// Calls `take` with every setting in the order of the text.
///
/// # Errors
///
/// The number of the first line that git would not read, from 1.
pub(super) fn parse(text: &[u8], mut take: impl FnMut(Setting<'_>)) -> Result<(), usize> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut cursor = Cursor {
        rest: text,
        line: 1,
    };
    let (mut section, mut subsection) = (Vec::new(), Vec::new());
    let (mut key, mut value) = (Vec::new(), Vec::new());
    while let Some(byte) = cursor.next() {
        let read = match byte {
            b'\n' | b' ' | b'\t' | b'\r' | 0x0b | 0x0c => Some(()),
            b'#' | b';' => {
                cursor.skip_line();
                Some(())
            }
            b'[' => cursor.section(&mut section, &mut subsection),
            byte if byte.is_ascii_alphabetic() => {
                key.clear();
                key.push(byte.to_ascii_lowercase());
                cursor.setting(&mut key, &mut value).map(|has_value| {
                    take(Setting {
                        section: &section,
                        subsection: &subsection,
                        key: &key,
                        value: has_value.then_some(&value[..]),
                    });
                })
            }
            _ => None,
        };
        read.ok_or(cursor.line)?;
    }
    Ok(())
}

struct Cursor<'a> {
    rest: &'a [u8],
    line: usize,
}

impl Cursor<'_> {
    /// The next byte, where both ends of line are one.
    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        if first == b'\r' && rest.first() == Some(&b'\n') {
            self.rest = &rest[1..];
            self.line += 1;
            return Some(b'\n');
        }
        self.line += usize::from(first == b'\n');
        Some(first)
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    /// Reads a name of a section up to its `]`; `None` where it is none.
    fn section(&mut self, section: &mut Vec<u8>, subsection: &mut Vec<u8>) -> Option<()> {
        section.clear();
        subsection.clear();
        loop {
            match self.next()? {
                b']' => break,
                b' ' | b'\t' => return self.subsection(subsection),
                byte if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.' => {
                    section.push(byte.to_ascii_lowercase());
                }
                _ => return None,
            }
        }
        // The old way to write a second part.
        if let Some(dot) = section.iter().position(|&byte| byte == b'.') {
            subsection.extend(&section[dot + 1..]);
            section.truncate(dot);
        }
        Some(())
    }

    fn subsection(&mut self, subsection: &mut Vec<u8>) -> Option<()> {
        loop {
            match self.next()? {
                b' ' | b'\t' => {}
                b'"' => break,
                _ => return None,
            }
        }
        loop {
            match self.next()? {
                b'\n' => return None,
                b'"' => break,
                b'\\' => match self.next()? {
                    b'\n' => return None,
                    byte => subsection.push(byte),
                },
                byte => subsection.push(byte),
            }
        }
        (self.next()? == b']').then_some(())
    }

    /// Reads the rest of a key and its value; says whether there is a value.
    fn setting(&mut self, key: &mut Vec<u8>, value: &mut Vec<u8>) -> Option<bool> {
        value.clear();
        let mut byte = self.next();
        while let Some(part) = byte.filter(|byte| byte.is_ascii_alphanumeric() || *byte == b'-') {
            key.push(part.to_ascii_lowercase());
            byte = self.next();
        }
        while matches!(byte, Some(b' ' | b'\t')) {
            byte = self.next();
        }
        match byte {
            None | Some(b'\n') => Some(false),
            Some(b'#' | b';') => {
                self.skip_line();
                Some(false)
            }
            Some(b'=') => self.value(value).map(|()| true),
            Some(_) => None,
        }
    }

    fn value(&mut self, value: &mut Vec<u8>) -> Option<()> {
        // Length up to the last byte that is not white space outside of quotes.
        let mut kept = 0;
        let mut is_quoted = false;
        loop {
            match self.value_byte(value, &mut is_quoted)? {
                ControlFlow::Break(()) => break,
                ControlFlow::Continue(true) => kept = value.len(),
                ControlFlow::Continue(false) => {}
            }
        }
        value.truncate(kept);
        Some(())
    }

    /// Reads one byte of a value and says whether it counts at the end of one.
    fn value_byte(
        &mut self,
        value: &mut Vec<u8>,
        is_quoted: &mut bool,
    ) -> Option<ControlFlow<(), bool>> {
        let Some(byte) = self.next() else {
            return (!*is_quoted).then_some(ControlFlow::Break(()));
        };
        match byte {
            b'\n' if *is_quoted => return None,
            b'\n' => return Some(ControlFlow::Break(())),
            b'#' | b';' if !*is_quoted => {
                self.skip_line();
                return Some(ControlFlow::Break(()));
            }
            b' ' | b'\t' if !*is_quoted => {
                if !value.is_empty() {
                    value.push(byte);
                }
                return Some(ControlFlow::Continue(false));
            }
            b'"' => *is_quoted = !*is_quoted,
            b'\\' => match self.next()? {
                b'\n' => return Some(ControlFlow::Continue(false)),
                b't' => value.push(b'\t'),
                b'b' => value.push(0x08),
                b'n' => value.push(b'\n'),
                byte @ (b'\\' | b'"') => value.push(byte),
                _ => return None,
            },
            byte => value.push(byte),
        }
        Some(ControlFlow::Continue(true))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    /// `section|subsection|key|value` of each setting.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        let read = parse(text.as_bytes(), |setting| {
            let value = setting.value.unwrap_or(b"(true)");
            let parts = [setting.section, setting.subsection, setting.key, value];
            found.push(String::from_utf8_lossy(&parts.join(&b'|')).into_owned());
        });
        assert_eq!(read, Ok(()));
        assert_eq!(found, expected);
    }

    #[test]
    fn keys_and_sections_fold_case_and_subsections_do_not() {
        check(
            "[Core]\n\tBare = True\n[remote \"Up\\\"Stream\"] promisor\n[Branch.Main]\r\nkey=a\r\n",
            &[
                "core||bare|True",
                "remote|Up\"Stream|promisor|(true)",
                "branch|main|key|a",
            ],
        );
    }

    #[test]
    fn values_lose_comments_quotes_and_white_space() {
        check(
            "[a]\nk = \" x \" y ; no\nl = a\\\n b\\t#c\nm =\nn # no\n",
            &["a||k| x  y", "a||l|a b\t", "a||m|", "a||n|(true)"],
        );
    }

    #[test]
    fn what_git_refuses_is_refused_with_its_line() {
        for (text, line) in [
            ("[core\n", 2),
            ("[core]\n=x", 2),
            ("[a]\nk = \"open\n", 3),
            ("[a]\nk = \\q\n", 2),
            ("[a \"b]\n", 2),
        ] {
            assert_eq!(parse(text.as_bytes(), |_| {}), Err(line), "{text:?}");
        }
    }

    #[test]
    fn any_bytes_are_read_to_the_end() {
        let mut random = fastrand::Rng::with_seed(7);
        let alphabet = b"[]\"\\= \n\tab#;.\r\xff";
        for _ in 0..20_000 {
            let text: Vec<u8> = (0..random.usize(..40))
                .map(|_| alphabet[random.usize(..alphabet.len())])
                .collect();
            let _answer = parse(&text, |_| {});
        }
    }
}
