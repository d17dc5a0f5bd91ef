//! Rules tested by their own samples, through the scanner and with generated values.
//!
//! Every positive is found by exactly its rule and nothing else, every negative is left alone, and
//! a value whose checksum is broken by one character is not reported. What samples may hold is told
//! in [`crate::rule`]. Says where and what was expected, never the value.

mod check;
mod sample;

use std::fmt;
use std::ops::Range;

use crate::finding::RuleIndex;
use crate::rule::Rule;
use crate::rule::model::Origin;
use crate::scan::Scanner;

/// What a test of all rules came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Rules that were tested; those that never run are not.
    pub rules: usize,
    /// Samples that were scanned, each once for every generated value.
    pub samples: u64,
    /// Values with a broken checksum that were scanned.
    pub changes: u64,
    /// What went wrong, in the order of the rules; at most once for each sample.
    pub failures: Vec<Failure>,
}

/// What the test of one rule came to.
#[derive(Default)]
struct Trial {
    samples: u64,
    changes: u64,
    problems: Vec<(Sample, String)>,
}

impl Trial {
    /// Keeps the first problem of each sample.
    fn note(&mut self, sample: Sample, answer: Result<(), String>) {
        let known = self.problems.iter().any(|(other, _)| *other == sample);
        if let (Err(problem), false) = (answer, known) {
            self.problems.push((sample, problem));
        }
    }
}

/// A sample on which a rule did not do what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The rule's id.
    pub rule: String,
    /// Where the rule was written down.
    pub origin: Origin,
    /// Which of its samples.
    pub sample: Sample,
    /// What was expected and what happened; holds no value.
    pub problem: String,
}

/// Which sample of a rule. Numbers count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// None: no value could be made.
    Value,
    /// The positive of this number.
    Positive(usize),
    /// The negative of this number.
    Negative(usize),
    /// The first positive, with a value that the validator disproves.
    Changed,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value => f.write_str("generated value"),
            Self::Positive(n) => write!(f, "positive {n}"),
            Self::Negative(n) => write!(f, "negative {n}"),
            Self::Changed => f.write_str("positive 1 with a wrong checksum"),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { file, line } = &self.origin;
        let (rule, sample, problem) = (&self.rule, self.sample, &self.problem);
        write!(f, "{file}:{line}: rule {rule}: {sample}: {problem}")
    }
}

/// Tests every rule that the scanner runs, with `rounds` generated values for each sample.
///
/// The same seed makes the same values, whatever other rules there are.
pub fn test(scanner: &Scanner, seed: u64, rounds: u32) -> Outcome {
    let mut outcome = Outcome::default();
    let mut bench = check::Bench::new(scanner);
    for (index, rule) in scanner.ruleset().rules.iter().enumerate() {
        if !bench.runs(index) {
            continue;
        }
        let mut random = fastrand::Rng::with_seed(seed ^ hash(rule));
        let trial = bench.test(index, &mut random, rounds);
        outcome.rules += 1;
        outcome.samples += trial.samples;
        outcome.changes += trial.changes;
        let failure = |(sample, problem)| Failure {
            rule: rule.id.clone(),
            origin: rule.origin.clone(),
            sample,
            problem,
        };
        outcome
            .failures
            .extend(trial.problems.into_iter().map(failure));
    }
    outcome
}

/// A text that holds one generated value of a rule.
pub struct Plant {
    /// The rule.
    pub rule: RuleIndex,
    /// A positive of the rule, filled in.
    pub text: Vec<u8>,
    /// Where in it the value stands.
    pub value: Range<usize>,
    /// The same text with values whose checksum is wrong.
    pub disproved: Vec<Vec<u8>>,
}

/// Fills in every positive of every rule that reports values, once each.
pub fn plants(scanner: &Scanner, seed: u64) -> Vec<Plant> {
    let bench = check::Bench::new(scanner);
    let mut plants = Vec::new();
    for (rule, index) in scanner.ruleset().rules.iter().zip(0..) {
        let mut random = fastrand::Rng::with_seed(seed ^ hash(rule));
        if !rule.silent() {
            plants.extend(bench.plants(RuleIndex(index), &mut random));
        }
    }
    plants
}

/// FNV-1a of a rule's id.
fn hash(rule: &Rule) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    rule.id.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}
