//! Indexes as git writes them, and damaged ones.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::Index;
use crate::git::Format;

/// Runs git in a folder, with nothing of whoever runs the tests.
fn git(folder: &Path, words: &[&str]) -> String {
    git_from(folder, words, Stdio::null())
}

fn git_from(folder: &Path, words: &[&str], input: Stdio) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", folder)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TEST_SPLIT_INDEX", "0")
        .args(["-c", "init.defaultBranch=main", "-c", "user.name=A"])
        .args(["-c", "user.email=a@example.com", "-c", "gc.auto=0"])
        .args(words)
        .stdin(input)
        .output()
        .expect("git is there");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {words:?}: {error}");
    String::from_utf8(output.stdout).expect("paths of these tests are text")
}

/// A repository of this format with files in folders, all staged.
fn repository(format: Format) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder is made");
    let path = folder.path();
    let word = format!("--object-format={}", format.word());
    git(path, &["init", "-q", &word]);
    let long = "x".repeat(200);
    for n in 0..200 {
        let below = path.join(format!("folder-{}/{}/{long}", n % 7, n % 3));
        fs::create_dir_all(&below).expect("a folder is made");
        let file = below.join(format!("file {n}"));
        fs::write(file, n.to_string()).expect("a file is written");
    }
    git(path, &["add", "."]);
    folder
}

/// Compares what is read with what git says, and returns the file's bytes.
#[track_caller]
fn check(path: &Path, format: Format) -> Vec<u8> {
    let file = path.join(".git/index");
    let index = Index::read(&file, format).expect("git wrote it");
    let mut listed = String::new();
    for entry in &index.entries {
        let name = String::from_utf8_lossy(index.path(entry));
        listed += &format!("{:06o} {} {}\t{name}\0", entry.mode, entry.id, entry.stage);
        assert!(index.find(index.path(entry)).contains(entry));
    }
    assert_eq!(
        listed,
        git(path, &["ls-files", "-s", "-z", "--sparse"]),
        "{format:?}"
    );
    fs::read(file).expect("it is there")
}

#[test]
fn every_version_and_format_is_read_as_git_reads_it() {
    for format in [Format::Sha1, Format::Sha256] {
        let folder = repository(format);
        let path = folder.path();
        for version in ["2", "4", "3"] {
            if version == "3" {
                fs::write(path.join("intended"), "x").expect("a file is written");
                git(path, &["add", "-N", "intended"]);
            }
            git(path, &["update-index", "--index-version", version]);
            let bytes = check(path, format);
            assert_eq!(bytes[7..8], [version.as_bytes()[0] - b'0']);
        }
        let index = Index::read(&path.join(".git/index"), format).expect("git wrote it");
        let intended: Vec<_> = index.entries.iter().filter(|e| e.intent_to_add).collect();
        assert_eq!(intended.len(), 1);
        assert_eq!(index.path(intended[0]), b"intended");
    }
}

#[test]
fn split_indexes_are_joined() {
    for version in ["2", "4"] {
        let folder = repository(Format::Sha1);
        let path = folder.path();
        git(path, &["update-index", "--index-version", version]);
        git(path, &["update-index", "--split-index"]);
        check(path, Format::Sha1);
        // Changed, deleted and new ones, with the shared index as it was.
        let keep = "splitIndex.maxPercentChange=100";
        for n in 0..60 {
            let file = format!("folder-{}/{}/{}/file {n}", n % 7, n % 3, "x".repeat(200));
            match n % 3 {
                0 => fs::write(path.join(file), "changed").expect("a file is written"),
                1 => fs::remove_file(path.join(file)).expect("it was there"),
                _ => fs::write(path.join(file + "a"), "new").expect("a file is written"),
            }
        }
        git(path, &["-c", keep, "add", "-A", "."]);
        let bytes = check(path, Format::Sha1);
        assert!(memchr::memmem::find(&bytes, b"link").is_some());
        assert!(bytes.len() < 20_000, "{} bytes", bytes.len());

        let shared = fs::read_dir(path.join(".git")).expect("it is there");
        for entry in shared.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"shared") {
                fs::remove_file(entry.path()).expect("it was there");
            }
        }
        let reason =
            Index::read(&path.join(".git/index"), Format::Sha1).expect_err("it is refused");
        assert_eq!(reason.name(), "missing");
    }
}

#[test]
fn sparse_indexes_keep_their_folders() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    git(path, &["commit", "-qm", "all"]);
    let set = ["sparse-checkout", "set", "--cone", "--sparse-index"];
    git(path, &[&set[..], &["folder-1/2"]].concat());
    check(path, Format::Sha1);
    let index = Index::read(&path.join(".git/index"), Format::Sha1).expect("git wrote it");
    let folders = index.entries.iter().filter(|e| e.mode == 0o040_000);
    assert_eq!(folders.count(), 8);
    assert_eq!(index.find(b"folder-2/").len(), 1);
}

#[test]
fn conflicts_have_stages() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    let id = git(path, &["hash-object", "-w", "folder-0/0/../../.git/HEAD"]);
    let id = id.trim();
    let lines = format!("100644 {id} 1\tc\n100644 {id} 2\tc\n100644 {id} 3\tc\n");
    fs::write(path.join("lines"), lines).expect("a file is written");
    let lines = fs::File::open(path.join("lines")).expect("it is there");
    git_from(path, &["update-index", "--index-info"], lines.into());
    check(path, Format::Sha1);
    let index = Index::read(&path.join(".git/index"), Format::Sha1).expect("git wrote it");
    let stages: Vec<_> = index.find(b"c").iter().map(|entry| entry.stage).collect();
    assert_eq!(stages, [1, 2, 3]);
}

#[test]
fn folders_are_known_as_trees() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    git(path, &["commit", "-qm", "all"]);
    git(path, &["read-tree", "HEAD"]);
    let index = Index::read(&path.join(".git/index"), Format::Sha1).expect("git wrote it");
    let root = index.trees.root().expect("git knows trees");
    let tree = index.trees.tree(root, index.entries.len()).expect("valid");
    assert_eq!(
        tree.to_string(),
        git(path, &["rev-parse", "HEAD^{tree}"]).trim()
    );
    let children = index.trees.children(root);
    assert_eq!(children.len(), 7);
    let (name, child) = children[3];
    assert_eq!(name, b"folder-3");
    let lines = git(path, &["ls-files", "folder-3"]).lines().count();
    let tree = index.trees.tree(child, lines).expect("valid");
    assert_eq!(
        tree.to_string(),
        git(path, &["rev-parse", "HEAD:folder-3"]).trim()
    );
    assert_eq!(index.trees.tree(child, lines + 1), None);
}

#[test]
fn no_index_is_an_empty_one_and_no_checksum_is_none() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    let nothing = Index::read(&path.join("nothing"), Format::Sha1).expect("it is empty");
    assert!(nothing.entries.is_empty());
    git(
        path,
        &[
            "-c",
            "index.skipHash=true",
            "update-index",
            "--index-version",
            "4",
        ],
    );
    let mut bytes = check(path, Format::Sha1);
    let end = bytes.len() - 20;
    assert_eq!(bytes[end..], [0; 20]);
    bytes[end] = 1;
    fs::write(path.join(".git/index"), &bytes).expect("it is written");
    let reason = Index::read(&path.join(".git/index"), Format::Sha1).expect_err("it is refused");
    assert_eq!(
        reason.to_string(),
        "git index: damaged: its checksum does not match"
    );
    let reason = Index::read(path, Format::Sha1).expect_err("it is refused");
    assert_eq!(reason.name(), "unreadable");
}

/// How much more than usual is tested: `LEAKGATE_ROUNDS`, 1 if not set; 20 makes 20,000 of each.
fn rounds() -> usize {
    let rounds = std::env::var("LEAKGATE_ROUNDS").ok();
    rounds.and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
fn damaged_indexes_neither_panic_nor_take_the_memory() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    git(path, &["write-tree"]);
    let plain = fs::read(path.join(".git/index")).expect("it is there");
    git(path, &["update-index", "--index-version", "4"]);
    let packed = fs::read(path.join(".git/index")).expect("it is there");
    let mut random = fastrand::Rng::with_seed(7);
    let (mut n_read, mut n_refused) = (0, 0);
    for round in 0..rounds() * 1_000 {
        let mut bytes = [&plain, &packed][round % 2].clone();
        let end = bytes.len() - 20;
        bytes[end..].fill(0);
        for _ in 0..random.usize(1..4) {
            let at = random.usize(0..end);
            match random.u8(0..4) {
                0 => bytes[at] = random.u8(..),
                1 => bytes[at] ^= 1 << random.u8(0..8),
                2 => bytes[random.usize(0..12)] = random.u8(..),
                _ => {
                    let n = random.usize(0..8).min(end - at);
                    bytes[at..at + n].fill([0, 0xff][usize::from(random.bool())]);
                }
            }
        }
        if random.u8(0..10) == 0 {
            bytes.drain(random.usize(0..end)..end);
        }
        match super::parse::parse(bytes, Format::Sha1) {
            Ok(parsed) => {
                n_read += 1;
                let index = parsed.index;
                assert!(index.entries.iter().all(|e| index.path(e).len() < 100_000));
                let _ = index.check_order();
                if let Some(root) = index.trees.root() {
                    index.trees.children(root);
                }
            }
            Err(_) => n_refused += 1,
        }
    }
    assert!(n_read > 0 && n_refused > 0, "{n_read} {n_refused}");
}

#[test]
fn damaged_split_indexes_neither_panic_nor_take_the_memory() {
    let folder = repository(Format::Sha1);
    let path = folder.path();
    git(path, &["update-index", "--split-index"]);
    fs::write(path.join("new"), "new").expect("a file is written");
    fs::remove_dir_all(path.join("folder-1")).expect("it was there");
    git(
        path,
        &["-c", "splitIndex.maxPercentChange=100", "add", "-A", "."],
    );
    let file = path.join(".git/index");
    let own = fs::read(&file).expect("it is there");
    let mut random = fastrand::Rng::with_seed(8);
    for _ in 0..rounds() * 200 {
        let mut bytes = own.clone();
        let end = bytes.len() - 20;
        bytes[end..].fill(0);
        let at = random.usize(12..end);
        let n = random.usize(1..8).min(end - at);
        bytes[at..at + n].fill_with(|| random.u8(..));
        fs::write(&file, &bytes).expect("it is written");
        let _ = Index::read(&file, Format::Sha1);
    }
}
