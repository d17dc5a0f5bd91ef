//! Where shown paths stand below a folder, so that globs mean the same wherever a run was started.
//!
//! A path is shown as the user named its target: `a.py`, `src/a.py` and `/x/src/a.py` may be one
//! file. Globs of a configuration count from its folder, so each target says where it stands below.

use std::borrow::Cow;

use crate::config::globs::Entry;

/// Where each target of a run stands below a folder.
#[derive(Clone, Debug, Default)]
pub struct Bases {
    /// The longest prefix first.
    targets: Vec<Base>,
}

#[derive(Clone, Debug)]
struct Base {
    /// The target as given, without `/` at its end.
    given: Vec<u8>,
    /// What paths in it begin with; the target itself where that is a file.
    prefix: Vec<u8>,
    /// What stands for the prefix.
    below: Vec<u8>,
    last: Entry,
}

impl Bases {
    /// Adds a target: as the user gave it, what it is, and its path below the folder, which is
    /// empty for the folder itself.
    pub fn add(&mut self, given: &[u8], last: Entry, below: &[u8]) {
        let given = trimmed(given);
        let mut prefix = given.to_vec();
        let mut below = below.to_vec();
        if last == Entry::Folder {
            prefix.push(b'/');
            if prefix == b"./" {
                prefix.clear();
            }
            if !below.is_empty() {
                below.push(b'/');
            }
        }
        self.targets.push(Base {
            given: given.to_vec(),
            prefix,
            below,
            last,
        });
        self.targets
            .sort_by_key(|base| std::cmp::Reverse(base.prefix.len()));
    }

    /// The path below the folder of what is shown as `shown`; `shown` itself where no target says
    /// anything of it.
    pub fn below<'a>(&self, shown: &'a [u8]) -> Cow<'a, [u8]> {
        for base in &self.targets {
            let rest = if trimmed(shown) == base.given {
                &[]
            } else {
                match shown.strip_prefix(&*base.prefix) {
                    Some(rest) if base.last == Entry::Folder || rest.starts_with(b"!") => rest,
                    _ => continue,
                }
            };
            if base.below.is_empty() {
                return Cow::Borrowed(rest);
            }
            let mut below = [&*base.below, rest].concat();
            if rest.is_empty() && below.ends_with(b"/") {
                below.pop();
            }
            return Cow::Owned(below);
        }
        Cow::Borrowed(shown)
    }
}

/// `path` without `/` at its end.
fn trimmed(path: &[u8]) -> &[u8] {
    let n_slashes = path.iter().rev().take_while(|&&byte| byte == b'/').count();
    &path[..path.len() - n_slashes]
}

#[cfg(test)]
mod tests {
    use super::{Bases, Entry};

    #[track_caller]
    fn check(targets: &[(&str, Entry, &str)], shown: &str, expected: &str) {
        let mut bases = Bases::default();
        for (given, last, below) in targets {
            bases.add(given.as_bytes(), *last, below.as_bytes());
        }
        let below = bases.below(shown.as_bytes());
        assert_eq!(String::from_utf8_lossy(&below), expected);
    }

    #[test]
    fn one_file_is_one_path_however_it_is_named() {
        check(&[(".", Entry::Folder, "")], "src/a", "src/a");
        check(&[(".", Entry::Folder, "src")], "a", "src/a");
        check(&[("src", Entry::Folder, "src")], "src/a", "src/a");
        check(&[("/x/src/", Entry::Folder, "src")], "/x/src/a", "src/a");
        check(&[("../src", Entry::Folder, "src")], "../src/a", "src/a");
        check(&[("a", Entry::File, "src/a")], "a", "src/a");
        check(&[("/", Entry::Folder, "")], "/src/a", "src/a");
    }

    #[test]
    fn target_itself_and_members_of_a_file() {
        check(&[(".", Entry::Folder, "src")], ".", "src");
        check(&[(".", Entry::Folder, "")], ".", "");
        check(&[("d/", Entry::Folder, "x/d")], "d/", "x/d");
        check(&[("d/", Entry::Folder, "x/d")], "d", "x/d");
        check(&[("a.zip", Entry::File, "d/a.zip")], "a.zip!b", "d/a.zip!b");
        check(&[("a", Entry::File, "d/a")], "ab", "ab");
    }

    #[test]
    fn longest_target_tells() {
        let targets = [
            (".", Entry::Folder, "w"),
            ("../o", Entry::Folder, "o"),
            ("s", Entry::Folder, "z"),
        ];
        check(&targets, "../o/a", "o/a");
        check(&targets, "s/a", "z/a");
        check(&targets, "t/a", "w/t/a");
    }
}
