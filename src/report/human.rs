//! Text for people: what leaked, where, what it means and what to do; then what was looked at.
//!
//! Written for someone whose commit was just refused. Findings are grouped by file, each with its
//! line and a mark under the value. The verdict is the last line, as that is where the eye rests in a
//! terminal. Findings that do not count are counted, and listed with [`Detail::Verbose`] only.

use std::collections::BTreeMap;
use std::io;

use crate::finding::{Further, Placed, Spot};
use crate::level::{Confidence, Severity};
use crate::report::escape;
use crate::report::origin::{commit_line, history_advice, object_line, part_words, versions_line};
use crate::report::style::{Paint, around, columns, count, fit, size, thousands, wrap};
use crate::report::{Detail, Report, Revealed, advice};
use crate::rule::{Detect, Rule};
use crate::validate::Validity;

/// Columns of a line of code where the terminal's width is not known.
const WIDTH: usize = 100;

/// Columns of a line of code at least, however narrow the terminal is.
const WIDTH_MIN: usize = 40;

/// Further places of a finding that are listed.
const PLACES_MAX: usize = 3;

/// Skips that are listed.
const SKIPS_MAX: usize = 20;

/// Why a finding does not count though nothing silenced it.
const BELOW: &str = "below --fail-on or --min-confidence";

/// Indentation of what is said about a finding.
const INDENT: &str = "      ";

/// Columns of the word before what is said.
const LABEL: usize = 7;

/// Writes the report.
pub(super) fn render(report: &Report<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut page = Page { report, out };
    page.findings()?;
    if report.show.detail > Detail::Quiet {
        page.ledger()?;
    }
    page.skips()?;
    if report.show.detail > Detail::Quiet {
        page.hidden()?;
        page.hint()?;
        page.verdict()?;
    }
    Ok(())
}

struct Page<'a, 'r> {
    report: &'a Report<'r>,
    out: &'a mut dyn io::Write,
}

impl Page<'_, '_> {
    fn findings(&mut self) -> io::Result<()> {
        let report = self.report;
        let verbose = report.show.detail == Detail::Verbose;
        let listed = report
            .findings
            .iter()
            .filter(|placed| placed.active || verbose);
        let mut last: Option<&Placed> = None;
        for placed in listed {
            let same_path = last.filter(|last| last.path == placed.path);
            if same_path.is_none() {
                if last.is_some() {
                    writeln!(self.out)?;
                }
                let path = self.paint(Paint::BOLD, &report.text(&placed.path));
                writeln!(self.out, "{path}")?;
            }
            self.headline(placed)?;
            self.history(placed)?;
            self.code(placed)?;
            self.details(placed)?;
            // Said once for findings of one rule in a row, else advice would bury the findings.
            if same_path.is_none_or(|last| last.finding.rule != placed.finding.rule) {
                self.remedy(placed)?;
            }
            last = Some(placed);
        }
        let more = report.show.detail > Detail::Quiet || !report.coverage.complete();
        if last.is_some() && more {
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// Where, how bad, what, which rule, how sure.
    fn headline(&mut self, placed: &Placed) -> io::Result<()> {
        let finding = &placed.finding;
        let rule = self.report.rule(finding);
        let mut words = Vec::new();
        if let Some(spot) = finding.spot {
            words.push(format!("{}:{}", spot.line, spot.column));
        }
        words.extend(part_words(finding.part).map(str::to_owned));
        let severity = Paint::severity(finding.severity);
        words.push(self.paint(severity, finding.severity.name()));
        words.push(self.paint(Paint::BOLD, &escape::terminal(rule.title.as_bytes())));
        words.push(self.paint(Paint::DIM, &escape::terminal(rule.id.as_bytes())));
        if finding.validity == Validity::Valid {
            words.push("valid".to_owned());
        } else if finding.confidence < Confidence::High {
            words.push(format!("{} confidence", finding.confidence));
        }
        writeln!(self.out, "  {}", words.join("  "))
    }

    /// The commit that brought it, and in how many versions it stands.
    fn history(&mut self, placed: &Placed) -> io::Result<()> {
        let Some(origin) = &placed.git else {
            return Ok(());
        };
        if let Some(commit) = commit_line(self.report, origin) {
            let width = self.width().saturating_sub(INDENT.len() + LABEL + 2);
            self.detail("commit", &fit(&commit, width.max(WIDTH_MIN)))?;
        }
        if let Some(object) = object_line(origin, placed.finding.part) {
            self.detail("object", &object)?;
        }
        if let Some(versions) = versions_line(origin) {
            self.detail("", &versions)?;
        }
        if !origin.reachable {
            self.detail("", "unreachable: no branch, tag or stash holds it")?;
        }
        Ok(())
    }

    /// The line of the value, with a mark under it.
    fn code(&mut self, placed: &Placed) -> io::Result<()> {
        let finding = &placed.finding;
        let masked = escape::terminal(finding.masked.as_bytes());
        let Some(excerpt) = &finding.excerpt else {
            if !finding.secret.is_empty() {
                writeln!(self.out, "{INDENT}{}", self.paint(Paint::BOLD, &masked))?;
            }
            return Ok(());
        };
        let before = self.report.code(&excerpt.before);
        let after = self.report.code(&excerpt.after);
        let width = self.width().saturating_sub(INDENT.len()).max(WIDTH_MIN);
        let (before, after) = around(before.trim_start(), &masked, after.trim_end(), width);
        let value = self.paint(Paint::BOLD, &masked);
        writeln!(self.out, "{INDENT}{before}{value}{after}")?;
        let marks = "^".repeat(columns(&masked));
        let marks = self.paint(Paint::severity(finding.severity), &marks);
        writeln!(self.out, "{INDENT}{}{marks}", " ".repeat(columns(&before)))
    }

    /// What more is known of this finding.
    fn details(&mut self, placed: &Placed) -> io::Result<()> {
        let finding = &placed.finding;
        if self.report.show.secrets == Revealed::InClear && !finding.secret.is_empty() {
            self.detail("value", &escape::terminal(finding.secret.reveal()))?;
        }
        if !finding.decoded.is_empty() {
            self.detail("inside", &finding.decoded.join(", then "))?;
        }
        if let Some(spot) = finding.spot.filter(|spot| spot.end_line > spot.line) {
            self.detail("ends", &format!("{}:{}", spot.end_line, spot.end_column))?;
        }
        if let Some(why) = why(self.report.rule(finding), finding.validity) {
            self.detail("why", why)?;
        }
        if let Some(note) = &finding.note {
            self.detail("note", &self.report.text(note.as_bytes()))?;
        }
        if let Some(suppression) = &finding.suppressed {
            let reason = suppression.reason.as_ref();
            let reason = reason.map(|reason| self.report.text(reason.as_bytes()));
            let reason = reason
                .map(|reason| format!(": {reason}"))
                .unwrap_or_default();
            self.detail(
                "silent",
                &format!("suppressed by {}{reason}", suppression.by),
            )?;
        } else if finding.severity == Severity::Info {
            self.detail("silent", "a note; notes never count")?;
        } else if !placed.active {
            self.detail("silent", BELOW)?;
        }
        self.places(&placed.places)
    }

    fn places(&mut self, places: &[Further]) -> io::Result<()> {
        let max = self.at_most(PLACES_MAX);
        let mut label = "also at";
        for further in places.iter().take(max) {
            let path = self.report.text(&further.path);
            let at = match further.spot {
                Some(Spot { line, column, .. }) => format!("{path}:{line}:{column}"),
                None => path,
            };
            let part = part_words(further.part).map(|words| format!(" ({words})"));
            let at = at + &part.unwrap_or_default();
            self.detail(label, &at)?;
            label = "";
        }
        match places.len().saturating_sub(max) {
            0 => Ok(()),
            n_more => self.detail("", &format!("and {} more", thousands(n_more as u64))),
        }
    }

    /// What a leak of this rule means and what to do.
    fn remedy(&mut self, placed: &Placed) -> io::Result<()> {
        let rule = self.report.rule(&placed.finding);
        if let Some(impact) = &rule.impact {
            self.prose("impact", impact)?;
        }
        self.prose("do now", advice(rule))?;
        match history_advice(placed) {
            Some(more) => self.prose("then", more),
            None => Ok(()),
        }
    }

    /// Sentences of a rule, broken into lines.
    fn prose(&mut self, label: &str, text: &str) -> io::Result<()> {
        let text = escape::terminal(text.as_bytes());
        let indent = INDENT.len() + LABEL + 2;
        let width = self.width().saturating_sub(indent).max(WIDTH_MIN);
        let mut label = label;
        for line in wrap(&text, width) {
            self.detail(label, line)?;
            label = "";
        }
        Ok(())
    }

    fn detail(&mut self, label: &str, text: &str) -> io::Result<()> {
        let label = self.paint(Paint::DIM, &format!("{label:<LABEL$}"));
        writeln!(self.out, "{INDENT}{label}  {text}")
    }

    /// What was scanned and what was left out on purpose.
    fn ledger(&mut self) -> io::Result<()> {
        let coverage = self.report.coverage;
        let counts = [
            (coverage.blobs, "git object"),
            (coverage.commits, "commit"),
            (coverage.archive_members, "archive member"),
            (coverage.decoded_views, "decoded view"),
        ];
        let counts = counts
            .iter()
            .filter(|&&(n, _)| n > 0)
            .map(|&(n, noun)| count(n, noun));
        let mut scanned: Vec<_> = counts.collect();
        if coverage.files > 0 || scanned.is_empty() {
            scanned.insert(0, count(coverage.files, "file"));
        }
        scanned.push(size(coverage.bytes));
        let scanned = scanned.join(", ");
        writeln!(self.out, "scanned {scanned} in {:.2} s", coverage.seconds)?;
        if coverage.cut_texts > 0 {
            let texts = count(coverage.cut_texts, "text");
            writeln!(
                self.out,
                "note: {texts} in UTF-16 or UTF-32, cut off within a character"
            )?;
        }
        if let Some(path) = self.report.configuration {
            writeln!(self.out, "configuration: {}", self.report.text(path))?;
        }
        let excluded = coverage.excluded.iter().filter(|&(_, &n)| n > 0);
        let excluded = excluded.map(|(reason, &n)| format!("{} {}", thousands(n), reason.name()));
        let excluded: Vec<_> = excluded.collect();
        if !excluded.is_empty() {
            writeln!(self.out, "left out on purpose: {}", excluded.join(", "))?;
        }
        Ok(())
    }

    /// What was asked for and could not be scanned.
    fn skips(&mut self) -> io::Result<()> {
        let skipped = &self.report.coverage.skipped;
        if skipped.is_empty() {
            return Ok(());
        }
        let max = self.at_most(SKIPS_MAX);
        let title = format!("NOT FULLY SCANNED ({}):", thousands(skipped.len() as u64));
        writeln!(self.out, "{}", self.paint(Paint::YELLOW, &title))?;
        for skip in skipped.iter().take(max) {
            let what = self.report.text(&skip.what);
            let why = self.report.text(skip.reason.to_string().as_bytes());
            writeln!(self.out, "  {what}: {why}")?;
        }
        match skipped.len().saturating_sub(max) {
            0 => Ok(()),
            n_more => writeln!(self.out, "  and {} more", thousands(n_more as u64)),
        }
    }

    /// How many findings do not count, and why.
    fn hidden(&mut self) -> io::Result<()> {
        let verbose = self.report.show.detail == Detail::Verbose;
        let mut n_by: BTreeMap<&str, u64> = BTreeMap::new();
        let (mut n_notes, mut n_below) = (0, 0);
        for placed in self.report.findings.iter().filter(|placed| !placed.active) {
            match &placed.finding.suppressed {
                Some(suppression) => *n_by.entry(suppression.by).or_default() += 1,
                None if placed.finding.severity == Severity::Info => n_notes += 1,
                None => n_below += 1,
            }
        }
        let suppressed = n_by.iter();
        let suppressed = suppressed.map(|(by, &n)| format!("{} suppressed by {by}", thousands(n)));
        let mut parts: Vec<_> = suppressed.collect();
        if n_notes > 0 {
            parts.push(count(n_notes, "note"));
        }
        if n_below > 0 {
            parts.push(format!("{} {BELOW}", thousands(n_below)));
        }
        if !parts.is_empty() {
            let list = if verbose { "" } else { " (-v lists them)" };
            writeln!(self.out, "not counted: {}{list}", parts.join(", "))?;
        }
        let n_overlapped = self.report.coverage.overlapped;
        if verbose && n_overlapped > 0 {
            let n = count(n_overlapped, "finding");
            writeln!(self.out, "{n} gave way to a better one on the same bytes")?;
        }
        Ok(())
    }

    /// How to let pass what may pass.
    fn hint(&mut self) -> io::Result<()> {
        if !self.report.coverage.complete() {
            let how = "name it with --exclude or in .leakgateignore";
            writeln!(self.out, "may something be left unscanned? {how}")?;
        }
        let mut active = self.report.findings.iter().filter(|placed| placed.active);
        let Some(placed) = active.find(|placed| placed.finding.spot.is_some()) else {
            return Ok(());
        };
        if placed.git.is_some() {
            let how = "name the value or the path in [[allow]] in leakgate.toml";
            return writeln!(self.out, "a false alarm? {how}");
        }
        let rule = escape::terminal(self.report.rule(&placed.finding).id.as_bytes());
        let mark = format!("leakgate:allow {rule}: why");
        writeln!(
            self.out,
            "a false alarm? put this in a comment on its line: {mark}"
        )
    }

    fn verdict(&mut self) -> io::Result<()> {
        let active = self.report.findings.iter().filter(|placed| placed.active);
        let mut n_by = [0; Severity::ALL.len()];
        for placed in active {
            n_by[placed.finding.severity as usize] += 1;
        }
        let n: u64 = n_by.iter().sum();
        let by = Severity::ALL.iter().zip(n_by).rev().filter(|&(_, n)| n > 0);
        let by: Vec<_> = by
            .map(|(severity, n)| format!("{} {severity}", thousands(n)))
            .collect();
        let leaks = format!("{}: {}", count(n, "leak"), by.join(", "));
        let (paint, verdict) = match (n, self.report.coverage.complete()) {
            (0, true) => (Paint::GREEN, "no leaks found".to_owned()),
            (0, false) => (
                Paint::YELLOW,
                "no leaks found in what was scanned, but the scan is INCOMPLETE".to_owned(),
            ),
            (_, true) => (Paint::RED, leaks),
            (_, false) => (Paint::RED, format!("{leaks}; and the scan is INCOMPLETE")),
        };
        writeln!(self.out, "{}", self.paint(paint, &verdict))
    }

    /// How much of a list to show that is cut at `max`.
    fn at_most(&self, max: usize) -> usize {
        match self.report.show.detail {
            Detail::Verbose => usize::MAX,
            Detail::Quiet | Detail::Normal => max,
        }
    }

    fn width(&self) -> usize {
        self.report.show.width.unwrap_or(WIDTH)
    }

    fn paint(&self, paint: Paint, text: &str) -> String {
        self.report.show.color.paint(paint, text)
    }
}

/// Why a rule fired, where that is more than the form of the value.
fn why(rule: &Rule, validity: Validity) -> Option<&'static str> {
    let context = rule.text().is_some_and(|text| text.context.is_some());
    match &rule.detect {
        Detect::Join(_) => Some("the id that belongs to it stands near"),
        Detect::File(_) => Some("the file's name, and what its lines look like"),
        Detect::Text(_) if validity == Validity::Valid => {
            Some("its checksum or structure is right, which no look-alike has")
        }
        Detect::Text(text) if text.assigned.is_some() => {
            Some("the name it is assigned to says so, and it looks like one")
        }
        Detect::Text(_) if context => Some("it has the form, and the issuer's name stands near"),
        Detect::Text(_) => None,
    }
}
