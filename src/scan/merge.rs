//! One secret, many places: findings of the same value under the same rule become one entry.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::finding::{Further, Origin, Placed, RuleIndex};
use crate::secret::Secret;

/// What makes two findings one: a place where a mark or a list silences a value says nothing of other
/// places.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    rule: RuleIndex,
    secret: Secret,
    silenced: Option<&'static str>,
    /// Set for whole-file findings, which have no value.
    path: Option<Vec<u8>>,
}

/// Collects findings and merges those of the same value.
#[derive(Default)]
pub(super) struct Merger {
    entries: HashMap<Key, Placed>,
}

impl Merger {
    /// Adds a finding with all its places; which is added first makes no difference. The first place
    /// in order tells where, the surest one how sure.
    pub(super) fn add(&mut self, placed: Placed) {
        let finding = &placed.finding;
        let key = Key {
            rule: finding.rule,
            secret: finding.secret.clone(),
            silenced: silenced(&placed),
            path: finding.secret.is_empty().then(|| placed.path.clone()),
        };
        match self.entries.entry(key) {
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(placed);
            }
            std::collections::hash_map::Entry::Occupied(mut occupied) => {
                let entry = occupied.get_mut();
                if by_rank(&placed, entry) == Ordering::Less {
                    let other = std::mem::replace(entry, placed);
                    absorb(entry, other);
                } else {
                    absorb(entry, placed);
                }
            }
        }
    }

    /// Adds everything another one collected.
    pub(super) fn add_all(&mut self, other: Self) {
        other
            .entries
            .into_values()
            .for_each(|placed| self.add(placed));
    }

    /// All entries in order of path, start and rule.
    pub(super) fn finish(self) -> Vec<Placed> {
        let mut entries: Vec<_> = self.entries.into_values().collect();
        for entry in &mut entries {
            let first = further(entry);
            entry.places.sort_unstable_by(in_order);
            entry.places.dedup_by(|a, b| is_same(a, b));
            entry.places.retain(|place| !is_same(place, &first));
        }
        entries.sort_by(|a, b| {
            // In history one line may hold another value in another version.
            let last = |placed: &Placed| {
                let rank = placed.git.as_ref().map(Origin::rank);
                (rank, placed.finding.secret.clone(), silenced(placed))
            };
            by_place(a, b).then_with(|| last(a).cmp(&last(b)))
        });
        entries
    }
}

/// Who silences it.
fn silenced(placed: &Placed) -> Option<&'static str> {
    placed.finding.suppressed.as_ref().map(|by| by.by)
}

/// Which of two places comes first: in history, where they have one, else by path.
fn by_rank(a: &Placed, b: &Placed) -> Ordering {
    let rank = |placed: &Placed| placed.git.as_ref().map(Origin::rank);
    rank(a).cmp(&rank(b)).then_with(|| by_place(a, b))
}

fn by_place(a: &Placed, b: &Placed) -> Ordering {
    let key = |placed: &Placed| {
        (
            placed.finding.spot,
            placed.finding.part,
            placed.finding.rule,
        )
    };
    a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b)))
}

fn absorb(entry: &mut Placed, mut other: Placed) {
    // A place where the value is less likely to be real takes nothing from the others.
    entry.active |= other.active;
    entry.finding.confidence = entry.finding.confidence.max(other.finding.confidence);
    entry.places.push(further(&other));
    entry.places.append(&mut other.places);
}

fn further(placed: &Placed) -> Further {
    Further {
        path: placed.path.clone(),
        spot: placed.finding.spot,
        part: placed.finding.part,
        git: placed.git.clone(),
    }
}

/// By place; in history one place after the other, whatever the lines are.
fn in_order(a: &Further, b: &Further) -> Ordering {
    let key = |place: &Further| {
        let rank = place.git.as_ref().map(Origin::rank);
        let spot = rank.is_none().then_some(place.spot);
        (spot, place.part, rank, place.spot)
    };
    a.path.cmp(&b.path).then_with(|| key(a).cmp(&key(b)))
}

/// Whether two are one: in history the lines of a place change with its versions.
fn is_same(a: &Further, b: &Further) -> bool {
    let in_history = a.git.is_some() && b.git.is_some();
    a.path == b.path && a.part == b.part && (in_history || a.spot == b.spot)
}
