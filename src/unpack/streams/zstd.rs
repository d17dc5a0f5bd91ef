//! zstd streams.

use std::error::Error;
use std::io::{self, BufRead, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use crate::unpack::members::Members;
use crate::unpack::streams::ahead::Ahead;
use crate::unpack::streams::row::{self, Stream};
use crate::unpack::streams::{WINDOW_BYTES_MAX, inner_name, window_too_large};
use crate::unpack::trouble::Trouble;

/// A last block that is empty, and room for a checksum. It makes the decoder give away what it holds
/// back for blocks that never come.
const LAST_BLOCK: &[u8] = &[1, 0, 0, 0, 0, 0, 0];

/// Opens a zstd stream.
///
/// Source: RFC 8878.
pub(in crate::unpack) fn zstd(
    bytes: &mut dyn BufRead,
    out: &mut dyn Members,
) -> Result<(), Trouble> {
    let endings: [(&[u8], &[u8]); 3] = [(b".tzst", b".tar"), (b".zst", b""), (b".zstd", b"")];
    let name = inner_name(out.container_name(), &endings);
    row::open::<Frame>(Ahead::new(bytes), &name, out)
}

/// Length of the frame that may be skipped that begins here.
///
/// Source: RFC 8878, 3.1.2.
pub(super) fn skippable(head: &[u8]) -> Option<u64> {
    let (magic, rest) = head.split_at_checked(4)?;
    let len = rest.get(..4)?.try_into().ok()?;
    let is_one = magic[0] & 0xf0 == 0x50 && magic[1..] == *b"\x2a\x4d\x18";
    is_one.then(|| u64::from(u32::from_le_bytes(len)))
}

/// One frame.
struct Frame<'a> {
    bytes: Ahead<'a>,
    decoder: FrameDecoder,
    begun: bool,
    given: u64,
    /// Why it ends early, once all that was unpacked is given away.
    trouble: Option<Trouble>,
}

impl<'a> Stream<'a> for Frame<'a> {
    fn begins(head: &[u8]) -> bool {
        head.starts_with(b"\x28\xb5\x2f\xfd")
    }

    fn begin(bytes: Ahead<'a>) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX);
        Self {
            bytes,
            decoder,
            begun: false,
            given: 0,
            trouble: None,
        }
    }

    fn end(self, _header: &mut Vec<u8>) -> Ahead<'a> {
        self.bytes
    }

    fn skippable(head: &[u8]) -> Option<u64> {
        skippable(head)
    }
}

impl Frame<'_> {
    /// Unpacks the next block.
    fn advance(&mut self) {
        let (decoder, bytes) = (&mut self.decoder, &mut self.bytes);
        let next = BlockDecodingStrategy::UptoBlocks(1);
        // NOTE: the decoder asserts what hostile blocks break.
        let result = catch_unwind(AssertUnwindSafe(|| decoder.decode_blocks(bytes, next)));
        let trouble = match result {
            Ok(Ok(_)) => return,
            Ok(Err(error)) => trouble(&error),
            Err(_) => {
                self.decoder = FrameDecoder::new();
                Trouble::damaged("a block contradicts itself")
            }
        };
        let _ = self
            .decoder
            .decode_blocks(LAST_BLOCK, BlockDecodingStrategy::All);
        self.trouble = Some(trouble);
    }

    /// Whether all is as the frame says, after its end.
    fn check(&self) -> Result<(), Trouble> {
        let stated = self.decoder.content_size();
        if stated != 0 && stated != self.given {
            return Err(Trouble::damaged("its length is another than it says"));
        }
        let checksum = self.decoder.get_checksum_from_data();
        if checksum.is_some() && checksum != self.decoder.get_calculated_checksum() {
            return Err(Trouble::damaged("its checksum is wrong"));
        }
        Ok(())
    }
}

impl Read for Frame<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.begun {
            self.begun = true;
            self.decoder
                .init(&mut self.bytes)
                .map_err(|error| trouble(&error))?;
        }
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            if let Some(trouble) = &self.trouble {
                return Err(trouble.clone().into());
            }
            self.advance();
        }
        let n = self.decoder.read(buffer)?;
        self.given += n as u64;
        if n == 0 && !buffer.is_empty() {
            match &self.trouble {
                Some(trouble) => return Err(trouble.clone().into()),
                None => self.check()?,
            }
        }
        Ok(n)
    }
}

fn trouble(error: &FrameDecoderError) -> Trouble {
    match error {
        FrameDecoderError::DictNotProvided { dict_id } => {
            return Trouble::Unsupported(format!("a dictionary, number {dict_id}"));
        }
        FrameDecoderError::WindowSizeTooBig { .. } => return window_too_large(),
        _ => {}
    }
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let read = error.downcast_ref::<io::Error>();
        if read.is_some_and(|error| error.kind() == io::ErrorKind::UnexpectedEof) {
            return Trouble::truncated();
        }
        cause = error.source();
    }
    Trouble::damaged(error.to_string())
}
