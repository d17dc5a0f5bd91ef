//! What is to be made of each pack, and in which pieces.

use crate::blob::Skip;
use crate::source::git::pack::{NONE, Table};
use crate::source::git::store::each::Ask;
use crate::source::git::store::{Store, skip};

/// Trees of deltas that are taken at once, where they are light.
const LIGHT_TREES: usize = 64;

/// What is to be made of a pack.
pub(super) struct Plan<'a> {
    pub(super) table: &'a Table,
    /// What is handed over.
    pub(super) wanted: Vec<bool>,
    /// That, and what it is made from.
    pub(super) needed: Vec<bool>,
}

/// Work for one thread.
pub(super) enum Unit {
    /// Trees of deltas of a pack, by their roots.
    Trees { pack: usize, roots: Vec<u32> },
    /// Objects that stand alone.
    Loose(std::ops::Range<usize>),
}

impl Store {
    /// What is to be made of each pack.
    pub(super) fn plans(&self, ask: &Ask<'_>, skips: &mut Vec<Skip>) -> Vec<Option<Plan<'_>>> {
        let mut plans = Vec::new();
        self.hold(skips);
        for (at, packed) in self.packs.iter().enumerate() {
            let table = packed.table.get_or_init(|| packed.pack.table());
            let plan = match table {
                Ok(table) => Some(self.plan(ask, at, table)),
                Err(reason) => {
                    skips.push(skip(&packed.pack.path, reason.clone()));
                    None
                }
            };
            plans.push(plan);
        }
        plans
    }

    /// Reads packs into memory, as far as a part of what may be held allows: the others are read where
    /// their objects are.
    fn hold(&self, skips: &mut Vec<Skip>) {
        let mut left = self.object_bytes_max as u64 / 4;
        for packed in &self.packs {
            let Some(rest) = left.checked_sub(packed.pack.file_len()) else {
                continue;
            };
            left = rest;
            if let Err(reason) = packed.pack.hold() {
                skips.push(skip(&packed.pack.path, reason));
            }
        }
    }

    fn plan<'a>(&'a self, ask: &Ask<'_>, at: usize, table: &'a Table) -> Plan<'a> {
        let n = table.len();
        let mut wanted = vec![false; n as usize];
        let mut needed = vec![false; n as usize];
        for i in 0..n {
            let is_asked_for = || {
                let position = table.position(i);
                ask.asks_for(self.packs[at].start + position) && self.is_first(at, position)
            };
            if table.kind(i) == Some(ask.kind) && is_asked_for() {
                wanted[i as usize] = true;
                let mut up = i;
                while up != NONE && !needed[up as usize] {
                    needed[up as usize] = true;
                    up = table.base(up);
                }
            }
        }
        Plan {
            table,
            wanted,
            needed,
        }
    }

    /// Whether no pack before this one has the object too.
    pub(super) fn is_first(&self, at: usize, position: u32) -> bool {
        let Some(names) = at.checked_sub(1).and(self.packs[at].pack.names().ok()) else {
            return true;
        };
        let name = names.name(position);
        let mut before = self.packs[..at]
            .iter()
            .filter_map(|packed| packed.pack.names().ok());
        before.all(|names| names.find(name).is_none())
    }

    pub(super) fn units(&self, ask: &Ask<'_>, plans: &[Option<Plan<'_>>]) -> Vec<Unit> {
        let mut heavy = Vec::new();
        let mut light = Vec::new();
        for (pack, plan) in plans.iter().enumerate() {
            let Some(plan) = plan else { continue };
            let table = plan.table;
            let weights = table.weights();
            let is_root = |&i: &u32| {
                let whole = table.base(i) == NONE && table.kind(i) == Some(ask.kind);
                whole && plan.needed[i as usize]
            };
            let roots: Vec<u32> = (0..table.len()).filter(is_root).collect();
            let total: u64 = roots.iter().map(|&i| weights[i as usize]).sum();
            let is_heavy = |i: &&u32| weights[**i as usize] > total / 256;
            let (of_weight, others): (Vec<&u32>, Vec<&u32>) = roots.iter().partition(is_heavy);
            heavy.extend(
                of_weight
                    .into_iter()
                    .map(|&i| (weights[i as usize], pack, i)),
            );
            light.extend(others.chunks(LIGHT_TREES).map(|roots| Unit::Trees {
                pack,
                roots: roots.iter().map(|&&i| i).collect(),
            }));
        }
        heavy.sort_unstable_by(|a, b| b.cmp(a));
        let heavy = heavy.into_iter().map(|(_, pack, root)| Unit::Trees {
            pack,
            roots: vec![root],
        });
        let n_loose = self.loose().ids.len();
        let loose = (0..n_loose).step_by(LIGHT_TREES);
        let loose = loose.map(|at| Unit::Loose(at..n_loose.min(at + LIGHT_TREES)));
        heavy.chain(light).chain(loose).collect()
    }
}
