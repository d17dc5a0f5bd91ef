//! Which folders of an index are known to be which trees, so that nobody need look into them.

use super::damaged;
use crate::blob::SkipReason;
use crate::git::{Format, Id};

/// Folders of an index, each before those in it.
#[derive(Debug)]
pub(in crate::source::git) struct Trees {
    folders: Vec<Folder>,
    /// Their names.
    names: Vec<u8>,
}

#[derive(Debug)]
struct Folder {
    /// Where its name stands.
    name: (u32, u32),
    /// Its tree and the number of entries in it, unless something in it changed since.
    tree: Option<(Id, u32)>,
    /// The first folder that does not lie in it.
    end: u32,
}

impl Trees {
    /// Nothing is known.
    pub(in crate::source::git) const fn none() -> Self {
        Self {
            folders: Vec::new(),
            names: Vec::new(),
        }
    }

    /// The uppermost folder.
    pub(in crate::source::git) fn root(&self) -> Option<u32> {
        (!self.folders.is_empty()).then_some(0)
    }

    /// The tree that a folder with this number of entries is.
    pub(in crate::source::git) fn tree(&self, folder: u32, n_entries: usize) -> Option<Id> {
        let (id, n) = self.folders[folder as usize].tree?;
        (n as usize == n_entries).then_some(id)
    }

    /// The folders right in a folder, with their names, in the order of these.
    pub(in crate::source::git) fn children(&self, folder: u32) -> Vec<(&[u8], u32)> {
        let mut children = Vec::new();
        let mut at = folder + 1;
        while at < self.folders[folder as usize].end {
            let child = &self.folders[at as usize];
            let (start, len) = (child.name.0 as usize, child.name.1 as usize);
            children.push((&self.names[start..start + len], at));
            at = child.end;
        }
        children.sort_unstable();
        children
    }

    /// Reads the extension.
    ///
    /// # Errors
    ///
    /// It is cut off or contradicts itself.
    pub(super) fn parse(bytes: &[u8], format: Format) -> Result<Self, SkipReason> {
        let wrong = || damaged("what it says of trees cannot be read");
        let mut trees = Self::none();
        // Folders whose end is not known yet, with the number of children that are still to come.
        let mut open: Vec<(u32, u32)> = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            if open.is_empty() && !trees.folders.is_empty() {
                return Err(wrong());
            }
            let n_children = trees.folder(&mut rest, format).ok_or_else(wrong)?;
            let number = trees.folders.len() as u32 - 1;
            if let Some((_, left)) = open.last_mut() {
                *left -= 1;
            }
            open.push((number, n_children));
            while let Some(&(number, 0)) = open.last() {
                trees.folders[number as usize].end = trees.folders.len() as u32;
                open.pop();
            }
        }
        if open.is_empty() {
            Ok(trees)
        } else {
            Err(wrong())
        }
    }

    /// Reads one folder off the front and tells how many lie right in it.
    fn folder(&mut self, rest: &mut &[u8], format: Format) -> Option<u32> {
        let name = until(rest, 0)?;
        let n_entries = until(rest, b' ')?;
        let n_children = number(until(rest, b'\n')?)?;
        let mut tree = None;
        if n_entries != b"-1" {
            let id;
            (id, *rest) = rest.split_at_checked(format.len())?;
            tree = Some((Id::new(format, id)?, number(n_entries)?));
        }
        let start = self.names.len() as u32;
        self.names.extend_from_slice(name);
        self.folders.push(Folder {
            name: (start, name.len() as u32),
            tree,
            end: 0,
        });
        Some(n_children)
    }
}

/// Takes what stands before a byte off the front, and the byte.
fn until<'a>(rest: &mut &'a [u8], end: u8) -> Option<&'a [u8]> {
    let at = memchr::memchr(end, rest)?;
    let taken = &rest[..at];
    *rest = &rest[at + 1..];
    Some(taken)
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
