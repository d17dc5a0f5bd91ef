//! SQLite databases: the values of all rows, apart from each other.
//!
//! The raw bytes of a database are scanned as well, and show most of what it holds, also what was
//! deleted. What they hide: values that go on on other pages, texts in UTF-16, and where a value ends,
//! for nothing stands between it and the next one. Every page is looked at, whether a table leads to it
//! or not. A write-ahead log is another file.
//!
//! Source: SQLite, "Database File Format"; its section numbers stand below.

mod record;

use std::io::{self, Read};
use std::ops::Range;

use crate::decode::View;
use crate::unpack::kinds;
use crate::unpack::members::Members;
use crate::unpack::sqlite::record::varint;
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// Pages whose rows are one member.
const BATCH_PAGES: u64 = 4_096;
/// Damaged pages that are named, of those in one member.
const NOTES_MAX: usize = 100;

/// What is known of a page: the database says that no rows stand on it. What does is old, or a lie.
const FREE: u8 = 1;
/// A value goes on on it.
const OVERFLOW: u8 = 2;
/// A value goes on on it that is no longer in use.
const OLD: u8 = 16;
/// It was read as a page of a tree.
const TREE: u8 = 4;
/// Another page says that it is a page of a tree.
const CHILD: u8 = 8;

/// Opens a database.
pub(super) fn sqlite(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let header = store.bytes(0, 100)?;
    let mut database = Database::new(*store, &header, out)?;
    let truncated = database.n_pages > store.len() / database.page_len;
    database.n_pages = database.n_pages.min(store.len() / database.page_len);
    database.mark_free(&header);
    let mut next = 1;
    while next <= database.n_pages {
        let end = database.n_pages.min(next + BATCH_PAGES - 1);
        let name = format!("(rows from page {next})");
        let mut rows = Rows::new(&mut database, next..end + 1);
        if out.member(name.as_bytes(), &mut rows).is_break() || out.proceed().is_break() {
            return Ok(());
        }
        if let Some(more) = rows.n_notes.checked_sub(NOTES_MAX + 1) {
            let problem = format!("{} more pages from page {next} on", more + 1);
            out.lost(None, Trouble::Damaged(problem));
        }
        for (page, trouble) in rows.notes {
            out.lost(Some(format!("(page {page})").as_bytes()), trouble);
        }
        for (name, bytes) in rows.files {
            if out.member(name.as_bytes(), &mut &bytes[..]).is_break() {
                return Ok(());
            }
        }
        next = end + 1;
    }
    database.check()?;
    if truncated {
        return Err(Trouble::truncated());
    }
    Ok(())
}

struct Database<'a> {
    store: Store<'a>,
    page_len: u64,
    /// Bytes of a page that may be used.
    usable: usize,
    n_pages: u64,
    view: View,
    /// What is known of each page, by its number less one.
    pages: Vec<u8>,
    /// Bytes of a value that may be held.
    most: usize,
}

impl<'a> Database<'a> {
    /// Source: 1.3, "The Database Header".
    fn new(store: Store<'a>, header: &[u8], out: &dyn Members) -> Result<Self, Trouble> {
        let page_len = match u16::from_be_bytes([header[16], header[17]]) {
            1 => 65_536,
            len if len.is_power_of_two() && len >= 512 => u64::from(len),
            _ => return Err(Trouble::damaged("its page size is wrong")),
        };
        let usable = page_len as usize - usize::from(header[20]);
        if usable < 480 {
            return Err(Trouble::damaged("its pages are too small"));
        }
        let view = match word(header, 56) {
            Some(2) => View::Utf16Le,
            Some(3) => View::Utf16Be,
            Some(0 | 1) => View::Bytes,
            _ => return Err(Trouble::Unsupported("its text encoding".to_owned())),
        };
        // The number of pages counts only where the last writer knew that field.
        let stated = word(header, 28).filter(|_| header[24..28] == header[92..96]);
        let n_pages = match stated {
            Some(n) if n > 0 => u64::from(n),
            _ => store.len() / page_len,
        };
        let n_known = n_pages.min(store.len() / page_len);
        let memory = out.memory_max();
        if n_known > memory as u64 / 4 {
            return Err(Trouble::Limit("held-bytes-max", memory as u64));
        }
        Ok(Self {
            store,
            page_len,
            usable,
            n_pages,
            view,
            pages: vec![0; n_known as usize],
            most: memory / 4,
        })
    }

    fn page(&self, number: u64) -> io::Result<Vec<u8>> {
        let at = (number - 1) * self.page_len;
        Ok(self.store.bytes(at, self.page_len as usize)?)
    }

    /// Marks a page; false where there is none of this number.
    fn mark(&mut self, number: u64, what: u8) -> bool {
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
        let page = index.and_then(|index| self.pages.get_mut(index));
        page.map(|page| *page |= what).is_some()
    }

    fn is(&self, number: u64, what: u8) -> bool {
        self.pages[number as usize - 1] & what != 0
    }

    /// Marks the pages that hold no rows.
    fn mark_free(&mut self, header: &[u8]) {
        // Source: 1.4, "The Lock-Byte Page".
        self.mark((1 << 30) / self.page_len + 1, FREE);
        // Source: 1.8, "Pointer Map or Ptrmap Pages".
        if word(header, 52).is_some_and(|root| root != 0) {
            let step = self.usable as u64 / 5 + 1;
            let mut number = 2;
            while number <= self.n_pages {
                // The lock-byte page is no place for one: the next page is.
                let lock = (1 << 30) / self.page_len + 1;
                self.mark(number + u64::from(number == lock), FREE);
                number += step;
            }
        }
        // Source: 1.5, "The Freelist".
        let mut trunk = u64::from(word(header, 32).unwrap_or_default());
        while trunk != 0 && trunk <= self.n_pages && !self.is(trunk, FREE) {
            self.mark(trunk, FREE);
            let Ok(page) = self.page(trunk) else {
                return;
            };
            let n = word(&page, 4).unwrap_or_default() as usize;
            for leaf in page[8..self.usable].chunks_exact(4).take(n) {
                self.mark(u64::from(word(leaf, 0).unwrap_or_default()), FREE);
            }
            trunk = u64::from(word(&page, 0).unwrap_or_default());
        }
    }

    /// Says whether each page has its place.
    fn check(&self) -> Result<(), Trouble> {
        let wrong = |&(_, page): &(usize, &u8)| match page {
            page if page & !OLD == 0 => true,
            page => page & CHILD != 0 && page & TREE == 0,
        };
        let mut wrong = self.pages.iter().enumerate().filter(wrong);
        if let Some((first, _)) = wrong.next() {
            let n = 1 + wrong.count();
            let problem = format!(
                "{n} pages have no place in it; the first is page {}",
                first + 1
            );
            return Err(Trouble::Damaged(problem));
        }
        Ok(())
    }
}

/// Four bytes as a number.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// The rows on some pages as a text.
struct Rows<'a, 'b> {
    database: &'a mut Database<'b>,
    numbers: Range<u64>,
    /// The page at hand, its number, and what of its cells is left.
    page: Vec<u8>,
    number: u64,
    cells: Range<usize>,
    text: Vec<u8>,
    used: usize,
    /// Pages that could not be read whole, as far as they are named, and their number.
    notes: Vec<(u64, Trouble)>,
    n_notes: usize,
    /// The last page that was noted.
    noted: u64,
    /// Values that are containers, with their names.
    files: Vec<(String, Vec<u8>)>,
    /// Bytes that those may still take.
    files_rest: usize,
}

impl<'a, 'b> Rows<'a, 'b> {
    fn new(database: &'a mut Database<'b>, numbers: Range<u64>) -> Self {
        Self {
            files_rest: database.most,
            database,
            numbers,
            page: Vec::new(),
            number: 0,
            cells: 0..0,
            text: Vec::new(),
            used: 0,
            notes: Vec::new(),
            n_notes: 0,
            noted: 0,
            files: Vec::new(),
        }
    }

    /// Notes that something on the page could not be read, once a page.
    fn note(&mut self, trouble: Trouble) {
        let number = self.number;
        if self.noted == number || self.database.is(number, FREE) {
            return;
        }
        self.noted = number;
        self.n_notes += 1;
        if self.n_notes <= NOTES_MAX {
            self.notes.push((number, trouble));
        }
    }

    /// Where the header of the page begins: the first page begins with that of the database.
    fn start(&self) -> usize {
        if self.number == 1 { 100 } else { 0 }
    }

    /// Turns to the next page. Source: 1.6, "B-tree Pages".
    fn turn(&mut self, number: u64) -> io::Result<()> {
        self.number = number;
        self.page = self.database.page(number)?;
        let start = self.start();
        let header_len = match self.page[start] {
            2 | 5 => 12,
            10 | 13 => 8,
            _ => return Ok(()),
        };
        if self.database.is(number, OVERFLOW) {
            self.note(Trouble::damaged("it is used twice"));
        }
        if !self.database.is(number, FREE) {
            self.database.mark(number, TREE);
        }
        let n_cells = u16::from_be_bytes([self.page[start + 3], self.page[start + 4]]);
        let first = start + header_len;
        let end = first + 2 * usize::from(n_cells);
        if end > self.database.usable {
            self.note(Trouble::damaged("it has too many cells"));
            return Ok(());
        }
        if header_len == 12 {
            self.child(start + 8);
        }
        self.cells = first..end;
        Ok(())
    }

    /// Marks the page whose number stands here as one of a tree.
    fn child(&mut self, at: usize) {
        let number = word(&self.page[..self.database.usable], at).unwrap_or_default();
        if !self.database.is(self.number, FREE) && !self.database.mark(number.into(), CHILD) {
            self.note(Trouble::Damaged(format!("there is no page {number}")));
        }
    }

    /// Reads the next cell of the page.
    fn cell(&mut self) -> io::Result<()> {
        let pointer = self.cells.start;
        self.cells.start += 2;
        let at = usize::from(u16::from_be_bytes([
            self.page[pointer],
            self.page[pointer + 1],
        ]));
        let kind = self.page[self.start()];
        let mut start = at;
        if matches!(kind, 2 | 5) {
            self.child(at);
            start += 4;
        }
        if kind == 5 {
            return Ok(());
        }
        let Some((len, start)) = self.payload_start(kind, start) else {
            self.note(Trouble::damaged("a cell does not fit"));
            return Ok(());
        };
        if len > self.database.store.len() {
            self.note(Trouble::damaged("a row is longer than the database"));
            return Ok(());
        }
        if len > self.database.most as u64 {
            let most = self.database.most as u64;
            self.note(Trouble::Limit("held-bytes-max", most));
            return Ok(());
        }
        let record = self.payload(kind, len as usize, start)?;
        self.write(&record, pointer);
        Ok(())
    }

    /// Length of a payload, and where it starts.
    fn payload_start(&self, kind: u8, start: usize) -> Option<(u64, usize)> {
        let page = &self.page[..self.database.usable];
        let (len, n) = varint(page.get(start..)?)?;
        let mut start = start + n;
        if kind == 13 {
            start += varint(page.get(start..)?)?.1;
        }
        Some((len, start))
    }

    /// Joins a payload; what there is of it where it is damaged. Source: 1.6, "Cell payload".
    fn payload(&mut self, kind: u8, len: usize, start: usize) -> io::Result<Vec<u8>> {
        let usable = self.database.usable;
        let least = (usable - 12) * 32 / 255 - 23;
        let most = match kind {
            13 => usable - 35,
            _ => (usable - 12) * 64 / 255 - 23,
        };
        let here = if len <= most {
            len
        } else {
            let more = least + (len - least) % (usable - 4);
            if more <= most { more } else { least }
        };
        let Some(bytes) = self.page[..usable].get(start..start + here) else {
            self.note(Trouble::damaged("a row goes over the end of its page"));
            return Ok(self.page[start.min(usable)..usable].to_vec());
        };
        let mut payload = bytes.to_vec();
        let mut next = word(&self.page[..usable], start + here).unwrap_or_default();
        let old = self.database.is(self.number, FREE);
        while payload.len() < len {
            let number = u64::from(next);
            let known = number > 0 && number <= self.database.pages.len() as u64;
            // No two rows share a page, so all rows together cost no more than the database.
            let marks = if old { TREE | OLD } else { TREE | OVERFLOW };
            if !known || self.database.is(number, marks) {
                self.note(Trouble::damaged("the rest of a row is not where it says"));
                break;
            }
            self.database.mark(number, if old { OLD } else { OVERFLOW });
            let page = self.database.page(number)?;
            let n = (len - payload.len()).min(usable - 4);
            payload.extend_from_slice(&page[4..4 + n]);
            next = word(&page, 0).unwrap_or_default();
        }
        Ok(payload)
    }

    /// Adds a row to the text.
    fn write(&mut self, row: &[u8], pointer: usize) {
        let Some(values) = record::values(row) else {
            self.note(Trouble::damaged("a row contradicts itself"));
            self.text.extend_from_slice(row);
            self.text.push(b'\n');
            return;
        };
        record::write(row, &values, self.database.view, &mut self.text);
        for (i, value) in values.iter().enumerate() {
            let bytes = &row[value.range.clone()];
            let Some(kind) = kinds::begins(&bytes[..bytes.len().min(kinds::HEAD_BYTES)]) else {
                continue;
            };
            if bytes.len() > self.files_rest {
                let most = self.database.most as u64;
                self.note(Trouble::Limit("held-bytes-max", most));
                continue;
            }
            self.files_rest -= bytes.len();
            let (page, cell) = (self.number, pointer - self.start());
            let name = format!("({} in page {page}, cell {cell}, value {i})", kind.name);
            self.files.push((name, bytes.to_vec()));
        }
    }
}

impl Read for Rows<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.text.len() {
            self.text.clear();
            self.used = 0;
            if !self.cells.is_empty() {
                self.cell()?;
            } else if let Some(number) = self.numbers.next() {
                self.turn(number)?;
            } else {
                return Ok(0);
            }
        }
        let n = buffer.len().min(self.text.len() - self.used);
        buffer[..n].copy_from_slice(&self.text[self.used..self.used + n]);
        self.used += n;
        Ok(n)
    }
}
