//! Armour of private keys: where one ends, and what is left of it without line breaks and comments.
//!
//! Keys are pasted into code, JSON, YAML, comments and patches, so the text between the marks is
//! read as escapes, lines and *runs* of base64. What the bytes inside are is in `key`. Everything
//! here is linear in the text up to the next five dashes.

use data_encoding::{BASE64, BASE64_NOPAD};
use memchr::memmem;

use super::lines::{Line, Plain};
use super::{Validity, key, n_distinct, plausible};

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN ";
/// Longest label, in bytes.
const LABEL_LEN_MAX: usize = 64;
/// Fewest characters of base64 that are a key: those of an Ed25519 key in PKCS#8.
const BODY_LEN_MIN: usize = 64;
/// Fewest characters of base64 of a key that is cut off and still worth a finding.
const CUT_LEN_MIN: usize = 200;
/// Shortest run that is hardly a word of prose, in characters.
const RUN_LEN_MIN: usize = 16;
/// Shortest run before the last of a key that is cut off, in characters: what follows such a key
/// may be code, which has long names.
const CUT_RUN_LEN_MIN: usize = 40;
/// Fewest different characters in a key's body; fewer is a placeholder.
const DISTINCT_MIN: usize = 12;

/// Where the armoured private key that begins at byte 0 ends.
///
/// With the end mark of the same label: after it. Where other dashes or the end of the text come
/// first, the key is cut off and ends with its last run of base64; a begin mark with no run after
/// it is a mention, not a key.
///
/// Source: RFC 7468, section 2; RFC 9580, section 6.2.
pub(super) fn measure(text: &[u8]) -> Option<usize> {
    let armour = Armour::open(text)?;
    if armour.closed {
        return Some(armour.end);
    }
    let body = armour.body();
    (body.end > 0).then(|| armour.start + body.end)
}

/// Checks that the body decodes to a private key.
///
/// Too short a body and one with an ellipsis or a placeholder in it are refused; a long one that
/// does not parse, or is cut off, proves nothing.
///
/// Source: RFC 7468; RFC 1421, section 4.6 for encryption headers; openssh-portable,
/// `PROTOCOL.key`.
pub(super) fn check(value: &[u8]) -> Validity {
    let Some(armour) = Armour::open(value) else {
        return Validity::Invalid;
    };
    let body = armour.body();
    if armour.closed && body.describe(armour.label).is_some() {
        return Validity::Valid;
    }
    let len_min = if armour.closed {
        BODY_LEN_MIN
    } else {
        CUT_LEN_MIN
    };
    plausible(body.payload.len() >= len_min && !body.is_placeholder(armour.inside))
}

/// Kind, size and encryption of a key, or that it is cut off.
pub(super) fn note(value: &[u8]) -> Option<String> {
    let armour = Armour::open(value)?;
    if !armour.closed {
        return Some("truncated".to_owned());
    }
    armour.body().describe(armour.label)
}

/// Makes an armoured key from any bytes; the first chooses its kind.
pub(super) fn complete(value: &mut Vec<u8>) {
    let (label, bytes) = key::sample(value);
    let text = BASE64.encode(&bytes).into_bytes();
    let lines: Vec<&[u8]> = text.chunks(64).collect();
    let (begin, end) = (format!("BEGIN {label}"), format!("END {label}"));
    let head = [DASHES, begin.as_bytes(), DASHES].concat();
    let tail = [DASHES, end.as_bytes(), DASHES].concat();
    *value = [&head[..], &lines.join(&b'\n'), &tail].join(&b'\n');
}

/// The outside of an armoured key.
struct Armour<'a> {
    label: &'a [u8],
    /// First byte after the begin mark.
    start: usize,
    /// What stands between the marks, or up to the next dashes.
    inside: &'a [u8],
    /// One past the end mark, or past `inside`.
    end: usize,
    /// The end mark is there.
    closed: bool,
}

impl<'a> Armour<'a> {
    fn open(text: &'a [u8]) -> Option<Self> {
        let rest = text.strip_prefix(BEGIN)?;
        let head = &rest[..rest.len().min(LABEL_LEN_MAX + DASHES.len())];
        let label = &head[..memmem::find(head, DASHES)?];
        let word =
            |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b' ' | b'-');
        let private = label.ends_with(b"PRIVATE KEY") || label == b"PGP PRIVATE KEY BLOCK";
        if !private || !label.iter().all(word) {
            return None;
        }
        let start = BEGIN.len() + label.len() + DASHES.len();
        let rest = &text[start..];
        let len = memmem::find(rest, DASHES).unwrap_or(rest.len());
        // A patch puts a dash of its own before the mark.
        let n_dashes = rest[len..].iter().take_while(|&&byte| byte == b'-').count();
        let tail = &rest[len + n_dashes..];
        let after = tail
            .strip_prefix(b"END ")
            .and_then(|tail| tail.strip_prefix(label));
        let closed = after.is_some_and(|after| after.starts_with(DASHES));
        let mark_len = n_dashes + b"END ".len() + label.len() + DASHES.len();
        Some(Self {
            label,
            start,
            inside: &rest[..len],
            end: start + len + if closed { mark_len } else { 0 },
            closed,
        })
    }

    fn body(&self) -> Body {
        let mut body = Body::default();
        let text = Plain::new(self.inside);
        let prefix = text.common_prefix();
        for line in text.lines() {
            if !body.read_line(line, prefix, self.closed) {
                break;
            }
        }
        if self.closed {
            body.keep_short();
        }
        body
    }
}

/// What is left of an armoured key without its armour.
#[derive(Default)]
struct Body {
    /// Runs of base64, joined.
    payload: Vec<u8>,
    /// The short run that ends the line before, which is the body's only if more of it follows or
    /// the end mark does.
    short: Vec<u8>,
    /// Where the last run of the payload ends, from the end of the begin mark.
    end: usize,
    /// A header says that the body is encrypted.
    encrypted: bool,
    /// The checksum of OpenPGP, in base64.
    crc: Option<[u8; 4]>,
}

impl Body {
    /// Takes the runs of a line; false where something else begins, so that the key is over.
    fn read_line(&mut self, line: Line<'_>, prefix: &[u8], closed: bool) -> bool {
        if is_header(line.bytes) {
            self.encrypted |= memmem::find(line.bytes, b"ENCRYPTED").is_some();
            return self.payload.is_empty();
        }
        let mut n_short = 0;
        let mut last_short: &[u8] = b"";
        let mut n_long = 0;
        let mut at = line.body_start(prefix);
        while let Some(run) = line.next_run(at) {
            at = run.end;
            let text = &line.bytes[run.clone()];
            if let Some(crc) = openpgp_crc(text) {
                self.crc = Some(crc);
            } else if text.len() >= RUN_LEN_MIN {
                self.keep_short();
                (n_short, n_long) = (0, n_long + 1);
                self.payload.extend_from_slice(text);
                self.end = line.ends[run.end - 1];
                if !closed && text.len() < CUT_RUN_LEN_MIN {
                    return false;
                }
            } else if !line.is_joint(&run) {
                n_short += 1;
                last_short = text;
            }
        }
        match (n_short, n_long) {
            (0, _) => true,
            (1, _) if self.short.is_empty() => {
                self.short.extend_from_slice(last_short);
                true
            }
            (_, 0) => {
                self.short.clear();
                false
            }
            _ => closed,
        }
    }

    fn keep_short(&mut self) {
        if !self.payload.is_empty() {
            self.payload.append(&mut self.short);
        }
        self.short.clear();
    }

    /// Kind, size and encryption where the body is a whole private key.
    fn describe(&self, label: &[u8]) -> Option<String> {
        let n_padding = self
            .payload
            .iter()
            .rev()
            .take_while(|&&b| b == b'=')
            .count();
        let text = &self.payload[..self.payload.len() - n_padding];
        let bytes = BASE64_NOPAD.decode(text).ok()?;
        if bytes.len() < BODY_LEN_MIN * 3 / 4 || n_distinct(text) < DISTINCT_MIN {
            return None;
        }
        if label == b"PGP PRIVATE KEY BLOCK" {
            let crc = self
                .crc
                .map(|crc| crc[..] == *BASE64.encode(&key::crc24(&bytes)).as_bytes());
            let proven = crc != Some(false) && key::openpgp(&bytes);
            return proven.then(|| "OpenPGP".to_owned());
        }
        if self.encrypted {
            let kind = label.strip_suffix(b" PRIVATE KEY").unwrap_or_default();
            let kind = str::from_utf8(kind).ok()?;
            // Block ciphers of 8 or 16 bytes fill their last block.
            return bytes
                .len()
                .is_multiple_of(8)
                .then(|| format!("{kind}, encrypted"));
        }
        let sealed = bytes.starts_with(b"{") && label.starts_with(b"ENCRYPTED ");
        let json = || serde_json::from_slice::<serde_json::Map<_, _>>(&bytes).is_ok();
        if sealed && json() {
            return Some("encrypted".to_owned());
        }
        key::der(&bytes).or_else(|| key::openssh(&bytes))
    }

    /// Documentation writes dots, brackets or a row of one letter where a key would be.
    fn is_placeholder(&self, inside: &[u8]) -> bool {
        let contains = |part: &[u8]| memmem::find(inside, part).is_some();
        let row = self
            .payload
            .windows(4)
            .any(|four| four.eq_ignore_ascii_case(b"xxxx"));
        row || n_distinct(&self.payload) < DISTINCT_MIN
            || contains(b"..")
            || contains("…".as_bytes())
            || contains(b"<")
            || contains(b"${")
            || contains(b"{{")
            || contains(b"YOUR")
    }
}

/// The checksum line of OpenPGP's armour: an equals sign and four characters.
fn openpgp_crc(run: &[u8]) -> Option<[u8; 4]> {
    let crc = run.strip_prefix(b"=")?;
    crc.try_into()
        .ok()
        .filter(|crc: &[u8; 4]| !crc.contains(&b'='))
}

/// A line such as `Proc-Type: 4,ENCRYPTED` or `Version: 1`, with a comment mark or not.
///
/// Source: RFC 1421, section 4.6; RFC 9580, section 6.2.2.
fn is_header(line: &[u8]) -> bool {
    let start = line.iter().position(u8::is_ascii_alphanumeric);
    let line = &line[start.unwrap_or(line.len())..];
    let name = line
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || **b == b'-')
        .count();
    (1..=32).contains(&name) && line[name..].starts_with(b": ")
}

#[cfg(test)]
mod tests {
    use super::{BASE64, DASHES, Validity, check, complete, key, measure, note};

    /// An armoured key of the kind that `first` chooses, its lines joined by `joint`.
    fn key_joined(first: u8, joint: &str) -> String {
        let mut value = vec![first];
        complete(&mut value);
        String::from_utf8(value)
            .expect("armour is ASCII")
            .replace('\n', joint)
    }

    fn armoured(label: &str, body: &str) -> String {
        let dashes = "-----";
        format!("{dashes}BEGIN {label}{dashes}\n{body}\n{dashes}END {label}{dashes}")
    }

    #[track_caller]
    fn judged(text: &str, expected: Validity) {
        let end = measure(text.as_bytes()).expect("a key begins here");
        assert_eq!(check(&text.as_bytes()[..end]), expected, "{text}");
    }

    #[test]
    fn keys_are_valid_however_their_lines_are_joined() {
        let joints = [
            "\n",
            "\r\n",
            "\\n",
            "\\\\n",
            "\\r\\n",
            "\n    ",
            "\n# ",
            "\n// ",
            "\n//",
            "\n * ",
            "\n+",
            "\n> ",
            " ",
            "\\n\" +\n  \"",
            "\\n\"\n  b\"",
            "',\n  '",
            "\\n\";\nkey += \"",
            "\\\n",
            "&#10;",
            "\\u000a",
            "\\n' .\n'",
        ];
        for joint in joints {
            for first in 0..4 {
                let key = key_joined(first, joint);
                assert_eq!(measure(key.as_bytes()), Some(key.len()), "{joint:?}");
                assert_eq!(check(key.as_bytes()), Validity::Valid, "{joint:?} {key}");
            }
        }
    }

    #[test]
    fn escaped_slashes_and_equals_signs_are_base64() {
        for first in 0..4 {
            let key = key_joined(first, "\\n")
                .replace('/', "\\/")
                .replace('=', "\\u003d");
            assert_eq!(check(key.as_bytes()), Validity::Valid);
        }
    }

    #[test]
    fn short_bodies_and_placeholders_are_refused() {
        judged(&armoured("RSA PRIVATE KEY", "..."), Validity::Invalid);
        judged(
            &armoured("PRIVATE KEY", "your private key goes here"),
            Validity::Invalid,
        );
        judged(&armoured("PRIVATE KEY", "<redacted>"), Validity::Invalid);
        judged(
            &armoured("PRIVATE KEY", &"A".repeat(640)),
            Validity::Invalid,
        );
        judged(&armoured("EC PRIVATE KEY", ""), Validity::Invalid);
        let key = key_joined(1, "\n");
        judged(
            &key.replacen(&key[100..600], "\n...\n", 1),
            Validity::Invalid,
        );
    }

    #[test]
    fn mentions_of_a_mark_are_no_keys() {
        let mark = |label: &str| format!("{0}BEGIN {label}{0}", "-----");
        for after in ["", "\"", "\" in text and more(", "\n-----"] {
            assert_eq!(
                measure([&mark("PRIVATE KEY"), after].concat().as_bytes()),
                None
            );
        }
        for label in ["PUBLIC KEY", "CERTIFICATE", "private KEY", &"A".repeat(80)] {
            assert_eq!(measure(armoured(label, &"Ab0".repeat(99)).as_bytes()), None);
        }
    }

    #[test]
    fn long_bodies_that_do_not_parse_prove_nothing() {
        let body = BASE64.encode(&super::super::stretch(b"noise", 300));
        judged(&armoured("RSA PRIVATE KEY", &body), Validity::Unknown);
        judged(&armoured("PGP PRIVATE KEY BLOCK", &body), Validity::Unknown);
    }

    #[test]
    fn keys_that_are_cut_off_end_with_their_last_run() {
        let whole = key_joined(1, "\n");
        let cut = &whole[..800];
        for after in [
            "",
            "\n",
            "\"\n",
            "\n\nconst other = something();",
            "\", \"name\": 1",
        ] {
            let text = [cut, after].concat();
            assert_eq!(measure(text.as_bytes()), Some(cut.len()), "{after:?}");
        }
        assert_eq!(check(cut.as_bytes()), Validity::Unknown);
        assert_eq!(note(cut.as_bytes()).as_deref(), Some("truncated"));
        assert_eq!(check(&whole.as_bytes()[..150]), Validity::Invalid);
        let other_end = whole.replace("END RSA", "END DSA");
        judged(&other_end, Validity::Unknown);
    }

    #[test]
    fn encrypted_keys_are_valid_and_noted() {
        let cipher_text = BASE64.encode(&super::super::stretch(b"noise", 320));
        let headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00112233445566778899AABB";
        let key = armoured("RSA PRIVATE KEY", &[headers, &cipher_text].join("\n\n"));
        judged(&key, Validity::Valid);
        assert_eq!(note(key.as_bytes()).as_deref(), Some("RSA, encrypted"));
    }

    #[test]
    fn openpgp_blocks_are_told_by_packet_and_checksum() {
        let packet = [&[0x94, 200, 4][..], &super::super::stretch(b"noise", 199)].concat();
        let block = |crc: &[u8]| {
            let lines = [&BASE64.encode(&packet), "\n=", &BASE64.encode(crc)].concat();
            armoured(
                "PGP PRIVATE KEY BLOCK",
                &["Version: 1", "", &lines].join("\n"),
            )
        };
        judged(&block(&key::crc24(&packet)), Validity::Valid);
        judged(&block(&[0, 0, 0]), Validity::Unknown);
    }

    #[test]
    fn text_without_a_mark_is_no_key() {
        assert_eq!(measure(DASHES), None);
        assert_eq!(check(b""), Validity::Invalid);
        assert_eq!(note(b""), None);
    }
}
