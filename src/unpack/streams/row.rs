//! Compressed streams in a row, read as one.

use std::io::{self, Read};

use crate::unpack::input::Exact;
use crate::unpack::members::Members;
use crate::unpack::streams::ahead::Ahead;
use crate::unpack::trouble::Trouble;

/// Bytes that a decoder is asked for at once. So many are lost at most where it fails.
const READ_BYTES: usize = 16 << 10;
/// Bytes of headers and of what may be skipped that are held until the content was read.
const ASIDE_BYTES_MAX: usize = 1 << 20;
/// Zeros between two streams of one content.
const ZEROS_MAX: usize = 1 << 20;

/// One compressed stream of several that may stand in a row.
pub(super) trait Stream<'a>: Read + Sized {
    /// Whether such a stream begins with these bytes.
    fn begins(head: &[u8]) -> bool;

    /// Begins to read one.
    fn begin(bytes: Ahead<'a>) -> Self;

    /// Gives back what it was read from, which stands after its end, and adds what its header says.
    fn end(self, header: &mut Vec<u8>) -> Ahead<'a>;

    /// Length of what stands here and holds no content, after its own header of 8 bytes.
    fn skippable(_head: &[u8]) -> Option<u64> {
        None
    }
}

/// Streams in a row.
struct Row<'a, S> {
    open: Option<S>,
    /// What the next one is read from.
    rest: Option<Ahead<'a>>,
    header: Vec<u8>,
    skippable: Vec<u8>,
    /// Why the last one ended early.
    trouble: Option<Trouble>,
}

/// Opens streams in a row and gives their content this name.
pub(super) fn open<'a, S: Stream<'a>>(
    mut bytes: Ahead<'a>,
    name: &[u8],
    out: &mut dyn Members,
) -> Result<(), Trouble> {
    loop {
        while !bytes.skip_zeros(ZEROS_MAX)? {
            if out.proceed().is_break() {
                return Ok(());
            }
        }
        let head = bytes.peek()?;
        if let Some(len) = S::skippable(head).filter(|&len| len > ASIDE_BYTES_MAX as u64) {
            io::copy(&mut (&mut bytes).take(8), &mut io::sink())?;
            let mut exact = Exact::new(&mut bytes, len);
            if out.loose("skippable", &mut exact).is_break() {
                return Ok(());
            }
            if io::copy(&mut exact, &mut io::sink()).is_err() {
                return Err(Trouble::truncated());
            }
            continue;
        }
        if !S::begins(head) && S::skippable(head).is_none() {
            break;
        }
        let mut row = Row::<S> {
            open: None,
            rest: Some(bytes),
            header: Vec::new(),
            skippable: Vec::new(),
            trouble: None,
        };
        let mut flow = out.content(name, &mut row);
        row.close();
        let known = [name, b"\n"].concat();
        for (label, text) in [("header", &row.header), ("skippable", &row.skippable)] {
            if flow.is_continue() && !text.is_empty() && *text != known {
                flow = out.loose(label, &mut &text[..]);
            }
        }
        if flow.is_break() {
            return Ok(());
        }
        if let Some(trouble) = row.trouble {
            return Err(trouble);
        }
        let Some(rest) = row.rest else {
            return Ok(());
        };
        bytes = rest;
    }
    if bytes.has_kept() {
        let _ = out.loose("after the end", &mut bytes);
    }
    Ok(())
}

impl<'a, S: Stream<'a>> Row<'a, S> {
    fn close(&mut self) {
        if let Some(stream) = self.open.take() {
            self.rest = Some(stream.end(&mut self.header));
        }
    }

    /// Begins the next stream; false where none follows.
    fn next(&mut self) -> Result<bool, Trouble> {
        let Some(mut rest) = self.rest.take() else {
            return Ok(false);
        };
        let found = self.find(&mut rest);
        if let Ok(true) = found {
            self.open = Some(S::begin(rest));
        } else {
            self.rest = Some(rest);
        }
        found
    }

    /// Whether a stream begins next, after zeros and what may be skipped.
    fn find(&mut self, rest: &mut Ahead<'a>) -> Result<bool, Trouble> {
        loop {
            let full = self.header.len().max(self.skippable.len()) >= ASIDE_BYTES_MAX;
            if !rest.skip_zeros(ZEROS_MAX)? || full {
                return Ok(false);
            }
            let head = rest.peek()?;
            let Some(len) = S::skippable(head) else {
                return Ok(S::begins(head));
            };
            if len > ASIDE_BYTES_MAX as u64 {
                return Ok(false);
            }
            io::copy(&mut rest.take(8), &mut io::sink())?;
            Exact::new(&mut *rest, len).read_to_end(&mut self.skippable)?;
        }
    }
}

impl<'a, S: Stream<'a>> Read for Row<'a, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = buffer.len().min(READ_BYTES);
        while n > 0 && self.trouble.is_none() {
            let Some(stream) = &mut self.open else {
                match self.next() {
                    Ok(true) => continue,
                    Ok(false) => break,
                    Err(trouble) => self.trouble = Some(trouble),
                }
                break;
            };
            match stream.read(&mut buffer[..n]) {
                Ok(0) => self.close(),
                Ok(n) => return Ok(n),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.trouble = Some(error.into()),
            }
        }
        Ok(0)
    }
}
