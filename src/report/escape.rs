//! Makes text from the target harmless to whoever reads it.
//!
//! What is escaped is what a terminal, an editor or a reviewer does not show as it is: control
//! characters, characters that change the direction of text, and characters without a width.
//! [`terminal`] is for people. [`Escaped`] makes JSON of which every byte is harmless as well, though
//! a JSON parser gives the exact text back.

use std::io;

use serde_json::ser::{CharEscape, Formatter};

/// Ranges of characters without a glyph of their own, in ascending order, controls left out.
///
/// Source: Unicode 16, `DerivedCoreProperties.txt` (`Default_Ignorable_Code_Point`) and
/// `PropList.txt` (`Bidi_Control`), with the line and paragraph separators and the interlinear
/// annotation characters.
const HIDDEN: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// True for a character that must not reach an output raw: C0, DEL, C1, bidirectional controls,
/// zero-width characters, line and paragraph separators.
pub fn hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    let after = HIDDEN.partition_point(|&(_, last)| last < c);
    c.is_control() || HIDDEN.get(after).is_some_and(|&(first, _)| first <= c)
}

/// Shows text on one line for people: C0 and DEL as `\x1b`, other hidden characters as `\u{202e}`,
/// bytes that are not UTF-8 as `\xff`.
///
/// A backslash of the text stays as it is, since paths and code are full of them. So the result may
/// not be decoded again: a text with the four characters `\x1b` looks like one with an escape
/// character. Whoever needs the exact text takes the JSON format.
pub fn terminal(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                c if !hidden(c) => out.push(c),
                c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
                c => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            }
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// A JSON formatter that also escapes the hidden characters that JSON allows in strings.
pub struct Escaped<F>(pub F);

impl<F: Formatter> Formatter for Escaped<F> {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut plain = fragment;
        while let Some(i) = plain.find(hidden) {
            self.0.write_string_fragment(out, &plain[..i])?;
            let c = plain[i..].chars().next().unwrap_or_default();
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            plain = &plain[i + c.len_utf8()..];
        }
        self.0.write_string_fragment(out, plain)
    }

    fn write_char_escape<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.0.write_char_escape(out, escape)
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde_json::Serializer;
    use serde_json::ser::CompactFormatter;

    use super::{Escaped, HIDDEN, hidden, terminal};

    #[track_caller]
    fn check(text: &[u8], expected: &str) {
        let escaped = terminal(text);
        assert_eq!(escaped, expected);
        assert!(!escaped.contains(hidden), "{escaped}");
    }

    #[test]
    fn visible_text_and_backslashes_stay() {
        check(
            "C:\\x1b é 日本 🙂 a\u{301}".as_bytes(),
            "C:\\x1b é 日本 🙂 a\u{301}",
        );
    }

    #[test]
    fn controls_are_hex() {
        check(
            b"a\x1b[2J\t\n\r\0\x7f",
            "a\\x1b[2J\\x09\\x0a\\x0d\\x00\\x7f",
        );
        check("\u{85}\u{9b}".as_bytes(), "\\u{85}\\u{9b}");
    }

    #[test]
    fn characters_that_hide_or_turn_text_are_named() {
        check(
            "\u{202e}\u{200b}\u{feff}".as_bytes(),
            "\\u{202e}\\u{200b}\\u{feff}",
        );
        check(
            "\u{2028}\u{2066}\u{e0041}".as_bytes(),
            "\\u{2028}\\u{2066}\\u{e0041}",
        );
    }

    #[test]
    fn bytes_that_are_not_utf8_are_hex() {
        check(b"a\xffb\xe2\x82", "a\\xffb\\xe2\\x82");
        check(b"\xed\xa0\x80", "\\xed\\xa0\\x80");
    }

    #[test]
    fn hidden_ranges_ascend() {
        assert!(HIDDEN.is_sorted_by(|a, b| a.1 < b.0));
        assert!(
            HIDDEN
                .iter()
                .all(|&(first, last)| first <= last && hidden(first) && hidden(last))
        );
        assert!(!hidden('\u{a0}') && !hidden('\u{10ffff}'));
    }

    #[test]
    fn json_holds_no_hidden_character_and_reads_back() {
        let text = "\u{1b}\"\\\u{7f}\u{85}\u{202e}é\u{e0041}\n🙂";
        let mut out = Vec::new();
        let mut serializer = Serializer::with_formatter(&mut out, Escaped(CompactFormatter));
        [text]
            .serialize(&mut serializer)
            .expect("a vector takes all bytes");
        let json = String::from_utf8(out).expect("JSON is UTF-8");
        assert!(!json.contains(hidden), "{json}");
        assert!(
            json.contains("\\u0085\\u202eé\\udb40\\udc41\\n🙂"),
            "{json}"
        );
        let read: Vec<String> = serde_json::from_str(&json).expect("JSON parses");
        assert_eq!(read, [text]);
    }
}
