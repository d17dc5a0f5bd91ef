//! Folders of a sparse index, which stand for all that is in their tree.

use super::{Comparison, DEPTH_MAX, Work, find_all, listing::Listing};
use crate::blob::SkipReason;
use crate::git::Id;
use crate::git::tree::{self, Mode};
use crate::source::git::index::Index;
use crate::source::git::staged::ground::Ground;

/// Entries read at most of trees that stand for folders: a few small trees that hold each other often
/// can claim more files than anybody has time for.
const ENTRIES_MAX: u64 = 1 << 20;

/// A tree that stands for a folder.
pub(super) struct Folder {
    /// Its path, with a slash at its end.
    pub(super) path: Vec<u8>,
    /// What the index says.
    pub(super) tree: Id,
    /// What the commits before say.
    pub(super) parents: Vec<Option<Id>>,
    pub(super) depth: u32,
}

impl Comparison<'_> {
    /// Compares a tree that stands for a folder.
    pub(super) fn sparse(&mut self, folder: Folder) {
        if folder.parents.contains(&Some(folder.tree)) {
            return;
        }
        if folder.depth >= DEPTH_MAX {
            return self.too_much(&folder.path, "tree-depth-max", u64::from(DEPTH_MAX));
        }
        let own = match self.ground.tree(&folder.tree) {
            Ok(own) => own,
            Err(reason) => return self.skip(&folder.path, reason),
        };
        let (own, reason) = Listing::read(&own, self.ground.format());
        if let Some(reason) = reason {
            self.skip(&folder.path, reason);
        }
        let trees = self.trees(&folder.parents, &folder.path);
        let mut listings = self.listings(&trees, &folder.path);
        for entry in own.entries() {
            self.n_sparse += 1;
            if self.n_sparse > ENTRIES_MAX {
                return self.too_much(&folder.path, "sparse-entries-max", ENTRIES_MAX);
            }
            let Some(id) = Id::new(self.ground.format(), entry.id) else {
                continue;
            };
            let path = [&folder.path, entry.name].concat();
            let is_tree = entry.mode == Mode::Tree;
            let olds = find_all(&mut listings, entry.name, is_tree);
            if is_tree {
                self.work
                    .push(Work::Sparse(Self::child(&folder, path, id, olds)));
            } else {
                self.change(&path, entry.mode, id, &olds);
            }
        }
        if let Some(listing) = listings.first() {
            listing.gone(&folder.path, &mut self.out.gone);
        }
    }

    fn child(folder: &Folder, mut path: Vec<u8>, tree: Id, parents: Vec<Option<Id>>) -> Folder {
        path.push(b'/');
        Folder {
            path,
            tree,
            parents,
            depth: folder.depth + 1,
        }
    }

    fn too_much(&mut self, path: &[u8], name: &'static str, value: u64) {
        self.skip(path, SkipReason::Limit { name, value });
    }
}

/// Looks for a file in the folders of a sparse index.
///
/// # Errors
///
/// A tree on the way cannot be read.
pub(in crate::source::git::staged) fn find(
    ground: &Ground,
    index: &Index,
    path: &[u8],
) -> Result<Option<Id>, SkipReason> {
    let slashes = memchr::memchr_iter(b'/', path);
    let folder = slashes.map(|at| at + 1).find_map(|len| {
        let entry = index.find(&path[..len]).first()?;
        Some((entry.id, &path[len..]))
    });
    let Some((mut id, mut rest)) = folder else {
        return Ok(None);
    };
    loop {
        let bytes = ground.tree(&id)?;
        let (name, below) = match memchr::memchr(b'/', rest) {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        let (listing, _) = Listing::read(&bytes, ground.format());
        let mode = if below.is_some() {
            Mode::Tree
        } else {
            Mode::File
        };
        let is_it = |entry: &&tree::Entry<'_>| entry.name == name && entry.mode == mode;
        let found = listing.entries().find(is_it);
        let Some(found) = found.and_then(|entry| Id::new(ground.format(), entry.id)) else {
            return Ok(None);
        };
        match below {
            None => return Ok(Some(found)),
            Some(below) => (id, rest) = (found, below),
        }
    }
}
