//! How bad a finding is, how sure it is, and what kind of leak it is.
//!
//! Plain ordered enums with one spelling each, shared by rule files, flags and reports.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How bad it is when this leaks: what the holder of the value could do.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A note; never changes the exit status.
    Info,
    /// Little harm, or harm only together with something else.
    Low,
    /// Limited access, or access to something of limited worth.
    #[default]
    Medium,
    /// Read or write access to something that matters.
    High,
    /// Control of an account, of an infrastructure, or of what others install.
    Critical,
}

/// How sure it is that a finding is what its rule says.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// More often wrong than right; hidden unless asked for.
    Low,
    /// Usually right.
    #[default]
    Medium,
    /// The format is unmistakable, or a checksum proves it.
    High,
}

/// What kind of leak a finding is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A credential: key, token, password, connection string.
    #[default]
    Secret,
    /// Original source inside or beside generated code.
    SourceMap,
    /// Training or evaluation data.
    Dataset,
    /// A file that should not leave the machine, whatever its bytes prove.
    SensitiveFile,
    /// Personal data.
    Pii,
    /// A copy of text that was registered as private.
    Excerpt,
    /// Something that tries to hide.
    Suspicious,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 5] = [
        Self::Info,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The word used in rule files, flags and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Confidence {
    /// Every confidence, least sure first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// One step less sure.
    #[must_use]
    pub const fn lowered(self) -> Self {
        match self {
            Self::High => Self::Medium,
            Self::Medium | Self::Low => Self::Low,
        }
    }

    /// The word used in rule files, flags and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Secret,
        Self::SourceMap,
        Self::Dataset,
        Self::SensitiveFile,
        Self::Pii,
        Self::Excerpt,
        Self::Suspicious,
    ];

    /// The word used in rule files, flags and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::SourceMap => "source-map",
            Self::Dataset => "dataset",
            Self::SensitiveFile => "sensitive-file",
            Self::Pii => "pii",
            Self::Excerpt => "excerpt",
            Self::Suspicious => "suspicious",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no level; the message lists those that exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {word:?}; one of: {known}")]
pub struct UnknownLevel {
    what: &'static str,
    word: String,
    known: String,
}

impl FromStr for Severity {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        lookup("severity", word, &Self::ALL, Self::name)
    }
}

impl FromStr for Confidence {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        lookup("confidence", word, &Self::ALL, Self::name)
    }
}

impl FromStr for Kind {
    type Err = UnknownLevel;

    fn from_str(word: &str) -> Result<Self, UnknownLevel> {
        lookup("kind", word, &Self::ALL, Self::name)
    }
}

fn lookup<T: Copy>(
    what: &'static str,
    word: &str,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<T, UnknownLevel> {
    let found = all.iter().copied().find(|&level| name(level) == word);
    found.ok_or_else(|| UnknownLevel {
        what,
        word: word.to_owned(),
        known: all
            .iter()
            .map(|&level| name(level))
            .collect::<Vec<_>>()
            .join(", "),
    })
}
