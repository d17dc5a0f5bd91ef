//! The end of a zip archive, which says where its directory stands.

use std::ops::Range;

use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;
use crate::unpack::zip::fields::{u16_at, u32_at, u64_at};

/// Length of an end record without its comment.
const END_BYTES: u64 = 22;
/// Length of the locator of a zip64 end record.
const LOCATOR_BYTES: u64 = 20;
/// Length of a zip64 end record of version 1.
const WIDE_BYTES: usize = 56;

/// Where the parts of an archive stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Layout {
    /// Where the directory begins.
    pub(super) directory_at: u64,
    /// Its stated length.
    pub(super) directory_bytes: u64,
    /// Its stated number of entries.
    pub(super) entries: u64,
    /// Whether that number was too large for its field where an archive has that many.
    pub(super) wide: bool,
    /// What offsets in the archive are from, modulo 2^64: bytes before it that they do not count.
    pub(super) shift: u64,
    /// The end records, without a comment; the directory ends before the first.
    pub(super) ends: Vec<Range<u64>>,
}

/// Finds the end record whose directory is where it says. Of several, such as one in the comment of
/// another, one that ends the file comes first, then the last. What the others speak of is found as
/// bytes that belong to nothing.
///
/// # Errors
///
/// Truncated where there is none, unsupported where the archive has more than one part.
pub(super) fn find(store: Store<'_>) -> Result<Layout, Trouble> {
    let window = store.len().min(END_BYTES + u64::from(u16::MAX));
    let from = store.len() - window;
    let tail = store.bytes(from, window as usize)?;
    let mut empty = None;
    let mut split = false;
    for exact in [true, false] {
        for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
            let record = &tail[at..];
            let comment = u64::from(u16_at(record, 20));
            let rest = (record.len() as u64).checked_sub(END_BYTES + comment);
            if rest.is_none_or(|rest| (rest == 0) != exact) {
                continue;
            }
            match layout(store, from + at as u64, record) {
                Ok(Some(layout)) if layout.entries > 0 => return Ok(layout),
                Ok(Some(layout)) => empty = empty.or(Some(layout)),
                Ok(None) => {}
                Err(Trouble::Unsupported(_)) => split = true,
                Err(trouble) => return Err(trouble),
            }
        }
    }
    match empty {
        Some(layout) => Ok(layout),
        None if split => Err(Trouble::Unsupported("one part of several".into())),
        None => Err(Trouble::truncated()),
    }
}

/// Reads an end record, and the zip64 one before it where there is one.
///
/// Source: APPNOTE.TXT 4.3.16.
fn layout(store: Store<'_>, at: u64, record: &[u8]) -> Result<Option<Layout>, Trouble> {
    let mut parts = [u16_at(record, 4), u16_at(record, 6)].map(u32::from);
    let mut entries = u64::from(u16_at(record, 10));
    let mut bytes = u64::from(u32_at(record, 12));
    let mut offset = u64::from(u32_at(record, 16));
    let mut ends: Vec<_> = std::iter::once(at..at + END_BYTES).collect();
    let wide = wide_end(store, at)?;
    if let Some((range, record)) = &wide {
        let replace = |value: &mut u64, most: u64, at: usize| {
            if *value == most {
                *value = u64_at(record, at);
            }
        };
        replace(&mut entries, u64::from(u16::MAX), 32);
        replace(&mut bytes, u64::from(u32::MAX), 40);
        replace(&mut offset, u64::from(u32::MAX), 48);
        parts = [u32_at(record, 16), u32_at(record, 20)];
        ends.push(at - LOCATOR_BYTES..at);
        ends.push(range.clone());
    }
    let end = wide.as_ref().map_or(at, |(range, _)| range.start.min(at));
    if parts != [0, 0] {
        return Err(Trouble::Unsupported("one part of several".into()));
    }
    let layout = |directory_at: u64| Layout {
        directory_at,
        directory_bytes: bytes,
        entries,
        wide: wide.is_some(),
        shift: directory_at.wrapping_sub(offset),
        ends,
    };
    if entries == 0 && bytes == 0 {
        return Ok(Some(layout(end)));
    }
    // Right before the end record, wherever the archive begins; else where it says.
    for directory_at in [end.checked_sub(bytes), Some(offset)].into_iter().flatten() {
        if directory_at >= end {
            continue;
        }
        let mut signature = [0; 4];
        let n = store.read_at(directory_at, &mut signature)?;
        if n == 4 && signature == *b"PK\x01\x02" {
            return Ok(Some(layout(directory_at)));
        }
    }
    Ok(None)
}

/// Where a zip64 end record stands, and its bytes.
type WideEnd = (Range<u64>, Vec<u8>);

/// The zip64 end record whose locator stands before the end record at this position, and where it
/// stands.
///
/// Source: APPNOTE.TXT 4.3.14 and 4.3.15.
fn wide_end(store: Store<'_>, end: u64) -> Result<Option<WideEnd>, Trouble> {
    let Some(locator_at) = end.checked_sub(LOCATOR_BYTES) else {
        return Ok(None);
    };
    let locator = store.bytes(locator_at, LOCATOR_BYTES as usize)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    // Where it says, which does not count bytes before the archive, or right before the locator.
    let near = locator_at.checked_sub(WIDE_BYTES as u64);
    for at in [near, Some(u64_at(&locator, 8))].into_iter().flatten() {
        let Ok(record) = store.bytes(at, WIDE_BYTES) else {
            continue;
        };
        if record.starts_with(b"PK\x06\x06") && at < locator_at {
            return Ok(Some((at..at + WIDE_BYTES as u64, record)));
        }
    }
    Ok(None)
}
