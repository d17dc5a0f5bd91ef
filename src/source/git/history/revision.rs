//! Revisions as users write them.
//!
//! Source: gitrevisions(7), of which names, `~n`, `^n`, `^{}`, `^{commit}`, `^A`, `A..B` and `A...B`
//! are understood.

use crate::error::{Error, Result};
use crate::git::{Id, Kind, commit};
use crate::source::git::history::range::common;
use crate::source::git::store::Store;

/// Fewest digits that stand for the name of an object.
const DIGITS_MIN: usize = 4;

/// Most objects that are looked at whose names begin alike.
const PREFIX_MAX: usize = 1_000;

/// Most tags that name each other and are followed.
const TAGS_MAX: usize = 100;

/// Which commits are meant: what `include` holds and `exclude` does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source::git) struct Meant {
    /// Commits, tags, or whatever else a name stands for.
    pub(in crate::source::git) include: Vec<Id>,
    /// The same.
    pub(in crate::source::git) exclude: Vec<Id>,
}

/// Reads revisions. `resolve` knows the names of references.
///
/// # Errors
///
/// A word stands for nothing that is here, or for several things.
pub(in crate::source::git) fn revisions(
    store: &Store,
    words: &[String],
    resolve: &dyn Fn(&[u8]) -> Option<Id>,
) -> Result<Meant> {
    let mut meant = Meant::default();
    for word in words {
        let one = |part: &str| {
            let part = if part.is_empty() { "HEAD" } else { part };
            let found = revision(store, part, resolve);
            found.map_err(|problem| Error::Revision {
                word: word.clone(),
                problem,
            })
        };
        if let Some((left, right)) = word.split_once("...") {
            let (left, right) = (one(left)?, one(right)?);
            meant.exclude.extend(common(store, &left, &right));
            meant.include.extend([left, right]);
        } else if let Some((left, right)) = word.split_once("..") {
            meant.exclude.push(one(left)?);
            meant.include.push(one(right)?);
        } else if let Some(word) = word.strip_prefix('^').filter(|word| !word.is_empty()) {
            meant.exclude.push(one(word)?);
        } else if word.is_empty() {
            return Err(Error::Revision {
                word: word.clone(),
                problem: "a revision is expected",
            });
        } else {
            meant.include.push(one(word)?);
        }
    }
    Ok(meant)
}

type Found<T> = std::result::Result<T, &'static str>;

fn revision(store: &Store, word: &str, resolve: &dyn Fn(&[u8]) -> Option<Id>) -> Found<Id> {
    let end = word.find(['~', '^']).unwrap_or(word.len());
    let (name, mut steps) = word.split_at(end);
    let mut id = named(store, name, resolve)?;
    while let Some(step) = steps.chars().next() {
        steps = &steps[1..];
        if let Some(rest) = steps
            .strip_prefix("{}")
            .or_else(|| steps.strip_prefix("{commit}"))
        {
            id = peel(store, id)?;
            steps = rest;
            continue;
        }
        let digits = steps.len() - steps.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, rest) = steps.split_at(digits);
        let n: usize = match digits {
            "" => 1,
            digits => digits
                .parse()
                .map_err(|_| "no commit has so many before it")?,
        };
        steps = rest;
        if !steps.is_empty() && !steps.starts_with(['~', '^']) {
            return Err("only `~n`, `^n`, `^{}` and `^{commit}` are understood after a name");
        }
        id = peel(store, id)?;
        match step {
            '^' if n > 0 => id = parent(store, id, n)?,
            '~' => {
                for _ in 0..n {
                    id = parent(store, id, 1)?;
                }
            }
            _ => {}
        }
    }
    Ok(id)
}

fn named(store: &Store, name: &str, resolve: &dyn Fn(&[u8]) -> Option<Id>) -> Found<Id> {
    let name = if name == "@" { "HEAD" } else { name };
    let id = Id::parse(store.format(), name.as_bytes());
    let id = id.or_else(|| resolve(name.as_bytes()));
    if let Some(id) = id {
        let is_here = store.number(id.as_bytes()).is_some();
        return if is_here {
            Ok(id)
        } else {
            Err("what it names is not here")
        };
    }
    let is_hex = name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(DIGITS_MIN..2 * store.format().len()).contains(&name.len()) {
        return Err("no such branch, tag, reference or commit");
    }
    abbreviated(store, &name.to_ascii_lowercase())
}

/// The object whose name begins like this; among several, the only one that leads to a commit.
fn abbreviated(store: &Store, digits: &str) -> Found<Id> {
    let mut found = store.with_prefix(digits, PREFIX_MAX);
    let n_found = found.len();
    if n_found > 1 {
        found.retain(|id| peel(store, *id).is_ok());
    }
    match found[..] {
        [id] => Ok(id),
        [] if n_found == 0 => Err("no such branch, tag, reference or commit"),
        _ => Err("several objects have a name that begins like this"),
    }
}

/// The commit that a name leads to through tags.
fn peel(store: &Store, mut id: Id) -> Found<Id> {
    for _ in 0..TAGS_MAX {
        match store.read(&id) {
            Ok(Some((Kind::Commit, _))) => return Ok(id),
            Ok(Some((Kind::Tag, bytes))) => {
                let tag = commit::tag(&bytes, id.format());
                id = tag.map_err(|_| "it names a damaged tag")?.target.0;
            }
            Ok(Some(_)) => return Err("it names no commit"),
            Ok(None) => return Err("what it names is not here"),
            Err(_) => return Err("what it names cannot be read"),
        }
    }
    Err("it names too many tags, each of which names the next")
}

fn parent(store: &Store, id: Id, n: usize) -> Found<Id> {
    let Ok(Some((Kind::Commit, bytes))) = store.read(&id) else {
        return Err("the history before it is not here");
    };
    let read = commit::commit(&bytes, id.format());
    let parents = read.map_err(|_| "it names a damaged commit")?.parents;
    let parent = parents
        .get(n - 1)
        .ok_or("no commit has so many before it")?;
    Ok(*parent)
}
