//! Git repositories: every object of one ([`Git`]), and what the next commit would add ([`Staged`]).
//!
//! Objects, references and indexes are read by readers of our own, within bounds, and nothing of a
//! repository is run or believed: of its configuration only how it stores things is read.

mod history;
mod index;
mod lfs;
mod names;
mod pack;
mod refs;
mod repositories;
mod repository;
mod staged;
mod store;
mod walk;

use std::path::PathBuf;
use std::time::Instant;

use crate::config::Limits;
use crate::git::Id;

pub use repositories::Repositories;
pub use staged::{NextCommit, Staged};

/// What the environment says of a repository, as git hooks are told.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `GIT_DIR`.
    pub git_dir: Option<PathBuf>,
    /// `GIT_INDEX_FILE`.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: where new objects are, such as those of a push that is not accepted yet.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`, taken apart.
    pub alternates: Vec<PathBuf>,
}

/// Which commits are meant, and so which objects.
#[derive(Clone, Debug, Default)]
pub enum Selection {
    /// Every object there is, reachable or not.
    #[default]
    All,
    /// What any reference, reflog or index holds.
    Reachable,
    /// What these revisions hold, as the user wrote them: `A..B`, `^A`, `REF`.
    Revisions {
        /// At least one.
        words: Vec<String>,
        /// Only commits from this time on, in seconds since 1970.
        since: Option<i64>,
    },
    /// What these commits hold and those do not.
    Commits {
        /// What is meant.
        include: Vec<Id>,
        /// What is known already; those that are not there are passed over.
        exclude: Vec<Id>,
        /// What references are known, too: those whose full names begin like this.
        known: Option<Vec<u8>>,
    },
}

/// How versions are scanned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Only what differs from the base is looked at again.
    #[default]
    Changes,
    /// Each version in full, as if it stood alone.
    Full,
}

/// All objects of a repository.
#[derive(Clone, Debug, Default)]
pub struct Git {
    /// A work tree, a bare repository or a `.git`.
    pub repository: PathBuf,
    /// What the environment says.
    pub environment: Environment,
    /// Alternates, gitfiles and links are followed below this folder only; by default below the parent
    /// of the repository.
    pub root: Option<PathBuf>,
    /// What is scanned.
    pub selection: Selection,
    /// How versions are scanned.
    pub depth: Depth,
    /// Threads; 0 means as many as the machine has cores.
    pub jobs: usize,
    /// Bounds on what hostile input can cost.
    pub limits: Limits,
    /// When to stop.
    pub deadline: Option<Instant>,
}
