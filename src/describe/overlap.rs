//! Which of several findings on the same bytes is reported.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::describe::Draft;
use crate::level::{Confidence, Severity};
use crate::rule::{Detect, Ruleset};
use crate::validate::Validity;

/// Better first: proved, of a known format, worse to lose, surer, joined with its companion, longer; then by rule.
type Rank = (
    Reverse<bool>,
    bool,
    Reverse<Severity>,
    Reverse<Confidence>,
    Reverse<bool>,
    Reverse<usize>,
    usize,
);

/// Keeps the best of those that overlap and gives back the others. Both stay in ascending order.
pub(super) fn decide(drafts: Vec<Draft>, ruleset: &Ruleset) -> (Vec<Draft>, Vec<Draft>) {
    let mut order: Vec<usize> = (0..drafts.len()).collect();
    order.sort_by_key(|&at| (rank(&drafts[at], ruleset), drafts[at].span.start));
    // Spans that were kept are disjoint, so one look to each side finds any overlap.
    let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
    let mut kept = vec![false; drafts.len()];
    for at in order {
        let span = &drafts[at].span;
        let before = taken.range(..span.end).next_back();
        if before.is_none_or(|(_, &end)| end <= span.start) {
            taken.insert(span.start, span.end);
            kept[at] = true;
        }
    }
    let mut kept = kept.into_iter();
    drafts
        .into_iter()
        .partition(|_| kept.next().unwrap_or(false))
}

fn rank(draft: &Draft, ruleset: &Ruleset) -> Rank {
    let rule = &ruleset.rules[draft.rule];
    let proved = draft.validity == Validity::Valid;
    (
        Reverse(proved),
        rule.text().is_some_and(|text| text.assigned.is_some()),
        Reverse(rule.severity),
        Reverse(draft.confidence),
        Reverse(matches!(rule.detect, Detect::Join(_))),
        Reverse(draft.span.len()),
        draft.rule,
    )
}
