//! Which reports are written, and where.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ArgMatches;

use crate::cli::STDOUT;
use crate::cli::args::{OutputArgs, When};
use crate::error::{Error, Result};
use crate::report::{self, Color, Detail, Format, Report, Revealed, Show};
use crate::rule::Ruleset;
use crate::scan::Outcome;

/// The reports that were asked for.
pub(super) struct Outputs<'a> {
    args: &'a OutputArgs,
    /// Each with its file; none means standard output.
    reports: Vec<(&'static Format, Option<PathBuf>)>,
}

/// What a report names, without the values in it.
pub(super) struct Names {
    /// What was scanned, as the user named it.
    pub target: Vec<u8>,
    /// The configuration that counted.
    pub configuration: Option<Vec<u8>>,
}

impl<'a> Outputs<'a> {
    /// Pairs each `--output` with the `--format` before it; a first one without is for humans.
    pub(super) fn new(args: &'a OutputArgs, matches: &ArgMatches) -> Result<Self> {
        let indices = |name| matches.indices_of(name).into_iter().flatten();
        let formats = indices("format")
            .zip(&args.format)
            .map(|(at, name)| (at, Ok(name.as_str())));
        let files = indices("output")
            .zip(&args.output)
            .map(|(at, file)| (at, Err(file)));
        let mut words: Vec<_> = formats.chain(files).collect();
        words.sort_by_key(|(at, _)| *at);
        let mut reports: Vec<(&'static Format, Option<PathBuf>)> = Vec::new();
        for (_, word) in words {
            match (word, reports.last_mut()) {
                (Ok(name), _) => reports.push((format(name)?, None)),
                (Err(file), Some((_, free @ None))) => *free = Some(file.clone()),
                (Err(file), _) => reports.push((format("human")?, Some(file.clone()))),
            }
        }
        if reports.is_empty() {
            reports.push((format("human")?, None));
        }
        if reports.iter().filter(|(_, file)| file.is_none()).count() > 1 {
            return Err(Error::TwoReports);
        }
        Ok(Self { args, reports })
    }

    /// Writes every report, the others too where one fails. The exit status was decided before.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub(super) fn write(&self, outcome: &Outcome, ruleset: &Ruleset, names: &Names) -> Result<()> {
        let mut answer = Ok(());
        for (format, file) in &self.reports {
            let report = Report {
                ruleset,
                target: &names.target,
                configuration: names.configuration.as_deref(),
                findings: &outcome.findings,
                coverage: &outcome.coverage,
                redactor: &outcome.redactor,
                show: self.show(file.as_deref()),
            };
            let (to, written) = match file {
                Some(path) => (path.clone(), write_file(path, format, &report)),
                None => {
                    let mut out = BufWriter::new(io::stdout().lock());
                    let written = (format.render)(&report, &mut out).and_then(|()| out.flush());
                    // The reader has seen enough; the status says the rest.
                    let closed =
                        matches!(&written, Err(e) if e.kind() == io::ErrorKind::BrokenPipe);
                    // What is left in the buffer would be written again when it is dropped.
                    let _ = out.into_parts();
                    (STDOUT.into(), if closed { Ok(()) } else { written })
                }
            };
            answer = answer.and(written.map_err(|source| Error::Output { to, source }));
        }
        answer
    }

    fn show(&self, file: Option<&Path>) -> Show {
        let terminal = file.is_none() && io::stdout().is_terminal();
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let color = match self.args.color {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && !set("NO_COLOR") && !dumb,
        };
        let width = terminal.then(terminal_size::terminal_size).flatten();
        Show {
            secrets: if self.args.show_secrets {
                Revealed::InClear
            } else {
                Revealed::Masked
            },
            color: if color { Color::Ansi } else { Color::Plain },
            detail: match (self.args.quiet, self.args.verbose) {
                (true, _) => Detail::Quiet,
                (_, true) => Detail::Verbose,
                _ => Detail::Normal,
            },
            width: width.map(|(width, _)| usize::from(width.0)),
        }
    }
}

fn format(name: &str) -> Result<&'static Format> {
    report::find(name).ok_or_else(|| {
        let known: Vec<_> = report::FORMATS.iter().map(|format| format.name).collect();
        Error::UnknownFormat {
            name: name.to_owned(),
            known: known.join(", "),
        }
    })
}

fn write_file(path: &Path, format: &Format, report: &Report<'_>) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    (format.render)(report, &mut out)?;
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    // A full disk may show only now; pipes and devices cannot be synced and need not be.
    if file.metadata()?.is_file() {
        file.sync_data()
    } else {
        Ok(())
    }
}
