//! Reads a file by position, a window at a time.
//!
//! A file that is cut short while it is mapped would kill the process; one that is read by position
//! ends early, which is a skip.

use std::fs::File;
use std::io;

use crate::blob::ReadAt;
use crate::source::files::Positioned;

/// Bytes read at once.
const WINDOW_BYTES: usize = 32 << 10;

/// Larger windows are given up where less is asked for.
const KEPT_BYTES: usize = 4 << 20;

/// A part of a file in memory, which moves to wherever it is asked for.
pub(super) struct Window<'a> {
    file: &'a File,
    /// All of the file, where it is in memory.
    whole: Option<&'a [u8]>,
    bytes: Vec<u8>,
    /// Where the window begins in the file.
    at: u64,
    /// Bytes of the window that are filled.
    filled: usize,
}

impl<'a> Window<'a> {
    pub(super) fn new(file: &'a File, whole: Option<&'a [u8]>) -> Self {
        Self {
            file,
            whole,
            bytes: Vec::new(),
            at: 0,
            filled: 0,
        }
    }

    /// The `len` bytes from `at` on; fewer only where the file ends.
    pub(super) fn bytes(&mut self, at: u64, len: usize) -> io::Result<&[u8]> {
        if let Some(whole) = self.whole {
            let start = usize::try_from(at).unwrap_or(usize::MAX).min(whole.len());
            let end = start.saturating_add(len).min(whole.len());
            return Ok(&whole[start..end]);
        }
        let inside = at
            .checked_sub(self.at)
            .and_then(|start| usize::try_from(start).ok())
            .filter(|start| start.checked_add(len).is_some_and(|end| end <= self.filled));
        let start = match inside {
            Some(start) => start,
            None => {
                self.fill(at, len)?;
                0
            }
        };
        let end = (start + len).min(self.filled);
        Ok(&self.bytes[start..end])
    }

    fn fill(&mut self, at: u64, len: usize) -> io::Result<()> {
        let room = len.max(WINDOW_BYTES);
        if self.bytes.len() < room || self.bytes.len() > KEPT_BYTES && room < KEPT_BYTES {
            self.bytes = vec![0; room];
        }
        (self.at, self.filled) = (at, 0);
        self.filled = read_full(self.file, at, &mut self.bytes)?;
        Ok(())
    }
}

/// Fills a buffer from a position on; less only where the file ends.
pub(super) fn read_full(file: &File, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut n = 0;
    while n < buffer.len() {
        match Positioned(file).read_at(at + n as u64, &mut buffer[n..]) {
            Ok(0) => break,
            Ok(more) => n += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(n)
}
