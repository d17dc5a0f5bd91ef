//! What stands before the bytes of an object in a pack.
//!
//! Source: gitformat-pack(5), "pack-*.pack files have the following format".

use crate::git::{Format, Id, Kind, Malformed};

/// Most bytes that can stand before the bytes of an object: a size of ten bytes, and a distance of ten
/// bytes or a name of 32.
pub const HEADER_BYTES_MAX: usize = 10 + 32;

/// What stands before the bytes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the object is made from.
    pub base: Base,
    /// Length of what follows when inflated, as the pack says: of the object, or of its delta.
    pub len: u64,
    /// Length of the header.
    pub header_len: usize,
}

/// What an object is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// From nothing: it stands whole in the pack.
    None(Kind),
    /// The object that begins so many bytes before.
    Before(u64),
    /// The object of this name.
    Named(Id),
}

/// Reads what stands before the bytes of an object.
///
/// # Errors
///
/// The bytes end too early, or a number is longer than any that git writes.
pub fn read(bytes: &[u8], format: Format) -> Result<Header, Malformed> {
    const CUT: Malformed = Malformed("the pack ends within the header of an object");
    let (&first, mut rest) = bytes.split_first().ok_or(CUT)?;
    let mut len = u64::from(first & 0x0f);
    let mut more = first & 0x80 != 0;
    let mut shift = 4;
    while more {
        let (&next, after) = rest.split_first().ok_or(CUT)?;
        if shift >= 60 {
            return Err(Malformed("the size of an object is too long"));
        }
        len |= u64::from(next & 0x7f) << shift;
        shift += 7;
        more = next & 0x80 != 0;
        rest = after;
    }
    let base = match (first >> 4) & 7 {
        1 => Base::None(Kind::Commit),
        2 => Base::None(Kind::Tree),
        3 => Base::None(Kind::Blob),
        4 => Base::None(Kind::Tag),
        6 => Base::Before(distance(&mut rest)?),
        7 => {
            let (name, after) = rest.split_at_checked(format.len()).ok_or(CUT)?;
            rest = after;
            Base::Named(Id::new(format, name).ok_or(CUT)?)
        }
        _ => return Err(Malformed("an object is of no known kind")),
    };
    Ok(Header {
        base,
        len,
        header_len: bytes.len() - rest.len(),
    })
}

/// Reads how far before an object its base stands.
fn distance(bytes: &mut &[u8]) -> Result<u64, Malformed> {
    const CUT: Malformed = Malformed("the pack ends within the header of an object");
    const FAR: Malformed = Malformed("the base of an object is too far away");
    let mut distance = 0_u64;
    loop {
        let (&next, after) = bytes.split_first().ok_or(CUT)?;
        *bytes = after;
        distance |= u64::from(next & 0x7f);
        if next & 0x80 == 0 {
            return Ok(distance);
        }
        // Each further byte adds one, so that no distance can be written in two ways.
        distance = distance
            .checked_add(1)
            .and_then(|sum| sum.checked_mul(128))
            .ok_or(FAR)?;
    }
}

#[cfg(test)]
mod tests {
    use super::{Base, read};
    use crate::git::{Format, Kind};

    #[test]
    fn sizes_and_distances_are_read_and_bounded() {
        let header = read(&[0xb5, 0x02, 9], Format::Sha1).expect("it is sound");
        assert_eq!(
            (header.base, header.len, header.header_len),
            (Base::None(Kind::Blob), 0x25, 2)
        );
        let header = read(&[0x65, 0x80, 0x00], Format::Sha1).expect("it is sound");
        assert_eq!(
            (header.base, header.len, header.header_len),
            (Base::Before(128), 5, 3)
        );
        assert!(read(&[0xff; 40], Format::Sha1).is_err());
        let far = [&[0x60][..], &[0xff; 12]].concat();
        assert!(read(&far, Format::Sha1).is_err());
        assert!(read(&[0x70, 1, 2], Format::Sha1).is_err());
        assert!(read(&[0x00], Format::Sha1).is_err());
        assert!(read(&[], Format::Sha1).is_err());
    }
}
