//! One scan: what every scanning command does alike, from flags and a configuration to a status.

use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::blob::Source;
use crate::cli::args::{OutputArgs, RunArgs};
use crate::cli::configuration::{Configuration, Owner};
use crate::cli::output::{Names, Outputs};
use crate::cli::{progress, ruleset, stats};
use crate::config::{Allow, Bases, Globs, Policy, ScanConfig};
use crate::error::Result;
use crate::finding::Locals;
use crate::scan::{self, Outcome, Progress, Scanner, Timing};
use crate::secret::Redactor;
use crate::source::files::shown;

/// What shown paths mean.
pub(super) struct Places {
    /// Where they stand below the root of their repository.
    pub roots: Bases,
    /// What is let pass at them.
    pub policy: Policy,
}

/// A scan that is ready to run.
pub(super) struct Job {
    /// Finds.
    ///
    /// PERF: to take it apart would cost a twentieth of what a short run takes; the process ends soon.
    pub scanner: ManuallyDrop<Scanner>,
    /// What counts.
    pub config: ScanConfig,
    /// The configuration that counted, as shown.
    configuration: Option<Vec<u8>>,
}

impl Job {
    /// Takes what the flags say, else the configuration, else what is usual.
    ///
    /// # Errors
    ///
    /// What is wrong with rules that the flags or the configuration name.
    pub(super) fn new(
        args: &RunArgs,
        configuration: &Configuration,
        owner: Owner,
        places: Places,
    ) -> Result<Self> {
        let ruleset = ruleset::load(&args.rules, configuration)?;
        let settings = &configuration.settings;
        let usual = ScanConfig::default();
        let mut limits = usual.limits;
        for (name, value) in &settings.limits {
            limits.set(name, *value);
        }
        let (severity, confidence) = (args.judge.fail_on, args.judge.min_confidence);
        let (severity, confidence) = (
            severity.or(settings.fail_on),
            confidence.or(settings.min_confidence),
        );
        Ok(Self {
            scanner: ManuallyDrop::new(Scanner::new(ruleset, limits)),
            config: ScanConfig {
                fail_on: severity.unwrap_or(usual.fail_on),
                min_confidence: confidence.unwrap_or(usual.min_confidence),
                jobs: args.jobs,
                timeout: args.timeout.or(settings.timeout),
                trust_marks: owner == Owner::User,
                limits,
                policy: places.policy,
                roots: places.roots,
            },
            configuration: configuration.path.as_deref().map(shown),
        })
    }

    /// Stops after this long where neither flags nor the configuration say when.
    #[must_use]
    pub(super) fn within(mut self, usual: Duration) -> Self {
        self.config.timeout = self.config.timeout.or(Some(usual));
        self
    }

    /// When to stop, from now.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let timeout = self.config.timeout?;
        Instant::now().checked_add(timeout)
    }

    /// Scans, showing how far it is, and writes the reports; the answer is the exit status.
    ///
    /// # Errors
    ///
    /// What the source says of its target, and the first report that could not be written.
    pub(super) fn run(
        &self,
        source: &dyn Source,
        (outputs, args): (&Outputs<'_>, &OutputArgs),
        target: &[u8],
    ) -> Result<u8> {
        let timing = if args.stats { Timing::On } else { Timing::Off };
        let watched = Progress::default();
        let outcome = progress::watch(&watched, args, || {
            scan::run(source, &self.scanner, &self.config, (&watched, timing))
        })?;
        let status = outcome.status().code();
        if args.stats {
            stats::print(&outcome, self.scanner.ruleset());
        }
        let configuration = self.configuration.as_deref();
        let names = Names {
            target: redacted(target, &self.scanner),
            configuration: configuration.map(|path| redacted(path, &self.scanner)),
        };
        outputs.write(&outcome, self.scanner.ruleset(), &names)?;
        Ok(status)
    }

    /// Scans without a word.
    ///
    /// # Errors
    ///
    /// What the source says of its target.
    pub(super) fn outcome(&self, source: &dyn Source) -> Result<Outcome> {
        let watched = Progress::default();
        scan::run(source, &self.scanner, &self.config, (&watched, Timing::Off))
    }
}

/// What paths of a repository mean, which count from its root.
///
/// The objects of a repository are read whatever their paths, of which one may have many. So what
/// `--exclude` and `exclude` leave out is scanned, and found there it is silenced; what could not be
/// read there counts as accepted.
///
/// # Errors
///
/// `Glob` for one that does not parse.
pub(super) fn places_of_repository(
    root: Option<&Path>,
    exclude: &[String],
    configuration: &Configuration,
) -> Result<Places> {
    let bases = root.map(|root| configuration.bases_from(root));
    let bases = bases.unwrap_or_default();
    let mut settings = configuration.settings.clone();
    let own = settings.exclude.clone();
    let mut silenced = Vec::new();
    for (key, globs) in [("--exclude", exclude), ("exclude", &own)] {
        if !globs.is_empty() {
            silenced.push(Allow {
                rules: Vec::new(),
                paths: Some(Globs::new(globs.iter().map(|glob| (key, glob.as_str())))?),
                values: None,
                reason: format!("left out by {key}"),
                origin: key.to_owned(),
            });
        }
        settings.accepted.extend_from_slice(globs);
    }
    let mut policy = settings.policy(bases)?;
    policy.allow.splice(0..0, silenced);
    Ok(Places {
        roots: Bases::default(),
        policy,
    })
}

/// A name without the values in it, which no walk meets where a folder is empty.
fn redacted(name: &[u8], scanner: &Scanner) -> Vec<u8> {
    let (mut locals, mut findings) = (Locals::default(), Vec::new());
    scanner.scan(name, &mut scanner.scratch(), &mut locals);
    let describer = scanner.describer();
    let lost = describer.describe(name, &locals.found, &mut findings);
    let found = findings.iter().map(|found| (&found.secret, &*found.masked));
    let lost = lost.iter().map(|lost| (&lost.secret, &*lost.masked));
    Redactor::new(found.chain(lost)).redact(name).into_owned()
}
