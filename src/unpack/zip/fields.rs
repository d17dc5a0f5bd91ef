//! The fields that a directory record and a local header share, and what stands in their extra fields.

use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// The bytes are encrypted.
const ENCRYPTED: u16 = 1;
/// Of LZMA: a marker ends the data.
const END_MARKER: u16 = 1 << 1;
/// Sizes and checksum stand in a descriptor after the data.
const DESCRIBED: u16 = 1 << 3;
/// Strong encryption.
const STRONG: u16 = 1 << 6;
/// The method that stands for AES encryption of another one.
const AES: u16 = 99;

/// How the bytes of a member are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Form {
    /// General purpose bits, APPNOTE.TXT 4.4.4.
    pub(super) flags: u16,
    /// Compression method, APPNOTE.TXT 4.4.5.
    pub(super) method: u16,
    /// CRC-32 of the bytes once unpacked.
    pub(super) crc: u32,
    /// Bytes in the archive.
    pub(super) packed: u64,
    /// Bytes once unpacked.
    pub(super) unpacked: u64,
}

impl Form {
    /// Reads the fields from `at` on, where the bits stand: 6 in a local header, 8 in a record.
    pub(super) fn at(fixed: &[u8], at: usize) -> Self {
        Self {
            flags: u16_at(fixed, at),
            method: u16_at(fixed, at + 2),
            crc: u32_at(fixed, at + 8),
            packed: u64::from(u32_at(fixed, at + 12)),
            unpacked: u64::from(u32_at(fixed, at + 16)),
        }
    }

    /// Whether a password is needed.
    pub(super) fn encrypted(self) -> bool {
        self.flags & (ENCRYPTED | STRONG) != 0 || self.method == AES
    }

    /// Whether sizes and checksum may stand after the data only.
    pub(super) fn described(self) -> bool {
        self.flags & DESCRIBED != 0
    }

    /// Whether a header before the data does not say how long they are.
    pub(super) fn open_ended(self) -> bool {
        self.silent(self.packed)
    }

    /// Whether this value of its own is only a place for the one in the descriptor.
    fn silent(self, value: u64) -> bool {
        self.described() && (value == 0 || value == u64::from(u32::MAX))
    }

    /// Whether LZMA data say where they end.
    pub(super) fn end_marker(self) -> bool {
        self.flags & END_MARKER != 0
    }

    /// What a local header says otherwise than the directory, in a few words. Sizes that it leaves to
    /// the descriptor say nothing.
    pub(super) fn contradicts(self, directory: Self) -> Option<&'static str> {
        if self.method != directory.method {
            Some("local header has another method")
        } else if self.encrypted() != directory.encrypted() {
            Some("local header and directory disagree about encryption")
        } else if (self.packed != directory.packed && !self.silent(self.packed))
            || (self.unpacked != directory.unpacked && !self.silent(self.unpacked))
        {
            Some("local header has another size")
        } else if self.crc != directory.crc && !self.silent(u64::from(self.crc)) {
            Some("local header has another checksum")
        } else {
            None
        }
    }
}

/// Replaces those values that are too large for their own field, in this order, by those of the zip64
/// extra field.
///
/// Source: APPNOTE.TXT 4.5.3.
pub(super) fn widen(extra: &[u8], values: &mut [&mut u64]) {
    let Some((_, mut field)) = extras(extra).find(|(id, _)| *id == 1) else {
        return;
    };
    for value in values {
        if **value == u64::from(u32::MAX) {
            let Some((wide, rest)) = field.split_at_checked(8) else {
                return;
            };
            **value = u64_at(wide, 0);
            field = rest;
        }
    }
}

/// Whether all of the extra fields are numbers that programs put there: times, owners, padding. The
/// name in Unicode is one of them where it is the name again.
///
/// Sources: APPNOTE.TXT 4.5 and 4.6; Info-ZIP `proginfo/extrafld.txt`; Android `zipalign`.
pub(super) fn says_nothing(extra: &[u8], name: &[u8]) -> bool {
    let mut n = 0;
    let known = extras(extra).all(|(id, field)| {
        n += 4 + field.len();
        match id {
            0x0001 => matches!(field.len(), 0 | 4 | 8 | 12 | 16 | 20 | 24 | 28),
            0x000a => field.len() == 32,
            0x5455 => matches!(field.len(), 1 | 5 | 9 | 13),
            0x5855 => matches!(field.len(), 8 | 12),
            0x7855 => matches!(field.len(), 0 | 4),
            0x7875 => matches!(field.len(), 0..=19),
            0x9901 => field.len() == 7,
            0xcafe => field.is_empty(),
            0xd935 => field.iter().skip(2).all(|&byte| byte == 0),
            0x7075 => field.get(5..) == Some(name),
            _ => false,
        }
    });
    known && extra.get(n..).unwrap_or_default().iter().all(|&b| b == 0)
}

/// The extra fields, each with its id, as far as they are whole.
fn extras(mut extra: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let (head, rest) = extra.split_at_checked(4)?;
        let (field, rest) = rest.split_at_checked(usize::from(u16_at(head, 2)))?;
        extra = rest;
        // Padding.
        (head != [0; 4]).then(|| (u16_at(head, 0), field))
    })
}

/// Length of the descriptor at this position that says the same; 0 where there is none.
///
/// Source: APPNOTE.TXT 4.3.9: its signature is optional, sizes are of 4 or 8 bytes.
pub(super) fn descriptor_len(store: Store<'_>, at: u64, form: Form) -> Result<u64, Trouble> {
    let mut room = [0; 24];
    let n = store.read_at(at, &mut room)?;
    let all = &room[..n];
    let signed = all.strip_prefix(b"PK\x07\x08");
    for (rest, before) in [(signed, 4), (Some(all), 0)] {
        let Some(rest) = rest else { continue };
        if u32_at(rest, 0) != form.crc {
            continue;
        }
        let wide = u64_at(rest, 4) == form.packed && u64_at(rest, 12) == form.unpacked;
        let short = [u32_at(rest, 4), u32_at(rest, 8)].map(u64::from);
        if rest.len() >= 20 && wide {
            return Ok(before + 20);
        } else if rest.len() >= 12 && short == [form.packed, form.unpacked] {
            return Ok(before + 12);
        }
    }
    Ok(0)
}

/// The number at this position, 0 where the bytes end.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    let bytes = bytes
        .get(at..at + 2)
        .and_then(|bytes| bytes.try_into().ok());
    u16::from_le_bytes(bytes.unwrap_or_default())
}

/// The number at this position, 0 where the bytes end.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes
        .get(at..at + 4)
        .and_then(|bytes| bytes.try_into().ok());
    u32::from_le_bytes(bytes.unwrap_or_default())
}

/// The number at this position, 0 where the bytes end.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let bytes = bytes
        .get(at..at + 8)
        .and_then(|bytes| bytes.try_into().ok());
    u64::from_le_bytes(bytes.unwrap_or_default())
}
