//! Keys of Azure services and client secrets of Entra, which end in a Marvin32 checksum.
//!
//! All families of keys share one layout, so each is an entry of `FAMILIES`. Left out: the newer
//! 84-character keys with `JQQJ99`, whose checksum rule is not confirmed.

use std::borrow::Cow;

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};

use super::checksum::digits;
use super::{Validity, proof};

/// A kind of key: its signature, its length in bytes, and the seeds its services use.
struct Family {
    /// Four characters that end six characters before the padding.
    signature: [u8; 4],
    bytes: usize,
    /// Written with `-` and `_` in place of `+` and `/`.
    url_safe: bool,
    /// Read as big-endian numbers.
    seeds: &'static [&'static [u8; 8]],
}

const MESSAGING_SEEDS: &[&[u8; 8]] = &[b"Send0000", b"Listen00", b"Manage00", b"System00"];

/// Source: microsoft/security-utilities, `IdentifiableSecrets` and the patterns beside it.
static FAMILIES: &[Family] = &[
    // Storage account; the only one of `azure-storage-key`.
    family(*b"+ASt", 64, &[b"Default0"]),
    // Cosmos DB.
    family(
        *b"ACDb",
        64,
        &[
            b"SysAll00",
            b"Resour00",
            b"MastRO00",
            b"SystRO00",
            b"Encryp00",
            b"MastRW00",
            b"SystRW00",
        ],
    ),
    // Batch.
    family(*b"+ABa", 64, &[b"AbAcct00"]),
    // Machine Learning, classic.
    family(*b"+AMC", 64, &[b"Classic0"]),
    // API Management.
    family(
        *b"APIM",
        64,
        &[b"Tenant00", b"IoTHub00", b"Gatewy00", b"GitKey00"],
    ),
    // Event Hubs, Service Bus, Relay.
    family(*b"+AEh", 32, MESSAGING_SEEDS),
    family(*b"+ASb", 32, MESSAGING_SEEDS),
    family(*b"+ARm", 32, MESSAGING_SEEDS),
    // IoT Hub, its provisioning service and devices.
    family(*b"AIoT", 32, &[b"IoTHub00", b"DpsKey00", b"Device00"]),
    // Cache for Redis.
    family(*b"AzCa", 32, &[b"Access00"]),
    // Event Grid.
    family(*b"AZEG", 32, &[b"SendRecv"]),
    // Container Registry.
    family(*b"+ACR", 39, &[b"ACRDflt0"]),
    // Search.
    family(*b"AzSe", 39, &[b"Query000", b"PAdmin00"]),
    // Functions.
    Family {
        url_safe: true,
        ..family(*b"AzFu", 40, &[b"Functi00", b"Master00", b"System00"])
    },
];

const fn family(signature: [u8; 4], bytes: usize, seeds: &'static [&'static [u8; 8]]) -> Family {
    Family {
        signature,
        bytes,
        url_safe: false,
        seeds,
    }
}

/// Checks a key of any family by the Marvin32 checksum in its last four bytes.
///
/// The family is found by the signature, so one rule for each service may name this validator.
///
/// Source: microsoft/security-utilities, `IdentifiableSecrets`.
pub(super) fn any_family(value: &[u8]) -> Validity {
    proof(family_of(value).is_some_and(|family| holds(family, value)))
}

/// Checks a storage account key, whose signature is `+ASt`.
///
/// Source: microsoft/security-utilities, `IdentifiableSecrets`.
pub(super) fn storage(value: &[u8]) -> Validity {
    let family = family_of(value).filter(|family| family.signature == *b"+ASt");
    proof(family.is_some_and(|family| holds(family, value)))
}

/// Writes the checksum for the family whose signature the value bears, with its first seed.
pub(super) fn complete(value: &mut Vec<u8>) {
    let Some(family) = family_of(value) else {
        return;
    };
    let n_padding = value.len() - unpadded(value).len();
    let mut text = unpadded(value).to_vec();
    // The last character belongs to the checksum; `A` leaves no odd bits that a decoder refuses.
    if let Some(last) = text.last_mut() {
        *last = b'A';
    }
    let Some(mut bytes) = decode(family, &text) else {
        return;
    };
    let (body, tail) = bytes.split_at_mut(family.bytes - 4);
    tail.copy_from_slice(&marvin32(family.seeds[0], body).to_le_bytes());
    let encoding = if family.url_safe {
        BASE64URL_NOPAD
    } else {
        BASE64_NOPAD
    };
    *value = encoding.encode(&bytes).into_bytes();
    value.resize(value.len() + n_padding, b'=');
}

fn family_of(value: &[u8]) -> Option<&'static Family> {
    let text = unpadded(value);
    let end = text.len().checked_sub(6)?;
    let signature = text.get(end.checked_sub(4)?..end)?;
    FAMILIES.iter().find(|family| {
        family.signature == signature && text.len() == (family.bytes * 4).div_ceil(3)
    })
}

fn holds(family: &Family, value: &[u8]) -> bool {
    let Some(bytes) = decode(family, unpadded(value)) else {
        return false;
    };
    let (body, tail) = bytes.split_at(family.bytes - 4);
    let matches = |seed: &&[u8; 8]| tail == marvin32(seed, body).to_le_bytes();
    family.seeds.iter().any(matches)
}

fn decode(family: &Family, text: &[u8]) -> Option<Vec<u8>> {
    let text = if family.url_safe {
        Cow::Owned(text.iter().map(|&byte| standard(byte)).collect())
    } else {
        Cow::Borrowed(text)
    };
    let bytes = BASE64_NOPAD.decode(&text).ok()?;
    (bytes.len() == family.bytes).then_some(bytes)
}

fn standard(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        _ => byte,
    }
}

fn unpadded(value: &[u8]) -> &[u8] {
    let n_padding = value.iter().rev().take_while(|&&b| b == b'=').count();
    &value[..value.len() - n_padding.min(2)]
}

/// Length of a client secret of Entra, and of what its checksum is made of.
const ENTRA_LEN: usize = 40;
const ENTRA_BODY_LEN: usize = 37;
const BASE66: &[u8; 66] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// Checks a client secret of Microsoft Entra: 40 characters with `8Q~` after the first three.
///
/// The last three are the first of six base 66 digits of the Marvin32 checksum of the others.
///
/// Source: microsoft/security-utilities, `AadClientAppIdentifiableCredentials`.
pub(super) fn entra(value: &[u8]) -> Validity {
    let tail = entra_tail(value);
    proof(tail.is_some_and(|tail| value.ends_with(&tail)))
}

/// Writes the checksum that [`entra`] expects.
pub(super) fn complete_entra(value: &mut [u8]) {
    if let Some(tail) = entra_tail(value) {
        value[ENTRA_BODY_LEN..].copy_from_slice(&tail);
    }
}

fn entra_tail(value: &[u8]) -> Option<[u8; 3]> {
    if value.len() != ENTRA_LEN || &value[3..6] != b"8Q~" {
        return None;
    }
    let sum = marvin32(b"AadPwd00", &value[..ENTRA_BODY_LEN]);
    let [first, second, third, ..] = digits::<6>(sum, BASE66);
    Some([first, second, third])
}

/// The Marvin32 checksum of `bytes`.
///
/// Source: "Marvin hashing", as in dotnet/runtime `Marvin.cs`, with the halves of the result
/// combined.
fn marvin32(seed: &[u8; 8], bytes: &[u8]) -> u32 {
    let seed = u64::from_be_bytes(*seed);
    let mut state = (seed as u32, (seed >> 32) as u32);
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        state = mix(state, u32::from_le_bytes(*word));
    }
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    state = mix(state, u32::from_le_bytes(last));
    state = mix(state, 0);
    state.0 ^ state.1
}

fn mix((p0, p1): (u32, u32), word: u32) -> (u32, u32) {
    let p0 = p0.wrapping_add(word);
    let p1 = p1 ^ p0;
    let p0 = p0.rotate_left(20).wrapping_add(p1);
    let p1 = p1.rotate_left(9) ^ p0;
    let p0 = p0.rotate_left(27).wrapping_add(p1);
    (p0, p1.rotate_left(19))
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, Validity, any_family, complete, storage};

    /// A key of 76 letters `a`, the fixture that the issuer publishes.
    fn fixture() -> Vec<u8> {
        [&[b'a'; 76][..], b"+A", b"St", b"5mn", b"Caw=="].concat()
    }

    #[test]
    fn published_fixture_is_valid() {
        assert_eq!(storage(&fixture()), Validity::Valid);
        assert_eq!(any_family(&fixture()), Validity::Valid);
    }

    #[test]
    fn another_signature_or_length_is_refused() {
        let mut other = fixture();
        other[77] = b'B';
        assert_eq!(any_family(&other), Validity::Invalid);
        assert_eq!(storage(&fixture()[1..]), Validity::Invalid);
        assert_eq!(storage(b"=="), Validity::Invalid);
        assert_eq!(storage(b""), Validity::Invalid);
    }

    #[test]
    fn every_family_completes_to_a_valid_key() {
        for family in FAMILIES {
            let len = (family.bytes * 4).div_ceil(3);
            let mut value = vec![b'B'; len];
            value[len - 10..len - 6].copy_from_slice(&family.signature);
            value.resize(len.next_multiple_of(4), b'=');
            assert_eq!(any_family(&value), Validity::Invalid);
            complete(&mut value);
            assert_eq!(any_family(&value), Validity::Valid);
            let storage_only = if family.signature == *b"+ASt" {
                Validity::Valid
            } else {
                Validity::Invalid
            };
            assert_eq!(storage(&value), storage_only);
        }
    }
}
