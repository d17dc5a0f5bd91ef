//! The index: what the next commit would hold.
//!
//! Versions 2 to 4, split or not, sparse or not. Nothing in it is believed: lengths are checked before
//! they are used, and no more memory is taken than the file's own length justifies.
//!
//! Source: gitformat-index(5).

mod bitmap;
mod parse;
mod split;
#[cfg(test)]
mod tests;
mod trees;

use std::path::Path;

use crate::blob::SkipReason;
use crate::git::{Format, Id};
use crate::source::files::{Links, Whole, read_whole};

pub(super) use trees::Trees;

/// Longest index that is read, in bytes: several million files.
const INDEX_BYTES_MAX: u64 = 512 << 20;

/// What skips call it.
const KIND: &str = "git index";

/// What the next commit would hold, in the order of paths and stages.
#[derive(Debug)]
pub(super) struct Index {
    /// Holds every path: the file itself where paths stand there in full.
    paths: Vec<u8>,
    /// Every entry.
    pub(super) entries: Vec<Entry>,
    /// Which folders are known to be which trees.
    pub(super) trees: Trees,
}

/// A path of the index and what stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Its object.
    pub(super) id: Id,
    /// Its mode, as in trees; a folder where a sparse index holds no more of it than its tree.
    pub(super) mode: u32,
    /// 0, or 1 to 3 for the sides of a conflict.
    pub(super) stage: u8,
    /// The path is noted, but its bytes are not staged yet.
    pub(super) intent_to_add: bool,
    /// Where its path begins, and its length.
    path: (u32, u32),
}

impl Index {
    /// Reads an index file; one that is not there is empty.
    ///
    /// # Errors
    ///
    /// It cannot be read, is damaged, or says something that is not understood.
    pub(super) fn read(path: &Path, format: Format) -> Result<Self, SkipReason> {
        let Some(bytes) = bytes_of(path)? else {
            return Ok(Self::empty());
        };
        let parsed = parse::parse(bytes, format)?;
        let mut index = parsed.index;
        match parsed.link {
            Some(link) => split::join(&mut index, &link, path, format)?,
            None => index.check_order()?,
        }
        Ok(index)
    }

    /// The path of one of its entries. That of a folder ends with a slash.
    pub(super) fn path(&self, entry: &Entry) -> &[u8] {
        let (start, len) = (entry.path.0 as usize, entry.path.1 as usize);
        &self.paths[start..start + len]
    }

    /// The entries of a path, in the order of their stages.
    pub(super) fn find(&self, path: &[u8]) -> &[Entry] {
        let start = self
            .entries
            .partition_point(|entry| self.path(entry) < path);
        let rest = &self.entries[start..];
        let n = rest.iter().take(4);
        &rest[..n.take_while(|entry| self.path(entry) == path).count()]
    }

    const fn empty() -> Self {
        Self {
            paths: Vec::new(),
            entries: Vec::new(),
            trees: Trees::none(),
        }
    }

    /// Paths ascend, and the stages of one path do.
    fn check_order(&self) -> Result<(), SkipReason> {
        let mut last: (&[u8], u8) = (b"", 0);
        for entry in &self.entries {
            let this = (self.path(entry), entry.stage);
            if this <= last {
                return Err(damaged("its entries are not in order"));
            }
            last = this;
        }
        Ok(())
    }
}

/// Reads the file, if it is there.
fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, SkipReason> {
    let what = match read_whole(path, Links::Refuse, INDEX_BYTES_MAX) {
        Ok(Whole::Bytes(bytes)) => return Ok(Some(bytes)),
        Ok(Whole::TooLong) => {
            return Err(SkipReason::Limit {
                name: "index-bytes-max",
                value: INDEX_BYTES_MAX,
            });
        }
        Ok(Whole::Link) => "it is a symbolic link",
        Ok(Whole::Folder) => "it is a folder",
        Ok(Whole::Special) => "it is no regular file",
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SkipReason::Unreadable(error.to_string())),
    };
    Err(SkipReason::Unreadable(what.to_owned()))
}

fn damaged(problem: &str) -> SkipReason {
    SkipReason::Damaged {
        kind: KIND,
        problem: problem.to_owned(),
    }
}

fn unsupported(what: &str) -> SkipReason {
    SkipReason::Unsupported {
        kind: KIND,
        what: what.to_owned(),
    }
}
