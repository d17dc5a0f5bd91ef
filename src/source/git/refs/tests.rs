//! References as the system's git writes them, and broken ones.

use std::collections::BTreeSet;
use std::fs;

use super::{Refs, log, packed};
use crate::git::{Format, Id};
use crate::source::git::repository::Sandbox;

/// Makes references of all kinds in a repository `repo` with two commits.
fn populate(sandbox: &Sandbox) {
    let git = |args: &[&str]| sandbox.git("repo", args);
    git(&["branch", "topic/deep", "HEAD~1"]);
    git(&["tag", "light"]);
    git(&["tag", "-a", "-m", "words", "v1"]);
    git(&["notes", "add", "-m", "a note"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        "refs/remotes/origin/main",
    ]);
    git(&[
        "symbolic-ref",
        "refs/heads/unborn-alias",
        "refs/heads/not-born",
    ]);
    git(&["branch", "doomed"]);
    git(&["pack-refs", "--all"]);
    git(&["branch", "later"]);
    git(&["branch", "-D", "doomed"]);
    sandbox.write("repo/file", "changed");
    git(&["stash"]);
    sandbox.write("repo/file", "changed again");
    git(&["stash"]);
    git(&["worktree", "add", "-q", "--detach", "../beside", "HEAD~1"]);
    sandbox.git("beside", &["update-ref", "refs/worktree/mine", "HEAD"]);
    git(&["fetch", "-q", ".", "main", "topic/deep"]);
}

/// Compares with what git itself says.
#[track_caller]
fn check(sandbox: &Sandbox) {
    let repository = sandbox.open("repo").expect("it opens");
    let refs = repository.refs();
    assert_eq!(refs.skips, [], "nothing is broken");
    let format = repository.format;
    let listed = sandbox.git(
        "repo",
        &["for-each-ref", "--format=%(objectname) %(refname)"],
    );
    for line in listed.lines() {
        let (hex, name) = line.split_once(' ').expect("two words");
        let id = Id::parse(format, hex.as_bytes());
        assert_eq!(refs.resolve(name.as_bytes()), id, "{name}");
    }
    for short in [
        "HEAD",
        "@",
        "main",
        "topic/deep",
        "v1",
        "light",
        "origin",
        "origin/main",
        "stash",
        "FETCH_HEAD",
        "worktrees/beside/HEAD",
        "worktrees/beside/refs/worktree/mine",
        "ORIG_HEAD",
    ] {
        let said = sandbox.try_git("repo", &["rev-parse", "-q", "--verify", short]);
        let id = said.and_then(|hex| Id::parse(format, hex.as_bytes()));
        assert_eq!(refs.resolve(short.as_bytes()), id, "{short}");
        assert!(id.is_some() || short == "ORIG_HEAD", "{short}");
    }
    assert_eq!(repository.head(), refs.resolve(b"HEAD"));
    let shared = listed.lines().count();
    let names: BTreeSet<_> = refs.names.iter().map(|one| &one.name[..]).collect();
    let below = names.iter().filter(|name| name.starts_with(b"refs/"));
    // The two that git leaves out lead nowhere: an alias, and what it stands for.
    assert_eq!(below.count(), shared + 2, "{names:?}");
    assert!(!names.contains(&b"refs/heads/doomed"[..]));
    assert_eq!(refs.resolve(b"not-born"), None);
    for old in ["HEAD@{1}", "stash@{0}", "stash@{1}", "main@{1}"] {
        let hex = sandbox.git("repo", &["rev-parse", old]);
        let id = Id::parse(format, hex.as_bytes()).expect("an id");
        assert!(refs.logs.binary_search(&id).is_ok(), "{old}");
    }
    let logged = sandbox.git("repo", &["log", "-g", "--all", "--format=%H"]);
    assert!(logged.lines().count() >= 6);
    for hex in logged.lines() {
        let id = Id::parse(format, hex.as_bytes()).expect("an id");
        assert!(refs.logs.binary_search(&id).is_ok(), "{hex}");
    }
    both_work_trees_agree(sandbox, &refs);
}

/// The linked work tree sees the same, by other names.
#[track_caller]
fn both_work_trees_agree(sandbox: &Sandbox, main: &Refs) {
    let linked = sandbox.open("beside").expect("it opens");
    let refs = linked.refs();
    assert_eq!(refs.skips, []);
    assert_eq!(
        refs.resolve(b"HEAD"),
        main.resolve(b"worktrees/beside/HEAD")
    );
    assert_eq!(refs.resolve(b"main-worktree/HEAD"), main.resolve(b"HEAD"));
    assert_eq!(refs.resolve(b"main"), main.resolve(b"main"));
    assert_eq!(linked.head(), refs.resolve(b"HEAD"));
    assert_eq!(refs.logs, main.logs);
}

#[test]
fn references_in_files_are_those_that_git_sees() {
    let sandbox = Sandbox::new();
    assert!(sandbox.repository("repo", &[]));
    populate(&sandbox);
    check(&sandbox);
}

#[test]
fn references_of_sha256_are_those_that_git_sees() {
    let sandbox = Sandbox::new();
    assert!(sandbox.repository("repo", &["--object-format=sha256"]));
    populate(&sandbox);
    assert_eq!(
        sandbox.open("repo").expect("it opens").format,
        Format::Sha256
    );
    check(&sandbox);
}

#[test]
fn references_in_tables_are_those_that_git_sees() {
    for format in ["sha1", "sha256"] {
        let sandbox = Sandbox::new();
        let init = ["--ref-format=reftable", "--object-format", format];
        if !sandbox.repository("repo", &init) {
            // An older git knows no tables.
            return;
        }
        populate(&sandbox);
        check(&sandbox);
        // Many names make several blocks, an index, and a stack that is merged.
        let id = sandbox.git("repo", &["rev-parse", "HEAD"]);
        for step in 0..3 {
            let names = (0..700).map(|n| format!("create refs/heads/many/{step}/{n:05} {id}\n"));
            sandbox.write("commands", names.collect::<String>());
            let update = "git update-ref --stdin <../commands";
            sandbox.git("repo", &["-c", &format!("alias.many=!{update}"), "many"]);
        }
        check(&sandbox);
    }
}

#[test]
fn damaged_tables_neither_panic_nor_pass_unnoticed() {
    let sandbox = Sandbox::new();
    if !sandbox.repository("repo", &["--ref-format=reftable"]) {
        return;
    }
    populate(&sandbox);
    sandbox.git("repo", &["pack-refs"]);
    let repository = sandbox.open("repo").expect("it opens");
    let folder = sandbox.path("repo/.git/reftable");
    let list = fs::read_to_string(folder.join("tables.list")).expect("a list");
    let path = folder.join(list.lines().next().expect("a table"));
    let whole = fs::read(&path).expect("a table");
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..1_000 {
        let mut bytes = whole.clone();
        for _ in 0..random.usize(1..8) {
            let at = random.usize(..bytes.len());
            bytes[at] = random.u8(..);
        }
        bytes.truncate(random.usize(whole.len() / 2..2 * whole.len()));
        if random.bool() {
            resign(&mut bytes);
        }
        fs::remove_file(&path).expect("it was there");
        fs::write(&path, &bytes).expect("it is written");
        let refs = repository.refs();
        let is_framed = bytes.len() > 68 && refs.skips.is_empty();
        assert!(is_framed || !refs.skips.is_empty());
    }
    fs::remove_file(&path).expect("it was there");
    assert_eq!(repository.refs().skips[0].reason.name(), "missing");
}

/// Makes header and checksum of a footer fit again, so that what lies between is read.
fn resign(bytes: &mut [u8]) {
    let Some(at) = bytes.len().checked_sub(68).filter(|&at| at >= 24) else {
        return;
    };
    let (body, footer) = bytes.split_at_mut(at);
    footer[..24].copy_from_slice(&body[..24]);
    let sum = crc32fast::hash(&footer[..64]);
    footer[64..].copy_from_slice(&sum.to_be_bytes());
}

#[test]
fn a_broken_reference_is_named_and_the_rest_is_read() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    sandbox.git("repo", &["pack-refs", "--all"]);
    sandbox.write("repo/.git/refs/heads/broken", "not an id\n");
    sandbox.write("repo/.git/refs/heads/empty", "");
    sandbox.write("repo/.git/refs/heads/round", "ref: refs/heads/square\n");
    sandbox.write("repo/.git/refs/heads/square", "ref: refs/heads/round\n");
    sandbox.write("repo/.git/COMMIT_EDITMSG", "words\n");
    sandbox.write("repo/.git/MERGE_HEAD", "words\n");
    sandbox.write("repo/.git/logs/refs/heads/main", "words\n");
    let repository = sandbox.open("repo").expect("it opens");
    let refs = repository.refs();
    let skipped: Vec<_> = refs
        .skips
        .iter()
        .map(|skip| String::from_utf8_lossy(&skip.what))
        .collect();
    assert_eq!(
        skipped,
        [
            "repo/.git/MERGE_HEAD",
            "repo/.git/logs/refs/heads/main",
            "repo/.git/refs/heads/broken",
            "repo/.git/refs/heads/empty",
            "refs/heads/round",
            "refs/heads/square",
        ]
        .map(|path| path.trim_start_matches("repo/"))
    );
    assert_eq!(refs.resolve(b"main"), repository.head());
    assert!(repository.head().is_some());
}

#[cfg(unix)]
#[test]
fn references_lead_out_of_the_root_by_no_way() {
    let sandbox = Sandbox::new();
    sandbox.repository("in/repo", &[]);
    sandbox.repository("out", &[]);
    sandbox.write("out/file", "three");
    sandbox.git("out", &["commit", "-qam", "three"]);
    let canary = sandbox.git("out", &["rev-parse", "HEAD"]);
    let out = sandbox.path("out/.git");
    sandbox.link(&out.join("refs/heads"), "in/repo/.git/refs/heads/folder");
    sandbox.link(&out.join("refs/heads/main"), "in/repo/.git/refs/heads/file");
    sandbox.link(&out.join("logs"), "in/repo/.git/logs/elsewhere");
    sandbox.link(&out.join("ORIG_HEAD"), "in/repo/.git/MERGE_HEAD");
    sandbox.link(&out.join("refs/heads/main"), "in/repo/.git/packed-refs");
    sandbox.write(
        "in/repo/.git/HEAD",
        "ref: ../../../out/.git/refs/heads/main\n",
    );
    sandbox.git("out", &["update-ref", "ORIG_HEAD", "HEAD"]);
    let repository = sandbox.open("in/repo").expect("it opens");
    let refs = repository.refs();
    let canary = Id::parse(Format::Sha1, canary.as_bytes()).expect("an id");
    assert!(refs.names.iter().all(|one| one.target != Some(canary)));
    assert!(refs.logs.binary_search(&canary).is_err());
    assert_eq!(repository.head(), None);
    assert_eq!(refs.skips.len(), 5, "{:?}", refs.skips);
    assert!(
        refs.skips
            .iter()
            .all(|skip| skip.reason.to_string().contains("--root"))
    );
}

#[cfg(unix)]
#[test]
fn links_within_the_root_are_followed_once() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    let heads = sandbox.path("repo/.git/refs/heads");
    sandbox.link(&heads, "repo/.git/refs/heads/round");
    sandbox.link("refs/heads/main".as_ref(), "repo/.git/refs/heads/old-style");
    let refs = sandbox.open("repo").expect("it opens").refs();
    assert_eq!(refs.skips, []);
    assert_eq!(refs.resolve(b"old-style"), refs.resolve(b"main"));
}

#[cfg(unix)]
#[test]
fn pipes_and_endless_folders_stall_nothing() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    let pipe = "repo/.git/refs/heads/pipe";
    let status = std::process::Command::new("mkfifo")
        .arg(sandbox.path(pipe))
        .status();
    assert!(status.is_ok_and(|status| status.success()));
    let deep = format!("repo/.git/refs/heads/{}x", "d/".repeat(200));
    sandbox.write(&deep, "0");
    let refs = sandbox.open("repo").expect("it opens").refs();
    let reasons: Vec<_> = refs.skips.iter().map(|skip| skip.reason.name()).collect();
    assert_eq!(reasons, ["limit", "unreadable"]);
    assert!(refs.resolve(b"main").is_some());
}

#[test]
fn lists_of_tables_lead_nowhere_else() {
    let sandbox = Sandbox::new();
    sandbox.repository("repo", &[]);
    let config = "[core]\nrepositoryformatversion = 1\n[extensions]\nrefstorage = reftable\n";
    sandbox.write("repo/.git/config", config);
    sandbox.write("repo/.git/a.ref", "REFT");
    sandbox.write("repo/.git/reftable/b.ref", "REFT");
    let list = "../a.ref\n/etc/hostname\nb.ref\nb.ref\ngone.ref\n";
    sandbox.write("repo/.git/reftable/tables.list", list);
    let refs = sandbox.open("repo").expect("it opens").refs();
    let reasons: Vec<_> = refs
        .skips
        .iter()
        .map(|skip| {
            let what = String::from_utf8_lossy(&skip.what);
            format!("{what}: {}", skip.reason.name())
        })
        .collect();
    let list = ".git/reftable/tables.list: damaged";
    let (short, gone) = (
        ".git/reftable/b.ref: damaged",
        ".git/reftable/gone.ref: missing",
    );
    assert_eq!(reasons, [short, gone, list, list, list]);
}

#[test]
fn lines_that_are_none_are_counted_and_passed_over() {
    let hex = "a".repeat(40);
    let text = format!("# pack-refs\n{hex} refs/x\n^{hex}\nwords\n{hex}\n{hex} refs/y");
    let mut n_lines = 0;
    let broken = packed::parse(text.as_bytes(), Format::Sha1, |_| n_lines += 1);
    assert_eq!((broken, n_lines), (Some(4), 3));
    let text = format!("{hex} {hex} Ann <> 1 +0000\tx\n{hex}\n\n");
    let mut n_ids = 0;
    let broken = log::parse(text.as_bytes(), Format::Sha1, |_| n_ids += 1);
    assert_eq!((broken, n_ids), (Some(2), 3));
}
