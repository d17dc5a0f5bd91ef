//! Hands over the files that staged pointers stand for, told what is new of them.

use std::ops::ControlFlow;
use std::path::Path;

use super::{Shared, place, skip};
use crate::blob::{Blob, Content, Exclusion, News, Skip, Visitor};
use crate::source::files::give_file;
use crate::source::git::lfs;
use crate::source::git::staged::news::{Fresh, Pointed};

impl Shared<'_> {
    /// Hands over the file that a pointer stands for.
    pub(super) fn give_pointed(
        &self,
        file: &Path,
        fresh: &Fresh<'_>,
        bytes: &[u8],
        visitor: &mut dyn Visitor,
    ) -> ControlFlow<()> {
        let mut told = Told {
            visitor,
            news: &Pointed(fresh, bytes),
        };
        let settings = (self.limits.chunk_bytes, self.deadline);
        let problem = match give_file(file, settings, &place(fresh.change), &mut told) {
            Ok(flow) => return flow,
            Err(error) => lfs::refused(&error),
        };
        skip(fresh.change, problem, visitor);
        ControlFlow::Continue(())
    }
}

/// A visitor that is told what of each blob is new.
struct Told<'a> {
    visitor: &'a mut dyn Visitor,
    news: &'a dyn News,
}

impl Visitor for Told<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let mut stream;
        let content = match blob.content {
            Content::Whole(bytes) => Content::Whole(bytes),
            Content::File(file, len) => Content::File(file, len),
            Content::Stream(reader, len) => {
                stream = reader;
                Content::Stream(&mut stream, len)
            }
        };
        self.visitor.blob(Blob {
            content,
            place: blob.place,
            version: None,
            news: Some(self.news),
        })
    }

    fn skip(&mut self, skip: Skip) {
        self.visitor.skip(skip);
    }

    fn exclude(&mut self, exclusion: Exclusion) {
        self.visitor.exclude(exclusion);
    }
}
