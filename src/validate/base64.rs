//! What stands in base64: an object that an issuer wrote into its token, a name with its password,
//! a number with random bytes.
//!
//! Tokens of three signed parts are in `jwt`, macaroons in `token`.

use std::borrow::Cow;

use data_encoding::{BASE64_NOPAD, HEXLOWER};
use serde_json::{Map, Value};

use super::password::is_placeholder;
use super::{Validity, plausible, proof, stretch};

/// A kind of token that holds a JSON object.
struct Family {
    head: &'static [u8],
    /// Where the object begins.
    at: usize,
    /// The object is followed by `_` and 32 random bytes.
    tailed: bool,
    /// What the object must name.
    keys: &'static [&'static str],
    /// An object of this kind; [`RANDOM`] stands for 32 hex digits.
    example: &'static str,
}

const RANDOM: &str = "RANDOM";

/// Characters of 32 bytes in base64.
const TAIL_LEN: usize = 43;

/// Source: Grafana documentation, "API keys" and "Access policies"; Sentry documentation, "Auth
/// tokens"; rules of other scanners.
static FAMILIES: &[Family] = &[
    // Grafana, keys of before service accounts.
    Family {
        head: b"eyJrIjoi",
        at: 0,
        tailed: false,
        keys: &["k", "n", "id"],
        example: r#"{"k":"RANDOM","n":"made up","id":1}"#,
    },
    // Grafana Cloud.
    Family {
        head: b"glc_",
        at: 4,
        tailed: false,
        keys: &["o", "n", "k"],
        example: r#"{"o":"1","n":"made up","k":"RANDOM","m":{"r":"eu"}}"#,
    },
    // Sentry, tokens of organisations.
    Family {
        head: b"sntrys_",
        at: 7,
        tailed: true,
        keys: &["iat", "url", "org"],
        example: r#"{"iat":1700000000.5,"url":"https://sentry.example","org":"RANDOM"}"#,
    },
];

/// Checks a token that holds a JSON object in base64, by the names that its issuer writes there.
///
/// Source: see `FAMILIES`.
pub(super) fn json(value: &[u8]) -> Validity {
    let family = FAMILIES
        .iter()
        .find(|family| value.starts_with(family.head));
    proof(family.is_some_and(|family| holds(family, &value[family.at..])))
}

/// Makes an object of the kind that the value begins as.
pub(super) fn complete_json(value: &mut Vec<u8>) {
    let family = FAMILIES
        .iter()
        .find(|family| value.starts_with(family.head));
    let Some(family) = family else {
        return;
    };
    let random = stretch(value, 48);
    let object = family
        .example
        .replace(RANDOM, &HEXLOWER.encode(&random[..16]));
    let mut text = data_encoding::BASE64.encode(object.as_bytes());
    if family.tailed {
        text = [&text, "_", &BASE64_NOPAD.encode(&random[16..])].concat();
    }
    value.truncate(family.at);
    value.extend_from_slice(text.as_bytes());
}

fn holds(family: &Family, text: &[u8]) -> bool {
    let text = if family.tailed {
        let at = text.iter().rposition(|&byte| byte == b'_');
        let tail = at.and_then(|at| decode(&text[at + 1..]));
        match (at, tail) {
            (Some(at), Some(tail)) if tail.len() == 32 && text.len() - at - 1 == TAIL_LEN => {
                &text[..at]
            }
            _ => return false,
        }
    } else {
        text
    };
    let object = decode(text).and_then(|json| serde_json::from_slice(&json).ok());
    object.is_some_and(|object: Map<String, Value>| {
        family.keys.iter().all(|&key| object.contains_key(key))
    })
}

/// Checks that the value holds a name, a colon and a password that is no placeholder.
///
/// Never valid: a password has no structure.
///
/// Source: RFC 7617, section 2.
pub(super) fn pair(value: &[u8]) -> Validity {
    let text = readable(value);
    let password = text.as_deref().and_then(|text| {
        let colon = memchr::memchr(b':', text)?;
        Some(&text[colon + 1..])
    });
    plausible(password.is_some_and(|password| !is_placeholder(password)))
}

/// Makes a name and a password.
pub(super) fn complete_pair(value: &mut Vec<u8>) {
    let password = HEXLOWER.encode(&stretch(value, 12));
    *value = data_encoding::BASE64
        .encode(["made-up:", &password].concat().as_bytes())
        .into_bytes();
}

/// Checks that the value holds a password that is no placeholder.
///
/// Never valid: a password has no structure.
///
/// Source: npm documentation, "npmrc", `_password`.
pub(super) fn password(value: &[u8]) -> Validity {
    plausible(readable(value).is_some_and(|text| !is_placeholder(&text)))
}

/// Makes a password.
pub(super) fn complete_password(value: &mut Vec<u8>) {
    let password = HEXLOWER.encode(&stretch(value, 12));
    *value = data_encoding::BASE64
        .encode(password.as_bytes())
        .into_bytes();
}

const ATLASSIAN_HEAD: &[u8] = b"BBDC-";
const ATLASSIAN_LEN: usize = 44;
const ATLASSIAN_DIGITS: usize = 12;

/// Checks a token of Bitbucket, Jira or Confluence Data Center: 44 characters, for Bitbucket after
/// `BBDC-`.
///
/// They are 33 bytes: twelve digits, a colon and 20 random bytes.
///
/// Source: rules of other scanners.
pub(super) fn atlassian(value: &[u8]) -> Validity {
    let text = value.strip_prefix(ATLASSIAN_HEAD).unwrap_or(value);
    let bytes = (text.len() == ATLASSIAN_LEN)
        .then(|| decode(text))
        .flatten();
    proof(bytes.is_some_and(|bytes| {
        let (id, rest) = bytes.split_at(ATLASSIAN_DIGITS);
        id.iter().all(u8::is_ascii_digit) && rest.starts_with(b":")
    }))
}

/// Writes the digits and the colon that [`atlassian`] expects.
pub(super) fn complete_atlassian(value: &mut Vec<u8>) {
    let at = value.len().saturating_sub(ATLASSIAN_LEN);
    let Some(mut bytes) = decode(&value[at..]).filter(|bytes| bytes.len() > ATLASSIAN_DIGITS)
    else {
        return;
    };
    for byte in &mut bytes[..ATLASSIAN_DIGITS] {
        *byte = b'0' + *byte % 10;
    }
    bytes[ATLASSIAN_DIGITS] = b':';
    value.truncate(at);
    value.extend_from_slice(BASE64_NOPAD.encode(&bytes).as_bytes());
}

/// The text that stands in base64, if all of it can be read.
fn readable(value: &[u8]) -> Option<Vec<u8>> {
    let bytes = decode(value)?;
    let text = str::from_utf8(&bytes).ok()?;
    let shown = !text.is_empty() && !text.chars().any(char::is_control);
    shown.then_some(bytes)
}

/// Decodes base64 of either alphabet, padded or not.
fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let n_padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let text = &text[..text.len() - n_padding.min(2)];
    let text = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) {
        let standard = text.iter().map(|&byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            _ => byte,
        });
        Cow::Owned(standard.collect())
    } else {
        Cow::Borrowed(text)
    };
    BASE64_NOPAD.decode(&text).ok()
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64;

    use super::{FAMILIES, Validity, complete_json, json, pair, password};

    fn made(head: &[u8]) -> Vec<u8> {
        let mut value = head.to_vec();
        complete_json(&mut value);
        value
    }

    #[test]
    fn objects_of_every_family_are_recognised() {
        for family in FAMILIES {
            let value = made(family.head);
            assert!(value.starts_with(family.head));
            assert_eq!(json(&value), Validity::Valid);
            assert_eq!(json(&value[..value.len() - 3]), Validity::Invalid);
            assert_eq!(json(family.head), Validity::Invalid);
        }
    }

    #[test]
    fn objects_without_the_names_of_their_issuer_are_refused() {
        for object in [r#"{"o":"1","n":"a"}"#, r#"["o","n","k"]"#, r#"{"o":"#] {
            let value = ["glc_", &BASE64.encode(object.as_bytes())].concat();
            assert_eq!(json(value.as_bytes()), Validity::Invalid, "{object}");
        }
    }

    #[test]
    fn a_tail_has_32_bytes() {
        let mut value = made(b"sntrys_");
        value.push(b'A');
        assert_eq!(json(&value), Validity::Invalid);
        let end = value.iter().rposition(|&byte| byte == b'_');
        value.truncate(end.expect("it has a tail"));
        assert_eq!(json(&value), Validity::Invalid);
    }

    #[track_caller]
    fn check(text: &[u8], of_pair: Validity, of_password: Validity) {
        let value = BASE64.encode(text);
        assert_eq!(pair(value.as_bytes()), of_pair);
        assert_eq!(password(value.as_bytes()), of_password);
    }

    #[test]
    fn pairs_have_a_password_that_is_no_placeholder() {
        let (unknown, invalid) = (Validity::Unknown, Validity::Invalid);
        check(b"app:Gr\xc3\xbcn-7", unknown, unknown);
        check(b"app:correct:horse", unknown, unknown);
        check(b"correct horse", invalid, unknown);
        check(b"me:password", invalid, unknown);
        check(b"me:", invalid, unknown);
        check(b"changeme", invalid, invalid);
        check(b"app:a\xff\xfeb", invalid, invalid);
        check(b"app:a\nb", invalid, invalid);
        check(b"", invalid, invalid);
    }
}
