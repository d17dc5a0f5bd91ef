//! From an anchor to a verdict: does a value of this rule stand here?
//!
//! The cheap tests come first: most anchors fall to the bytes right after them, before any regular
//! expression runs. A verdict is a function of the bytes in [`Verdict::examined`] and of nothing else.

use std::ops::Range;

use regex_automata::{Anchored, Input};

use crate::finding::Examined;
use crate::level::Confidence;
use crate::matcher::program::{Memo, Program, Space};
use crate::matcher::refusal::Refusal;
use crate::matcher::{assigned, form, near};
use crate::plausible::{self, Wanted};
use crate::randomness;
use crate::rule::byteset::WORD;
use crate::rule::model::{Pattern, Reach, Text};
use crate::validate::Validity;

/// A value that a rule found, and what the verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The value.
    pub value: Range<usize>,
    /// The bytes the verdict depends on.
    pub examined: Examined,
    /// What the validator says.
    pub validity: Validity,
    /// How sure the bytes make it that this is what the rule says.
    pub confidence: Confidence,
}

/// A class of bytes by its test.
type Class = fn(&u8) -> bool;

/// An anchor of a rule in a text.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// The rule.
    pub text: &'a Text,
    /// How sure the rule is of a value that nothing proves.
    pub confidence: Confidence,
    /// Its compiled form.
    pub program: &'a Program,
    /// The text.
    pub bytes: &'a [u8],
    /// First byte of the anchor.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

impl Candidate<'_> {
    /// Decides whether a value of the rule stands at the anchor.
    ///
    /// # Errors
    ///
    /// The first test that failed.
    pub fn confirm(&self, space: &mut Space) -> Result<Verdict, Refusal> {
        if let Some(wanted) = self.text.assigned {
            return self.confirm_assigned(wanted);
        }
        match &self.text.pattern {
            Some(pattern) if self.exceeds(pattern) => Err(Refusal::NoMatch),
            Some(pattern) => match pattern.offset {
                Some(offset) => self.confirm_from(offset, pattern, space),
                None => {
                    let window = self.window();
                    let value = self.search(pattern, &window, space)?;
                    self.judge(value, &window, self.confidence)
                }
            },
            None => {
                self.begins_word()?;
                // Most anchors bear no fruit, and to find that out is cheaper than to find the line.
                self.measure(&(self.start..self.furthest()))?;
                let window = self.window();
                let value = self.measure(&window)?;
                self.judge(value, &window, self.confidence)
            }
        }
    }

    /// Whether the anchor is a run too long for any match to hold it.
    fn exceeds(&self, pattern: &Pattern) -> bool {
        let len_max = pattern.hir.properties().maximum_len();
        len_max.is_some_and(|len_max| len_max < self.end - self.start)
    }

    /// Reads the assignment whose name holds the anchor, and judges its value.
    fn confirm_assigned(&self, wanted: Wanted) -> Result<Verdict, Refusal> {
        let (window, assignment) = assigned::read(self, wanted)?;
        let confidence = plausible::judge(&assignment).map_err(Refusal::Doubtful)?;
        let Range { start, end } = assignment.value;
        let value = window.start + start..window.start + end;
        self.judge(value, &window, confidence.min(self.confidence))
    }

    /// The text the rule may look at from this anchor.
    pub fn window(&self) -> Range<usize> {
        let (bytes, Range { start, end }) = (self.bytes, self.start..self.end);
        match self.text.reach {
            Reach::Line(reach) => {
                let low = start.saturating_sub(reach as usize);
                let high = end.saturating_add(reach as usize).min(bytes.len());
                let before = memchr::memrchr(b'\n', &bytes[low..start]);
                let after = memchr::memchr(b'\n', &bytes[end..high]);
                before.map_or(low, |at| low + at + 1)..after.map_or(high, |at| end + at)
            }
            Reach::Across { before, after } => {
                let low = start.saturating_sub(before as usize);
                low..end.saturating_add(after as usize).min(bytes.len())
            }
        }
    }

    /// The end of the window if no line ended before.
    fn furthest(&self) -> usize {
        let (Reach::Line(after) | Reach::Across { after, .. }) = self.text.reach;
        self.end
            .saturating_add(after as usize)
            .min(self.bytes.len())
    }

    /// The bytes on which any verdict about this anchor depends.
    pub fn examined(&self, window: &Range<usize>) -> Examined {
        let start = window.start.saturating_sub(self.text.block_bytes());
        Examined {
            start: start.saturating_sub(1) as u64,
            end: (window.end + 1).min(self.bytes.len()) as u64,
            at_blob_start: start == 0,
            at_blob_end: window.end == self.bytes.len(),
        }
    }

    /// Tries each of the few places where a match can begin, the farthest from the anchor first.
    fn confirm_from(
        &self,
        offset: usize,
        pattern: &Pattern,
        space: &mut Space,
    ) -> Result<Verdict, Refusal> {
        let nearest = (self.start + pattern.slack).checked_sub(offset);
        let nearest = nearest.ok_or(Refusal::NoMatch)?;
        let mut refusal = Refusal::NoMatch;
        for start in self.start.saturating_sub(offset)..=nearest {
            match self.confirm_at(start, pattern, space) {
                Ok(verdict) => return Ok(verdict),
                // Of several refusals, one that knew the value says most.
                Err(other) if refusal.is_of_form() => refusal = other,
                Err(_) => {}
            }
        }
        Err(refusal)
    }

    fn confirm_at(
        &self,
        start: usize,
        pattern: &Pattern,
        space: &mut Space,
    ) -> Result<Verdict, Refusal> {
        form::fits(&pattern.form, self.bytes, start, &mut space.runs)?;
        let window = self.window();
        let value = self.search_at(start, pattern, &window, space)?;
        self.judge(value, &window, self.confidence)
    }

    /// Runs the pattern where its match must begin.
    fn search_at(
        &self,
        start: usize,
        pattern: &Pattern,
        window: &Range<usize>,
        space: &mut Space,
    ) -> Result<Range<usize>, Refusal> {
        if start < window.start {
            return Err(Refusal::NoMatch);
        }
        // PERF: the engine's memory is cleared before each run and grows with the span, so a span no
        // longer than any match is up to three times as fast on dense anchors.
        let len = pattern.hir.properties().maximum_len();
        let end = len.map_or(window.end, |len| window.end.min(start + len));
        let found = self.run(start..end, window, Anchored::Yes, space);
        let (whole, value) = found.ok_or(Refusal::NoMatch)?;
        let holds = whole.start <= self.start && self.end <= whole.end;
        if holds {
            Ok(value)
        } else {
            Err(Refusal::NoMatch)
        }
    }

    /// Runs the pattern over the window, once for all anchors that share it.
    fn search(
        &self,
        pattern: &Pattern,
        window: &Range<usize>,
        space: &mut Space,
    ) -> Result<Range<usize>, Refusal> {
        debug_assert!(
            pattern.offset.is_none(),
            "a fixed offset is searched at one place"
        );
        if space.memo.window != *window {
            let mut matches = Vec::new();
            let mut at = window.start;
            while at < window.end {
                let Some(found) = self.run(at..window.end, window, Anchored::No, space) else {
                    break;
                };
                at = found.0.end.max(at + 1);
                matches.push(found);
            }
            space.memo = Memo {
                window: window.clone(),
                matches,
            };
        }
        // Matches ascend and do not overlap, so only one can hold the anchor.
        let matches = &space.memo.matches;
        let at = matches.partition_point(|(whole, _)| whole.end < self.end);
        let found = matches
            .get(at)
            .filter(|(whole, _)| whole.start <= self.start);
        found
            .map(|(_, value)| value.clone())
            .ok_or(Refusal::NoMatch)
    }

    /// One run of the regular expression: the whole match and the value in it.
    fn run(
        &self,
        span: Range<usize>,
        window: &Range<usize>,
        anchored: Anchored,
        space: &mut Space,
    ) -> Option<(Range<usize>, Range<usize>)> {
        // One byte either side of the window is visible to \b, ^ and $, no more.
        let low = window.start.saturating_sub(1);
        let haystack = &self.bytes[low..(window.end + 1).min(self.bytes.len())];
        let input = Input::new(haystack)
            .span(span.start - low..span.end - low)
            .anchored(anchored);
        let mut slots = [None; 4];
        self.program
            .regex(self.text)
            .search_slots(space, &input, &mut slots)?;
        let range = |i: usize| Some(low + slots[i]?.get()..low + slots[i + 1]?.get());
        let whole = range(0)?;
        let value = range(2).unwrap_or_else(|| whole.clone());
        Some((whole, value))
    }

    /// A measured token that begins inside another was measured with it.
    fn begins_word(&self) -> Result<(), Refusal> {
        let at = |at: usize| self.bytes.get(at).copied();
        let word_first = at(self.start).is_some_and(|byte| WORD.contains(byte));
        let before = self.start.checked_sub(1).and_then(at);
        match before {
            Some(byte) if word_first && (WORD.contains(byte) || byte == b'-') => {
                Err(Refusal::InsideWord)
            }
            _ => Ok(()),
        }
    }

    /// Lets the validator say where the value ends.
    fn measure(&self, window: &Range<usize>) -> Result<Range<usize>, Refusal> {
        let measure = self.text.validator.and_then(|validator| validator.measure);
        let len = measure.and_then(|measure| measure(&self.bytes[self.start..window.end]));
        let len = len.filter(|&len| self.start + len >= self.end && self.start + len <= window.end);
        len.map(|len| self.start..self.start + len)
            .ok_or(Refusal::NoMatch)
    }

    /// Tests the value itself and what stands near it.
    fn judge(
        &self,
        value: Range<usize>,
        window: &Range<usize>,
        confidence: Confidence,
    ) -> Result<Verdict, Refusal> {
        let bytes = &self.bytes[value.clone()];
        self.floors(bytes)?;
        if self
            .text
            .ignored
            .iter()
            .any(|ignored| ignored.as_bytes() == bytes)
        {
            return Err(Refusal::Ignored);
        }
        if let Some(context) = &self.text.context
            && let Some(words) = self.program.words(context)
            && !near::stands(self.bytes, &value, window, (context, words))
        {
            return Err(Refusal::NoContext);
        }
        let mut validity = Validity::Unknown;
        if let Some(validator) = self.text.validator {
            validity = (validator.check)(bytes);
            if validity == Validity::Invalid {
                return Err(Refusal::Disproved(validator.name));
            }
        }
        if let Some(pattern) = self.program.allowed(self.text, bytes) {
            return Err(Refusal::Allowed(pattern.to_owned()));
        }
        let examined = self.examined(window);
        Ok(Verdict {
            value,
            examined,
            validity,
            confidence: if validity == Validity::Valid {
                Confidence::High
            } else {
                confidence
            },
        })
    }

    /// Tests how random the value is.
    fn floors(&self, value: &[u8]) -> Result<(), Refusal> {
        let floors = &self.text.floors;
        let count = |class: Class| value.iter().filter(|byte| class(byte)).count() as f64;
        at_least("number of digits", floors.digits as f64, || {
            count(u8::is_ascii_digit)
        })?;
        at_least("number of lower-case letters", floors.lower as f64, || {
            count(u8::is_ascii_lowercase)
        })?;
        at_least("number of upper-case letters", floors.upper as f64, || {
            count(u8::is_ascii_uppercase)
        })?;
        at_least("randomness in bits a character", floors.randomness, || {
            randomness::score(value)
        })?;
        at_least("entropy in bits a byte", floors.entropy, || {
            randomness::shannon(value)
        })
    }
}

/// Measures only what a rule asks for.
fn at_least(what: &'static str, min: f64, measure: impl FnOnce() -> f64) -> Result<(), Refusal> {
    if min > 0.0 {
        let is = measure();
        if is < min {
            return Err(Refusal::Floor { what, is, min });
        }
    }
    Ok(())
}
