//! Globs of paths: the one meaning that they have in flags and in configurations.
//!
//! Works on bytes as reports show them, with `/` between names, and asks no file system.

use globset::{Candidate, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Error, Result};

/// Globs that name files and folders.
///
/// A glob without `/` is matched against each name: `*.min.js`, `vendor`. One with `/` is matched
/// against the whole path: `src/gen/*.rs`. A leading `/` or `./` changes nothing but turns a name
/// into a path (`/build` is only that at the top). With `/` at the end only folders match. `*` and
/// `?` stop at `/`, `**` does not. That is what a line of an ignore file means, without `!` and `#`.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    /// Of any kind of entry.
    entries: GlobSet,
    /// Of folders only.
    folders: GlobSet,
}

/// What the last name of a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A file, or a member of a container.
    File,
    /// A folder.
    Folder,
}

impl Globs {
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

    /// True where there is no glob.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.folders.is_empty()
    }

    /// True where a glob names `path` itself.
    pub fn name(&self, path: &[u8], last: Entry) -> bool {
        let path = bare(path);
        if path.is_empty() || self.is_empty() {
            return false;
        }
        let path = Candidate::from_bytes(path);
        self.entries.is_match_candidate(&path)
            || (last == Entry::Folder && self.folders.is_match_candidate(&path))
    }

    /// True where a glob names `path`, a folder above it, or the container that it is a member of.
    pub fn cover(&self, path: &[u8], last: Entry) -> bool {
        let path = bare(path);
        let above = path.iter().enumerate().filter_map(|(at, byte)| match byte {
            b'/' => Some((at, Entry::Folder)),
            b'!' => Some((at, Entry::File)),
            _ => None,
        });
        !self.is_empty()
            && (self.name(path, last) || { above }
                .any(|(end, entry)| self.name(&path[..end], entry)))
    }
}

/// `path` without what says only that it begins here.
fn bare(path: &[u8]) -> &[u8] {
    let path = match path {
        b"." => b"",
        _ => path.strip_prefix(b"./").unwrap_or(path),
    };
    let n_slashes = path.iter().take_while(|&&byte| byte == b'/').count();
    &path[n_slashes..]
}

#[cfg(test)]
mod tests {
    use super::{Entry, Globs};

    #[track_caller]
    fn check(glob: &str, path: &str, last: Entry, expected: (bool, bool)) {
        let globs = Globs::new([("exclude", glob)]).expect("the glob is good");
        let path = path.as_bytes();
        let found = (globs.name(path, last), globs.cover(path, last));
        assert_eq!(found, expected);
    }

    #[test]
    fn name_stands_anywhere_and_path_from_the_top() {
        check("*.js", "a/b.js", Entry::File, (true, true));
        check("a/*.js", "a/b.js", Entry::File, (true, true));
        check("a/*.js", "x/a/b.js", Entry::File, (false, false));
        check("/b.js", "a/b.js", Entry::File, (false, false));
        check("./b.js", "./b.js", Entry::File, (true, true));
        check("**/b", "/a/b", Entry::File, (true, true));
        check("*", ".", Entry::Folder, (false, false));
    }

    #[test]
    fn folder_covers_what_lies_in_it() {
        check("gen/", "gen", Entry::Folder, (true, true));
        check("gen/", "gen", Entry::File, (false, false));
        check("gen/", "src/gen/a/b", Entry::File, (false, true));
        check("src/gen", "src/gen/a/b", Entry::File, (false, true));
        check("src/*", "src/gen/a/b", Entry::File, (false, true));
        check("src/g", "src/gen/a", Entry::File, (false, false));
    }

    #[test]
    fn container_covers_its_members() {
        check("*.zip", "d/a.zip!b/c", Entry::File, (false, true));
        check("a.zip!b/", "a.zip!b/c", Entry::File, (false, true));
        check("a.zip/", "a.zip!b/c", Entry::File, (false, false));
    }
}
