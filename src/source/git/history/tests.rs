//! Where things stand in small histories, against what a slow walk of every commit says.

use std::collections::BTreeMap;

use crate::blob::{Part, SkipReason};
use crate::git::{Format, Id, Kind};
use crate::source::git::history::fixture::{FILE, Made, holder, show};
use crate::source::git::history::{Listing, missing};

mod select;

const MAIN: &str = "refs/heads/main";

#[track_caller]
fn check(made: &Made, text: &str, expected: &[&str]) {
    let id = Format::Sha1.id_of(Kind::Blob, text.as_bytes());
    assert_eq!(made.sites(&[(id, Part::Content)]), expected);
}

/// Commits of these trees one after another, at 10, 20, and so on.
fn line(made: &mut Made, trees: &[&[(&str, &str)]]) -> Vec<Id> {
    let mut commits: Vec<Id> = Vec::new();
    for (i, files) in trees.iter().enumerate() {
        let tree = made.files(files);
        let parents: Vec<Id> = commits.last().copied().into_iter().collect();
        commits.push(made.commit(tree, &parents, 10 * (i as i64 + 1)));
    }
    commits
}

#[test]
fn every_path_has_the_commit_that_brought_it_first() {
    let mut made = Made::default();
    let commits = line(
        &mut made,
        &[
            &[("a/x", "old")],
            &[("a/x", "value"), ("b", "other")],
            &[("a/x", "value"), ("c/d/x", "value")],
            &[("c/d/x", "value"), ("c/e/x", "value"), ("x", "value")],
        ],
    );
    made.name(MAIN, commits[3]);
    let at = [
        "blob a/x at 20",
        "blob c/d/x at 30",
        "blob c/e/x at 40",
        "blob x at 40",
    ];
    check(&made, "value", &at);
    check(&made, "old", &["blob a/x at 10"]);
}

#[test]
fn a_renamed_folder_gives_a_second_path() {
    let mut made = Made::default();
    let trees: [&[(&str, &str)]; 3] = [
        &[("old/deep/x", "value")],
        &[("new/deep/x", "value")],
        &[("new/deep/x", "value"), ("old/deep/x", "value")],
    ];
    let commits = line(&mut made, &trees);
    made.name(MAIN, commits[2]);
    check(
        &made,
        "value",
        &["blob old/deep/x at 10", "blob new/deep/x at 20"],
    );
}

#[test]
fn what_only_a_merge_brought_is_found_there() {
    let mut made = Made::default();
    let tree = made.files(&[("a", "one")]);
    let evil = made.files(&[("a", "one"), ("b", "evil")]);
    let first = made.commit(tree, &[], 10);
    let sides = [20, 30, 40].map(|seconds| made.commit(tree, &[first], seconds));
    let merge = made.commit(evil, &sides, 50);
    // A second root, joined later, that has the same file.
    let second = made.commit(evil, &[], 60);
    let tip = made.commit(evil, &[merge, second], 70);
    made.name(MAIN, tip);
    check(&made, "evil", &["blob b at 50"]);
    check(&made, "one", &["blob a at 10"]);
}

#[test]
fn parents_come_first_even_where_clocks_were_wrong() {
    let mut made = Made::default();
    let tree = made.files(&[("a", "one")]);
    let parent = made.commit(tree, &[], 1_000);
    let child = made.commit(tree, &[parent], 5);
    made.name(MAIN, child);
    check(&made, "one", &["blob a at 1000"]);
}

#[test]
fn what_is_amended_away_is_unreachable_until_a_reflog_names_it() {
    let mut made = Made::default();
    let amended = made.files(&[("a", "gone"), ("b", "stays")]);
    let tree = made.files(&[("b", "stays")]);
    let gone = made.commit(amended, &[], 10);
    let kept = made.commit(tree, &[], 20);
    made.name(MAIN, kept);
    check(&made, "gone", &["blob a at 10!"]);
    check(&made, "stays", &["blob b at 20"]);
    made.logs.push(gone);
    check(&made, "gone", &["blob a at 10"]);
    check(&made, "stays", &["blob b at 10"]);
    assert!(made.sites(&[(made.store.id(0), Part::RefName)]).is_empty());
}

#[test]
fn links_notes_and_what_tags_name_say_what_they_are() {
    let mut made = Made::default();
    let target = made.blob("to");
    let tree = made.tree(&[("link@", target)]);
    let commit = made.commit(tree, &[], 10);
    made.name(MAIN, commit);
    let text = made.blob("note");
    let hex = commit.to_string();
    let notes = made.tree(&[(&hex[2..], text)]);
    let notes = made.tree(&[(&format!("{}/", &hex[..2]), notes)]);
    let noted = made.commit(notes, &[], 20);
    made.name("refs/notes/commits", noted);
    made.logs.push(noted);
    check(&made, "to", &["symlink-target link at 10"]);
    check(&made, "note", &[&format!("note (note on {hex}) at 20")]);
    let alone = made.files(&[("d/t", "tagged")]);
    let tag = made.tag(alone, "tree");
    let outer = made.tag(tag, "tag");
    made.name("refs/tags/v1", outer);
    check(&made, "tagged", &["blob d/t -"]);
    let lone = made.blob("lone");
    check(&made, "lone", &[]);
    made.name("refs/tags/lone", lone);
    check(&made, "lone", &[&format!("blob (object {lone}) -")]);
}

#[test]
fn messages_stand_at_their_commit() {
    let mut made = Made::default();
    let tree = made.files(&[("a", "one")]);
    let commit = made.commit(tree, &[], 10);
    let tag = made.tag(commit, "commit");
    let wanted = [
        (commit, Part::Author),
        (commit, Part::CommitMessage),
        (tag, Part::TagMessage),
    ];
    let mut found = made.sites(&wanted);
    found.sort();
    assert_eq!(
        found,
        [
            "author (author) at 10!",
            "commit-message (commit message) at 10!",
            "tag-message (tag message) at 10!"
        ]
    );
    made.name("refs/tags/v1", tag);
    assert!(made.sites(&wanted).iter().all(|site| !site.ends_with('!')));
}

#[test]
fn an_index_holds_what_no_commit_does() {
    let mut made = Made::default();
    let commits = line(&mut made, &[&[("a", "one")]]);
    made.name(MAIN, commits[0]);
    let (one, new) = (made.blob("one"), made.blob("new"));
    made.indexes.push(Listing {
        work_tree: b"other".to_vec(),
        entries: vec![(b"a".to_vec(), FILE, one), (b"d/n".to_vec(), FILE, new)],
    });
    check(&made, "one", &["blob a at 10"]);
    check(&made, "new", &["blob other/d/n -"]);
    let named = show(&made.locate(&[], &|name| name == b"n" || name == b"a"));
    assert_eq!(named.len(), 2);
}

#[test]
fn names_are_found_wherever_they_stand() {
    let mut made = Made::default();
    let commits = line(
        &mut made,
        &[
            &[("p/key/x", "1"), ("q", "2")],
            &[("p/key/x", "3"), ("r/key", "4")],
        ],
    );
    made.name(MAIN, commits[1]);
    let folder = made.files(&[("key/x", "1")]);
    let asked = [holder(folder, Part::FileName)];
    let located = made.locate(&asked, &|name| name == b"key");
    let mut found = show(&located);
    found.sort();
    // The file of that name is told for what it holds, too.
    let expected = [
        "blob r/key at 20",
        "file-name p/key at 10",
        "file-name r/key at 20",
    ];
    assert_eq!(found, expected);
    let without = located.sites.iter().filter(|site| site.asked.is_none());
    assert_eq!(without.count(), 1);
    // Without a wanted name it is the folder itself.
    assert_eq!(
        show(&made.locate(&asked, &|_| false)),
        ["file-name p at 10"]
    );
}

#[test]
fn what_is_not_there_is_told_unless_nothing_needs_it() {
    let mut made = Made::default();
    let gone = Format::Sha1.id_of(Kind::Blob, b"gone");
    let tree = made.tree(&[("a", gone)]);
    let parent = Format::Sha1.id_of(Kind::Commit, b"gone");
    let commit = made.commit(tree, &[parent], 10);
    let told = |made: &Made| missing((&made.store, &made.history()), &made.roots(), true, 2);
    assert!(told(&made).is_empty());
    made.name(MAIN, commit);
    assert_eq!(told(&made).len(), 2);
    made.shallow.push(commit);
    let skips = told(&made);
    assert!(String::from_utf8_lossy(&skips[0].what).contains(&commit.to_string()));
    assert!(matches!(skips[0].reason, SkipReason::Missing(why) if why.contains("shallow")));
    made.is_partial = true;
    assert_eq!(told(&made)[1].what, b"(1 promised objects)");
    made.is_partial = false;
    let many: Vec<(String, Id)> = (0..150)
        .map(|n| (format!("{n}"), Format::Sha1.id_of(Kind::Blob, &[n])))
        .collect();
    let many: Vec<(&str, Id)> = many.iter().map(|(name, id)| (&name[..], *id)).collect();
    let tree = made.tree(&many);
    let commit = made.commit(tree, &[], 20);
    made.name("refs/heads/many", commit);
    assert_eq!(told(&made).len(), 1 + 100 + 1);
}

#[test]
fn trees_that_multiply_or_reach_deep_end_soon() {
    let mut made = Made::default();
    let value = made.blob("value");
    let mut tree = made.tree(&[("f", value)]);
    for _ in 0..40 {
        let names: Vec<String> = (0..10).map(|n| format!("{n}/")).collect();
        let entries: Vec<_> = names.iter().map(|name| (&name[..], tree)).collect();
        tree = made.tree(&entries);
    }
    let commit = made.commit(tree, &[], 10);
    made.name(MAIN, commit);
    let located = made.locate(&[holder(value, Part::Content)], &|_| false);
    assert_eq!(located.sites.len(), 1_000);
    assert!(matches!(
        located.skips[..],
        [ref skip] if skip.reason.name() == "limit"
    ));
    let mut made = Made::default();
    let value = made.blob("value");
    let mut tree = made.tree(&[("f", value)]);
    for _ in 0..10_000 {
        tree = made.tree(&[("d/", tree), ("g", value)]);
    }
    let commit = made.commit(tree, &[], 10);
    made.name(MAIN, commit);
    let located = made.locate(&[holder(value, Part::Content)], &|_| false);
    assert_eq!((located.sites.len(), located.skips.len()), (1_000, 2));
    assert!(missing((&made.store, &made.history()), &made.roots(), true, 2).is_empty());
}

#[test]
fn random_histories_are_as_a_slow_walk_says() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..100 {
        let mut made = Made::default();
        let mut commits: Vec<(Id, Id, Vec<usize>, i64)> = Vec::new();
        for n in 0..random.usize(1..20) {
            let folders = ["", "a/", "b/", "a/c/", "b/a/"];
            let mut files: BTreeMap<String, String> = BTreeMap::new();
            for _ in 0..random.usize(1..5) {
                let path = format!("{}{}", folders[random.usize(..5)], random.usize(3..6));
                files.insert(path, format!("{}", random.usize(..4)));
            }
            let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&a[..], &b[..])).collect();
            let tree = made.files(&files);
            let mut parents: Vec<usize> = (0..n).filter(|_| random.usize(..3) == 0).collect();
            parents.truncate(3);
            let seconds = random.i64(0..30) + 100 * n as i64 * random.i64(0..2);
            let names: Vec<Id> = parents.iter().map(|&at| commits[at].0).collect();
            let commit = made.commit(tree, &names, seconds);
            if commits.iter().any(|known| known.0 == commit) {
                break;
            }
            commits.push((commit, tree, parents, seconds));
        }
        let tip = random.usize(..commits.len());
        made.name(MAIN, commits[tip].0);
        for text in ["0", "1", "2", "3"] {
            let id = Format::Sha1.id_of(Kind::Blob, text.as_bytes());
            assert_eq!(
                made.sites(&[(id, Part::Content)]),
                slow(&made, &commits, tip, id)
            );
        }
    }
}

/// Walks every commit in full, in an order that is found by looking through all again and again.
fn slow(made: &Made, commits: &[(Id, Id, Vec<usize>, i64)], tip: usize, blob: Id) -> Vec<String> {
    let mut live = vec![false; commits.len()];
    live[tip] = true;
    for at in (0..commits.len()).rev() {
        if live[at] {
            commits[at].2.iter().for_each(|&parent| live[parent] = true);
        }
    }
    let mut done: Vec<usize> = Vec::new();
    while done.len() < commits.len() {
        let ready = (0..commits.len()).filter(|at| {
            !done.contains(at) && commits[*at].2.iter().all(|parent| done.contains(parent))
        });
        let next = ready.min_by_key(|&at| (!live[at], commits[at].3, commits[at].0));
        done.push(next.expect("there is no loop"));
    }
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
    for (place, &at) in done.iter().enumerate() {
        let mut paths = Vec::new();
        walk(made, &commits[at].1, "", &blob, &mut paths);
        for path in paths {
            first.entry(path).or_insert(place);
        }
    }
    let mut sites: Vec<(usize, String)> = first.into_iter().map(|(path, at)| (at, path)).collect();
    sites.sort();
    let shown = sites.iter().map(|(place, path)| {
        let at = done[*place];
        let alive = if live[at] { "" } else { "!" };
        format!("blob {path} at {}{alive}", commits[at].3)
    });
    shown.collect()
}

fn walk(made: &Made, tree: &Id, above: &str, blob: &Id, paths: &mut Vec<String>) {
    let (_, bytes) = made
        .store
        .read(tree)
        .expect("memory")
        .expect("the tree is there");
    let mut rest = &bytes[..];
    while let Some(entry) = crate::git::tree::next(&mut rest, Format::Sha1).expect("a tree") {
        let path = format!("{above}{}", String::from_utf8_lossy(entry.name));
        let id = Id::new(Format::Sha1, entry.id).expect("a name");
        if entry.mode == crate::git::tree::Mode::Tree {
            walk(made, &id, &format!("{path}/"), blob, paths);
        } else if id == *blob {
            paths.push(path);
        }
    }
}
