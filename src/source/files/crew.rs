//! A crew of threads that share work: it starts with one and grows when there is enough to do.
//!
//! Each thread keeps its own stack and gives from it only when another one waits, so that the lock
//! is taken a few times a second and not once a file. A pool that starts all its threads first
//! would cost more than scanning a small folder does.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// What the threads of a crew share.
pub(super) struct Crew<T> {
    pool: Mutex<Pool<T>>,
    /// Signalled when work arrives or the crew goes home.
    changed: Condvar,
    /// Threads that wait and for which no work is in the pool yet.
    wanted: AtomicUsize,
    /// No thread may be added any more.
    full: AtomicBool,
    /// Everybody shall go home.
    stopped: AtomicBool,
    /// Threads at most; 0 until the machine was asked.
    jobs: AtomicUsize,
}

struct Pool<T> {
    work: Vec<T>,
    threads: usize,
    waiting: usize,
}

impl<T> Crew<T> {
    /// Makes a crew of one thread, the caller's, with one piece of work; 0 `jobs` mean all cores.
    pub(super) const fn new(jobs: usize, work: Vec<T>) -> Self {
        Self {
            pool: Mutex::new(Pool {
                work,
                threads: 1,
                waiting: 0,
            }),
            changed: Condvar::new(),
            wanted: AtomicUsize::new(0),
            full: AtomicBool::new(jobs == 1),
            stopped: AtomicBool::new(false),
            jobs: AtomicUsize::new(jobs),
        }
    }

    /// True where another thread waits for work.
    pub(super) fn wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// True where this thread is not alone.
    pub(super) fn has_others(&self) -> bool {
        self.lock().threads > 1
    }

    /// True where another thread may be added.
    pub(super) fn may_grow(&self) -> bool {
        !self.full.load(Ordering::Relaxed)
    }

    /// True once everybody shall go home.
    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Sends everybody home.
    pub(super) fn stop(&self) {
        let _pool = self.lock();
        self.stopped.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }

    /// Counts one more thread in, if there may be one; the caller starts it.
    pub(super) fn enlist(&self) -> bool {
        let mut pool = self.lock();
        // Asking costs system calls, which a small folder need not pay.
        if self.jobs.load(Ordering::Relaxed) == 0 {
            let cores = thread::available_parallelism().map_or(1, usize::from);
            self.jobs.store(cores, Ordering::Relaxed);
        }
        let jobs = self.jobs.load(Ordering::Relaxed);
        let room = pool.threads < jobs;
        pool.threads += usize::from(room);
        self.full.store(pool.threads >= jobs, Ordering::Relaxed);
        room
    }

    /// Takes back an [`Crew::enlist`] whose thread could not be started; nobody else is added.
    pub(super) fn dismiss(&self) {
        self.lock().threads -= 1;
        self.full.store(true, Ordering::Relaxed);
    }

    /// Puts work where any thread can take it.
    pub(super) fn give(&self, work: impl Iterator<Item = T>) {
        let mut pool = self.lock();
        pool.work.extend(work);
        self.count(&pool);
        self.changed.notify_all();
    }

    /// Takes one piece of work, waiting for it; nothing once all threads wait or the crew stops.
    pub(super) fn take(&self) -> Option<T> {
        let mut pool = self.lock();
        loop {
            if self.stopped() {
                return None;
            }
            if let Some(work) = pool.work.pop() {
                self.count(&pool);
                return Some(work);
            }
            pool.waiting += 1;
            if pool.waiting == pool.threads {
                self.stopped.store(true, Ordering::Relaxed);
                self.changed.notify_all();
                return None;
            }
            self.count(&pool);
            pool = self
                .changed
                .wait(pool)
                .unwrap_or_else(PoisonError::into_inner);
            pool.waiting -= 1;
        }
    }

    /// Makes a guard for the thread's time in the crew: a panic sends the others home.
    pub(super) const fn member(&self) -> Member<'_, T> {
        Member(self)
    }

    fn count(&self, pool: &Pool<T>) {
        let wanted = pool.waiting.saturating_sub(pool.work.len());
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Pool<T>> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says that a thread belongs to the crew, as long as it lives.
pub(super) struct Member<'a, T>(&'a Crew<T>);

impl<T> Drop for Member<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}
