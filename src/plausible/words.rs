//! Words inside identifiers, without allocation, and tables of words.
//!
//! `dbPassword`, `DB_PASSWORD`, `db-password` and `DBPassword` are all the words `db` and `password`.
//! Digits stay with the letters before them, as in `oauth2` and `i18n`.

use std::ops::Range;

/// The longest word a table holds, in bytes.
const WORD_MAX: usize = 16;

/// The words of an identifier, as ranges in it, from the first to the last.
pub(super) struct Parts<'a> {
    text: &'a [u8],
    at: usize,
}

/// Splits `text` where its case or its punctuation says that a word begins.
pub(super) fn parts(text: &[u8]) -> Parts<'_> {
    Parts { text, at: 0 }
}

impl Iterator for Parts<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.text[self.at..];
        let start = self.at + rest.iter().position(u8::is_ascii_alphanumeric)?;
        let mut end = start + 1;
        while end < self.text.len() && !begins_word(self.text, end) {
            end += 1;
        }
        self.at = end;
        Some(start..end)
    }
}

/// Whether a word ends before position `at`, which is neither the first nor past the last.
fn begins_word(text: &[u8], at: usize) -> bool {
    let (before, here) = (text[at - 1], text[at]);
    if !here.is_ascii_alphanumeric() {
        return true;
    }
    let lower_follows = text.get(at + 1).is_some_and(u8::is_ascii_lowercase);
    here.is_ascii_uppercase() && (!before.is_ascii_uppercase() || lower_follows)
}

/// A set of lower-case words that is searched in any case.
pub(super) struct Table {
    /// The words as [`packed`], sorted.
    packed: Vec<u128>,
    /// For each first byte, the lengths of the words that begin with it: bit n stands for n bytes.
    lengths: [u32; 128],
}

impl Table {
    /// Reads words with white space between them, each of at most 16 letters and digits.
    pub(super) fn new(words: &str) -> Self {
        let mut table = Self {
            packed: Vec::new(),
            lengths: [0; 128],
        };
        for word in words.split_ascii_whitespace().map(str::as_bytes) {
            let number = packed(word).expect("words of tables are short");
            table.packed.push(number);
            table.lengths[usize::from(word[0] & 127)] |= 1 << word.len();
        }
        table.packed.sort_unstable();
        table
    }

    /// Whether it holds `word`.
    pub(super) fn has(&self, word: &[u8]) -> bool {
        let Some(first) = word.first().map(u8::to_ascii_lowercase) else {
            return false;
        };
        // PERF: nine words in ten are refused by the first byte and the length.
        let lengths = self.lengths[usize::from(first & 127)];
        word.len() <= WORD_MAX
            && lengths >> word.len() & 1 == 1
            && packed(word).is_some_and(|word| self.packed.binary_search(&word).is_ok())
    }

    /// Whether it holds `word`, or what is left of it without the digits at its end.
    pub(super) fn has_numbered(&self, word: &[u8]) -> bool {
        self.has(word) || self.has(without_digits(word))
    }

    /// Whether `text` is nothing but words of the table, without anything between them.
    ///
    /// Words of one letter do not count; texts above 63 bytes are not looked at.
    pub(super) fn spells(&self, text: &[u8]) -> bool {
        if text.is_empty() || text.len() > 63 {
            return false;
        }
        // Bit n says that the first n bytes are words.
        let mut reached = 1u64;
        for start in 0..text.len() {
            if reached >> start & 1 == 0 {
                continue;
            }
            for end in start + 2..=text.len().min(start + WORD_MAX) {
                if reached >> end & 1 == 0 && self.has(&text[start..end]) {
                    reached |= 1 << end;
                }
            }
        }
        reached >> text.len() & 1 == 1
    }
}

/// The bytes of a short word in lower case as a number.
///
/// PERF: numbers are compared in a tenth of the time of texts.
fn packed(word: &[u8]) -> Option<u128> {
    let mut folded = [0; WORD_MAX];
    folded.get_mut(..word.len())?.copy_from_slice(word);
    folded.make_ascii_lowercase();
    Some(u128::from_be_bytes(folded))
}

/// `word` without the digits at its end.
pub(super) fn without_digits(word: &[u8]) -> &[u8] {
    let end = word.iter().rposition(|byte| !byte.is_ascii_digit());
    &word[..end.map_or(0, |at| at + 1)]
}

#[cfg(test)]
mod tests {
    use super::{Table, parts, without_digits};

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<&str> = parts(text.as_bytes()).map(|part| &text[part]).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn words_begin_at_case_and_punctuation() {
        check("dbPassword", &["db", "Password"]);
        check("DB_PASSWORD", &["DB", "PASSWORD"]);
        check("--db-password.", &["db", "password"]);
        check("DBPassword", &["DB", "Password"]);
        check(
            "spring.dataSource.pwd",
            &["spring", "data", "Source", "pwd"],
        );
        check("APIKey", &["API", "Key"]);
        check("", &[]);
        check("$_", &[]);
    }

    #[test]
    fn digits_stay_with_the_letters_before() {
        check("oauth2Token", &["oauth2", "Token"]);
        check("i18nKey", &["i18n", "Key"]);
        check("key2", &["key2"]);
        check("sha256sum", &["sha256sum"]);
    }

    #[test]
    fn tables_are_searched_in_any_case() {
        let table = Table::new("key sha256");
        assert!(table.has(b"KEY") && !table.has(b"keys") && !table.has(&[b'k'; 100]));
        assert!(table.has_numbered(b"Key12") && table.has_numbered(b"sha256"));
        assert_eq!(without_digits(b"123"), b"");
    }

    #[test]
    fn a_text_is_cut_into_words_of_a_table() {
        let table = Table::new("my pass password word");
        for text in ["mypassword", "MyPass", "passwordmy"] {
            assert!(table.spells(text.as_bytes()), "{text}");
        }
        for text in ["", "mypasswords", "ymypass"] {
            assert!(!table.spells(text.as_bytes()), "{text}");
        }
    }
}
