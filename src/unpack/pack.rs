//! Packs of git, alone or in a bundle: all objects of a repository, many as deltas of others.
//!
//! The pack is read once in order, which yields the objects that stand in it whole; a second pass
//! makes the others. An object is named by its id. Whole repositories are not the business of this
//! reader: it knows nothing of paths and of versions.
//!
//! Sources: gitformat-pack(5), gitformat-bundle(5).

mod object;
mod walk;

use std::io::{BufRead, Read};
use std::ops::ControlFlow;

use flate2::Decompress;

use crate::git::entry::{self, Base, Header};
use crate::git::{Format, Id, Kind};
use crate::unpack::inflate::{self, Inflate};
use crate::unpack::members::{Members, range_label};
use crate::unpack::pack::walk::Index;
use crate::unpack::store::{Section, Store};
use crate::unpack::trouble::Trouble;

/// Length of the header of a pack.
const HEADER_BYTES: u64 = 12;
/// Length of the first line of a bundle.
const MAGIC_BYTES: u64 = 16;
/// Longest line of the header of a bundle.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// An object of a pack.
#[derive(Clone, Copy)]
struct Entry {
    /// Where it begins.
    at: u64,
    /// First bytes of its name, if it stands whole in the pack.
    key: u64,
    made: Made,
    /// Objects made from this one, directly or not, as far as offsets tell.
    weight: u32,
    /// It was handed over or named as lost.
    done: bool,
}

/// How an object is made.
#[derive(Clone, Copy)]
enum Made {
    /// It stands whole in the pack.
    Whole(Kind),
    /// From the object of this index.
    From(u32),
    /// From an object that it names.
    FromNamed,
}

/// Opens a pack.
pub(super) fn pack(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let format = format_of(store, out)?;
    Pack::new(store, 0, format, out).open()
}

/// Opens a bundle: references by name, commits that it needs, and a pack.
pub(super) fn bundle(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut section = store.section(MAGIC_BYTES..store.len());
    let mut format = Format::Sha1;
    loop {
        let mut line = Vec::new();
        let read = io_take(&mut section, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            None if read as u64 == LINE_BYTES_MAX => {
                return Err(Trouble::damaged("a line of its header is too long"));
            }
            None => return Err(Trouble::truncated()),
            Some(b"") => break,
            Some(b"@object-format=sha1") => {}
            Some(b"@object-format=sha256") => format = Format::Sha256,
            // What a filter left out is not in the bundle and no part of it.
            Some(line) if line.starts_with(b"@filter=") => {}
            Some(line) if line.starts_with(b"@") => {
                out.lost(None, Trouble::Unsupported("a capability of it".to_owned()));
            }
            Some(_) => {}
        }
        if out.proceed().is_break() {
            return Ok(());
        }
    }
    let start = section.position();
    if out
        .loose("header", &mut store.section(MAGIC_BYTES..start))
        .is_break()
    {
        return Ok(());
    }
    Pack::new(store, start, format, out).open()
}

fn io_take<R: BufRead>(bytes: &mut R, most: u64) -> std::io::Take<&mut R> {
    Read::take(bytes, most)
}

/// Finds out how objects of a pack are named: nothing says so but the checksum at its end.
fn format_of(store: &Store<'_>, out: &mut dyn Members) -> Result<Format, Trouble> {
    let is = |format, out: &mut dyn Members| {
        let end = store.len().saturating_sub(Format::len(format) as u64);
        Ok::<_, Trouble>(trailer(store, 0..end, format, out)?.is_ok())
    };
    let other = !is(Format::Sha1, out)? && is(Format::Sha256, out)?;
    Ok(if other { Format::Sha256 } else { Format::Sha1 })
}

/// Checks the checksum that follows a range; the inner result says what came of it.
fn trailer(
    store: &Store<'_>,
    range: std::ops::Range<u64>,
    format: Format,
    out: &mut dyn Members,
) -> Result<Result<(), Trouble>, Trouble> {
    let mut hasher = format.hasher();
    let mut section = store.section(range.clone());
    loop {
        let bytes = section.fill_buf()?;
        if bytes.is_empty() || out.proceed().is_break() {
            break;
        }
        hasher.update(bytes);
        let n = bytes.len();
        section.consume(n);
    }
    let Ok(stated) = store.bytes(range.end, format.len()) else {
        return Ok(Err(Trouble::truncated()));
    };
    if hasher.finish().as_bytes() == stated {
        Ok(Ok(()))
    } else {
        Ok(Err(Trouble::damaged("its checksum is wrong")))
    }
}

/// Reads what stands before the bytes of an object.
fn read_header(bytes: &mut Section<'_>, format: Format) -> Result<Header, Trouble> {
    let mut room = [0; entry::HEADER_BYTES_MAX];
    let n = bytes.peek(&mut room)?;
    let header = entry::read(&room[..n], format)?;
    bytes.read_exact(&mut room[..header.header_len])?;
    Ok(header)
}

struct Pack<'a> {
    store: &'a Store<'a>,
    start: u64,
    index: Index,
    /// Objects that can be remembered.
    entries_max: usize,
    /// Bytes of objects that may be held in memory.
    most: usize,
    state: Decompress,
    out: &'a mut dyn Members,
}

impl<'a> Pack<'a> {
    fn new(store: &'a Store<'a>, start: u64, format: Format, out: &'a mut dyn Members) -> Self {
        let memory = out.memory_max();
        // A list takes twice its length while it grows; an object may need a link or a name too.
        let entry_bytes = 2 * (size_of::<Entry>() + size_of::<(Id, u32)>());
        Self {
            store,
            start,
            index: Index {
                format,
                entries: Vec::new(),
                named: Vec::new(),
                end: start,
            },
            entries_max: memory / 2 / entry_bytes,
            most: memory / 2,
            state: inflate::state(),
            out,
        }
    }

    fn open(mut self) -> Result<(), Trouble> {
        let read = self.read();
        let (store, start, end) = (self.store, self.start, self.index.end);
        let format = self.index.format;
        if walk::walk(store, self.index, self.most, self.out).is_break() {
            return Ok(());
        }
        match read {
            Err(trouble) => return Err(trouble),
            Ok(ControlFlow::Break(())) => return Ok(()),
            Ok(ControlFlow::Continue(())) => {}
        }
        trailer(store, start..end, format, self.out)??;
        let rest = end.saturating_add(format.len() as u64)..store.len();
        let _ = self
            .out
            .loose(&range_label(&rest), &mut store.section(rest));
        Ok(())
    }

    /// Reads the pack in order, hands over what stands in it whole, and notes the rest.
    fn read(&mut self) -> Result<ControlFlow<()>, Trouble> {
        let header = self.store.bytes(self.start, HEADER_BYTES as usize)?;
        if !(header.starts_with(b"PACK\0\0\0\x02") || header.starts_with(b"PACK\0\0\0\x03")) {
            return Err(Trouble::Unsupported("a pack of another version".to_owned()));
        }
        let n_objects = u32::from_be_bytes([header[8], header[9], header[10], header[11]]);
        self.index.end += HEADER_BYTES;
        let mut section = self.store.section(self.index.end..self.store.len());
        for i in 0..n_objects {
            let rest = self.store.len().saturating_sub(section.position());
            if rest <= self.index.format.len() as u64 {
                let problem = format!("it ends after {i} of {n_objects} objects");
                return Err(Trouble::Damaged(problem));
            }
            if self.out.proceed().is_break() || self.object(&mut section)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            self.index.end = section.position();
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Reads an object.
    fn object(&mut self, section: &mut Section<'_>) -> Result<ControlFlow<()>, Trouble> {
        let at = section.position();
        let header = read_header(section, self.index.format)?;
        let full = self.index.entries.len() >= self.entries_max;
        let mut entry = Entry {
            at,
            key: 0,
            made: Made::FromNamed,
            weight: 0,
            done: false,
        };
        if let Base::None(kind) = header.base {
            entry.made = Made::Whole(kind);
            entry.done = true;
            match self.whole(section, at, (kind, header.len))? {
                ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
                ControlFlow::Continue(key) => entry.key = key,
            }
        } else {
            self.pass(section, at, header.len)?;
        }
        match header.base {
            Base::None(_) => {}
            _ if full => {
                let limit = self.out.memory_max() as u64;
                self.lost(at, Trouble::Limit("held-bytes-max", limit));
            }
            Base::Before(distance) => match self.index_at(at, distance) {
                Some(base) => entry.made = Made::From(base),
                None => {
                    entry.done = true;
                    self.lost(at, Trouble::damaged("its base is no object of the pack"));
                }
            },
            Base::Named(id) => self.index.named.push((id, self.index.entries.len() as u32)),
        }
        if !full {
            self.index.entries.push(entry);
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands over an object that stands whole in the pack; yields the first bytes of its name.
    fn whole(
        &mut self,
        section: &mut Section<'_>,
        at: u64,
        (kind, len): (Kind, u64),
    ) -> Result<ControlFlow<(), u64>, Trouble> {
        let format = self.index.format;
        let start = section.position();
        let mut room = Vec::new();
        let mut hasher = format.hasher_of(kind, len);
        let mut n = 0;
        let mut inflate = Inflate::new(section, &mut self.state);
        let read = loop {
            match Read::take(&mut inflate, self.most as u64 + 1).read_to_end(&mut room) {
                Ok(0) => break Ok(()),
                Ok(more) => n += more as u64,
                Err(error) => break Err(Trouble::from(error)),
            }
            hasher.update(&room);
            if n <= self.most as u64 {
                break Ok(());
            }
            room.clear();
            if self.out.proceed().is_break() {
                return Ok(ControlFlow::Break(()));
            }
        };
        let id = hasher.finish();
        let mut name = id.to_string();
        if let Err(trouble) = read {
            // Where it ends is not known, so neither where the next one begins.
            name = label(at);
            let mut again =
                Inflate::new(self.store.section(start..self.store.len()), &mut self.state);
            let _ = self.out.member(name.as_bytes(), &mut again);
            return Err(trouble);
        }
        if n != len {
            self.out.lost(Some(name.as_bytes()), wrong_size());
        }
        let flow = if n <= self.most as u64 {
            object::hand(self.out, (kind, &id), &room)
        } else {
            drop(room);
            // Longer than what may be held: its name is known now, so it is read once more.
            let mut again =
                Inflate::new(self.store.section(start..self.store.len()), &mut self.state);
            self.out.member(name.as_bytes(), &mut again)
        };
        Ok(match flow {
            ControlFlow::Break(()) => ControlFlow::Break(()),
            ControlFlow::Continue(()) => ControlFlow::Continue(id.key()),
        })
    }

    /// Passes over a delta, to find where it ends.
    fn pass(&mut self, section: &mut Section<'_>, at: u64, len: u64) -> Result<(), Trouble> {
        let mut inflate = Inflate::new(section, &mut self.state);
        let mut n = 0;
        loop {
            match std::io::copy(&mut Read::take(&mut inflate, 1 << 20), &mut std::io::sink()) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(error) => {
                    let trouble = Trouble::from(error);
                    self.lost(at, trouble.clone());
                    return Err(trouble);
                }
            }
            if self.out.proceed().is_break() {
                return Err(Trouble::TimedOut);
            }
        }
        if n != len {
            self.lost(at, wrong_size());
        }
        Ok(())
    }

    fn lost(&mut self, at: u64, trouble: Trouble) {
        self.out.lost(Some(label(at).as_bytes()), trouble);
    }

    /// The index of the object that stands so many bytes before another.
    fn index_at(&self, at: u64, distance: u64) -> Option<u32> {
        let base = at.checked_sub(distance)?;
        let found = self
            .index
            .entries
            .binary_search_by_key(&base, |entry| entry.at);
        found.ok().map(|base| base as u32)
    }
}

/// What an object is called whose name cannot be known.
fn label(at: u64) -> String {
    format!("(object at {at})")
}

fn wrong_size() -> Trouble {
    Trouble::damaged("its size is not what the pack says")
}
