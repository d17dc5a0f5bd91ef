//! Check digits of numbers that name a person or an account.

use super::{Validity, proof};

/// Checks a payment card number by its Luhn digit.
///
/// `digits` is 12 to 19 ASCII digits; anything else is [`Validity::Invalid`].
/// One random number in ten passes, so a rule also needs an issuer prefix.
///
/// Source: ISO/IEC 7812-1, annex B.
pub(super) fn luhn(digits: &[u8]) -> Validity {
    if !(12..=19).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Validity::Invalid;
    }
    proof(luhn_sum(digits).is_multiple_of(10))
}

/// Writes the last digit that [`luhn`] expects.
pub(super) fn complete_luhn(digits: &mut Vec<u8>) {
    if !digits.iter().all(u8::is_ascii_digit) {
        return;
    }
    if let Some(last) = digits.last_mut() {
        *last = b'0';
        let missing = (10 - luhn_sum(digits) % 10) % 10;
        digits.pop();
        digits.push(b'0' + missing as u8);
    }
}

fn luhn_sum(digits: &[u8]) -> u32 {
    let doubled = |d: u8| if d > 4 { 2 * d - 9 } else { 2 * d };
    digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, byte)| {
            let digit = byte - b'0';
            u32::from(if i % 2 == 1 { doubled(digit) } else { digit })
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::{Validity, complete_luhn, luhn};

    #[track_caller]
    fn check(digits: &str, expected: Validity) {
        assert_eq!(luhn(digits.as_bytes()), expected);
    }

    #[test]
    fn check_digit_decides() {
        check(&"42".repeat(8), Validity::Valid);
        check(&["42".repeat(7).as_str(), "41"].concat(), Validity::Invalid);
    }

    #[test]
    fn lengths_other_than_12_to_19_and_other_characters_are_refused() {
        check("", Validity::Invalid);
        check(&"0".repeat(11), Validity::Invalid);
        check(&"0".repeat(20), Validity::Invalid);
        check(&["0".repeat(11).as_str(), "-"].concat(), Validity::Invalid);
    }

    #[test]
    fn last_digit_is_completed() {
        let mut digits = b"424242424242424".to_vec();
        digits.push(b'9');
        complete_luhn(&mut digits);
        assert_eq!(digits.last(), Some(&b'2'));
    }
}
