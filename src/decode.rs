//! Views of a blob: other ways to read its bytes as text.
//!
//! A wide view reads the whole blob as UTF-16 or UTF-32 and gives it as UTF-8. It is scanned in
//! addition to the bytes, never instead of them, so guessing wrong costs time but hides nothing. The
//! place of every character in the blob follows from the view alone: its length in UTF-8 says how
//! many units it came from.

use std::ops::Range;

/// How a blob's bytes are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// As they are.
    #[default]
    Bytes,
    /// As UTF-16, low byte first.
    Utf16Le,
    /// As UTF-16, high byte first.
    Utf16Be,
    /// As UTF-32, low byte first.
    Utf32Le,
    /// As UTF-32, high byte first.
    Utf32Be,
}

/// Bytes from which the guess is made.
const HEAD: usize = 4_096;
/// One unit in this many must be ASCII text for a guess without a byte order mark.
const ASCII_SHARE: usize = 4;

impl View {
    /// The word used in reports; empty for plain bytes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bytes => "",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Utf32Le => "utf-32le",
            Self::Utf32Be => "utf-32be",
        }
    }

    /// Bytes in one unit.
    pub const fn unit(self) -> usize {
        match self {
            Self::Bytes => 1,
            Self::Utf16Le | Self::Utf16Be => 2,
            Self::Utf32Le | Self::Utf32Be => 4,
        }
    }

    /// Finds out whether a blob that begins with `head` is text in wide characters.
    ///
    /// A byte order mark decides; without one, a quarter of the units must be ASCII text.
    ///
    /// Source: The Unicode Standard, section 23.8, "Byte Order Mark".
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0xFF, 0xFE, 0, 0, ..] => return Self::Utf32Le,
            [0, 0, 0xFE, 0xFF, ..] => return Self::Utf32Be,
            [0xFF, 0xFE, ..] => return Self::Utf16Le,
            [0xFE, 0xFF, ..] => return Self::Utf16Be,
            _ => {}
        }
        let head = &head[..head.len().min(HEAD)];
        // In a wide view, every unit that is ASCII text holds a zero byte; too few of them end it.
        let n_zeros = memchr::memchr_iter(0, head).count();
        if n_zeros * ASCII_SHARE < head.len() / 2 || n_zeros == 0 {
            return Self::Bytes;
        }
        let wide = [Self::Utf32Le, Self::Utf32Be, Self::Utf16Le, Self::Utf16Be];
        wide.into_iter()
            .find(|view| view.fits(head))
            .unwrap_or_default()
    }

    fn fits(self, head: &[u8]) -> bool {
        let units = head.len() / self.unit();
        let text = |unit: &&[u8]| {
            let c = self.character(unit);
            (0x20..0x7F).contains(&c) || matches!(c, 0x09 | 0x0A | 0x0D)
        };
        let ascii = head.chunks_exact(self.unit()).filter(text).count();
        ascii * ASCII_SHARE >= units && ascii > 0
    }

    /// One unit as a number.
    fn character(self, unit: &[u8]) -> u32 {
        match (self, unit) {
            (Self::Utf16Le, &[a, b]) => u32::from(u16::from_le_bytes([a, b])),
            (Self::Utf16Be, &[a, b]) => u32::from(u16::from_be_bytes([a, b])),
            (Self::Utf32Le, &[a, b, c, d]) => u32::from_le_bytes([a, b, c, d]),
            (Self::Utf32Be, &[a, b, c, d]) => u32::from_be_bytes([a, b, c, d]),
            (_, unit) => unit.first().copied().map_or(0, u32::from),
        }
    }

    /// Writes the view of `bytes` to `text` as UTF-8; what is no character becomes U+FFFD, and a
    /// partial unit at the end is left out.
    pub fn read(self, bytes: &[u8], text: &mut Vec<u8>) {
        text.clear();
        let units = bytes
            .chunks_exact(self.unit())
            .map(|unit| self.character(unit));
        let mut push = |c: char| {
            let mut buffer = [0; 4];
            text.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
        };
        match self.unit() {
            1 => text.extend_from_slice(bytes),
            2 => char::decode_utf16(units.map(|unit| unit as u16))
                .for_each(|c| push(c.unwrap_or(char::REPLACEMENT_CHARACTER))),
            _ => units.for_each(|c| push(char::from_u32(c).unwrap_or(char::REPLACEMENT_CHARACTER))),
        }
    }

    /// Whether `bytes` begin with the second half of a character that takes two units.
    ///
    /// Source: The Unicode Standard, section 3.8, "Surrogates".
    pub fn continues(self, bytes: &[u8]) -> bool {
        let first = bytes.get(..self.unit()).map(|unit| self.character(unit));
        self.unit() == 2 && first.is_some_and(|unit| (0xDC00..0xE000).contains(&unit))
    }

    /// Bytes of the blob that a character came from, given the first byte of its UTF-8 form; 0 for
    /// the bytes after the first.
    fn width(self, utf8: u8) -> usize {
        match utf8 {
            0x80..=0xBF => 0,
            0xF0.. if self.unit() == 2 => 4,
            _ => self.unit(),
        }
    }

    /// Translates positions in the view to positions in the blob. `positions` ascend.
    pub fn to_blob(self, text: &[u8], positions: &mut [&mut u64]) {
        self.translate(text, positions, Towards::Blob);
    }

    /// Translates positions in the blob to positions in the view. `positions` ascend.
    pub fn to_view(self, text: &[u8], positions: &mut [&mut u64]) {
        self.translate(text, positions, Towards::View);
    }

    fn translate(self, text: &[u8], positions: &mut [&mut u64], towards: Towards) {
        let mut blob = 0;
        let mut next = positions.iter_mut().peekable();
        for (view, &byte) in text.iter().enumerate().chain([(text.len(), &0)]) {
            let (from, to) = match towards {
                Towards::Blob => (view as u64, blob),
                Towards::View => (blob, view as u64),
            };
            let starts = byte & 0xC0 != 0x80;
            while starts && next.peek().is_some_and(|position| ***position <= from) {
                if let Some(position) = next.next() {
                    **position = to;
                }
            }
            blob += self.width(byte) as u64;
        }
    }
}

#[derive(Clone, Copy)]
enum Towards {
    Blob,
    View,
}

/// Translates ranges of a view to ranges of the blob, in any order.
pub fn to_blob(view: View, text: &[u8], ranges: &mut [Range<u64>]) {
    let mut ends: Vec<&mut u64> = Vec::with_capacity(2 * ranges.len());
    for range in ranges {
        ends.push(&mut range.start);
        ends.push(&mut range.end);
    }
    ends.sort();
    view.to_blob(text, &mut ends);
}

/// Translates ranges of a blob to ranges of its view, in any order.
pub fn to_view(view: View, text: &[u8], ranges: &mut [Range<u64>]) {
    let mut ends: Vec<&mut u64> = Vec::with_capacity(2 * ranges.len());
    for range in ranges {
        ends.push(&mut range.start);
        ends.push(&mut range.end);
    }
    ends.sort();
    view.to_view(text, &mut ends);
}

#[cfg(test)]
mod tests {
    use super::{View, to_blob, to_view};

    fn wide(view: View, text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for c in text.chars() {
            let mut buffer = [0; 2];
            match view {
                View::Utf16Le => c
                    .encode_utf16(&mut buffer)
                    .iter()
                    .for_each(|u| bytes.extend(u.to_le_bytes())),
                View::Utf16Be => c
                    .encode_utf16(&mut buffer)
                    .iter()
                    .for_each(|u| bytes.extend(u.to_be_bytes())),
                View::Utf32Le => bytes.extend((c as u32).to_le_bytes()),
                _ => bytes.extend((c as u32).to_be_bytes()),
            }
        }
        bytes
    }

    #[test]
    fn ranges_survive_the_way_there_and_back() {
        let text = "\u{feff}a\u{e9}\u{4e2d}\u{1f511}key=value\n";
        for view in [View::Utf16Le, View::Utf16Be, View::Utf32Le, View::Utf32Be] {
            let bytes = wide(view, text);
            assert_eq!(View::of(&bytes), view);
            let mut read = Vec::new();
            view.read(&bytes, &mut read);
            assert_eq!(read, text.as_bytes());
            let at = text.find("value").expect("it is there") as u64;
            let mut ranges = [at..at + 5, 0..3];
            to_blob(view, &read, &mut ranges);
            let value = &bytes[ranges[0].start as usize..ranges[0].end as usize];
            assert_eq!(value, wide(view, "value"));
            to_view(view, &read, &mut ranges);
            assert_eq!(ranges, [at..at + 5, 0..3]);
        }
    }

    #[test]
    fn plain_text_and_binary_are_bytes() {
        assert_eq!(View::of(b"plain text"), View::Bytes);
        assert_eq!(
            View::of(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0"),
            View::Bytes
        );
        assert_eq!(View::of(b""), View::Bytes);
    }

    #[test]
    fn wide_text_without_a_mark_is_seen() {
        assert_eq!(View::of(&wide(View::Utf16Be, "token = abc")), View::Utf16Be);
        assert_eq!(View::of(&wide(View::Utf32Le, "token = abc")), View::Utf32Le);
    }
}
