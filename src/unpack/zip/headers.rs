//! The directory of a zip archive, record by record, and the local headers before its members.

use std::io::{self, Read};
use std::ops::Range;

use crate::unpack::store::{Section, Store};
use crate::unpack::trouble::Trouble;
use crate::unpack::zip::decode;
use crate::unpack::zip::fields::{self, Form, u16_at, u32_at};

/// What a record of the directory begins with.
const RECORD: &[u8] = b"PK\x01\x02";
/// Length of a record without its name, extra fields and comment.
const RECORD_BYTES: usize = 46;
/// What a local header begins with.
pub(super) const LOCAL: &[u8; 4] = b"PK\x03\x04";
/// Length of a local header without its name and extra fields.
const LOCAL_BYTES: usize = 30;

/// A record of the directory.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// The name as it stands.
    pub(super) name: Vec<u8>,
    /// How its bytes are written.
    pub(super) form: Form,
    /// Where its local header stands, from the start of the archive.
    pub(super) offset: u64,
    /// The part of the archive that it is in.
    pub(super) part: u16,
    /// The record without its comment, and without extra fields that are more than numbers.
    pub(super) range: Range<u64>,
    extra: Vec<u8>,
}

/// The directory, read in order.
pub(super) struct Directory<'a> {
    section: Section<'a>,
    /// Where the next record stands.
    pub(super) at: u64,
}

impl<'a> Directory<'a> {
    pub(super) fn new(store: Store<'a>, range: Range<u64>) -> Self {
        Self {
            at: range.start,
            section: store.section(range),
        }
    }

    /// Reads the next record; false where there is none.
    ///
    /// Source: APPNOTE.TXT 4.3.12.
    pub(super) fn next(&mut self, entry: &mut Entry) -> Result<bool, Trouble> {
        let mut fixed = [0; RECORD_BYTES];
        if !self.fill(&mut fixed)? || !fixed.starts_with(RECORD) {
            return Ok(false);
        }
        entry.form = Form::at(&fixed, 8);
        entry.part = u16_at(&fixed, 34);
        entry.offset = u64::from(u32_at(&fixed, 42));
        let [name, extra, comment] = [28, 30, 32].map(|at| u16_at(&fixed, at));
        entry.name.resize(usize::from(name), 0);
        entry.extra.resize(usize::from(extra), 0);
        if !self.fill(&mut entry.name)? || !self.fill(&mut entry.extra)? {
            return Ok(false);
        }
        let mut text = Read::take(&mut self.section, u64::from(comment));
        if io::copy(&mut text, &mut io::sink())? < u64::from(comment) {
            return Ok(false);
        }
        let form = &mut entry.form;
        let values = &mut [&mut form.unpacked, &mut form.packed, &mut entry.offset];
        fields::widen(&entry.extra, values);
        let silent = fields::says_nothing(&entry.extra, &entry.name);
        let extra_at = self.at + RECORD_BYTES as u64 + u64::from(name);
        let extra_end = extra_at + u64::from(extra);
        entry.range = self.at..if silent { extra_end } else { extra_at };
        self.at = extra_end + u64::from(comment);
        Ok(true)
    }

    /// Fills the buffer; false where the directory ends before.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, Trouble> {
        match self.section.read_exact(buffer) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}

/// A local header.
#[derive(Debug)]
pub(super) struct Local {
    /// The name as it stands.
    pub(super) name: Vec<u8>,
    /// How the bytes after it are written.
    pub(super) form: Form,
    /// Where it begins.
    pub(super) at: u64,
    /// Where it ends, without extra fields that are more than numbers.
    pub(super) end: u64,
    /// Where the bytes of the member begin.
    pub(super) data_at: u64,
}

impl Local {
    /// Whether bytes in the midst of others may be one: programs hold the first four of them, too.
    pub(super) fn plausible(store: Store<'_>, at: u64) -> Result<bool, Trouble> {
        let mut fixed = [0; LOCAL_BYTES];
        let n = store.read_at(at, &mut fixed)?;
        Ok(n == LOCAL_BYTES && decode::is_method(u16_at(&fixed, 8)))
    }

    /// Reads the one at this position, if that is one.
    ///
    /// Source: APPNOTE.TXT 4.3.7.
    pub(super) fn read(store: Store<'_>, at: u64) -> Result<Option<Self>, Trouble> {
        let mut fixed = [0; LOCAL_BYTES];
        // A file may refuse a position that no file has.
        if at >= store.len()
            || store.read_at(at, &mut fixed)? < LOCAL_BYTES
            || !fixed.starts_with(LOCAL)
        {
            return Ok(None);
        }
        let [n_name, n_extra] = [26, 28].map(|at| usize::from(u16_at(&fixed, at)));
        let name_at = at + LOCAL_BYTES as u64;
        let mut name = vec![0; n_name + n_extra];
        if store.read_at(name_at, &mut name)? < name.len() {
            return Ok(None);
        }
        let extra = name.split_off(n_name);
        let mut form = Form::at(&fixed, 6);
        fields::widen(&extra, &mut [&mut form.unpacked, &mut form.packed]);
        let extra_at = name_at + n_name as u64;
        let data_at = extra_at + n_extra as u64;
        let silent = fields::says_nothing(&extra, &name);
        Ok(Some(Self {
            name,
            form,
            at,
            end: if silent { data_at } else { extra_at },
            data_at,
        }))
    }
}
