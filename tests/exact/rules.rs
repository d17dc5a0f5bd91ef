//! What the rules of these tests are made of, and the way through the loader.

use std::fmt::Write;

use leakgate::rule::model::{Reach, Within};
use leakgate::rule::{RuleText, Ruleset};

/// A rule, and texts in which it may find something.
#[derive(Clone, Copy)]
pub(crate) struct Spec {
    pub(crate) id: &'static str,
    pub(crate) pattern: &'static str,
    pub(crate) anchors: Anchors,
    /// Where matches begin before the anchor, where that is one number.
    pub(crate) offset: Option<usize>,
    /// They may also begin up to as many bytes nearer.
    pub(crate) slack: usize,
    pub(crate) reach: Reach,
    pub(crate) context: Option<Near>,
    pub(crate) floors: Floors,
    pub(crate) ignored: &'static [&'static str],
    pub(crate) allowed: &'static [&'static str],
    pub(crate) validator: Option<&'static str>,
    pub(crate) report: &'static str,
    pub(crate) join: Option<Pair>,
    /// Templates of values, as texts are made from; `{!}` is a value that passes the validator.
    pub(crate) samples: &'static [&'static str],
}

#[derive(Clone, Copy)]
pub(crate) enum Anchors {
    /// Left to the loader to find.
    Derived(&'static [&'static str], Case),
    /// Named in the rule.
    Given(&'static [&'static str], Case),
    /// A run of a class of this name.
    Run(&'static str, usize),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Exact,
    Folded,
}

#[derive(Clone, Copy)]
pub(crate) struct Near {
    pub(crate) words: &'static [&'static str],
    pub(crate) within: Within,
    pub(crate) distance: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Floors {
    pub(crate) entropy: f64,
    pub(crate) randomness: f64,
    pub(crate) digits: usize,
    pub(crate) lower: usize,
    pub(crate) upper: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) id: &'static str,
    pub(crate) secret: &'static str,
    pub(crate) distance: usize,
    pub(crate) nearest: bool,
}

/// Loads the rules through the front door.
pub(crate) fn load(specs: &[Spec]) -> Ruleset {
    let mut text = String::from("[family]\ncategory = \"test\"\nseverity = \"high\"\n");
    for spec in specs {
        write(spec, &mut text).expect("strings take everything");
    }
    let file = RuleText {
        name: "exact.toml",
        text: &text,
    };
    leakgate::rule::load(&[file]).expect("the rules of this test load")
}

fn write(spec: &Spec, out: &mut String) -> std::fmt::Result {
    let (id, report) = (spec.id, spec.report);
    if let Anchors::Run(class, min) = spec.anchors {
        writeln!(out, "\n[[shape]]\nname = \"{id}\"")?;
        writeln!(out, "pattern = '''{}'''", spec.pattern)?;
        writeln!(out, "run = {{ class = \"{class}\", min = {min} }}")?;
    }
    writeln!(out, "\n[[rule]]\nid = \"{id}\"\ntitle = \"{id}\"")?;
    writeln!(out, "report = \"{report}\"")?;
    let sample = if let Some(pair) = spec.join {
        write_pair(&pair, out)?;
        "\"{id} {secret}\""
    } else {
        write_text(spec, out)?;
        "\"{secret}\""
    };
    writeln!(out, "positives = [{sample}, {sample}]")?;
    writeln!(out, "negatives = [\"\", \"\"]")
}

fn write_pair(pair: &Pair, out: &mut String) -> std::fmt::Result {
    let (id, secret) = (pair.id, pair.secret);
    let (distance, nearest) = (pair.distance, pair.nearest);
    writeln!(out, "parts = {{ id = \"{id}\", secret = \"{secret}\" }}")?;
    write!(out, "join = {{ distance = {distance}, span = \"secret\", ")?;
    writeln!(out, "nearest = {nearest} }}")
}

fn write_text(spec: &Spec, out: &mut String) -> std::fmt::Result {
    match spec.anchors {
        Anchors::Run(..) => writeln!(out, "shape = \"{}\"", spec.id)?,
        Anchors::Given(literals, _) => writeln!(out, "literals = {literals:?}")?,
        Anchors::Derived(..) => {}
    }
    if !spec.pattern.is_empty() && !matches!(spec.anchors, Anchors::Run(..)) {
        writeln!(out, "pattern = '''{}'''", spec.pattern)?;
    }
    match spec.reach {
        Reach::Line(line) => writeln!(out, "reach = {{ line = {line} }}")?,
        Reach::Across { before, after } => {
            writeln!(out, "reach = {{ before = {before}, after = {after} }}")?;
        }
    }
    if let Some(near) = spec.context {
        let within = match near.within {
            Within::Line => "line",
            Within::Block => "block",
            Within::FileName => "file-name",
        };
        write!(out, "context = {{ words = {:?}, ", near.words)?;
        write!(out, "within = \"{within}\", ")?;
        writeln!(out, "distance = {} }}", near.distance)?;
    }
    if let Some(name) = spec.validator {
        writeln!(out, "validator = \"{name}\"")?;
    }
    let Floors {
        entropy,
        randomness,
        digits,
        lower,
        upper,
    } = spec.floors;
    write!(
        out,
        "floors = {{ entropy = {entropy:?}, randomness = {randomness:?}, digits = {digits}, "
    )?;
    writeln!(out, "lower = {lower}, upper = {upper} }}")?;
    writeln!(out, "ignored = {:?}", spec.ignored)?;
    writeln!(out, "allowed = {:?}", spec.allowed)
}
