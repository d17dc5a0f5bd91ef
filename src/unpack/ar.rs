//! ar archives: Debian packages and static libraries.
//!
//! Symbol tables and the table of long names are members like others.

use std::io::BufRead;

use crate::unpack::input::{self, Halt, Input, NAME_BYTES_MAX};
use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// Length of the header of a member.
const HEADER: usize = 60;
/// What each header ends with.
const HEADER_END: &[u8] = b"`\n";
/// Longest table of long names that is looked at, in bytes.
const NAMES_BYTES_MAX: u64 = 8 << 20;

/// What an archive whose members lie in files of their own begins with.
pub(super) const THIN: &[u8] = b"!<thin>\n";

/// Opens an ar archive. It has no end but that of its bytes.
///
/// Source: ar(5); deb(5); GNU binutils, `ar.h`.
pub(super) fn open(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut input = Input::new(bytes);
    input::finish(read(&mut input, out))
}

fn read(input: &mut Input<'_>, out: &mut dyn Members) -> Result<(), Halt> {
    let magic = input.vec(8)?;
    if magic == THIN {
        let what = "a thin archive: its members are files of their own".to_owned();
        return Err(input.give_up(&magic, Trouble::Unsupported(what), out));
    }
    let mut names = Vec::new();
    let mut debian = Debian {
        begun: out.container_name().ends_with(b".deb"),
        has_data: false,
    };
    loop {
        let header = input.vec(HEADER)?;
        if header.iter().all(|byte| matches!(byte, 0 | b'\n')) {
            // Nothing, or what fills a block; members do not go on after that.
            input.skip_zeros(out)?;
            if input.peek()?.is_none() {
                return debian.check().map_err(Halt::from);
            }
            return Err(input.give_up(b"", Trouble::damaged("header of a member"), out));
        }
        if header.len() < HEADER {
            return Err(input.give_up(&header, Trouble::truncated(), out));
        }
        if !header.ends_with(HEADER_END) {
            return Err(input.give_up(&header, Trouble::damaged("header of a member"), out));
        }
        let Some(size) = number(&header[48..58]) else {
            return Err(input.give_up(&header, Trouble::damaged("size of a member"), out));
        };
        let field = header[..16].trim_ascii_end();
        debian.see(field);
        match field {
            b"//" => names = table(input, size, out)?,
            _ if field.starts_with(b"#1/") => long(input, field, size, out)?,
            _ => input.member(&name(field, &names, out), size, out)?,
        }
        // Members begin at even places; not every program keeps to that, and the byte may be any.
        if size % 2 == 1 && matches!(input.peek()?, Some(b'\n' | 0)) {
            input.vec(1)?;
        }
    }
}

/// What was seen of a Debian package, which says by its members when it ends.
///
/// Source: deb(5).
struct Debian {
    begun: bool,
    has_data: bool,
}

impl Debian {
    fn see(&mut self, name: &[u8]) {
        self.begun |= name.starts_with(b"debian-binary");
        self.has_data |= name.starts_with(b"data.tar");
    }

    fn check(&self) -> Result<(), Trouble> {
        if self.begun && !self.has_data {
            return Err(Trouble::truncated());
        }
        Ok(())
    }
}

/// Hands over the table of long names, and returns it.
fn table(input: &mut Input<'_>, size: u64, out: &mut dyn Members) -> Result<Vec<u8>, Halt> {
    if size > NAMES_BYTES_MAX {
        let what = format!("a table of names of {size} bytes");
        out.lost(Some(b"//"), Trouble::Unsupported(what));
        input.member(b"//", size, out)?;
        return Ok(Vec::new());
    }
    let names = input.vec(size as usize)?;
    input::go_on(out.member(b"//", &mut &names[..]))?;
    if (names.len() as u64) < size {
        out.lost(Some(b"//"), Trouble::truncated());
        return Err(Trouble::truncated().into());
    }
    Ok(names)
}

/// Hands over a member whose name stands before its bytes, and is counted with them.
fn long(input: &mut Input<'_>, field: &[u8], size: u64, out: &mut dyn Members) -> Result<(), Halt> {
    let len = number(&field[3..]).filter(|&len| len <= size && len <= NAME_BYTES_MAX as u64);
    let Some(len) = len else {
        out.lost(Some(field), Trouble::damaged("length of a name"));
        return input.member(field, size, out);
    };
    let name = input.vec(len as usize)?;
    if (name.len() as u64) < len {
        return Err(input.give_up(&name, Trouble::truncated(), out));
    }
    let end = memchr::memchr(0, &name).unwrap_or(name.len());
    let (name, rest) = name.split_at(end);
    input::go_on(out.loose("after a name", &mut &*rest))?;
    input.member(name, size - len, out)
}

/// The name of a member from its field: ended by a slash, padded by blanks, or a place in the table.
fn name(field: &[u8], names: &[u8], out: &mut dyn Members) -> Vec<u8> {
    let place = field.strip_prefix(b"/").filter(|place| !place.is_empty());
    let Some(at) = place.and_then(number) else {
        let stem = field.strip_suffix(b"/").filter(|stem| !stem.is_empty());
        return stem.unwrap_or(field).to_vec();
    };
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    let Some(rest) = names.get(at..).filter(|rest| !rest.is_empty()) else {
        out.lost(Some(field), Trouble::damaged("name not in the table"));
        return field.to_vec();
    };
    let end = rest.iter().position(|byte| matches!(byte, b'\n' | 0));
    let name = &rest[..end.unwrap_or(rest.len()).min(NAME_BYTES_MAX)];
    name.strip_suffix(b"/").unwrap_or(name).to_vec()
}

/// A number in decimal digits, padded by blanks.
fn number(field: &[u8]) -> Option<u64> {
    let digits = field.trim_ascii();
    let sum = |sum: u64, digit: &u8| {
        let value = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        sum.checked_mul(10)?.checked_add(value)
    };
    let number = digits.iter().try_fold(0, sum)?;
    (!digits.is_empty()).then_some(number)
}
