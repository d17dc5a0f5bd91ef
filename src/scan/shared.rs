//! What all threads of a run share, and where they put what they did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::config::ScanConfig;
use crate::coverage::Coverage;
use crate::inspect::named::NamedFiles;
use crate::matcher::program::{Tally, Timing};
use crate::scan::held::Held;
use crate::scan::merge::Merger;
use crate::scan::scanner::Scanner;
use crate::secret::Secret;

/// How far a run is, for whoever watches it.
#[derive(Debug, Default)]
pub struct Progress {
    files: AtomicU64,
    objects: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    /// Files done.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// Git objects done.
    pub fn objects(&self) -> u64 {
        self.objects.load(Ordering::Relaxed)
    }

    /// Bytes done.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn add_file(&self, bytes: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.add_bytes(bytes);
    }

    pub(super) fn add_object(&self, bytes: u64) {
        self.objects.fetch_add(1, Ordering::Relaxed);
        self.add_bytes(bytes);
    }

    pub(super) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// What all threads of a run share.
pub(super) struct Shared<'a> {
    pub(super) scanner: &'a Scanner,
    pub(super) config: &'a ScanConfig,
    pub(super) named: NamedFiles,
    pub(super) deadline: Option<Instant>,
    pub(super) progress: &'a Progress,
    pub(super) timing: Timing,
    pub(super) done: Mutex<Done>,
}

impl Shared<'_> {
    /// Takes in what one thread did.
    pub(super) fn collect(&self, part: Done) {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.merger.add_all(part.merger);
        done.held.add_all(part.held);
        done.coverage.add(part.coverage);
        done.hidden.extend(part.hidden);
        done.has_telling_names |= part.has_telling_names;
        done.memory += part.memory;
        if done.tallies.is_empty() {
            done.tallies = part.tallies;
        } else {
            for (sum, tally) in done.tallies.iter_mut().zip(&part.tallies) {
                sum.add(tally);
            }
        }
    }
}

/// What came of one thread's work.
#[derive(Default)]
pub(super) struct Done {
    pub(super) merger: Merger,
    /// Findings whose place is not known yet.
    pub(super) held: Held,
    pub(super) coverage: Coverage,
    /// Values that are not reported but must not be shown either.
    pub(super) hidden: Vec<(Secret, String)>,
    /// Rules on file names have a say about files in a repository.
    pub(super) has_telling_names: bool,
    pub(super) tallies: Vec<Tally>,
    pub(super) memory: usize,
}
