//! Inflates whole objects whose length is known.

use libdeflater::{DecompressionError, Decompressor};

use crate::blob::SkipReason;
use crate::source::git::pack::broken;

/// Deflate makes no more than this many bytes of one. Source: RFC 1951: a match of 258 bytes needs at
/// least two bits.
const RATIO_MAX: u64 = 1_032;

/// Memory for inflating, to be used again.
pub(in crate::source::git) struct Inflater(Decompressor);

impl Inflater {
    pub(in crate::source::git) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Inflates a zlib stream of which it is known how long it is inflated. Nothing is allocated for a
    /// length that cannot be true.
    pub(in crate::source::git) fn inflate(
        &mut self,
        zlib: &[u8],
        len: usize,
        out: &mut Vec<u8>,
    ) -> Result<(), SkipReason> {
        if len as u64 > (zlib.len() as u64).saturating_mul(RATIO_MAX) {
            return Err(broken("an object is longer than it can be"));
        }
        out.resize(len, 0);
        match self.0.zlib_decompress(zlib, out) {
            Ok(n) if n == len => Ok(()),
            Ok(_) => Err(broken("an object has another size than it says")),
            Err(DecompressionError::InsufficientSpace) => {
                Err(broken("an object has another size than it says"))
            }
            Err(DecompressionError::BadData) => Err(broken("an object cannot be inflated")),
        }
    }
}
