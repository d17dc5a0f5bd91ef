//! What a finding means at a path under a policy. Pure: run once for each path a blob has.

mod testing;

use crate::config::{Allow, ScanConfig, Subject};
use crate::finding::{FINGERPRINT_SALT, Finding, Placed, Suppression, fingerprint};
use crate::level::{Confidence, Severity};
use crate::rule::model::Within;
use crate::rule::{Rule, Ruleset};
use crate::secret::Secret;

/// Who silences what an allow list of a configuration names.
const ALLOW_LIST: &str = "allow list";

/// Places a finding at a path; `None` where its rule asks for words in the file name that are not
/// there.
pub fn place(
    mut finding: Finding,
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
    finding.confidence = confidence(finding.confidence, rule, path, config);
    if finding.suppressed.is_none() {
        let allow = allowed(rule, path, &finding.secret, config);
        finding.suppressed = allow.map(|allow| Suppression {
            by: ALLOW_LIST,
            reason: Some(allow.reason.clone()),
        });
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
        git: None,
        places: Vec::new(),
    })
}

/// How sure a finding of `rule` is at `path`: one step less where a value without a format of its
/// own stands in a test, an example or documentation.
pub fn confidence(
    of_bytes: Confidence,
    rule: &Rule,
    path: &[u8],
    config: &ScanConfig,
) -> Confidence {
    let generic = rule.text().is_some_and(|text| text.assigned.is_some());
    if generic && testing::is_testing(&config.roots.below(path)) {
        of_bytes.lowered()
    } else {
        of_bytes
    }
}

/// The allow list that silences `value` of `rule` at `path`, if one does.
pub fn allowed<'a>(
    rule: &Rule,
    path: &[u8],
    value: &Secret,
    config: &'a ScanConfig,
) -> Option<&'a Allow> {
    let is = |word: &str| rule.is(word);
    let subject = Subject {
        is: &is,
        path,
        value,
    };
    config.policy.allowed(subject)
}
