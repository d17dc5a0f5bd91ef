//! Values that print masked, and the one place that masks text.
//!
//! A [`Secret`] shows nothing of itself through `Debug` and is read in the clear only by
//! [`Secret::reveal`]. How much of a value may be shown is decided by [`mask`]; what is shown of
//! any other text goes through a [`Redactor`] that knows every value of the run.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use regex::bytes::RegexSet;
use sha2::Sha256;

use crate::randomness;

mod redact;

pub use redact::Redactor;

/// Randomness in bits from which a value is safe to tag with 64 bits of its keyed hash.
const STRONG_BITS: f64 = 80.0;

/// Characters that stay hidden at least where a part of a token is shown.
const HIDDEN_MIN: usize = 16;

/// Characters shown of the end of a token.
const TAIL: usize = 4;

/// A value that must not be shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    /// Wraps the bytes of a value.
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes in the clear, for verification and for reports under `--show-secrets` only.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True for the empty value of a whole-file finding.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the patterns matches somewhere in the value; never in an empty one.
    pub fn matches(&self, patterns: &RegexSet) -> bool {
        !self.is_empty() && patterns.is_match(&self.0)
    }

    /// A keyed hash of the value in lower-case hex: 64 bits of it where the value holds at least 80
    /// bits of randomness, else 12, too few to confirm a guess.
    pub fn tag(&self, salt: &[u8]) -> String {
        let tag = data_encoding::HEXLOWER.encode(&keyed(salt, &[&self.0])[..8]);
        let strong = randomness::bits(&self.0) >= STRONG_BITS;
        if strong { tag } else { tag[..3].to_owned() }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// HMAC-SHA-256 over length-prefixed parts, so that no two lists of parts give the same input.
///
/// Source: RFC 2104 with SHA-256 (FIPS 180-4).
pub(crate) fn keyed(salt: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(salt).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// How much of a value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// A random token behind a prefix that its issuer puts on every one.
    Token {
        /// Length of that prefix in bytes; 0 where there is none.
        prefix: usize,
    },
    /// Nothing of a value but what it is, such as `password`, and its length class.
    Opaque(&'static str),
}

/// Shows as much of a value as `mask` allows: `ghp_…9rLJ` or `[password, 8-15 characters]`.
///
/// A token keeps its prefix and its last 4 characters where these are printable ASCII and at least
/// 16 graphic ASCII characters stay hidden between them; else it reads
/// `[secret, 16-31 characters]`.
pub fn mask(value: &[u8], mask: Mask) -> String {
    match mask {
        Mask::Token { prefix } => {
            partly(value, prefix).unwrap_or_else(|| described("secret", value))
        }
        Mask::Opaque(what) => described(what, value),
    }
}

fn partly(value: &[u8], prefix: usize) -> Option<String> {
    let tail = value.len().checked_sub(TAIL)?;
    let hidden = value.get(prefix..tail)?;
    if hidden.iter().filter(|byte| byte.is_ascii_graphic()).count() < HIDDEN_MIN {
        return None;
    }
    let printable = |bytes: &[u8]| {
        let all = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
        all.then(|| bytes.iter().copied().map(char::from).collect::<String>())
    };
    let (head, tail) = (printable(&value[..prefix])?, printable(&value[tail..])?);
    Some(format!("{head}…{tail}"))
}

fn described(what: &str, value: &[u8]) -> String {
    // Continuation bytes of UTF-8 are no characters of their own.
    let n_characters = value.iter().filter(|&byte| byte & 0xc0 != 0x80).count();
    let class = match n_characters {
        0 => return format!("[{what}]"),
        1..8 => "1-7",
        8..16 => "8-15",
        16..32 => "16-31",
        32..64 => "32-63",
        64..256 => "64-255",
        _ => "256+",
    };
    format!("[{what}, {class} characters]")
}

#[cfg(test)]
mod tests {
    use super::{Mask, mask};

    #[test]
    fn token_shows_prefix_and_tail_only_with_16_hidden() {
        let token = Mask::Token { prefix: 4 };
        assert_eq!(mask(b"abc_0123456789abcdefWXYZ", token), "abc_…WXYZ");
        assert_eq!(
            mask(b"abc_0123456789abcdeWXYZ", token),
            "[secret, 16-31 characters]"
        );
        assert_eq!(mask(b"abc", token), "[secret, 1-7 characters]");
        assert_eq!(
            mask(b"abc_", Mask::Token { prefix: 9 }),
            "[secret, 1-7 characters]"
        );
    }

    #[test]
    fn token_with_unprintable_ends_or_middle_shows_nothing() {
        let token = Mask::Token { prefix: 4 };
        assert_eq!(
            mask(b"ab\x1b_0123456789abcdefWXYZ", token),
            "[secret, 16-31 characters]"
        );
        assert_eq!(
            mask(b"abc_0123456789abcdefWX\xffZ", token),
            "[secret, 16-31 characters]"
        );
        assert_eq!(
            mask(b"abc_0123456              WXYZ", token),
            "[secret, 16-31 characters]"
        );
    }

    #[test]
    fn opaque_shows_kind_and_length_class() {
        let classes = [
            (1, "1-7"),
            (7, "1-7"),
            (8, "8-15"),
            (16, "16-31"),
            (32, "32-63"),
            (64, "64-255"),
            (256, "256+"),
        ];
        for (len, class) in classes {
            let masked = mask("é".repeat(len).as_bytes(), Mask::Opaque("password"));
            assert_eq!(masked, format!("[password, {class} characters]"));
        }
        assert_eq!(mask(b"", Mask::Opaque("file")), "[file]");
    }
}
