//! Checksums of wallets' private keys: Base58Check and Bech32, and the length of NEAR's.
//!
//! Both are short enough here that a crate each would cost more than it saves: only the checksum is
//! looked at, never the key inside.

use sha2::{Digest, Sha256};

use super::{Validity, n_distinct, plausible, proof, stretch};

const BITCOIN: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const RIPPLE: &[u8; 58] = b"rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";
const BECH32: &[u8; 32] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// Longest Base58 text that is decoded, in characters: decoding takes quadratic time. The longest
/// known key has 111.
const BASE58_LEN_MAX: usize = 128;
/// Fewest bytes beside the checksum that make a key.
const BASE58_BODY_MIN: usize = 16;

/// Checks a key in Base58Check: WIF, BIP-32 extended keys, BIP-38, Tezos.
///
/// The last four bytes are the first four of SHA-256 applied twice to the rest.
///
/// Source: Bitcoin wiki, "Base58Check encoding"; BIP-32, "Serialization format".
pub(super) fn base58check(value: &[u8]) -> Validity {
    proof(base58check_holds(value, BITCOIN))
}

/// Checks an XRP seed: as [`base58check`] with another alphabet.
///
/// Source: XRP Ledger documentation, "base58 Encodings".
pub(super) fn base58check_ripple(value: &[u8]) -> Validity {
    proof(base58check_holds(value, RIPPLE))
}

/// Writes the checksum that [`base58check`] expects.
pub(super) fn complete_base58check(value: &mut Vec<u8>) {
    write_base58check(value, BITCOIN);
}

/// Writes the checksum that [`base58check_ripple`] expects.
pub(super) fn complete_base58check_ripple(value: &mut Vec<u8>) {
    write_base58check(value, RIPPLE);
}

/// What stands before a NEAR key.
const NEAR_CURVE: &[u8] = b"ed25519:";
/// Bytes of a NEAR key: a seed and the public key that belongs to it.
const NEAR_LEN: usize = 64;
/// Fewest different bytes in them; fewer is a placeholder.
const NEAR_DISTINCT_MIN: usize = 24;

/// Checks that a NEAR key, `ed25519:` and base 58, holds as many bytes as a key pair.
///
/// Never valid: whether the public key belongs to the seed is not computed.
///
/// Source: NEAR documentation, "Access keys"; near/nearcore, `core/crypto/src/signature.rs`.
pub(super) fn near(value: &[u8]) -> Validity {
    let text = value.strip_prefix(NEAR_CURVE);
    let bytes = text.and_then(|text| base58_decode(text, BITCOIN));
    let pair = |bytes: Vec<u8>| bytes.len() == NEAR_LEN && n_distinct(&bytes) >= NEAR_DISTINCT_MIN;
    plausible(bytes.is_some_and(pair))
}

/// Makes a key of the length that [`near`] expects.
pub(super) fn complete_near(value: &mut Vec<u8>) {
    let bytes = stretch(value, NEAR_LEN);
    *value = [NEAR_CURVE, &base58_encode(&bytes, BITCOIN)].concat();
}

fn base58check_holds(value: &[u8], alphabet: &[u8; 58]) -> bool {
    let Some(bytes) = base58_decode(value, alphabet) else {
        return false;
    };
    let (body, tail) = bytes.split_at(bytes.len().saturating_sub(4));
    body.len() >= BASE58_BODY_MIN && tail == double_sha256(body)
}

fn write_base58check(value: &mut Vec<u8>, alphabet: &[u8; 58]) {
    if let Some(mut bytes) = base58_decode(value, alphabet).filter(|bytes| bytes.len() > 4) {
        let n_body = bytes.len() - 4;
        let (body, tail) = bytes.split_at_mut(n_body);
        tail.copy_from_slice(&double_sha256(body));
        *value = base58_encode(&bytes, alphabet);
    }
}

fn double_sha256(bytes: &[u8]) -> [u8; 4] {
    let hash = Sha256::digest(Sha256::digest(bytes));
    [hash[0], hash[1], hash[2], hash[3]]
}

fn base58_decode(text: &[u8], alphabet: &[u8; 58]) -> Option<Vec<u8>> {
    if text.len() > BASE58_LEN_MAX {
        return None;
    }
    let mut digits = Vec::with_capacity(text.len());
    for byte in text {
        digits.push(alphabet.iter().position(|digit| digit == byte)? as u8);
    }
    Some(rebase(&digits, 58, 256))
}

fn base58_encode(bytes: &[u8], alphabet: &[u8; 58]) -> Vec<u8> {
    let digits = rebase(bytes, 256, 58);
    digits.iter().map(|&d| alphabet[usize::from(d)]).collect()
}

/// Writes a number in another base, keeping its leading zeros one for one as Base58 does.
fn rebase(digits: &[u8], from: u32, to: u32) -> Vec<u8> {
    let n_zeros = digits.iter().take_while(|&&digit| digit == 0).count();
    let mut little_endian: Vec<u8> = Vec::with_capacity(digits.len() * 2);
    for &digit in &digits[n_zeros..] {
        let mut carry = u32::from(digit);
        for place in &mut little_endian {
            carry += u32::from(*place) * from;
            *place = (carry % to) as u8;
            carry /= to;
        }
        while carry > 0 {
            little_endian.push((carry % to) as u8);
            carry /= to;
        }
    }
    little_endian.resize(little_endian.len() + n_zeros, 0);
    little_endian.reverse();
    little_endian
}

/// Checks a Bech32 text: age and Nostr keys, Cardano and Sui keys.
///
/// Upper case or lower case throughout, a readable part, `1`, and data whose last six characters
/// make the polynomial come out as 1. Longer texts than the 90 characters of the standard are
/// allowed, as the issuers of keys do.
///
/// Source: BIP-173, "Bech32".
pub(super) fn bech32(value: &[u8]) -> Validity {
    let mixed =
        value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    let Some((readable, data)) = bech32_parts(value) else {
        return Validity::Invalid;
    };
    proof(!mixed && polymod(&readable, &data) == 1)
}

/// Writes the last six characters that [`bech32`] expects, in the case of the first letter.
pub(super) fn complete_bech32(value: &mut [u8]) {
    let Some((readable, mut data)) = bech32_parts(value) else {
        return;
    };
    let n_data = data.len();
    data[n_data - 6..].fill(0);
    let sum = polymod(&readable, &data) ^ 1;
    let upper = value.first().is_some_and(u8::is_ascii_uppercase);
    let at = value.len() - 6;
    for (i, byte) in value[at..].iter_mut().enumerate() {
        let digit = BECH32[(sum >> (5 * (5 - i)) & 31) as usize];
        *byte = if upper {
            digit.to_ascii_uppercase()
        } else {
            digit
        };
    }
}

/// The readable part in lower case, and the data as numbers below 32, at least six of them.
fn bech32_parts(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = value.iter().rposition(|&byte| byte == b'1')?;
    let (readable, data) = (&value[..at], &value[at + 1..]);
    let printable = readable.iter().all(u8::is_ascii_graphic);
    if readable.is_empty() || !printable || data.len() < 6 {
        return None;
    }
    let number = |byte: &u8| {
        let lower = byte.to_ascii_lowercase();
        BECH32.iter().position(|&digit| digit == lower)
    };
    let data: Option<Vec<u8>> = data
        .iter()
        .map(|byte| number(byte).map(|n| n as u8))
        .collect();
    Some((readable.to_ascii_lowercase(), data?))
}

fn polymod(readable: &[u8], data: &[u8]) -> u32 {
    const GENERATOR: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let high = readable.iter().map(|byte| byte >> 5);
    let low = readable.iter().map(|byte| byte & 31);
    let all = high.chain([0]).chain(low).chain(data.iter().copied());
    all.fold(1, |sum, number| {
        let top = sum >> 25;
        let shifted = (sum & 0x01ff_ffff) << 5 ^ u32::from(number);
        let terms = GENERATOR.iter().enumerate();
        terms.fold(shifted, |sum, (i, term)| {
            sum ^ if top >> i & 1 == 1 { *term } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{
        BITCOIN, Validity, base58_decode, base58_encode, base58check, bech32, complete_bech32,
    };

    #[test]
    fn base58_keeps_leading_zeros_both_ways() {
        let bytes = [0, 0, 1, 2, 255];
        let text = base58_encode(&bytes, BITCOIN);
        assert!(text.starts_with(b"11"));
        assert_eq!(base58_decode(&text, BITCOIN).as_deref(), Some(&bytes[..]));
        assert_eq!(
            base58_encode(b"Hello World!", BITCOIN),
            b"2NEpo7TZRRrLZSi2U"
        );
        assert_eq!(base58_decode(b"0", BITCOIN), None);
    }

    #[test]
    fn long_or_empty_base58_is_refused() {
        assert_eq!(base58check(&[b'2'; 4096]), Validity::Invalid);
        assert_eq!(base58check(b""), Validity::Invalid);
        assert_eq!(base58check(b"1111"), Validity::Invalid);
    }

    #[test]
    fn bech32_vectors_of_the_standard() {
        for valid in ["A12UEL5L", "a12uel5l", "?1ezyfcl"] {
            assert_eq!(bech32(valid.as_bytes()), Validity::Valid);
        }
        for invalid in [
            "A12UeL5L",
            "pzry9x0s0muk",
            "1pzry9x0s0muk",
            "A1G7SGD8",
            "",
            "1",
        ] {
            assert_eq!(bech32(invalid.as_bytes()), Validity::Invalid);
        }
    }

    #[test]
    fn completing_bech32_keeps_case() {
        for text in ["AB1QQQQPPPPPP", "ab1qqqqpppppp"] {
            let mut value = text.as_bytes().to_vec();
            complete_bech32(&mut value);
            assert_eq!(value[..7], text.as_bytes()[..7]);
            assert_eq!(bech32(&value), Validity::Valid);
        }
    }
}
