//! Walks trees from commits, in order, to every path of what is wanted, each once.
//!
//! A tree that was visited at a path is not visited there again: all that lies in it came with an
//! earlier commit. What it costs is so the number of trees, and that of further paths of a tree, which
//! has a bound: a few trees that each hold the next one several times have more paths than anybody can
//! count. Every tree is visited at one path at least.

use std::collections::{HashMap, HashSet};

use crate::git::tree::Mode;
use crate::source::git::history::NONE;
use crate::source::git::history::edges::{Edge, Edges};
use crate::source::git::history::paths::Paths;

/// Most sites of one object, and of one name.
pub(super) const SITES_MAX: u32 = 1_000;

/// Most steps at further paths of trees.
pub(super) const STEPS_MAX: u64 = 4_000_000;

/// Most sites in all.
const ALL_SITES_MAX: usize = 1_000_000;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// This object, as an entry of this kind, perhaps of a wanted name.
    Object(u32, Mode, bool),
    /// This name.
    Name(u32),
}

/// A place where something wanted was met first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Met {
    pub(super) what: What,
    /// A number in [`Walk::paths`].
    pub(super) path: u32,
    pub(super) at: At,
}

/// Where a walk begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct At {
    /// Place of the commit, or [`NONE`].
    pub(super) commit: u32,
    pub(super) is_reachable: bool,
}

/// A walk through the trees of all commits.
pub(super) struct Walk<'a> {
    edges: &'a Edges,
    /// For each object, whether it is wanted.
    is_wanted: &'a [bool],
    /// Names whose paths are wanted, whatever stands there.
    names: HashSet<u32>,
    pub(super) paths: Paths,
    /// For each object, the path where it was met first.
    first: Vec<u32>,
    /// Trees at further paths.
    more: HashSet<(u32, u32)>,
    /// What was met at paths; [`NONE`] for a name.
    seen: HashSet<(u32, u32)>,
    n_sites: HashMap<(bool, u32), u32>,
    n_steps: u64,
    pub(super) met: Vec<Met>,
    /// Whether there may be more paths.
    pub(super) is_cut: bool,
    /// Whether paths were too deep or too long.
    pub(super) is_deep: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(edges: &'a Edges, is_wanted: &'a [bool], names: HashSet<u32>) -> Self {
        Self {
            edges,
            is_wanted,
            names,
            paths: Paths::new(),
            first: vec![NONE; is_wanted.len()],
            more: HashSet::new(),
            seen: HashSet::new(),
            n_sites: HashMap::new(),
            n_steps: 0,
            met: Vec::new(),
            is_cut: false,
            is_deep: false,
        }
    }

    /// Visits a tree as the top folder, and all below it that was not met yet at its path.
    pub(super) fn visit(&mut self, tree: u32, top: u32, at: At) {
        let edges = self.edges;
        let mut stack = vec![(tree, top)];
        while let Some((tree, path)) = stack.pop() {
            if !self.enter(tree, path) {
                continue;
            }
            if self.is_wanted[tree as usize] {
                self.meet(What::Object(tree, Mode::Tree, false), path, at);
            }
            for edge in edges.of(tree) {
                let Some(below) = self.below(path, edge) else {
                    self.is_deep = true;
                    continue;
                };
                if edge.is_named
                    && self.names.contains(&edge.name)
                    && self.seen.insert((NONE, below))
                {
                    self.meet(What::Name(edge.name), below, at);
                }
                if edge.mode == Mode::Tree {
                    stack.push((edge.target, below));
                } else if edge.target != NONE && self.is_new(edge.target, below) {
                    self.meet(
                        What::Object(edge.target, edge.mode, edge.is_named),
                        below,
                        at,
                    );
                }
            }
        }
    }

    /// Whether an object was met at any path.
    pub(super) fn has_met(&self, number: u32) -> bool {
        self.first[number as usize] != NONE
    }

    /// The number of the path of an entry.
    fn below(&mut self, folder: u32, edge: &Edge) -> Option<u32> {
        // PERF: nearly every entry was met at this very path before.
        let hint = self.first.get(edge.target as usize);
        let hint = hint.copied().unwrap_or(NONE);
        if self.paths.is(hint, folder, edge.name) {
            return Some(hint);
        }
        let name = self.edges.names.get(edge.name as usize)?;
        self.paths.of(folder, edge.name, name.len())
    }

    /// Whether a file was not met at this path.
    fn is_new(&mut self, number: u32, path: u32) -> bool {
        let first = &mut self.first[number as usize];
        if *first == NONE {
            *first = path;
            return true;
        }
        *first != path && self.seen.insert((number, path))
    }

    /// Whether a tree is to be visited at this path.
    fn enter(&mut self, tree: u32, path: u32) -> bool {
        let Some(first) = self.first.get_mut(tree as usize) else {
            return false;
        };
        if *first == NONE {
            *first = path;
            return true;
        }
        if *first == path || self.more.contains(&(tree, path)) {
            return false;
        }
        if self.n_steps > STEPS_MAX {
            self.is_cut = true;
            return false;
        }
        self.n_steps += 1 + self.edges.of(tree).len() as u64;
        self.more.insert((tree, path))
    }

    fn meet(&mut self, what: What, path: u32, at: At) {
        let key = match what {
            What::Object(number, ..) => (true, number),
            What::Name(name) => (false, name),
        };
        let n_sites = self.n_sites.entry(key).or_default();
        if *n_sites >= SITES_MAX || self.met.len() >= ALL_SITES_MAX {
            self.is_cut = true;
            return;
        }
        *n_sites += 1;
        self.met.push(Met { what, path, at });
    }
}
