//! Reading one file, such as a configuration, with the same care as the files of a walk.

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use super::read::Reader;
use super::system::{self, Kind, Links};
use crate::blob::{Place, Visitor};

/// What became of reading a file whole.
#[derive(Debug)]
pub enum Whole {
    /// All its bytes.
    Bytes(Vec<u8>),
    /// It is a symbolic link, and those were refused.
    Link,
    /// It is a folder.
    Folder,
    /// It is a FIFO, a socket or a device.
    Special,
    /// It is longer than was allowed.
    TooLong,
}

/// Reads a regular file of at most `bytes_max` bytes, never waiting for a writer.
///
/// `links` tells whether the last part of the path may be a symbolic link.
///
/// # Errors
///
/// Whatever the system answers.
pub fn read_whole(path: &Path, links: Links, bytes_max: u64) -> io::Result<Whole> {
    let refused = links == Links::Refuse;
    let opened = match system::open(&system::as_bytes(path), links) {
        Err(error) if refused && system::is_link_refusal(&error) => return Ok(Whole::Link),
        Err(error) if system::is_special_refusal(&error) => return Ok(Whole::Special),
        other => other?,
    };
    match opened.look.kind {
        Kind::File => {}
        Kind::Folder => return Ok(Whole::Folder),
        Kind::Symlink => return Ok(Whole::Link),
        Kind::Special | Kind::Unknown => return Ok(Whole::Special),
    }
    let mut bytes = Vec::new();
    let most = bytes_max.saturating_add(1);
    opened.file.take(most).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Ok(Whole::TooLong);
    }
    Ok(Whole::Bytes(bytes))
}

/// Opens a regular file, never waiting for a writer.
///
/// # Errors
///
/// Whatever the system answers, and that it is something else, such as a link where those are refused.
pub(in crate::source) fn open_file(path: &Path, links: Links) -> io::Result<File> {
    let opened = match system::open(&system::as_bytes(path), links) {
        Err(error) if links == Links::Refuse && system::is_link_refusal(&error) => {
            return Err(io::Error::other("is a link, which is not followed"));
        }
        Err(error) if system::is_special_refusal(&error) => {
            return Err(io::Error::other("no regular file"));
        }
        other => other?,
    };
    if opened.look.kind != Kind::File {
        return Err(io::Error::other("no regular file"));
    }
    Ok(opened.file)
}

/// Hands a regular file that is no link to a visitor as a walk does, `chunk_bytes` of it at a time.
///
/// # Errors
///
/// Whatever the system answers when it is opened, and that it is something else.
pub(in crate::source) fn give_file(
    path: &Path,
    (chunk_bytes, deadline): (u64, Option<Instant>),
    place: &Place,
    visitor: &mut dyn Visitor,
) -> io::Result<ControlFlow<()>> {
    let opened = system::open(&system::as_bytes(path), Links::Refuse)?;
    if opened.look.kind != Kind::File {
        return Err(io::Error::other("no regular file"));
    }
    Ok(Reader::new(chunk_bytes, deadline).give(&opened, place, visitor))
}
