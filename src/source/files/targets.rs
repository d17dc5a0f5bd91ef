//! What the user named: checked before anything is read, each thing once.

use std::collections::{HashMap, HashSet};
use std::fs::{self, FileType};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Files, IgnoreFiles, system};
use crate::error::{Error, Result};

/// Something the user named.
pub(super) struct Target {
    /// As given, with `/` as separator.
    pub(super) given: Vec<u8>,
    /// Whether it was a folder when it was checked.
    pub(super) is_folder: bool,
    /// Its absolute path without links, where that is needed.
    pub(super) real: Option<PathBuf>,
    /// What other targets give, relative to this folder, so that its walk leaves it to them.
    pub(super) elsewhere: HashSet<Vec<u8>>,
}

impl Target {
    /// What paths in this folder begin with, up to and with the `/`; nothing for `.`.
    pub(super) fn prefix(&self) -> Vec<u8> {
        let mut prefix = self.trimmed().to_vec();
        if prefix == b"." {
            return Vec::new();
        }
        prefix.push(b'/');
        prefix
    }

    /// The path as given, without `/` at its end.
    pub(super) fn trimmed(&self) -> &[u8] {
        let n_slashes = self.given.iter().rev().take_while(|&&b| b == b'/').count();
        &self.given[..self.given.len() - n_slashes]
    }
}

/// Checks every target and drops what is named twice.
pub(super) fn resolve(files: &Files) -> Result<Vec<Target>> {
    let several = files.targets.len() > 1;
    let mut targets: Vec<Target> = Vec::with_capacity(files.targets.len());
    let mut seen: HashMap<PathBuf, usize> = HashMap::new();
    for path in &files.targets {
        let is_folder = check(path)?;
        let above_counts = is_folder && files.ignore_files == IgnoreFiles::Honour;
        let real = (several || above_counts).then(|| path.canonicalize().ok());
        let real = real.flatten();
        if let Some(real) = real.as_ref().filter(|_| several) {
            if seen.contains_key(real) {
                continue;
            }
            seen.insert(real.clone(), targets.len());
        }
        targets.push(Target {
            given: system::as_bytes(path),
            is_folder,
            real,
            elsewhere: HashSet::new(),
        });
    }
    for (real, &index) in &seen {
        for above in real.ancestors().skip(1) {
            let outer = seen.get(above).filter(|&&outer| outer != index);
            if let (Some(&outer), Ok(below)) = (outer, real.strip_prefix(above)) {
                let below = system::as_bytes(below);
                targets[outer].elsewhere.insert(below);
                break;
            }
        }
    }
    Ok(targets)
}

/// Says whether `path` is a folder; it may also be a file, and nothing else.
fn check(path: &Path) -> Result<bool> {
    let path_owned = || path.to_path_buf();
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(found) if found.is_file() => Ok(false),
        Ok(found) => Err(Error::BadTarget {
            path: path_owned(),
            what: word(found.file_type()),
        }),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidInput => {
                Err(Error::NoTarget { path: path_owned() })
            }
            // It may exist; opening it will say what is wrong.
            _ => Ok(false),
        },
    }
}

#[cfg(unix)]
fn word(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "FIFO"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() {
        "block device"
    } else if kind.is_char_device() {
        "character device"
    } else {
        "special file"
    }
}

#[cfg(not(unix))]
fn word(_: FileType) -> &'static str {
    "special file"
}
