//! Finds a repository and says how it stores things, without believing more of it than that.
//!
//! Of the configuration count the extensions that change how things are stored, the promisors, and
//! where the work tree is; there is no other key for which anything here looks. Parts: `discover`
//! finds the folders, `confine` keeps what links lead to below the root, `config` reads git's
//! format, `alternates` finds the folders of objects, `submodules` the repositories within.

mod alternates;
mod config;
mod confine;
mod discover;
#[cfg(test)]
mod fixture;
mod layout;
mod submodules;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use self::alternates::Stores;
use self::discover::Folders;
use self::layout::{Layout, RefStorage};
use super::refs::{self, Refs};
use crate::blob::{Skip, SkipReason};
use crate::error::Result;
use crate::git::{Format, Id};
use crate::source::files::shown;
use crate::source::git::Environment;

pub(super) use confine::{Guard, What, path_of};
#[cfg(test)]
pub(super) use fixture::Sandbox;

/// Bytes of a list of ids or references, such as `shallow` or `packed-refs`.
pub(super) const LIST_BYTES_MAX: u64 = 512 << 20;

/// A repository that was found, and where its parts are. All folders are canonical.
pub(super) struct Repository {
    /// What belongs to this work tree alone.
    pub(super) git_dir: PathBuf,
    /// What all work trees share.
    pub(super) common_dir: PathBuf,
    /// Where files are checked out; `None` in a bare repository.
    pub(super) work_tree: Option<PathBuf>,
    /// How objects are named.
    pub(super) format: Format,
    /// Where objects are, the repository's own first.
    pub(super) object_folders: Vec<PathBuf>,
    /// Commits whose parents were left behind.
    pub(super) shallow: Vec<Id>,
    /// Whether objects may be missing because somebody promised them.
    pub(super) is_partial: bool,
    /// What of the repository's own files could not be read.
    pub(super) skips: Vec<Skip>,
    worktrees: Vec<Worktree>,
    ref_storage: RefStorage,
    index_file: Option<PathBuf>,
    guard: Guard,
}

/// What belongs to one work tree alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Worktree {
    /// What its references are called by others: empty for the own one, else `main-worktree/` or
    /// `worktrees/NAME/`.
    pub(super) prefix: Vec<u8>,
    /// Canonical.
    pub(super) git_dir: PathBuf,
}

impl Repository {
    /// Finds the repository that `path` is or lies in, searching upward as git does; what the
    /// environment names comes first. Links are followed below `root` only, by default the folder
    /// that holds the repository.
    ///
    /// # Errors
    ///
    /// `NoTarget`, `NoRepository`, `OutsideRoot`, and `Repository` for one that is stored in a way
    /// that is not understood.
    pub(super) fn open(
        path: &Path,
        environment: &Environment,
        root: Option<&Path>,
    ) -> Result<Self> {
        Self::read(discover::find(path, environment, root)?, environment)
    }

    fn read(folders: Folders, environment: &Environment) -> Result<Self> {
        let Folders {
            git_dir,
            common_dir,
            home,
            guard,
        } = folders;
        let is_linked = git_dir != common_dir;
        let layout = Layout::read(&git_dir, &common_dir, &guard)?;
        let work_tree = match (&layout.work_tree, home) {
            (Some(named), _) if !is_linked => guard.resolve(&git_dir.join(path_of(named))).ok(),
            (_, home) => home.filter(|_| is_linked || !layout.is_bare),
        };
        let mut repository = Self {
            format: layout.format,
            is_partial: layout.is_partial,
            ref_storage: layout.ref_storage,
            index_file: environment.index_file.clone(),
            object_folders: Vec::new(),
            shallow: Vec::new(),
            skips: Vec::new(),
            worktrees: Vec::new(),
            git_dir,
            common_dir,
            work_tree,
            guard,
        };
        repository.find_worktrees();
        repository.find_stores(environment);
        repository.find_boundary();
        Ok(repository)
    }

    /// What keeps objects alive: references of all work trees, reflogs, `FETCH_HEAD` and its like.
    pub(super) fn refs(&self) -> Refs {
        refs::read(self)
    }

    /// The commit that this work tree has checked out; `None` before there is one, and where what
    /// says so cannot be read.
    pub(super) fn head(&self) -> Option<Id> {
        refs::head(self)
    }

    /// The index of each work tree that has one, its own first, with what stands for the work tree:
    /// as [`Worktree::prefix`], without the last `/`.
    pub(super) fn indexes(&self) -> Vec<(Vec<u8>, PathBuf)> {
        let mut indexes = Vec::new();
        for worktree in &self.worktrees {
            let is_own = worktree.prefix.is_empty();
            let named = self.index_file.clone().filter(|_| is_own);
            let trusted = named.filter(|path| path.is_file());
            let own = worktree.git_dir.join("index");
            if let Some(path) = trusted.or_else(|| self.guard.resolve(&own).ok()) {
                let name = worktree.prefix.strip_suffix(b"/").unwrap_or_default();
                indexes.push((name.to_vec(), path));
            }
        }
        indexes
    }

    /// This work tree first, then the main one and the linked ones.
    pub(super) fn worktrees(&self) -> &[Worktree] {
        &self.worktrees
    }

    /// Whether references are kept in tables rather than files.
    pub(super) fn has_reftables(&self) -> bool {
        self.ref_storage == RefStorage::Tables
    }

    /// Where links may lead.
    pub(super) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// What a file of the repository is called in reports: below the work tree or the bare folder
    /// where it lies there.
    pub(super) fn label(&self, path: &Path) -> Vec<u8> {
        let bare = |folder: &Path| folder.parent().map(Path::to_path_buf);
        let home = match &self.work_tree {
            Some(work_tree) if self.common_dir.starts_with(work_tree) => Some(work_tree.clone()),
            _ => bare(&self.common_dir),
        };
        let below = home.as_ref().and_then(|home| path.strip_prefix(home).ok());
        shown(below.unwrap_or(path))
    }

    /// A skip of one of the repository's own files.
    pub(super) fn skip(&self, path: &Path, reason: SkipReason) -> Skip {
        Skip {
            what: self.label(path),
            holder: None,
            reason,
        }
    }

    fn find_worktrees(&mut self) {
        let mut found = vec![Worktree {
            prefix: Vec::new(),
            git_dir: self.git_dir.clone(),
        }];
        if self.git_dir != self.common_dir {
            found.push(Worktree {
                prefix: b"main-worktree/".to_vec(),
                git_dir: self.common_dir.clone(),
            });
        }
        let mut skips = Vec::new();
        let refuse = |path: &Path, reason| skips.push(self.skip(path, reason));
        let linked = self
            .guard
            .folders(&self.common_dir.join("worktrees"), refuse);
        for (named, git_dir) in linked {
            if found.iter().any(|known| known.git_dir == git_dir) {
                continue;
            }
            let name = shown(Path::new(named.file_name().unwrap_or_default()));
            let prefix = [b"worktrees/", &name[..], b"/"].concat();
            found.push(Worktree { prefix, git_dir });
        }
        self.worktrees = found;
        for worktree in &self.worktrees {
            let index = worktree.git_dir.join("index");
            match self.guard.resolve(&index) {
                Ok(_) | Err(SkipReason::Vanished) => {}
                Err(reason) => skips.push(self.skip(&index, reason)),
            }
        }
        self.skips.append(&mut skips);
    }

    fn find_stores(&mut self, environment: &Environment) {
        let mut stores = Stores::default();
        let quarantine = environment.object_directory.as_deref();
        for folder in quarantine
            .into_iter()
            .chain(environment.alternates.iter().map(|p| &**p))
        {
            stores.add(folder, true, &self.guard);
        }
        stores.add(&self.common_dir.join("objects"), false, &self.guard);
        for (path, line, reason) in stores.refused {
            let mut skip = self.skip(&path, reason);
            if let Some(line) = line {
                skip.what.extend(format!(":{line}").into_bytes());
            }
            self.skips.push(skip);
        }
        self.object_folders = stores.folders;
    }

    fn find_boundary(&mut self) {
        let path = self.common_dir.join("shallow");
        let text = self.guard.read(&path, LIST_BYTES_MAX);
        let mut broken = None;
        match text {
            Ok(text) => {
                let text = text.unwrap_or_default();
                for (n, line) in text.split(|&byte| byte == b'\n').enumerate() {
                    match Id::parse(self.format, line.trim_ascii_end()) {
                        Some(id) => self.shallow.push(id),
                        None if line.is_empty() => {}
                        None => broken = broken.or(Some(n + 1)),
                    }
                }
            }
            Err(reason) => self.skips.push(self.skip(&path, reason)),
        }
        if let Some(line) = broken {
            let reason = SkipReason::Damaged {
                kind: "shallow",
                problem: format!("line {line} is no id"),
            };
            self.skips.push(self.skip(&path, reason));
        }
    }
}
