//! Points in time as flags name them: a date, a time, or how long ago.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Reads `2026-01-31`, `2026-01-31T12:00:00Z`, `2 weeks` or `3h ago`: seconds since 1970.
///
/// # Errors
///
/// Words for what is none of these, and for what is still to come: nothing would be scanned.
pub(super) fn parse(text: &str) -> Result<i64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.unwrap_or(Duration::ZERO);
    let then = before(text, now)?;
    if then > now {
        return Err("lies in the future".to_owned());
    }
    i64::try_from(then.as_secs()).map_err(|error| error.to_string())
}

/// The time since 1970 that a text names where it is `now`.
fn before(text: &str, now: Duration) -> Result<Duration, String> {
    let text = text.trim();
    let ago = text.strip_suffix("ago").unwrap_or(text).trim_end();
    if let Ok(long) = humantime::parse_duration(ago) {
        return now
            .checked_sub(long)
            .ok_or_else(|| "lies before 1970".to_owned());
    }
    let whole = format!("{text}T00:00:00Z");
    let time = humantime::parse_rfc3339_weak(text).or_else(|_| humantime::parse_rfc3339(&whole));
    let time = time.map_err(|_| {
        "is neither a date such as 2026-01-31, nor a time in UTC such as 2026-01-31T12:00:00Z, nor \
         as long ago as '2 weeks'"
            .to_owned()
    })?;
    let since = time.duration_since(UNIX_EPOCH);
    since.map_err(|_| "lies before 1970".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{before, parse};

    #[track_caller]
    fn check(text: &str, expected: Option<u64>) {
        let now = Duration::from_secs(10_000_000);
        assert_eq!(before(text, now).ok().map(|then| then.as_secs()), expected);
    }

    #[test]
    fn dates_times_and_how_long_ago() {
        check("1970-01-02", Some(86_400));
        check("1970-01-02T00:00:01Z", Some(86_401));
        check("1970-01-02 00:00:01", Some(86_401));
        check("1 day", Some(10_000_000 - 86_400));
        check("2 weeks ago", Some(10_000_000 - 14 * 86_400));
        check("3h ago", Some(10_000_000 - 3 * 3_600));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "ago",
            "yesterday",
            "1970-13-01",
            "90 years",
            "1969-01-01",
        ] {
            check(text, None);
        }
        assert!(parse("2400-01-01").is_err(), "nothing is newer than that");
    }
}
