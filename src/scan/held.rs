//! Findings in git objects, held until it is known where these stand.
//!
//! A value stays in thousands of versions of a file, so what is held of one more version is a few
//! words: which object, where in it, how sure. What is shown, such as the line around the value, is
//! held once for all versions in a row in which it is the same.

use std::collections::HashMap;

use crate::blob::{Holder, Part};
use crate::finding::{Finding, RuleIndex, Spot};
use crate::level::Confidence;
use crate::secret::Secret;

/// Texts of one value that a new one is compared with, from the last on.
const TEXTS_COMPARED: usize = 8;

/// Everything that is held.
#[derive(Default)]
pub(super) struct Held {
    groups: HashMap<Key, Group>,
}

/// What makes two findings one.
#[derive(PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    rule: RuleIndex,
    secret: Secret,
    silenced: Option<&'static str>,
}

/// One value.
#[derive(Default)]
pub(super) struct Group {
    /// What is shown of it, in the different forms that it was met in.
    pub(super) texts: Vec<Finding>,
    /// Where it was met; once it is done, in order of the objects.
    pub(super) met: Vec<Met>,
}

/// One object that holds the value.
pub(super) struct Met {
    pub(super) holder: Holder,
    /// Path within the object, with a `!` before it; of a holder that is a name, that name.
    pub(super) path: Box<[u8]>,
    /// Which part of what stands at that path.
    pub(super) part: Part,
    pub(super) spot: Option<Spot>,
    pub(super) confidence: Confidence,
    /// What is shown, in [`Group::texts`].
    pub(super) text: u32,
}

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Holds one finding.
    pub(super) fn add(&mut self, holder: Holder, path: &[u8], finding: Finding) {
        let key = Key {
            rule: finding.rule,
            secret: finding.secret.clone(),
            silenced: finding.suppressed.as_ref().map(|by| by.by),
        };
        self.groups
            .entry(key)
            .or_default()
            .add(holder, path, finding);
    }

    /// Takes in everything that another one holds.
    pub(super) fn add_all(&mut self, other: Self) {
        for (key, mut group) in other.groups {
            let own = self.groups.entry(key).or_default();
            let shift = own.texts.len() as u32;
            own.texts.append(&mut group.texts);
            own.met.extend(group.met.into_iter().map(|met| Met {
                text: met.text + shift,
                ..met
            }));
        }
    }

    /// Every object that holds something.
    pub(super) fn holders(&self) -> impl Iterator<Item = Holder> {
        let met = self.groups.values().flat_map(|group| &group.met);
        met.map(|met| met.holder)
    }

    /// Every name that holds a value.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        let met = self.groups.values().flat_map(|group| &group.met);
        met.filter(|met| met.holder.part == Part::FileName)
            .map(|met| &*met.path)
    }

    /// Every value, with what may be shown of it.
    pub(super) fn values(&self) -> impl Iterator<Item = (Secret, String)> {
        let texts = self.groups.values().flat_map(|group| group.texts.first());
        texts.map(|finding| (finding.secret.clone(), finding.masked.clone()))
    }

    /// Everything, in an order of its own: by rule and value, then by object.
    pub(super) fn into_groups(self) -> Vec<Group> {
        let mut groups: Vec<_> = self.groups.into_iter().collect();
        groups.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        let mut groups: Vec<_> = groups.into_iter().map(|(_, group)| group).collect();
        for group in &mut groups {
            let key = |met: &Met| (met.holder, met.part, met.spot);
            group
                .met
                .sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.path.cmp(&b.path)));
        }
        groups
    }
}

impl Group {
    /// Adds where it was met. Of several places in one text the first is enough.
    pub(super) fn add(&mut self, holder: Holder, path: &[u8], finding: Finding) {
        let (part, spot, confidence) = (finding.part, finding.spot, finding.confidence);
        let last = self.met.last_mut();
        let same = last.filter(|last| {
            last.holder == holder && last.part == part && *last.path == *path && last.spot <= spot
        });
        if let Some(last) = same {
            last.confidence = last.confidence.max(confidence);
            return;
        }
        let text = text_of(&mut self.texts, finding);
        self.met.push(Met {
            holder,
            path: path.into(),
            part,
            spot,
            confidence,
            text,
        });
    }
}

/// The number of a finding's text among those of its value, where it is added if it is new.
pub(super) fn text_of(texts: &mut Vec<Finding>, finding: Finding) -> u32 {
    let recent = texts.len().saturating_sub(TEXTS_COMPARED);
    let known = texts[recent..]
        .iter()
        .position(|text| shows_the_same(text, &finding));
    let at = known.map_or(texts.len(), |at| recent + at);
    if at == texts.len() {
        texts.push(finding);
    }
    at as u32
}

/// Whether two findings of one value differ only in what is held for each.
fn shows_the_same(a: &Finding, b: &Finding) -> bool {
    a.excerpt == b.excerpt
        && a.note == b.note
        && a.suppressed == b.suppressed
        && a.decoded == b.decoded
        && a.severity == b.severity
        && a.validity == b.validity
        && a.masked == b.masked
}
