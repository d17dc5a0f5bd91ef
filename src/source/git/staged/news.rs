//! Tells which lines of a staged blob the commit adds.

mod lines;

use std::ops::Range;
use std::sync::OnceLock;

use super::changes::{Change, Gone};
use super::ground::Ground;
use crate::blob::{News, Part};
use crate::git::tree::{self, Mode};
use crate::git::{Format, Id};

/// Longer blobs are not compared with what stood there before: all of their lines are new. In bytes.
pub(super) const COMPARED_BYTES_MAX: usize = 16 << 20;

/// Longer files are not looked at as what another one may have been, in bytes.
const MOVED_BYTES_MAX: usize = 1 << 20;

/// Deleted files that are looked at as what a new one may have been.
const CANDIDATES_MAX: usize = 100;

/// Deleted files that are known, when whole folders are.
const DELETED_MAX: usize = 10_000;

/// Trees that are read to know them.
const DELETED_TREES_MAX: usize = 1_000;

/// What the commit deletes, worked out when the first new file needs it.
pub(super) struct Deleted<'a> {
    ground: &'a Ground,
    gone: &'a [Gone],
    files: OnceLock<Vec<(Vec<u8>, Id)>>,
}

impl<'a> Deleted<'a> {
    pub(super) const fn new(ground: &'a Ground, gone: &'a [Gone]) -> Self {
        Self {
            ground,
            gone,
            files: OnceLock::new(),
        }
    }

    /// Every deleted file, within bounds.
    fn files(&self) -> &[(Vec<u8>, Id)] {
        self.files.get_or_init(|| {
            let mut files = Vec::new();
            let mut trees = Vec::new();
            for gone in self.gone {
                let list = if gone.is_tree { &mut trees } else { &mut files };
                list.push((gone.path.clone(), gone.id));
            }
            let mut n_trees = 0;
            while let Some((path, id)) = trees.pop()
                && n_trees < DELETED_TREES_MAX
            {
                n_trees += 1;
                if let Ok(bytes) = self.ground.tree(&id) {
                    let format = self.ground.format();
                    list_tree(&bytes, format, &path, &mut files, &mut trees);
                }
            }
            files
        })
    }
}

fn list_tree(
    mut bytes: &[u8],
    format: Format,
    path: &[u8],
    files: &mut Vec<(Vec<u8>, Id)>,
    trees: &mut Vec<(Vec<u8>, Id)>,
) {
    while let Ok(Some(entry)) = tree::next(&mut bytes, format) {
        let Some(id) = Id::new(format, entry.id) else {
            return;
        };
        let list = match entry.mode {
            Mode::File | Mode::Symlink => &mut *files,
            Mode::Tree => &mut *trees,
            Mode::Submodule => continue,
        };
        if list.len() < DELETED_MAX {
            list.push(([path, b"/", entry.name].concat(), id));
        }
    }
}

/// What is new of one staged blob.
pub(super) struct Fresh<'a> {
    pub(super) ground: &'a Ground,
    pub(super) change: &'a Change,
    pub(super) deleted: &'a Deleted<'a>,
}

impl News for Fresh<'_> {
    fn is_new_path(&self) -> bool {
        self.change.olds.is_empty()
    }

    fn new_lines(&self, bytes: &[u8]) -> Vec<Range<u64>> {
        if bytes.len() > COMPARED_BYTES_MAX {
            return lines::all(bytes);
        }
        // Of an old version that cannot be read nothing is known: nothing is old by its word.
        let olds = self.change.olds.iter();
        let olds = olds.filter_map(|id| self.ground.blob(id).ok());
        let mut olds: Vec<_> = olds.filter(|old| old.len() <= COMPARED_BYTES_MAX).collect();
        if self.is_new_path() {
            let deleted = self.deleted.files();
            if deleted.iter().any(|(_, id)| *id == self.change.id) {
                return Vec::new();
            }
            olds.extend(self.moved_from(bytes, deleted));
        }
        lines::added(bytes, &olds)
    }

    fn part(&self) -> Part {
        match self.change.mode {
            Mode::Symlink => Part::SymlinkTarget,
            _ => Part::Content,
        }
    }
}

impl Fresh<'_> {
    /// The deleted file that this one most likely was: the one that shares most lines with it, at least
    /// half of those of either.
    fn moved_from(&self, bytes: &[u8], deleted: &[(Vec<u8>, Id)]) -> Option<Vec<u8>> {
        if bytes.len() > MOVED_BYTES_MAX {
            return None;
        }
        let name = file_name(&self.change.path);
        let (same, others): (Vec<_>, Vec<_>) = deleted
            .iter()
            .partition(|(path, _)| file_name(path) == name);
        let mut best: Option<(usize, Vec<u8>)> = None;
        for (_, id) in same.into_iter().chain(others).take(CANDIDATES_MAX) {
            let old = self.ground.blob(id).ok();
            let old = old.filter(|old| old.len() <= MOVED_BYTES_MAX);
            if let Some(old) = old
                && let Some(n) = lines::shared(bytes, &old)
                && best.as_ref().is_none_or(|(most, _)| n > *most)
            {
                best = Some((n, old));
            }
        }
        best.map(|(_, old)| old)
    }
}

fn file_name(path: &[u8]) -> &[u8] {
    let start = memchr::memrchr(b'/', path);
    &path[start.map_or(0, |at| at + 1)..]
}

/// What is new of a file that is stored elsewhere, in whose place a pointer is staged.
pub(super) struct Pointed<'a>(pub(super) &'a Fresh<'a>, pub(super) &'a [u8]);

impl News for Pointed<'_> {
    fn is_new_path(&self) -> bool {
        self.0.is_new_path()
    }

    fn new_lines(&self, bytes: &[u8]) -> Vec<Range<u64>> {
        if self.0.new_lines(self.1).is_empty() {
            return Vec::new();
        }
        lines::all(bytes)
    }
}
