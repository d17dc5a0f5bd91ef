//! A whole run: a source, a scanner and a configuration in, findings and the ledger out.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::blob::{BuildVisitor, Exclusion, Skip, Source, Visitor};
use crate::config::ScanConfig;
use crate::coverage::Coverage;
use crate::error::Result;
use crate::finding::Placed;
use crate::inspect::named::NamedFiles;
use crate::matcher::program::{Tally, Timing};
use crate::scan::locate::{locate, values_shown};
use crate::scan::scanner::Scanner;
use crate::scan::shared::{Progress, Shared};
use crate::scan::worker::Worker;
use crate::secret::Redactor;
use crate::unpack::Opening;

/// The outcome of a run.
pub struct Outcome {
    /// Findings in order of path, start and rule, each value once.
    pub findings: Vec<Placed>,
    /// What was looked at and what was not.
    pub coverage: Coverage,
    /// Knows every value of the run.
    pub redactor: Redactor,
    /// What each rule did, in the order of the rules.
    pub tallies: Vec<Tally>,
    /// Memory of compiled patterns and their use, in bytes.
    pub regex_bytes: usize,
}

/// The answer of a run, as an exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Everything that was asked for was scanned, nothing active was found.
    Clean,
    /// Something active was found.
    Leaks,
    /// Nothing active was found, but something could not be scanned.
    Incomplete,
}

impl Status {
    /// The exit status of the process.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Leaks => 1,
            Self::Incomplete => 3,
        }
    }
}

impl Outcome {
    /// The answer.
    pub fn status(&self) -> Status {
        if self.findings.iter().any(|placed| placed.active) {
            Status::Leaks
        } else if self.coverage.complete() {
            Status::Clean
        } else {
            Status::Incomplete
        }
    }
}

/// Scans everything a source yields.
///
/// # Errors
///
/// What the source says of its target.
pub fn run(
    source: &dyn Source,
    scanner: &Scanner,
    config: &ScanConfig,
    (progress, timing): (&Progress, Timing),
) -> Result<Outcome> {
    let started = Instant::now();
    let shared = Shared {
        scanner,
        config,
        named: NamedFiles::new(scanner.ruleset()),
        deadline: config
            .timeout
            .and_then(|timeout| started.checked_add(timeout)),
        progress,
        timing,
        done: Mutex::default(),
    };
    let crew = Crew(shared);
    source.walk(&crew)?;
    let shared = crew.0;
    let mut done = {
        let mut done = shared.done.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *done)
    };
    locate(source, &shared, &mut done)?;
    let findings = done.merger.finish();
    let mut coverage = done.coverage;
    let key = |skip: &Skip| (skip.what.clone(), skip.reason.clone(), skip.holder);
    coverage.skipped.sort_by_cached_key(key);
    // What is wrong with a file is wrong with most of its versions.
    coverage
        .skipped
        .dedup_by(|a, b| a.what == b.what && a.reason == b.reason);
    let accepts = |skip: &Skip| config.policy.accepts(&skip.what);
    let (accepted, skipped) = coverage.skipped.into_iter().partition(accepts);
    coverage.skipped = skipped;
    coverage.exclude(Exclusion::Accepted, Vec::len(&accepted) as u64);
    coverage.seconds = started.elapsed().as_secs_f64();
    let mut hidden = done.hidden;
    hidden.extend(values_shown(&findings, &coverage.skipped, scanner));
    let shown = findings
        .iter()
        .map(|placed| (&placed.finding.secret, placed.finding.masked.as_str()));
    let hidden = hidden
        .iter()
        .map(|(secret, masked)| (secret, masked.as_str()));
    let redactor = Redactor::new(shown.chain(hidden));
    Ok(Outcome {
        findings,
        coverage,
        redactor,
        tallies: done.tallies,
        regex_bytes: done.memory + scanner.program_bytes(),
    })
}

/// Makes the workers of a run.
struct Crew<'a>(Shared<'a>);

impl BuildVisitor for Crew<'_> {
    fn build(&self) -> Box<dyn Visitor + '_> {
        let worker = Box::new(Worker::new(&self.0));
        Box::new(Opening::new(worker, self.0.config.limits, self.0.deadline))
    }
}
