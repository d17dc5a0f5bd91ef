//! Hands over every object of a kind, on several threads.
//!
//! A unit of work is a whole tree of deltas. The heavy ones come first, then the others in the order in
//! which they stand in their pack, so that reading goes forward.

mod plan;
mod retry;

use std::collections::HashMap;
use std::io::Read;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use crate::blob::{Skip, SkipReason, Version};
use crate::git::{Id, Kind};
use crate::source::git::pack::walk::{PackWindow, Take, Walker};
use crate::source::git::store::doubled::{Proving, impostor};
use crate::source::git::store::{Object, Packed, Store, loose, skip};
use plan::{Plan, Unit};
use retry::object_skip;

/// Standing alone, longer objects are read as streams.
const STREAM_BYTES_MIN: u64 = 32 << 20;

/// What is asked of a store.
pub(in crate::source::git) struct Ask<'a> {
    /// Objects of this kind.
    pub(in crate::source::git) kind: Kind,
    /// Threads; 0 means as many as the machine has cores.
    pub(in crate::source::git) jobs: usize,
    /// Also those that others were made from though they are handed over elsewhere; their versions are
    /// claimed.
    pub(in crate::source::git) bases: bool,
    /// For each object by its number, whether it is meant; all are where nothing is said.
    pub(in crate::source::git) only: Option<&'a [bool]>,
    /// When to stop.
    pub(in crate::source::git) deadline: Option<Instant>,
}

impl Ask<'_> {
    fn asks_for(&self, number: u32) -> bool {
        let said = |only: &[bool]| only.get(number as usize) == Some(&true);
        self.only.is_none_or(said)
    }
}

/// Is given objects, on one thread.
pub(in crate::source::git) trait Visit {
    /// Takes an object.
    fn object(&mut self, object: Object<'_>) -> ControlFlow<()>;
    /// Takes an object that is too long to be held, with its length.
    fn stream(&mut self, id: Id, bytes: &mut dyn Read, len: u64) -> ControlFlow<()>;
}

impl Store {
    /// Hands over every object of a kind once, each thread to a visitor of its own, in no order. What
    /// cannot be read is a skip.
    pub(in crate::source::git) fn visit<V: Visit + Send>(
        &self,
        ask: &Ask<'_>,
        build: impl Fn() -> V + Sync,
    ) -> (Vec<V>, Vec<Skip>) {
        let mut skips = Vec::new();
        skips.extend(self.loose().skips.iter().cloned());
        let plans = self.plans(ask, &mut skips);
        let units = self.units(ask, &plans);
        let jobs = match ask.jobs {
            0 => thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        };
        let jobs = jobs.min(units.len()).max(1);
        let job = Job {
            store: self,
            ask,
            plans: &plans,
            units: &units,
            next: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
            lost: Mutex::default(),
        };
        let mut visitors: Vec<V> = thread::scope(|scope| {
            let others: Vec<_> = (1..jobs)
                .filter_map(|_| {
                    let thread = thread::Builder::new();
                    thread.spawn_scoped(scope, || job.work(build())).ok()
                })
                .collect();
            let mut visitors = vec![job.work(build())];
            for other in others {
                match other.join() {
                    Ok(visitor) => visitors.push(visitor),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            visitors
        });
        let lost = job
            .lost
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if job.stopped.into_inner() {
            skips.push(self.late());
        } else if let Some(visitor) = visitors.first_mut() {
            self.retry(ask, &plans, lost, (visitor, &mut skips));
        }
        (visitors, skips)
    }

    /// Hands over every object of a kind once, each thread to a value of its own, in no order.
    pub(in crate::source::git) fn each<T: Send>(
        &self,
        kind: Kind,
        jobs: usize,
        build: impl Fn() -> T + Sync,
        take: impl Fn(&mut T, Object<'_>) + Sync,
    ) -> (Vec<T>, Vec<Skip>) {
        struct Each<'a, T, F>(T, &'a F, Vec<Skip>);
        impl<T, F: Fn(&mut T, Object<'_>)> Visit for Each<'_, T, F> {
            fn object(&mut self, object: Object<'_>) -> ControlFlow<()> {
                (self.1)(&mut self.0, object);
                ControlFlow::Continue(())
            }
            fn stream(&mut self, id: Id, _: &mut dyn Read, _: u64) -> ControlFlow<()> {
                let (name, value) = ("git-bytes-max", STREAM_BYTES_MIN);
                let reason = SkipReason::Limit { name, value };
                self.2.push(object_skip(&id, reason));
                ControlFlow::Continue(())
            }
        }
        let ask = Ask {
            kind,
            jobs,
            bases: false,
            only: None,
            deadline: None,
        };
        let (visitors, mut skips) = self.visit(&ask, || Each(build(), &take, Vec::new()));
        let mut values = Vec::new();
        for Each(value, _, more) in visitors {
            values.push(value);
            skips.extend(more);
        }
        (values, skips)
    }

    /// Said once where time ran out.
    fn late(&self) -> Skip {
        let folder = self.folders.first().map(|folder| folder.as_path());
        let folder = folder.unwrap_or(std::path::Path::new(""));
        skip(folder, SkipReason::TimedOut)
    }
}

/// An object by itself.
const ALONE: Version<'static> = Version {
    depth: 0,
    delta: None,
    claimed: false,
};

struct Job<'a> {
    store: &'a Store,
    ask: &'a Ask<'a>,
    plans: &'a [Option<Plan<'a>>],
    units: &'a [Unit],
    next: AtomicUsize,
    stopped: AtomicBool,
    lost: Mutex<HashMap<Id, SkipReason>>,
}

impl Job<'_> {
    fn work<V: Visit>(&self, mut visitor: V) -> V {
        let mut walker = Walker::new(&self.store.budget);
        let mut windows: Vec<Option<PackWindow<'_>>> = Vec::new();
        windows.resize_with(self.plans.len(), || None);
        while let Some(unit) = self.units.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            if self.ask.deadline.is_some_and(|end| Instant::now() >= end) {
                self.stopped.store(true, Ordering::Relaxed);
            }
            if self.stopped.load(Ordering::Relaxed) {
                break;
            }
            let flow = match unit {
                Unit::Loose(range) => self.loose(range.clone(), &mut visitor),
                Unit::Trees { pack, roots } => {
                    let packed = &self.store.packs[*pack];
                    let Some(plan) = &self.plans[*pack] else {
                        continue;
                    };
                    let window = &mut windows[*pack];
                    let window = window.get_or_insert_with(|| PackWindow::new(&packed.pack));
                    let mut trees = Trees {
                        job: self,
                        packed,
                        plan,
                        visitor: &mut visitor,
                    };
                    roots.iter().try_for_each(|&root| {
                        let reader = (&packed.pack, plan.table);
                        walker.tree(reader, (window, root), &mut trees)
                    })
                }
            };
            if flow.is_break() {
                self.stopped.store(true, Ordering::Relaxed);
            }
        }
        visitor
    }

    fn loose<V: Visit>(&self, range: std::ops::Range<usize>, visitor: &mut V) -> ControlFlow<()> {
        let store = self.store;
        for at in range {
            let id = store.loose().ids[at].0;
            let packed = store.number(id.as_bytes());
            if packed.is_some_and(|number| number < store.loose_start)
                || !self.ask.asks_for(store.loose_start + at as u32)
            {
                continue;
            }
            match store.loose_kind(at) {
                Ok(kind) if kind != self.ask.kind => continue,
                Ok(_) => {}
                Err(reason) => {
                    self.lose(id, reason);
                    continue;
                }
            }
            let path = store.loose_path(at);
            match loose::open(&path) {
                Ok(Some((_, mut content))) if content.left > STREAM_BYTES_MIN => {
                    let len = content.left;
                    self.prove_stream(id, (&mut content, len), visitor)?;
                    if let Some(problem) = content.failure {
                        self.lose(id, loose::damaged(problem));
                    }
                }
                _ => match store.read_loose(&path) {
                    Ok(None) => self.lose(id, SkipReason::Vanished),
                    Ok(Some((kind, bytes))) => {
                        visitor.object(Object {
                            number: store.loose_start + at as u32,
                            id,
                            bytes: &bytes,
                            version: ALONE,
                        })?;
                        // Under its name may stand another, sound one.
                        if let Err(reason) = store.prove(&id, kind, &bytes) {
                            self.lose(id, reason);
                        }
                    }
                    Err(reason) => self.lose(id, reason),
                },
            }
        }
        ControlFlow::Continue(())
    }

    /// Hands over a long object that is held to its name.
    fn prove_stream<V: Visit>(
        &self,
        id: Id,
        (bytes, len): (&mut dyn Read, u64),
        visitor: &mut V,
    ) -> ControlFlow<()> {
        let is = (self.store.format, self.ask.kind, len);
        let mut proving = Proving::new(bytes, is);
        let flow = visitor.stream(id, &mut proving, len);
        if !proving.is(&id, flow) {
            self.lose(id, impostor());
        }
        flow
    }

    fn lose(&self, id: Id, reason: SkipReason) {
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.insert(id, reason);
    }
}

/// Gives the objects of a pack to a visitor.
struct Trees<'a, V> {
    job: &'a Job<'a>,
    packed: &'a Packed,
    plan: &'a Plan<'a>,
    visitor: &'a mut V,
}

impl<V> Trees<'_, V> {
    fn id(&self, i: u32) -> Option<Id> {
        let names = self.packed.pack.names().ok()?;
        Id::new(
            self.job.store.format,
            names.name(self.plan.table.position(i)),
        )
    }
}

impl<V: Visit> Take for Trees<'_, V> {
    fn wants(&self, i: u32) -> bool {
        self.plan.wanted[i as usize]
    }

    fn needs(&self, i: u32) -> bool {
        self.plan.needed[i as usize]
    }

    fn object(&mut self, i: u32, bytes: &[u8], version: Version<'_>) -> ControlFlow<()> {
        let ask = self.job.ask;
        if version.claimed && !ask.bases {
            return ControlFlow::Continue(());
        }
        let Some(id) = self.id(i) else {
            return ControlFlow::Continue(());
        };
        let number = self.packed.start + self.plan.table.position(i);
        if !version.claimed
            && self.job.store.doubled().contains(&number)
            && let Err(reason) = self.job.store.prove(&id, ask.kind, bytes)
        {
            self.job.lose(id, reason);
        }
        self.visitor.object(Object {
            number,
            id,
            bytes,
            version,
        })
    }

    fn stream(&mut self, i: u32, bytes: &mut dyn Read, len: u64) -> ControlFlow<()> {
        let Some(id) = self.id(i) else {
            return ControlFlow::Continue(());
        };
        let number = self.packed.start + self.plan.table.position(i);
        if !self.job.store.doubled().contains(&number) {
            return self.visitor.stream(id, bytes, len);
        }
        self.job.prove_stream(id, (bytes, len), self.visitor)
    }

    fn lost(&mut self, i: u32, reason: &SkipReason) {
        if let Some(id) = self.id(i) {
            self.job.lose(id, reason.clone());
        }
    }
}
