//! JSON Web Tokens: where one ends, whether it decodes, when it expires.
//!
//! Only signed tokens of three parts count. Unsigned ones (`alg` `none`) give no access, and
//! encrypted ones of five parts show nothing to check. The signature itself is not verified: that
//! needs a key.

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde_json::{Map, Value};

use super::{Validity, plausible, proof, stretch};

/// Longest token looked at, in bytes.
const LEN_MAX: usize = 8 << 10;

/// Bytes of a signature by algorithm; an RSA key has 1,024 to 8,192 bits.
///
/// Source: RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 8812, section 3.2.
static ALGORITHMS: &[(&str, std::ops::RangeInclusive<usize>)] = &[
    ("ES256", 64..=64),
    ("ES256K", 64..=64),
    ("ES384", 96..=96),
    ("ES512", 132..=132),
    ("EdDSA", 64..=114),
    ("HS256", 32..=32),
    ("HS384", 48..=48),
    ("HS512", 64..=64),
    ("PS256", 128..=1024),
    ("PS384", 128..=1024),
    ("PS512", 128..=1024),
    ("RS256", 128..=1024),
    ("RS384", 128..=1024),
    ("RS512", 128..=1024),
];

/// Where the token that begins at byte 0 ends: three parts of base64url, none empty, at most 8 KiB.
///
/// Source: RFC 7515, section 3.1.
pub(super) fn measure(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"eyJ") {
        return None;
    }
    let text = &text[..text.len().min(LEN_MAX)];
    let header = part_len(text);
    let payload = part_len(text[header..].strip_prefix(b".")?);
    let signature = part_len(text[header + 1 + payload..].strip_prefix(b".")?);
    (payload > 0 && signature > 0).then_some(header + payload + signature + 2)
}

fn part_len(text: &[u8]) -> usize {
    let allowed = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.iter().take_while(allowed).count()
}

/// Checks that header and payload are JSON objects and that the signature is as long as the
/// header's `alg` makes it. Unsigned tokens are refused, unregistered algorithms prove nothing.
///
/// Source: RFC 7519, section 7.2; RFC 7518, section 3.1.
pub(super) fn check(value: &[u8]) -> Validity {
    let Some(token) = parse(value) else {
        return Validity::Invalid;
    };
    match registered(&token) {
        Some((_, len)) => proof(len.contains(&token.signature_len)),
        None => plausible(!algorithm(&token).eq_ignore_ascii_case("none")),
    }
}

/// The algorithm, and the day on which the token expires, in UTC.
pub(super) fn note(value: &[u8]) -> Option<String> {
    let token = parse(value)?;
    let name = registered(&token).map_or("other algorithm", |known| known.0);
    let expiry = match token.payload.get("exp") {
        Some(time) => format!("expires {}", date(time.as_f64()?)?),
        None => "does not expire".to_owned(),
    };
    Some(format!("{name}, {expiry}"))
}

/// Makes a token signed with HS256 from any bytes.
pub(super) fn complete(value: &mut Vec<u8>) {
    let random = stretch(value, 48);
    let subject = HEXLOWER.encode(&random[32..]);
    let header = br#"{"alg":"HS256","typ":"JWT"}"#;
    let payload = format!(r#"{{"sub":"{subject}","iat":1700000000,"exp":1800000000}}"#);
    let parts = [&header[..], payload.as_bytes(), &random[..32]];
    *value = parts
        .map(|part| BASE64URL_NOPAD.encode(part))
        .join(".")
        .into_bytes();
}

/// What of a token is looked at.
struct Token {
    header: Map<String, Value>,
    payload: Map<String, Value>,
    signature_len: usize,
}

/// The claims of a token that [`check`] does not refuse.
pub(super) fn claims(value: &[u8]) -> Option<Map<String, Value>> {
    let sound = check(value) != Validity::Invalid;
    sound
        .then(|| parse(value))
        .flatten()
        .map(|token| token.payload)
}

fn parse(value: &[u8]) -> Option<Token> {
    if value.len() > LEN_MAX {
        return None;
    }
    let mut parts = value.split(|&byte| byte == b'.');
    let header = object(parts.next()?)?;
    let payload = object(parts.next()?)?;
    let signature = BASE64URL_NOPAD.decode(parts.next()?).ok()?;
    let whole = parts.next().is_none() && !signature.is_empty();
    let token = Token {
        header,
        payload,
        signature_len: signature.len(),
    };
    (whole && token.header.get("alg").is_some_and(Value::is_string)).then_some(token)
}

fn object(part: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(part).ok()?).ok()
}

fn algorithm(token: &Token) -> &str {
    let name = token.header.get("alg").and_then(Value::as_str);
    name.unwrap_or_default()
}

fn registered(token: &Token) -> Option<&'static (&'static str, std::ops::RangeInclusive<usize>)> {
    ALGORITHMS.iter().find(|known| known.0 == algorithm(token))
}

/// The day of a Unix time in the proleptic Gregorian calendar, for the years 1970 to 9999.
///
/// Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date(seconds: f64) -> Option<String> {
    if !(0.0..253_402_300_800.0).contains(&seconds) {
        return None;
    }
    // Days since 0000-03-01, so that a leap day ends its year.
    let days = seconds as u64 / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

#[cfg(test)]
mod tests {
    use super::{BASE64URL_NOPAD, Validity, check, complete, date, measure, note};

    fn token(header: &str, payload: &str, signature_len: usize) -> Vec<u8> {
        let signature = vec![7; signature_len];
        let parts = [header.as_bytes(), payload.as_bytes(), &signature];
        parts
            .map(|part| BASE64URL_NOPAD.encode(part))
            .join(".")
            .into_bytes()
    }

    #[track_caller]
    fn judged(header: &str, payload: &str, signature_len: usize, expected: Validity) {
        assert_eq!(check(&token(header, payload, signature_len)), expected);
    }

    #[test]
    fn signature_length_must_fit_the_algorithm() {
        judged(r#"{"alg":"HS256"}"#, "{}", 32, Validity::Valid);
        judged(r#"{"alg":"HS256"}"#, "{}", 31, Validity::Invalid);
        judged(r#"{"alg":"RS256"}"#, "{}", 256, Validity::Valid);
        judged(r#"{"alg":"ES512"}"#, "{}", 64, Validity::Invalid);
        judged(r#"{"alg":"FROB1"}"#, "{}", 64, Validity::Unknown);
    }

    #[test]
    fn unsigned_and_undecodable_tokens_are_refused() {
        judged(r#"{"alg":"none"}"#, "{}", 0, Validity::Invalid);
        judged(r#"{"alg":"None"}"#, "{}", 32, Validity::Invalid);
        judged(r#"{"typ":"JWT"}"#, "{}", 32, Validity::Invalid);
        judged(r#"{"alg":"HS256"}"#, "[]", 32, Validity::Invalid);
        judged(r#"{"alg":"HS256"}"#, "text", 32, Validity::Invalid);
        judged(r#"["alg"]"#, "{}", 32, Validity::Invalid);
        assert_eq!(check(b"eyJ"), Validity::Invalid);
    }

    #[test]
    fn measuring_stops_at_the_end_of_the_third_part() {
        let token = token(r#"{"alg":"HS256"}"#, "{}", 32);
        for after in ["", "\"", " x", ".x", "\n"] {
            let text = [&token, after.as_bytes()].concat();
            assert_eq!(measure(&text), Some(token.len()));
        }
        for text in [
            "",
            "eyJ",
            "eyJh.",
            "eyJh.eyJh",
            "eyJh.eyJh.",
            "eyJh..eyJh",
            "eyK.a.b",
        ] {
            assert_eq!(measure(text.as_bytes()), None);
        }
    }

    #[test]
    fn notes_tell_algorithm_and_expiry() {
        let noted = |payload: &str| note(&token(r#"{"alg":"HS256"}"#, payload, 32));
        assert_eq!(noted("{}").as_deref(), Some("HS256, does not expire"));
        assert_eq!(
            noted(r#"{"exp":1704412800}"#).as_deref(),
            Some("HS256, expires 2024-01-05")
        );
        assert_eq!(noted(r#"{"exp":"soon"}"#), None);
        assert_eq!(noted(r#"{"exp":1e300}"#), None);
    }

    #[test]
    fn dates_of_unix_times() {
        for (seconds, day) in [
            (0.0, "1970-01-01"),
            (68_169_599.5, "1972-02-28"),
            (951_782_400.0, "2000-02-29"),
            (951_868_800.0, "2000-03-01"),
            (4_107_542_400.0, "2100-03-01"),
            (253_402_300_799.0, "9999-12-31"),
        ] {
            assert_eq!(date(seconds).as_deref(), Some(day));
        }
        assert_eq!(date(-1.0), None);
        assert_eq!(date(f64::NAN), None);
    }

    #[test]
    fn made_tokens_are_valid_and_measured_whole() {
        let mut value = b"seed".to_vec();
        complete(&mut value);
        assert_eq!(check(&value), Validity::Valid);
        assert_eq!(measure(&value), Some(value.len()));
    }
}
