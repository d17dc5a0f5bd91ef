//! What is read from an assignment gives way to a rule that knows better.
//!
//! `GITHUB_TOKEN=ghp_…` with a wrong checksum is no token, whatever its name says; and a published
//! dummy stays one. So a value that was read from an assignment is dropped where the literal of
//! another rule begins in it and that rule refuses it for what it is: a wrong checksum, a published
//! dummy, an allowed value.
//!
//! Only rules that look no further than a line rule does by default take part. An assigned value lies
//! in the nearer half of its rule's reach, so all they look at lies in what its local rests on.

use std::ops::Range;

use crate::finding::Local;
use crate::matcher::refusal::Refusal;
use crate::rule::model::{Anchor, LINE_REACH, Reach, Text};
use crate::scan::scanner::{Scanner, Scratch};

impl Scanner {
    /// Drops what was read from assignments in `bytes` and is known to be no secret.
    pub(super) fn contradict(&self, bytes: &[u8], scratch: &mut Scratch, found: &mut Vec<Local>) {
        found.retain(|local| {
            let rule = &self.ruleset().rules[local.rule.0 as usize];
            let assigned = rule.text().is_some_and(|text| text.assigned.is_some());
            !assigned || !self.contradicts(bytes, local.start as usize..local.end as usize, scratch)
        });
    }

    /// Whether a rule knows that the value in this span is no secret.
    pub(super) fn contradicts(
        &self,
        bytes: &[u8],
        span: Range<usize>,
        scratch: &mut Scratch,
    ) -> bool {
        let mut known = false;
        self.visit(bytes, span, scratch, &mut |candidate, _, space| {
            if !known && knows(candidate.text) {
                let refusal = candidate.confirm(space).err();
                known = matches!(
                    refusal,
                    Some(Refusal::Disproved(_) | Refusal::Ignored | Refusal::Allowed(_))
                );
            }
        });
        known
    }
}

/// Whether a rule may contradict: it knows a format by a literal, and looks at the line only.
fn knows(text: &Text) -> bool {
    let near = matches!(text.reach, Reach::Line(reach) if reach <= LINE_REACH);
    let literal = |anchor: &Anchor| matches!(anchor, Anchor::Literal { .. });
    near && text.assigned.is_none() && !text.crosses_lines() && text.anchors.iter().all(literal)
}
