//! References in a file each: below `refs`, and those such as `HEAD` that stand above it.
//!
//! Source: gitrepository-layout(5), gitglossary(7) on pseudorefs.

use std::collections::HashSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{Found, Value, damaged, full_name, is_of_one_worktree};
use crate::blob::{Skip, SkipReason};
use crate::git::{Format, Id};
use crate::source::files::shown;
use crate::source::git::repository::{Repository, What, Worktree, path_of};

/// Bytes of a file that holds one reference.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// Bytes of a file that may hold many ids, such as `FETCH_HEAD`.
const IDS_BYTES_MAX: u64 = 64 << 20;

/// Folders in each other that are looked into.
const DEPTH_MAX: usize = 128;

/// Names above `refs` that hold ids, besides those that end in `HEAD`.
const OTHERS: &[&[u8]] = &[
    b"AUTO_MERGE",
    b"BISECT_EXPECTED_REV",
    b"MERGE_AUTOSTASH",
    b"NOTES_MERGE_PARTIAL",
    b"NOTES_MERGE_REF",
];

/// Adds what stands below `refs` in the folder of a work tree.
pub(super) fn walk(repository: &Repository, worktree: &Worktree, found: &mut Found) {
    let top = worktree.git_dir.join("refs");
    for (name, path) in files(repository, &top, &mut found.skips) {
        if name.ends_with(b".lock") {
            continue;
        }
        let name = [b"refs/", &name[..]].concat();
        let read = read(repository, &path, FILE_BYTES_MAX).and_then(|text| match text {
            None => Ok(None),
            Some(Text::Link(target)) => Ok(Some(Value::Symbolic(target))),
            Some(Text::Bytes(text)) => parse(&text, repository.format).map(Some),
        });
        match read {
            Ok(Some(value)) => {
                let name = full_name(repository, worktree, &name);
                found.values.insert(name, value);
            }
            Ok(None) => {}
            Err(reason) => found.skips.push(repository.skip(&path, reason)),
        }
    }
}

/// Adds `HEAD` and its like of a work tree. Where references are in tables, `HEAD` is there too and
/// its file says nothing.
pub(super) fn pseudo(repository: &Repository, worktree: &Worktree, found: &mut Found) {
    let listed = match repository.guard().list(&worktree.git_dir) {
        Ok(listed) => listed,
        Err(reason) => {
            found.skips.push(repository.skip(&worktree.git_dir, reason));
            return;
        }
    };
    for entry in listed.iter().filter(|entry| entry.kind != What::Folder) {
        let name = shown(Path::new(entry.path.file_name().unwrap_or_default()));
        let is_shouted = name
            .iter()
            .all(|&byte| byte.is_ascii_uppercase() || byte == b'_' || byte == b'-');
        if !is_shouted || (name == b"HEAD" && repository.has_reftables()) {
            continue;
        }
        let is_known = name == b"HEAD" || name.ends_with(b"_HEAD") || OTHERS.contains(&&name[..]);
        match pseudo_value(repository, &entry.path, &name) {
            Ok(Some(value)) => {
                let name = [&worktree.prefix[..], &name].concat();
                found.values.insert(name, value);
            }
            Ok(None) => {}
            Err(reason) if is_known => found.skips.push(repository.skip(&entry.path, reason)),
            // A file of some other use, such as a draft of a message.
            Err(_) => {}
        }
    }
}

fn pseudo_value(
    repository: &Repository,
    path: &Path,
    name: &[u8],
) -> Result<Option<Value>, SkipReason> {
    let text = match read(repository, path, IDS_BYTES_MAX)? {
        None => return Ok(None),
        Some(Text::Link(target)) => return Ok(Some(Value::Symbolic(target))),
        Some(Text::Bytes(text)) => text,
    };
    let is_list = name == b"FETCH_HEAD" || name == b"MERGE_HEAD";
    if !is_list {
        return parse(&text, repository.format).map(Some);
    }
    let mut ids = Vec::new();
    for (n, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() {
            continue;
        }
        let Ok(Value::Ids(id)) = parse(line, repository.format) else {
            let problem = format!("line {} holds no id", n + 1);
            return Err(damaged("reference", problem));
        };
        ids.extend(id);
    }
    Ok((!ids.is_empty()).then_some(Value::Ids(ids)))
}

/// What one name says, if there is a file of it.
pub(super) fn one(repository: &Repository, name: &[u8]) -> Option<Value> {
    let path = path_of(name);
    let is_plain = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if !is_plain || !(name == b"HEAD" || name.starts_with(b"refs/")) {
        return None;
    }
    let folder = match is_of_one_worktree(name) {
        true => &repository.git_dir,
        false => &repository.common_dir,
    };
    let path = folder.join(path);
    repository.guard().resolve(path.parent()?).ok()?;
    match read(repository, &path, FILE_BYTES_MAX).ok()?? {
        Text::Link(target) => Some(Value::Symbolic(target)),
        Text::Bytes(text) => parse(&text, repository.format).ok(),
    }
}

enum Text {
    Bytes(Vec<u8>),
    /// A symbolic link to a name, which is how symbolic references were once written.
    Link(Vec<u8>),
}

fn read(repository: &Repository, path: &Path, bytes_max: u64) -> Result<Option<Text>, SkipReason> {
    if let Ok(target) = fs::read_link(path) {
        let target = shown(&target);
        if target.starts_with(b"refs/") {
            return Ok(Some(Text::Link(target)));
        }
    }
    let text = repository.guard().read(path, bytes_max)?;
    Ok(text.map(Text::Bytes))
}

/// Reads what a file of one reference holds.
fn parse(text: &[u8], format: Format) -> Result<Value, SkipReason> {
    if let Some(target) = text.strip_prefix(b"ref:") {
        let target = target.trim_ascii();
        if !target.is_empty() && !target.contains(&0) {
            return Ok(Value::Symbolic(target.to_vec()));
        }
    }
    let hex_len = 2 * format.len();
    let is_ended = text.get(hex_len).is_none_or(u8::is_ascii_whitespace);
    let id = text
        .get(..hex_len)
        .and_then(|hex| Id::parse(format, hex))
        .filter(|id| is_ended && !id.is_null());
    let problem = || damaged("reference", "holds no id and no `ref: …`".to_owned());
    id.map(|id| Value::Ids(vec![id])).ok_or_else(problem)
}

/// Every file below a folder, with its name from there. Links to folders are followed below the
/// root, no folder twice.
pub(super) fn files(
    repository: &Repository,
    top: &Path,
    skips: &mut Vec<Skip>,
) -> Vec<(Vec<u8>, PathBuf)> {
    let guard = repository.guard();
    let mut files = Vec::new();
    let mut known = HashSet::new();
    let mut folders = match guard.resolve(top) {
        Ok(canonical) => vec![(Vec::new(), canonical, 0)],
        Err(SkipReason::Vanished) => Vec::new(),
        Err(reason) => {
            skips.push(repository.skip(top, reason));
            Vec::new()
        }
    };
    while let Some((above, folder, depth)) = folders.pop() {
        if !known.insert(folder.clone()) || !folder.is_dir() {
            continue;
        }
        if depth == DEPTH_MAX {
            let name = "refs_depth";
            let value = DEPTH_MAX as u64;
            skips.push(repository.skip(&folder, SkipReason::Limit { name, value }));
            continue;
        }
        let listed = guard.list(&folder).unwrap_or_else(|reason| {
            skips.push(repository.skip(&folder, reason));
            Vec::new()
        });
        for entry in listed {
            let name = shown(Path::new(entry.path.file_name().unwrap_or_default()));
            if name.starts_with(b".") {
                continue;
            }
            let name = [&above[..], &name].concat();
            let below = || [&name[..], b"/"].concat();
            match entry.kind {
                What::Folder => folders.push((below(), entry.path, depth + 1)),
                What::File => files.push((name, entry.path)),
                What::Link => match guard.resolve(&entry.path) {
                    Ok(canonical) if canonical.is_dir() => {
                        folders.push((below(), canonical, depth + 1));
                    }
                    // Whoever reads it says what is wrong with it.
                    _ => files.push((name, entry.path)),
                },
            }
        }
    }
    files
}
