//! The visitor that opens containers.

mod read;
mod versions;

use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use crate::blob::{Blob, Content, Exclusion, Place, Skip, SkipReason, Visitor};
use crate::config::Limits;
use crate::unpack::kinds::{self, HEAD_BYTES, Kind, Open};
use crate::unpack::members::Members;
use crate::unpack::meter::{Counted, Meter, Metered};
use crate::unpack::opening::read::{Tail, fill, is_plain, recognise};
use crate::unpack::opening::versions::{Pending, Plain, is_name};
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// Bytes read at once from a stream.
const ROOM: usize = 64 << 10;

/// A visitor around another: opens containers and hands it their members.
pub struct Opening<'a> {
    inner: Box<dyn Visitor + 'a>,
    limits: Limits,
    deadline: Option<Instant>,
    meter: Arc<Meter>,
    /// Where the bytes at hand stand.
    place: Place,
    /// Containers that are open around them.
    depth: usize,
    /// The kind of the innermost one.
    kind: &'static str,
    /// Where its own name begins and ends in the path.
    name: (usize, usize),
    /// Bytes that all open containers hold in memory.
    held: usize,
    /// Members of the container at hand that were damaged.
    damages: u32,
    /// Set when nothing more is wanted: of the outermost file, or of the source.
    flow: ControlFlow<()>,
    /// What the inner visitor answered last.
    answer: ControlFlow<()>,
    /// The version that the outermost bytes are, until they are handed over.
    pending: Pending,
    plain: Plain,
    /// Memory for reading members, to be used again.
    rooms: Vec<Vec<u8>>,
}

impl<'a> Opening<'a> {
    /// Wraps a visitor. Unpacking stops at the deadline.
    pub fn new(inner: Box<dyn Visitor + 'a>, limits: Limits, deadline: Option<Instant>) -> Self {
        Self {
            inner,
            limits,
            deadline,
            meter: Meter::new(limits, 0, deadline),
            place: Place::default(),
            depth: 0,
            kind: "",
            name: (0, 0),
            held: 0,
            damages: 0,
            flow: ControlFlow::Continue(()),
            answer: ControlFlow::Continue(()),
            pending: Pending::default(),
            plain: Plain::default(),
            rooms: Vec::new(),
        }
    }

    fn skip(&mut self, reason: SkipReason) {
        self.inner.skip(Skip {
            what: self.place.path.clone(),
            holder: self.place.holder,
            reason,
        });
    }

    /// Gives the bytes at hand to the inner visitor as they are.
    fn hand(&mut self, content: Content<'_>) {
        let place = &self.place;
        // Members are no versions of anything.
        let version = self.pending.take_at(self.depth);
        let mut stream;
        let content = match content {
            Content::Whole(bytes) => Content::Whole(bytes),
            Content::File(file, len) => Content::File(file, len),
            Content::Stream(reader, len) => {
                stream = reader;
                Content::Stream(&mut stream, len)
            }
        };
        self.answer = self.inner.blob(Blob {
            content,
            place,
            version,
            news: None,
        });
        if self.answer.is_break() {
            self.flow = self.answer;
        }
    }

    /// Visits what is no member of a container.
    fn outermost(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        self.flow = ControlFlow::Continue(());
        self.answer = self.flow;
        self.place.path.clear();
        self.place.path.extend_from_slice(&blob.place.path);
        self.place.containers = blob.place.containers;
        self.place.holder = blob.place.holder;
        self.depth = 0;
        self.held = 0;
        let len = match blob.content {
            Content::Whole(bytes) => bytes.len() as u64,
            Content::File(_, len) => len,
            Content::Stream(..) => 0,
        };
        self.meter = Meter::new(self.limits, len, self.deadline);
        match blob.content {
            Content::Whole(bytes) => self.visit_store(Store::Memory(bytes), None),
            Content::File(file, len) => self.visit_store(Store::File(file, len), None),
            Content::Stream(reader, _) => {
                let mut counted = Counted {
                    bytes: reader,
                    meter: Arc::clone(&self.meter),
                };
                self.visit_stream(&mut counted, None);
            }
        }
        self.answer
    }

    fn hand_store(&mut self, store: Store<'_>) {
        match store {
            Store::Memory(bytes) if bytes.len() as u64 <= self.limits.chunk_bytes => {
                self.hand(Content::Whole(bytes));
            }
            Store::Memory(mut bytes) => {
                let len = bytes.len() as u64;
                self.hand(Content::Stream(&mut bytes, Some(len)));
            }
            Store::File(file, len) => self.hand(Content::File(file, len)),
        }
    }

    /// Visits bytes that can be read at any position.
    fn visit_store(&mut self, store: Store<'_>, named: Option<&[u8]>) {
        // An error happens again to whoever reads it next, and is told of there.
        let kinds = recognise(store).unwrap_or_default();
        let counts = self.enter(named, &kinds);
        match store {
            _ if !kinds.is_empty() => {}
            Store::Memory(bytes) => self.note_promise(bytes),
            Store::File(..) => {
                let mut head = [0; HEAD_BYTES];
                let n = store.read_at(0, &mut head).unwrap_or(0);
                self.note_promise(&head[..n]);
            }
        }
        self.visit_as(store, &kinds, counts);
    }

    /// Visits bytes that are of these kinds, and counts them or not.
    fn visit_as(&mut self, store: Store<'_>, kinds: &[&'static Kind], counts: bool) {
        if kinds.is_empty() {
            return self.hand_store(store);
        }
        if self.depth >= self.limits.depth_max {
            let value = self.limits.depth_max as u64;
            self.skip(Trouble::Limit("depth-max", value).reason(""));
            return self.hand_store(store);
        }
        let mut whole = true;
        for kind in kinds {
            whole &= match kind.open {
                Open::Never => {
                    self.skip(SkipReason::Container(kind.name));
                    false
                }
                Open::Stream(open) => {
                    let mut section = store.section(0..store.len());
                    self.within(kind, |opening| {
                        opening.through(&mut section, open, kinds.len() == 1)
                    })
                }
                Open::Store(open) => self.within(kind, |opening| open(&store, opening)),
                Open::Besides(open) => {
                    self.within(kind, |opening| open(&store, opening));
                    false
                }
            };
        }
        if whole && counts {
            self.inner.opened(&self.place, store.len());
        } else if !whole && self.flow.is_continue() {
            self.hand_store(store);
        }
    }

    /// Visits bytes that can be read once.
    fn visit_stream(&mut self, bytes: &mut dyn Read, named: Option<&[u8]>) {
        let mut room = self.rooms.pop().unwrap_or_default();
        self.visit_stream_in(bytes, named, &mut room);
        if room.capacity() as u64 <= 2 * self.limits.chunk_bytes {
            room.clear();
            self.rooms.push(room);
        }
    }

    fn visit_stream_in(&mut self, bytes: &mut dyn Read, named: Option<&[u8]>, room: &mut Vec<u8>) {
        let chunk = usize::try_from(self.limits.chunk_bytes).unwrap_or(usize::MAX);
        // No reader of ours fails: what failed is known where it was made.
        if fill(bytes, room, chunk.saturating_add(1)) <= chunk {
            return self.visit_store(Store::Memory(room), named);
        }
        let kind = kinds::begins(room);
        if let Some(kind) = kind
            && matches!(kind.open, Open::Store(_) | Open::Besides(_))
        {
            let most = self.memory_max();
            if fill(bytes, room, most.saturating_add(1)) <= most {
                self.held += room.len();
                self.visit_store(Store::Memory(room), named);
                self.held -= room.len();
                return;
            }
        }
        let counts = self.enter(named, kind.as_slice());
        let mut tail = Tail::new(io::Read::chain(&room[..], bytes));
        let Some(kind) = kind else {
            self.note_promise(room);
            self.hand(Content::Stream(&mut tail, None));
            return self.note_tail(&tail);
        };
        match kind.open {
            Open::Stream(_) if self.depth >= self.limits.depth_max => {
                let value = self.limits.depth_max as u64;
                self.skip(Trouble::Limit("depth-max", value).reason(""));
                self.hand(Content::Stream(&mut tail, None));
            }
            Open::Stream(open) => {
                let mut buffered = BufReader::with_capacity(ROOM, &mut tail);
                let whole = self.within(kind, |opening| opening.through(&mut buffered, open, true));
                if whole && counts {
                    self.inner.opened(&self.place, tail.n);
                }
                self.note_tail(&tail);
            }
            Open::Store(_) | Open::Besides(_) => {
                let value = self.limits.held_bytes_max as u64;
                self.skip(Trouble::Limit("held-bytes-max", value).reason(""));
                self.hand(Content::Stream(&mut tail, None));
            }
            Open::Never => {
                self.skip(SkipReason::Container(kind.name));
                self.hand(Content::Stream(&mut tail, None));
            }
        }
    }

    /// Names bytes of no kind whose name promises one.
    fn note_promise(&mut self, bytes: &[u8]) {
        if kinds::breaks_promise(&self.place.path, bytes) {
            let problem = "it does not begin as one".to_owned();
            let kind = "container by its name";
            self.skip(SkipReason::Damaged { kind, problem });
        }
    }

    /// Names a zip archive at the end of a stream, whose directory nobody could look up.
    fn note_tail(&mut self, tail: &Tail<impl Read>) {
        if let Some(kind) = kinds::ends(&tail.last) {
            self.skip(SkipReason::Container(kind.name));
        }
    }

    /// Adds the name of a member whose bytes are of these kinds; false where it takes the place of its
    /// container, which counts already.
    fn enter(&mut self, named: Option<&[u8]>, kinds: &[&'static Kind]) -> bool {
        let Some(name) = named else { return true };
        let archives = [kinds::CPIO, kinds::TAR];
        let takes_place = kinds
            .first()
            .is_some_and(|kind| archives.contains(&kind.name));
        if !takes_place {
            self.push(name);
        }
        !takes_place
    }

    fn push(&mut self, name: &[u8]) {
        self.place.path.push(b'!');
        let start = self.place.path.len();
        self.place.path.extend_from_slice(name);
        self.place.containers += 1;
        self.name = (start, self.place.path.len());
    }

    /// Reads a container in order, and what follows it.
    fn through(
        &mut self,
        bytes: &mut dyn BufRead,
        open: kinds::OpenStream,
        alone: bool,
    ) -> Result<(), Trouble> {
        let result = open(bytes, self);
        let rest = if result.is_ok() && self.damages == 0 {
            "after the end"
        } else {
            "not understood"
        };
        // What follows a stream that ends as another kind of archive belongs to that.
        if alone && self.flow.is_continue() {
            let _ = self.loose(rest, bytes);
        }
        result
    }

    /// Opens a container; false where that was in vain, wholly or in part.
    fn within(&mut self, kind: &Kind, open: impl FnOnce(&mut Self) -> Result<(), Trouble>) -> bool {
        let place = self.place.clone();
        let outer = (self.kind, self.name, self.held, self.damages);
        if place.containers == 0 {
            self.name = (0, place.path.len());
        }
        self.depth += 1;
        self.kind = kind.name;
        self.damages = 0;
        let result = catch_unwind(AssertUnwindSafe(|| open(self)));
        self.depth -= 1;
        self.place = place;
        let sound = self.damages == 0;
        (self.kind, self.name, self.held, self.damages) = outer;
        match result {
            // Where it was given up nothing more is wanted of it, not even its raw bytes.
            Ok(Ok(())) => sound || self.flow.is_break(),
            Ok(Err(trouble)) => {
                if self.flow.is_continue() {
                    self.skip(trouble.reason(kind.name));
                }
                false
            }
            Err(_) => {
                self.rooms.clear();
                self.skip(SkipReason::Panicked);
                false
            }
        }
    }

    /// Gives up the outermost file.
    fn stop(&mut self, trouble: Trouble) -> ControlFlow<()> {
        if self.flow.is_continue() {
            let reason = trouble.reason(self.kind);
            self.skip(reason);
            self.flow = ControlFlow::Break(());
        }
        self.flow
    }

    /// Visits one member.
    fn take(&mut self, name: &[u8], bytes: &mut dyn Read, mere: bool) -> ControlFlow<()> {
        if self.flow.is_break() {
            return self.flow;
        }
        if let Err(trouble) = self.meter.add_entry() {
            return self.stop(trouble);
        }
        let (len, containers, outer) = (self.place.path.len(), self.place.containers, self.name);
        let meter = Arc::clone(&self.meter);
        let mut metered = Metered::new(bytes, &meter);
        if mere {
            self.visit_stream(&mut metered, Some(name));
        } else {
            self.push(name);
            self.visit_stream(&mut metered, None);
        }
        if self.flow.is_continue() {
            // A container may end before its bytes do.
            let _ = io::copy(&mut metered, &mut io::sink());
        }
        if let Some(trouble) = metered.failure.take() {
            if metered.exhausted {
                let _ = self.stop(trouble);
            } else {
                self.damages += u32::from(matches!(trouble, Trouble::Damaged(_)));
                self.skip(trouble.reason(self.kind));
            }
        }
        self.place.path.truncate(len);
        self.place.containers = containers;
        self.name = outer;
        self.flow
    }
}

impl Members for Opening<'_> {
    fn member(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()> {
        self.take(name, bytes, false)
    }

    fn content(&mut self, name: &[u8], bytes: &mut dyn Read) -> ControlFlow<()> {
        self.take(name, bytes, true)
    }

    fn loose(&mut self, label: &str, bytes: &mut dyn Read) -> ControlFlow<()> {
        // Padding is passed over without a word.
        let mut room = [0; 512];
        loop {
            let n = match bytes.read(&mut room) {
                Ok(0) => return self.flow,
                Ok(n) => n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.lost(None, error.into());
                    return self.flow;
                }
            };
            // What follows it may be a container, which is known by its first bytes.
            if let Some(start) = room[..n].iter().position(|&byte| byte != 0) {
                let mut all = io::Read::chain(&room[start..n], bytes);
                return self.take(format!("({label})").as_bytes(), &mut all, false);
            }
            if self.proceed().is_break() {
                return self.flow;
            }
        }
    }

    fn lost(&mut self, name: Option<&[u8]>, trouble: Trouble) {
        let len = self.place.path.len();
        if let Some(name) = name {
            self.place.path.push(b'!');
            self.place.path.extend_from_slice(name);
        }
        self.skip(trouble.reason(self.kind));
        self.place.path.truncate(len);
        if let Err(trouble) = self.meter.add_entry() {
            let _ = self.stop(trouble);
        }
    }

    fn proceed(&mut self) -> ControlFlow<()> {
        if let Err(trouble) = self.meter.time() {
            return self.stop(trouble);
        }
        self.flow
    }

    fn container_name(&self) -> &[u8] {
        let (start, end) = self.name;
        let mut parts = self.place.path[start..end].rsplit(|&byte| byte == b'/');
        parts.next().unwrap_or_default()
    }

    fn memory_max(&self) -> usize {
        self.limits.held_bytes_max.saturating_sub(self.held)
    }
}

impl Visitor for Opening<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        match blob.version {
            _ if is_name(&blob) => self.inner.blob(blob),
            Some(version) => self.version(blob, version),
            // A container that changed is new with all its members.
            None if blob.news.is_some() && is_plain(&blob) => self.inner.blob(blob),
            None => self.outermost(blob),
        }
    }

    fn forget_version(&mut self, depth: usize) {
        self.inner.forget_version(depth);
    }

    fn commit(&mut self) {
        self.inner.commit();
    }

    fn skip(&mut self, skip: Skip) {
        self.inner.skip(skip);
    }

    fn exclude(&mut self, exclusion: Exclusion) {
        self.inner.exclude(exclusion);
    }

    fn opened(&mut self, place: &Place, len: u64) {
        self.inner.opened(place, len);
    }
}

#[cfg(test)]
mod tests;
