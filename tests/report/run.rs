//! Makes findings and runs by hand.

use leakgate::blob::{Part, Skip, SkipReason};
use leakgate::coverage::Coverage;
use leakgate::finding::{Excerpt, Finding, Further, Placed, RuleIndex, Spot};
use leakgate::level::{Confidence, Kind, Severity};
use leakgate::report::{Report, Show, find};
use leakgate::rule::model::{Detect, FileTest, Join, Origin, Report as When, Rule, Ruleset};
use leakgate::secret::{Mask, Redactor, Secret, mask};
use leakgate::validate::Validity;
use serde_json::Value;

/// A run to report.
pub(crate) struct Run {
    pub(crate) ruleset: Ruleset,
    pub(crate) target: Vec<u8>,
    pub(crate) findings: Vec<Placed>,
    pub(crate) coverage: Coverage,
    pub(crate) show: Show,
}

impl Run {
    pub(crate) fn new(findings: Vec<Placed>) -> Self {
        let coverage = Coverage {
            files: 1234,
            bytes: 5_600_000,
            seconds: 0.4237,
            ..Coverage::default()
        };
        let rules = vec![
            rule(
                "thing-token",
                "Thing access token",
                Some("Everything is lost."),
            ),
            rule("thing-file", "Thing file", None),
        ];
        Self {
            ruleset: Ruleset {
                rules,
                shapes: Vec::new(),
                digest: "0123456789ab".to_owned(),
            },
            target: b".".to_vec(),
            findings,
            coverage,
            show: Show::default(),
        }
    }

    pub(crate) fn render(&self, format: &str) -> String {
        let findings = self.findings.iter().map(|placed| &placed.finding);
        let redactor = Redactor::new(findings.map(|f| (&f.secret, f.masked.as_str())));
        let report = Report {
            ruleset: &self.ruleset,
            target: &self.target,
            configuration: None,
            findings: &self.findings,
            coverage: &self.coverage,
            redactor: &redactor,
            show: self.show,
        };
        let format = find(format).expect("the format exists");
        let mut out = Vec::new();
        (format.render)(&report, &mut out).expect("a vector takes all bytes");
        String::from_utf8(out).expect("every format writes UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.render("json")).expect("the report is JSON")
    }
}

pub(crate) fn rule(id: &str, title: &str, impact: Option<&str>) -> Rule {
    Rule {
        id: id.to_owned(),
        title: title.to_owned(),
        category: "things".to_owned(),
        kind: impact.map_or(Kind::SensitiveFile, |_| Kind::Secret),
        severity: Severity::High,
        confidence: Confidence::High,
        impact: impact.map(str::to_owned),
        advice: impact.map(|_| "Revoke it.".to_owned()),
        source: None,
        report: When::Always,
        detect: match impact {
            Some(_) => Detect::Join(Join {
                id: 0,
                secret: 0,
                names: ["id".to_owned(), "secret".to_owned()],
                distance: 0,
                nearest: true,
            }),
            None => Detect::File(FileTest {
                names: Vec::new(),
                except: Vec::new(),
                lines: None,
            }),
        },
        positives: Vec::new(),
        negatives: Vec::new(),
        origin: Origin::default(),
    }
}

/// A value that no issuer gives out.
pub(crate) fn token() -> String {
    format!("thing_{}", "0123456789".repeat(3))
}

pub(crate) fn spot(line: u64, column: u64, len: u64) -> Spot {
    Spot {
        byte_start: 100,
        byte_end: 100 + len,
        line,
        column,
        end_line: line,
        end_column: column + len,
    }
}

/// An active finding of the first rule in `let key = "…";`.
pub(crate) fn placed(path: &str, value: &[u8], line: u64) -> Placed {
    let finding = Finding {
        rule: RuleIndex(0),
        severity: Severity::Critical,
        confidence: Confidence::High,
        validity: Validity::Valid,
        secret: Secret::new(value),
        masked: mask(value, Mask::Token { prefix: 6 }),
        spot: Some(spot(line, 14, value.len() as u64)),
        excerpt: Some(Excerpt {
            before: b"\tlet key = \"".to_vec(),
            after: b"\";\r\n".to_vec(),
        }),
        decoded: Vec::new(),
        note: None,
        part: Part::Content,
        suppressed: None,
    };
    Placed {
        finding,
        path: path.as_bytes().to_vec(),
        active: true,
        fingerprint: "00ff-12".to_owned(),
        git: None,
        places: Vec::new(),
    }
}

/// An active finding of the second rule about a whole file.
pub(crate) fn whole_file(path: &str) -> Placed {
    let mut placed = placed(path, b"", 1);
    placed.finding.rule = RuleIndex(1);
    placed.finding.severity = Severity::High;
    placed.finding.confidence = Confidence::Medium;
    placed.finding.validity = Validity::Unknown;
    placed.finding.spot = None;
    placed.finding.excerpt = None;
    placed
}

pub(crate) fn further(path: &[u8], line: u64) -> Further {
    Further {
        path: path.to_vec(),
        spot: Some(spot(line, 1, 36)),
        part: Part::Content,
        git: None,
    }
}

pub(crate) fn skip(what: &[u8], reason: SkipReason) -> Skip {
    let what = what.to_vec();
    Skip {
        what,
        holder: None,
        reason,
    }
}
