//! Makes values from the parts of a format.
//!
//! Reads what `corpus/formats.toml` says and nothing of the rules: no pattern, validator or maker of
//! the library takes part, so that a rule that is too narrow is not tested by its own idea of a value.

use std::ops::Range;

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use fastrand::Rng;

use crate::checksum;
use crate::format::{Format, Part};
use crate::key;

/// Lengths beyond this many times the least are not made: issuers name bounds, not habits.
const LONGER: usize = 2;
const LONGER_MIN: usize = 32;
const SCHEME: &str = "https://";

/// A value, or a text that holds one.
#[derive(Clone, Debug)]
pub(crate) struct Value {
    pub(crate) text: String,
    /// Where in it the value proper stands.
    pub(crate) secret: Range<usize>,
}

impl Value {
    /// Whether it is no more than the value proper.
    pub(crate) fn is_all_secret(&self) -> bool {
        self.secret.len() == self.text.len()
    }
}

/// Makes values; the same ones for the same seed.
pub(crate) struct Maker<'a> {
    /// Words that people choose.
    pub(crate) words: &'a [String],
    pub(crate) random: Rng,
}

impl Maker<'_> {
    /// A value of that format.
    pub(crate) fn value(&mut self, format: &Format) -> Value {
        let mut pieces = Vec::new();
        let mut secret = Vec::new();
        for part in &format.parts {
            let before = pieces.len();
            self.part(part, &mut pieces);
            secret.resize(pieces.len(), part.secret);
            debug_assert!(pieces.len() > before, "every part gives a piece");
        }
        if let Some(algorithm) = &format.checksum {
            checksum::complete(algorithm, &mut pieces, &mut self.random);
        }
        let (mut start, mut end, mut at) = (None, 0, 0);
        for (piece, is_secret) in pieces.iter().zip(secret) {
            if is_secret {
                start.get_or_insert(at);
                end = at + piece.len();
            }
            at += piece.len();
        }
        let text = pieces.concat();
        // Which scheme a URL has is no part of what is secret of it.
        let scheme = if text.starts_with(SCHEME) {
            SCHEME.len()
        } else {
            0
        };
        let secret = start.map_or(scheme..at, |start| start..end);
        Value { text, secret }
    }

    fn part(&mut self, part: &Part, pieces: &mut Vec<String>) {
        if let Some(any_of) = &part.any_of {
            let chosen = self.random.usize(..any_of.len());
            for part in &any_of[chosen] {
                self.part(part, pieces);
            }
            return;
        }
        let piece = if let Some(literal) = &part.literal {
            literal.clone()
        } else if let Some(one_of) = &part.one_of {
            one_of[self.random.usize(..one_of.len())].clone()
        } else if let Some(alphabet) = &part.alphabet {
            self.run(part, alphabet)
        } else if let Some(composite) = &part.composite {
            self.composite(composite)
        } else if let Some(label) = &part.label {
            key::pem(label, &mut self.random)
        } else if let Some(sizes) = &part.bytes {
            let n_bytes = sizes[self.random.usize(..sizes.len())];
            let bytes = random_bytes(n_bytes, &mut self.random);
            encoded(&bytes, part.encoding.as_deref().unwrap_or("hex"))
        } else {
            self.some_words(part)
        };
        pieces.push(piece);
    }

    /// A run of characters of one alphabet.
    fn run(&mut self, part: &Part, alphabet: &str) -> String {
        let length = self.length(part);
        let mut all: Vec<char> = match alphabet {
            "uuid" => return uuid(&mut self.random),
            "base64-padded" => return self.padded(length, part.extra.as_deref()),
            "lower-alnum-or-upper" if self.random.bool() => ranges("a-z0-9"),
            "lower-alnum-or-upper" => ranges("A-Z0-9"),
            "hex-mixed" if self.random.bool() => ranges("0-9A-F"),
            "chars" => ranges(part.chars.as_deref().unwrap_or_default()),
            _ => characters(alphabet),
        };
        all.extend(part.extra.iter().flat_map(|extra| extra.chars()));
        (0..length)
            .map(|_| all[self.random.usize(..all.len())])
            .collect()
    }

    fn length(&mut self, part: &Part) -> usize {
        if let Some(length) = part.length {
            return length;
        }
        if let Some(lengths) = &part.lengths {
            return lengths[self.random.usize(..lengths.len())];
        }
        let min = part.min.unwrap_or(1);
        let most = (LONGER * min).max(min + LONGER_MIN);
        let max = part.max.unwrap_or(most).min(most);
        self.random.usize(min..=max)
    }

    /// Base 64 of that length with the padding that belongs there.
    fn padded(&mut self, length: usize, extra: Option<&str>) -> String {
        let standard = characters("base64");
        if !length.is_multiple_of(4) || extra.is_some() {
            let all = standard.into_iter().chain(extra.unwrap_or("").chars());
            let all: Vec<char> = all.collect();
            let pick = |_| all[self.random.usize(..all.len())];
            return (0..length).map(pick).collect();
        }
        let n_bytes = match length {
            24 => 16,
            44 => 32,
            88 => 64,
            _ => length / 4 * 3 - self.random.usize(0..3),
        };
        BASE64.encode(&random_bytes(n_bytes, &mut self.random))
    }

    fn composite(&mut self, composite: &str) -> String {
        match composite {
            "user" | "name" => self.word("lower"),
            "scheme" => "https".to_owned(),
            "hostname" => format!("{}.{}.internal", self.word("lower"), self.word("lower")),
            "hostport" => {
                let port = self.random.u16(1_024..60_000);
                format!("{}:{port}", self.composite("hostname"))
            }
            "password" => self.password(),
            "jwt" => jwt(&self.word("lower"), &mut self.random),
            other => panic!("no composite {other}"),
        }
    }

    /// A password that can stand in a URL as it is.
    fn password(&mut self) -> String {
        if self.random.bool() {
            let length = self.random.usize(10..=20);
            let all = characters("base62");
            let pick = |_| all[self.random.usize(..all.len())];
            return (0..length).map(pick).collect();
        }
        let number = self.random.u16(10..2_030);
        let mark = ["", "!", "_", "-", "*"][self.random.usize(..5)];
        format!("{}{number}{mark}", self.word("capital"))
    }

    fn some_words(&mut self, part: &Part) -> String {
        let style = part.style.as_deref().unwrap_or("lower");
        let words = (0..part.words.unwrap_or(1)).map(|_| self.word(style));
        let words: Vec<_> = words.collect();
        let joints = part.joint.as_deref().unwrap_or_default();
        words.join(self.random.choice(joints).map_or("", |joint| joint))
    }

    fn word(&mut self, style: &str) -> String {
        let word = &self.words[self.random.usize(..self.words.len())];
        match style {
            "capital" => capital(word),
            "any" if self.random.bool() => capital(word),
            "leet" => self.leet(word),
            _ => word.clone(),
        }
    }

    /// A word with digits and marks for some of its letters, at least one.
    fn leet(&mut self, word: &str) -> String {
        let swaps = [
            ('a', '4'),
            ('a', '@'),
            ('e', '3'),
            ('i', '1'),
            ('o', '0'),
            ('s', '5'),
            ('s', '$'),
            ('t', '7'),
        ];
        let can = |swap: &&(char, char)| word.contains(swap.0);
        let able: Vec<_> = swaps.iter().filter(can).collect();
        let mut changed = capital(word);
        for _ in 0..2 {
            if let Some((from, to)) = self.random.choice(&able) {
                changed = changed.replace(*from, &to.to_string());
            }
        }
        changed
    }
}

/// Bytes in an encoding.
fn encoded(bytes: &[u8], encoding: &str) -> String {
    match encoding {
        "hex" => HEXLOWER.encode(bytes),
        "hex-upper" => HEXUPPER.encode(bytes),
        "base64" => BASE64.encode(bytes),
        "base64url" => BASE64URL_NOPAD.encode(bytes),
        other => panic!("no encoding {other}"),
    }
}

/// A signed token with a few claims.
fn jwt(subject: &str, random: &mut Rng) -> String {
    let (algorithm, signature_len) = *random
        .choice(&[("HS256", 32), ("RS256", 256), ("ES256", 64)])
        .expect("there are three");
    let header = format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#);
    let issued = random.u32(1_600_000_000..1_760_000_000);
    let claims = format!(
        r#"{{"sub":"{subject}","iat":{issued},"exp":{},"jti":"{}"}}"#,
        issued + 86_400 * random.u32(1..3_650),
        uuid(random)
    );
    [
        BASE64URL_NOPAD.encode(header.as_bytes()),
        BASE64URL_NOPAD.encode(claims.as_bytes()),
        BASE64URL_NOPAD.encode(&random_bytes(signature_len, random)),
    ]
    .join(".")
}

/// A random UUID, version 4.
pub(crate) fn uuid(random: &mut Rng) -> String {
    let mut bytes = random_bytes(16, random);
    bytes[6] = 0x40 | bytes[6] & 0x0f;
    bytes[8] = 0x80 | bytes[8] & 0x3f;
    let hex = HEXLOWER.encode(&bytes);
    let [a, b, c, d, e] = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| &hex[range]);
    format!("{a}-{b}-{c}-{d}-{e}")
}

pub(crate) fn random_bytes(n_bytes: usize, random: &mut Rng) -> Vec<u8> {
    (0..n_bytes).map(|_| random.u8(..)).collect()
}

pub(crate) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// Characters of an alphabet of the catalogue.
pub(crate) fn characters(alphabet: &str) -> Vec<char> {
    ranges(match alphabet {
        "digit" => "0-9",
        "hex-lower" | "hex-mixed" => "0-9a-f",
        "hex-upper" => "0-9A-F",
        "lower" => "a-z",
        "upper" => "A-Z",
        "alpha" => "A-Za-z",
        "lower-alnum" | "base36-lower" => "a-z0-9",
        "upper-alnum" => "A-Z0-9",
        "lower-alnum-dash" => "a-z0-9-",
        "lower-alnum-under" => "a-z0-9_",
        "lower-alnum-dash-under" => "a-z0-9_-",
        "upper-alnum-dash" => "A-Z0-9-",
        "alnum-dash" => "A-Za-z0-9-",
        "alnum-dot" => "A-Za-z0-9.",
        "word" => "A-Za-z0-9_",
        "base62" => "0-9A-Za-z",
        "base58" => "1-9A-HJ-NP-Za-km-z",
        "base58-ripple" => "1-9A-HJ-NP-Za-km-z",
        "base32-lower" => "a-z2-7",
        "base32-upper" => "A-Z2-7",
        "base64" => "A-Za-z0-9+/",
        "base64url" | "base64url-padded" => "A-Za-z0-9_-",
        "base64url-dot" | "base64url-dot-padded" => "A-Za-z0-9_.-",
        "bech32" => "qpzry9x8gf2tvdw0s3jn54khce6mua7l",
        "bech32-upper" => "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L",
        // Free text stands for names and secrets of the issuer's making; what would end it in a URL
        // or a list is left out.
        "printable" | "uri-chars" | "url-unreserved" => "A-Za-z0-9._~-",
        "crypt64" => "A-Za-z0-9./",
        other => panic!("no alphabet {other}"),
    })
}

/// Characters written as ranges; a dash at the end is one.
fn ranges(text: &str) -> Vec<char> {
    let letters: Vec<char> = text.chars().collect();
    let mut all = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let between = letters[at].is_ascii_alphanumeric()
            && letters.get(at + 1) == Some(&'-')
            && letters.get(at + 2).is_some_and(char::is_ascii_alphanumeric);
        if between {
            all.extend(letters[at]..=letters[at + 2]);
            at += 3;
        } else {
            all.push(letters[at]);
            at += 1;
        }
    }
    all
}

#[test]
fn ranges_hold_what_they_say() {
    let text: String = ranges("a-c0-2_-").into_iter().collect();
    assert_eq!(text, "abc012_-");
    assert_eq!(characters("base58").len(), 58);
    assert_eq!(characters("bech32").len(), 32);
}
