//! What the human format says.

use leakgate::blob::{Exclusion, SkipReason};
use leakgate::finding::{Excerpt, Suppression};
use leakgate::report::{Color, Detail};

use crate::run::{Run, further, placed, skip, token, whole_file};

#[track_caller]
fn check_human(run: &Run, expected: &[&str]) {
    let human = run.render("human");
    let lines: Vec<_> = human.lines().collect();
    assert_eq!(lines, expected, "\n{human}");
}

#[test]
fn human_says_what_where_and_what_to_do() {
    let mut first = placed("src/main.rs", token().as_bytes(), 12);
    first.finding.note = Some("account 7".to_owned());
    first.finding.decoded = vec!["base64", "gzip"];
    first.places = (1..=5).map(|line| further(b"docs/a.md", line)).collect();
    let again = placed("src/main.rs", token().replace('0', "z").as_bytes(), 40);
    let mut run = Run::new(vec![first, again, whole_file("src/thing.key")]);
    run.coverage.excluded.insert(Exclusion::GitIgnore, 1200);
    run.coverage.excluded.insert(Exclusion::Symlink, 1);
    let expected = [
        "src/main.rs",
        "  12:14  critical  Thing access token  thing-token  valid",
        "      let key = \"thing_…6789\";",
        "                 ^^^^^^^^^^^",
        "      inside   base64, then gzip",
        "      why      the id that belongs to it stands near",
        "      note     account 7",
        "      also at  docs/a.md:1:1",
        "               docs/a.md:2:1",
        "               docs/a.md:3:1",
        "               and 2 more",
        "      impact   Everything is lost.",
        "      do now   Revoke it.",
        "  40:14  critical  Thing access token  thing-token  valid",
        "      let key = \"thing_…6789\";",
        "                 ^^^^^^^^^^^",
        "      why      the id that belongs to it stands near",
        "",
        "src/thing.key",
        "  high  Thing file  thing-file  medium confidence",
        "      why      the file's name, and what its lines look like",
        "      do now   Leave the file out and add it to the ignore file.",
        "",
        "scanned 1,234 files, 5.6 MB in 0.42 s",
        "left out on purpose: 1,200 gitignore, 1 symlink",
        "a false alarm? put this in a comment on its line: leakgate:allow thing-token: why",
        "3 leaks: 2 critical, 1 high",
    ];
    check_human(&run, &expected);
}

#[test]
fn human_without_findings_says_so() {
    let expected = ["scanned 1,234 files, 5.6 MB in 0.42 s", "no leaks found"];
    check_human(&Run::new(Vec::new()), &expected);
}

#[test]
fn human_names_what_was_not_scanned() {
    let mut run = Run::new(Vec::new());
    run.coverage.skipped = vec![skip(b"a", SkipReason::Vanished); 22];
    let human = run.render("human");
    assert!(human.contains("NOT FULLY SCANNED (22):\n  a: vanished before it could be read\n"));
    assert_eq!(human.matches("  a: ").count(), 20);
    let end = "  and 2 more\nmay something be left unscanned? name it with --exclude or in .leakgateignore\n\
        no leaks found in what was scanned, but the scan is INCOMPLETE\n";
    assert!(human.ends_with(end), "{human}");
    run.show.detail = Detail::Verbose;
    assert_eq!(run.render("human").matches("  a: ").count(), 22);
    run.findings.push(placed("b", token().as_bytes(), 1));
    let end = "\n1 leak: 1 critical; and the scan is INCOMPLETE\n";
    assert!(run.render("human").ends_with(end));
}

#[test]
fn human_quiet_is_findings_and_skips_only() {
    let mut run = Run::new(Vec::new());
    run.show.detail = Detail::Quiet;
    check_human(&run, &[]);
    run.findings.push(whole_file("a"));
    run.coverage.skipped = vec![skip(b"b", SkipReason::TimedOut)];
    let expected = [
        "a",
        "  high  Thing file  thing-file  medium confidence",
        "      why      the file's name, and what its lines look like",
        "      do now   Leave the file out and add it to the ignore file.",
        "",
        "NOT FULLY SCANNED (1):",
        "  b: the time limit ran out first",
    ];
    check_human(&run, &expected);
}

#[test]
fn human_counts_what_does_not_count_and_lists_it_when_verbose() {
    let mut silenced = placed("a", token().as_bytes(), 1);
    silenced.active = false;
    let reason = Some(format!("not {}\n", token()));
    silenced.finding.suppressed = Some(Suppression { by: "mark", reason });
    let mut below = whole_file("b");
    below.active = false;
    let mut run = Run::new(vec![silenced, below]);
    let expected = [
        "scanned 1,234 files, 5.6 MB in 0.42 s",
        "not counted: 1 suppressed by mark, 1 below --fail-on or --min-confidence (-v lists them)",
        "no leaks found",
    ];
    check_human(&run, &expected);
    run.show.detail = Detail::Verbose;
    let human = run.render("human");
    let silenced = "silent   suppressed by mark: not thing_…6789\\x0a\n";
    assert!(human.contains(silenced), "{human}");
    assert!(
        human.contains("silent   below --fail-on or --min-confidence\n"),
        "{human}"
    );
}

#[test]
fn human_cuts_long_lines_around_the_value() {
    let mut long = placed("a", token().as_bytes(), 1);
    let side = "é".repeat(300).into_bytes();
    long.finding.excerpt = Some(Excerpt {
        before: side.clone(),
        after: side,
    });
    let mut run = Run::new(vec![long]);
    for width in [Some(51), Some(80), None] {
        run.show.width = width;
        let human = run.render("human");
        let lines: Vec<_> = human.lines().collect();
        assert_eq!(lines[2].chars().count(), width.unwrap_or(100), "{human}");
        let value = lines[2].chars().position(|c| c == 't');
        assert_eq!(value, lines[3].find('^'), "{human}");
        assert!(
            lines[2].starts_with("      …é") && lines[2].ends_with("é…"),
            "{human}"
        );
    }
}

#[test]
fn human_uses_colours_when_asked() {
    let mut run = Run::new(vec![placed("a", token().as_bytes(), 1)]);
    let plain = run.render("human");
    assert!(!plain.contains('\x1b'));
    run.show.color = Color::Ansi;
    let ansi = run.render("human");
    assert!(
        ansi.starts_with("\x1b[1ma\x1b[0m\n  1:14  \x1b[1;31mcritical\x1b[0m  "),
        "{ansi}"
    );
    assert!(
        ansi.ends_with("\x1b[1;31m1 leak: 1 critical\x1b[0m\n"),
        "{ansi}"
    );
    let mut stripped = ansi;
    for code in ["0", "1", "2", "31", "32", "33", "36", "1;31"] {
        stripped = stripped.replace(&format!("\x1b[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}
