//! Private keys in their files' form. The numbers in them are random: no check without a network or
//! a curve can tell, and no key is one that works.

use data_encoding::BASE64;
use fastrand::Rng;

use crate::make::random_bytes;

/// Characters of base 64 on one line.
const LINE: usize = 64;
const LINE_OPENSSH: usize = 70;

/// A key in PEM, without the line end after it.
pub(crate) fn pem(label: &str, random: &mut Rng) -> String {
    let (bytes, line) = match label {
        "PRIVATE KEY" => (pkcs8(random), LINE),
        "RSA PRIVATE KEY" => (rsa(random), LINE),
        "EC PRIVATE KEY" => (ec(random), LINE),
        "DSA PRIVATE KEY" => (dsa(random), LINE),
        "ENCRYPTED PRIVATE KEY" => (encrypted(random), LINE),
        "OPENSSH PRIVATE KEY" => (openssh(random), LINE_OPENSSH),
        other => panic!("no key {other}"),
    };
    let body = BASE64.encode(&bytes);
    let lines: Vec<_> = body.as_bytes().chunks(line).map(<[u8]>::to_vec).collect();
    let body = String::from_utf8(lines.join(&b'\n')).expect("base 64 is ASCII");
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----")
}

/// A value of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let mut bytes = vec![tag];
    match len {
        0..=0x7f => bytes.push(len as u8),
        0x80..=0xff => bytes.extend([0x81, len as u8]),
        _ => bytes.extend([0x82, (len >> 8) as u8, len as u8]),
    }
    bytes.extend_from_slice(content);
    bytes
}

fn sequence(items: &[Vec<u8>]) -> Vec<u8> {
    der(0x30, &items.concat())
}

/// A random positive number of that many bytes.
fn number(n_bytes: usize, random: &mut Rng) -> Vec<u8> {
    let mut bytes = random_bytes(n_bytes, random);
    bytes[0] = bytes[0] & 0x7f | 0x40;
    der(0x02, &bytes)
}

fn small(value: u8) -> Vec<u8> {
    der(0x02, &[value])
}

fn rsa(random: &mut Rng) -> Vec<u8> {
    let size = if random.bool() { 256 } else { 128 };
    let half = size / 2;
    let mut items = vec![small(0), number(size, random)];
    items.push(der(0x02, &[1, 0, 1]));
    items.push(number(size, random));
    items.extend((0..5).map(|_| number(half, random)));
    sequence(&items)
}

/// PKCS #8 around an Ed25519 or an RSA key.
fn pkcs8(random: &mut Rng) -> Vec<u8> {
    let (algorithm, key) = if random.bool() {
        let algorithm = sequence(&[der(0x06, &[0x2b, 0x65, 0x70])]);
        (algorithm, der(0x04, &random_bytes(32, random)))
    } else {
        let rsa_encryption = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        (
            sequence(&[der(0x06, &rsa_encryption), der(0x05, &[])]),
            rsa(random),
        )
    };
    sequence(&[small(0), algorithm, der(0x04, &key)])
}

fn ec(random: &mut Rng) -> Vec<u8> {
    let p256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
    let mut point = vec![0x00, 0x04];
    point.extend(random_bytes(64, random));
    sequence(&[
        small(1),
        der(0x04, &random_bytes(32, random)),
        der(0xa0, &der(0x06, &p256)),
        der(0xa1, &der(0x03, &point)),
    ])
}

fn dsa(random: &mut Rng) -> Vec<u8> {
    let sizes = [128, 20, 128, 128, 20];
    let numbers = sizes.map(|size| number(size, random));
    sequence(&[&[small(0)], &numbers[..]].concat())
}

/// PBES2 with PBKDF2 and AES-256-CBC.
fn encrypted(random: &mut Rng) -> Vec<u8> {
    let pkcs5 = |last: u8| {
        der(
            0x06,
            &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, last],
        )
    };
    let aes = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
    let salt = der(0x04, &random_bytes(8, random));
    let derive = sequence(&[pkcs5(12), sequence(&[salt, der(0x02, &[0x08, 0x00])])]);
    let cipher = sequence(&[der(0x06, &aes), der(0x04, &random_bytes(16, random))]);
    let scheme = sequence(&[pkcs5(13), sequence(&[derive, cipher])]);
    sequence(&[scheme, der(0x04, &random_bytes(1_232, random))])
}

/// An Ed25519 key without a passphrase.
fn openssh(random: &mut Rng) -> Vec<u8> {
    let text = |bytes: &[u8]| [&(bytes.len() as u32).to_be_bytes(), bytes].concat();
    let public_key = random_bytes(32, random);
    let public = [text(b"ssh-ed25519"), text(&public_key)].concat();
    let check = random_bytes(4, random);
    let both = [random_bytes(32, random), public_key].concat();
    let private = [
        check.clone(),
        check,
        public.clone(),
        text(&both),
        text(b"app@host"),
    ];
    let mut private = private.concat();
    for pad in 1.. {
        if private.len().is_multiple_of(8) {
            break;
        }
        private.push(pad);
    }
    [
        b"openssh-key-v1\0".to_vec(),
        text(b"none"),
        text(b"none"),
        text(b""),
        1u32.to_be_bytes().to_vec(),
        text(&public),
        text(&private),
    ]
    .concat()
}
