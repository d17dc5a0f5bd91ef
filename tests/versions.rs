//! Versions through the pipeline: what a version inherits from its base is reported as if it had been
//! scanned in full.

use leakgate::blob::{Blob, BuildVisitor, Content, Copied, Delta, Place, Source, Version};
use leakgate::config::{Limits, ScanConfig};
use leakgate::error::Result;
use leakgate::finding::Placed;
use leakgate::rule::{RuleText, load};
use leakgate::scan::{Progress, Scanner, Timing, run};

const RULES: &str = r#"
[[rule]]
id = "demo-token"
title = "Demo token"
category = "demo"
severity = "high"
pattern = '\b(demo_[a-z]{12})\b'
positives = ["{secret}", "x {secret}"]
negatives = ["demo_", "demo"]
"#;

/// A base, a version of it, and a version of that one.
struct Chain {
    claimed: bool,
}

fn token(last: char) -> String {
    format!("demo_{}{last}", "abcdefghijk")
}

impl Chain {
    fn texts() -> [Vec<u8>; 3] {
        let base = format!("one {}\n", token('a'));
        let child = format!("new line\n{base}");
        let grandchild = format!("{child}{}\n", token('b'));
        [base, child, grandchild].map(String::into_bytes)
    }
}

impl Source for Chain {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let [base, child, grandchild] = Self::texts();
        let mut visitor = visitors.build();
        let mut give = |name: &str, bytes: &[u8], depth: usize, delta: Option<Delta<'_>>| {
            let place = Place {
                path: name.into(),
                ..Place::default()
            };
            let version = Some(Version {
                depth,
                delta,
                claimed: self.claimed && depth == 1,
            });
            let content = Content::Whole(bytes);
            let _ = visitor.blob(Blob {
                content,
                place: &place,
                version,
                news: None,
            });
        };
        let (n, m) = (base.len() as u64, child.len() as u64);
        give("base", &base, 0, None);
        let copied = [Copied {
            from: 0,
            to: m - n,
            len: n,
        }];
        give(
            "child",
            &child,
            1,
            Some(Delta {
                base_len: n,
                copied: &copied,
            }),
        );
        let copied = [Copied {
            from: 0,
            to: 0,
            len: m,
        }];
        give(
            "grandchild",
            &grandchild,
            2,
            Some(Delta {
                base_len: m,
                copied: &copied,
            }),
        );
        // Its base was never given, so it is scanned in full.
        give(
            "orphan",
            &grandchild,
            5,
            Some(Delta {
                base_len: m,
                copied: &copied,
            }),
        );
        Ok(())
    }
}

fn findings(source: &dyn Source) -> Vec<Placed> {
    let ruleset = load(&[RuleText {
        name: "demo.toml",
        text: RULES,
    }])
    .expect("the rules load");
    let scanner = Scanner::new(ruleset, Limits::default());
    let config = ScanConfig::default();
    let outcome = run(
        source,
        &scanner,
        &config,
        (&Progress::default(), Timing::Off),
    );
    outcome.expect("the source walks").findings
}

#[track_caller]
fn check(claimed: bool, first: &[(&str, u64)], second: &[(&str, u64)]) {
    let findings = findings(&Chain { claimed });
    let places = |placed: &Placed| -> Vec<(String, u64)> {
        let top = (placed.path.clone(), placed.finding.spot);
        let rest = placed
            .places
            .iter()
            .map(|place| (place.path.clone(), place.spot));
        let all = std::iter::once(top).chain(rest);
        let shown = |(path, spot): (Vec<u8>, Option<leakgate::finding::Spot>)| {
            (
                String::from_utf8_lossy(&path).into_owned(),
                spot.map_or(0, |spot| spot.line),
            )
        };
        all.map(shown).collect()
    };
    let own = |places: &[(&str, u64)]| -> Vec<(String, u64)> {
        places
            .iter()
            .map(|(path, line)| ((*path).to_owned(), *line))
            .collect()
    };
    let found: Vec<_> = findings.iter().map(places).collect();
    assert_eq!(found, [own(first), own(second)]);
}

#[test]
fn what_is_inherited_is_reported_at_its_own_line() {
    let first = [("base", 1), ("child", 2), ("grandchild", 2), ("orphan", 2)];
    check(false, &first, &[("grandchild", 3), ("orphan", 3)]);
}

#[test]
fn a_claimed_version_hands_down_without_reporting() {
    let first = [("base", 1), ("grandchild", 2), ("orphan", 2)];
    check(true, &first, &[("grandchild", 3), ("orphan", 3)]);
}
