//! What "exactly" promises: the scanner against a slow and plain one, and versions of a text against
//! the same texts scanned in full, over random texts and edits.
//!
//! `LEAKGATE_ROUNDS` sets the number of rounds. A round draws from its own seed, so the round that a
//! failure names fails again by itself.

mod builtin;
mod described;
mod edits;
mod hostile;
mod limits;
mod oracle;
mod rules;
mod semantics;
mod specs;
mod texts;
mod versions;
mod wide;

use leakgate::config::Limits;
use leakgate::finding::Locals;
use leakgate::rule::Ruleset;
use leakgate::scan::{Scanner, Scratch};

/// How many rounds a test runs that runs `usual` of them unless told otherwise.
fn rounds(usual: u64) -> u64 {
    let given = std::env::var("LEAKGATE_ROUNDS").ok();
    given.and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A scanner with the memory of one thread.
struct Bench {
    scanner: Scanner,
    scratch: Scratch,
}

impl Bench {
    fn new(specs: &[rules::Spec]) -> Self {
        Self::limited(specs, Limits::default())
    }

    fn limited(specs: &[rules::Spec], limits: Limits) -> Self {
        Self::of(rules::load(specs), limits)
    }

    fn of(ruleset: Ruleset, limits: Limits) -> Self {
        let scanner = Scanner::new(ruleset, limits);
        let scratch = scanner.scratch();
        Self { scanner, scratch }
    }

    fn scan(&mut self, bytes: &[u8]) -> Locals {
        let mut out = Locals::default();
        self.scanner.scan(bytes, &mut self.scratch, &mut out);
        out
    }

    fn rescan(&mut self, base: &Locals, child: &edits::Child) -> Locals {
        let mut out = Locals::default();
        let delta = child.delta();
        self.scanner
            .rescan(base, delta, &child.bytes, &mut self.scratch, &mut out);
        out
    }
}
