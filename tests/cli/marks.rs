//! Inline marks: which silence what, and that what they silence is still counted.

use serde_json::json;

use crate::run::{World, token};

const SILENCED: &str = "not counted: 1 suppressed by mark";

#[track_caller]
fn check(text: &str, status: i32) {
    let world = World::with(&[("a", text)]);
    let ran = world.scan(["a"]);
    ran.is(status);
    assert_eq!(ran.out().contains(SILENCED), status == 0, "{}", ran.out());
}

#[test]
fn every_known_mark_silences_its_line() {
    let marks = [
        "leakgate:allow",
        "leakgate:allow demo-token",
        "leakgate:allow demo-token: a reason",
        "leakgate:allow any words as the reason",
        "gitleaks:allow",
        "betterleaks:allow",
        "trufflehog:ignore",
        "kingfisher:ignore",
        "pragma: allowlist secret",
        "ggignore",
    ];
    for mark in marks {
        check(&format!("key = \"{}\"  # {mark}\n", token(1)), 0);
        check(&format!("# {mark}\r\nkey = \"{}\"\r\n", token(1)), 0);
        check(&format!("x = 1  # {mark}\nkey = \"{}\"\n", token(1)), 1);
        check(&format!("# {mark}\n\nkey = \"{}\"\n", token(1)), 1);
        check(&format!("key = \"{}\"\n# {mark}\n", token(1)), 1);
    }
}

#[test]
fn mark_for_the_next_line_may_follow_code() {
    let mark = "pragma: allowlist nextline secret";
    check(&format!("// {mark}\nkey = \"{}\"\n", token(1)), 0);
    check(&format!("x = 1  // {mark}\nkey = \"{}\"\n", token(1)), 0);
    check(&format!("// {mark}\n\nkey = \"{}\"\n", token(1)), 1);
}

#[test]
fn mark_for_another_rule_or_in_other_words_silences_nothing() {
    let marks = [
        "leakgate:allow demo-note: wrong rule",
        "leakgate:allow demo-note",
        "leakgate:allow no-such-rule: a slip",
        "leakgate: allow",
        "nosec",
    ];
    for mark in marks {
        check(&format!("key = \"{}\"  # {mark}\n", token(1)), 1);
    }
}

#[test]
fn line_that_is_too_long_has_no_mark() {
    let line = |n| format!("{} {} // leakgate:allow\n", token(1), "x".repeat(n));
    let room = 1_000 - (line(0).len() - 1);
    check(&line(room), 0);
    check(&line(room + 1), 1);
}

#[test]
fn reason_is_kept_and_shown_on_demand() {
    let text = format!(
        "{} # leakgate:allow demo-token: a published example",
        token(1)
    );
    let world = World::with(&[("a", &text)]);
    let line = "silent   suppressed by mark: a published example\n";
    world
        .scan(["a", "-v"])
        .is(0)
        .says(&[line, &format!("{SILENCED}\n")]);
    let finding = &world.json(&[])["findings"][0];
    assert_eq!(finding["active"], false);
    let suppressed = json!({ "by": "mark", "reason": "a published example" });
    assert_eq!(finding["suppressed"], suppressed);
}

#[test]
fn mark_at_one_place_says_nothing_of_other_places() {
    let world = World::with(&[("b", &token(1))]);
    world.write("a", format!("{} # leakgate:allow", token(1)));
    let ran = world.scan(["."]);
    ran.is(1)
        .says(&["b\n  1:1  high", SILENCED, "\n1 leak: 1 high\n"]);
}
