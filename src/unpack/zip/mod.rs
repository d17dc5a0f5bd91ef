//! Zip archives, read by a reader of our own: one that gives every member, also of the same name, and
//! sees what the directory does not name.
//!
//! Members are read as the directory says. Where a local header contradicts it the member is read as
//! that says, too, since programs differ in whom they believe. Whatever was not read after that (bytes
//! before the archive, comments, extra fields, members that no directory names) is looked through for
//! local headers, and what is left is given as it stands.
//!
//! Source: APPNOTE.TXT 6.3.10.

mod covered;
mod decode;
mod end;
mod fields;
mod headers;

use std::io::Read;
use std::ops::{ControlFlow, Range};

use flate2::Decompress;

use crate::unpack::members::{Members, range_label};
use crate::unpack::office;
use crate::unpack::store::{Section, Store};
use crate::unpack::trouble::Trouble;
use crate::unpack::zip::covered::Covered;
use crate::unpack::zip::decode::{Checked, Decoder};
use crate::unpack::zip::end::Layout;
use crate::unpack::zip::fields::{Form, u32_at, u64_at};
use crate::unpack::zip::headers::{Directory, Entry, Local};

/// Bytes searched at once.
const ROOM: usize = 64 << 10;
/// Bytes searched first.
const ROOM_MIN: usize = 512;
/// So often all of an archive may be searched for what ends a member.
const SEARCHES: u64 = 16;
/// Records between two looks at the clock.
const RECORDS: u64 = 1 << 10;

const GO_ON: ControlFlow<()> = ControlFlow::Continue(());
const STOP: ControlFlow<()> = ControlFlow::Break(());

/// Opens a zip archive.
pub(super) fn open(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut archive = Archive {
        store: *store,
        covered: Covered::new(out.memory_max()),
        out,
        inflate: Decompress::new(false),
        // One whose directory is lost may have been one.
        document: true,
        room: Vec::new(),
        search_bytes: store.len().saturating_mul(SEARCHES),
    };
    let mut problem = None;
    match end::find(*store) {
        Ok(layout) => {
            if archive.directory(&layout, &mut problem)?.is_break() {
                return Ok(());
            }
        }
        Err(trouble) => problem = Some(trouble),
    }
    let covered = std::mem::replace(&mut archive.covered, Covered::new(0));
    let mut done = 0;
    for gap in covered.gaps(store.len()) {
        // A member that begins in one gap may reach over others.
        let gap = gap.start.max(done)..gap.end;
        if archive.gap(gap, &mut done)?.is_break() {
            return Ok(());
        }
    }
    problem.map_or(Ok(()), Err)
}

/// An archive that is being read.
struct Archive<'a> {
    store: Store<'a>,
    out: &'a mut dyn Members,
    /// What was read.
    covered: Covered,
    /// Kept, since making one takes as long as unpacking a small member.
    inflate: Decompress,
    /// Whether it is an office document.
    document: bool,
    /// Memory for searching, to be used again.
    room: Vec<u8>,
    /// Bytes that may still be searched for what ends a member.
    search_bytes: u64,
}

/// A member, as somebody describes it.
struct Reading<'a> {
    name: &'a [u8],
    form: Form,
    data_at: u64,
    /// Sizes and checksum follow.
    described: bool,
    /// They are not known before.
    open_ended: bool,
}

impl Reading<'_> {
    /// Whether it only names a folder.
    fn is_folder(&self) -> bool {
        let empty = self.form.packed == 0 && self.form.unpacked == 0;
        self.name.ends_with(b"/") && empty && !self.open_ended
    }

    /// Length of its descriptor, if one is to follow its data and does.
    fn descriptor_len(&self, store: Store<'_>, at: u64, form: Form) -> Result<u64, Trouble> {
        if self.described {
            fields::descriptor_len(store, at, form)
        } else {
            Ok(0)
        }
    }
}

impl Archive<'_> {
    /// Reads all members that the directory names. What is wrong with it as a whole is left in
    /// `problem`.
    fn directory(
        &mut self,
        layout: &Layout,
        problem: &mut Option<Trouble>,
    ) -> Result<ControlFlow<()>, Trouble> {
        for range in &layout.ends {
            self.covered.add(range.clone())?;
        }
        // What marks one part of several, where there is but one.
        let mut marker = [0; 4];
        let n = self.store.read_at(0, &mut marker)?;
        if n == 4 && matches!(&marker, b"PK\x07\x08" | b"PK00") {
            self.covered.add(0..4)?;
        }
        let last = layout.ends.iter().map(|range| range.start).min();
        let range = layout.directory_at..last.unwrap_or(layout.directory_at);
        let mut entry = Entry::default();
        let mut names = Directory::new(self.store, range.clone());
        self.document = false;
        while !self.document && names.next(&mut entry)? {
            self.document = office::marks_document(&entry.name);
        }
        let mut directory = Directory::new(self.store, range);
        let mut n = 0_u64;
        while directory.next(&mut entry)? {
            n += 1;
            self.covered.add(entry.range.clone())?;
            if n.is_multiple_of(RECORDS) && self.out.proceed().is_break() {
                return Ok(STOP);
            }
            if self.entry(&entry, layout)?.is_break() {
                return Ok(STOP);
            }
        }
        // Some programs count modulo 2^16.
        let counted = if layout.wide { n } else { n & 0xffff };
        if counted != layout.entries {
            let stated = layout.entries;
            let words = format!("{n} directory entries where {stated} are stated");
            *problem = Some(Trouble::damaged(words));
        } else if directory.at - layout.directory_at != layout.directory_bytes {
            *problem = Some(Trouble::damaged("directory has another length than stated"));
        }
        Ok(GO_ON)
    }

    /// Reads a member that the directory names.
    fn entry(&mut self, entry: &Entry, layout: &Layout) -> Result<ControlFlow<()>, Trouble> {
        if !matches!(entry.part, 0 | u16::MAX) {
            let trouble = Trouble::Unsupported("member in another part".into());
            return Ok(self.lost(&entry.name, trouble));
        }
        let shifted = entry.offset.wrapping_add(layout.shift);
        let mut local = Local::read(self.store, shifted)?;
        if local.is_none() && layout.shift != 0 {
            local = Local::read(self.store, entry.offset)?;
        }
        let Some(local) = local else {
            let trouble = Trouble::damaged("no local header where the directory says");
            return Ok(self.lost(&entry.name, trouble));
        };
        self.covered.add(local.at..local.end)?;
        let reading = Reading {
            name: &entry.name,
            form: entry.form,
            data_at: local.data_at,
            described: local.form.described() || entry.form.described(),
            open_ended: false,
        };
        let mut end = match self.read(&reading)? {
            ControlFlow::Break(()) => return Ok(STOP),
            ControlFlow::Continue(end) => end,
        };
        if let Some(problem) = contradiction(entry, &local, end.is_some()) {
            if let Some(problem) = problem {
                let flow = self.lost(&entry.name, Trouble::damaged(problem));
                if flow.is_break() {
                    return Ok(STOP);
                }
            }
            match self.by_local(&local)? {
                ControlFlow::Break(()) => return Ok(STOP),
                // What only one of them knows of is looked through later.
                ControlFlow::Continue(other) => end = end.zip(other).map(|(a, b)| a.min(b)),
            }
        }
        if let Some(end) = end {
            self.covered.add(local.data_at..end)?;
        }
        Ok(GO_ON)
    }

    /// Reads a member as its local header says. Answers as for [`Self::read`].
    fn by_local(&mut self, local: &Local) -> Result<ControlFlow<(), Option<u64>>, Trouble> {
        let mut reading = Reading {
            name: &local.name,
            form: local.form,
            data_at: local.data_at,
            described: local.form.described(),
            open_ended: local.form.open_ended(),
        };
        if reading.open_ended
            && local.form.method == decode::STORED
            && !local.form.encrypted()
            && let Some(form) = self.described(local)?
        {
            reading.form = form;
            reading.open_ended = false;
        }
        self.read(&reading)
    }

    /// The form of stored bytes whose length stands after them only: they end at the first descriptor
    /// that names their length.
    fn described(&mut self, local: &Local) -> Result<Option<Form>, Trouble> {
        let mut at = local.data_at;
        let end = self.store.len().min(at.saturating_add(self.search_bytes));
        while let Some(found) = self.find(b"PK\x07\x08", at..end)? {
            self.search_bytes = self.search_bytes.saturating_sub(found + 4 - at);
            let n = found - local.data_at;
            let mut record = [0; 24];
            let _ = self.store.read_at(found, &mut record)?;
            let short = u64::from(u32_at(&record, 8)) == n && u64::from(u32_at(&record, 12)) == n;
            if short || (u64_at(&record, 8) == n && u64_at(&record, 16) == n) {
                return Ok(Some(Form {
                    crc: u32_at(&record, 4),
                    packed: n,
                    unpacked: n,
                    ..local.form
                }));
            }
            at = found + 4;
        }
        self.search_bytes = self.search_bytes.saturating_sub(end.saturating_sub(at));
        Ok(None)
    }

    /// Reads a member. Answers where it ends, with its descriptor, where all of it is as stated.
    fn read(&mut self, reading: &Reading<'_>) -> Result<ControlFlow<(), Option<u64>>, Trouble> {
        let form = reading.form;
        if reading.is_folder() {
            let n = reading.descriptor_len(self.store, reading.data_at, form)?;
            return Ok(ControlFlow::Continue(Some(reading.data_at + n)));
        }
        let stored = form.method == decode::STORED;
        let trouble = if form.encrypted() {
            Some(Trouble::Encrypted)
        } else if reading.open_ended && !decode::ends_by_itself(form) {
            Some(Trouble::Unsupported("length after the data".into()))
        } else {
            None
        };
        if let Some(trouble) = trouble {
            return Ok(self.unread(reading.name, trouble));
        }
        // Of two lengths of the same bytes the longer one hides none.
        let n = if stored {
            form.packed.max(form.unpacked)
        } else {
            form.packed
        };
        let all = if reading.open_ended { u64::MAX } else { n };
        let range = reading.data_at..reading.data_at.saturating_add(all);
        let end = range.end.min(self.store.len());
        let mut section = self.store.section(range);
        let decoder = match Decoder::new(&mut section, form, &mut self.inflate) {
            Ok(decoder) => decoder,
            Err(trouble) => return Ok(self.unread(reading.name, trouble)),
        };
        let stated = (!reading.open_ended).then_some((form.unpacked, form.crc));
        let mut checked = Checked::new(decoder, stated);
        if self.out.member(reading.name, &mut checked).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        let whole = checked.whole();
        let after = checked.bytes.unread();
        let stopped = section.position().saturating_sub(after);
        if self.document && office::has_text(reading.name) {
            let section = self.store.section(reading.data_at..end);
            if self.text(reading, section).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let Some((unpacked, crc)) = whole else {
            return Ok(ControlFlow::Continue(None));
        };
        if !reading.open_ended && (stopped < end || (stored && form.packed != form.unpacked)) {
            let words = "its data end before their stated end";
            return Ok(self.unread(reading.name, Trouble::damaged(words)));
        }
        let form = Form {
            crc,
            packed: stopped - reading.data_at,
            unpacked,
            ..form
        };
        let n = reading.descriptor_len(self.store, stopped, form)?;
        if n == 0 && reading.open_ended {
            let words = "no data descriptor that fits";
            return Ok(self.unread(reading.name, Trouble::damaged(words)));
        }
        Ok(ControlFlow::Continue(Some(stopped + n)))
    }

    /// Gives the text of a part of a document, if there is any.
    fn text(&mut self, reading: &Reading<'_>, mut section: Section<'_>) -> ControlFlow<()> {
        let Ok(decoder) = Decoder::new(&mut section, reading.form, &mut self.inflate) else {
            // It was there a moment ago, and what was wrong with it is known.
            return GO_ON;
        };
        let name = [reading.name, b"!(text)"].concat();
        let mut text = office::Text::new(decoder);
        let mut room = [0; 512];
        match text.read(&mut room) {
            Ok(0) => GO_ON,
            Ok(n) => self.out.member(&name, &mut room[..n].chain(text)),
            Err(error) => {
                self.out.lost(Some(&name), error.into());
                self.out.proceed()
            }
        }
    }

    /// Looks through bytes that nothing speaks of for local headers, and gives what is left. The end of
    /// what was read is left in `done`.
    fn gap(&mut self, gap: Range<u64>, done: &mut u64) -> Result<ControlFlow<()>, Trouble> {
        let (mut from, mut at) = (gap.start, gap.start);
        while at < gap.end {
            let Some(found) = self.find(headers::LOCAL, at..gap.end)? else {
                break;
            };
            at = found + 1;
            if self.out.proceed().is_break() {
                return Ok(STOP);
            }
            if !Local::plausible(self.store, found)? {
                continue;
            }
            let Some(local) = Local::read(self.store, found)? else {
                continue;
            };
            if self.loose(from..found).is_break() {
                return Ok(STOP);
            }
            from = local.end;
            at = local.end;
            match self.by_local(&local)? {
                ControlFlow::Break(()) => return Ok(STOP),
                ControlFlow::Continue(None) => {}
                ControlFlow::Continue(Some(end)) => {
                    if self.loose(local.end..local.data_at).is_break() {
                        return Ok(STOP);
                    }
                    from = end;
                    at = end;
                }
            }
        }
        *done = from.max(gap.end);
        Ok(self.loose(from..gap.end))
    }

    /// Where the first of these bytes stand in a range; the last of them may lie behind it.
    fn find(&mut self, magic: &[u8; 4], range: Range<u64>) -> Result<Option<u64>, Trouble> {
        if let Store::Memory(bytes) = self.store {
            let end = range.end.saturating_add(3).min(bytes.len() as u64);
            let bytes = bytes.get(range.start as usize..end as usize);
            let found = memchr::memmem::find(bytes.unwrap_or_default(), magic);
            return Ok(found.map(|at| range.start + at as u64));
        }
        let mut at = range.start;
        // Little at first: hits may stand close to each other.
        let mut n = ROOM_MIN;
        while at < range.end && self.out.proceed().is_continue() {
            let most = (range.end - at).saturating_add(3);
            self.room.resize(n.min(most.min(ROOM as u64) as usize), 0);
            let read = self.store.read_at(at, &mut self.room)?;
            if let Some(found) = memchr::memmem::find(&self.room[..read], magic) {
                return Ok(Some(at + found as u64));
            }
            at += (read.saturating_sub(3) as u64).max(1);
            n = (2 * n).min(ROOM);
        }
        Ok(None)
    }

    /// Gives bytes as they stand; not all there are, since those are the archive itself, which is
    /// damaged then and scanned as it stands.
    fn loose(&mut self, range: Range<u64>) -> ControlFlow<()> {
        if range.is_empty() || range == (0..self.store.len()) {
            return GO_ON;
        }
        let mut section = self.store.section(range.clone());
        self.out.loose(&range_label(&range), &mut section)
    }

    fn lost(&mut self, name: &[u8], trouble: Trouble) -> ControlFlow<()> {
        self.out.lost(Some(name), trouble);
        self.out.proceed()
    }

    /// Notes a member whose bytes stay among those that were not read.
    fn unread(&mut self, name: &[u8], trouble: Trouble) -> ControlFlow<(), Option<u64>> {
        self.lost(name, trouble).map_continue(|()| None)
    }
}

/// Whether the local header is to be believed as well, and what is to be said of it.
fn contradiction(entry: &Entry, local: &Local, whole: bool) -> Option<Option<&'static str>> {
    if local.name != entry.name {
        return Some(Some("local header has another name"));
    }
    if let Some(problem) = local.form.contradicts(entry.form) {
        return Some(Some(problem));
    }
    // Its data may end elsewhere than the directory says; that it could not be read was noted.
    let own = local.form.open_ended() && decode::ends_by_itself(local.form);
    (own && !whole && !local.form.encrypted()).then_some(None)
}
