//! One hook on the disk: what is there, putting ours in its place, and bringing back what was.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::cli::hook::place::refused;
use crate::cli::hook::script::{self, KEPT, Written};
use crate::error::{Error, Result};
use crate::source::files::{Links, Whole, read_whole};

/// A longer hook is none of ours, in bytes.
const HOOK_BYTES_MAX: u64 = 1 << 20;

/// What stands where a hook belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Absent,
    /// One that leakgate wrote.
    Ours {
        /// What it says of itself.
        written: Written,
        /// Its text.
        text: Vec<u8>,
        /// Whether git runs it.
        runs: bool,
    },
    /// One that somebody else wrote.
    Other,
}

/// What became of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    /// It was as it should be.
    Nothing,
    /// It was put where there was none.
    Added,
    /// It was put in the place of another, which was kept.
    Chained,
    /// One of another version was replaced.
    Renewed,
    /// It was taken away.
    Removed,
    /// It was taken away, and the one before it brought back.
    Restored,
    /// It was none of ours.
    LeftAlone,
}

/// The path of the hook that was there before.
pub(super) fn kept(path: &Path) -> PathBuf {
    let mut kept = path.as_os_str().to_owned();
    kept.push(KEPT);
    kept.into()
}

/// Whether something stands at a path, if only a link to nowhere.
pub(super) fn stands(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Looks at a hook.
///
/// # Errors
///
/// `Hook` for a folder or a pipe in its place, or what the system says.
pub(super) fn state(path: &Path) -> Result<State> {
    if !stands(path) {
        return Ok(State::Absent);
    }
    match read_whole(path, Links::Refuse, HOOK_BYTES_MAX) {
        Ok(Whole::Bytes(text)) => Ok(match script::read(&text) {
            Some(written) => State::Ours {
                written,
                text,
                runs: is_executable(path),
            },
            None => State::Other,
        }),
        Ok(Whole::Link | Whole::TooLong) => Ok(State::Other),
        Ok(Whole::Folder | Whole::Special) => Err(refused(path, "is not a file")),
        // What we may not read we may still keep.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(State::Other),
        Err(error) => Err(failed(path)(error)),
    }
}

/// Puts a hook of ours at `path`; another one is kept beside it.
///
/// # Errors
///
/// `Hook` where that would lose what somebody wrote, or what the system says.
pub(super) fn put(path: &Path, text: &[u8]) -> Result<Done> {
    match state(path)? {
        State::Absent => write(path, text).map(|()| Done::Added),
        State::Ours {
            text: there, runs, ..
        } if there == text && runs => Ok(Done::Nothing),
        State::Ours { written, .. } if written.intact => write(path, text).map(|()| Done::Renewed),
        State::Ours { .. } => Err(changed(path)),
        State::Other => {
            let kept = kept(path);
            if stands(&kept) {
                let problem = format!(
                    "is not of leakgate, but {} is there already; remove one of the two",
                    kept.display()
                );
                return Err(refused(path, &problem));
            }
            fs::rename(path, &kept).map_err(failed(path))?;
            let put = write(path, text);
            if put.is_err() {
                // What was there must not be lost for it; the first failure is the one to tell.
                let _ = fs::rename(&kept, path);
            }
            put.map(|()| Done::Chained)
        }
    }
}

/// Takes a hook of ours away and brings back the one that was there before.
///
/// # Errors
///
/// `Hook` where somebody changed it, or what the system says.
pub(super) fn take(path: &Path) -> Result<Done> {
    let state = state(path)?;
    let kept = kept(path);
    match state {
        State::Other => Ok(Done::LeftAlone),
        State::Ours { written, .. } if !written.intact => Err(changed(path)),
        _ if stands(&kept) => {
            fs::rename(&kept, path).map_err(failed(path))?;
            Ok(Done::Restored)
        }
        State::Absent => Ok(Done::Nothing),
        State::Ours { .. } => {
            fs::remove_file(path).map_err(failed(path))?;
            Ok(Done::Removed)
        }
    }
}

fn changed(path: &Path) -> Error {
    let problem = "was changed after leakgate made it; move your lines to a hook of their own and \
                   remove this one";
    refused(path, problem)
}

/// What the system said of a hook.
pub(super) fn failed(path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| refused(path, &error.to_string())
}

/// Writes a hook so that git meets either all of it or none.
fn write(path: &Path, text: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    let mut new = path.as_os_str().to_owned();
    new.push(".leakgate-new");
    let new = PathBuf::from(new);
    let written = write_new(&new, text).and_then(|()| fs::rename(&new, path));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(failed(path))
}

fn write_new(path: &Path, text: &[u8]) -> io::Result<()> {
    // One may be left of a run that was cut off.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(unix)]
pub(super) fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path);
    found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
pub(super) fn is_executable(path: &Path) -> bool {
    path.is_file()
}
