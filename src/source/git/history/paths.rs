//! Paths as numbers: each is a name in another.

use std::collections::HashMap;

use crate::source::git::history::NONE;

/// Most folders in each other that are followed.
pub(super) const DEPTH_MAX: u32 = 4_096;

/// Longest path that is followed, in bytes.
pub(super) const PATH_BYTES_MAX: u32 = 1 << 16;

/// Paths, each with the number that it was given.
pub(super) struct Paths {
    nodes: Vec<Path>,
    numbers: HashMap<(u32, u32), u32>,
}

#[derive(Clone, Copy)]
struct Path {
    above: u32,
    name: u32,
    depth: u32,
    len: u32,
}

/// The top folder of files.
pub(super) const TOP: u32 = 0;

/// The top folder of notes.
pub(super) const NOTES: u32 = 1;

impl Paths {
    pub(super) fn new() -> Self {
        let top = Path {
            above: NONE,
            name: NONE,
            depth: 0,
            len: 0,
        };
        Self {
            nodes: vec![top; 2],
            numbers: HashMap::new(),
        }
    }

    /// The number of a name of so many bytes in a folder, unless it lies too deep or is too long.
    pub(super) fn of(&mut self, above: u32, name: u32, name_len: usize) -> Option<u32> {
        if let Some(&number) = self.numbers.get(&(above, name)) {
            return Some(number);
        }
        let folder = self.nodes[above as usize];
        let len = u32::try_from(name_len).ok()?;
        let len = folder.len.checked_add(len)?.checked_add(1)?;
        if folder.depth >= DEPTH_MAX || len > PATH_BYTES_MAX {
            return None;
        }
        let number = u32::try_from(self.nodes.len()).ok()?;
        self.nodes.push(Path {
            above,
            name,
            depth: folder.depth + 1,
            len,
        });
        self.numbers.insert((above, name), number);
        Some(number)
    }

    /// Whether this is the number of that name in that folder.
    #[inline]
    pub(super) fn is(&self, number: u32, above: u32, name: u32) -> bool {
        let path = self.nodes.get(number as usize);
        path.is_some_and(|path| (path.above, path.name) == (above, name))
    }

    /// The names on the way to it from the top, and which top.
    pub(super) fn names(&self, mut number: u32) -> (u32, Vec<u32>) {
        let mut names = Vec::new();
        while number > NOTES {
            let path = self.nodes[number as usize];
            names.push(path.name);
            number = path.above;
        }
        names.reverse();
        (number, names)
    }
}
