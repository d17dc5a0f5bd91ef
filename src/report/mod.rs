//! Reports: how the outcome of a run is written down.
//!
//! A [`Report`] borrows everything there is to say, and a [`Format`] says it. To add a format, add
//! one file with a `render` function and its line in [`FORMATS`].
//!
//! Every text that came from the target reaches a format through [`Report::text`] or one of its
//! siblings, which redact first and then escape. Formats write to the writer they are given and to
//! nothing else.

use std::io;

use data_encoding::BASE64;

use crate::coverage::Coverage;
use crate::finding::{Finding, Placed};
use crate::level::Kind;
use crate::rule::{Rule, Ruleset};
use crate::secret::Redactor;

pub mod escape;
mod human;
mod json;
mod jsonl;
mod origin;
mod style;
mod view;

pub use style::Color;

/// Everything that a report tells.
pub struct Report<'a> {
    /// The rules of the run.
    pub ruleset: &'a Ruleset,
    /// What was scanned, as the user named it; raw.
    pub target: &'a [u8],
    /// The configuration that counted; raw.
    pub configuration: Option<&'a [u8]>,
    /// The findings, sorted by path, start and rule.
    pub findings: &'a [Placed],
    /// What was looked at and what was not.
    pub coverage: &'a Coverage,
    /// Knows every value of the run.
    pub redactor: &'a Redactor,
    /// What the user wants to see.
    pub show: Show,
}

/// What the user wants to see of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Show {
    /// Whether values are shown.
    pub secrets: Revealed,
    /// Whether colours are used, where the format has any.
    pub color: Color,
    /// How much is told, where the format leaves a choice.
    pub detail: Detail,
    /// Columns of the terminal; formats choose their own width without it.
    pub width: Option<usize>,
}

/// Whether values are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Revealed {
    /// Only as their masked text.
    #[default]
    Masked,
    /// In the clear beside their masked text; other texts stay redacted.
    InClear,
}

/// How much a report tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Active findings and what was not scanned.
    Quiet,
    /// The ledger and the verdict as well.
    #[default]
    Normal,
    /// Findings that do not count and lists in full as well.
    Verbose,
}

/// Writes a report in one format.
pub type Render = fn(&Report<'_>, &mut dyn io::Write) -> io::Result<()>;

/// A format of reports.
pub struct Format {
    /// The name given to `--format`.
    pub name: &'static str,
    /// What it is for, in a few words.
    pub about: &'static str,
    /// Writes it.
    pub render: Render,
}

/// Every format, sorted by name.
pub static FORMATS: &[Format] = &[
    Format {
        name: "human",
        about: "text for people, grouped by file",
        render: human::render,
    },
    Format {
        name: "json",
        about: "one JSON object with findings and coverage",
        render: json::render,
    },
    Format {
        name: "jsonl",
        about: "one JSON object a line: each finding, then the coverage",
        render: jsonl::render,
    },
];

/// The format of that name.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

impl Report<'_> {
    /// A text from the target for people: redacted, then escaped by [`escape::terminal`].
    pub fn text(&self, raw: &[u8]) -> String {
        escape::terminal(&self.redactor.redact(raw))
    }

    /// A part of a line of code for people: like [`Report::text`], but a tab is shown as a space
    /// and the line's end is left out.
    pub fn code(&self, raw: &[u8]) -> String {
        // Only after redaction: a value may hold tabs or end the line.
        let mut line = self.redactor.redact(raw).into_owned();
        line.truncate(line_end(&line));
        for byte in line.iter_mut().filter(|byte| **byte == b'\t') {
            *byte = b' ';
        }
        escape::terminal(&line)
    }

    /// A text from the target for a format that escapes strings by its own rule: redacted; where
    /// that is not UTF-8, escaped for people, with its exact bytes in base64 beside it.
    pub fn string(&self, raw: &[u8]) -> (String, Option<String>) {
        let redacted = self.redactor.redact(raw);
        match str::from_utf8(&redacted) {
            Ok(text) => (text.to_owned(), None),
            Err(_) => {
                let bytes = BASE64.encode(&redacted);
                (escape::terminal(&redacted), Some(bytes))
            }
        }
    }

    /// The rule that made a finding.
    pub fn rule(&self, finding: &Finding) -> &Rule {
        &self.ruleset.rules[finding.rule.0 as usize]
    }
}

/// What to do now about a finding of this rule, in general terms where the rule has none.
pub fn advice(rule: &Rule) -> &str {
    let general = match rule.kind {
        Kind::Secret => {
            "Revoke or change it where it is used, then take it out. Once it was \
             pushed or published, taking it out is not enough."
        }
        Kind::SourceMap => "Leave source maps out of what is published.",
        Kind::Dataset => "Leave the data out, or make sure that it may be published.",
        Kind::SensitiveFile => "Leave the file out and add it to the ignore file.",
        Kind::Pii => "Take the personal data out, or put made-up data in its place.",
        Kind::Excerpt => "Take the private text out.",
        Kind::Suspicious => "Find out what put it there before going on.",
    };
    rule.advice.as_deref().unwrap_or(general)
}

/// Length of `line` without its LF or CR LF.
fn line_end(line: &[u8]) -> usize {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line).len()
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, find};

    #[test]
    fn formats_are_sorted_and_found_by_name() {
        assert!(FORMATS.is_sorted_by(|a, b| a.name < b.name));
        for format in FORMATS {
            assert_eq!(
                find(format.name).map(|found| found.about),
                Some(format.about)
            );
        }
        assert!(find("papyrus").is_none());
    }
}
