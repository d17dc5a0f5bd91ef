//! Values in what is no file, and files that their names give away.

use leakgate::blob::{Part, Site};

use crate::fixture::{Repository, holder, token, told};

#[test]
fn messages_and_authors_stand_in_their_commit() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let message = repository.part(Part::CommitMessage, &format!("fix {}", token('a')));
    let author = repository.part(Part::Author, &format!("{} <a@b>", token('b')));
    repository.part(Part::TagMessage, &format!("v1 {}", token('c')));
    repository.site(message, "(commit message)", Some(first));
    repository.site(author, "(author)", Some(first));
    let expected = [
        "(author) author 0 x0 []",
        "(commit message) commit-message 0 x0 []",
        "(tag message) tag-message - x0 unreachable []",
    ];
    assert_eq!(told(&repository), expected);
    assert_eq!(repository.run().coverage.blobs, 0);
    let human = repository.render("human");
    assert!(human.contains("1:5  in the commit message"), "{human}");
}

#[test]
fn name_of_a_reference_is_its_place() {
    let mut repository = Repository::default();
    repository.part(Part::RefName, &format!("refs/heads/{}", token('a')));
    let [told] = &told(&repository)[..] else {
        panic!("one finding is expected");
    };
    assert!(told.starts_with("refs/heads/demo_"), "{told}");
    assert!(told.ends_with(" ref-name - x0 []"), "{told}");
    assert!(!told.contains(&token('a')), "{told}");
}

#[test]
fn value_in_a_name_stands_wherever_the_name_does() {
    let name = token('a');
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let tree = repository.part(Part::FileName, &name);
    repository.site(tree, &format!("b/{name}"), Some(second));
    repository.site(tree, "b/other", Some(first));
    repository.sites.push(Site {
        asked: None,
        ..repository.sites[0].clone()
    });
    repository.sites[2].path = format!("a/{name}/f").into_bytes();
    repository.sites[2].commit = Some(first);
    repository.sites[2].holder = holder(Part::Content, b"a file");
    // Only what is asked for by its last name is given by this repository.
    let told_of = told(&repository);
    assert_eq!(told_of, ["b/demo_…kvjx file-name 1 x0 []"]);
    repository.sites[2].path = format!("a/{name}").into_bytes();
    let told_of = told(&repository);
    assert_eq!(told_of, ["a/demo_…kvjx file-name 0 x0 [b/demo_…kvjx]"]);
}

#[test]
fn name_in_a_tree_that_stands_nowhere_is_reported_all_the_same() {
    let mut repository = Repository::default();
    let tree = repository.part(Part::FileName, &token('a'));
    let expected = format!(
        "(object {})/demo_…kvjx file-name - x0 unreachable []",
        tree.id
    );
    assert_eq!(told(&repository), [expected]);
}

fn named_file(lines: &str) -> Repository {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let blob = repository.blob(lines.as_bytes());
    for (path, commit) in [("b/.demo", second), ("a/.demo", second), ("b/.demo", first)] {
        repository.site(blob, path, Some(commit));
    }
    for site in &mut repository.sites {
        site.asked = None;
    }
    // A source hands over every name; only then is it asked for files of such a name.
    repository.part(Part::FileName, ".demo");
    repository
}

#[test]
fn file_of_a_telling_name_is_judged_by_its_lines() {
    let expected = ["a/.demo blob 1 x1 []", "b/.demo blob 0 x1 []"];
    assert_eq!(told(&named_file("A=1\nB=2\n")), expected);
    assert!(told(&named_file("A=1\n")).is_empty());
}

#[test]
fn file_of_a_telling_name_that_cannot_be_read_is_a_skip() {
    let mut repository = named_file("A=1\nB=2\n");
    repository.unreadable = true;
    let outcome = repository.run();
    assert!(outcome.findings.is_empty());
    assert_eq!(outcome.coverage.skipped.len(), 2);
    assert_eq!(outcome.status().code(), 3);
}

#[test]
fn object_of_bytes_is_not_taken_for_its_name() {
    let other = holder(Part::Content, b"x");
    let mut repository = Repository::default();
    repository.blob(b"x");
    let first = repository.commit("first");
    repository.site(other, ".demo", Some(first));
    assert!(told(&repository).is_empty());
}
