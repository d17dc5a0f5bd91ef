//! Extended headers of tar archives: records that say what the header of the next member cannot.

use crate::unpack::input::{Halt, Texts};
use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// What the headers before a member say of it.
#[derive(Debug, Default)]
pub(super) struct Extended {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: Sparse,
}

/// What they say of holes in it.
#[derive(Debug, Default)]
pub(super) struct Sparse {
    /// The name of the file with its holes.
    name: Option<Vec<u8>>,
    /// The version of the format, where it is 1.0 or later.
    pub(super) major: Option<u64>,
    /// Offset and length of what is stored, in turn, of versions before 1.0.
    pub(super) numbers: Option<Vec<u64>>,
    /// Length of the file with its holes.
    pub(super) len: Option<u64>,
}

/// Keys that only hold numbers.
const NUMBERS: &[&[u8]] = &[
    b"GNU.sparse.minor",
    b"GNU.sparse.numblocks",
    b"LIBARCHIVE.creationtime",
    b"SCHILY.dev",
    b"SCHILY.ino",
    b"SCHILY.nlink",
    b"atime",
    b"ctime",
    b"gid",
    b"mtime",
    b"uid",
];

impl Extended {
    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            path, link, size, ..
        } = self;
        path.is_none() && link.is_none() && size.is_none() && self.sparse.name.is_none()
    }

    /// The path of the member, where one was given. That of a sparse file counts before the other, which
    /// is made up.
    pub(super) fn take_path(&mut self) -> Option<Vec<u8>> {
        self.sparse.name.take().or_else(|| self.path.take())
    }

    /// Takes in the records of a header for the next member. What says nothing of its name, place or
    /// length is text.
    ///
    /// Source: POSIX.1-2017, pax, "pax Extended Header"; GNU tar manual, "Storing Sparse Files".
    pub(super) fn read(
        &mut self,
        text: &[u8],
        texts: &mut Texts,
        out: &mut dyn Members,
    ) -> Result<(), Halt> {
        for record in (Records { text }) {
            let Ok((key, value)) = record else {
                return not_understood(text, texts, out);
            };
            if !self.take(key, value) {
                texts.add(&[key, b"=", value], out)?;
            }
        }
        Ok(())
    }

    /// Takes in one record; false where it is something else, or not understood.
    fn take(&mut self, key: &[u8], value: &[u8]) -> bool {
        let numbers = &mut self.sparse.numbers;
        let known = match key {
            // The last one counts; of one that was overruled the text remains.
            b"path" => return self.path.replace(value.to_vec()).is_none(),
            b"linkpath" => return self.link.replace(value.to_vec()).is_none(),
            b"GNU.sparse.name" => return self.sparse.name.replace(value.to_vec()).is_none(),
            b"size" => decimal(value).map(|n| self.size = Some(n)),
            b"GNU.sparse.major" => decimal(value).map(|n| self.sparse.major = Some(n)),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => {
                decimal(value).map(|n| self.sparse.len = Some(n))
            }
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                decimal(value).map(|n| numbers.get_or_insert_default().push(n))
            }
            b"GNU.sparse.map" => {
                let all = value.split(|&byte| byte == b',').map(decimal);
                all.collect::<Option<Vec<_>>>()
                    .map(|all| *numbers = Some(all))
            }
            key if NUMBERS.contains(&key) => {
                let is_number = |byte: &u8| byte.is_ascii_digit() || b"+-.".contains(byte);
                value.iter().all(is_number).then_some(())
            }
            _ => None,
        };
        known.is_some()
    }
}

/// Takes in the records of a header for all members that follow. Programs do not agree on whether
/// lengths count there, so that is named; names of it are text.
pub(super) fn read_global(
    text: &[u8],
    texts: &mut Texts,
    out: &mut dyn Members,
) -> Result<(), Halt> {
    for record in (Records { text }) {
        let Ok((key, value)) = record else {
            return not_understood(text, texts, out);
        };
        if key == b"size" || key.starts_with(b"GNU.sparse.") {
            let what = "a length for all members that follow";
            out.lost(None, Trouble::Unsupported(what.to_owned()));
        }
        texts.add(&[key, b"=", value], out)?;
    }
    Ok(())
}

fn not_understood(text: &[u8], texts: &mut Texts, out: &mut dyn Members) -> Result<(), Halt> {
    out.lost(None, Trouble::damaged("extended header"));
    texts.add(&[text], out)
}

/// A number in decimal digits, of at most 63 bits.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let text = std::str::from_utf8(text).ok()?;
    let number: u64 = text.parse().ok()?;
    i64::try_from(number).ok()?;
    Some(number)
}

/// Keys and values, each `length key=value\n`; an error where a record is not so, which ends them.
struct Records<'a> {
    text: &'a [u8],
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<(&'a [u8], &'a [u8]), ()>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.text.iter().all(|&byte| byte == 0) {
            return None;
        }
        let record = record(self.text);
        self.text = record.map_or(b"", |(_, _, rest)| rest);
        Some(record.map(|(key, value, _)| (key, value)).ok_or(()))
    }
}

/// Key and value of the first record, and the text after it.
fn record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = memchr::memchr(b' ', &text[..text.len().min(20)])?;
    let len = usize::try_from(decimal(&text[..space])?).ok()?;
    let (record, rest) = text.split_at_checked(len)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    Some((&record[..equals], &record[equals + 1..], rest))
}
