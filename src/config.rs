//! Settings of a scan as plain data. Where they come from is the business of [`crate::settings`] and
//! of the command.

mod bases;
mod globs;
mod policy;

use std::time::Duration;

use crate::level::{Confidence, Severity};

pub use bases::Bases;
pub use globs::{Entry, Globs};
pub use policy::{Allow, Gate, Policy, Publish, SourceMaps, Subject};

/// What a scan does and what counts as a finding.
#[derive(Clone, Debug)]
pub struct ScanConfig {
    /// Findings below this severity are not active.
    pub fail_on: Severity,
    /// Findings below this confidence are not active.
    pub min_confidence: Confidence,
    /// Threads; 0 means as many as the machine has cores.
    pub jobs: usize,
    /// Stop reading new blobs after this long.
    pub timeout: Option<Duration>,
    /// Believe inline marks in the target.
    pub trust_marks: bool,
    /// Bounds on what hostile input can cost.
    pub limits: Limits,
    /// What is let pass, and where.
    pub policy: Policy,
    /// Where shown paths stand below the root of their repository, or below their target where
    /// there is none: what lies above says nothing of a file.
    pub roots: Bases,
}

impl Default for ScanConfig {
    fn default() -> Self {
        Self {
            fail_on: Severity::Low,
            min_confidence: Confidence::Medium,
            jobs: 0,
            timeout: None,
            trust_marks: true,
            limits: Limits::default(),
            policy: Policy::default(),
            roots: Bases::default(),
        }
    }
}

/// Bounds on what hostile input can cost. Reaching one is a skip or counted, never silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files longer than this are read in chunks of this size, in bytes; at least 1 MiB.
    pub chunk_bytes: u64,
    /// Locals kept for one blob, or for one chunk of a large one.
    pub locals_per_blob_max: usize,
    /// Containers in each other that are opened.
    pub depth_max: usize,
    /// Members opened of one outermost file.
    pub members_max: u64,
    /// Bytes unpacked of one outermost file, those of containers in it and of their members.
    pub unpacked_bytes_max: u64,
    /// Bytes unpacked for each byte of the outermost file. The first 64 MiB are free.
    pub unpacked_ratio_max: u64,
    /// Time for unpacking one outermost file, in seconds.
    pub unpack_seconds_max: u64,
    /// Bytes held in memory, by each thread, of containers that are read at any position and lie in
    /// others.
    pub held_bytes_max: usize,
    /// Bytes held in memory, by all threads together, of objects of git repositories.
    pub git_bytes_max: usize,
    /// Longer files are left out and counted, in bytes. A limit of the user's: no skip.
    pub file_bytes_max: u64,
}

impl Limits {
    /// The names of those that a configuration may set, which are also those of skips.
    pub const NAMES: [&str; 9] = [
        "file-bytes-max",
        "locals-per-blob-max",
        "depth-max",
        "members-max",
        "unpacked-bytes-max",
        "unpacked-ratio-max",
        "unpack-seconds-max",
        "held-bytes-max",
        "git-bytes-max",
    ];

    /// Sets the limit of this name, if there is one.
    pub fn set(&mut self, name: &str, value: u64) {
        let length = usize::try_from(value).unwrap_or(usize::MAX);
        match name {
            "file-bytes-max" => self.file_bytes_max = value,
            "locals-per-blob-max" => self.locals_per_blob_max = length,
            "depth-max" => self.depth_max = length,
            "members-max" => self.members_max = value,
            "unpacked-bytes-max" => self.unpacked_bytes_max = value,
            "unpacked-ratio-max" => self.unpacked_ratio_max = value,
            "unpack-seconds-max" => self.unpack_seconds_max = value,
            "held-bytes-max" => self.held_bytes_max = length,
            "git-bytes-max" => self.git_bytes_max = length,
            _ => {}
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_bytes: 4 << 20,
            locals_per_blob_max: 100_000,
            depth_max: 12,
            members_max: 2_000_000,
            unpacked_bytes_max: 64 << 30,
            unpacked_ratio_max: 200,
            unpack_seconds_max: 1_800,
            held_bytes_max: 48 << 20,
            git_bytes_max: 1 << 30,
            file_bytes_max: u64::MAX,
        }
    }
}
