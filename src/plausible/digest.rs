//! Hashes, fingerprints, public keys and what else is made by chance but is no secret.

use std::sync::LazyLock;

use crate::plausible::Doubt;
use crate::plausible::makeup::Makeup;
use crate::plausible::words::{Table, parts};

/// Beginnings of values, in lower case, and what they are.
///
/// Sources: crypt(5); the PHC string format; RFC 2307, section 5.3; W3C Subresource Integrity; OCI image
/// specification, "Digests"; RFC 4253, section 6.6, and RFC 5656, section 3.1, for names of keys.
static STARTS: &[(&str, Doubt)] = &[
    ("$1$", Doubt::PasswordHash),
    ("$2a$", Doubt::PasswordHash),
    ("$2b$", Doubt::PasswordHash),
    ("$2x$", Doubt::PasswordHash),
    ("$2y$", Doubt::PasswordHash),
    ("$5$", Doubt::PasswordHash),
    ("$6$", Doubt::PasswordHash),
    ("$apr1$", Doubt::PasswordHash),
    ("$argon2", Doubt::PasswordHash),
    ("$p$", Doubt::PasswordHash),
    ("$pbkdf2", Doubt::PasswordHash),
    ("$scrypt", Doubt::PasswordHash),
    ("$y$", Doubt::PasswordHash),
    ("-----begin cert", Doubt::PublicKey),
    ("-----begin pub", Doubt::PublicKey),
    ("-----begin", Doubt::Pem),
    ("argon2", Doubt::PasswordHash),
    ("bcrypt", Doubt::PasswordHash),
    ("blake2", Doubt::Hash),
    ("blake3", Doubt::Hash),
    ("ecdsa-sha2-", Doubt::PublicKey),
    ("h1:", Doubt::Hash),
    ("md5$", Doubt::PasswordHash),
    ("md5:", Doubt::Hash),
    ("pbkdf2", Doubt::PasswordHash),
    ("scrypt", Doubt::PasswordHash),
    ("sha1$", Doubt::PasswordHash),
    ("sha1-", Doubt::Hash),
    ("sha1:", Doubt::Hash),
    ("sha256$", Doubt::PasswordHash),
    ("sha256-", Doubt::Hash),
    ("sha256:", Doubt::Hash),
    ("sha384-", Doubt::Hash),
    ("sha512-", Doubt::Hash),
    ("sha512:", Doubt::Hash),
    ("ssh-", Doubt::PublicKey),
    ("{bcrypt}", Doubt::PasswordHash),
    ("{crypt}", Doubt::PasswordHash),
    ("{md5}", Doubt::PasswordHash),
    ("{pbkdf2", Doubt::PasswordHash),
    ("{sha", Doubt::PasswordHash),
    ("{smd5}", Doubt::PasswordHash),
    ("{ssha", Doubt::PasswordHash),
];

/// Refuses hashes, fingerprints and public keys that can be told by the value alone.
///
/// # Errors
///
/// Which of them it is.
pub(super) fn check(value: &[u8]) -> Result<(), Doubt> {
    let Some(first) = value.first().map(u8::to_ascii_lowercase) else {
        return Ok(());
    };
    let begins = |start: &str| {
        let start = start.as_bytes();
        start[0] == first
            && value.len() >= start.len()
            && value[..start.len()].eq_ignore_ascii_case(start)
    };
    if let Some(&(_, doubt)) = STARTS.iter().find(|(start, _)| begins(start)) {
        return Err(doubt);
    }
    if is_fingerprint(value) {
        return Err(Doubt::Fingerprint);
    }
    match is_public_key(value) {
        true => Err(Doubt::PublicKey),
        false => Ok(()),
    }
}

/// Eight pairs of hexadecimal digits or more, with a colon between.
fn is_fingerprint(value: &[u8]) -> bool {
    value.len() >= 23
        && value.len() % 3 == 2
        && value.iter().enumerate().all(|(at, byte)| match at % 3 {
            2 => matches!(byte, b':' | b'-' | b' '),
            _ => byte.is_ascii_hexdigit(),
        })
}

/// Beginnings of public keys of SSH in base64: the length of a name, and the name.
///
/// Sources: RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4.
static SSH_KEYS: &[&[u8]] = &[
    b"AAAAB3NzaC1",
    b"AAAAC3NzaC1",
    b"AAAAE2VjZHNh",
    b"AAAAGnNrLXNzaC",
    b"AAAAInNrLWVjZHNh",
];

/// Base64 of DER: a sequence whose first element is a sequence is a certificate, a public key or an
/// encrypted private key; private keys in the clear begin with the number of their version.
///
/// Sources: RFC 5280, section 4.1; RFC 5208, sections 5 and 6; RFC 8017, appendix A.1.2.
fn is_public_key(value: &[u8]) -> bool {
    if value.len() < 40 {
        return is_address(value);
    }
    if SSH_KEYS.iter().any(|start| value.starts_with(start)) {
        return value.len() > 60;
    }
    if value.first() != Some(&b'M') {
        return is_address(value);
    }
    let mut head = [0; 9];
    let decoded = data_encoding::BASE64.decode_mut(&value[..12], &mut head);
    let rest = match (decoded, head) {
        (Ok(_), [0x30, 0x82, _, _, rest @ ..]) => rest[0],
        (Ok(_), [0x30, 0x81, _, rest, ..]) => rest,
        (Ok(_), [0x30, length, rest, ..]) if length < 0x80 => rest,
        _ => return false,
    };
    rest == 0x30
}

/// The address of an account or a contract: 20 bytes of the hash of a public key.
///
/// Source: Ethereum Yellow Paper, section 4.1.
fn is_address(value: &[u8]) -> bool {
    matches!(value, [b'0', b'x', digits @ ..] if digits.len() == 40
        && digits.iter().all(u8::is_ascii_hexdigit))
}

/// Words of names under which the last digits of a public key of OpenPGP stand.
static OPENPGP: LazyLock<Table> =
    LazyLock::new(|| Table::new("gpg pgp recv signer signing signingkey gpgkey keyid"));

/// Whether the name says that a value in upper-case hexadecimal digits is the id of a public key.
///
/// Source: RFC 9580, section 5.5.4.
pub(super) fn is_key_id(name: &[u8], value: &[u8], makeup: &Makeup) -> bool {
    matches!(value.len(), 16 | 40)
        && makeup.is_hex()
        && makeup.n_lower == 0
        && parts(name).any(|part| OPENPGP.has(&name[part]))
}

/// Words that say of a value on the same line, or of the name, that it is a hash.
static HASHES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "blake2b blake3 checksum checksums commit crc32 digest digests etag fingerprint head hash \
         hashes integrity md5 md5sum revision sha sha1 sha1sum sha256 sha256sum sha384 sha512 \
         sha512sum shasum thumbprint",
    )
});

/// Whether a word near `value` says that it is a hash, and its length is that of one.
pub(super) fn is_called_hash(near: &[u8], n_hex_digits: usize) -> bool {
    matches!(n_hex_digits, 32 | 40 | 56 | 64 | 96 | 128)
        && parts(near).any(|part| HASHES.has(&near[part]))
}

#[cfg(test)]
mod tests {
    use super::{STARTS, check, is_called_hash, is_key_id};
    use crate::plausible::Doubt;
    use crate::plausible::makeup::Makeup;

    #[track_caller]
    fn refused(values: &[&str], expected: Option<Doubt>) {
        for value in values {
            assert_eq!(check(value.as_bytes()).err(), expected, "{value}");
        }
    }

    #[test]
    fn beginnings_are_in_lower_case() {
        assert!(
            STARTS
                .iter()
                .all(|(start, _)| start.to_ascii_lowercase() == *start)
        );
    }

    #[test]
    fn hashes_are_refused() {
        refused(
            &["$2b$10$abc", "$argon2id$v=19$", "pbkdf2_sha256$1"],
            Some(Doubt::PasswordHash),
        );
        refused(
            &["sha256-AbC=", "SHA256:abc", "sha1:abc", "h1:abc="],
            Some(Doubt::Hash),
        );
        refused(&["de:ad:be:ef:00:11:22:33"], Some(Doubt::Fingerprint));
        refused(&["abcdefgh"], None);
    }

    #[test]
    fn public_keys_are_told_from_private_ones() {
        let der = |head: &[u8]| {
            let mut bytes = head.to_vec();
            bytes.resize(48, 7);
            data_encoding::BASE64.encode(&bytes)
        };
        let public: [&[u8]; 4] = [
            &[0x30, 0x82, 1, 0x22, 0x30, 0x0d, 6, 9],
            &[0x30, 0x81, 0x9f, 0x30, 0x0d, 6, 9],
            &[0x30, 0x59, 0x30, 0x13, 6, 7],
            &[0x30, 0x82, 3, 0x5d, 0x30, 0x82, 2, 0x45],
        ];
        for head in public {
            refused(&[&der(head)], Some(Doubt::PublicKey));
        }
        let private: [&[u8]; 2] = [
            &[0x30, 0x82, 4, 0xbd, 2, 1, 0],
            &[0x30, 0x77, 2, 1, 1, 4, 0x20],
        ];
        for head in private {
            refused(&[&der(head)], None);
        }
    }

    #[test]
    fn public_keys_of_ssh_begin_with_their_name() {
        for name in ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"] {
            let length = u32::try_from(name.len()).expect("names are short");
            let key = [&length.to_be_bytes()[..], name.as_bytes(), &[7; 40]].concat();
            refused(
                &[&data_encoding::BASE64.encode(&key)],
                Some(Doubt::PublicKey),
            );
        }
    }

    #[test]
    fn addresses_and_ids_are_made_of_public_keys() {
        let digits = "9F".repeat(20);
        refused(&[&format!("0x{digits}")], Some(Doubt::PublicKey));
        let is_id = |name: &str, value: &str| {
            let value = value.as_bytes();
            is_key_id(name.as_bytes(), value, &Makeup::of(value))
        };
        assert!(is_id("signingkey", &digits) && is_id("GPG_KEY", &digits[..16]));
        assert!(!is_id("signingkey", &digits.to_lowercase()) && !is_id("api_key", &digits));
    }

    #[test]
    fn a_hash_is_called_one_near_it() {
        assert!(is_called_hash(b"  gitHead: ", 40));
        assert!(is_called_hash(b"expected_sha256 =", 64));
        assert!(!is_called_hash(b"api_key =", 64));
        assert!(!is_called_hash(b"sha256 =", 50));
    }
}
