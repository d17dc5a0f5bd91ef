//! Why a container or a member of one could not be read whole.

use std::fmt;
use std::io;

use crate::blob::SkipReason;
use crate::git::Malformed;

/// Why a container, or a member of one, could not be read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It is truncated, contradicts itself, or fails its checksum; in a few words.
    Damaged(String),
    /// It needs a password.
    Encrypted,
    /// It uses a part of the format that is not understood; which.
    Unsupported(String),
    /// A limit of ours, by its name in the configuration, and its value.
    Limit(&'static str, u64),
    /// The time given by the user ran out.
    TimedOut,
}

impl Trouble {
    /// The bytes end where more must follow.
    pub fn truncated() -> Self {
        Self::damaged("truncated")
    }

    /// It is damaged, in a few words.
    pub fn damaged(problem: impl Into<String>) -> Self {
        Self::Damaged(problem.into())
    }

    /// The reason in the report.
    pub(super) fn reason(self, kind: &'static str) -> SkipReason {
        match self {
            Self::Damaged(problem) => SkipReason::Damaged { kind, problem },
            Self::Encrypted => SkipReason::Encrypted(kind),
            Self::Unsupported(what) => SkipReason::Unsupported { kind, what },
            Self::Limit(name, value) => SkipReason::Limit { name, value },
            Self::TimedOut => SkipReason::TimedOut,
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().reason("container").fmt(f)
    }
}

impl std::error::Error for Trouble {}

impl From<io::Error> for Trouble {
    /// A reader of ours passes on what it met; other readers speak of their format.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof {
            return Self::truncated();
        }
        let own = error.get_ref().and_then(|inner| inner.downcast_ref());
        own.cloned()
            .unwrap_or_else(|| Self::Damaged(error.to_string()))
    }
}

impl From<Malformed> for Trouble {
    fn from(why: Malformed) -> Self {
        Self::damaged(why.0)
    }
}

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> Self {
        Self::other(trouble)
    }
}
