//! The index of a pack: which objects it holds, and where.
//!
//! Source: gitformat-pack(5), "pack-*.idx files have the following format".

use std::fs::File;
use std::io;
use std::path::Path;

use crate::blob::SkipReason;
use crate::git::{Format, Id};
use crate::source::files::{Links, open_file};
use crate::source::git::pack::window::read_full;
use crate::source::git::pack::{damaged, unreadable};

/// First bytes of an index of version 2; version 1 begins with its fan-out table.
const MAGIC: [u8; 8] = [0xff, b't', b'O', b'c', 0, 0, 0, 2];

/// Entries of the table that counts names by their first byte, and its length in bytes.
const FAN_OUT: usize = 256;
const FAN_OUT_BYTES: u64 = 4 * FAN_OUT as u64;

/// Names that are read at once when one of them is looked for.
const SEARCH_NAMES: u64 = 64;

/// The index of a pack, read where it is asked for.
pub(super) struct Index {
    file: File,
    format: Format,
    layout: Layout,
    fan_out: Vec<u32>,
    file_len: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    /// Offset and name of each object together.
    One,
    /// Names, checksums and offsets in tables of their own.
    Two,
}

/// A whole index in memory.
pub(in crate::source::git) struct Names {
    /// All names in ascending order.
    names: Vec<u8>,
    width: usize,
    /// For each value of the first bits of a name, the position of the first such name.
    first: Vec<u32>,
    bits: u32,
    /// Where each object begins, by position.
    pub(super) offsets: Vec<u64>,
    /// Checksums of the packed bytes by position; none in version 1.
    pub(super) crcs: Vec<u32>,
    /// The checksum of the pack.
    pub(super) pack_checksum: Vec<u8>,
}

impl Index {
    /// Opens an index and reads how many objects there are.
    pub(super) fn open(path: &Path, format: Format) -> Result<Self, SkipReason> {
        let file = open_file(path, Links::Follow).map_err(|error| unreadable(&error))?;
        let file_len = file.metadata().map_err(|error| unreadable(&error))?.len();
        let mut head = vec![0; (MAGIC.len() as u64 + FAN_OUT_BYTES) as usize];
        let n = read_full(&file, 0, &mut head).map_err(|error| unreadable(&error))?;
        head.truncate(n);
        let (layout, fan) = match head.strip_prefix(&MAGIC) {
            Some(fan) => (Layout::Two, fan),
            None if head.starts_with(&MAGIC[..4]) => {
                let kind = super::INDEX;
                let what = "an index of another version".to_owned();
                return Err(SkipReason::Unsupported { kind, what });
            }
            None => (Layout::One, &head[..]),
        };
        let fan = fan
            .get(..FAN_OUT_BYTES as usize)
            .ok_or(damaged("truncated"))?;
        let fan_out: Vec<u32> = fan.chunks_exact(4).map(be32).collect();
        let index = Self {
            file,
            format,
            layout,
            fan_out,
            file_len,
        };
        if !index.fan_out.is_sorted() || index.tables_end() + index.trailer_len() > file_len {
            return Err(damaged("its counts contradict each other"));
        }
        Ok(index)
    }

    /// Number of objects.
    pub(super) fn len(&self) -> u32 {
        self.fan_out.last().copied().unwrap_or(0)
    }

    /// Position and offset of an object, by as few reads as can be.
    pub(super) fn find(&self, id: &[u8]) -> io::Result<Option<(u32, u64)>> {
        let Some(&first) = id.first() else {
            return Ok(None);
        };
        let first = usize::from(first);
        let before = first
            .checked_sub(1)
            .map_or(0, |before| self.fan_out[before]);
        let (mut low, mut high) = (u64::from(before), u64::from(self.fan_out[first]));
        let stride = self.name_stride();
        let mut room = vec![0; (SEARCH_NAMES * stride) as usize];
        while low < high {
            let (start, n) = if high - low <= SEARCH_NAMES {
                (low, high - low)
            } else {
                (low + (high - low) / 2, 1)
            };
            let bytes = &mut room[..(n * stride) as usize];
            if read_full(&self.file, self.names_at() + start * stride, bytes)? < bytes.len() {
                return Ok(None);
            }
            let skipped = (stride - self.format.len() as u64) as usize;
            let mut names = bytes.chunks_exact(stride as usize);
            if n > 1 || high - low == 1 {
                let found = names.position(|name| &name[skipped..] == id);
                let Some(found) = found else { return Ok(None) };
                let position = start + found as u64;
                return Ok(Some((position as u32, self.offset(position)?)));
            }
            let name = names.next().map_or(&[][..], |name| &name[skipped..]);
            if name <= id {
                low = start;
            } else {
                high = start;
            }
        }
        Ok(None)
    }

    /// Positions of the names that begin with this hexadecimal prefix, as ids; at most `most`.
    pub(super) fn with_prefix(&self, hex: &str, most: usize) -> io::Result<Vec<Id>> {
        let digits = hex.as_bytes();
        let Some(first) = digits.get(..2).and_then(|two| {
            let two = str::from_utf8(two).ok()?;
            u8::from_str_radix(two, 16).ok()
        }) else {
            return Ok(Vec::new());
        };
        let first = usize::from(first);
        let before = first
            .checked_sub(1)
            .map_or(0, |before| self.fan_out[before]);
        let stride = self.name_stride();
        let n = u64::from(self.fan_out[first] - before);
        let mut bytes = vec![0; (n * stride) as usize];
        let at = self.names_at() + u64::from(before) * stride;
        let read = read_full(&self.file, at, &mut bytes)?;
        let skipped = stride as usize - self.format.len();
        let ids = bytes[..read]
            .chunks_exact(stride as usize)
            .filter_map(|name| Id::new(self.format, &name[skipped..]));
        let fits = |id: &Id| id.to_string().starts_with(hex);
        Ok(ids.filter(fits).take(most).collect())
    }

    fn offset(&self, position: u64) -> io::Result<u64> {
        let mut room = [0; 8];
        let n = u64::from(self.len());
        let read4 = |at: u64, room: &mut [u8; 8]| -> io::Result<u32> {
            if read_full(&self.file, at, &mut room[..4])? < 4 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(be32(&room[..4]))
        };
        if self.layout == Layout::One {
            let at = self.names_at() + position * self.name_stride();
            return Ok(u64::from(read4(at, &mut room)?));
        }
        let offsets_at = self.names_at() + n * (self.name_stride() + 4);
        let short = read4(offsets_at + position * 4, &mut room)?;
        if short & 0x8000_0000 == 0 {
            return Ok(u64::from(short));
        }
        let at = offsets_at + n * 4 + u64::from(short & 0x7fff_ffff) * 8;
        if read_full(&self.file, at, &mut room)? < 8 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(u64::from_be_bytes(room))
    }

    /// Reads all of it.
    pub(super) fn load(&self) -> Result<Names, SkipReason> {
        let len = usize::try_from(self.file_len).map_err(|_| damaged("too long"))?;
        let mut bytes = vec![0; len];
        let n = read_full(&self.file, 0, &mut bytes).map_err(|error| unreadable(&error))?;
        if n < len {
            return Err(damaged("truncated"));
        }
        let width = self.format.len();
        let (body, checksum) = bytes.split_at(len - width);
        let mut hasher = self.format.hasher();
        hasher.update(body);
        if hasher.finish().as_bytes() != checksum {
            return Err(damaged("its checksum is wrong"));
        }
        let (body, pack_checksum) = body.split_at(body.len() - width);
        let pack_checksum = pack_checksum.to_vec();
        let n = self.len() as usize;
        let tables = &body[self.names_at() as usize..];
        let (names, crcs, offsets) = match self.layout {
            Layout::One => {
                let entries = tables.chunks_exact(4 + width).take(n);
                let offsets = entries.clone().map(|entry| u64::from(be32(&entry[..4])));
                let names = entries.clone().flat_map(|entry| &entry[4..]).copied();
                (names.collect(), Vec::new(), offsets.collect())
            }
            Layout::Two => {
                let (names, rest) = tables.split_at(n * width);
                let (crcs, rest) = rest.split_at(n * 4);
                let (offsets, long) = rest.split_at(n * 4);
                let crcs = crcs.chunks_exact(4).map(be32).collect();
                (names.to_vec(), crcs, long_offsets(offsets, long)?)
            }
        };
        let names = Names::new((names, width), offsets, crcs, pack_checksum);
        names.ok_or(damaged("its names are in no order"))
    }

    fn names_at(&self) -> u64 {
        match self.layout {
            Layout::One => FAN_OUT_BYTES,
            Layout::Two => MAGIC.len() as u64 + FAN_OUT_BYTES,
        }
    }

    /// Bytes from one name to the next.
    fn name_stride(&self) -> u64 {
        match self.layout {
            Layout::One => 4 + self.format.len() as u64,
            Layout::Two => self.format.len() as u64,
        }
    }

    /// Where the tables end that must be there.
    fn tables_end(&self) -> u64 {
        let more = match self.layout {
            Layout::One => 0,
            Layout::Two => 8,
        };
        self.names_at() + u64::from(self.len()) * (self.name_stride() + more)
    }

    /// Length of the two checksums at the end.
    fn trailer_len(&self) -> u64 {
        2 * self.format.len() as u64
    }
}

impl Names {
    fn new(
        (names, width): (Vec<u8>, usize),
        offsets: Vec<u64>,
        crcs: Vec<u32>,
        pack_checksum: Vec<u8>,
    ) -> Option<Self> {
        let ascending = names.chunks_exact(width).is_sorted_by(|a, b| a < b);
        if !ascending || offsets.len() != names.len() / width {
            return None;
        }
        let n = offsets.len();
        let bits = (usize::BITS - n.leading_zeros()).clamp(8, 24);
        let mut first = vec![n as u32; (1 << bits) + 1];
        for (at, name) in names.chunks_exact(width).enumerate().rev() {
            first[(be32(&name[..4]) >> (32 - bits)) as usize] = at as u32;
        }
        for at in (0..first.len() - 1).rev() {
            first[at] = first[at].min(first[at + 1]);
        }
        Some(Self {
            names,
            width,
            first,
            bits,
            offsets,
            crcs,
            pack_checksum,
        })
    }

    /// Number of objects.
    pub(in crate::source::git) fn len(&self) -> usize {
        self.offsets.len()
    }

    /// The name at a position.
    pub(in crate::source::git) fn name(&self, position: u32) -> &[u8] {
        let start = position as usize * self.width;
        &self.names[start..start + self.width]
    }

    /// Position of a name.
    #[inline]
    pub(in crate::source::git) fn find(&self, id: &[u8]) -> Option<u32> {
        if id.len() != self.width {
            return None;
        }
        let slot = (be32(&id[..4]) >> (32 - self.bits)) as usize;
        let (mut low, mut high) = (self.first[slot], self.first[slot + 1]);
        // Names are spread evenly unless somebody chose them.
        while high - low > 8 {
            let middle = low + (high - low) / 2;
            if self.name(middle) <= id {
                low = middle;
            } else {
                high = middle;
            }
        }
        (low..high).find(|&at| self.name(at) == id)
    }
}

fn long_offsets(offsets: &[u8], long: &[u8]) -> Result<Vec<u64>, SkipReason> {
    let offset = |bytes: &[u8]| {
        let short = be32(bytes);
        if short & 0x8000_0000 == 0 {
            return Ok(u64::from(short));
        }
        let at = (short & 0x7fff_ffff) as usize * 8;
        let bytes = long.get(at..at + 8).and_then(|bytes| bytes.try_into().ok());
        let bytes = bytes.ok_or(damaged("it points behind its end"))?;
        Ok(u64::from_be_bytes(bytes))
    };
    offsets.chunks_exact(4).map(offset).collect()
}

fn be32(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}
