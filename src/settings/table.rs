//! TOML read strictly: every key is asked for by name, and what nobody asked for is an error.
//!
//! By hand and not through `serde`, because an error has to name the line of the very word that is
//! wrong and what it may have been meant to be. No message holds the text of a value: an allow list
//! may hold what it lets pass.

use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::rule::line_of;
use crate::rule::model::Origin;
use crate::settings::nearest::{hint, short};
use crate::settings::{NamedFile, SettingsText, Written};

/// Keys that only files of rules have.
const KEYS_OF_RULES: &[&str] = &["family", "rule", "shape"];

/// Whether a text is meant as a configuration, and not as a file of rules, by the keys at its top.
///
/// Text that is not TOML is not.
pub fn is_configuration(text: &str) -> bool {
    let of_rules = |table: &DeTable<'_>| KEYS_OF_RULES.iter().any(|key| table.contains_key(*key));
    DeTable::parse(text).is_ok_and(|table| {
        let table = table.get_ref();
        !table.is_empty() && !of_rules(table)
    })
}

/// A table, and what of it was asked for.
pub(super) struct Table<'a> {
    source: &'a SettingsText<'a>,
    /// Its path, such as `gate.commit`; empty for the whole file.
    path: String,
    span: Range<usize>,
    rest: DeTable<'a>,
    known: Vec<&'static str>,
}

/// The value of a key.
pub(super) struct Value<'a> {
    source: &'a SettingsText<'a>,
    /// Path of its key.
    path: String,
    span: Range<usize>,
    value: DeValue<'a>,
}

impl<'a> Table<'a> {
    /// Parses a whole file.
    pub(super) fn parse(source: &'a SettingsText<'a>) -> Result<Self> {
        let parsed = DeTable::parse(source.text).map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            error_at(source, offset, &error.message().replace('\n', " "))
        })?;
        Ok(Self {
            source,
            path: String::new(),
            span: 0..0,
            rest: parsed.into_inner(),
            known: Vec::new(),
        })
    }

    /// Takes the value of `key`, if it is given.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let value = self.rest.remove(key)?;
        Some(self.value(key, value))
    }

    /// Takes the table under `key`, or an empty one.
    pub(super) fn table(&mut self, key: &'static str) -> Result<Self> {
        match self.take(key) {
            Some(value) => value.table(),
            None => Ok(Self {
                source: self.source,
                path: String::new(),
                span: 0..0,
                rest: DeTable::new(),
                known: Vec::new(),
            }),
        }
    }

    /// Takes all that is left, each with its key, in the order of the keys.
    pub(super) fn take_all(&mut self) -> Vec<(Written, Value<'a>)> {
        let rest = std::mem::replace(&mut self.rest, DeTable::new());
        let entries = rest.into_iter().map(|(key, value)| {
            let written = Written {
                text: key.get_ref().to_string(),
                origin: origin(self.source, key.span().start),
            };
            let value = self.value(&written.text, value);
            (written, value)
        });
        entries.collect()
    }

    /// Ends the table: what is left of it has a key that does not exist.
    pub(super) fn end(self) -> Result<()> {
        let first = self.rest.keys().min_by_key(|key| key.span().start);
        let Some(key) = first else {
            return Ok(());
        };
        let place = match &*self.path {
            "" => String::new(),
            path => format!(" in [{path}]"),
        };
        let meant = hint(key.get_ref(), self.known.iter().copied());
        let meant = meant.unwrap_or_else(|| {
            let mut known = self.known.clone();
            known.sort_unstable();
            format!("known: {}", known.join(", "))
        });
        let problem = format!("unknown key {:?}{place}; {meant}", short(key.get_ref()));
        Err(error_at(self.source, key.span().start, &problem))
    }

    /// An error about the table as a whole.
    pub(super) fn error(&self, problem: &str) -> Error {
        let problem = format!("{}: {problem}", self.path);
        error_at(self.source, self.span.start, &problem)
    }

    /// Where the table stands.
    pub(super) fn origin(&self) -> Origin {
        origin(self.source, self.span.start)
    }

    fn value(&self, key: &str, value: Spanned<DeValue<'a>>) -> Value<'a> {
        let path = match &*self.path {
            "" => short(key),
            path => format!("{path}.{}", short(key)),
        };
        Value {
            source: self.source,
            path,
            span: value.span(),
            value: value.into_inner(),
        }
    }
}

impl<'a> Value<'a> {
    /// A text.
    pub(super) fn text(self) -> Result<Written> {
        match &self.value {
            DeValue::String(text) => Ok(Written {
                text: text.to_string(),
                origin: origin(self.source, self.span.start),
            }),
            _ => Err(self.wrong("a text")),
        }
    }

    /// A list of texts.
    pub(super) fn texts(self) -> Result<Vec<Written>> {
        let values = self.list("a list of texts, such as [\"a\", \"b\"]")?;
        values.into_iter().map(Value::text).collect()
    }

    /// A list of texts that is not empty.
    pub(super) fn some_texts(self) -> Result<Vec<Written>> {
        let (source, start, path) = (self.source, self.span.start, self.path.clone());
        let texts = self.texts()?;
        if texts.is_empty() {
            let problem = format!("{path}: names nothing; leave it out if anything will do");
            return Err(error_at(source, start, &problem));
        }
        Ok(texts)
    }

    /// A list of paths, which count from the folder of the file.
    pub(super) fn files(self) -> Result<Vec<NamedFile>> {
        let folder = self.source.folder;
        let paths = self.texts()?.into_iter().map(|path| NamedFile {
            path,
            folder: folder.to_owned(),
        });
        Ok(paths.collect())
    }

    /// A number of at least 1.
    pub(super) fn number(self) -> Result<u64> {
        let number = match &self.value {
            DeValue::Integer(number) => u64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        let least = |number: &u64| *number >= 1;
        let number = number.filter(least);
        number.ok_or_else(|| self.wrong("a whole number of at least 1"))
    }

    /// A table.
    pub(super) fn table(self) -> Result<Table<'a>> {
        if !self.value.is_table() {
            return Err(self.wrong(&format!("a table, [{}]", self.path)));
        }
        let DeValue::Table(rest) = self.value else {
            unreachable!("it was a table a line ago");
        };
        Ok(Table {
            source: self.source,
            path: self.path,
            span: self.span,
            rest,
            known: Vec::new(),
        })
    }

    /// A list of tables.
    pub(super) fn tables(self) -> Result<Vec<Table<'a>>> {
        let wanted = format!("tables, [[{}]]", self.path);
        let values = self.list(&wanted)?;
        values.into_iter().map(Value::table).collect()
    }

    fn list(self, wanted: &str) -> Result<Vec<Self>> {
        if !self.value.is_array() {
            return Err(self.wrong(wanted));
        }
        let DeValue::Array(values) = self.value else {
            unreachable!("it was a list a line ago");
        };
        let values = values.into_iter().map(|value| Self {
            source: self.source,
            path: self.path.clone(),
            span: value.span(),
            value: value.into_inner(),
        });
        Ok(values.collect())
    }

    fn wrong(&self, wanted: &str) -> Error {
        let problem = format!("{}: needs {wanted}", self.path);
        error_at(self.source, self.span.start, &problem)
    }
}

/// An error at the line of a word.
pub(super) fn error(at: &Written, problem: String) -> Error {
    Error::Setting {
        file: at.origin.file.clone(),
        line: at.origin.line,
        problem,
    }
}

fn error_at(source: &SettingsText<'_>, offset: usize, problem: &str) -> Error {
    let Origin { file, line } = origin(source, offset);
    Error::Setting {
        file,
        line,
        problem: problem.to_owned(),
    }
}

fn origin(source: &SettingsText<'_>, offset: usize) -> Origin {
    Origin {
        file: source.name.to_owned(),
        line: line_of(source.text, offset),
    }
}
