//! Bitmaps that are stored in runs of equal words.
//!
//! Source: gitformat-bitmap(5), appendix A: the number of bits, the number of words, the words, the
//! position of the last run. A run is one word that says how many words of one bit follow, and how many
//! words as they are.

use super::damaged;
use crate::blob::SkipReason;

/// Reads a bitmap off the front: the positions of its set bits, ascending, all below `end`.
///
/// # Errors
///
/// It is cut off, or a bit at `end` or above is set.
pub(super) fn positions(rest: &mut &[u8], end: usize) -> Result<Vec<u32>, SkipReason> {
    let short = || damaged("it ends within a bitmap");
    let beyond = || damaged("a bitmap names an entry that is not there");
    let head = rest.get(..8).ok_or_else(short)?;
    let n_words = number(&head[4..]) as usize;
    let words = n_words.checked_mul(8).ok_or_else(short)?;
    let body = rest[8..].get(..words).ok_or_else(short)?;
    *rest = rest[8 + words..].get(4..).ok_or_else(short)?;
    let mut positions = Vec::new();
    let mut words = body.chunks_exact(8).map(number);
    let mut at = 0_u64;
    while let Some(run) = words.next() {
        let (bit, n_same, n_literal) = (run & 1, run >> 1 & 0xffff_ffff, run >> 33);
        let next = at.saturating_add(64 * n_same);
        if bit == 1 && n_same > 0 {
            // Bits of the last word that stand for nothing are not set.
            if next > (end as u64).next_multiple_of(64) {
                return Err(beyond());
            }
            positions.extend((at..next.min(end as u64)).map(|at| at as u32));
        }
        at = next;
        for _ in 0..n_literal {
            let mut word = words.next().ok_or_else(short)?;
            while word != 0 {
                let position = at.saturating_add(u64::from(word.trailing_zeros()));
                if position >= end as u64 {
                    return Err(beyond());
                }
                positions.push(position as u32);
                word &= word - 1;
            }
            at = at.saturating_add(64);
        }
    }
    Ok(positions)
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::positions;

    fn bitmap(words: &[u64]) -> Vec<u8> {
        let mut bytes = [0_u32, words.len() as u32].map(u32::to_be_bytes).concat();
        bytes.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        bytes.extend([0; 4]);
        bytes
    }

    #[test]
    fn runs_and_words_are_read() {
        // Two words of ones, then one word as it is; then a word of zeros and another one.
        let bytes = bitmap(&[1 | 2 << 1 | 1 << 33, 0b101, 1 << 1 | 1 << 33, 1 << 63]);
        let mut rest = &bytes[..];
        let found = positions(&mut rest, 1000).expect("it is sound");
        let expected: Vec<u32> = (0..128).chain([128, 130, 319]).collect();
        assert_eq!(found, expected);
        assert!(rest.is_empty());
        assert!(positions(&mut &bytes[..], 319).is_err());
        assert!(positions(&mut &bytes[..30], 1000).is_err());
    }

    #[test]
    fn a_run_that_claims_the_world_takes_no_memory() {
        let bytes = bitmap(&[1 | 0xffff_ffff << 1]);
        assert!(positions(&mut &bytes[..], 10).is_err());
        let bytes = bitmap(&[0xffff_ffff << 1, 0xffff_ffff << 1]);
        assert_eq!(positions(&mut &bytes[..], 10), Ok(Vec::new()));
    }
}
