//! How a value came into a repository, in words and as fields.
//!
//! Apart from the formats because they share it: dates, short names, the advice that goes with history.

use serde::Serialize;

use crate::blob::Part;
use crate::finding::{Origin, Placed};
use crate::report::style::count;
use crate::report::{Report, advice};

/// Characters of an object's name where people read it.
const SHORT: usize = 10;

/// What to do about history, after what the rule says.
const REWRITE: &str = "It stays in history, so taking it out of the next commit is not enough. Once it \
                       is revoked or replaced, history can be rewritten with git filter-repo; every \
                       copy that was pushed, cloned or forked keeps it all the same.";

/// What to do about a value in a reference's name.
const RENAME: &str = "Delete or rename the branch or tag here and where it was pushed to.";

const SECONDS_PER_DAY: i64 = 86_400;

/// What history says of a finding.
#[derive(Serialize)]
pub(super) struct OriginView {
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blob: Option<String>,
    /// The commit, tag or tree that is no blob and holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    object: &'static str,
    reachable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_commit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blobs: Option<u64>,
}

impl OriginView {
    pub(super) fn new(report: &Report<'_>, origin: &Origin, part: Part) -> Self {
        let commit = origin.commit.as_ref();
        let text = |raw: &[u8]| report.string(raw).0;
        let is_blob = holds_bytes(part);
        let has_id = !is_blob && part != Part::RefName;
        Self {
            commit: commit.map(|commit| commit.id.to_string()),
            author: commit.map(|commit| text(&commit.author)),
            date: commit.and_then(|commit| date_time(commit.seconds, commit.zone)),
            subject: commit.map(|commit| text(&commit.subject)),
            blob: is_blob.then(|| origin.object.to_string()),
            id: has_id.then(|| origin.object.to_string()),
            object: part.name(),
            reachable: origin.reachable,
            last_commit: origin.last.map(|id| id.to_string()),
            blobs: (origin.n_objects > 0).then_some(origin.n_objects),
        }
    }
}

/// The commit that brought it, on one line: name, date, author, subject.
pub(super) fn commit_line(report: &Report<'_>, origin: &Origin) -> Option<String> {
    let commit = origin.commit.as_ref()?;
    let id = short(&commit.id.to_string());
    let date = date(commit.seconds, commit.zone).unwrap_or_else(|| "(no date)".to_owned());
    let author = report.code(&commit.author);
    let subject = report.code(&commit.subject);
    Some(format!("{id} {date} {author}  {subject}"))
}

/// The object that holds it, where no commit says more.
pub(super) fn object_line(origin: &Origin, part: Part) -> Option<String> {
    let is_alone = origin.commit.is_none() && part != Part::RefName;
    is_alone.then(|| origin.object.to_string())
}

/// In how many versions it stands, until when.
pub(super) fn versions_line(origin: &Origin) -> Option<String> {
    let first = origin.commit.as_ref().map(|commit| commit.id);
    let last = origin.last.filter(|last| Some(*last) != first);
    let last = last.map(|id| format!("last in commit {}", short(&id.to_string())));
    let versions =
        (origin.n_objects > 1).then(|| format!("in {}", count(origin.n_objects, "version")));
    match (versions, last) {
        (Some(versions), Some(last)) => Some(format!("{versions}, {last}")),
        (versions, last) => versions.or(last),
    }
}

/// What more is to be done about a finding that lies in history.
pub(super) fn history_advice(placed: &Placed) -> Option<&'static str> {
    placed.git.as_ref()?;
    Some(match placed.finding.part {
        Part::RefName => RENAME,
        _ => REWRITE,
    })
}

/// Everything that is to be done, in one text.
pub(super) fn whole_advice(report: &Report<'_>, placed: &Placed) -> String {
    let rule = report.rule(&placed.finding);
    match history_advice(placed) {
        Some(more) => format!("{} {more}", advice(rule)),
        None => advice(rule).to_owned(),
    }
}

/// Where in a repository's object or path it stands, where a line does not say so.
pub(super) const fn part_words(part: Part) -> Option<&'static str> {
    Some(match part {
        Part::Content => return None,
        Part::FileName => "in the name",
        Part::SymlinkTarget => "in the target of a link",
        Part::Note => "in a note",
        Part::CommitMessage => "in the commit message",
        Part::TagMessage => "in the tag message",
        Part::Author => "in the name or address of an author",
        Part::RefName => "in the name of a reference",
    })
}

/// Whether it stands in the bytes of a blob.
const fn holds_bytes(part: Part) -> bool {
    matches!(part, Part::Content | Part::SymlinkTarget | Part::Note)
}

/// The first characters of a name.
fn short(hex: &str) -> String {
    hex.chars().take(SHORT).collect()
}

/// `2026-03-31` in a zone so many minutes east of Greenwich; `None` outside the years 0 to 9999.
fn date(seconds: i64, zone: i32) -> Option<String> {
    let (day, _) = local(seconds, zone)?;
    let (year, month, day) = civil(day);
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// `2026-03-31T14:05:09+02:00`.
///
/// Source: RFC 3339, section 5.6.
fn date_time(seconds: i64, zone: i32) -> Option<String> {
    let zone = sound(zone);
    let date = date(seconds, zone)?;
    let (_, second) = local(seconds, zone)?;
    let (hours, minutes, seconds) = (second / 3600, second / 60 % 60, second % 60);
    let sign = if zone < 0 { '-' } else { '+' };
    let (zone_hours, zone_minutes) = (zone.abs() / 60, zone.abs() % 60);
    Some(format!(
        "{date}T{hours:02}:{minutes:02}:{seconds:02}{sign}{zone_hours:02}:{zone_minutes:02}"
    ))
}

/// A zone that a date can be written in; anything may stand in a commit.
const fn sound(zone: i32) -> i32 {
    if zone > -24 * 60 && zone < 24 * 60 {
        zone
    } else {
        0
    }
}

/// The day since 1970 and the second of that day, in a zone.
fn local(seconds: i64, zone: i32) -> Option<(i64, i64)> {
    let local = seconds.checked_add(i64::from(sound(zone)) * 60)?;
    let day = local.div_euclid(SECONDS_PER_DAY);
    Some((day, local.rem_euclid(SECONDS_PER_DAY)))
}

/// Year, month and day of a day since 1970.
///
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
const fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400;
    (if month <= 2 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::{date, date_time};

    #[test]
    fn dates_are_those_of_the_author() {
        let cases = [
            (0, 0, "1970-01-01T00:00:00+00:00"),
            (951_782_399, 0, "2000-02-28T23:59:59+00:00"),
            (951_782_400, 0, "2000-02-29T00:00:00+00:00"),
            (1_774_965_909, 120, "2026-03-31T16:05:09+02:00"),
            (1_774_965_909, -570, "2026-03-31T04:35:09-09:30"),
            (-1, 0, "1969-12-31T23:59:59+00:00"),
        ];
        for (seconds, zone, expected) in cases {
            assert_eq!(date_time(seconds, zone).as_deref(), Some(expected));
            assert_eq!(date(seconds, zone).as_deref(), Some(&expected[..10]));
        }
    }

    #[test]
    fn dates_that_cannot_be_written_are_left_out() {
        for seconds in [i64::MIN, i64::MAX, 253_402_300_800, -99_999_999_999] {
            assert_eq!(date(seconds, 0), None);
            assert_eq!(date_time(seconds, 60), None);
        }
        let odd = date_time(0, i32::MIN);
        assert_eq!(odd.as_deref(), Some("1970-01-01T00:00:00+00:00"));
    }
}
