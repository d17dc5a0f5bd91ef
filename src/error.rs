//! Everything that stops a run. One bad input never does: that is a [`crate::blob::Skip`].
//!
//! Messages are lower case without a full stop and say where, what, and what would be right. No
//! message holds text from inside a scanned file.

use std::io;
use std::path::PathBuf;

/// Result of an operation that can stop a run.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a run stopped before it could give an answer; always exit status 2.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A target that the user named does not exist.
    #[error("{}: no such file or folder", path.display())]
    NoTarget {
        /// As the user gave it.
        path: PathBuf,
    },
    /// A target that the user named is not a file or a folder.
    #[error("{}: is a {what}, not a file or a folder; to scan a pipe give `-` as the path", path.display())]
    BadTarget {
        /// As the user gave it.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A rule file could not be read.
    #[error("rules in {}: {source}", path.display())]
    RuleFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A rule file says something impossible.
    #[error("{file}:{line}: {}{problem}", rule.as_ref().map(|id| format!("rule {id}: ")).unwrap_or_default())]
    Rule {
        /// The file, as given.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// The rule's id, where it has one.
        rule: Option<String>,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A configuration that cannot be read, or may not be.
    #[error("{}: {problem}", path.display())]
    ConfigFile {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A configuration says something impossible.
    #[error("{file}:{line}: {problem}")]
    Setting {
        /// The file, as shown.
        file: String,
        /// Line in the file, from 1.
        line: usize,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// Targets of one run that come with different configurations.
    #[error(
        "{} and {} have different configurations, {} and {}; name the one to use with --config",
        targets[0].display(), targets[1].display(), configurations[0], configurations[1]
    )]
    ConfigsDiffer {
        /// As the user gave them.
        targets: Box<[PathBuf; 2]>,
        /// What was found for each.
        configurations: [String; 2],
    },
    /// A glob that does not parse.
    #[error("{flag} {glob:?}: {}", source.kind())]
    Glob {
        /// The flag or key it came from.
        flag: &'static str,
        /// The glob.
        glob: String,
        /// What the parser said.
        source: globset::Error,
    },
    /// `--only` names nothing that exists.
    #[error("--only {word:?}: no rule, category or kind of that name; see `leakgate rules list`")]
    UnknownSelection {
        /// The word given.
        word: String,
    },
    /// `--format` names no format.
    #[error("--format {name:?}: no such format; known: {known}")]
    UnknownFormat {
        /// The word given.
        name: String,
        /// The formats that exist.
        known: String,
    },
    /// Two reports would be mixed up on standard output.
    #[error("two reports for standard output: give all but one --format an --output of its own")]
    TwoReports,
    /// `explain` or `rules show` names no rule.
    #[error("no rule {id:?}; see `leakgate rules list`")]
    UnknownRule {
        /// The id given.
        id: String,
    },
    /// A revision stands for nothing in the repository.
    #[error("revision {word:?}: {problem}")]
    Revision {
        /// As the user wrote it.
        word: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A hook cannot be installed, taken away or run as things are.
    #[error("{}: {problem}", path.display())]
    Hook {
        /// The hook, its folder or its repository.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A file could not be read.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// As the user gave it.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What the user named is no git repository, nor lies in one.
    #[error("{}: no git repository here or above; name a work tree, a `.git` or a bare repository", path.display())]
    NoRepository {
        /// As the user gave it.
        path: PathBuf,
    },
    /// A git repository that cannot be read as it says it is.
    #[error("{}: {problem}", path.display())]
    Repository {
        /// The file or folder that says so.
        path: PathBuf,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// A git repository whose store is elsewhere than its target may lead to.
    #[error(
        "{}: leads to a git repository outside of {}; if you trust it, name a folder above both with --root",
        path.display(), root.display()
    )]
    OutsideRoot {
        /// The file or link that leads there.
        path: PathBuf,
        /// The folder that nothing leads out of.
        root: PathBuf,
    },
    /// A report could not be written.
    #[error("{}: could not write the report: {source}", to.display())]
    Output {
        /// The file, or `standard output`.
        to: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The system would not give what a run needs, such as threads.
    #[error("{what}: {source}")]
    System {
        /// What was asked for.
        what: &'static str,
        /// What the system said.
        source: io::Error,
    },
}
