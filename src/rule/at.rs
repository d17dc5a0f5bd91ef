//! Where in a rule file something stands, so that a refusal can say it.

use std::ops::Range;

use serde_spanned::Spanned;

use crate::error::Error;
use crate::rule::model::Origin;

/// A rule file: its name in messages, and its text.
#[derive(Clone, Copy, Debug)]
pub struct RuleText<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// TOML.
    pub text: &'a str,
}

/// Where in a file a table stands; makes errors.
pub(crate) struct At<'a> {
    file: &'a RuleText<'a>,
    span: Range<usize>,
    rule: Option<String>,
}

impl<'a> At<'a> {
    pub(super) fn new<T>(file: &'a RuleText<'a>, table: &Spanned<T>, rule: Option<&str>) -> Self {
        Self {
            file,
            span: table.span(),
            rule: rule.map(str::to_owned),
        }
    }

    /// An error at the line of `key`, or at the head of the table where it has no such key.
    pub(crate) fn error(&self, key: &str, problem: &str) -> Error {
        let names_key = |line: &str| {
            let rest = line.trim_start().strip_prefix(key);
            rest.is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        // The span of a table may end with its head, so the table ends where the next one begins.
        let text = self.file.text.get(self.span.start..).unwrap_or_default();
        let lines = text.lines().zip(0..);
        let mut body = lines
            .skip(1)
            .take_while(|(line, _)| !line.starts_with("[["));
        let below = body.find(|(line, _)| names_key(line)).map_or(0, |(_, n)| n);
        Error::Rule {
            file: self.file.name.to_owned(),
            line: line_of(self.file.text, self.span.start) + below,
            rule: self.rule.clone(),
            problem: problem.to_owned(),
        }
    }

    pub(super) fn origin(&self) -> Origin {
        let line = line_of(self.file.text, self.span.start);
        Origin {
            file: self.file.name.to_owned(),
            line,
        }
    }
}

/// The line, from 1, of the byte at `offset`.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    memchr::memchr_iter(b'\n', before).count() + 1
}

/// Ids of the rules that a rule joins, still unconnected.
pub(crate) struct Parts {
    pub(super) ids: [String; 2],
    pub(super) origin: Origin,
}

impl Parts {
    pub(crate) fn new(ids: [String; 2]) -> Self {
        Self {
            ids,
            origin: Origin::default(),
        }
    }
}
