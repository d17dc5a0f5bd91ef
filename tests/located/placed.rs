//! Where a value of many versions is reported.

use leakgate::blob::Part;
use leakgate::config::{Allow, Globs, ScanConfig};
use leakgate::level::Confidence;
use serde_json::json;

use crate::fixture::{Repository, holder, skip, token, told};

#[test]
fn value_is_reported_once_where_it_came_first() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let third = repository.commit("third");
    let old = repository.blob(format!("a {}\n", token('a')).as_bytes());
    let new = repository.version(format!("a {}\nmore\n", token('a')).as_bytes());
    let copy = repository.blob(format!("\n\ncopy {}\n", token('a')).as_bytes());
    repository.site(new, "z.txt", Some(second));
    repository.site(old, "z.txt", Some(first));
    repository.site(copy, "b.txt", Some(third));
    repository.site(old, "c.txt", Some(third));
    assert_eq!(told(&repository), ["z.txt blob 0 x3 [b.txt c.txt]"]);
    let report = repository.json();
    let finding = &report["findings"][0];
    let id = |order: u32| json!(repository.commits[order as usize].id.to_string());
    assert_eq!(
        finding["git"],
        json!({
            "commit": id(first), "author": "Ann <ann@example.org>",
            "date": "2026-03-31T16:05:09+02:00", "subject": "first",
            "blob": old.id.to_string(), "object": "blob", "reachable": true,
            "last_commit": id(third), "blobs": 3,
        })
    );
    assert_eq!(finding["line"], json!(1));
    assert_eq!(finding["places"][0]["path"], json!("b.txt"));
    assert_eq!(finding["places"][0]["line"], json!(3));
    assert_eq!(finding["places"][0]["git"]["commit"], id(third));
    assert_eq!(report["coverage"]["blobs"], json!(3));
    assert_eq!(report["coverage"]["commits"], json!(3));
    assert_eq!(report["coverage"]["files"], json!(0));
}

#[test]
fn line_and_excerpt_are_those_of_the_first_version() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let late = repository.blob(format!("late {}\n", token('a')).as_bytes());
    let early = repository.blob(format!("\nearly {} {0}\n", token('a')).as_bytes());
    repository.site(late, "f", Some(second));
    repository.site(early, "f", Some(first));
    for threads in 1..3 {
        repository.threads = threads;
        let outcome = repository.run();
        let finding = &outcome.findings[0].finding;
        assert_eq!(
            finding.spot.map(|spot| (spot.line, spot.column)),
            Some((2, 7))
        );
        let before = finding.excerpt.as_ref().map(|excerpt| &excerpt.before[..]);
        assert_eq!(before, Some(&b"early "[..]));
    }
}

#[test]
fn reachable_places_come_before_unreachable_ones() {
    let mut repository = Repository::default();
    let lost = repository.commit("lost");
    let kept = repository.commit("kept");
    let one = repository.blob(token('a').as_bytes());
    let two = repository.blob(token('b').as_bytes());
    let three = repository.blob(format!("3 {}", token('b')).as_bytes());
    repository.site(one, "a", Some(lost));
    repository.site(two, "b", Some(lost));
    repository.sites[0].reachable = false;
    repository.sites[1].reachable = false;
    repository.site(three, "c", Some(kept));
    let expected = ["a blob 0 x1 unreachable []", "c blob 1 x2 [b]"];
    assert_eq!(told(&repository), expected);
}

#[test]
fn object_that_stands_nowhere_is_named_itself() {
    let mut repository = Repository::default();
    let lost = repository.blob(token('a').as_bytes());
    let expected = format!("(object {}) blob - x1 unreachable []", lost.id);
    assert_eq!(told(&repository), [expected]);
    let human = repository.render("human");
    assert!(
        human.contains("unreachable: no branch, tag or stash holds it"),
        "{human}"
    );
}

#[test]
fn folder_decides_for_each_path_whether_a_value_counts() {
    let text = format!("password = '{}{}'\n", "tR4v", "-9qLm2xZ");
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let blob = repository.blob(text.as_bytes());
    repository.site(blob, "tests/a.py", Some(first));
    assert_eq!(told(&repository), ["tests/a.py blob 0 x1 silent []"]);
    repository.site(blob, "src/a.py", Some(second));
    assert_eq!(told(&repository), ["tests/a.py blob 0 x1 [src/a.py]"]);
    let config = ScanConfig {
        min_confidence: Confidence::High,
        ..ScanConfig::default()
    };
    assert!(!repository.run_with(&config).findings[0].active);
}

#[test]
fn skips_in_objects_get_the_path_of_these() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let broken = repository.blob(b"nothing");
    let other = repository.version(b"nothing more");
    repository.site(broken, "later.zip", Some(second));
    repository.site(broken, "a.zip", Some(first));
    repository.site(other, "a.zip", Some(second));
    let lost = holder(Part::Content, b"of nobody");
    repository.skips = vec![
        skip(broken, "!member"),
        skip(other, "!member"),
        skip(lost, ""),
    ];
    let outcome = repository.run();
    let skipped = outcome.coverage.skipped.iter();
    let what: Vec<_> = skipped
        .map(|skip| String::from_utf8_lossy(&skip.what))
        .collect();
    assert_eq!(
        what,
        [format!("(object {})", lost.id), "a.zip!member".to_owned()]
    );
}

#[test]
fn part_is_what_the_place_says_it_is() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let link = repository.blob(token('a').as_bytes());
    repository.site(link, "link", Some(first));
    repository.sites[0].holder.part = Part::SymlinkTarget;
    assert_eq!(told(&repository), ["link symlink-target 0 x1 []"]);
}

#[test]
fn threads_change_nothing() {
    let mut repository = Repository::default();
    let commits: Vec<_> = (0..20)
        .map(|n| repository.commit(&format!("c{n}")))
        .collect();
    let mut random = fastrand::Rng::with_seed(7);
    for n in 0..200 {
        let letter = char::from(b'a' + random.u8(..6));
        let pad = "pad\n".repeat(random.usize(..4));
        let bytes = format!("{pad}{n} {}\n", token(letter));
        let blob = match n % 3 {
            0 => repository.blob(bytes.as_bytes()),
            _ => repository.version(bytes.as_bytes()),
        };
        for _ in 0..random.usize(..4) {
            let path = format!("d{}/f", random.u8(..5));
            repository.site(blob, &path, Some(commits[random.usize(..20)]));
        }
    }
    for format in ["json", "jsonl", "human"] {
        repository.threads = 1;
        let one = repository.render(format);
        for threads in 2..5 {
            repository.threads = threads;
            let more = repository.render(format);
            let differing = one.lines().zip(more.lines()).find(|(a, b)| a != b);
            assert_eq!(differing, None);
        }
    }
}

#[test]
fn subject_that_is_too_long_is_left_out() {
    let mut repository = Repository::default();
    let first = repository.commit(&"s".repeat(5_000));
    let blob = repository.blob(token('a').as_bytes());
    repository.site(blob, "f", Some(first));
    let subject = repository.json()["findings"][0]["git"]["subject"].clone();
    assert_eq!(subject, json!("(5000 bytes)"));
}

#[test]
fn value_at_many_places_of_many_versions_is_one_finding() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    for n in 0..300 {
        let blob = repository.blob(format!("{n} {}\n", token('a')).as_bytes());
        for path in 0..300 {
            repository.site(blob, &format!("d{path}/f"), Some(first));
        }
    }
    let outcome = repository.run();
    assert_eq!(outcome.findings.len(), 1);
    let origin = outcome.findings[0]
        .git
        .as_ref()
        .expect("it lies in a repository");
    assert_eq!(origin.n_objects, 300);
    assert_eq!(outcome.findings[0].places.len(), 299);
}

#[test]
fn allow_list_silences_only_the_paths_that_it_names() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let second = repository.commit("second");
    let one = repository.blob(format!("1 {}", token('a')).as_bytes());
    let two = repository.blob(format!("2 {}", token('a')).as_bytes());
    repository.site(one, "old/f", Some(first));
    repository.site(two, "old/f", Some(second));
    repository.site(two, "new/f", Some(second));
    let mut config = ScanConfig::default();
    config.policy.allow.push(Allow {
        rules: Vec::new(),
        paths: Some(Globs::new([("paths", "old")]).expect("the glob is sound")),
        values: None,
        reason: "revoked".to_owned(),
        origin: String::new(),
    });
    let outcome = repository.run_with(&config);
    let told = outcome.findings.iter().map(|placed| {
        let origin = placed.git.as_ref().expect("it lies in a repository");
        let path = String::from_utf8_lossy(&placed.path).into_owned();
        (path, placed.active, origin.n_objects, placed.places.len())
    });
    let told: Vec<_> = told.collect();
    let expected = [
        ("new/f".to_owned(), true, 1, 0),
        ("old/f".to_owned(), false, 2, 0),
    ];
    assert_eq!(told, expected);
}
