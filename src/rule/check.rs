//! What one rule means, and whether it can work.

use std::collections::HashMap;

use regex_syntax::hir::{Hir, HirKind};

use crate::error::Result;
use crate::rule::at::{At, Parts};
use crate::rule::byteset::CLASSES;
use crate::rule::derive;
use crate::rule::form;
use crate::rule::model::{
    ASSIGNED_REACH, Anchor, Context, Detect, FileTest, Floors, JOIN_MAX, Join, LINE_REACH, Pattern,
    REACH_MAX, RUN_MAX, Reach, Shape, Text, Within,
};
use crate::rule::pattern::parse;
use crate::rule::raw::{RawAssigned, RawContext, RawReach, RawRule, RawRun, RawShape};
use crate::validate::{self, Validator};

/// The shortest run that may be an anchor, in bytes.
const RUN_MIN: usize = 8;
/// How far a line rule may look at most, in bytes either side.
const LINE_REACH_MAX: u32 = REACH_MAX;
/// The keys of rules whose work is done by parts that this version does not have.
const NOT_YET: &str =
    "not yet: rules on the records of data sets need a part that this version does not have";

pub(crate) fn id(at: &At<'_>, id: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let good = id.bytes().all(plain)
        && id.contains('-')
        && !id.contains("--")
        && !id.starts_with('-')
        && !id.ends_with('-');
    if good {
        return Ok(());
    }
    Err(at.error(
        "id",
        "the id must read issuer-thing: lower case, digits and single dashes",
    ))
}

/// Parses the pattern of a shape.
pub(crate) fn shape(at: &At<'_>, raw: &RawShape) -> Result<Shape> {
    Ok(Shape {
        name: raw.name.clone(),
        hir: parse(&raw.pattern).map_err(|error| at.error("pattern", &error))?,
        floors: raw.floors,
    })
}

/// Makes what the rule looks for out of its keys.
pub(crate) fn detect(
    at: &At<'_>,
    shapes: &HashMap<String, RawShape>,
    raw: &mut RawRule,
) -> Result<(Detect, Option<Parts>)> {
    if raw.records.is_some() || raw.levels.is_some() {
        return Err(at.error("records", NOT_YET));
    }
    let texts = raw.pattern.is_some()
        || raw.shape.is_some()
        || raw.literals.is_some()
        || raw.assigned.is_some();
    let kinds =
        usize::from(texts) + usize::from(raw.parts.is_some()) + usize::from(raw.file.is_some());
    if kinds != 1 {
        let problem = "needs exactly one of: a pattern, shape, literals or assigned; parts; file";
        return Err(at.error("id", problem));
    }
    if raw.parts.is_some() || raw.join.is_some() {
        return join(at, raw).map(|(join, parts)| (Detect::Join(join), Some(parts)));
    }
    if raw.file.is_some() || raw.content.is_some() {
        return Ok((Detect::File(file(at, raw)?), None));
    }
    Ok((Detect::Text(Box::new(text(at, shapes, raw)?)), None))
}

/// Every rule shows what it finds and what it leaves alone.
pub(crate) fn samples(at: &At<'_>, raw: &RawRule, detect: &Detect) -> Result<()> {
    if raw.positives.len() < 2 || raw.negatives.len() < 2 {
        let problem = "needs at least two positives and two near misses as negatives";
        return Err(at.error("positives", problem));
    }
    let wanted: Vec<String> = match detect {
        Detect::Text(_) => vec!["{secret}".to_owned()],
        Detect::Join(join) => join
            .names
            .iter()
            .map(|name| format!("{{{name}}}"))
            .collect(),
        Detect::File(_) => return Ok(()),
    };
    for (sample, want) in raw
        .positives
        .iter()
        .flat_map(|s| wanted.iter().map(move |w| (s, w)))
    {
        if !sample.contains(want.as_str()) {
            let problem =
                format!("every positive must hold {want}, which stands for a generated value");
            return Err(at.error("positives", &problem));
        }
    }
    Ok(())
}

fn text(at: &At<'_>, shapes: &HashMap<String, RawShape>, raw: &mut RawRule) -> Result<Text> {
    let shape = shape_named(at, shapes, raw)?;
    if let (Some(shape), Some(_)) = (shape, &raw.pattern) {
        let problem = format!(
            "shape {:?} has a pattern of its own; give one of the two",
            shape.name
        );
        return Err(at.error("pattern", &problem));
    }
    let validator = validator(at, raw.validator.as_deref())?;
    let assigned = raw.assigned.take();
    let wanted = assigned.as_ref().map(|assigned| assigned.value);
    let reach = match (&assigned, raw.reach.as_ref()) {
        (Some(_), None) => Reach::Line(ASSIGNED_REACH),
        (Some(_), Some(_)) => return Err(at.error("reach", "assigned has a reach of its own")),
        (None, given) => reach(at, given)?,
    };
    let regex = raw
        .pattern
        .take()
        .or_else(|| shape.map(|shape| shape.pattern.clone()));
    let (anchors, pattern) = match (regex, &assigned) {
        (None, Some(assigned)) => (words(at, raw, assigned)?, None),
        (Some(_), Some(_)) => {
            let problem = "assigned reads the value itself: give it, or a pattern or shape";
            return Err(at.error("assigned", problem));
        }
        (Some(regex), None) => patterned(at, raw, shape, (regex, reach))?,
        (None, None) => (measured(at, raw, validator)?, None),
    };
    let floors = floors(at, raw.floors.or(shape.map(|shape| shape.floors)))?;
    let context = raw.context.take().map(|raw| context(at, raw)).transpose()?;
    let bare = |pattern: &Pattern| derive::literals(&pattern.hir).is_none();
    let generic = shape.is_some()
        || raw.literals.is_none() && raw.run.is_some() && pattern.as_ref().is_some_and(bare);
    let proves = context.is_some() || validator.is_some_and(|validator| validator.rejects);
    if generic && !proves && raw.report != crate::rule::model::Report::Never {
        let problem = "a shape proves nothing alone: give the context words that must stand near, \
                       or a validator that can disprove a value";
        return Err(at.error("shape", problem));
    }
    let mut ignored = shape.map(|shape| shape.ignored.clone()).unwrap_or_default();
    ignored.append(&mut raw.ignored);
    let mut allowed = shape.map(|shape| shape.allowed.clone()).unwrap_or_default();
    allowed.append(&mut raw.allowed);
    for pattern in &allowed {
        parse(pattern).map_err(|error| at.error("allowed", &format!("{pattern:?}: {error}")))?;
    }
    let shape = raw.shape.take();
    Ok(Text {
        anchors,
        reach,
        assigned: wanted,
        pattern,
        validator,
        floors,
        context,
        ignored,
        allowed,
        shape,
        mask: raw.mask,
    })
}

/// The shape that a rule names, if it names one.
fn shape_named<'s>(
    at: &At<'_>,
    shapes: &'s HashMap<String, RawShape>,
    raw: &RawRule,
) -> Result<Option<&'s RawShape>> {
    let Some(name) = &raw.shape else {
        return Ok(None);
    };
    let found = shapes.get(name).ok_or_else(|| {
        let mut known: Vec<_> = shapes.keys().map(String::as_str).collect();
        known.sort_unstable();
        at.error(
            "shape",
            &format!("unknown shape {name:?}; known: {}", known.join(", ")),
        )
    })?;
    Ok(Some(found))
}

fn floors(at: &At<'_>, given: Option<Floors>) -> Result<Floors> {
    let floors = given.unwrap_or_default();
    if !(0.0..=8.0).contains(&floors.entropy) {
        return Err(at.error("floors", "entropy is in bits a byte, from 0 to 8"));
    }
    if !(0.0..=6.0).contains(&floors.randomness) {
        return Err(at.error("floors", "randomness is in bits a character, from 0 to 6"));
    }
    Ok(floors)
}

/// Anchors and pattern of a rule that has a regular expression.
fn patterned(
    at: &At<'_>,
    raw: &RawRule,
    shape: Option<&RawShape>,
    (regex, reach): (String, Reach),
) -> Result<(Vec<Anchor>, Option<Pattern>)> {
    let hir = parse(&regex).map_err(|error| at.error("pattern", &error))?;
    let after = match reach {
        Reach::Line(line) => line,
        Reach::Across { after, .. } => after,
    };
    match hir.properties().maximum_len() {
        Some(len) if len <= after as usize => {}
        Some(len) => {
            let problem =
                format!("the pattern matches up to {len} bytes, more than its reach of {after}");
            return Err(at.error("pattern", &problem));
        }
        None => {
            let problem = "the pattern is unbounded; replace *, + and {n,} by {n,m}";
            return Err(at.error("pattern", problem));
        }
    }
    if hir.properties().minimum_len().unwrap_or(0) == 0 {
        return Err(at.error("pattern", "the pattern matches the empty text"));
    }
    let run = raw.run.as_ref().or(shape.map(|shape| &shape.run));
    let (anchors, offset, slack) = if let Some(given) = &raw.literals {
        let given: Vec<Vec<u8>> = given.iter().map(|l| l.as_bytes().to_vec()).collect();
        long_enough(at, &given)?;
        let covered = derive::covers(&hir, &given).ok_or_else(|| {
            at.error(
                "literals",
                "the pattern can match without any of these literals",
            )
        })?;
        (derive::anchors(&covered), covered.offset, covered.slack)
    } else if let Some(run) = run {
        let (anchor, offset) = run_anchor(at, run, &hir)?;
        (vec![anchor], offset, 0)
    } else {
        let found = derive::literals(&hir).ok_or_else(|| {
            let problem = "no literal of three bytes stands in every match: name a run, \
                           such as run = { class = \"hex\", min = 32 }";
            at.error("pattern", problem)
        })?;
        (derive::anchors(&found), found.offset, found.slack)
    };
    let form = form::form(&hir);
    Ok((
        anchors,
        Some(Pattern {
            regex,
            hir,
            offset,
            slack,
            form,
        }),
    ))
}

/// Anchors of a rule that reads assignments: the words, in any case.
fn words(at: &At<'_>, raw: &RawRule, assigned: &RawAssigned) -> Result<Vec<Anchor>> {
    if raw.literals.is_some() || raw.run.is_some() {
        let problem = "assigned looks for its words: give no literals and no run";
        return Err(at.error("assigned", problem));
    }
    let given: Vec<Vec<u8>> = assigned
        .words
        .iter()
        .map(|w| w.as_bytes().to_vec())
        .collect();
    long_enough(at, &given)?;
    if given.iter().any(|word| word.to_ascii_lowercase() != *word) {
        return Err(at.error(
            "assigned",
            "words are given in lower case; any case is found",
        ));
    }
    let anchor = |bytes: Vec<u8>| Anchor::Literal { bytes, fold: true };
    Ok(given.into_iter().map(anchor).collect())
}

/// Anchors of a rule whose validator measures the value.
fn measured(
    at: &At<'_>,
    raw: &RawRule,
    validator: Option<&'static Validator>,
) -> Result<Vec<Anchor>> {
    let measures = validator.is_some_and(|validator| validator.measure.is_some());
    let (Some(given), true) = (&raw.literals, measures) else {
        let problem =
            "has no pattern, so it needs literals and a validator that measures the value";
        return Err(at.error("literals", problem));
    };
    let given: Vec<Vec<u8>> = given.iter().map(|l| l.as_bytes().to_vec()).collect();
    long_enough(at, &given)?;
    let anchor = |bytes: Vec<u8>| Anchor::Literal { bytes, fold: false };
    Ok(given.into_iter().map(anchor).collect())
}

fn long_enough(at: &At<'_>, literals: &[Vec<u8>]) -> Result<()> {
    let min = derive::LITERAL_MIN;
    if literals.is_empty() || literals.iter().any(|l| l.len() < min || l.contains(&b'\n')) {
        let problem = format!("literals need at least {min} bytes each and hold no line feed");
        return Err(at.error("literals", &problem));
    }
    Ok(())
}

/// The anchor that a run makes, and how many bytes before it matches begin, where that is known.
fn run_anchor(at: &At<'_>, run: &RawRun, hir: &Hir) -> Result<(Anchor, Option<usize>)> {
    let class = CLASSES.iter().find(|(name, _)| *name == run.class);
    let Some((_, class)) = class else {
        let known: Vec<_> = CLASSES.iter().map(|(name, _)| *name).collect();
        let problem = format!("unknown class {:?}; known: {}", run.class, known.join(", "));
        return Err(at.error("run", &problem));
    };
    if !(RUN_MIN..=RUN_MAX).contains(&run.min) {
        return Err(at.error(
            "run",
            &format!("min must lie between {RUN_MIN} and {RUN_MAX}"),
        ));
    }
    let found = derive::run(hir, class, run.min);
    if found.len < run.min {
        let problem = format!(
            "the pattern can match without {} bytes of {} in a row",
            run.min, run.class
        );
        return Err(at.error("run", &problem));
    }
    let anchor = Anchor::Run {
        class: *class,
        min: run.min,
    };
    Ok((anchor, found.offset))
}

fn validator(at: &At<'_>, name: Option<&str>) -> Result<Option<&'static Validator>> {
    let Some(name) = name else { return Ok(None) };
    let found = validate::find(name).ok_or_else(|| {
        let known: Vec<_> = validate::VALIDATORS.iter().map(|v| v.name).collect();
        let problem = format!("unknown validator {name:?}; known: {}", known.join(", "));
        at.error("validator", &problem)
    })?;
    Ok(Some(found))
}

fn reach(at: &At<'_>, raw: Option<&RawReach>) -> Result<Reach> {
    let Some(raw) = raw else {
        return Ok(Reach::Line(LINE_REACH));
    };
    let reach = match (raw.line, raw.before, raw.after) {
        (Some(line), None, None) => Reach::Line(line),
        (None, Some(before), Some(after)) => Reach::Across { before, after },
        _ => {
            let problem = "reach is either { line = n } or { before = n, after = n }";
            return Err(at.error("reach", problem));
        }
    };
    let most = match reach {
        Reach::Line(line) => line.max(1),
        Reach::Across { before, after } => before.max(after),
    };
    if most > LINE_REACH_MAX {
        return Err(at.error(
            "reach",
            &format!("reach is at most {REACH_MAX} bytes either side"),
        ));
    }
    Ok(reach)
}

fn context(at: &At<'_>, raw: RawContext) -> Result<Context> {
    let words: Vec<_> = raw
        .words
        .iter()
        .map(|word| word.to_ascii_lowercase())
        .collect();
    if words.is_empty() || words.iter().any(|word| word.len() < 2) {
        return Err(at.error("context", "needs words of at least two bytes"));
    }
    let distance = raw.distance.unwrap_or(match raw.within {
        Within::Line => LINE_REACH,
        Within::Block | Within::FileName => 80,
    });
    if distance > LINE_REACH {
        return Err(at.error(
            "context",
            &format!("distance is at most {LINE_REACH} bytes"),
        ));
    }
    Ok(Context {
        words,
        within: raw.within,
        distance,
    })
}

fn join(at: &At<'_>, raw: &mut RawRule) -> Result<(Join, Parts)> {
    let (Some(parts), Some(join)) = (raw.parts.take(), raw.join.take()) else {
        return Err(at.error("parts", "parts and join go together"));
    };
    let mut parts = parts;
    let named = parts.remove("id").zip(parts.remove("secret"));
    let (Some((id, secret)), true) = (named, parts.is_empty()) else {
        return Err(at.error(
            "parts",
            "parts are { id = \"rule-id\", secret = \"rule-id\" }",
        ));
    };
    if join.span != "secret" {
        return Err(at.error(
            "join",
            "span must be \"secret\": what is reported is the secret part",
        ));
    }
    if join.distance > JOIN_MAX {
        return Err(at.error("join", &format!("distance is at most {JOIN_MAX} bytes")));
    }
    let names = ["id".to_owned(), "secret".to_owned()];
    let made = Join {
        id: usize::MAX,
        secret: usize::MAX,
        names,
        distance: join.distance,
        nearest: join.nearest,
    };
    Ok((made, Parts::new([id, secret])))
}

fn file(at: &At<'_>, raw: &mut RawRule) -> Result<FileTest> {
    let Some(file) = raw.file.take() else {
        return Err(at.error("content", "content belongs to a file rule"));
    };
    if file.names.is_empty() {
        return Err(at.error("file", "names at least one glob of base names"));
    }
    for glob in file.names.iter().chain(&file.except) {
        if glob.contains('/') {
            return Err(at.error(
                "file",
                &format!("{glob:?} is matched against base names, which hold no /"),
            ));
        }
        globset::Glob::new(glob).map_err(|error| at.error("file", &error.to_string()))?;
    }
    let lines = match raw.content.take() {
        None => None,
        Some(content) => {
            let hir = parse(&content.lines).map_err(|error| at.error("content", &error))?;
            if matches!(hir.kind(), HirKind::Empty) || content.min == 0 {
                return Err(at.error("content", "lines must match something, min is at least 1"));
            }
            Some((content.lines, content.min))
        }
    };
    Ok(FileTest {
        names: file.names,
        except: file.except,
        lines,
    })
}
