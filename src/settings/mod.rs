//! Configurations: what `leakgate.toml` may say, read strictly.
//!
//! Text in, [`Settings`] or an error with file and line out. Which file it is and who may be believed
//! is the business of the command; nothing here reads a file.
//!
//! # Keys
//!
//! | key | means |
//! |---|---|
//! | `extends` | files that this one builds on, laid under it in order; at the top only |
//! | `fail-on`, `min-confidence` | as the flags |
//! | `exclude` | globs of what is left out and counted, see [`crate::config::Globs`] |
//! | `timeout` | as the flag: `"30s"`, `"5m"` |
//! | `[limits] file-bytes-max` | longer files are left out and counted |
//! | `[limits] locals-per-blob-max` | values looked at in one file, 100,000 by default; more is a skip |
//! | `[limits] depth-max` | containers in each other that are opened, 12 by default |
//! | `[limits] members-max` | members opened of one file, 2,000,000 by default |
//! | `[limits] unpacked-bytes-max` | bytes unpacked of one file, 64 GiB by default |
//! | `[limits] unpacked-ratio-max` | bytes unpacked for each byte of a file, 200 by default; 64 MiB are free |
//! | `[limits] unpack-seconds-max` | time for unpacking one file, 1,800 by default |
//! | `[limits] held-bytes-max` | bytes of containers in others held in memory by a thread, 48 MiB by default |
//! | `[rules] off`, `only` | ids, categories and kinds of rules |
//! | `[rules] files` | rule files, or folders of them, besides the built-in ones |
//! | `[rules.severity]` | `id = "high"` |
//! | `[[allow]]` | `rules`, `paths`, `values` and a `reason`: findings that are silenced |
//! | `[coverage] accepted` | globs: what cannot be scanned there is an exclusion and no skip |
//! | `[publish] source-maps` | `"closed-only"`, `"forbid"` or `"allow"` |
//! | `[publish] untracked` | globs of files that may ship though version control does not know them |
//! | `[gate.commit]`, `[gate.publish]`, `[gate.mirror]` | any key but `extends`, for that gate |
//!
//! - One layer over another: lists and tables add, everything else is replaced. The order is: what is
//!   extended, the file itself, then the gate in the same order.
//! - Globs count from the folder of the configuration that was found or named, also those of files
//!   that it extends: these are parts of it. Where the target lies elsewhere they count from the root
//!   of its repository, or from the target where it has none. A folder stands for all that is in it.
//! - Paths in `extends` and `rules.files` count from the folder of the file that they stand in.
//! - An `[[allow]]` table gives at least one of `rules`, `paths` and `values`; all that it gives must
//!   hold. It gives a reason, because whoever reads it next has to know. `values` are patterns in the
//!   syntax of rules, bounded, found anywhere in the value.
//!
//! To add a key, add a field, its line in `read.rs` and in [`Settings::lay_over`], and document it
//! above.

mod nearest;
mod read;
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::config::{Allow, Bases, Gate, Globs, Policy, Publish, SourceMaps};
use crate::error::{Error, Result};
use crate::level::{Confidence, Severity};
use crate::rule::model::Origin;
use crate::rule::{Report, Rule, Ruleset};
use nearest::hint;

pub use read::read;
pub use table::is_configuration;

/// A configuration as text.
#[derive(Clone, Copy, Debug)]
pub struct SettingsText<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// The folder that paths in it count from.
    pub folder: &'a Path,
    /// TOML.
    pub text: &'a str,
}

/// One file as it is written.
#[derive(Clone, Debug, Default)]
pub struct SettingsFile {
    /// What it builds on.
    pub extends: Vec<NamedFile>,
    /// What it says for every run.
    pub top: Settings,
    /// What it says for some gates.
    pub gates: Vec<(Gate, Settings)>,
}

/// A word of a configuration, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The word.
    pub text: String,
    /// Where it stands.
    pub origin: Origin,
}

/// A file or folder that a configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its path as written.
    pub path: Written,
    /// The folder that the path counts from.
    pub folder: PathBuf,
}

/// What one layer says; what it leaves out is as the layer below says.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `fail-on`.
    pub fail_on: Option<Severity>,
    /// `min-confidence`.
    pub min_confidence: Option<Confidence>,
    /// `exclude`.
    pub exclude: Vec<String>,
    /// `timeout`.
    pub timeout: Option<Duration>,
    /// `limits`, by name.
    pub limits: BTreeMap<&'static str, u64>,
    /// `rules.off`.
    pub off: Vec<Written>,
    /// `rules.only`.
    pub only: Vec<Written>,
    /// `rules.files`.
    pub files: Vec<NamedFile>,
    /// `rules.severity`, by id.
    pub severity: BTreeMap<String, (Severity, Origin)>,
    /// `allow`.
    pub allow: Vec<Allow>,
    /// The words for rules in `allow`.
    pub allow_rules: Vec<Written>,
    /// `coverage.accepted`.
    pub accepted: Vec<String>,
    /// `publish.source-maps`.
    pub source_maps: Option<SourceMaps>,
    /// `publish.untracked`.
    pub untracked: Vec<String>,
}

impl Settings {
    /// Lays another layer over this one: lists and tables add, everything else is replaced.
    pub fn lay_over(&mut self, upper: Self) {
        self.fail_on = upper.fail_on.or(self.fail_on);
        self.min_confidence = upper.min_confidence.or(self.min_confidence);
        self.exclude.extend(upper.exclude);
        self.timeout = upper.timeout.or(self.timeout);
        self.limits.extend(upper.limits);
        self.off.extend(upper.off);
        self.only.extend(upper.only);
        self.files.extend(upper.files);
        self.severity.extend(upper.severity);
        self.allow.extend(upper.allow);
        self.allow_rules.extend(upper.allow_rules);
        self.accepted.extend(upper.accepted);
        self.source_maps = upper.source_maps.or(self.source_maps);
        self.untracked.extend(upper.untracked);
    }

    /// Says which word for a rule names none.
    ///
    /// # Errors
    ///
    /// [`Error::Setting`] for the first one.
    pub fn check(&self, ruleset: &Ruleset) -> Result<()> {
        for word in [&self.off, &self.only, &self.allow_rules]
            .into_iter()
            .flatten()
        {
            if !ruleset.selects(&word.text) {
                let names = ruleset.rules.iter().flat_map(names);
                return Err(unknown(
                    "rule, category or kind",
                    &word.text,
                    names,
                    &word.origin,
                ));
            }
        }
        for (id, (_, origin)) in &self.severity {
            if ruleset.position(id).is_none() {
                let ids = ruleset.rules.iter().map(|rule| rule.id.as_str());
                return Err(unknown("rule", id, ids, origin));
            }
        }
        Ok(())
    }

    /// Gives rules their severity and turns off what is off.
    ///
    /// `chosen` are the words of `--only`, which take the place of `only`; a rule that they name by
    /// its id runs though it is off here.
    pub fn switch(&self, ruleset: &mut Ruleset, chosen: &[String]) {
        for rule in &mut ruleset.rules {
            if let Some((severity, _)) = self.severity.get(&rule.id) {
                rule.severity = *severity;
            }
            if self.turned_off(rule, chosen).is_some() {
                rule.report = Report::Never;
            }
        }
    }

    /// The key and the word that turn a rule off, if any do; `chosen` as in [`Settings::switch`].
    pub fn turned_off(&self, rule: &Rule, chosen: &[String]) -> Option<(&'static str, &Written)> {
        let named = |word: &&Written| rule.is(&word.text);
        let off = self.off.iter().find(named);
        if let Some(word) = off.filter(|_| !chosen.contains(&rule.id)) {
            return Some(("rules.off", word));
        }
        let counts = chosen.is_empty() && !self.only.iter().any(|word| named(&word));
        let word = self.only.first().filter(|_| counts)?;
        Some(("rules.only", word))
    }

    /// What is let pass; `bases` says from where globs count.
    ///
    /// # Errors
    ///
    /// `Glob` where there are more globs than can be held.
    pub fn policy(&self, bases: Bases) -> Result<Policy> {
        Ok(Policy {
            allow: self.allow.clone(),
            accepted: globs("coverage.accepted", &self.accepted)?,
            bases,
        })
    }

    /// What is left out.
    ///
    /// # Errors
    ///
    /// `Glob` where there are more globs than can be held.
    pub fn excluded(&self) -> Result<Globs> {
        globs("exclude", &self.exclude)
    }

    /// What publishing lets pass.
    pub fn publish(&self) -> Publish {
        Publish {
            source_maps: self.source_maps.unwrap_or_default(),
            untracked: self.untracked.clone(),
        }
    }
}

fn globs(key: &'static str, globs: &[String]) -> Result<Globs> {
    Globs::new(globs.iter().map(|glob| (key, glob.as_str())))
}

/// The words that name a rule, its id first.
fn names(rule: &Rule) -> [&str; 3] {
    [&rule.id, &rule.category, rule.kind.name()]
}

fn unknown<'a>(
    what: &str,
    word: &str,
    known: impl Iterator<Item = &'a str>,
    origin: &Origin,
) -> Error {
    let hint = hint(word, known).unwrap_or_else(|| "see `leakgate rules list`".to_owned());
    Error::Setting {
        file: origin.file.clone(),
        line: origin.line,
        problem: format!("no {what} {:?}; {hint}", nearest::short(word)),
    }
}
