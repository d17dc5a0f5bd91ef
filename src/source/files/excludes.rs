//! What `--exclude` and the configuration leave out.

use std::path::Path;

use super::system;
use crate::config::{Bases, Entry, Globs};
use crate::error::Result;

/// Globs that leave files and folders out, as [`Globs`] says.
///
/// Those of `--exclude` count from the target and are also matched against paths as reports show
/// them, so that a path can be copied from a report. Those of a configuration count from its folder.
/// What matches as a folder is left out with all that is in it, and so is a target that the user
/// names.
#[derive(Clone, Debug, Default)]
pub struct Excludes {
    flags: Globs,
    configured: Globs,
    bases: Bases,
}

impl Excludes {
    /// Parses `globs`, each with the flag or key that it came from.
    ///
    /// # Errors
    ///
    /// `Glob` for the first one that does not parse.
    pub fn new<'a>(globs: impl IntoIterator<Item = (&'static str, &'a str)>) -> Result<Self> {
        Ok(Self {
            flags: Globs::new(globs)?,
            ..Self::default()
        })
    }

    /// Leaves out what the globs of a configuration name as well; `bases` says from where they count.
    #[must_use]
    pub fn and_configured(self, globs: Globs, bases: Bases) -> Self {
        Self {
            configured: globs,
            bases,
            ..self
        }
    }

    /// True where nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.flags.is_empty() && self.configured.is_empty()
    }

    /// True where a flag leaves `path` out; it is relative to the target or as shown.
    pub fn matches(&self, path: &Path, is_folder: bool) -> bool {
        self.flags.name(&system::as_bytes(path), entry(is_folder))
    }

    /// True where a target that the user named is left out.
    pub(super) fn leave_out_target(&self, given: &[u8], is_folder: bool) -> bool {
        let below = || self.bases.below(given);
        self.flags.name(given, entry(is_folder))
            || (!self.configured.is_empty() && self.configured.cover(&below(), entry(is_folder)))
    }

    /// True where what a walk meets is left out: its path in reports, and its path below the target.
    pub(super) fn leave_out(&self, shown: &[u8], below: &[u8], is_folder: bool) -> bool {
        let last = entry(is_folder);
        let by_flag = self.flags.name(below, last) || self.flags.name(shown, last);
        by_flag
            || (!self.configured.is_empty() && self.configured.name(&self.bases.below(shown), last))
    }
}

const fn entry(is_folder: bool) -> Entry {
    if is_folder {
        Entry::Folder
    } else {
        Entry::File
    }
}
