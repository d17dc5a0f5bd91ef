//! Writes zip archives that may say what is not so.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// A member, as its local header and the directory describe it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    /// The name in the local header, where it is another.
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) flags: u16,
    pub(crate) method: u16,
    /// The method in the local header, where it is another.
    pub(crate) local_method: Option<u16>,
    pub(crate) crc: u32,
    /// The bytes in the archive.
    pub(crate) data: Vec<u8>,
    /// Their number in the directory.
    pub(crate) packed: u32,
    /// Their number in the local header, where it is another.
    pub(crate) local_packed: Option<u32>,
    /// Number of bytes once unpacked.
    pub(crate) unpacked: u32,
    /// Extra fields of both.
    pub(crate) extra: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    /// Sizes and checksum stand after the data, not in the local header.
    pub(crate) described: bool,
    /// The directory does not name it.
    pub(crate) unlisted: bool,
}

impl Member {
    pub(crate) fn stored(name: &str, bytes: &[u8]) -> Self {
        Self::packed(name, 0, bytes, bytes)
    }

    pub(crate) fn deflated(name: &str, bytes: &[u8]) -> Self {
        Self::packed(name, 8, bytes, &deflate(bytes))
    }

    /// Bytes that a method has turned into `data`.
    pub(crate) fn packed(name: &str, method: u16, bytes: &[u8], data: &[u8]) -> Self {
        Self {
            name: name.into(),
            method,
            crc: crc32fast::hash(bytes),
            data: data.to_vec(),
            packed: len(data),
            unpacked: len(bytes),
            ..Self::default()
        }
    }

    /// The fields from the bits to the lengths of name and extra field.
    fn form(&self, method: u16, sizes: [u32; 3], name: &[u8]) -> Vec<u8> {
        let flags = self.flags | if self.described { 8 } else { 0 };
        let mut all = Vec::new();
        for word in [flags, method, 0, 0] {
            all.extend(word.to_le_bytes());
        }
        for size in sizes {
            all.extend(size.to_le_bytes());
        }
        for text in [name, &self.extra] {
            all.extend((text.len() as u16).to_le_bytes());
        }
        all
    }

    fn local(&self) -> Vec<u8> {
        let name = self.local_name.as_ref().unwrap_or(&self.name);
        let method = self.local_method.unwrap_or(self.method);
        let packed = self.local_packed.unwrap_or(self.packed);
        let sizes = [self.crc, packed, self.unpacked];
        let stated = if self.described { [0; 3] } else { sizes };
        let mut all = b"PK\x03\x04\x14\0".to_vec();
        all.extend(self.form(method, stated, name));
        for part in [name, &self.extra, &self.data] {
            all.extend(part);
        }
        if self.described {
            all.extend(b"PK\x07\x08");
            all.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
        }
        all
    }

    fn record(&self, at: u32) -> Vec<u8> {
        let mut all = b"PK\x01\x02\x14\0\x14\0".to_vec();
        let sizes = [self.crc, self.packed, self.unpacked];
        all.extend(self.form(self.method, sizes, &self.name));
        all.extend((self.comment.len() as u16).to_le_bytes());
        all.extend([0; 8]);
        all.extend(at.to_le_bytes());
        for part in [&self.name, &self.extra, &self.comment] {
            all.extend(part);
        }
        all
    }
}

/// An archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Zip {
    file: Vec<u8>,
    directory: Vec<u8>,
    entries: u64,
    /// Bytes before it that its offsets do not count.
    shift: usize,
    comment: Vec<u8>,
    /// Write a zip64 end record.
    wide: bool,
    /// The number of this part, from 0.
    part: u16,
}

impl Zip {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn stored(self, name: &str, bytes: &[u8]) -> Self {
        self.member(&Member::stored(name, bytes))
    }

    pub(crate) fn deflated(self, name: &str, bytes: &[u8]) -> Self {
        self.member(&Member::deflated(name, bytes))
    }

    pub(crate) fn member(mut self, member: &Member) -> Self {
        if !member.unlisted {
            self = self.record(member);
        }
        self.file.extend(member.local());
        self
    }

    /// A directory record of a member whose local header is written next.
    pub(crate) fn record(mut self, member: &Member) -> Self {
        let at = self.file.len() - self.shift;
        self.directory.extend(member.record(at as u32));
        self.entries += 1;
        self
    }

    /// Bytes between members.
    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.file.extend(bytes);
        self
    }

    /// Bytes before the archive, which its offsets do not count.
    pub(crate) fn after(mut self, bytes: &[u8]) -> Self {
        self.file.extend(bytes);
        self.shift = self.file.len();
        self
    }

    pub(crate) fn comment(mut self, bytes: &[u8]) -> Self {
        self.comment = bytes.to_vec();
        self
    }

    pub(crate) fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    pub(crate) fn part(mut self, part: u16) -> Self {
        self.part = part;
        self
    }

    /// So many more entries are stated than there are.
    pub(crate) fn entries_more(mut self, n: i64) -> Self {
        self.entries = self.entries.saturating_add_signed(n);
        self
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let at = self.file.len() - self.shift;
        let n = self.directory.len();
        self.file.append(&mut self.directory);
        if self.wide {
            let end_at = self.file.len() - self.shift;
            self.file.extend(b"PK\x06\x06");
            self.file.extend(44_u64.to_le_bytes());
            self.file.extend([0; 12]);
            for size in [self.entries, self.entries, n as u64, at as u64] {
                self.file.extend(size.to_le_bytes());
            }
            self.file.extend(b"PK\x06\x07\0\0\0\0");
            self.file.extend((end_at as u64).to_le_bytes());
            self.file.extend(1_u32.to_le_bytes());
        }
        self.file.extend(b"PK\x05\x06");
        let entries = if self.wide {
            0xffff
        } else {
            self.entries as u16
        };
        for word in [self.part, self.part, entries, entries] {
            self.file.extend(word.to_le_bytes());
        }
        for size in [n, at] {
            let size = if self.wide { u32::MAX } else { size as u32 };
            self.file.extend(size.to_le_bytes());
        }
        self.file.extend((self.comment.len() as u16).to_le_bytes());
        self.file.extend(self.comment);
        self.file
    }
}

pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn len(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).expect("tests are small")
}
