//! References in tables: a stack of files in `reftable/`, where a newer one overrules an older.
//!
//! Which tables there are stands in `tables.list`, oldest first. A table that is broken is a skip,
//! and what was read of it before that counts. Parts: `table` reads one.
//!
//! Source: the technical document reftable of git.

mod table;

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::{BYTES_MAX, damaged};
use crate::blob::{Skip, SkipReason};
use crate::git::Id;
use crate::source::git::repository::{LIST_BYTES_MAX, Repository, path_of};

pub(super) use table::Record;

/// Bytes of a list of tables.
const TABLES_BYTES_MAX: u64 = 1 << 20;

/// Tables in one list. Git merges them long before.
const TABLES_MAX: usize = 1_000;

/// How often the list is read again because a table of it was merged with others in the meantime.
const RETRIES_MAX: usize = 3;

/// What a stack of tables says.
#[derive(Default)]
pub(super) struct Stack {
    /// By name; the last word on each.
    pub(super) records: BTreeMap<Vec<u8>, Record>,
    /// What tags lead to, and what reflogs name. An entry of a reflog that a newer table takes back
    /// is still among them.
    pub(super) ids: HashSet<Id>,
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
}

/// Reads the tables in a folder; there need not be one.
pub(super) fn read(repository: &Repository, folder: &Path) -> Stack {
    let mut stack = Stack::default();
    let folder = match repository.guard().resolve(folder) {
        Ok(folder) => folder,
        Err(SkipReason::Vanished) => return stack,
        Err(reason) => {
            stack.skips.push(repository.skip(folder, reason));
            return stack;
        }
    };
    let list = folder.join("tables.list");
    for attempt in 0..=RETRIES_MAX {
        let text = match repository.guard().read(&list, TABLES_BYTES_MAX) {
            Ok(Some(text)) => text,
            Ok(None) => {
                let reason = SkipReason::Missing("the list of tables of references is not there");
                stack.skips.push(repository.skip(&list, reason));
                return stack;
            }
            Err(reason) => {
                stack.skips.push(repository.skip(&list, reason));
                return stack;
            }
        };
        stack = Stack::default();
        let all_there = tables(repository, &folder, &text, &mut stack);
        if all_there || attempt == RETRIES_MAX {
            break;
        }
        let again = repository.guard().read(&list, TABLES_BYTES_MAX);
        if again.is_ok_and(|again| again.as_ref() == Some(&text)) {
            break;
        }
    }
    stack
}

/// Reads the tables of a list; says whether each was there.
fn tables(repository: &Repository, folder: &Path, list: &[u8], stack: &mut Stack) -> bool {
    let mut all_there = true;
    let mut known = HashSet::new();
    let mut budget = table::Budget::default();
    let mut left = BYTES_MAX;
    for name in list.split(|&byte| byte == b'\n') {
        if name.is_empty() {
            continue;
        }
        let is_plain = name
            .iter()
            .all(|&byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !is_plain || name.starts_with(b".") || !known.insert(name) {
            let path = folder.join("tables.list");
            let problem = "names what is no table, or a table twice".to_owned();
            stack
                .skips
                .push(repository.skip(&path, damaged("reftable", problem)));
            continue;
        }
        if known.len() > TABLES_MAX {
            let name = "reftables";
            let value = TABLES_MAX as u64;
            let list = folder.join("tables.list");
            let reason = SkipReason::Limit { name, value };
            stack.skips.push(repository.skip(&list, reason));
            break;
        }
        let path = folder.join(path_of(name));
        let reason = match repository.guard().read(&path, LIST_BYTES_MAX.min(left)) {
            Ok(Some(bytes)) => {
                left -= bytes.len() as u64;
                budget.add(bytes.len());
                table::read(&bytes, repository.format, &mut budget, stack).err()
            }
            Ok(None) => {
                all_there = false;
                let words = "a table of references is named and not there";
                Some(SkipReason::Missing(words))
            }
            Err(reason) => Some(reason),
        };
        if let Some(reason) = reason {
            stack.skips.push(repository.skip(&path, reason));
        }
    }
    all_there
}
