//! Files and folders of a file system.
//!
//! Each target is checked before anything is read, then walked by a crew of threads that starts
//! with one and grows with the work. Parts: `targets` says what was named, `walk` lists and judges,
//! `read` hands over bytes, `ignores` and `excludes` say what to leave out, `crew` shares the work,
//! `system` asks the operating system, `whole` reads what the tool itself
//! needs.
//!
//! Symbolic links are followed only where the user named them. Files are opened without following
//! links and without waiting, and judged by what was opened, so that a FIFO or a link that takes a
//! file's place after it was listed neither blocks nor leads astray. There is no memory map: a file
//! that shrinks under a map kills the process.

mod crew;
mod excludes;
mod ignores;
mod read;
mod system;
mod targets;
mod walk;
mod whole;

use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::blob::{BuildVisitor, Source};
use crate::config::Limits;
use crate::error::Result;

pub use excludes::Excludes;
pub(super) use read::Positioned;
pub use system::Links;
pub use whole::{Whole, read_whole};
pub(in crate::source) use whole::{give_file, open_file};

/// Whether `.gitignore` and `.leakgateignore` leave files out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IgnoreFiles {
    /// They do: those of each folder, and those above the target up to the root of its repository.
    ///
    /// Deeper folders win, and `.leakgateignore` wins over the `.gitignore` beside it. In a folder
    /// that holds `.git`, no `.gitignore` from above counts. What the user names is always scanned.
    #[default]
    Honour,
    /// None is read.
    Disregard,
}

/// Files and folders as a source.
///
/// A file reached from several targets is given once, under the path of the target that names it
/// most closely. Bytes appended to a file after it was opened belong to the next scan; those that
/// arrive in time and fit into `chunk_bytes` are given all the same.
#[derive(Clone, Debug)]
pub struct Files {
    /// What to scan, as the user gave it.
    pub targets: Vec<PathBuf>,
    /// What to leave out, also where it is named as a target.
    pub excludes: Excludes,
    /// Whether ignore files count.
    pub ignore_files: IgnoreFiles,
    /// Threads at most; 0 means as many as the machine has cores.
    pub jobs: usize,
    /// Files longer than this in bytes are given as [`crate::blob::Content::File`].
    pub chunk_bytes: u64,
    /// Files longer than this in bytes are left out and counted.
    pub file_bytes_max: u64,
    /// When to stop: what is left then is skipped, by folder where a whole folder is left.
    pub deadline: Option<Instant>,
}

impl Files {
    /// Makes a source of `targets` with the defaults of a scan.
    pub fn new(targets: Vec<PathBuf>) -> Self {
        Self {
            targets,
            excludes: Excludes::default(),
            ignore_files: IgnoreFiles::default(),
            jobs: 0,
            chunk_bytes: Limits::default().chunk_bytes,
            file_bytes_max: Limits::default().file_bytes_max,
            deadline: None,
        }
    }
}

/// A path of the system as reports show it: bytes, with `/` between names.
pub fn shown(path: &Path) -> Vec<u8> {
    system::as_bytes(path)
}

impl Source for Files {
    /// Walks every target.
    ///
    /// # Errors
    ///
    /// `NoTarget` and `BadTarget` for what the user named, before anything is read.
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let targets = targets::resolve(self)?;
        walk::run(self, &targets, visitors);
        Ok(())
    }
}
