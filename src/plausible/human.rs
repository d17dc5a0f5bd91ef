//! Passwords that people make up: words with some letters replaced, digits and punctuation added.
//!
//! Chance does not explain them, so they are told from identifiers by how often letters, digits and
//! punctuation take turns: `Tr0ub4dor&3x` does seven times, `admin123` once, `new_password` never.

use std::sync::LazyLock;

use crate::plausible::makeup::Makeup;
use crate::plausible::placeholder;
use crate::plausible::words::{Table, parts, without_digits};

/// How a person may have made a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Made {
    /// It is no more than words, or a name of something.
    Words,
    /// A word and something short before or behind it.
    Weak,
    /// Words with digits, with a mark or enough of them: what forms ask for.
    Composed,
    /// Letters, digits and punctuation all over.
    Strong,
    /// Four words or more, which names of other things may be too.
    Phrase,
}

/// The least length of a password that takes turns often, and of one with a mark, in bytes.
const STRONG_MIN: [usize; 2] = [9, 8];

/// Says how a person may have made `value`.
pub(super) fn made(value: &[u8], makeup: &Makeup) -> Made {
    let separators = |b: &&u8| b"_-./:\\".contains(b);
    let n_separators = value.iter().filter(separators).count();
    if let Some(made) = phrase(value, n_separators) {
        return made;
    }
    let turns = n_turns(value);
    let strong = n_separators <= 2 && turns > 0 && is_strong(value, makeup, turns, n_separators);
    if strong && !is_disguise(value) {
        return Made::Strong;
    }
    if is_composed(value, makeup, n_separators) && !is_disguise(value) {
        return Made::Composed;
    }
    // A label ends in a mark as well.
    let label = makeup.n_digits == 0 && turns < 2;
    if turns == 0 || label || turns < 2 && n_separators > 0 || n_separators > 2 {
        return Made::Words;
    }
    Made::Weak
}

/// Letters, digits and punctuation that take turns often, or a mark among them.
fn is_strong(value: &[u8], makeup: &Makeup, turns: usize, n_separators: usize) -> bool {
    let often = turns >= 3 && makeup.n_classes() >= 3 && value.len() >= STRONG_MIN[0];
    let kept = turns >= 2 || n_separators == 0;
    let marked = n_separators == 0 && is_marked(value, makeup) && value.len() >= STRONG_MIN[1];
    kept && (often || marked)
}

/// The least length of words with digits, in bytes.
const COMPOSED_MIN: usize = 7;

/// The greatest length of them, in bytes; names of things are longer.
const COMPOSED_MAX: usize = 28;

/// The most words of them: more are a sentence.
const COMPOSED_WORDS_MAX: usize = 5;

/// Words with digits, where a mark, a second digit or a second capital makes it more than a name with
/// a number; at most one joint, and no name of an algorithm.
fn is_composed(value: &[u8], makeup: &Makeup, n_separators: usize) -> bool {
    let mark = |b: &u8| b"!@#$%^&*?".contains(b);
    let marked = value.iter().any(mark);
    let plain = |b: &u8| b.is_ascii_alphanumeric() || mark(b) || b"-_.+~=,".contains(b);
    let ends = value.ends_with(b".") && n_separators == 1;
    let capitals = makeup.n_upper >= 2 && makeup.n_lower >= 4;
    let least = COMPOSED_MIN - usize::from(marked || makeup.n_upper > 0);
    (least..=COMPOSED_MAX).contains(&value.len())
        && value.iter().all(plain)
        && makeup.n_letters() >= 3
        && makeup.n_digits > 0
        && n_separators <= 1
        && (marked || makeup.n_digits >= 2 || capitals || ends)
        && !matches!(
            value,
            [b'@' | b'$' | b'&' | b'%' | b'.' | b'-' | b'#' | b'_', ..]
        )
        && parts(value).count() <= COMPOSED_WORDS_MAX
        && !parts(value).any(|part| ALGORITHMS.has(&value[part]))
}

/// Names with digits that belong to methods and formats.
static ALGORITHMS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "aes128 aes192 aes256 argon2 argon2i argon2id base32 base58 base64 base64url bcrypt chacha20 \
         curve25519 des3 ecdsa ed25519 ed448 es256 es384 es512 hmac hs256 hs384 hs512 md5 oauth1 oauth2 \
         p256 p384 p521 pbkdf2 pkcs1 pkcs11 pkcs12 pkcs5 pkcs7 pkcs8 poly1305 prime256v1 ps256 rs256 \
         rs384 rs512 rsa1024 rsa2048 rsa4096 scrypt secp256k1 secp256r1 secp384r1 sha sha1 sha224 sha256 \
         sha3 sha384 sha512 ssl3 tls1 utf16 utf8 v1 v2 v3 x25519 x448 x509",
    )
});

/// Letters, digits and a mark that forms ask for, but none that begins a variable or an entity.
fn is_marked(value: &[u8], makeup: &Makeup) -> bool {
    let mark = |b: &u8| b"!@#$%^&*".contains(b);
    makeup.n_letters() >= 4
        && makeup.n_digits > 0
        && value.iter().any(mark)
        && !matches!(value, [b'@' | b'$' | b'&' | b'%', ..])
        && !value.contains(&b';')
}

/// Four words or more of one style, none of documentation, with the same joint between them.
fn phrase(value: &[u8], n_separators: usize) -> Option<Made> {
    let joint = *value.iter().find(|b| b"-_.".contains(b))?;
    if n_separators < 3 {
        return None;
    }
    let capital = value[0].is_ascii_uppercase();
    let word = |word: &[u8]| {
        let letters = without_digits(word);
        letters.len() >= 3
            && word.len() - letters.len() <= 1
            && letters[0].is_ascii_uppercase() == capital
            && letters[1..].iter().all(u8::is_ascii_lowercase)
            && !placeholder::is_spelt(letters)
    };
    let words = value.split(|&byte| byte == joint);
    words.clone().all(word).then_some(Made::Phrase)
}

/// Four to eight words of small letters with one blank between them, none of which sentences need.
pub(super) fn is_spaced_phrase(value: &[u8]) -> bool {
    let word = |word: &[u8]| {
        (3..=12).contains(&word.len())
            && word.iter().all(u8::is_ascii_lowercase)
            && !SENTENCES.has(word)
            && !placeholder::is_spelt(word)
    };
    let mut words = value.split(|&byte| byte == b' ');
    let n_words = words.clone().count();
    (4..=8).contains(&n_words) && words.all(word)
}

/// Words of sentences about passwords, in the languages in which labels are often written.
static SENTENCES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "about after again all already also and any anmelden are been before bei bitte but cannot \
         change changed character characters choose confirm contain contains con correct could create \
         das data dein del der des die does dont each ein eine einem einer either enter equal error \
         est every expected expired failed favor field fields for forgot forgotten found from gone had \
         has have hide http ihr ihre incorrect inputs instead into ist its kein least length les letter \
         letters log long los las match matches may minimum missing  must mit need needs nicht nor \
         number numbers oder once only para pas please por pour provide provided que repeat request \
         required requires reset right same save send sent short should show sie sign sin special \
         strong submit that the their then there they too two type under une una und unable update \
         used using valid verify vos votre vous was weak were when where which while will without \
         would wrong you",
    )
});

/// How often letters, digits and punctuation follow one another; what joins names does not count.
fn n_turns(value: &[u8]) -> usize {
    let kind = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'?' | b'+' | b'~' => 3,
        _ => 0,
    };
    value
        .windows(2)
        .filter(|pair| {
            let (a, b) = (kind(pair[0]), kind(pair[1]));
            a != b && a != 0 && b != 0
        })
        .count()
}

/// Whether it is a word of documentation with digits and punctuation in the place of letters, such
/// as `P@ssw0rd!`.
pub(super) fn is_disguise(value: &[u8]) -> bool {
    let mut letters = [0; 40];
    let mut n_letters = 0;
    let end = value.iter().rposition(u8::is_ascii_alphabetic);
    for &byte in &value[..end.map_or(0, |at| at + 1)] {
        let letter = match byte {
            b'0' => b'o',
            b'1' | b'!' => b'i',
            b'3' => b'e',
            b'4' | b'@' => b'a',
            b'5' | b'$' => b's',
            b'7' | b'+' => b't',
            other if other.is_ascii_alphabetic() => other,
            _ => continue,
        };
        let Some(place) = letters.get_mut(n_letters) else {
            return false;
        };
        *place = letter;
        n_letters += 1;
    }
    placeholder::is_spelt(&letters[..n_letters])
}

#[cfg(test)]
mod tests {
    use super::{Made, is_spaced_phrase, made};
    use crate::plausible::makeup::Makeup;

    #[track_caller]
    fn check(values: &[&str], expected: Made) {
        for value in values {
            let value = value.as_bytes();
            assert_eq!(
                made(value, &Makeup::of(value)),
                expected,
                "{}",
                value.escape_ascii()
            );
        }
    }

    #[test]
    fn strong_ones_take_turns_or_have_a_mark() {
        check(
            &["Tr0ub4dor&3x", "k1tt3n$Ca5tle", "Cherry!4837!"],
            Made::Strong,
        );
        check(&["Winter2024!", "dragon@47"], Made::Strong);
    }

    #[test]
    fn phrases_have_four_words() {
        let phrases = ["amber-castle-otter-violet", "Amber-Castle-Otter-Violet7"];
        check(&phrases, Made::Phrase);
        let phrases = ["amber.castle.otter.violet", "amber_castle_otter_violet"];
        check(&phrases, Made::Phrase);
    }

    #[test]
    fn spaced_phrases_are_no_sentences() {
        assert!(is_spaced_phrase(b"amber castle otter violet"));
        for sentence in [
            "please enter your password",
            "amber castle otter",
            "Amber castle otter violet",
            "amber castle is violet",
        ] {
            assert!(!is_spaced_phrase(sentence.as_bytes()), "{sentence}");
        }
    }

    #[test]
    fn weak_ones_are_words_with_an_ending() {
        check(&["admin123", "Test@123", "amber7"], Made::Weak);
        check(&["P@ssw0rd123!", "S3cr3tP@ss!", "t0k3n"], Made::Weak);
    }

    #[test]
    fn composed_ones_are_words_with_digits() {
        let values = [
            "letmein99",
            "Winter2024",
            "hunter22",
            "amber-42",
            "42Dragon",
        ];
        check(&values, Made::Composed);
        check(
            &["AmberOtter7", "Amber_Otter7", "amber7!", "Otter12."],
            Made::Composed,
        );
        check(&["hmac-sha256"], Made::Words);
        check(&["secp256k1"], Made::Weak);
    }

    #[test]
    fn names_are_words() {
        let names = ["new_password", "id-it-revPassphrase", "v1/accounts:reset"];
        check(&names, Made::Words);
        let names = [
            "NID_pkcs9_email",
            "confirm-password-field-two",
            "amber-otter",
        ];
        check(&names, Made::Words);
    }
}
