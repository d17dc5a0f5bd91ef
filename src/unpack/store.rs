//! Bytes that can be read at any position: those of a container whose directory says where its
//! members stand.

use std::io::{self, BufRead, Read};
use std::ops::Range;

use crate::blob::ReadAt;
use crate::unpack::trouble::Trouble;

/// Bytes read at once from a file.
const ROOM: usize = 64 << 10;

/// The bytes of a container.
#[derive(Clone, Copy)]
pub enum Store<'a> {
    /// All of them in memory.
    Memory(&'a [u8]),
    /// A file of this length.
    File(&'a dyn ReadAt, u64),
}

impl<'a> Store<'a> {
    /// Number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File(_, len) => *len,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills the buffer from `at` on, as far as there are bytes, and returns their number.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers.
    pub fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Memory(bytes) => {
                let rest = usize::try_from(at).ok().and_then(|at| bytes.get(at..));
                let rest = rest.unwrap_or_default();
                let n = rest.len().min(buffer.len());
                buffer[..n].copy_from_slice(&rest[..n]);
                Ok(n)
            }
            Self::File(file, _) => {
                let mut n = 0;
                while n < buffer.len() {
                    match file.read_at(at + n as u64, &mut buffer[n..]) {
                        Ok(0) => break,
                        Ok(more) => n += more,
                        Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(n)
            }
        }
    }

    /// Copies `len` bytes from `at` on.
    ///
    /// # Errors
    ///
    /// Truncated where there are fewer, and whatever the file system answers. Give no length that was
    /// read from the container without a bound of your own: so much memory is taken.
    pub fn bytes(&self, at: u64, len: usize) -> Result<Vec<u8>, Trouble> {
        if at
            .checked_add(len as u64)
            .is_none_or(|end| end > self.len())
        {
            return Err(Trouble::truncated());
        }
        let mut bytes = vec![0; len];
        if self.read_at(at, &mut bytes)? < len {
            return Err(Trouble::truncated());
        }
        Ok(bytes)
    }

    /// Reads a range in order; the reader ends early where the bytes do.
    pub fn section(&self, range: Range<u64>) -> Section<'a> {
        Section {
            store: *self,
            at: range.start,
            end: range.end.min(self.len()),
            room: Vec::new(),
            used: 0,
        }
    }
}

/// A range of a [`Store`], read in order.
pub struct Section<'a> {
    store: Store<'a>,
    /// Where the next bytes stand that are not in `room`.
    at: u64,
    end: u64,
    room: Vec<u8>,
    /// Bytes of `room` that were given out.
    used: usize,
}

impl Section<'_> {
    /// Where the next byte stands in the store.
    pub fn position(&self) -> u64 {
        match self.store {
            Store::Memory(_) => self.at,
            Store::File(..) => self.at - (self.room.len() - self.used) as u64,
        }
    }

    /// Copies what comes next without going on; fewer bytes only at the end.
    pub(super) fn peek(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let at = self.position();
        let rest = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let n = rest.min(buffer.len());
        let buffer = &mut buffer[..n];
        let ready = self.fill_buf()?;
        if ready.len() < n {
            return self.store.read_at(at, buffer);
        }
        buffer.copy_from_slice(&ready[..n]);
        Ok(n)
    }
}

impl BufRead for Section<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Store::Memory(bytes) = self.store {
            let range = self.at as usize..self.end as usize;
            return Ok(bytes.get(range).unwrap_or_default());
        }
        if self.used == self.room.len() {
            let n = (self.end.saturating_sub(self.at)).min(ROOM as u64) as usize;
            self.room.resize(n, 0);
            self.used = 0;
            let n = self.store.read_at(self.at, &mut self.room)?;
            self.room.truncate(n);
            self.at += n as u64;
        }
        Ok(&self.room[self.used..])
    }

    fn consume(&mut self, n: usize) {
        match self.store {
            Store::Memory(_) => self.at += n as u64,
            Store::File(..) => self.used += n,
        }
    }
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buffer.len());
        buffer[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::Store;

    #[test]
    fn a_section_ends_where_its_range_or_the_bytes_end() {
        let store = Store::Memory(b"0123456789");
        let read = |range| {
            let mut text = String::new();
            let mut section = store.section(range);
            section.read_to_string(&mut text).expect("memory is read");
            (text, section.position())
        };
        assert_eq!(read(2..5), ("234".to_owned(), 5));
        assert_eq!(read(8..50), ("89".to_owned(), 10));
        assert_eq!(read(20..50), (String::new(), 20));
    }

    #[test]
    fn bytes_beyond_the_end_are_truncated() {
        let store = Store::Memory(b"0123456789");
        assert_eq!(store.bytes(8, 2).expect("they are there"), b"89");
        assert!(store.bytes(8, 3).is_err());
        assert!(store.bytes(u64::MAX, 3).is_err());
    }
}
