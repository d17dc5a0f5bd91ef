//! `hook`: git hooks that hold back what would leak.
//!
//! What is here decides which hooks go where; [`files`] puts one on the disk or takes it away,
//! [`script`] is its text, and [`run`] is what it does when git calls it.

mod files;
mod global;
mod place;
mod pushed;
mod run;
mod script;
mod status;
mod told;

use std::path::{Path, PathBuf};

use crate::cli::args::{HookArgs, HookCommand, HookPlace, Stage};
use crate::cli::print;
use crate::error::{Error, Result};
use crate::report::escape::terminal;
use files::{Done, State};
use place::{KEY, Place, refused};
use script::{Call, Next};

pub(super) fn run(args: &HookArgs) -> Result<u8> {
    let text = match &args.command {
        HookCommand::Install {
            place,
            force,
            trust_target,
        } => {
            let binary = &binary()?;
            let trusts = *trust_target;
            let call = Call { binary, trusts };
            match place.global {
                true => global::install(&stages(place, &[Stage::Commit]), call, *force),
                false => install(place, call),
            }
        }
        HookCommand::Uninstall { place } if place.global => global::uninstall(&place.stage),
        HookCommand::Uninstall { place } => uninstall(place),
        HookCommand::Status { place } if place.global => {
            global::status(&stages(place, &Stage::ALL))
        }
        HookCommand::Status { place } => status::of_repository(
            &Place::find(&repository(place))?,
            &stages(place, &Stage::ALL),
        ),
        HookCommand::Run(args) => return run::run(args),
    };
    print(text?.as_bytes(), 0)
}

/// The stages that were named, else these.
fn stages(place: &HookPlace, usual: &[Stage]) -> Vec<Stage> {
    match &place.stage[..] {
        [] => usual.to_vec(),
        named => named.to_vec(),
    }
}

fn repository(place: &HookPlace) -> PathBuf {
    let named = place.repository.clone();
    let told = std::env::var_os("GIT_DIR").map(PathBuf::from);
    named.or(told).unwrap_or_else(|| PathBuf::from("."))
}

fn install(args: &HookPlace, call: Call<'_>) -> Result<String> {
    let place = Place::find(&repository(args))?;
    let mut text = notes(&place);
    let folder = folder(&place)?;
    for stage in stages(args, &[Stage::Commit]) {
        if let Some(everywhere) = global::covers(&place, stage)? {
            let everywhere = shown(&everywhere);
            text += &format!("{}: nothing to do, {everywhere} is there\n", stage.name());
            continue;
        }
        let path = folder.join(stage.name());
        let done = files::put(&path, &script::hook(stage, call, Next::Kept))?;
        text += &line(stage.name(), &path, done);
    }
    Ok(text)
}

fn uninstall(args: &HookPlace) -> Result<String> {
    let place = Place::find(&repository(args))?;
    let mut text = notes(&place);
    let folder = folder(&place)?;
    let stages = stages(args, &Stage::ALL);
    let mut failure = None;
    for stage in stages {
        let path = folder.join(stage.name());
        match files::take(&path) {
            Ok(done) => text += &line(stage.name(), &path, done),
            // The others are taken away all the same.
            Err(error) => failure = failure.or(Some(error)),
        }
        if let Some(everywhere) = global::covers(&place, stage)? {
            let everywhere = shown(&everywhere);
            text += &format!(
                "{}: {everywhere} is there for all repositories; \
                 `leakgate hook uninstall --global` takes it away\n",
                stage.name()
            );
        }
    }
    match failure {
        Some(error) => Err(error),
        None => Ok(text),
    }
}

/// The folder that hooks of this repository go to.
///
/// # Errors
///
/// `Hook` where git runs no hooks, or where another tool writes them anew each time.
fn folder(place: &Place) -> Result<PathBuf> {
    let Some(set) = &place.set else {
        return Ok(place.own());
    };
    let folder = &set.folder;
    if global::is_folder(folder) {
        return Ok(place.own());
    }
    if folder.exists() && !folder.is_dir() {
        let problem = format!("{KEY} names it, and it is no folder: git runs no hooks here");
        return Err(refused(folder, &problem));
    }
    if folder.ends_with(".husky/_") {
        let problem = "husky writes these hooks anew each time; put this line into .husky/pre-commit \
                       instead: leakgate hook run --stage pre-commit";
        return Err(refused(folder, problem));
    }
    Ok(folder.clone())
}

/// What the user should know of where hooks go.
fn notes(place: &Place) -> String {
    let mut text = String::new();
    if let Some(why) = &place.unasked {
        let own = shown(&place.own());
        let why = terminal(why.as_bytes());
        text += &format!("note: {KEY} was not asked for, so hooks go to {own} ({why})\n");
    }
    if let Some(set) = &place.set
        && !global::is_folder(&set.folder)
    {
        let folder = shown(&set.folder);
        text += &format!("note: {KEY} in {} names {folder}\n", set.scope);
        if !set.scope.contains("repository") {
            text += "note: hooks there are run for every repository that it counts for\n";
        }
    }
    text
}

/// What became of a hook, in a line.
fn line(name: &str, path: &Path, done: Done) -> String {
    let at = shown(path);
    let kept = shown(&files::kept(path));
    let told = match done {
        Done::Nothing if matches!(files::state(path), Ok(State::Ours { .. })) => {
            format!("nothing to do, {at} is there")
        }
        Done::Nothing => format!("nothing to do, there is no {at}"),
        Done::Added => format!("installed as {at}"),
        Done::Chained => format!("installed as {at}; the hook before it runs after it, as {kept}"),
        Done::Renewed => format!("renewed: {at}"),
        Done::Removed => format!("taken away: {at}"),
        Done::Restored => format!("taken away; {at} is what it was before"),
        Done::LeftAlone => format!("left alone: {at} is not of leakgate"),
    };
    format!("{name}: {told}\n")
}

/// A path for people.
fn shown(path: &Path) -> String {
    terminal(path.as_os_str().as_encoded_bytes())
}

/// This very program, for where it is not on the path.
fn binary() -> Result<PathBuf> {
    std::env::current_exe().map_err(|source| Error::System {
        what: "the path of leakgate",
        source,
    })
}
