//! The pieces in which a text is searched.
//!
//! All anchors are looked for in one tile before the next, while it is in the nearest cache. A tile is
//! searched in blocks: a block is tested as a whole before any of it is looked at closer.

use std::ops::Range;

/// Text of one block, in bytes.
pub(super) const BLOCK: usize = 16;
/// Text of one tile, in bytes: as many blocks as a `u64` has bits.
pub(super) const TILE: usize = 64 * BLOCK;
/// A tile and what its last samples and units reach into, in bytes.
pub(super) const TILE_BYTES: usize = TILE + 2 * BLOCK;

/// A piece of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile<'a> {
    /// Where it begins, a multiple of [`BLOCK`].
    pub(super) at: usize,
    /// Its bytes and what follows, with zeros past the end of the text.
    pub(super) bytes: &'a [u8; TILE_BYTES],
    /// The number of blocks that are to be searched, at least 1.
    pub(super) n_blocks: usize,
}

impl<'a> Tile<'a> {
    /// The first tile of a part of a text; `room` holds the bytes of one that reaches past the end.
    pub(super) fn new(text: &'a [u8], part: Range<usize>, room: &'a mut [u8; TILE_BYTES]) -> Self {
        let rest = text.get(part.start..).unwrap_or_default();
        let bytes = rest.first_chunk().unwrap_or_else(|| {
            room.fill(0);
            room[..rest.len()].copy_from_slice(rest);
            room
        });
        Self {
            at: part.start,
            bytes,
            n_blocks: part.len().min(TILE).div_ceil(BLOCK),
        }
    }
}
