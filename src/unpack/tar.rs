//! tar archives of every age: old, ustar, pax and GNU.
//!
//! Directories, links, devices and pipes yield no member; where links lead, and what else headers hold
//! as text, is handed over as one text at the end. A file with holes is handed over with them as zero
//! bytes; where they are large beyond use they are cut short, which loses nothing but offsets.

mod pax;
mod sparse;

use std::io::{BufRead, Read};

use tar::Header;

use crate::unpack::input::{self, Exact, Halt, Input, NAME_BYTES_MAX, Texts};
use crate::unpack::members::{self, Members};
use crate::unpack::tar::pax::Extended;
use crate::unpack::tar::sparse::{Expanded, Map};
use crate::unpack::trouble::Trouble;

/// Length of a header, and of what all lengths are padded to.
const BLOCK: usize = 512;
/// Longest extended header or long name in bytes.
const EXTENDED_BYTES_MAX: u64 = 4 << 20;
/// Most numbers in the map of a file with holes.
const MAP_NUMBERS_MAX: usize = 1 << 19;

/// Opens a tar archive. Archives that follow after the end of the first are part of it.
///
/// Source: POSIX.1-2017, pax; GNU tar manual, "Basic Tar Format"; tar(5).
pub(super) fn open(bytes: &mut dyn BufRead, out: &mut dyn Members) -> Result<(), Trouble> {
    let mut archive = Archive {
        input: Input::new(bytes),
        out,
        texts: Texts::new("headers"),
        next: None,
        extended: Extended::default(),
    };
    let mut result = archive.read();
    if !matches!(result, Err(Halt::Enough)) {
        let Archive { texts, out, .. } = &mut archive;
        result = texts.hand(*out).and(result);
    }
    input::finish(result)
}

/// Whether the block is a header by its checksum.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format". Some old programs summed signed bytes.
pub(super) fn checksum_holds(block: &[u8; BLOCK]) -> bool {
    let field = block[148..156].trim_ascii_start();
    let digits = field.iter().take_while(|byte| matches!(byte, b'0'..=b'7'));
    let stated = digits.fold(None, |sum: Option<i32>, digit| {
        Some(sum.unwrap_or(0) * 8 + i32::from(digit - b'0'))
    });
    let Some(stated) = stated else {
        return false;
    };
    // PERF: every text comes here, so the sums are loops that need no branch.
    let of_field = |byte: fn(u8) -> i32| block[148..156].iter().map(|&b| byte(b)).sum::<i32>();
    let sum = |byte: fn(u8) -> i32| {
        let all = block.iter().map(|&b| byte(b)).sum::<i32>();
        all - of_field(byte) + 8 * i32::from(b' ')
    };
    stated == sum(i32::from) || stated == sum(|byte| i32::from(byte as i8))
}

/// An archive that is being read.
struct Archive<'a> {
    input: Input<'a>,
    out: &'a mut dyn Members,
    texts: Texts,
    /// A header that was read already.
    next: Option<[u8; BLOCK]>,
    /// What is known of the next member.
    extended: Extended,
}

impl Archive<'_> {
    fn read(&mut self) -> Result<(), Halt> {
        let mut n_zero: u64 = 0;
        loop {
            input::go_on(self.out.proceed())?;
            let (block, n) = self.block()?;
            let is_zero = block[..n].iter().all(|&byte| byte == 0);
            if n < BLOCK && is_zero {
                if n_zero == 0 {
                    self.out.lost(None, Trouble::damaged("no end marker"));
                }
                break;
            }
            if is_zero {
                n_zero += 1;
                continue;
            }
            if n < BLOCK || !checksum_holds(&block) {
                if n_zero > 1 {
                    self.input.rest("after the end", &block[..n], self.out)?;
                    break;
                }
                let problem = if n < BLOCK {
                    "truncated"
                } else {
                    "header checksum"
                };
                return Err(self.give_up(&block[..n], problem));
            }
            n_zero = 0;
            self.entry(&block)?;
        }
        if !self.extended.is_empty() {
            let problem = "extended header without a member";
            self.out.lost(None, Trouble::damaged(problem));
            let Extended { path, link, .. } = std::mem::take(&mut self.extended);
            for text in [path, link].into_iter().flatten() {
                self.texts.add(&[&text], self.out)?;
            }
        }
        Ok(())
    }

    /// The next block, or what there is of it.
    fn block(&mut self) -> Result<([u8; BLOCK], usize), Halt> {
        if let Some(block) = self.next.take() {
            return Ok((block, BLOCK));
        }
        let mut block = [0; BLOCK];
        let n = self.input.fill(&mut block)?;
        Ok((block, n))
    }

    fn entry(&mut self, block: &[u8; BLOCK]) -> Result<(), Halt> {
        let Some(size) = number(&block[124..136]) else {
            return Err(self.give_up(block, "size of a member"));
        };
        for text in slack(block) {
            self.texts.add(&[text], self.out)?;
        }
        match block[156] {
            kind @ (b'L' | b'K') => {
                let Some(text) = self.extended_text(size)? else {
                    return Ok(());
                };
                let end = memchr::memchr(0, &text).unwrap_or(text.len());
                let (name, rest) = text.split_at(end);
                if rest.iter().any(|&byte| byte != 0) {
                    self.texts.add(&[rest], self.out)?;
                }
                let place = match kind {
                    b'L' => &mut self.extended.path,
                    _ => &mut self.extended.link,
                };
                if let Some(overruled) = place.replace(name.to_vec()) {
                    self.texts.add(&[&overruled], self.out)?;
                }
                Ok(())
            }
            kind @ (b'x' | b'X' | b'g') => {
                let Some(text) = self.extended_text(size)? else {
                    return Ok(());
                };
                match kind {
                    b'g' => pax::read_global(&text, &mut self.texts, self.out),
                    _ => self.extended.read(&text, &mut self.texts, self.out),
                }
            }
            _ => self.member(block, size),
        }
    }

    /// Reads the text of a long name or an extended header; none where it is too long.
    fn extended_text(&mut self, size: u64) -> Result<Option<Vec<u8>>, Halt> {
        if size > EXTENDED_BYTES_MAX {
            let what = format!("a header of {size} bytes");
            self.out.lost(None, Trouble::Unsupported(what));
            self.input.loose("long header", b"", size, self.out)?;
            self.padding(size)?;
            return Ok(None);
        }
        let text = self.input.vec(size as usize)?;
        if (text.len() as u64) < size {
            return Err(self.give_up(&text, "truncated"));
        }
        self.padding(size)?;
        Ok(Some(text))
    }

    fn member(&mut self, block: &[u8; BLOCK], size: u64) -> Result<(), Halt> {
        let header = Header::from_byte_slice(block);
        let mut extended = std::mem::take(&mut self.extended);
        let size = extended.size.unwrap_or(size);
        let path = extended.take_path();
        let mut name = path.unwrap_or_else(|| header.path_bytes().into_owned());
        if let Some(overruled) = &extended.path {
            self.texts.add(&[overruled], self.out)?;
        }
        if name.len() > NAME_BYTES_MAX {
            self.texts.add(&[&name], self.out)?;
            name.truncate(NAME_BYTES_MAX);
        }
        let link = extended.link.take();
        if let Some(link) = link.or_else(|| Some(header.link_name_bytes()?.into_owned()))
            && !link.is_empty()
        {
            self.texts.add(&[&name, b" -> ", &link], self.out)?;
        }
        match block[156] {
            b'1'..=b'6' => return self.fileless(&name, size),
            0 if size == 0 && name.ends_with(b"/") => return Ok(()),
            b'V' if size == 0 => return self.texts.add(&[&name], self.out),
            b'M' => {
                let what = "a member that began in another volume".to_owned();
                self.out.lost(Some(&name), Trouble::Unsupported(what));
            }
            b'S' => return self.old_sparse(block, &name, size),
            _ => {}
        }
        match (extended.sparse.major, &extended.sparse.numbers) {
            (Some(1), _) => self.new_sparse(&name, size, extended.sparse.len),
            (None | Some(0), Some(numbers)) => {
                let map = sparse::map(numbers, size, extended.sparse.len);
                self.sparse(&name, size, map)
            }
            (None | Some(0), None) => self.plain(&name, &[], size),
            (Some(major), _) => {
                let what = format!("sparse file of version {major}");
                self.out.lost(Some(&name), Trouble::Unsupported(what));
                self.plain(&name, &[], size)
            }
        }
    }

    /// Passes over a member that is no file. Some programs note the length of the file at the other end
    /// of a link, others store it: the next block tells.
    fn fileless(&mut self, name: &[u8], size: u64) -> Result<(), Halt> {
        if size == 0 {
            return Ok(());
        }
        let (block, n) = self.block()?;
        if n == BLOCK && (block == [0; BLOCK] || checksum_holds(&block)) {
            self.next = Some(block);
            return Ok(());
        }
        if n == 0 {
            return Ok(());
        }
        let (head, more) = block[..n].split_at(size.min(n as u64) as usize);
        if !more.is_empty() {
            input::go_on(self.out.member(name, &mut &*head))?;
            return input::go_on(self.out.loose("padding", &mut &*more));
        }
        self.plain(name, head, size)
    }

    /// Hands over a member, of which some bytes may have been read already.
    fn plain(&mut self, name: &[u8], head: &[u8], size: u64) -> Result<(), Halt> {
        let mut data = Exact::new(Read::chain(head, &mut self.input), size);
        let flow = self.out.member(name, &mut data);
        data.done(flow)?;
        self.padding(size)
    }

    /// Hands over a member with its holes, or without where its map is damaged.
    fn sparse(&mut self, name: &[u8], size: u64, map: Option<Map>) -> Result<(), Halt> {
        let Some(map) = map else {
            self.out.lost(Some(name), Trouble::damaged("sparse map"));
            return self.plain(name, &[], size);
        };
        let mut data = Exact::new(&mut self.input, size);
        let flow = self.out.member(name, &mut Expanded::new(&mut data, map));
        data.done(flow)?;
        self.padding(size)
    }

    /// A file with holes whose map stands in its header and in blocks after it.
    ///
    /// Source: GNU tar manual, "Old GNU Format".
    fn old_sparse(&mut self, block: &[u8; BLOCK], name: &[u8], size: u64) -> Result<(), Halt> {
        let mut numbers = Vec::new();
        let mut sound = add_numbers(&block[386..482], &mut numbers);
        let mut more = block[482] != 0;
        while more {
            let (block, n) = self.block()?;
            if n < BLOCK {
                return Err(self.give_up(&block[..n], "truncated"));
            }
            if numbers.len() < MAP_NUMBERS_MAX {
                sound &= add_numbers(&block[..504], &mut numbers);
            } else {
                sound = false;
                input::go_on(self.out.proceed())?;
            }
            more = block[504] != 0;
        }
        let len = number(&block[483..495]);
        let map = sparse::map(&numbers, size, len);
        self.sparse(name, size, map.filter(|_| sound && len.is_some()))
    }

    /// A file with holes whose map stands before its data.
    fn new_sparse(&mut self, name: &[u8], size: u64, len: Option<u64>) -> Result<(), Halt> {
        let mut data = Exact::new(&mut self.input, size);
        let (head, numbers) = sparse::read_numbers(&mut data);
        let stored = size.saturating_sub(head.len() as u64);
        let map = numbers.and_then(|numbers| sparse::map(&numbers, stored, len));
        let Some(map) = map else {
            self.out.lost(Some(name), Trouble::damaged("sparse map"));
            return self.plain(name, &head, size);
        };
        let flow = self.out.member(name, &mut Expanded::new(&mut data, map));
        data.done(flow)?;
        self.padding(size)
    }

    /// Reads what fills the last block of a member, which should be zero.
    fn padding(&mut self, size: u64) -> Result<(), Halt> {
        let at = self.input.at();
        let n = size.next_multiple_of(BLOCK as u64) - size;
        let label = members::range_label(&(at..at.saturating_add(n)));
        self.input.loose(&label, b"", n, self.out)
    }

    fn give_up(&mut self, head: &[u8], problem: &str) -> Halt {
        let why = Trouble::damaged(problem);
        self.input.give_up(head, why, self.out)
    }
}

/// Adds offsets and lengths, each in 12 bytes, up to an empty one; false where one is no number.
fn add_numbers(fields: &[u8], numbers: &mut Vec<u64>) -> bool {
    for pair in fields.as_chunks::<24>().0 {
        if pair[0] == 0 && pair[12] == 0 {
            break;
        }
        let (Some(offset), Some(len)) = (number(&pair[..12]), number(&pair[12..])) else {
            return false;
        };
        numbers.extend([offset, len]);
    }
    true
}

/// A number in octal digits, or in base 256 where the first bit is set; none where it is negative or
/// has more than 63 bits.
///
/// Source: POSIX.1-2017, pax; GNU tar manual, "Extensions".
fn number(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let first = u64::from(field[0] & 0x7f);
        let add = |sum: u64, &byte: &u8| Some(sum.checked_mul(256)? + u64::from(byte));
        let number = field[1..].iter().try_fold(first, add)?;
        return i64::try_from(number).is_ok().then_some(number);
    }
    let blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !blank(byte));
    let field = &field[start.unwrap_or(field.len())..];
    let end = field.iter().position(blank).unwrap_or(field.len());
    let (digits, rest) = field.split_at(end);
    let octal = digits.iter().all(|digit| matches!(digit, b'0'..=b'7'));
    let value = |sum: u64, digit: &u8| sum * 8 + u64::from(digit - b'0');
    (octal && rest.iter().all(blank)).then(|| digits.iter().fold(0, value))
}

/// Bytes of a header that no version of the format uses, where they are not zero.
fn slack(block: &[u8; BLOCK]) -> impl Iterator<Item = &[u8]> {
    let after = |field: &'static std::ops::Range<usize>| {
        let bytes = &block[field.clone()];
        memchr::memchr(0, bytes).map_or(&[][..], |at| &bytes[at..])
    };
    let [rest, more] = match (&block[257..263], block[156]) {
        (b"ustar\0", _) => [after(&(345..500)), &[]],
        (b"ustar ", b'S') => [&[][..], &[]],
        (b"ustar ", _) => [&block[386..], &[]],
        // Between them stand the numbers of a device.
        _ => [&block[257..329], &block[345..]],
    };
    let unused = [after(&(0..100)), after(&(157..257)), rest, more];
    unused
        .into_iter()
        .filter(|bytes| bytes.iter().any(|&byte| byte != 0))
}
