//! One secret, many places: findings of the same value under the same rule become one entry.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::finding::{Further, Placed, RuleIndex};
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
                if by_place(&placed, entry) == Ordering::Less {
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
            entry.places.sort_unstable();
            entry.places.dedup();
            let first = further(entry);
            entry.places.retain(|place| *place != first);
        }
        entries.sort_by(|a, b| by_place(a, b).then_with(|| silenced(a).cmp(&silenced(b))));
        entries
    }
}

/// Who silences it.
fn silenced(placed: &Placed) -> Option<&'static str> {
    placed.finding.suppressed.as_ref().map(|by| by.by)
}

fn by_place(a: &Placed, b: &Placed) -> Ordering {
    let key = |placed: &Placed| {
        (
            placed.finding.spot,
            placed.finding.object,
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
        object: placed.finding.object,
    }
}
