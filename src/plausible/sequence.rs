//! Values that fingers or loops make: runs of the alphabet, of the keyboard, and repetitions.

use crate::plausible::Doubt;

/// Rows of a keyboard, and columns of it read downwards.
static KEYBOARD: &[&[u8]] = &[
    b"qwertyuiop",
    b"qwertzuiop",
    b"azertyuiop",
    b"asdfghjkl",
    b"zxcvbnm",
    b"1qaz2wsx3edc4rfv5tgb6yhn",
    b"1q2w3e4r5t6y7u8i9o0p",
    b"zaq12wsx",
];

/// Words that can be written in hexadecimal, as programmers do.
static HEX_WORDS: &[&[u8]] = &[
    b"deadbeef",
    b"cafebabe",
    b"baadf00d",
    b"badc0ffee",
    b"feedface",
    b"facefeed",
    b"c0ffee",
    b"deadc0de",
    b"f00dbabe",
    b"0badcafe",
];

/// The longest run of one step that chance makes now and then, in bytes.
const RUN_MAX: usize = 5;

/// The least length of what is left of a token beside a run of zeros in base64, in bytes.
const REST_MIN: usize = 50;

/// Refuses what is too regular to be made by chance.
///
/// # Errors
///
/// In which way it is regular.
pub(super) fn check(value: &[u8]) -> Result<(), Doubt> {
    if has_repetition(value) {
        return Err(Doubt::Repeated);
    }
    if has_run(value) || has_keys(value) || is_counted(value) {
        return Err(Doubt::Sequence);
    }
    match is_alphabet(value) {
        true => Err(Doubt::Alphabet),
        false => Ok(()),
    }
}

/// A run of one character, few different ones, or a period of at most half the length.
fn has_repetition(value: &[u8]) -> bool {
    let mut seen = [0u64; 4];
    let mut run = 1;
    let mut longest = 1;
    for (at, &byte) in value.iter().enumerate() {
        seen[usize::from(byte) >> 6] |= 1 << (byte & 63);
        run = if at > 0 && value[at - 1] == byte {
            run + 1
        } else {
            1
        };
        longest = longest.max(run);
    }
    let n_distinct: u32 = seen.iter().map(|bits| bits.count_ones()).sum();
    let least = match value.len() {
        0..=11 => 4,
        12..=23 => 6,
        _ => 8,
    };
    let is_period = |period: &usize| {
        let rest = value.iter().skip(*period);
        rest.zip(value).all(|(a, b)| a == b)
    };
    longest > RUN_MAX && value.len() < longest + REST_MIN
        || n_distinct < least
        || (2..=value.len() / 2).any(|n| is_period(&n))
}

/// Neighbours in the alphabet or among digits, up or down, also `aabbcc`.
fn has_run(value: &[u8]) -> bool {
    let (mut up, mut down, mut steps) = (1, 1, 0);
    for pair in value.windows(2) {
        let (a, b) = (pair[0].to_ascii_lowercase(), pair[1].to_ascii_lowercase());
        let is_up = a.is_ascii_alphanumeric() && (b == a + 1 || (a, b) == (b'9', b'0'));
        let is_down = b.is_ascii_alphanumeric() && (a == b + 1 || (a, b) == (b'0', b'9'));
        up = if is_up { up + 1 } else { 1 };
        down = if is_down { down + 1 } else { 1 };
        steps += usize::from(is_up || is_down || a == b);
        if up > RUN_MAX || down > RUN_MAX {
            return true;
        }
    }
    value.len() >= 8 && steps * 2 > value.len()
}

/// Digits, or letters and digits by themselves, of which most follow the one before: `a1b2c3d4`,
/// `a123b45c6d78`, `00010203`.
fn is_counted(value: &[u8]) -> bool {
    let (mut letter, mut digit) = (None, None);
    let (mut n_letters, mut n_digits) = ([0, 0], [0, 0]);
    for &byte in value {
        let (last, counts, next_of_last) = match byte {
            b'0'..=b'9' => (&mut digit, &mut n_digits, [b'9', b'0']),
            _ if byte.is_ascii_alphabetic() => (&mut letter, &mut n_letters, [b'f', b'a']),
            _ => continue,
        };
        let byte = byte.to_ascii_lowercase();
        if let Some(before) = last.replace(byte) {
            let follows = byte == before + 1 || [before, byte] == next_of_last;
            counts[0] += usize::from(follows);
            counts[1] += 1;
        }
    }
    let most =
        |counts: [usize; 2], least: usize| counts[1] >= least && counts[0] * 10 >= counts[1] * 7;
    most(n_digits, 8) || most(n_letters, 3) && most(n_digits, 3) || is_counted_in_bytes(value)
}

/// Hexadecimal bytes that count up or down: `000102030405`.
fn is_counted_in_bytes(value: &[u8]) -> bool {
    let step = |pairs: &[u8]| {
        let mut bytes = [0; 2];
        let decoded = data_encoding::HEXLOWER_PERMISSIVE.decode_mut(pairs, &mut bytes);
        decoded.ok().map(|_| bytes[1].wrapping_sub(bytes[0]))
    };
    let n_steps = value.len() / 2 - 1;
    let Some(first) = value.get(..4).and_then(step) else {
        return false;
    };
    let same = |at: &usize| step(&value[2 * at..2 * at + 4]) == Some(first);
    n_steps >= 4 && (0..n_steps).filter(same).count() * 4 >= n_steps * 3
}

/// Six keys of a row or column of the keyboard, or a word in hexadecimal.
fn has_keys(value: &[u8]) -> bool {
    let found = |window: &[u8], row: &[u8]| {
        row.windows(window.len())
            .any(|keys| keys.eq_ignore_ascii_case(window))
    };
    let keyed = |window: &[u8]| KEYBOARD.iter().any(|row| found(window, row));
    let word = |word: &&[u8]| found_in(value, word);
    value.windows(RUN_MAX + 1).any(keyed) || HEX_WORDS.iter().any(word)
}

fn found_in(value: &[u8], word: &[u8]) -> bool {
    value
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word))
}

/// Many characters of which none comes twice: of 62 at random, 40 are all different once in a
/// million, of 36 at random, 22 once in 3,000.
fn is_alphabet(value: &[u8]) -> bool {
    let mut seen = [0u64; 4];
    let mixed =
        value.iter().any(u8::is_ascii_lowercase) && value.iter().any(u8::is_ascii_uppercase);
    value.len() >= if mixed { 40 } else { 22 }
        && value.iter().all(|&byte| {
            let bit = 1 << (byte & 63);
            let word = &mut seen[usize::from(byte) >> 6];
            let is_new = *word & bit == 0;
            *word |= bit;
            is_new
        })
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::plausible::Doubt;

    #[track_caller]
    fn refused(values: &[&str], expected: Option<Doubt>) {
        for value in values {
            assert_eq!(check(value.as_bytes()).err(), expected, "{value}");
        }
    }

    #[test]
    fn repetitions_are_refused() {
        refused(
            &["aaaaaaaa", "abababab", "k9fQk9fQ", "00000000ffff"],
            Some(Doubt::Repeated),
        );
        refused(&["k9fQ2mXv7pLzk9fQ2mXv7pLz"], Some(Doubt::Repeated));
    }

    #[test]
    fn sequences_are_refused() {
        let runs = [
            "0123456789abcdef",
            "abcdefgh",
            "zyxwvuts",
            "x9876543210y",
            "Aabbccddee",
        ];
        refused(&runs, Some(Doubt::Sequence));
        let keys = [
            "qwerty99",
            "ASDFGHJKL;",
            "1qaz2wsx",
            "1q2w3e4r",
            "deadbeef01",
            "x0badcafe",
            "A1b2c3d4",
            "a123b45c6d78e9f012",
            "00112233445566778899aabb",
            "0306090c0f1215181b",
        ];
        refused(&keys, Some(Doubt::Sequence));
    }

    #[test]
    fn alphabets_are_refused() {
        let shuffled: String = "qazwsxedcrfvtgbyhnujmikolp"
            .chars()
            .rev()
            .chain("37".chars())
            .collect();
        refused(&[&shuffled], Some(Doubt::Alphabet));
    }

    #[test]
    fn chance_is_not() {
        let mut random = fastrand::Rng::with_seed(5);
        let refused = (0..10_000)
            .filter(|_| {
                let value: Vec<u8> = (0..24).map(|_| random.alphanumeric() as u8).collect();
                check(&value).is_err()
            })
            .count();
        assert!(refused < 20, "{refused} of 10,000");
    }
}
