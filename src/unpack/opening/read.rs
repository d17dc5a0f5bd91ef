//! Reading what is to be opened: its first bytes, its last bytes, all of it.

use std::io::{self, Read};

use crate::blob::{Blob, Content};
use crate::unpack::kinds::{self, HEAD_BYTES, Kind, TAIL_BYTES};
use crate::unpack::store::Store;

/// Every kind that the bytes are of: by their beginning, by their end, or both.
pub(super) fn recognise(store: Store<'_>) -> io::Result<Vec<&'static Kind>> {
    let (first, second) = match store {
        Store::Memory(bytes) => {
            let head = &bytes[..bytes.len().min(HEAD_BYTES)];
            let tail = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
            (kinds::begins(head), kinds::ends(tail))
        }
        Store::File(_, len) => {
            let mut head = [0; HEAD_BYTES];
            let n = store.read_at(0, &mut head)?;
            let mut tail = vec![0; TAIL_BYTES];
            let tail_at = len.saturating_sub(TAIL_BYTES as u64);
            let n_tail = store.read_at(tail_at, &mut tail)?;
            (kinds::begins(&head[..n]), kinds::ends(&tail[..n_tail]))
        }
    };
    let mut kinds: Vec<_> = first.into_iter().chain(second).collect();
    kinds.dedup_by_key(|kind| kind.name);
    Ok(kinds)
}

/// Reads until the room holds so many bytes; returns how many it holds.
pub(super) fn fill(bytes: &mut dyn Read, room: &mut Vec<u8>, wanted: usize) -> usize {
    let missing = wanted.saturating_sub(room.len());
    let _ = io::Read::take(bytes, missing as u64).read_to_end(room);
    room.len()
}

/// Passes bytes on and remembers the last ones.
pub(super) struct Tail<R> {
    bytes: R,
    pub(super) n: u64,
    pub(super) last: Vec<u8>,
}

impl<R: Read> Tail<R> {
    pub(super) fn new(bytes: R) -> Self {
        Self {
            bytes,
            n: 0,
            last: Vec::new(),
        }
    }
}

impl<R: Read> Read for Tail<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.n += n as u64;
        self.last.extend_from_slice(&buffer[..n]);
        if self.last.len() > 8 * TAIL_BYTES {
            self.last.drain(..self.last.len() - TAIL_BYTES);
        }
        Ok(n)
    }
}

/// True for bytes that are handed on as they are: of no kind, and with no name that promises one.
pub(super) fn is_plain(blob: &Blob<'_>) -> bool {
    let store = match blob.content {
        Content::Whole(bytes) => Store::Memory(bytes),
        Content::File(file, len) => Store::File(file, len),
        Content::Stream(..) => return false,
    };
    let mut head = [0; HEAD_BYTES];
    let n = store.read_at(0, &mut head).unwrap_or(0);
    recognise(store).is_ok_and(|kinds| kinds.is_empty())
        && !kinds::breaks_promise(&blob.place.path, &head[..n])
}
