//! An index that only says how it differs from a shared one.

use std::path::Path;

use super::bitmap::positions;
use super::parse::{Link, parse};
use super::{Entry, Index, bytes_of, damaged};
use crate::blob::SkipReason;
use crate::git::Format;

/// Makes `index` whole: its first entries, without paths, replace some of the shared one, the others
/// are added.
///
/// # Errors
///
/// The shared index is not there or not the one that is meant, or the two do not go together.
pub(super) fn join(
    index: &mut Index,
    link: &Link,
    path: &Path,
    format: Format,
) -> Result<(), SkipReason> {
    if link.base.is_null() {
        return index.check_order();
    }
    let beside = path.with_file_name(format!("sharedindex.{}", link.base));
    let missing = SkipReason::Missing("the shared index that it builds on is not here");
    let bytes = bytes_of(&beside)?.ok_or(missing)?;
    let base = parse(bytes, format)?;
    if base.checksum != link.base || base.link.is_some() {
        return Err(damaged("the shared index is not the one that is meant"));
    }
    let base = base.index;
    base.check_order()?;
    let mut entries = base.entries;
    let offset = index.paths.len() as u32;
    for entry in &mut entries {
        entry.path.0 += offset;
    }
    let n_replaced = apply(&mut entries, &index.entries, &link.bitmaps)?;
    index.paths.extend_from_slice(&base.paths);
    let added = index.entries.split_off(n_replaced);
    index.entries = entries;
    add(index, added)
}

/// Deletes and replaces entries of the shared index; returns how many were replaced.
fn apply(shared: &mut Vec<Entry>, own: &[Entry], bitmaps: &[u8]) -> Result<usize, SkipReason> {
    if bitmaps.is_empty() {
        return Ok(0);
    }
    let mut rest = bitmaps;
    let deleted = positions(&mut rest, shared.len())?;
    let replaced = positions(&mut rest, shared.len())?;
    if replaced.len() > own.len() {
        return Err(damaged("it replaces more entries than it holds"));
    }
    for (&position, entry) in replaced.iter().zip(own) {
        if entry.path.1 != 0 {
            return Err(damaged("an entry that replaces another one has a path"));
        }
        let path = shared[position as usize].path;
        shared[position as usize] = Entry { path, ..*entry };
    }
    let mut deleted = deleted.into_iter().peekable();
    let mut position = 0;
    shared.retain(|_| {
        let is_deleted = deleted.next_if_eq(&position).is_some();
        position += 1;
        !is_deleted
    });
    Ok(replaced.len())
}

/// Adds entries; one of the same path and stage makes room.
fn add(index: &mut Index, mut added: Vec<Entry>) -> Result<(), SkipReason> {
    added.append(&mut index.entries);
    // The sort keeps the order of equals, so the added one comes first.
    let paths = std::mem::take(&mut index.paths);
    let key = |entry: &Entry| {
        let (start, len) = (entry.path.0 as usize, entry.path.1 as usize);
        (&paths[start..start + len], entry.stage)
    };
    added.sort_by(|a, b| key(a).cmp(&key(b)));
    added.dedup_by(|later, first| key(later) == key(first));
    index.paths = paths;
    index.entries = added;
    index.check_order()
}
