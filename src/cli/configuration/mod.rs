//! Which configuration counts, and what it says for this run.
//!
//! The one that `--config` names, else `LEAKGATE_CONFIG`, else `leakgate.toml` or `.leakgate.toml`
//! upward from the targets to the root of their repository, else none. What it may say is told in
//! [`crate::settings`]. Flags win over it; that is the business of each command.

mod discover;
mod gather;

use std::path::{Path, PathBuf};

use crate::config::{Bases, Entry, Gate, Policy};
use crate::error::Result;
use crate::rule::Ruleset;
use crate::settings::Settings;
use crate::source::files::shown;
use discover::{NAMES, discover, only, repository};
use gather::{Reach, Staged};

/// The environment variable that names a configuration.
const VARIABLE: &str = "LEAKGATE_CONFIG";

/// Who owns the target, and so whether it is believed when it speaks of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The user: configurations, ignore files and marks in it count.
    User,
    /// Somebody else: none of them does.
    Other,
}

/// What a configuration is looked up for.
pub(super) struct Wanted<'a> {
    /// What `--config` says.
    pub named: Option<&'a Path>,
    /// What is scanned; `-` is standard input and stands in the working directory.
    pub targets: &'a [&'a Path],
    /// Whose it is.
    pub owner: Owner,
    /// What the scan is for.
    pub gate: Option<Gate>,
}

/// The root of the work tree that a target lies in, as a real folder.
pub(super) fn work_tree(target: &Path) -> Option<PathBuf> {
    let real = target.canonicalize().ok()?;
    repository(&real).map(Path::to_path_buf)
}

/// What a configuration says for a run; nothing where there is none.
#[derive(Default)]
pub(super) struct Configuration {
    /// Where it is written.
    pub path: Option<PathBuf>,
    /// What it says.
    pub settings: Settings,
    /// The files of rules that it names: name and text.
    pub rules: Vec<(String, String)>,
    /// The real folder that globs count from.
    folder: Option<PathBuf>,
}

impl Configuration {
    /// Finds and reads the configuration.
    ///
    /// # Errors
    ///
    /// `ConfigFile` and `Setting` for one that cannot be used, `ConfigsDiffer` where the targets do
    /// not share one.
    pub(super) fn load(wanted: &Wanted<'_>) -> Result<Self> {
        if let Some(path) = given(wanted.named) {
            return Self::read(path, Reach::Anywhere, wanted.gate);
        }
        if wanted.owner == Owner::Other {
            return Ok(Self::default());
        }
        match discover(wanted.targets)? {
            Some(path) => Self::read(path, Reach::Below, wanted.gate),
            None => Ok(Self::default()),
        }
    }

    /// Reads the configuration that counts for what is staged: one that the user names, else the one
    /// that is staged at the root. `staged` reads a file by its path from there.
    ///
    /// # Errors
    ///
    /// `ConfigFile` and `Setting` for one that cannot be used, and what `staged` says.
    pub(super) fn staged(
        named: Option<&Path>,
        gate: Option<Gate>,
        staged: Staged<'_>,
    ) -> Result<Self> {
        if let Some(path) = given(named) {
            return Self::read(path, Reach::Anywhere, gate);
        }
        let mut found = Vec::new();
        for name in NAMES.map(Path::new) {
            if staged(name)?.is_some() {
                found.push(name.to_owned());
            }
        }
        let path = only(found)?;
        path.map_or_else(
            || Ok(Self::default()),
            |path| Self::read(path, Reach::Staged(staged), gate),
        )
    }

    /// Reads the configuration at a path that the user gave.
    ///
    /// # Errors
    ///
    /// `ConfigFile` and `Setting` for one that cannot be used.
    pub(super) fn named(path: &Path, gate: Option<Gate>) -> Result<Self> {
        Self::read(path.to_owned(), Reach::Anywhere, gate)
    }

    fn read(path: PathBuf, reach: Reach<'_>, gate: Option<Gate>) -> Result<Self> {
        let settings = gather::settings(&path, reach, gate)?;
        let rules = gather::rules(&settings.files, reach)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        // The empty path is the working directory; what is staged lies in no folder of the disk.
        let folder = Path::new(".").join(folder).canonicalize().ok();
        let folder = folder.filter(|_| !matches!(reach, Reach::Staged(_)));
        Ok(Self {
            path: Some(path),
            settings,
            rules,
            folder,
        })
    }

    /// Says which words for rules name none.
    ///
    /// # Errors
    ///
    /// `Setting` for the first one.
    pub(super) fn check(&self, ruleset: &Ruleset) -> Result<()> {
        self.settings.check(ruleset)
    }

    /// What is let pass in these targets.
    ///
    /// # Errors
    ///
    /// `Glob` where there are more globs than can be held.
    pub(super) fn policy(&self, targets: &[&Path]) -> Result<Policy> {
        self.settings.policy(self.bases(targets))
    }

    /// Where paths that count from the real folder `root` stand below the folder that globs count
    /// from.
    pub(super) fn bases_from(&self, root: &Path) -> Bases {
        let mut bases = Bases::default();
        let folder = self.folder.as_deref();
        let below = folder.and_then(|folder| root.strip_prefix(folder).ok());
        if let Some(below) = below {
            bases.add(b".", Entry::Folder, &shown(below));
        }
        bases
    }

    /// Where the targets stand below the folder that globs of the configuration count from.
    pub(super) fn bases(&self, targets: &[&Path]) -> Bases {
        standing(targets, self.folder.as_deref())
    }
}

/// The configuration that a flag or the environment names.
fn given(named: Option<&Path>) -> Option<PathBuf> {
    let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty());
    named.map(Path::to_owned).or(variable.map(PathBuf::from))
}

/// Where the targets stand below the roots of their repositories.
pub(super) fn roots(targets: &[&Path]) -> Bases {
    standing(targets, None)
}

/// Where the targets stand below a folder; below the root of their repository where they lie
/// elsewhere, and below themselves where there is none.
fn standing(targets: &[&Path], folder: Option<&Path>) -> Bases {
    let mut bases = Bases::default();
    for target in targets {
        // What is not there is no target; the walk says so.
        let Ok(real) = target.canonicalize() else {
            continue;
        };
        let is_folder = real.is_dir();
        let own = if is_folder {
            &*real
        } else {
            real.parent().unwrap_or(&real)
        };
        let above = folder.filter(|folder| real.starts_with(folder));
        let root = above.or_else(|| repository(own)).unwrap_or(own);
        let below = real.strip_prefix(root).unwrap_or(Path::new(""));
        let last = if is_folder {
            Entry::Folder
        } else {
            Entry::File
        };
        bases.add(&shown(target), last, &shown(below));
    }
    bases
}
