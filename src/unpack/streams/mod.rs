//! Compressed streams: gzip, bzip2, xz, zstd and lz4. All streams that stand in a row are read as one
//! content.
//!
//! What a header says about the content (a name, a comment) is handed over after it, under
//! `(header)`; what may be skipped in a zstd or lz4 stream, under `(skippable)`. A stream that fails is
//! named, and the raw bytes of the whole row are scanned then, since what fails may be no stream at all.

use std::io::{self, BufRead, Read};

use bzip2::{Decompress, Status};
use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder as Lz4Decoder;
use lzma_rust2::XzReader;

use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

mod ahead;
mod row;
mod zstd;

use ahead::Ahead;
use row::Stream;
pub(super) use zstd::zstd;

/// Most bytes of its own output that a decoder may look back on: what the strongest usual settings of
/// xz and zstd ask for.
const WINDOW_BYTES_MAX: u64 = 128 << 20;

/// Opens a gzip stream.
///
/// Source: RFC 1952.
pub(super) fn gzip(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let name = inner_name(out.container_name(), &[(b".tgz", b".tar"), (b".gz", b"")]);
    row::open::<GzDecoder<_>>(Ahead::new(bytes), &name, out)
}

impl<'a> Stream<'a> for GzDecoder<Ahead<'a>> {
    fn begins(head: &[u8]) -> bool {
        head.starts_with(b"\x1f\x8b\x08")
    }

    fn begin(bytes: Ahead<'a>) -> Self {
        Self::new(bytes)
    }

    fn end(self, header: &mut Vec<u8>) -> Ahead<'a> {
        if let Some(fields) = self.header() {
            for field in [fields.extra(), fields.filename(), fields.comment()] {
                if let Some(field) = field.filter(|field| !field.is_empty()) {
                    header.extend_from_slice(field);
                    header.push(b'\n');
                }
            }
        }
        self.into_inner()
    }
}

/// Opens a bzip2 stream.
pub(super) fn bzip2(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let endings: [(&[u8], &[u8]); 3] = [(b".tbz2", b".tar"), (b".tbz", b".tar"), (b".bz2", b"")];
    let name = inner_name(out.container_name(), &endings);
    row::open::<Bzip2>(Ahead::new(bytes), &name, out)
}

/// One bzip2 stream. The crate's own reader drops what it unpacked before an error.
struct Bzip2<'a> {
    bytes: Ahead<'a>,
    state: Decompress,
    /// How it ended.
    ended: Option<Result<(), Trouble>>,
}

impl<'a> Stream<'a> for Bzip2<'a> {
    fn begins(head: &[u8]) -> bool {
        is_bzip2(head)
    }

    fn begin(bytes: Ahead<'a>) -> Self {
        Self {
            bytes,
            state: Decompress::new(false),
            ended: None,
        }
    }

    fn end(self, _header: &mut Vec<u8>) -> Ahead<'a> {
        self.bytes
    }
}

impl Read for Bzip2<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(ended) = &self.ended {
                return ended.clone().map(|()| 0).map_err(Into::into);
            }
            let input = self.bytes.fill_buf()?;
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer);
            let (read, written) = (
                (self.state.total_in() - read) as usize,
                (self.state.total_out() - written) as usize,
            );
            let starved = input.is_empty() && written == 0;
            self.bytes.consume(read);
            self.ended = match status {
                Ok(Status::StreamEnd) => Some(Ok(())),
                Err(error) => Some(Err(Trouble::damaged(error.to_string()))),
                Ok(_) if starved => Some(Err(Trouble::truncated())),
                Ok(_) => None,
            };
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

/// Whether a bzip2 stream begins here: its level, then a block or the end of the stream.
///
/// Source: bzip2 file format, block and end-of-stream magic after the level.
pub(super) fn is_bzip2(head: &[u8]) -> bool {
    let (magic, rest) = head.split_at_checked(4).unwrap_or_default();
    let blocks = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
    magic.starts_with(b"BZh")
        && matches!(magic[3], b'1'..=b'9')
        && blocks.iter().any(|block| rest.starts_with(*block))
}

/// Opens an xz stream.
///
/// Source: xz file format 1.2.
pub(super) fn xz(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let name = inner_name(out.container_name(), &[(b".txz", b".tar"), (b".xz", b"")]);
    row::open::<Xz>(Ahead::new(bytes), &name, out)
}

struct Xz<'a>(XzReader<Ahead<'a>>);

impl<'a> Stream<'a> for Xz<'a> {
    fn begins(head: &[u8]) -> bool {
        head.starts_with(b"\xfd7zXZ\0")
    }

    fn begin(bytes: Ahead<'a>) -> Self {
        // What the decoder needs besides its window is below 1 MiB.
        let kib = (WINDOW_BYTES_MAX >> 10) + 1024;
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        Self(XzReader::new_mem_limit(bytes, false, kib))
    }

    fn end(self, _header: &mut Vec<u8>) -> Ahead<'a> {
        self.0.into_inner()
    }
}

impl Read for Xz<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::OutOfMemory => window_too_large().into(),
            io::ErrorKind::Unsupported => Trouble::Unsupported(error.to_string()).into(),
            _ => error,
        })
    }
}

/// Opens an lz4 stream.
///
/// Source: lz4_Frame_format.md.
pub(super) fn lz4(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let name = inner_name(out.container_name(), &[(b".lz4", b"")]);
    row::open::<Lz4>(Ahead::new(bytes), &name, out)
}

struct Lz4<'a> {
    frame: Lz4Decoder<Ahead<'a>>,
    /// An old frame, which has no mark at its end.
    legacy: bool,
}

impl<'a> Stream<'a> for Lz4<'a> {
    fn begins(head: &[u8]) -> bool {
        head.starts_with(b"\x04\x22\x4d\x18") || head.starts_with(LZ4_LEGACY)
    }

    fn begin(mut bytes: Ahead<'a>) -> Self {
        let head = bytes.peek();
        Self {
            legacy: head.is_ok_and(|head| head.starts_with(LZ4_LEGACY)),
            frame: Lz4Decoder::new(bytes),
        }
    }

    fn end(self, _header: &mut Vec<u8>) -> Ahead<'a> {
        self.frame.into_inner()
    }

    fn skippable(head: &[u8]) -> Option<u64> {
        zstd::skippable(head)
    }
}

const LZ4_LEGACY: &[u8] = b"\x02\x21\x4c\x18";

impl Read for Lz4<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.frame.read(buffer)?;
        // The decoder takes the end of the bytes for the end of the frame.
        if n == 0 && !self.legacy && self.frame.get_ref().ended {
            return Err(Trouble::truncated().into());
        }
        Ok(n)
    }
}

fn window_too_large() -> Trouble {
    let mib = WINDOW_BYTES_MAX >> 20;
    Trouble::Unsupported(format!("a window of more than {mib} MiB"))
}

/// The name of what was compressed, from the name of the stream: without its last ending.
fn inner_name(name: &[u8], endings: &[(&[u8], &[u8])]) -> Vec<u8> {
    for (ending, instead) in endings {
        let stem = name.len().checked_sub(ending.len());
        if let Some(stem) = stem.filter(|&stem| stem > 0)
            && name[stem..].eq_ignore_ascii_case(ending)
        {
            return [&name[..stem], instead].concat();
        }
    }
    b"content".to_vec()
}
