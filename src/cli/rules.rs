//! `rules`: what leakgate looks for, and whether the rules work.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::cli::args::{RuleArgs, RulesArgs, RulesCommand};
use crate::cli::configuration::{Configuration, Owner, Wanted};
use crate::cli::{USAGE, print, ruleset};
use crate::config::{Gate, Limits};
use crate::error::{Error, Result};
use crate::report::escape::terminal;
use crate::rule::model::{Anchor, FileTest, Join, Text};
use crate::rule::{Detect, Rule, Ruleset};
use crate::scan::Scanner;
use crate::selftest;
use crate::settings;
use crate::source::files::{Links, Whole, read_whole};

/// Longer files are no configurations, in bytes.
const CHECKED_BYTES_MAX: u64 = 1 << 20;

pub(super) fn run(args: &RulesArgs) -> Result<u8> {
    match &args.command {
        RulesCommand::List { rules } => list(&ruleset::load(rules, &configuration(rules)?)?),
        RulesCommand::Show { id, rules } => {
            let ruleset = ruleset::load(rules, &configuration(rules)?)?;
            let known = ruleset.position(id);
            let at = known.ok_or_else(|| Error::UnknownRule { id: id.clone() })?;
            print(show(&ruleset.rules[at], &ruleset).as_bytes(), 0)
        }
        RulesCommand::Check { files } => check(files),
        RulesCommand::Test {
            rules,
            rounds,
            seed,
        } => test(
            ruleset::whole(rules, &configuration(rules)?)?,
            *rounds,
            *seed,
        ),
    }
}

/// The configuration of the working directory, or the one that was named.
fn configuration(args: &RuleArgs) -> Result<Configuration> {
    Configuration::load(&Wanted {
        named: args.config.as_deref(),
        targets: &[Path::new(".")],
        owner: Owner::User,
        gate: None,
    })
}

/// Checks files of rules together, and each configuration with what it names and these rules.
fn check(files: &[PathBuf]) -> Result<u8> {
    let is_settings = |path: &&PathBuf| {
        // Opening a pipe only to look at it would end whoever writes into it.
        let file = path.is_file().then_some(path);
        let text = file.and_then(|path| read_whole(path, Links::Follow, CHECKED_BYTES_MAX).ok());
        let text = text.and_then(|whole| match whole {
            Whole::Bytes(bytes) => String::from_utf8(bytes).ok(),
            _ => None,
        });
        text.is_some_and(|text| settings::is_configuration(&text))
    };
    let (configurations, files): (Vec<_>, Vec<_>) = files.iter().partition(is_settings);
    let files: Vec<_> = files.into_iter().cloned().collect();
    let n_builtin = ruleset::with_files(&[], &Configuration::default())?
        .rules
        .len();
    let n_rules = |configuration: &Configuration| {
        let ruleset = ruleset::with_files(&files, configuration)?;
        configuration.check(&ruleset)?;
        Ok::<_, Error>(ruleset.rules.len() - n_builtin)
    };
    let n_of_files = n_rules(&Configuration::default())?;
    let mut text = String::new();
    if !files.is_empty() {
        let _ = writeln!(text, "{n_of_files} rules are well formed");
    }
    for path in configurations {
        // Every gate: rules that only one of them names are checked as well.
        let mut n_own = 0;
        for gate in [None].into_iter().chain(Gate::ALL.map(Some)) {
            let configuration = Configuration::named(path, gate)?;
            n_own = n_own.max(n_rules(&configuration)? - n_of_files);
        }
        let name = terminal(path.display().to_string().as_bytes());
        let own = match n_own {
            0 => String::new(),
            n => format!("; rules that it names: {n}"),
        };
        let _ = writeln!(text, "{name} is a well formed configuration{own}");
    }
    print(text.as_bytes(), 0)
}

fn list(ruleset: &Ruleset) -> Result<u8> {
    let mut rules: Vec<&Rule> = ruleset.rules.iter().filter(|rule| !rule.silent()).collect();
    rules.sort_by_key(|rule| (&rule.category, &rule.id));
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut text = String::new();
    for rule in rules {
        let (id, severity) = (&rule.id, rule.severity);
        let category = terminal(rule.category.as_bytes());
        let _ = writeln!(
            text,
            "{id:widest$}  {severity:8}  {category:13}  {}",
            terminal(rule.title.as_bytes())
        );
    }
    print(text.as_bytes(), 0)
}

fn show(rule: &Rule, ruleset: &Ruleset) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:11} {}", terminal(value.as_bytes()));
    };
    line("id", &rule.id);
    line("title", &rule.title);
    line("kind", rule.kind.name());
    line("category", &rule.category);
    line("severity", rule.severity.name());
    line("confidence", rule.confidence.name());
    match &rule.detect {
        Detect::Text(found) => show_text(found, &mut line),
        Detect::Join(join) => show_join(join, ruleset, &mut line),
        Detect::File(test) => show_file(test, &mut line),
    }
    let optional = [
        ("impact", &rule.impact),
        ("advice", &rule.advice),
        ("source", &rule.source),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            line(name, value);
        }
    }
    line(
        "defined in",
        &format!("{}:{}", rule.origin.file, rule.origin.line),
    );
    text
}

fn show_text(text: &Text, line: &mut impl FnMut(&str, &str)) {
    for anchor in &text.anchors {
        match anchor {
            Anchor::Literal { bytes, fold } => {
                let case = if *fold { " in any case" } else { "" };
                line(
                    "literal",
                    &format!("{}{case}", String::from_utf8_lossy(bytes)),
                );
            }
            Anchor::Run { class, min } => {
                line(
                    "run",
                    &format!("{min} or more bytes of a class of {}", class.len()),
                );
            }
        }
    }
    if let Some(pattern) = &text.pattern {
        line("pattern", &pattern.regex);
    }
    if let Some(context) = &text.context {
        line("near", &context.words.join(", "));
    }
    if let Some(validator) = text.validator {
        line("check", validator.name);
    }
}

fn show_join(join: &Join, ruleset: &Ruleset, line: &mut impl FnMut(&str, &str)) {
    let (id, secret) = (&ruleset.rules[join.id].id, &ruleset.rules[join.secret].id);
    line(
        "joins",
        &format!("{id} and {secret}, at most {} bytes apart", join.distance),
    );
}

fn show_file(test: &FileTest, line: &mut impl FnMut(&str, &str)) {
    line("file names", &test.names.join(", "));
    if !test.except.is_empty() {
        line("except", &test.except.join(", "));
    }
    if let Some((pattern, min)) = &test.lines {
        line("lines", &format!("at least {min} that match {pattern}"));
    }
}

/// Runs the samples of all rules; a rule that fails its own samples is a rule error.
fn test(ruleset: Ruleset, rounds: u32, seed: u64) -> Result<u8> {
    let scanner = Scanner::new(ruleset, Limits::default());
    let outcome = selftest::test(&scanner, seed, rounds);
    let mut text = String::new();
    for failure in &outcome.failures {
        let _ = writeln!(text, "{}", terminal(failure.to_string().as_bytes()));
    }
    let _ = writeln!(
        text,
        "{} rules, {} samples, {} broken checksums: {} failed",
        outcome.rules,
        outcome.samples,
        outcome.changes,
        outcome.failures.len(),
    );
    let status = if outcome.failures.is_empty() {
        0
    } else {
        USAGE
    };
    print(text.as_bytes(), status)
}
