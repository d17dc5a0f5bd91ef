//! What a walk asks of the operating system: one answer for each, in two ways.
//!
//! On Linux, names are read from the kernel's own buffer and opened relative to their folder; this
//! needs a sixth less time than the standard library for walking and reading a tree, and no link
//! can be slipped in above a file. Elsewhere the standard library does the same by path.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

use crate::blob::SkipReason;

#[cfg(target_os = "linux")]
pub(super) use linux::{Folder, Space, look, open};
#[cfg(not(target_os = "linux"))]
pub(super) use portable::{Folder, Space, look, open};

/// What an entry of a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Symlink,
    /// A FIFO, socket or device.
    Special,
    /// The file system did not say.
    Unknown,
}

/// Whether a link as the last part of a path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// It is followed.
    Follow,
    /// It is not opened.
    Refuse,
}

/// What the system says of something open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) kind: Kind,
    /// Length in bytes; special file systems say 0 or a page where they do not know.
    pub(super) len: u64,
    /// When it was last changed, in nanoseconds; only compared.
    pub(super) modified: i128,
}

/// A file that was opened, and what was opened.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) look: Look,
}

/// True where opening without following links met a link.
#[cfg(unix)]
pub(super) fn is_link_refusal(error: &io::Error) -> bool {
    // FreeBSD says EMLINK where others say ELOOP.
    matches!(error.raw_os_error(), Some(libc::ELOOP | libc::EMLINK))
}

/// True where opening without following links met a link.
#[cfg(not(unix))]
pub(super) fn is_link_refusal(_: &io::Error) -> bool {
    false
}

/// True where there is nothing behind a name that can be opened: a socket, a device without driver.
#[cfg(unix)]
pub(super) fn is_special_refusal(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV))
}

/// True where there is nothing behind a name that can be opened: a socket, a device without driver.
#[cfg(not(unix))]
pub(super) fn is_special_refusal(_: &io::Error) -> bool {
    false
}

/// A path of a place as the system's path.
#[cfg(unix)]
pub(super) fn as_path(bytes: &[u8]) -> Cow<'_, Path> {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    Cow::Borrowed(Path::new(OsStr::from_bytes(bytes)))
}

/// A path of a place as the system's path.
#[cfg(not(unix))]
pub(super) fn as_path(bytes: &[u8]) -> Cow<'_, Path> {
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Cow::Borrowed(Path::new(text)),
        Cow::Owned(text) => Cow::Owned(text.into()),
    }
}

/// The system's path as the path of a place.
#[cfg(unix)]
pub(super) fn as_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// The system's path as the path of a place.
#[cfg(not(unix))]
pub(super) fn as_bytes(path: &Path) -> Vec<u8> {
    let text = path.to_string_lossy();
    text.replace(std::path::MAIN_SEPARATOR, "/").into_bytes()
}

/// Says why something that was there could not be opened.
pub(super) fn refused(error: &io::Error) -> SkipReason {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SkipReason::Vanished,
        _ => SkipReason::Unreadable(error.to_string()),
    }
}
