//! The keys of a configuration, one line for each.

use std::collections::BTreeMap;

use regex::bytes::{RegexSet, RegexSetBuilder};

use crate::config::{Allow, Gate, Globs, Limits, SourceMaps};
use crate::error::{Error, Result};
use crate::level::Severity;
use crate::rule::parse_pattern;
use crate::settings::nearest::hint;
use crate::settings::table::{Table, Value, error};
use crate::settings::{Settings, SettingsFile, SettingsText, Written};

/// Reads a configuration.
///
/// # Errors
///
/// [`Error::Setting`] for the first thing that is wrong: TOML, a key, a type, a level, a glob, a
/// pattern. Whether rules exist is for [`Settings::check`] to say.
pub fn read(source: &SettingsText<'_>) -> Result<SettingsFile> {
    let mut root = Table::parse(source)?;
    let extends = root.take("extends").map(Value::files).transpose()?;
    let mut gate = root.table("gate")?;
    let mut gates = Vec::new();
    for which in Gate::ALL {
        if let Some(value) = gate.take(which.name()) {
            let mut table = value.table()?;
            if table.take("extends").is_some() {
                return Err(table.error("extends stands at the top of the file only"));
            }
            gates.push((which, settings(&mut table)?));
            table.end()?;
        }
    }
    gate.end()?;
    let top = settings(&mut root)?;
    root.end()?;
    Ok(SettingsFile {
        extends: extends.unwrap_or_default(),
        top,
        gates,
    })
}

fn settings(table: &mut Table<'_>) -> Result<Settings> {
    let mut settings = Settings {
        fail_on: level(table.take("fail-on"))?,
        min_confidence: level(table.take("min-confidence"))?,
        exclude: globs(table.take("exclude"))?,
        timeout: table.take("timeout").map(duration).transpose()?,
        ..Settings::default()
    };
    let mut limits = table.table("limits")?;
    for name in Limits::NAMES {
        if let Some(value) = limits.take(name) {
            settings.limits.insert(name, value.number()?);
        }
    }
    limits.end()?;
    rules(table.table("rules")?, &mut settings)?;
    for allow in table
        .take("allow")
        .map(Value::tables)
        .transpose()?
        .unwrap_or_default()
    {
        let (allow, rules) = allowance(allow)?;
        settings.allow.push(allow);
        settings.allow_rules.extend(rules);
    }
    let mut coverage = table.table("coverage")?;
    settings.accepted = globs(coverage.take("accepted"))?;
    coverage.end()?;
    let mut publish = table.table("publish")?;
    settings.source_maps = publish.take("source-maps").map(source_maps).transpose()?;
    settings.untracked = globs(publish.take("untracked"))?;
    publish.end()?;
    Ok(settings)
}

fn rules(mut table: Table<'_>, settings: &mut Settings) -> Result<()> {
    let texts = |value: Option<Value<'_>>| value.map_or(Ok(Vec::new()), Value::texts);
    settings.off = texts(table.take("off"))?;
    settings.only = texts(table.take("only"))?;
    settings.files = table.take("files").map_or(Ok(Vec::new()), Value::files)?;
    let mut severity = table.table("severity")?;
    let mut levels = BTreeMap::new();
    for (id, value) in severity.take_all() {
        if let Some(level) = level::<Severity>(Some(value))? {
            levels.insert(id.text, (level, id.origin));
        }
    }
    settings.severity = levels;
    table.end()
}

/// Reads one `[[allow]]`; the words for rules in it come with it, to be checked once rules are known.
fn allowance(mut table: Table<'_>) -> Result<(Allow, Vec<Written>)> {
    let rules = table.take("rules").map(Value::some_texts).transpose()?;
    let paths = table.take("paths").map(Value::some_texts).transpose()?;
    let values = table.take("values").map(Value::some_texts).transpose()?;
    let reason = table.take("reason").map(Value::text).transpose()?;
    if rules.is_none() && paths.is_none() && values.is_none() {
        let needs = "needs at least one of rules, paths and values: what is let pass";
        return Err(or_unknown_key(table, needs));
    }
    let reason = reason.filter(|reason| !reason.text.trim().is_empty());
    let Some(reason) = reason else {
        let needs = "needs a reason: whoever reads it next has to know why";
        return Err(or_unknown_key(table, needs));
    };
    let rules = rules.unwrap_or_default();
    let origin = table.origin();
    table.end()?;
    let allow = Allow {
        rules: rules.iter().map(|word| word.text.clone()).collect(),
        paths: paths.map(|globs| one_set(&globs)).transpose()?,
        values: values.map(|patterns| one_pattern(&patterns)).transpose()?,
        reason: reason.text.trim().to_owned(),
        origin: format!("{}:{}", origin.file, origin.line),
    };
    Ok((allow, rules))
}

/// What is missing may be there under a wrong name.
fn or_unknown_key(table: Table<'_>, needs: &str) -> Error {
    let missing = table.error(needs);
    table.end().err().unwrap_or(missing)
}

fn level<T>(value: Option<Value<'_>>) -> Result<Option<T>>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    let Some(value) = value else { return Ok(None) };
    let word = value.text()?;
    let level = word.text.parse();
    level
        .map(Some)
        .map_err(|unknown: T::Err| error(&word, unknown.to_string()))
}

fn duration(value: Value<'_>) -> Result<std::time::Duration> {
    let word = value.text()?;
    humantime::parse_duration(&word.text).map_err(|problem| {
        let problem = format!("timeout: {problem}; a duration is written as \"30s\" or \"5m\"");
        error(&word, problem)
    })
}

fn source_maps(value: Value<'_>) -> Result<SourceMaps> {
    let word = value.text()?;
    let known = SourceMaps::ALL
        .into_iter()
        .find(|choice| choice.name() == word.text);
    known.ok_or_else(|| {
        let known = SourceMaps::ALL.map(SourceMaps::name);
        let meant =
            hint(&word.text, known).unwrap_or_else(|| format!("known: {}", known.join(", ")));
        error(&word, format!("unknown choice for source maps; {meant}"))
    })
}

fn globs(value: Option<Value<'_>>) -> Result<Vec<String>> {
    let globs = value.map_or(Ok(Vec::new()), Value::texts)?;
    globs.iter().try_for_each(good_glob)?;
    Ok(globs.into_iter().map(|glob| glob.text).collect())
}

fn one_set(globs: &[Written]) -> Result<Globs> {
    globs.iter().try_for_each(good_glob)?;
    Globs::new(globs.iter().map(|glob| ("allow.paths", glob.text.as_str())))
}

/// Refuses a glob that does not parse, and one that can match nothing.
fn good_glob(glob: &Written) -> Result<()> {
    let problem = match &*glob.text {
        "" | "/" | "." | "./" => "names nothing; `*` names everything".to_owned(),
        text if text.starts_with('!') => {
            "`!` brings nothing back here; a name that begins with it is written `\\!`".to_owned()
        }
        text if text.split('/').any(|name| name == "..") => {
            "globs count from the folder of the configuration and do not leave it".to_owned()
        }
        text => match Globs::new([("glob", text)]) {
            Ok(_) => return Ok(()),
            Err(Error::Glob { source, .. }) => source.kind().to_string(),
            Err(other) => other.to_string(),
        },
    };
    Err(error(glob, format!("glob {:?}: {problem}", glob.text)))
}

/// Compiles patterns of values. No message repeats one: it may be the value itself.
fn one_pattern(patterns: &[Written]) -> Result<RegexSet> {
    for pattern in patterns {
        let refuse = |problem: &str| error(pattern, format!("pattern of values: {problem}"));
        let hir = parse_pattern(&pattern.text).map_err(|problem| refuse(&problem))?;
        if hir.properties().maximum_len().is_none() {
            return Err(refuse("is unbounded; replace *, + and {n,} by {n,m}"));
        }
        if hir.properties().minimum_len().unwrap_or(0) == 0 {
            return Err(refuse("matches the empty text, and so every value"));
        }
        compile(std::slice::from_ref(pattern)).map_err(|_| refuse("is too large"))?;
    }
    let all = compile(patterns);
    all.map_err(|_| {
        error(
            &patterns[0],
            "patterns of values: too large together".to_owned(),
        )
    })
}

/// The dialect of the `allowed` patterns of rules.
fn compile(patterns: &[Written]) -> std::result::Result<RegexSet, regex::Error> {
    let mut builder = RegexSetBuilder::new(patterns.iter().map(|pattern| &pattern.text));
    builder.unicode(false).multi_line(true).build()
}
