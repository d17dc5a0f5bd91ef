//! `staged`: what the next commit would add.

use std::path::Path;

use clap::ArgMatches;

use crate::cli::args::{RunArgs, StagedArgs};
use crate::cli::configuration::{Configuration, Owner, work_tree};
use crate::cli::environment;
use crate::cli::job::{Job, places_of_repository};
use crate::cli::output::Outputs;
use crate::config::Gate;
use crate::error::Result;
use crate::source::files::shown;
use crate::source::{NextCommit, Staged};

pub(super) fn run(args: &StagedArgs, matches: &ArgMatches) -> Result<u8> {
    let outputs = Outputs::new(&args.output, matches)?;
    let (repository, environment) = environment::repository(args.repository.as_ref());
    let source = Staged {
        repository,
        environment,
        ..Staged::default()
    };
    let target = shown(&source.repository);
    let root = work_tree(&source.repository);
    let source = source.open()?;
    let job = job(&args.run, &args.exclude, (&source, root.as_deref()))?;
    let source = source.within(job.config.limits, job.deadline());
    job.run(&source, (&outputs, &args.output), &target)
}

/// What is needed to scan what is staged, with the staged configuration; `root` is that of the work
/// tree.
///
/// # Errors
///
/// What is wrong with the configuration, rules or globs.
pub(super) fn job(
    args: &RunArgs,
    exclude: &[String],
    (source, root): (&NextCommit, Option<&Path>),
) -> Result<Job> {
    let read = |path: &Path| source.staged_file(&shown(path));
    let named = args.rules.config.as_deref();
    let configuration = Configuration::staged(named, Some(Gate::Commit), &read)?;
    let places = places_of_repository(root, exclude, &configuration)?;
    Job::new(args, &configuration, Owner::User, places)
}
