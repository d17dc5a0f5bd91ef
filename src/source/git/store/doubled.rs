//! Objects that are there several times.
//!
//! Only the first copy is handed over, so it must be what its name says: an index that lies about one
//! copy would hide all others. What is there once need not be proven: whatever it is, it is scanned.

use std::collections::HashSet;
use std::io::{self, Read};
use std::ops::ControlFlow;

use crate::blob::SkipReason;
use crate::git::{Format, Hasher, Id, Kind};
use crate::source::git::store::Store;

impl Store {
    /// Numbers of those that are there several times, found out once.
    pub(super) fn doubled(&self) -> &HashSet<u32> {
        self.doubled.get_or_init(|| {
            let mut doubled = HashSet::new();
            for (at, packed) in self.packs.iter().enumerate().skip(1) {
                let Ok(names) = packed.pack.names() else {
                    continue;
                };
                let names = (0..names.len() as u32).map(|position| names.name(position));
                doubled.extend(names.filter_map(|name| self.number_before(at, name)));
            }
            let loose = self.loose().ids.iter();
            let before = self.packs.len();
            doubled.extend(loose.filter_map(|(id, _)| self.number_before(before, id.as_bytes())));
            doubled
        })
    }

    /// The number of an object in the packs before this one.
    fn number_before(&self, at: usize, id: &[u8]) -> Option<u32> {
        self.packs[..at].iter().find_map(|packed| {
            let position = packed.pack.names().ok()?.find(id)?;
            Some(packed.start + position)
        })
    }

    /// Holds an object to its name.
    ///
    /// # Errors
    ///
    /// It is another.
    pub(super) fn prove(&self, id: &Id, kind: Kind, bytes: &[u8]) -> Result<(), SkipReason> {
        if self.format.id_of(kind, bytes) == *id {
            return Ok(());
        }
        Err(impostor())
    }
}

/// Why an object is not believed.
pub(super) fn impostor() -> SkipReason {
    SkipReason::Damaged {
        kind: "git object",
        problem: "an object is not what its name says".to_owned(),
    }
}

/// A stream of bytes that is held to the name of an object on the way.
pub(super) struct Proving<'a> {
    bytes: &'a mut dyn Read,
    hasher: Hasher,
}

impl<'a> Proving<'a> {
    pub(super) fn new(bytes: &'a mut dyn Read, (format, kind, len): (Format, Kind, u64)) -> Self {
        let hasher = format.hasher_of(kind, len);
        Self { bytes, hasher }
    }

    /// Reads what is left, and says whether it was that object; yes where nobody wants to know.
    pub(super) fn is(mut self, id: &Id, flow: ControlFlow<()>) -> bool {
        if flow.is_break() {
            return true;
        }
        io::copy(&mut self, &mut io::sink()).is_ok() && self.hasher.finish() == *id
    }
}

impl Read for Proving<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}
