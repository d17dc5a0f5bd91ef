//! What `.gitignore` and `.leakgateignore` leave out.
//!
//! Patterns are those of gitignore(5), read by the `ignore` crate; only which files count and which
//! of them wins is decided here. `.ignore`, `.rgignore`, `.git/info/exclude` and the user's global
//! excludes are not read, so that the same tree gives the same answer everywhere.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::system::{self, Folder, Kind, Links, Opened, refused};
use crate::blob::{Exclusion, Skip, SkipReason, Visitor};

/// An ignore file longer than this in bytes is not honoured, since each line costs memory and time.
const IGNORE_FILE_BYTES_MAX: u64 = 1 << 20;

/// The name of a folder or file that makes its folder a repository.
pub(super) const GIT_STORE: &[u8] = b".git";

/// The patterns of git.
const GIT_IGNORE: &[u8] = b".gitignore";

/// Patterns in the same form that only this tool reads.
const LEAKGATE_IGNORE: &[u8] = b".leakgateignore";

/// Which names of meaning a folder holds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    git_store: bool,
    git_ignore: bool,
    leakgate_ignore: bool,
}

impl Marks {
    /// Takes note of one entry. As in git, an ignore file that is a link does not count.
    pub(super) fn note(&mut self, name: &[u8], kind: Kind) {
        match (name, kind) {
            (GIT_STORE, Kind::File | Kind::Folder) => self.git_store = true,
            (GIT_IGNORE, Kind::File) => self.git_ignore = true,
            (LEAKGATE_IGNORE, Kind::File) => self.leakgate_ignore = true,
            _ => {}
        }
    }
}

/// Reads the ignore files above the folder `real`, up to the root of its repository.
///
/// Gives the path from there to `real`, with a `/` at the end, as well. Nothing counts where no
/// folder above holds `.git`.
pub(super) fn above(real: &Path, visitor: &mut dyn Visitor) -> (Vec<u8>, Option<Arc<Level>>) {
    let mut path = Vec::new();
    let mut level = None;
    let is_repository = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    let Some(top) = real.ancestors().find(is_repository) else {
        return (path, level);
    };
    let mut folder = top.to_path_buf();
    for part in real.strip_prefix(top).unwrap_or(Path::new("")) {
        let shown = system::as_bytes(&folder.join(""));
        let open = |name: &[u8]| match system::open(&[&shown, name].concat(), Links::Refuse) {
            Err(error) if system::is_link_refusal(&error) => Err(io::ErrorKind::NotFound.into()),
            other => other,
        };
        let git = patterns(&shown, GIT_IGNORE, open, visitor);
        let leakgate = patterns(&shown, LEAKGATE_IGNORE, open, visitor);
        level = Level::new(level, path.len(), git, leakgate);
        path.extend(system::as_bytes(part.as_ref()));
        path.push(b'/');
        folder.push(part);
    }
    (path, level)
}

/// Adds the ignore files of an open folder, with its path as shown, to those `above` it.
pub(super) fn within(
    above: Option<Arc<Level>>,
    cut: usize,
    (folder, path, marks): (&Folder, &[u8], Marks),
    visitor: &mut dyn Visitor,
) -> Option<Arc<Level>> {
    let above = match above {
        Some(level) if marks.git_store => Some(Arc::new(Level::border(level, cut))),
        other => other,
    };
    // The walk meets the file itself and says so if it cannot be opened.
    let open = |name: &[u8]| {
        folder
            .open_file(name)
            .map_err(|_| io::ErrorKind::NotFound.into())
    };
    let mut read = |name, is_there: bool| {
        is_there
            .then(|| patterns(path, name, open, visitor))
            .flatten()
    };
    let git = read(GIT_IGNORE, marks.git_ignore);
    let leakgate = read(LEAKGATE_IGNORE, marks.leakgate_ignore);
    Level::new(above, cut, git, leakgate)
}

/// The ignore files of one folder, and of those above it.
pub(super) struct Level {
    /// The nearest folder above that has any.
    above: Option<Arc<Self>>,
    /// Where paths relative to this folder start in paths relative to the topmost one.
    cut: usize,
    /// `.gitignore`, if there is one.
    git: Option<Gitignore>,
    /// `.leakgateignore`, if there is one.
    leakgate: Option<Gitignore>,
    /// A repository begins here: no `.gitignore` above counts.
    is_border: bool,
}

impl Level {
    fn new(
        above: Option<Arc<Self>>,
        cut: usize,
        git: Option<Gitignore>,
        leakgate: Option<Gitignore>,
    ) -> Option<Arc<Self>> {
        if git.is_none() && leakgate.is_none() {
            return above;
        }
        Some(Arc::new(Self {
            above,
            cut,
            git,
            leakgate,
            is_border: false,
        }))
    }

    const fn border(above: Arc<Self>, cut: usize) -> Self {
        Self {
            above: Some(above),
            cut,
            git: None,
            leakgate: None,
            is_border: true,
        }
    }

    /// Says why `path`, relative to the topmost level's folder, is left out, if it is.
    ///
    /// The last matching pattern of the deepest file decides, and may bring a path back.
    pub(super) fn exclusion(&self, path: &[u8], is_folder: bool) -> Option<Exclusion> {
        let mut git_counts = true;
        let mut next = Some(self);
        while let Some(level) = next {
            let below = system::as_path(&path[level.cut..]);
            let leakgate = level.leakgate.as_ref();
            let git = level.git.as_ref().filter(|_| git_counts);
            let files = [
                (leakgate, Exclusion::LeakgateIgnore),
                (git, Exclusion::GitIgnore),
            ];
            for (patterns, exclusion) in files {
                match patterns.map_or(Match::None, |p| p.matched(&below, is_folder)) {
                    Match::None => {}
                    Match::Ignore(_) => return Some(exclusion),
                    Match::Whitelist(_) => return None,
                }
            }
            git_counts &= !level.is_border;
            next = level.above.as_deref();
        }
        None
    }
}

/// Opens and reads the ignore file `name` in the folder `shown`, if there is one.
fn patterns(
    shown: &[u8],
    name: &[u8],
    open: impl Fn(&[u8]) -> io::Result<Opened>,
    visitor: &mut dyn Visitor,
) -> Option<Gitignore> {
    let read = open(name).map_err(|error| refused(&error));
    match read.and_then(|opened| parse(&opened)) {
        Ok(patterns) => Some(patterns).filter(|patterns| !patterns.is_empty()),
        Err(SkipReason::Vanished) => None,
        Err(reason) => {
            let what = [shown, name].concat();
            visitor.skip(Skip {
                what,
                holder: None,
                reason,
            });
            None
        }
    }
}

/// Reads the lines of an ignore file. As in git, a line that does not parse counts for nothing.
fn parse(opened: &Opened) -> Result<Gitignore, SkipReason> {
    let mut bytes = Vec::new();
    let mut file = (&opened.file).take(IGNORE_FILE_BYTES_MAX + 1);
    // Where reading fails the lines so far count: too few patterns hide nothing.
    let read = (opened.look.kind == Kind::File).then(|| file.read_to_end(&mut bytes));
    let _broken = read.transpose();
    if bytes.len() as u64 > IGNORE_FILE_BYTES_MAX {
        return Err(SkipReason::Limit {
            name: "ignore_file_bytes",
            value: IGNORE_FILE_BYTES_MAX,
        });
    }
    // Paths are cut to the folder before they are matched; `.` keeps the crate from cutting more.
    let mut builder = GitignoreBuilder::new(Path::new("."));
    builder.allow_unclosed_class(false);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    for line in bytes.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // A pattern that is not UTF-8 is left aside: what it would hide is scanned.
        if let Ok(line) = std::str::from_utf8(line) {
            let _unparsable = builder.add_line(None, &as_git_reads(line));
        }
    }
    builder
        .build()
        .map_err(|error| SkipReason::Unreadable(format!("its patterns do not build: {error}")))
}

/// Writes a line so that the `ignore` crate reads it as git does.
///
/// The crate knows `{a,b}` and drops any white space at the end; git knows no braces and drops
/// spaces only. Read the crate's way, such lines would hide what git shows.
fn as_git_reads(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    // Lengths up to the last character that stays, and up to the start of the last one.
    let (mut kept, mut last) = (0, 0);
    let mut is_class = false;
    let mut chars = line.chars();
    while let Some(char) = chars.next() {
        last = if char == ' ' { last } else { text.len() };
        match (char, is_class) {
            ('\\', false) => {
                text.push(char);
                text.extend(chars.next());
            }
            ('{' | '}', false) => text.extend(['\\', char]),
            _ => {
                is_class = (is_class || char == '[') && char != ']';
                text.push(char);
            }
        }
        kept = if char == ' ' { kept } else { text.len() };
    }
    text.truncate(kept);
    if text.ends_with(char::is_whitespace) {
        let space: String = text.drain(last..).filter(|&char| char != '\\').collect();
        text.extend(["[", &space, "]"]);
    }
    text
}
