//! Packs and bundles of git.

use std::io::Write;
use std::process::{Command, Stdio};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use leakgate::blob::Content;
use leakgate::config::Limits;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::gzip::gzip;
use crate::opened::{Opened, absent, open, open_stream, open_with, place};

const COMMIT: u8 = 1;
const TREE: u8 = 2;
pub(crate) const BLOB: u8 = 3;
const OFFSET_DELTA: u8 = 6;
const NAMED_DELTA: u8 = 7;

/// Writes a pack.
pub(crate) struct Writer {
    bytes: Vec<u8>,
    n: u32,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self {
            bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(),
            n: 0,
        }
    }

    /// Adds an object that says it is of this size; returns where it stands.
    fn add_sized(&mut self, kind: u8, size: usize, base: &[u8], bytes: &[u8]) -> usize {
        let at = self.bytes.len();
        let mut rest = size >> 4;
        let mut head = kind << 4 | (size & 0x0f) as u8;
        while rest > 0 {
            self.bytes.push(head | 0x80);
            head = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        self.bytes.push(head);
        self.bytes.extend(base);
        self.bytes.extend(zlib(bytes));
        self.n += 1;
        at
    }

    pub(crate) fn add(&mut self, kind: u8, base: &[u8], bytes: &[u8]) -> usize {
        self.add_sized(kind, bytes.len(), base, bytes)
    }

    fn add_delta(&mut self, base_at: usize, delta: &[u8]) -> usize {
        let distance = distance(self.bytes.len() - base_at);
        self.add(OFFSET_DELTA, &distance, delta)
    }

    /// The pack, which says that it holds so many objects more than it does.
    fn end_with(mut self, more: i32) -> Vec<u8> {
        let n = self.n.wrapping_add_signed(more);
        self.bytes[8..12].copy_from_slice(&n.to_be_bytes());
        let checksum = Sha1::digest(&self.bytes);
        self.bytes.extend(checksum);
        self.bytes
    }

    pub(crate) fn end(self) -> Vec<u8> {
        self.end_with(0)
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

fn distance(mut n: usize) -> Vec<u8> {
    let mut bytes = vec![(n & 0x7f) as u8];
    while n > 0x7f {
        n = (n >> 7) - 1;
        bytes.insert(0, 0x80 | (n & 0x7f) as u8);
    }
    bytes
}

/// A delta that puts text behind all of its base, which is of fewer than 65,536 bytes.
fn append(base_len: usize, text: &[u8]) -> Vec<u8> {
    let size = |n: usize| [n as u8 | 0x80, (n >> 7) as u8 | 0x80, (n >> 14) as u8];
    let len = base_len.to_le_bytes();
    let copy = [0xb0, len[0], len[1], text.len() as u8];
    [
        &size(base_len)[..],
        &size(base_len + text.len()),
        &copy,
        text,
    ]
    .concat()
}

fn named(kind: &str, bytes: &[u8]) -> String {
    let object = [format!("{kind} {}\0", bytes.len()).as_bytes(), bytes].concat();
    data_encoding::HEXLOWER.encode(&Sha1::digest(object))
}

fn id(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let name = named(kind, bytes);
    data_encoding::HEXLOWER
        .decode(name.as_bytes())
        .expect("hex")
}

#[track_caller]
fn check_blobs(opened: &Opened, file: &str, texts: &[&[u8]]) {
    for text in texts {
        let path = format!("{file}!{}", named("blob", text));
        assert_eq!(opened.bytes(&path), *text);
    }
    assert_eq!(opened.skips, []);
    assert_eq!(opened.containers, [file]);
}

#[test]
fn objects_stand_under_their_names() {
    let mut pack = Writer::new();
    pack.add(BLOB, b"", b"text of a file");
    pack.add(COMMIT, b"", b"tree 0\n\nmessage\n");
    let tree = [&b"100644 name.txt\0"[..], &[7; 20]].concat();
    pack.add(TREE, b"", &tree);
    let pack = pack.end();
    for opened in [open("a.pack", &pack), open_stream("a.pack", &pack)] {
        check_blobs(&opened, "a.pack", &[b"text of a file"]);
        let commit = named("commit", b"tree 0\n\nmessage\n");
        assert_eq!(
            opened.bytes(&format!("a.pack!{commit}")),
            b"tree 0\n\nmessage\n"
        );
        let tree = named("tree", &tree);
        assert_eq!(opened.bytes(&format!("a.pack!{tree}")), b"name.txt\n");
    }
    let opened = open("a.pack.gz", &gzip(&pack));
    let path = format!("a.pack.gz!a.pack!{}", named("blob", b"text of a file"));
    assert_eq!(opened.bytes(&path), b"text of a file");
}

#[test]
fn deltas_are_made_from_bases_before_and_behind_them() {
    let mut pack = Writer::new();
    let early = id("blob", b"one two three");
    pack.add(NAMED_DELTA, &early, &append(13, b" four"));
    let first = pack.add(BLOB, b"", b"one");
    let second = pack.add_delta(first, &append(3, b" two"));
    pack.add_delta(second, &append(7, b" three"));
    pack.add_delta(first, &append(3, b" 2"));
    let opened = open("a.pack", &pack.end());
    let texts: [&[u8]; 5] = [
        b"one",
        b"one 2",
        b"one two",
        b"one two three",
        b"one two three four",
    ];
    check_blobs(&opened, "a.pack", &texts);
    assert_eq!(opened.blobs.len(), 5);
}

#[test]
fn long_chains_are_followed_in_little_memory() {
    for by_name in [false, true] {
        let mut pack = Writer::new();
        let mut text = b"x".repeat(900);
        let mut at = pack.add(BLOB, b"", &text);
        for i in 0..4_096 {
            let delta = append(text.len(), format!("{i:04}").as_bytes());
            let base = id("blob", &text);
            at = if by_name {
                pack.add(NAMED_DELTA, &base, &delta)
            } else {
                pack.add_delta(at, &delta)
            };
            text.extend(format!("{i:04}").bytes());
        }
        let limits = Limits {
            held_bytes_max: 4 << 20,
            ..Limits::default()
        };
        let place = place("a.pack");
        let opened = open_with(&place, Content::Whole(&pack.end()), limits);
        check_blobs(&opened, "a.pack", &[&text]);
        assert_eq!(opened.blobs.len(), 4_097);
    }
}

#[test]
fn a_base_that_is_not_there_names_what_needs_it() {
    let mut pack = Writer::new();
    let base = id("blob", b"elsewhere");
    pack.add(BLOB, b"", b"here");
    let lost = pack.add(NAMED_DELTA, &base, &append(9, b" and here"));
    let too = pack.add_delta(lost, &append(18, b" and there"));
    let never = pack.add(OFFSET_DELTA, &distance(5), &append(18, b" and there"));
    let base = named("blob", b"elsewhere");
    let opened = open("a.pack", &pack.end());
    let path = format!("a.pack!{}", named("blob", b"here"));
    assert_eq!(opened.bytes(&path), b"here");
    let delta = opened.bytes(&format!("a.pack!(delta at {lost})"));
    assert!(delta.ends_with(b" and here"));
    let mut skips = opened.skips;
    skips.sort();
    let mut expected = [
        (lost, format!("base {base} is not in the pack")),
        (too, format!("its base at {lost} could not be read")),
        (never, "its base is no object of the pack".to_owned()),
    ]
    .map(|(at, why)| {
        let at = format!("a.pack!(object at {at})");
        (at, format!("git pack: damaged: {why}"))
    });
    expected.sort();
    assert_eq!(skips, expected);
}

/// Opens a pack that is not whole; all of it must be handed over raw as well.
#[track_caller]
fn check_damaged(pack: &[u8], problem: &str) -> Opened {
    let opened = open("a.pack", pack);
    assert_eq!(opened.bytes("a.pack"), pack);
    let found = opened.skips.iter().any(|(_, why)| why.contains(problem));
    assert!(found, "{:?}", opened.skips);
    opened
}

#[test]
fn a_pack_that_lies_is_damaged() {
    let pack = || {
        let mut pack = Writer::new();
        pack.add(BLOB, b"", b"text");
        pack
    };
    let mut wrong = pack().end();
    *wrong.last_mut().expect("not empty") ^= 1;
    check_damaged(&wrong, "its checksum is wrong");
    check_damaged(&pack().end_with(1), "it ends after 1 of 2 objects");
    check_damaged(&pack().end_with(-1), "its checksum is wrong");
    let mut kind = pack();
    kind.add(5, b"", b"text");
    check_damaged(&kind.end(), "an object is of no known kind");
    let mut version = pack().end();
    version[7] = 3;
    check_damaged(&version, "its checksum is wrong");
    let mut cut = pack();
    let at = cut.add(BLOB, b"", &b"a longer text".repeat(99));
    let cut = check_damaged(&cut.end()[..at + 30], "truncated");
    let path = format!("a.pack!(object at {at})");
    assert!(cut.bytes(&path).starts_with(b"a longer text"), "{cut:?}");
}

#[test]
fn sizes_that_lie_are_named_and_nothing_is_left_out() {
    for size in [0, 3, 5, 1 << 40] {
        let mut pack = Writer::new();
        pack.add_sized(BLOB, size, b"", b"text");
        let opened = open("a.pack", &pack.end());
        assert_eq!(opened.blobs[0].1, b"text");
        assert_eq!(opened.skips.len(), 1, "{opened:?}");
        let mut pack = Writer::new();
        let base = pack.add(BLOB, b"", b"text");
        let distance = distance(pack.bytes.len() - base);
        pack.add_sized(OFFSET_DELTA, size, &distance, &append(4, b"more"));
        let opened = open("a.pack", &pack.end());
        assert!(!opened.skips.is_empty(), "{opened:?}");
    }
}

#[test]
fn what_does_not_fit_in_memory_is_read_twice_or_named() {
    let mut pack = Writer::new();
    let text = b"0123456789abcde\n".repeat(4_000);
    let base = pack.add(BLOB, b"", &text);
    let delta = pack.add_delta(base, &append(text.len(), b"more"));
    let next = pack.add_delta(delta, &append(text.len() + 4, b"more"));
    let limits = Limits {
        held_bytes_max: 100_000,
        ..Limits::default()
    };
    let place = place("a.pack");
    let opened = open_with(&place, Content::Whole(&pack.end()), limits);
    let path = format!("a.pack!{}", named("blob", &text));
    assert_eq!(opened.bytes(&path), text);
    let lost: Vec<_> = opened.skips.iter().map(|skip| skip.0.as_str()).collect();
    assert_eq!(
        lost,
        [delta, next].map(|at| format!("a.pack!(object at {at})"))
    );
    assert!(
        opened
            .skips
            .iter()
            .all(|skip| skip.1.contains("held-bytes-max"))
    );
}

#[test]
fn bundles_hand_over_their_header_and_their_pack() {
    let mut pack = Writer::new();
    pack.add(BLOB, b"", b"text");
    let pack = pack.end();
    let header = b"# v2 git bundle\n-0123 needed\n4567 refs/heads/main\n\n";
    let opened = open("a.bundle", &[&header[..], &pack].concat());
    check_blobs(&opened, "a.bundle", &[b"text"]);
    assert_eq!(opened.bytes("a.bundle!(header)"), &header[16..]);
    let header = b"# v3 git bundle\n@filter=blob:none\n4567 refs/heads/main\n\n";
    let opened = open("a.bundle", &[&header[..], &pack, b"rest"].concat());
    let end = header.len() + pack.len();
    let rest = format!("a.bundle!(bytes {end} to {})", end + 4);
    assert_eq!(opened.bytes(&rest), b"rest");
    check_blobs(&opened, "a.bundle", &[b"text"]);
    let header = b"# v3 git bundle\n@thing\n\n";
    let opened = open("a.bundle", &[&header[..], &pack].concat());
    assert_eq!(opened.skips.len(), 1, "{opened:?}");
    for cut in 16..header.len() + pack.len() {
        let whole = [&header[..], &pack].concat();
        let opened = open("a.bundle", &whole[..cut]);
        assert!(!opened.skips.is_empty(), "cut at {cut}");
    }
}

#[test]
fn objects_named_by_sha256_are_read() {
    let base = Sha256::digest(b"blob 4\0text");
    let name = data_encoding::HEXLOWER.encode(&Sha256::digest(b"blob 9\0text more"));
    let mut pack = Writer::new();
    pack.add(NAMED_DELTA, &base, &append(4, b" more"));
    pack.add(BLOB, b"", b"text");
    let mut pack = pack.end();
    pack.truncate(pack.len() - 20);
    let checksum = Sha256::digest(&pack);
    pack.extend(checksum);
    let header = b"# v3 git bundle\n@object-format=sha256\n\n";
    let bundle = [&header[..], &pack].concat();
    for (file, bytes) in [("a.pack", pack), ("a.bundle", bundle)] {
        let opened = open(file, &bytes);
        assert_eq!(opened.bytes(&format!("{file}!{name}")), b"text more");
        assert!(opened.skips.is_empty(), "{opened:?}");
    }
}

#[test]
fn a_changed_byte_is_never_silent() {
    let mut pack = Writer::new();
    let base = pack.add(BLOB, b"", b"some text, some more text");
    pack.add_delta(base, &append(25, b" and more"));
    pack.add(COMMIT, b"", b"tree 0\n\nmessage\n");
    let pack = pack.end();
    for at in 8..pack.len() {
        for bit in 0..8 {
            let mut changed = pack.clone();
            changed[at] ^= 1 << bit;
            let opened = open("a.pack", &changed);
            assert!(!opened.skips.is_empty(), "bit {bit} of {at}");
        }
    }
    for cut in 8..pack.len() {
        assert!(!open("a.pack", &pack[..cut]).skips.is_empty(), "{cut}");
    }
}

fn git(folder: &std::path::Path, arguments: &[&str], input: &str) -> Option<Vec<u8>> {
    let mut child = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@example.com"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    stdin.write_all(input.as_bytes()).ok()?;
    drop(stdin);
    let output = child.wait_with_output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// Makes a repository with 30 versions of a file; `None` where there is no git.
fn repository(folder: &std::path::Path, format: &str) -> Option<Vec<String>> {
    git(
        folder,
        &["init", "-q", "-b", "main", "--object-format", format],
        "",
    )?;
    let mut text: String = (0..400).map(|i| format!("line {i}, {}\n", i * i)).collect();
    let mut versions = Vec::new();
    for i in 0..30 {
        let at = text.find(&format!("line {}, ", i * 7)).unwrap_or(0);
        text.insert_str(at, &format!("inserted as {i}\n"));
        std::fs::write(folder.join("file.txt"), &text).ok()?;
        git(folder, &["add", "."], "")?;
        git(folder, &["commit", "-q", "-m", &format!("version {i}")], "")?;
        versions.push(text.clone());
    }
    Some(versions)
}

#[test]
fn what_git_packs_is_read_whole() {
    let folders: Vec<_> = (0..2)
        .map(|_| tempfile::tempdir().expect("a folder"))
        .collect();
    for (folder, format) in folders.iter().zip(["sha1", "sha256"]) {
        let folder = folder.path();
        let Some(versions) = repository(folder, format) else {
            absent(&format!("no git that makes repositories by {format}"));
            return;
        };
        let out = git(folder, &["count-objects"], "").expect("git counts");
        let n: usize = String::from_utf8_lossy(&out)
            .split(' ')
            .next()
            .and_then(|n| n.parse().ok())
            .expect("a number");
        let bundle = ["bundle", "create", "-", "--all"];
        let packs = [
            git(folder, &bundle, "").expect("git makes a bundle"),
            git(folder, &["pack-objects", "--stdout", "--all", "-q"], "").expect("git packs"),
            git(
                folder,
                &[
                    "pack-objects",
                    "--stdout",
                    "--all",
                    "-q",
                    "--delta-base-offset",
                ],
                "",
            )
            .expect("git packs"),
        ];
        for pack in packs {
            let opened = open("x.pack", &pack);
            assert!(opened.skips.is_empty(), "{:?}", opened.skips);
            let n_objects = opened
                .paths()
                .iter()
                .filter(|path| !path.contains('('))
                .count();
            assert_eq!(n_objects, n);
            for version in &versions {
                assert!(opened.blobs.iter().any(|blob| blob.1 == version.as_bytes()));
            }
            assert!(pack.len() < 30_000, "no deltas in {} bytes", pack.len());
        }
        let since = ["bundle", "create", "-", "main~5..main"];
        let opened = open(
            "x.bundle",
            &git(folder, &since, "").expect("git makes a bundle"),
        );
        assert!(!opened.skips.is_empty());
        for version in &versions[25..] {
            let n_handed = opened
                .blobs
                .iter()
                .filter(|blob| blob.1 == version.as_bytes());
            let n_lost = opened
                .skips
                .iter()
                .filter(|skip| skip.1.contains("is not in the pack"));
            assert!(n_handed.count() + n_lost.count() > 0);
        }
    }
}
