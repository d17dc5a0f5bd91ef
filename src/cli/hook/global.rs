//! Hooks for all repositories of a user: one folder, which `core.hooksPath` in the user's
//! configuration of git names.
//!
//! Git then looks for hooks nowhere else, so the folder holds one for every name that a repository may
//! use, and each goes on to that of the repository.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use git2::Config;

use crate::cli::args::Stage;
use crate::cli::hook::files::{self, Done, State};
use crate::cli::hook::place::{KEY, Place, home, refused, value_in};
use crate::cli::hook::script::{self, Call, NAMES, Next};
use crate::cli::hook::{line, shown, status};
use crate::error::{Error, Result};

/// Remembers, beside the folder, the value of `core.hooksPath` that ours took the place of.
const BEFORE: &str = "hooks-path.before-leakgate";

/// Installs hooks for all repositories.
///
/// # Errors
///
/// `Hook` where another `core.hooksPath` is set and `force` is not, or what the system says.
pub(super) fn install(stages: &[Stage], call: Call<'_>, force: bool) -> Result<String> {
    let (folder, file) = (folder()?, configuration()?);
    let mut text = String::new();
    let value = value(&file)?;
    let other = value.filter(|value| !is_value_of(value, &folder));
    if let Some(other) = &other {
        let other = String::from_utf8_lossy(other);
        if !force {
            let problem = format!(
                "{KEY} is {other:?} already; install there with `leakgate hook install` in a \
                 repository, or take its place with --force"
            );
            return Err(refused(&file, &problem));
        }
        text += &format!(
            "note: hooks in {} are not run any more\n",
            shown(Path::new(&*other))
        );
    }
    for name in NAMES {
        let path = folder.join(name);
        let stage = stages.iter().find(|stage| stage.name() == name);
        match stage {
            Some(&stage) => {
                let done = files::put(&path, &script::hook(stage, call, Next::OfRepository))?;
                text += &line(name, &path, done);
            }
            None if calls(&path)? => {}
            None => {
                files::put(&path, &script::pass_on(name))?;
            }
        }
    }
    if let Some(other) = &other {
        let before = before(&folder);
        fs::write(&before, other).map_err(files::failed(&before))?;
    }
    set(&file, &folder)?;
    text += &format!("{KEY} in {} names {}\n", shown(&file), shown(&folder));
    text += "note: hooks that a repository keeps in its own folder run after it, but for post-index-change,\n\
             proc-receive, push-to-checkout and reference-transaction; repositories with a core.hooksPath of\n\
             their own do not use it\n";
    Ok(text)
}

/// Takes hooks for all repositories away; all of them where no stage is named or none is left.
///
/// # Errors
///
/// `Hook` where somebody changed one, or what the system says.
pub(super) fn uninstall(stages: &[Stage]) -> Result<String> {
    let (folder, file) = (folder()?, configuration()?);
    let mut text = String::new();
    let named = |name: &str| stages.is_empty() || stages.iter().any(|stage| stage.name() == name);
    for stage in Stage::ALL.into_iter().filter(|stage| named(stage.name())) {
        let path = folder.join(stage.name());
        if calls(&path)? {
            files::put(&path, &script::pass_on(stage.name()))?;
            text += &line(stage.name(), &path, Done::Removed);
        } else {
            text += &format!("{}: nothing to do\n", stage.name());
        }
    }
    for stage in Stage::ALL {
        if calls(&folder.join(stage.name()))? {
            return Ok(text);
        }
    }
    // Only when git looks there no more may the hooks go that pass on to those of repositories.
    let value = value(&file)?;
    match value {
        Some(value) if is_value_of(&value, &folder) => text += &unset(&file, &folder)?,
        Some(_) => text += &format!("left alone: {KEY} in {} is another\n", shown(&file)),
        None => {}
    }
    for name in NAMES {
        files::take(&folder.join(name))?;
    }
    // It may hold what others put there.
    let _ = fs::remove_dir(&folder);
    Ok(text)
}

/// Tells of the hooks for all repositories.
///
/// # Errors
///
/// What cannot be looked at.
pub(super) fn status(stages: &[Stage]) -> Result<String> {
    let (folder, file) = (folder()?, configuration()?);
    let value = value(&file)?;
    let used = value
        .as_deref()
        .is_some_and(|value| is_value_of(value, &folder));
    let told = match &value {
        None => "not set".to_owned(),
        Some(value) => shown(Path::new(&*String::from_utf8_lossy(value))),
    };
    let mut text = format!("{KEY} in {}: {told}\n", shown(&file));
    for &stage in stages {
        let mut told = status::one(&folder.join(stage.name()))?;
        if !used && told.starts_with("installed") {
            told = format!("NOT RUN, as {KEY} names another folder: {told}");
        }
        text += &format!("{}: {told}\n", stage.name());
    }
    Ok(text)
}

/// The hook for all repositories that serves a stage of this one, if one does.
///
/// # Errors
///
/// What cannot be looked at.
pub(super) fn covers(place: &Place, stage: Stage) -> Result<Option<PathBuf>> {
    let Some(set) = place.set.as_ref().filter(|set| is_folder(&set.folder)) else {
        return Ok(None);
    };
    let path = set.folder.join(stage.name());
    Ok(calls(&path)?.then_some(path))
}

/// Whether a folder is the one of leakgate.
pub(super) fn is_folder(path: &Path) -> bool {
    folder().is_ok_and(|folder| folder == path)
}

/// Whether a hook of leakgate stands there that calls it.
fn calls(path: &Path) -> Result<bool> {
    let state = files::state(path)?;
    Ok(matches!(state, State::Ours { written, .. } if written.calls))
}

/// The folder of hooks for all repositories.
fn folder() -> Result<PathBuf> {
    Ok(settings()?.join("leakgate").join("hooks"))
}

/// The folder of the user's configurations.
///
/// Source: XDG Base Directory Specification: a relative path does not count.
fn settings() -> Result<PathBuf> {
    let named = env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    match named.filter(|path| path.is_absolute()) {
        Some(path) => Ok(path),
        None => Ok(user()?.join(".config")),
    }
}

fn user() -> Result<PathBuf> {
    home().map_err(|problem| refused(Path::new("--global"), &problem))
}

/// The file that `git config --global` writes to.
///
/// Source: git-config(1), FILES.
fn configuration() -> Result<PathBuf> {
    if let Some(path) = env::var_os("GIT_CONFIG_GLOBAL") {
        return Ok(path.into());
    }
    let usual = user()?.join(".gitconfig");
    let other = settings()?.join("git").join("config");
    Ok(if !usual.exists() && other.exists() {
        other
    } else {
        usual
    })
}

fn before(folder: &Path) -> PathBuf {
    folder.with_file_name(BEFORE)
}

fn value(file: &Path) -> Result<Option<Vec<u8>>> {
    value_in(file).map_err(of_git(file))
}

fn is_value_of(value: &[u8], folder: &Path) -> bool {
    value == folder.as_os_str().as_encoded_bytes()
}

fn set(file: &Path, folder: &Path) -> Result<()> {
    let Some(folder) = folder.to_str() else {
        return Err(refused(folder, "git's configuration cannot hold this path"));
    };
    let mut config = Config::open(file).map_err(of_git(file))?;
    config.set_str(KEY, folder).map_err(of_git(file))
}

/// Takes our value away and brings back the one before it.
fn unset(file: &Path, folder: &Path) -> Result<String> {
    let before = before(folder);
    let mut config = Config::open(file).map_err(of_git(file))?;
    if !files::stands(&before) {
        config.remove(KEY).map_err(of_git(file))?;
        return Ok(format!("{KEY} in {} is not set any more\n", shown(file)));
    }
    let value = fs::read_to_string(&before).map_err(files::failed(&before))?;
    config.set_str(KEY, &value).map_err(of_git(file))?;
    fs::remove_file(&before).map_err(files::failed(&before))?;
    let value = shown(Path::new(&value));
    Ok(format!("{KEY} in {} is {value} again\n", shown(file)))
}

/// What libgit2 said of a configuration.
fn of_git(file: &Path) -> impl Fn(git2::Error) -> Error {
    move |error| refused(file, error.message())
}
