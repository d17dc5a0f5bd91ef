//! What the repository holds, as far as the next commit needs it.

use std::path::{Path, PathBuf};

use super::Staged;
use crate::blob::SkipReason;
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::git::{Format, Id, Kind, commit};
use crate::source::files::{Links, Whole, read_whole};
use crate::source::git::repository::Repository;
use crate::source::git::store::Store;

/// Longest file of names that is read, in bytes.
const NAMES_BYTES_MAX: u64 = 1 << 20;

/// What is said of a repository without a work tree.
const BARE: &str = "is a bare repository, in which nothing is staged; name a work tree, or scan all of \
                    it with `leakgate git`";

/// A repository whose next commit is looked at.
pub(super) struct Ground {
    repository: Repository,
    store: Store,
    index: PathBuf,
}

impl Ground {
    /// Finds the repository.
    ///
    /// # Errors
    ///
    /// There is none, none that is understood, or a bare one.
    pub(super) fn open(staged: &Staged) -> Result<Self> {
        let repository = Repository::open(&staged.repository, &staged.environment, None)?;
        let format = repository.format;
        // What is needed of a pack that cannot be opened is missing, and that is told.
        let (store, _) = Store::open(&repository.object_folders, format, &staged.limits);
        let environment = &staged.environment;
        let index = match &environment.index_file {
            Some(file) => staged.repository.join(file),
            None => repository.git_dir.join("index"),
        };
        // Whoever names the folder of a repository may keep its work tree anywhere.
        let is_named = environment.git_dir.is_some() || environment.index_file.is_some();
        if repository.work_tree.is_none() && !is_named && !index.exists() {
            return Err(Error::Repository {
                path: staged.repository.clone(),
                problem: BARE.to_owned(),
            });
        }
        Ok(Self {
            repository,
            store,
            index,
        })
    }

    /// Bounds what is read by other limits.
    pub(super) fn bound(&mut self, limits: &Limits) {
        let repository = &self.repository;
        (self.store, _) = Store::open(&repository.object_folders, repository.format, limits);
    }

    /// The index file.
    pub(super) fn index_path(&self) -> &Path {
        &self.index
    }

    /// How the repository names its objects.
    pub(super) const fn format(&self) -> Format {
        self.repository.format
    }

    /// The folder of the repository, in which other tools keep what is too large for git.
    pub(super) fn folder(&self) -> &Path {
        &self.repository.common_dir
    }

    /// The commits that the next one follows: HEAD, and what is merged into it.
    pub(super) fn parents(&self) -> Vec<Id> {
        let mut parents: Vec<_> = self.repository.head().into_iter().collect();
        let merged = small(&self.repository.git_dir.join("MERGE_HEAD")).unwrap_or_default();
        let names = merged.split(|&byte| byte == b'\n');
        parents.extend(names.filter_map(|name| Id::parse(self.format(), name.trim_ascii())));
        parents
    }

    /// The tree of a commit.
    ///
    /// # Errors
    ///
    /// It cannot be read, is not there or is no commit.
    pub(super) fn tree_of(&self, id: &Id) -> std::result::Result<Id, SkipReason> {
        let bytes = self.expect(id, Kind::Commit)?;
        let problem = |problem: crate::git::Malformed| SkipReason::Damaged {
            kind: "git commit",
            problem: problem.to_string(),
        };
        Ok(commit::commit(&bytes, self.format()).map_err(problem)?.tree)
    }

    /// The bytes of a tree.
    ///
    /// # Errors
    ///
    /// It cannot be read, is not there or is no tree.
    pub(super) fn tree(&self, id: &Id) -> std::result::Result<Vec<u8>, SkipReason> {
        self.expect(id, Kind::Tree)
    }

    /// The bytes of a blob.
    ///
    /// # Errors
    ///
    /// It cannot be read, is not there or is no blob.
    pub(super) fn blob(&self, id: &Id) -> std::result::Result<Vec<u8>, SkipReason> {
        self.expect(id, Kind::Blob)
    }

    fn expect(&self, id: &Id, kind: Kind) -> std::result::Result<Vec<u8>, SkipReason> {
        match self.store.read(id)? {
            Some((found, bytes)) if found == kind => Ok(bytes),
            Some(_) => Err(SkipReason::Damaged {
                kind: "git object",
                problem: "it is not of the kind that its place asks for".to_owned(),
            }),
            None => Err(SkipReason::Missing(
                "its object is not in this repository; fetch it, or add the file again",
            )),
        }
    }
}

fn small(path: &Path) -> Option<Vec<u8>> {
    match read_whole(path, Links::Refuse, NAMES_BYTES_MAX) {
        Ok(Whole::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}
