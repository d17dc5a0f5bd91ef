//! What one thread does with the blobs it is given.

use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::blob::{
    Blob, Content, Exclusion, Holder, News, Part, Place, ReadAt, Skip, SkipReason, Version, Visitor,
};
use crate::decode::View;
use crate::describe::{Describer, Loser, Marks};
use crate::finding::{Finding, Locals, Origin, Placed};
use crate::inspect::named::Lines;
use crate::place::place;
use crate::scan::chunks::{Chunk, Chunks};
use crate::scan::news::{keep_new, keep_none};
use crate::scan::scanner::Scratch;
use crate::scan::shared::{Done, Shared};
use crate::scan::versions::Versions;

/// One thread's work and what came of it.
pub(super) struct Worker<'a> {
    shared: &'a Shared<'a>,
    scratch: Scratch,
    versions: Versions,
    /// Memory for what is found in anything that is no version: names, chunks, members.
    alone: Locals,
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
            versions: Versions::default(),
            alone: Locals::default(),
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
            self.versions.forget(0);
            self.findings.clear();
            self.skip_at(place, SkipReason::Panicked);
        }
    }

    fn scan(&mut self, blob: Blob<'_>) {
        if let (Some(part), Content::Whole(bytes)) = (name_part(blob.place), &blob.content) {
            self.done.has_telling_names |=
                part == Part::FileName && self.shared.named.begin(bytes).is_some();
            return self.scan_text(blob.place, bytes, (part, None));
        }
        self.scan_name(blob.place, blob.news);
        if is_reported(blob.version) {
            self.count(blob.place);
        }
        match blob.content {
            Content::Whole(bytes) => {
                self.scan_whole(blob.place, bytes, (blob.version, blob.news));
            }
            Content::File(file, _) => {
                self.forget(blob.version);
                let mut reader = Sequential { file, offset: 0 };
                self.scan_chunks(blob.place, &mut reader, blob.news);
            }
            Content::Stream(reader, _) => {
                self.forget(blob.version);
                self.scan_chunks(blob.place, reader, blob.news);
            }
        }
    }

    fn count(&mut self, place: &Place) {
        let coverage = &mut self.done.coverage;
        match place.holder.map(|holder| holder.part) {
            _ if place.containers > 0 => coverage.archive_members += 1,
            None => coverage.files += 1,
            Some(Part::Content | Part::SymlinkTarget | Part::Note) => coverage.blobs += 1,
            Some(_) => {}
        }
    }

    /// A path is text too, and it is shown.
    fn scan_name(&mut self, place: &Place, news: Option<&dyn News>) {
        if !place.path.is_empty() {
            self.scan_text(place, &place.path, (Part::FileName, news));
        }
    }

    /// Scans a name.
    fn scan_text(&mut self, place: &Place, text: &[u8], (part, news): (Part, Option<&dyn News>)) {
        let mut locals = std::mem::take(&mut self.alone);
        self.shared
            .scanner
            .scan(text, &mut self.scratch, &mut locals);
        if !locals.found.is_empty() {
            let describer = self.describer();
            let lost = describer.describe(text, &locals.found, &mut self.findings);
            self.hide(lost);
            for finding in &mut self.findings {
                finding.spot = None;
                finding.excerpt = None;
                finding.part = part;
            }
            if news.is_some_and(|news| !news.is_new_path()) {
                self.done.hidden.extend(keep_none(&mut self.findings));
            }
            match place.holder {
                // Where it stands is every path that it is a part of.
                Some(holder) if holder.part == Part::FileName => self.hold_all(holder, text),
                _ => self.place_all(place),
            }
        }
        self.alone = locals;
    }

    fn scan_whole(
        &mut self,
        place: &Place,
        bytes: &[u8],
        (version, news): (Option<Version<'_>>, Option<&dyn News>),
    ) {
        let locals = self.scan_version(bytes, version);
        let is_reported = is_reported(version);
        if is_reported {
            self.done.coverage.bytes += bytes.len() as u64;
            self.note_view(View::of(bytes), bytes.len() as u64);
            self.note_overflow(place, &locals);
        }
        if is_reported && !locals.found.is_empty() {
            let describer = self.describer();
            let lost = describer.describe(bytes, &locals.found, &mut self.findings);
            self.hide(lost);
            if let Some(news) = news {
                let known = keep_new(&mut self.findings, news, bytes);
                self.done.hidden.extend(known);
            }
            if let Some(holder) = place.holder {
                for finding in &mut self.findings {
                    finding.part = holder.part;
                }
            }
            self.place_all(place);
        }
        match version {
            Some(version) => self.versions.keep(version.depth, locals),
            None => self.alone = locals,
        }
        let mut lines = self.named(place, news);
        if let Some(lines) = &mut lines {
            lines.feed(bytes);
        }
        self.finish_lines(place, lines);
    }

    /// Finds everything in a blob, from what its base says where there is one.
    fn scan_version(&mut self, bytes: &[u8], version: Option<Version<'_>>) -> Locals {
        let scanner = self.shared.scanner;
        let Some(Version { depth, delta, .. }) = version else {
            let mut locals = std::mem::take(&mut self.alone);
            scanner.scan(bytes, &mut self.scratch, &mut locals);
            return locals;
        };
        let mut locals = self.versions.take(depth);
        match (self.versions.base(depth), delta) {
            (Some(base), Some(delta)) => {
                scanner.rescan(base, delta, bytes, &mut self.scratch, &mut locals);
            }
            // After a failure nothing of the versions before is known.
            _ => scanner.scan(bytes, &mut self.scratch, &mut locals),
        }
        locals
    }

    /// What is scanned in pieces leaves nothing to later versions.
    fn forget(&mut self, version: Option<Version<'_>>) {
        if let Some(version) = version {
            self.versions.forget(version.depth);
        }
    }

    /// The rules that a file's name makes it a candidate of. Git objects get theirs where they stand.
    /// A whole file is new where its path is.
    fn named(&self, place: &Place, news: Option<&dyn News>) -> Option<Lines<'a>> {
        let is_new = news.is_none_or(News::is_new_path);
        (is_new && !place.path.is_empty())
            .then(|| self.shared.named.begin(&place.path))
            .flatten()
    }

    /// What is too large for one buffer counts as new.
    fn scan_chunks(&mut self, place: &Place, reader: &mut dyn io::Read, news: Option<&dyn News>) {
        let limits = self.shared.config.limits;
        let buffer = std::mem::take(&mut self.buffer);
        let mut chunks = Chunks::new(reader, limits.chunk_bytes, buffer);
        let mut lines = self.named(place, news);
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
        let mut locals = std::mem::take(&mut self.alone);
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
        self.alone = locals;
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
        let git = match at.holder {
            None => None,
            // The name of a reference is its place as well.
            Some(holder) if holder.part == Part::RefName => Some(Origin {
                commit: None,
                last: None,
                object: holder.id,
                n_objects: 0,
                reachable: true,
            }),
            Some(holder) => return self.hold_all(holder, &at.path),
        };
        let (ruleset, config) = (self.shared.scanner.ruleset(), self.shared.config);
        for finding in self.findings.drain(..) {
            if let Some(placed) = place(finding, &at.path, ruleset, config) {
                let git = git.clone();
                self.done.merger.add(Placed { git, ..placed });
            }
        }
    }

    fn hold_all(&mut self, holder: Holder, path: &[u8]) {
        for finding in self.findings.drain(..) {
            self.done.held.add(holder, path, finding);
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

    fn count_progress(&self, place: &Place, len: u64) {
        match place.holder {
            None => self.shared.progress.add_file(len),
            Some(_) if place.containers > 0 => self.shared.progress.add_bytes(len),
            Some(_) => self.shared.progress.add_object(len),
        }
    }

    fn skip_at(&mut self, place: &Place, reason: SkipReason) {
        self.done.coverage.skipped.push(Skip {
            what: place.path.clone(),
            holder: place.holder,
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
        self.count_progress(place, len);
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        // Its name is shown and may hold a value as well as any other name.
        let place = Place {
            path: skip.what,
            containers: 0,
            holder: skip.holder,
        };
        self.guard(&place, |worker| worker.scan_name(&place, None));
        self.done.coverage.skipped.push(Skip {
            what: place.path,
            ..skip
        });
    }

    fn opened(&mut self, place: &Place, len: u64) {
        self.guard(place, |worker| {
            worker.scan_name(place, None);
            worker.count(place);
            worker.done.coverage.bytes += len;
            let lines = worker.named(place, None);
            worker.finish_lines(place, lines);
        });
        self.count_progress(place, len);
    }

    fn forget_version(&mut self, depth: usize) {
        self.versions.forget(depth);
    }

    fn commit(&mut self) {
        self.done.coverage.commits += 1;
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

/// Whether a blob counts here; a version that is claimed counts where that is done.
fn is_reported(version: Option<Version<'_>>) -> bool {
    version.is_none_or(|version| !version.claimed)
}

/// Which kind of name a blob is, if it is one.
fn name_part(place: &Place) -> Option<Part> {
    let part = place.holder?.part;
    matches!(part, Part::FileName | Part::RefName).then_some(part)
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
