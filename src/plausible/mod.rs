//! Whether a value that is assigned to a telling name can be a secret.
//!
//! Rules of known formats prove what they find; this judges what has no format: the value of
//! `db_password = "…"`. It looks at the value, at the name and at the rest of the line, and at
//! nothing else: no path, no other line. What cannot be a secret is refused with the reason, a
//! [`Doubt`]; the rest is given a confidence.

mod code;
mod digest;
mod doubt;
mod encoded;
mod grade;
mod human;
mod line;
mod makeup;
mod name;
mod placeholder;
mod sequence;
mod shape;
mod words;

use std::ops::Range;

use crate::level::Confidence;
use crate::plausible::encoded::{Escaped, Inner};
use crate::plausible::makeup::Makeup;
use crate::plausible::name::Claim;
use crate::randomness;

pub use doubt::Doubt;

/// What a rule expects to be assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// A value that a machine made: key, token, secret.
    Token,
    /// A value that a person may have chosen.
    Password,
}

/// How a value is bound to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `name = value`, also `:=`, `=>`, `==`, `||` and their like.
    Equals,
    /// `name: value`: JSON, YAML, headers, keyword arguments.
    Colon,
    /// `name("value")`, `f("name", "value")`.
    Call,
    /// `<name>value</name>`.
    Element,
    /// `<x name="name" value="value">`, `{"name": "name", "value": "value"}`.
    Named,
    /// `?name=value&…`.
    Query,
    /// `--name value`, `ENV name value`, `#define name value`.
    Space,
}

/// What stands around a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quotes {
    /// Nothing: it ends where white space or punctuation does.
    Bare,
    /// Quotation marks.
    Quoted,
}

/// A value and the name it is assigned to.
#[derive(Clone, Debug)]
pub struct Assignment<'a> {
    /// What the rule expects.
    pub wanted: Wanted,
    /// How value and name are bound.
    pub syntax: Syntax,
    /// What stands around the value.
    pub quotes: Quotes,
    /// The identifier or key without quotes, such as `spring.datasource.password`.
    pub name: &'a [u8],
    /// Where in `name` the rule's word stands.
    pub word: Range<usize>,
    /// The line, as far as it was looked at.
    pub line: &'a [u8],
    /// Where in `line` the value stands, without its quotes.
    pub value: Range<usize>,
}

/// What a value with spaces scores at least to be made by chance, in bits a character.
const SPACED_CHANCE: f64 = 1.5;

/// Says how sure it is that the value is a secret.
///
/// # Errors
///
/// The reason why it is none.
pub fn judge(assignment: &Assignment<'_>) -> Result<Confidence, Doubt> {
    let value = &assignment.line[assignment.value.clone()];
    let value = without_scheme(without_quotes(value));
    if value.len() < bytes_min(assignment.wanted) {
        return Err(Doubt::Short);
    }
    digest::check(value)?;
    let makeup = Makeup::of(value);
    if is_phrase(assignment, value, &makeup) {
        let claim = name::claim(assignment)?;
        return grade::phrase(assignment, claim);
    }
    if makeup.n_foreign > 0 || makeup.n_spaces > 0 && !may_hold_spaces(value, &makeup) {
        placeholder::check(value, &makeup)?;
        return Err(Doubt::Words);
    }
    code::check(assignment, value, &makeup)?;
    let claim = name::claim(assignment)?;
    if value.eq_ignore_ascii_case(assignment.name) {
        return Err(Doubt::NameRepeated);
    }
    match encoded::escaped(value) {
        Escaped::No => {}
        Escaped::Text => return Err(Doubt::Encoded),
        Escaped::Binary => return grade::bytes(assignment, claim),
    }
    let mut decoded = [0; encoded::ENCODED_MAX];
    match encoded::inner(value, &mut decoded) {
        Inner::Opaque => credible(assignment, value, &makeup, claim),
        Inner::Container => Err(Doubt::Encoded),
        Inner::Text(n_bytes) => decoded_text(assignment, &decoded[..n_bytes], claim),
    }
}

/// Judges the text that was found in base64: a secret stays one there, as do user and password.
fn decoded_text(
    assignment: &Assignment<'_>,
    text: &[u8],
    claim: Claim,
) -> Result<Confidence, Doubt> {
    if text.eq_ignore_ascii_case(&assignment.name[assignment.word.clone()]) {
        return Err(Doubt::NameRepeated);
    }
    let colon = text.iter().position(|&byte| byte == b':');
    let (wanted, claim, text) = match colon {
        Some(at) => (Wanted::Password, Claim::Clear, &text[at + 1..]),
        None => (assignment.wanted, claim, text),
    };
    let makeup = Makeup::of(text);
    if text.len() < bytes_min(wanted) || makeup.n_spaces > 0 || digest::check(text).is_err() {
        return Err(Doubt::Encoded);
    }
    let assignment = Assignment {
        wanted,
        ..assignment.clone()
    };
    credible(&assignment, text, &makeup, claim).map_err(|_| Doubt::Encoded)
}

/// Judges a value by its own bytes, and grades what is left.
fn credible(
    assignment: &Assignment<'_>,
    value: &[u8],
    makeup: &Makeup,
    claim: Claim,
) -> Result<Confidence, Doubt> {
    placeholder::check(value, makeup)?;
    match shape::check(value, makeup) {
        Err(Doubt::Uuid) if claim == Claim::Clear && assignment.wanted == Wanted::Token => {
            sequence::check(value)?;
            return grade::uuid(assignment, claim);
        }
        // Words with dots between them are the names of hosts as well.
        Err(Doubt::Host)
            if assignment.wanted == Wanted::Password
                && assignment.quotes == Quotes::Quoted
                && human::made(value, makeup) == human::Made::Phrase => {}
        shape => shape?,
    }
    placeholder::check_words(value)?;
    sequence::check(value)?;
    grade::grade(assignment, value, makeup, claim)
}

/// Whether it is a password of several words with blanks between them.
fn is_phrase(assignment: &Assignment<'_>, value: &[u8], makeup: &Makeup) -> bool {
    assignment.wanted == Wanted::Password
        && makeup.n_spaces >= 3
        && assignment.quotes == Quotes::Quoted
        && human::is_spaced_phrase(value)
}

/// Whether spaces may stand in a value by chance, as in long secrets drawn from all of ASCII.
fn may_hold_spaces(value: &[u8], makeup: &Makeup) -> bool {
    let n_spaces = usize::from(makeup.n_spaces);
    value.len() >= 32
        && n_spaces * 12 <= value.len()
        && makeup.n_classes() == 4
        && makeup.n_digits >= 2
        && makeup.n_other_marks >= 4
        && randomness::score(value) >= SPACED_CHANCE
}

/// The least length of a value that is looked at, in bytes.
fn bytes_min(wanted: Wanted) -> usize {
    match wanted {
        Wanted::Token => 8,
        Wanted::Password => 6,
    }
}

/// The value inside quotation marks that are escaped, as in a text of a program within another.
fn without_quotes(value: &[u8]) -> &[u8] {
    for mark in [&b"\\\""[..], b"\\'"] {
        let inner = value
            .strip_prefix(mark)
            .and_then(|rest| rest.strip_suffix(mark));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}

/// The value behind the name of its scheme, as in `Bearer …`.
///
/// Source: RFC 9110, section 11.4.
fn without_scheme(value: &[u8]) -> &[u8] {
    let schemes: [&[u8]; 4] = [b"bearer ", b"basic ", b"token ", b"apikey "];
    let begins = |scheme: &&&[u8]| {
        value.len() > scheme.len() && value[..scheme.len()].eq_ignore_ascii_case(scheme)
    };
    match schemes.iter().find(begins) {
        Some(scheme) => &value[scheme.len()..],
        None => value,
    }
}

#[cfg(test)]
mod tests;
