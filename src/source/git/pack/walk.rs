//! Makes the objects of a pack, each once: trees of deltas depth first.
//!
//! Held are only the objects on the path from a root to the one at hand. An object is let go before its
//! last child is walked, so a chain of any length holds two.

use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::bufread::ZlibDecoder;

use crate::blob::{Copied, Delta, SkipReason, Version};
use crate::git::{delta, entry};
use crate::source::git::pack::inflate::Inflater;
use crate::source::git::pack::table::Table;
use crate::source::git::pack::window::{Window, read_full};
use crate::source::git::pack::{Pack, broken, malformed, unreadable};

/// Whole objects longer than this are read as streams where nothing is made from them.
const STREAM_BYTES_MIN: u64 = 32 << 20;

/// Bytes that each thread may hold without asking the others.
const FREE_BYTES: usize = 64 << 20;

/// Memory that is kept from one tree to the next.
const KEPT_BYTES: usize = 4 << 20;

/// Takes the objects of a pack.
pub(in crate::source::git) trait Take {
    /// Whether an object is asked for; others are made only for what is made from them.
    fn wants(&self, i: u32) -> bool;
    /// Whether anything that is made from an object, or itself, is asked for.
    fn needs(&self, i: u32) -> bool;
    /// Takes an object.
    fn object(&mut self, i: u32, bytes: &[u8], version: Version<'_>) -> ControlFlow<()>;
    /// Takes a long object.
    fn stream(&mut self, i: u32, bytes: &mut dyn Read, len: u64) -> ControlFlow<()>;
    /// Takes note of an object that could not be made.
    fn lost(&mut self, i: u32, reason: &SkipReason);
}

/// Bounds what all threads together hold: beyond a small part that each has, one at a time may hold
/// much.
pub(in crate::source::git) struct Budget {
    max: usize,
    much: Mutex<()>,
}

impl Budget {
    /// So many bytes at most.
    pub(in crate::source::git) fn new(max: usize) -> Self {
        Self {
            max,
            much: Mutex::new(()),
        }
    }
}

/// One thread's memory for walking.
pub(in crate::source::git) struct Walker<'a> {
    budget: &'a Budget,
    inflater: Inflater,
    delta: Vec<u8>,
    copied: Vec<Copied>,
    /// Buffers that are free.
    pool: Vec<Vec<u8>>,
    frames: Vec<Frame>,
    /// Bytes held on the path.
    held: usize,
    much: Option<MutexGuard<'a, ()>>,
}

/// An object whose children are not all walked.
struct Frame {
    bytes: Vec<u8>,
    node: u32,
    /// The next of its children.
    next: u32,
    /// Depth of its version.
    depth: usize,
}

impl<'a> Walker<'a> {
    pub(in crate::source::git) fn new(budget: &'a Budget) -> Self {
        Self {
            budget,
            inflater: Inflater::new(),
            delta: Vec::new(),
            copied: Vec::new(),
            pool: Vec::new(),
            frames: Vec::new(),
            held: 0,
            much: None,
        }
    }

    /// Walks an object that stands whole in the pack and all that is made from it.
    pub(in crate::source::git) fn tree(
        &mut self,
        (pack, table): (&Pack, &Table),
        (window, root): (&mut PackWindow<'_>, u32),
        take: &mut dyn Take,
    ) -> ControlFlow<()> {
        let reader = Reader {
            pack,
            table,
            window: &mut window.0,
        };
        let flow = self.walk(reader, root, take);
        self.clear();
        flow
    }

    fn walk(
        &mut self,
        mut reader: Reader<'_, '_>,
        root: u32,
        take: &mut dyn Take,
    ) -> ControlFlow<()> {
        let mut bytes = self.pool.pop().unwrap_or_default();
        if reader.is_long(root) {
            return reader.stream(root, take);
        }
        let made = self.inflate(&mut reader, root, &mut bytes);
        if let Err(reason) = made {
            lose(reader.table, root, &reason, take);
            return ControlFlow::Continue(());
        }
        let alone = Version {
            depth: 0,
            delta: None,
            claimed: !take.wants(root),
        };
        take.object(root, &bytes, alone)?;
        self.push(bytes, root, 0);
        while let Some(mut frame) = self.frames.pop() {
            let children = reader.table.children(frame.node);
            let Some(&child) = children.get(frame.next as usize) else {
                self.release(frame.bytes);
                continue;
            };
            frame.next += 1;
            if !take.needs(child) {
                self.frames.push(frame);
                continue;
            }
            let mut bytes = self.pool.pop().unwrap_or_default();
            let made = self.make(&mut reader, child, &frame.bytes, &mut bytes);
            let last = frame.next as usize == children.len();
            match made {
                Err(reason) => {
                    lose(reader.table, child, &reason, take);
                    self.pool.push(bytes);
                    self.frames.push(frame);
                }
                Ok(()) => {
                    let delta = Delta {
                        base_len: frame.bytes.len() as u64,
                        copied: &self.copied,
                    };
                    let depth = frame.depth + 1;
                    let version = Version {
                        depth,
                        delta: Some(delta),
                        claimed: !take.wants(child),
                    };
                    take.object(child, &bytes, version)?;
                    if last {
                        self.release(frame.bytes);
                    } else {
                        self.frames.push(frame);
                    }
                    self.push(bytes, child, depth);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn push(&mut self, bytes: Vec<u8>, node: u32, depth: usize) {
        self.held += bytes.len();
        self.frames.push(Frame {
            bytes,
            node,
            next: 0,
            depth,
        });
    }

    fn release(&mut self, bytes: Vec<u8>) {
        self.held -= bytes.len();
        self.pool.push(bytes);
    }

    /// Lets go of what a tree held.
    fn clear(&mut self) {
        while let Some(frame) = self.frames.pop() {
            self.pool.push(frame.bytes);
        }
        self.held = 0;
        self.much = None;
        self.pool.retain(|bytes| bytes.capacity() <= KEPT_BYTES);
        self.pool.truncate(64);
        if self.delta.capacity() > KEPT_BYTES {
            self.delta = Vec::new();
        }
        if self.copied.capacity() > KEPT_BYTES / size_of::<Copied>() {
            self.copied = Vec::new();
        }
    }

    /// Makes an object from its base.
    fn make(
        &mut self,
        reader: &mut Reader<'_, '_>,
        i: u32,
        base: &[u8],
        bytes: &mut Vec<u8>,
    ) -> Result<(), SkipReason> {
        let mut delta = std::mem::take(&mut self.delta);
        let made = self.inflate(reader, i, &mut delta).and_then(|()| {
            let (_, len) = delta::lengths(&delta).map_err(malformed)?;
            // What it copies may be repeated, so it may make much of little.
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            self.reserve(len.saturating_add(delta.len()))?;
            delta::apply(base, &delta, len, (bytes, &mut self.copied)).map_err(malformed)
        });
        self.delta = delta;
        made
    }

    fn inflate(
        &mut self,
        reader: &mut Reader<'_, '_>,
        i: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), SkipReason> {
        let (start, end) = reader.table.extent(i);
        let packed = usize::try_from(end - start).unwrap_or(usize::MAX);
        let head = packed.min(entry::HEADER_BYTES_MAX);
        let head = reader
            .window
            .bytes(start, head)
            .map_err(|error| unreadable(&error))?;
        let header = entry::read(head, reader.pack.format).map_err(malformed)?;
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        self.reserve(len.saturating_add(packed))?;
        let bytes = reader
            .window
            .bytes(start, packed)
            .map_err(|error| unreadable(&error))?;
        if bytes.len() < packed {
            return Err(broken("truncated"));
        }
        self.inflater.inflate(&bytes[header.header_len..], len, out)
    }

    /// Makes sure that so many bytes more may be held.
    fn reserve(&mut self, more: usize) -> Result<(), SkipReason> {
        let wanted = self.held.saturating_add(more);
        let max = self.budget.max;
        if wanted > max {
            let name = "git-bytes-max";
            return Err(SkipReason::Limit {
                name,
                value: max as u64,
            });
        }
        if wanted > FREE_BYTES && self.much.is_none() {
            let much = self.budget.much.lock();
            self.much = Some(much.unwrap_or_else(PoisonError::into_inner));
        }
        Ok(())
    }
}

/// Takes note of all that is asked for and is made from an object that could not be made.
fn lose(table: &Table, i: u32, reason: &SkipReason, take: &mut dyn Take) {
    let mut open = vec![i];
    while let Some(i) = open.pop() {
        if take.wants(i) {
            take.lost(i, reason);
        }
        let children = table.children(i).iter();
        open.extend(children.filter(|&&child| take.needs(child)));
    }
}

/// A window into the file of a pack.
pub(in crate::source::git) struct PackWindow<'a>(Window<'a>);

impl<'a> PackWindow<'a> {
    pub(in crate::source::git) fn new(pack: &'a Pack) -> Self {
        Self(pack.window())
    }
}

/// What is read of a pack.
struct Reader<'a, 'w> {
    pack: &'a Pack,
    table: &'a Table,
    window: &'a mut Window<'w>,
}

impl Reader<'_, '_> {
    /// Whether an object is read as a stream.
    fn is_long(&mut self, i: u32) -> bool {
        self.table.children(i).is_empty()
            && self
                .header(i)
                .is_ok_and(|header| header.len > STREAM_BYTES_MIN)
    }

    fn header(&mut self, i: u32) -> Result<entry::Header, SkipReason> {
        let (start, end) = self.table.extent(i);
        let head = (end - start).min(entry::HEADER_BYTES_MAX as u64) as usize;
        let head = self
            .window
            .bytes(start, head)
            .map_err(|error| unreadable(&error))?;
        entry::read(head, self.pack.format).map_err(malformed)
    }

    fn stream(&mut self, i: u32, take: &mut dyn Take) -> ControlFlow<()> {
        let header = match self.header(i) {
            Ok(header) => header,
            Err(reason) => {
                take.lost(i, &reason);
                return ControlFlow::Continue(());
            }
        };
        let (start, end) = self.table.extent(i);
        let packed = Packed {
            pack: self.pack,
            at: start + header.header_len as u64,
            end,
        };
        let mut checked = Checked {
            bytes: ZlibDecoder::new(BufReader::with_capacity(256 << 10, packed)),
            left: header.len,
            failure: None,
        };
        let flow = take.stream(i, &mut checked, header.len);
        if flow.is_continue() && checked.failure.is_none() {
            // Whoever took it need not have read it to its end.
            let _ = io::copy(&mut checked, &mut io::sink());
        }
        if let Some(problem) = checked.failure {
            take.lost(i, &broken(&problem));
        }
        flow
    }
}

/// The packed bytes of one object, in order.
struct Packed<'a> {
    pack: &'a Pack,
    at: u64,
    end: u64,
}

impl Read for Packed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = buffer.len().min(left);
        let n = read_full(&self.pack.file, self.at, &mut buffer[..most])?;
        self.at += n as u64;
        Ok(n)
    }
}

/// A stream that is as long as it was said; it ends early where it cannot be read, and says why.
pub(in crate::source::git) struct Checked<R> {
    pub(in crate::source::git) bytes: R,
    pub(in crate::source::git) left: u64,
    pub(in crate::source::git) failure: Option<String>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_some() || buffer.is_empty() {
            return Ok(0);
        }
        let n = match self.bytes.read(buffer) {
            Ok(n) => n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => {
                self.failure = Some(error.to_string());
                return Ok(0);
            }
        };
        if n == 0 && self.left > 0 || n as u64 > self.left {
            self.failure = Some("an object has another size than it says".to_owned());
            return Ok(n.min(usize::try_from(self.left).unwrap_or(usize::MAX)));
        }
        self.left -= n as u64;
        Ok(n)
    }
}
