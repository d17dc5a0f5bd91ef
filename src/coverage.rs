//! What a run looked at and what it could not look at: the ledger behind the exit status.

use std::collections::BTreeMap;

use crate::blob::{Exclusion, Skip};

/// Counts of one run. A run is complete when nothing was skipped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Coverage {
    /// Files whose bytes were scanned.
    pub files: u64,
    /// Bytes scanned.
    pub bytes: u64,
    /// Git objects scanned.
    pub blobs: u64,
    /// Commits walked.
    pub commits: u64,
    /// Members of containers scanned.
    pub archive_members: u64,
    /// Decoded views scanned, such as UTF-16 text.
    pub decoded_views: u64,
    /// Texts in wide characters that end within one; they were scanned all the same.
    pub cut_texts: u64,
    /// Left out on purpose, by reason.
    pub excluded: BTreeMap<Exclusion, u64>,
    /// Findings that gave way to a better one on the same bytes.
    pub overlapped: u64,
    /// Asked for and not scanned.
    pub skipped: Vec<Skip>,
    /// Wall-clock time of the run.
    pub seconds: f64,
}

impl Coverage {
    /// True where everything that was asked for was scanned.
    pub fn complete(&self) -> bool {
        self.skipped.is_empty()
    }

    /// Counts what was left out on purpose.
    pub fn exclude(&mut self, exclusion: Exclusion, n: u64) {
        if n > 0 {
            *self.excluded.entry(exclusion).or_default() += n;
        }
    }

    /// Adds the counts of another part of the run; the time stays.
    pub fn add(&mut self, other: Self) {
        self.files += other.files;
        self.bytes += other.bytes;
        self.blobs += other.blobs;
        self.commits += other.commits;
        self.archive_members += other.archive_members;
        self.decoded_views += other.decoded_views;
        self.cut_texts += other.cut_texts;
        self.overlapped += other.overlapped;
        for (reason, n) in other.excluded {
            self.exclude(reason, n);
        }
        self.skipped.extend(other.skipped);
    }
}
