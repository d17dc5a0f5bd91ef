//! `rules`: what leakgate looks for, and whether the rules work.

use std::fmt::Write;

use crate::cli::args::{RulesArgs, RulesCommand};
use crate::cli::{USAGE, print, ruleset};
use crate::config::Limits;
use crate::error::{Error, Result};
use crate::report::escape::terminal;
use crate::rule::model::{Anchor, FileTest, Join, Text};
use crate::rule::{Detect, Rule, Ruleset};
use crate::scan::Scanner;
use crate::selftest;

pub(super) fn run(args: &RulesArgs) -> Result<u8> {
    match &args.command {
        RulesCommand::List { rules } => list(&ruleset::load(rules)?),
        RulesCommand::Show { id, rules } => {
            let ruleset = ruleset::load(rules)?;
            let known = ruleset.position(id);
            let at = known.ok_or_else(|| Error::UnknownRule { id: id.clone() })?;
            print(show(&ruleset.rules[at], &ruleset).as_bytes(), 0)
        }
        RulesCommand::Check { files } => {
            let builtin = ruleset::with_files(&[])?.rules.len();
            let all = ruleset::with_files(files)?.rules.len();
            print(
                format!("{} rules are well formed\n", all - builtin).as_bytes(),
                0,
            )
        }
        RulesCommand::Test {
            rules,
            rounds,
            seed,
        } => test(ruleset::load(rules)?, *rounds, *seed),
    }
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
