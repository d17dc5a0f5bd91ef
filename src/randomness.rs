//! How random a value looks.
//!
//! Shannon entropy of a value's own byte frequencies: good enough as a floor against placeholders and
//! repeated characters, a poor judge between words and keys, so no rule rests on it alone.

use std::sync::LazyLock;

/// Values up to this length are looked up, in bytes.
const SHORT: usize = 256;

/// `n * log2(n)` for every count in a short value.
///
/// PERF: the floors of rules are tested on every candidate; with the table that takes a tenth of the
/// time of one logarithm for each distinct byte.
static N_LOG_N: LazyLock<[f64; SHORT + 1]> = LazyLock::new(|| {
    let mut table = [0.0; SHORT + 1];
    for (n, entry) in table.iter_mut().enumerate().skip(1) {
        *entry = n as f64 * (n as f64).log2();
    }
    table
});

/// Shannon entropy of `value` in bits a byte, 0 for an empty value, at most 8.
///
/// Source: C. E. Shannon, "A Mathematical Theory of Communication", 1948, section 6.
pub fn shannon(value: &[u8]) -> f64 {
    if value.is_empty() {
        return 0.0;
    }
    if value.len() > SHORT {
        return f64::from(entropy::shannon_entropy(value));
    }
    let mut counts = [0u16; 256];
    for &byte in value {
        counts[usize::from(byte)] += 1;
    }
    // A count is taken where its byte is met first, and is zero after that.
    let mut sum = 0.0;
    for &byte in value {
        let count = std::mem::take(&mut counts[usize::from(byte)]);
        sum += N_LOG_N[usize::from(count)];
    }
    let len = value.len();
    (N_LOG_N[len] - sum) / len as f64
}

/// An estimate of the bits needed to guess `value`: its length times its entropy a byte.
pub fn bits(value: &[u8]) -> f64 {
    shannon(value) * value.len() as f64
}

#[cfg(test)]
mod tests {
    use super::{bits, shannon};

    #[test]
    fn entropy_of_known_texts() {
        assert_eq!(shannon(b""), 0.0);
        assert_eq!(shannon(b"aaaa"), 0.0);
        assert!((shannon(b"abcd") - 2.0).abs() < 1e-6);
        assert!((bits(b"abcdabcd") - 16.0).abs() < 1e-5);
    }

    #[test]
    fn looking_up_agrees_with_computing() {
        let mut random = fastrand::Rng::with_seed(1);
        for len in 1..=300 {
            let letters = random.u8(1..=255);
            let value: Vec<u8> = (0..len).map(|_| random.u8(0..letters)).collect();
            let computed = f64::from(entropy::shannon_entropy(&value));
            assert!((shannon(&value) - computed).abs() < 1e-4, "{len} bytes");
        }
    }
}
