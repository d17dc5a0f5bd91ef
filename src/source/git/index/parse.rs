//! Reads the bytes of one index file: header, entries, extensions, checksum.

use super::trees::Trees;
use super::{Entry, Index, damaged, unsupported};
use crate::blob::SkipReason;
use crate::git::{Format, Id};

/// Bytes of an entry before the name of its object: what the system said of the file, then its mode.
const STAT_BYTES: usize = 40;

/// Where the mode stands in an entry.
const MODE_AT: usize = 24;

/// Bytes that prefix compression may make of one byte of the file. Paths of 1,000 bytes that share
/// all but their ends reach it; a file that claims more is made to fill the memory.
const EXPANSION_MAX: usize = 16;

/// Bytes of paths that any file may make.
const EXPANSION_FREE: usize = 1 << 20;

/// Bytes of all paths at most, so that positions in them fit into 32 bits.
const PATH_BYTES_MAX: usize = 1 << 30;

/// What one file says.
pub(super) struct Parsed {
    pub(super) index: Index,
    /// Set where it only says how it differs from another one.
    pub(super) link: Option<Link>,
    /// Name of the file by its own bytes; null where git was told to save the time.
    pub(super) checksum: Id,
}

/// How an index differs from a shared one.
pub(super) struct Link {
    /// The checksum of the shared one, which is in its name.
    pub(super) base: Id,
    /// Two bitmaps: entries of the shared one that are deleted, and that are replaced.
    pub(super) bitmaps: Vec<u8>,
}

/// Reads an index file.
///
/// # Errors
///
/// It is damaged or says something that is not understood.
pub(super) fn parse(bytes: Vec<u8>, format: Format) -> Result<Parsed, SkipReason> {
    let checksum = verify(&bytes, format)?;
    let end = bytes.len() - format.len();
    let (version, n_entries) = header(&bytes[..end])?;
    let mut paths = Vec::new();
    let mut reader = Entries {
        bytes: &bytes[..end],
        at: 12,
        version,
        format,
    };
    let entries = reader.all(n_entries, &mut paths)?;
    let (trees, link) = extensions(&bytes[reader.at..end], format)?;
    if version < 4 {
        paths = bytes;
    }
    let index = Index {
        paths,
        entries,
        trees,
    };
    Ok(Parsed {
        index,
        link,
        checksum,
    })
}

/// Compares the checksum at the end, unless it was left out.
fn verify(bytes: &[u8], format: Format) -> Result<Id, SkipReason> {
    let split = bytes.len().checked_sub(format.len());
    let split = split.filter(|&split| split >= 12);
    let Some((body, checksum)) = split.map(|split| bytes.split_at(split)) else {
        return Err(damaged("it is shorter than an empty one"));
    };
    let checksum = Id::new(format, checksum).ok_or_else(|| damaged("it has no checksum"))?;
    if checksum.is_null() {
        return Ok(checksum);
    }
    let mut hasher = format.hasher();
    hasher.update(body);
    if hasher.finish() != checksum {
        return Err(damaged("its checksum does not match"));
    }
    Ok(checksum)
}

fn header(bytes: &[u8]) -> Result<(u32, usize), SkipReason> {
    if !bytes.starts_with(b"DIRC") {
        return Err(damaged("it does not begin as one"));
    }
    let (version, n_entries) = (be32(bytes, 4), be32(bytes, 8));
    if !(2..=4).contains(&version) {
        return Err(unsupported("a version other than 2, 3 and 4"));
    }
    Ok((version, n_entries as usize))
}

/// Reads entries in order.
struct Entries<'a> {
    bytes: &'a [u8],
    at: usize,
    version: u32,
    format: Format,
}

impl Entries<'_> {
    /// Reads all; `paths` takes those that do not stand in the file.
    fn all(&mut self, n_entries: usize, paths: &mut Vec<u8>) -> Result<Vec<Entry>, SkipReason> {
        // Each has this much before its name, and a zero byte behind it.
        let least = STAT_BYTES + self.format.len() + 3;
        if n_entries > self.bytes.len() / least {
            return Err(damaged("it claims more entries than it has room for"));
        }
        let mut entries = Vec::with_capacity(n_entries);
        let mut last = (0, 0);
        for _ in 0..n_entries {
            let entry = self.next(last, paths)?;
            last = entry.path;
            entries.push(entry);
        }
        Ok(entries)
    }

    fn next(&mut self, last: (u32, u32), paths: &mut Vec<u8>) -> Result<Entry, SkipReason> {
        let short = || damaged("it ends within an entry");
        let entry = &self.bytes[self.at..];
        let flags_at = STAT_BYTES + self.format.len();
        let mut at = flags_at + 2;
        let head = entry.get(..at).ok_or_else(short)?;
        let id = Id::new(self.format, &head[STAT_BYTES..flags_at]).ok_or_else(short)?;
        let mode = be32(head, MODE_AT);
        let flags = be16(head, flags_at);
        let mut more = 0;
        if flags & 0x4000 != 0 {
            if self.version < 3 {
                return Err(damaged("an entry has flags that its version does not know"));
            }
            more = be16(entry.get(..at + 2).ok_or_else(short)?, at);
            at += 2;
        }
        let path = if self.version == 4 {
            self.expand(at, last, paths)?
        } else {
            let len = memchr::memchr(0, &entry[at..]).ok_or_else(short)?;
            let start = self.at + at;
            // Entries are padded to a multiple of eight with at least one zero byte.
            self.at += (at + len + 8) & !7;
            if self.at > self.bytes.len() {
                return Err(short());
            }
            (start as u32, len as u32)
        };
        if u32::from(flags & 0xfff) != path.1.min(0xfff) {
            return Err(damaged("the length of a path is not what it says"));
        }
        Ok(Entry {
            id,
            mode,
            stage: (flags >> 12 & 3) as u8,
            intent_to_add: more & 0x2000 != 0,
            path,
        })
    }

    /// Reads a path that begins as the last one does, and goes past it.
    fn expand(
        &mut self,
        at: usize,
        last: (u32, u32),
        paths: &mut Vec<u8>,
    ) -> Result<(u32, u32), SkipReason> {
        let short = || damaged("it ends within an entry");
        let mut rest = &self.bytes[self.at + at..];
        let strip = varint(&mut rest).ok_or_else(short)?;
        let keep = u64::from(last.1).checked_sub(strip);
        let keep = keep.ok_or_else(|| damaged("a path keeps more than the one before it has"))?;
        let len = memchr::memchr(0, rest).ok_or_else(short)?;
        let (from, keep) = (last.0 as usize, keep as usize);
        let most = self.bytes.len().saturating_mul(EXPANSION_MAX);
        let most = most.clamp(EXPANSION_FREE, PATH_BYTES_MAX);
        if paths.len() + keep + len > most {
            return Err(SkipReason::Limit {
                name: "index-path-bytes-max",
                value: most as u64,
            });
        }
        let start = paths.len();
        paths.extend_from_within(from..from + keep);
        paths.extend_from_slice(&rest[..len]);
        self.at = self.bytes.len() - rest.len() + len + 1;
        Ok((start as u32, (keep + len) as u32))
    }
}

/// Reads what follows the entries.
fn extensions(mut rest: &[u8], format: Format) -> Result<(Trees, Option<Link>), SkipReason> {
    let (mut trees, mut link) = (Trees::none(), None);
    while !rest.is_empty() {
        let short = || damaged("it ends within an extension");
        let head = rest.get(..8).ok_or_else(short)?;
        let len = be32(head, 4) as usize;
        let body = rest[8..].get(..len).ok_or_else(short)?;
        rest = &rest[8 + len..];
        match &head[..4] {
            b"TREE" => trees = Trees::parse(body, format)?,
            b"link" => {
                let base = body.get(..format.len()).ok_or_else(short)?;
                let base = Id::new(format, base).ok_or_else(short)?;
                let bitmaps = body[format.len()..].to_vec();
                link = Some(Link { base, bitmaps });
            }
            // Says that folders may stand for all that is below them, which entries say themselves.
            b"sdir" => {}
            // Whoever does not know one of these may do without it.
            other if other[0].is_ascii_uppercase() => {}
            _ => return Err(unsupported("an extension that must not be passed over")),
        }
    }
    Ok((trees, link))
}

/// Reads a number in groups of seven bits, the first ones the highest, each but the last one less.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    loop {
        let (&byte, tail) = rest.split_first()?;
        *rest = tail;
        value = value.checked_add(u64::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?.checked_mul(128)?;
    }
}

/// Four bytes as a number. The caller knows that they are there.
fn be32(bytes: &[u8], at: usize) -> u32 {
    bytes[at..at + 4]
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
}

fn be16(bytes: &[u8], at: usize) -> u16 {
    u16::from(bytes[at]) << 8 | u16::from(bytes[at + 1])
}
