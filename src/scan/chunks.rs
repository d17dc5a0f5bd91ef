//! Blobs that are larger than one buffer, read in chunks.
//!
//! A chunk is scanned together with so much of its neighbours that everything about the values that
//! begin in it is decided within: the longest reach twice, companions and marks. What begins in a
//! neighbour is left to the neighbour. So the findings are those of the whole, whatever the size of
//! the chunks.

use std::io;
use std::ops::Range;

use crate::blob::SkipReason;
use crate::decode::View;
use crate::describe::Origin;
use crate::finding::Locals;
use crate::rule::model::{JOIN_MAX, REACH_MAX};

/// Text of the neighbours on either side, in bytes of one-byte characters; a multiple of four so that
/// wide characters are not cut.
const HALO: usize = 2 * REACH_MAX as usize + JOIN_MAX as usize + 4_096;
/// The smallest chunk, in bytes.
const CHUNK_MIN: u64 = 1 << 20;

/// A window that moves over a blob.
pub(super) struct Chunks<'a> {
    reader: &'a mut dyn io::Read,
    buffer: Vec<u8>,
    chunk: usize,
    own: Range<u64>,
    view: View,
    /// Where the buffer begins in the blob: once as bytes, once in lines of its wide view.
    origins: [Origin; 2],
    done: bool,
}

/// One chunk and its neighbourhood.
pub(super) struct Chunk<'a> {
    /// The bytes.
    pub(super) bytes: &'a [u8],
    /// Positions in the blob of which this chunk decides.
    pub(super) own: Range<u64>,
    /// How the blob is read besides.
    pub(super) view: View,
    origins: [Origin; 2],
}

impl<'a> Chunks<'a> {
    pub(super) fn new(reader: &'a mut dyn io::Read, chunk_bytes: u64, buffer: Vec<u8>) -> Self {
        Self {
            reader,
            buffer,
            chunk: usize::try_from(chunk_bytes.max(CHUNK_MIN) & !3).unwrap_or(usize::MAX / 2),
            own: 0..0,
            view: View::Bytes,
            origins: [Origin::default(); 2],
            done: false,
        }
    }

    /// Moves on to the next chunk; `None` after the last.
    ///
    /// Where reading fails, the last chunk holds what there was, and the reason comes with it.
    pub(super) fn next(&mut self) -> Option<(Chunk<'_>, Option<SkipReason>)> {
        if self.done {
            return None;
        }
        let start = self.own.end;
        self.drop_until(start.saturating_sub(self.halo() as u64));
        let offset = self.origins[0].offset;
        let mut wanted = (start - offset) as usize + self.chunk + self.halo();
        let mut failure = self.fill(wanted);
        if start == 0 {
            self.view = View::of(&self.buffer);
            wanted = self.chunk + self.halo();
            failure = failure.or_else(|| self.fill(wanted));
        }
        let end = offset + self.buffer.len() as u64;
        self.own = start..(start + self.chunk as u64).min(end);
        if self.buffer.len() < wanted {
            self.own.end = end;
            self.done = true;
        }
        let chunk = Chunk {
            bytes: &self.buffer,
            own: self.own.clone(),
            view: self.view,
            origins: self.origins,
        };
        Some((chunk, failure))
    }

    /// Bytes read so far.
    pub(super) fn read(&self) -> u64 {
        self.origins[0].offset + self.buffer.len() as u64
    }

    /// Gives the buffer back for the next blob.
    pub(super) fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// Text of the neighbours on either side, in bytes. The reach of rules counts characters of the
    /// view, each of which may be several bytes of the blob.
    fn halo(&self) -> usize {
        HALO * self.view.unit()
    }

    fn fill(&mut self, wanted: usize) -> Option<SkipReason> {
        let missing = wanted.saturating_sub(self.buffer.len());
        let mut limited = io::Read::take(&mut self.reader, missing as u64);
        let error = io::Read::read_to_end(&mut limited, &mut self.buffer).err()?;
        self.done = true;
        Some(SkipReason::ReadFailed {
            at: self.read(),
            error: error.to_string(),
        })
    }

    /// Lets go of everything before `offset`, counting its lines.
    fn drop_until(&mut self, offset: u64) {
        let mut gone = (offset.saturating_sub(self.origins[0].offset)) as usize;
        if gone == 0 {
            return;
        }
        if self.view.continues(&self.buffer[gone..]) {
            gone -= self.view.unit();
        }
        let passed = &self.buffer[..gone];
        self.origins[0] = self.origins[0].after(passed);
        if self.view != View::Bytes {
            let mut text = Vec::new();
            self.view.read(passed, &mut text);
            self.origins[1] = self.origins[1].after(&text);
        }
        self.origins[1].offset = self.origins[0].offset;
        self.buffer.drain(..gone);
    }
}

impl Chunk<'_> {
    /// Where the bytes begin in the blob, for findings of this view.
    pub(super) fn origin(&self, view: View) -> Origin {
        self.origins[usize::from(view != View::Bytes)]
    }

    /// The locals of one view.
    pub(super) fn of_view(locals: &Locals, view: View) -> Vec<crate::finding::Local> {
        locals
            .found
            .iter()
            .filter(|local| local.view == view)
            .cloned()
            .collect()
    }
}
