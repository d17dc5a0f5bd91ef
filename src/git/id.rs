//! Kinds of objects and their names.

use std::fmt;

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A version of the repository, and who made it.
    Commit,
    /// A folder.
    Tree,
    /// The bytes of a file.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// The word that names of objects are made with.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    /// The kind of this word.
    pub fn of(word: &[u8]) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag]
            .into_iter()
            .find(|kind| kind.word().as_bytes() == word)
    }
}

/// How a repository names its objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// By SHA-1, 20 bytes.
    #[default]
    Sha1,
    /// By SHA-256, 32 bytes.
    Sha256,
}

impl Format {
    /// Length of a name in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no name is empty")]
    pub const fn len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The word that configurations use.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// Begins a name or a checksum.
    pub fn hasher(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
        }
    }

    /// Begins to name an object of so many bytes.
    pub fn hasher_of(self, kind: Kind, len: u64) -> Hasher {
        let mut hasher = self.hasher();
        hasher.update(format!("{} {len}\0", kind.word()).as_bytes());
        hasher
    }

    /// Names an object.
    pub fn id_of(self, kind: Kind, bytes: &[u8]) -> Id {
        let mut hasher = self.hasher_of(kind, bytes.len() as u64);
        hasher.update(bytes);
        hasher.finish()
    }
}

/// The name of an object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id {
    /// With zeros behind it where it is shorter.
    bytes: [u8; 32],
    format: Format,
}

impl Id {
    /// The name that these bytes are, if they are as many as the format asks for.
    pub fn new(format: Format, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != format.len() {
            return None;
        }
        let mut id = [0; 32];
        id[..bytes.len()].copy_from_slice(bytes);
        Some(Self { bytes: id, format })
    }

    /// Reads a whole name in hexadecimal.
    pub fn parse(format: Format, hex: &[u8]) -> Option<Self> {
        if hex.len() != 2 * format.len() {
            return None;
        }
        let mut bytes = [0; 32];
        let n = HEXLOWER_PERMISSIVE
            .decode_mut(hex, &mut bytes[..format.len()])
            .ok()?;
        (n == format.len()).then_some(Self { bytes, format })
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.format.len()]
    }

    /// How it was made.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// True for the name that stands for no object.
    pub fn is_null(&self) -> bool {
        self.bytes == [0; 32]
    }

    /// Its first bytes, by which most others can be told from it. Two different names may share them.
    pub fn key(&self) -> u64 {
        let mut key = [0; 8];
        key.copy_from_slice(&self.bytes[..8]);
        u64::from_be_bytes(key)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(self.as_bytes()))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

/// Makes a name, or a checksum.
pub enum Hasher {
    /// For names of 20 bytes.
    Sha1(Sha1),
    /// For names of 32 bytes.
    Sha256(Sha256),
}

impl Hasher {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(bytes),
            Self::Sha256(hasher) => hasher.update(bytes),
        }
    }

    /// The name of all bytes that were added.
    pub fn finish(self) -> Id {
        let mut bytes = [0; 32];
        let format = match self {
            Self::Sha1(hasher) => {
                bytes[..20].copy_from_slice(&hasher.finalize());
                Format::Sha1
            }
            Self::Sha256(hasher) => {
                bytes.copy_from_slice(&hasher.finalize());
                Format::Sha256
            }
        };
        Id { bytes, format }
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, Id, Kind};

    #[test]
    fn objects_are_named_as_git_names_them() {
        // What `git hash-object` says of an empty blob.
        let id = Format::Sha1.id_of(Kind::Blob, b"");
        assert!(id.to_string().starts_with("e69de29bb2d1"));
        let id = Format::Sha256.id_of(Kind::Blob, b"");
        assert!(id.to_string().starts_with("473a0f4c3be8"));
        assert_eq!(id.to_string().len(), 64);
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        for format in [Format::Sha1, Format::Sha256] {
            let id = format.id_of(Kind::Tree, b"");
            assert_eq!(Id::parse(format, id.to_string().as_bytes()), Some(id));
            assert_eq!(Id::new(format, id.as_bytes()), Some(id));
        }
        assert_eq!(Id::parse(Format::Sha1, b"e69de29b"), None);
        assert_eq!(Id::parse(Format::Sha1, &[b'g'; 40]), None);
    }
}
