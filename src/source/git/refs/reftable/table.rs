//! One table: blocks of references, then blocks of reflogs, in the order of names.
//!
//! All blocks are read one after the other, so the indexes in between are not needed, nor the
//! restart points within each. Every length is checked against the bytes that are there; names
//! share beginnings, so what a few bytes can grow to is bounded as well.
//!
//! Source: the technical document reftable of git.

use crc32fast::hash as crc32;
use flate2::{Decompress, FlushDecompress, Status};

use super::Stack;
use crate::blob::SkipReason;
use crate::git::{Format, Id};

/// Bytes of the header of a block: its kind and its length.
const BLOCK_HEADER_BYTES: usize = 4;

/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64 << 10;

/// What names, and blocks of reflogs, may grow to for each byte of the files.
const RATIO_MAX: u64 = 200;

/// The same in all, in bytes.
const GROWN_BYTES_MAX: u64 = 4 << 30;

/// What a table says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source::git::refs) enum Record {
    /// It is no more, whatever older tables say.
    Gone,
    /// It stands for an object.
    Id(Id),
    /// It stands for another name.
    Symbolic(Vec<u8>),
}

/// What may still be unpacked.
#[derive(Default)]
pub(super) struct Budget {
    allowed: u64,
    spent: u64,
}

impl Budget {
    /// Allows for a file of so many bytes.
    pub(super) fn add(&mut self, len: usize) {
        // A small file may be one block, and a block has less than 16 MiB.
        let more = (len as u64).saturating_mul(RATIO_MAX).max(16 << 20);
        self.allowed = self.allowed.saturating_add(more).min(GROWN_BYTES_MAX);
    }

    fn spend(&mut self, len: usize) -> Result<(), Problem> {
        self.spent = self.spent.saturating_add(len as u64);
        if self.spent <= self.allowed {
            return Ok(());
        }
        Err(Problem::TooMuch(self.allowed))
    }
}

enum Problem {
    Malformed(&'static str),
    TooMuch(u64),
}

/// Adds what a table says to what older ones said.
///
/// # Errors
///
/// What is wrong with it; what was read before that is added all the same.
pub(super) fn read(
    bytes: &[u8],
    format: Format,
    budget: &mut Budget,
    stack: &mut Stack,
) -> Result<(), SkipReason> {
    table(bytes, format, budget, stack).map_err(|problem| match problem {
        Problem::Malformed(problem) => SkipReason::Damaged {
            kind: "reftable",
            problem: problem.to_owned(),
        },
        Problem::TooMuch(value) => SkipReason::Limit {
            name: "reftable_bytes",
            value,
        },
    })
}

/// A table whose frame is as it should be.
struct Table<'a> {
    /// Everything before the footer.
    body: &'a [u8],
    header_len: usize,
    /// 0 where blocks follow each other without a gap.
    block_len: usize,
    log_position: u64,
    format: Format,
}

fn table(
    bytes: &[u8],
    format: Format,
    budget: &mut Budget,
    stack: &mut Stack,
) -> Result<(), Problem> {
    let table = frame(bytes, format)?;
    if table.body.get(table.header_len) == Some(&b'g') {
        return logs(&table, 0, budget, stack);
    }
    let refs = refs(&table, budget, stack);
    // What is wrong with one part is no reason not to read the other.
    let logs = match usize::try_from(table.log_position) {
        Ok(0) => Ok(()),
        Ok(at) if at < table.body.len() => logs(&table, at, budget, stack),
        _ => Err(Problem::Malformed("reflogs begin behind the end")),
    };
    refs.and(logs)
}

/// Checks header and footer.
fn frame(bytes: &[u8], format: Format) -> Result<Table<'_>, Problem> {
    let malformed = Problem::Malformed;
    let Some((b"REFT", rest)) = bytes.split_at_checked(4) else {
        return Err(malformed("does not begin as one"));
    };
    let (header_len, said) = match rest.first() {
        Some(1) => (24, Format::Sha1),
        Some(2) => match bytes.get(24..28) {
            Some(b"sha1") => (28, Format::Sha1),
            Some(b"s256") => (28, Format::Sha256),
            _ => return Err(malformed("names objects in an unknown way")),
        },
        _ => return Err(malformed("has an unknown version")),
    };
    if said != format {
        return Err(malformed(
            "names objects in another way than the repository",
        ));
    }
    let footer_len = header_len + 44;
    let footer_at = bytes
        .len()
        .checked_sub(footer_len)
        .filter(|&at| at >= header_len)
        .ok_or(malformed("is cut short"))?;
    let (body, footer) = bytes.split_at(footer_at);
    let (summed, sum) = footer.split_at(footer_len - 4);
    if footer[..header_len] != bytes[..header_len] || crc32(summed).to_be_bytes() != sum {
        return Err(malformed("its footer does not match"));
    }
    Ok(Table {
        body,
        header_len,
        block_len: number(&rest[1..4]),
        log_position: footer[header_len + 24..header_len + 32]
            .iter()
            .fold(0, |value, &byte| value << 8 | u64::from(byte)),
        format,
    })
}

fn refs(table: &Table<'_>, budget: &mut Budget, stack: &mut Stack) -> Result<(), Problem> {
    let mut at = 0;
    while at < table.body.len() {
        let skipped = if at == 0 { table.header_len } else { 0 };
        let block = &table.body[at..];
        match block.get(skipped) {
            Some(b'r') => {}
            Some(b'i' | b'o' | b'g') => return Ok(()),
            _ if block.iter().all(|&byte| byte == 0) || block.len() == skipped => return Ok(()),
            _ => return Err(Problem::Malformed("holds a block of an unknown kind")),
        }
        let len = block_length(block, skipped)?;
        let block = block
            .get(..len)
            .ok_or(Problem::Malformed("a block is cut short"))?;
        let mut records = Records::new(block, skipped)?;
        while !records.rest.is_empty() {
            let (name, record) = records.reference(table.format, stack)?;
            budget.spend(name.len())?;
            stack.records.insert(name, record);
        }
        at += match table.block_len {
            0 => len,
            full if len > full => {
                return Err(Problem::Malformed("a block is longer than blocks are"));
            }
            // A block may end early and the next one follow without a gap.
            full if len < full && table.body.get(at + len).is_some_and(|&byte| byte != 0) => len,
            full => full,
        };
    }
    Ok(())
}

fn logs(
    table: &Table<'_>,
    start: usize,
    budget: &mut Budget,
    stack: &mut Stack,
) -> Result<(), Problem> {
    let mut at = start;
    let mut unpacked = Vec::new();
    while at < table.body.len() {
        let skipped = if at == 0 { table.header_len } else { 0 };
        let block = &table.body[at..];
        match block.get(skipped) {
            Some(b'g') => {}
            Some(b'i') => return Ok(()),
            _ => return Err(Problem::Malformed("holds a block of an unknown kind")),
        }
        let len = block_length(block, skipped)?;
        let head = skipped + BLOCK_HEADER_BYTES;
        budget.spend(len)?;
        unpacked.clear();
        unpacked.extend_from_slice(&block[..head]);
        let packed_len = inflate(&block[head..], len, &mut unpacked)?;
        let mut records = Records::new(&unpacked, skipped)?;
        while !records.rest.is_empty() {
            records.log_entry(table.format, stack)?;
        }
        at += head + packed_len;
    }
    Ok(())
}

/// Fills `unpacked` up to a length; answers with the number of bytes that took.
fn inflate(packed: &[u8], len: usize, unpacked: &mut Vec<u8>) -> Result<usize, Problem> {
    let failed = Problem::Malformed("a block of reflogs does not unpack");
    // At most 16 MiB, as the length has three bytes.
    unpacked.reserve_exact(len - unpacked.len());
    let mut stream = Decompress::new(true);
    let mut window = vec![0; len - unpacked.len()];
    let (mut read, mut written) = (0, 0);
    loop {
        let status = stream.decompress(
            &packed[read..],
            &mut window[written..],
            FlushDecompress::Finish,
        );
        let before = (read, written);
        read = usize::try_from(stream.total_in()).unwrap_or(packed.len());
        written = usize::try_from(stream.total_out()).unwrap_or(len);
        match status {
            Ok(Status::StreamEnd) if written == window.len() => break,
            Ok(Status::Ok | Status::BufError) if before != (read, written) => {}
            _ => return Err(failed),
        }
    }
    unpacked.extend_from_slice(&window);
    Ok(read)
}

/// The length that a block says it has, which its header at least fits into.
fn block_length(block: &[u8], skipped: usize) -> Result<usize, Problem> {
    let len = block.get(skipped + 1..skipped + 4).map_or(0, number);
    // Behind the records stands at least the number of restart points.
    if len < skipped + BLOCK_HEADER_BYTES + 2 {
        return Err(Problem::Malformed("a block is shorter than its header"));
    }
    Ok(len)
}

fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | usize::from(byte))
}

/// The records of a block.
struct Records<'a> {
    rest: &'a [u8],
    name: Vec<u8>,
}

impl<'a> Records<'a> {
    fn new(block: &'a [u8], skipped: usize) -> Result<Self, Problem> {
        let (rest, n_restarts) = block
            .split_last_chunk::<2>()
            .ok_or(Problem::Malformed("a block is shorter than its header"))?;
        let restarts_len = 3 * number(n_restarts);
        let end = rest.len().checked_sub(restarts_len);
        let rest = end
            .and_then(|end| rest.get(skipped + BLOCK_HEADER_BYTES..end))
            .ok_or(Problem::Malformed("restart points overlap with records"))?;
        let name = Vec::new();
        Ok(Self { rest, name })
    }

    /// Reads a reference; what a tag leads to is added at once.
    fn reference(
        &mut self,
        format: Format,
        stack: &mut Stack,
    ) -> Result<(Vec<u8>, Record), Problem> {
        let kind = self.key()?;
        let _update = self.varint()?;
        let record = match kind {
            0 => Record::Gone,
            1 => Record::Id(self.id(format)?),
            2 => {
                let record = Record::Id(self.id(format)?);
                stack.ids.insert(self.id(format)?);
                record
            }
            3 => Record::Symbolic(self.text()?.to_vec()),
            _ => return Err(Problem::Malformed("a record is of an unknown kind")),
        };
        Ok((self.name.clone(), record))
    }

    /// Reads an entry of a reflog.
    fn log_entry(&mut self, format: Format, stack: &mut Stack) -> Result<(), Problem> {
        match self.key()? {
            // One of an older table is taken back.
            0 => return Ok(()),
            1 => {}
            _ => return Err(Problem::Malformed("a record is of an unknown kind")),
        }
        for _ in 0..2 {
            stack.ids.insert(self.id(format)?);
        }
        // Who did it, with address, when, in which zone, and why.
        self.text()?;
        self.text()?;
        self.varint()?;
        self.take(2)?;
        self.text()?;
        Ok(())
    }

    /// Reads a key into `name` and answers with the kind of its record.
    fn key(&mut self) -> Result<u8, Problem> {
        let shared = self.length()?;
        let word = self.varint()?;
        let suffix_len = usize::try_from(word >> 3).unwrap_or(usize::MAX);
        let suffix = self.take(suffix_len)?;
        if shared > self.name.len() || shared + suffix.len() > NAME_BYTES_MAX {
            return Err(Problem::Malformed("a name is longer than it can be"));
        }
        self.name.truncate(shared);
        self.name.extend_from_slice(suffix);
        Ok((word & 7) as u8)
    }

    fn id(&mut self, format: Format) -> Result<Id, Problem> {
        let bytes = self.take(format.len())?;
        Id::new(format, bytes).ok_or(Problem::Malformed("a record is cut short"))
    }

    fn text(&mut self) -> Result<&'a [u8], Problem> {
        let len = self.length()?;
        self.take(len)
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Problem> {
        let (taken, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(Problem::Malformed("a record is cut short"))?;
        self.rest = rest;
        Ok(taken)
    }

    fn length(&mut self) -> Result<usize, Problem> {
        Ok(usize::try_from(self.varint()?).unwrap_or(usize::MAX))
    }

    /// Reads a number of seven bits a byte, the high ones first, each step one more than it says.
    fn varint(&mut self) -> Result<u64, Problem> {
        let mut value = 0_u64;
        loop {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value = value
                .checked_add(1)
                .filter(|&value| value < 1 << 57)
                .ok_or(Problem::Malformed("a number is longer than it can be"))?
                << 7;
        }
    }
}
