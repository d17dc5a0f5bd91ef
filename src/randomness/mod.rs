//! How random a value looks.
//!
//! [`score`] tells keys from names and words: it is the mean log-likelihood ratio of two stories about
//! a value, in bits a character. By one its characters were drawn uniformly from the smallest usual
//! alphabet that holds them, by the other a person wrote them, one after another as characters follow
//! each other in names. Above 0 the first explains it better. Around 1.0 is a good floor.
//!
//! On identifiers that the table was not built from, the area under the curve, then how many of 100
//! random values score above 99 % and above 99.9 % of the identifiers of their length:
//!
//! | characters | identifiers | hex | a-z0-9 | base62 | base64 |
//! |---|---|---|---|---|---|
//! | 12 | 33,662 | .9996 99.5 99.4 | .9999 99.8 98.7 | 1.000 100 99.7 | .9999 99.9 99.2 |
//! | 16 | 26,030 | .9999 100 99.9 | .9999 100 99.7 | 1.000 100 99.9 | 1.000 100 99.8 |
//! | 20 | 17,925 | 1.000 100 99.8 | .9999 100 98.8 | 1.000 100 99.8 | 1.000 100 99.4 |
//! | 24 | 17,681 | .9999 100 100 | .9999 100 100 | .9999 100 100 | .9999 100 100 |
//! | 32 | 5,646 | .9999 100 100 | .9999 100 100 | .9999 100 100 | .9999 100 100 |
//! | 40 | 2,774 | .9998 100 100 | .9998 100 100 | .9999 100 100 | .9999 100 100 |
//! | 64 | 483 | .9975 100 – | .9973 100 – | .9984 100 – | .9978 100 – |
//!
//! Which identifiers these are, and how encoded data among them was set aside, is said in
//! `benches/randomness.rs`, the program that builds the table and measures this:
//!
//! ```text
//! benches/fetch-trees.sh FOLDER large
//! cargo run --release --example randomness -- build FOLDER
//! cargo run --release --example randomness -- auc FOLDER
//! ```
//!
//! What it does not see: words of a language far from English, rows of a keyboard, and values of few
//! different characters that are not one repeated, such as `zqqzqz`. For those there is [`shannon`], the
//! entropy of a value's own byte frequencies: good enough as a floor against placeholders, a poor
//! judge between words and keys, so no rule rests on it alone.
//!
//! Source: C. E. Shannon, "Prediction and Entropy of Printed English", 1951, for a text's entropy by
//! what precedes a letter; J. Neyman and E. S. Pearson, "On the Problem of the Most Efficient Tests of
//! Statistical Hypotheses", 1933, for the ratio.

pub mod bigram;

use std::sync::LazyLock;

pub use bigram::score;

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
