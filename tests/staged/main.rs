//! What the next commit would add, in repositories that git makes.

mod found;
mod world;

use std::fs;

use leakgate::error::Error;
use leakgate::source::Staged;
use leakgate::source::git::Environment;

use world::{World, take};

#[test]
fn without_a_commit_everything_is_new() {
    for format in ["sha1", "sha256"] {
        let world = World::with(format);
        assert!(world.take().blobs.is_empty());
        world.stage(&[("a", "1\n"), ("b/c", "2\n"), ("b/d/e", "3\n")]);
        world.agrees_with_git();
        let taken = world.take();
        assert_eq!(taken.one("b/c").new, "2\n");
        assert!(taken.one("b/c").is_new_path);
        assert!(taken.skips.is_empty());
    }
}

#[test]
fn what_is_handed_over_is_what_git_would_commit() {
    for format in ["sha1", "sha256"] {
        let world = World::with(format);
        let files: Vec<_> = (0..60)
            .map(|n| (format!("d{}/e{}/f{n}", n % 5, n % 3), format!("{n}\n")))
            .collect();
        let files: Vec<_> = files.iter().map(|(a, b)| (&a[..], &b[..])).collect();
        world.commit(&files);
        world.agrees_with_git();
        let mut random = fastrand::Rng::with_seed(3);
        for round in 0..6 {
            for _ in 0..random.usize(1..8) {
                let path = files[random.usize(0..files.len())].0;
                match random.u8(0..5) {
                    0 => drop(fs::remove_file(world.path(path))),
                    1 if !world.path(path).is_dir() => {
                        drop(fs::remove_file(world.path(path)));
                        world.write(&format!("{path}/below"), "folder\n");
                    }
                    2 => world.write(&format!("d{}.x", random.u8(0..9)), "beside\n"),
                    3 => world.write(&format!("d1/e1-{}/n", random.u8(0..9)), "new\n"),
                    _ if world.path(path).is_dir() => {}
                    _ => world.write(path, &format!("{}\n", random.u32(..))),
                }
            }
            world.git(&["add", "-A"]);
            world.agrees_with_git();
            if round % 2 == 1 {
                world.git(&["commit", "-qm", "more"]);
                world.agrees_with_git();
            }
        }
    }
}

#[test]
fn the_index_counts_and_not_the_work_tree() {
    let world = World::new();
    world.commit(&[("a", "1\n")]);
    world.stage(&[("a", "1\nstaged\n")]);
    world.write("a", "not staged\n");
    world.write("b", "not staged\n");
    let taken = world.take();
    assert_eq!(taken.paths(), ["a"]);
    let given = taken.one("a");
    assert_eq!(
        (&given.text[..], &given.new[..]),
        ("1\nstaged\n", "staged\n")
    );
    assert!(!given.is_new_path);
    assert_eq!(given.part, "blob");
}

#[test]
fn deleted_and_intended_files_submodules_and_modes_add_nothing() {
    let world = World::new();
    world.commit(&[("gone", "1\n"), ("run", "2\n")]);
    fs::remove_file(world.path("gone")).expect("it was there");
    let head = world.git(&["rev-parse", "HEAD"]);
    world.git(&["add", "-A"]);
    world.git(&["update-index", "--chmod=+x", "run"]);
    let module = format!("160000,{},module", head.trim());
    world.git(&["update-index", "--add", "--cacheinfo", &module]);
    world.write("intended", "3\n");
    world.git(&["add", "-N", "intended"]);
    let taken = world.take();
    assert!(taken.blobs.is_empty(), "{taken:?}");
    assert!(taken.skips.is_empty(), "{taken:?}");
}

#[test]
fn a_moved_file_adds_only_its_name() {
    let world = World::new();
    world.commit(&[
        ("old/a", "1\n2\n3\n4\n"),
        ("old/b", "5\n6\n7\n8\n"),
        ("keep", "9\n"),
    ]);
    world.git(&["mv", "old", "new"]);
    world.stage(&[("new/b", "5\n6\n7\nother\n")]);
    let taken = world.take();
    assert_eq!(taken.paths(), ["new/a", "new/b"]);
    assert_eq!(taken.one("new/a").new, "");
    assert!(taken.one("new/a").is_new_path);
    assert_eq!(taken.one("new/b").new, "other\n");
    // A copy of what stays is new.
    world.stage(&[("copy", "9\n")]);
    assert_eq!(world.take().one("copy").new, "9\n");
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_its_target() {
    let world = World::new();
    world.commit(&[("a", "1\n")]);
    fs::remove_file(world.path("a")).expect("it was there");
    std::os::unix::fs::symlink("some/where", world.path("a")).expect("a link is made");
    world.git(&["add", "-A"]);
    let taken = world.take();
    let given = taken.one("a");
    assert_eq!(
        (&given.new[..], given.part),
        ("some/where", "symlink-target")
    );
}

#[test]
fn a_merge_adds_what_neither_side_has() {
    let world = World::new();
    world.commit(&[("a", "1\n2\n3\n4\n5\n"), ("b", "b\n")]);
    world.git(&["checkout", "-qb", "side"]);
    world.commit(&[("a", "1\n2\n3\n4\nside\n"), ("theirs", "theirs\n")]);
    world.git(&["checkout", "-q", "main"]);
    world.commit(&[("a", "main\n2\n3\n4\n5\n"), ("ours", "ours\n")]);
    world.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
    let taken = world.take();
    assert_eq!(taken.paths(), ["a"]);
    assert_eq!(taken.one("a").new, "");
    world.stage(&[("a", "main\n2\nboth\n4\nside\n"), ("c", "c\n")]);
    let taken = world.take();
    assert_eq!(taken.paths(), ["a", "c"]);
    assert_eq!(taken.one("a").new, "both\n");
}

#[test]
fn a_conflict_is_scanned_and_named() {
    let world = World::new();
    world.commit(&[("a", "1\n")]);
    world.git(&["checkout", "-qb", "side"]);
    world.commit(&[("a", "side\n")]);
    world.git(&["checkout", "-q", "main"]);
    world.commit(&[("a", "main\n")]);
    assert!(
        !world
            .try_git(&["cherry-pick", "side"], b"")
            .status
            .success()
    );
    let taken = world.take();
    assert_eq!(taken.one("a").text, "side\n");
    assert!(taken.skips["a"].starts_with("unmerged: "), "{taken:?}");
}

#[test]
fn an_object_that_is_not_there_is_named() {
    let world = World::new();
    world.commit(&[("a", "1\n"), ("d/e", "2\n")]);
    let lost = |spec: &str| {
        let hex = world.git(&["rev-parse", spec]);
        let path = format!(".git/objects/{}/{}", &hex[..2], hex[2..].trim());
        fs::remove_file(world.path(path)).expect("it was there");
    };
    world.stage(&[("b", "lost\n"), ("c", "kept\n"), ("d/f", "new\n")]);
    lost(":b");
    let taken = world.take();
    assert_eq!(taken.paths(), ["c", "d/f"]);
    assert!(
        taken.skips["b"].contains("not in this repository"),
        "{taken:?}"
    );
    // Of a folder of which nothing is known everything is new.
    lost("HEAD:d");
    let taken = world.take();
    assert_eq!(taken.paths(), ["c", "d/e", "d/f"]);
    assert!(taken.skips.contains_key("d/"), "{taken:?}");
    lost("HEAD");
    let taken = world.take();
    assert_eq!(taken.paths(), ["a", "c", "d/e", "d/f"]);
    assert!(taken.skips.contains_key("(HEAD)"), "{taken:?}");
    fs::write(world.path(".git/index"), "DIRC").expect("it is written");
    let taken = world.take();
    assert!(
        taken.skips["(index)"].starts_with("git index: damaged"),
        "{taken:?}"
    );
}

#[test]
fn no_repository_is_an_error() {
    let folder = tempfile::tempdir().expect("a temporary folder is made");
    let staged = Staged {
        repository: folder.path().join("nowhere"),
        ..Staged::default()
    };
    assert!(matches!(staged.open(), Err(Error::NoTarget { .. })));
    let staged = Staged {
        repository: folder.path().to_owned(),
        ..Staged::default()
    };
    assert!(matches!(staged.open(), Err(Error::NoRepository { .. })));
    let world = World::new();
    world.git(&["init", "-q", "--bare", "bare.git"]);
    let staged = Staged {
        repository: world.path("bare.git"),
        ..Staged::default()
    };
    assert!(matches!(staged.open(), Err(Error::Repository { .. })));
}

#[test]
fn large_files_are_read_where_they_are() {
    let world = World::new();
    let oid = "4a".repeat(32);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 6\n");
    world.stage(&[("big", &pointer)]);
    let taken = world.take();
    assert_eq!(taken.one("big").text, pointer);
    assert!(
        taken.skips["big"].contains("kept by Git LFS and not here"),
        "{taken:?}"
    );
    world.write(&format!(".git/lfs/objects/4a/4a/{oid}"), "large\n");
    let taken = world.take();
    assert!(taken.skips.is_empty(), "{taken:?}");
    let texts: Vec<_> = taken.blobs["big"]
        .iter()
        .map(|given| &given.new[..])
        .collect();
    assert_eq!(texts, ["large\n", &pointer]);
}

#[test]
fn every_kind_of_index_is_compared() {
    let world = World::new();
    let files: Vec<_> = (0..40)
        .map(|n| (format!("d{}/e{}/f{n}", n % 5, n % 3), format!("{n}\n")))
        .collect();
    let files: Vec<_> = files.iter().map(|(a, b)| (&a[..], &b[..])).collect();
    world.commit(&files);
    world.git(&["update-index", "--split-index"]);
    world.stage(&[("d1/e1/f1", "changed\n"), ("d9", "new\n")]);
    world.agrees_with_git();
    world.git(&["update-index", "--no-split-index", "--index-version", "4"]);
    world.agrees_with_git();
    world.git(&["commit", "-qm", "more"]);
    let first = world.git(&["rev-parse", "HEAD~1"]);
    world.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "d2"]);
    world.stage(&[("d2/e2/f2", "changed\n")]);
    world.agrees_with_git();
    let next = world.staged().open().expect("there is a repository");
    let file = next.staged_file(b"d1/e1/f1").expect("it is there");
    assert_eq!(file, Some(b"changed\n".to_vec()));
    // Folders of the index that are not those of HEAD.
    world.git(&["update-ref", "HEAD", first.trim()]);
    world.agrees_with_git();
    assert_eq!(world.take().paths(), ["d1/e1/f1", "d2/e2/f2", "d9"]);
}

#[test]
fn environments_of_hooks_are_followed() {
    let world = World::new();
    world.commit(&[("a", "1\n")]);
    world.git(&["worktree", "add", "-q", "linked"]);
    world.write("linked/b", "2\n");
    world.git(&["-C", "linked", "add", "b"]);
    let mut staged = world.staged();
    staged.repository = world.path("linked");
    assert_eq!(take(&staged).paths(), ["b"]);

    // As `git commit FILE` does it, with an index of its own.
    fs::copy(world.path(".git/index"), world.path(".git/next-index")).expect("it is copied");
    world.stage(&[("c", "3\n")]);
    let environment = Environment {
        git_dir: Some(world.path(".git")),
        index_file: Some(world.path(".git/next-index")),
        ..Environment::default()
    };
    let staged = Staged {
        environment,
        ..world.staged()
    };
    assert!(take(&staged).blobs.is_empty());
    assert!(world.take().blobs.contains_key("c"));
}

#[test]
fn a_staged_file_is_read_from_the_index() {
    let world = World::new();
    world.stage(&[("leakgate.toml", "staged = 1\n"), ("d/e", "2\n")]);
    world.write("leakgate.toml", "not = 1\n");
    world.write("other.toml", "not = 1\n");
    world.git(&["add", "-N", "other.toml"]);
    let next = world.staged().open().expect("there is a repository");
    let read = |path: &[u8]| {
        let file = next.staged_file(path).expect("it is there");
        file.map(|bytes| String::from_utf8(bytes).expect("it is text"))
    };
    assert_eq!(read(b"leakgate.toml").as_deref(), Some("staged = 1\n"));
    assert_eq!(read(b"d/e").as_deref(), Some("2\n"));
    for path in [&b"d"[..], b"other.toml", b"nothing", b"d/e/f", b""] {
        assert_eq!(read(path), None);
    }
}
