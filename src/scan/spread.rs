//! One value at all its places in a repository: for each path the version that came first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::blob::{Commit, Holder, Part};
use crate::config::ScanConfig;
use crate::finding::{Finding, Origin, Placed, Spot};
use crate::git::Id;
use crate::level::Confidence;
use crate::place::place;
use crate::rule::Ruleset;
use crate::scan::merge::Merger;

/// Collects the places of one value.
pub(super) struct Spread<'a> {
    texts: Vec<Finding>,
    at: HashMap<Vec<u8>, Vec<Best<'a>>>,
}

/// A place of the value in one version.
#[derive(Clone, Copy)]
pub(super) struct Offer<'a> {
    pub(super) part: Part,
    pub(super) spot: Option<Spot>,
    pub(super) confidence: Confidence,
    /// What is shown, among the texts of the value.
    pub(super) text: u32,
    pub(super) holder: Holder,
    /// Tells the objects that hold the value from each other; in ascending order.
    pub(super) number: u32,
    pub(super) commit: Option<&'a Arc<Commit>>,
    pub(super) reachable: bool,
}

/// The first of all versions at one path, and what is said of all of them.
struct Best<'a> {
    first: Offer<'a>,
    confidence: Confidence,
    last: Option<&'a Arc<Commit>>,
    blobs: Vec<u32>,
}

impl<'a> Offer<'a> {
    fn rank(&self) -> (bool, u32) {
        let order = self.commit.map_or(u32::MAX, |commit| commit.order);
        (!self.reachable, order)
    }

    fn is_before(&self, other: &Self) -> bool {
        let key = |offer: &Self| (offer.rank(), offer.spot, offer.holder);
        key(self) < key(other)
    }

    /// The object, where that is a blob.
    fn blob(&self) -> Option<u32> {
        let is_blob = matches!(
            self.holder.part,
            Part::Content | Part::SymlinkTarget | Part::Note
        );
        is_blob.then_some(self.number)
    }
}

impl Best<'_> {
    fn origin(&self) -> Origin {
        Origin {
            commit: self.first.commit.cloned(),
            last: self.last.map(|commit| commit.id),
            object: self.first.holder.id,
            n_objects: self.blobs.len() as u64,
            reachable: self.first.reachable,
        }
    }
}

impl<'a> Spread<'a> {
    /// Begins with what may be shown of the value.
    pub(super) fn new(texts: Vec<Finding>) -> Self {
        let at = HashMap::new();
        Self { texts, at }
    }

    /// The texts, to add to.
    pub(super) fn texts(&mut self) -> &mut Vec<Finding> {
        &mut self.texts
    }

    /// Adds a place. The order makes no difference but for that of the numbers.
    pub(super) fn add(&mut self, path: &[u8], offer: Offer<'a>) {
        if !self.at.contains_key(path) {
            self.at.insert(path.to_vec(), Vec::new());
        }
        let Some(bests) = self.at.get_mut(path) else {
            return;
        };
        let Some(best) = bests.iter_mut().find(|best| best.first.part == offer.part) else {
            return bests.push(Best {
                first: offer,
                confidence: offer.confidence,
                last: offer.commit,
                blobs: offer.blob().into_iter().collect(),
            });
        };
        if offer.is_before(&best.first) {
            best.first = offer;
        }
        best.confidence = best.confidence.max(offer.confidence);
        best.last = later(best.last, offer.commit);
        if best.blobs.last() < offer.blob().as_ref() {
            best.blobs.extend(offer.blob());
        }
    }

    /// Judges every place by the policy and makes one entry of all, or one for each that silences some
    /// of them.
    pub(super) fn finish(self, ruleset: &Ruleset, config: &ScanConfig) -> Vec<Placed> {
        let mut merger = Merger::default();
        for (path, best) in self.bests() {
            let finding = Finding {
                spot: best.first.spot,
                confidence: best.confidence,
                part: best.first.part,
                ..self.texts[best.first.text as usize].clone()
            };
            if let Some(placed) = place(finding, path, ruleset, config) {
                let git = Some(best.origin());
                merger.add(Placed { git, ..placed });
            }
        }
        let mut entries = merger.finish();
        for entry in &mut entries {
            let (n_objects, last) = self.sum(entry);
            if let Some(origin) = &mut entry.git {
                origin.n_objects = n_objects;
                origin.last = last;
            }
        }
        entries
    }

    /// How many blobs hold the value at the places of an entry, and the last commit that brought one.
    fn sum(&self, entry: &Placed) -> (u64, Option<Id>) {
        let first = (&entry.path, entry.finding.part);
        let further = entry.places.iter().map(|place| (&place.path, place.part));
        let (mut blobs, mut last) = (Vec::new(), None);
        for (path, part) in further.chain([first]) {
            let bests = self.at.get(path).into_iter().flatten();
            for best in bests.filter(|best| best.first.part == part) {
                blobs.extend_from_slice(&best.blobs);
                last = later(last, best.last);
            }
        }
        blobs.sort_unstable();
        blobs.dedup();
        (blobs.len() as u64, last.map(|commit| commit.id))
    }

    fn bests(&self) -> impl Iterator<Item = (&[u8], &Best<'a>)> {
        let at = self.at.iter();
        at.flat_map(|(path, bests)| bests.iter().map(|best| (path.as_slice(), best)))
    }
}

fn later<'a>(a: Option<&'a Arc<Commit>>, b: Option<&'a Arc<Commit>>) -> Option<&'a Arc<Commit>> {
    [a, b]
        .into_iter()
        .flatten()
        .max_by_key(|commit| commit.order)
}
