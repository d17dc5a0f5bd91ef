//! What the loader refuses, and what it says then.

use leakgate::rule::{FILES, load};

use crate::file;

const SHAPE: &str = "
[[shape]]
name = \"hex9\"
pattern = '[0-9a-f]{9}'
run = { class = \"hex\", min = 9 }
";

/// Checks the message for one file. A message that ends in `…` is the beginning of a longer one.
#[track_caller]
fn refused_file(text: &str, expected: &str) {
    let error = load(&[file(text)]).expect_err("it must be refused");
    let error = error.to_string();
    match expected.strip_suffix('…') {
        Some(start) => assert!(error.starts_with(start), "{error}"),
        None => assert_eq!(error, expected, "{text}"),
    }
}

/// Checks the message for a rule whose `keys` begin on line 6.
#[track_caller]
fn refused(keys: &str, expected: &str) {
    refused_with("{secret}", keys, expected);
}

/// The same with samples that hold `sample`.
#[track_caller]
fn refused_with(sample: &str, keys: &str, expected: &str) {
    let text = format!(
        "[[rule]]\nid = \"a-b\"\ntitle = \"A\"\ncategory = \"c\"\nseverity = \"low\"\n{keys}\n\
         positives = [\"{sample}\", \"x {sample}\"]\nnegatives = [\"a\", \"b\"]\n"
    );
    refused_file(&text, expected);
}

#[test]
fn toml_that_is_no_rule_file() {
    refused_file(
        r"[[rule]
",
        "x.toml:1: unclosed array table, expected `]`",
    );
    refused_file(
        r#"[[rules]]
id = "a-b"
"#,
        "x.toml:1: unknown field `rules`, expected one of `family`, `shape`, `rule`",
    );
    refused_file(
        r#"[[rule]]
id = "a-b"
"#,
        "x.toml:1: rule a-b: missing field `title`",
    );
}

#[test]
fn keys_that_are_unknown_or_of_another_type() {
    refused(
        r"pattern = 'abc'
patern = 'x'",
        "x.toml:7: rule a-b: unknown field `patern`, expected one of `id`, `title`…",
    );
    refused(
        r"pattern = 'abc'
literals = 3",
        "x.toml:7: rule a-b: invalid type: integer `3`, expected a sequence",
    );
    refused(
        r#"pattern = 'abc'
kind = "secrets""#,
        "x.toml:7: rule a-b: unknown variant `secrets`, expected one of `secret`, …",
    );
    refused(
        r#"pattern = 'abc'
mask = "star""#,
        "x.toml:7: rule a-b: unknown variant `star`, expected one of `token`, `password`, `key`",
    );
    refused(
        r"pattern = 'abc'
floors = { entropi = 3.0 }",
        "x.toml:7: rule a-b: unknown field `entropi`, expected one of `entropy`, …",
    );
}

#[test]
fn rules_without_a_severity_or_category() {
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
category = "c"
pattern = 'abc'
positives = ["{secret}", "{secret}"]
negatives = ["a", "b"]
"#,
        "x.toml:1: rule a-b: has no severity, and neither has the family",
    );
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
pattern = 'abc'
positives = ["{secret}", "{secret}"]
negatives = ["a", "b"]
"#,
        "x.toml:1: rule a-b: has no category, and neither has the family",
    );
}

#[test]
fn rules_that_look_for_nothing_or_for_two_things() {
    refused(
        "",
        "x.toml:2: rule a-b: needs exactly one of: a pattern, shape, literals or assigned; parts; file",
    );
    refused(
        r#"pattern = 'abc'
file = { names = ["a"] }"#,
        "x.toml:2: rule a-b: needs exactly one of: a pattern, shape, literals or assigned; parts; file",
    );
    refused(
        r#"records = { all = ["a"] }"#,
        "x.toml:6: rule a-b: not yet: rules on the records of data sets …",
    );
    refused(
        r#"join = { distance = 1, span = "secret" }"#,
        "x.toml:2: rule a-b: needs exactly one of: a pattern, shape, literals or assigned; parts; file",
    );
}

#[test]
fn patterns_that_cannot_work() {
    refused("pattern = 'abc('", "x.toml:6: rule a-b: unclosed group");
    refused(
        "pattern = 'abc[0-9]+'",
        "x.toml:6: rule a-b: the pattern is unbounded; replace *, + and {n,} by {n,m}",
    );
    refused(
        "pattern = 'abc[0-9]{600}'",
        "x.toml:6: rule a-b: the pattern matches up to 603 bytes, more than its reach of 512",
    );
    refused(
        r"pattern = 'abc[0-9]{40}'
reach = { line = 20 }",
        "x.toml:6: rule a-b: the pattern matches up to 43 bytes, more than its reach of 20",
    );
    refused(
        "pattern = '(?:abc)?'",
        "x.toml:6: rule a-b: the pattern matches the empty text",
    );
    refused(
        "pattern = 'ab[0-9]{8}'",
        r#"x.toml:6: rule a-b: no literal of three bytes stands in every match: name a run, …"#,
    );
    refused(
        r"pattern = 'abc'
allowed = ['[']",
        r#"x.toml:7: rule a-b: "[": unclosed character class"#,
    );
}

#[test]
fn patterns_of_characters() {
    for pattern in [
        r"(?u)\babc[0-9]{8}\b",
        r"abc(?u:[\u{e9}-\u{ff}]{8})",
        r"abc[0-9]{8}(?u:\b{end})",
    ] {
        refused(
            &format!("pattern = '{pattern}'"),
            "x.toml:6: rule a-b: the flag u is not understood: patterns match bytes, classes are \
             ASCII",
        );
    }
}

#[test]
fn literals_that_do_not_stand_in_every_match() {
    refused(
        r#"pattern = '(?:abc|def)[0-9]{8}'
literals = ["abc"]"#,
        "x.toml:7: rule a-b: the pattern can match without any of these literals",
    );
    refused(
        r#"pattern = 'abc'
literals = ["ab"]"#,
        "x.toml:7: rule a-b: literals need at least 3 bytes each and hold no line feed",
    );
    refused(
        r#"literals = ["abc"]"#,
        "x.toml:6: rule a-b: has no pattern, so it needs literals and a validator …",
    );
    refused(
        r#"literals = ["abc"]
validator = "luhn""#,
        "x.toml:6: rule a-b: has no pattern, so it needs literals and a validator …",
    );
}

#[test]
fn runs_that_do_not_stand_in_every_match() {
    refused(
        r#"pattern = '[0-9]{12}'
run = { class = "digits", min = 12 }"#,
        r#"x.toml:7: rule a-b: unknown class "digits"; known: alnum, base64, …"#,
    );
    refused(
        r#"pattern = '[0-9]{12}'
run = { class = "digit", min = 4 }"#,
        "x.toml:7: rule a-b: min must lie between 8 and 512",
    );
    refused(
        r#"pattern = '[0-9]{10,12}'
run = { class = "digit", min = 12 }"#,
        "x.toml:7: rule a-b: the pattern can match without 12 bytes of digit in a row",
    );
    refused(
        r#"pattern = '[0-9]{12}'
run = { class = "digit", min = 12 }"#,
        "x.toml:1: rule a-b: a shape proves nothing alone: give the context words …",
    );
}

#[test]
fn reaches_that_are_mixed_or_too_long() {
    refused(
        r"pattern = 'abc'
reach = { line = 9, after = 9 }",
        "x.toml:7: rule a-b: reach is either { line = n } or { before = n, after = n }",
    );
    refused(
        r"pattern = 'abc'
reach = { before = 9 }",
        "x.toml:7: rule a-b: reach is either { line = n } or { before = n, after = n }",
    );
    refused(
        r"pattern = 'abc'
reach = { before = 0, after = 65537 }",
        "x.toml:7: rule a-b: reach is at most 65536 bytes either side",
    );
}

#[test]
fn validators_contexts_and_floors_that_are_wrong() {
    refused(
        r#"pattern = 'abc'
validator = "crc""#,
        r#"x.toml:7: rule a-b: unknown validator "crc"; known: ado-pat…"#,
    );
    refused(
        r"pattern = 'abc'
context = { words = [] }",
        "x.toml:7: rule a-b: needs words of at least two bytes",
    );
    refused(
        r#"pattern = 'abc'
context = { words = ["a"] }"#,
        "x.toml:7: rule a-b: needs words of at least two bytes",
    );
    refused(
        r#"pattern = 'abc'
context = { words = ["ab"], distance = 600 }"#,
        "x.toml:7: rule a-b: distance is at most 512 bytes",
    );
    refused(
        r"pattern = 'abc'
floors = { entropy = 9.0 }",
        "x.toml:7: rule a-b: entropy is in bits a byte, from 0 to 8",
    );
    for floor in ["6.5", "-1.0", "nan"] {
        refused(
            &format!("pattern = 'abc'\nfloors = {{ randomness = {floor} }}"),
            "x.toml:7: rule a-b: randomness is in bits a character, from 0 to 6",
        );
    }
}

#[test]
fn shapes_that_are_unknown_or_stand_alone() {
    refused_file(
        &[
            SHAPE,
            r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
shape = "hex"
"#,
        ]
        .concat(),
        r#"x.toml:11: rule a-b: unknown shape "hex"; known: hex9"#,
    );
    refused_file(
        &[
            SHAPE,
            r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
shape = "hex9"
"#,
        ]
        .concat(),
        "x.toml:11: rule a-b: a shape proves nothing alone: give the context words …",
    );
    refused_file(
        &[
            SHAPE,
            r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
shape = "hex9"
pattern = 'abc'
"#,
        ]
        .concat(),
        r#"x.toml:12: rule a-b: shape "hex9" has a pattern of its own; give one of the two"#,
    );
    refused_file(
        &SHAPE.repeat(2),
        "x.toml:8: rule hex9: another shape has this name",
    );
    refused_file(
        r#"[[shape]]
name = "odd"
pattern = '('
run = { class = "hex", min = 9 }
"#,
        "x.toml:3: rule odd: unclosed group",
    );
}

#[test]
fn samples_that_are_too_few_or_hold_no_value() {
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
pattern = 'abc'
positives = ["{secret}"]
negatives = ["a", "b"]
"#,
        "x.toml:7: rule a-b: needs at least two positives and two near misses as negatives",
    );
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
pattern = 'abc'
positives = ["{secret}", "{secret}"]
negatives = ["a"]
"#,
        "x.toml:7: rule a-b: needs at least two positives and two near misses as negatives",
    );
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
pattern = 'abc'
positives = ["{secret}", "abc"]
negatives = ["a", "b"]
"#,
        "x.toml:7: rule a-b: every positive must hold {secret}, which stands for a generated value",
    );
    refused_file(
        r#"[[rule]]
id = "a-b"
title = "A"
severity = "low"
category = "c"
parts = { id = "c-d", secret = "e-f" }
join = { distance = 9, span = "secret" }
positives = ["{secret}", "{id}"]
negatives = ["a", "b"]
"#,
        "x.toml:8: rule a-b: every positive must hold {id}, which stands for a generated value",
    );
}

#[test]
fn joins_that_are_wrong() {
    refused_with(
        "{id} {secret}",
        r#"parts = { id = "c-d", secret = "e-f" }"#,
        "x.toml:6: rule a-b: parts and join go together",
    );
    refused_with(
        "{id} {secret}",
        r#"parts = { id = "c-d" }
join = { distance = 9, span = "secret" }"#,
        r#"x.toml:6: rule a-b: parts are { id = "rule-id", secret = "rule-id" }"#,
    );
    refused_with(
        "{id} {secret}",
        r#"parts = { id = "c-d", secret = "e-f" }
join = { distance = 9, span = "id" }"#,
        r#"x.toml:7: rule a-b: span must be "secret": what is reported is the secret part"#,
    );
    refused_with(
        "{id} {secret}",
        r#"parts = { id = "c-d", secret = "e-f" }
join = { distance = 5000, span = "secret" }"#,
        "x.toml:7: rule a-b: distance is at most 4096 bytes",
    );
    refused_with(
        "{id} {secret}",
        r#"parts = { id = "c-d", secret = "e-f" }
join = { distance = 9, span = "secret" }"#,
        r#"x.toml:1: rule a-b: parts name "c-d", which is no rule that finds text"#,
    );
}

#[test]
fn file_rules_that_are_wrong() {
    refused(
        "file = { names = [] }",
        "x.toml:6: rule a-b: names at least one glob of base names",
    );
    refused(
        r#"file = { names = ["a/b"] }"#,
        r#"x.toml:6: rule a-b: "a/b" is matched against base names, which hold no /"#,
    );
    refused(
        r#"file = { names = ["a["] }"#,
        "x.toml:6: rule a-b: error parsing glob 'a[': unclosed character class; missing ']'",
    );
    refused(
        r#"file = { names = ["a"] }
content = { lines = '', min = 1 }"#,
        "x.toml:7: rule a-b: lines must match something, min is at least 1",
    );
    refused(
        r#"file = { names = ["a"] }
content = { lines = 'a(', min = 1 }"#,
        "x.toml:7: rule a-b: unclosed group",
    );
    refused(
        r#"file = { names = ["a"] }
content = { lines = 'a', min = 0 }"#,
        "x.toml:7: rule a-b: lines must match something, min is at least 1",
    );
    refused(
        "content = { lines = 'a', min = 1 }",
        "x.toml:2: rule a-b: needs exactly one of: a pattern, shape, literals or assigned; parts; file",
    );
}

#[test]
fn ids_that_are_odd() {
    for id in ["a", "A-b", "a--b", "-a-b", "a-b-", "a_b-c"] {
        let text = format!("\n[[rule]]\ntitle = \"A\"\nid = \"{id}\"\npattern = 'abc'");
        let problem = "the id must read issuer-thing: lower case, digits and single dashes";
        refused_file(&text, &format!("x.toml:4: rule {id}: {problem}"));
    }
}

#[test]
fn ids_that_are_taken() {
    let taken = FILES.iter().find(|file| file.name == "rules/vcs.toml");
    let taken = *taken.expect("there is such a file");
    let text = "[[rule]]\ntitle = \"A\"\nid = \"github-pat-classic\"";
    let error = load(&[taken, file(text)]).expect_err("it must be refused");
    let expected =
        "x.toml:3: rule github-pat-classic: another rule has this id, at rules/vcs.toml:6";
    assert_eq!(error.to_string(), expected);
}
