//! `--stats`: where the time went and what each rule did.

use std::cmp::Reverse;
use std::io::{self, Write};

use crate::matcher::program::Tally;
use crate::rule::Ruleset;
use crate::scan::Outcome;

/// Writes the table to standard error; whether anyone reads it changes nothing.
pub(super) fn print(outcome: &Outcome, ruleset: &Ruleset) {
    let _ = write(outcome, ruleset, &mut io::stderr().lock());
}

fn write(outcome: &Outcome, ruleset: &Ruleset, out: &mut dyn Write) -> io::Result<()> {
    let coverage = &outcome.coverage;
    let megabytes = coverage.bytes as f64 / 1e6;
    writeln!(
        out,
        "{} files, {megabytes:.1} MB in {:.3} s ({:.0} MB/s); {} rules ({}); patterns in use take {:.1} MB",
        coverage.files,
        coverage.seconds,
        megabytes / coverage.seconds.max(1e-9),
        ruleset.rules.len(),
        ruleset.digest,
        outcome.regex_bytes as f64 / 1e6,
    )?;
    let mut rows: Vec<(&str, &Tally)> = ruleset
        .rules
        .iter()
        .map(|rule| rule.id.as_str())
        .zip(&outcome.tallies)
        .collect();
    rows.retain(|(_, tally)| tally.anchors > 0);
    rows.sort_by_key(|(id, tally)| (Reverse(tally.time), *id));
    writeln!(
        out,
        "{:>12} {:>10} {:>10}  rule",
        "time in ms", "anchors", "values"
    )?;
    for (id, tally) in rows {
        let ms = tally.time.as_secs_f64() * 1e3;
        writeln!(
            out,
            "{ms:>12.3} {:>10} {:>10}  {id}",
            tally.anchors, tally.found
        )?;
    }
    Ok(())
}
