//! What one thread does with the blobs it is given.

use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::blob::{Blob, Content, Exclusion, Place, ReadAt, Skip, SkipReason, Version, Visitor};
use crate::decode::View;
use crate::describe::{Describer, Loser, Marks};
use crate::finding::{Finding, Locals, Object};
use crate::inspect::named::Lines;
use crate::place::place;
use crate::scan::chunks::{Chunk, Chunks};
use crate::scan::scanner::Scratch;
use crate::scan::shared::{Done, Shared};

/// One thread's work and what came of it.
pub(super) struct Worker<'a> {
    shared: &'a Shared<'a>,
    scratch: Scratch,
    /// What was found in the last version at each depth; none where a failure lost it.
    versions: Vec<Option<Locals>>,
    /// Memory for what is found in names, and in chunks.
    name: Locals,
    findings: Vec<Finding>,
    buffer: Vec<u8>,
    done: Done,
}

impl<'a> Worker<'a> {
    pub(super) fn new(shared: &'a Shared<'a>) -> Self {
        let mut scratch = shared.scanner.scratch();
        scratch.measure(shared.timing);
        Self {
            shared,
            scratch,
            versions: Vec::new(),
            name: Locals::default(),
            findings: Vec::new(),
            buffer: Vec::new(),
            done: Done::default(),
        }
    }

    /// Does `work`. Nothing of what made us panic is trusted, but the run goes on without it.
    fn guard(&mut self, place: &Place, work: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| work(self))).is_err() {
            self.scratch = self.shared.scanner.scratch();
            self.scratch.measure(self.shared.timing);
            self.versions.clear();
            self.findings.clear();
            self.skip_at(place, SkipReason::Panicked);
        }
    }

    fn scan(&mut self, blob: Blob<'_>) {
        self.scan_name(blob.place);
        self.count(blob.place);
        match blob.content {
            Content::Whole(bytes) => self.scan_whole(blob.place, bytes, blob.version),
            Content::File(file, _) => {
                let mut reader = Sequential { file, offset: 0 };
                self.scan_chunks(blob.place, &mut reader);
            }
            Content::Stream(reader, _) => self.scan_chunks(blob.place, reader),
        }
    }

    fn count(&mut self, place: &Place) {
        match place.containers {
            0 => self.done.coverage.files += 1,
            _ => self.done.coverage.archive_members += 1,
        }
    }

    /// A path is text too, and it is shown.
    fn scan_name(&mut self, place: &Place) {
        let mut locals = std::mem::take(&mut self.name);
        self.shared
            .scanner
            .scan(&place.path, &mut self.scratch, &mut locals);
        if !locals.found.is_empty() {
            let describer = self.describer();
            let lost = describer.describe(&place.path, &locals.found, &mut self.findings);
            self.hide(lost);
            for finding in &mut self.findings {
                finding.spot = None;
                finding.excerpt = None;
                finding.object = Object::FileName;
            }
            self.place_all(place);
        }
        self.name = locals;
    }

    fn scan_whole(&mut self, place: &Place, bytes: &[u8], version: Option<Version<'_>>) {
        self.done.coverage.bytes += bytes.len() as u64;
        let (depth, locals) = self.scan_version(bytes, version);
        self.note_view(View::of(bytes), bytes.len() as u64);
        let reported = version.is_none_or(|version| !version.claimed);
        if reported {
            self.note_overflow(place, &locals);
        }
        if reported && !locals.found.is_empty() {
            let describer = self.describer();
            let lost = describer.describe(bytes, &locals.found, &mut self.findings);
            self.hide(lost);
            self.place_all(place);
        }
        self.versions[depth] = Some(locals);
        let mut lines = self.shared.named.begin(&place.path);
        if let Some(lines) = &mut lines {
            lines.feed(bytes);
        }
        self.finish_lines(place, lines);
    }

    /// Finds everything in a blob, from what its base says where there is one; the depth it is kept at
    /// comes with it.
    fn scan_version(&mut self, bytes: &[u8], version: Option<Version<'_>>) -> (usize, Locals) {
        let scanner = self.shared.scanner;
        let depth = version.map_or(0, |version| version.depth);
        let delta = version.and_then(|version| version.delta);
        let base = depth
            .checked_sub(1)
            .and_then(|base| self.versions.get(base)?.as_ref());
        let mut locals = Locals::default();
        match (base, delta) {
            (Some(base), Some(delta)) => {
                scanner.rescan(base, delta, bytes, &mut self.scratch, &mut locals);
            }
            // After a failure nothing of the versions before is known.
            _ => scanner.scan(bytes, &mut self.scratch, &mut locals),
        }
        self.versions.truncate(depth);
        self.versions.resize_with(depth + 1, || None);
        (depth, locals)
    }

    fn scan_chunks(&mut self, place: &Place, reader: &mut dyn io::Read) {
        let limits = self.shared.config.limits;
        let buffer = std::mem::take(&mut self.buffer);
        let mut chunks = Chunks::new(reader, limits.chunk_bytes, buffer);
        let mut lines = self.shared.named.begin(&place.path);
        let mut last_view = View::Bytes;
        while let Some((chunk, failure)) = chunks.next() {
            last_view = chunk.view;
            let own = chunk.own.clone();
            if let Some(lines) = &mut lines {
                let offset = chunk.origin(View::Bytes).offset;
                lines
                    .feed(&chunk.bytes[(own.start - offset) as usize..(own.end - offset) as usize]);
            }
            self.scan_chunk(place, &chunk);
            self.shared.progress.add_bytes(own.end - own.start);
            if let Some(reason) = failure {
                self.skip_at(place, reason);
            }
        }
        let read = chunks.read();
        self.done.coverage.bytes += read;
        self.note_view(last_view, read);
        self.buffer = chunks.into_buffer();
        self.buffer.clear();
        self.finish_lines(place, lines);
    }

    fn scan_chunk(&mut self, place: &Place, chunk: &Chunk<'_>) {
        let mut locals = std::mem::take(&mut self.name);
        let scanner = self.shared.scanner;
        scanner.scan_as(chunk.view, chunk.bytes, &mut self.scratch, &mut locals);
        self.note_overflow(place, &locals);
        let mut views = vec![View::Bytes, chunk.view];
        views.dedup();
        for view in views {
            let of_view = Chunk::of_view(&locals, view);
            if of_view.is_empty() {
                continue;
            }
            let mut describer = self.describer();
            describer.origin = chunk.origin(view);
            let mut lost = describer.describe(chunk.bytes, &of_view, &mut self.findings);
            let own = |start: u64| chunk.own.contains(&start);
            lost.retain(|loser| own(loser.start));
            self.findings
                .retain(|finding| finding.spot.is_none_or(|spot| own(spot.byte_start)));
            self.hide(lost);
            self.place_all(place);
        }
        self.name = locals;
    }

    fn describer(&self) -> Describer<'a> {
        let mut describer = self.shared.scanner.describer();
        if !self.shared.config.trust_marks {
            describer.marks = Marks::Disregarded;
        }
        describer
    }

    fn hide(&mut self, lost: Vec<Loser>) {
        self.done.coverage.overlapped += lost.len() as u64;
        let hidden = lost.into_iter().map(|loser| (loser.secret, loser.masked));
        self.done.hidden.extend(hidden);
    }

    fn place_all(&mut self, at: &Place) {
        let (ruleset, config) = (self.shared.scanner.ruleset(), self.shared.config);
        for finding in self.findings.drain(..) {
            if let Some(placed) = place(finding, &at.path, ruleset, config) {
                self.done.merger.add(placed);
            }
        }
    }

    fn finish_lines(&mut self, place: &Place, lines: Option<Lines<'_>>) {
        if let Some(lines) = lines {
            lines.finish(self.shared.scanner.ruleset(), &mut self.findings);
            self.place_all(place);
        }
    }

    fn note_view(&mut self, view: View, len: u64) {
        self.done.coverage.decoded_views += u64::from(view != View::Bytes);
        let cut = !len.is_multiple_of(view.unit() as u64);
        self.done.coverage.cut_texts += u64::from(cut);
    }

    fn note_overflow(&mut self, place: &Place, locals: &Locals) {
        if locals.overflow {
            let value = self.shared.config.limits.locals_per_blob_max as u64;
            let name = "locals-per-blob-max";
            self.skip_at(place, SkipReason::Limit { name, value });
        }
    }

    fn skip_at(&mut self, place: &Place, reason: SkipReason) {
        self.done.coverage.skipped.push(Skip {
            what: place.path.clone(),
            reason,
        });
    }
}

impl Visitor for Worker<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let place = blob.place;
        let len = match &blob.content {
            Content::Whole(bytes) => bytes.len() as u64,
            _ => 0,
        };
        self.guard(place, |worker| worker.scan(blob));
        self.shared.progress.add_file(len);
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        // Its name is shown and may hold a value as well as any other name.
        let place = Place {
            path: skip.what,
            containers: 0,
        };
        self.guard(&place, |worker| worker.scan_name(&place));
        self.done.coverage.skipped.push(Skip {
            what: place.path,
            ..skip
        });
    }

    fn opened(&mut self, place: &Place, len: u64) {
        self.guard(place, |worker| {
            worker.scan_name(place);
            worker.count(place);
            worker.done.coverage.bytes += len;
            let lines = worker.shared.named.begin(&place.path);
            worker.finish_lines(place, lines);
        });
        self.shared.progress.add_file(len);
    }

    fn exclude(&mut self, exclusion: Exclusion) {
        self.done.coverage.exclude(exclusion, 1);
    }
}

impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.done.tallies = self.scratch.tallies();
        self.done.memory = self.scratch.memory();
        self.shared.collect(std::mem::take(&mut self.done));
    }
}

/// Reads a file from its beginning through positions.
struct Sequential<'a> {
    file: &'a dyn ReadAt,
    offset: u64,
}

impl io::Read for Sequential<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(self.offset, buffer)?;
        self.offset += n as u64;
        Ok(n)
    }
}
