//! Folders and files by descriptor, through `rustix`.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, Stat, fstat, openat, statat};

use super::{Kind, Links, Look, Opened};

/// Bytes of names read from a folder at once.
const LIST_BYTES: usize = 32 << 10;

/// Memory for listing, kept by each thread.
pub(in crate::source::files) struct Space(Vec<u8>);

impl Space {
    pub(in crate::source::files) fn new() -> Self {
        Self(Vec::with_capacity(LIST_BYTES))
    }
}

/// An open folder.
pub(in crate::source::files) struct Folder(OwnedFd);

impl Folder {
    /// Opens the folder at `path`.
    pub(in crate::source::files) fn open(path: &[u8], links: Links) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | refusal(links);
        Ok(Self(openat(CWD, path, flags, Mode::empty())?))
    }

    /// Calls `each` with every name and what it is.
    pub(in crate::source::files) fn list(
        &self,
        space: &mut Space,
        mut each: impl FnMut(&[u8], Kind),
    ) -> io::Result<()> {
        let mut entries = RawDir::new(&self.0, space.0.spare_capacity_mut());
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let kind = match kind(entry.file_type()) {
                Kind::Unknown => {
                    let stat = statat(&self.0, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW);
                    stat.map_or(Kind::Unknown, |stat| read(&stat).kind)
                }
                known => known,
            };
            each(name, kind);
        }
        Ok(())
    }

    /// Opens what stands under `name` in this folder, without following links or waiting.
    pub(in crate::source::files) fn open_file(&self, name: &[u8]) -> io::Result<Opened> {
        open_at(self.0.as_fd(), name, Links::Refuse)
    }
}

/// Opens the file at `path` without waiting.
pub(in crate::source::files) fn open(path: &[u8], links: Links) -> io::Result<Opened> {
    open_at(CWD, path, links)
}

/// Looks again at something open.
pub(in crate::source::files) fn look(file: &File) -> io::Result<Look> {
    Ok(read(&fstat(file)?))
}

fn open_at(folder: impl AsFd, name: &[u8], links: Links) -> io::Result<Opened> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | refusal(links);
    let file = File::from(openat(folder, name, flags, Mode::empty())?);
    let look = look(&file)?;
    Ok(Opened { file, look })
}

fn refusal(links: Links) -> OFlags {
    match links {
        Links::Follow => OFlags::empty(),
        Links::Refuse => OFlags::NOFOLLOW,
    }
}

fn read(stat: &Stat) -> Look {
    Look {
        kind: kind(FileType::from_raw_mode(stat.st_mode)),
        len: u64::try_from(stat.st_size).unwrap_or(0),
        modified: i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec),
    }
}

const fn kind(kind: FileType) -> Kind {
    match kind {
        FileType::RegularFile => Kind::File,
        FileType::Directory => Kind::Folder,
        FileType::Symlink => Kind::Symlink,
        FileType::Unknown => Kind::Unknown,
        _ => Kind::Special,
    }
}
