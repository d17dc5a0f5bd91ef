//! Where files of a repository may lead: below the root and nowhere else.
//!
//! A repository that somebody else made may name any folder of the machine as its own: in links, in
//! gitfiles, in alternates. Following them would open files that nobody asked to have scanned, so
//! each is made canonical first and has to lie below a root.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::blob::SkipReason;
use crate::source::files::{Links, Whole, read_whole};

/// The folders below which links are followed.
#[derive(Clone, Debug)]
pub(in crate::source::git) struct Guard {
    /// Canonical, at least one.
    roots: Vec<PathBuf>,
}

impl Guard {
    /// Lets links lead below this canonical folder.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { roots: vec![root] }
    }

    /// Lets links lead below this canonical folder as well.
    pub(super) fn widen(&mut self, root: PathBuf) {
        if !self.allows(&root) {
            self.roots.push(root);
        }
    }

    /// The root that messages name.
    pub(super) fn root(&self) -> &Path {
        &self.roots[0]
    }

    /// Whether a canonical path lies below a root.
    pub(in crate::source::git) fn allows(&self, canonical: &Path) -> bool {
        self.roots.iter().any(|root| canonical.starts_with(root))
    }

    /// Makes a path canonical, if it is there and lies below a root.
    ///
    /// # Errors
    ///
    /// `Vanished` where nothing is there, else why it is not opened.
    pub(in crate::source::git) fn resolve(&self, path: &Path) -> Result<PathBuf, SkipReason> {
        let canonical = path.canonicalize().map_err(|error| refused(&error))?;
        if self.allows(&canonical) {
            return Ok(canonical);
        }
        Err(SkipReason::Unreadable(format!(
            "lies outside of {}, so it was not opened; widen with --root",
            self.root().display()
        )))
    }

    /// Reads a small file in a canonical folder; `None` where there is none.
    ///
    /// # Errors
    ///
    /// Why what is there cannot be read: a link that leads out, a FIFO, a length above `bytes_max`.
    pub(in crate::source::git) fn read(
        &self,
        path: &Path,
        bytes_max: u64,
    ) -> Result<Option<Vec<u8>>, SkipReason> {
        let mut whole = read_whole(path, Links::Refuse, bytes_max);
        if matches!(whole, Ok(Whole::Link)) {
            whole = match self.resolve(path) {
                Ok(canonical) => read_whole(&canonical, Links::Refuse, bytes_max),
                // A link that leads nowhere.
                Err(SkipReason::Vanished) => return Ok(None),
                Err(reason) => return Err(reason),
            };
        }
        match whole {
            Ok(Whole::Bytes(bytes)) => Ok(Some(bytes)),
            Ok(Whole::Link) => Err(unreadable("is a link")),
            Ok(Whole::Folder) => Err(unreadable("is a folder, not a file")),
            Ok(Whole::Special) => Err(unreadable("is not a regular file")),
            Ok(Whole::TooLong) => Err(SkipReason::Limit {
                name: "git_file_bytes",
                value: bytes_max,
            }),
            Err(error) => match refused(&error) {
                SkipReason::Vanished => Ok(None),
                reason => Err(reason),
            },
        }
    }

    /// Entries of a folder below a root, sorted; none where there is no such folder.
    ///
    /// # Errors
    ///
    /// Why it cannot be listed.
    pub(in crate::source::git) fn list(&self, folder: &Path) -> Result<Vec<Listed>, SkipReason> {
        let opened = self
            .resolve(folder)
            .and_then(|folder| fs::read_dir(folder).map_err(|error| refused(&error)));
        let entries = match opened {
            Ok(entries) => entries,
            Err(SkipReason::Vanished) => return Ok(Vec::new()),
            Err(reason) => return Err(reason),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| refused(&error))?;
            let path = entry.path();
            let kind = match entry.file_type() {
                Ok(kind) if kind.is_symlink() => What::Link,
                Ok(kind) if kind.is_dir() => What::Folder,
                Ok(_) => What::File,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(refused(&error)),
            };
            names.push(Listed { path, kind });
        }
        names.sort();
        Ok(names)
    }

    /// Folders in a folder below a root, made canonical where links lead to them. What leads out,
    /// or cannot be listed, goes to `refuse`.
    pub(in crate::source::git) fn folders(
        &self,
        folder: &Path,
        mut refuse: impl FnMut(&Path, SkipReason),
    ) -> Vec<(PathBuf, PathBuf)> {
        // By the name it has, and by what it is.
        let listed = self.list(folder).unwrap_or_else(|reason| {
            refuse(folder, reason);
            Vec::new()
        });
        let mut folders = Vec::new();
        for entry in listed {
            match entry.kind {
                What::File => {}
                What::Folder => folders.push((entry.path.clone(), entry.path)),
                What::Link => match self.resolve(&entry.path) {
                    Ok(canonical) if canonical.is_dir() => folders.push((entry.path, canonical)),
                    Ok(_) | Err(SkipReason::Vanished) => {}
                    Err(reason) => refuse(&entry.path, reason),
                },
            }
        }
        folders
    }
}

/// An entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::git) struct Listed {
    /// The folder's canonical path and the name.
    pub(in crate::source::git) path: PathBuf,
    /// What it is.
    pub(in crate::source::git) kind: What,
}

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::git) enum What {
    /// A folder.
    Folder,
    /// A symbolic link, wherever it leads.
    Link,
    /// Anything else.
    File,
}

fn unreadable(what: &str) -> SkipReason {
    SkipReason::Unreadable(what.to_owned())
}

/// Says why something could not be opened; `Vanished` where nothing is there.
pub(super) fn refused(error: &io::Error) -> SkipReason {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::Vanished,
        _ => SkipReason::Unreadable(error.to_string()),
    }
}

/// Bytes of a repository as the system's path.
#[cfg(unix)]
pub(in crate::source::git) fn path_of(bytes: &[u8]) -> PathBuf {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Bytes of a repository as the system's path.
#[cfg(not(unix))]
pub(in crate::source::git) fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
