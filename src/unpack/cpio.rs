//! cpio archives in their four forms: new ASCII without and with checksums, old ASCII, binary.
//!
//! Where a symbolic link leads is its content, so it is handed over as a member; directories, devices
//! and pipes have none. The form that large RPM packages use, which keeps names elsewhere, is not read.

use std::io::{self, BufRead, Read};

use crate::unpack::input::{self, Exact, Halt, Input, NAME_BYTES_MAX};
use crate::unpack::members::{self, Members};
use crate::unpack::trouble::Trouble;

/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";
/// The type of a file in its mode, and that of a plain one.
const TYPE: u64 = 0o170_000;
const PLAIN: u64 = 0o100_000;

/// How the numbers of a header are written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// In hexadecimal digits.
    New,
    /// The same, with the sum of each member's bytes.
    Checked,
    /// In octal digits.
    Old,
    /// As words of 16 bits, the lower byte first.
    Little,
    /// As words of 16 bits, the higher byte first.
    Big,
}

/// What the header of a member says.
struct Header {
    mode: u64,
    size: u64,
    name_len: u64,
    /// The sum of its bytes, of 32 bits.
    sum: Option<u32>,
}

/// Opens a cpio archive. Archives that follow it are part of it.
///
/// Source: cpio(5).
pub(super) fn open(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut input = Input::new(bytes);
    input::finish(read(&mut input, out))
}

/// Whether a cpio archive begins with these bytes.
pub(super) fn is_cpio(head: &[u8]) -> bool {
    if head.starts_with(b"07070X") {
        return true;
    }
    let Some(form) = form(head) else {
        return false;
    };
    let Some(header) = head.get(..form.len()).and_then(|head| form.parse(head)) else {
        return false;
    };
    // Two bytes say little: in the binary forms the first member has to be one.
    let name = head[form.len()..].split(|&byte| byte == 0).next();
    let name_len = name.map_or(0, <[u8]>::len) as u64 + 1;
    let is_type = matches!(header.mode >> 12, 1 | 2 | 4 | 6 | 8 | 10 | 12);
    let is_binary = matches!(form, Form::Little | Form::Big);
    !is_binary || (is_type && name_len == header.name_len)
}

fn form(head: &[u8]) -> Option<Form> {
    match head {
        [b'0', b'7', b'0', b'7', b'0', b'1', ..] => Some(Form::New),
        [b'0', b'7', b'0', b'7', b'0', b'2', ..] => Some(Form::Checked),
        [b'0', b'7', b'0', b'7', b'0', b'7', ..] => Some(Form::Old),
        [0xc7, 0x71, ..] => Some(Form::Little),
        [0x71, 0xc7, ..] => Some(Form::Big),
        _ => None,
    }
}

impl Form {
    /// Length of a header.
    fn len(self) -> usize {
        match self {
            Self::New | Self::Checked => 110,
            Self::Old => 76,
            Self::Little | Self::Big => 26,
        }
    }

    /// What the end of a header and a member are padded to.
    fn padded(self) -> u64 {
        match self {
            Self::New | Self::Checked => 4,
            Self::Old => 1,
            Self::Little | Self::Big => 2,
        }
    }

    /// Reads a header of the right length; none where it holds something that is no number.
    fn parse(self, header: &[u8]) -> Option<Header> {
        let word = |n: usize| {
            let bytes = [header[2 * n], header[2 * n + 1]];
            let word = match self {
                Self::Big => u16::from_be_bytes(bytes),
                _ => u16::from_le_bytes(bytes),
            };
            u64::from(word)
        };
        match self {
            Self::New | Self::Checked => {
                let mut fields = [0; 13];
                for (field, digits) in fields.iter_mut().zip(header[6..].chunks_exact(8)) {
                    *field = number(digits, 16)?;
                }
                let sum = (self == Self::Checked).then_some(fields[12] as u32);
                let [_, mode, _, _, _, _, size, _, _, _, _, name_len, _] = fields;
                Some(Header {
                    mode,
                    size,
                    name_len,
                    sum,
                })
            }
            Self::Old => {
                number(&header[6..], 8)?;
                let field = |from: usize, to: usize| number(&header[from..to], 8);
                Some(Header {
                    mode: field(18, 24)?,
                    size: field(65, 76)?,
                    name_len: field(59, 65)?,
                    sum: None,
                })
            }
            Self::Little | Self::Big => Some(Header {
                mode: word(3),
                size: word(11) << 16 | word(12),
                name_len: word(10),
                sum: None,
            }),
        }
    }
}

/// A number in digits only. Of those that are too long for 64 bits the highest are dropped.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let add = |sum: u64, &digit: &u8| {
        let digit = char::from(digit).to_digit(radix)?;
        Some(sum.wrapping_mul(u64::from(radix)) + u64::from(digit))
    };
    digits.iter().try_fold(0, add)
}

fn read(input: &mut Input<'_>, out: &mut dyn Members) -> Result<(), Halt> {
    let mut ended = false;
    loop {
        input::go_on(out.proceed())?;
        let mut head = input.vec(2)?;
        if form(&head).is_none() {
            head.extend(input.vec(4)?);
        }
        let Some(form) = form(&head) else {
            if ended {
                return input.rest("after the end", &head, out);
            }
            let why = match &head[..] {
                b"07070X" => Trouble::Unsupported("members without names".to_owned()),
                head if head.len() < 6 => Trouble::truncated(),
                _ => Trouble::damaged("header of a member"),
            };
            return Err(input.give_up(&head, why, out));
        };
        head.extend(input.vec(form.len() - head.len())?);
        if head.len() < form.len() {
            return Err(input.give_up(&head, Trouble::truncated(), out));
        }
        let Some(header) = form.parse(&head) else {
            let why = Trouble::damaged("header of a member");
            return Err(input.give_up(&head, why, out));
        };
        ended = member(input, form, &header, out)?;
        if ended {
            // Archives may stand in a row, with zero bytes between them; what else follows is not ours.
            input.skip_zeros(out)?;
            if !matches!(input.peek()?, Some(b'0' | 0xc7 | 0x71)) {
                return Ok(());
            }
        }
    }
}

/// Reads a member after its header; true where it was the mark of the end.
fn member(
    input: &mut Input<'_>,
    form: Form,
    header: &Header,
    out: &mut dyn Members,
) -> Result<bool, Halt> {
    let most = header.name_len.min(NAME_BYTES_MAX as u64);
    let mut name = input.vec(most as usize)?;
    if (name.len() as u64) < most {
        return Err(input.give_up(&name, Trouble::truncated(), out));
    }
    if header.name_len > most {
        out.lost(Some(&name), Trouble::damaged("length of a name"));
        input.loose("rest of a name", b"", header.name_len - most, out)?;
    }
    let end = memchr::memchr(0, &name).unwrap_or(name.len());
    input::go_on(out.loose("after a name", &mut &name[end..]))?;
    name.truncate(end);
    padding(input, form, form.len() as u64 + header.name_len, out)?;
    let is_end = name == TRAILER;
    if header.size > 0 {
        let sum = header.sum.filter(|_| header.mode & TYPE == PLAIN);
        let mut data = Exact::new(&mut *input, header.size);
        let flow = match sum {
            Some(stated) => out.member(&name, &mut Summed::new(&mut data, stated)),
            None => out.member(&name, &mut data),
        };
        data.done(flow)?;
        padding(input, form, header.size, out)?;
    } else if header.mode & TYPE == PLAIN && !is_end {
        input.member(&name, 0, out)?;
    }
    Ok(is_end)
}

/// Reads what fills up to the next place where something may begin.
fn padding(input: &mut Input<'_>, form: Form, len: u64, out: &mut dyn Members) -> Result<(), Halt> {
    let n = len.next_multiple_of(form.padded()) - len;
    let label = members::range_label(&(input.at()..input.at().saturating_add(n)));
    input.loose(&label, b"", n, out)
}

/// Bytes whose sum is known: that it is another is an error at their end.
struct Summed<R> {
    bytes: R,
    sum: u32,
    stated: u32,
}

impl<R: Read> Summed<R> {
    fn new(bytes: R, stated: u32) -> Self {
        Self {
            bytes,
            sum: 0,
            stated,
        }
    }
}

impl<R: Read> Read for Summed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        let bytes = buffer[..n].iter();
        self.sum = bytes.fold(self.sum, |sum, &byte| sum.wrapping_add(u32::from(byte)));
        if n == 0 && !buffer.is_empty() && self.sum != self.stated {
            return Err(Trouble::damaged("checksum").into());
        }
        Ok(n)
    }
}
