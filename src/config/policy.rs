//! What a configuration lets pass: allow lists, and places whose gaps in coverage are accepted.

use regex::bytes::RegexSet;

use crate::config::bases::Bases;
use crate::config::globs::{Entry, Globs};
use crate::secret::Secret;

/// What is let pass, and where.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Findings that are silenced, each with its reason; the first that fits counts.
    pub allow: Vec<Allow>,
    /// Places where a skip is an exclusion.
    pub accepted: Globs,
    /// Where shown paths stand below the folder that globs count from.
    pub bases: Bases,
}

/// Findings that are silenced: all the conditions that are given must hold, and one is.
#[derive(Clone, Debug)]
pub struct Allow {
    /// Ids, categories and kinds of rules; none: any rule.
    pub rules: Vec<String>,
    /// Places; a folder stands for all that is in it.
    pub paths: Option<Globs>,
    /// Patterns; one of them stands somewhere in the value. A whole-file finding has no value.
    pub values: Option<RegexSet>,
    /// Why.
    pub reason: String,
    /// Where it is written: file and line.
    pub origin: String,
}

/// A finding as allow lists see it.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// Whether a word is the id, the category or the kind of its rule.
    pub is: &'a dyn Fn(&str) -> bool,
    /// Its path as shown.
    pub path: &'a [u8],
    /// Its value; empty for a whole-file finding.
    pub value: &'a Secret,
}

impl Policy {
    /// The allow list that silences a finding, if one does.
    pub fn allowed(&self, subject: Subject<'_>) -> Option<&Allow> {
        if self.allow.is_empty() {
            return None;
        }
        let below = self.bases.below(subject.path);
        self.allow.iter().find(|allow| allow.fits(subject, &below))
    }

    /// True where a skip of `path`, as shown, is an exclusion.
    pub fn accepts(&self, path: &[u8]) -> bool {
        // Whether it is a folder is not always known of what could not be read.
        !self.accepted.is_empty() && self.accepted.cover(&self.bases.below(path), Entry::Folder)
    }
}

impl Allow {
    fn fits(&self, subject: Subject<'_>, below: &[u8]) -> bool {
        let path_fits = |globs: &Globs| globs.cover(below, Entry::File);
        let value_fits = |patterns: &RegexSet| subject.value.matches(patterns);
        (self.rules.is_empty() || self.rules.iter().any(|word| (subject.is)(word)))
            && self.paths.as_ref().is_none_or(path_fits)
            && self.values.as_ref().is_none_or(value_fits)
    }
}

/// What publishing lets pass.
#[derive(Clone, Debug, Default)]
pub struct Publish {
    /// Which source maps may ship.
    pub source_maps: SourceMaps,
    /// Globs of files that may ship though no version control knows them.
    pub untracked: Vec<String>,
}

/// Which source maps may ship.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SourceMaps {
    /// Those of software whose source is open.
    #[default]
    ClosedOnly,
    /// None.
    Forbid,
    /// All.
    Allow,
}

/// A gate: what a scan is for, and so which part of a configuration counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Before a commit.
    Commit,
    /// Before something is published.
    Publish,
    /// Before a mirror.
    Mirror,
}

impl SourceMaps {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::ClosedOnly, Self::Forbid, Self::Allow];

    /// The word used in configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClosedOnly => "closed-only",
            Self::Forbid => "forbid",
            Self::Allow => "allow",
        }
    }
}

impl Gate {
    /// Every gate.
    pub const ALL: [Self; 3] = [Self::Commit, Self::Publish, Self::Mirror];

    /// The word used in flags and configurations.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Publish => "publish",
            Self::Mirror => "mirror",
        }
    }
}
