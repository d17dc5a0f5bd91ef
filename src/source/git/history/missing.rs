//! What ought to be in a repository and is not there.
//!
//! Commits and trees that nothing keeps alive may have lost what they name: git removes such objects
//! one by one. What a reference holds must be whole, unless the repository was cloned in part.

use std::collections::HashSet;

use crate::blob::{Skip, SkipReason};
use crate::git::tree::Mode;
use crate::git::{Id, Kind};
use crate::source::git::history::commits::{History, Lost};
use crate::source::git::history::lookup::{NAMED_MAX, Step, each_entry};
use crate::source::git::history::trees::Trees;
use crate::source::git::history::{NONE, Roots};
use crate::source::git::store::Store;

const SHALLOW: &str = "shallow clone: the history before this commit is not here; \
                       `git fetch --unshallow` gets it";
const PARTIAL: &str = "partial clone: objects that were promised are not here; \
                       `git fetch --refetch --no-filter` gets them";
const MISSING: &str = "the object is not here, although something in the repository names it";

/// Names everything that references, reflogs and indexes hold, at any depth, and that is not here.
///
/// `in_trees`: whether any tree names something that is not here; where none does, none is read.
pub(in crate::source::git) fn missing(
    (store, history): (&Store, &History),
    roots: &Roots<'_>,
    in_trees: bool,
    jobs: usize,
) -> Vec<Skip> {
    let held: Vec<Lost> = history
        .lost
        .iter()
        .filter(|lost| history.is_held(lost))
        .copied()
        .collect();
    let mut gone = HashSet::new();
    if in_trees {
        gone = gone_from_trees(store, history, jobs);
    }
    for (_, mode, id) in roots.indexes.iter().flat_map(|index| &index.entries) {
        let is_file = !matches!(Mode::of(*mode), Mode::Submodule | Mode::Tree);
        if is_file && !id.is_null() && store.number(id.as_bytes()).is_none() {
            gone.insert(*id);
        }
    }
    tell(store, &held, gone, roots)
}

/// Says of objects that are not here why that is so: `lost` by commits and tags, `gone` from trees.
pub(super) fn tell(
    store: &Store,
    lost: &[Lost],
    mut gone: HashSet<Id>,
    roots: &Roots<'_>,
) -> Vec<Skip> {
    let edges: HashSet<&Id> = roots.shallow.iter().collect();
    let mut shallow = HashSet::new();
    for lost in lost {
        let by = (lost.by != NONE).then(|| store.id(lost.by));
        match by.filter(|by| lost.kind == Some(Kind::Commit) && edges.contains(by)) {
            Some(by) => _ = shallow.insert(by),
            None => _ = gone.insert(lost.id),
        }
    }
    let mut skips = named(shallow, "commits at the edge of a shallow clone", SHALLOW);
    if roots.is_partial && !gone.is_empty() {
        let what = format!("({} promised objects)", gone.len());
        skips.push(skip(what, PARTIAL));
    } else {
        skips.extend(named(gone, "missing objects", MISSING));
    }
    skips
}

impl History {
    /// Whether something that is alive names what is lost.
    fn is_held(&self, lost: &Lost) -> bool {
        if lost.by == NONE {
            return true;
        }
        let tag = self.tags.get(&lost.by);
        let node = self.place(lost.by).map(|at| &self.nodes[at as usize]);
        tag.is_some_and(|tag| tag.is_reachable) || node.is_some_and(|node| node.is_reachable)
    }

    /// Trees of commits that are alive, and what is alive without a commit.
    pub(super) fn live_roots(&self) -> impl Iterator<Item = u32> {
        let live = self.nodes.iter().filter(|node| node.is_reachable);
        let trees = live
            .map(|node| node.tree)
            .chain(self.direct.iter().copied());
        trees.filter(|&tree| tree != NONE)
    }
}

/// What trees name that are alive.
fn gone_from_trees(store: &Store, history: &History, jobs: usize) -> HashSet<Id> {
    let trees = Trees::read(store, jobs, |(): &mut (), entry, number| {
        number == NONE && entry.mode != Mode::Submodule
    });
    if !trees.is_hit.contains(&true) {
        return HashSet::new();
    }
    let mut is_live = vec![false; store.len() as usize];
    trees.mark(history.live_roots(), &mut is_live);
    let is_asked = |tree: u32| is_live[tree as usize] && trees.is_hit[tree as usize];
    let build = HashSet::new;
    let (shards, _) = each_entry(store, jobs, is_asked, build, |lost, lookup, step| {
        let Step::Entry(entry) = step else { return };
        if entry.mode != Mode::Submodule && lookup.number(entry.id) == NONE {
            lost.extend(Id::new(store.format(), entry.id));
        }
    });
    shards.into_iter().flatten().collect()
}

/// Names some one by one and counts the rest.
fn named(ids: HashSet<Id>, sort: &str, why: &'static str) -> Vec<Skip> {
    let mut ids: Vec<Id> = ids.into_iter().collect();
    ids.sort_unstable();
    let n_more = ids.len().saturating_sub(NAMED_MAX);
    let one = |id: &Id| skip(format!("(object {id})"), why);
    let mut skips: Vec<Skip> = ids.iter().take(NAMED_MAX).map(one).collect();
    if n_more > 0 {
        skips.push(skip(format!("({n_more} more {sort})"), why));
    }
    skips
}

fn skip(what: String, why: &'static str) -> Skip {
    Skip {
        what: what.into_bytes(),
        holder: None,
        reason: SkipReason::Missing(why),
    }
}
