//! What the user's `--exclude` globs leave out.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};

/// Globs that leave files and folders out.
///
/// A glob without `/` is matched against each name: `*.min.js`, `vendor`. One with `/` is matched
/// against the whole path, both relative to the target and as reports show it, so that a path can
/// be copied from a report: `src/gen/*.rs`. A leading `/` or `./` changes nothing but turns a name
/// into a path (`/build` is only that at the top). With `/` at the end only folders match. `*` and
/// `?` stop at `/`, `**` does not. What matches as a folder is left out with all that is in it, and
/// a target that the user names is left out where its path or name matches.
#[derive(Clone, Debug, Default)]
pub struct Excludes {
    /// Of any kind of entry.
    entries: GlobSet,
    /// Of folders only.
    folders: GlobSet,
}

impl Excludes {
    /// Parses `globs`, each with the flag or key that it came from.
    ///
    /// # Errors
    ///
    /// `Glob` for the first one that does not parse.
    pub fn new<'a>(globs: impl IntoIterator<Item = (&'static str, &'a str)>) -> Result<Self> {
        let mut entries = GlobSetBuilder::new();
        let mut folders = GlobSetBuilder::new();
        for (flag, glob) in globs {
            let fail = |source| Error::Glob {
                flag,
                glob: glob.to_owned(),
                source,
            };
            let body = glob.strip_suffix('/').unwrap_or(glob);
            let pattern = match body.strip_prefix("./").or_else(|| body.strip_prefix('/')) {
                Some(path) => path.to_owned(),
                None if body.contains('/') => body.to_owned(),
                None => format!("**/{body}"),
            };
            let parsed = GlobBuilder::new(&pattern)
                .literal_separator(true)
                .build()
                .map_err(fail)?;
            if glob.ends_with('/') {
                folders.add(parsed);
            } else {
                entries.add(parsed);
            }
        }
        let fail = |source| Error::Glob {
            flag: "exclude",
            glob: "all of them together".to_owned(),
            source,
        };
        Ok(Self {
            entries: entries.build().map_err(fail)?,
            folders: folders.build().map_err(fail)?,
        })
    }

    /// True where nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.folders.is_empty()
    }

    /// True where `path` is left out; it is relative to the target or as shown.
    pub fn matches(&self, path: &Path, is_folder: bool) -> bool {
        let bare = path.strip_prefix(".").or_else(|_| path.strip_prefix("/"));
        let path = bare.unwrap_or(path);
        if path.as_os_str().is_empty() {
            return false;
        }
        self.entries.is_match(path) || (is_folder && self.folders.is_match(path))
    }
}
