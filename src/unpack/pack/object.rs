//! Objects of git: their kinds, their names, and what of them is text.

use std::ops::ControlFlow;

use data_encoding::HEXLOWER;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
    Tag,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }
}

/// How a repository names its objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Sha1,
    Sha256,
}

impl Format {
    /// Length of a name in bytes.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub(super) fn hasher(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
        }
    }

    /// Begins to name an object of so many bytes.
    pub(super) fn hasher_of(self, kind: Kind, len: u64) -> Hasher {
        let mut hasher = self.hasher();
        hasher.update(format!("{} {len}\0", kind.word()).as_bytes());
        hasher
    }

    /// Names an object.
    pub(super) fn id_of(self, kind: Kind, bytes: &[u8]) -> Id {
        let mut hasher = self.hasher_of(kind, bytes.len() as u64);
        hasher.update(bytes);
        hasher.finish()
    }

    /// The name of an object as people write it.
    pub(super) fn hex(self, id: &Id) -> String {
        HEXLOWER.encode(&id[..self.len()])
    }
}

/// The name of an object, with zeros behind it where it is shorter.
pub(super) type Id = [u8; 32];

/// Makes a name, or a checksum.
pub(super) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    pub(super) fn finish(self) -> Id {
        let mut id = [0; 32];
        match self {
            Self::Sha1(hasher) => id[..20].copy_from_slice(&hasher.finalize()),
            Self::Sha256(hasher) => id.copy_from_slice(&hasher.finalize()),
        }
        id
    }
}

/// Hands an object over. Of a tree these are the names in it, one a line: the rest are numbers.
pub(super) fn hand(
    out: &mut dyn Members,
    format: Format,
    (kind, id): (Kind, &Id),
    bytes: &[u8],
) -> ControlFlow<()> {
    let name = format.hex(id);
    if kind == Kind::Tree {
        if let Some(names) = tree_names(bytes, format.len()) {
            return out.member(name.as_bytes(), &mut &names[..]);
        }
        out.lost(Some(name.as_bytes()), Trouble::damaged("no tree"));
    }
    out.member(name.as_bytes(), &mut &bytes[..])
}

/// The names in a tree, one a line.
///
/// Source: gitformat-pack(5) and git-mktree(1): mode, space, name, zero byte, id.
fn tree_names(mut tree: &[u8], id_len: usize) -> Option<Vec<u8>> {
    let mut names = Vec::new();
    while !tree.is_empty() {
        let space = memchr::memchr(b' ', tree)?;
        let end = memchr::memchr(0, tree).filter(|&end| end > space)?;
        names.extend_from_slice(&tree[space + 1..end]);
        names.push(b'\n');
        tree = tree.get(end + 1 + id_len..)?;
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::{Format, Kind, tree_names};

    #[test]
    fn objects_are_named_as_git_names_them() {
        // What `git hash-object` says of an empty blob.
        let id = Format::Sha1.id_of(Kind::Blob, b"");
        assert!(Format::Sha1.hex(&id).starts_with("e69de29bb2d1"));
        let id = Format::Sha256.id_of(Kind::Blob, b"");
        assert!(Format::Sha256.hex(&id).starts_with("473a0f4c3be8"));
        assert_eq!(Format::Sha256.hex(&id).len(), 64);
    }

    #[test]
    fn names_of_a_tree_stand_on_lines() {
        let id = [7; 20];
        let tree = [&b"100644 a b\0"[..], &id, b"40000 c\0", &id].concat();
        assert_eq!(tree_names(&tree, 20).as_deref(), Some(&b"a b\nc\n"[..]));
        assert_eq!(tree_names(b"", 20).as_deref(), Some(&b""[..]));
        assert_eq!(tree_names(&tree[..40], 20), None);
        assert_eq!(tree_names(b"no tree", 20), None);
    }
}
