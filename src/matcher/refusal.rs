//! Why an anchor led to no finding: what scanning drops and `explain` tells.

use std::fmt;

use crate::plausible::Doubt;

/// Why an anchor led to no finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// The byte before is part of a longer word.
    InsideWord,
    /// The bytes that follow the anchor do not have the right form; this one is the first wrong one.
    Form {
        /// Its position in the text.
        at: usize,
    },
    /// Nothing is assigned to the name that holds the anchor.
    Unassigned,
    /// The pattern does not match around the anchor.
    NoMatch,
    /// The value is a published dummy.
    Ignored,
    /// The value matches a pattern that is never reported.
    Allowed(String),
    /// The value does not look like a secret.
    Doubtful(Doubt),
    /// The value is too regular.
    Floor {
        /// Which floor.
        what: &'static str,
        /// The value's own.
        is: f64,
        /// The least that is reported.
        min: f64,
    },
    /// Another rule knows the value and refuses it.
    Contradicted,
    /// None of the rule's context words stands near.
    NoContext,
    /// The validator disproves it.
    Disproved(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InsideWord => f.write_str("it is part of a longer word"),
            Self::Form { at } => write!(f, "byte {at} does not fit the format"),
            Self::Unassigned => f.write_str("no value is assigned to the name it stands in"),
            Self::NoMatch => f.write_str("the text around it does not fit the format"),
            Self::Ignored => f.write_str("the value is a published dummy"),
            Self::Allowed(pattern) => write!(f, "the value matches {pattern:?}, which is allowed"),
            Self::Floor { what, is, min } => {
                write!(
                    f,
                    "{what} of the value is {is:.1}, a real one has at least {min:.1}"
                )
            }
            Self::Doubtful(doubt) => write!(f, "{doubt}"),
            Self::Contradicted => f.write_str("a rule that knows the value's format refuses it"),
            Self::NoContext => f.write_str("none of the words it asks for stands near"),
            Self::Disproved(validator) => write!(f, "the check {validator:?} disproves it"),
        }
    }
}

impl Refusal {
    /// Whether no value was found at all.
    pub(super) fn is_of_form(&self) -> bool {
        matches!(
            self,
            Self::InsideWord | Self::Form { .. } | Self::Unassigned | Self::NoMatch
        )
    }
}
