//! How the body of a part is encoded, and its decoding line by line.

/// How the body of a part is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// RFC 2045, 6.8.
    Base64,
    /// RFC 2045, 6.7.
    QuotedPrintable,
    /// As it is: it may be a container, whose text its bytes hide.
    Binary,
}

/// Decodes a body.
pub(super) struct Decoder {
    coding: Coding,
    /// Bits of base64 that make no whole byte yet, and how many digits they came from.
    bits: u32,
    n_digits: u32,
}

impl Decoder {
    pub(super) fn new(coding: Coding) -> Self {
        Self {
            coding,
            bits: 0,
            n_digits: 0,
        }
    }

    /// Decodes a line, or a piece of one, with its end.
    pub(super) fn line(&mut self, line: &[u8], out: &mut Vec<u8>) {
        match self.coding {
            Coding::Base64 => self.base64(line, out),
            Coding::QuotedPrintable => quoted_printable(line, out),
            Coding::Binary => out.extend_from_slice(line),
        }
    }

    /// Decodes what is left at the end of the body, or before a line of something else.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        match self.n_digits {
            2 => out.push((self.bits >> 4) as u8),
            3 => out.extend_from_slice(&((self.bits >> 2) as u16).to_be_bytes()),
            _ => {}
        }
        (self.bits, self.n_digits) = (0, 0);
    }

    fn base64(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let line = line.trim_ascii();
        let is_ours = |&byte: &u8| DIGITS[usize::from(byte)] < OTHER;
        if !line.iter().all(is_ours) {
            // A footer of a mailing list, say, which is scanned where it stands.
            return self.finish(out);
        }
        for &byte in line {
            let digit = DIGITS[usize::from(byte)];
            if digit == PAD {
                self.finish(out);
            } else if digit < PAD {
                self.bits = self.bits << 6 | u32::from(digit);
                self.n_digits += 1;
                if self.n_digits == 4 {
                    out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
                    (self.bits, self.n_digits) = (0, 0);
                }
            }
        }
    }
}

/// Decodes a line of quoted-printable. What is no code stays as it is.
fn quoted_printable(line: &[u8], out: &mut Vec<u8>) {
    let text = line.trim_ascii_end();
    let soft = text.strip_suffix(b"=");
    let mut rest = soft.unwrap_or(text);
    while let Some(at) = memchr::memchr(b'=', rest) {
        out.extend_from_slice(&rest[..at]);
        let digit = |n| {
            rest.get(at + n)
                .and_then(|&byte: &u8| (byte as char).to_digit(16))
        };
        let n = if let (Some(high), Some(low)) = (digit(1), digit(2)) {
            out.push((high << 4 | low) as u8);
            3
        } else {
            out.push(b'=');
            1
        };
        rest = &rest[at + n..];
    }
    out.extend_from_slice(rest);
    if soft.is_none() {
        out.extend_from_slice(&line[text.len()..]);
    }
}

/// Decodes the words of a header's line that are encoded, one right after the other.
///
/// Source: RFC 2047, 2 and 4.
pub(super) fn words(line: &[u8], out: &mut Vec<u8>) {
    let mut rest = line;
    while let Some(at) = memchr::memmem::find(rest, b"=?") {
        rest = &rest[at + 2..];
        let mut fields = rest.splitn(4, |&byte| byte == b'?').skip(1);
        let (Some(coding), Some(text), Some(after)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let Some(after) = after.strip_prefix(b"=") else {
            continue;
        };
        match coding {
            b"B" | b"b" => {
                let mut decoder = Decoder::new(Coding::Base64);
                decoder.line(text, out);
                decoder.finish(out);
            }
            b"Q" | b"q" => {
                let spaced = |&byte: &u8| if byte == b'_' { b' ' } else { byte };
                quoted_printable(&text.iter().map(spaced).collect::<Vec<_>>(), out);
            }
            _ => continue,
        }
        rest = after;
    }
}

/// The value of each base64 digit, [`PAD`], [`SPACE`] or [`OTHER`].
static DIGITS: [u8; 256] = digits();
const PAD: u8 = 64;
const SPACE: u8 = 65;
const OTHER: u8 = 66;

const fn digits() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut digits = [OTHER; 256];
    let mut n = 0;
    while n < alphabet.len() {
        digits[alphabet[n] as usize] = n as u8;
        n += 1;
    }
    digits[b'=' as usize] = PAD;
    digits[b' ' as usize] = SPACE;
    digits[b'\t' as usize] = SPACE;
    digits[b'\r' as usize] = SPACE;
    digits
}

#[cfg(test)]
mod tests {
    use super::{Coding, Decoder, words};

    #[track_caller]
    fn check(coding: Coding, text: &[u8], expected: &[u8]) {
        let (mut decoder, mut out) = (Decoder::new(coding), Vec::new());
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            decoder.line(line, &mut out);
        }
        decoder.finish(&mut out);
        assert_eq!(out, expected, "{}", String::from_utf8_lossy(&out));
    }

    #[test]
    fn base64_is_decoded_across_lines_and_after_padding() {
        check(Coding::Base64, b"", b"");
        check(Coding::Base64, b"aGVs\r\nbG8=\r\n", b"hello");
        check(Coding::Base64, b"aGV\nsbG8", b"hello");
        check(Coding::Base64, b"aGVsbG8=aGk=\n", b"hellohi");
        check(
            Coding::Base64,
            b"aGk=\n_____\nfooter, of a list\naGk",
            b"hihi",
        );
        check(Coding::Base64, b"/+8", b"\xff\xef");
    }

    #[test]
    fn quoted_printable_keeps_what_is_no_code() {
        check(
            Coding::QuotedPrintable,
            b"a=3D=\r\nb \r\n=c3=A9\n",
            b"a=b \r\n\xc3\xa9\n",
        );
        check(Coding::QuotedPrintable, b"x=zz=4\n==", b"x=zz=4\n=");
    }

    #[test]
    fn encoded_words_of_a_header_are_joined() {
        let mut out = Vec::new();
        words(
            b"Subject: =?utf-8?B?aGVs?= =?utf-8?b?bG8=?= x =?a?Q?_=3D_?=",
            &mut out,
        );
        words(b"=? =?a?b =?x?y?z?= =?x?B?aGk?=", &mut out);
        assert_eq!(out, b"hello = hi", "{}", String::from_utf8_lossy(&out));
    }
}
