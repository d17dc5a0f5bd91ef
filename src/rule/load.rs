//! From rule files to rules: reads TOML, fills in defaults and shapes, and refuses what cannot work.
//!
//! A refusal names file, line and rule and says what would be right. What a rule *means* is checked
//! in `check.rs`; this file finds the rules and puts them together.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::rule::at::{At, Parts, RuleText, line_of};
use crate::rule::check;
use crate::rule::model::{Detect, Origin, Rule, Ruleset};
use crate::rule::raw::{RawFamily, RawFile, RawRule, RawShape};

/// How the table of a rule begins.
const RULE_HEAD: &str = "[[rule]]";

/// Loads rule files into one set; later files may use shapes and name rules of earlier ones.
///
/// # Errors
///
/// [`Error::Rule`] for the first thing that is wrong.
pub fn load(files: &[RuleText<'_>]) -> Result<Ruleset> {
    let mut shapes = HashMap::new();
    let mut parsed = Vec::new();
    let mut rules: Vec<Rule> = Vec::new();
    let mut positions = HashMap::new();
    let mut joins = Vec::new();
    let mut hash = Sha256::new();
    for file in files {
        hash.update((file.text.len() as u64).to_le_bytes());
        hash.update(file.text);
        let raw = read(file)?;
        for shape in raw.shape {
            let at = At::new(file, &shape, Some(&shape.get_ref().name));
            let shape = shape.into_inner();
            parsed.push(check::shape(&at, &shape)?);
            if shapes.insert(shape.name.clone(), shape).is_some() {
                return Err(at.error("name", "another shape has this name"));
            }
        }
        for rule in raw.rule {
            let at = At::new(file, &rule, Some(&rule.get_ref().id));
            let id = rule.get_ref().id.clone();
            if let Some(other) = positions.insert(id, rules.len()) {
                let Origin { file, line } = &rules[other].origin;
                let problem = format!("another rule has this id, at {file}:{line}");
                return Err(at.error("id", &problem));
            }
            let (rule, parts) = assemble(&at, &raw.family, &shapes, rule.into_inner())?;
            joins.extend(parts.map(|parts| (rules.len(), parts)));
            rules.push(rule);
        }
    }
    for (rule, parts) in joins {
        connect(&mut rules, &positions, rule, &parts)?;
    }
    let digest = data_encoding::HEXLOWER.encode(&hash.finalize()[..6]);
    Ok(Ruleset {
        rules,
        shapes: parsed,
        digest,
    })
}

fn read(file: &RuleText<'_>) -> Result<RawFile> {
    toml::from_str(file.text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        // What is missing is told at the head of its table.
        let before = file.text.get(..offset + RULE_HEAD.len());
        let before = before.or(file.text.get(..offset)).unwrap_or_default();
        let head = before.rfind(RULE_HEAD);
        let rule = head.and_then(|at| id_after(&file.text[at..]));
        Error::Rule {
            file: file.name.to_owned(),
            line: line_of(file.text, offset),
            rule,
            problem: error.message().replace('\n', " "),
        }
    })
}

/// The id of the rule whose table begins at the start of `text`, for errors before it is parsed.
fn id_after(text: &str) -> Option<String> {
    let line = text.lines().take_while(|line| !line.is_empty());
    let value = line.filter_map(|line| line.strip_prefix("id")?.trim_start().strip_prefix('='));
    value
        .map(|value| value.trim().trim_matches('"').to_owned())
        .next()
}

fn assemble(
    at: &At<'_>,
    family: &RawFamily,
    shapes: &HashMap<String, RawShape>,
    mut raw: RawRule,
) -> Result<(Rule, Option<Parts>)> {
    check::id(at, &raw.id)?;
    let (detect, parts) = check::detect(at, shapes, &mut raw)?;
    check::samples(at, &raw, &detect)?;
    let category = raw.category.or_else(|| family.category.clone());
    let severity = raw.severity.or(family.severity);
    let rule = Rule {
        id: raw.id,
        title: raw.title,
        category: category
            .ok_or_else(|| at.error("category", "has no category, and neither has the family"))?,
        kind: raw.kind.or(family.kind).unwrap_or_default(),
        severity: severity
            .ok_or_else(|| at.error("severity", "has no severity, and neither has the family"))?,
        confidence: raw.confidence.or(family.confidence).unwrap_or_default(),
        impact: raw.impact.or_else(|| family.impact.clone()),
        advice: raw.advice.or_else(|| family.advice.clone()),
        source: raw.source.or_else(|| family.source.clone()),
        report: raw.report,
        detect,
        positives: raw.positives,
        negatives: raw.negatives,
        origin: at.origin(),
    };
    let parts = parts.map(|parts| Parts {
        origin: at.origin(),
        ..parts
    });
    Ok((rule, parts))
}

/// Points a joining rule at the rules it joins.
fn connect(
    rules: &mut [Rule],
    positions: &HashMap<String, usize>,
    joining: usize,
    parts: &Parts,
) -> Result<()> {
    let mut found = [0; 2];
    for (found, id) in found.iter_mut().zip(&parts.ids) {
        let known = positions.get(id).filter(|&&at| rules[at].text().is_some());
        *found = *known.ok_or_else(|| Error::Rule {
            file: parts.origin.file.clone(),
            line: parts.origin.line,
            rule: Some(rules[joining].id.clone()),
            problem: format!("parts name {id:?}, which is no rule that finds text"),
        })?;
    }
    if let Detect::Join(join) = &mut rules[joining].detect {
        [join.id, join.secret] = found;
    }
    Ok(())
}
