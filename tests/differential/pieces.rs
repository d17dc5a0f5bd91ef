//! A version as pieces: what is copied from its base, and what is inserted.

use std::ops::Range;

/// A piece of a version.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// These bytes of the base.
    Copy(Range<usize>),
    /// These bytes.
    Insert(Vec<u8>),
}

/// The base with a range of it replaced.
pub(crate) fn replace(base: &[u8], range: Range<usize>, text: Vec<u8>) -> Vec<Piece> {
    vec![
        Piece::Copy(0..range.start),
        Piece::Insert(text),
        Piece::Copy(range.end..base.len()),
    ]
}

/// The bytes of a version.
pub(crate) fn bytes(base: &[u8], pieces: &[Piece]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Copy(range) => bytes.extend_from_slice(&base[range.clone()]),
            Piece::Insert(text) => bytes.extend_from_slice(text),
        }
    }
    bytes
}

/// The delta that makes a version.
///
/// Source: gitformat-pack(5), "Deltified representation".
pub(crate) fn delta(base: &[u8], pieces: &[Piece]) -> Vec<u8> {
    let mut delta = Vec::new();
    size(base.len(), &mut delta);
    size(bytes(base, pieces).len(), &mut delta);
    for piece in pieces {
        match piece {
            Piece::Insert(text) => {
                for text in text.chunks(127) {
                    delta.push(text.len() as u8);
                    delta.extend_from_slice(text);
                }
            }
            Piece::Copy(range) => {
                let mut at = range.start;
                while at < range.end {
                    let len = (range.end - at).min(0xff_ffff);
                    delta.push(0xff);
                    delta.extend_from_slice(&(at as u32).to_le_bytes());
                    delta.extend_from_slice(&(len as u32).to_le_bytes()[..3]);
                    at += len;
                }
            }
        }
    }
    delta
}

/// Seven bits a byte, the lowest first.
fn size(mut size: usize, out: &mut Vec<u8>) {
    while size >= 0x80 {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
}
