//! The scanner: a ruleset made ready to run, and what it finds in the bytes of one blob.

use std::collections::HashMap;
use std::ops::Range;

use crate::config::Limits;
use crate::decode::{self, View};
use crate::describe::{self, Describer};
use crate::finding::{Examined, Finding, Held, Local, Locals, RuleIndex};
use crate::matcher::confirm::{Candidate, Verdict};
use crate::matcher::program::{Program, Space, Tally, Timing};
use crate::matcher::refusal::Refusal;
use crate::matcher::{Hit, Matcher};
use crate::rule::model::{Anchor, Detect, LINE_REACH, RUN_MAX, Reach};
use crate::rule::{Report, Ruleset};
use crate::scan::inherit::Joined;

/// Anchors of rules that cross lines that are worth handing down; above this, versions are scanned
/// in full.
const HELD_MAX: usize = 100_000;

/// A ruleset made ready to run. Shared by all threads.
#[derive(Debug)]
pub struct Scanner {
    ruleset: Ruleset,
    programs: Vec<Program>,
    matcher: Matcher,
    /// For each anchor, the rules that it belongs to.
    users: Vec<Vec<u32>>,
    limits: Limits,
    /// How far the verdict about an anchor can depend on its line, in bytes either side.
    pub(super) line_reach: usize,
}

/// One thread's reusable memory.
#[derive(Debug, Default)]
pub struct Scratch {
    spaces: Vec<Space>,
    /// The rules that learned something of the present text.
    busy: Vec<u32>,
    text: Vec<u8>,
    /// Lines that are searched again.
    pub(super) joined: Joined,
}

/// Is told of an anchor: its rule, where it stands, and what became of it.
pub type Tell<'a> = dyn FnMut(RuleIndex, Hit, Result<Verdict, Refusal>) + 'a;

impl Scanner {
    /// Makes a ruleset ready to run.
    pub fn new(ruleset: Ruleset, limits: Limits) -> Self {
        let mut anchors: Vec<Anchor> = Vec::new();
        let mut users: Vec<Vec<u32>> = Vec::new();
        let mut known = HashMap::new();
        let mut line_reach = (LINE_REACH as usize).max(RUN_MAX);
        for (rule, needed) in (0u32..).zip(needed(&ruleset)) {
            let Some(text) = ruleset.rules[rule as usize].text().filter(|_| needed) else {
                continue;
            };
            for anchor in &text.anchors {
                let at = *known.entry(anchor.clone()).or_insert_with(|| {
                    anchors.push(anchor.clone());
                    users.push(Vec::new());
                    anchors.len() - 1
                });
                // Literals given in two cases are one anchor once they are folded.
                if users[at].last() != Some(&rule) {
                    users[at].push(rule);
                }
            }
            if let Reach::Line(reach) = text.reach {
                line_reach = line_reach.max(reach as usize);
            }
        }
        Self {
            programs: ruleset.rules.iter().map(|_| Program::default()).collect(),
            matcher: Matcher::new(&anchors),
            ruleset,
            users,
            limits,
            line_reach,
        }
    }

    /// The rules it runs.
    pub fn ruleset(&self) -> &Ruleset {
        &self.ruleset
    }

    /// Makes one thread's memory.
    pub fn scratch(&self) -> Scratch {
        let spaces = self.programs.iter().map(|_| Space::default()).collect();
        Scratch {
            spaces,
            text: Vec::new(),
            ..Scratch::default()
        }
    }

    /// Finds everything in a blob.
    pub fn scan(&self, bytes: &[u8], scratch: &mut Scratch, out: &mut Locals) {
        self.scan_as(View::of(bytes), bytes, scratch, out);
    }

    /// Finds everything in a blob, or in a part of one, that is to be read in this way too.
    pub fn scan_as(&self, view: View, bytes: &[u8], scratch: &mut Scratch, out: &mut Locals) {
        out.clear();
        scratch.forget();
        self.visit(
            bytes,
            0..bytes.len(),
            scratch,
            &mut |candidate, rule, space| {
                self.take(candidate, rule, space, out);
            },
        );
        self.contradict(bytes, scratch, &mut out.found);
        if view != View::Bytes {
            self.scan_view(view, bytes, scratch, out);
        }
        self.finish(out);
    }

    /// Reads the blob another way and adds what is found there.
    fn scan_view(&self, view: View, bytes: &[u8], scratch: &mut Scratch, out: &mut Locals) {
        let mut text = std::mem::take(&mut scratch.text);
        view.read(bytes, &mut text);
        scratch.forget();
        let mut found = Locals::default();
        self.visit(
            &text,
            0..text.len(),
            scratch,
            &mut |candidate, rule, space| {
                self.take(candidate, rule, space, &mut found);
            },
        );
        self.contradict(&text, scratch, &mut found.found);
        let mut spans: Vec<_> = found
            .found
            .iter()
            .map(|local| local.start..local.end)
            .collect();
        decode::to_blob(view, &text, &mut spans);
        let examined = all_of(bytes);
        out.found
            .extend(found.found.into_iter().zip(spans).map(|(local, span)| {
                let Range { start, end } = span;
                Local {
                    start,
                    end,
                    examined,
                    view,
                    ..local
                }
            }));
        out.overflow |= found.overflow;
        out.in_full = true;
        scratch.text = text;
    }

    /// Says of every anchor in the blob what became of it, in its other view as well. Positions are
    /// those of the blob.
    pub fn explain(&self, bytes: &[u8], scratch: &mut Scratch, tell: &mut Tell<'_>) {
        self.explain_text(bytes, scratch, tell);
        let view = View::of(bytes);
        if view == View::Bytes {
            return;
        }
        let mut text = Vec::new();
        view.read(bytes, &mut text);
        let mut told = Vec::new();
        let mut ranges = Vec::new();
        self.explain_text(&text, scratch, &mut |rule, hit, verdict| {
            ranges.push(hit.start as u64..hit.end as u64);
            ranges.push(match &verdict {
                Ok(verdict) => verdict.value.start as u64..verdict.value.end as u64,
                Err(Refusal::Form { at }) => *at as u64..*at as u64,
                Err(_) => 0..0,
            });
            told.push((rule, verdict));
        });
        decode::to_blob(view, &text, &mut ranges);
        let range = |range: &Range<u64>| range.start as usize..range.end as usize;
        for ((rule, mut verdict), ranges) in told.into_iter().zip(ranges.chunks_exact(2)) {
            let (anchor, value) = (range(&ranges[0]), range(&ranges[1]));
            match &mut verdict {
                Ok(verdict) => {
                    verdict.value = value;
                    verdict.examined = all_of(bytes);
                }
                Err(Refusal::Form { at }) => *at = value.start,
                Err(_) => {}
            }
            let Range { start, end } = anchor;
            let anchor = 0;
            tell(rule, Hit { start, end, anchor }, verdict);
        }
    }

    fn explain_text(&self, text: &[u8], scratch: &mut Scratch, tell: &mut Tell<'_>) {
        scratch.forget();
        let mut other = self.scratch();
        self.visit(
            text,
            0..text.len(),
            scratch,
            &mut |candidate, rule, space| {
                let hit = Hit {
                    start: candidate.start,
                    end: candidate.end,
                    anchor: 0,
                };
                let mut verdict = candidate.confirm(space);
                if let Ok(found) = &verdict
                    && candidate.text.assigned.is_some()
                    && self.contradicts(text, found.value.clone(), &mut other)
                {
                    verdict = Err(Refusal::Contradicted);
                }
                tell(RuleIndex(rule), hit, verdict);
            },
        );
    }

    /// Makes findings of locals.
    pub fn describe(&self, bytes: &[u8], locals: &Locals, out: &mut Vec<Finding>) {
        self.describer().describe(bytes, &locals.found, out);
    }

    /// Makes findings of locals, with more choice.
    pub fn describer(&self) -> Describer<'_> {
        describe::Describer::new(&self.ruleset)
    }

    /// Memory of all compiled patterns, in bytes.
    pub fn program_bytes(&self) -> usize {
        self.programs.iter().map(Program::memory).sum()
    }

    /// Gives `visit` every candidate whose anchor starts within `starts`.
    pub(super) fn visit(
        &self,
        bytes: &[u8],
        starts: Range<usize>,
        scratch: &mut Scratch,
        visit: &mut impl FnMut(&Candidate<'_>, u32, &mut Space),
    ) {
        self.matcher.find(bytes, starts, &mut |hit| {
            for &rule in &self.users[hit.anchor as usize] {
                let at = rule as usize;
                if let Some(candidate) = self.candidate(bytes, at, hit.start..hit.end) {
                    visit(&candidate, rule, scratch.space(RuleIndex(rule)));
                }
            }
        });
    }

    /// Gives `found` every anchor of a text, once for each rule that it belongs to.
    pub(super) fn find(&self, text: &[u8], found: &mut impl FnMut(Hit, u32)) {
        self.matcher.find(text, 0..text.len(), &mut |hit| {
            for &rule in &self.users[hit.anchor as usize] {
                found(hit, rule);
            }
        });
    }

    pub(super) fn candidate<'a>(
        &'a self,
        bytes: &'a [u8],
        rule: usize,
        anchor: Range<usize>,
    ) -> Option<Candidate<'a>> {
        let confidence = self.ruleset.rules[rule].confidence;
        let text = self.ruleset.rules[rule].text()?;
        let Range { start, end } = anchor;
        Some(Candidate {
            text,
            confidence,
            program: &self.programs[rule],
            bytes,
            start,
            end,
        })
    }

    /// The length of the longest anchor, in bytes.
    pub(super) fn longest_anchor(&self) -> usize {
        self.matcher.longest()
    }

    /// Confirms a candidate and keeps what it gives.
    pub(super) fn take(
        &self,
        candidate: &Candidate<'_>,
        rule: u32,
        space: &mut Space,
        out: &mut Locals,
    ) {
        let rule = RuleIndex(rule);
        if candidate.text.crosses_lines() && !out.in_full {
            let (start, end) = (candidate.start as u64, candidate.end as u64);
            out.held.push(Held { start, end, rule });
            if out.held.len() > HELD_MAX {
                out.held.clear();
                out.in_full = true;
            }
        }
        let Ok(verdict) = space.tallied(|space| candidate.confirm(space)) else {
            return;
        };
        // Anchors that share a window may find the same local; only different ones count.
        if out.found.len() >= self.limits.locals_per_blob_max.saturating_mul(2) {
            self.in_order(out);
        }
        if !out.overflow {
            out.found.push(Local {
                start: verdict.value.start as u64,
                end: verdict.value.end as u64,
                rule,
                examined: verdict.examined,
                validity: verdict.validity,
                confidence: verdict.confidence,
                view: View::Bytes,
            });
        }
    }

    /// Puts what was found in order, each once, and sees whether it was too much.
    pub(super) fn finish(&self, out: &mut Locals) {
        self.in_order(out);
        out.held.sort_unstable();
        out.held.dedup();
        out.in_full |= out.held.len() > HELD_MAX;
        if out.in_full {
            out.held.clear();
        }
    }

    fn in_order(&self, out: &mut Locals) {
        out.found.sort_unstable();
        out.found.dedup();
        if out.found.len() > self.limits.locals_per_blob_max {
            out.found.truncate(self.limits.locals_per_blob_max);
            out.overflow = true;
        }
    }
}

impl Scratch {
    /// Starts to measure the time that rules take, if asked to.
    pub(super) fn measure(&mut self, timing: Timing) {
        for space in &mut self.spaces {
            space.timed = timing == Timing::On;
        }
    }

    /// What each rule did, in the order of the rules.
    pub(super) fn tallies(&self) -> Vec<Tally> {
        self.spaces.iter().map(|space| space.tally).collect()
    }

    /// Memory that running patterns takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.spaces.iter().map(Space::memory).sum()
    }

    /// The memory for one rule.
    pub(super) fn space(&mut self, rule: RuleIndex) -> &mut Space {
        let space = &mut self.spaces[rule.0 as usize];
        if !space.busy {
            space.busy = true;
            self.busy.push(rule.0);
        }
        space
    }

    /// Forgets what was learned of the last text, keeping the memory.
    pub(super) fn forget(&mut self) {
        for rule in self.busy.drain(..) {
            self.spaces[rule as usize].forget();
        }
    }
}

/// What a verdict rests on that was reached on another view of the blob.
fn all_of(bytes: &[u8]) -> Examined {
    Examined {
        start: 0,
        end: bytes.len() as u64,
        at_blob_start: true,
        at_blob_end: true,
    }
}

/// Which rules have to run: those that report, and the parts of those that join.
fn needed(ruleset: &Ruleset) -> Vec<bool> {
    let reports = |report| report != Report::Never;
    let mut needed: Vec<_> = ruleset
        .rules
        .iter()
        .map(|rule| reports(rule.report))
        .collect();
    for rule in &ruleset.rules {
        if let Detect::Join(join) = &rule.detect
            && reports(rule.report)
        {
            needed[join.id] = true;
            needed[join.secret] = true;
        }
    }
    needed
}
