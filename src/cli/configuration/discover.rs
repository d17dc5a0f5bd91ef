//! Where a configuration lies that nobody named: beside the target, or above it in its repository.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// What a configuration is called.
pub(super) const NAMES: [&str; 2] = ["leakgate.toml", ".leakgate.toml"];

/// Finds the configuration of the targets, as a path to show and to open.
///
/// # Errors
///
/// `ConfigFile` where a folder holds two, `ConfigsDiffer` where the targets do not share one.
pub(super) fn discover(targets: &[&Path]) -> Result<Option<PathBuf>> {
    let mut first: Option<(&Path, Option<PathBuf>)> = None;
    for target in targets {
        // What is not there has no configuration; the walk says what is wrong with it.
        let Some(folder) = folder(target) else {
            continue;
        };
        let found = above(&folder)?;
        match &first {
            None => first = Some((target, found)),
            Some((_, same)) if *same == found => {}
            Some((other, different)) => {
                let name = |target: &Path, found: &Option<PathBuf>| match found {
                    Some(path) => shown(target, path).display().to_string(),
                    None => "none".to_owned(),
                };
                return Err(Error::ConfigsDiffer {
                    configurations: [name(other, different), name(target, &found)],
                    targets: Box::new([other.to_path_buf(), target.to_path_buf()]),
                });
            }
        }
    }
    Ok(first.and_then(|(target, found)| Some(shown(target, &found?))))
}

/// The root of the repository that a real folder lies in.
pub(super) fn repository(folder: &Path) -> Option<&Path> {
    let is_root = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    folder.ancestors().find(is_root)
}

/// The real folder of a target: itself, or that of the file. Standard input stands in the working
/// directory.
fn folder(target: &Path) -> Option<PathBuf> {
    let target = if target.as_os_str() == "-" {
        Path::new(".")
    } else {
        target
    };
    let real = target.canonicalize().ok()?;
    if real.is_dir() {
        return Some(real);
    }
    real.parent().map(Path::to_path_buf)
}

/// Looks in a real folder and in those above it, up to the root of its repository.
fn above(folder: &Path) -> Result<Option<PathBuf>> {
    let root = repository(folder).unwrap_or(folder);
    let inside = |folder: &&Path| folder.starts_with(root);
    for folder in folder.ancestors().take_while(inside) {
        let mut found = NAMES.map(|name| folder.join(name)).to_vec();
        found.retain(|path| path.symlink_metadata().is_ok());
        if let Some(path) = only(found)? {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The one configuration among those that were found in a folder.
pub(super) fn only(mut found: Vec<PathBuf>) -> Result<Option<PathBuf>> {
    if found.len() > 1 {
        return Err(Error::ConfigFile {
            path: found.swap_remove(0),
            problem: format!("stands beside {}; keep one of the two", NAMES[1]),
        });
    }
    Ok(found.pop())
}

/// A real path as it is shown: from the working directory, so that reports of the same tree are the
/// same everywhere; in full where the target was given in full.
fn shown(target: &Path, path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let here = here.unwrap_or_default();
    let mut way = PathBuf::new();
    for folder in here.ancestors().filter(|_| !target.is_absolute()) {
        if let Ok(below) = path.strip_prefix(folder) {
            return way.join(below);
        }
        way.push("..");
    }
    path.to_owned()
}
