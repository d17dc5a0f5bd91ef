//! A scanner that is slow and plain: every anchor by comparing at every position, every window by its
//! definition, another regular expression engine, and context read line by line.

use std::ops::Range;

use leakgate::finding::Examined;
use leakgate::randomness::score;
use leakgate::rule::byteset::CLASSES;
use leakgate::rule::model::{Reach, Within};
use leakgate::validate::{self, Validator, Validity};
use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::nfa::thompson::{self};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input};

use crate::rules::{Anchors, Case, Near, Spec};

/// What the oracle says of one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) rule: u32,
    pub(crate) examined: Examined,
}

/// Rules ready to be run slowly.
pub(crate) struct Oracle<'a>(Vec<Slow<'a>>);

struct Slow<'a> {
    spec: &'a Spec,
    rule: u32,
    engine: PikeVM,
    cache: Cache,
    allowed: Vec<regex::bytes::Regex>,
    validator: Option<&'static Validator>,
}

impl<'a> Oracle<'a> {
    pub(crate) fn new(specs: &'a [Spec]) -> Self {
        let rules = specs.iter().zip(0u32..);
        let texts = rules.filter(|(spec, _)| spec.join.is_none());
        Self(texts.map(|(spec, rule)| Slow::new(spec, rule)).collect())
    }

    /// Everything that the rules find, in ascending order, each once.
    pub(crate) fn scan(&mut self, bytes: &[u8]) -> Vec<Found> {
        let mut found = Vec::new();
        for slow in &mut self.0 {
            for anchor in slow.anchors(bytes) {
                found.extend(slow.judge(bytes, &anchor));
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Anchors of rules whose verdicts may rest on other lines than the anchor's.
    pub(crate) fn held(&self, bytes: &[u8]) -> Vec<(u64, u64, u32)> {
        let mut held = Vec::new();
        for slow in &self.0 {
            let block = slow
                .spec
                .context
                .is_some_and(|near| near.within == Within::Block);
            if block || matches!(slow.spec.reach, Reach::Across { .. }) {
                let anchors = slow.anchors(bytes).into_iter();
                held.extend(anchors.map(|one| (one.start as u64, one.end as u64, slow.rule)));
            }
        }
        held.sort_unstable();
        held
    }
}

impl<'a> Slow<'a> {
    fn new(spec: &'a Spec, rule: u32) -> Self {
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let engine = PikeVM::builder()
            .syntax(syntax.multi_line(true))
            .thompson(thompson::Config::new().utf8(false))
            .build(spec.pattern)
            .expect("test patterns are well formed");
        let allowed = spec.allowed.iter().map(|pattern| {
            let mut builder = regex::bytes::RegexBuilder::new(pattern);
            let built = builder.unicode(false).multi_line(true).build();
            built.expect("test patterns are well formed")
        });
        Self {
            spec,
            rule,
            cache: engine.create_cache(),
            engine,
            allowed: allowed.collect(),
            validator: spec.validator.and_then(validate::find),
        }
    }

    fn anchors(&self, bytes: &[u8]) -> Vec<Range<usize>> {
        match self.spec.anchors {
            Anchors::Derived(literals, case) | Anchors::Given(literals, case) => {
                let equal = |text: &[u8], literal: &str| match case {
                    Case::Exact => text == literal.as_bytes(),
                    Case::Folded => text.eq_ignore_ascii_case(literal.as_bytes()),
                };
                let all = literals.iter().flat_map(|literal| {
                    let windows = bytes.windows(literal.len()).enumerate();
                    let here = windows.filter(move |(_, text)| equal(text, literal));
                    here.map(|(at, _)| at..at + literal.len())
                });
                all.collect()
            }
            Anchors::Run(name, min) => {
                let class = CLASSES.iter().find(|(class, _)| *class == name);
                let class = class.expect("test rules name known classes").1;
                let mut runs = Vec::new();
                let mut start = 0;
                for end in 0..=bytes.len() {
                    if bytes.get(end).is_none_or(|byte| !class.contains(*byte)) {
                        if (min..=512).contains(&(end - start)) {
                            runs.push(start..end);
                        }
                        start = end + 1;
                    }
                }
                runs
            }
        }
    }

    fn judge(&mut self, bytes: &[u8], anchor: &Range<usize>) -> Option<Found> {
        let window = window(self.spec.reach, bytes, anchor);
        let value = self.value(bytes, anchor, &window)?;
        let block = self
            .spec
            .context
            .is_some_and(|near| near.within == Within::Block);
        let from = window.start.saturating_sub(if block { 1_024 } else { 0 });
        Some(Found {
            start: value.start as u64,
            end: value.end as u64,
            rule: self.rule,
            examined: Examined {
                start: from.saturating_sub(1) as u64,
                end: bytes.len().min(window.end + 1) as u64,
                at_blob_start: from == 0,
                at_blob_end: window.end == bytes.len(),
            },
        })
    }

    /// The value in the match that contains the anchor.
    fn value(
        &mut self,
        bytes: &[u8],
        anchor: &Range<usize>,
        window: &Range<usize>,
    ) -> Option<Range<usize>> {
        let good = |slow: &mut Self, found: Option<(Range<usize>, Range<usize>)>| {
            let (whole, value) = found?;
            let good = contains(&whole, anchor) && slow.accepts(bytes, &value, window);
            good.then_some(value)
        };
        if self.spec.pattern.is_empty() {
            let value = self.measured(bytes, anchor, window)?;
            return self.accepts(bytes, &value, window).then_some(value);
        }
        if let Some(offset) = self.spec.offset {
            // The few places where a match may begin, the first that bears fruit.
            let nearest = (anchor.start + self.spec.slack).checked_sub(offset)?;
            let starts = anchor.start.saturating_sub(offset)..=nearest;
            return starts.filter(|&at| at >= window.start).find_map(|at| {
                let found = self.run(bytes, at, window, Anchored::Yes);
                good(self, found)
            });
        }
        let mut at = window.start;
        while at < window.end {
            let (whole, value) = self.run(bytes, at, window, Anchored::No)?;
            if contains(&whole, anchor) {
                return good(self, Some((whole, value)));
            }
            at = whole.end;
        }
        None
    }

    /// The value that the validator measures from the anchor on.
    fn measured(
        &self,
        bytes: &[u8],
        anchor: &Range<usize>,
        window: &Range<usize>,
    ) -> Option<Range<usize>> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let inside = anchor.start > 0 && {
            let before = bytes[anchor.start - 1];
            word(bytes[anchor.start]) && (word(before) || before == b'-')
        };
        let measure = self.validator.and_then(|validator| validator.measure);
        let measure = measure.expect("only measured rules have no pattern");
        let len = measure(&bytes[anchor.start..window.end]).filter(|_| !inside)?;
        let end = anchor.start + len;
        (anchor.end <= end && end <= window.end).then_some(anchor.start..end)
    }

    fn accepts(&self, bytes: &[u8], value: &Range<usize>, window: &Range<usize>) -> bool {
        let text = &bytes[value.clone()];
        let dummy = |dummy: &&str| dummy.as_bytes() == text;
        let near = self.spec.context;
        let proof = |validator: &Validator| (validator.check)(text) == Validity::Invalid;
        self.random_enough(text)
            && !self.validator.is_some_and(proof)
            && !self.spec.ignored.iter().any(dummy)
            && !self.allowed.iter().any(|allowed| allowed.is_match(text))
            && near.is_none_or(|near| stands(&near, bytes, value, window))
    }

    /// The first match from `at` on, and group 1 in it.
    fn run(
        &mut self,
        bytes: &[u8],
        at: usize,
        window: &Range<usize>,
        anchored: Anchored,
    ) -> Option<(Range<usize>, Range<usize>)> {
        let low = window.start.saturating_sub(1);
        let visible = &bytes[low..bytes.len().min(window.end + 1)];
        let input = Input::new(visible)
            .span(at - low..window.end - low)
            .anchored(anchored);
        let mut captures = self.engine.create_captures();
        self.engine.search(&mut self.cache, &input, &mut captures);
        let whole = captures.get_group(0)?;
        let value = captures.get_group(1).unwrap_or(whole);
        Some((
            low + whole.start..low + whole.end,
            low + value.start..low + value.end,
        ))
    }

    fn random_enough(&self, value: &[u8]) -> bool {
        let count = |wanted: fn(&u8) -> bool| value.iter().filter(|byte| wanted(byte)).count();
        let floors = self.spec.floors;
        let mut entropy = 0.0;
        for byte in 0..=u8::MAX {
            let n = value.iter().filter(|&&other| other == byte).count();
            if n > 0 {
                let share = n as f64 / value.len() as f64;
                entropy -= share * share.log2();
            }
        }
        // The scanner counts in single precision; no value of these tests comes that near.
        entropy + 1e-5 >= floors.entropy
            && count(u8::is_ascii_digit) >= floors.digits
            && count(u8::is_ascii_lowercase) >= floors.lower
            && count(u8::is_ascii_uppercase) >= floors.upper
            && (floors.randomness == 0.0 || score(value) >= floors.randomness)
    }
}

fn contains(whole: &Range<usize>, anchor: &Range<usize>) -> bool {
    whole.start <= anchor.start && anchor.end <= whole.end
}

fn window(reach: Reach, bytes: &[u8], anchor: &Range<usize>) -> Range<usize> {
    match reach {
        Reach::Line(reach) => {
            let mut start = anchor.start;
            while start > 0 && bytes[start - 1] != b'\n' {
                start -= 1;
            }
            let mut end = anchor.end;
            while end < bytes.len() && bytes[end] != b'\n' {
                end += 1;
            }
            let reach = reach as usize;
            start.max(anchor.start.saturating_sub(reach))..end.min(anchor.end + reach)
        }
        Reach::Across { before, after } => {
            let start = anchor.start.saturating_sub(before as usize);
            start..bytes.len().min(anchor.end + after as usize)
        }
    }
}

/// Whether a context word stands near the value.
fn stands(near: &Near, bytes: &[u8], value: &Range<usize>, window: &Range<usize>) -> bool {
    if near.within == Within::FileName {
        return true;
    }
    // On the value's own lines, as far as the window goes.
    for start in window.clone() {
        for word in near.words {
            let end = start + word.len();
            if end > window.end || !bytes[start..end].eq_ignore_ascii_case(word.as_bytes()) {
                continue;
            }
            let (between, gap) = if end <= value.start {
                (end..value.start, value.start - end)
            } else if value.end <= start {
                (value.end..start, start - value.end)
            } else {
                continue;
            };
            if gap <= near.distance && !bytes[between].contains(&b'\n') {
                return true;
            }
        }
    }
    near.within == Within::Block && encloses(near, bytes, value.start)
}

/// Whether a word stands in a key or section that encloses the value, at most 1,024 bytes before it.
fn encloses(near: &Near, bytes: &[u8], value: usize) -> bool {
    let floor = value.saturating_sub(1_024);
    let mut lines: Vec<&[u8]> = bytes[floor..value].split(|&byte| byte == b'\n').collect();
    let own = lines.pop().unwrap_or_default();
    if floor > 0 && !lines.is_empty() {
        // The first of them is cut, or cannot be told from one that is.
        lines.remove(0);
    } else if floor > 0 {
        return false;
    }
    let blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
    let indent = |line: &[u8]| line.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let mut least = indent(own);
    for line in lines.into_iter().rev().filter(|line| !blank(line)) {
        let lower = line.to_ascii_lowercase();
        let named = near.words.iter().any(|word| {
            let word = word.as_bytes();
            lower.windows(word.len()).any(|text| text == word)
        });
        let section = line[indent(line)] == b'[' && indent(line) <= least;
        if (section || indent(line) < least) && named {
            return true;
        }
        if section {
            return false;
        }
        least = least.min(indent(line));
    }
    false
}
