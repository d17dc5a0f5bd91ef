//! Mail: the parts of messages and mailboxes that are encoded. All other text of a mail stands in its
//! bytes as it was written, and is scanned there.
//!
//! A message is read as lines in a flat row, whatever nests in it: headers say how the body after them
//! is encoded, and a body ends at any boundary that was named before. So neither depth nor length costs
//! memory, and what a stricter reader refuses is still decoded.

use std::collections::HashSet;
use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::unpack::members::Members;
use crate::unpack::store::{Section, Store};
use crate::unpack::trouble::Trouble;

mod coding;
mod header;

use coding::{Coding, Decoder};
use header::Header;
pub(super) use header::is_mail;

/// Longer lines are read in pieces.
const LINE_BYTES_MAX: u64 = 64 << 10;
/// Most boundaries of one file.
const BOUNDARIES_MAX: usize = 10_000;
/// Lines between two looks at the limits.
const LINES_PER_LOOK: u64 = 4_096;

/// Opens a message or a mailbox.
///
/// Sources: RFC 5322; RFC 2045, 6; RFC 2046, 5.1; RFC 4155, appendix A.
pub(super) fn open(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut lines = Lines::new(store.section(0..store.len()));
    let mut n_parts = 0;
    loop {
        let mut header = Header::read(&mut lines, out)?;
        if header.give_words(out).is_break() {
            return Ok(());
        }
        if header.is_oversized {
            return Err(Trouble::Unsupported("a header field of this length".into()));
        }
        if let Some(boundary) = &header.boundary {
            lines.boundaries.insert(boundary.clone());
        }
        if lines.boundaries.len() > BOUNDARIES_MAX {
            let what = format!("more than {BOUNDARIES_MAX} boundaries");
            return Err(Trouble::Unsupported(what));
        }
        if header.is_encoded() {
            n_parts += 1;
        }
        let name = header.name(n_parts);
        if header.is_encrypted {
            let named = header.is_encoded().then_some(&name[..]);
            out.lost(named, Trouble::Encrypted);
        }
        let flow = match header.coding {
            Some(coding) => {
                let mut part = Part::new(&mut lines, coding);
                out.member(&name, &mut part)
            }
            None if header.is_encoded() => {
                let what = "its transfer encoding".into();
                out.lost(Some(&name), Trouble::Unsupported(what));
                lines.skip_body(out)?
            }
            // The header of the message follows.
            None if header.is_message => out.proceed(),
            None => lines.skip_body(out)?,
        };
        if flow.is_break() || lines.ended {
            return Ok(());
        }
    }
}

/// The lines of a mail.
struct Lines<'a> {
    bytes: Section<'a>,
    /// The line at hand, with its end.
    line: Vec<u8>,
    /// It begins where a line begins: it is no later piece of a long one.
    is_start: bool,
    /// It is to be given once more.
    held: bool,
    n: u64,
    ended: bool,
    /// Messages follow each other, each after a line that begins with `From `.
    is_mailbox: bool,
    boundaries: HashSet<Vec<u8>>,
}

impl<'a> Lines<'a> {
    fn new(bytes: Section<'a>) -> Self {
        Self {
            bytes,
            line: Vec::new(),
            is_start: true,
            held: false,
            n: 0,
            ended: false,
            is_mailbox: false,
            boundaries: HashSet::new(),
        }
    }

    /// Reads the next line; false after the last.
    fn next(&mut self) -> io::Result<bool> {
        if self.held {
            self.held = false;
            return Ok(true);
        }
        self.is_start = self.line.is_empty() || self.line.ends_with(b"\n");
        self.line.clear();
        let mut bytes = (&mut self.bytes).take(LINE_BYTES_MAX);
        self.ended = bytes.read_until(b'\n', &mut self.line)? == 0;
        if self.n == 0 {
            self.is_mailbox = self.line.starts_with(b"From ");
        }
        self.n += 1;
        Ok(!self.ended)
    }

    /// Whether the line at hand ends the body before it.
    fn is_delimiter(&self) -> bool {
        if !self.is_start {
            return false;
        }
        if let Some(rest) = self.line.strip_prefix(b"--") {
            let rest = rest.trim_ascii_end();
            let last = rest.strip_suffix(b"--");
            return self.boundaries.contains(rest)
                || last.is_some_and(|rest| self.boundaries.contains(rest));
        }
        self.is_mailbox && self.line.starts_with(b"From ")
    }

    /// Looks at the limits now and then.
    fn look(&self, out: &mut dyn Members) -> ControlFlow<()> {
        if self.n.is_multiple_of(LINES_PER_LOOK) {
            out.proceed()
        } else {
            ControlFlow::Continue(())
        }
    }

    /// Passes over a body whose text stands as it was written, and the line that ends it.
    fn skip_body(&mut self, out: &mut dyn Members) -> io::Result<ControlFlow<()>> {
        while self.next()? && !self.is_delimiter() {
            if self.look(out).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// A body, decoded up to the line that ends it.
struct Part<'l, 'a> {
    lines: &'l mut Lines<'a>,
    decoder: Decoder,
    decoded: Vec<u8>,
    /// Bytes of it that were given out.
    used: usize,
    ended: bool,
}

impl<'l, 'a> Part<'l, 'a> {
    fn new(lines: &'l mut Lines<'a>, coding: Coding) -> Self {
        Self {
            lines,
            decoder: Decoder::new(coding),
            decoded: Vec::new(),
            used: 0,
            ended: false,
        }
    }
}

impl Read for Part<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.decoded.len() && !self.ended {
            self.decoded.clear();
            self.used = 0;
            self.ended = !self.lines.next()? || self.lines.is_delimiter();
            if self.ended {
                self.decoder.finish(&mut self.decoded);
            } else {
                self.decoder.line(&self.lines.line, &mut self.decoded);
            }
        }
        let rest = &self.decoded[self.used..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.used += n;
        Ok(n)
    }
}
