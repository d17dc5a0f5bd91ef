//! What opening one outermost file may cost, and the readers that keep to it.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use crate::config::Limits;
use crate::unpack::trouble::Trouble;

/// Bytes between two looks at the clock.
const CLOCK_BYTES: u64 = 4 << 20;
/// So many unpacked bytes are fine whatever the ratio.
const RATIO_FREE_BYTES: u64 = 64 << 20;

/// The account of one outermost file.
#[derive(Debug)]
pub(super) struct Meter {
    limits: Limits,
    /// Length of the outermost file in bytes, or what was read of it.
    packed: AtomicU64,
    unpacked: AtomicU64,
    entries: AtomicU64,
    started: Instant,
    deadline: Option<Instant>,
}

impl Meter {
    pub(super) fn new(limits: Limits, packed: u64, deadline: Option<Instant>) -> Arc<Self> {
        Arc::new(Self {
            limits,
            packed: AtomicU64::new(packed),
            unpacked: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            started: Instant::now(),
            deadline,
        })
    }

    /// Adds to what was read of a file whose length was not known.
    pub(super) fn add_packed(&self, n: u64) {
        self.packed.fetch_add(n, Ordering::Relaxed);
    }

    /// Counts a member.
    pub(super) fn add_entry(&self) -> Result<(), Trouble> {
        let n = self.entries.fetch_add(1, Ordering::Relaxed);
        if n >= self.limits.members_max {
            return Err(Trouble::Limit("members-max", self.limits.members_max));
        }
        if n.is_multiple_of(256) {
            self.time()
        } else {
            Ok(())
        }
    }

    /// Counts unpacked bytes.
    fn add(&self, n: u64) -> Result<(), Trouble> {
        let before = self.unpacked.fetch_add(n, Ordering::Relaxed);
        let all = before + n;
        let Limits {
            unpacked_bytes_max,
            unpacked_ratio_max,
            ..
        } = self.limits;
        if all > unpacked_bytes_max {
            return Err(Trouble::Limit("unpacked-bytes-max", unpacked_bytes_max));
        }
        let packed = self.packed.load(Ordering::Relaxed);
        if all > RATIO_FREE_BYTES && all / unpacked_ratio_max.max(1) > packed {
            return Err(Trouble::Limit("unpacked-ratio-max", unpacked_ratio_max));
        }
        if all / CLOCK_BYTES > before / CLOCK_BYTES {
            self.time()?;
        }
        Ok(())
    }

    /// Looks at the clock.
    pub(super) fn time(&self) -> Result<(), Trouble> {
        let now = Instant::now();
        if self.deadline.is_some_and(|deadline| now >= deadline) {
            return Err(Trouble::TimedOut);
        }
        let seconds_max = self.limits.unpack_seconds_max;
        if now.duration_since(self.started).as_secs() >= seconds_max {
            return Err(Trouble::Limit("unpack-seconds-max", seconds_max));
        }
        Ok(())
    }
}

/// A reader whose bytes are counted, and which ends where they fail or a limit is reached.
pub(super) struct Metered<'a> {
    bytes: &'a mut dyn Read,
    meter: Arc<Meter>,
    /// Why the bytes ended early, if they did.
    pub(super) failure: Option<Trouble>,
    /// The failure is a limit on the outermost file.
    pub(super) exhausted: bool,
}

impl<'a> Metered<'a> {
    pub(super) fn new(bytes: &'a mut dyn Read, meter: &Arc<Meter>) -> Self {
        Self {
            bytes,
            meter: Arc::clone(meter),
            failure: None,
            exhausted: false,
        }
    }
}

impl Read for Metered<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.failure.is_none() && !buffer.is_empty() {
            match self.bytes.read(buffer) {
                Ok(n) => {
                    if let Err(trouble) = self.meter.add(n as u64) {
                        self.failure = Some(trouble);
                        self.exhausted = true;
                        break;
                    }
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failure = Some(error.into()),
            }
        }
        Ok(0)
    }
}

/// Counts what is read of a file whose length is not known.
pub(super) struct Counted<'a> {
    pub(super) bytes: &'a mut dyn Read,
    pub(super) meter: Arc<Meter>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.bytes.read(buffer)?;
        self.meter.add_packed(n as u64);
        Ok(n)
    }
}
