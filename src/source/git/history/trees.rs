//! All trees of a store as a graph of numbers, without names.
//!
//! Four bytes for each entry that is a folder are all that is kept, so that the graph of a large
//! repository fits in memory; names are read again where they are needed.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::blob::{Skip, SkipReason};
use crate::git::tree::{Entry, Mode};
use crate::source::git::history::NONE;
use crate::source::git::history::lookup::{Lookup, Step, each_entry};
use crate::source::git::store::Store;

/// Most folders in folders that are kept: 1 GiB of them, more than the largest public repositories
/// have. Deltas can make endless trees of few bytes.
const EDGES_MAX: u64 = 1 << 28;

/// Which trees lie in which.
pub(super) struct Trees {
    spans: Vec<Span>,
    shards: Vec<Vec<u32>>,
    /// For each object, whether it is a tree with an entry that was asked for.
    pub(super) is_hit: Vec<bool>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

/// Where the folders in a tree are kept.
#[derive(Clone, Copy, Default)]
struct Span {
    shard: u32,
    start: u32,
    len: u32,
}

#[derive(Default)]
struct Shard<T> {
    state: T,
    /// Folders of all trees, one tree after another.
    edges: Vec<u32>,
    /// Trees, and where their folders begin.
    trees: Vec<(u32, u32)>,
    hits: Vec<u32>,
    is_full: bool,
}

impl Trees {
    /// Reads all trees. `is_hit` is asked of every entry; [`NONE`] is the number of what is not here,
    /// and of submodules.
    pub(super) fn read<T: Send + Default>(
        store: &Store,
        jobs: usize,
        is_hit: impl Fn(&mut T, &Entry<'_>, u32) -> bool + Sync,
    ) -> Self {
        let n_edges = AtomicU64::new(0);
        let take = |shard: &mut Shard<T>, lookup: &mut Lookup<'_>, step: Step<'_>| match step {
            Step::Tree(number) => shard.begin(number, &n_edges),
            Step::Entry(entry) => shard.take(lookup, &entry, &is_hit),
        };
        let (shards, mut skips) = each_entry(store, jobs, |_| true, Shard::default, take);
        if shards.iter().any(|shard| shard.is_full) {
            skips.push(Skip {
                what: b"(trees)".to_vec(),
                holder: None,
                reason: SkipReason::Limit {
                    name: "tree-edges-max",
                    value: EDGES_MAX,
                },
            });
        }
        let mut trees = Self {
            spans: vec![Span::default(); store.len() as usize],
            shards: Vec::with_capacity(shards.len()),
            is_hit: vec![false; store.len() as usize],
            skips,
        };
        for shard in shards {
            trees.add(shard);
        }
        trees
    }

    fn add<T>(&mut self, shard: Shard<T>) {
        let n_shard = self.shards.len() as u32;
        let ends = shard.trees.iter().skip(1).map(|tree| tree.1);
        let ends = ends.chain([shard.edges.len() as u32]);
        for (&(number, start), end) in shard.trees.iter().zip(ends) {
            self.spans[number as usize] = Span {
                shard: n_shard,
                start,
                len: end - start,
            };
        }
        for number in shard.hits {
            self.is_hit[number as usize] = true;
        }
        self.shards.push(shard.edges);
    }

    /// The folders in a tree; none in what is no tree.
    pub(super) fn below(&self, tree: u32) -> &[u32] {
        let Some(span) = self.spans.get(tree as usize) else {
            return &[];
        };
        let start = span.start as usize;
        let edges = self.shards.get(span.shard as usize);
        edges.map_or(&[], |edges| &edges[start..start + span.len as usize])
    }

    /// Marks these trees and all that lie in them, but not below what is marked already.
    pub(super) fn mark(&self, roots: impl Iterator<Item = u32>, marks: &mut [bool]) {
        let mut stack = Vec::new();
        for root in roots {
            stack.push(root);
            while let Some(tree) = stack.pop() {
                let mark = marks.get_mut(tree as usize);
                if mark.is_some_and(|mark| !std::mem::replace(mark, true)) {
                    stack.extend(self.below(tree));
                }
            }
        }
    }

    /// Which trees have what was asked for in them, at any depth.
    pub(super) fn with_hits(&self) -> Vec<bool> {
        let mut has = self.is_hit.clone();
        let mut is_seen = vec![false; has.len()];
        // Depth first; a tree is told what its folders have when they are left.
        let mut stack: Vec<(u32, usize)> = Vec::new();
        for root in 0..self.spans.len() as u32 {
            if self.below(root).is_empty() || std::mem::replace(&mut is_seen[root as usize], true) {
                continue;
            }
            stack.push((root, 0));
            while let Some((tree, next)) = stack.last_mut() {
                let tree = *tree;
                match self.below(tree).get(*next) {
                    Some(&folder) if has[folder as usize] && is_seen[folder as usize] => {
                        has[tree as usize] = true;
                        *next += 1;
                    }
                    Some(&folder) => {
                        *next += 1;
                        if !std::mem::replace(&mut is_seen[folder as usize], true) {
                            stack.push((folder, 0));
                        }
                    }
                    None => {
                        stack.pop();
                        if let (true, Some(above)) = (has[tree as usize], stack.last()) {
                            has[above.0 as usize] = true;
                        }
                    }
                }
            }
        }
        has
    }
}

impl<T> Shard<T> {
    fn begin(&mut self, number: u32, n_edges: &AtomicU64) {
        let last = self.trees.last().map_or(0, |tree| tree.1 as usize);
        let n_new = (self.edges.len() - last) as u64;
        self.is_full |= n_edges.fetch_add(n_new, Ordering::Relaxed) + n_new > EDGES_MAX;
        self.trees.push((number, self.edges.len() as u32));
    }

    #[inline]
    fn take(
        &mut self,
        lookup: &mut Lookup<'_>,
        entry: &Entry<'_>,
        is_hit: &impl Fn(&mut T, &Entry<'_>, u32) -> bool,
    ) {
        let number = match entry.mode {
            Mode::Submodule => NONE,
            _ => lookup.number(entry.id),
        };
        if entry.mode == Mode::Tree && number != NONE && !self.is_full {
            self.edges.push(number);
        }
        if is_hit(&mut self.state, entry, number) {
            // An entry belongs to the tree that began last.
            let tree = self.trees.last().map_or(NONE, |tree| tree.0);
            if self.hits.last() != Some(&tree) {
                self.hits.push(tree);
            }
        }
    }
}
