//! Standard input, or any other stream, as a source of one blob.
//!
//! Apart from [`super::files`] because a stream has no length, no neighbours and one reader only.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::blob::{Blob, BuildVisitor, Content, Place, Skip, SkipReason, Source};
use crate::error::Result;

/// One stream as one blob, read once and in order.
pub struct Stream<R> {
    /// What is read; behind a lock because a walk borrows its source.
    reader: Mutex<R>,
    /// Where its bytes are said to stand.
    place: Place,
    /// When to stop reading.
    deadline: Option<Instant>,
}

impl Stream<io::Stdin> {
    /// Makes the source for `-`: standard input under `name`, or under `-` without one.
    pub fn stdin(name: Option<Vec<u8>>) -> Self {
        let path = name.unwrap_or_else(|| b"-".to_vec());
        Self::new(
            io::stdin(),
            Place {
                path,
                containers: 0,
                holder: None,
            },
        )
    }
}

impl<R: Read + Send> Stream<R> {
    /// Makes a source of what `reader` yields, standing at `place`.
    pub const fn new(reader: R, place: Place) -> Self {
        Self {
            reader: Mutex::new(reader),
            place,
            deadline: None,
        }
    }

    /// Stops reading at `deadline`. A read that already waits for its writer is not interrupted.
    #[must_use]
    pub const fn until(mut self, deadline: Option<Instant>) -> Self {
        self.deadline = deadline;
        self
    }
}

impl<R: Read + Send> Source for Stream<R> {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let mut visitor = visitors.build();
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut watched = Watched::new(&mut *reader, self.deadline);
        let blob = Blob {
            content: Content::Stream(&mut watched, None),
            place: &self.place,
            version: None,
            news: None,
        };
        let flow = visitor.blob(blob);
        if let (ControlFlow::Continue(()), Some(reason)) = (flow, watched.failure) {
            visitor.skip(Skip {
                what: self.place.path.clone(),
                holder: None,
                reason,
            });
        }
        Ok(())
    }
}

/// A reader that ends where reading fails or time runs out, and remembers why.
pub(super) struct Watched<R> {
    reader: R,
    deadline: Option<Instant>,
    /// Bytes read so far.
    at: u64,
    /// Why the bytes ended early, if they did.
    pub(super) failure: Option<SkipReason>,
}

impl<R: Read> Watched<R> {
    pub(super) const fn new(reader: R, deadline: Option<Instant>) -> Self {
        Self {
            reader,
            deadline,
            at: 0,
            failure: None,
        }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failure.is_none() && self.deadline.is_some_and(|end| Instant::now() >= end) {
            self.failure = Some(SkipReason::TimedOut);
        }
        while self.failure.is_none() {
            match self.reader.read(buffer) {
                Ok(n) => {
                    self.at += n as u64;
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(SkipReason::ReadFailed {
                        at: self.at,
                        error: error.to_string(),
                    });
                }
            }
        }
        Ok(0)
    }
}
