//! Which objects some commits hold, or everything that is alive.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::blob::Skip;
use crate::git::tree::{self, Mode};
use crate::git::{Id, Kind};
use crate::source::git::history::commits::{History, Lost};
use crate::source::git::history::lookup::{Step, damaged, each_entry};
use crate::source::git::history::missing::tell;
use crate::source::git::history::order::mark;
use crate::source::git::history::range::{Range, range, tags, unreadable};
use crate::source::git::history::revision::Meant;
use crate::source::git::history::trees::Trees;
use crate::source::git::history::{NONE, Roots};
use crate::source::git::store::Store;

/// Up to so many commits are read one by one with their trees; for more, it is quicker to read all.
const FEW_COMMITS: usize = 1_000;

/// Objects that are meant.
pub(in crate::source::git) struct Selected {
    /// For each object by its number, whether it is meant, of whatever kind.
    pub(in crate::source::git) is_meant: Vec<bool>,
    /// What ought to be there and is not, or cannot be read.
    pub(in crate::source::git) skips: Vec<Skip>,
}

/// Selects everything that a reference, a reflog or an index holds. What is not here is told by
/// [`super::missing`].
pub(in crate::source::git) fn reachable(
    store: &Store,
    history: &History,
    roots: &Roots<'_>,
    jobs: usize,
) -> Selected {
    let mut selected = Selected::new(store);
    let live = history.nodes.iter().filter(|node| node.is_reachable);
    live.for_each(|node| selected.is_meant[node.number as usize] = true);
    for (&number, _) in history.tags.iter().filter(|(_, tag)| tag.is_reachable) {
        selected.is_meant[number as usize] = true;
    }
    let objects = Objects {
        store,
        trees: history.live_roots().collect(),
        known: Vec::new(),
    };
    objects.select_many(jobs, &mut selected, &mut HashSet::new());
    for (_, _, id) in roots.indexes.iter().flat_map(|index| &index.entries) {
        if let Some(number) = store.number(id.as_bytes()) {
            selected.is_meant[number as usize] = true;
        }
    }
    selected
}

/// Selects the commits that are meant, the tags that lead to them, and every object that they hold
/// and the commits that they follow do not. With `since`, only commits from this time on, in seconds.
pub(in crate::source::git) fn select(
    store: &Store,
    roots: &Roots<'_>,
    (meant, since): (&Meant, Option<i64>),
    jobs: usize,
) -> Selected {
    let mut selected = Selected::new(store);
    let mut lost = Vec::new();
    let mut include = Vec::new();
    for id in &meant.include {
        match store.number(id.as_bytes()) {
            Some(number) => {
                selected.is_meant[number as usize] = true;
                include.push(number);
                include.extend(tags(store, number));
            }
            None => lost.push(Lost {
                id: *id,
                kind: None,
                by: NONE,
            }),
        }
    }
    let exclude = meant
        .exclude
        .iter()
        .filter_map(|id| store.number(id.as_bytes()));
    let exclude: Vec<u32> = exclude
        .flat_map(|number| [vec![number], tags(store, number)].concat())
        .collect();
    let mut range = if exclude.is_empty() || since.is_some() {
        range_of_all(store, (&include, &exclude), since, jobs)
    } else {
        range(store, &include, &exclude)
    };
    lost.append(&mut range.lost);
    selected.skips.append(&mut range.skips);
    // Tags and whatever else is named without a commit; commits of them may be too old.
    for &number in &include {
        selected.is_meant[number as usize] = true;
    }
    let commits: HashSet<u32> = range.commits.iter().map(|commit| commit.0).collect();
    let kind_of = |number: u32| {
        store
            .read(&store.id(number))
            .ok()
            .flatten()
            .map(|read| read.0)
    };
    let mut trees: Vec<u32> = range.commits.iter().map(|commit| commit.1).collect();
    for &number in &include {
        match kind_of(number) {
            Some(Kind::Commit) => selected.is_meant[number as usize] = commits.contains(&number),
            Some(Kind::Tree) => trees.push(number),
            _ => {}
        }
    }
    commits
        .iter()
        .for_each(|&number| selected.is_meant[number as usize] = true);
    trees.retain(|&tree| tree != NONE);
    let objects = Objects {
        store,
        trees,
        known: range.known,
    };
    let mut gone = HashSet::new();
    if range.commits.len() > FEW_COMMITS {
        objects.select_many(jobs, &mut selected, &mut gone);
    } else {
        objects.select_few(&mut selected, &mut gone);
    }
    let mut skips = tell(store, &lost, gone, roots);
    selected.skips.append(&mut skips);
    selected.skips.sort();
    selected.skips.dedup();
    selected
}

/// As [`range`], with all commits at hand.
fn range_of_all(
    store: &Store,
    (include, exclude): (&[u32], &[u32]),
    since: Option<i64>,
    jobs: usize,
) -> Range {
    let (history, skips) = History::read(store, &Roots::default(), jobs);
    let places = |numbers: &[u32]| -> Vec<u32> {
        numbers
            .iter()
            .filter_map(|&number| history.place(number))
            .collect()
    };
    let is_in = mark(&history.nodes, places(include));
    let is_out = mark(&history.nodes, places(exclude));
    let is_meant = |at: usize| {
        let seconds = history.nodes[at].seconds;
        is_in[at] && !is_out[at] && since.is_none_or(|since| seconds >= since)
    };
    let mut found = Range {
        skips,
        ..Range::default()
    };
    let mut numbers = HashSet::new();
    for at in (0..history.nodes.len()).filter(|&at| is_meant(at)) {
        let node = &history.nodes[at];
        found.commits.push((node.number, node.tree));
        numbers.insert(node.number);
        let known = node
            .parents
            .iter()
            .filter(|&&parent| !is_meant(parent as usize));
        let known = known.map(|&parent| history.nodes[parent as usize].tree);
        found.known.extend(known.filter(|&tree| tree != NONE));
    }
    found.known.sort_unstable();
    found.known.dedup();
    let lost = history
        .lost
        .iter()
        .filter(|lost| numbers.contains(&lost.by));
    found.lost.extend(lost);
    found
}

impl Selected {
    fn new(store: &Store) -> Self {
        Self {
            is_meant: vec![false; store.len() as usize],
            skips: Vec::new(),
        }
    }
}

/// Trees whose objects are meant, but for those that others hold as well.
struct Objects<'a> {
    store: &'a Store,
    trees: Vec<u32>,
    known: Vec<u32>,
}

const KNOWN: u8 = 1;
const NEW: u8 = 2;

impl Objects<'_> {
    /// Reads the trees one by one.
    fn select_few(&self, selected: &mut Selected, gone: &mut HashSet<Id>) {
        let mut known = HashSet::new();
        // What is known and cannot be read is no matter: more is scanned then.
        self.walk(
            &self.known,
            &HashSet::new(),
            (&mut known, &mut Vec::new(), &mut HashSet::new()),
        );
        let mut new = HashSet::new();
        self.walk(&self.trees, &known, (&mut new, &mut selected.skips, gone));
        new.iter()
            .for_each(|&number| selected.is_meant[number as usize] = true);
    }

    /// Finds what lies in trees, but not below what is known.
    fn walk(
        &self,
        roots: &[u32],
        known: &HashSet<u32>,
        (found, skips, gone): (&mut HashSet<u32>, &mut Vec<Skip>, &mut HashSet<Id>),
    ) {
        let mut stack: Vec<u32> = roots.to_vec();
        stack.retain(|&tree| !known.contains(&tree) && found.insert(tree));
        while let Some(number) = stack.pop() {
            let id = self.store.id(number);
            let bytes = match self.store.read(&id) {
                Ok(Some((Kind::Tree, bytes))) => bytes,
                Ok(Some(_)) => continue,
                Ok(None) => {
                    gone.insert(id);
                    continue;
                }
                Err(reason) => {
                    skips.push(unreadable(&id, reason));
                    continue;
                }
            };
            let mut rest = &bytes[..];
            loop {
                let entry = match tree::next(&mut rest, id.format()) {
                    Ok(Some(entry)) if entry.mode == Mode::Submodule => continue,
                    Ok(Some(entry)) => entry,
                    Ok(None) => break,
                    Err(problem) => {
                        skips.push(damaged(&id, &problem));
                        break;
                    }
                };
                match self.store.number(entry.id) {
                    Some(below) if known.contains(&below) || !found.insert(below) => {}
                    Some(below) if entry.mode == Mode::Tree => stack.push(below),
                    Some(_) => {}
                    None => gone.extend(Id::new(id.format(), entry.id)),
                }
            }
        }
    }

    /// Reads all trees there are.
    fn select_many(&self, jobs: usize, selected: &mut Selected, gone: &mut HashSet<Id>) {
        let mut trees = Trees::read(self.store, jobs, |(): &mut (), _, _| false);
        let n = self.store.len() as usize;
        let mut is_known = vec![false; n];
        trees.mark(self.known.iter().copied(), &mut is_known);
        let mut is_seen = is_known.clone();
        trees.mark(self.trees.iter().copied(), &mut is_seen);
        let marks: Vec<AtomicU8> = (0..n).map(|_| AtomicU8::new(0)).collect();
        let is_asked = |tree: u32| is_seen[tree as usize];
        let build = || (0, HashSet::new());
        let (shards, _) = each_entry(self.store, jobs, is_asked, build, |state, lookup, step| {
            let (mark, gone) = state;
            let entry = match step {
                Step::Tree(tree) => {
                    *mark = if is_known[tree as usize] { KNOWN } else { NEW };
                    return;
                }
                Step::Entry(entry) => entry,
            };
            let number = lookup.number(entry.id);
            match marks.get(number as usize) {
                Some(marks) => _ = marks.fetch_or(*mark, Ordering::Relaxed),
                None if *mark == NEW && entry.mode != Mode::Submodule => {
                    gone.extend(Id::new(self.store.format(), entry.id));
                }
                None => {}
            }
        });
        for (_, lost) in shards {
            gone.extend(lost);
        }
        for (number, mark) in marks.iter().enumerate() {
            let is_tree = is_seen[number] && !is_known[number];
            let is_new = mark.load(Ordering::Relaxed) == NEW && !is_known[number];
            selected.is_meant[number] |= is_tree || is_new;
        }
        selected.skips.append(&mut trees.skips);
    }
}
