//! `git`: every object of a repository, or what some of its commits hold.

use std::path::{Path, PathBuf};

use clap::ArgMatches;

use crate::cli::args::GitArgs;
use crate::cli::configuration::{Configuration, Owner, Wanted, work_tree};
use crate::cli::environment;
use crate::cli::job::{Job, places_of_repository};
use crate::cli::output::Outputs;
use crate::error::Result;
use crate::source::Git;
use crate::source::files::shown;
use crate::source::git::{Depth, Selection};

/// What stands for every reference where a flag names none.
const ALL: &str = "--all";

pub(super) fn run(args: &GitArgs, matches: &ArgMatches) -> Result<u8> {
    let outputs = Outputs::new(&args.output, matches)?;
    let (repository, environment) = environment::repository(args.repository.as_ref());
    let owner = if args.untrusted {
        Owner::Other
    } else {
        Owner::User
    };
    let root = root(&repository);
    // A configuration in a folder below says nothing of the repository as a whole.
    let top = root.as_deref().and_then(|root| above(&repository, root));
    let configuration = Configuration::load(&Wanted {
        named: args.run.rules.config.as_deref(),
        targets: top.as_deref().as_slice(),
        owner,
        gate: None,
    })?;
    let places = places_of_repository(root.as_deref(), &args.exclude, &configuration)?;
    let job = Job::new(&args.run, &configuration, owner, places)?;
    let source = Git {
        environment,
        root: args.root.clone(),
        selection: selection(args),
        depth: if args.full {
            Depth::Full
        } else {
            Depth::Changes
        },
        jobs: job.config.jobs,
        limits: job.config.limits,
        deadline: job.deadline(),
        repository,
    };
    let target = shown(&source.repository);
    job.run(&source.open()?, (&outputs, &args.output), &target)
}

fn selection(args: &GitArgs) -> Selection {
    if args.reachable {
        return Selection::Reachable;
    }
    let mut words: Vec<String> = [&args.range[..], &args.reference].concat();
    if words.is_empty() {
        if args.since.is_none() {
            return Selection::All;
        }
        words.push(ALL.to_owned());
    }
    Selection::Revisions {
        words,
        since: args.since,
    }
}

/// The root of a repository as seen from a folder in it that the user named.
pub(super) fn above(named: &Path, root: &Path) -> Option<PathBuf> {
    let real = named.canonicalize().ok()?;
    let below = real.strip_prefix(root).ok()?;
    let up = below.components().map(|_| "..");
    Some(up.fold(named.to_owned(), |path, up| path.join(up)))
}

/// The root of the work tree of a repository; a bare one has none, even where it lies in another.
pub(super) fn root(repository: &Path) -> Option<PathBuf> {
    let holds = |name: &str| repository.join(name).exists();
    let is_store = holds("HEAD") && holds("objects") && holds("refs");
    let real = repository.canonicalize().ok()?;
    if is_store && real.file_name().is_some_and(|name| name != ".git") {
        return None;
    }
    work_tree(&real)
}
