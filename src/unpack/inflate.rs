//! Reads zlib streams to their very end. The reader of the library takes a stream that is cut for one
//! that is over, and so a truncated member for a whole one.

use std::borrow::BorrowMut;
use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

use crate::unpack::trouble::Trouble;

/// The bytes of a zlib stream. After the last one what it reads from stands behind the stream.
///
/// Source: RFC 1950.
pub(super) struct Inflate<R, S> {
    bytes: R,
    state: S,
    done: bool,
    failure: Option<Trouble>,
}

impl<R: BufRead, S: BorrowMut<Decompress>> Inflate<R, S> {
    /// Begins to read a stream with memory that may have served another.
    pub(super) fn new(bytes: R, mut state: S) -> Self {
        state.borrow_mut().reset(true);
        Self {
            bytes,
            state,
            done: false,
            failure: None,
        }
    }
}

impl<R: BufRead, S: BorrowMut<Decompress>> Read for Inflate<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.done && !buffer.is_empty() {
            if let Some(trouble) = self.failure.clone() {
                return Err(trouble.into());
            }
            let input = self.bytes.fill_buf()?;
            let over = input.is_empty();
            let flush = if over {
                FlushDecompress::Finish
            } else {
                FlushDecompress::None
            };
            let state = self.state.borrow_mut();
            let before = (state.total_in(), state.total_out());
            let status = state.decompress(input, buffer, flush);
            let used = (state.total_in() - before.0) as usize;
            let made = (state.total_out() - before.1) as usize;
            self.bytes.consume(used);
            match status {
                Ok(Status::StreamEnd) => self.done = true,
                Ok(_) if made > 0 || used > 0 => {}
                Ok(_) if over => self.failure = Some(Trouble::truncated()),
                // What was made before the bytes turn out to be wrong is given out first.
                _ => self.failure = Some(Trouble::damaged("corrupt deflate stream")),
            }
            if made > 0 {
                return Ok(made);
            }
        }
        Ok(0)
    }
}

/// Memory for reading zlib streams, one after another.
pub(super) fn state() -> Decompress {
    Decompress::new(true)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::{Inflate, state};

    #[test]
    fn a_stream_is_read_to_its_end_and_no_further() {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(b"some text").expect("memory takes it");
        let mut bytes = encoder.finish().expect("memory takes it");
        let len = bytes.len();
        bytes.extend(b"rest");
        let mut rest = &bytes[..];
        let mut text = String::new();
        let mut state = state();
        let read = Inflate::new(&mut rest, &mut state).read_to_string(&mut text);
        assert_eq!(
            (read.is_ok(), &text[..], rest),
            (true, "some text", &b"rest"[..])
        );
        for cut in 0..len {
            let mut kept = Vec::new();
            let mut inflate = Inflate::new(&bytes[..cut], &mut state);
            assert!(inflate.read_to_end(&mut kept).is_err(), "cut at {cut}");
        }
    }
}
