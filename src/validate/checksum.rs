//! Checksums that issuers put into their tokens: CRC-32 and CRC-16 in various spellings.
//!
//! Each check comes with its `complete_…`, which puts the right checksum into a random value of the
//! same shape, so that rules can be tested without any stored credential. Marvin32 is in `azure`,
//! the checksums of wallets are in `wallet`.

use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, HEXLOWER};

use super::{Validity, proof};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";

/// Characters after the underscore of a GitHub or npm token: 30 random ones and the checksum.
const CRC32_BASE62_LEN: usize = 36;

/// Fewest characters that a checksum is made of. The CRC-32 of nothing is 0, so a row of zeros
/// would pass without this bound.
const RANDOM_LEN_MIN: usize = 16;

/// Masks that tell the two kinds of Azure DevOps token apart.
const ADO_MASKS: [u32; 2] = [0xE0B9_692D, 0x1019_F92E];
/// Where an Azure DevOps token keeps its checksum, most significant byte first.
const ADO_CHECKSUM_AT: [usize; 4] = [2, 7, 8, 22];

/// Checks a GitHub (`ghp_`, `gho_`, `ghu_`, `ghs_`) or npm (`npm_`) token by its last six
/// characters.
///
/// They are the CRC-32 of the 30 characters after the first underscore in base 62 (digits
/// `0-9A-Za-z`, most significant first, filled up with `0`). Tokens of other lengths, such as a
/// refresh token with 76 characters, have a checksum of an unpublished kind and are
/// [`Validity::Unknown`].
///
/// Source: GitHub blog, "Behind GitHub's new authentication token formats", 2021-04-05; npm uses
/// the same format.
pub(super) fn crc32_base62(value: &[u8]) -> Validity {
    let Some(body) = after_underscore(value) else {
        return Validity::Invalid;
    };
    if body.len() != CRC32_BASE62_LEN {
        return Validity::Unknown;
    }
    let all_base62 = body.iter().all(u8::is_ascii_alphanumeric);
    let (random, tail) = body.split_at(30);
    proof(all_base62 && tail == digits::<6>(crc32fast::hash(random), BASE62))
}

/// Writes the checksum that [`crc32_base62`] expects.
pub(super) fn complete_crc32_base62(value: &mut [u8]) {
    let Some(body) = after_underscore(value) else {
        return;
    };
    if let Some(random) = body.get(..body.len().saturating_sub(6)) {
        let tail = digits::<6>(crc32fast::hash(random), BASE62);
        write_tail(value, &tail);
    }
}

/// Checks a Grafana service account token, `glsa_`, 32 characters, `_`, eight hex digits.
///
/// The digits are the CRC-32 of everything before the last underscore, least significant byte
/// first.
///
/// Source: grafana/grafana, `pkg/components/satokengen/tokengen.go`.
pub(super) fn crc32_grafana(value: &[u8]) -> Validity {
    proof(grafana_tail(value).is_some_and(|tail| value.ends_with(&tail)))
}

/// Writes the checksum that [`crc32_grafana`] expects.
pub(super) fn complete_crc32_grafana(value: &mut [u8]) {
    if let Some(tail) = grafana_tail(value) {
        write_tail(value, &tail);
    }
}

fn grafana_tail(value: &[u8]) -> Option<Vec<u8>> {
    let body = value.get(..value.len().checked_sub(8)?)?;
    let body = body
        .strip_suffix(b"_")
        .filter(|body| body.len() >= RANDOM_LEN_MIN)?;
    let crc = crc32fast::hash(body);
    Some(HEXLOWER.encode(&crc.to_le_bytes()).into_bytes())
}

/// Recognises Cloudflare (`cfut_`, `cfat_`, `cfk_`) and Zuplo (`zpka_`) keys by their last eight
/// characters.
///
/// They are the CRC-32, in hex, of what stands between the first underscore and them, without an
/// underscore at its end. The rule was inferred from published samples, so a mismatch proves
/// nothing.
///
/// Source: Cloudflare documents that there is a checksum; which one is inferred.
pub(super) fn crc32_hex8(value: &[u8]) -> Validity {
    match hex8_tail(value) {
        Some(tail) if value.ends_with(&tail) => Validity::Valid,
        _ => Validity::Unknown,
    }
}

/// Writes the checksum that [`crc32_hex8`] expects.
pub(super) fn complete_crc32_hex8(value: &mut [u8]) {
    if let Some(tail) = hex8_tail(value) {
        write_tail(value, &tail);
    }
}

fn hex8_tail(value: &[u8]) -> Option<Vec<u8>> {
    let body = after_underscore(value)?;
    let random = body.get(..body.len().checked_sub(8)?)?;
    let random = random.strip_suffix(b"_").unwrap_or(random);
    if random.len() < RANDOM_LEN_MIN {
        return None;
    }
    let crc = crc32fast::hash(random);
    Some(HEXLOWER.encode(&crc.to_be_bytes()).into_bytes())
}

/// Recognises a Confluent Cloud API secret, `cflt` and 60 characters, by its last six.
///
/// They are the CRC-32 of the 54 characters before them, least significant byte first, in base 64.
/// Nobody promises that it stays so, so a mismatch proves nothing.
///
/// Source: rules of other scanners; Confluent documents prefix and length.
pub(super) fn crc32_base64(value: &[u8]) -> Validity {
    match base64_tail(value) {
        Some(tail) if value.ends_with(&tail) => Validity::Valid,
        _ => Validity::Unknown,
    }
}

/// Writes the checksum that [`crc32_base64`] expects.
pub(super) fn complete_crc32_base64(value: &mut [u8]) {
    if let Some(tail) = base64_tail(value) {
        write_tail(value, &tail);
    }
}

fn base64_tail(value: &[u8]) -> Option<Vec<u8>> {
    let body = value.strip_prefix(b"cflt")?;
    let random = body.get(..body.len().checked_sub(6)?)?;
    if random.len() < RANDOM_LEN_MIN {
        return None;
    }
    let crc = crc32fast::hash(random);
    Some(BASE64_NOPAD.encode(&crc.to_le_bytes()).into_bytes())
}

/// Checks a routable GitLab token by its last seven characters.
///
/// They are the CRC-32 of everything before them, prefix included, in base 36 (digits `0-9a-z`,
/// most significant first, filled up with `0`); together with two digits of length they follow a
/// full stop.
///
/// Source: gitlab-org/gitlab, `lib/authn/token_field/generator/routable_token.rb`.
pub(super) fn gitlab_routable(value: &[u8]) -> Validity {
    proof(gitlab_tail(value).is_some_and(|tail| value.ends_with(&tail)))
}

/// Writes the checksum that [`gitlab_routable`] expects.
pub(super) fn complete_gitlab_routable(value: &mut [u8]) {
    if let Some(tail) = gitlab_tail(value) {
        write_tail(value, &tail);
    }
}

fn gitlab_tail(value: &[u8]) -> Option<[u8; 7]> {
    let body = value.get(..value.len().checked_sub(7)?)?;
    let stop = body.len().checked_sub(3)?;
    (body[stop] == b'.').then(|| digits(crc32fast::hash(body), BASE36))
}

/// Checks an Azure DevOps personal access token of 52 characters.
///
/// In base 32 it is 32 bytes. Four of them hold the CRC-32 of the others combined with one of two
/// constants, one for users' and one for applications' tokens.
///
/// Source: microsoft/security-utilities, `AzureDevOpsLegacyPAT`.
pub(super) fn ado_pat(value: &[u8]) -> Validity {
    let Some(bytes) = ado_bytes(value) else {
        return Validity::Invalid;
    };
    let stored = u32::from_be_bytes(ADO_CHECKSUM_AT.map(|at| bytes[at]));
    proof(ADO_MASKS.contains(&(stored ^ ado_crc(&bytes))))
}

/// Writes the checksum that [`ado_pat`] expects of a user's token.
pub(super) fn complete_ado_pat(value: &mut Vec<u8>) {
    let Some(mut bytes) = ado_bytes(value) else {
        return;
    };
    let sum = ado_crc(&bytes) ^ ADO_MASKS[0];
    for (at, byte) in ADO_CHECKSUM_AT.into_iter().zip(sum.to_be_bytes()) {
        bytes[at] = byte;
    }
    *value = BASE32_NOPAD
        .encode(&bytes)
        .to_ascii_lowercase()
        .into_bytes();
}

fn ado_bytes(value: &[u8]) -> Option<[u8; 32]> {
    if value.len() != 52 {
        return None;
    }
    base32(value)?.try_into().ok()
}

fn ado_crc(bytes: &[u8; 32]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for range in [0..2, 3..7, 9..22, 23..32] {
        hasher.update(&bytes[range]);
    }
    hasher.finalize()
}

/// Checks a Stellar secret seed: `S` and 55 more characters of base 32.
///
/// The first of 35 bytes is 0x90, the last two are the CRC-16 of the rest, low byte first.
///
/// Source: Stellar SEP-23, "Strkeys".
pub(super) fn strkey(value: &[u8]) -> Validity {
    let bytes = (value.len() == 56).then(|| base32(value)).flatten();
    proof(bytes.is_some_and(|bytes| bytes[0] == 0x90 && crc16_holds(&bytes)))
}

/// Writes the version and checksum that [`strkey`] expects.
pub(super) fn complete_strkey(value: &mut Vec<u8>) {
    if let Some(mut bytes) = base32(value).filter(|bytes| bytes.len() == 35) {
        bytes[0] = 0x90;
        write_crc16(&mut bytes);
        *value = BASE32_NOPAD.encode(&bytes).into_bytes();
    }
}

/// Checks a NATS seed (NKey): `S`, a letter for its role and 56 more characters of base 32.
///
/// The last two of 36 bytes are the CRC-16 of the rest, low byte first.
///
/// Source: nats-io/nkeys, `strkey.go`.
pub(super) fn nkeys(value: &[u8]) -> Validity {
    let bytes = (value.len() == 58).then(|| base32(value)).flatten();
    proof(value.first() == Some(&b'S') && bytes.is_some_and(|bytes| crc16_holds(&bytes)))
}

/// Writes the checksum that [`nkeys`] expects.
pub(super) fn complete_nkeys(value: &mut Vec<u8>) {
    if let Some(mut bytes) = base32(value).filter(|bytes| bytes.len() == 36) {
        write_crc16(&mut bytes);
        *value = BASE32_NOPAD.encode(&bytes).into_bytes();
    }
}

fn crc16_holds(bytes: &[u8]) -> bool {
    let (body, tail) = bytes.split_at(bytes.len().saturating_sub(2));
    tail == crc16(body).to_le_bytes()
}

fn write_crc16(bytes: &mut [u8]) {
    let (body, tail) = bytes.split_at_mut(bytes.len().saturating_sub(2));
    tail.copy_from_slice(&crc16(body).to_le_bytes());
}

/// CRC-16 of Xmodem: polynomial 0x1021, initial value 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        (0..8).fold(crc ^ (u16::from(byte) << 8), |crc, _| {
            let carry = crc & 0x8000 != 0;
            (crc << 1) ^ if carry { 0x1021 } else { 0 }
        })
    })
}

/// Decodes base 32 in either case, dropping bits that fill no byte.
///
/// Not the decoder of `data-encoding`, which refuses left-over bits that are not zero: an issuer's
/// reader may be as lenient as this one, and a mismatch here drops a finding.
///
/// Source: RFC 4648, section 6.
pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut n_bits) = (0u32, 0);
    for byte in text {
        let digit = match byte.to_ascii_uppercase() {
            letter @ b'A'..=b'Z' => letter - b'A',
            number @ b'2'..=b'7' => number - b'2' + 26,
            _ => return None,
        };
        bits = (bits << 5) | u32::from(digit);
        n_bits += 5;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    Some(bytes)
}

fn after_underscore(value: &[u8]) -> Option<&[u8]> {
    let at = value.iter().position(|&byte| byte == b'_')?;
    Some(&value[at + 1..])
}

/// A number in the base of an alphabet, most significant digit first, filled up with its zero.
pub(super) fn digits<const N: usize>(mut number: u32, alphabet: &[u8]) -> [u8; N] {
    let base = alphabet.len() as u32;
    let mut text = [alphabet[0]; N];
    for digit in text.iter_mut().rev() {
        *digit = alphabet[(number % base) as usize];
        number /= base;
    }
    text
}

fn write_tail(value: &mut [u8], tail: &[u8]) {
    if let Some(at) = value.len().checked_sub(tail.len()) {
        value[at..].copy_from_slice(tail);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        BASE36, BASE62, Validity, base32, crc16, crc32_base62, crc32_grafana, crc32_hex8, digits,
        gitlab_routable,
    };

    #[test]
    fn numbers_are_written_most_significant_digit_first() {
        assert_eq!(&digits::<6>(0, BASE62), b"000000");
        assert_eq!(&digits::<6>(61, BASE62), b"00000z");
        assert_eq!(&digits::<6>(62, BASE62), b"000010");
        assert_eq!(&digits::<7>(u32::MAX, BASE36), b"1z141z3");
    }

    #[test]
    fn crc16_has_the_check_value_of_its_standard() {
        assert_eq!(crc16(b"123456789"), 0x31C3);
    }

    #[test]
    fn base32_drops_bits_that_fill_no_byte() {
        assert_eq!(base32(b"MZXW6YTB").as_deref(), Some(&b"fooba"[..]));
        assert_eq!(base32(b"mzxw6").as_deref(), Some(&b"foo"[..]));
        assert_eq!(base32(b"mzxw7").as_deref(), Some(&b"foo"[..]));
        assert_eq!(base32(b"mz1w6"), None);
    }

    #[test]
    fn other_lengths_after_a_github_prefix_prove_nothing() {
        assert_eq!(
            crc32_base62(&[b"ghr_", &[b'a'; 76][..]].concat()),
            Validity::Unknown
        );
        assert_eq!(crc32_base62(b"ghp"), Validity::Invalid);
        assert_eq!(
            crc32_base62(&[b"ghp_", &[b'-'; 36][..]].concat()),
            Validity::Invalid
        );
    }

    #[test]
    fn values_too_short_for_a_checksum_are_refused_without_a_panic() {
        for value in [&b""[..], b"_", b"glsa_", b"a.b", b".00", b"_00000000"] {
            assert_eq!(crc32_grafana(value), Validity::Invalid);
            assert_eq!(gitlab_routable(value), Validity::Invalid);
            assert_eq!(crc32_hex8(value), Validity::Unknown);
        }
    }
}
