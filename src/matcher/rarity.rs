//! How common is what the search for literals samples, so that it looks for what is rare.
//!
//! A poor fit costs time, never an answer.

use crate::matcher::literals::mix;

/// The commonest triples of bytes in source text, and how common they are.
///
/// Rewritten by `cargo run --release --example triples -- FOLDER`, which says what is in it.
static TRIPLES: &[u8; 8_192] = include_bytes!("triples.bin");
/// The share of all triples that one has which is not among them, where the table ends.
const RARE: f32 = 1e-6;

/// What one more comparison costs, where the cost of letting a triple pass is 1.
const COMPARISON: f32 = 0.6;

/// What it costs to look for each hash, as a share of text.
pub(super) struct Commonness(Vec<(f32, bool)>);

impl Commonness {
    pub(super) fn new() -> Self {
        let mut shares = vec![(RARE, false); 1 << u16::BITS];
        let (triples, _) = TRIPLES.as_chunks();
        for triple in triples {
            let triple = u32::from_le_bytes(*triple);
            let [first, second, third] = [triple & 0x0F, triple >> 4, triple >> 12];
            let hash = mix([first as u8, second as u8], [second as u8, third as u8]);
            shares[usize::from(hash)].0 += (-((triple >> 20) as f32) / 16.0).exp2();
        }
        Self(shares)
    }

    /// What it costs to look for this hash as well.
    pub(super) fn of(&self, hash: u16) -> f32 {
        let (share, passes) = self.0[usize::from(hash)];
        share * if passes { COMPARISON } else { 1.0 }
    }

    /// Has triples with this hash pass from now on.
    pub(super) fn let_pass(&mut self, hash: u16) {
        self.0[usize::from(hash)].1 = true;
    }
}
