//! What a source hands over: bytes, where they stand, and what could not be handed over.
//!
//! These types know nothing of rules. A [`Source`] walks its target on its own threads and gives each
//! [`Blob`] to that thread's [`Visitor`]; what it cannot give is a [`Skip`], what the user or the
//! target asked to leave out is an [`Exclusion`].

use std::fmt;
use std::io;
use std::ops::ControlFlow;

use crate::error::Result;
use crate::git::Id;

pub use crate::git::delta::Copied;

/// Reads bytes at a position without moving a cursor, so that threads can share one file.
pub trait ReadAt: Sync {
    /// Reads into `buffer` from `offset`; returns the number of bytes read, 0 only at the end.
    ///
    /// # Errors
    ///
    /// Whatever the file system answers.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

/// The bytes of a blob, in the form that suits their size and origin.
pub enum Content<'a> {
    /// All bytes in memory.
    Whole(&'a [u8]),
    /// A file of the given length that is too large for one buffer.
    File(&'a dyn ReadAt, u64),
    /// A stream that can be read once, with its length where it is known.
    Stream(&'a mut dyn io::Read, Option<u64>),
}

/// Where a blob stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Path as the user gave it, with `/` separators; members of containers follow a `!`. Where there
    /// is a holder, what follows the path of that.
    pub path: Vec<u8>,
    /// How many containers it lies in.
    pub containers: u32,
    /// The git object that it is, or lies in; where that stands is found out later, see
    /// [`Source::locate`].
    pub holder: Option<Holder>,
}

/// A git object, or a part of one, whose place is not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holder {
    /// Which repository of the source.
    pub repository: u32,
    /// The object.
    pub id: Id,
    /// What of it.
    pub part: Part,
}

/// What of a target holds a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The bytes of a file.
    #[default]
    Content,
    /// Its name or the name of a folder above it.
    FileName,
    /// Where a symbolic link points to.
    SymlinkTarget,
    /// The bytes of a note on an object.
    Note,
    /// The message of a commit, or a header of it.
    CommitMessage,
    /// The message of an annotated tag, or its name.
    TagMessage,
    /// The name or address of somebody who wrote or committed.
    Author,
    /// The name of a branch, a tag or another reference.
    RefName,
}

impl Part {
    /// The word used in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Content => "blob",
            Self::FileName => "file-name",
            Self::SymlinkTarget => "symlink-target",
            Self::Note => "note",
            Self::CommitMessage => "commit-message",
            Self::TagMessage => "tag-message",
            Self::Author => "author",
            Self::RefName => "ref-name",
        }
    }
}

/// Bytes to scan and where they stand.
pub struct Blob<'a> {
    /// The bytes.
    pub content: Content<'a>,
    /// Where they stand.
    pub place: &'a Place,
    /// How they follow from another version, in a walk of versions.
    pub version: Option<Version<'a>>,
    /// What of them is new, where only that counts.
    pub news: Option<&'a dyn News>,
}

/// Tells what of a blob is new: only findings there are reported, the rest is context.
pub trait News: Sync {
    /// Whether its path is new.
    fn is_new_path(&self) -> bool;
    /// The byte ranges of new lines, ascending. Asked for only where something was found.
    fn new_lines(&self, bytes: &[u8]) -> Vec<std::ops::Range<u64>>;
    /// What of the target its bytes are.
    fn part(&self) -> Part {
        Part::Content
    }
}

/// Where a blob stands in a depth-first walk of versions; the visitor keeps one `Locals` a depth.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// 0 for a version that stands alone, else one more than its base.
    pub depth: usize,
    /// What it shares with its base, absent at depth 0.
    pub delta: Option<Delta<'a>>,
    /// True where another thread or pack reports this blob: its locals are needed, its findings are not.
    pub claimed: bool,
}

/// Which bytes of a version were copied from its base.
#[derive(Clone, Copy, Debug)]
pub struct Delta<'a> {
    /// Length of the base in bytes.
    pub base_len: u64,
    /// Copied ranges in ascending order of `to`, adjacent ones merged; the rest was inserted.
    pub copied: &'a [Copied],
}

/// Something that was asked for and could not be scanned, wholly or in part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip {
    /// What it was: a path as in [`Place`].
    pub what: Vec<u8>,
    /// The git object that it was, or lay in, as in [`Place`].
    pub holder: Option<Holder>,
    /// Why.
    pub reason: SkipReason,
}

/// Why something could not be scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// The system refused to open or list it.
    Unreadable(String),
    /// Reading failed part of the way.
    ReadFailed {
        /// Bytes read and scanned before the failure.
        at: u64,
        /// What the system said.
        error: String,
    },
    /// It was there when listed and gone when opened.
    Vanished,
    /// It became shorter while it was read.
    Shrank {
        /// Length in bytes when opened.
        expected: u64,
        /// Bytes that were there.
        read: u64,
    },
    /// A kind of container that is not opened; its raw bytes were scanned all the same.
    Container(&'static str),
    /// A container, or a member of one, that is truncated, contradicts itself or fails its checksum.
    Damaged {
        /// Which kind.
        kind: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// A container, or a member of one, that needs a password.
    Encrypted(&'static str),
    /// A container, or a member of one, that uses what is not understood.
    Unsupported {
        /// Which kind.
        kind: &'static str,
        /// What is not understood.
        what: String,
    },
    /// Something that belongs to the target is not there; what, and how to get it.
    Missing(&'static str),
    /// A limit of ours.
    Limit {
        /// Which, as in `Limits`.
        name: &'static str,
        /// Its value.
        value: u64,
    },
    /// The time given by the user ran out.
    TimedOut,
    /// Our own code failed on it; please report it.
    Panicked,
}

impl SkipReason {
    /// A stable word for the reason, for machine-readable reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "unreadable",
            Self::ReadFailed { .. } => "read-failed",
            Self::Vanished => "vanished",
            Self::Shrank { .. } => "shrank",
            Self::Container(_) => "container",
            Self::Damaged { .. } => "damaged",
            Self::Encrypted(_) => "encrypted",
            Self::Unsupported { .. } => "unsupported",
            Self::Missing(_) => "missing",
            Self::Limit { .. } => "limit",
            Self::TimedOut => "timed-out",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(error) => write!(f, "unreadable: {error}"),
            Self::ReadFailed { at, error } => {
                write!(f, "reading failed after {at} bytes: {error}")
            }
            Self::Vanished => f.write_str("vanished before it could be read"),
            Self::Shrank { expected, read } => {
                write!(f, "shrank while read: {read} of {expected} bytes were left")
            }
            Self::Container(kind) => {
                write!(f, "{kind}: not opened, only its raw bytes were scanned")
            }
            Self::Damaged { kind, problem } => write!(f, "{kind}: damaged: {problem}"),
            Self::Encrypted(kind) => write!(f, "{kind}: encrypted"),
            Self::Unsupported { kind, what } => write!(f, "{kind}: not understood: {what}"),
            Self::Missing(what) => f.write_str(what),
            Self::Limit { name, value } => write!(f, "limit reached: {name} = {value}"),
            Self::TimedOut => f.write_str("the time limit ran out first"),
            Self::Panicked => f.write_str("leakgate failed on it; please report this"),
        }
    }
}

/// Why something was left out on purpose: counted, and without effect on the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exclusion {
    /// A `.gitignore` of the target.
    GitIgnore,
    /// A `.leakgateignore` of the target.
    LeakgateIgnore,
    /// `--exclude` or `exclude` in the configuration.
    Flag,
    /// A file above `limits.file-bytes-max` in the configuration.
    TooLarge,
    /// What could not be scanned, at a place that `coverage.accepted` in the configuration names.
    Accepted,
    /// A symbolic link inside a walk.
    Symlink,
    /// A FIFO, socket or device inside a walk.
    Special,
    /// A `.git` folder or file.
    GitStore,
}

impl Exclusion {
    /// Every reason, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::GitIgnore,
        Self::LeakgateIgnore,
        Self::Flag,
        Self::TooLarge,
        Self::Accepted,
        Self::Symlink,
        Self::Special,
        Self::GitStore,
    ];

    /// A stable word for the reason.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitIgnore => "gitignore",
            Self::LeakgateIgnore => "leakgateignore",
            Self::Flag => "exclude",
            Self::TooLarge => "too-large",
            Self::Accepted => "accepted",
            Self::Symlink => "symlink",
            Self::Special => "special-file",
            Self::GitStore => "git-store",
        }
    }
}

/// Something that yields blobs: a folder, a repository, a package.
pub trait Source: Sync {
    /// Walks everything, giving each thread a visitor of its own.
    ///
    /// # Errors
    ///
    /// Only for what makes the whole walk meaningless, such as a target that does not exist.
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()>;

    /// Tells where the git objects stand that the walk handed over and that are asked for: every path
    /// of each, the one that came first in history first. The walk handed over every name of a file,
    /// too, as [`Part::FileName`].
    ///
    /// # Errors
    ///
    /// As for [`Source::walk`].
    fn locate(&self, _wanted: &Wanted<'_>) -> Result<Located> {
        Ok(Located::default())
    }

    /// Reads the bytes of a git object, if that can be done.
    fn read(&self, _holder: &Holder) -> Option<Vec<u8>> {
        None
    }
}

/// What is to be located.
pub struct Wanted<'a> {
    /// These, ascending.
    pub holders: &'a [Holder],
    /// And every file of such a name, whatever it holds.
    pub is_wanted: &'a (dyn Fn(&[u8]) -> bool + Sync),
}

/// Where git objects stand.
#[derive(Clone, Debug, Default)]
pub struct Located {
    /// Every site of what was asked for. Those of one holder stand together, the one that came first in
    /// history first; what stands nowhere has none.
    pub sites: Vec<Site>,
    /// Commits, shared by the sites.
    pub commits: Vec<Commit>,
    /// What could not be looked at, and so may hold more sites.
    pub skips: Vec<Skip>,
}

/// One place of a git object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The object, its part as it is known now: where a blob is a link or a note, that.
    pub holder: Holder,
    /// What the part was called when it was asked for; `None` for a file of a wanted name.
    pub asked: Option<Part>,
    /// Path in the repository, or what stands for one.
    pub path: Vec<u8>,
    /// The commit that brought it there first, in [`Located::commits`]; `None` where none did.
    pub commit: Option<u32>,
    /// Whether a reference, a reflog or an index holds it.
    pub reachable: bool,
}

/// A commit as reports name it. Texts are raw, so redact and escape them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: Id,
    /// Who wrote it, with address.
    pub author: Vec<u8>,
    /// When, in seconds since 1970.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub zone: i32,
    /// First line of its message.
    pub subject: Vec<u8>,
    /// Its place in history: parents before children, reachable ones first.
    pub order: u32,
}

/// Makes visitors, one for each thread of a walk.
pub trait BuildVisitor: Sync {
    /// Makes one visitor.
    fn build(&self) -> Box<dyn Visitor + '_>;
}

/// Receives blobs on one thread.
pub trait Visitor: Send {
    /// Takes one blob; `Break` asks the source to stop.
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()>;
    /// Takes note of something that could not be read.
    fn skip(&mut self, skip: Skip);
    /// Takes note of a container of so many bytes whose members are handed over in its place.
    fn opened(&mut self, _place: &Place, _len: u64) {}
    /// Takes note that the version at this depth was not handed over as it is: nothing is known of it.
    fn forget_version(&mut self, _depth: usize) {}
    /// Takes note of a commit that was walked.
    fn commit(&mut self) {}
    /// Takes note of something left out on purpose; for a folder, once for the whole folder.
    fn exclude(&mut self, exclusion: Exclusion);
}
