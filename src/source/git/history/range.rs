//! Commits that some hold and others do not, read one by one from the newest on.
//!
//! For a few commits of a large repository: no more is read than lies between, and as far behind as
//! clocks can have been wrong. Where they were wrong by more, commits that ought to be left out are
//! taken in, never the other way.

use std::collections::{BinaryHeap, HashMap};

use crate::blob::{Skip, SkipReason};
use crate::git::{Id, Kind, commit};
use crate::source::git::history::NONE;
use crate::source::git::history::commits::Lost;
use crate::source::git::history::lookup::{damaged, object_name};
use crate::source::git::store::Store;

/// Commits, and what they follow.
#[derive(Default)]
pub(super) struct Range {
    /// Number and tree of each commit that is meant.
    pub(super) commits: Vec<(u32, u32)>,
    /// Trees of commits that are not meant and that one of those names as a parent.
    pub(super) known: Vec<u32>,
    /// What commits name and is not here.
    pub(super) lost: Vec<Lost>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

/// Held by what is meant.
const IN: u8 = 1;
/// Held by what is not.
const OUT: u8 = 2;

/// A commit that was read.
struct Node {
    number: u32,
    tree: u32,
    seconds: i64,
    parents: Vec<u32>,
    lost: Vec<Lost>,
    marks: u8,
    is_done: bool,
}

/// A walk from the newest commits to the oldest.
struct Walk<'a> {
    store: &'a Store,
    nodes: HashMap<u32, Node>,
    queue: BinaryHeap<(i64, u32)>,
    /// How many of the queue do not have both marks, or all that end a walk.
    n_open: usize,
    /// Commits with these marks need no further look.
    closed: u8,
    skips: Vec<Skip>,
}

/// Finds the commits that `include` hold and `exclude` do not, all by number.
pub(super) fn range(store: &Store, include: &[u32], exclude: &[u32]) -> Range {
    let mut walk = Walk::new(store, OUT);
    include.iter().for_each(|&number| walk.add(number, IN));
    exclude.iter().for_each(|&number| walk.add(number, OUT));
    walk.run();
    let mut range = Range::default();
    for node in walk.nodes.values().filter(|node| node.marks & OUT == 0) {
        range.commits.push((node.number, node.tree));
        range.lost.extend(&node.lost);
        let parents = node
            .parents
            .iter()
            .filter_map(|parent| walk.nodes.get(parent));
        let known = parents.filter(|parent| parent.marks & OUT != 0);
        range.known.extend(known.map(|parent| parent.tree));
    }
    range.commits.sort_unstable();
    range.known.retain(|&tree| tree != NONE);
    range.known.sort_unstable();
    range.known.dedup();
    range.skips = walk.skips;
    range
}

/// Finds commits that both hold, such that they hold all others of that sort.
pub(super) fn common(store: &Store, left: &Id, right: &Id) -> Vec<Id> {
    let mut walk = Walk::new(store, IN | OUT);
    for (id, mark) in [(left, IN), (right, OUT)] {
        if let Some(number) = store.number(id.as_bytes()) {
            walk.add(peeled(store, number), mark);
        }
    }
    walk.run();
    let both = |node: &&Node| node.marks == IN | OUT;
    let mut both: Vec<Id> = walk
        .nodes
        .values()
        .filter(both)
        .map(|node| store.id(node.number))
        .collect();
    both.sort_unstable();
    both
}

/// What a tag names in the end; anything else is left as it is.
pub(super) fn peeled(store: &Store, number: u32) -> u32 {
    tags(store, number).pop().unwrap_or(number)
}

/// What a tag names, what that names, and so on.
pub(super) fn tags(store: &Store, mut number: u32) -> Vec<u32> {
    let mut found = Vec::new();
    while let Ok(Some((Kind::Tag, bytes))) = store.read(&store.id(number)) {
        let Ok(tag) = commit::tag(&bytes, store.format()) else {
            break;
        };
        match store.number(tag.target.0.as_bytes()) {
            Some(target) if !found.contains(&target) => number = target,
            _ => break,
        }
        found.push(number);
    }
    found
}

impl<'a> Walk<'a> {
    fn new(store: &'a Store, closed: u8) -> Self {
        Self {
            store,
            nodes: HashMap::new(),
            queue: BinaryHeap::new(),
            n_open: 0,
            closed,
            skips: Vec::new(),
        }
    }

    fn run(&mut self) {
        let mut oldest = i64::MAX;
        while let Some(&(seconds, _)) = self.queue.peek() {
            if self.n_open == 0 && seconds < oldest {
                break;
            }
            let Some((_, number)) = self.queue.pop() else {
                break;
            };
            let Some(node) = self.nodes.get_mut(&number) else {
                continue;
            };
            node.is_done = true;
            let (marks, parents) = (node.marks, node.parents.clone());
            if marks & self.closed != self.closed {
                self.n_open -= 1;
                oldest = oldest.min(seconds);
            }
            for parent in parents {
                self.add(parent, marks);
            }
        }
    }

    /// Marks a commit, and those before it that were walked from already.
    fn add(&mut self, number: u32, marks: u8) {
        let mut stack = vec![number];
        while let Some(number) = stack.pop() {
            if !self.nodes.contains_key(&number) {
                let Some(node) = self.read(number) else {
                    continue;
                };
                self.queue.push((node.seconds, number));
                self.n_open += 1;
                self.nodes.insert(number, node);
            }
            let Some(node) = self.nodes.get_mut(&number) else {
                continue;
            };
            if node.marks & marks == marks {
                continue;
            }
            let was_open = node.marks & self.closed != self.closed;
            node.marks |= marks;
            let is_open = node.marks & self.closed != self.closed;
            if was_open && !is_open && !node.is_done {
                self.n_open -= 1;
            }
            if node.is_done {
                stack.extend(&node.parents);
            }
        }
    }

    fn read(&mut self, number: u32) -> Option<Node> {
        let id = self.store.id(number);
        let mut node = Node {
            number,
            tree: NONE,
            seconds: 0,
            parents: Vec::new(),
            lost: Vec::new(),
            marks: 0,
            is_done: false,
        };
        let bytes = match self.store.read(&id) {
            Ok(Some((Kind::Commit, bytes))) => bytes,
            Ok(Some(_)) => return None,
            Ok(None) => {
                let reason = SkipReason::Missing("the object is not here");
                self.skips.push(unreadable(&id, reason));
                return None;
            }
            Err(reason) => {
                self.skips.push(unreadable(&id, reason));
                return None;
            }
        };
        match commit::commit(&bytes, id.format()) {
            Ok(read) => {
                node.seconds = read.committer.seconds;
                node.tree = node.find(self.store, read.tree, Kind::Tree).unwrap_or(NONE);
                for parent in read.parents {
                    let parent = node.find(self.store, parent, Kind::Commit);
                    node.parents.extend(parent);
                }
            }
            Err(problem) => self.skips.push(damaged(&id, &problem)),
        }
        Some(node)
    }
}

impl Node {
    fn find(&mut self, store: &Store, id: Id, kind: Kind) -> Option<u32> {
        let number = store.number(id.as_bytes());
        if number.is_none() {
            let (kind, by) = (Some(kind), self.number);
            self.lost.push(Lost { id, kind, by });
        }
        number
    }
}

pub(super) fn unreadable(id: &Id, reason: SkipReason) -> Skip {
    Skip {
        what: object_name(id),
        holder: None,
        reason,
    }
}
