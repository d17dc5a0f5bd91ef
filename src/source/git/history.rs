//! Where objects stand: commits in order, trees, paths, and what references hold.
//!
//! [`History`] knows every commit of a store, parents before children. [`locate`] tells at which paths
//! objects stand and which commit brought them there first, [`missing`] what ought to be there and is
//! not, [`select`] which objects some commits hold. Objects are read through the store, and nothing
//! here trusts that they make sense: graphs may have loops, trees may multiply without end.

mod commits;
mod edges;
mod locate;
mod lookup;
mod missing;
mod order;
mod paths;
mod range;
mod revision;
mod select;
mod sites;
mod targets;
mod trees;
mod walk;

use crate::git::Id;

pub(super) use commits::History;
pub(super) use locate::{Ground, locate};
pub(super) use missing::missing;
pub(super) use revision::{Meant, revisions};
pub(super) use select::{Selected, reachable, select};

/// Stands for no object and no commit where numbers are kept.
const NONE: u32 = u32::MAX;

/// What keeps objects alive, and what is known to be absent.
#[derive(Clone, Copy, Default)]
pub(super) struct Roots<'a> {
    /// Full names of references, pseudo references too, and what each points to.
    pub(super) names: &'a [(Vec<u8>, Id)],
    /// What reflogs name.
    pub(super) logs: &'a [Id],
    /// The index of each worktree.
    pub(super) indexes: &'a [Listing],
    /// Commits whose parents were not fetched.
    pub(super) shallow: &'a [Id],
    /// Whether objects are fetched when they are needed, so that absent ones are no damage.
    pub(super) is_partial: bool,
}

/// What the index of a worktree lists.
#[derive(Clone, Default)]
pub(super) struct Listing {
    /// Path of the worktree as shown; empty for the main one.
    pub(super) work_tree: Vec<u8>,
    /// Path, mode and object of each file.
    pub(super) entries: Vec<(Vec<u8>, u32, Id)>,
}

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod tests;
