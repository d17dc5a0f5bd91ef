//! Entries of trees that are wanted or lead to what is, with their names.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::blob::{Skip, SkipReason, Wanted};
use crate::git::tree::{Entry, Mode};
use crate::source::git::history::NONE;
use crate::source::git::history::locate::Ground;
use crate::source::git::history::lookup::{Lookup, Step, each_entry};
use crate::source::git::history::targets::{Asked, Targets};

/// Most entries that are kept, 768 MiB of them.
const EDGES_MAX: u64 = 1 << 26;

/// An entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    /// The number of the object; [`NONE`] where it is not here.
    pub(super) target: u32,
    /// The number of its name.
    pub(super) name: u32,
    /// What kind of entry.
    pub(super) mode: Mode,
    /// Whether its name is wanted.
    pub(super) is_named: bool,
}

/// Entries and their names.
#[derive(Default)]
pub(super) struct Edges {
    /// By number of the tree: where its entries begin, and how many they are.
    spans: Vec<(u32, u32)>,
    edges: Vec<Edge>,
    /// Each once.
    pub(super) names: Vec<Box<[u8]>>,
    /// What could not be kept.
    pub(super) skip: Option<Skip>,
}

#[derive(Default)]
struct Shard {
    asked: Asked,
    trees: Vec<(u32, u32)>,
    edges: Vec<Edge>,
    names: HashMap<Box<[u8]>, u32>,
    is_full: bool,
}

impl Edges {
    /// Reads the trees that are marked: what of them is wanted, and what is marked itself.
    pub(super) fn read(
        ground: &Ground<'_>,
        is_marked: &[bool],
        targets: &Targets,
        wanted: &Wanted<'_>,
    ) -> Self {
        let n_edges = AtomicU64::new(0);
        let take = |shard: &mut Shard, lookup: &mut Lookup<'_>, step: Step<'_>| match step {
            Step::Tree(tree) => shard.begin(tree, &n_edges),
            Step::Entry(entry) => {
                let number = match entry.mode {
                    Mode::Submodule => NONE,
                    _ => lookup.number(entry.id),
                };
                let is_on_the_way = targets.has(number)
                    || entry.mode == Mode::Tree && is_marked.get(number as usize) == Some(&true);
                let is_named = shard.asked.is_wanted(entry.name, wanted);
                // A name counts, too, where what it names is not here.
                if is_on_the_way || is_named {
                    shard.take(&entry, number, is_named);
                }
            }
        };
        let is_asked = |tree: u32| is_marked[tree as usize];
        let (shards, _) = each_entry(ground.store, ground.jobs, is_asked, Shard::default, take);
        let mut edges = Self {
            spans: vec![(0, 0); ground.store.len() as usize],
            ..Self::default()
        };
        let mut names = HashMap::new();
        for shard in shards {
            edges.add(shard, &mut names);
        }
        edges
    }

    fn add(&mut self, shard: Shard, names: &mut HashMap<Box<[u8]>, u32>) {
        let mut renamed = vec![NONE; shard.names.len()];
        for (name, number) in shard.names {
            let next = names.len() as u32;
            let new = *names.entry(name.clone()).or_insert(next);
            if new == next {
                self.names.push(name);
            }
            renamed[number as usize] = new;
        }
        let base = self.edges.len() as u32;
        let ends = shard.trees.iter().skip(1).map(|tree| tree.1);
        let ends = ends.chain([shard.edges.len() as u32]);
        for (&(tree, start), end) in shard.trees.iter().zip(ends) {
            self.spans[tree as usize] = (base + start, end - start);
        }
        self.edges.extend(shard.edges.into_iter().map(|edge| Edge {
            name: renamed[edge.name as usize],
            ..edge
        }));
        if shard.is_full {
            self.skip = Some(Skip {
                what: b"(trees)".to_vec(),
                holder: None,
                reason: SkipReason::Limit {
                    name: "tree-entries-max",
                    value: EDGES_MAX,
                },
            });
        }
    }

    /// The entries of a tree.
    pub(super) fn of(&self, tree: u32) -> &[Edge] {
        let &(start, len) = self.spans.get(tree as usize).unwrap_or(&(0, 0));
        &self.edges[start as usize..start as usize + len as usize]
    }
}

impl Shard {
    fn begin(&mut self, tree: u32, n_edges: &AtomicU64) {
        let last = self.trees.last().map_or(0, |tree| tree.1 as usize);
        let n_new = (self.edges.len() - last) as u64;
        self.is_full |= n_edges.fetch_add(n_new, Ordering::Relaxed) + n_new > EDGES_MAX;
        self.trees.push((tree, self.edges.len() as u32));
    }

    fn take(&mut self, entry: &Entry<'_>, target: u32, is_named: bool) {
        if self.is_full {
            return;
        }
        let next = self.names.len() as u32;
        let name = match self.names.get(entry.name) {
            Some(&name) => name,
            None => *self.names.entry(entry.name.into()).or_insert(next),
        };
        self.edges.push(Edge {
            target,
            name,
            mode: entry.mode,
            is_named,
        });
    }
}
