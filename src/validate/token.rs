//! Structure of issuers' tokens that carry no checksum: what must be so in every real one.
//!
//! Failing a structure rejects. Passing it proves the kind only where text decodes to something
//! that chance does not make (a macaroon, a snowflake); where it is a matter of lengths and fixed
//! letters, which a placeholder has too, the answer stays [`Validity::Unknown`].

use data_encoding::BASE64URL_NOPAD;

use super::checksum::base32;
use super::{Validity, n_distinct, plausible, proof, stretch};

/// Fewest different characters in 27 or more random ones; fewer is a placeholder.
const DISTINCT_MIN: usize = 8;

/// Checks the alphabet of an AWS access key id, `AKIA`, `ASIA` and the like with 16 characters.
///
/// Never valid: every base 32 text of that length is a possible id.
///
/// Source: AWS documentation, "IAM identifiers", unique ids.
pub(super) fn aws_key_id(value: &[u8]) -> Validity {
    let body = value.get(4..).filter(|body| body.len() == 16);
    let is_base32 = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'2'..=b'7');
    plausible(body.is_some_and(|body| body.iter().all(is_base32)))
}

/// The account number that an AWS access key id of since about 2019 holds.
///
/// In base 32 the first six bytes, without the first and the last seven bits, are the number. Older
/// ids hold none; they begin with a zero bit.
///
/// Source: A. Steele, "AWS Access Key ID formats".
pub(super) fn aws_account(value: &[u8]) -> Option<String> {
    let body = value.get(4..).filter(|body| body.len() == 16)?;
    let bytes = base32(body)?;
    let head = bytes[..6]
        .iter()
        .fold(0, |n, &byte| n << 8 | u64::from(byte));
    let account = (head & 0x7fff_ffff_ff80) >> 7;
    let known = head >> 47 == 1 && account < 1_000_000_000_000;
    known.then(|| format!("AWS account {account:012}"))
}

/// Checks an Anthropic key, `sk-ant-api03-` and the like with 95 characters that end in `AA`.
///
/// Source: rules of other scanners; the ending is base64 of a byte string that does not fill it.
pub(super) fn anthropic(value: &[u8]) -> Validity {
    let body = anthropic_body(value).map(|at| &value[at..]);
    plausible(
        body.is_some_and(|b| b.len() == 95 && b.iter().all(is_base64url) && b.ends_with(b"AA")),
    )
}

/// Writes the ending that [`anthropic`] expects.
pub(super) fn complete_anthropic(value: &mut [u8]) {
    if let Some(body) = anthropic_body(value).map(|at| &mut value[at..])
        && let [.., before_last, last] = body
    {
        (*before_last, *last) = (b'A', b'A');
    }
}

fn anthropic_body(value: &[u8]) -> Option<usize> {
    let head = b"sk-ant-";
    let kind = value.strip_prefix(head)?;
    let dash = kind.iter().position(|&byte| byte == b'-')?;
    Some(head.len() + dash + 1)
}

/// Base64 of `OpenAI`, in the middle of its keys.
const OPENAI_MARKER: &[u8; 8] = b"T3BlbkFJ";
const OPENAI_HEADS: [&[u8]; 4] = [b"sk-proj-", b"sk-svcacct-", b"sk-admin-", b"sk-None-"];

/// Checks that an OpenAI key has its marker in the middle, with 20 to 80 characters on either side.
///
/// Source: rules of other scanners.
pub(super) fn openai(value: &[u8]) -> Validity {
    let Some(body) = openai_body(value).map(|at| &value[at..]) else {
        return Validity::Invalid;
    };
    let half = body.len().saturating_sub(OPENAI_MARKER.len()) / 2;
    let even = body.len() == 2 * half + OPENAI_MARKER.len();
    let marked = body.get(half..half + OPENAI_MARKER.len()) == Some(OPENAI_MARKER);
    let alphabet = body.iter().all(is_base64url);
    plausible(even && marked && alphabet && (20..=80).contains(&half))
}

/// Moves the marker to the middle, where [`openai`] expects it.
pub(super) fn complete_openai(value: &mut Vec<u8>) {
    let Some(at) = openai_body(value) else {
        return;
    };
    let body = &value[at..];
    let marker = memchr::memmem::find(body, OPENAI_MARKER).unwrap_or(body.len());
    let rest = body.get(marker + OPENAI_MARKER.len()..).unwrap_or_default();
    let random = [&body[..marker], rest].concat();
    let half = (random.len() / 2).clamp(20, 80);
    let filler = std::iter::repeat(b'A');
    let random: Vec<u8> = random.into_iter().chain(filler).take(2 * half).collect();
    value.truncate(at);
    value.extend_from_slice(&random[..half]);
    value.extend_from_slice(OPENAI_MARKER);
    value.extend_from_slice(&random[half..]);
}

/// Where the body begins. Old keys may name a service before it and have no dash in it.
fn openai_body(value: &[u8]) -> Option<usize> {
    let head = OPENAI_HEADS.iter().find(|head| value.starts_with(head));
    let named = || {
        value
            .iter()
            .rposition(|&byte| byte == b'-')
            .map(|at| at + 1)
    };
    let at = head.map(|head| head.len()).or_else(named)?;
    value.starts_with(b"sk-").then_some(at)
}

/// A part of a token between dashes.
struct Segment {
    allows: fn(&u8) -> bool,
    len: std::ops::RangeInclusive<usize>,
}

const SLACK_ID: Segment = Segment {
    allows: u8::is_ascii_digit,
    len: 8..=15,
};

const fn hex(len: std::ops::RangeInclusive<usize>) -> Segment {
    Segment {
        allows: u8::is_ascii_hexdigit,
        len,
    }
}

const fn alphanumeric(len: std::ops::RangeInclusive<usize>) -> Segment {
    Segment {
        allows: u8::is_ascii_alphanumeric,
        len,
    }
}

/// Layouts of tokens by what stands before the first dash; the wide ends of ranges are old tokens.
static SLACK_LAYOUTS: &[(&[u8], &[Segment])] = &[
    (
        b"xapp",
        &[
            alphanumeric(1..=1),
            alphanumeric(9..=15),
            SLACK_ID,
            hex(64..=64),
        ],
    ),
    (b"xoxb", &[SLACK_ID, SLACK_ID, alphanumeric(23..=25)]),
    (b"xoxb", &[SLACK_ID, alphanumeric(18..=26)]),
    (b"xoxc", &[SLACK_ID, SLACK_ID, SLACK_ID, hex(64..=64)]),
    (b"xoxo", &[SLACK_ID, SLACK_ID, SLACK_ID, hex(10..=40)]),
    (b"xoxp", &[SLACK_ID, SLACK_ID, SLACK_ID, hex(10..=40)]),
    (b"xoxp", &[SLACK_ID, SLACK_ID, SLACK_ID, hex(64..=64)]),
    (b"xoxs", &[SLACK_ID, SLACK_ID, SLACK_ID, hex(10..=40)]),
];

/// Checks the parts of a Slack token: ids are 8 to 15 digits, the last part has a fixed alphabet.
///
/// Tokens of kinds without ids (`xoxa`, `xoxd`, `xoxe`, `xoxr`) are [`Validity::Unknown`].
///
/// Source: Slack documentation, "Token types"; lengths from rules of other scanners.
pub(super) fn slack(value: &[u8]) -> Validity {
    let mut parts = value.split(|&byte| byte == b'-');
    let head = parts.next().unwrap_or_default();
    let mut layouts = SLACK_LAYOUTS
        .iter()
        .filter(|layout| layout.0 == head)
        .peekable();
    if layouts.peek().is_none() {
        return plausible(value.starts_with(b"xox"));
    }
    let fits = |segments: &[Segment]| {
        let mut parts = parts.clone();
        let each = |segment: &Segment| parts.next().is_some_and(|part| segment_fits(segment, part));
        segments.iter().all(each) && parts.next().is_none()
    };
    plausible(layouts.any(|(_, segments)| fits(segments)))
}

fn segment_fits(segment: &Segment, part: &[u8]) -> bool {
    // No id and no random part is one character over and over.
    let repeated = part.len() > 1 && n_distinct(part) == 1;
    segment.len.contains(&part.len()) && part.iter().all(segment.allows) && !repeated
}

/// Checks a token of the Python package index: `pypi-` and a macaroon of version 2.
///
/// A location that is a host name, an identifier, caveats, and a signature of 32 bytes at the end.
///
/// Source: libmacaroons, `doc/format.txt`, version 2 binary format.
pub(super) fn pypi(value: &[u8]) -> Validity {
    let text = value.strip_prefix(b"pypi-");
    let bytes = text.and_then(|text| BASE64URL_NOPAD.decode(text).ok());
    proof(bytes.is_some_and(|bytes| macaroon(&bytes).is_some()))
}

/// Makes a macaroon for the same location, of an identifier and a signature made from the value.
pub(super) fn complete_pypi(value: &mut Vec<u8>) {
    let Some(text) = value.strip_prefix(b"pypi-") else {
        return;
    };
    // The location ends within 24 bytes; what follows is random and need not end a byte.
    let text = &text[..text.len().min(32) / 4 * 4];
    let bytes = BASE64URL_NOPAD.decode(text).unwrap_or_default();
    let location = bytes.strip_prefix(&[2]).and_then(packet);
    let location = match location {
        Some((1, location, _)) if is_host(location) => location,
        _ => b"index.example",
    };
    let seed = stretch(value, 48);
    let id = data_encoding::HEXLOWER.encode(&seed[..16]);
    let mut made = vec![2];
    for (tag, content) in [(1, location), (2, id.as_bytes())] {
        made.extend_from_slice(&[tag, content.len() as u8]);
        made.extend_from_slice(content);
    }
    made.extend_from_slice(&[0, 0, 6, 32]);
    made.extend_from_slice(&seed[16..]);
    *value = ["pypi-", &BASE64URL_NOPAD.encode(&made)]
        .concat()
        .into_bytes();
}

/// Reads a whole macaroon: a header, sections that end in tag 0, an empty section, a signature.
fn macaroon(bytes: &[u8]) -> Option<()> {
    let (1, location, rest) = packet(bytes.strip_prefix(&[2])?)? else {
        return None;
    };
    let (2, _, rest) = packet(rest)? else {
        return None;
    };
    let mut rest = rest.strip_prefix(&[0])?;
    while let Some(mut section) = (rest.first() != Some(&0)).then_some(rest) {
        while *section.first()? != 0 {
            (_, _, section) = packet(section)?;
        }
        rest = &section[1..];
    }
    let (6, signature, []) = packet(&rest[1..])? else {
        return None;
    };
    (is_host(location) && signature.len() == 32).then_some(())
}

/// Splits off a packet: its tag, its content, what follows. A length has one or two bytes.
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&low, rest) = rest.split_first()?;
    let (len, rest) = if low < 0x80 {
        (usize::from(low), rest)
    } else {
        let (&high, rest) = rest.split_first()?;
        (
            usize::from(low & 0x7f) | usize::from(high & 0x7f) << 7,
            rest,
        )
    };
    let (content, rest) = rest.split_at_checked(len)?;
    Some((tag, content, rest))
}

fn is_host(text: &[u8]) -> bool {
    let allowed = |byte: &u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-');
    text.contains(&b'.') && text.iter().all(allowed)
}

/// Checks a Discord bot token: three parts, the first of which is the bot's id in base64url.
///
/// The id is a snowflake of 17 to 20 digits, the second part four bytes of time, the third 27 to 38
/// random characters.
///
/// Source: Discord documentation, "Reference", snowflakes and authentication.
pub(super) fn discord(value: &[u8]) -> Validity {
    let mut parts = value.split(|&byte| byte == b'.');
    let (Some(id), Some(time), Some(random), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Validity::Invalid;
    };
    let random_fits = (27..=38).contains(&random.len()) && random.iter().all(is_base64url);
    let time_fits = time.len() == 6 && time.iter().all(is_base64url);
    proof(is_snowflake(id) && time_fits && random_fits && n_distinct(random) >= DISTINCT_MIN)
}

/// Writes an id made from the value in place of the first part.
pub(super) fn complete_discord(value: &mut Vec<u8>) {
    let seed = stretch(value, 17);
    let digits: Vec<u8> = seed.iter().map(|byte| b'0' + byte % 10).collect();
    let id = BASE64URL_NOPAD.encode(&[b"1", &digits[..]].concat());
    if let Some(dot) = value.iter().position(|&byte| byte == b'.') {
        value.splice(..dot, id.into_bytes());
    }
}

fn is_snowflake(text: &[u8]) -> bool {
    let Ok(digits) = BASE64URL_NOPAD.decode(text) else {
        return false;
    };
    let all_digits = (17..=20).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    // A first digit of zero would be a shorter number, and the sign bit is never set.
    let number = str::from_utf8(&digits)
        .ok()
        .and_then(|text| text.parse::<i64>().ok());
    all_digits && digits[0] != b'0' && number.is_some()
}

/// Checks a Telegram bot token: an id below 2⁴⁰, a colon, 35 characters that begin with `AA`.
///
/// Source: Telegram Bot API, "Authorizing your bot"; the letters from rules of other scanners.
pub(super) fn telegram(value: &[u8]) -> Validity {
    let Some(colon) = value.iter().position(|&byte| byte == b':') else {
        return Validity::Invalid;
    };
    let (id, random) = (&value[..colon], &value[colon + 1..]);
    let number = str::from_utf8(id)
        .ok()
        .and_then(|id| id.parse::<u64>().ok());
    let id_fits = id.iter().all(u8::is_ascii_digit) && id.first() != Some(&b'0');
    let random_fits = random.len() == 35 && random.iter().all(is_base64url);
    plausible(
        number.is_some_and(|number| number < 1 << 40)
            && id_fits
            && random_fits
            && random.starts_with(b"AA")
            && n_distinct(random) >= DISTINCT_MIN,
    )
}

/// Writes the two letters that [`telegram`] expects, and a first digit that is not zero.
pub(super) fn complete_telegram(value: &mut [u8]) {
    if let Some(b'0') = value.first() {
        value[0] = b'1';
    }
    if let Some(colon) = value.iter().position(|&byte| byte == b':')
        && let [_, first, second, ..] = &mut value[colon..]
    {
        (*first, *second) = (b'A', b'A');
    }
}

fn is_base64url(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::{Validity, aws_account, aws_key_id, macaroon, openai, packet, slack, telegram};

    #[test]
    fn old_aws_ids_hold_no_account() {
        let old = [&b"AKIA"[..], b"IAAAAAAAAAAAAAAA"].concat();
        assert_eq!(aws_key_id(&old), Validity::Unknown);
        assert_eq!(aws_account(&old), None);
        assert_eq!(aws_account(b"AKIA"), None);
        assert_eq!(
            aws_key_id(&[&b"AKIA"[..], b"0AAAAAAAAAAAAAAA"].concat()),
            Validity::Invalid
        );
    }

    #[test]
    fn old_openai_keys_may_name_a_service() {
        let half = "abcdefghij".repeat(2);
        for head in ["sk-", "sk-some-service-"] {
            let key = [head, &half, "T3Blbk", "FJ", &half].concat();
            assert_eq!(openai(key.as_bytes()), Validity::Unknown);
            assert_eq!(openai(&key.as_bytes()[..key.len() - 1]), Validity::Invalid);
        }
    }

    #[test]
    fn slack_ids_are_digits_and_not_one_digit_over_and_over() {
        let (id, other, hex) = ["1234567890", "2345678901", "0123456789abcdef"].into();
        let token = |parts: &[&str]| slack(parts.join("-").as_bytes());
        assert_eq!(
            token(&["xoxb", id, other, &hex[..12].repeat(2)]),
            Validity::Unknown
        );
        assert_eq!(
            token(&["xoxp", id, other, id, &hex.repeat(2)]),
            Validity::Unknown
        );
        assert_eq!(token(&["xoxp", id, other, id]), Validity::Invalid);
        assert_eq!(
            token(&["xoxp", id, "not-an-id", id, hex]),
            Validity::Invalid
        );
        assert_eq!(
            token(&["xoxb", id, "0000000000", &hex[..12].repeat(2)]),
            Validity::Invalid
        );
        assert_eq!(token(&["xoxe", "1", hex]), Validity::Unknown);
        assert_eq!(token(&["abc", id]), Validity::Invalid);
    }

    #[test]
    fn telegram_ids_are_numbers_below_a_bound() {
        let random = ["AA", "abcdefghijk".repeat(3).as_str()].concat();
        let token = |id: &str| telegram([id, ":", &random].concat().as_bytes());
        assert_eq!(token("123456789"), Validity::Unknown);
        assert_eq!(token("0123456789"), Validity::Invalid);
        assert_eq!(token("1099511627776"), Validity::Invalid);
        assert_eq!(token("+12345678"), Validity::Invalid);
        assert_eq!(token(""), Validity::Invalid);
    }

    #[test]
    fn macaroon_packets_end_where_their_lengths_say() {
        assert_eq!(packet(&[2, 1, 7, 9]), Some((2, &[7][..], &[9][..])));
        assert_eq!(packet(&[2, 3, 7]), None);
        assert_eq!(packet(&[2, 0x80]), None);
        assert_eq!(macaroon(&[2, 1, 3, b'a', b'.', b'b', 2, 0, 0]), None);
        assert_eq!(macaroon(&[]), None);
    }
}
