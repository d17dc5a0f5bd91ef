//! What the header of a message, or of a part of one, says about its body.

use std::io;
use std::mem;
use std::ops::ControlFlow;

use crate::unpack::mail::Lines;
use crate::unpack::mail::coding::{self, Coding};
use crate::unpack::members::Members;

/// Most bytes of a field.
const FIELD_BYTES_MAX: usize = 64 << 10;
/// Most bytes of a field's name.
const NAME_BYTES_MAX: usize = 100;

/// Fields that only a mail begins with.
const SURE: &[&[u8]] = &[
    b"arc-seal",
    b"authentication-results",
    b"delivered-to",
    b"dkim-signature",
    b"message-id",
    b"mime-version",
    b"received",
    b"return-path",
    b"x-original-to",
];

/// Fields of which three make a mail.
const LIKELY: &[&[u8]] = &[
    b"cc",
    b"content-transfer-encoding",
    b"content-type",
    b"date",
    b"from",
    b"reply-to",
    b"sender",
    b"subject",
    b"to",
];

/// Says whether a file that begins with these bytes is a message or a mailbox: lines of a header and
/// nothing else, and enough of them known.
pub(in crate::unpack) fn is_mail(head: &[u8]) -> bool {
    let mut lines = head.split_inclusive(|&byte| byte == b'\n').peekable();
    if head.starts_with(b"From ") {
        lines.next();
    }
    let (mut sure, mut likely, mut n) = (0, 0, 0);
    for line in lines.filter(|line| line.ends_with(b"\n")) {
        if line.trim_ascii().is_empty() {
            break;
        }
        let is_more = n > 0 && matches!(line[0], b' ' | b'\t');
        match field(line) {
            _ if is_more => {}
            None => return false,
            Some((name, _)) => {
                let name = name.to_ascii_lowercase();
                sure += usize::from(SURE.contains(&&name[..]));
                likely += usize::from(LIKELY.contains(&&name[..]));
                if n == 0 && sure + likely == 0 && !name.starts_with(b"x-") {
                    return false;
                }
            }
        }
        n += 1;
    }
    sure > 0 || likely >= 3
}

/// The name and the value that stand on a line.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memchr(b':', &line[..line.len().min(NAME_BYTES_MAX)])?;
    let name = line[..at].trim_ascii_end();
    let is_name = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    is_name.then(|| (name, &line[at + 1..]))
}

/// What a header says about the body after it.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// How the body has to be decoded to be read.
    pub(super) coding: Option<Coding>,
    /// The body is encoded in a way that is not known.
    is_unknown: bool,
    pub(super) boundary: Option<Vec<u8>>,
    /// The body is a message.
    pub(super) is_message: bool,
    pub(super) is_encrypted: bool,
    /// A field was too long to be read.
    pub(super) is_oversized: bool,
    file_name: Option<Vec<u8>>,
    /// What was encoded in the header itself, a line for each field.
    words: Vec<u8>,
}

impl Header {
    /// Reads a header and the empty line after it. Empty lines before it are passed over.
    pub(super) fn read(lines: &mut Lines<'_>, out: &mut dyn Members) -> io::Result<Self> {
        let mut header = Self::default();
        let (mut name, mut value, mut n) = (Vec::new(), Vec::new(), 0);
        while lines.next()? {
            if lines.look(out).is_break() {
                break;
            }
            if header.words.len() > FIELD_BYTES_MAX && header.give_words(out).is_break() {
                break;
            }
            let line = &lines.line[..];
            let is_empty = line.trim_ascii().is_empty();
            let is_from = lines.is_mailbox && lines.is_start && line.starts_with(b"From ");
            if n == 0 && (is_empty || is_from) {
                continue;
            }
            if n > 0 && (!lines.is_start || (!is_empty && matches!(line[0], b' ' | b'\t'))) {
                coding::words(line, &mut header.words);
                if value.len() + line.len() <= FIELD_BYTES_MAX {
                    value.extend_from_slice(line);
                } else {
                    header.is_oversized |= is_wanted(&name);
                }
                continue;
            }
            header.take(&mem::take(&mut name), &mem::take(&mut value));
            if is_empty {
                return Ok(header);
            }
            let Some((next, text)) = field(line) else {
                // The body begins without an empty line, or a boundary ends the header.
                lines.held = true;
                return Ok(header);
            };
            if header.words.last().is_some_and(|&byte| byte != b'\n') {
                header.words.push(b'\n');
            }
            coding::words(text, &mut header.words);
            name = next.to_ascii_lowercase();
            value = text.to_vec();
            n += 1;
        }
        header.take(&name, &value);
        Ok(header)
    }

    /// Hands over what was encoded in the header itself.
    pub(super) fn give_words(&mut self, out: &mut dyn Members) -> ControlFlow<()> {
        out.loose("header", &mut &mem::take(&mut self.words)[..])
    }

    fn take(&mut self, name: &[u8], value: &[u8]) {
        match name {
            b"content-transfer-encoding" => {
                let coding = value.trim_ascii().to_ascii_lowercase();
                self.coding = match &coding[..] {
                    b"base64" => Some(Coding::Base64),
                    b"quoted-printable" => Some(Coding::QuotedPrintable),
                    b"binary" => Some(Coding::Binary),
                    _ => None,
                };
                let plain: [&[u8]; 3] = [b"7bit", b"8bit", b""];
                self.is_unknown = self.coding.is_none() && !plain.contains(&&coding[..]);
            }
            b"content-type" => {
                let kind = value.trim_ascii().to_ascii_lowercase();
                self.is_message = kind.starts_with(b"message/");
                let is_sealed = memchr::memmem::find(&kind, b"enveloped-data").is_some();
                self.is_encrypted = kind.starts_with(b"multipart/encrypted") || is_sealed;
                self.boundary = parameter(value, b"boundary=").filter(|text| !text.is_empty());
                let file_name = parameter(value, b"name=").or_else(|| parameter(value, b"name*="));
                self.file_name = self.file_name.take().or(file_name);
            }
            b"content-disposition" => {
                let name = parameter(value, b"filename=");
                let name = name.or_else(|| parameter(value, b"filename*="));
                self.file_name = name.or_else(|| self.file_name.take());
            }
            _ => {}
        }
    }

    /// Whether the body has to be decoded, in a way that is known or not.
    pub(super) fn is_encoded(&self) -> bool {
        self.coding.is_some() || self.is_unknown
    }

    /// The name of the part, which is the n-th that is encoded.
    pub(super) fn name(&self, n: usize) -> Vec<u8> {
        let name = self.file_name.clone().filter(|name| !name.is_empty());
        name.unwrap_or_else(|| format!("part {n}").into_bytes())
    }
}

fn is_wanted(name: &[u8]) -> bool {
    let names: [&[u8]; 3] = [
        b"content-transfer-encoding",
        b"content-type",
        b"content-disposition",
    ];
    names.contains(&name)
}

/// The value of a parameter, without its quotes. `key` is in lower case and ends with `=`.
///
/// Source: RFC 2045, 5.1.
fn parameter(value: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    let lower = value.to_ascii_lowercase();
    let is_start = |&at: &usize| at > 0 && matches!(lower[at - 1], b';' | b' ' | b'\t' | b'\n');
    let at = memchr::memmem::find_iter(&lower, key).find(is_start)?;
    let text = value[at + key.len()..].trim_ascii_start();
    let Some(quoted) = text.strip_prefix(b"\"") else {
        let is_end = |byte: &u8| *byte == b';' || byte.is_ascii_whitespace();
        let end = text.iter().position(is_end).unwrap_or(text.len());
        return Some(text[..end].to_vec());
    };
    let (mut plain, mut escaped) = (Vec::new(), false);
    for &byte in quoted {
        match byte {
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => break,
            b'\r' | b'\n' => {}
            _ => {
                plain.push(byte);
                escaped = false;
            }
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::{is_mail, parameter};

    #[test]
    fn parameters_are_read_with_and_without_quotes() {
        let value = b" multipart/mixed;\r\n x-boundary=1; Boundary=\"a; \\\"b\\\"\"; name=c;d";
        assert_eq!(parameter(value, b"boundary="), Some(b"a; \"b\"".to_vec()));
        assert_eq!(parameter(value, b"name="), Some(b"c".to_vec()));
        assert_eq!(parameter(value, b"filename="), None);
    }

    #[test]
    fn mail_is_known_by_its_header() {
        for text in [
            "Return-Path: <a@b>\r\nReceived: from c\r\n\tby d\r\n\r\nbody",
            "Content-Type: multipart/mixed; boundary=x\nMIME-Version: 1.0\n\n",
            "From a@b Mon Sep 17 00:00:00 2001\nFrom: a\nDate: b\nSubject: c\n\n",
        ] {
            assert!(is_mail(text.as_bytes()), "{text}");
        }
        for text in [
            "",
            "From here on all is text\n",
            "From: me\nTo: you\n\nhello",
            "received: yes\nbut this is no field\n",
            "name: leakgate\nfrom: alpine\nto: x\ndate: y\n",
            "Subject: a note\nDate\nFrom: me\nTo: you",
            "fn main() { Received::new(); }\n",
        ] {
            assert!(!is_mail(text.as_bytes()), "{text}");
        }
    }
}
