//! The text of a page, joined from the pieces in which it is shown.
//!
//! Source: ISO 32000-1, 9.4 "Text objects".

use std::collections::BTreeMap;

use crate::unpack::pdf::token::{Token, Tokens, is_space, readable};

/// A gap to the left of a piece that is as wide as a space, in thousandths of the size of the font.
const SPACE: f64 = -150.0;

/// Most fonts of one stream that are told apart; all others count as one.
const FONTS_MAX: usize = 4096;
/// Most states of graphics that are kept for a way back.
const SAVED_MAX: usize = 4096;

/// Turns a string that is shown in some font into text.
pub(super) type Show<'a> = dyn FnMut(usize, &[u8], &mut Vec<u8>) + 'a;

/// What is shown, and what is said besides.
#[derive(Default)]
pub(super) struct Shown {
    /// Pieces on a line with nothing between them.
    joined: Vec<u8>,
    /// The same with a space wherever there may be a gap.
    spaced: Vec<u8>,
    /// Strings that are not shown, one a line.
    others: Vec<u8>,
    /// Where the last line stands.
    line: Option<f64>,
    /// Lengths of the first two at the last operator.
    before: (usize, usize),
    fonts: Fonts,
    /// Operators that show text, and words that cannot be operators.
    n_shows: usize,
    n_noise: usize,
}

/// The fonts of a stream, by the names that it has for them.
#[derive(Default)]
struct Fonts {
    /// Their numbers, from 1 on: 0 is the one that was there before.
    numbers: BTreeMap<Vec<u8>, usize>,
    current: usize,
    saved: Vec<usize>,
}

impl Shown {
    /// Reads a stream whose strings are text as they stand.
    pub(super) fn plain(content: &[u8]) -> Self {
        Self::read(content, &mut |_, text, out| readable(text, out))
    }

    /// Reads a stream, and turns what it shows into text.
    pub(super) fn read(content: &[u8], show: &mut Show<'_>) -> Self {
        let mut shown = Self::default();
        let mut tokens = Tokens::new(content);
        let mut depth = 0_usize;
        let mut in_array = false;
        let mut numbers = Vec::new();
        let mut name = Vec::new();
        while let Some(token) = tokens.next() {
            match token {
                Token::Begin => depth += 1,
                Token::End => depth = depth.saturating_sub(1),
                Token::Open => in_array = true,
                Token::Close => in_array = false,
                Token::Text(text, plain) if depth > 0 => shown.other(&text, plain),
                Token::Text(text, _) => {
                    let start = shown.joined.len();
                    show(shown.fonts.current, &text, &mut shown.joined);
                    shown.spaced.extend_from_slice(&shown.joined[start..]);
                }
                Token::Number(number) if in_array && number < SPACE => shown.space(),
                Token::Number(number) => {
                    if numbers.len() == 6 {
                        numbers.remove(0);
                    }
                    numbers.push(number);
                }
                Token::Word(word) => {
                    if word == b"ID" {
                        tokens.at += image_len(&content[tokens.at..]);
                    } else {
                        shown.operator(word, &numbers);
                        shown.fonts.operator(word, &mut name);
                    }
                    numbers.clear();
                }
                Token::Name(found) => name = found,
            }
        }
        shown
    }

    /// Whether this was a stream that shows text. Other bytes have such operators by chance only.
    pub(super) fn is_page(&self) -> bool {
        self.n_shows > self.n_noise
    }

    /// All of the text, its pieces joined. Strings that stand in dictionaries are left out where they
    /// can be read as they stand.
    pub(super) fn text(self) -> Vec<u8> {
        let mut text = self.joined;
        if self.spaced != text {
            text.push(b'\n');
            text.extend(self.spaced);
        }
        if !self.others.is_empty() {
            text.push(b'\n');
            text.extend(self.others);
        }
        if text.iter().all(u8::is_ascii_whitespace) {
            text.clear();
        }
        text
    }

    /// The text without that in dictionaries.
    pub(super) fn page_text(mut self) -> Vec<u8> {
        self.others.clear();
        self.text()
    }

    /// Takes a string that is not shown.
    fn other(&mut self, text: &[u8], plain: bool) {
        let start = self.others.len();
        readable(text, &mut self.others);
        if plain && self.others[start..] == *text {
            self.others.truncate(start);
        } else {
            self.others.push(b'\n');
        }
    }

    fn space(&mut self) {
        self.spaced.push(b' ');
    }

    fn new_line(&mut self) {
        for text in [&mut self.joined, &mut self.spaced] {
            if text.last().is_some_and(|&last| last != b'\n') {
                text.push(b'\n');
            }
        }
    }

    /// Goes to another line where an operator does.
    fn operator(&mut self, word: &[u8], numbers: &[f64]) {
        let last = numbers.last().copied();
        match word {
            b"Tj" | b"TJ" | b"'" | b"\"" => self.n_shows += 1,
            _ if !word.is_ascii() || word.iter().any(u8::is_ascii_control) => self.n_noise += 1,
            _ => {}
        }
        match word {
            b"T*" | b"ET" | b"endobj" => self.new_line(),
            // The string that these show was noted before them.
            b"'" | b"\"" => {
                self.joined.insert(self.before.0, b'\n');
                self.spaced.insert(self.before.1, b'\n');
            }
            b"Td" | b"TD" if last == Some(0.0) => self.space(),
            b"Td" | b"TD" => self.new_line(),
            b"Tm" if last.is_some() && last == self.line => self.space(),
            b"Tm" => {
                self.line = last;
                self.new_line();
            }
            _ => {}
        }
        self.before = (self.joined.len(), self.spaced.len());
    }
}

impl Fonts {
    /// Goes to another font where an operator does; `name` is the last before it.
    fn operator(&mut self, word: &[u8], name: &mut Vec<u8>) {
        match word {
            b"Tf" => {
                let name = std::mem::take(name);
                let next = self.numbers.len() + 1;
                self.current = match self.numbers.get(&name) {
                    Some(&number) => number,
                    None if next <= FONTS_MAX => *self.numbers.entry(name).or_insert(next),
                    None => 0,
                };
            }
            b"q" if self.saved.len() < SAVED_MAX => self.saved.push(self.current),
            b"Q" => self.current = self.saved.pop().unwrap_or(self.current),
            _ => {}
        }
    }
}

/// Length of the bytes of an image that stands among the operators.
///
/// Source: ISO 32000-1, 8.9.7 "Inline images".
fn image_len(bytes: &[u8]) -> usize {
    let ends = |at: &usize| {
        let before = at.checked_sub(1).is_some_and(|at| is_space(bytes[at]));
        let after = bytes.get(at + 2).is_none_or(|&byte| is_space(byte));
        before && after
    };
    // Without an end it is no image.
    let mut found = memchr::memmem::find_iter(bytes, b"EI");
    found.find(ends).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[track_caller]
    fn check(content: &str, expected: &str) {
        let text = Shown::plain(content.as_bytes()).text();
        assert_eq!(String::from_utf8_lossy(&text), expected);
    }

    #[test]
    fn pieces_of_a_line_are_joined() {
        check("BT (one) Tj (two) Tj ET", "onetwo\n");
        check("[(to) -20 <6b65> 3 (n)] TJ", "token");
        check("(a) Tj 0 -12 Td (b) Tj T* (c) Tj", "a\nb\nc");
        check("(\\101\\102) ' 1 2 (c) \" (d) Tj", "\nAB\ncd");
    }

    #[test]
    fn gaps_are_read_both_ways() {
        check("[(to) -333 (ken)] TJ", "token\nto ken");
        check("(a) Tj 5 0 Td (b) Tj", "ab\na b");
        check("1 0 0 1 5 7 Tm (a) Tj 1 0 0 1 9 7 Tm (b) Tj", "ab\na b");
        check("1 0 0 1 5 7 Tm (a) Tj 1 0 0 1 9 8 Tm (b) Tj", "a\nb");
    }

    #[test]
    fn strings_that_hide_in_dictionaries_are_read() {
        check("<</V(plain)/W<6869>/X(\\150i)>>", "\nhi\nhi\n");
    }

    #[test]
    fn images_among_operators_are_passed_over() {
        check("BI /W 1 ID \u{1}(\u{2} EI (a) Tj", "a");
        check("BI ID (a) Tj", "a");
        check("/Im0 Do 1 0 0 rg", "");
    }
}
