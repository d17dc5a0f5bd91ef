//! Deltas: instructions that make an object from another.
//!
//! Source: gitformat-pack(5), "Deltified representation".

use crate::git::Malformed;

/// A range of the base that stands in what was made; what lies between was inserted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Start in the base.
    pub from: u64,
    /// Start in what was made.
    pub to: u64,
    /// Length in bytes.
    pub len: u64,
}

/// Lengths that a delta states: of its base, and of what it makes.
///
/// # Errors
///
/// It ends too early, or a length is too long.
pub fn lengths(delta: &[u8]) -> Result<(u64, u64), Malformed> {
    let mut rest = delta;
    Ok((size(&mut rest)?, size(&mut rest)?))
}

/// Makes an object of at most `most` bytes from its base, in memory that may have served before.
/// `copied` says what stands where afterwards: ascending, adjacent ranges merged.
///
/// # Errors
///
/// The delta contradicts itself or its base, or makes more than `most`; `made` holds no sense then.
pub fn apply(
    base: &[u8],
    delta: &[u8],
    most: usize,
    (made, copied): (&mut Vec<u8>, &mut Vec<Copied>),
) -> Result<(), Malformed> {
    const CUT: Malformed = Malformed("its delta is truncated");
    const LIES: Malformed = Malformed("its delta makes another size than it says");
    made.clear();
    copied.clear();
    let mut delta = delta;
    if size(&mut delta)? != base.len() as u64 {
        return Err(Malformed("its delta is for another base"));
    }
    let len = size(&mut delta)?;
    let len = usize::try_from(len).map_err(|_| LIES)?;
    if len > most {
        return Err(LIES);
    }
    while let Some((&code, rest)) = delta.split_first() {
        if code & 0x80 == 0 {
            if code == 0 {
                return Err(Malformed("its delta has an unknown instruction"));
            }
            let (bytes, rest) = rest.split_at_checked(usize::from(code)).ok_or(CUT)?;
            if bytes.len() > len - made.len() {
                return Err(LIES);
            }
            made.extend_from_slice(bytes);
            delta = rest;
            continue;
        }
        let (from, n, rest) = copy(code, rest).ok_or(CUT)?;
        let bytes = base
            .get(from..from + n)
            .ok_or(Malformed("its delta copies from behind its base"))?;
        if n > len - made.len() {
            return Err(LIES);
        }
        let (from, to, n) = (from as u64, made.len() as u64, n as u64);
        match copied.last_mut() {
            Some(last) if last.to + last.len == to && last.from + last.len == from => last.len += n,
            _ => copied.push(Copied { from, to, len: n }),
        }
        made.extend_from_slice(bytes);
        delta = rest;
    }
    if made.len() == len { Ok(()) } else { Err(LIES) }
}

/// Reads the operands of a copy: where from and how many bytes, and what follows.
#[inline]
fn copy(code: u8, mut rest: &[u8]) -> Option<(usize, usize, &[u8])> {
    let mut operand = |bit: u32, shift: u32| -> Option<usize> {
        if code & (1 << bit) == 0 {
            return Some(0);
        }
        let (&byte, after) = rest.split_first()?;
        rest = after;
        Some(usize::from(byte) << shift)
    };
    let from = operand(0, 0)? | operand(1, 8)? | operand(2, 16)? | operand(3, 24)?;
    let len = operand(4, 0)? | operand(5, 8)? | operand(6, 16)?;
    Some((from, if len == 0 { 0x1_0000 } else { len }, rest))
}

/// Reads a size, seven bits a byte, the lowest first.
fn size(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    let mut size = 0_u64;
    for (i, &byte) in bytes.iter().enumerate().take(9) {
        size |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            *bytes = &bytes[i + 1..];
            return Ok(size);
        }
    }
    Err(Malformed("its delta has no size"))
}

#[cfg(test)]
mod tests {
    use super::{Copied, apply, lengths};

    const BASE: &[u8] = b"0123456789";

    fn made(delta: &[u8]) -> Result<(Vec<u8>, Vec<Copied>), &'static str> {
        let (mut made, mut copied) = (Vec::new(), Vec::new());
        apply(BASE, delta, 1 << 20, (&mut made, &mut copied)).map_err(|why| why.0)?;
        Ok((made, copied))
    }

    #[test]
    fn copies_and_insertions_are_carried_out() {
        // Copy 3 from 2, insert "ab", copy 2 from 0, copy 2 from 2: the last two are one.
        let delta = [10, 9, 0x91, 2, 3, 2, b'a', b'b', 0x90, 2, 0x91, 2, 2];
        let (bytes, copied) = made(&delta).expect("it is sound");
        assert_eq!(bytes, b"234ab0123");
        let ranges = copied.iter().map(|c| (c.from, c.to, c.len));
        assert_eq!(ranges.collect::<Vec<_>>(), [(2, 0, 3), (0, 5, 4)]);
        assert_eq!(lengths(&delta), Ok((10, 9)));
    }

    #[test]
    fn what_lies_is_refused() {
        for (delta, problem) in [
            (&[9, 1, 1, b'a'][..], "another base"),
            (&[10, 2, 1, b'a'], "another size"),
            (&[10, 1, 2, b'a', b'b'], "another size"),
            (&[10, 1, 0], "unknown instruction"),
            (&[10, 3, 3, b'a'], "truncated"),
            (&[10, 3, 0x91, 1], "truncated"),
            (&[10, 3, 0x91, 9, 3], "behind its base"),
            (&[10, 1, 0x80], "behind its base"),
            (&[10], "no size"),
            (&[], "no size"),
        ] {
            assert!(
                made(delta).expect_err("it lies").contains(problem),
                "{delta:?}"
            );
        }
        let (mut bytes, mut copied) = (Vec::new(), Vec::new());
        assert!(apply(BASE, &[10, 5, 0x90, 5], 4, (&mut bytes, &mut copied)).is_err());
    }
}
