//! `scan`: files, folders and standard input.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;

use crate::blob::{BuildVisitor, Source};
use crate::cli::args::ScanArgs;
use crate::cli::configuration::{Configuration, Owner, Wanted, roots};
use crate::cli::job::{Job, Places};
use crate::cli::output::Outputs;
use crate::config::ScanConfig;
use crate::error::Result;
use crate::source::{Excludes, Files, IgnoreFiles, Stream};

pub(super) fn run(args: &ScanArgs, matches: &ArgMatches) -> Result<u8> {
    let outputs = Outputs::new(&args.output, matches)?;
    let targets: Vec<&Path> = args.paths.iter().map(|path| path.as_path()).collect();
    let configuration = Configuration::load(&Wanted {
        named: args.run.rules.config.as_deref(),
        targets: &targets,
        owner: owner(args),
        gate: args.gate,
    })?;
    let given = places(args);
    let places = Places {
        roots: roots(&given),
        policy: configuration.policy(&given)?,
    };
    let job = Job::new(&args.run, &configuration, owner(args), places)?;
    let target = Target::new(args, &job.config, &configuration)?;
    let names = args.paths.iter().map(|path| path.to_string_lossy());
    let names = names.collect::<Vec<_>>().join(" ");
    job.run(&target, (&outputs, &args.output), names.as_bytes())
}

fn owner(args: &ScanArgs) -> Owner {
    if args.untrusted {
        Owner::Other
    } else {
        Owner::User
    }
}

/// The targets as places: standard input that was given a name stands in the working directory, and
/// nowhere without one.
fn places(args: &ScanArgs) -> Vec<&Path> {
    let named = args.stdin_path.is_some();
    let place = |path: &'_ PathBuf| path.as_os_str() != "-" || named;
    let paths = args.paths.iter().filter(|path| place(path));
    paths
        .map(|path| match path.as_os_str() == "-" {
            true => Path::new("."),
            false => path,
        })
        .collect()
}

/// The files that were named, and standard input where `-` was.
struct Target<'a> {
    files: Option<Files>,
    stdin: Option<&'a str>,
    deadline: Option<Instant>,
}

impl<'a> Target<'a> {
    fn new(args: &'a ScanArgs, config: &ScanConfig, configuration: &Configuration) -> Result<Self> {
        let is_stdin = |path: &&Path| path.as_os_str() == "-";
        let paths: Vec<&Path> = args.paths.iter().map(|path| path.as_path()).collect();
        let (stdin, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(is_stdin);
        let flags = Excludes::new(args.exclude.iter().map(|glob| ("--exclude", glob.as_str())))?;
        let bases = configuration.bases(&files);
        let files = Files {
            targets: files.into_iter().map(Path::to_owned).collect(),
            excludes: flags.and_configured(configuration.settings.excluded()?, bases),
            ignore_files: if args.no_ignore || args.untrusted {
                IgnoreFiles::Disregard
            } else {
                IgnoreFiles::Honour
            },
            jobs: config.jobs,
            chunk_bytes: config.limits.chunk_bytes,
            file_bytes_max: config.limits.file_bytes_max,
            deadline: config
                .timeout
                .and_then(|timeout| Instant::now().checked_add(timeout)),
        };
        let name = args.stdin_path.as_deref().unwrap_or("-");
        let deadline = files.deadline;
        Ok(Self {
            files: (!files.targets.is_empty()).then_some(files),
            stdin: (!stdin.is_empty()).then_some(name),
            deadline,
        })
    }
}

impl Source for Target<'_> {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        if let Some(name) = self.stdin {
            Stream::stdin(Some(name.as_bytes().to_vec()))
                .until(self.deadline)
                .walk(visitors)?;
        }
        match &self.files {
            Some(files) => files.walk(visitors),
            None => Ok(()),
        }
    }
}
