//! What reports say of history, and that no value is shown in it.

use leakgate::blob::Part;

use crate::fixture::{Repository, skip, token};

fn history() -> Repository {
    let mut repository = Repository::default();
    let first = repository.commit(&format!("use {} for\x1b[2J now", token('s')));
    let second = repository.commit("second");
    repository.commits[0].author = format!("{} <a@b>", token('u')).into_bytes();
    let old = repository.blob(format!("a {}\n", token('a')).as_bytes());
    let new = repository.version(format!("a {}\nmore\n", token('a')).as_bytes());
    repository.site(old, &format!("d/{}/f", token('p')), Some(first));
    repository.site(new, "f", Some(second));
    repository.skips = vec![skip(old, &format!("!{}", token('m')))];
    repository.part(Part::RefName, &format!("refs/tags/{}", token('r')));
    repository
}

#[test]
fn no_value_is_shown_in_what_is_said_of_history() {
    let repository = history();
    for format in ["human", "json", "jsonl"] {
        let report = repository.render(format);
        for letter in "asupmr".chars() {
            assert!(
                !report.contains(&token(letter)),
                "{format} {letter}: {report}"
            );
        }
        assert!(!report.contains('\x1b'), "{report}");
    }
}

#[test]
fn people_read_which_commit_brought_it_and_what_to_do() {
    let human = history().render("human");
    let second = history().commits[1].id.to_string();
    let expected = [
        "      commit   ".to_owned(),
        " 2026-03-31 demo_…kvjx <a@b>  use demo_…kvjx for\\x1b[2J now".to_owned(),
        format!("in 2 versions, last in commit {}", &second[..10]),
        "also at  f:1:3".to_owned(),
        "then     It stays in history".to_owned(),
        "in the name of a reference".to_owned(),
        "a false alarm? name the value or the path in [[allow]]".to_owned(),
    ];
    for expected in expected {
        assert!(human.contains(&expected), "{expected}: {human}");
    }
}

#[test]
fn advice_of_a_reference_is_to_rename_it() {
    let json = history().json();
    let findings = json["findings"].as_array().expect("a list");
    let name = findings.iter().find(|f| f["object"] == "ref-name");
    let advice = name.and_then(|f| f["advice"].as_str()).unwrap_or_default();
    assert!(advice.contains("Delete or rename"), "{advice}");
}
