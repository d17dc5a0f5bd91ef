//! Reflogs: what references stood for before.
//!
//! Each line begins with the old and the new id. Source: git-reflog(1), gitrepository-layout(5).

use super::{Found, damaged, loose};
use crate::git::{Format, Id};
use crate::source::git::repository::{Repository, Worktree};

/// Adds every id that a reflog of a work tree names.
pub(super) fn walk(repository: &Repository, worktree: &Worktree, found: &mut Found) {
    let top = worktree.git_dir.join("logs");
    let files = loose::files(repository, &top, &mut found.skips);
    for (_, path) in files {
        let text = found.read(repository, &path);
        let broken = parse(&text, repository.format, |id| {
            found.ids.insert(id);
        });
        if let Some(line) = broken {
            let problem = format!("line {line} names no objects");
            found
                .skips
                .push(repository.skip(&path, damaged("reflog", problem)));
        }
    }
}

/// Calls `take` with every id, and answers with the number of the first broken line, from 1.
pub(super) fn parse(text: &[u8], format: Format, mut take: impl FnMut(Id)) -> Option<usize> {
    let hex_len = 2 * format.len();
    let mut broken = None;
    for (n, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let old = line.get(..hex_len).and_then(|hex| Id::parse(format, hex));
        let new = line
            .get(hex_len + 1..2 * hex_len + 1)
            .and_then(|hex| Id::parse(format, hex));
        if old.is_none() || new.is_none() {
            broken = broken.or(Some(n + 1));
        }
        old.into_iter().chain(new).for_each(&mut take);
    }
    broken
}
