//! Configurations that say something impossible are status 2, with file, line and what was meant.

use crate::run::{World, token};

/// A configuration, and what the refusal says after the name of the file.
const REFUSED: &[(&str, &str)] = &[
    // Keys.
    (
        "fail_on = \"low\"",
        "1: unknown key \"fail_on\"; did you mean \"fail-on\"?",
    ),
    (
        "\nalow = 1",
        "2: unknown key \"alow\"; did you mean \"allow\"?",
    ),
    ("colour = 1", "1: unknown key \"colour\"; known: allow, "),
    (
        "[rules]\noff = []\nofff = []",
        "3: unknown key \"offf\" in [rules]; did you mean \"off\"?",
    ),
    (
        "[gate.commit]\nfail-in = \"low\"",
        "2: unknown key \"fail-in\" in [gate.commit]; did you mean \"fail-on\"?",
    ),
    (
        "[gate.commit.rules]\nonlly = []",
        "2: unknown key \"onlly\" in [gate.commit.rules]; did you mean \"only\"?",
    ),
    (
        "[gate.comit]",
        "1: unknown key \"comit\" in [gate]; did you mean \"commit\"?",
    ),
    (
        "[[allow]]\nrule = [\"demo\"]\nreason = \"r\"",
        "2: unknown key \"rule\" in [allow]; did you mean \"rules\"?",
    ),
    (
        "[coverage]\naccept = []",
        "2: unknown key \"accept\" in [coverage]",
    ),
    (
        "[limits]\nfile-bytes = 1",
        "2: unknown key \"file-bytes\" in [limits]",
    ),
    (
        "[gate.commit]\nextends = []",
        "1: gate.commit: extends stands at the top",
    ),
    // TOML and types.
    ("fail-on = ", "1: "),
    ("a\nb", "1: "),
    ("fail-on = \"low\"\nfail-on = \"low\"", "2: "),
    ("fail-on = 3", "1: fail-on: needs a text"),
    ("exclude = \"a\"", "1: exclude: needs a list of texts"),
    ("exclude = [1]", "1: exclude: needs a text"),
    ("rules = []", "1: rules: needs a table, [rules]"),
    ("allow = 1", "1: allow: needs tables, [[allow]]"),
    (
        "[limits]\nfile-bytes-max = 0",
        "2: limits.file-bytes-max: needs a whole number",
    ),
    (
        "[limits]\nfile-bytes-max = -1",
        "2: limits.file-bytes-max: needs a whole number",
    ),
    (
        "[limits]\nfile-bytes-max = 1.5",
        "2: limits.file-bytes-max: needs a whole number",
    ),
    // Words.
    ("fail-on = \"huge\"", "1: "),
    ("min-confidence = \"very\"", "1: "),
    ("timeout = \"5\"", "1: timeout: "),
    ("[rules.severity]\ndemo-token = \"hihg\"", "2: "),
    (
        "[publish]\nsource-maps = \"forbidden\"",
        "2: unknown choice for source maps; ",
    ),
    // Rules.
    (
        "[rules]\noff = [\n  \"demo-tokn\",\n]",
        "3: no rule, category or kind \"demo-tokn\"; did you mean \"demo-token\"?",
    ),
    (
        "[rules]\nonly = [\"zzzz\"]",
        "2: no rule, category or kind \"zzzz\"; see `leakgate rules",
    ),
    (
        "[[allow]]\nrules = [\"dmo\"]\nreason = \"r\"",
        "2: no rule, category or kind \"dmo\"; did you mean \"demo\"?",
    ),
    (
        "[rules.severity]\ndemo-mid = \"low\"",
        "2: no rule \"demo-mid\"; did you mean \"demo-mild\"?",
    ),
    // Allow lists.
    (
        "[[allow]]\nreason = \"r\"",
        "1: allow: needs at least one of rules, paths and values",
    ),
    ("[[allow]]\nrules = [\"demo\"]", "1: allow: needs a reason"),
    (
        "[[allow]]\nrules = [\"demo\"]\nreason = \"  \"",
        "1: allow: needs a reason",
    ),
    (
        "[[allow]]\nrules = []\nreason = \"r\"",
        "2: allow.rules: names nothing",
    ),
    (
        "[[allow]]\nvalues = [\"(\"]\nreason = \"r\"",
        "2: pattern of values: ",
    ),
    (
        "[[allow]]\nvalues = [\".*\"]\nreason = \"r\"",
        "2: pattern of values: is unbounded",
    ),
    (
        "[[allow]]\nvalues = [\"a?\"]\nreason = \"r\"",
        "2: pattern of values: matches the empty",
    ),
    (
        "[[allow]]\nvalues = [\"[ab]{60000}{9}\"]\nreason = \"r\"",
        "2: pattern of values: ",
    ),
    // Globs.
    (
        "exclude = [\"a[\"]",
        "1: glob \"a[\": unclosed character class",
    ),
    ("exclude = [\"\"]", "1: glob \"\": names nothing"),
    (
        "exclude = [\"!a\"]",
        "1: glob \"!a\": `!` brings nothing back",
    ),
    (
        "[coverage]\naccepted = [\"../a\"]",
        "2: glob \"../a\": globs count from the folder",
    ),
    (
        "[[allow]]\npaths = [\"a{\"]\nreason = \"r\"",
        "2: glob \"a{\": ",
    ),
    // Files.
    (
        "extends = [\"no.toml\"]",
        "1: extends \"no.toml\": no such file",
    ),
    ("extends = [\"\"]", "1: extends \"\": names no file"),
    (
        "[rules]\nfiles = [\"no\"]",
        "2: rules.files \"no\": no such file",
    ),
    (
        "[rules]\nfiles = [\"sub\"]",
        "2: rules.files \"sub\": holds no .toml file",
    ),
];

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_was_meant() {
    let world = World::with(&[("sub/f", &token(1))]);
    for (text, told) in REFUSED {
        world.write("leakgate.toml", text);
        let expected = format!("leakgate: leakgate.toml:{told}");
        world.scan(["."]).refuses(&[&expected]);
        let words = ["rules", "check", "leakgate.toml", "../rules.toml"];
        world.run(words).refuses(&["leakgate.toml:"]);
    }
}

#[test]
fn message_never_holds_what_an_allow_list_lets_pass() {
    let world = World::with(&[("f", &token(1))]);
    let secret = token(7);
    for value in [format!("{secret}("), format!("{secret}.*")] {
        let text = format!("[[allow]]\nvalues = [{value:?}]\nreason = \"r\"");
        world.write("leakgate.toml", text);
        let ran = world.scan(["."]);
        ran.refuses(&["leakgate.toml:2: pattern of values: "]);
        assert!(!ran.err().contains(&secret));
    }
    world.write("leakgate.toml", format!("fail-on = [\"{secret}\"]"));
    assert!(!world.scan(["."]).err().contains(&secret));
}

#[test]
fn error_in_a_base_names_the_base() {
    let world = World::with(&[("leakgate.toml", "extends = [\"sub/base.toml\"]")]);
    world.write("sub/base.toml", "\nfial-on = \"low\"");
    world
        .scan(["."])
        .refuses(&["sub/base.toml:2: unknown key \"fial-on\"; did you mean \"fail-on\"?"]);
    world.write("sub/base.toml", "[rules]\nfiles = [\"own.toml\"]");
    world.write("sub/own.toml", "[[rule]]\nid = \"x\"\n");
    world.scan(["."]).refuses(&["sub/own.toml:"]);
}

#[test]
fn rules_check_takes_configurations_and_files_of_rules() {
    let world = World::with(&[("leakgate.toml", "[rules]\noff = [\"demo-token\"]")]);
    let check = |words: &[&str]| world.run(["rules", "check"].iter().chain(words));
    check(&["leakgate.toml"]).refuses(&["leakgate.toml:2: no rule, category or kind"]);
    let both = check(&["leakgate.toml", "../rules.toml"]);
    let expected = "11 rules are well formed\nleakgate.toml is a well formed configuration\n";
    assert_eq!(both.is(0).out(), expected);
    let gates = "[gate.mirror.rules]\nfiles = [\"own.toml\"]\noff = [\"demo\"]";
    world.write("leakgate.toml", gates);
    world.write("own.toml", crate::run::RULES);
    let expected = "leakgate.toml is a well formed configuration; rules that it names: 11\n";
    assert_eq!(check(&["leakgate.toml"]).is(0).out(), expected);
    world.write("leakgate.toml", "[gate.mirror.rules]\noff = [\"demoo\"]");
    check(&["leakgate.toml"]).refuses(&["leakgate.toml:2: no rule"]);
}
