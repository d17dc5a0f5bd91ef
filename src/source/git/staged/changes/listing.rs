//! The entries of one tree, looked up by name and marked where they are found.

use std::cmp::Ordering;

use super::Gone;
use crate::blob::SkipReason;
use crate::git::tree::{self, Mode};
use crate::git::{Format, Id};

/// Deleted files and folders that are remembered, to see where they went.
const GONE_MAX: usize = 10_000;

/// The entries of a tree.
pub(super) struct Listing<'a> {
    /// In the order of names, those of folders as if a slash followed.
    entries: Vec<(tree::Entry<'a>, bool)>,
    /// Where the next one asked for most likely stands.
    cursor: usize,
    format: Format,
}

impl<'a> Listing<'a> {
    /// Reads a tree, as far as it can be read.
    pub(super) fn read(mut bytes: &'a [u8], format: Format) -> (Self, Option<SkipReason>) {
        let mut entries = Vec::new();
        let reason = loop {
            match tree::next(&mut bytes, format) {
                Ok(Some(entry)) => entries.push((entry, false)),
                Ok(None) => break None,
                Err(problem) => {
                    break Some(SkipReason::Damaged {
                        kind: "git tree",
                        problem: problem.to_string(),
                    });
                }
            }
        };
        if !entries.is_sorted_by(|a, b| order(&a.0, &b.0).is_lt()) {
            entries.sort_by(|a, b| order(&a.0, &b.0));
        }
        let listing = Self {
            entries,
            cursor: 0,
            format,
        };
        (listing, reason)
    }

    /// The blob of a name, or its tree. Asking in order is quick.
    pub(super) fn find(&mut self, name: &[u8], is_tree: bool) -> Option<Id> {
        let compare = |entry: &tree::Entry<'_>| {
            compare((entry.name, entry.mode == Mode::Tree), (name, is_tree))
        };
        let at_cursor = self.entries.get(self.cursor).map(|(entry, _)| entry);
        let at = if at_cursor.is_some_and(|entry| compare(entry) == Ordering::Equal) {
            self.cursor
        } else {
            let found = self.entries.binary_search_by(|(entry, _)| compare(entry));
            self.cursor = found.unwrap_or_else(|next| next);
            found.ok()?
        };
        self.cursor = at + 1;
        let (entry, found) = &mut self.entries[at];
        // Where a commit of another repository stood there was no file.
        if entry.mode == Mode::Submodule {
            return None;
        }
        *found = true;
        Id::new(self.format, entry.id)
    }

    /// Every entry.
    pub(super) fn entries(&self) -> impl Iterator<Item = &tree::Entry<'a>> {
        self.entries.iter().map(|(entry, _)| entry)
    }

    /// Adds what nobody asked for.
    pub(super) fn gone(&self, path: &[u8], out: &mut Vec<Gone>) {
        for (entry, found) in &self.entries {
            let id = Id::new(self.format, entry.id);
            if let (false, Some(id)) = (*found || entry.mode == Mode::Submodule, id)
                && out.len() < GONE_MAX
            {
                out.push(Gone {
                    path: [path, entry.name].concat(),
                    id,
                    is_tree: entry.mode == Mode::Tree,
                });
            }
        }
    }
}

fn order(a: &tree::Entry<'_>, b: &tree::Entry<'_>) -> Ordering {
    compare(
        (a.name, a.mode == Mode::Tree),
        (b.name, b.mode == Mode::Tree),
    )
}

/// Compares names as trees are sorted by them: those of folders as if a slash followed.
fn compare((a, a_is_tree): (&[u8], bool), (b, b_is_tree): (&[u8], bool)) -> Ordering {
    let n = a.len().min(b.len());
    // PERF: comparing whole ranges and not byte by byte; folders of 10,000 files are read this way.
    a[..n].cmp(&b[..n]).then_with(|| {
        let rest = |name: &'_ [u8], is_tree: bool| {
            let end = is_tree.then_some(b'/');
            [name.get(n).copied().or(end), name.get(n).and(end)]
        };
        let (rest_a, rest_b) = (rest(a, a_is_tree), rest(b, b_is_tree));
        rest_a[0]
            .cmp(&rest_b[0])
            .then(a.len().cmp(&b.len()))
            .then(rest_a[1].cmp(&rest_b[1]))
    })
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::compare;

    #[test]
    fn folders_are_sorted_as_if_a_slash_followed() {
        let sorted: [(&[u8], bool); 6] = [
            (b"a", false),
            (b"a-b", false),
            (b"a", true),
            (b"a0", false),
            (b"a0", true),
            (b"b", true),
        ];
        for (n, first) in sorted.iter().enumerate() {
            assert_eq!(compare(*first, *first), Ordering::Equal);
            for second in &sorted[n + 1..] {
                assert_eq!(compare(*first, *second), Ordering::Less);
                assert_eq!(compare(*second, *first), Ordering::Greater);
            }
        }
    }
}
