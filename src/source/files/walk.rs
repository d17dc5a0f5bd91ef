//! Walks targets: lists folders, judges their entries, opens files and hands them over.

use std::ops::{ControlFlow, Range};
use std::sync::Arc;
use std::thread::{self, Scope};
use std::time::Instant;

use super::crew::Crew;
use super::ignores::{GIT_STORE, Level, Marks, above, within};
use super::read::Reader;
use super::system::{self, Folder, Kind, Links, Opened, Space, refused};
use super::targets::Target;
use super::{Files, IgnoreFiles};
use crate::blob::{BuildVisitor, Exclusion, Place, Skip, SkipReason, Visitor};

/// As many things to do are worth another thread.
const PENDING_FOR_THREAD: usize = 64;

/// As many bytes read are worth another thread, if anything is left to do; a file as long as this
/// is not read before the rest was put where others can take it.
const BYTES_FOR_THREAD: u64 = 1 << 20;

/// Gives everything in `targets` to `visitors`.
pub(super) fn run(files: &Files, targets: &[Target], visitors: &dyn BuildVisitor) {
    let walk = Walk {
        files,
        targets,
        visitors,
        crew: Crew::new(files.jobs, vec![Work::Targets(0..targets.len())]),
    };
    thread::scope(|scope| Worker::new(&walk, scope).run());
}

/// What all threads of a walk share.
struct Walk<'a> {
    files: &'a Files,
    targets: &'a [Target],
    visitors: &'a dyn BuildVisitor,
    crew: Crew<Work>,
}

/// Something to do.
enum Work {
    /// These targets.
    Targets(Range<usize>),
    /// This folder.
    Folder(Branch),
    /// These files of a listed folder.
    Files(Arc<Listed>, Range<usize>),
}

/// A folder to be listed.
struct Branch {
    root: Arc<Root>,
    /// Its path below the target, with a `/` at the end; empty for the target itself.
    below: Vec<u8>,
    /// The ignore files that count here.
    level: Option<Arc<Level>>,
}

/// A folder that is a target.
struct Root {
    /// Which.
    target: usize,
    /// What shown paths begin with.
    prefix: Vec<u8>,
    /// Its path below the topmost folder whose ignore files count, with a `/` at the end.
    above: Vec<u8>,
}

/// The files of a folder.
struct Listed {
    folder: Folder,
    /// The folder's path as shown, with a `/` at the end; empty for `.`.
    path: Vec<u8>,
    names: Names,
}

/// Names in one piece of memory.
#[derive(Default)]
struct Names {
    bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
}

impl Names {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn push(&mut self, name: &[u8]) {
        self.bytes.extend_from_slice(name);
        self.ends.push(self.bytes.len());
    }

    fn name(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start..self.ends[index]]
    }
}

/// One thread of a walk.
struct Worker<'scope, 'env> {
    walk: &'env Walk<'env>,
    scope: &'scope Scope<'scope, 'env>,
    visitor: Box<dyn Visitor + 'env>,
    reader: Reader,
    stack: Vec<Work>,
    space: Space,
    names: Names,
    kinds: Vec<Kind>,
    /// Path of the entry at hand as shown.
    place: Place,
    /// Path of the entry at hand below the topmost folder whose ignore files count.
    path: Vec<u8>,
    /// Bytes read since a thread was added.
    n_bytes: u64,
}

impl<'scope, 'env> Worker<'scope, 'env> {
    fn new(walk: &'env Walk<'env>, scope: &'scope Scope<'scope, 'env>) -> Self {
        Self {
            walk,
            scope,
            visitor: walk.visitors.build(),
            reader: Reader::new(walk.files.chunk_bytes, walk.files.deadline),
            stack: Vec::new(),
            space: Space::new(),
            names: Names::default(),
            kinds: Vec::new(),
            place: Place::default(),
            path: Vec::new(),
            n_bytes: 0,
        }
    }

    fn run(&mut self) {
        let _member = self.walk.crew.member();
        while !self.walk.crew.stopped() {
            let work = self.stack.pop().or_else(|| self.walk.crew.take());
            match work {
                Some(Work::Targets(targets)) => self.targets(targets),
                Some(Work::Folder(branch)) => self.folder(&branch),
                Some(Work::Files(listed, files)) => self.files(&listed, files),
                None => return,
            }
        }
    }

    fn targets(&mut self, mut left: Range<usize>) {
        let walk = self.walk;
        while let Some(index) = left.next().filter(|_| !walk.crew.stopped()) {
            let target = &walk.targets[index];
            self.place.path.clone_from(&target.given);
            let excludes = &walk.files.excludes;
            if excludes.leave_out_target(target.trimmed(), target.is_folder) {
                self.visitor.exclude(Exclusion::Flag);
            } else if self.is_over() {
                self.skip(SkipReason::TimedOut);
            } else if target.is_folder {
                let branch = self.root(index);
                self.stack.push(Work::Folder(branch));
            } else {
                match system::open(&target.given, Links::Follow) {
                    Ok(opened) if opened.look.kind == Kind::File => {
                        self.share(&mut left, opened.look.len, Work::Targets);
                        self.give(&opened);
                    }
                    Ok(_) => self.skip(SkipReason::Vanished),
                    Err(error) => self.skip(refused(&error)),
                }
            }
        }
    }

    fn root(&mut self, index: usize) -> Branch {
        let target = &self.walk.targets[index];
        let honours = self.walk.files.ignore_files == IgnoreFiles::Honour;
        let (above, level) = match target.real.as_ref().filter(|_| honours) {
            Some(real) => above(real, &mut *self.visitor),
            None => (Vec::new(), None),
        };
        let prefix = target.prefix();
        Branch {
            root: Arc::new(Root {
                target: index,
                prefix,
                above,
            }),
            below: Vec::new(),
            level,
        }
    }

    fn folder(&mut self, branch: &Branch) {
        self.place.path.clone_from(&branch.root.prefix);
        self.place.path.extend_from_slice(&branch.below);
        let path = self.place.path.clone();
        // Without the `/` at the end, which would follow a link that took the folder's place.
        let is_target = branch.below.is_empty();
        if is_target {
            self.place
                .path
                .clone_from(&self.walk.targets[branch.root.target].given);
        } else {
            self.place.path.pop();
        }
        if self.is_over() {
            return self.skip(SkipReason::TimedOut);
        }
        let links = if is_target {
            Links::Follow
        } else {
            Links::Refuse
        };
        let folder = match Folder::open(&self.place.path, links) {
            Ok(folder) => folder,
            Err(error) => return self.skip(refused(&error)),
        };
        self.names.clear();
        self.kinds.clear();
        let (names, kinds) = (&mut self.names, &mut self.kinds);
        let mut marks = Marks::default();
        let listed = folder.list(&mut self.space, |name, kind| {
            marks.note(name, kind);
            names.push(name);
            kinds.push(kind);
        });
        if let Err(error) = listed {
            self.skip(refused(&error));
        }
        let mut level = branch.level.clone();
        if self.walk.files.ignore_files == IgnoreFiles::Honour {
            let cut = branch.root.above.len() + branch.below.len();
            level = within(level, cut, (&folder, &path, marks), &mut *self.visitor);
        }
        let names = self.sort_out(branch, level.as_ref());
        let n_files = names.ends.len();
        if n_files > 0 {
            let listed = Listed {
                folder,
                path,
                names,
            };
            self.stack.push(Work::Files(Arc::new(listed), 0..n_files));
        }
        self.share(&mut (0..0), 0, Work::Targets);
    }

    /// Counts what is left out, puts folders on the stack, and gives back the names of files.
    fn sort_out(&mut self, branch: &Branch, level: Option<&Arc<Level>>) -> Names {
        let mut files = Names::default();
        let root = &branch.root;
        self.place.path.clone_from(&root.prefix);
        self.place.path.extend_from_slice(&branch.below);
        self.path.clone_from(&root.above);
        self.path.extend_from_slice(&branch.below);
        let (shown_len, path_len) = (self.place.path.len(), self.path.len());
        for index in 0..self.kinds.len() {
            let name = self.names.name(index);
            self.place.path.truncate(shown_len);
            self.place.path.extend_from_slice(name);
            self.path.truncate(path_len);
            self.path.extend_from_slice(name);
            let kind = self.kinds[index];
            match self.judge(root, level, name, kind) {
                Verdict::Elsewhere => {}
                Verdict::Out(exclusion) => self.visitor.exclude(exclusion),
                Verdict::In if kind == Kind::Folder => {
                    let below = [&self.path[root.above.len()..], b"/"].concat();
                    self.stack.push(Work::Folder(Branch {
                        root: Arc::clone(root),
                        below,
                        level: level.cloned(),
                    }));
                }
                Verdict::In => files.push(name),
            }
        }
        files
    }

    fn judge(&self, root: &Root, level: Option<&Arc<Level>>, name: &[u8], kind: Kind) -> Verdict {
        let below = &self.path[root.above.len()..];
        let elsewhere = &self.walk.targets[root.target].elsewhere;
        if !elsewhere.is_empty() && elsewhere.contains(below) {
            return Verdict::Elsewhere;
        }
        match kind {
            _ if name == GIT_STORE => return Verdict::Out(Exclusion::GitStore),
            Kind::Symlink => return Verdict::Out(Exclusion::Symlink),
            Kind::Special => return Verdict::Out(Exclusion::Special),
            Kind::File | Kind::Folder | Kind::Unknown => {}
        }
        let is_folder = kind == Kind::Folder;
        let excludes = &self.walk.files.excludes;
        if !excludes.is_empty() && excludes.leave_out(&self.place.path, below, is_folder) {
            return Verdict::Out(Exclusion::Flag);
        }
        let exclusion = level.and_then(|level| level.exclusion(&self.path, is_folder));
        exclusion.map_or(Verdict::In, Verdict::Out)
    }

    fn files(&mut self, listed: &Arc<Listed>, mut left: Range<usize>) {
        let walk = self.walk;
        while let Some(index) = left.next().filter(|_| !walk.crew.stopped()) {
            self.place.path.clone_from(&listed.path);
            if self.is_over() {
                // One for the folder: a million would bury the rest of the report.
                if self.place.path.is_empty() {
                    self.place.path.push(b'.');
                } else if self.place.path.len() > 1 {
                    self.place.path.pop();
                }
                return self.skip(SkipReason::TimedOut);
            }
            let name = listed.names.name(index);
            self.place.path.extend_from_slice(name);
            match listed.folder.open_file(name) {
                Ok(opened) => match opened.look.kind {
                    Kind::File => {
                        self.share(&mut left, opened.look.len, |range| {
                            Work::Files(Arc::clone(listed), range)
                        });
                        self.give(&opened);
                    }
                    Kind::Folder => self.skip(SkipReason::Vanished),
                    _ => self.visitor.exclude(Exclusion::Special),
                },
                Err(error) if system::is_link_refusal(&error) => {
                    self.visitor.exclude(Exclusion::Symlink);
                }
                Err(error) if system::is_special_refusal(&error) => {
                    self.visitor.exclude(Exclusion::Special);
                }
                Err(error) => self.skip(refused(&error)),
            }
        }
    }

    fn give(&mut self, opened: &Opened) {
        let visitor = &mut *self.visitor;
        if opened.look.len > self.walk.files.file_bytes_max {
            return visitor.exclude(Exclusion::TooLarge);
        }
        if let ControlFlow::Break(()) = self.reader.give(opened, &self.place, visitor) {
            self.walk.crew.stop();
        }
    }

    /// Lets others have work before `len` bytes are read here; `left` is what else is in hand.
    fn share(&mut self, left: &mut Range<usize>, len: u64, wrap: impl Fn(Range<usize>) -> Work) {
        self.n_bytes += len;
        let crew = &self.walk.crew;
        let n_pending = self.stack.len() + left.len();
        if n_pending == 0 {
            return;
        }
        let is_worth_a_thread = n_pending >= PENDING_FOR_THREAD || self.n_bytes >= BYTES_FOR_THREAD;
        let hired = is_worth_a_thread && crew.may_grow() && crew.enlist();
        if len >= BYTES_FOR_THREAD && crew.has_others() {
            let rest = (left.start < left.end).then(|| wrap(std::mem::take(left)));
            crew.give(self.stack.drain(..).chain(rest));
        } else if hired || crew.wanted() {
            // The oldest are nearest to the root and so the largest.
            let half = self.stack.len().div_ceil(2);
            let middle = left.start + left.len() / 2;
            let rest = (half == 0).then(|| wrap(middle..left.end));
            left.end = if half == 0 { middle } else { left.end };
            crew.give(self.stack.drain(..half).chain(rest));
        }
        if hired {
            self.hire();
        }
    }

    fn hire(&mut self) {
        self.n_bytes = 0;
        let (walk, scope) = (self.walk, self.scope);
        let work = move || Worker::new(walk, scope).run();
        // Without another thread, those at work do the rest.
        if thread::Builder::new().spawn_scoped(scope, work).is_err() {
            walk.crew.dismiss();
        }
    }

    fn is_over(&self) -> bool {
        self.walk
            .files
            .deadline
            .is_some_and(|end| Instant::now() >= end)
    }

    fn skip(&mut self, reason: SkipReason) {
        let what = self.place.path.clone();
        self.visitor.skip(Skip {
            what,
            holder: None,
            reason,
        });
    }
}

/// What becomes of an entry.
enum Verdict {
    /// It is given.
    In,
    /// It is left out and counted.
    Out(Exclusion),
    /// Another target gives it.
    Elsewhere,
}
