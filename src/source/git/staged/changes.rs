//! Compares the index with the trees of the commits that the next one follows, folder by folder.
//!
//! A folder that the index knows to be the same tree is not looked into. Work waits in a list, so that
//! no depth of folders uses up the stack.

mod listing;
mod sparse;

use std::ops::Range;

use super::ground::Ground;
use crate::blob::{Skip, SkipReason};
use crate::git::Id;
use crate::git::tree::Mode;
use crate::source::git::index::{Entry, Index};

use listing::Listing;

pub(super) use sparse::find as find_sparse;

/// Folders in each other that are compared; deeper ones count as new.
const DEPTH_MAX: u32 = 2_048;

/// What skips of the trees of a commit are called.
const PARENT: &[u8] = b"(HEAD)";

/// A blob that the next commit puts where it did not stand before.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Change {
    /// Where.
    pub(super) path: Vec<u8>,
    /// File or symbolic link.
    pub(super) mode: Mode,
    /// The blob.
    pub(super) id: Id,
    /// What stood there before, in whichever of the commits before.
    pub(super) olds: Vec<Id>,
}

/// Something that stood in HEAD and does not stand there any more.
#[derive(Debug)]
pub(super) struct Gone {
    /// Where it stood.
    pub(super) path: Vec<u8>,
    /// The blob or tree.
    pub(super) id: Id,
    /// A whole folder.
    pub(super) is_tree: bool,
}

/// What the next commit does.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Added and changed blobs, in the order of paths.
    pub(super) changes: Vec<Change>,
    /// What is deleted, or moved elsewhere.
    pub(super) gone: Vec<Gone>,
    /// What could not be looked at.
    pub(super) skips: Vec<Skip>,
}

/// A folder that is to be compared.
enum Work {
    /// Entries of the index.
    Folder(Folder),
    /// A tree that stands for a folder of a sparse index.
    Sparse(sparse::Folder),
}

struct Folder {
    /// Its entries.
    entries: Range<usize>,
    /// Length of its path, with the slash at its end.
    prefix: usize,
    /// Its trees in the commits before.
    parents: Vec<Option<Id>>,
    /// Its number in what the index knows of trees.
    known: Option<u32>,
    depth: u32,
}

/// Compares everything.
pub(super) fn compare(ground: &Ground, index: &Index) -> Changes {
    if index.entries.is_empty() {
        return Changes::default();
    }
    let mut comparison = Comparison {
        ground,
        index,
        work: Vec::new(),
        n_sparse: 0,
        out: Changes::default(),
    };
    let parents = comparison.roots();
    comparison.work.push(Work::Folder(Folder {
        entries: 0..index.entries.len(),
        prefix: 0,
        parents,
        known: index.trees.root(),
        depth: 0,
    }));
    while let Some(work) = comparison.work.pop() {
        match work {
            Work::Folder(folder) => comparison.folder(&folder),
            Work::Sparse(folder) => comparison.sparse(folder),
        }
    }
    let mut out = comparison.out;
    out.changes.sort_unstable();
    out.changes.dedup();
    out
}

struct Comparison<'a> {
    ground: &'a Ground,
    index: &'a Index,
    work: Vec<Work>,
    /// Entries read so far of trees that stand for folders.
    n_sparse: u64,
    out: Changes,
}

impl Comparison<'_> {
    /// The trees of the commits before; of one that cannot be read nothing is known, so that everything
    /// is new.
    fn roots(&mut self) -> Vec<Option<Id>> {
        let parents = self.ground.parents();
        parents
            .iter()
            .map(|parent| match self.ground.tree_of(parent) {
                Ok(tree) => Some(tree),
                Err(reason) => {
                    self.skip(PARENT, reason);
                    None
                }
            })
            .collect()
    }

    fn folder(&mut self, folder: &Folder) {
        let index = self.index;
        let known = folder.known;
        let same = known.and_then(|known| index.trees.tree(known, folder.entries.len()));
        if same.is_some() && folder.parents.contains(&same) {
            return;
        }
        if folder.depth >= DEPTH_MAX || folder.parents.iter().all(Option::is_none) {
            return self.flat(folder.entries.clone());
        }
        let path = index.path(&index.entries[folder.entries.start]);
        let trees = self.trees(&folder.parents, &path[..folder.prefix]);
        let mut listings = self.listings(&trees, &path[..folder.prefix]);
        let known = known.map_or_else(Vec::new, |known| index.trees.children(known));
        let mut at = folder.entries.start;
        while at < folder.entries.end {
            let path = index.path(&index.entries[at]);
            let name = &path[folder.prefix..];
            let rest = &index.entries[at..folder.entries.end];
            if let Some(len) = memchr::memchr(b'/', name) {
                let n = self.within(rest, &path[..=folder.prefix + len]);
                let name = &name[..len];
                let child = known.binary_search_by(|(other, _)| (*other).cmp(name));
                let below = Folder {
                    entries: at..at + n,
                    prefix: folder.prefix + len + 1,
                    parents: find_all(&mut listings, name, true),
                    known: child.ok().map(|child| known[child].1),
                    depth: folder.depth + 1,
                };
                self.below(below);
                at += n;
            } else {
                let stages = rest.iter().take(4);
                let n = stages.take_while(|entry| index.path(entry) == path);
                let n = n.count().max(1);
                let olds = find_all(&mut listings, name, false);
                self.entry(&rest[..n], &olds);
                at += n;
            }
        }
        let path = index.path(&index.entries[folder.entries.start]);
        if let Some(listing) = listings.first() {
            listing.gone(&path[..folder.prefix], &mut self.out.gone);
        }
    }

    /// Notes a folder for later.
    fn below(&mut self, folder: Folder) {
        let entry = &self.index.entries[folder.entries.start];
        let path = self.index.path(entry);
        if folder.entries.len() == 1 && path.len() == folder.prefix {
            self.work.push(Work::Sparse(sparse::Folder {
                path: path.to_vec(),
                tree: entry.id,
                parents: folder.parents,
                depth: folder.depth,
            }));
        } else {
            self.work.push(Work::Folder(folder));
        }
    }

    /// Takes entries that have nothing to be compared with.
    fn flat(&mut self, entries: Range<usize>) {
        let index = self.index;
        for group in index.entries[entries].chunk_by(|a, b| index.path(a) == index.path(b)) {
            let path = index.path(&group[0]);
            if path.ends_with(b"/") {
                self.work.push(Work::Sparse(sparse::Folder {
                    path: path.to_vec(),
                    tree: group[0].id,
                    parents: Vec::new(),
                    depth: 0,
                }));
            } else {
                self.entry(group, &[]);
            }
        }
    }

    /// Takes the entries of one path.
    fn entry(&mut self, stages: &[Entry], olds: &[Option<Id>]) {
        let path = self.index.path(&stages[0]);
        if stages.iter().any(|entry| entry.stage > 0) {
            let reason = "unmerged: resolve the conflict and add the file; both sides were scanned";
            self.skip(path, SkipReason::Missing(reason));
        }
        for entry in stages {
            // What both sides come from stands in a commit already.
            if entry.stage != 1 && !entry.intent_to_add {
                self.change(path, Mode::of(entry.mode), entry.id, olds);
            }
        }
    }

    fn change(&mut self, path: &[u8], mode: Mode, id: Id, olds: &[Option<Id>]) {
        match mode {
            Mode::Submodule => {}
            Mode::Tree => self.work.push(Work::Sparse(sparse::Folder {
                path: [path, b"/"].concat(),
                tree: id,
                parents: Vec::new(),
                depth: 0,
            })),
            Mode::File | Mode::Symlink if olds.contains(&Some(id)) => {}
            Mode::File | Mode::Symlink => self.out.changes.push(Change {
                path: path.to_vec(),
                mode,
                id,
                olds: olds.iter().flatten().copied().collect(),
            }),
        }
    }

    /// How many of the entries, from the first on, lie below a path.
    fn within(&self, entries: &[Entry], path: &[u8]) -> usize {
        entries.partition_point(|entry| self.index.path(entry).starts_with(path))
    }

    /// Reads the trees of a folder.
    fn trees(&mut self, ids: &[Option<Id>], path: &[u8]) -> Vec<Vec<u8>> {
        ids.iter()
            .map(|id| {
                let read = id.as_ref().map(|id| self.ground.tree(id));
                read.transpose().unwrap_or_else(|reason| {
                    self.skip_folder(path, reason);
                    None
                })
            })
            .map(Option::unwrap_or_default)
            .collect()
    }

    fn listings<'t>(&mut self, trees: &'t [Vec<u8>], path: &[u8]) -> Vec<Listing<'t>> {
        let format = self.ground.format();
        trees
            .iter()
            .map(|tree| {
                let (listing, reason) = Listing::read(tree, format);
                if let Some(reason) = reason {
                    self.skip_folder(path, reason);
                }
                listing
            })
            .collect()
    }

    fn skip_folder(&mut self, path: &[u8], reason: SkipReason) {
        self.skip(if path.is_empty() { PARENT } else { path }, reason);
    }

    fn skip(&mut self, what: &[u8], reason: SkipReason) {
        self.out.skips.push(Skip {
            what: what.to_vec(),
            holder: None,
            reason,
        });
    }
}

/// What stands under a name in each of the trees: a tree, or a blob.
fn find_all(listings: &mut [Listing<'_>], name: &[u8], is_tree: bool) -> Vec<Option<Id>> {
    listings
        .iter_mut()
        .map(|listing| listing.find(name, is_tree))
        .collect()
}
