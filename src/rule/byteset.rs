//! Sets of byte values.

use std::fmt;

/// A set of byte values as 256 bits.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ByteSet([u64; 4]);

impl ByteSet {
    /// The set of exactly the bytes in `bytes`.
    pub const fn of(bytes: &[u8]) -> Self {
        let mut set = Self([0; 4]);
        let mut i = 0;
        while i < bytes.len() {
            set = set.with(bytes[i]);
            i += 1;
        }
        set
    }

    /// This set and one byte more.
    pub const fn with(mut self, byte: u8) -> Self {
        self.0[(byte >> 6) as usize] |= 1 << (byte & 63);
        self
    }

    /// This set and all bytes from `first` to `last`, both included.
    pub const fn with_range(mut self, first: u8, last: u8) -> Self {
        let mut byte = first;
        loop {
            self = self.with(byte);
            if byte >= last {
                return self;
            }
            byte += 1;
        }
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub const fn contains(&self, byte: u8) -> bool {
        self.0[(byte >> 6) as usize] >> (byte & 63) & 1 == 1
    }

    /// All bytes of either set.
    pub const fn union(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self([a[0] | b[0], a[1] | b[1], a[2] | b[2], a[3] | b[3]])
    }

    /// All bytes that are not in this set.
    pub fn complement(self) -> Self {
        Self(self.0.map(|word| !word))
    }

    /// Whether every byte of this set is in `other`.
    pub fn within(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & !b == 0)
    }

    /// Whether no byte of this set is in `other`.
    pub fn apart_from(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).all(|(a, b)| a & b == 0)
    }

    /// Number of bytes in the set, at most 256.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// The bytes of the set in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u8> + '_ {
        (0..=u8::MAX).filter(|&byte| self.contains(byte))
    }
}

impl fmt::Debug for ByteSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ByteSet({} bytes)", self.len())
    }
}

/// ASCII letters, digits and `_`, as `\w` and `\b` understand them.
pub const WORD: ByteSet = ByteSet([0; 4])
    .with_range(b'0', b'9')
    .with_range(b'A', b'Z')
    .with_range(b'a', b'z')
    .with(b'_');

const ALNUM: ByteSet = ByteSet([0; 4])
    .with_range(b'0', b'9')
    .with_range(b'A', b'Z')
    .with_range(b'a', b'z');

/// The byte classes that a run anchor may name, sorted by name.
pub static CLASSES: &[(&str, ByteSet)] = &[
    ("alnum", ALNUM),
    ("base64", ALNUM.with(b'+').with(b'/')),
    ("base64url", ALNUM.with(b'-').with(b'_')),
    ("digit", ByteSet([0; 4]).with_range(b'0', b'9')),
    (
        "hex",
        ByteSet([0; 4])
            .with_range(b'0', b'9')
            .with_range(b'A', b'F')
            .with_range(b'a', b'f'),
    ),
    (
        "lower-alnum",
        ByteSet([0; 4])
            .with_range(b'0', b'9')
            .with_range(b'a', b'z'),
    ),
    (
        "lower-hex",
        ByteSet([0; 4])
            .with_range(b'0', b'9')
            .with_range(b'a', b'f'),
    ),
    ("word", WORD),
];

#[cfg(test)]
mod tests {
    use super::{ByteSet, CLASSES, WORD};

    #[test]
    fn sets_hold_what_was_put_in() {
        let set = ByteSet::of(b"az").with_range(b'0', b'9');
        assert_eq!(set.len(), 12);
        assert!(set.contains(b'5') && set.contains(b'a') && !set.contains(b'b'));
        assert!(set.within(&WORD) && set.apart_from(&ByteSet::of(b"-")));
        assert_eq!(ByteSet::default().with_range(0, 255).len(), 256);
    }

    #[test]
    fn classes_are_sorted() {
        assert!(CLASSES.is_sorted_by_key(|(name, _)| name));
    }
}
