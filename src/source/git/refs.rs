//! References, reflogs, and whatever else keeps an object alive.
//!
//! Parts: `loose` reads files of one reference each, `packed` the list of many, `reftable` the
//! tables that newer repositories have instead, `log` the reflogs. What several of them say of one
//! name is settled here: a file wins over the list, a newer table over an older.

mod log;
mod loose;
mod packed;
mod reftable;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::repository::{LIST_BYTES_MAX, Repository, Worktree};
use crate::blob::{Skip, SkipReason};
use crate::git::Id;

/// Symbolic references in a row that are followed, as in git.
const LINKS_MAX: usize = 5;

/// Bytes of lists, tables and reflogs in all: files with holes in them cost a hostile maker
/// nothing.
const BYTES_MAX: u64 = 8 << 30;

/// What a repository's references say.
#[derive(Debug, Default)]
pub(super) struct Refs {
    /// Every name, ascending; one that lists several objects, such as `FETCH_HEAD`, once for each.
    pub(super) names: Vec<Ref>,
    /// Every id that a reflog names, and what packed tags lead to; ascending, each once, whether
    /// the object is there or not.
    pub(super) logs: Vec<Id>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

/// One reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ref {
    /// Its full name. Those of other work trees begin with `main-worktree/` or `worktrees/NAME/`.
    pub(super) name: Vec<u8>,
    /// The object; `None` where it leads nowhere, such as to a branch that is not born yet.
    pub(super) target: Option<Id>,
}

impl Refs {
    /// What a name stands for that may be short, such as `main`, `origin/main`, `v1` or `stash`.
    ///
    /// Source: gitrevisions(7), "refname".
    pub(super) fn resolve(&self, name: &[u8]) -> Option<Id> {
        let name = if name == b"@" { b"HEAD" } else { name };
        let ways: [(&[u8], &[u8]); 6] = [
            (b"", b""),
            (b"refs/", b""),
            (b"refs/tags/", b""),
            (b"refs/heads/", b""),
            (b"refs/remotes/", b""),
            (b"refs/remotes/", b"/HEAD"),
        ];
        ways.into_iter()
            .find_map(|(before, after)| self.target(&[before, name, after].concat()))
    }

    fn target(&self, full_name: &[u8]) -> Option<Id> {
        let first = self
            .names
            .partition_point(|known| &known.name[..] < full_name);
        let same = self.names[first..]
            .iter()
            .take_while(|known| known.name == full_name);
        same.filter_map(|known| known.target).next()
    }
}

/// What is written under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    /// One object; several in `FETCH_HEAD` and `MERGE_HEAD`.
    Ids(Vec<Id>),
    /// Another name.
    Symbolic(Vec<u8>),
}

/// What was read so far.
#[derive(Default)]
struct Found {
    values: BTreeMap<Vec<u8>, Value>,
    ids: HashSet<Id>,
    skips: Vec<Skip>,
    /// Of long files, that were read.
    bytes: u64,
}

impl Found {
    /// Reads a file that may be long; what is wrong with it is a skip.
    fn read(&mut self, repository: &Repository, path: &Path) -> Vec<u8> {
        let bytes_max = LIST_BYTES_MAX.min(BYTES_MAX - self.bytes);
        match repository.guard().read(path, bytes_max) {
            Ok(text) => {
                let text = text.unwrap_or_default();
                self.bytes += text.len() as u64;
                text
            }
            Err(reason) => {
                self.skips.push(repository.skip(path, reason));
                Vec::new()
            }
        }
    }
}

/// Reads all of a repository.
pub(super) fn read(repository: &Repository) -> Refs {
    let mut found = Found::default();
    if !repository.has_reftables() {
        packed(repository, &mut found);
    }
    for worktree in repository.worktrees() {
        loose::pseudo(repository, worktree, &mut found);
        if repository.has_reftables() {
            tables(repository, worktree, &mut found);
        } else {
            loose::walk(repository, worktree, &mut found);
        }
        log::walk(repository, worktree, &mut found);
    }
    settle(found)
}

/// What this work tree has checked out, without reading more than is needed for that.
pub(super) fn head(repository: &Repository) -> Option<Id> {
    if repository.has_reftables() {
        return read(repository).resolve(b"HEAD");
    }
    let mut name = b"HEAD".to_vec();
    for _ in 0..=LINKS_MAX {
        let value = match loose::one(repository, &name) {
            Some(value) => value,
            None => return from_list(repository, &name),
        };
        match value {
            Value::Ids(ids) => return ids.first().copied(),
            Value::Symbolic(target) => name = target,
        }
    }
    None
}

/// Looks a name up in `packed-refs`.
fn from_list(repository: &Repository, name: &[u8]) -> Option<Id> {
    let path = repository.common_dir.join("packed-refs");
    let text = repository.guard().read(&path, LIST_BYTES_MAX).ok()??;
    let mut target = None;
    packed::parse(&text, repository.format, |line| {
        if let packed::Line::Ref(id, known) = line
            && known == name
        {
            target = Some(id);
        }
    });
    target
}

fn packed(repository: &Repository, found: &mut Found) {
    let path = repository.common_dir.join("packed-refs");
    let text = found.read(repository, &path);
    let broken = packed::parse(&text, repository.format, |line| match line {
        packed::Line::Ref(id, name) => {
            found.values.insert(name.to_vec(), Value::Ids(vec![id]));
        }
        packed::Line::Peeled(id) => {
            found.ids.insert(id);
        }
    });
    if let Some(line) = broken {
        let problem = format!("line {line} is no reference");
        found
            .skips
            .push(repository.skip(&path, damaged("packed-refs", problem)));
    }
}

fn tables(repository: &Repository, worktree: &Worktree, found: &mut Found) {
    let folder = worktree.git_dir.join("reftable");
    let stack = reftable::read(repository, &folder);
    found.skips.extend(stack.skips);
    found.ids.extend(stack.ids);
    for (name, record) in stack.records {
        let value = match record {
            reftable::Record::Gone => continue,
            reftable::Record::Id(id) => Value::Ids(vec![id]),
            reftable::Record::Symbolic(target) => Value::Symbolic(target),
        };
        found
            .values
            .insert(full_name(repository, worktree, &name), value);
    }
}

/// The name by which all work trees know what one of them calls `name`.
fn full_name(repository: &Repository, worktree: &Worktree, name: &[u8]) -> Vec<u8> {
    if worktree.git_dir == repository.common_dir && !is_of_one_worktree(name) {
        return name.to_vec();
    }
    [&worktree.prefix[..], name].concat()
}

/// Whether each work tree has a reference of this name of its own.
///
/// Source: git-worktree(1), "Refs".
fn is_of_one_worktree(name: &[u8]) -> bool {
    let own: [&[u8]; 3] = [b"refs/bisect/", b"refs/worktree/", b"refs/rewritten/"];
    !name.starts_with(b"refs/") || own.iter().any(|folder| name.starts_with(folder))
}

/// Follows symbolic references and puts everything in order.
fn settle(mut found: Found) -> Refs {
    let mut refs = Refs::default();
    let mut unborn = Vec::new();
    for (name, value) in &found.values {
        let mut last = (name, value);
        let mut n_links = 0;
        let ids = loop {
            match last.1 {
                Value::Ids(ids) => break &ids[..],
                Value::Symbolic(_) if n_links == LINKS_MAX => {
                    let problem = "symbolic references lead to each other without end".to_owned();
                    found.skips.push(Skip {
                        what: name.clone(),
                        holder: None,
                        reason: damaged("reference", problem),
                    });
                    break &[];
                }
                Value::Symbolic(target) => {
                    let full = seen_from(name, target);
                    let Some(next) = found.values.get_key_value(&full) else {
                        unborn.push(full);
                        break &[];
                    };
                    last = next;
                    n_links += 1;
                }
            }
        };
        let targets = ids.iter().map(|id| Some(*id));
        let none = ids.is_empty().then_some(None);
        refs.names.extend(targets.chain(none).map(|target| Ref {
            name: name.clone(),
            target,
        }));
    }
    // A name that only another names is a name all the same.
    refs.names
        .extend(unborn.into_iter().map(|name| Ref { name, target: None }));
    // Several ids of one name stay in their order.
    refs.names.sort_by(|a, b| a.name.cmp(&b.name));
    refs.names.dedup();
    refs.logs = found.ids.into_iter().filter(|id| !id.is_null()).collect();
    refs.logs.sort_unstable();
    refs.skips = found.skips;
    refs.skips.sort();
    refs
}

/// The full name of what a reference of this full name calls `target`.
fn seen_from(name: &[u8], target: &[u8]) -> Vec<u8> {
    if !is_of_one_worktree(target) {
        return target.to_vec();
    }
    let prefix: &[u8] = if name.starts_with(b"main-worktree/") {
        b"main-worktree/"
    } else if let Some(rest) = name.strip_prefix(b"worktrees/") {
        let end = rest.iter().position(|&byte| byte == b'/');
        end.map_or(b"", |end| &name[..b"worktrees/".len() + end + 1])
    } else {
        b""
    };
    [prefix, target].concat()
}

fn damaged(kind: &'static str, problem: String) -> SkipReason {
    SkipReason::Damaged { kind, problem }
}
