//! What a value is made of: its bytes counted by class, once, for all the tests that follow.

/// How many bytes of each class a value has; 65,535 stands for more.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Makeup {
    /// `a` to `z`.
    pub(super) n_lower: u16,
    /// `A` to `Z`.
    pub(super) n_upper: u16,
    /// `0` to `9`.
    pub(super) n_digits: u16,
    /// `a` to `f` and `A` to `F`.
    pub(super) n_hex_letters: u16,
    /// Space and tabulator.
    pub(super) n_spaces: u16,
    /// Of ASCII punctuation, what base64 and base64url have: `+ / = - _`.
    pub(super) n_base64_marks: u16,
    /// All other ASCII punctuation.
    pub(super) n_other_marks: u16,
    /// Control characters and everything above ASCII.
    pub(super) n_foreign: u16,
}

impl Makeup {
    /// Counts the bytes of `value`.
    pub(super) fn of(value: &[u8]) -> Self {
        let mut makeup = Self::default();
        for &byte in value {
            let count = match byte {
                b'a'..=b'f' => {
                    makeup.n_hex_letters = makeup.n_hex_letters.saturating_add(1);
                    &mut makeup.n_lower
                }
                b'g'..=b'z' => &mut makeup.n_lower,
                b'A'..=b'F' => {
                    makeup.n_hex_letters = makeup.n_hex_letters.saturating_add(1);
                    &mut makeup.n_upper
                }
                b'G'..=b'Z' => &mut makeup.n_upper,
                b'0'..=b'9' => &mut makeup.n_digits,
                b' ' | b'\t' => &mut makeup.n_spaces,
                b'+' | b'/' | b'=' | b'-' | b'_' => &mut makeup.n_base64_marks,
                b'!'..=b'~' => &mut makeup.n_other_marks,
                _ => &mut makeup.n_foreign,
            };
            *count = count.saturating_add(1);
        }
        makeup
    }

    /// Letters of both cases.
    pub(super) fn n_letters(&self) -> u16 {
        self.n_lower.saturating_add(self.n_upper)
    }

    /// Punctuation of any kind.
    pub(super) fn n_marks(&self) -> u16 {
        self.n_base64_marks.saturating_add(self.n_other_marks)
    }

    /// Whether all of it are hexadecimal digits, letters in one case.
    pub(super) fn is_hex(&self) -> bool {
        self.n_marks() + self.n_spaces + self.n_foreign == 0
            && self.n_letters() == self.n_hex_letters
            && (self.n_lower == 0 || self.n_upper == 0)
    }

    /// How many of the classes lower, upper, digit and punctuation it has, 0 to 4.
    pub(super) fn n_classes(&self) -> usize {
        let has = [self.n_lower, self.n_upper, self.n_digits, self.n_marks()];
        has.iter().filter(|&&n| n > 0).count()
    }
}

#[cfg(test)]
mod tests {
    use super::Makeup;

    #[test]
    fn every_byte_counts_once() {
        let makeup = Makeup::of(b"aZ09 \t+!\x7f\xc3");
        let counts = [
            makeup.n_lower,
            makeup.n_upper,
            makeup.n_digits,
            makeup.n_spaces,
        ];
        assert_eq!(counts, [1, 1, 2, 2]);
        assert_eq!((makeup.n_base64_marks, makeup.n_other_marks), (1, 1));
        assert_eq!((makeup.n_foreign, makeup.n_hex_letters), (2, 1));
        assert_eq!(makeup.n_classes(), 4);
    }

    #[test]
    fn hexadecimal_has_letters_of_one_case() {
        assert!(Makeup::of(b"0af9").is_hex() && Makeup::of(b"0AF9").is_hex());
        assert!(!Makeup::of(b"0aF9").is_hex() && !Makeup::of(b"0ag9").is_hex());
    }
}
