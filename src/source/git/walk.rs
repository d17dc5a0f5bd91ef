//! The walk over all objects of one repository.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

use crate::blob::{Blob, BuildVisitor, Content, Holder, Part, Place, Skip, SkipReason, Visitor};
use crate::git::{Format, Id, Kind, commit};
use crate::source::files::{Links, Positioned, give_file, open_file};
use crate::source::git::names::Names;
use crate::source::git::store::{Ask, Object, Store, Visit};
use crate::source::git::{Depth, lfs};

/// What is walked of one repository, and how.
pub(super) struct Walk<'a> {
    /// Its number in the source.
    pub(super) repository: u32,
    pub(super) store: &'a Store,
    /// Folder of the repository, in which other tools keep what is too large for git.
    pub(super) folder: PathBuf,
    /// For each object by its number, whether it is meant; all are where nothing is said.
    pub(super) only: Option<&'a [bool]>,
    pub(super) depth: Depth,
    pub(super) jobs: usize,
    /// Longer files that stand beside git are read in parts, in bytes.
    pub(super) chunk_bytes: u64,
    pub(super) deadline: Option<Instant>,
}

/// What the walk learned beside what it handed over.
#[derive(Default)]
pub(super) struct Learned {
    /// What could not be read.
    pub(super) skips: Vec<Skip>,
    /// Objects that trees name and that are not there, ascending.
    pub(super) missing: Vec<Id>,
}

impl Walk<'_> {
    /// Hands over all objects.
    pub(super) fn all(&self, visitors: &dyn BuildVisitor) -> Learned {
        let mut learned = Learned::default();
        self.blobs(visitors, &mut learned);
        self.commits(visitors, &mut learned);
        self.tags(visitors, &mut learned);
        self.trees(visitors, &mut learned);
        let mut visitor = visitors.build();
        for pack in self.store.unnamed() {
            self.unnamed(pack, &mut *visitor, &mut learned);
        }
        learned.skips.iter_mut().for_each(|skip| {
            if let Some(holder) = &mut skip.holder {
                holder.repository = self.repository;
            }
        });
        learned
    }

    fn ask(&self, kind: Kind) -> Ask<'_> {
        Ask {
            kind,
            jobs: self.jobs,
            bases: true,
            only: self.only,
            deadline: self.deadline,
        }
    }

    fn blobs(&self, visitors: &dyn BuildVisitor, learned: &mut Learned) {
        let build = || Blobs {
            visitor: visitors.build(),
            place: self.place(Part::Content),
            walk: self,
        };
        let (_, skips) = self.store.visit(&self.ask(Kind::Blob), build);
        learned.skips.extend(skips);
    }

    fn commits(&self, visitors: &dyn BuildVisitor, learned: &mut Learned) {
        let build = || Commits {
            visitor: visitors.build(),
            place: self.place(Part::CommitMessage),
            format: self.store.format(),
            people: BTreeMap::new(),
        };
        let ask = Ask {
            bases: false,
            ..self.ask(Kind::Commit)
        };
        let (threads, skips) = self.store.visit(&ask, build);
        learned.skips.extend(skips);
        let mut people: BTreeMap<Box<[u8]>, (i64, Id)> = BTreeMap::new();
        for thread in threads {
            for (ident, first) in thread.people {
                let known = people.entry(ident).or_insert(first);
                *known = first.min(*known);
            }
        }
        let mut visitor = visitors.build();
        let mut place = self.place(Part::Author);
        for (ident, (_, id)) in people {
            if text(&mut *visitor, &mut place, id, &ident).is_break() {
                return;
            }
        }
    }

    fn tags(&self, visitors: &dyn BuildVisitor, learned: &mut Learned) {
        let build = || Tags {
            visitor: visitors.build(),
            place: self.place(Part::TagMessage),
            format: self.store.format(),
        };
        let ask = Ask {
            bases: false,
            ..self.ask(Kind::Tag)
        };
        learned.skips.extend(self.store.visit(&ask, build).1);
    }

    fn trees(&self, visitors: &dyn BuildVisitor, learned: &mut Learned) {
        // Where not all trees are meant, those that are say nothing of their bases: each is read whole.
        let ask = Ask {
            bases: self.only.is_none(),
            ..self.ask(Kind::Tree)
        };
        let build = || Trees {
            names: Names::new(visitors.build(), self.repository, self.store),
            is_whole: self.only.is_some(),
        };
        let (threads, skips) = self.store.visit(&ask, build);
        learned.skips.extend(skips);
        let mut missing = HashSet::new();
        for Trees { names: thread, .. } in threads {
            missing.extend(thread.missing);
            let malformed = thread.malformed.into_iter().map(|id| Skip {
                what: Vec::new(),
                holder: Some(self.holder(id, Part::Content)),
                reason: damaged("a tree that cannot be read to its end"),
            });
            learned.skips.extend(malformed);
        }
        learned.missing = missing.into_iter().collect();
        learned.missing.sort_unstable();
    }

    /// Hands over a pack whose objects have no names as the file that it is: it is opened as any
    /// container.
    fn unnamed(&self, pack: &std::path::Path, visitor: &mut dyn Visitor, learned: &mut Learned) {
        let opened =
            open_file(pack, Links::Follow).and_then(|file| Ok((file.metadata()?.len(), file)));
        let what = crate::source::files::shown(pack);
        match opened {
            Ok((len, file)) => {
                let place = Place {
                    path: what,
                    containers: 0,
                    holder: None,
                };
                let _ = visitor.blob(Blob {
                    content: Content::File(&Positioned(&file), len),
                    place: &place,
                    version: None,
                    news: None,
                });
            }
            Err(error) => learned.skips.push(Skip {
                what,
                holder: None,
                reason: SkipReason::Unreadable(error.to_string()),
            }),
        }
    }

    fn holder(&self, id: Id, part: Part) -> Holder {
        Holder {
            repository: self.repository,
            id,
            part,
        }
    }

    /// A place for objects whose names are put in later.
    fn place(&self, part: Part) -> Place {
        let null = [0; 32];
        let id = Id::new(self.store.format(), &null[..self.store.format().len()]);
        Place {
            path: Vec::new(),
            containers: 0,
            holder: id.map(|id| self.holder(id, part)),
        }
    }
}

/// Hands over files.
struct Blobs<'a> {
    visitor: Box<dyn Visitor + 'a>,
    place: Place,
    walk: &'a Walk<'a>,
}

impl Blobs<'_> {
    fn stand_at(&mut self, id: Id) {
        if let Some(holder) = &mut self.place.holder {
            holder.id = id;
        }
    }

    /// Hands over what a pointer points to.
    fn pointed(&mut self, file: &std::path::Path) -> ControlFlow<()> {
        let settings = (self.walk.chunk_bytes, self.walk.deadline);
        let given = self
            .inside(file)
            .and_then(|file| give_file(&file, settings, &self.place, &mut *self.visitor));
        match given {
            Ok(flow) => flow,
            Err(error) => {
                self.visitor.skip(Skip {
                    what: Vec::new(),
                    holder: self.place.holder,
                    reason: lfs::refused(&error),
                });
                ControlFlow::Continue(())
            }
        }
    }

    /// The real path of a file of the repository, unless a link leads out of it.
    fn inside(&self, file: &std::path::Path) -> io::Result<PathBuf> {
        let real = file.canonicalize()?;
        if !real.starts_with(self.walk.folder.canonicalize()?) {
            return Err(io::Error::other("lies outside of the repository"));
        }
        Ok(real)
    }
}

impl Visit for Blobs<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<()> {
        self.stand_at(object.id);
        let version = match self.walk.depth {
            Depth::Changes => Some(object.version),
            Depth::Full if object.version.claimed => return ControlFlow::Continue(()),
            Depth::Full => None,
        };
        self.visitor.blob(Blob {
            content: Content::Whole(object.bytes),
            place: &self.place,
            version,
            news: None,
        })?;
        match lfs::object(object.bytes, &self.walk.folder) {
            Some(file) if !object.version.claimed => self.pointed(&file),
            _ => ControlFlow::Continue(()),
        }
    }

    fn stream(&mut self, id: Id, bytes: &mut dyn Read, len: u64) -> ControlFlow<()> {
        self.stand_at(id);
        self.visitor.blob(Blob {
            content: Content::Stream(bytes, Some(len)),
            place: &self.place,
            version: None,
            news: None,
        })
    }
}

/// Hands over messages of commits, and gathers who wrote them.
struct Commits<'a> {
    visitor: Box<dyn Visitor + 'a>,
    place: Place,
    format: Format,
    /// Each with the earliest commit.
    people: BTreeMap<Box<[u8]>, (i64, Id)>,
}

impl Visit for Commits<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<()> {
        self.visitor.commit();
        let (visitor, place) = (&mut *self.visitor, &mut self.place);
        let Ok(commit) = commit::commit(object.bytes, self.format) else {
            skip_text(visitor, place, object.id, "a commit that names no tree");
            return text(visitor, place, object.id, object.bytes);
        };
        for person in [commit.author, commit.committer] {
            let first = (commit.committer.seconds, object.id);
            match self.people.get_mut(person.ident) {
                Some(known) => *known = first.min(*known),
                None => {
                    self.people.insert(person.ident.into(), first);
                }
            }
        }
        if !commit.headers.is_empty() {
            text(visitor, place, object.id, commit.headers)?;
        }
        text(visitor, place, object.id, commit.message)
    }

    fn stream(&mut self, id: Id, bytes: &mut dyn Read, len: u64) -> ControlFlow<()> {
        long_text(&mut *self.visitor, &mut self.place, id, (bytes, len))
    }
}

/// Hands over annotated tags.
struct Tags<'a> {
    visitor: Box<dyn Visitor + 'a>,
    place: Place,
    format: Format,
}

impl Visit for Tags<'_> {
    fn object(&mut self, object: Object<'_>) -> ControlFlow<()> {
        let (visitor, place) = (&mut *self.visitor, &mut self.place);
        let Ok(tag) = commit::tag(object.bytes, self.format) else {
            skip_text(visitor, place, object.id, "a tag that names no object");
            return text(visitor, place, object.id, object.bytes);
        };
        for part in [tag.name, tag.tagger.ident, tag.headers] {
            if !part.is_empty() {
                text(visitor, place, object.id, part)?;
            }
        }
        text(visitor, place, object.id, tag.message)
    }

    fn stream(&mut self, id: Id, bytes: &mut dyn Read, len: u64) -> ControlFlow<()> {
        long_text(&mut *self.visitor, &mut self.place, id, (bytes, len))
    }
}

/// Hands over names in trees.
struct Trees<'a> {
    names: Names<'a>,
    /// Each is read whole, whatever it was made from.
    is_whole: bool,
}

impl Visit for Trees<'_> {
    fn object(&mut self, mut object: Object<'_>) -> ControlFlow<()> {
        if self.is_whole {
            object.version.delta = None;
        }
        self.names.tree(&object)
    }

    fn stream(&mut self, id: Id, _: &mut dyn Read, _: u64) -> ControlFlow<()> {
        self.names.malformed.push(id);
        ControlFlow::Continue(())
    }
}

/// Hands over a text of an object.
fn text(visitor: &mut dyn Visitor, place: &mut Place, id: Id, bytes: &[u8]) -> ControlFlow<()> {
    if let Some(holder) = &mut place.holder {
        holder.id = id;
    }
    visitor.blob(Blob {
        content: Content::Whole(bytes),
        place,
        version: None,
        news: None,
    })
}

/// Hands over an object that is far too long for what it is, as it stands.
fn long_text(
    visitor: &mut dyn Visitor,
    place: &mut Place,
    id: Id,
    (bytes, len): (&mut dyn Read, u64),
) -> ControlFlow<()> {
    skip_text(
        visitor,
        place,
        id,
        "an object that is too long to be understood",
    );
    visitor.blob(Blob {
        content: Content::Stream(bytes, Some(len)),
        place,
        version: None,
        news: None,
    })
}

fn skip_text(visitor: &mut dyn Visitor, place: &mut Place, id: Id, problem: &'static str) {
    if let Some(holder) = &mut place.holder {
        holder.id = id;
    }
    visitor.skip(Skip {
        what: Vec::new(),
        holder: place.holder,
        reason: damaged(problem),
    });
}

fn damaged(problem: &'static str) -> SkipReason {
    SkipReason::Damaged {
        kind: "git object",
        problem: problem.to_owned(),
    }
}
