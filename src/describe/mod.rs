//! From locals to findings, while the bytes are at hand: companions joined, overlaps decided, inline
//! marks read, lines and columns counted, excerpts masked.
//!
//! Only blobs with locals come here. Nothing of it is inherited, because marks, companions and lines
//! can change where the local did not. Knows bytes and rules, no path.

mod lines;
mod marks;
mod overlap;

use std::cmp::Reverse;
use std::ops::Range;

use crate::blob::Part;
use crate::decode::{self, View};
use crate::finding::{Finding, Local, RuleIndex};
use crate::level::{Confidence, Kind};
use crate::rule::model::{Anchor, Join, MaskAs};
use crate::rule::{Detect, Report, Rule, Ruleset};
use crate::secret::{Mask, Secret, mask};
use crate::validate::Validity;

pub use lines::Origin;
use lines::{Covered, Cursor};

/// Longest secret part that is joined to its companion, in bytes.
const PART_BYTES_MAX: usize = 4_096;

/// Makes findings of the locals of a blob.
#[derive(Clone, Copy, Debug)]
pub struct Describer<'a> {
    ruleset: &'a Ruleset,
    /// Whether inline marks are believed.
    pub marks: Marks,
    /// Where the bytes begin in the blob.
    pub origin: Origin,
}

/// Whether inline marks are believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    /// A mark silences the findings of its line.
    #[default]
    Believed,
    /// The text belongs to someone else: its marks say nothing.
    Disregarded,
}

/// A finding that gave way to a better one on the same bytes.
#[derive(Clone, Debug)]
pub struct Loser {
    /// Where its value begins.
    pub start: u64,
    /// The value, so that it is redacted all the same.
    pub secret: Secret,
    /// The value as it may be shown.
    pub masked: String,
}

/// A finding in the making. Spans are positions in the text of its view.
#[derive(Clone, Debug)]
struct Draft {
    span: Range<usize>,
    rule: usize,
    validity: Validity,
    confidence: Confidence,
    /// The public part that it was joined with.
    id: Option<Range<usize>>,
}

impl<'a> Describer<'a> {
    /// Describes findings of this ruleset in whole blobs, believing their marks.
    pub fn new(ruleset: &'a Ruleset) -> Self {
        Self {
            ruleset,
            marks: Marks::Believed,
            origin: Origin::default(),
        }
    }

    /// Makes findings of the locals; returns those that gave way to others.
    pub fn describe(&self, bytes: &[u8], locals: &[Local], out: &mut Vec<Finding>) -> Vec<Loser> {
        let mut losers = Vec::new();
        let mut views: Vec<View> = locals.iter().map(|local| local.view).collect();
        views.sort_unstable();
        views.dedup();
        for view in views {
            let of_view: Vec<&Local> = locals.iter().filter(|local| local.view == view).collect();
            let mut spans: Vec<_> = of_view.iter().map(|local| local.start..local.end).collect();
            if view == View::Bytes {
                self.describe_text(bytes, view, &of_view, &spans, (out, &mut losers));
            } else {
                let mut text = Vec::new();
                view.read(bytes, &mut text);
                decode::to_view(view, &text, &mut spans);
                self.describe_text(&text, view, &of_view, &spans, (out, &mut losers));
            }
        }
        losers
    }

    fn describe_text(
        &self,
        text: &[u8],
        view: View,
        locals: &[&Local],
        spans: &[Range<u64>],
        (out, losers): (&mut Vec<Finding>, &mut Vec<Loser>),
    ) {
        let mut drafts: Vec<Draft> = locals
            .iter()
            .zip(spans)
            .map(|(local, span)| Draft {
                span: span.start as usize..span.end as usize,
                rule: local.rule.0 as usize,
                validity: local.validity,
                confidence: local.confidence,
                id: None,
            })
            .collect();
        let order = |draft: &Draft| (draft.span.start, draft.span.end, draft.rule);
        // Of several words in one name, the surest counts.
        drafts.sort_by_key(|draft| (order(draft), Reverse(draft.confidence)));
        drafts.dedup_by_key(|draft| order(draft));
        let mut drafts = self.join(self.without_ids(drafts));
        drafts.sort_by_key(order);
        let (kept, lost) = overlap::decide(drafts, self.ruleset);
        let masks = |drafts: &[Draft]| -> Vec<String> {
            drafts.iter().map(|draft| self.mask(text, draft)).collect()
        };
        let (masked, masked_lost) = (masks(&kept), masks(&lost));
        let covered = Covered::new(&shown(&kept, &masked), &shown(&lost, &masked_lost));
        let first_loser = losers.len();
        losers.extend(lost.iter().zip(&masked_lost).map(|(draft, masked)| Loser {
            start: draft.span.start as u64 + self.origin.offset,
            secret: Secret::new(&text[draft.span.clone()]),
            masked: masked.clone(),
        }));
        let mut cursor = Cursor::new(self.origin);
        let first = out.len();
        for (draft, masked) in kept.iter().zip(&masked) {
            let mut finding = self.finding(text, draft, masked);
            finding.spot = Some(cursor.spot(text, &draft.span));
            finding.excerpt = Some(lines::excerpt(text, &draft.span, &covered));
            out.push(finding);
        }
        if view != View::Bytes {
            self.locate(
                text,
                view,
                &kept,
                (&mut out[first..], &mut losers[first_loser..]),
            );
        }
    }

    /// Gives the findings of a view their bytes in the blob.
    fn locate(
        &self,
        text: &[u8],
        view: View,
        kept: &[Draft],
        (out, losers): (&mut [Finding], &mut [Loser]),
    ) {
        let span = |draft: &Draft| draft.span.start as u64..draft.span.end as u64;
        let mut spans: Vec<_> = kept.iter().map(span).collect();
        spans.extend(losers.iter().map(|loser| {
            let start = loser.start - self.origin.offset;
            start..start
        }));
        decode::to_blob(view, text, &mut spans);
        for (finding, span) in out.iter_mut().zip(&spans) {
            finding.decoded.push(view.name());
            if let Some(spot) = &mut finding.spot {
                spot.byte_start = span.start + self.origin.offset;
                spot.byte_end = span.end + self.origin.offset;
            }
        }
        for (loser, span) in losers.iter_mut().zip(&spans[out.len()..]) {
            loser.start = span.start + self.origin.offset;
        }
    }

    /// Drops what was read from an assignment and is known to be the public part of a pair.
    fn without_ids(&self, mut drafts: Vec<Draft>) -> Vec<Draft> {
        let rules = &self.ruleset.rules;
        let assigned = |draft: &Draft| {
            let text = rules[draft.rule].text();
            text.is_some_and(|text| text.assigned.is_some())
        };
        if !drafts.iter().any(assigned) {
            return drafts;
        }
        let is_id = |draft: &&Draft| {
            let joins =
                |rule: &Rule| matches!(&rule.detect, Detect::Join(join) if join.id == draft.rule);
            rules.iter().any(joins)
        };
        let ids: Vec<_> = drafts
            .iter()
            .filter(is_id)
            .map(|draft| draft.span.clone())
            .collect();
        let known = |span: &Range<usize>| {
            let mut ids = ids.iter();
            ids.any(|id| id.start < span.end && span.start < id.end)
        };
        drafts.retain(|draft| !(assigned(draft) && known(&draft.span)));
        drafts
    }

    /// Joins companions, and drops what is not reported by itself.
    fn join(&self, drafts: Vec<Draft>) -> Vec<Draft> {
        let mut joined = Vec::new();
        let mut used = vec![false; drafts.len()];
        for (index, rule) in self.ruleset.rules.iter().enumerate() {
            let Detect::Join(join) = &rule.detect else {
                continue;
            };
            if rule.report != Report::Never {
                join_pairs(
                    &drafts,
                    join,
                    (index, rule.confidence),
                    (&mut used, &mut joined),
                );
            }
        }
        let reported = drafts.into_iter().zip(used).filter(|(draft, used)| {
            match self.ruleset.rules[draft.rule].report {
                Report::Always => true,
                Report::Alone => !used,
                Report::Never => false,
            }
        });
        joined.extend(reported.map(|(draft, _)| draft));
        joined
    }

    fn finding(&self, text: &[u8], draft: &Draft, masked: &str) -> Finding {
        let rule = &self.ruleset.rules[draft.rule];
        let value = &text[draft.span.clone()];
        let suppressed = match self.marks {
            Marks::Believed => marks::suppression(text, &draft.span, self.ruleset, rule),
            Marks::Disregarded => None,
        };
        Finding {
            rule: RuleIndex(draft.rule as u32),
            severity: rule.severity,
            confidence: draft.confidence,
            validity: draft.validity,
            secret: Secret::new(value),
            masked: masked.to_owned(),
            spot: None,
            excerpt: None,
            decoded: Vec::new(),
            note: self.note(text, draft),
            part: Part::Content,
            suppressed,
        }
    }

    /// What the value, or the public part beside it, says about itself.
    fn note(&self, text: &[u8], draft: &Draft) -> Option<String> {
        let rule = &self.ruleset.rules[draft.rule];
        let (rule, span) = match (&rule.detect, &draft.id) {
            (Detect::Join(join), Some(id)) => (&self.ruleset.rules[join.id], id),
            _ => (rule, &draft.span),
        };
        let note = rule.text()?.validator?.note?;
        note(&text[span.clone()])
    }

    fn mask(&self, text: &[u8], draft: &Draft) -> String {
        let rule = &self.ruleset.rules[draft.rule];
        let rule = match &rule.detect {
            Detect::Join(join) => &self.ruleset.rules[join.secret],
            _ => rule,
        };
        let value = &text[draft.span.clone()];
        mask(value, how_to_mask(rule, value))
    }
}

/// Spans with what is shown in their place.
fn shown<'a>(drafts: &'a [Draft], masked: &'a [String]) -> Vec<(&'a Range<usize>, &'a str)> {
    let spans = drafts.iter().map(|draft| &draft.span);
    spans.zip(masked.iter().map(String::as_str)).collect()
}

/// How much of a value of this rule may be shown.
fn how_to_mask(rule: &Rule, value: &[u8]) -> Mask {
    let Some(text) = rule.text() else {
        return Mask::Opaque("value");
    };
    match text.mask {
        MaskAs::Password => return Mask::Opaque("password"),
        MaskAs::Key => return Mask::Opaque("private key"),
        MaskAs::Token if rule.kind == Kind::Pii => return Mask::Opaque("personal data"),
        MaskAs::Token => {}
    }
    if text.assigned.is_some() {
        return Mask::Token { prefix: 0 };
    }
    let prefix = text.anchors.iter().filter_map(|anchor| match anchor {
        Anchor::Literal { bytes, .. } => {
            let head = value.get(..bytes.len())?;
            head.eq_ignore_ascii_case(bytes).then_some(bytes.len())
        }
        Anchor::Run { .. } => None,
    });
    Mask::Token {
        prefix: prefix.max().unwrap_or(0),
    }
}

/// Finds the pairs of one joining rule, one for each secret part. `drafts` ascend.
///
/// A secret near many ids makes one pair, so that dense text gives no more pairs than it has parts:
/// that with the best judged id, then the nearest.
fn join_pairs(
    drafts: &[Draft],
    join: &Join,
    (rule, confidence): (usize, Confidence),
    (used, joined): (&mut [bool], &mut Vec<Draft>),
) {
    let of = |rule: usize| -> Vec<usize> {
        (0..drafts.len())
            .filter(|&at| drafts[at].rule == rule)
            .collect()
    };
    let (ids, secrets) = (of(join.id), of(join.secret));
    let mut best: Vec<Option<(Validity, Nearness, usize)>> = vec![None; secrets.len()];
    let distance = join.distance as usize;
    for id in ids {
        let span = &drafts[id].span;
        let low = span.start.saturating_sub(distance + PART_BYTES_MAX);
        let first = secrets.partition_point(|&at| drafts[at].span.start < low);
        let near = (first..secrets.len())
            .take_while(|&at| drafts[secrets[at]].span.start <= span.end + distance)
            .map(|at| (nearness(span, &drafts[secrets[at]].span), at))
            .filter(|((gap, _), _)| *gap <= distance);
        let mut choose = |(nearness, at): (Nearness, usize)| {
            let secret = secrets[at];
            (used[id], used[secret]) = (true, true);
            let pair = (drafts[id].validity, nearness, id);
            if best[at].is_none_or(|known| pair < known) {
                best[at] = Some(pair);
            }
        };
        if join.nearest {
            near.min().into_iter().for_each(&mut choose);
        } else {
            near.for_each(&mut choose);
        }
    }
    for (secret, pair) in secrets.into_iter().zip(best) {
        // What is reported is the secret part, so that its own proof is the pair's.
        let validity = drafts[secret].validity;
        joined.extend(pair.map(|(_, _, id)| Draft {
            span: drafts[secret].span.clone(),
            rule,
            validity,
            confidence: match validity {
                Validity::Valid => Confidence::High,
                _ => confidence,
            },
            id: Some(drafts[id].span.clone()),
        }));
    }
}

/// Bytes between id and secret, and whether the secret stands first: of two equally near, the one
/// after the id comes first, because that is how pairs are written down.
type Nearness = (usize, bool);

fn nearness(id: &Range<usize>, secret: &Range<usize>) -> Nearness {
    (gap(id, secret), secret.start < id.start)
}

/// Bytes between two spans; 0 where they touch or overlap.
fn gap(a: &Range<usize>, b: &Range<usize>) -> usize {
    b.start
        .saturating_sub(a.end)
        .max(a.start.saturating_sub(b.end))
}
