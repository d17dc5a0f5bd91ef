//! The folders that a repository's objects lie in: its own, and those it borrows from.
//!
//! Source: gitrepository-layout(5), `objects/info/alternates`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::confine::{Guard, What, path_of};
use crate::blob::SkipReason;

/// How far a borrowed store may borrow in turn, as in git.
const DEPTH_MAX: usize = 5;

/// Stores at most, so that no chain of them stalls a scan.
const FOLDERS_MAX: usize = 1000;

/// Bytes of a file of alternates.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// Object folders, each once, in the order they were found; and what was not opened, with the file
/// that names it and the line there.
#[derive(Default)]
pub(super) struct Stores {
    /// Canonical, the repository's own first.
    pub(super) folders: Vec<PathBuf>,
    /// What was not opened.
    pub(super) refused: Vec<(PathBuf, Option<usize>, SkipReason)>,
    known: HashSet<PathBuf>,
}

impl Stores {
    /// Adds a folder and all it borrows from; `is_trusted` where nothing of the repository named
    /// it.
    pub(super) fn add(&mut self, folder: &Path, is_trusted: bool, guard: &Guard) {
        match self.one(folder, is_trusted, guard) {
            Ok(Some(folder)) => self.borrowed(&folder, guard, 1),
            Ok(None) => {}
            Err(reason) => self
                .refused
                .push((folder.to_path_buf(), None, absent(reason))),
        }
    }

    /// Adds one folder, unless it is known.
    fn one(
        &mut self,
        folder: &Path,
        is_trusted: bool,
        guard: &Guard,
    ) -> Result<Option<PathBuf>, SkipReason> {
        let canonical = match folder.canonicalize() {
            Ok(canonical) if is_trusted => canonical,
            _ => guard.resolve(folder)?,
        };
        if self.known.contains(&canonical) {
            return Ok(None);
        }
        if !canonical.is_dir() {
            let words = "is not a folder of objects".to_owned();
            return Err(SkipReason::Unreadable(words));
        }
        if self.folders.len() == FOLDERS_MAX {
            return Err(SkipReason::Limit {
                name: "object_folders",
                value: FOLDERS_MAX as u64,
            });
        }
        self.links_stay_inside(&canonical, guard)?;
        self.known.insert(canonical.clone());
        self.folders.push(canonical.clone());
        Ok(Some(canonical))
    }

    /// Refuses a store in which a link leads out of the roots. Files of single objects are not
    /// looked at: whoever opens those follows no link.
    fn links_stay_inside(&self, folder: &Path, guard: &Guard) -> Result<(), SkipReason> {
        let mut within = guard.clone();
        within.widen(folder.to_path_buf());
        let mut entries = within.list(folder)?;
        entries.extend(within.list(&folder.join("pack"))?);
        for entry in entries.iter().filter(|entry| entry.kind == What::Link) {
            match within.resolve(&entry.path) {
                Ok(_) | Err(SkipReason::Vanished) => {}
                Err(reason) => return Err(reason),
            }
        }
        Ok(())
    }

    /// Adds what a store says it borrows from.
    fn borrowed(&mut self, folder: &Path, guard: &Guard, depth: usize) {
        let mut within = guard.clone();
        within.widen(folder.to_path_buf());
        let file = folder.join("info").join("alternates");
        let text = match within.resolve(&file) {
            Ok(file) => within.read(&file, FILE_BYTES_MAX),
            Err(SkipReason::Vanished) => return,
            Err(reason) => Err(reason),
        };
        let text = match text {
            Ok(text) => text.unwrap_or_default(),
            Err(reason) => return self.refused.push((file, None, reason)),
        };
        for (n, line) in text.split(|&byte| byte == b'\n').enumerate() {
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let path = folder.join(path_of(&unquoted(line)));
            let added = if depth > DEPTH_MAX {
                Err(SkipReason::Limit {
                    name: "alternates_depth",
                    value: DEPTH_MAX as u64,
                })
            } else {
                self.one(&path, false, guard)
            };
            match added {
                Ok(Some(folder)) => self.borrowed(&folder, guard, depth + 1),
                Ok(None) => {}
                Err(reason) => self
                    .refused
                    .push((file.clone(), Some(n + 1), absent(reason))),
            }
        }
    }
}

fn absent(reason: SkipReason) -> SkipReason {
    match reason {
        SkipReason::Vanished => SkipReason::Missing(
            "objects are borrowed from a folder that is not there; bring it back",
        ),
        reason => reason,
    }
}

/// Takes the quotes off a path that is quoted as in C; any other stays as it is.
fn unquoted(line: &[u8]) -> Vec<u8> {
    let quoted = line
        .strip_prefix(b"\"")
        .and_then(|rest| rest.strip_suffix(b"\""));
    quoted.and_then(unescaped).unwrap_or_else(|| line.to_vec())
}

fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            plain.push(byte);
            continue;
        }
        plain.push(match bytes.next()? {
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'v' => 0x0b,
            byte @ (b'"' | b'\\') => byte,
            first @ b'0'..=b'3' => {
                let octal = |byte: u8| (b'0'..=b'7').contains(&byte).then(|| byte - b'0');
                let (second, third) = (octal(bytes.next()?)?, octal(bytes.next()?)?);
                ((first - b'0') << 6) | (second << 3) | third
            }
            _ => return None,
        });
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn quoted_paths_are_read_as_in_c() {
        assert_eq!(unquoted(br#""a\tb\"\\\303\244""#), "a\tb\"\\ä".as_bytes());
        assert_eq!(unquoted(b"/plain/\\n"), b"/plain/\\n");
        for broken in [&br#""a\q""#[..], br#""a\40""#, br#""a\4xx""#, b"\"", b"\"a"] {
            assert_eq!(unquoted(broken), broken);
        }
    }
}
