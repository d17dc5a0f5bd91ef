//! Values that a rule must find, made from its own pattern and validator.
//!
//! So no rule needs a stored credential, not even a dead one. The pattern gives the form, the
//! validator the checksum, and what the rule itself would refuse is thrown away.

use std::ops::Range;

use fastrand::Rng;
use regex_automata::{Anchored, Input, meta};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::plausible::Wanted;
use crate::randomness;
use crate::rule::model::{Floors, Shape, Text};
use crate::validate::{Validator, Validity};

/// Values made before a rule counts as one that refuses all of its own.
const TRIES_MAX: usize = 1_000;
/// Repetitions beyond the least number where a pattern sets no bound.
const REPEAT_MORE: u32 = 8;

/// Makes values of one rule or shape.
pub(super) struct Maker<'a> {
    /// What the value itself looks like; none where the validator measures it.
    form: Option<Form<'a>>,
    /// What it is where it is read from an assignment.
    assigned: Option<Wanted>,
    floors: Floors,
    validator: Option<&'static Validator>,
    ignored: &'a [String],
    allowed: regex::bytes::RegexSet,
}

struct Form<'a> {
    hir: &'a Hir,
    whole: meta::Regex,
}

impl<'a> Maker<'a> {
    pub(super) fn of_rule(text: &'a Text) -> Self {
        let mut allowed = regex::bytes::RegexSetBuilder::new(&text.allowed);
        let allowed = allowed.unicode(false).multi_line(true).build();
        Self {
            form: text.pattern.as_ref().map(|pattern| Form::new(&pattern.hir)),
            assigned: text.assigned,
            floors: text.floors,
            validator: text.validator,
            ignored: &text.ignored,
            allowed: allowed.expect("allowed patterns were parsed at load"),
        }
    }

    pub(super) fn of_shape(shape: &'a Shape) -> Self {
        Self {
            form: Some(Form::new(&shape.hir)),
            assigned: None,
            floors: shape.floors,
            validator: None,
            ignored: &[],
            allowed: regex::bytes::RegexSet::empty(),
        }
    }

    /// A value that nothing but the text around it can refuse; none if none was found.
    pub(super) fn value(&self, random: &mut Rng) -> Option<Vec<u8>> {
        (0..TRIES_MAX)
            .map(|_| self.attempt(random))
            .find(|value| self.accepts(value))
    }

    fn attempt(&self, random: &mut Rng) -> Vec<u8> {
        let mut value = Vec::new();
        match (&self.form, self.assigned) {
            (Some(form), _) => generate(form.hir, random, &mut value),
            (None, Some(wanted)) => assigned(wanted, random, &mut value),
            (None, None) => value.extend((0..16).map(|_| random.u8(..))),
        }
        if let Some(complete) = self.validator.and_then(|validator| validator.complete) {
            complete(&mut value);
        }
        value
    }

    fn accepts(&self, value: &[u8]) -> bool {
        let text = std::str::from_utf8(value).unwrap_or_default();
        self.form.as_ref().is_none_or(|form| form.fits(value))
            && self.check(value) != Validity::Invalid
            && reaches(&self.floors, value)
            && !self.ignored.iter().any(|ignored| ignored == text)
            && !self.allowed.is_match(value)
    }

    fn check(&self, value: &[u8]) -> Validity {
        let check = self.validator.map(|validator| validator.check);
        check.map_or(Validity::Unknown, |check| check(value))
    }

    /// The value with another last letter or digit, in each way that keeps its form and that the
    /// validator disproves. Measured values have no form to keep.
    pub(super) fn disproved(&self, value: &[u8]) -> Vec<Vec<u8>> {
        let last = value.iter().rposition(u8::is_ascii_alphanumeric);
        let (Some(form), Some(at)) = (&self.form, last) else {
            return Vec::new();
        };
        let others = (b'0'..=b'z').filter(|byte| byte.is_ascii_alphanumeric());
        let changed = others.filter(|&byte| byte != value[at]).map(|byte| {
            let mut changed = value.to_vec();
            changed[at] = byte;
            changed
        });
        changed
            .filter(|value| form.fits(value) && self.check(value) == Validity::Invalid)
            .collect()
    }
}

impl<'a> Form<'a> {
    fn new(pattern: &'a Hir) -> Self {
        let hir = group(pattern).unwrap_or(pattern);
        let config = meta::Config::new().utf8_empty(false);
        let whole = meta::Builder::new().configure(config).build_from_hir(hir);
        Self {
            hir,
            whole: whole.expect("the pattern was parsed at load"),
        }
    }

    fn fits(&self, value: &[u8]) -> bool {
        let input = Input::new(value).anchored(Anchored::Yes);
        let found = self.whole.search(&input);
        found.is_some_and(|found| found.range() == (0..value.len()))
    }
}

/// Adds what a machine, or a person with a password generator, would assign.
fn assigned(wanted: Wanted, random: &mut Rng, value: &mut Vec<u8>) {
    let (len, marks): (_, &[u8]) = match wanted {
        Wanted::Token => (random.usize(24..=48), b""),
        Wanted::Password => (random.usize(14..=20), b"!#*+-.^~"),
    };
    let letters = (b'0'..=b'z').filter(u8::is_ascii_alphanumeric);
    let all: Vec<u8> = letters.chain(marks.iter().copied()).collect();
    value.extend((0..len).map(|_| all[random.usize(..all.len())]));
}

/// Group 1 of a pattern.
fn group(hir: &Hir) -> Option<&Hir> {
    match hir.kind() {
        HirKind::Capture(capture) if capture.index == 1 => Some(&capture.sub),
        HirKind::Capture(capture) => group(&capture.sub),
        HirKind::Repetition(repetition) => group(&repetition.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().find_map(group),
        _ => None,
    }
}

/// Adds a random text that `hir` matches, of printable ASCII characters where it allows any.
fn generate(hir: &Hir, random: &mut Rng, value: &mut Vec<u8>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => value.extend_from_slice(&literal.0),
        HirKind::Class(Class::Bytes(class)) => {
            let ranges = class.ranges().iter();
            let all: Vec<u8> = ranges.flat_map(|r| r.start()..=r.end()).collect();
            let plain: Vec<u8> = all.iter().copied().filter(u8::is_ascii_graphic).collect();
            value.extend(random.choice(if plain.is_empty() { all } else { plain }));
        }
        HirKind::Class(Class::Unicode(_)) => {
            debug_assert!(false, "patterns are parsed with classes of bytes");
        }
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min + REPEAT_MORE);
            for _ in 0..random.u32(repetition.min..=most) {
                generate(&repetition.sub, random, value);
            }
        }
        HirKind::Capture(capture) => generate(&capture.sub, random, value),
        HirKind::Concat(parts) => parts.iter().for_each(|part| generate(part, random, value)),
        HirKind::Alternation(parts) => {
            if let Some(part) = random.choice(parts) {
                generate(part, random, value);
            }
        }
    }
}

/// Whether a value is as random as the rule asks for; written down a second time on purpose, so
/// that the test does not lean on the code it tests.
fn reaches(floors: &Floors, value: &[u8]) -> bool {
    let count = |class: fn(&u8) -> bool| value.iter().filter(|byte| class(byte)).count();
    count(u8::is_ascii_digit) >= floors.digits
        && count(u8::is_ascii_lowercase) >= floors.lower
        && count(u8::is_ascii_uppercase) >= floors.upper
        && (floors.entropy == 0.0 || randomness::shannon(value) >= floors.entropy)
        && (floors.randomness == 0.0 || randomness::score(value) >= floors.randomness)
}

/// A sample whose braces are filled in.
pub(super) struct Filled {
    pub(super) text: Vec<u8>,
    /// Where the values of `{secret}` stand.
    pub(super) secrets: Vec<Range<usize>>,
}

/// Fills in every `{name}` to which `make` has an answer; all other braces stay.
pub(super) fn fill(sample: &str, make: &mut dyn FnMut(&str) -> Option<Vec<u8>>) -> Filled {
    let mut filled = Filled {
        text: Vec::new(),
        secrets: Vec::new(),
    };
    let mut rest = sample;
    while let Some(open) = rest.find('{') {
        let (before, braced) = rest.split_at(open);
        filled.text.extend_from_slice(before.as_bytes());
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let after = braced[1..].trim_start_matches(is_name);
        let name = &braced[1..braced.len() - after.len()];
        let value = after
            .strip_prefix('}')
            .and_then(|rest| Some((make(name)?, rest)));
        let Some((value, after)) = value else {
            filled.text.push(b'{');
            rest = &braced[1..];
            continue;
        };
        let start = filled.text.len();
        filled.text.extend_from_slice(&value);
        if name == "secret" {
            filled.secrets.push(start..filled.text.len());
        }
        rest = after;
    }
    filled.text.extend_from_slice(rest.as_bytes());
    filled
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;
    use regex_syntax::ParserBuilder;

    use super::{Form, fill, generate};

    #[test]
    fn generated_texts_match_their_patterns() {
        let patterns = [
            r"a[0-9]{3,5}(?:x|yy)?",
            r"\b(id-[^\s:]{4})\b",
            r"[^a-z]{20}",
            r"(?:one|two){2}\d+",
        ];
        for pattern in patterns {
            let mut parser = ParserBuilder::new().utf8(false).unicode(false).build();
            let hir = parser.parse(pattern).expect("test patterns parse");
            let form = Form::new(&hir);
            for seed in 0..100 {
                let mut value = Vec::new();
                generate(form.hir, &mut Rng::with_seed(seed), &mut value);
                assert!(form.fits(&value), "{pattern}");
                assert!(value.iter().all(u8::is_ascii_graphic), "{pattern}");
            }
        }
    }

    #[test]
    fn only_known_names_are_filled_in() {
        let mut make = |name: &str| match name {
            "secret" => Some(b"S".to_vec()),
            "hex32" => Some(b"HH".to_vec()),
            _ => None,
        };
        let filled = fill("${X} {\"{secret}\": {{hex32}}} {secret", &mut make);
        assert_eq!(filled.text, b"${X} {\"S\": {HH}} {secret");
        assert_eq!(filled.secrets, vec![7..8; 1]);
    }
}
