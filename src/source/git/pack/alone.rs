//! Reads one object of a pack by itself, at the cost of its chain of deltas.

use std::io::Read;

use flate2::bufread::ZlibDecoder;

use crate::blob::SkipReason;
use crate::git::entry::{self, Base};
use crate::git::{Id, Kind, delta};
use crate::source::git::pack::walk::Checked;
use crate::source::git::pack::window::{Window, read_full};
use crate::source::git::pack::{HEADER_BYTES, Pack, broken, malformed, unreadable};

/// Longest chain of deltas. Git makes none longer than 4,095.
const CHAIN_MAX: usize = 4_096;

/// Bytes of a pack that are looked at first: most objects are shorter.
const FIRST_BYTES: usize = 4 << 10;

/// What an object is, and its bytes; or why it cannot be read.
type Whole = Result<(Kind, Vec<u8>), SkipReason>;

/// Reads a base that is in another pack, if it is there.
type Outside<'a> = dyn FnMut(&Id) -> Result<Option<(Kind, Vec<u8>)>, SkipReason> + 'a;

impl Pack {
    /// Reads the object that begins at an offset. `outside` reads a base that is in another pack.
    pub(in crate::source::git) fn read(
        &self,
        offset: u64,
        most: usize,
        outside: &mut Outside<'_>,
    ) -> Whole {
        let mut deltas: Vec<Vec<u8>> = Vec::new();
        let mut held = 0_usize;
        let mut at = offset;
        let (kind, mut bytes) = loop {
            if deltas.len() > CHAIN_MAX {
                let name = "git-chain-max";
                let value = CHAIN_MAX as u64;
                return Err(SkipReason::Limit { name, value });
            }
            let (base, packed) = self.packed(at, most.saturating_sub(held))?;
            held += packed.len();
            match base {
                Base::None(kind) => break (kind, packed),
                Base::Before(distance) => {
                    at = at
                        .checked_sub(distance)
                        .filter(|&base| distance > 0 && base >= HEADER_BYTES)
                        .ok_or_else(|| broken("the base of an object is no object"))?;
                }
                Base::Named(id) => match self.find(id.as_bytes()).map_err(|e| unreadable(&e))? {
                    Some((_, base)) => at = base,
                    None => {
                        let base = outside(&id)?;
                        deltas.push(packed);
                        break base.ok_or_else(|| broken("the base of an object is not there"))?;
                    }
                },
            }
            deltas.push(packed);
        };
        let (mut made, mut copied) = (Vec::new(), Vec::new());
        let mut total = 0_usize;
        while let Some(delta) = deltas.pop() {
            let (_, len) = delta::lengths(&delta).map_err(malformed)?;
            let len = usize::try_from(len).unwrap_or(usize::MAX);
            // A long chain of long objects is nothing that git makes.
            total = total.saturating_add(len);
            if len > most || total > most.saturating_mul(16) {
                return Err(limit(most));
            }
            delta::apply(&bytes, &delta, len, (&mut made, &mut copied)).map_err(malformed)?;
            std::mem::swap(&mut bytes, &mut made);
        }
        Ok((kind, bytes))
    }

    /// Inflates what stands at an offset, and says what it is made from.
    fn packed(&self, at: u64, most: usize) -> Result<(Base, Vec<u8>), SkipReason> {
        let mut head = [0; FIRST_BYTES];
        let n = read_full(&self.file, at, &mut head).map_err(|error| unreadable(&error))?;
        let header = entry::read(&head[..n], self.format).map_err(malformed)?;
        let len = usize::try_from(header.len).unwrap_or(usize::MAX);
        if len > most {
            return Err(limit(most));
        }
        let rest = Rest {
            window: self.window(),
            at: at + n as u64,
        };
        let start = &head[header.header_len..n];
        let bytes = std::io::BufReader::new(start.chain(rest));
        let mut checked = Checked {
            bytes: ZlibDecoder::new(bytes),
            left: header.len,
            failure: None,
        };
        let mut out = Vec::new();
        // So much was stated, so no more is taken than is there.
        let read = checked.read_to_end(&mut out);
        read.map_err(|error| unreadable(&error))?;
        match checked.failure {
            None => Ok((header.base, out)),
            Some(problem) => Err(broken(&problem)),
        }
    }
}

fn limit(most: usize) -> SkipReason {
    SkipReason::Limit {
        name: "git-bytes-max",
        value: most as u64,
    }
}

/// All that follows in a file.
struct Rest<'a> {
    window: Window<'a>,
    at: u64,
}

impl Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.window.bytes(self.at, buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}
