//! Finds the folders of a repository, from what the user or the environment names.
//!
//! What the user names is trusted, and so is what git told a hook. Where a file of the repository
//! leads from there is followed below the root only, see `confine`.

use std::fs;
use std::path::{Path, PathBuf};

use super::confine::{Guard, path_of, refused};
use crate::blob::SkipReason;
use crate::error::{Error, Result};
use crate::source::git::Environment;

/// Bytes of a gitfile, a `commondir` or a `gitdir`.
pub(super) const POINTER_BYTES_MAX: u64 = 64 << 10;

/// The folders of a repository, all canonical.
#[derive(Debug)]
pub(super) struct Folders {
    /// What belongs to this work tree alone.
    pub(super) git_dir: PathBuf,
    /// What all work trees share.
    pub(super) common_dir: PathBuf,
    /// The folder that holds `.git`; `None` where the repository was named itself.
    pub(super) home: Option<PathBuf>,
    /// Where links may lead.
    pub(super) guard: Guard,
}

/// Finds the repository that `path` is or lies in, or the one that the environment names.
pub(super) fn find(path: &Path, environment: &Environment, root: Option<&Path>) -> Result<Folders> {
    let named = canonical(path)?;
    if let Some(git_dir) = &environment.git_dir {
        return from_environment(&named, git_dir, root);
    }
    let (home, dot_git) = upward(path, &named)?;
    let own = home.as_ref().unwrap_or(&dot_git);
    let mut guard = match root {
        Some(root) => Guard::new(canonical(root)?),
        None => Guard::new(parent(own).to_path_buf()),
    };
    guard.widen(own.clone());
    let git_dir = follow(&dot_git, &guard)?;
    let common_dir = common(&git_dir, &mut guard)?;
    Ok(Folders {
        git_dir,
        common_dir,
        home,
        guard,
    })
}

/// Git told a hook where the repository is: that counts, wherever it is.
fn from_environment(named: &Path, git_dir: &Path, root: Option<&Path>) -> Result<Folders> {
    let dot_git = canonical(git_dir)?;
    // Git sets a folder; a person may set a gitfile.
    let anywhere = Guard::new(dot_git.ancestors().last().unwrap_or(&dot_git).to_path_buf());
    let git_dir = follow(&dot_git, &anywhere)?;
    let common_dir = common(&git_dir, &mut anywhere.clone())?;
    let owner = match common_dir.file_name() {
        Some(name) if name == ".git" => parent(&common_dir),
        _ => &common_dir,
    };
    let mut guard = match root {
        Some(root) => Guard::new(canonical(root)?),
        None => Guard::new(parent(owner).to_path_buf()),
    };
    for trusted in [owner, &git_dir, named] {
        guard.widen(trusted.to_path_buf());
    }
    let home = match git_dir.file_name() {
        Some(name) if name == ".git" => parent(&git_dir).to_path_buf(),
        _ => named.to_path_buf(),
    };
    Ok(Folders {
        git_dir,
        common_dir,
        home: Some(home),
        guard,
    })
}

/// Searches as git does: `.git` in a folder, the folder itself, then the folder above.
///
/// Answers with the folder that holds `.git`, if it is that, and what is or leads to the store.
fn upward(path: &Path, named: &Path) -> Result<(Option<PathBuf>, PathBuf)> {
    let is_dot_git = |path: &Path| path.file_name().is_some_and(|name| name == ".git");
    let start = match named.is_dir() {
        true => named,
        false if is_dot_git(named) => parent(named),
        false => {
            return Err(Error::NoRepository {
                path: path.to_path_buf(),
            });
        }
    };
    for folder in start.ancestors() {
        let dot_git = folder.join(".git");
        // A folder of that name that holds no store is passed over, a file of that name is not.
        if fs::symlink_metadata(&dot_git).is_ok() && (!dot_git.is_dir() || holds_store(&dot_git)) {
            return Ok((Some(folder.to_path_buf()), dot_git));
        }
        let is_bare = folder.join("HEAD").symlink_metadata().is_ok()
            && (folder.join("refs").exists() || folder.join("commondir").exists());
        if is_dot_git(folder) && holds_store(folder) {
            return Ok((Some(parent(folder).to_path_buf()), folder.to_path_buf()));
        }
        if is_bare && holds_store(folder) {
            return Ok((None, folder.to_path_buf()));
        }
    }
    Err(Error::NoRepository {
        path: path.to_path_buf(),
    })
}

/// Whether a folder holds objects, or says where they are. A lost `HEAD` is no reason not to look.
pub(super) fn holds_store(folder: &Path) -> bool {
    folder.join("objects").is_dir() || folder.join("commondir").is_file()
}

/// Follows what stands at `.git` to the folder it stands for.
pub(super) fn follow(dot_git: &Path, guard: &Guard) -> Result<PathBuf> {
    let target = inside(dot_git, dot_git, guard)?;
    if target.is_dir() {
        return store(dot_git, target);
    }
    let text = match guard.read(&target, POINTER_BYTES_MAX) {
        Ok(text) => text.unwrap_or_default(),
        Err(reason) => return Err(problem(dot_git, &reason.to_string())),
    };
    let Some(leads_to) = text.strip_prefix(b"gitdir: ").and_then(pointer) else {
        return Err(problem(dot_git, "is no folder and no `gitdir: …` file"));
    };
    // One step, as in git: a gitfile leads to a folder.
    let git_dir = inside(dot_git, &parent(&target).join(leads_to), guard)?;
    store(dot_git, git_dir)
}

fn store(named: &Path, folder: PathBuf) -> Result<PathBuf> {
    if holds_store(&folder) {
        return Ok(folder);
    }
    let words = "is or leads to a folder that holds no repository: there are no objects";
    Err(problem(named, words))
}

/// The folder that all work trees share, which a file of that name leads to.
pub(super) fn common(git_dir: &Path, guard: &mut Guard) -> Result<PathBuf> {
    let file = git_dir.join("commondir");
    let text = match guard.read(&file, POINTER_BYTES_MAX) {
        Ok(None) => return Ok(git_dir.to_path_buf()),
        Ok(Some(text)) => text,
        Err(reason) => return Err(problem(&file, &reason.to_string())),
    };
    let Some(leads_to) = pointer(&text) else {
        return Err(problem(&file, "is empty; it names the repository's folder"));
    };
    let path = git_dir.join(leads_to);
    // Who named the part of a repository that belongs to one of its work trees means that
    // repository.
    let mut above = git_dir.ancestors().skip(1);
    let is_worktrees = above.next().and_then(Path::file_name) == Some("worktrees".as_ref());
    let owner = above.next().filter(|_| is_worktrees);
    if let (Some(owner), Ok(target)) = (owner, path.canonicalize())
        && owner == target
    {
        let is_dot_git = target.file_name() == Some(".git".as_ref());
        guard.widen(if is_dot_git {
            parent(&target).to_path_buf()
        } else {
            target
        });
    }
    let common = inside(&file, &path, guard)?;
    if common.join("objects").is_dir() {
        return Ok(common);
    }
    Err(problem(&file, "leads to a folder that holds no objects"))
}

/// Where a pointer leads: its text up to the ends of line behind it.
fn pointer(text: &[u8]) -> Option<PathBuf> {
    let end = text
        .iter()
        .rposition(|byte| !matches!(byte, b'\n' | b'\r'))?;
    Some(path_of(&text[..=end]))
}

/// Makes `path` canonical, which `named` leads to.
fn inside(named: &Path, path: &Path, guard: &Guard) -> Result<PathBuf> {
    let canonical = path.canonicalize().map_err(|error| match refused(&error) {
        SkipReason::Vanished => problem(named, "leads to a folder that is not there"),
        reason => problem(named, &reason.to_string()),
    })?;
    if guard.allows(&canonical) {
        return Ok(canonical);
    }
    Err(Error::OutsideRoot {
        path: named.to_path_buf(),
        root: guard.root().to_path_buf(),
    })
}

fn canonical(path: &Path) -> Result<PathBuf> {
    path.canonicalize().map_err(|error| match refused(&error) {
        SkipReason::Vanished => Error::NoTarget {
            path: path.to_path_buf(),
        },
        _ => Error::Unreadable {
            path: path.to_path_buf(),
            source: error,
        },
    })
}

fn problem(path: &Path, problem: &str) -> Error {
    Error::Repository {
        path: path.to_path_buf(),
        problem: problem.to_owned(),
    }
}

/// The folder above, or the topmost one itself.
pub(super) fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}
