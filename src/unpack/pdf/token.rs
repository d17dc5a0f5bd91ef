//! The words that PDF is written in, and the texts among them.
//!
//! Source: ISO 32000-1, 7.2 "Lexical conventions" and 7.3 "Objects".

/// One word.
#[derive(Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// A name, its escapes undone.
    Name(Vec<u8>),
    /// A string, its escapes undone, and whether it stood there as it is.
    Text(Vec<u8>, bool),
    Number(f64),
    /// `[` and `]`.
    Open,
    Close,
    /// `<<` and `>>`.
    Begin,
    End,
    Word(&'a [u8]),
}

/// The words of some bytes, in order. Nothing in them is an error.
pub(super) struct Tokens<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Passes over spaces and comments.
    fn skip(&mut self) {
        while let Some(byte) = self.peek(0) {
            if byte == b'%' {
                let rest = &self.bytes[self.at..];
                let n = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
                self.at += n;
            } else if is_space(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Bytes up to the next space or delimiter.
    fn regular(&mut self) -> &'a [u8] {
        let start = self.at;
        while self
            .peek(0)
            .is_some_and(|byte| !is_space(byte) && !is_delimiter(byte))
        {
            self.at += 1;
        }
        &self.bytes[start..self.at]
    }

    fn name(&mut self) -> Token<'a> {
        let raw = self.regular();
        let mut name = Vec::with_capacity(raw.len());
        let mut at = 0;
        while at < raw.len() {
            let digits = match raw[at..] {
                [b'#', high, low, ..] => digit(high).zip(digit(low)),
                _ => None,
            };
            match digits {
                Some((high, low)) => {
                    name.push(high << 4 | low);
                    at += 3;
                }
                None => {
                    name.push(raw[at]);
                    at += 1;
                }
            }
        }
        Token::Name(name)
    }

    fn hex(&mut self) -> Token<'a> {
        let mut text = Vec::new();
        let mut high = None;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'>' {
                break;
            }
            if let Some(low) = digit(byte) {
                match high.take() {
                    Some(high) => text.push(high << 4 | low),
                    None => high = Some(low),
                }
            }
        }
        text.extend(high.map(|high| high << 4));
        Token::Text(text, false)
    }

    fn literal(&mut self) -> Token<'a> {
        let mut text = Vec::new();
        let mut depth = 0_usize;
        let mut plain = true;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'(' => depth += 1,
                b')' if depth == 0 => break,
                b')' => depth -= 1,
                b'\\' => {
                    plain = false;
                    self.escape(&mut text);
                    continue;
                }
                _ => {}
            }
            text.push(byte);
        }
        Token::Text(text, plain)
    }

    /// Undoes an escape, after its backslash.
    fn escape(&mut self, text: &mut Vec<u8>) {
        let Some(byte) = self.peek(0) else {
            return;
        };
        self.at += 1;
        match byte {
            b'n' => text.push(b'\n'),
            b'r' => text.push(b'\r'),
            b't' => text.push(b'\t'),
            b'b' => text.push(8),
            b'f' => text.push(12),
            b'\r' => self.at += usize::from(self.peek(0) == Some(b'\n')),
            b'\n' => {}
            b'0'..=b'7' => {
                let mut number = u32::from(byte - b'0');
                for _ in 0..2 {
                    let Some(next @ b'0'..=b'7') = self.peek(0) else {
                        break;
                    };
                    number = number << 3 | u32::from(next - b'0');
                    self.at += 1;
                }
                text.push(number as u8);
            }
            other => text.push(other),
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        let byte = self.peek(0)?;
        let twice = self.peek(1) == Some(byte);
        if !is_delimiter(byte) {
            let word = self.regular();
            let number = std::str::from_utf8(word)
                .ok()
                .and_then(|word| word.parse().ok());
            return Some(number.map_or(Token::Word(word), Token::Number));
        }
        self.at += 1;
        Some(match byte {
            b'(' => self.literal(),
            b'<' if !twice => self.hex(),
            b'/' => self.name(),
            b'[' => Token::Open,
            b']' => Token::Close,
            b'<' | b'>' if twice => {
                self.at += 1;
                if byte == b'<' {
                    Token::Begin
                } else {
                    Token::End
                }
            }
            _ => Token::Word(&self.bytes[self.at - 1..self.at]),
        })
    }
}

/// A string as people read it: those that begin with a byte order mark, or are of two bytes a
/// character, as UTF-8.
pub(super) fn readable(text: &[u8], out: &mut Vec<u8>) {
    let wide = match text {
        [0xfe, 0xff, rest @ ..] => Some(rest),
        _ => {
            let high = text.iter().step_by(2);
            let low = text.iter().skip(1).step_by(2);
            let is_wide = text.len() >= 2
                && text.len().is_multiple_of(2)
                && high.clone().all(|&byte| byte == 0)
                && low.clone().any(|&byte| byte != 0);
            is_wide.then_some(text)
        }
    };
    let Some(wide) = wide else {
        out.extend_from_slice(text);
        return;
    };
    let units = wide
        .chunks_exact(2)
        .map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
    for c in char::decode_utf16(units) {
        let c = c.unwrap_or(char::REPLACEMENT_CHARACTER);
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens, readable};

    #[test]
    fn words_are_told_apart() {
        let found: Vec<_> =
            Tokens::new(b"<</A#42/C[1 -2.5]>>% no (\n(a\\(\\051(b)\\\n\\101)Tj<6 17>'").collect();
        let expected = [
            Token::Begin,
            Token::Name(b"AB".to_vec()),
            Token::Name(b"C".to_vec()),
            Token::Open,
            Token::Number(1.0),
            Token::Number(-2.5),
            Token::Close,
            Token::End,
            Token::Text(b"a()(b)A".to_vec(), false),
            Token::Word(b"Tj"),
            Token::Text(b"ap".to_vec(), false),
            Token::Word(b"'"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_not_closed_ends_with_the_bytes() {
        for text in [
            &b"(a"[..],
            b"<61",
            b"(a\\",
            b"[",
            b"<<",
            b">",
            b"/",
            b"%",
            b"\\",
        ] {
            assert!(Tokens::new(text).count() <= 1, "{text:?}");
        }
    }

    #[test]
    fn wide_strings_are_readable() {
        let read = |text: &[u8]| {
            let mut out = Vec::new();
            readable(text, &mut out);
            out
        };
        assert_eq!(read(b"\xfe\xff\0a\x20\xac"), "a\u{20ac}".as_bytes());
        assert_eq!(read(b"\0a\0b"), b"ab");
        assert_eq!(read(b"ab"), b"ab");
        assert_eq!(read(b"\0\0"), b"\0\0");
    }
}
