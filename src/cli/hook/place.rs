//! Where git looks for the hooks of a repository.
//!
//! libgit2 reads the configuration, as includes and conditions decide what `core.hooksPath` says. It
//! does not open every repository: those with SHA-256 or reftables, or of another owner. There the
//! folder `hooks` of the repository is taken, and the user is told.

use std::env;
use std::path::{Path, PathBuf};

use git2::{Config, ConfigLevel, Repository, RepositoryOpenFlags};

use crate::error::{Error, Result};
use crate::source::files::{Links, Whole, read_whole};

/// The key of git's configuration.
pub(super) const KEY: &str = "core.hooksPath";

/// Files that say where another folder is are no longer than this, in bytes.
const POINTER_BYTES_MAX: u64 = 64 << 10;

/// Where the hooks of a repository are.
#[derive(Debug)]
pub(super) struct Place {
    /// The folder that all work trees of the repository share.
    pub common: PathBuf,
    /// What `core.hooksPath` says, made a path.
    pub set: Option<Set>,
    /// Why the configuration was not asked.
    pub unasked: Option<String>,
}

/// A value of `core.hooksPath`.
#[derive(Debug)]
pub(super) struct Set {
    /// The folder.
    pub folder: PathBuf,
    /// The configuration that says so.
    pub scope: &'static str,
}

impl Place {
    /// Finds the repository at a path or above it.
    ///
    /// # Errors
    ///
    /// `Hook` where there is none, or where `core.hooksPath` is not understood.
    pub(super) fn find(path: &Path) -> Result<Self> {
        let none: [&str; 0] = [];
        let repository = match Repository::open_ext(path, RepositoryOpenFlags::empty(), none) {
            Ok(repository) => repository,
            Err(error) => {
                return Ok(Self {
                    common: common(path)?,
                    set: None,
                    unasked: Some(error.message().to_owned()),
                });
            }
        };
        // Hooks run there, and relative paths count from there.
        let base = repository.workdir().unwrap_or(repository.path());
        let failed = |error: git2::Error| refused(base, error.message());
        let config = repository.config().map_err(failed)?;
        let value = effective(&config).map_err(failed)?;
        let set = value.map(|(value, scope)| {
            let folder = expanded(&value).map_err(|problem| refused(base, &problem))?;
            Ok(Set {
                folder: base.join(folder),
                scope,
            })
        });
        Ok(Self {
            common: repository.commondir().to_owned(),
            set: set.transpose()?,
            unasked: None,
        })
    }

    /// The folder that is the repository's own.
    pub(super) fn own(&self) -> PathBuf {
        self.common.join("hooks")
    }
}

/// An error about a repository or a hook.
pub(super) fn refused(path: &Path, problem: &str) -> Error {
    Error::Hook {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

/// The last value of `core.hooksPath` in the strongest configuration that has one, and its name.
///
/// libgit2 does not know of `GIT_CONFIG_GLOBAL` and `GIT_CONFIG_NOSYSTEM`, which git obeys.
fn effective(config: &Config) -> std::result::Result<Option<(Vec<u8>, &'static str)>, git2::Error> {
    let named = env::var_os("GIT_CONFIG_GLOBAL").map(PathBuf::from);
    let (mut system, mut user, mut own) = (None, None, None);
    config.multivar(KEY, None)?.for_each(|entry| {
        let value = Some(entry.value_bytes().to_vec());
        match entry.level() {
            ConfigLevel::ProgramData | ConfigLevel::System => system = value,
            ConfigLevel::XDG | ConfigLevel::Global => user = value,
            _ => own = value,
        }
    })?;
    if let Some(named) = named {
        user = value_in(&named)?;
    }
    if is_true("GIT_CONFIG_NOSYSTEM") {
        system = None;
    }
    let own = own.map(|value| (value, "the repository's configuration"));
    let user = user.map(|value| (value, "the user's configuration"));
    let system = system.map(|value| (value, "the system's configuration"));
    Ok(own.or(user).or(system))
}

/// The value of `core.hooksPath` in one file and what it includes.
pub(super) fn value_in(file: &Path) -> std::result::Result<Option<Vec<u8>>, git2::Error> {
    let mut value = None;
    let config = Config::open(file)?;
    config
        .multivar(KEY, None)?
        .for_each(|entry| value = Some(entry.value_bytes().to_vec()))?;
    Ok(value)
}

/// Whether a variable of the environment says yes.
///
/// Source: git-config(1), boolean values.
fn is_true(name: &str) -> bool {
    let value = env::var_os(name).unwrap_or_default();
    let value = value.to_string_lossy().to_ascii_lowercase();
    !matches!(&*value, "" | "0" | "false" | "no" | "off")
}

/// The path that a value stands for.
fn expanded(value: &[u8]) -> std::result::Result<PathBuf, String> {
    let text = str::from_utf8(value).map_err(|_| format!("{KEY} is not UTF-8"))?;
    if text.is_empty() {
        return Err(format!("{KEY} is empty, so git runs no hooks here"));
    }
    match text.strip_prefix("~/") {
        Some(below) => Ok(home()?.join(below)),
        None if text.starts_with('~') || text.starts_with("%(") => Err(format!(
            "{KEY} = {text:?} is not understood; write a whole path"
        )),
        None => Ok(PathBuf::from(text)),
    }
}

/// The folder of the user.
pub(super) fn home() -> std::result::Result<PathBuf, String> {
    let home = env::home_dir().filter(|home| !home.as_os_str().is_empty());
    home.ok_or_else(|| "the folder of the user is not known; set HOME".to_owned())
}

/// Finds what work trees share without asking libgit2.
fn common(path: &Path) -> Result<PathBuf> {
    let real = path.canonicalize();
    let real = real.map_err(|error| refused(path, &error.to_string()))?;
    let found = real.ancestors().find_map(|folder| {
        let inside = folder.join(".git");
        if is_store(folder) {
            return Some(folder.to_owned());
        }
        if inside.is_dir() {
            return is_store(&inside).then_some(inside);
        }
        let pointer = pointed(&inside)?;
        Some(folder.join(pointer.strip_prefix("gitdir:")?.trim()))
    });
    let git_dir = found.ok_or_else(|| refused(path, "is in no git repository"))?;
    Ok(match pointed(&git_dir.join("commondir")) {
        Some(common) => git_dir.join(common.trim()),
        None => git_dir,
    })
}

/// Whether a folder is where a repository keeps what it knows.
fn is_store(folder: &Path) -> bool {
    let has = |name| folder.join(name).exists();
    folder.join("HEAD").symlink_metadata().is_ok() && has("objects") && has("refs")
}

/// The text of a small file.
fn pointed(path: &Path) -> Option<String> {
    match read_whole(path, Links::Refuse, POINTER_BYTES_MAX).ok()? {
        Whole::Bytes(bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    }
}
