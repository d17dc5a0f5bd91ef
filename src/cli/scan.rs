//! `scan`: files, folders and standard input.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::ArgMatches;

use crate::blob::{BuildVisitor, Source};
use crate::cli::args::ScanArgs;
use crate::cli::configuration::{Configuration, Owner, Wanted, roots};
use crate::cli::output::{Names, Outputs};
use crate::cli::{progress, ruleset, stats};
use crate::config::ScanConfig;
use crate::error::Result;
use crate::finding::Locals;
use crate::scan::{self, Progress, Scanner, Timing};
use crate::secret::Redactor;
use crate::source::files::shown;
use crate::source::{Excludes, Files, IgnoreFiles, Stream};

pub(super) fn run(args: &ScanArgs, matches: &ArgMatches) -> Result<u8> {
    let outputs = Outputs::new(&args.output, matches)?;
    let targets: Vec<&Path> = args.paths.iter().map(|path| path.as_path()).collect();
    let configuration = Configuration::load(&Wanted {
        named: args.rules.config.as_deref(),
        targets: &targets,
        owner: owner(args),
        gate: args.gate,
    })?;
    let ruleset = ruleset::load(&args.rules, &configuration)?;
    let config = config(args, &configuration)?;
    let target = Target::new(args, &config, &configuration)?;
    let scanner = Scanner::new(ruleset, config.limits);
    let timing = if args.output.stats {
        Timing::On
    } else {
        Timing::Off
    };
    let watched = Progress::default();
    let outcome = progress::watch(&watched, &args.output, || {
        scan::run(&target, &scanner, &config, (&watched, timing))
    })?;
    let status = outcome.status().code();
    let name: Vec<_> = args
        .paths
        .iter()
        .map(|path| path.to_string_lossy())
        .collect();
    if args.output.stats {
        stats::print(&outcome, scanner.ruleset());
    }
    let configuration = configuration.path.as_deref();
    let names = Names {
        target: redacted(name.join(" ").as_bytes(), &scanner),
        configuration: configuration.map(|path| redacted(&shown(path), &scanner)),
    };
    outputs.write(&outcome, scanner.ruleset(), &names)?;
    Ok(status)
}

fn owner(args: &ScanArgs) -> Owner {
    if args.untrusted {
        Owner::Other
    } else {
        Owner::User
    }
}

/// What the flags say, else the configuration, else what is usual.
fn config(args: &ScanArgs, configuration: &Configuration) -> Result<ScanConfig> {
    let settings = &configuration.settings;
    let usual = ScanConfig::default();
    let places = places(args);
    let mut limits = usual.limits;
    for (name, value) in &settings.limits {
        limits.set(name, *value);
    }
    let confidence = args.judge.min_confidence.or(settings.min_confidence);
    Ok(ScanConfig {
        fail_on: args
            .judge
            .fail_on
            .or(settings.fail_on)
            .unwrap_or(usual.fail_on),
        min_confidence: confidence.unwrap_or(usual.min_confidence),
        jobs: args.jobs,
        timeout: args.timeout.or(settings.timeout),
        trust_marks: owner(args) == Owner::User,
        limits,
        policy: configuration.policy(&places)?,
        roots: roots(&places),
    })
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

/// The names of the targets without the values in them, which no walk meets where a folder is empty.
fn redacted(name: &[u8], scanner: &Scanner) -> Vec<u8> {
    let (mut locals, mut findings) = (Locals::default(), Vec::new());
    scanner.scan(name, &mut scanner.scratch(), &mut locals);
    let describer = scanner.describer();
    let lost = describer.describe(name, &locals.found, &mut findings);
    let found = findings.iter().map(|found| (&found.secret, &*found.masked));
    let lost = lost.iter().map(|lost| (&lost.secret, &*lost.masked));
    Redactor::new(found.chain(lost)).redact(name).into_owned()
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
