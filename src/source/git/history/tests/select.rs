//! Which commits and objects revisions stand for, against sets that are made in full.

use std::collections::HashSet;

use crate::error::Error;
use crate::git::{Format, Id, Kind, tree};
use crate::source::git::history::fixture::Made;
use crate::source::git::history::tests::{MAIN, line};
use crate::source::git::history::{Listing, Meant, reachable, revisions, select};

fn resolve(made: &Made, words: &[&str]) -> Result<Meant, Error> {
    let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
    revisions(&made.store, &words, &|name| {
        let full = [b"refs/heads/", name].concat();
        let found = made
            .names
            .iter()
            .find(|known| known.0 == name || known.0 == full);
        found.map(|known| known.1)
    })
}

/// Names of files and messages of commits that are selected, sorted.
fn selected(made: &Made, meant: &Meant, since: Option<i64>) -> Vec<String> {
    let selected = select(&made.store, &made.roots(), (meant, since), 2);
    assert_eq!(selected.skips, []);
    let mut shown = Vec::new();
    for number in (0..made.store.len()).filter(|&n| selected.is_meant[n as usize]) {
        let (kind, bytes) = made
            .store
            .read(&made.store.id(number))
            .expect("memory")
            .expect("it is there");
        let text = String::from_utf8_lossy(&bytes).trim_end().to_owned();
        match kind {
            Kind::Blob => shown.push(text),
            Kind::Commit => shown.push(text.rsplit('\n').next().unwrap_or_default().to_owned()),
            Kind::Tag => shown.push("tag".to_owned()),
            Kind::Tree => {}
        }
    }
    shown.sort();
    shown
}

#[test]
fn revisions_are_read_as_git_reads_them() {
    let mut made = Made::default();
    let commits = line(&mut made, &[&[("a", "1")], &[("a", "2")], &[("a", "3")]]);
    let tree = made.files(&[("a", "4")]);
    let side = made.commit(tree, &[commits[0]], 40);
    let merge = made.commit(tree, &[commits[2], side], 50);
    let tag = made.tag(side, "commit");
    for (name, id) in [("HEAD", merge), (MAIN, merge), ("refs/tags/v1", tag)] {
        made.name(name, id);
    }
    made.name("v1", tag);
    let one = |word: &str| resolve(&made, &[word]).expect(word);
    for (word, id) in [
        ("main", merge),
        ("HEAD", merge),
        ("@", merge),
        ("main^", commits[2]),
        ("main^1~1", commits[1]),
        ("main~3", commits[0]),
        ("main^2", side),
        ("main^2^", commits[0]),
        ("main^0", merge),
        ("v1", tag),
        ("v1^{}", side),
        ("v1^{commit}", side),
        ("v1~1", commits[0]),
        (&side.to_string(), side),
        (&side.to_string()[..9], side),
        (&side.to_string().to_uppercase()[..12], side),
    ] {
        assert_eq!(one(word).include, [id], "{word}");
    }
    let meant = |include: &[Id], exclude: &[Id]| Meant {
        include: include.to_vec(),
        exclude: exclude.to_vec(),
    };
    assert_eq!(one("v1..main"), meant(&[merge], &[tag]));
    assert_eq!(one("main~1.."), meant(&[merge], &[commits[2]]));
    assert_eq!(one("^main~1"), meant(&[], &[commits[2]]));
    assert_eq!(one("main~1...v1"), meant(&[commits[2], tag], &[commits[0]]));
    for word in [
        "",
        "^",
        "no",
        "main~9",
        "main^3",
        "main^{tree}",
        "main^x",
        "0000",
        "zzzz..main",
    ] {
        let error = resolve(&made, &[word]).expect_err(word);
        assert!(error.to_string().contains(&format!("{word:?}")), "{error}");
    }
    let known: HashSet<String> = (0..2_000)
        .map(|n| made.blob(&format!("{n}")).to_string()[..4].to_owned())
        .collect();
    assert!(known.len() < 2_000, "two begin alike");
    let twice = (0..made.store.len()).find_map(|n| {
        let begin = made.store.id(n).to_string()[..4].to_owned();
        resolve(&made, &[&begin]).err()
    });
    assert!(twice.expect("one of them").to_string().contains("several"));
}

#[test]
fn a_range_holds_what_its_commits_add() {
    let mut made = Made::default();
    let commits = line(
        &mut made,
        &[
            &[("a", "1"), ("d/x", "deep")],
            &[("a", "2"), ("d/x", "deep")],
            &[("b", "1"), ("d/x", "deep")],
            &[("b", "3"), ("e/x", "deep")],
        ],
    );
    let tag = made.tag(commits[3], "commit");
    made.name(MAIN, tag);
    let meant = |words: &[&str]| resolve(&made, words).expect("they are right");
    let range = meant(&["main~2..main"]);
    assert_eq!(
        selected(&made, &range, None),
        ["1", "3", "at 30", "at 40", "tag"]
    );
    // Known again is what the commit before had.
    let range = meant(&["main~1..main"]);
    assert_eq!(selected(&made, &range, None), ["3", "at 40", "tag"]);
    assert_eq!(selected(&made, &meant(&["main", "^main"]), None), ["tag"]);
    let all = selected(&made, &meant(&["main"]), None);
    assert_eq!(all.len(), 4 + 4 + 1);
    let since = selected(&made, &meant(&["main"]), Some(31));
    assert_eq!(since, ["3", "at 40", "tag"]);
}

#[test]
fn what_a_range_names_and_is_not_here_is_told() {
    let mut made = Made::default();
    let gone = Format::Sha1.id_of(Kind::Blob, b"gone");
    let tree = made.tree(&[("a", gone)]);
    let parent = Format::Sha1.id_of(Kind::Commit, b"gone");
    let commit = made.commit(tree, &[parent], 10);
    let meant = Meant {
        include: vec![commit],
        exclude: vec![parent],
    };
    let told = select(&made.store, &made.roots(), (&meant, None), 2).skips;
    assert_eq!(told.len(), 2);
    let follows = made.commit(tree, &[commit], 20);
    let meant = Meant {
        include: vec![follows],
        exclude: vec![commit],
    };
    // What is known already need not be here.
    assert_eq!(
        select(&made.store, &made.roots(), (&meant, None), 2).skips,
        []
    );
}

#[test]
fn reachable_is_what_references_reflogs_and_indexes_hold() {
    let mut made = Made::default();
    let commits = line(&mut made, &[&[("a/b", "1")], &[("a/b", "2")]]);
    let (tree, lone) = (made.files(&[("c", "3")]), made.blob("4"));
    let logged = made.commit(tree, &[], 30);
    made.name(MAIN, commits[0]);
    let count = |made: &Made| {
        let selected = reachable(&made.store, &made.history(), &made.roots(), 2);
        selected
            .is_meant
            .iter()
            .filter(|&&is_meant| is_meant)
            .count()
    };
    assert_eq!(count(&made), 4);
    made.logs.push(logged);
    assert_eq!(count(&made), 7);
    made.indexes.push(Listing {
        work_tree: Vec::new(),
        entries: vec![(b"x".to_vec(), 0o100_644, lone)],
    });
    assert_eq!(count(&made), 8);
    let tag = made.tag(commits[1], "commit");
    made.name("refs/tags/v1", tag);
    assert_eq!(count(&made), made.store.len() as usize);
}

/// Everything below a tree.
fn below(made: &Made, tree: &Id, found: &mut HashSet<Id>) {
    found.insert(*tree);
    let (_, bytes) = made
        .store
        .read(tree)
        .expect("memory")
        .expect("the tree is there");
    let mut rest = &bytes[..];
    while let Some(entry) = tree::next(&mut rest, Format::Sha1).expect("a tree") {
        let id = Id::new(Format::Sha1, entry.id).expect("a name");
        match entry.mode {
            tree::Mode::Tree => below(made, &id, found),
            _ => _ = found.insert(id),
        }
    }
}

#[test]
fn random_ranges_are_what_sets_say() {
    let mut random = fastrand::Rng::with_seed(3);
    for round in 0..200 {
        let mut made = Made::default();
        let mut commits: Vec<(Id, Id, HashSet<usize>, Vec<usize>)> = Vec::new();
        for n in 0..random.usize(2..25) {
            let files: Vec<(String, String)> = (0..random.usize(1..5))
                .map(|i| {
                    (
                        format!("{}{i}", ["", "a/", "b/"][random.usize(..3)]),
                        format!("{}", random.u8(..9)),
                    )
                })
                .collect();
            let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (&a[..], &b[..])).collect();
            let tree = made.files(&files);
            let mut parents: Vec<usize> = (0..n).rev().filter(|_| random.u8(..3) == 0).collect();
            parents.truncate(3);
            // Clocks that are wrong make a range larger only, never smaller.
            let seconds = if round % 2 == 0 {
                10 * n as i64
            } else {
                random.i64(0..100)
            };
            let names: Vec<Id> = parents.iter().map(|&at| commits[at].0).collect();
            let id = made.commit(tree, &names, 1_000 + seconds * 100 + n as i64);
            let mut before: HashSet<usize> = parents
                .iter()
                .flat_map(|&at| commits[at].2.clone())
                .collect();
            before.insert(n);
            commits.push((id, tree, before, parents));
        }
        let (a, b) = (random.usize(..commits.len()), random.usize(..commits.len()));
        let meant: Vec<usize> = commits[b].2.difference(&commits[a].2).copied().collect();
        let (mut known, mut expected) = (HashSet::new(), HashSet::new());
        for &at in &meant {
            expected.insert(commits[at].0);
            below(&made, &commits[at].1, &mut expected);
            let boundary = commits[at]
                .3
                .iter()
                .filter(|parent| !meant.contains(parent));
            boundary.for_each(|&parent| below(&made, &commits[parent].1, &mut known));
        }
        let expected: HashSet<Id> = expected.difference(&known).copied().collect();
        for since in [None, Some(0)] {
            let range = Meant {
                include: vec![commits[b].0],
                exclude: vec![commits[a].0],
            };
            let selected = select(&made.store, &made.roots(), (&range, since), 2);
            let numbers = (0..made.store.len()).filter(|&n| selected.is_meant[n as usize]);
            let found: HashSet<Id> = numbers.map(|n| made.store.id(n)).collect();
            if round % 2 == 0 || since.is_some() {
                assert_eq!(found, expected, "round {round}");
            } else {
                let commits = meant.iter().map(|&at| commits[at].0);
                assert!(
                    commits.into_iter().all(|id| found.contains(&id)),
                    "round {round}"
                );
            }
        }
    }
}
