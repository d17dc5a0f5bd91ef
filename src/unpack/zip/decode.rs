//! Compression methods of zip archives, and the check of what they give.

use std::io::{self, BufRead, Read};

use bzip2::bufread::BzDecoder;
use crc32fast::Hasher;
use flate2::{Decompress, FlushDecompress, Status};
use lzma_rust2::{LzmaReader, XzReader};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use crate::unpack::store::Section;
use crate::unpack::trouble::Trouble;
use crate::unpack::zip::fields::{Form, u16_at, u32_at};

/// Bytes written as they are.
pub(super) const STORED: u16 = 0;
const DEFLATE: u16 = 8;
const BZIP2: u16 = 12;
const LZMA: u16 = 14;
const ZSTD: u16 = 93;
const XZ: u16 = 95;

/// Most bytes of memory for what a method looks back at.
const WINDOW_BYTES_MAX: u64 = 128 << 20;

/// Whether there is such a method, by the list that the format keeps.
///
/// Source: APPNOTE.TXT 4.4.5.
pub(super) fn is_method(method: u16) -> bool {
    matches!(method, 0..=20 | 93..=99)
}

/// Whether the method's data say where they end, to a decoder that reads no further.
pub(super) fn ends_by_itself(form: Form) -> bool {
    match form.method {
        DEFLATE | BZIP2 => true,
        LZMA => form.end_marker(),
        _ => false,
    }
}

/// Unpacks the bytes of a member.
pub(super) enum Decoder<'d, 's> {
    Stored(&'d mut Section<'s>),
    Deflate(Inflate<'d, 's>),
    Bzip2(BzDecoder<&'d mut Section<'s>>),
    Lzma(Box<LzmaReader<&'d mut Section<'s>>>),
    Zstd(Zstd<'d, 's>),
    Xz(Box<XzReader<&'d mut Section<'s>>>),
}

impl<'d, 's> Decoder<'d, 's> {
    /// Begins to unpack.
    ///
    /// # Errors
    ///
    /// Unsupported for a method that is not known here, damaged for data that begin wrong.
    pub(super) fn new(
        bytes: &'d mut Section<'s>,
        form: Form,
        inflate: &'d mut Decompress,
    ) -> Result<Self, Trouble> {
        match form.method {
            STORED => Ok(Self::Stored(bytes)),
            DEFLATE => {
                inflate.reset(false);
                Ok(Self::Deflate(Inflate {
                    bytes,
                    state: inflate,
                    ended: false,
                }))
            }
            BZIP2 => Ok(Self::Bzip2(BzDecoder::new(bytes))),
            LZMA => lzma(bytes, form).map(|reader| Self::Lzma(Box::new(reader))),
            ZSTD => Ok(Self::Zstd(Zstd::First(bytes))),
            XZ => {
                let most = (WINDOW_BYTES_MAX >> 10) as u32;
                let reader = XzReader::new_mem_limit(bytes, true, most);
                Ok(Self::Xz(Box::new(reader)))
            }
            method => Err(Trouble::Unsupported(format!("compression method {method}"))),
        }
    }

    /// How many of the bytes that were read are not part of the data.
    pub(super) fn unread(self) -> u64 {
        match self {
            Self::Lzma(reader) => reader.into_parts().1.len() as u64,
            _ => 0,
        }
    }
}

impl Read for Decoder<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Stored(bytes) => bytes.read(buffer),
            Self::Deflate(reader) => reader.read(buffer),
            Self::Bzip2(reader) => reader.read(buffer),
            Self::Lzma(reader) => reader.read(buffer),
            Self::Zstd(reader) => reader.read(buffer),
            Self::Xz(reader) => reader.read(buffer),
        }
    }
}

/// Source: APPNOTE.TXT 5.8.8: version, length of the properties, properties.
fn lzma<'d, 's>(
    bytes: &'d mut Section<'s>,
    form: Form,
) -> Result<LzmaReader<&'d mut Section<'s>>, Trouble> {
    let mut head = [0; 9];
    bytes.read_exact(&mut head)?;
    if u16_at(&head, 2) != 5 {
        let problem = "LZMA properties of another length";
        return Err(Trouble::Unsupported(problem.into()));
    }
    let size = if form.end_marker() {
        u64::MAX
    } else {
        form.unpacked
    };
    let window = u32_at(&head, 5);
    // What is smaller than its window needs less of it.
    if u64::from(window).min(size) > WINDOW_BYTES_MAX {
        let problem = format!("LZMA window of {window} bytes");
        return Err(Trouble::Unsupported(problem));
    }
    let mut reader = LzmaReader::new_with_props(bytes, size, head[4], window, None)?;
    reader.set_relaxed_end_condition(false);
    Ok(reader)
}

/// Deflate that tells a stream that ended from bytes that did, and reads nothing behind its end.
pub(super) struct Inflate<'d, 's> {
    bytes: &'d mut Section<'s>,
    state: &'d mut Decompress,
    ended: bool,
}

impl Read for Inflate<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let input = self.bytes.fill_buf()?;
            let at_end = input.is_empty();
            let (read, written) = (self.state.total_in(), self.state.total_out());
            let status = self
                .state
                .decompress(input, buffer, FlushDecompress::None)
                .map_err(|_| Trouble::damaged("corrupt deflate data"))?;
            let read = (self.state.total_in() - read) as usize;
            let written = (self.state.total_out() - written) as usize;
            self.bytes.consume(read);
            self.ended = status == Status::StreamEnd;
            if written > 0 {
                return Ok(written);
            }
            if !self.ended && read == 0 {
                let problem = if at_end {
                    Trouble::truncated()
                } else {
                    Trouble::damaged("corrupt deflate data")
                };
                return Err(problem.into());
            }
        }
        Ok(0)
    }
}

/// Frames of zstd in a row.
pub(super) enum Zstd<'d, 's> {
    First(&'d mut Section<'s>),
    Within(Box<StreamingDecoder<&'d mut Section<'s>, FrameDecoder>>),
    Between(&'d mut Section<'s>),
    /// A frame could not be begun.
    Lost,
}

impl Read for Zstd<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let bytes = match std::mem::replace(self, Self::Lost) {
                Self::First(bytes) => bytes,
                Self::Within(mut frame) => match frame.read(buffer) {
                    Ok(0) => {
                        *self = Self::Between(frame.into_inner());
                        continue;
                    }
                    read => {
                        *self = Self::Within(frame);
                        return read;
                    }
                },
                Self::Between(bytes) => {
                    if !bytes.fill_buf()?.starts_with(b"\x28\xb5\x2f\xfd") {
                        *self = Self::Between(bytes);
                        return Ok(0);
                    }
                    bytes
                }
                Self::Lost => return Ok(0),
            };
            let frame = StreamingDecoder::new_with_max_window_size(bytes, WINDOW_BYTES_MAX);
            let frame = frame.map_err(|error| Trouble::damaged(error.to_string()))?;
            *self = Self::Within(Box::new(frame));
        }
    }
}

/// Checks size and checksum of what it passes on.
pub(super) struct Checked<R> {
    /// What is checked.
    pub(super) bytes: R,
    /// Bytes once unpacked and their CRC-32, where they are known before.
    stated: Option<(u64, u32)>,
    n: u64,
    crc: Hasher,
    /// Set at the end of the bytes, where they are as stated.
    whole: bool,
}

impl<R: Read> Checked<R> {
    pub(super) fn new(bytes: R, stated: Option<(u64, u32)>) -> Self {
        Self {
            bytes,
            stated,
            n: 0,
            crc: Hasher::new(),
            whole: false,
        }
    }

    /// Number of the bytes and their CRC-32, once they were read to their end and are as stated.
    pub(super) fn whole(&self) -> Option<(u64, u32)> {
        self.whole.then(|| (self.n, self.crc.clone().finalize()))
    }

    fn check(&self) -> Result<(), Trouble> {
        let Some((n, crc)) = self.stated else {
            return Ok(());
        };
        if self.n < n {
            Err(Trouble::truncated())
        } else if self.n > n {
            Err(Trouble::damaged("longer than stated"))
        } else if self.crc.clone().finalize() != crc {
            Err(Trouble::damaged("its checksum does not fit"))
        } else {
            Ok(())
        }
    }
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.crc.update(&buffer[..n]);
        self.n += n as u64;
        if n == 0 && !buffer.is_empty() {
            self.check()?;
            self.whole = true;
        }
        Ok(n)
    }
}
