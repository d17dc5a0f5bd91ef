//! `explain`: why something fired, or why a text did not.
//!
//! Tells of every anchor in the text what became of it. The text itself is never shown: whoever asks
//! has it, and the answer may be pasted into a report of a false alarm.

use std::fmt::Write;
use std::fs;
use std::io::{self, Read};

use crate::cli::args::ExplainArgs;
use crate::cli::{print, ruleset};
use crate::config::Limits;
use crate::decode::View;
use crate::describe::Origin;
use crate::error::{self, Error};
use crate::inspect::named::NamedFiles;
use crate::matcher::confirm::Verdict;
use crate::matcher::refusal::Refusal;
use crate::report::escape;
use crate::rule::model::Anchor;
use crate::rule::{Detect, Rule, Ruleset};
use crate::scan::Scanner;
use crate::validate::Validity;

/// Lines of answer at most; more would not be read.
const ANSWERS_MAX: usize = 1_000;

pub(super) fn run(args: &ExplainArgs) -> error::Result<u8> {
    let ruleset = ruleset::load(&args.rules)?;
    if let Some(id) = &args.rule
        && ruleset.position(id).is_none()
    {
        return Err(Error::UnknownRule { id: id.clone() });
    }
    let bytes = read(args)?;
    let scanner = Scanner::new(ruleset, Limits::default());
    let mut answer = String::new();
    let mut n = tell(&scanner, args, &bytes, View::Bytes, &mut answer);
    let view = View::of(&bytes);
    if view != View::Bytes {
        let mut text = Vec::new();
        view.read(&bytes, &mut text);
        n += tell(&scanner, args, &text, view, &mut answer);
    }
    name(&scanner, args, &mut answer, &mut n);
    if n == 0 {
        nothing(args, scanner.ruleset(), &mut answer);
    }
    print(answer.as_bytes(), 0)
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
    scanner: &Scanner,
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
        let conclusion = conclude(rule, &verdict);
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

/// Tells whether the file's name makes it a candidate.
fn name(scanner: &Scanner, args: &ExplainArgs, answer: &mut String, n: &mut usize) {
    let named = NamedFiles::new(scanner.ruleset());
    let path = args.path.to_string_lossy();
    if args.line.is_none() && named.begin(path.as_bytes()).is_some() {
        let _ = writeln!(
            answer,
            "the file's name is one that rules on file names look at"
        );
        *n += 1;
    }
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
