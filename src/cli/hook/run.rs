//! `hook run`: what a hook does when git calls it.
//!
//! It says nothing where nothing leaks. Otherwise it answers with the status of the scan, which is
//! what makes git stop, and a few lines on standard error.

use std::time::Duration;

use crate::cli::args::{HookRunArgs, Stage};
use crate::cli::configuration::{Configuration, Owner, Wanted, work_tree};
use crate::cli::hook::pushed::{self, Pushed, Update};
use crate::cli::hook::told;
use crate::cli::job::{Job, places_of_repository};
use crate::cli::{environment, git, staged};
use crate::error::Result;
use crate::scan::Status;
use crate::source::git::Selection;
use crate::source::{Git, Staged};

/// A commit waits no longer than this, unless somebody said so.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) fn run(args: &HookRunArgs) -> Result<u8> {
    match args.stage {
        Stage::Commit => commit(args),
        Stage::Push | Stage::Receive => push(args),
    }
}

fn commit(args: &HookRunArgs) -> Result<u8> {
    let (repository, environment) = environment::repository(None);
    let source = Staged {
        repository,
        environment,
        ..Staged::default()
    };
    let root = work_tree(&source.repository);
    let source = source.open()?;
    let job = staged::job(&args.run, &[], (&source, root.as_deref()))?.within(PATIENCE);
    let source = source.within(job.config.limits, job.deadline());
    let outcome = job.outcome(&source)?;
    Ok(told::tell(args.stage, &outcome, job.scanner.ruleset()))
}

fn push(args: &HookRunArgs) -> Result<u8> {
    let updates = pushed::read(args.stage)?;
    let (repository, environment) = environment::repository(None);
    let selection = selection(args, &updates);
    if matches!(&selection, Selection::Commits { include, .. } if include.is_empty()) {
        return Ok(Status::Clean.code());
    }
    let is_own = args.stage == Stage::Push || args.trust_target;
    let owner = if is_own { Owner::User } else { Owner::Other };
    let root = git::root(&repository).filter(|_| args.stage == Stage::Push);
    let top = root
        .as_deref()
        .and_then(|root| git::above(&repository, root));
    let configuration = Configuration::load(&Wanted {
        named: args.run.rules.config.as_deref(),
        targets: top.as_deref().as_slice(),
        owner,
        gate: None,
    })?;
    let places = places_of_repository(root.as_deref(), &[], &configuration)?;
    let job = Job::new(&args.run, &configuration, owner, places)?;
    let is_new = |update: &&Update| update.old.is_none();
    let names = updates.iter().filter(is_new);
    let source = Pushed {
        names: names
            .filter_map(|update| Some((update.name.clone(), update.new?)))
            .collect(),
        repositories: Git {
            repository,
            environment,
            selection,
            jobs: job.config.jobs,
            limits: job.config.limits,
            deadline: job.deadline(),
            ..Git::default()
        }
        .open()?,
    };
    let outcome = job.outcome(&source)?;
    Ok(told::tell(args.stage, &outcome, job.scanner.ruleset()))
}

/// What is new to the side that takes the push in.
fn selection(args: &HookRunArgs, updates: &[Update]) -> Selection {
    let include = updates.iter().filter_map(|update| update.new).collect();
    let exclude = updates.iter().filter_map(|update| update.old).collect();
    let known = match args.stage {
        Stage::Push => {
            // What was fetched from there is there; nothing was where it has no name.
            let remote = args.arguments.first();
            let remote = remote.map_or(&b""[..], |name| name.as_encoded_bytes());
            [b"refs/remotes/", remote, b"/"].concat()
        }
        Stage::Commit | Stage::Receive => b"refs/".to_vec(),
    };
    Selection::Commits {
        include,
        exclude,
        known: Some(known),
    }
}
