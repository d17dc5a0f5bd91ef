//! PDF documents: streams that are compressed, and the text on pages.
//!
//! The raw bytes of a document are scanned as well. Streams are found by their keyword, whether the
//! document has a place for them or not, so no table of it is believed and old versions are read too.
//! Text in fonts whose codes are no characters is read with the maps to Unicode that the document has
//! for them, in a second pass: a map may stand after the text.
//!
//! Source: ISO 32000-1.

mod cmap;
mod coded;
mod filters;
mod text;
mod token;

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::{ControlFlow, Range};

use crate::unpack::members::Members;
use crate::unpack::pdf::coded::{Coded, Given};
use crate::unpack::pdf::filters::{Coding, Decoded, decode};
use crate::unpack::pdf::text::Shown;
use crate::unpack::pdf::token::{Token, Tokens, is_space};
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// Bytes before a stream in which its dictionary is looked for.
const DICTIONARY_BYTES: u64 = 16 << 10;
/// Bytes at the end in which the end mark is looked for.
const END_BYTES: u64 = 4 << 10;
/// Bytes between streams that are read at once, and how far one lot goes into the next.
const LOT_BYTES: u64 = 1 << 20;
const OVERLAP_BYTES: u64 = 64 << 10;
/// Most texts of one stream that maps to Unicode make.
const TEXTS_MAX: usize = 8;
/// Most bytes that are searched at once.
const WINDOW_BYTES: usize = 1 << 20;

/// Opens a document.
pub(super) fn pdf(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut pdf = Pdf {
        store: *store,
        most: out.memory_max() / 4,
        out,
        encrypted: false,
        unsupported: BTreeSet::new(),
        coded: Coded::default(),
    };
    pdf.encrypted = pdf.is_encrypted()?;
    if pdf.encrypted {
        pdf.out.lost(None, Trouble::Encrypted);
    }
    if pdf.streams()?.is_break() || pdf.coded_text()?.is_break() {
        return Ok(());
    }
    let end = store.len().saturating_sub(END_BYTES);
    let tail = store.bytes(end, (store.len() - end) as usize)?;
    if memchr::memmem::find(&tail, b"%%EOF").is_none() {
        return Err(Trouble::truncated());
    }
    Ok(())
}

struct Pdf<'a> {
    store: Store<'a>,
    /// Bytes of a stream that may be held.
    most: usize,
    out: &'a mut dyn Members,
    /// Strings and streams are noise, and said to be so.
    encrypted: bool,
    /// What was named already.
    unsupported: BTreeSet<String>,
    /// What is known for the second pass.
    coded: Coded,
}

impl<'a> Pdf<'a> {
    /// Finds some bytes.
    fn find(&mut self, needle: &[u8], mut from: u64) -> Result<Option<u64>, Trouble> {
        if let Store::Memory(bytes) = self.store {
            let rest = usize::try_from(from)
                .ok()
                .and_then(|from| bytes.get(from..));
            let found = rest.and_then(|rest| memchr::memmem::find(rest, needle));
            return Ok(found.map(|at| from + at as u64));
        }
        let mut room = vec![0; 4 << 10];
        while from < self.store.len() && self.out.proceed().is_continue() {
            let n = self.store.read_at(from, &mut room)?;
            if let Some(at) = memchr::memmem::find(&room[..n], needle) {
                return Ok(Some(from + at as u64));
            }
            if n < room.len() {
                break;
            }
            from += (n - needle.len() + 1) as u64;
            room.resize((2 * n).min(WINDOW_BYTES), 0);
        }
        Ok(None)
    }

    /// Whether a trailer says how the document is encrypted.
    fn is_encrypted(&mut self) -> Result<bool, Trouble> {
        let mut from = 0;
        while let Some(at) = self.find(b"/Encrypt", from)? {
            from = at + 8;
            let mut after = [0; 8];
            let n = self.store.read_at(from, &mut after)?;
            let value = after[..n].iter().find(|&&byte| !is_space(byte));
            if value.is_some_and(|&byte| byte == b'<' || byte.is_ascii_digit()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Opens all streams, and reads the strings between them.
    fn streams(&mut self) -> Result<ControlFlow<()>, Trouble> {
        let (mut from, mut rest) = (0, 0);
        while let Some(at) = self.find(b"stream", from)? {
            from = at + 6;
            if self.out.proceed().is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let start = at.saturating_sub(DICTIONARY_BYTES);
            let before = self.store.bytes(start, (at - start) as usize)?;
            let mut after = [0; 4];
            let n = self.store.read_at(from, &mut after)?;
            let skipped = match after[..n] {
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => 0,
            };
            let head = &after[skipped.min(n)..n];
            let has_dictionary = before.trim_ascii_end().ends_with(b">>");
            if before.ends_with(b"end") || !(has_dictionary || is_zlib(head)) {
                continue;
            }
            let data = from + skipped as u64;
            let Some(end) = self.find(b"endstream", data)? else {
                self.out
                    .lost(Some(label("stream", data).as_bytes()), Trouble::truncated());
                if self
                    .stream(&before, is_zlib(head), data..self.store.len())
                    .is_break()
                {
                    return Ok(ControlFlow::Break(()));
                }
                continue;
            };
            if (at > rest && self.strings(rest..at)?.is_break())
                || self.stream(&before, is_zlib(head), data..end).is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
            rest = rest.max(end);
        }
        self.strings(rest..self.store.len())
    }

    /// Hands over the strings between streams that cannot be read as they stand.
    fn strings(&mut self, range: Range<u64>) -> Result<ControlFlow<()>, Trouble> {
        let mut from = range.start;
        while from < range.end && !self.encrypted {
            let end = range.end.min(from + LOT_BYTES);
            let bytes = self.store.bytes(from, (end - from) as usize)?;
            let text = strings_of(&bytes);
            if !text.is_empty() {
                let name = label("strings", from);
                if self.out.member(name.as_bytes(), &mut &text[..]).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if end == range.end || self.out.proceed().is_break() {
                break;
            }
            from = end - OVERLAP_BYTES;
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands over what a stream holds, and the text on it.
    fn stream(&mut self, before: &[u8], is_zlib: bool, range: Range<u64>) -> ControlFlow<()> {
        let at = range.start;
        let (dictionary, guessed) = Dictionary::of_stream(before, is_zlib);
        let mut decoded = self.decoded(&dictionary, range.clone());
        if let Some(trouble) = decoded.trouble.take()
            && self.unsupported.insert(trouble.to_string())
        {
            self.out.lost(Some(label("stream", at).as_bytes()), trouble);
        }
        let mut content = Vec::new();
        let read = Read::take(&mut decoded.bytes, self.most as u64 + 1).read_to_end(&mut content);
        let failure = read.err();
        if content.is_empty() && (guessed || self.encrypted) {
            return ControlFlow::Continue(());
        }
        let is_long = content.len() > self.most;
        if decoded.changed {
            let name = label("stream", at);
            let rest = Rest {
                bytes: &mut decoded.bytes,
                failure: failure.filter(|_| !self.encrypted),
            };
            self.out
                .member(name.as_bytes(), &mut Read::chain(&content[..], rest))?;
        }
        self.coded.learn(&content);
        if dictionary.is_image && !is_text(&content) {
            return ControlFlow::Continue(());
        }
        let name = label("text", at);
        if is_long {
            let limit = Trouble::Limit("held-bytes-max", self.most as u64);
            self.out.lost(Some(name.as_bytes()), limit);
        }
        let shown = Shown::plain(&content);
        if shown.is_page() {
            self.coded.page(range);
        }
        let text = shown.text();
        if text.is_empty() {
            return ControlFlow::Continue(());
        }
        self.out.member(name.as_bytes(), &mut &text[..])
    }

    fn decoded(&self, dictionary: &Dictionary, range: Range<u64>) -> Decoded<'a> {
        // A compressed stream knows its own end, and may hold that word.
        let end = match dictionary.coding.filters.first() {
            Some(filter) if filter.starts_with(b"Fl") => self.store.len(),
            _ => range.end,
        };
        let section = self.store.section(range.start..end);
        decode(section, &dictionary.coding)
    }

    /// Hands over the text that maps to Unicode make of all streams.
    fn coded_text(&mut self) -> Result<ControlFlow<()>, Trouble> {
        let coded = std::mem::take(&mut self.coded);
        if self.encrypted {
            return Ok(ControlFlow::Continue(()));
        }
        if coded.maps.over {
            self.unsupported("maps to Unicode of such number or size");
        }
        if coded.over {
            self.unsupported("so many streams with text");
        }
        let is_wide = coded.is_wide || self.find(b"/Identity-", 0)?.is_some();
        if coded.maps.maps.is_empty() && !is_wide {
            return Ok(ControlFlow::Continue(()));
        }
        for range in &coded.pages {
            let start = range.start.saturating_sub(DICTIONARY_BYTES);
            let before = self.store.bytes(start, (range.start - start) as usize)?;
            let mut head = [0; 2];
            let n = self.store.read_at(range.start, &mut head)?;
            let (dictionary, _) = Dictionary::of_stream(&before, is_zlib(&head[..n]));
            let mut content = Vec::new();
            let bytes = self.decoded(&dictionary, range.clone()).bytes;
            // What fails here has failed in the first pass, and was named.
            let _ = Read::take(bytes, self.most as u64).read_to_end(&mut content);
            if self.out.proceed().is_break()
                || self
                    .coded_page(&coded, is_wide, range.start, &content)
                    .is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Hands over the text that maps to Unicode make of one stream.
    fn coded_page(
        &mut self,
        coded: &Coded,
        is_wide: bool,
        at: u64,
        content: &[u8],
    ) -> ControlFlow<()> {
        let (choices, is_unknown) = coded.choices(content);
        if is_wide && is_unknown {
            self.unsupported("text in fonts without a map to Unicode");
        }
        if choices.is_empty() {
            return ControlFlow::Continue(());
        }
        let mut given = Given::new(content);
        let mut n_given = 0;
        for choice in choices {
            self.out.proceed()?;
            let (text, is_cut) = coded.text(content, &choice, self.most);
            if text.is_empty() || !given.is_new(&text) {
                continue;
            }
            if n_given == TEXTS_MAX {
                self.unsupported("so many maps to Unicode for one text");
                break;
            }
            n_given += 1;
            let name = format!("(text at {at} by map {})", choice.map + 1);
            if is_cut {
                let limit = Trouble::Limit("held-bytes-max", self.most as u64);
                self.out.lost(Some(name.as_bytes()), limit);
            }
            self.out.member(name.as_bytes(), &mut &text[..])?;
        }
        ControlFlow::Continue(())
    }

    /// Names, once, what is not understood in the document as a whole.
    fn unsupported(&mut self, what: &str) {
        if self.unsupported.insert(what.to_owned()) {
            self.out.lost(None, Trouble::Unsupported(what.to_owned()));
        }
    }
}

/// What follows the bytes of a stream that are held.
struct Rest<'a, R> {
    bytes: &'a mut R,
    failure: Option<std::io::Error>,
}

impl<R: Read> Read for Rest<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => self.bytes.read(buffer),
        }
    }
}

fn label(what: &str, at: u64) -> String {
    format!("({what} at {at})")
}

/// Whether bytes begin as a zlib stream does. Source: RFC 1950, 2.2.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [method, flags, ..] if method & 0x8f == 8
        && u16::from_be_bytes([*method, *flags]).is_multiple_of(31))
}

/// Whether something that is said to be a picture is text after all.
fn is_text(content: &[u8]) -> bool {
    let head = &content[..content.len().min(1 << 10)];
    let visible = head
        .iter()
        .filter(|byte| byte.is_ascii_graphic() || is_space(**byte));
    visible.count() * 10 >= head.len() * 9
}

/// The strings outside of streams that cannot be read as they stand, one a line.
fn strings_of(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for token in Tokens::new(bytes) {
        if let Token::Text(raw, plain) = token {
            let start = text.len();
            token::readable(&raw, &mut text);
            if plain && text[start..] == raw[..] {
                text.truncate(start);
            } else {
                text.push(b'\n');
            }
        }
    }
    text
}

/// What a stream says of itself.
#[derive(Default)]
struct Dictionary {
    coding: Coding,
    is_image: bool,
}

impl Dictionary {
    /// Reads that of a stream, and guesses its filter where none is named; says whether it did.
    fn of_stream(before: &[u8], is_zlib: bool) -> (Self, bool) {
        let mut dictionary = Self::read(before);
        let guessed = dictionary.coding.filters.is_empty() && is_zlib;
        if guessed {
            dictionary.coding.filters.push(b"FlateDecode".to_vec());
        }
        (dictionary, guessed)
    }

    /// Reads the dictionary at the end of some bytes.
    fn read(before: &[u8]) -> Self {
        let start = memchr::memmem::rfind(before, b"obj").map_or(0, |at| at + 3);
        let mut dictionary = Self::default();
        let mut key = Vec::new();
        let mut in_array = false;
        for token in Tokens::new(&before[start..]) {
            match token {
                Token::Open => in_array = true,
                Token::Close => {
                    in_array = false;
                    key.clear();
                }
                Token::Name(name) => match &key[..] {
                    b"Filter" => {
                        dictionary.coding.filters.push(name);
                        if !in_array {
                            key.clear();
                        }
                    }
                    b"Subtype" => {
                        dictionary.is_image = name == b"Image";
                        key.clear();
                    }
                    _ => key = name,
                },
                Token::Number(number) => {
                    let number = number as usize;
                    match &key[..] {
                        b"Predictor" => dictionary.coding.predictor = number,
                        b"Colors" => dictionary.coding.colors = number,
                        b"BitsPerComponent" => dictionary.coding.bits = number,
                        b"Columns" => dictionary.coding.columns = number,
                        _ => {}
                    }
                    key.clear();
                }
                _ => {}
            }
        }
        dictionary
    }
}
