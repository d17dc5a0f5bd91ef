//! Judges leakgate by the corpus: what share of made credentials it finds in realistic lines, and how
//! often it reports what is none.
//!
//! ```console
//! $ cargo test --release --test corpus -- --nocapture
//! ```
//!
//! prints the table. `LEAKGATE_CORPUS_MISSES=1` lists what was missed and what was reported wrongly,
//! `LEAKGATE_ROUNDS=10` makes ten times as many values.

mod azure;
mod checksum;
mod format;
mod key;
mod line;
mod make;
mod near;
mod score;

use std::collections::BTreeMap;
use std::env;
use std::path::PathBuf;

use fastrand::Rng;
use leakgate::config::{Limits, ScanConfig};
use leakgate::finding::{Locals, Placed};
use leakgate::place::place;
use leakgate::rule::{Detect, builtin};
use leakgate::scan::Scanner;
use leakgate::scan::scanner::Scratch;

use format::{Format, Rules, Stands, read};
use line::{Lines, Sample};
use make::Maker;
use score::{Floors, Score, Scores};

/// Values of each rule, of each kind, and of each format of an issuer that no rule knows.
const PER_RULE: usize = 20;
/// A finding this many times as long as the value is one of the line, not of the value.
const LONGER_MAX: usize = 2;
/// The family of values without a known form whose name does not stand on their line.
const APART: &str = "name-elsewhere";
const PER_KIND: usize = 60;
const PER_UNKNOWN: usize = 10;
/// A value counts as found where a finding covers this share of it.
const COVERED_MIN: f64 = 0.9;

/// The folder of the corpus.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Scans texts as the command does, without reading files.
struct Gate {
    scanner: Scanner,
    scratch: Scratch,
    config: ScanConfig,
    locals: Locals,
}

impl Gate {
    fn new() -> Self {
        let ruleset = builtin(&[]).expect("the built-in rules load");
        let scanner = Scanner::new(ruleset, Limits::default());
        let scratch = scanner.scratch();
        Self {
            scanner,
            scratch,
            config: ScanConfig::default(),
            locals: Locals::default(),
        }
    }

    /// What is reported of a text in a file of that name.
    fn reported(&mut self, path: &str, text: &str) -> Vec<Placed> {
        self.scanner
            .scan(text.as_bytes(), &mut self.scratch, &mut self.locals);
        let mut findings = Vec::new();
        self.scanner
            .describe(text.as_bytes(), &self.locals, &mut findings);
        let ruleset = self.scanner.ruleset();
        let placed = findings
            .into_iter()
            .filter_map(|finding| place(finding, path.as_bytes(), ruleset, &self.config));
        placed.filter(|placed| placed.active).collect()
    }

    fn id(&self, placed: &Placed) -> &str {
        &self.scanner.ruleset().rules[placed.finding.rule.0 as usize].id
    }

    /// Counts what is found in one sample.
    fn score(&mut self, sample: &Sample) -> (Score, Vec<String>) {
        let reported = self.reported(&sample.path, &sample.text);
        let (right, wrong): (Vec<_>, Vec<_>) =
            reported.iter().partition(|placed| covers(placed, sample));
        let score = Score {
            n: 1,
            n_found: usize::from(!right.is_empty()),
            n_false: wrong.len(),
        };
        let wrong = wrong.iter().map(|placed| self.id(placed).to_owned());
        (score, wrong.collect())
    }
}

/// Whether a finding stands where the value does.
fn covers(placed: &Placed, sample: &Sample) -> bool {
    let Some(spot) = placed.finding.spot else {
        return false;
    };
    let start = sample.secret.start.max(spot.byte_start as usize);
    let end = sample.secret.end.min(spot.byte_end as usize);
    let len = (spot.byte_end - spot.byte_start) as usize;
    end.saturating_sub(start) as f64 >= COVERED_MIN * sample.secret.len() as f64
        && len <= LONGER_MAX * sample.secret.len()
}

/// The formats of which values are made, each with its family and where they stand.
struct Plan<'a> {
    format: &'a Format,
    /// The rule or the kind that the values are of.
    of: &'a str,
    family: &'a str,
    stands: Stands,
    n: usize,
}

/// What is made of all formats: values for each rule, then of each kind and unknown issuer.
fn plans<'a>(formats: &'a [Format], rules: &'a Rules, scanner: &'a Scanner) -> Vec<Plan<'a>> {
    let by_id: BTreeMap<_, _> = formats
        .iter()
        .map(|format| (format.id.as_str(), format))
        .collect();
    let mut plans = Vec::new();
    let mut taken = Vec::new();
    for rule in &scanner.ruleset().rules {
        let ids = match rules.formats.get(&rule.id) {
            Some(ids) => ids.iter().map(String::as_str).collect(),
            None if by_id.get(&*rule.id).is_some_and(|format| format.is_known()) => vec![&*rule.id],
            None => continue,
        };
        for id in &ids {
            let format = by_id.get(id);
            let format = *format.unwrap_or_else(|| panic!("{}: no format {id}", rule.id));
            taken.push(format.id.as_str());
            if rule.silent() {
                continue;
            }
            plans.push(Plan {
                format,
                of: &rule.id,
                family: &rule.category,
                stands: format.stands(),
                n: PER_RULE.div_ceil(ids.len()),
            });
        }
    }
    for format in formats {
        if taken.contains(&&*format.id) || format.is_public_part() {
            continue;
        }
        let stands = match format.stands() {
            // Nothing but its name can tell what it is where no rule knows its form.
            Stands::Anywhere => Stands::UnderItsName,
            stands => stands,
        };
        plans.push(Plan {
            format,
            of: &format.id,
            family: format.family(),
            stands,
            n: if format.is_kind() {
                PER_KIND
            } else {
                PER_UNKNOWN
            },
        });
    }
    plans
}

/// Scans made values; gives back what was missed too.
fn judge_values(gate: &mut Gate, rounds: usize, scores: &mut Scores) -> Vec<String> {
    let (formats, words) = format::formats();
    let (rules, lines): (Rules, _) = (read("rules.toml"), Lines::read());
    let ids = Gate::new();
    let mut misses = Vec::new();
    for plan in plans(&formats, &rules, &ids.scanner) {
        // A seed of its own: more formats change nothing of the others' values.
        let seed = u64::from(crc32fast::hash(
            format!("{} {}", plan.of, plan.format.id).as_bytes(),
        ));
        let mut maker = Maker {
            words: &words,
            random: Rng::with_seed(seed),
        };
        let pair = plan.format.pair.as_ref();
        let pair = pair.map(|id| formats.iter().find(|format| format.id == *id));
        let pair = pair.map(|format| format.expect("the public part has a format"));
        for _ in 0..plan.n * rounds {
            let value = maker.value(plan.format);
            let id = pair.map(|format| maker.value(format));
            let random = (&words[..], &mut maker.random);
            let sample = lines.place(plan.format, plan.stands, (&value, id.as_ref()), random);
            let (score, wrong) = gate.score(&sample);
            // What no form tells is told by a name; not where that stands on another line.
            let formless = plan.stands != Stands::Anywhere && sample.apart;
            let family = if formless { APART } else { plan.family };
            scores
                .families
                .entry(family.to_owned())
                .or_default()
                .add(score);
            let missed = (score.n_found == 0).then(|| "missed".to_owned());
            for what in missed
                .into_iter()
                .chain(wrong.iter().map(|id| format!("false {id}")))
            {
                let (of, template) = (plan.of, &sample.template);
                misses.push(format!(
                    "{} | {of} | {what} | {} | {template:?}",
                    family, sample.path
                ));
            }
        }
    }
    misses
}

/// Scans near misses; gives back those of which something was reported.
fn judge_near(gate: &mut Gate, scores: &mut Scores) -> Vec<String> {
    let mut wrong = Vec::new();
    for near in near::all() {
        let text = near.text();
        let reported = gate.reported(&near.path, &text);
        let counts = scores.near.entry(near.class.clone()).or_default();
        counts.0 += 1;
        counts.1 += usize::from(!reported.is_empty());
        for placed in &reported {
            let (class, rule) = (&near.class, gate.id(placed));
            wrong.push(format!(
                "near | {class} | {rule} | {} | {text:?}",
                near.path
            ));
        }
    }
    wrong
}

#[test]
fn every_rule_has_values_or_a_reason() {
    let (formats, _) = format::formats();
    let rules: Rules = read("rules.toml");
    let gate = Gate::new();
    let plans = plans(&formats, &rules, &gate.scanner);
    let made: Vec<_> = plans.iter().map(|plan| plan.of).collect();
    for rule in &gate.scanner.ruleset().rules {
        let of_text = rule.text().is_some() || matches!(rule.detect, Detect::Join(_));
        let id = rule.id.as_str();
        let excused = rules.without.get(id).is_some_and(|why| !why.is_empty());
        let has = made.contains(&id) || rule.silent() || !of_text;
        assert!(has != excused, "{id}: corpus/rules.toml");
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the table is what is asked for")]
fn recall_and_precision_stay_above_their_floors() {
    let asked = env::var("LEAKGATE_ROUNDS").ok();
    let rounds = asked.as_ref().map_or(1, |n| n.parse().expect("a number"));
    let (mut gate, mut scores) = (Gate::new(), Scores::default());
    let mut misses = judge_values(&mut gate, rounds, &mut scores);
    misses.extend(judge_near(&mut gate, &mut scores));
    if env::var_os("LEAKGATE_CORPUS_MISSES").is_some() {
        println!("{}\n", misses.join("\n"));
    }
    println!("{}", scores.tables());
    let complaints = read::<Floors>("floors.toml").complaints(&scores, asked.is_none());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
