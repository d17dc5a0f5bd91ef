//! Rule files as they are written. Every unknown key is an error.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_spanned::Spanned;

use crate::level::{Confidence, Kind, Severity};
use crate::plausible::Wanted;
use crate::rule::model::{Floors, MaskAs, Report, Within};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFile {
    pub(crate) family: RawFamily,
    pub(crate) shape: Vec<Spanned<RawShape>>,
    pub(crate) rule: Vec<Spanned<RawRule>>,
}

/// Defaults of a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct RawFamily {
    pub(crate) category: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) impact: Option<String>,
    pub(crate) advice: Option<String>,
    pub(crate) source: Option<String>,
}

/// What rules without a prefix share.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawShape {
    pub(crate) name: String,
    pub(crate) pattern: String,
    pub(crate) run: RawRun,
    #[serde(default)]
    pub(crate) floors: Floors,
    #[serde(default)]
    pub(crate) ignored: Vec<String>,
    #[serde(default)]
    pub(crate) allowed: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRun {
    pub(crate) class: String,
    pub(crate) min: usize,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRule {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) category: Option<String>,
    pub(crate) kind: Option<Kind>,
    pub(crate) severity: Option<Severity>,
    pub(crate) confidence: Option<Confidence>,
    pub(crate) impact: Option<String>,
    pub(crate) advice: Option<String>,
    pub(crate) source: Option<String>,
    #[serde(default)]
    pub(crate) report: Report,
    pub(crate) literals: Option<Vec<String>>,
    pub(crate) run: Option<RawRun>,
    pub(crate) pattern: Option<String>,
    pub(crate) shape: Option<String>,
    pub(crate) assigned: Option<RawAssigned>,
    pub(crate) reach: Option<RawReach>,
    pub(crate) validator: Option<String>,
    pub(crate) floors: Option<Floors>,
    #[serde(default)]
    pub(crate) mask: MaskAs,
    pub(crate) context: Option<RawContext>,
    #[serde(default)]
    pub(crate) ignored: Vec<String>,
    #[serde(default)]
    pub(crate) allowed: Vec<String>,
    pub(crate) parts: Option<BTreeMap<String, String>>,
    pub(crate) join: Option<RawJoin>,
    pub(crate) file: Option<RawFileTest>,
    pub(crate) content: Option<RawContent>,
    pub(crate) records: Option<toml::Value>,
    pub(crate) levels: Option<toml::Value>,
    #[serde(default)]
    pub(crate) positives: Vec<String>,
    #[serde(default)]
    pub(crate) negatives: Vec<String>,
}

/// Names whose values are secrets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawAssigned {
    pub(crate) words: Vec<String>,
    pub(crate) value: Wanted,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawReach {
    pub(crate) line: Option<u32>,
    pub(crate) before: Option<u32>,
    pub(crate) after: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawContext {
    pub(crate) words: Vec<String>,
    #[serde(default)]
    pub(crate) within: Within,
    pub(crate) distance: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawJoin {
    pub(crate) distance: u32,
    pub(crate) span: String,
    #[serde(default)]
    pub(crate) nearest: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFileTest {
    pub(crate) names: Vec<String>,
    #[serde(default)]
    pub(crate) except: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawContent {
    pub(crate) lines: String,
    pub(crate) min: u64,
}
