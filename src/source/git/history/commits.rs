//! All commits and tags of a store: what they name, what keeps them alive, and their order.

use std::collections::HashMap;

use crate::blob::Skip;
use crate::git::{Id, Kind, commit};
use crate::source::git::history::lookup::damaged;
use crate::source::git::history::order::{mark, order};
use crate::source::git::history::{NONE, Roots};
use crate::source::git::store::Object;
use crate::source::git::store::Store;

/// All commits, parents before children, those that something keeps alive first.
#[derive(Default)]
pub(in crate::source::git) struct History {
    /// In order.
    pub(super) nodes: Vec<Node>,
    /// Where each object, by its number, stands among them.
    pub(super) places: Vec<u32>,
    /// Annotated tags by number.
    pub(super) tags: HashMap<u32, Tag>,
    /// Trees and files that references or tags name without a commit.
    pub(super) direct: Vec<u32>,
    /// What commits, tags and references name and is not here.
    pub(super) lost: Vec<Lost>,
}

/// A commit.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Its number in the store.
    pub(super) number: u32,
    /// The number of its tree.
    pub(super) tree: u32,
    /// When it was committed, in seconds since 1970.
    pub(super) seconds: i64,
    /// Those of its parents that are here: places in the order.
    pub(super) parents: Box<[u32]>,
    /// Whether a reference or a reflog keeps it alive.
    pub(super) is_reachable: bool,
    /// Whether only references to notes do, so that its files are notes.
    pub(super) is_note: bool,
}

/// An annotated tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag {
    /// The number of what it names.
    pub(super) target: u32,
    /// Whether a reference keeps it alive.
    pub(super) is_reachable: bool,
}

/// An object that is named and not here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lost {
    /// The object.
    pub(super) id: Id,
    /// What it ought to be, where that is known.
    pub(super) kind: Option<Kind>,
    /// The number of the commit or tag that names it.
    pub(super) by: u32,
}

#[derive(Default)]
struct Shard {
    nodes: Vec<Node>,
    lost: Vec<Lost>,
    skips: Vec<Skip>,
}

impl History {
    /// Reads all commits and tags.
    pub(in crate::source::git) fn read(
        store: &Store,
        roots: &Roots<'_>,
        jobs: usize,
    ) -> (Self, Vec<Skip>) {
        let (shards, unread) = store.each(Kind::Commit, jobs, Shard::default, |shard, object| {
            shard.take(store, &object);
        });
        let mut all = Shard {
            skips: unread,
            ..Shard::default()
        };
        for mut shard in shards {
            all.nodes.append(&mut shard.nodes);
            all.lost.append(&mut shard.lost);
            all.skips.append(&mut shard.skips);
        }
        all.nodes.sort_unstable_by_key(|node| node.number);
        let mut places = vec![NONE; store.len() as usize];
        for (at, node) in all.nodes.iter().enumerate() {
            places[node.number as usize] = at as u32;
        }
        for node in &mut all.nodes {
            let places = node.parents.iter().map(|&parent| places[parent as usize]);
            // What a commit names as a parent and is none has no place.
            node.parents = places.filter(|&place| place != NONE).collect();
        }
        let (tags, mut lost, mut skips) = read_tags(store, jobs);
        all.lost.append(&mut lost);
        all.skips.append(&mut skips);
        all.skips.sort();
        all.skips.dedup();
        let mut history = Self {
            nodes: all.nodes,
            places,
            tags,
            direct: Vec::new(),
            lost: all.lost,
        };
        history.mark(store, roots);
        history.sort(store);
        (history, all.skips)
    }

    /// The place of a commit in the order.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        let place = *self.places.get(number as usize)?;
        (place != NONE).then_some(place)
    }

    /// What a name leads to through tags, the tags marked as alive on the way.
    fn follow(&mut self, mut number: u32) -> u32 {
        // Marks end a loop, which objects that are not what their name says can make.
        while let Some(tag) = self.tags.get_mut(&number) {
            if tag.target == NONE || std::mem::replace(&mut tag.is_reachable, true) {
                return self.end_of(number);
            }
            number = tag.target;
        }
        number
    }

    /// What a name leads to through tags.
    pub(super) fn end_of(&self, mut number: u32) -> u32 {
        for _ in 0..=self.tags.len() {
            match self.tags.get(&number) {
                Some(tag) => number = tag.target,
                None => return number,
            }
        }
        NONE
    }

    fn mark(&mut self, store: &Store, roots: &Roots<'_>) {
        let (mut files, mut notes, mut logs) = (Vec::new(), Vec::new(), Vec::new());
        for (name, id) in roots.names {
            let Some(number) = store.number(id.as_bytes()) else {
                // Only references proper keep what they name; others may outlive it.
                if (name.starts_with(b"refs/") || name == b"HEAD") && !id.is_null() {
                    let (id, by) = (*id, NONE);
                    self.lost.push(Lost { id, kind: None, by });
                }
                continue;
            };
            let is_note = name.starts_with(b"refs/notes/");
            if is_note { &mut notes } else { &mut files }.push(self.follow(number));
        }
        let named = roots
            .logs
            .iter()
            .filter_map(|id| store.number(id.as_bytes()));
        logs.extend(named.map(|number| self.follow(number)));
        let starts = |numbers: &[u32]| -> Vec<u32> {
            let places = numbers.iter().filter_map(|&number| self.place(number));
            places.collect()
        };
        let by_files = mark(&self.nodes, starts(&files));
        let by_notes = mark(&self.nodes, starts(&notes));
        let by_logs = mark(&self.nodes, starts(&logs));
        let direct = files.iter().chain(&notes).chain(&logs).copied();
        self.direct = direct
            .filter(|&number| number != NONE && self.place(number).is_none())
            .collect();
        self.direct.sort_unstable();
        self.direct.dedup();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            node.is_note = by_notes[at] && !by_files[at];
            node.is_reachable = by_files[at] || by_notes[at] || by_logs[at];
        }
    }

    /// Puts the commits in order.
    fn sort(&mut self, store: &Store) {
        let order = order(&self.nodes, |node| store.id(node.number));
        let mut places = vec![NONE; self.nodes.len()];
        for (place, &at) in order.iter().enumerate() {
            places[at as usize] = place as u32;
        }
        let mut nodes = Vec::with_capacity(order.len());
        for (place, &at) in order.iter().enumerate() {
            let mut node = self.nodes[at as usize].clone();
            for parent in &mut node.parents {
                *parent = places[*parent as usize];
            }
            self.places[node.number as usize] = place as u32;
            nodes.push(node);
        }
        self.nodes = nodes;
    }
}

impl Shard {
    fn take(&mut self, store: &Store, object: &Object<'_>) {
        let mut node = Node {
            number: object.number,
            tree: NONE,
            seconds: 0,
            parents: Box::default(),
            is_reachable: false,
            is_note: false,
        };
        match commit::commit(object.bytes, object.id.format()) {
            Ok(commit) => {
                node.seconds = commit.committer.seconds;
                let mut find = |id: Id, kind| {
                    let number = store.number(id.as_bytes());
                    if number.is_none() {
                        let (kind, by) = (Some(kind), object.number);
                        self.lost.push(Lost { id, kind, by });
                    }
                    number
                };
                node.tree = find(commit.tree, Kind::Tree).unwrap_or(NONE);
                let parents = commit.parents.iter();
                node.parents = parents.filter_map(|id| find(*id, Kind::Commit)).collect();
            }
            Err(problem) => self.skips.push(damaged(&object.id, &problem)),
        }
        self.nodes.push(node);
    }
}

fn read_tags(store: &Store, jobs: usize) -> (HashMap<u32, Tag>, Vec<Lost>, Vec<Skip>) {
    let state = <(Vec<(u32, Tag)>, Vec<Lost>, Vec<Skip>)>::default;
    let (shards, mut skips) = store.each(Kind::Tag, jobs, state, |(tags, lost, skips), object| {
        let mut tag = Tag {
            target: NONE,
            is_reachable: false,
        };
        match commit::tag(object.bytes, object.id.format()) {
            Ok(read) => match store.number(read.target.0.as_bytes()) {
                Some(number) => tag.target = number,
                None => lost.push(Lost {
                    id: read.target.0,
                    kind: Some(read.target.1),
                    by: object.number,
                }),
            },
            Err(problem) => skips.push(damaged(&object.id, &problem)),
        }
        tags.push((object.number, tag));
    });
    let (mut tags, mut lost) = (HashMap::new(), Vec::new());
    for shard in shards {
        tags.extend(shard.0);
        lost.extend(shard.1);
        skips.extend(shard.2);
    }
    (tags, lost, skips)
}
