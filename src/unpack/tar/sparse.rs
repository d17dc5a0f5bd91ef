//! Files with holes in tar archives: what is stored, and where it stands in the file.

use std::io::{self, Read};

use crate::unpack::tar::pax::decimal;

/// Bytes of holes of one file that are handed over. Past them, each hole is cut to [`HOLE_BYTES`].
const HOLES_BYTES: u64 = 16 << 20;
/// Bytes of a hole that are always handed over, so that what stands around it does not touch.
const HOLE_BYTES: u64 = 512;
/// Longest map in bytes.
const MAP_BYTES_MAX: usize = 4 << 20;

/// Where the stored bytes of a file stand in it: offsets and lengths, ascending.
pub(super) type Map = Vec<(u64, u64)>;

/// Makes a map of offsets and lengths in turn. None where they contradict each other, the number of
/// bytes that are stored, or the length of the file.
pub(super) fn map(numbers: &[u64], stored: u64, len: Option<u64>) -> Option<Map> {
    let (pairs, []) = numbers.as_chunks::<2>() else {
        return None;
    };
    let mut end: u64 = 0;
    let mut sum: u64 = 0;
    for &[offset, n] in pairs {
        if offset < end {
            return None;
        }
        end = offset.checked_add(n)?;
        sum = sum.checked_add(n)?;
    }
    let fits = sum == stored && len.is_none_or(|len| end <= len);
    fits.then(|| pairs.iter().map(|&[offset, n]| (offset, n)).collect())
}

/// Reads the map that stands before the stored bytes in version 1.0: lines of decimal numbers in whole
/// blocks. Returns what was read, and the numbers after their count, unless they are not understood.
///
/// Source: GNU tar manual, "PAX Format, Version 1.0".
pub(super) fn read_numbers(data: &mut dyn Read) -> (Vec<u8>, Option<Vec<u64>>) {
    let mut text = Vec::new();
    let mut numbers = Vec::new();
    let mut used = 0;
    loop {
        // Whoever reads on meets an error once more.
        let n = data.take(512).read_to_end(&mut text);
        if !matches!(n, Ok(512)) || text.len() > MAP_BYTES_MAX {
            return (text, None);
        }
        while let Some(end) = memchr::memchr(b'\n', &text[used..]) {
            let Some(number) = decimal(&text[used..used + end]) else {
                return (text, None);
            };
            numbers.push(number);
            used += end + 1;
            let wanted = numbers[0].saturating_mul(2).saturating_add(1);
            if numbers.len() as u64 == wanted {
                numbers.remove(0);
                // What fills the block says nothing.
                let padding = text[used..].iter().all(|&byte| byte == 0);
                return (text, padding.then_some(numbers));
            }
        }
    }
}

/// A file with its holes, which are zero bytes.
pub(super) struct Expanded<R> {
    stored: R,
    map: std::vec::IntoIter<(u64, u64)>,
    /// Where the next byte stands in the file.
    at: u64,
    /// Zero bytes to give out before the next stored one.
    hole: u64,
    /// Stored bytes to give out before the next hole.
    left: u64,
    /// Zero bytes that may yet be given out.
    holes: u64,
}

impl<R: Read> Expanded<R> {
    pub(super) fn new(stored: R, map: Map) -> Self {
        Self {
            stored,
            map: map.into_iter(),
            at: 0,
            hole: 0,
            left: 0,
            holes: HOLES_BYTES,
        }
    }
}

impl<R: Read> Read for Expanded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.hole == 0 && self.left == 0 {
            let Some((offset, len)) = self.map.next() else {
                return Ok(0);
            };
            let hole = offset.saturating_sub(self.at);
            self.hole = if hole <= self.holes {
                hole
            } else {
                hole.min(HOLE_BYTES)
            };
            self.holes = self.holes.saturating_sub(hole);
            self.left = len;
            self.at = offset.saturating_add(len);
        }
        let from_hole = self.hole > 0;
        let left = if from_hole {
            &mut self.hole
        } else {
            &mut self.left
        };
        let most = usize::try_from(*left).unwrap_or(usize::MAX);
        let n = buffer.len().min(most);
        let n = if from_hole {
            buffer[..n].fill(0);
            n
        } else {
            self.stored.read(&mut buffer[..n])?
        };
        *left -= n as u64;
        Ok(n)
    }
}
