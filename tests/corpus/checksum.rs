//! Completes made values with their checksums, by the issuers' rules and without the library.
//!
//! Written down a second time on purpose: a validator that is wrong must not agree with its test.
//! What is shared is one crate for CRC-32 and one for SHA-256.

use data_encoding::{BASE32_NOPAD, BASE64, BASE64_NOPAD, BASE64URL_NOPAD};
use fastrand::Rng;
use sha2::{Digest, Sha256};

use crate::azure;
use crate::make::{characters, random_bytes, uuid};

/// Sets the checksum of a value, given its parts. Algorithms are named as in the catalogue.
pub(crate) fn complete(algorithm: &str, pieces: &mut [String], random: &mut Rng) {
    match algorithm {
        "crc32-base62-6" => crc32_base62(pieces),
        "crc32-hex8-be" => crc32_hex8(pieces),
        "crc32-hex8-le-grafana" => crc32_grafana(pieces),
        "crc32-le-base64-6" => {
            let crc = crc32fast::hash(pieces[1].as_bytes());
            pieces[2] = BASE64_NOPAD.encode(&crc.to_le_bytes());
        }
        "gitlab-routable-crc32" => gitlab_routable(pieces, random),
        "ado-pat-crc32-xor" => ado_pat(pieces, random),
        "azure-his-marvin32" => azure::his(pieces),
        "azure-cask-marvin32" => azure::cask(pieces),
        "entra-8q-marvin32" => azure::entra(pieces),
        "nkeys-crc16" => base32_crc16(pieces, None),
        "strkey-crc16" => base32_crc16(pieces, Some(0x90)),
        "base58check" => base58check(pieces, BITCOIN, random),
        "base58check-ripple" => base58check(pieces, RIPPLE, random),
        "bech32" => bech32(pieces),
        "openai-marker" => {
            let len = pieces[1].len();
            pieces[3] = random_text("base64url", len, random);
            if pieces[0] == "sk-" {
                pieces[3] = random_text("base62", len, random);
            }
        }
        "pypi-macaroon" => pypi(pieces, random),
        "discord-snowflake" => {
            let snowflake = random.u64(100_000_000_000_000_000..1_300_000_000_000_000_000);
            pieces[0] = BASE64URL_NOPAD.encode(snowflake.to_string().as_bytes());
        }
        "atlassian-dc-structure" => {
            let number = random.u64(100_000_000_000..1_000_000_000_000);
            let bytes = [format!("{number}:").into_bytes(), random_bytes(20, random)];
            pieces[1] = BASE64.encode(&bytes.concat());
        }
        "base64-colon-pair" => {
            let password = random_text("base62", 16, random);
            let at = pieces.iter().rposition(|piece| !piece.ends_with('"'));
            let pair = BASE64.encode(format!("deploy:{password}").as_bytes());
            pieces[at.expect("one part is the pair")] = pair;
        }
        "base64-json" => base64_json(pieces, random),
        other => panic!("no checksum {other}"),
    }
}

fn random_text(alphabet: &str, len: usize, random: &mut Rng) -> String {
    let all = characters(alphabet);
    (0..len).map(|_| all[random.usize(..all.len())]).collect()
}

/// A number in the base of an alphabet, most significant digit first.
pub(crate) fn digits(mut number: u64, alphabet: &[char], width: usize) -> String {
    let base = alphabet.len() as u64;
    let mut digits = vec![alphabet[0]; width];
    for digit in digits.iter_mut().rev() {
        *digit = alphabet[(number % base) as usize];
        number /= base;
    }
    digits.into_iter().collect()
}

/// CRC-32 of the middle part in base 62, six digits.
fn crc32_base62(pieces: &mut [String]) {
    let mut alphabet = characters("digit");
    alphabet.extend(characters("upper"));
    alphabet.extend(characters("lower"));
    let crc = crc32fast::hash(pieces[1].as_bytes());
    pieces[2] = digits(u64::from(crc), &alphabet, 6);
}

/// CRC-32 of the second part in hex, at the end.
fn crc32_hex8(pieces: &mut [String]) {
    let crc = crc32fast::hash(pieces[1].as_bytes());
    if let Some(last) = pieces.last_mut() {
        *last = format!("{crc:08x}");
    }
}

/// CRC-32 of all before the last underscore, its bytes turned round, in hex.
fn crc32_grafana(pieces: &mut [String]) {
    let crc = crc32fast::hash(pieces[..2].concat().as_bytes());
    pieces[3] = format!("{:08x}", crc.swap_bytes());
}

/// Base 64 of 16 bytes and routing lines, its length, and CRC-32 of all that in base 36.
fn gitlab_routable(pieces: &mut [String], random: &mut Rng) {
    let base36 = [characters("digit"), characters("lower")].concat();
    let payload = pieces
        .iter()
        .position(|piece| piece.len() >= 27)
        .expect("one part is the payload");
    let (cell, user) = (random.u8(1..9), random.u32(1_000..999_999));
    let lines = format!("c:{cell}\no:1\nu:{}", digits(u64::from(user), &base36, 4));
    let bytes = [
        random_bytes(16, random),
        lines.clone().into_bytes(),
        vec![lines.len() as u8],
    ];
    pieces[payload] = BASE64URL_NOPAD.encode(&bytes.concat());
    let length = digits(pieces[payload].len() as u64, &base36, 2);
    let start = format!("{}.01.{length}", pieces[..=payload].concat());
    let crc = crc32fast::hash(start.as_bytes());
    for piece in &mut pieces[payload + 1..] {
        piece.clear();
    }
    pieces[payload + 1] = format!(".01.{length}{}", digits(u64::from(crc), &base36, 7));
}

/// 32 bytes in base 32, four of them CRC-32 of the rest, changed by a constant.
fn ado_pat(pieces: &mut [String], random: &mut Rng) {
    const HELD_AT: [usize; 4] = [2, 7, 8, 22];
    let mut bytes = random_bytes(32, random);
    let rest: Vec<u8> = (0..32)
        .filter(|at| !HELD_AT.contains(at))
        .map(|at| bytes[at])
        .collect();
    let crc = crc32fast::hash(&rest) ^ 0xE0B9_692D;
    for (at, byte) in HELD_AT.into_iter().zip(crc.to_be_bytes()) {
        bytes[at] = byte;
    }
    pieces[0] = BASE32_NOPAD.encode(&bytes).to_lowercase();
}

/// CRC-16 of all but the last two of the bytes that base 32 holds.
fn base32_crc16(pieces: &mut [String], first: Option<u8>) {
    let text = pieces.concat();
    let n_bytes = text.len() * 5 / 8;
    let alphabet = characters("base32-upper");
    let bits = text.chars().flat_map(|letter| {
        let value = alphabet.iter().position(|&other| other == letter);
        let value = value.expect("base 32 was made");
        (0..5).rev().map(move |bit| (value >> bit & 1) as u8)
    });
    let bits: Vec<u8> = bits.collect();
    let joined = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | bit);
    let mut bytes: Vec<u8> = bits.chunks_exact(8).map(joined).collect();
    bytes[0] = first.unwrap_or(bytes[0]);
    let crc = crc16_xmodem(&bytes[..n_bytes - 2]);
    bytes[n_bytes - 2..].copy_from_slice(&crc.to_le_bytes());
    one_piece(pieces, BASE32_NOPAD.encode(&bytes));
}

fn crc16_xmodem(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, &byte| {
        let shifted = |crc: u16| (crc << 1) ^ if crc & 0x8000 == 0 { 0 } else { 0x1021 };
        (0..8).fold(crc ^ u16::from(byte) << 8, |crc, _| shifted(crc))
    })
}

/// The whole value is one text.
fn one_piece(pieces: &mut [String], text: String) {
    pieces.iter_mut().for_each(String::clear);
    pieces[0] = text;
}

/// How texts of base 58 begin, the version bytes that make them do so, and the random bytes after.
type Version = (&'static str, &'static [u8], usize);

const BITCOIN: &[Version] = &[
    ("5", &[0x80], 32),
    ("K", &[0x80], 33),
    ("L", &[0x80], 33),
    ("6P", &[0x01, 0x42], 37),
    ("6", &[0xb0], 32),
    ("T", &[0xb0], 33),
    ("Q", &[0x9e], 33),
    ("xprv", &[0x04, 0x88, 0xad, 0xe4], 74),
    ("yprv", &[0x04, 0x9d, 0x78, 0x78], 74),
    ("zprv", &[0x04, 0xb2, 0x43, 0x0c], 74),
    ("tprv", &[0x04, 0x35, 0x83, 0x94], 74),
    ("uprv", &[0x04, 0x4a, 0x4e, 0x28], 74),
    ("vprv", &[0x04, 0x5f, 0x18, 0xbc], 74),
    ("edesk", &[0x07, 0x5a, 0x3c, 0xb3, 0x29], 56),
    ("edsk", &[0x0d, 0x0f, 0x3a, 0x07], 32),
    ("spsk", &[0x11, 0xa2, 0xe0, 0xc9], 32),
    ("p2sk", &[0x10, 0x51, 0xee, 0xbd], 32),
];

const RIPPLE: &[Version] = &[("sEd", &[0x01, 0xe1, 0x4b], 16), ("s", &[0x21], 16)];

/// Version, random bytes and the start of their double SHA-256, in base 58.
fn base58check(pieces: &mut [String], versions: &[Version], random: &mut Rng) {
    let start = pieces[0].clone();
    let known = versions.iter().find(|version| version.0 == start);
    let (_, version, n_bytes) = *known.expect("every start has a version");
    let ripple = versions == RIPPLE;
    let alphabet: Vec<char> = if ripple {
        "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
            .chars()
            .collect()
    } else {
        characters("base58")
    };
    // K and L share a version, and an extended key holds its depth first.
    loop {
        let mut bytes = [version, &random_bytes(n_bytes, random)].concat();
        if n_bytes == 33 {
            bytes[33] = 1;
        }
        if n_bytes == 74 {
            bytes[4..13].fill(0);
            bytes[45] = 0;
        }
        let hash = Sha256::digest(Sha256::digest(&bytes));
        bytes.extend_from_slice(&hash[..4]);
        let text = base58(&bytes, &alphabet);
        if text.starts_with(&start) {
            return one_piece(pieces, text);
        }
    }
}

fn base58(bytes: &[u8], alphabet: &[char]) -> String {
    let mut digits: Vec<u32> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).map(|_| 0);
    let digits = zeros.chain(digits.into_iter().rev());
    digits.map(|digit| alphabet[digit as usize]).collect()
}

/// BIP-173: six characters after human-readable part, 1 and data.
fn bech32(pieces: &mut [String]) {
    let text = pieces.concat();
    let is_upper = text.contains(|letter: char| letter.is_ascii_uppercase());
    let text = text.to_lowercase();
    let alphabet = characters("bech32");
    let one = text.rfind('1').expect("the separator is in it");
    let (human, data) = (&text[..one], &text[one + 1..text.len() - 6]);
    let value = |letter| alphabet.iter().position(|&other| other == letter);
    let mut data: Vec<u32> = data.chars().filter_map(value).map(|v| v as u32).collect();
    // Bits that fill up the last character are zero.
    let spare = data.len() * 5 % 8;
    if let Some(last) = data.last_mut().filter(|_| spare < 5) {
        *last &= 31 << spare;
    }
    let expanded = human.bytes().map(|byte| u32::from(byte) >> 5);
    let low = human.bytes().map(|byte| u32::from(byte) & 31);
    let all = expanded.chain([0]).chain(low).chain(data.iter().copied());
    let check = all.chain([0; 6]).fold(1, polymod) ^ 1;
    data.extend((0..6).map(|at| check >> (5 * (5 - at)) & 31));
    let data: String = data.iter().map(|&v| alphabet[v as usize]).collect();
    let text = format!("{human}1{data}");
    one_piece(pieces, if is_upper { text.to_uppercase() } else { text });
}

fn polymod(check: u32, value: u32) -> u32 {
    const GENERATORS: [u32; 5] = [
        0x3b6a_57b2,
        0x2650_8e6d,
        0x1ea1_19fa,
        0x3d42_33dd,
        0x2a14_62b3,
    ];
    let top = check >> 25;
    let next = (check & 0x01ff_ffff) << 5 ^ value;
    let bits = GENERATORS.iter().enumerate();
    bits.fold(next, |next, (bit, generator)| {
        next ^ if top >> bit & 1 == 1 { *generator } else { 0 }
    })
}

/// A macaroon in its binary form, version 2, with one caveat.
fn pypi(pieces: &mut [String], random: &mut Rng) {
    let location = if pieces[0].starts_with("pypi-AgENdGVz") {
        "test.pypi.org"
    } else {
        "pypi.org"
    };
    let caveat = format!("[3,\"{}\"]", uuid(random));
    let mut bytes = vec![2];
    let mut packet = |kind: u8, value: &[u8]| {
        bytes.extend([kind, value.len() as u8]);
        bytes.extend_from_slice(value);
    };
    packet(1, location.as_bytes());
    packet(2, uuid(random).as_bytes());
    bytes.push(0);
    bytes.extend([2, caveat.len() as u8]);
    bytes.extend_from_slice(caveat.as_bytes());
    bytes.extend([0, 0, 6, 32]);
    bytes.extend(random_bytes(32, random));
    one_piece(pieces, format!("pypi-{}", BASE64URL_NOPAD.encode(&bytes)));
}

/// JSON in base 64, as the issuer that the text begins with writes it.
fn base64_json(pieces: &mut [String], random: &mut Rng) {
    let token = random_text("base62", 32, random);
    let number = random.u32(100_000..999_999);
    match pieces[0].as_str() {
        "ops_eyJ" => {
            let json = format!(
                "{{\"signInAddress\":\"team.1password.com\",\"email\":\"{token}@1passwordserviceaccounts.com\",\
                 \"srpX\":\"{}\",\"muk\":{{\"alg\":\"A256GCM\",\"k\":\"{}\"}},\"secretKey\":\"{}\"}}",
                random_text("hex-lower", 64, random),
                random_text("base64url", 43, random),
                random_text("upper-alnum", 26, random)
            );
            one_piece(
                pieces,
                format!("ops_{}", BASE64URL_NOPAD.encode(json.as_bytes())),
            );
        }
        "glc_eyJ" => {
            let json = format!(
                "{{\"o\":\"{number}\",\"n\":\"upload\",\"k\":\"{token}\",\"m\":{{\"r\":\"eu\"}}}}"
            );
            one_piece(pieces, format!("glc_{}", BASE64.encode(json.as_bytes())));
        }
        "eyJrIjoi" => {
            let json = format!(
                "{{\"k\":\"{token}\",\"n\":\"upload\",\"id\":{}}}",
                number % 9 + 1
            );
            one_piece(pieces, BASE64.encode(json.as_bytes()));
        }
        "sntrys_" => {
            let json = format!(
                "{{\"iat\":17{number}00.5,\"url\":\"https://sentry.io\",\
                 \"region_url\":\"https://us.sentry.io\",\"org\":\"shop\"}}"
            );
            pieces[1] = BASE64.encode(json.as_bytes());
            pieces[3] = BASE64_NOPAD.encode(&random_bytes(32, random));
        }
        "sk.eyJ1Ijoi" => {
            let json = format!(
                "{{\"u\":\"shop\",\"a\":\"cl{}\"}}",
                &token[..23].to_lowercase()
            );
            pieces[0] = "sk.".to_owned();
            pieces[1] = BASE64URL_NOPAD.encode(json.as_bytes());
        }
        other => panic!("no JSON begins with {other}"),
    }
}
