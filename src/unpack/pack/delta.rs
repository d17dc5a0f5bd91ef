//! Deltas of git packs: instructions that make an object from another.
//!
//! Source: gitformat-pack(5), "Deltified representation".

use crate::unpack::trouble::Trouble;

/// One instruction.
enum Instruction<'a> {
    Copy(&'a [u8]),
    Insert(&'a [u8]),
}

/// Makes an object of at most so many bytes from its base.
///
/// All instructions are checked before the first is carried out, so a delta that lies costs little.
///
/// # Errors
///
/// The object is longer than that, or the delta contradicts itself or its base.
pub(super) fn apply(base: &[u8], delta: &[u8], most: usize) -> Result<Vec<u8>, Trouble> {
    let (base_len, delta) = size(delta)?;
    let (made_len, delta) = size(delta)?;
    if base_len != base.len() as u64 {
        return Err(Trouble::damaged("its delta is for another base"));
    }
    let mut len = 0_u64;
    each(base, delta, |instruction| {
        let (Instruction::Copy(bytes) | Instruction::Insert(bytes)) = instruction;
        len += bytes.len() as u64;
    })?;
    if len != made_len {
        return Err(Trouble::damaged(
            "its delta makes another size than it says",
        ));
    }
    if len > most as u64 {
        return Err(Trouble::Limit("held-bytes-max", most as u64));
    }
    let mut made = Vec::with_capacity(len as usize);
    each(base, delta, |instruction| {
        let (Instruction::Copy(bytes) | Instruction::Insert(bytes)) = instruction;
        made.extend_from_slice(bytes);
    })?;
    Ok(made)
}

/// Reads a size, seven bits a byte, the lowest first.
fn size(bytes: &[u8]) -> Result<(u64, &[u8]), Trouble> {
    let mut size = 0_u64;
    for (i, &byte) in bytes.iter().enumerate().take(9) {
        size |= u64::from(byte & 0x7f) << (7 * i);
        if byte < 0x80 {
            return Ok((size, &bytes[i + 1..]));
        }
    }
    Err(Trouble::damaged("its delta has no size"))
}

/// Calls `take` for each instruction in order.
fn each<'a>(
    base: &'a [u8],
    mut delta: &'a [u8],
    mut take: impl FnMut(Instruction<'a>),
) -> Result<(), Trouble> {
    let truncated = || Trouble::damaged("its delta is truncated");
    while let Some((&code, mut rest)) = delta.split_first() {
        if code & 0x80 == 0 {
            if code == 0 {
                return Err(Trouble::damaged("its delta has an unknown instruction"));
            }
            let (bytes, after) = rest
                .split_at_checked(usize::from(code))
                .ok_or_else(truncated)?;
            take(Instruction::Insert(bytes));
            delta = after;
            continue;
        }
        let mut number = |bits: std::ops::Range<u32>| {
            let first = bits.start;
            bits.filter(|bit| code & (1 << bit) != 0)
                .try_fold(0_usize, |sum, bit| {
                    let (&byte, after) = rest.split_first()?;
                    rest = after;
                    Some(sum | usize::from(byte) << (8 * (bit - first)))
                })
        };
        let from = number(0..4).ok_or_else(truncated)?;
        let len = number(4..7).ok_or_else(truncated)?;
        let len = if len == 0 { 0x1_0000 } else { len };
        let bytes = from.checked_add(len).and_then(|end| base.get(from..end));
        let outside = || Trouble::damaged("its delta copies from outside of its base");
        take(Instruction::Copy(bytes.ok_or_else(outside)?));
        delta = rest;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::apply;

    #[track_caller]
    fn check(delta: &[u8], expected: Result<&str, &str>) {
        let made = apply(b"0123456789", delta, 100).map_err(|trouble| trouble.to_string());
        match (made, expected) {
            (Ok(made), Ok(expected)) => assert_eq!(made, expected.as_bytes()),
            (Err(trouble), Err(expected)) => assert!(trouble.contains(expected), "{trouble}"),
            (made, _) => panic!("{made:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn copies_and_inserts_make_the_object() {
        check(b"\x0a\x05\x91\x03\x02\x03abc", Ok("34abc"));
        check(b"\x0a\x0a\x90\x0a", Ok("0123456789"));
        check(b"\x0a\x00", Ok(""));
    }

    #[test]
    fn what_lies_is_damaged() {
        check(b"", Err("has no size"));
        check(b"\x0a", Err("has no size"));
        check(&[0xff; 40], Err("has no size"));
        check(b"\x09\x01\x90\x01", Err("another base"));
        check(b"\x0a\x01\x00", Err("unknown instruction"));
        check(b"\x0a\x03\x03ab", Err("truncated"));
        check(b"\x0a\x03\x91\x03", Err("truncated"));
        check(b"\x0a\x03\x91\x08\x03", Err("outside"));
        check(b"\x0a\x03\xff\xff\xff\xff\xff\xff\xff\xff", Err("outside"));
        // A size of zero means 65,536.
        check(b"\x0a\x03\x80", Err("outside"));
        check(b"\x0a\x04\x90\x03", Err("another size"));
        check(b"\x0a\x7f\x90\x0a", Err("another size"));
        let long = [
            &b"\x0a\xfe\x00"[..],
            &[0x90, 0x0a].repeat(12),
            b"\x06abcdef",
        ]
        .concat();
        check(&long, Err("held-bytes-max"));
    }
}
