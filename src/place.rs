//! What a finding means at a path under a policy. Pure: run once for each path a blob has.

use crate::config::ScanConfig;
use crate::finding::{FINGERPRINT_SALT, Finding, Placed, fingerprint};
use crate::level::Severity;
use crate::rule::Ruleset;
use crate::rule::model::Within;

/// Places a finding at a path; `None` where its rule asks for words in the file name that are not
/// there.
pub fn place(
    finding: Finding,
    path: &[u8],
    ruleset: &Ruleset,
    config: &ScanConfig,
) -> Option<Placed> {
    let rule = &ruleset.rules[finding.rule.0 as usize];
    let context = rule.text().and_then(|text| text.context.as_ref());
    if let Some(context) = context.filter(|context| context.within == Within::FileName) {
        let name = path.to_ascii_lowercase();
        let stands = |word: &String| memchr::memmem::find(&name, word.as_bytes()).is_some();
        if !context.words.iter().any(stands) {
            return None;
        }
    }
    let active = finding.suppressed.is_none()
        && finding.severity != Severity::Info
        && finding.severity >= config.fail_on
        && finding.confidence >= config.min_confidence;
    Some(Placed {
        fingerprint: fingerprint(FINGERPRINT_SALT, &rule.id, path, rule.kind, &finding.secret),
        finding,
        path: path.to_vec(),
        active,
        places: Vec::new(),
    })
}
