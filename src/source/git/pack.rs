//! Packs: an index of names, and objects that are deltas of each other.
//!
//! An object is read alone by [`Pack::read`], which costs its chain of deltas, or with all others by
//! [`walk`], which makes each one once: trees of deltas are walked depth first, so that only the
//! objects on one path are held. The table behind that is made by reading the pack once in order, which
//! also checks the checksums of the packed bytes.
//!
//! Sources: gitformat-pack(5).

mod alone;
mod index;
mod inflate;
mod table;
pub(super) mod walk;
mod window;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::blob::SkipReason;
use crate::git::{Format, Id, Malformed};
use crate::source::files::{Links, open_file};
use index::{Index, Names};
use window::{Window, read_full};

pub(super) use table::Table;

/// What messages call a pack and its parts.
const PACK: &str = "git pack";
const INDEX: &str = "git pack index";

/// Length of the header of a pack.
const HEADER_BYTES: u64 = 12;

/// No object.
pub(super) const NONE: u32 = u32::MAX;

/// A pack and its index.
pub(super) struct Pack {
    /// The file of the pack.
    pub(super) path: PathBuf,
    file: File,
    len: u64,
    format: Format,
    index: Index,
    names: OnceLock<Result<Names, SkipReason>>,
    /// The whole pack in memory, once it was asked for.
    whole: OnceLock<Vec<u8>>,
}

impl Pack {
    /// Opens a pack by the path of its index.
    pub(super) fn open(index: &Path, format: Format) -> Result<Self, SkipReason> {
        let path = index.with_extension("pack");
        let file = open_file(&path, Links::Follow).map_err(|error| unreadable(&error))?;
        let len = file.metadata().map_err(|error| unreadable(&error))?.len();
        let index = Index::open(index, format)?;
        let mut head = [0; HEADER_BYTES as usize];
        let n = read_full(&file, 0, &mut head).map_err(|error| unreadable(&error))?;
        if n < head.len() || !head.starts_with(b"PACK") {
            return Err(broken("it does not begin as one"));
        }
        if !matches!(head[4..8], [0, 0, 0, 2 | 3]) {
            let what = "a pack of another version".to_owned();
            return Err(SkipReason::Unsupported { kind: PACK, what });
        }
        if head[8..] != index.len().to_be_bytes() {
            return Err(broken("its index is for another number of objects"));
        }
        Ok(Self {
            path,
            file,
            len,
            format,
            index,
            names: OnceLock::new(),
            whole: OnceLock::new(),
        })
    }

    /// Number of objects.
    pub(super) fn n_objects(&self) -> u32 {
        self.index.len()
    }

    /// Length of the file in bytes.
    pub(super) fn file_len(&self) -> u64 {
        self.len
    }

    /// All names, read once.
    pub(super) fn names(&self) -> Result<&Names, SkipReason> {
        let names = self.names.get_or_init(|| {
            let names = self.index.load()?;
            self.check_trailer(&names)?;
            Ok(names)
        });
        names.as_ref().map_err(Clone::clone)
    }

    /// The pack ends with a checksum, which its index repeats.
    fn check_trailer(&self, names: &Names) -> Result<(), SkipReason> {
        let width = self.format.len();
        let mut trailer = vec![0; width];
        let at = self.len.saturating_sub(width as u64);
        let n = read_full(&self.file, at, &mut trailer).map_err(|error| unreadable(&error))?;
        if n < width || trailer != names.pack_checksum {
            return Err(broken("it is truncated, or its index is that of another"));
        }
        Ok(())
    }

    /// Position and offset of an object.
    pub(super) fn find(&self, id: &[u8]) -> io::Result<Option<(u32, u64)>> {
        match self.names.get() {
            Some(Ok(names)) => {
                let position = names.find(id);
                Ok(position.map(|at| (at, names.offsets[at as usize])))
            }
            _ => self.index.find(id),
        }
    }

    /// Names that begin with these hexadecimal digits, at most so many.
    pub(super) fn with_prefix(&self, hex: &str, most: usize) -> io::Result<Vec<Id>> {
        self.index.with_prefix(hex, most)
    }

    /// Reads all of it into memory: objects that follow from each other may stand anywhere.
    pub(super) fn hold(&self) -> Result<(), SkipReason> {
        let len = usize::try_from(self.len).map_err(|_| broken("too long"))?;
        if self.whole.get().is_none() {
            let mut bytes = vec![0; len];
            let n = read_full(&self.file, 0, &mut bytes).map_err(|error| unreadable(&error))?;
            bytes.truncate(n);
            let _ = self.whole.set(bytes);
        }
        Ok(())
    }

    /// Where its objects are and what they are made from.
    pub(super) fn table(&self) -> Result<Table, SkipReason> {
        Table::new(self, self.names()?)
    }

    fn window(&self) -> Window<'_> {
        Window::new(&self.file, self.whole.get().map(Vec::as_slice))
    }

    /// Where the last object ends.
    fn objects_end(&self) -> u64 {
        self.len.saturating_sub(self.format.len() as u64)
    }
}

/// Why a pack cannot be read.
fn broken(problem: &str) -> SkipReason {
    SkipReason::Damaged {
        kind: PACK,
        problem: problem.to_owned(),
    }
}

/// Why an index cannot be read.
fn damaged(problem: &str) -> SkipReason {
    SkipReason::Damaged {
        kind: INDEX,
        problem: problem.to_owned(),
    }
}

/// Why an object cannot be made.
fn malformed(why: Malformed) -> SkipReason {
    broken(why.0)
}

fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}
