//! What the JSON formats say, as types that serialise to the fields users rely on.
//!
//! The order of the fields is the order in the output. A field is added freely and never changed.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Serialize;

use crate::blob::{Part, Skip};
use crate::finding::{Further, Origin, Placed, Spot};
use crate::level::{Confidence, Kind, Severity};
use crate::report::origin::{OriginView, whole_advice};
use crate::report::{Report, Revealed};
use crate::secret::Secret;
use crate::validate::Validity;

/// A finding.
#[derive(Serialize)]
pub(super) struct FindingView<'a> {
    rule: &'a str,
    title: &'a str,
    kind: Kind,
    category: &'a str,
    severity: Severity,
    confidence: Confidence,
    active: bool,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'static str>,
    #[serde(flatten)]
    spot: Option<SpotView>,
    masked: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_bytes: Option<String>,
    decoded: &'a [&'static str],
    validation: &'static str,
    fingerprint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    impact: Option<&'a str>,
    advice: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<OriginView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressionView>,
    places: Vec<FurtherView>,
}

#[derive(Serialize)]
struct SpotView {
    line: u64,
    column: u64,
    end_line: u64,
    end_column: u64,
    byte_start: u64,
    byte_end: u64,
}

#[derive(Serialize)]
struct SuppressionView {
    by: &'static str,
    reason: Option<String>,
}

#[derive(Serialize)]
struct FurtherView {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'static str>,
    #[serde(flatten)]
    spot: Option<SpotView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<OriginView>,
}

/// What was looked at and what was not.
#[derive(Serialize)]
pub(super) struct CoverageView {
    files: u64,
    bytes: u64,
    blobs: u64,
    commits: u64,
    archive_members: u64,
    decoded_views: u64,
    cut_texts: u64,
    excluded: BTreeMap<&'static str, u64>,
    overlapped: u64,
    skipped: Vec<SkipView>,
    complete: bool,
    seconds: f64,
}

#[derive(Serialize)]
struct SkipView {
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    what_bytes: Option<String>,
    reason: &'static str,
    detail: String,
    /// The git object that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

impl<'a> FindingView<'a> {
    pub(super) fn new(report: &'a Report<'_>, placed: &'a Placed) -> Self {
        let finding = &placed.finding;
        let rule = report.rule(finding);
        let (path, path_bytes) = report.string(&placed.path);
        let (secret, secret_bytes) = match report.show.secrets {
            Revealed::InClear if !finding.secret.is_empty() => in_clear(&finding.secret),
            _ => (None, None),
        };
        let suppressed = finding.suppressed.as_ref().map(|suppression| {
            let reason = suppression.reason.as_ref();
            let reason = reason.map(|reason| report.string(reason.as_bytes()).0);
            let by = suppression.by;
            SuppressionView { by, reason }
        });
        Self {
            rule: &rule.id,
            title: &rule.title,
            kind: rule.kind,
            category: &rule.category,
            severity: finding.severity,
            confidence: finding.confidence,
            active: placed.active,
            path,
            path_bytes,
            object: object(finding.part),
            spot: finding.spot.map(SpotView::new),
            masked: &finding.masked,
            secret,
            secret_bytes,
            decoded: &finding.decoded,
            validation: validation(finding.validity),
            fingerprint: &placed.fingerprint,
            note: finding
                .note
                .as_ref()
                .map(|note| report.string(note.as_bytes()).0),
            impact: rule.impact.as_deref(),
            advice: whole_advice(report, placed),
            git: origin(report, placed.git.as_ref(), finding.part),
            suppressed,
            places: placed
                .places
                .iter()
                .map(|further| FurtherView::new(report, further))
                .collect(),
        }
    }
}

impl SpotView {
    fn new(spot: Spot) -> Self {
        Self {
            line: spot.line,
            column: spot.column,
            end_line: spot.end_line,
            end_column: spot.end_column,
            byte_start: spot.byte_start,
            byte_end: spot.byte_end,
        }
    }
}

impl FurtherView {
    fn new(report: &Report<'_>, further: &Further) -> Self {
        let (path, path_bytes) = report.string(&further.path);
        Self {
            path,
            path_bytes,
            object: object(further.part),
            spot: further.spot.map(SpotView::new),
            git: origin(report, further.git.as_ref(), further.part),
        }
    }
}

impl CoverageView {
    pub(super) fn new(report: &Report<'_>) -> Self {
        let coverage = report.coverage;
        let excluded = coverage
            .excluded
            .iter()
            .map(|(reason, &n)| (reason.name(), n));
        Self {
            files: coverage.files,
            bytes: coverage.bytes,
            blobs: coverage.blobs,
            commits: coverage.commits,
            archive_members: coverage.archive_members,
            decoded_views: coverage.decoded_views,
            cut_texts: coverage.cut_texts,
            excluded: excluded.collect(),
            overlapped: coverage.overlapped,
            skipped: coverage
                .skipped
                .iter()
                .map(|skip| SkipView::new(report, skip))
                .collect(),
            complete: coverage.complete(),
            seconds: (coverage.seconds * 1000.0).round() / 1000.0,
        }
    }
}

impl SkipView {
    fn new(report: &Report<'_>, skip: &Skip) -> Self {
        let (what, what_bytes) = report.string(&skip.what);
        Self {
            what,
            what_bytes,
            reason: skip.reason.name(),
            detail: report.string(skip.reason.to_string().as_bytes()).0,
            id: skip.holder.map(|holder| holder.id.to_string()),
        }
    }
}

/// A value as text, and as base64 where the text could not hold it.
fn in_clear(secret: &Secret) -> (Option<String>, Option<String>) {
    let bytes = secret.reveal();
    let text = String::from_utf8_lossy(bytes).into_owned();
    let exact = text.as_bytes() == bytes;
    (Some(text), (!exact).then(|| BASE64.encode(bytes)))
}

fn origin(report: &Report<'_>, origin: Option<&Origin>, part: Part) -> Option<OriginView> {
    origin.map(|origin| OriginView::new(report, origin, part))
}

/// The word for what held a value, where that is not the usual thing.
fn object(part: Part) -> Option<&'static str> {
    (part != Part::Content).then(|| part.name())
}

fn validation(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        // What is invalid is no finding, so it cannot come here.
        Validity::Unknown | Validity::Invalid => "unknown",
    }
}
