//! What the scanner finds, in the three shapes it takes on its way to a report.
//!
//! A [`Local`] is what bytes alone say under a ruleset: it is inherited by versions, joined across
//! chunks and remembered by state, so it holds no value, path or mark. A [`Finding`] is a local made
//! ready to show, and a [`Placed`] is a finding at its paths under a policy.

use std::ops::Range;
use std::sync::Arc;

use crate::blob::{Commit, Part};
use crate::decode::View;
use crate::git::Id;
use crate::level::{Confidence, Kind, Severity};
use crate::secret::{Secret, keyed};
use crate::validate::Validity;

/// A rule's position in its [`crate::rule::Ruleset`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub u32);

/// What the bytes of a blob alone say: this rule, this value, judged by these bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Local {
    /// First byte of the value.
    pub start: u64,
    /// One past the last byte of the value.
    pub end: u64,
    /// The rule that found it.
    pub rule: RuleIndex,
    /// The bytes on which the verdict depends, clipped to the blob.
    pub examined: Examined,
    /// What the rule's validator says of the value; never [`Validity::Invalid`].
    pub validity: Validity,
    /// How sure the bytes make it that this is what the rule says.
    pub confidence: Confidence,
    /// How the bytes were read; spans are those of the blob all the same.
    pub view: View,
}

/// The bytes on which a verdict depends, and whether it also depends on a blob's end being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Examined {
    /// First byte looked at.
    pub start: u64,
    /// One past the last byte looked at.
    pub end: u64,
    /// The verdict rests on nothing standing before `start`.
    pub at_blob_start: bool,
    /// The verdict rests on nothing standing after `end`.
    pub at_blob_end: bool,
}

/// An anchor of a rule whose reach crosses lines: handed down to versions whether it bore fruit or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// First byte of the anchor.
    pub start: u64,
    /// One past its last byte.
    pub end: u64,
    /// The rule it belongs to.
    pub rule: RuleIndex,
}

/// Everything that is known of one blob's bytes under one ruleset.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locals {
    /// Locals in ascending order, each once.
    pub found: Vec<Local>,
    /// Anchors of rules that cross lines, in ascending order.
    pub held: Vec<Held>,
    /// Versions of this blob are scanned in full: it was read as UTF-16 or UTF-32 as well, or held
    /// more anchors than are worth handing down.
    pub in_full: bool,
    /// More locals than `Limits::locals_per_blob_max`: the blob is not fully reported.
    pub overflow: bool,
}

impl Locals {
    /// Forgets everything, keeping the memory.
    pub fn clear(&mut self) {
        self.found.clear();
        self.held.clear();
        self.in_full = false;
        self.overflow = false;
    }
}

/// Where in a blob a value stands. Lines and columns count from 1, columns in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// First byte of the value.
    pub byte_start: u64,
    /// One past the last byte of the value.
    pub byte_end: u64,
    /// Line of the first byte.
    pub line: u64,
    /// Column of the first byte.
    pub column: u64,
    /// Line of the last byte.
    pub end_line: u64,
    /// Column one past the last byte.
    pub end_column: u64,
}

/// One line around a value, cut to what can be shown; still raw, so redact and escape it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// Text before the value on its line, every value in it already masked.
    pub before: Vec<u8>,
    /// Text after the value on its line, every value in it already masked.
    pub after: Vec<u8>,
}

/// Who silenced a finding, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// What did: `mark` for an inline mark, else the name of the list.
    pub by: &'static str,
    /// The reason given, if any; raw, so redact and escape it.
    pub reason: Option<String>,
}

/// A local made ready to show. Knows no path.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: RuleIndex,
    /// How bad.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// Whether a checksum or structure proves it.
    pub validity: Validity,
    /// The value. Empty for a whole-file finding.
    pub secret: Secret,
    /// The value as it may be shown.
    pub masked: String,
    /// Where it stands; absent for whole-file findings and names.
    pub spot: Option<Spot>,
    /// Its line.
    pub excerpt: Option<Excerpt>,
    /// Decoders that led to it, outermost first.
    pub decoded: Vec<&'static str>,
    /// What more is known of it, such as the account it belongs to; holds no value.
    pub note: Option<String>,
    /// What held it.
    pub part: Part,
    /// Set where an inline mark silences it.
    pub suppressed: Option<Suppression>,
}

/// One value at all its places, judged by a policy.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The finding, with the spot and excerpt of its first place.
    pub finding: Finding,
    /// Path of the first place; raw, so redact and escape it.
    pub path: Vec<u8>,
    /// Counts for the exit status.
    pub active: bool,
    /// Stays the same when lines move and folders are renamed.
    pub fingerprint: String,
    /// Where it comes from in history, for what lies in a repository.
    pub git: Option<Origin>,
    /// Further places, in order.
    pub places: Vec<Further>,
}

/// A further place of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Further {
    /// Path; raw, so redact and escape it.
    pub path: Vec<u8>,
    /// Where in it.
    pub spot: Option<Spot>,
    /// What held it.
    pub part: Part,
    /// Where it comes from in history, for what lies in a repository.
    pub git: Option<Origin>,
}

/// How a value came into a repository: of all versions that hold it, or of those at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The commit that brought it there first; `None` where none did. Shared, as one commit may bring
    /// values to many places.
    pub commit: Option<Arc<Commit>>,
    /// The last commit in order that brought in a blob that holds it.
    pub last: Option<Id>,
    /// The object that held it first.
    pub object: Id,
    /// How many blobs hold it.
    pub n_objects: u64,
    /// Whether a reference, a reflog or an index holds the first one.
    pub reachable: bool,
}

impl Origin {
    /// Its place in history: what is reachable first, then in the order of commits.
    pub fn rank(&self) -> (bool, u32) {
        let order = self.commit.as_ref().map_or(u32::MAX, |commit| commit.order);
        (!self.reachable, order)
    }
}

/// Salt of fingerprints outside a baseline of its own.
pub const FINGERPRINT_SALT: &[u8] = b"leakgate fingerprint v1";

/// Makes the fingerprint of a value: 96 bits for (rule, file name, kind), then a tag of the value.
///
/// The tag has 64 bits where the value is hard to guess, else 12, so that a committed baseline does
/// not give a weak password away; see [`Secret::tag`]. Written as lower-case hex with a dash.
pub fn fingerprint(salt: &[u8], rule: &str, path: &[u8], kind: Kind, secret: &Secret) -> String {
    let file_name = path.rsplit(|&b| b == b'/' || b == b'!').next();
    let file_name = file_name.unwrap_or_default();
    let place = keyed(salt, &[rule.as_bytes(), file_name, kind.name().as_bytes()]);
    let place = data_encoding::HEXLOWER.encode(&place[..12]);
    format!("{place}-{}", secret.tag(salt))
}

impl Examined {
    /// The examined range as a plain range.
    pub fn range(&self) -> Range<u64> {
        self.start..self.end
    }
}
