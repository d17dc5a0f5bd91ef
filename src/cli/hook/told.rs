//! What a hook says to somebody whose commit or push was just refused: about ten lines, what to do
//! first.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use crate::blob::{Part, SkipReason};
use crate::cli::args::Stage;
use crate::finding::Placed;
use crate::report::{Color, Detail, Report, Revealed, Show};
use crate::rule::Ruleset;
use crate::scan::{Outcome, Status};

/// Findings, and what could not be scanned, that are listed.
const LINES_MAX: usize = 4;

/// Digits of a commit's name that are shown.
const SHORT: usize = 10;

/// Writes to standard error what has to be said; the answer is the exit status.
pub(super) fn tell(stage: Stage, outcome: &Outcome, ruleset: &Ruleset) -> u8 {
    let report = Report {
        ruleset,
        target: b"",
        configuration: None,
        findings: &outcome.findings,
        coverage: &outcome.coverage,
        redactor: &outcome.redactor,
        show: Show {
            secrets: Revealed::Masked,
            color: Color::Plain,
            detail: Detail::Normal,
            width: None,
        },
    };
    let status = outcome.status();
    let text = match status {
        Status::Clean => String::new(),
        Status::Leaks => leaks(stage, &report),
        Status::Incomplete => gaps(stage, &report),
    };
    // Whether anyone reads it changes nothing.
    let _ = io::stderr().write_all(text.as_bytes());
    status.code()
}

fn leaks(stage: Stage, report: &Report<'_>) -> String {
    let active: Vec<_> = report
        .findings
        .iter()
        .filter(|placed| placed.active)
        .collect();
    let leaks = match active.len() {
        1 => "1 leak".to_owned(),
        n => format!("{n} leaks"),
    };
    let mut text = format!("leakgate: {} refused, {leaks} in it\n", stage.noun());
    for placed in active.iter().take(LINES_MAX) {
        let _ = writeln!(text, "  {}", line(placed, report));
    }
    let n_more = active.len().saturating_sub(LINES_MAX);
    if n_more > 0 {
        let _ = writeln!(text, "  and {n_more} more: {}", stage.whole());
    }
    if !report.coverage.complete() {
        let n = report.coverage.skipped.len();
        let _ = writeln!(text, "  and {n} not fully scanned: {}", stage.whole());
    }
    let is_ref = |placed: &&Placed| placed.finding.part == Part::RefName;
    text += if active.iter().all(is_ref) {
        "take it out: give the branch or tag another name\n"
    } else {
        stage.remedy()
    };
    if stage != Stage::Receive {
        text += &pass(stage, &active, report);
    }
    text += stage.bypass();
    text
}

/// How a false alarm is let pass; names have no line to put a comment on, and a comment that a later
/// commit adds is none in those that are pushed.
fn pass(stage: Stage, active: &[&Placed], report: &Report<'_>) -> String {
    let on_a_line = active.iter().find(|placed| placed.finding.spot.is_some());
    let Some(placed) = on_a_line.filter(|_| stage == Stage::Commit) else {
        return match stage {
            Stage::Commit => {
                "a false alarm? put an [[allow]] with the reason into leakgate.toml and \
                              `git add` it\n"
                    .to_owned()
            }
            _ => "a false alarm? put an [[allow]] with the reason into leakgate.toml\n".to_owned(),
        };
    };
    let rule = report.text(report.rule(&placed.finding).id.as_bytes());
    format!(
        "a false alarm? put a comment on its line: leakgate:allow {rule}: why\n\
         or an [[allow]] with the reason into leakgate.toml; either counts once it is added\n"
    )
}

fn gaps(stage: Stage, report: &Report<'_>) -> String {
    let skipped = &report.coverage.skipped;
    let mut text = format!(
        "leakgate: {} refused, no leak found but not all of it could be scanned\n",
        stage.noun()
    );
    for skip in skipped.iter().take(LINES_MAX) {
        let what = report.text(&skip.what);
        let why = report.text(skip.reason.to_string().as_bytes());
        let _ = writeln!(text, "  {what}: {why}");
    }
    let n_more = skipped.len().saturating_sub(LINES_MAX);
    if n_more > 0 {
        let _ = writeln!(text, "  and {n_more} more: {}", stage.whole());
    }
    if stage == Stage::Receive {
        text += "what may go unscanned is for the server to say: [coverage] accepted = [\"GLOB\"] in \
                 the file that LEAKGATE_CONFIG names there\n";
        return text;
    }
    if skipped
        .iter()
        .any(|skip| skip.reason == SkipReason::TimedOut)
    {
        text += match stage {
            Stage::Commit => "more time: timeout = \"60s\" under [gate.commit] in leakgate.toml\n",
            _ => "more time: timeout = \"10m\" in leakgate.toml\n",
        };
    }
    text += "may it go unscanned? name it in leakgate.toml: [coverage] accepted = [\"GLOB\"]\n";
    text += stage.bypass();
    text
}

/// Where, what, and the value as it may be shown.
fn line(placed: &Placed, report: &Report<'_>) -> String {
    let finding = &placed.finding;
    let path = report.text(&placed.path);
    let mut at = match (finding.spot, finding.part) {
        (Some(spot), _) => format!("{path}:{}", spot.line),
        (None, Part::FileName) => format!("{path} (in the name)"),
        (None, Part::RefName) => format!("{path} (in the ref name)"),
        (None, _) => path,
    };
    let commit = placed.git.as_ref().and_then(|git| git.commit.as_ref());
    if let Some(commit) = commit {
        let name = commit.id.to_string();
        let _ = write!(at, " in {}", &name[..SHORT.min(name.len())]);
    }
    let title = report.text(report.rule(finding).title.as_bytes());
    let masked = report.text(finding.masked.as_bytes());
    let n_places = placed.places.len();
    let more = match n_places {
        0 => String::new(),
        1 => "  and 1 more place".to_owned(),
        n => format!("  and {n} more places"),
    };
    format!("{at}  {title}  {masked}{more}")
        .trim_end()
        .to_owned()
}

impl Stage {
    const fn noun(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Push | Self::Receive => "push",
        }
    }

    /// The command that tells everything.
    const fn whole(self) -> &'static str {
        match self {
            Self::Commit => "leakgate staged",
            Self::Push | Self::Receive => "leakgate git --range OLD..NEW",
        }
    }

    /// What to do now.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Commit => {
                "take it out: edit the file and `git add` it again, or `git restore --staged FILE`\n"
            }
            Self::Push => {
                "take it out of the commits: `git commit --amend`, or `git rebase -i` for earlier ones\n\
                 if it was pushed anywhere before, revoke it first\n"
            }
            Self::Receive => {
                "take it out of the commits (`git commit --amend`, `git rebase -i`) and revoke it: it \
                 was sent\n"
            }
        }
    }

    /// How the hook may be passed by, and what follows from that.
    const fn bypass(self) -> &'static str {
        match self {
            Self::Commit => {
                "to commit all the same: `git commit --no-verify`, which runs no hooks; so let CI run \
                 `leakgate git --range A..B`\n"
            }
            Self::Push => {
                "to push all the same: `git push --no-verify`, which runs no hooks; so let CI run \
                 `leakgate git --range A..B`\n"
            }
            Self::Receive => "",
        }
    }
}
