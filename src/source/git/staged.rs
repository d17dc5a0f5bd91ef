//! What the next commit would add: the index against HEAD, and in a merge against the other side too.
//!
//! Bytes are read from the index, never from the work tree. Only what is new counts: a blob that stands
//! where it stood is not handed over, and of one that changed only the lines that the commit adds are
//! reported. What that is is worked out where something was found, and only there. Parts: `changes`
//! compares, `news` tells new lines, `hand` hands over, `ground` reads what the repository holds.
//!
//! Files that were moved as they are, or with less than half of their lines changed, add nothing but
//! their name and what changed. Deletions add nothing.

mod changes;
mod ground;
mod hand;
mod news;

use std::path::PathBuf;
use std::time::Instant;

use crate::blob::{BuildVisitor, Skip, SkipReason, Source};
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::git::tree::Mode;
use crate::source::git::Environment;
use crate::source::git::index::Index;

use ground::Ground;

/// Where what the next commit would add is looked up.
#[derive(Clone, Debug, Default)]
pub struct Staged {
    /// A work tree, or a folder in one.
    pub repository: PathBuf,
    /// What the environment says.
    pub environment: Environment,
    /// Bounds on what hostile input can cost.
    pub limits: Limits,
    /// When to stop.
    pub deadline: Option<Instant>,
}

/// What the next commit would add, with its repository opened.
pub struct NextCommit {
    staged: Staged,
    ground: Ground,
    index: std::result::Result<Index, SkipReason>,
}

impl Staged {
    /// Opens the repository and reads its index.
    ///
    /// # Errors
    ///
    /// There is no repository, it is stored in a way that is not understood, or it is a bare one.
    pub fn open(self) -> Result<NextCommit> {
        let ground = Ground::open(&self)?;
        let index = Index::read(ground.index_path(), ground.format());
        Ok(NextCommit {
            staged: self,
            ground,
            index,
        })
    }
}

impl NextCommit {
    /// The same within other bounds.
    #[must_use]
    pub fn within(mut self, limits: Limits, deadline: Option<Instant>) -> Self {
        if limits.git_bytes_max != self.staged.limits.git_bytes_max {
            self.ground.bound(&limits);
        }
        self.staged.limits = limits;
        self.staged.deadline = deadline;
        self
    }

    /// Reads a file as the next commit would hold it, if it would; `path` is relative to the root of
    /// the work tree.
    ///
    /// # Errors
    ///
    /// The index or the file in it cannot be read.
    pub fn staged_file(&self, path: &[u8]) -> Result<Option<Vec<u8>>> {
        let ground = &self.ground;
        let unreadable = |reason: SkipReason| Error::Unreadable {
            path: ground.index_path().to_owned(),
            source: std::io::Error::other(reason.to_string()),
        };
        let index = self.index.as_ref();
        let index = index.map_err(|reason| unreadable(reason.clone()))?;
        let id = match index.find(path) {
            [entry] if entry.stage == 0 && !entry.intent_to_add => match Mode::of(entry.mode) {
                Mode::File => Some(entry.id),
                _ => None,
            },
            _ => changes::find_sparse(ground, index, path).map_err(unreadable)?,
        };
        let Some(id) = id else { return Ok(None) };
        ground.blob(&id).map(Some).map_err(unreadable)
    }
}

impl Source for NextCommit {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        match &self.index {
            Ok(index) => {
                let changes = changes::compare(&self.ground, index);
                hand::hand(&self.ground, changes, &self.staged, visitors);
            }
            Err(reason) => visitors.build().skip(Skip {
                what: b"(index)".to_vec(),
                holder: None,
                reason: reason.clone(),
            }),
        }
        Ok(())
    }
}

impl Source for Staged {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        self.clone().open()?.walk(visitors)
    }
}
