//! What could not be made is tried once more, from wherever else it may be.

use std::collections::HashMap;

use crate::blob::{Holder, Part, Skip, SkipReason};
use crate::git::Id;
use crate::source::git::pack::Table;
use crate::source::git::store::doubled::impostor;
use crate::source::git::store::each::plan::Plan;
use crate::source::git::store::each::{ALONE, Ask, Visit};
use crate::source::git::store::{Object, Store};

/// Why an object cannot be made that is not damaged itself.
const BASELESS: SkipReason = SkipReason::Missing("the object it is made from is not there");

impl Store {
    /// Tries other copies of what was lost, and what stands on another pack.
    pub(super) fn retry<V: Visit>(
        &self,
        ask: &Ask<'_>,
        plans: &[Option<Plan<'_>>],
        mut lost: HashMap<Id, SkipReason>,
        (visitor, skips): (&mut V, &mut Vec<Skip>),
    ) {
        for (at, plan) in plans.iter().enumerate() {
            if let Some(plan) = plan {
                self.unmade(at, plan.table, &mut lost);
            } else if let Ok(names) = self.packs[at].pack.names() {
                // Without a table each object is read by itself.
                let reason = SkipReason::Missing("its pack could not be read");
                let ids = (0..names.len() as u32).map(|position| names.name(position));
                let ids = ids.filter_map(|name| Id::new(self.format, name));
                lost.extend(ids.map(|id| (id, reason.clone())));
            }
        }
        let asked_for = |id: &Id| {
            let number = self.number(id.as_bytes());
            number.is_none_or(|number| ask.asks_for(number))
        };
        let mut lost: Vec<_> = lost.into_iter().filter(|(id, _)| asked_for(id)).collect();
        lost.sort_unstable();
        for (id, reason) in lost {
            match self.read(&id) {
                Ok(Some((kind, bytes))) if kind == ask.kind => {
                    let object = Object {
                        number: self.number(id.as_bytes()).unwrap_or(0),
                        id,
                        bytes: &bytes,
                        version: ALONE,
                    };
                    if visitor.object(object).is_break() {
                        return;
                    }
                }
                // Of another kind than its copy said, so nobody may have been given it.
                Ok(Some(_)) if reason == impostor() => skips.push(object_skip(&id, reason)),
                Ok(Some(_)) => {}
                // Of what kind it is cannot be known: it is named once.
                Ok(None) => skips.push(object_skip(&id, reason)),
                Err(SkipReason::Unreadable(_)) => skips.push(object_skip(&id, reason)),
                Err(other) => skips.push(object_skip(&id, other)),
            }
        }
    }

    /// What of a pack could not be made though its packed bytes may be sound: that of unknown kind.
    fn unmade(&self, at: usize, table: &Table, lost: &mut HashMap<Id, SkipReason>) {
        let packed = &self.packs[at];
        let Ok(names) = packed.pack.names() else {
            return;
        };
        let mut reasons: HashMap<u32, &SkipReason> = HashMap::new();
        for (i, reason) in table.damaged() {
            reasons.insert(*i, reason);
        }
        let unknown = (0..table.len()).filter(|&i| table.kind(i).is_none());
        for i in unknown {
            let position = table.position(i);
            if !self.is_first(at, position) {
                continue;
            }
            let reason = reasons.get(&i).map_or(BASELESS, |&reason| reason.clone());
            let id = Id::new(self.format, names.name(position));
            lost.extend(id.map(|id| (id, reason)));
        }
    }
}

/// An object that could not be read; where it stands is found out later.
pub(super) fn object_skip(id: &Id, reason: SkipReason) -> Skip {
    Skip {
        what: Vec::new(),
        holder: Some(Holder {
            repository: 0,
            id: *id,
            part: Part::Content,
        }),
        reason,
    }
}
