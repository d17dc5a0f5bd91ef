//! A model of text that fits in 1,444 bytes, and how much worse than chance it explains a value.
//!
//! The table holds what it costs, in sixteenths of a bit, that a character of one class follows a
//! character of another: 26 letters whose case is folded, 10 digits, an edge, and everything else.
//! The case of letters is a second, smaller model, asked only where a value holds both cases. Both
//! are expanded at compile time, so that a character costs two look-ups.

use std::f64::consts::LOG2_10;

/// Classes of characters: letters, digits, [`EDGE`] and [`OTHER`].
pub const CLASSES: usize = 38;
/// The class of what stands before and after a value, and of the seam in `camelCase`.
pub const EDGE: usize = 36;
/// The class of every byte that is neither an ASCII letter nor a digit.
pub const OTHER: usize = 37;
/// Units of the table in a bit.
pub const UNITS: f64 = 16.0;

/// The table, row by row: the class before, then the class after.
///
/// Rewritten by `cargo run --release --example randomness -- build FOLDER`.
static TABLE: &[u8; CLASSES * CLASSES] = include_bytes!("bigrams.bin");

/// Units it costs in mixed case that a lower- or an upper-case letter follows a lower-case letter,
/// an upper-case one, or none. `build` prints what it measured.
const CASE: [[u16; 2]; 3] = [[3, 48], [6, 35], [14, 18]];
/// Units it costs to say which separator it is: of the usual few, two are most of them.
const SEPARATOR: u16 = 24;
/// Units it costs to say which other character of printable ASCII it is.
const PUNCTUATION: u16 = 96;

/// Symbols are the lower-case letters, the upper-case letters, the digits, and these.
const SYMBOLS: usize = 66;
const SYMBOL_SEPARATOR: u8 = 62;
const SYMBOL_PUNCTUATION: u8 = 63;
const SYMBOL_FOREIGN: u8 = 64;
const SYMBOL_EDGE: u8 = 65;

const LOG2_36: f64 = 5.169_925_001_442_312;
const LOG2_62: f64 = 5.954_196_310_386_875;
const LOG2_94: f64 = 6.554_588_851_677_638;

type Costs = [[u16; SYMBOLS]; SYMBOLS];

/// What a symbol costs after another, in values of one case and of both.
static COSTS: [Costs; 2] = [costs(false), costs(true)];

/// The symbol and the kind of each byte.
static BYTES: [(u8, u8); 256] = bytes();

// Kinds of bytes, one bit each: what an alphabet must hold.
const DIGIT: u8 = 1;
const HEX_LOWER: u8 = 2;
const LOWER: u8 = 4;
const HEX_UPPER: u8 = 8;
const UPPER: u8 = 16;
const SEPARATED: u8 = 32;
const PRINTABLE: u8 = 64;
const FOREIGN: u8 = 128;

/// How much better `value` is explained by chance than by text, in bits a character.
///
/// The mean of log2 of how likely `value` is when drawn uniformly from the smallest usual alphabet
/// that holds it, over how likely it is as text. Above 0 is chance, below 0 is text. `-`, `_`, `.`,
/// `/`, `+` and a space make 64 characters of a value in both cases and leave the alphabet of
/// any other as it is, so that a UUID is drawn from hex digits; `=` does not count at the end.
/// A value without letters is never above 0: numbers are everywhere, and all of them are likely.
/// Bytes above ASCII cost as little as separators, since nobody draws keys from them. 0 for an
/// empty value.
pub fn score(value: &[u8]) -> f64 {
    let padding = value.iter().rev().take_while(|&&byte| byte == b'=').count();
    let value = &value[..value.len() - padding];
    if value.is_empty() {
        return 0.0;
    }
    let kinds = value
        .iter()
        .fold(0, |kinds, &byte| kinds | BYTES[usize::from(byte)].1);
    let lower = kinds & (HEX_LOWER | LOWER) != 0;
    let upper = kinds & (HEX_UPPER | UPPER) != 0;
    let costs = &COSTS[usize::from(lower && upper)];
    let mut last = usize::from(SYMBOL_EDGE);
    let mut cost = 0;
    for &byte in value {
        let symbol = usize::from(BYTES[usize::from(byte)].0);
        cost += u64::from(costs[last][symbol]);
        last = symbol;
    }
    cost += u64::from(costs[last][usize::from(SYMBOL_EDGE)]);
    let score = cost as f64 / (UNITS * value.len() as f64) - alphabet_bits(kinds, lower && upper);
    if lower || upper {
        score
    } else {
        score.min(0.0)
    }
}

/// Bits a character of the smallest usual alphabet with these kinds of bytes.
fn alphabet_bits(kinds: u8, mixed: bool) -> f64 {
    let has = |kind: u8| kinds & kind != 0;
    match () {
        () if has(FOREIGN) => 8.0,
        () if has(PRINTABLE) => LOG2_94,
        () if mixed && has(SEPARATED) => 6.0,
        () if mixed => LOG2_62,
        () if has(LOWER | UPPER) => LOG2_36,
        () if has(HEX_LOWER | HEX_UPPER) => 4.0,
        () => LOG2_10,
    }
}

/// The steps of a text from class to class, the edges at its ends and inside it with them.
pub fn steps(text: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let before = std::iter::once(None).chain(text.iter().map(Some));
    let after = text.iter().map(Some).chain(std::iter::once(None));
    before.zip(after).flat_map(|(before, after)| {
        let class_of = |byte: Option<&u8>| byte.map_or(EDGE, |&byte| class(byte));
        let (from, to) = (class_of(before), class_of(after));
        let seam =
            before.is_some_and(u8::is_ascii_lowercase) && after.is_some_and(u8::is_ascii_uppercase);
        let first = if seam { (from, EDGE) } else { (from, to) };
        std::iter::once(first).chain(seam.then_some((EDGE, to)))
    })
}

/// The class of a byte.
pub const fn class(byte: u8) -> usize {
    match byte {
        b'a'..=b'z' => (byte - b'a') as usize,
        b'A'..=b'Z' => (byte - b'A') as usize,
        b'0'..=b'9' => 26 + (byte - b'0') as usize,
        _ => OTHER,
    }
}

const fn bytes() -> [(u8, u8); 256] {
    let mut bytes = [(SYMBOL_FOREIGN, FOREIGN); 256];
    let mut at = 0;
    while at < bytes.len() {
        let byte = at as u8;
        bytes[at] = match byte {
            b'a'..=b'f' => (byte - b'a', HEX_LOWER),
            b'g'..=b'z' => (byte - b'a', LOWER),
            b'A'..=b'F' => (26 + byte - b'A', HEX_UPPER),
            b'G'..=b'Z' => (26 + byte - b'A', UPPER),
            b'0'..=b'9' => (52 + byte - b'0', DIGIT),
            b'-' | b'_' | b'.' | b'/' | b'+' | b' ' => (SYMBOL_SEPARATOR, SEPARATED),
            b'!'..=b'~' => (SYMBOL_PUNCTUATION, PRINTABLE),
            _ => (SYMBOL_FOREIGN, FOREIGN),
        };
        at += 1;
    }
    bytes
}

const fn costs(mixed: bool) -> Costs {
    let mut costs = [[0; SYMBOLS]; SYMBOLS];
    let mut from = 0;
    while from < SYMBOLS {
        let mut to = 0;
        while to < SYMBOLS {
            costs[from][to] = step(from, to, mixed);
            to += 1;
        }
        from += 1;
    }
    costs
}

/// What one symbol costs after another: the class, the seam, the case, and which of its class.
const fn step(from: usize, to: usize, mixed: bool) -> u16 {
    let (before, after) = (symbol_class(from), symbol_class(to));
    let mut cost = if mixed && from < 26 && to >= 26 && to < 52 {
        between(before, EDGE) + between(EDGE, after)
    } else {
        between(before, after)
    };
    if mixed && to < 52 {
        let case = if from < 52 { from / 26 } else { 2 };
        cost += CASE[case][to / 26];
    }
    if to == SYMBOL_SEPARATOR as usize || to == SYMBOL_FOREIGN as usize {
        cost += SEPARATOR;
    }
    if to == SYMBOL_PUNCTUATION as usize {
        cost += PUNCTUATION;
    }
    cost
}

const fn between(before: usize, after: usize) -> u16 {
    TABLE[before * CLASSES + after] as u16
}

const fn symbol_class(symbol: usize) -> usize {
    match symbol {
        0..52 => symbol % 26,
        52..62 => symbol - 26,
        62..65 => OTHER,
        _ => EDGE,
    }
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::{CLASSES, TABLE, score, steps};

    fn random(alphabet: &str, len: usize, random: &mut Rng) -> Vec<u8> {
        let alphabet = alphabet.as_bytes();
        (0..len)
            .map(|_| alphabet[random.usize(..alphabet.len())])
            .collect()
    }

    #[test]
    fn table_has_a_cost_for_every_pair_of_classes() {
        assert_eq!(TABLE.len(), 1_444);
        assert_eq!(TABLE.len(), CLASSES * CLASSES);
        assert!(TABLE.iter().all(|&cost| cost > 0));
    }

    #[test]
    fn names_words_and_paths_are_text() {
        let texts = [
            "getDeclarationWithTypeAnnotation",
            "MAX_CONNECTIONS_PER_SERVER",
            "access-token-expiration-policy",
            "internationalization",
            "correct horse battery staple",
            "Passwords must be changed, at least, every month.",
            "/usr/share/documentation/examples/configuration.html",
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "AAAAAAAAAAAAAAAAAAAA",
            "abcdefghijklmnopqrstuvwxyz",
            "пароль по умолчанию",
        ];
        for text in texts {
            let is = score(text.as_bytes());
            assert!(is < 0.0, "{text}: {is:.2}");
        }
    }

    #[test]
    fn numbers_are_never_chance() {
        for text in [
            "",
            "=",
            "====",
            "00000000",
            "1234567890123456",
            "2031-01-31",
            "3.14159265",
        ] {
            assert!(score(text.as_bytes()) <= 0.0, "{text}");
        }
        let mut source = Rng::with_seed(3);
        assert_eq!(score(&random("0123456789", 24, &mut source)), 0.0);
    }

    #[test]
    fn random_values_are_chance() {
        let hex = "0123456789abcdef";
        let lower = "abcdefghijklmnopqrstuvwxyz0123456789";
        let upper = lower.to_ascii_uppercase();
        let both = format!("{lower}{}", &upper[..26]);
        let marks = format!("{both}!#$%&*+-/:;<=>?@^_~");
        let mut source = Rng::with_seed(1);
        for alphabet in [hex, &hex.to_ascii_uppercase(), lower, &upper, &both, &marks] {
            for len in [24, 32, 40, 64] {
                let values = (0..200).map(|_| score(&random(alphabet, len, &mut source)));
                let mut scores: Vec<f64> = values.collect();
                scores.sort_by(f64::total_cmp);
                assert!(scores[2] > 1.0, "{alphabet} {len}: {:.2}", scores[2]);
            }
        }
    }

    #[test]
    fn separators_and_padding_leave_chance_what_it_is() {
        let mut source = Rng::with_seed(2);
        let mut hex = || random("0123456789abcdef", 36, &mut source);
        let mut uuid = hex();
        for at in [8, 13, 18, 23] {
            uuid[at] = b'-';
        }
        assert!(score(&uuid) > 1.0);
        let key = hex();
        assert_eq!(score(&[&key[..], b"=="].concat()), score(&key));
    }

    #[test]
    fn case_that_flips_is_chance_and_camel_case_is_not() {
        let (camel, flips) = (score(b"parseResponseHeader"), score(b"pArseREspONseHeaDEr"));
        assert!(camel < 0.0, "{camel:.2}");
        assert!(flips > camel + 1.5, "{camel:.2} {flips:.2}");
    }

    #[test]
    fn steps_tell_edges_and_seams() {
        let of = |text: &str| steps(text.as_bytes()).collect::<Vec<_>>();
        assert_eq!(of(""), [(36, 36)]);
        assert_eq!(of("aB"), [(36, 0), (0, 36), (36, 1), (1, 36)]);
        assert_eq!(of("A9_"), [(36, 0), (0, 35), (35, 37), (37, 36)]);
    }
}
