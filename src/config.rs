//! Settings of a scan as plain data. Where they come from is the command's business.

use std::time::Duration;

use crate::level::{Confidence, Severity};

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
        }
    }
}

/// Bounds on what hostile input can cost. Reaching one is a skip, never silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files longer than this are read in chunks of this size, in bytes; at least 1 MiB.
    pub chunk_bytes: u64,
    /// Locals kept for one blob, or for one chunk of a large one.
    pub locals_per_blob_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            chunk_bytes: 4 << 20,
            locals_per_blob_max: 100_000,
        }
    }
}
