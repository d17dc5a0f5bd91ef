//! The command: from what was typed to one call of the library, and from its answer to an exit
//! status.
//!
//! This is the only part that touches the terminal, the environment and the files that flags name.
//! To add a command, add a file here, its arguments in `args.rs` and its line in [`main`].

mod args;
mod configuration;
mod environment;
mod explain;
mod generate;
mod git;
mod hook;
mod job;
mod output;
mod progress;
mod rules;
mod ruleset;
mod scan;
mod since;
mod staged;
mod stats;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::error::Error;
use crate::report::escape::terminal;
use args::{Cli, Command};

/// Exit status of wrong use, wrong configuration and reports that could not be written.
const USAGE: u8 = 2;

/// What messages call standard output.
const STDOUT: &str = "standard output";

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    // The message of a panic may hold text of the target; where it happened is enough to report it.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        let place = place.unwrap_or_else(|| "an unknown place".to_owned());
        warn(&format!("internal error at {place}; please report it"));
    }));
    let words: Vec<OsString> = std::env::args_os().collect();
    ExitCode::from(dispatch(&words))
}

fn dispatch(words: &[OsString]) -> u8 {
    let (cli, matches) = match parse(words) {
        Ok(parsed) => parsed,
        Err(error) => {
            let error = harmless(error, words);
            let printed = error.print();
            let code = u8::try_from(error.exit_code()).unwrap_or(USAGE);
            return printed.map_or_else(|error| written(&error, code), |()| code);
        }
    };
    let answer = match &cli.command {
        Command::Scan(args) => scan::run(args, below(&matches)),
        Command::Git(args) => git::run(args, below(&matches)),
        Command::Staged(args) => staged::run(args, below(&matches)),
        Command::Hook(args) => hook::run(args),
        Command::Rules(args) => rules::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Completions { shell } => generate::completions(*shell),
        Command::Man => generate::man(),
    };
    answer.unwrap_or_else(|error| {
        warn(&error.to_string());
        USAGE
    })
}

/// What was matched of a command itself.
fn below(matches: &ArgMatches) -> &ArgMatches {
    let (_, matches) = matches.subcommand().expect("clap matched a subcommand");
    matches
}

fn parse(words: &[OsString]) -> Result<(Cli, ArgMatches), clap::Error> {
    let matches = Cli::command().try_get_matches_from(words)?;
    Ok((Cli::from_arg_matches(&matches)?, matches))
}

/// The same complaint about the same words, escaped: it quotes what was typed, and that may be a
/// file name which the shell put there for a `*`.
fn harmless(error: clap::Error, words: &[OsString]) -> clap::Error {
    let escaped = words.iter().map(|word| terminal(word.as_encoded_bytes()));
    let escaped: Vec<OsString> = escaped.map(OsString::from).collect();
    // Words that are right once they are escaped were not UTF-8; that complaint quotes nothing.
    parse(&escaped).err().unwrap_or(error)
}

/// Writes one line to standard error; whether anyone reads it changes nothing.
fn warn(message: &str) {
    let _ = writeln!(io::stderr(), "leakgate: {}", terminal(message.as_bytes()));
}

/// The status after writing to standard output failed: a reader that went away changes nothing.
fn written(error: &io::Error, status: u8) -> u8 {
    if error.kind() == io::ErrorKind::BrokenPipe {
        status
    } else {
        USAGE
    }
}

/// Writes text to standard output and answers with `status`.
fn print(text: &[u8], status: u8) -> Result<u8, Error> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(status),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(status),
        Err(source) => Err(Error::Output {
            to: STDOUT.into(),
            source,
        }),
    }
}
