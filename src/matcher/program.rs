//! Compiled forms of rules, made on first use, and the memory that running them needs.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use regex_automata::Input;
use regex_automata::meta;
use regex_automata::util::primitives::NonMaxUsize;

use crate::matcher::form::Known;
use crate::rule::model::{Context, Text, Within};

/// Most memory that the lazy automaton of one pattern may take on one thread, in bytes.
const CACHE_BYTES: usize = 64 << 10;
/// Most memory that the one-pass automaton of one pattern may take, in bytes. Enough for 500
/// repetitions of a class; without it such a pattern runs ten times as long.
const ONE_PASS_BYTES: usize = 256 << 10;

/// What is compiled of one rule.
#[derive(Debug, Default)]
pub struct Program {
    regex: OnceLock<Regex>,
    words: OnceLock<Option<AhoCorasick>>,
    allowed: OnceLock<regex::bytes::RegexSet>,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Regex(meta::Regex);

/// One thread's memory for one rule.
#[derive(Debug, Default)]
pub struct Space {
    cache: Option<meta::Cache>,
    pub(super) memo: Memo,
    /// How far the runs of the rule's form were followed.
    pub(super) runs: Vec<Known>,
    /// Whether anything was learned of the present text.
    pub busy: bool,
    /// Whether the time is measured.
    pub timed: bool,
    /// What the rule did so far.
    pub tally: Tally,
}

/// What a rule did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Anchors looked at.
    pub anchors: u64,
    /// Values confirmed.
    pub found: u64,
    /// Time taken, where it was measured.
    pub time: Duration,
}

/// Whether the time that each rule takes is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Timing {
    /// No: two clock readings for each candidate are saved.
    #[default]
    Off,
    /// Yes.
    On,
}

impl Tally {
    /// Adds another thread's share.
    pub fn add(&mut self, other: &Self) {
        self.anchors += other.anchors;
        self.found += other.found;
        self.time += other.time;
    }
}

/// The matches in the last window that was searched.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pub(super) window: std::ops::Range<usize>,
    pub(super) matches: Vec<(std::ops::Range<usize>, std::ops::Range<usize>)>,
}

impl Space {
    /// Forgets what was learned of the last text, keeping the memory.
    pub fn forget(&mut self) {
        self.busy = false;
        self.runs.clear();
        self.memo.window = 0..0;
        self.memo.matches.clear();
    }

    /// Runs a test of one anchor and keeps the tally.
    pub fn tallied<T, E>(&mut self, test: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let started = self.timed.then(Instant::now);
        let answer = test(self);
        self.tally.anchors += 1;
        self.tally.found += u64::from(answer.is_ok());
        self.tally.time += started.map(|started| started.elapsed()).unwrap_or_default();
        answer
    }

    /// Memory in use, in bytes.
    pub fn memory(&self) -> usize {
        self.cache.as_ref().map_or(0, meta::Cache::memory_usage)
    }
}

impl Program {
    /// The regular expression of the rule, which has one.
    pub(super) fn regex(&self, text: &Text) -> &Regex {
        self.regex.get_or_init(|| {
            let pattern = text.pattern.as_ref();
            let pattern = pattern.expect("only rules with a pattern are searched");
            // A pattern that runs at one place runs rarely and briefly, so it needs no automaton.
            let config = meta::Config::new()
                .auto_prefilter(false)
                .utf8_empty(false)
                .hybrid(pattern.offset.is_none())
                .hybrid_cache_capacity(CACHE_BYTES)
                .onepass_size_limit(Some(ONE_PASS_BYTES));
            let built = meta::Builder::new()
                .configure(config)
                .build_from_hir(&pattern.hir);
            Regex(built.expect("the pattern is bounded and was parsed at load"))
        })
    }

    /// The search for the context words, where they stand in text.
    pub(super) fn words(&self, context: &Context) -> Option<&AhoCorasick> {
        let words = self.words.get_or_init(|| {
            let built = (context.within != Within::FileName).then(|| {
                let mut builder = AhoCorasick::builder();
                builder.ascii_case_insensitive(true).build(&context.words)
            });
            built.and_then(Result::ok)
        });
        words.as_ref()
    }

    /// The allowed pattern that the value matches, if any.
    pub(super) fn allowed<'t>(&self, text: &'t Text, value: &[u8]) -> Option<&'t str> {
        if text.allowed.is_empty() {
            return None;
        }
        let set = self.allowed.get_or_init(|| {
            let mut builder = regex::bytes::RegexSetBuilder::new(&text.allowed);
            let built = builder.unicode(false).multi_line(true).build();
            built.expect("allowed patterns were parsed at load")
        });
        let index = set.matches(value).into_iter().next()?;
        text.allowed.get(index).map(String::as_str)
    }

    /// Memory of the compiled pattern, in bytes; 0 while it was never needed.
    pub fn memory(&self) -> usize {
        self.regex.get().map_or(0, |regex| regex.0.memory_usage())
    }
}

impl Regex {
    /// Finds the first match in the input's span and fills in the slots of groups 0 and 1.
    pub(super) fn search_slots(
        &self,
        space: &mut Space,
        input: &Input<'_>,
        slots: &mut [Option<NonMaxUsize>],
    ) -> Option<()> {
        let cache = space.cache.get_or_insert_with(|| self.0.create_cache());
        self.0.search_slots_with(cache, input, slots).map(|_| ())
    }
}
