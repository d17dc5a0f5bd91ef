//! The bytes of a container that is read in order, and how reading it comes to an end.
//!
//! Every length a container states is a claim: what is read by it ends where the bytes end, and that
//! is an error, never a short member.

use std::io::{self, BufRead, Read};
use std::ops::ControlFlow;

use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// Longest name of a member in bytes; the rest of a longer one is handed over as text.
pub(super) const NAME_BYTES_MAX: usize = 64 << 10;

/// Text of headers that is gathered before it is handed over, in bytes.
const TEXT_BYTES: usize = 1 << 20;

/// Why reading stops.
#[derive(Debug)]
pub(super) enum Halt {
    /// Nothing more is wanted.
    Enough,
    /// The container is not understood from here on.
    Failed(Trouble),
}

impl From<Trouble> for Halt {
    fn from(trouble: Trouble) -> Self {
        Self::Failed(trouble)
    }
}

impl From<io::Error> for Halt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// What the reader of a format returns for how its reading ended.
pub(super) fn finish(result: Result<(), Halt>) -> Result<(), Trouble> {
    match result {
        Ok(()) | Err(Halt::Enough) => Ok(()),
        Err(Halt::Failed(trouble)) => Err(trouble),
    }
}

/// Goes on unless nothing more is wanted.
pub(super) fn go_on(flow: ControlFlow<()>) -> Result<(), Halt> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Halt::Enough),
    }
}

/// The bytes of a container, and how far they were read.
pub(super) struct Input<'a> {
    bytes: &'a mut dyn BufRead,
    at: u64,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a mut dyn BufRead) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes read so far.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// The next byte, which is not taken.
    pub(super) fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.bytes.fill_buf()?.first().copied())
    }

    /// Fills the room as far as there are bytes, and returns their number.
    pub(super) fn fill(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut n = 0;
        while n < room.len() {
            match self.read(&mut room[n..]) {
                Ok(0) => break,
                Ok(more) => n += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(n)
    }

    /// Reads so many bytes, or as many as there are. The length is one of ours or was bounded.
    pub(super) fn vec(&mut self, len: usize) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        Read::take(self, len as u64).read_to_end(&mut all)?;
        Ok(all)
    }

    /// Passes over zero bytes.
    pub(super) fn skip_zeros(&mut self, out: &mut dyn Members) -> Result<(), Halt> {
        loop {
            let room = self.bytes.fill_buf()?;
            let n = room.iter().take_while(|&&byte| byte == 0).count();
            let done = n < room.len() || room.is_empty();
            self.bytes.consume(n);
            self.at = self.at.saturating_add(n as u64);
            if done {
                return Ok(());
            }
            go_on(out.proceed())?;
        }
    }

    /// Hands over a member of this length.
    pub(super) fn member(
        &mut self,
        name: &[u8],
        len: u64,
        out: &mut dyn Members,
    ) -> Result<(), Halt> {
        let mut data = Exact::new(self, len);
        let flow = out.member(name, &mut data);
        data.done(flow)
    }

    /// Hands over so many bytes that belong to no member, after some that were read already.
    pub(super) fn loose(
        &mut self,
        label: &str,
        head: &[u8],
        len: u64,
        out: &mut dyn Members,
    ) -> Result<(), Halt> {
        let mut data = Exact::new(self, len);
        let flow = out.loose(label, &mut Read::chain(head, &mut data));
        data.done(flow)
    }

    /// Hands over all that is left, after some that was read already.
    pub(super) fn rest(
        &mut self,
        label: &str,
        head: &[u8],
        out: &mut dyn Members,
    ) -> Result<(), Halt> {
        go_on(out.loose(label, &mut Read::chain(head, self)))
    }

    /// Hands over what is not understood, after some that was read already; returns why.
    ///
    /// A line end goes before it, or it could pass for the same kind of container once more.
    pub(super) fn give_up(&mut self, head: &[u8], why: Trouble, out: &mut dyn Members) -> Halt {
        match self.rest("not understood", &[b"\n", head].concat(), out) {
            Ok(()) => Halt::Failed(why),
            Err(halt) => halt,
        }
    }
}

impl Read for Input<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.at = self.at.saturating_add(n as u64);
        Ok(n)
    }
}

/// Bytes of a known length: that they end earlier is an error.
pub(super) struct Exact<R> {
    bytes: R,
    left: u64,
}

impl<R: Read> Exact<R> {
    pub(super) fn new(bytes: R, len: u64) -> Self {
        Self { bytes, left: len }
    }

    /// Goes on after these bytes were handed over.
    pub(super) fn done(self, flow: ControlFlow<()>) -> Result<(), Halt> {
        go_on(flow)?;
        if self.left > 0 {
            return Err(Trouble::truncated().into());
        }
        Ok(())
    }
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX);
        let n = buffer.len().min(most);
        if n == 0 {
            return Ok(0);
        }
        let n = self.bytes.read(&mut buffer[..n])?;
        if n == 0 {
            return Err(Trouble::truncated().into());
        }
        self.left -= n as u64;
        Ok(n)
    }
}

/// Text that stands in headers, gathered to be handed over as one.
pub(super) struct Texts {
    label: &'static str,
    text: Vec<u8>,
}

impl Texts {
    /// None yet; their label when they are handed over.
    pub(super) fn new(label: &'static str) -> Self {
        let text = Vec::new();
        Self { label, text }
    }

    /// Adds a line.
    pub(super) fn add(&mut self, parts: &[&[u8]], out: &mut dyn Members) -> Result<(), Halt> {
        if self.text.len() > TEXT_BYTES {
            self.hand(out)?;
        }
        for part in parts {
            self.text.extend_from_slice(part);
        }
        self.text.push(b'\n');
        Ok(())
    }

    /// Hands over what was gathered.
    pub(super) fn hand(&mut self, out: &mut dyn Members) -> Result<(), Halt> {
        if self.text.is_empty() {
            return Ok(());
        }
        let flow = out.loose(self.label, &mut &self.text[..]);
        self.text.clear();
        go_on(flow)
    }
}
