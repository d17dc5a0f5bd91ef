//! How text for people looks: colours, numbers, and lines cut to a width.
//!
//! Works on text that is already redacted and escaped.

use unicode_width::UnicodeWidthChar;

use crate::level::Severity;

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Color {
    /// Text alone.
    #[default]
    Plain,
    /// SGR sequences.
    ///
    /// Source: ECMA-48, section 8.3.117.
    Ansi,
}

/// Parameters of an SGR sequence.
#[derive(Clone, Copy)]
pub(super) struct Paint(&'static str);

impl Paint {
    pub(super) const BOLD: Self = Self("1");
    pub(super) const DIM: Self = Self("2");
    pub(super) const GREEN: Self = Self("32");
    pub(super) const RED: Self = Self("1;31");
    pub(super) const YELLOW: Self = Self("33");

    pub(super) const fn severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self("1;31"),
            Severity::High => Self("31"),
            Severity::Medium => Self("33"),
            Severity::Low => Self("36"),
            Severity::Info => Self("2"),
        }
    }
}

impl Color {
    /// `text` in colour, if colours are used.
    pub(super) fn paint(self, paint: Paint, text: &str) -> String {
        match self {
            Self::Ansi if !text.is_empty() => format!("\x1b[{}m{text}\x1b[0m", paint.0),
            _ => text.to_owned(),
        }
    }
}

/// A number with a comma before every third digit from the right.
pub(super) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun: `1 file`, `1,234 files`.
pub(super) fn count(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", thousands(n))
}

/// A size in decimal units with one digit after the point: `999 bytes`, `1.2 kB`, `3.4 MB`.
pub(super) fn size(bytes: u64) -> String {
    if bytes < 1000 {
        return count(bytes, "byte");
    }
    let units = [
        ("kB", 1000),
        ("MB", 1_000_000),
        ("GB", 1_000_000_000),
        ("TB", 1_000_000_000_000),
    ];
    let tenths = |unit: u64| (bytes / (unit / 20)).div_ceil(2);
    // The first unit that needs no more than three digits before the point.
    let fits = units.iter().find(|&&(_, unit)| tenths(unit) < 10_000);
    let &(name, unit) = fits.unwrap_or(&units[3]);
    let tenths = tenths(unit);
    format!("{}.{} {name}", thousands(tenths / 10), tenths % 10)
}

/// The columns that `text` takes.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// Cuts the text around a value so that the three fit into `width` columns, the value uncut.
///
/// Each side may take half of what the value leaves, and what the other side leaves. Where text is
/// cut stands an ellipsis.
pub(super) fn around(before: &str, value: &str, after: &str, width: usize) -> (String, String) {
    let room = width.saturating_sub(columns(value));
    let (n_before, n_after) = (columns(before), columns(after));
    let before_max = (room / 2).max(room.saturating_sub(n_after)).min(n_before);
    let after_max = room - before_max;
    let before: Vec<char> = before.chars().collect();
    let before = cut(before.into_iter().rev(), n_before, before_max);
    (
        before.chars().rev().collect(),
        cut(after.chars(), n_after, after_max),
    )
}

/// Cuts the end of text so that it fits into `width` columns.
pub(super) fn fit(text: &str, width: usize) -> String {
    cut(text.chars(), columns(text), width)
}

/// Breaks text at spaces into lines of at most `width` columns; a longer word has a line of its own.
pub(super) fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while columns(rest) > width {
        let spaces = || rest.match_indices(' ').map(|(at, _)| at);
        let fits = |at: &usize| columns(&rest[..*at]) <= width;
        let Some(at) = spaces().take_while(fits).last().or_else(|| spaces().next()) else {
            break;
        };
        lines.push(rest[..at].trim_end());
        rest = rest[at..].trim_start();
    }
    lines.push(rest);
    lines
}

/// The first characters that fit into `columns_max` of `n_columns` columns.
fn cut(text: impl Iterator<Item = char>, n_columns: usize, columns_max: usize) -> String {
    if n_columns <= columns_max {
        return text.collect();
    }
    let Some(room) = columns_max.checked_sub(1) else {
        return String::new();
    };
    let mut taken = 0;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    text.take_while(fits).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{around, columns, size, thousands, wrap};

    #[test]
    fn numbers_are_grouped() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ];
        for (n, expected) in cases {
            assert_eq!(thousands(n), expected);
        }
    }

    #[test]
    fn sizes_are_decimal_and_rounded() {
        let cases = [
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 kB"),
            (1049, "1.0 kB"),
            (1050, "1.1 kB"),
            (999_949, "999.9 kB"),
            (999_950, "1.0 MB"),
            (5_600_000, "5.6 MB"),
            (u64::MAX, "18,446,744.1 TB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn sentences_are_broken_at_spaces() {
        let cases: [(&str, &[&str]); 6] = [
            ("one two three", &["one two", "three"]),
            ("one two", &["one two"]),
            ("onetwothree four", &["onetwothree", "four"]),
            ("a onetwothree", &["a", "onetwothree"]),
            ("日本語 日本", &["日本語", "日本"]),
            ("", &[""]),
        ];
        for (text, expected) in cases {
            assert_eq!(wrap(text, 8), expected);
        }
    }

    #[test]
    fn text_around_a_value_is_cut_to_the_width() {
        let cut = |before, after, width| {
            let (before, after) = around(before, "VALUE", after, width);
            assert!(columns(&before) + columns(&after) + 5 <= width.max(5));
            format!("{before}VALUE{after}")
        };
        assert_eq!(cut("abc", "def", 11), "abcVALUEdef");
        assert_eq!(cut("abcd", "def", 11), "…cdVALUEdef");
        assert_eq!(cut("abcdefgh", "", 11), "…defghVALUE");
        assert_eq!(cut("", "abcdefgh", 11), "VALUEabcde…");
        assert_eq!(cut("abcdefgh", "abcdefgh", 11), "…ghVALUEab…");
        assert_eq!(cut("abc", "abc", 3), "VALUE");
        assert_eq!(cut("日本語", "日本語", 11), "…語VALUE日…");
    }
}
