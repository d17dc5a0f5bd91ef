//! Hands staged blobs over, on as many threads as they are worth.

mod pointer;

use std::io;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use super::Staged;
use super::changes::{Change, Changes};
use super::ground::Ground;
use super::news::{COMPARED_BYTES_MAX, Deleted, Fresh};
use crate::blob::{Blob, BuildVisitor, Content, Place, ReadAt, Skip, SkipReason, Visitor};
use crate::config::Limits;
use crate::source::git::lfs;

/// Blobs for which another thread is started: to start one costs as much as scanning several.
const BLOBS_PER_THREAD: usize = 32;

/// What all threads share.
struct Shared<'a> {
    ground: &'a Ground,
    changes: &'a [Change],
    deleted: Deleted<'a>,
    /// The next change to be taken.
    next: AtomicUsize,
    stopped: AtomicBool,
    limits: &'a Limits,
    deadline: Option<Instant>,
}

/// Gives every change to a visitor, and every skip.
pub(super) fn hand(ground: &Ground, found: Changes, staged: &Staged, visitors: &dyn BuildVisitor) {
    let shared = Shared {
        ground,
        changes: &found.changes,
        deleted: Deleted::new(ground, &found.gone),
        next: AtomicUsize::new(0),
        stopped: AtomicBool::new(false),
        limits: &staged.limits,
        deadline: staged.deadline,
    };
    let n_threads = match found.changes.len() / BLOBS_PER_THREAD {
        0 => 1,
        worth => thread::available_parallelism().map_or(1, |cores| worth.min(cores.get())),
    };
    thread::scope(|scope| {
        for _ in 1..n_threads {
            // Where no more threads are to be had the others do the work.
            let work = || shared.work(&mut *visitors.build());
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        let mut visitor = visitors.build();
        for skip in found.skips {
            visitor.skip(skip);
        }
        shared.work(&mut *visitor);
    });
}

impl Shared<'_> {
    fn work(&self, visitor: &mut dyn Visitor) {
        while !self.stopped.load(Ordering::Relaxed) {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(change) = self.changes.get(at) else {
                return;
            };
            if self.give(change, visitor).is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
    }

    fn give(&self, change: &Change, visitor: &mut dyn Visitor) -> ControlFlow<()> {
        let bytes = match self.deadline {
            Some(end) if Instant::now() >= end => Err(SkipReason::TimedOut),
            _ => self.ground.blob(&change.id),
        };
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(reason) => {
                skip(change, reason, visitor);
                return ControlFlow::Continue(());
            }
        };
        let place = place(change);
        let fresh = Fresh {
            ground: self.ground,
            change,
            deleted: &self.deleted,
        };
        let memory = Memory(&bytes);
        // Reading in chunks saves no memory here, so it is done only where lines are not compared.
        let content = if bytes.len() <= COMPARED_BYTES_MAX {
            Content::Whole(&bytes)
        } else {
            Content::File(&memory, bytes.len() as u64)
        };
        visitor.blob(Blob {
            content,
            place: &place,
            version: None,
            news: Some(&fresh),
        })?;
        match lfs::object(&bytes, self.ground.folder()) {
            Some(file) => self.give_pointed(&file, &fresh, &bytes, visitor),
            None => ControlFlow::Continue(()),
        }
    }
}

fn place(change: &Change) -> Place {
    Place {
        path: change.path.clone(),
        containers: 0,
        holder: None,
    }
}

fn skip(change: &Change, reason: SkipReason, visitor: &mut dyn Visitor) {
    visitor.skip(Skip {
        what: change.path.clone(),
        holder: None,
        reason,
    });
}

/// Bytes in memory, read at any position.
struct Memory<'a>(&'a [u8]);

impl ReadAt for Memory<'_> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok();
        let rest = rest.and_then(|at| self.0.get(at..)).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}
