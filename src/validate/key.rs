//! What the decoded bytes of a private key are: DER, OpenSSH or OpenPGP, and how they are
//! protected.
//!
//! Only as much is parsed as proves the structure and tells kind and size. The armour around the
//! bytes is in `pem`.

use super::stretch;

/// A reader over the fields of a key; a method answers `None` when the bytes end early.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self, n_bytes: usize) -> Option<usize> {
        let bytes = self.take(n_bytes)?;
        Some(bytes.iter().fold(0, |n, &byte| n << 8 | usize::from(byte)))
    }

    /// A DER element with a tag of one byte: its tag and content.
    ///
    /// Source: ITU-T X.690, sections 8.1 and 10.1.
    fn element(&mut self) -> Option<(u8, &'a [u8])> {
        let tag = self.number(1)? as u8;
        let len = match self.number(1)? {
            short @ 0..=0x7f => short,
            long @ 0x81..=0x84 => self.number(long - 0x80)?,
            _ => return None,
        };
        Some((tag, self.take(len)?))
    }

    /// The content of the next DER element if it has this tag.
    fn tagged(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.element()
            .filter(|element| element.0 == tag)
            .map(|element| element.1)
    }

    /// An SSH string: four bytes of length, then as many bytes.
    ///
    /// Source: RFC 4251, section 5.
    fn string(&mut self) -> Option<&'a [u8]> {
        let len = self.number(4)?;
        self.take(len)
    }
}

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// Object identifiers, encoded, and what they name.
///
/// Source: RFC 8017, appendix A.1; RFC 5480, section 2.1.1; SEC 2, section 2; RFC 8410, section 3;
/// RFC 3279, section 2.3.
static OBJECTS: &[(&[u8], &str)] = &[
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01],
        "RSA",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a],
        "RSA-PSS",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x03, 0x01],
        "DH",
    ),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01], "EC"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07], "P-256"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x0a], "secp256k1"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x22], "P-384"),
    (&[0x2b, 0x81, 0x04, 0x00, 0x23], "P-521"),
    (&[0x2b, 0x65, 0x6e], "X25519"),
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x70], "Ed25519"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
];

fn object_name(encoded: &[u8]) -> Option<&'static str> {
    OBJECTS
        .iter()
        .find(|known| known.0 == encoded)
        .map(|known| known.1)
}

/// Describes a key in DER, or `None` where the bytes are not exactly one.
///
/// One SEQUENCE as long as the bytes; in it a version, then what PKCS#1, PKCS#8, SEC 1 or the DSA
/// format of OpenSSL puts there; or the SEQUENCE of an encrypted PKCS#8 key.
///
/// Source: RFC 8017, appendix A.1.2; RFC 5208, sections 5 and 6; RFC 5915, section 3.
pub(super) fn der(bytes: &[u8]) -> Option<String> {
    let mut outer = Reader(bytes);
    let mut fields = Reader(outer.tagged(SEQUENCE)?);
    if !outer.0.is_empty() {
        return None;
    }
    match fields.element()? {
        (SEQUENCE, _) => {
            let cipher_text = fields.tagged(OCTETS)?;
            let whole = fields.0.is_empty() && cipher_text.len() >= 16;
            whole.then(|| "PKCS#8, encrypted".to_owned())
        }
        (INTEGER, [0..=2]) => Some(format!("{}, not encrypted", plain_key(fields)?)),
        _ => None,
    }
}

/// Kind and size of a key whose version has been read.
fn plain_key(mut fields: Reader<'_>) -> Option<String> {
    match fields.element()? {
        (SEQUENCE, algorithm) => {
            let mut algorithm = Reader(algorithm);
            let name = object_name(algorithm.tagged(OBJECT)?).unwrap_or("PKCS#8");
            let key = fields.tagged(OCTETS)?;
            Some(match name {
                "RSA" | "RSA-PSS" => rsa_bits(key).map_or(name.to_owned(), |n| sized(name, n)),
                "EC" => curve(algorithm.0),
                _ => name.to_owned(),
            })
        }
        (INTEGER, number) => {
            let n_more = std::iter::from_fn(|| fields.tagged(INTEGER)).count();
            // RSA: n, then e, d, p, q and three more. DSA: p, then q, g, y, x.
            let name = match n_more {
                4 => "DSA",
                7.. => "RSA",
                _ => return None,
            };
            Some(sized(name, n_bits(number)))
        }
        (OCTETS, _) => {
            let parameters = fields.tagged(0xa0).unwrap_or_default();
            Some(curve(parameters))
        }
        _ => None,
    }
}

fn rsa_bits(key: &[u8]) -> Option<usize> {
    let mut fields = Reader(Reader(key).tagged(SEQUENCE)?);
    fields.tagged(INTEGER)?;
    fields.tagged(INTEGER).map(n_bits)
}

fn curve(parameters: &[u8]) -> String {
    let name = Reader(parameters).tagged(OBJECT).and_then(object_name);
    name.map_or("EC".to_owned(), |name| format!("EC {name}"))
}

fn sized(name: &str, n_bits: usize) -> String {
    format!("{name}, {n_bits} bits")
}

fn n_bits(number: &[u8]) -> usize {
    let start = number.iter().position(|&byte| byte != 0);
    let number = &number[start.unwrap_or(number.len())..];
    let n_zeros = number
        .first()
        .map_or(0, |byte| byte.leading_zeros() as usize);
    number.len() * 8 - n_zeros
}

const OPENSSH_MAGIC: &[u8] = b"openssh-key-v1\0";
/// Ciphers that `ssh-keygen -Z` offers; a note repeats no other word of the file.
const SSH_CIPHERS: [&str; 8] = [
    "aes128-cbc",
    "aes192-cbc",
    "aes256-cbc",
    "aes128-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
];

/// Describes a key of OpenSSH's own format, or `None` where the bytes are not one.
///
/// Without a cipher the private part begins with the same random number twice.
///
/// Source: openssh-portable, `PROTOCOL.key`.
pub(super) fn openssh(bytes: &[u8]) -> Option<String> {
    let mut fields = Reader(bytes.strip_prefix(OPENSSH_MAGIC)?);
    let cipher = fields.string()?;
    let _derivation = fields.string()?;
    let _options = fields.string()?;
    let n_keys = fields.number(4)?;
    let kind = ssh_kind(fields.string()?)?;
    for _ in 1..n_keys {
        fields.string()?;
    }
    let mut private = Reader(fields.string()?);
    if cipher == b"none" {
        let same = private.take(4)? == private.take(4)?;
        return same.then(|| format!("{kind}, not encrypted"));
    }
    let known = SSH_CIPHERS.iter().find(|known| known.as_bytes() == cipher);
    Some(match known {
        Some(name) => format!("{kind}, encrypted with {name}"),
        None => format!("{kind}, encrypted"),
    })
}

/// Kind and size of a public key as SSH writes it.
///
/// Source: RFC 4253, section 6.6; RFC 5656, section 3.1; RFC 8709, section 4.
fn ssh_kind(public: &[u8]) -> Option<String> {
    let mut fields = Reader(public);
    Some(match fields.string()? {
        b"ssh-rsa" => {
            let _exponent = fields.string()?;
            sized("RSA", n_bits(fields.string()?))
        }
        b"ssh-ed25519" => "Ed25519".to_owned(),
        b"ssh-dss" => "DSA".to_owned(),
        b"ecdsa-sha2-nistp256" => "EC P-256".to_owned(),
        b"ecdsa-sha2-nistp384" => "EC P-384".to_owned(),
        b"ecdsa-sha2-nistp521" => "EC P-521".to_owned(),
        kind if kind.starts_with(b"sk-") => "security key handle".to_owned(),
        _ => "SSH key".to_owned(),
    })
}

/// True where the bytes begin with an OpenPGP secret-key packet of a known version.
///
/// Source: RFC 9580, sections 4.2 and 5.5.3.
pub(super) fn openpgp(bytes: &[u8]) -> bool {
    let mut fields = Reader(bytes);
    let Some(header) = fields.number(1) else {
        return false;
    };
    let len = match header {
        // The older header: two bits say how many bytes the length has; a key has no open end.
        0x94..=0x96 => fields.number(1 << (header & 3)),
        0xc5 => match fields.number(1) {
            Some(low @ 0..192) => Some(low),
            Some(high @ 192..224) => fields.number(1).map(|low| ((high - 192) << 8) + low + 192),
            Some(255) => fields.number(4),
            _ => None,
        },
        _ => None,
    };
    let body = len.and_then(|len| fields.take(len)).unwrap_or_default();
    matches!(body, [3..=6, ..])
}

/// The CRC-24 of OpenPGP's armour.
///
/// Source: RFC 9580, section 6.1.1.
pub(super) fn crc24(bytes: &[u8]) -> [u8; 3] {
    let sum = bytes.iter().fold(0x00B7_04CE, |crc: u32, &byte| {
        (0..8).fold(crc ^ (u32::from(byte) << 16), |crc, _| {
            let carry = crc & 0x80_0000 != 0;
            (crc << 1 & 0xff_ffff) ^ if carry { 0x86_4CFB } else { 0 }
        })
    });
    let [_, high, middle, low] = sum.to_be_bytes();
    [high, middle, low]
}

/// Makes a key of random content that has the structure of a real one, and the label it goes under.
/// The first byte of `random` chooses among PKCS#8, PKCS#1, OpenSSH and SEC 1.
pub(super) fn sample(random: &[u8]) -> (&'static str, Vec<u8>) {
    let seed = |len| stretch(random, len);
    match random.first().map_or(0, |byte| byte % 4) {
        0 => {
            let algorithm = tlv(SEQUENCE, &tlv(OBJECT, &[0x2b, 0x65, 0x70]));
            let key = tlv(OCTETS, &tlv(OCTETS, &seed(32)));
            ("PRIVATE KEY", versioned(0, &[algorithm, key]))
        }
        1 => {
            let (long, half) = (seed(256), seed(128));
            let odd = [1, 0, 1];
            let numbers = [&long[..], &odd, &long, &half, &half, &half, &half, &half];
            let numbers = numbers.map(positive);
            ("RSA PRIVATE KEY", versioned(0, &numbers))
        }
        2 => ("OPENSSH PRIVATE KEY", openssh_sample(&seed(68))),
        _ => {
            let object = tlv(OBJECT, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
            let parts = [tlv(OCTETS, &seed(32)), tlv(0xa0, &object)];
            ("EC PRIVATE KEY", versioned(1, &parts))
        }
    }
}

fn openssh_sample(random: &[u8]) -> Vec<u8> {
    let (public, rest) = random.split_at(32);
    let (secret, check) = rest.split_at(32);
    let public = [ssh_string(b"ssh-ed25519"), ssh_string(public)].concat();
    let pair = [secret, &public[public.len() - 32..]].concat();
    let mut private = [check, check, &public, &ssh_string(&pair), &ssh_string(b"")].concat();
    let n_padding = private.len().next_multiple_of(8) - private.len();
    private.extend((1..=n_padding).map(|n| n as u8));
    let head = [ssh_string(b"none"), ssh_string(b"none"), ssh_string(b"")].concat();
    let tail = [ssh_string(&public), ssh_string(&private)].concat();
    [OPENSSH_MAGIC, &head, &[0, 0, 0, 1], &tail].concat()
}

fn ssh_string(bytes: &[u8]) -> Vec<u8> {
    [&(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn versioned(version: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[tlv(INTEGER, &[version]), parts.concat()].concat(),
    )
}

fn positive(number: &[u8]) -> Vec<u8> {
    tlv(INTEGER, &[&[0], number].concat())
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let [high, low] = (content.len() as u16).to_be_bytes();
    let header: &[u8] = match content.len() {
        0..0x80 => &[tag, low],
        0x80..0x100 => &[tag, 0x81, low],
        _ => &[tag, 0x82, high, low],
    };
    [header, content].concat()
}

#[cfg(test)]
mod tests {
    use super::{SEQUENCE, crc24, der, n_bits, openpgp, openssh, sample, tlv};

    #[test]
    fn samples_of_every_kind_are_described() {
        let described = |first: u8| {
            let (label, bytes) = sample(&[first, 1, 2]);
            (
                label,
                der(&bytes).or_else(|| openssh(&bytes)).unwrap_or_default(),
            )
        };
        let (label, rsa) = described(1);
        assert_eq!(label, "RSA PRIVATE KEY");
        assert!(
            rsa.starts_with("RSA, 20") && rsa.ends_with(" bits, not encrypted"),
            "{rsa}"
        );
        assert_eq!(
            described(0),
            ("PRIVATE KEY", "Ed25519, not encrypted".to_owned())
        );
        assert_eq!(
            described(2),
            ("OPENSSH PRIVATE KEY", "Ed25519, not encrypted".to_owned())
        );
        assert_eq!(
            described(3),
            ("EC PRIVATE KEY", "EC P-256, not encrypted".to_owned())
        );
    }

    #[test]
    fn every_cut_and_every_lengthening_of_a_key_is_refused() {
        for first in 0..4 {
            let (_, mut bytes) = sample(&[first]);
            for len in 0..bytes.len() {
                assert_eq!(der(&bytes[..len]), None);
                assert_eq!(openssh(&bytes[..len]), None);
            }
            bytes.push(0);
            assert_eq!(der(&bytes), None);
        }
    }

    #[test]
    fn ssh_check_numbers_must_agree() {
        let (_, mut bytes) = sample(&[2]);
        let at = bytes.len() - 8 - 4 - 64 - 4 - 4 - 51;
        let near = at.saturating_sub(16)..at + 16;
        let n_broken = near.filter(|&at| {
            bytes[at] ^= 1;
            let refused = openssh(&bytes).is_none();
            bytes[at] ^= 1;
            refused
        });
        assert!(n_broken.count() >= 8);
    }

    #[test]
    fn encrypted_pkcs8_is_two_fields() {
        let fields = [tlv(SEQUENCE, &[5, 0]), tlv(4, &[7; 48])].concat();
        let whole = tlv(SEQUENCE, &fields);
        assert_eq!(der(&whole).as_deref(), Some("PKCS#8, encrypted"));
        assert_eq!(der(&tlv(SEQUENCE, &[&fields[..], &[0]].concat())), None);
    }

    #[test]
    fn sizes_leave_out_leading_zeros() {
        assert_eq!(n_bits(&[0, 0x80, 0]), 16);
        assert_eq!(n_bits(&[1]), 1);
        assert_eq!(n_bits(&[0, 0]), 0);
    }

    #[test]
    fn crc24_has_the_check_value_of_its_standard() {
        assert_eq!(crc24(b"123456789"), [0x21, 0xCF, 0x02]);
    }

    #[test]
    fn openpgp_secret_keys_begin_with_their_packet() {
        assert!(openpgp(&[0x94, 2, 4, 0, 9]));
        assert!(openpgp(&[0x95, 0, 2, 4, 0, 9]));
        assert!(openpgp(&[0xc5, 2, 6, 0, 9]));
        assert!(!openpgp(&[0x94, 3, 4, 0]));
        assert!(!openpgp(&[0x99, 0, 2, 4, 0]));
        assert!(!openpgp(&[0xc5]));
        assert!(!openpgp(&[]));
    }
}
