//! Offline checks against values whose verdict is known, and against values they make themselves.
//!
//! The known values are in `vectors.toml`, in parts. The made ones are random texts of the right
//! shape with a fixed seed; `LEAKGATE_ROUNDS` says how many of each shape (64 if not set).

use std::ops::Range;

use fastrand::Rng;
use leakgate::validate::{VALIDATORS, Validator, Validity, find};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    vector: Vec<Vector>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    validator: String,
    label: String,
    parts: Vec<String>,
    expect: Expected,
    note: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Valid,
    Unknown,
    Invalid,
}

impl Expected {
    fn validity(self) -> Validity {
        match self {
            Self::Valid => Validity::Valid,
            Self::Unknown => Validity::Unknown,
            Self::Invalid => Validity::Invalid,
        }
    }
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("vectors.toml");
    let vectors: Vectors = toml::from_str(text).expect("vectors.toml parses");
    vectors.vector
}

fn named(name: &str) -> &'static Validator {
    find(name).unwrap_or_else(|| panic!("no validator {name}"))
}

#[test]
fn known_values_are_judged_as_expected() {
    for vector in vectors() {
        let validator = named(&vector.validator);
        let value = vector.parts.concat();
        let judged = (validator.check)(value.as_bytes());
        let expected = vector.expect.validity();
        assert_eq!(judged, expected, "{} {}", vector.validator, vector.label);
        if let Some(measure) = validator.measure {
            assert_eq!(measure(value.as_bytes()), Some(value.len()));
        }
        if let Some(expected) = vector.note {
            let note = validator.note.and_then(|note| note(value.as_bytes()));
            assert_eq!(note, Some(expected), "{}", vector.label);
        }
    }
}

#[test]
fn no_part_of_a_known_value_is_long() {
    for vector in vectors() {
        let longest = vector.parts.iter().map(String::len).max();
        let short = longest <= Some(16) && vector.parts.len() > 1;
        assert!(short, "{} {}", vector.validator, vector.label);
    }
}

const DIGITS: &str = "0123456789";
const HEX: &str = "0123456789abcdef";
const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE32_LOWER: &str = "abcdefghijklmnopqrstuvwxyz234567";
const BASE36: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const BASE58: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE64: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/";
const BASE64URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const BECH32: &str = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
const BECH32_UPPER: &str = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const RIPPLE: &str = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz";

/// A part of a shape.
enum Part {
    Text(&'static str),
    Random(&'static str, usize),
}
use Part::{Random, Text};

/// Random values that a rule would hand to a validator.
struct Shape {
    validator: &'static str,
    parts: &'static [Part],
    /// Characters that a checksum is made of or made from, counted back from the end: changing any
    /// of them must be noticed. Empty where there is no checksum.
    checked: Range<usize>,
}

const fn shape(validator: &'static str, parts: &'static [Part], checked: Range<usize>) -> Shape {
    Shape {
        validator,
        parts,
        checked,
    }
}

static SHAPES: &[Shape] = &[
    shape("ado-pat", &[Random(BASE32_LOWER, 52)], 1..52),
    shape(
        "anthropic-suffix",
        &[Text("sk-ant-"), Text("api03-"), Random(BASE64URL, 95)],
        0..2,
    ),
    shape(
        "atlassian-data-center",
        &[Text("BBDC-"), Random(BASE64, 44)],
        0..0,
    ),
    shape(
        "azure-his",
        &[
            Random(BASE64, 33),
            Text("Az"),
            Text("CaA"),
            Random(BASE64, 5),
            Text("="),
        ],
        2..6,
    ),
    shape(
        "azure-his",
        &[
            Random(BASE62, 42),
            Text("Az"),
            Text("SeA"),
            Random(BASE62, 5),
        ],
        0..5,
    ),
    shape(
        "azure-his",
        &[
            Random(BASE64URL, 44),
            Text("Az"),
            Text("Fu"),
            Random(BASE64URL, 6),
            Text("=="),
        ],
        3..7,
    ),
    shape(
        "azure-storage-key",
        &[
            Random(BASE64, 76),
            Text("+A"),
            Text("St"),
            Random(BASE64, 6),
            Text("=="),
        ],
        3..7,
    ),
    shape("base58check", &[Text("K"), Random(BASE58, 51)], 0..51),
    shape(
        "base58check",
        &[Text("xp"), Text("rv"), Random(BASE58, 107)],
        0..107,
    ),
    shape(
        "base58check-ripple",
        &[Text("s"), Random(RIPPLE, 28)],
        0..28,
    ),
    shape(
        "base64-json",
        &[Text("glc_"), Text("eyJvIjoi"), Random(BASE64, 80)],
        0..0,
    ),
    shape(
        "base64-json",
        &[Text("eyJr"), Text("Ijoi"), Random(BASE64, 80)],
        0..0,
    ),
    shape(
        "base64-json",
        &[
            Text("sntrys_"),
            Text("eyJpYXQiO"),
            Random(BASE64, 80),
            Text("_"),
            Random(BASE64, 43),
        ],
        0..0,
    ),
    shape("base64-pair", &[Random(BASE64, 40)], 0..0),
    shape("base64-password", &[Random(BASE64, 20)], 0..0),
    shape(
        "bech32",
        &[Text("AGE-SECRET-"), Text("KEY-1"), Random(BECH32_UPPER, 58)],
        0..58,
    ),
    shape(
        "bech32",
        &[Text("nsec"), Text("1"), Random(BECH32, 58)],
        0..58,
    ),
    shape("crc32-base62", &[Text("ghp_"), Random(BASE62, 36)], 0..36),
    shape("crc32-base64", &[Text("cflt"), Random(BASE64, 60)], 0..60),
    shape(
        "crc32-grafana",
        &[Text("glsa_"), Random(BASE62, 32), Text("_"), Random(HEX, 8)],
        0..8,
    ),
    shape(
        "crc32-hex8",
        &[Text("cfut_"), Random(BASE62, 40), Random(HEX, 8)],
        0..48,
    ),
    shape(
        "crc32-hex8",
        &[Text("zpka_"), Random(HEX, 32), Text("_"), Random(HEX, 8)],
        0..8,
    ),
    shape(
        "discord-token",
        &[
            Text("M"),
            Random(BASE64URL, 23),
            Text("."),
            Random(BASE64URL, 6),
            Text("."),
            Random(BASE64URL, 38),
        ],
        0..0,
    ),
    shape(
        "entra-secret",
        &[Random(BASE62, 3), Text("8Q~"), Random(BASE64URL, 34)],
        0..40,
    ),
    shape(
        "gitlab-routable",
        &[
            Text("glpat-"),
            Random(BASE64URL, 40),
            Text(".01."),
            Random(BASE36, 9),
        ],
        0..7,
    ),
    shape("jwt", &[Random(BASE64, 40)], 0..0),
    shape("jwt-kubernetes", &[Random(BASE64, 40)], 0..0),
    shape("jwt-supabase", &[Random(BASE64, 40)], 0..0),
    shape("luhn", &[Random(DIGITS, 16)], 0..16),
    shape("mapbox-token", &[Text("sk."), Random(BASE64URL, 80)], 0..0),
    shape("near-key", &[Text("ed25519:"), Random(BASE58, 87)], 0..0),
    shape("nkeys-crc16", &[Text("SU"), Random(BASE32, 56)], 1..56),
    shape(
        "onepassword-token",
        &[Text("ops_"), Random(BASE64URL, 300)],
        0..0,
    ),
    shape(
        "openai-marker",
        &[
            Text("sk-proj-"),
            Random(BASE64URL, 74),
            Text("T3Blbk"),
            Text("FJ"),
            Random(BASE64URL, 60),
        ],
        0..0,
    ),
    shape("pem-private", &[Random(BASE64, 40)], 0..0),
    shape(
        "pypi-macaroon",
        &[Text("pypi-"), Random(BASE64URL, 120)],
        0..0,
    ),
    shape("strkey-crc16", &[Text("S"), Random(BASE32, 55)], 0..55),
    shape(
        "telegram-token",
        &[Random(DIGITS, 10), Text(":"), Random(BASE64URL, 35)],
        0..0,
    ),
];

fn random_value(shape: &Shape, rng: &mut Rng) -> Vec<u8> {
    let mut value = Vec::new();
    for part in shape.parts {
        match part {
            Text(text) => value.extend_from_slice(text.as_bytes()),
            Random(alphabet, n) => value.extend((0..*n).map(|_| pick(alphabet.as_bytes(), rng))),
        }
    }
    value
}

fn pick(bytes: &[u8], rng: &mut Rng) -> u8 {
    bytes[rng.usize(..bytes.len())]
}

fn n_rounds() -> usize {
    let rounds = std::env::var("LEAKGATE_ROUNDS").ok();
    rounds.map_or(64, |text| {
        text.parse().expect("LEAKGATE_ROUNDS is a number")
    })
}

#[test]
fn every_validator_that_completes_has_a_shape_here() {
    for validator in VALIDATORS.iter().filter(|v| v.complete.is_some()) {
        let covered = SHAPES.iter().any(|shape| shape.validator == validator.name);
        assert!(covered, "{}", validator.name);
    }
}

#[test]
fn completed_values_are_not_invalid_and_a_changed_character_is_noticed() {
    let mut rng = Rng::with_seed(1);
    for shape in SHAPES {
        let validator = named(shape.validator);
        let complete = validator
            .complete
            .expect("shapes are of validators that complete");
        for _ in 0..n_rounds() {
            let mut value = random_value(shape, &mut rng);
            complete(&mut value);
            let text = String::from_utf8_lossy(&value).into_owned();
            let judged = (validator.check)(&value);
            assert_ne!(judged, Validity::Invalid, "{} {text}", shape.validator);
            if let Some(measure) = validator.measure {
                assert_eq!(measure(&value), Some(value.len()), "{text}");
            }
            if !shape.checked.is_empty() {
                change_is_noticed(validator, value, shape.checked.clone(), &mut rng);
            }
        }
    }
}

fn change_is_noticed(
    validator: &Validator,
    mut value: Vec<u8>,
    checked: Range<usize>,
    rng: &mut Rng,
) {
    let at = value.len() - 1 - rng.usize(checked);
    let old = value[at];
    // Another character of the same kind, so that the alphabet gives nothing away.
    let kinds = [DIGITS.as_bytes(), b"abcdef", b"ABCDEF"];
    let kind = kinds.iter().find(|kind| kind.contains(&old));
    while value[at] == old {
        value[at] = pick(kind.unwrap_or(&&b"acdefACDEF"[..]), rng);
    }
    let expected = if validator.rejects {
        Validity::Invalid
    } else {
        Validity::Unknown
    };
    let text = String::from_utf8_lossy(&value);
    assert_eq!(
        (validator.check)(&value),
        expected,
        "{} {text}",
        validator.name
    );
}

#[test]
fn completing_is_repeatable() {
    let mut rng = Rng::with_seed(2);
    for shape in SHAPES {
        let complete = named(shape.validator).complete.expect("shapes complete");
        let random = random_value(shape, &mut rng);
        let (mut first, mut second) = (random.clone(), random);
        complete(&mut first);
        complete(&mut second);
        assert_eq!(first, second, "{}", shape.validator);
    }
}

#[test]
fn no_bytes_make_a_validator_panic() {
    let mut rng = Rng::with_seed(3);
    let joined = |vector: Vector| vector.parts.concat().into_bytes();
    let known: Vec<Vec<u8>> = vectors().into_iter().map(joined).collect();
    for validator in VALIDATORS {
        survives(validator, Vec::new());
        for _ in 0..n_rounds() {
            survives(
                validator,
                (0..rng.usize(..200)).map(|_| rng.u8(..)).collect(),
            );
            let value = known[rng.usize(..known.len())].clone();
            survives(validator, damaged(value, &mut rng));
        }
        for shape in SHAPES
            .iter()
            .filter(|shape| shape.validator == validator.name)
        {
            for _ in 0..n_rounds() {
                let mut value = random_value(shape, &mut rng);
                survives(validator, damaged(value.clone(), &mut rng));
                if let Some(complete) = validator.complete {
                    complete(&mut value);
                }
                survives(validator, damaged(value, &mut rng));
            }
        }
    }
}

/// Cuts, repeats, inserts or overwrites a few bytes.
fn damaged(mut value: Vec<u8>, rng: &mut Rng) -> Vec<u8> {
    for _ in 0..rng.usize(1..4) {
        let at = rng.usize(..=value.len());
        match rng.u8(..4) {
            0 => value.truncate(at),
            1 => value.extend_from_within(at..),
            2 => value.insert(at, rng.u8(..)),
            _ => {
                if let Some(byte) = value.get_mut(at) {
                    *byte = pick(b"\\-_=.:1Aa\n\0\xff", rng);
                }
            }
        }
    }
    value
}

fn survives(validator: &Validator, mut value: Vec<u8>) {
    let _ = (validator.check)(&value);
    if let Some(end) = validator.measure.and_then(|measure| measure(&value)) {
        assert!(end <= value.len(), "{}", validator.name);
        let _ = (validator.check)(&value[..end]);
    }
    let _ = validator.note.and_then(|note| note(&value));
    if let Some(complete) = validator.complete {
        complete(&mut value);
    }
}
