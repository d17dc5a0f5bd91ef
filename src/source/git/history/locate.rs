//! Tells at which paths objects stand, and which commit brought them there first.

use crate::blob::{Located, Skip, SkipReason, Wanted};
use crate::source::git::history::commits::History;
use crate::source::git::history::edges::Edges;
use crate::source::git::history::paths::{DEPTH_MAX, NOTES, TOP};
use crate::source::git::history::sites::Sites;
use crate::source::git::history::targets::{Asked, Targets};
use crate::source::git::history::trees::Trees;
use crate::source::git::history::walk::{At, SITES_MAX, Walk};
use crate::source::git::history::{NONE, Roots};
use crate::source::git::store::Store;

/// Where to look.
#[derive(Clone, Copy)]
pub(in crate::source::git) struct Ground<'a> {
    /// All objects.
    pub(in crate::source::git) store: &'a Store,
    /// All commits.
    pub(in crate::source::git) history: &'a History,
    /// What keeps them alive.
    pub(in crate::source::git) roots: Roots<'a>,
    /// For each object by its number, whether it is meant, where only some commits are.
    pub(in crate::source::git) only: Option<&'a [bool]>,
    /// Which repository of the source this is.
    pub(in crate::source::git) repository: u32,
    /// Threads.
    pub(in crate::source::git) jobs: usize,
}

/// Tells where the wanted objects of this repository stand.
///
/// The sites of a file name are the paths of all entries that are called by a wanted name which the
/// tree has, in whatever trees; of a tree without such a name, the paths of the folder itself.
pub(in crate::source::git) fn locate(ground: &Ground<'_>, wanted: &Wanted<'_>) -> Located {
    let targets = Targets::new(ground.store, ground.repository, wanted);
    let mut trees = Trees::read(
        ground.store,
        ground.jobs,
        |asked: &mut Asked, entry, number| {
            targets.has(number) || asked.is_wanted(entry.name, wanted)
        },
    );
    let mut skips = std::mem::take(&mut trees.skips);
    for &(number, _) in &targets.in_trees {
        trees.is_hit[number as usize] = true;
    }
    let is_marked = trees.with_hits();
    drop(trees);
    let edges = Edges::read(ground, &is_marked, &targets, wanted);
    skips.extend(edges.skip.clone());
    let mut sites = Sites::new(ground, &targets, &edges);
    let mut walk = Walk::new(&edges, &targets.is_wanted, sites.names());
    visit_all(ground, &edges, &is_marked, &mut walk);
    sites.add_met(&walk);
    sites.add_listed(wanted);
    sites.add_direct();
    sites.add_texts();
    if walk.is_cut || sites.is_cut {
        skips.push(limit("paths-max", u64::from(SITES_MAX)));
    }
    if walk.is_deep {
        skips.push(limit("path-depth-max", u64::from(DEPTH_MAX)));
    }
    sites.finish(skips)
}

/// Visits the trees of all commits in order, between the reachable and the others those trees that
/// references name without a commit, and in the end those that nothing leads to.
///
/// Commits that are not meant say nothing of where things stand in those that are.
fn visit_all(ground: &Ground<'_>, edges: &Edges, is_marked: &[bool], walk: &mut Walk<'_>) {
    let history = ground.history;
    let is_meant = |number: u32| {
        let meant = ground.only.map(|only| only.get(number as usize));
        meant.is_none_or(|meant| meant == Some(&true))
    };
    for is_reachable in [true, false] {
        for (place, node) in history.nodes.iter().enumerate() {
            let is_turn = node.is_reachable == is_reachable && is_meant(node.number);
            if is_turn && is_marked.get(node.tree as usize) == Some(&true) {
                let top = if node.is_note { NOTES } else { TOP };
                let commit = place as u32;
                let at = At {
                    commit,
                    is_reachable,
                };
                walk.visit(node.tree, top, at);
            }
        }
        if is_reachable {
            let direct = history.direct.iter();
            // A file that a reference names has nothing below it.
            for &tree in direct.filter(|&&tree| !edges.of(tree).is_empty()) {
                let at = At {
                    commit: NONE,
                    is_reachable,
                };
                walk.visit(tree, TOP, at);
            }
        }
    }
    if ground.only.is_some() {
        return;
    }
    let at = At {
        commit: NONE,
        is_reachable: false,
    };
    for tree in lost(edges, is_marked, walk) {
        walk.visit(tree, TOP, at);
    }
}

/// Trees that were not met and lie in no other one, such as that of a commit which a hook refused.
fn lost(edges: &Edges, is_marked: &[bool], walk: &Walk<'_>) -> Vec<u32> {
    let marked = || (0..).zip(is_marked).filter(|(_, is_marked)| **is_marked);
    let mut lies_in_one = vec![false; is_marked.len()];
    for edge in marked().flat_map(|(tree, _)| edges.of(tree)) {
        if let Some(lies_in_one) = lies_in_one.get_mut(edge.target as usize) {
            *lies_in_one = true;
        }
    }
    let lost = marked().map(|(tree, _)| tree);
    // A file that is wanted has nothing below it.
    let lost = lost.filter(|&tree| !edges.of(tree).is_empty());
    lost.filter(|&tree| !lies_in_one[tree as usize] && !walk.has_met(tree))
        .collect()
}

fn limit(name: &'static str, value: u64) -> Skip {
    Skip {
        what: b"(paths)".to_vec(),
        holder: None,
        reason: SkipReason::Limit { name, value },
    }
}
