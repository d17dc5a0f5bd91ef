//! Reading one small file whole, such as a configuration, with the same care as the files of a walk.

use std::io::{self, Read};
use std::path::Path;

use super::system::{self, Kind, Links};

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
