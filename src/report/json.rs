//! One JSON object with everything: findings, coverage, and what made them.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::PrettyFormatter;

use crate::report::Report;
use crate::report::escape::Escaped;
use crate::report::view::{CoverageView, FindingView};

#[derive(Serialize)]
struct Whole<'a> {
    tool: &'static str,
    version: &'static str,
    ruleset: &'a str,
    target: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target_bytes: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    findings: Vec<FindingView<'a>>,
    coverage: CoverageView,
}

/// Writes the object, indented, and a line feed.
pub(super) fn render(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let (target, target_bytes) = report.string(report.target);
    let whole = Whole {
        tool: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
        ruleset: &report.ruleset.digest,
        target,
        target_bytes,
        config: report.configuration.map(|path| report.string(path).0),
        findings: report
            .findings
            .iter()
            .map(|placed| FindingView::new(report, placed))
            .collect(),
        coverage: CoverageView::new(report),
    };
    let formatter = Escaped(PrettyFormatter::new());
    whole.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    out.write_all(b"\n")
}
