//! One rule at a time: fills in its samples, scans them and compares.

use std::collections::HashMap;
use std::ops::Range;

use fastrand::Rng;

use crate::finding::{Finding, Locals, RuleIndex};
use crate::inspect::named::NamedFiles;
use crate::rule::{Detect, Rule, Ruleset};
use crate::scan::{Scanner, Scratch};
use crate::selftest::sample::{Filled, Maker, fill};
use crate::selftest::{Plant, Sample, Trial};

/// Everything that testing needs, reused from rule to rule.
pub(super) struct Bench<'a> {
    scanner: &'a Scanner,
    ruleset: &'a Ruleset,
    named: NamedFiles,
    shapes: HashMap<&'a str, Maker<'a>>,
    scratch: Scratch,
}

/// A value and the rule that found it.
type Found = (Range<usize>, usize);

/// Where a file is found as a whole.
const WHOLE_FILE: Range<usize> = 0..0;

/// Makers of the values that stand for `{id}` and `{secret}`.
#[derive(Default)]
struct Makers<'a> {
    id: Option<Maker<'a>>,
    secret: Option<Maker<'a>>,
}

/// One generated value for each of them.
struct Values {
    id: Option<Vec<u8>>,
    secret: Option<Vec<u8>>,
}

impl<'a> Bench<'a> {
    pub(super) fn new(scanner: &'a Scanner) -> Self {
        let ruleset = scanner.ruleset();
        let shapes = ruleset.shapes.iter();
        Self {
            scanner,
            ruleset,
            named: NamedFiles::new(ruleset),
            shapes: shapes
                .map(|shape| (&*shape.name, Maker::of_shape(shape)))
                .collect(),
            scratch: scanner.scratch(),
        }
    }

    /// Whether the scanner runs this rule: it reports, or a rule that reports joins it.
    pub(super) fn runs(&self, rule: usize) -> bool {
        let joins = |other: &Rule| match &other.detect {
            Detect::Join(join) => !other.silent() && [join.id, join.secret].contains(&rule),
            _ => false,
        };
        !self.ruleset.rules[rule].silent() || self.ruleset.rules.iter().any(joins)
    }

    /// Tests one rule.
    pub(super) fn test(&mut self, rule: usize, random: &mut Rng, rounds: u32) -> Trial {
        let mut trial = Trial::default();
        let about = &self.ruleset.rules[rule];
        let makers = self.makers(about);
        for _ in 0..rounds {
            let Some(values) = makers.values(random) else {
                let problem = "no value was made that the rule's own floors and check accept";
                trial.note(Sample::Value, Err(problem.to_owned()));
                break;
            };
            for (sample, n) in about.positives.iter().zip(1..) {
                let filled = self.fill(sample, &values, random);
                trial.samples += 1;
                trial.note(Sample::Positive(n), self.positive(rule, &filled));
            }
            for (sample, n) in about.negatives.iter().zip(1..) {
                let filled = self.fill(sample, &values, random);
                trial.samples += 1;
                trial.note(Sample::Negative(n), self.negative(rule, &filled.text));
            }
            for changed in makers.disproved(&values) {
                let filled = self.fill(&about.positives[0], &changed, random);
                trial.changes += 1;
                trial.note(Sample::Changed, self.negative(rule, &filled.text));
            }
        }
        trial
    }

    /// Fills in the positives of one rule, each with values of its own.
    pub(super) fn plants(&self, index: RuleIndex, random: &mut Rng) -> Vec<Plant> {
        let rule = &self.ruleset.rules[index.0 as usize];
        let makers = self.makers(rule);
        let mut plants = Vec::new();
        for sample in &rule.positives {
            let Some(values) = makers.values(random) else {
                continue;
            };
            let filled = self.fill(sample, &values, random);
            let Some(value) = filled.secrets.first().cloned() else {
                continue;
            };
            let disproved = makers.disproved(&values).into_iter();
            let disproved = disproved.map(|values| self.fill(sample, &values, random).text);
            plants.push(Plant {
                rule: index,
                value,
                disproved: disproved.collect(),
                text: filled.text,
            });
        }
        plants
    }

    fn makers(&self, rule: &'a Rule) -> Makers<'a> {
        let of = |rule: &'a Rule| rule.text().map(Maker::of_rule);
        match &rule.detect {
            Detect::Text(_) => Makers {
                id: None,
                secret: of(rule),
            },
            Detect::Join(join) => Makers {
                id: of(&self.ruleset.rules[join.id]),
                secret: of(&self.ruleset.rules[join.secret]),
            },
            Detect::File(_) => Makers::default(),
        }
    }

    fn fill(&self, sample: &str, values: &Values, random: &mut Rng) -> Filled {
        fill(sample, &mut |name| match name {
            "id" => values.id.clone(),
            "secret" => values.secret.clone(),
            shape => self.shapes.get(shape)?.value(random),
        })
    }

    /// Every value must be found by this rule, and nothing else by any.
    fn positive(&mut self, rule: usize, filled: &Filled) -> Result<(), String> {
        let expected = match &self.ruleset.rules[rule].detect {
            Detect::File(_) => vec![WHOLE_FILE],
            Detect::Text(_) | Detect::Join(_) => filled.secrets.clone(),
        };
        let found = self.found(rule, &filled.text);
        for span in &expected {
            if !found.contains(&(span.clone(), rule)) {
                return Err(self.missing(rule, span, &found));
            }
        }
        let extra = found
            .iter()
            .find(|(span, by)| *by != rule || !expected.contains(span));
        match extra {
            Some(other) => Err(format!(
                "more than the value is found: {}",
                self.name(other)
            )),
            None => Ok(()),
        }
    }

    /// This rule must find nothing.
    fn negative(&mut self, rule: usize, text: &[u8]) -> Result<(), String> {
        match self.found(rule, text).iter().find(|(_, by)| *by == rule) {
            Some(found) => Err(format!("found, as {}", self.name(found))),
            None => Ok(()),
        }
    }

    /// What is reported of a text or, for a rule that never reports, what it finds.
    fn found(&mut self, rule: usize, text: &[u8]) -> Vec<Found> {
        let about = &self.ruleset.rules[rule];
        if let Detect::File(_) = &about.detect {
            return self.found_file(text);
        }
        let mut locals = Locals::default();
        self.scanner.scan(text, &mut self.scratch, &mut locals);
        if about.silent() {
            let own = locals
                .found
                .iter()
                .filter(|local| local.rule.0 as usize == rule);
            return own
                .map(|local| (local.start as usize..local.end as usize, rule))
                .collect();
        }
        let mut findings = Vec::new();
        self.scanner.describe(text, &locals, &mut findings);
        findings.iter().map(spot).collect()
    }

    /// What is reported of a file whose name is the first line of `text`.
    fn found_file(&self, text: &[u8]) -> Vec<Found> {
        let mut findings = Vec::new();
        let end = memchr::memchr(b'\n', text).unwrap_or(text.len());
        if let Some(mut lines) = self.named.begin(&text[..end]) {
            lines.feed(text.get(end + 1..).unwrap_or_default());
            lines.finish(self.ruleset, &mut findings);
        }
        findings.iter().map(spot).collect()
    }

    /// Says why a value was not found as it should have been.
    fn missing(&self, rule: usize, span: &Range<usize>, found: &[Found]) -> String {
        let near = |(other, _): &&Found| other.start < span.end && span.start < other.end;
        match found.iter().find(near) {
            None => "not found".to_owned(),
            Some((other, by)) if *by == rule => {
                let (is, want) = (bytes(other), bytes(span));
                format!("{is} are found, the value is {want}")
            }
            Some(other) => format!("found as something else: {}", self.name(other)),
        }
    }

    fn name(&self, (span, rule): &Found) -> String {
        format!("{}, {}", self.ruleset.rules[*rule].id, bytes(span))
    }
}

impl Makers<'_> {
    fn values(&self, random: &mut Rng) -> Option<Values> {
        let mut make = |maker: &Option<Maker<'_>>| match maker {
            Some(maker) => maker.value(random).map(Some),
            None => Some(None),
        };
        Some(Values {
            id: make(&self.id)?,
            secret: make(&self.secret)?,
        })
    }

    /// The values with a broken checksum, for rules whose validator can tell.
    fn disproved(&self, values: &Values) -> Vec<Values> {
        let (None, Some(maker), Some(secret)) = (&self.id, &self.secret, &values.secret) else {
            return Vec::new();
        };
        let changed = maker.disproved(secret).into_iter();
        let changed = changed.map(|secret| Values {
            id: None,
            secret: Some(secret),
        });
        changed.collect()
    }
}

fn spot(finding: &Finding) -> Found {
    let span = finding
        .spot
        .map(|spot| spot.byte_start as usize..spot.byte_end as usize);
    (span.unwrap_or(WHOLE_FILE), finding.rule.0 as usize)
}

fn bytes(span: &Range<usize>) -> String {
    if *span == WHOLE_FILE {
        return "the whole file".to_owned();
    }
    format!("bytes {} to {}", span.start, span.end)
}
