//! Trees: the names in a folder, and what stands under them.
//!
//! Source: git-mktree(1) and gitformat-pack(5): mode in octal, space, name, zero byte, name of the
//! object in binary.

use crate::git::{Format, Malformed};

/// An entry of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What kind of entry.
    pub mode: Mode,
    /// Its name in the folder.
    pub name: &'a [u8],
    /// The name of the object, in binary.
    pub id: &'a [u8],
}

/// What kind of entry of a tree or an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// A folder.
    Tree,
    /// A file.
    File,
    /// A symbolic link: the object is the path it points to.
    Symlink,
    /// A commit of another repository.
    Submodule,
}

impl Mode {
    /// The kind of entry of this mode. What git does not know is taken for a file, so that its bytes
    /// are looked at.
    pub const fn of(mode: u32) -> Self {
        match mode & 0o170_000 {
            0o040_000 => Self::Tree,
            0o120_000 => Self::Symlink,
            0o160_000 => Self::Submodule,
            _ => Self::File,
        }
    }
}

/// Reads one entry off the front of what is left of a tree.
///
/// # Errors
///
/// The tree ends within the entry, or the mode is no octal number.
#[inline]
pub fn next<'a>(tree: &mut &'a [u8], format: Format) -> Result<Option<Entry<'a>>, Malformed> {
    if tree.is_empty() {
        return Ok(None);
    }
    let mut mode = 0_u32;
    let mut at = 0;
    loop {
        match tree.get(at) {
            Some(b' ') if at > 0 => break,
            Some(&digit @ b'0'..=b'7') if at < 8 => mode = mode << 3 | u32::from(digit - b'0'),
            Some(_) => return Err(Malformed("an entry of the tree has no mode")),
            None => return Err(Malformed("the tree ends within an entry")),
        }
        at += 1;
    }
    let rest = &tree[at + 1..];
    let end = memchr::memchr(0, rest).ok_or(Malformed("the tree ends within a name"))?;
    let id = rest
        .get(end + 1..end + 1 + format.len())
        .ok_or(Malformed("the tree ends within an entry"))?;
    let name = &rest[..end];
    *tree = &rest[end + 1 + format.len()..];
    Ok(Some(Entry {
        mode: Mode::of(mode),
        name,
        id,
    }))
}

#[cfg(test)]
mod tests {
    use super::{Mode, next};
    use crate::git::{Format, Malformed};

    #[test]
    fn entries_come_in_order_and_a_cut_is_told() {
        let id = [7; 20];
        let tree = [&b"100644 a b\0"[..], &id, b"40000 c\0", &id].concat();
        let mut rest = &tree[..];
        let first = next(&mut rest, Format::Sha1)
            .expect("it is sound")
            .expect("it is there");
        assert_eq!(
            (first.mode, first.name, first.id),
            (Mode::File, &b"a b"[..], &id[..])
        );
        let second = next(&mut rest, Format::Sha1)
            .expect("it is sound")
            .expect("it is there");
        assert_eq!((second.mode, second.name), (Mode::Tree, &b"c"[..]));
        assert_eq!(next(&mut rest, Format::Sha1), Ok(None));
        for cut in [1, 6, 9, 15, 30] {
            assert!(next(&mut &tree[..cut], Format::Sha1).is_err(), "{cut}");
        }
        assert_eq!(
            next(&mut &b"no tree"[..], Format::Sha1),
            Err(Malformed("an entry of the tree has no mode"))
        );
    }
}
