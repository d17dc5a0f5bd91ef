//! Offline checks: what a value's own bytes prove about it.
//!
//! A rule names at most one [`Validator`] of the table [`VALIDATORS`]. A check reads bytes and
//! nothing else: it asks no issuer, knows no clock and keeps nothing. [`Validity::Valid`] is given
//! only where a checksum or a decoded structure proves the kind of a value, never for a plausible
//! look, and [`Validity::Invalid`] drops a candidate, so doubt is always [`Validity::Unknown`].

use sha2::{Digest, Sha256};

mod azure;
mod base64;
mod checksum;
mod claims;
mod jwt;
mod key;
mod lines;
mod password;
mod pem;
mod pii;
mod token;
mod wallet;

/// What an offline check says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Validity {
    /// A checksum or structure proves that it is what it looks like.
    Valid,
    /// No check exists, or the check proves nothing about this value.
    Unknown,
    /// A checksum or structure proves that it is not what it looks like.
    Invalid,
}

/// Says where the value that begins at byte 0 of a text ends.
///
/// A text in which a value begins stays one when more text follows.
pub type Measure = fn(&[u8]) -> Option<usize>;

/// Says what more a value tells about itself.
pub type Note = fn(&[u8]) -> Option<String>;

/// A named check that rules refer to.
#[derive(Debug)]
pub struct Validator {
    /// The name used in rule files.
    pub name: &'static str,
    /// True where a mismatch proves that a value is no credential of its kind.
    pub rejects: bool,
    /// Where the value that begins at byte 0 of the text ends, for values that no bounded regular
    /// expression describes well. `None`: no such value begins here.
    pub measure: Option<Measure>,
    /// Judges a whole value.
    pub check: fn(&[u8]) -> Validity,
    /// Rewrites a random value of the right shape into one that passes the check; for a measured
    /// validator, makes a value from any random bytes.
    pub complete: Option<fn(&mut Vec<u8>)>,
    /// What more a value says about itself, such as an account number; never part of the value's
    /// secret.
    pub note: Option<Note>,
}

/// Every validator, sorted by name.
pub static VALIDATORS: &[Validator] = &[
    Validator {
        complete: Some(checksum::complete_ado_pat),
        ..validator("ado-pat", checksum::ado_pat)
    },
    Validator {
        complete: Some(|value| token::complete_anthropic(value)),
        ..validator("anthropic-suffix", token::anthropic)
    },
    Validator {
        complete: Some(base64::complete_atlassian),
        ..validator("atlassian-data-center", base64::atlassian)
    },
    Validator {
        note: Some(token::aws_account),
        ..validator("aws-key-id", token::aws_key_id)
    },
    Validator {
        complete: Some(azure::complete),
        ..validator("azure-his", azure::any_family)
    },
    Validator {
        complete: Some(azure::complete),
        ..validator("azure-storage-key", azure::storage)
    },
    Validator {
        complete: Some(wallet::complete_base58check),
        ..validator("base58check", wallet::base58check)
    },
    Validator {
        complete: Some(wallet::complete_base58check_ripple),
        ..validator("base58check-ripple", wallet::base58check_ripple)
    },
    Validator {
        complete: Some(base64::complete_json),
        ..validator("base64-json", base64::json)
    },
    Validator {
        complete: Some(base64::complete_pair),
        ..validator("base64-pair", base64::pair)
    },
    Validator {
        complete: Some(base64::complete_password),
        ..validator("base64-password", base64::password)
    },
    Validator {
        complete: Some(|value| wallet::complete_bech32(value)),
        ..validator("bech32", wallet::bech32)
    },
    Validator {
        complete: Some(|value| checksum::complete_crc32_base62(value)),
        ..validator("crc32-base62", checksum::crc32_base62)
    },
    Validator {
        rejects: false,
        complete: Some(|value| checksum::complete_crc32_base64(value)),
        ..validator("crc32-base64", checksum::crc32_base64)
    },
    Validator {
        complete: Some(|value| checksum::complete_crc32_grafana(value)),
        ..validator("crc32-grafana", checksum::crc32_grafana)
    },
    Validator {
        rejects: false,
        complete: Some(|value| checksum::complete_crc32_hex8(value)),
        ..validator("crc32-hex8", checksum::crc32_hex8)
    },
    Validator {
        complete: Some(token::complete_discord),
        ..validator("discord-token", token::discord)
    },
    Validator {
        complete: Some(|value| azure::complete_entra(value)),
        ..validator("entra-secret", azure::entra)
    },
    Validator {
        complete: Some(|value| checksum::complete_gitlab_routable(value)),
        ..validator("gitlab-routable", checksum::gitlab_routable)
    },
    Validator {
        measure: Some(jwt::measure),
        complete: Some(jwt::complete),
        note: Some(jwt::note),
        ..validator("jwt", jwt::check)
    },
    Validator {
        measure: Some(jwt::measure),
        complete: Some(claims::complete_kubernetes),
        note: Some(jwt::note),
        ..validator("jwt-kubernetes", claims::kubernetes)
    },
    Validator {
        measure: Some(jwt::measure),
        complete: Some(claims::complete_supabase),
        note: Some(jwt::note),
        ..validator("jwt-supabase", claims::supabase)
    },
    Validator {
        complete: Some(pii::complete_luhn),
        ..validator("luhn", pii::luhn)
    },
    Validator {
        complete: Some(claims::complete_mapbox),
        ..validator("mapbox-token", claims::mapbox)
    },
    Validator {
        complete: Some(wallet::complete_near),
        ..validator("near-key", wallet::near)
    },
    Validator {
        complete: Some(checksum::complete_nkeys),
        ..validator("nkeys-crc16", checksum::nkeys)
    },
    Validator {
        complete: Some(claims::complete_onepassword),
        ..validator("onepassword-token", claims::onepassword)
    },
    Validator {
        complete: Some(token::complete_openai),
        ..validator("openai-marker", token::openai)
    },
    Validator {
        measure: Some(pem::measure),
        complete: Some(pem::complete),
        note: Some(pem::note),
        ..validator("pem-private", pem::check)
    },
    Validator {
        complete: Some(token::complete_pypi),
        ..validator("pypi-macaroon", token::pypi)
    },
    validator("slack-token", token::slack),
    Validator {
        complete: Some(checksum::complete_strkey),
        ..validator("strkey-crc16", checksum::strkey)
    },
    Validator {
        complete: Some(|value| token::complete_telegram(value)),
        ..validator("telegram-token", token::telegram)
    },
    validator("url-password", password::url_password),
];

/// The validator of that name.
pub fn find(name: &str) -> Option<&'static Validator> {
    let at = VALIDATORS.binary_search_by(|validator| validator.name.cmp(name));
    at.ok().map(|index| &VALIDATORS[index])
}

/// A validator that only checks and whose mismatch is proof.
const fn validator(name: &'static str, check: fn(&[u8]) -> Validity) -> Validator {
    Validator {
        name,
        rejects: true,
        measure: None,
        check,
        complete: None,
        note: None,
    }
}

/// Valid where `holds`, else Invalid.
const fn proof(holds: bool) -> Validity {
    if holds {
        Validity::Valid
    } else {
        Validity::Invalid
    }
}

/// Unknown where `holds`, else Invalid: for shapes whose failure says more than their success.
const fn plausible(holds: bool) -> Validity {
    if holds {
        Validity::Unknown
    } else {
        Validity::Invalid
    }
}

/// Stretches `seed` to `len` bytes that look random, the same ones each time.
fn stretch(seed: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + 32);
    let mut block = 0u32;
    while bytes.len() < len {
        let hash = Sha256::new().chain_update(block.to_le_bytes());
        bytes.extend_from_slice(&hash.chain_update(seed).finalize());
        block += 1;
    }
    bytes.truncate(len);
    bytes
}

/// How many different bytes occur in `bytes`; placeholders have few.
fn n_distinct(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for &byte in bytes {
        seen[usize::from(byte)] = true;
    }
    seen.iter().filter(|&&was| was).count()
}

#[cfg(test)]
mod tests {
    use super::{VALIDATORS, find, n_distinct, stretch};

    #[test]
    fn table_is_sorted_and_names_are_unique() {
        assert!(VALIDATORS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn every_validator_is_found_by_its_name() {
        for validator in VALIDATORS {
            assert!(find(validator.name).is_some_and(|found| found.name == validator.name));
        }
        assert!(find("").is_none());
        assert!(find("zz").is_none());
    }

    #[test]
    fn stretched_bytes_are_as_many_as_asked_for_and_repeatable() {
        assert_eq!(stretch(b"a", 100).len(), 100);
        assert_eq!(stretch(b"a", 100)[..40], stretch(b"a", 40)[..]);
        assert_ne!(stretch(b"a", 40), stretch(b"b", 40));
        assert!(stretch(b"", 0).is_empty());
    }

    #[test]
    fn distinct_bytes_are_counted_once() {
        assert_eq!(n_distinct(b"abcabc"), 3);
        assert_eq!(n_distinct(b""), 0);
    }
}
