//! Counts of what was found, their table, and the floors under them.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;

/// Families below this recall are named.
const RECALL_GOOD: f64 = 0.90;
/// A floor so far below what is reached is to be raised.
const FLOOR_SLACK: f64 = 0.02;

/// What was found of one family.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Score {
    pub(crate) n: usize,
    pub(crate) n_found: usize,
    /// Findings that are none of the values.
    pub(crate) n_false: usize,
}

impl Score {
    pub(crate) fn add(&mut self, other: Self) {
        self.n += other.n;
        self.n_found += other.n_found;
        self.n_false += other.n_false;
    }

    pub(crate) fn recall(self) -> f64 {
        share(self.n_found, self.n)
    }

    fn precision(self) -> f64 {
        match self.n_found + self.n_false {
            0 => 1.0,
            n => share(self.n_found, n),
        }
    }

    fn f1(self) -> f64 {
        let (recall, precision) = (self.recall(), self.precision());
        2.0 * recall * precision / (recall + precision).max(f64::MIN_POSITIVE)
    }

    fn row(self, name: &str) -> String {
        format!(
            "| {name} | {} | {:.3} | {:.3} | {:.3} |\n",
            self.n,
            self.recall(),
            self.precision(),
            self.f1()
        )
    }
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all.max(1) as f64
}

/// Everything that was counted.
#[derive(Default)]
pub(crate) struct Scores {
    pub(crate) families: BTreeMap<String, Score>,
    /// Near misses by class: how many, and of how many something was reported.
    pub(crate) near: BTreeMap<String, (usize, usize)>,
}

impl Scores {
    fn all(&self) -> Score {
        let mut all = Score::default();
        self.families.values().for_each(|&score| all.add(score));
        all
    }

    fn all_near(&self) -> (usize, usize) {
        let counts = self.near.values();
        counts.fold((0, 0), |sum, n| (sum.0 + n.0, sum.1 + n.1))
    }

    /// The tables, as they stand in the README.
    pub(crate) fn tables(&self) -> String {
        let mut text =
            String::from("| family | n | recall | precision | F1 |\n|---|---|---|---|---|\n");
        for (name, score) in &self.families {
            text += &score.row(name);
        }
        text += &self.all().row("**all**");
        text += "\n| near misses | n | reported |\n|---|---|---|\n";
        let all = ("**all**".to_owned(), self.all_near());
        let classes = self
            .near
            .iter()
            .map(|(class, &counts)| (class.clone(), counts));
        for (class, (n, n_reported)) in classes.chain([all]) {
            let _ = writeln!(text, "| {class} | {n} | {n_reported} |");
        }
        let weak = |(_, score): &(&String, &Score)| score.recall() < RECALL_GOOD;
        let weak: Vec<_> = self.families.iter().filter(weak).collect();
        if !weak.is_empty() {
            let names: Vec<_> = weak.iter().map(|(name, _)| name.as_str()).collect();
            let _ = writeln!(text, "\nrecall under {RECALL_GOOD}: {}", names.join(", "));
        }
        text
    }
}

/// What may not be fallen below, from `corpus/floors.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Floors {
    family: BTreeMap<String, Floor>,
    /// The greatest share of near misses of which something is reported.
    near_share_max: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    recall: f64,
    precision: f64,
}

impl Floors {
    /// What is wrong with these scores. With `strict` also which floors are to be raised; without it,
    /// the values are others than those that the floors were measured with, and chance has some room.
    pub(crate) fn complaints(&self, scores: &Scores, strict: bool) -> Vec<String> {
        let mut complaints = Vec::new();
        let chance = if strict { 0.0 } else { FLOOR_SLACK };
        let mut compare = |what: String, reached: f64, floor: f64| {
            if reached < floor - chance {
                complaints.push(format!("{what} is {reached:.3}, below its floor {floor}"));
            } else if strict && reached > floor + FLOOR_SLACK {
                complaints.push(format!("{what} is {reached:.3}: raise its floor {floor}"));
            }
        };
        for (name, score) in &scores.families {
            match self.family.get(name) {
                Some(floor) => {
                    compare(format!("recall of {name}"), score.recall(), floor.recall);
                    compare(
                        format!("precision of {name}"),
                        score.precision(),
                        floor.precision,
                    );
                }
                None => compare(
                    format!("{name} has no floor, and its recall"),
                    score.recall(),
                    -1.0,
                ),
            }
        }
        let (n, n_reported) = scores.all_near();
        let quiet = 1.0 - share(n_reported, n);
        let what = "the share of near misses that stay quiet".to_owned();
        compare(what, quiet, 1.0 - self.near_share_max);
        let unknown = |name: &&String| !scores.families.contains_key(*name);
        let unknown = self.family.keys().filter(unknown);
        complaints.extend(unknown.map(|name| format!("there is no family {name}")));
        complaints
    }
}
