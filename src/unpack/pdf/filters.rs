//! Undoes the filters of streams.
//!
//! Source: ISO 32000-1, 7.4 "Filters".

use std::io::{self, BufRead, BufReader, Read};

use flate2::Decompress;

use crate::unpack::inflate::{self, Inflate};
use crate::unpack::trouble::Trouble;

/// Longest row of samples.
const ROW_BYTES_MAX: usize = 1 << 20;
/// Most filters of one stream.
const FILTERS_MAX: usize = 8;
/// Bytes read at once.
const ROOM: usize = 16 << 10;

/// What the dictionary of a stream says of its bytes.
#[derive(Default)]
pub(super) struct Coding {
    pub(super) filters: Vec<Vec<u8>>,
    pub(super) predictor: usize,
    pub(super) colors: usize,
    pub(super) bits: usize,
    pub(super) columns: usize,
}

/// The bytes of a stream, as far as filters are understood.
pub(super) struct Decoded<'a> {
    pub(super) bytes: Box<dyn BufRead + 'a>,
    /// Whether these are other bytes than those in the file.
    pub(super) changed: bool,
    /// Why they may still hide text.
    pub(super) trouble: Option<Trouble>,
}

/// Undoes the filters of a stream.
pub(super) fn decode<'a>(bytes: impl BufRead + 'a, coding: &Coding) -> Decoded<'a> {
    let mut decoded = Decoded {
        bytes: Box::new(bytes),
        changed: false,
        trouble: None,
    };
    for (i, filter) in coding.filters.iter().enumerate() {
        let inner = decoded.bytes;
        decoded.bytes = match &filter[..] {
            _ if i == FILTERS_MAX => {
                decoded.trouble = Some(Trouble::Unsupported("so many filters".to_owned()));
                decoded.bytes = inner;
                break;
            }
            b"FlateDecode" | b"Fl" => {
                let inflate: Inflate<_, Decompress> = Inflate::new(inner, inflate::state());
                let inflated = BufReader::with_capacity(ROOM, inflate);
                predicted(inflated, coding, &mut decoded.trouble)
            }
            b"ASCIIHexDecode" | b"AHx" => Steps::boxed(inner, hex),
            b"ASCII85Decode" | b"A85" => Steps::boxed(inner, ascii85),
            b"RunLengthDecode" | b"RL" => Steps::boxed(inner, runs),
            other => {
                // Pictures hold no text, whatever is done to them.
                let pictures: [&[u8]; 6] = [
                    b"DCTDecode",
                    b"DCT",
                    b"JPXDecode",
                    b"CCITTFaxDecode",
                    b"CCF",
                    b"JBIG2Decode",
                ];
                if !pictures.contains(&other) {
                    let what = match other {
                        b"LZWDecode" | b"LZW" => "its filter LZWDecode",
                        b"Crypt" => "its filter Crypt",
                        _ => "a filter of it",
                    };
                    decoded.trouble = Some(Trouble::Unsupported(what.to_owned()));
                }
                decoded.bytes = inner;
                break;
            }
        };
        decoded.changed = true;
    }
    decoded
}

/// Bytes that are made step by step.
struct Steps<'a, F> {
    bytes: Box<dyn BufRead + 'a>,
    /// Adds some bytes; false at the end.
    step: F,
    made: Vec<u8>,
    over: bool,
    /// Why it is over, given out after what was made.
    failure: Option<io::Error>,
}

impl<'a, F> Steps<'a, F>
where
    F: FnMut(&mut dyn BufRead, &mut Vec<u8>) -> io::Result<bool> + 'a,
{
    fn boxed(bytes: Box<dyn BufRead + 'a>, step: F) -> Box<dyn BufRead + 'a> {
        let steps = Self {
            bytes,
            step,
            made: Vec::new(),
            over: false,
            failure: None,
        };
        Box::new(BufReader::with_capacity(ROOM, steps))
    }
}

impl<F> Read for Steps<'_, F>
where
    F: FnMut(&mut dyn BufRead, &mut Vec<u8>) -> io::Result<bool>,
{
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.made.len() < buffer.len() && !self.over {
            match (self.step)(&mut *self.bytes, &mut self.made) {
                Ok(more) => self.over = !more,
                Err(error) => {
                    self.over = true;
                    self.failure = Some(error);
                }
            }
        }
        if self.made.is_empty()
            && let Some(error) = self.failure.take()
        {
            return Err(error);
        }
        let n = self.made.len().min(buffer.len());
        buffer[..n].copy_from_slice(&self.made[..n]);
        self.made.drain(..n);
        Ok(n)
    }
}

fn byte(bytes: &mut dyn BufRead) -> io::Result<Option<u8>> {
    let next = bytes.fill_buf()?.first().copied();
    if next.is_some() {
        bytes.consume(1);
    }
    Ok(next)
}

/// The next byte that is no space.
fn visible(bytes: &mut dyn BufRead) -> io::Result<Option<u8>> {
    loop {
        match byte(bytes)? {
            Some(0 | 9 | 10 | 12 | 13 | 32) => {}
            next => return Ok(next),
        }
    }
}

fn hex(bytes: &mut dyn BufRead, made: &mut Vec<u8>) -> io::Result<bool> {
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    let Some(high) = digit(visible(bytes)?) else {
        return Ok(false);
    };
    let low = digit(visible(bytes)?);
    made.push((high << 4 | low.unwrap_or_default()) as u8);
    Ok(low.is_some())
}

fn ascii85(bytes: &mut dyn BufRead, made: &mut Vec<u8>) -> io::Result<bool> {
    let mut group = [84; 5];
    let mut n = 0;
    while n < 5 {
        match visible(bytes)? {
            Some(b'z') if n == 0 => {
                made.extend([0; 4]);
                return Ok(true);
            }
            Some(digit @ b'!'..=b'u') => {
                group[n] = u32::from(digit - b'!');
                n += 1;
            }
            _ => break,
        }
    }
    let number = group.iter().fold(0_u32, |sum, &digit| {
        sum.wrapping_mul(85).wrapping_add(digit)
    });
    made.extend_from_slice(&number.to_be_bytes()[..n.saturating_sub(1)]);
    Ok(n == 5)
}

fn runs(bytes: &mut dyn BufRead, made: &mut Vec<u8>) -> io::Result<bool> {
    match byte(bytes)? {
        None | Some(128) => return Ok(false),
        Some(n @ ..128) => {
            let n = u64::from(n) + 1;
            let copied = Read::take(bytes, n).read_to_end(made)?;
            return Ok(copied as u64 == n);
        }
        Some(n) => {
            if let Some(byte) = byte(bytes)? {
                made.resize(made.len() + 257 - usize::from(n), byte);
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Undoes the predictors of PNG. Those of TIFF serve pictures only.
///
/// Source: ISO 32000-1, 7.4.4.4; PNG, section 9 "Filtering".
fn predicted<'a>(
    bytes: impl BufRead + 'a,
    coding: &Coding,
    trouble: &mut Option<Trouble>,
) -> Box<dyn BufRead + 'a> {
    if coding.predictor < 10 {
        return Box::new(bytes);
    }
    let sample =
        coding
            .colors
            .max(1)
            .saturating_mul(if coding.bits == 0 { 8 } else { coding.bits });
    let row_len = sample.saturating_mul(coding.columns.max(1)).div_ceil(8);
    if row_len > ROW_BYTES_MAX {
        *trouble = Some(Trouble::Unsupported("rows of such length".to_owned()));
        return Box::new(bytes);
    }
    let left = (sample / 8).max(1);
    let mut above = vec![0; row_len];
    Steps::boxed(Box::new(bytes), move |bytes, made| {
        let Some(filter) = byte(bytes)? else {
            return Ok(false);
        };
        let mut row = Vec::with_capacity(row_len);
        let read = Read::take(&mut *bytes, row_len as u64).read_to_end(&mut row);
        undo(filter, left, &above, &mut row);
        made.extend_from_slice(&row);
        read?;
        let full = row.len() == row_len;
        if full {
            above = row;
        }
        Ok(full)
    })
}

/// Undoes the filter of a row of samples.
fn undo(filter: u8, left: usize, above: &[u8], row: &mut [u8]) {
    for i in 0..row.len() {
        let a = if i >= left { row[i - left] } else { 0 };
        let c = if i >= left { above[i - left] } else { 0 };
        let b = above[i];
        let guess = match filter {
            1 => a,
            2 => b,
            3 => ((u16::from(a) + u16::from(b)) / 2) as u8,
            4 => {
                let [x, y, z] = [a, b, c].map(i16::from);
                let [pa, pb, pc] = [y - z, x - z, x + y - 2 * z].map(i16::abs);
                if pa <= pb && pa <= pc {
                    a
                } else if pb <= pc {
                    b
                } else {
                    c
                }
            }
            _ => 0,
        };
        row[i] = row[i].wrapping_add(guess);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Coding, decode, predicted};

    #[track_caller]
    fn check(filters: &[&str], bytes: &[u8], expected: &[u8]) {
        let coding = Coding {
            filters: filters
                .iter()
                .map(|name| name.as_bytes().to_vec())
                .collect(),
            ..Coding::default()
        };
        let mut text = Vec::new();
        let mut decoded = decode(bytes, &coding);
        decoded.bytes.read_to_end(&mut text).expect("no inflating");
        assert_eq!(text, expected);
    }

    #[test]
    fn filters_are_undone_in_order() {
        check(&["ASCIIHexDecode"], b"61 62 6\n>zz", b"ab`");
        check(
            &["ASCII85Decode"],
            b"87cUR\nD]i,\"Ebo80z~>",
            b"Hello World!\0\0\0\0",
        );
        check(&["A85"], b"87cURD]i~>", b"Hello ");
        check(&["RL"], b"\x01ab\xfec\x80zz", b"abccc");
        check(&["AHx", "RL"], b"016162fe63>", b"abccc");
        check(&["AHx", "DCTDecode"], b"6162>", b"ab");
        check(&[], b"ab", b"ab");
    }

    #[test]
    fn predictors_of_png_are_undone() {
        let coding = Coding {
            predictor: 12,
            columns: 3,
            ..Coding::default()
        };
        let rows = b"\0abc\x02\x01\x01\x01\x01a\x01\x01\x04\x01\x01\x01\x03a\x01";
        let mut text = Vec::new();
        let mut bytes = predicted(&rows[..], &coding, &mut None);
        bytes.read_to_end(&mut text).expect("memory is read");
        // Sub, up, average and Paeth worked out by hand.
        assert_eq!(&text[..9], b"abcbcdabc");
        assert_eq!(&text[9..12], b"bcd");
        assert_eq!(text.len(), 14);
    }
}
