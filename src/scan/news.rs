//! Keeps of what was found only what is new, where only that counts.

use crate::blob::{News, Part};
use crate::finding::Finding;
use crate::secret::Secret;

/// Takes findings out that touch no new line, and tells the others what they are a part of. What is
/// taken out is not reported, but it must not be shown beside others either, so its values come back.
pub(super) fn keep_new(
    findings: &mut Vec<Finding>,
    news: &dyn News,
    bytes: &[u8],
) -> Vec<(Secret, String)> {
    if findings.is_empty() {
        return Vec::new();
    }
    let new = news.new_lines(bytes);
    let is_known = |finding: &mut Finding| {
        finding.spot.is_some_and(|spot| {
            let after = new.partition_point(|range| range.end <= spot.byte_start);
            new.get(after)
                .is_none_or(|range| range.start >= spot.byte_end)
        })
    };
    let known = findings.extract_if(.., is_known).map(value).collect();
    for finding in findings {
        if finding.part == Part::Content {
            finding.part = news.part();
        }
    }
    known
}

/// Takes all findings out, as [`keep_new`] does.
pub(super) fn keep_none(findings: &mut Vec<Finding>) -> Vec<(Secret, String)> {
    findings.drain(..).map(value).collect()
}

fn value(finding: Finding) -> (Secret, String) {
    (finding.secret, finding.masked)
}
