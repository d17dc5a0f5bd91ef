//! Folders and files by path, through the standard library.

use std::fs::{self, File, FileType, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use super::{Kind, Links, Look, Opened, as_bytes, as_path};

/// Memory for listing; the standard library keeps its own.
pub(in crate::source::files) struct Space;

impl Space {
    pub(in crate::source::files) const fn new() -> Self {
        Self
    }
}

/// A folder that could be listed.
pub(in crate::source::files) struct Folder(PathBuf);

impl Folder {
    /// Opens the folder at `path`.
    pub(in crate::source::files) fn open(path: &[u8], links: Links) -> io::Result<Self> {
        let path = as_path(path).into_owned();
        if links == Links::Refuse && !fs::symlink_metadata(&path)?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        }
        Ok(Self(path))
    }

    /// Calls `each` with every name and what it is.
    pub(in crate::source::files) fn list(
        &self,
        _: &mut Space,
        mut each: impl FnMut(&[u8], Kind),
    ) -> io::Result<()> {
        for entry in fs::read_dir(&self.0)? {
            let entry = entry?;
            let kind = entry.file_type().map_or(Kind::Unknown, kind);
            each(&as_bytes(entry.file_name().as_ref()), kind);
        }
        Ok(())
    }

    /// Opens what stands under `name` in this folder, without following links or waiting.
    pub(in crate::source::files) fn open_file(&self, name: &[u8]) -> io::Result<Opened> {
        let path = self.0.join(as_path(name));
        #[cfg(not(unix))]
        if fs::symlink_metadata(&path)?.is_symlink() {
            return Err(io::Error::from(io::ErrorKind::NotFound));
        }
        open(&as_bytes(&path), Links::Refuse)
    }
}

/// Opens the file at `path` without waiting.
pub(in crate::source::files) fn open(path: &[u8], links: Links) -> io::Result<Opened> {
    let mut options = OpenOptions::new();
    options.read(true);
    refuse_and_never_wait(&mut options, links);
    let file = options.open(as_path(path))?;
    let look = look(&file)?;
    Ok(Opened { file, look })
}

/// Looks again at something open.
pub(in crate::source::files) fn look(file: &File) -> io::Result<Look> {
    let found = file.metadata()?;
    let since = found.modified().ok();
    let since = since.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    Ok(Look {
        kind: kind(found.file_type()),
        len: found.len(),
        modified: i128::try_from(since.as_nanos()).unwrap_or(i128::MAX),
    })
}

#[cfg(unix)]
fn refuse_and_never_wait(options: &mut OpenOptions, links: Links) {
    use std::os::unix::fs::OpenOptionsExt;
    let refusal = match links {
        Links::Follow => 0,
        Links::Refuse => libc::O_NOFOLLOW,
    };
    options.custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC | refusal);
}

#[cfg(not(unix))]
fn refuse_and_never_wait(_: &mut OpenOptions, _: Links) {}

fn kind(kind: FileType) -> Kind {
    if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Folder
    } else if kind.is_symlink() {
        Kind::Symlink
    } else {
        Kind::Special
    }
}
