//! `hook status`: which hooks are there, where, and what git makes of them.

use std::path::Path;

use crate::cli::args::Stage;
use crate::cli::hook::files::{self, State};
use crate::cli::hook::place::{KEY, Place};
use crate::cli::hook::{global, shown};
use crate::error::Result;

/// Tells of the hooks of a repository.
///
/// # Errors
///
/// What cannot be looked at.
pub(super) fn of_repository(place: &Place, stages: &[Stage]) -> Result<String> {
    let mut text = match (&place.set, &place.unasked) {
        (Some(set), _) => format!("{KEY}: {} ({})\n", shown(&set.folder), set.scope),
        (None, None) => format!("{KEY}: not set\n"),
        (None, Some(why)) => format!("{KEY}: not asked for ({why})\n"),
    };
    for &stage in stages {
        let name = stage.name();
        if let Some(path) = global::covers(place, stage)? {
            let told = one(&path)?;
            text += &format!("{name}: {told}, for all repositories\n");
            let own = place.own().join(name);
            if files::stands(&own) {
                text += &format!("{name}: then {}: {}\n", shown(&own), one(&own)?);
            }
            continue;
        }
        let folder = match &place.set {
            Some(set) if !global::is_folder(&set.folder) => set.folder.clone(),
            _ => place.own(),
        };
        text += &format!("{name}: {}\n", one(&folder.join(name))?);
    }
    Ok(text)
}

/// Tells of one hook, in some words.
///
/// # Errors
///
/// What cannot be looked at.
pub(super) fn one(path: &Path) -> Result<String> {
    let at = shown(path);
    let kept = files::kept(path);
    let chained = match (files::stands(&kept), files::is_executable(&kept)) {
        (true, true) => format!(", then {}", shown(&kept)),
        (true, false) => format!(", not {}, which is not executable", shown(&kept)),
        (false, _) => String::new(),
    };
    Ok(match files::state(path)? {
        State::Absent if files::stands(&kept) => {
            format!("not installed; {} is left of what was there", shown(&kept))
        }
        State::Absent => "not installed".to_owned(),
        State::Other => format!("not installed; another hook is there: {at}"),
        State::Ours { written, runs, .. } => {
            let version = &written.version;
            match (written.calls, written.intact, runs) {
                (false, ..) => "not installed".to_owned(),
                (_, _, false) => {
                    format!("NOT RUN: {at} is not executable; `leakgate hook install` mends that")
                }
                (_, false, _) => format!("changed since it was installed: {at}{chained}"),
                _ => format!("installed, version {version}: {at}{chained}"),
            }
        }
    })
}
