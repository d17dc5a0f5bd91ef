//! `explain`: why something fired, or why a text did not.
//!
//! Tells of every anchor in the text what became of it. The text itself is never shown: whoever asks
//! has it, and the answer may be pasted into a report of a false alarm.

use std::fmt::Write;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::cli::args::ExplainArgs;
use crate::cli::configuration::{Configuration, Owner, Wanted, roots};
use crate::cli::{print, ruleset};
use crate::config::ScanConfig;
use crate::decode::View;
use crate::describe::Origin;
use crate::error::{self, Error};
use crate::inspect::named::NamedFiles;
use crate::matcher::confirm::Verdict;
use crate::matcher::refusal::Refusal;
use crate::place;
use crate::report::escape;
use crate::rule::model::Anchor;
use crate::rule::{Detect, Rule, Ruleset};
use crate::scan::Scanner;
use crate::secret::Secret;
use crate::source::files::shown;
use crate::validate::Validity;

/// Lines of answer at most; more would not be read.
const ANSWERS_MAX: usize = 1_000;

pub(super) fn run(args: &ExplainArgs) -> error::Result<u8> {
    let judge = Judge::new(args)?;
    let ruleset = ruleset::whole(&args.rules, &judge.configuration)?;
    if let Some(id) = &args.rule
        && ruleset.position(id).is_none()
    {
        return Err(Error::UnknownRule { id: id.clone() });
    }
    let bytes = read(args)?;
    let scanner = Scanner::new(ruleset, judge.config.limits);
    let mut answer = String::new();
    let mut n = tell((&scanner, &judge), args, &bytes, View::Bytes, &mut answer);
    let view = View::of(&bytes);
    if view != View::Bytes {
        let mut text = Vec::new();
        view.read(&bytes, &mut text);
        n += tell((&scanner, &judge), args, &text, view, &mut answer);
    }
    n += name((&scanner, &judge), args, &bytes, &mut answer);
    if n == 0 {
        nothing(args, scanner.ruleset(), &mut answer);
    }
    print(answer.as_bytes(), 0)
}

/// What the configuration says of findings.
struct Judge {
    configuration: Configuration,
    config: ScanConfig,
    /// The words of `--only`.
    chosen: Vec<String>,
    /// The path as reports show it.
    path: Vec<u8>,
}

impl Judge {
    fn new(args: &ExplainArgs) -> error::Result<Self> {
        let target: &Path = &args.path;
        let configuration = Configuration::load(&Wanted {
            named: args.rules.config.as_deref(),
            targets: &[target],
            owner: Owner::User,
            gate: None,
        })?;
        let places: &[&Path] = if target.as_os_str() == "-" {
            &[]
        } else {
            &[target]
        };
        let config = ScanConfig {
            policy: configuration.policy(places)?,
            roots: roots(places),
            ..ScanConfig::default()
        };
        Ok(Self {
            configuration,
            config,
            chosen: args.rules.only.clone(),
            path: shown(target),
        })
    }

    /// Says what makes a value that was found less than a finding.
    fn lessens(&self, rule: &Rule, verdict: &Verdict, text: &[u8]) -> Option<String> {
        if rule.silent() {
            return None;
        }
        let value = Secret::new(&text[verdict.value.clone()]);
        self.silences(rule, &value).or_else(|| {
            let placed = place::confidence(verdict.confidence, rule, &self.path, &self.config);
            (placed < verdict.confidence).then(|| {
                "yes, but less surely: it stands in a test, an example or documentation".to_owned()
            })
        })
    }

    /// Says what silences a value, which is empty for the file as a whole.
    fn silences(&self, rule: &Rule, value: &Secret) -> Option<String> {
        let settings = &self.configuration.settings;
        if let Some((key, word)) = settings.turned_off(rule, &self.chosen) {
            let (file, line) = (&word.origin.file, word.origin.line);
            let place = escape::terminal(format!("{file}:{line}").as_bytes());
            return Some(format!("yes, but {key} at {place} turns it off"));
        }
        let allow = place::allowed(rule, &self.path, value, &self.config)?;
        let reason = escape::terminal(allow.reason.as_bytes());
        let place = escape::terminal(allow.origin.as_bytes());
        Some(format!(
            "yes, but the allow list at {place} silences it: {reason}"
        ))
    }
}

fn read(args: &ExplainArgs) -> error::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = if args.path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        fs::read(&args.path)
    };
    read.map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::NoTarget {
            path: args.path.clone(),
        },
        _ => Error::Unreadable {
            path: args.path.clone(),
            source,
        },
    })
}

/// Tells of all anchors in one view of the text; returns how many there were.
fn tell(
    (scanner, judge): (&Scanner, &Judge),
    args: &ExplainArgs,
    text: &[u8],
    view: View,
    answer: &mut String,
) -> usize {
    let mut told = Vec::new();
    scanner.explain(text, &mut scanner.scratch(), &mut |rule, hit, verdict| {
        told.push((hit.start, rule, verdict));
    });
    told.sort_by_key(|(start, rule, _)| (*start, *rule));
    let mut origin = Origin::default();
    let mut n = 0;
    for (start, index, verdict) in told {
        origin = origin.after(&text[origin.offset as usize..start]);
        let rule = &scanner.ruleset().rules[index.0 as usize];
        let wanted = args.rule.as_ref().is_none_or(|id| *id == rule.id)
            && args.line.is_none_or(|line| line == origin.line);
        if !wanted {
            continue;
        }
        n += 1;
        if n > ANSWERS_MAX {
            let _ = writeln!(answer, "… and more; ask for one --line or one --rule");
            break;
        }
        let found = verdict.as_ref().ok();
        let lessened = found.and_then(|found| judge.lessens(rule, found, text));
        let conclusion = lessened.unwrap_or_else(|| conclude(rule, &verdict));
        let reading = if view == View::Bytes { "" } else { view.name() };
        let space = if reading.is_empty() { "" } else { " " };
        let (line, column) = (origin.line, origin.column);
        let _ = writeln!(
            answer,
            "{reading}{space}{line}:{column}  {}  {conclusion}",
            rule.id
        );
    }
    n
}

/// What became of one anchor, in words.
fn conclude(rule: &Rule, verdict: &Result<Verdict, Refusal>) -> String {
    match verdict {
        Err(Refusal::NoContext) => {
            let context = rule.text().and_then(|text| text.context.as_ref());
            let words = context.map_or(String::new(), |context| context.words.join(", "));
            let words = escape::terminal(words.as_bytes());
            format!("no: none of these words stands near: {words}")
        }
        Err(refusal) => format!("no: {}", escape::terminal(refusal.to_string().as_bytes())),
        Ok(_) if rule.silent() => {
            "yes, but it is reported only together with its companion".to_owned()
        }
        Ok(verdict) if verdict.validity == Validity::Valid => {
            "yes, and its checksum or structure proves it".to_owned()
        }
        Ok(_) => "yes".to_owned(),
    }
}

/// Tells what became of the rules that look at files of this name; returns how many there are.
fn name(
    (scanner, judge): (&Scanner, &Judge),
    args: &ExplainArgs,
    bytes: &[u8],
    answer: &mut String,
) -> usize {
    let named = NamedFiles::new(scanner.ruleset());
    let lines = named.begin(&judge.path).filter(|_| args.line.is_none());
    let Some(mut lines) = lines else {
        return 0;
    };
    let rules: Vec<_> = lines.rules().collect();
    let mut found = Vec::new();
    lines.feed(bytes);
    lines.finish(scanner.ruleset(), &mut found);
    let mut n = 0;
    for index in rules {
        let rule = &scanner.ruleset().rules[index.0 as usize];
        if args.rule.as_ref().is_some_and(|id| *id != rule.id) {
            continue;
        }
        n += 1;
        let conclusion = if found.iter().any(|finding| finding.rule == index) {
            let silenced = judge.silences(rule, &Secret::new(b""));
            silenced.unwrap_or_else(|| "yes".to_owned())
        } else {
            "no: too few of its lines are what such a file holds".to_owned()
        };
        let _ = writeln!(answer, "its name  {}  {conclusion}", rule.id);
    }
    n
}

/// Nothing was looked at closer: says what would have been.
fn nothing(args: &ExplainArgs, ruleset: &Ruleset, answer: &mut String) {
    let place = if args.line.is_some() {
        "on that line"
    } else {
        "in this text"
    };
    match args.rule.as_ref().and_then(|id| ruleset.position(id)) {
        None => {
            let _ = writeln!(
                answer,
                "no rule looked closer at anything {place}: none of the texts \
                that rules begin from stands there"
            );
        }
        Some(at) => {
            let rule = &ruleset.rules[at];
            let _ = writeln!(
                answer,
                "{} looked at nothing {place}; it begins from {}",
                rule.id,
                escape::terminal(begins(rule, ruleset).as_bytes())
            );
        }
    }
}

fn begins(rule: &Rule, ruleset: &Ruleset) -> String {
    match &rule.detect {
        Detect::Text(text) => {
            let anchors = text.anchors.iter().map(|anchor| match anchor {
                Anchor::Literal { bytes, .. } => format!("{:?}", String::from_utf8_lossy(bytes)),
                Anchor::Run { min, .. } => format!("a run of {min} or more characters"),
            });
            anchors.collect::<Vec<_>>().join(", ")
        }
        Detect::Join(join) => format!(
            "what {} and {} find",
            ruleset.rules[join.id].id, ruleset.rules[join.secret].id
        ),
        Detect::File(test) => format!("files named {}", test.names.join(", ")),
    }
}
