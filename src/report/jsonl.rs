//! One JSON object a line, for programs that read as they go: each finding, then the coverage.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::CompactFormatter;

use crate::report::Report;
use crate::report::escape::Escaped;
use crate::report::view::{CoverageView, FindingView};

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Line<'a> {
    Finding(Box<FindingView<'a>>),
    Coverage(Box<CoverageView>),
}

/// Writes the lines.
pub(super) fn render(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let findings = report
        .findings
        .iter()
        .map(|placed| FindingView::new(report, placed));
    let findings = findings.map(|finding| Line::Finding(Box::new(finding)));
    let coverage = Line::Coverage(Box::new(CoverageView::new(report)));
    for line in findings.chain([coverage]) {
        let formatter = Escaped(CompactFormatter);
        line.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
