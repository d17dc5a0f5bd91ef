//! The self-test notices what is wrong with a rule.

use leakgate::config::Limits;
use leakgate::rule::load;
use leakgate::scan::Scanner;
use leakgate::selftest;

use crate::file;

const SHAPES: &str = "
[[shape]]
name = \"hex16\"
pattern = '([0-9a-f]{16})'
run = { class = \"hex\", min = 16 }
floors = { digits = 2 }
";

/// The failures of a rule `a-b` of severity high with these keys, without where it stands.
fn failures(keys: &str) -> Vec<String> {
    let head = "[[rule]]\nid = \"a-b\"\ntitle = \"A\"\nseverity = \"high\"\ncategory = \"c\"\n";
    let text = [SHAPES, head, keys].concat();
    let ruleset = load(&[file(&text)]).unwrap_or_else(|error| panic!("{error}"));
    let outcome = selftest::test(&Scanner::new(ruleset, Limits::default()), 7, 5);
    let failures = outcome.failures.iter().map(|failure| {
        let text = failure.to_string();
        let (_, problem) = text.split_once(": rule ").expect("it names the rule");
        problem.to_owned()
    });
    failures.collect()
}

#[track_caller]
fn check(keys: &str, expected: &[&str]) {
    assert_eq!(failures(keys), expected, "{keys}");
}

#[test]
fn good_rules_pass() {
    check(
        r#"
pattern = '\b(abc_[0-9]{5})\b'
positives = ["{secret}", "é {secret} {other} {hex16}, {secret}"]
negatives = ["x{secret}", "abc_1234"]
"#,
        &[],
    );
}

#[test]
fn positives_must_be_found_whole_and_negatives_not_at_all() {
    check(
        r#"
pattern = '\b(abc_[0-9]{5})'
positives = ["{secret}", "x{secret}"]
negatives = ["{secret}9", "abc"]
"#,
        &[
            "a-b: positive 2: not found",
            "a-b: negative 1: found, as a-b, bytes 0 to 9",
        ],
    );
    check(
        r#"
pattern = 'abc_[0-9]{5,6}'
positives = ["{secret}", "{secret}77"]
negatives = ["a", "b"]
"#,
        &["a-b: positive 2: bytes 0 to 10 are found, the value is bytes 0 to 9"],
    );
}

#[test]
fn values_that_another_rule_takes_are_failures() {
    check(
        r#"
pattern = '\b(abc_[0-9]{5})\b'
positives = ["{secret}", "xyz {secret}"]
negatives = ["a", "b"]
[[rule]]
id = "c-d"
title = "C"
severity = "critical"
category = "c"
pattern = 'xyz abc_[0-9]{5}'
positives = ["{secret}", " {secret}"]
negatives = ["a", "b"]
"#,
        &["a-b: positive 2: found as something else: c-d, bytes 0 to 13"],
    );
}

#[test]
fn rules_that_refuse_all_of_their_own_values_are_failures() {
    check(
        r#"
pattern = 'abc_[0-9]{5}'
floors = { upper = 1 }
positives = ["{secret}", "{secret}"]
negatives = ["a", "b"]
"#,
        &["a-b: generated value: no value was made that the rule's own floors and check accept"],
    );
}

#[test]
fn values_are_as_random_as_their_rule_asks() {
    let of = |class: &str| {
        format!(
            "pattern = '(abc_[{class}]{{24}})'\nfloors = {{ randomness = 1.0 }}\n\
             positives = [\"{{secret}}\", \" {{secret}}\"]\n\
             negatives = [\"abc_xxxxxxxxxxxxxxxxxxxxxxxx\", \"abc_someApplicationMaxLength\"]\n"
        )
    };
    check(&of("0-9A-Za-z"), &[]);
    check(
        &of("x"),
        &["a-b: generated value: no value was made that the rule's own floors and check accept"],
    );
}

#[test]
fn joined_parts_are_filled_in_and_the_secret_is_what_is_found() {
    check(
        r#"
parts = { id = "part-id", secret = "part-secret" }
join = { distance = 20, span = "secret" }
positives = ["{id}:{secret}", "{secret}, {id}"]
negatives = ["{id}:{hex16}", "{id} is too far away from it {secret}"]
[[rule]]
id = "part-id"
title = "I"
severity = "low"
category = "c"
report = "alone"
pattern = '\b(iii_[0-9]{5})\b'
positives = ["{secret}", "x {secret}"]
negatives = ["a", "b"]
[[rule]]
id = "part-secret"
title = "S"
severity = "low"
category = "c"
report = "never"
pattern = '\b([0-9A-Z]{24})\b'
run = { class = "alnum", min = 24 }
floors = { digits = 1, upper = 1 }
positives = ["{secret}", "x {secret}"]
negatives = ["{secret}0", "b"]
"#,
        &[],
    );
}

#[test]
fn file_samples_are_a_name_and_a_content() {
    check(
        r#"
file = { names = ["*.key"], except = ["public*"] }
content = { lines = '^key=', min = 2 }
positives = ["a.key\nkey=1\nkey=2", "folder/b.key\nkey=1\n"]
negatives = ["public.key\nkey=1\nkey=2\n", "a.txt\nkey=1\nkey=2\n"]
"#,
        &["a-b: positive 2: not found"],
    );
}

#[test]
fn values_with_a_wrong_checksum_are_scanned() {
    let text = "[[rule]]\nid = \"a-b\"\ntitle = \"A\"\nseverity = \"low\"\ncategory = \"c\"\n\
                pattern = '(abc_[0-9A-Za-z]{36})'\nvalidator = \"crc32-base62\"\n\
                positives = [\"{secret}\", \" {secret}\"]\nnegatives = [\"a\", \"b\"]\n";
    let ruleset = load(&[file(text)]).expect("it loads");
    let outcome = selftest::test(&Scanner::new(ruleset, Limits::default()), 7, 2);
    // 61 other letters and digits in each round.
    assert_eq!(
        (outcome.rules, outcome.samples, outcome.changes),
        (1, 8, 122)
    );
    assert_eq!(outcome.failures, []);
}
