//! Packs made by hand that git would never make: time and memory stay bounded, and what is lost is
//! named.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use leakgate::git::{Format, Id, Kind};

use crate::world::{Ran, World, token};

/// The longest that any of these may take on a busy machine.
const SCAN_MAX: Duration = Duration::from_secs(40);

/// Address space, in KiB; what is in use is less.
const SPACE_KIB: &str = "1800000";

/// Numbers of kinds in a pack.
const COMMIT: u8 = 1;
const TREE: u8 = 2;
const BLOB: u8 = 3;
const TAG: u8 = 4;
const NAMED_DELTA: u8 = 7;

/// An object as it stands in a pack, and what the index calls it.
#[derive(Clone)]
struct Entry(Id, Vec<u8>);

fn kind_of(number: u8) -> Kind {
    [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag][usize::from(number) - 1]
}

/// A header, and zlib of a body.
fn raw(number: u8, len: u64, base: Option<Id>, body: &[u8]) -> Vec<u8> {
    let mut head = vec![number << 4 | (len & 15) as u8];
    let mut rest = len >> 4;
    while rest > 0 {
        *head.last_mut().expect("it begins with a byte") |= 0x80;
        head.push((rest & 0x7f) as u8);
        rest >>= 7;
    }
    if let Some(base) = base {
        head.extend_from_slice(base.as_bytes());
    }
    let mut zlib = ZlibEncoder::new(head, Compression::fast());
    zlib.write_all(body).expect("a vector takes all");
    zlib.finish().expect("a vector takes all")
}

/// A sound object.
fn whole(number: u8, body: &[u8]) -> Entry {
    let id = Format::Sha1.id_of(kind_of(number), body);
    Entry(id, raw(number, body.len() as u64, None, body))
}

/// A delta by its instructions.
fn delta(id: Id, base: Id, lens: (u64, u64), instructions: &[u8]) -> Entry {
    let mut body = Vec::new();
    for mut len in <[u64; 2]>::from(lens) {
        while len > 0x7f {
            body.push((len & 0x7f) as u8 | 0x80);
            len >>= 7;
        }
        body.push(len as u8);
    }
    body.extend_from_slice(instructions);
    Entry(id, raw(NAMED_DELTA, body.len() as u64, Some(base), &body))
}

/// A name for what has none of its own.
fn name(n: u8) -> Id {
    Id::new(Format::Sha1, &[n; 20]).expect("it is long enough")
}

fn commit(tree: Id, parents: &[Id]) -> Vec<u8> {
    let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
    let who = "A <a@example.com> 1700000000 +0000";
    format!("tree {tree}\n{parents}author {who}\ncommitter {who}\n\nmessage\n").into_bytes()
}

fn tree(entries: &[(&str, &[u8], Id)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (mode, name, id) in entries {
        bytes.extend_from_slice(mode.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(name);
        bytes.push(0);
        bytes.extend_from_slice(id.as_bytes());
    }
    bytes
}

/// A repository with a pack of these, to the first of which `main` points.
fn world(entries: &[Entry]) -> World {
    let world = World::new();
    add_pack(&world, "pack-1", entries);
    world.write(".git/refs/heads/main", format!("{}\n", entries[0].0));
    world
}

fn add_pack(world: &World, called: &str, entries: &[Entry]) {
    let count = (entries.len() as u32).to_be_bytes();
    let mut pack = [&b"PACK\0\0\0\x02"[..], &count].concat();
    let mut listed = Vec::new();
    for Entry(id, raw) in entries {
        listed.push((*id, crc32fast::hash(raw), pack.len() as u32));
        pack.extend_from_slice(raw);
    }
    listed.sort();
    let checksum = |bytes: &[u8]| {
        let mut hasher = Format::Sha1.hasher();
        hasher.update(bytes);
        hasher.finish()
    };
    let trailer = checksum(&pack);
    pack.extend_from_slice(trailer.as_bytes());
    let mut index = vec![0xff, b't', b'O', b'c', 0, 0, 0, 2];
    for first in 0..=255_u8 {
        let n = listed.iter().filter(|(id, ..)| id.as_bytes()[0] <= first);
        index.extend_from_slice(&(n.count() as u32).to_be_bytes());
    }
    index.extend(listed.iter().flat_map(|(id, ..)| id.as_bytes().to_vec()));
    index.extend(listed.iter().flat_map(|(_, crc, _)| crc.to_be_bytes()));
    index.extend(listed.iter().flat_map(|(.., at)| at.to_be_bytes()));
    index.extend_from_slice(trailer.as_bytes());
    let sum = checksum(&index);
    index.extend_from_slice(sum.as_bytes());
    let path = world.path(".git/objects/pack").join(called);
    fs::write(path.with_extension("pack"), pack).expect("written");
    fs::write(path.with_extension("idx"), index).expect("written");
}

/// Holds a scan within bounds to one of these answers.
#[track_caller]
fn answers(world: &World, expected: &[i32]) -> Ran {
    let started = Instant::now();
    let ran = world.bounded(SPACE_KIB, &["git", "--no-progress"]);
    let took = started.elapsed();
    let status = ran.status.unwrap_or(-1);
    assert!(
        expected.contains(&status),
        "{status} {took:?}:\n{:.2000}",
        ran.said
    );
    assert!(took < SCAN_MAX, "{took:?}");
    ran
}

#[test]
fn lengths_that_lie_are_named() {
    let plain = whole(BLOB, b"plain");
    for len in [6, 4, 1 << 30, 1 << 40, 1 << 58] {
        let lying = Entry(name(1), raw(BLOB, len, None, b"plain"));
        answers(&world(&[plain.clone(), lying]), &[3]);
    }
}

#[test]
fn deltas_that_make_much_of_little_are_named() {
    let len = 0xff_ffff;
    let base = whole(BLOB, &vec![b'x'; len]);
    let copies = [0xf0, 0xff, 0xff, 0xff].repeat(1_000);
    let total = len as u64 * 1_000;
    let bomb = delta(name(1), base.0, (len as u64, total), &copies);
    let ran = answers(&world(&[base, bomb]), &[3]);
    assert!(ran.said.contains("git-bytes-max"), "{}", ran.said);
}

#[test]
fn a_chain_of_any_length_is_walked() {
    let mut text = b"start".to_vec();
    let mut entries = vec![whole(BLOB, &text)];
    for n in 0..10_000_u32 {
        let more = if n == 9_999 {
            format!("\n{}", token(1))
        } else {
            n.to_string()
        };
        let copy = [0xb0, (text.len() & 255) as u8, (text.len() >> 8) as u8];
        // No more than so much is copied, so that all stay short.
        let kept = text.len();
        let instructions = [&copy, &[more.len() as u8][..], more.as_bytes()].concat();
        let base = entries[entries.len() - 1].0;
        text.extend_from_slice(more.as_bytes());
        let id = Format::Sha1.id_of(Kind::Blob, &text);
        let lens = (kept as u64, text.len() as u64);
        entries.push(delta(id, base, lens, &instructions));
    }
    answers(&world(&entries), &[1]);
}

#[test]
fn deltas_of_nothing_are_named() {
    let plain = whole(BLOB, b"plain");
    let copy = &[0x90, 5][..];
    let cycle = [
        plain.clone(),
        delta(name(1), name(2), (5, 5), copy),
        delta(name(2), name(1), (5, 5), copy),
        delta(name(3), name(3), (5, 5), copy),
    ];
    answers(&world(&cycle), &[3]);
    let broken: &[&[u8]] = &[&[0], &[0x91, 3, 5], &[0x91, 0xff, 5], &[5, 1], &[], &[0x90]];
    for instructions in broken {
        let entries = [plain.clone(), delta(name(1), plain.0, (5, 5), instructions)];
        answers(&world(&entries), &[3]);
    }
    let orphan = [plain.clone(), delta(name(1), name(9), (5, 5), copy)];
    answers(&world(&orphan), &[3]);
}

/// Trees in each other, `wide` entries in each, so deep; a commit first, and a value at the bottom.
fn nested(depth: usize, wide: usize) -> Vec<Entry> {
    let secret = whole(BLOB, token(1).as_bytes());
    let mut id = secret.0;
    let mut entries = vec![secret];
    for level in 0..depth {
        let mode = if level == 0 { "100644" } else { "40000" };
        let names: Vec<_> = (0..wide).map(|n| format!("{n:02}")).collect();
        let listed: Vec<_> = names
            .iter()
            .map(|name| (mode, name.as_bytes(), id))
            .collect();
        entries.push(whole(TREE, &tree(&listed)));
        id = entries[entries.len() - 1].0;
    }
    entries.insert(0, whole(COMMIT, &commit(id, &[])));
    entries
}

#[test]
fn trees_of_trees_are_walked_in_bounded_time() {
    answers(&world(&nested(30, 10)), &[1]);
    answers(&world(&nested(5_000, 1)), &[1]);
    answers(&world(&nested(2_000, 2)), &[1]);
}

#[test]
fn trees_with_odd_entries_are_read_to_their_end() {
    let secret = whole(BLOB, token(1).as_bytes());
    let plain = whole(BLOB, b"plain");
    let long = [&vec![b'n'; 1 << 20][..], b" ", token(2).as_bytes()].concat();
    let lists: [&[(&str, &[u8], Id)]; 3] = [
        &[
            ("100644", b"a", plain.0),
            ("100644", b"a", secret.0),
            ("40000", b"a", plain.0),
        ],
        &[
            ("100644", b"..", secret.0),
            ("160000", b"", plain.0),
            ("0", b"/a/b", secret.0),
        ],
        &[("100644", &long, plain.0)],
    ];
    for list in lists {
        let top = whole(TREE, &tree(list));
        let first = whole(COMMIT, &commit(top.0, &[]));
        answers(&world(&[first, top, secret.clone(), plain.clone()]), &[1]);
    }
}

#[test]
fn loops_and_crowds_of_commits_end() {
    let empty = whole(TREE, b"");
    let own =
        |n: u8, body: &[u8], number| Entry(name(n), raw(number, body.len() as u64, None, body));
    let parents = own(1, &commit(empty.0, &[name(1), name(2)]), COMMIT);
    let back = own(2, &commit(empty.0, &[name(1)]), COMMIT);
    answers(&world(&[parents, back, empty.clone()]), &[0, 3]);
    let tag = |n: u8, to: u8| {
        let body = format!("object {}\ntype tag\ntag t\n\nmessage\n", name(to));
        own(n, body.as_bytes(), TAG)
    };
    answers(&world(&[tag(1, 2), tag(2, 1), tag(3, 3)]), &[0, 3]);
    let itself = own(1, &tree(&[("40000", b"a", name(1))]), TREE);
    let first = whole(COMMIT, &commit(name(1), &[]));
    answers(&world(&[first, itself]), &[0, 3]);
    let crowd: Vec<Id> = (0..100_000_u32)
        .map(|n| Format::Sha1.id_of(Kind::Commit, &n.to_be_bytes()))
        .collect();
    let many = whole(COMMIT, &commit(empty.0, &crowd));
    answers(&world(&[many, empty]), &[3]);
}

#[test]
fn long_chains_of_tags_end() {
    let mut entries = vec![whole(BLOB, token(1).as_bytes())];
    let mut kind = "blob";
    for _ in 0..5_000 {
        let id = entries[entries.len() - 1].0;
        let body = format!("object {id}\ntype {kind}\ntag t\n\nmessage\n");
        entries.push(whole(TAG, body.as_bytes()));
        kind = "tag";
    }
    entries.reverse();
    answers(&world(&entries), &[1]);
}

#[test]
fn a_name_that_another_pack_takes_hides_nothing() {
    let secret = whole(BLOB, token(1).as_bytes());
    let noise: Vec<u8> = (0..4_000_u32)
        .flat_map(|n| (n * n).to_string().into_bytes())
        .collect();
    let cover = Entry(secret.0, raw(BLOB, noise.len() as u64, None, &noise));
    let covered = world(std::slice::from_ref(&cover));
    add_pack(&covered, "pack-2", std::slice::from_ref(&secret));
    answers(&covered, &[1]);
    // What is said to be of another kind is not scanned as what it is, and that is said.
    let listed = tree(&[("100644", b"a", name(1))]);
    let listed = Entry(secret.0, raw(TREE, listed.len() as u64, None, &listed));
    let padding = Entry(name(2), raw(BLOB, noise.len() as u64, None, &noise));
    let hidden = world(&[listed, padding]);
    add_pack(&hidden, "pack-2", std::slice::from_ref(&secret));
    answers(&hidden, &[1, 3]);
    let covered = world(&[cover]);
    // Git writes no second copy, so another repository does.
    let other = World::new();
    other.write("a", token(1));
    let id = other.git(["hash-object", "-w", "a"]);
    assert_eq!(id, secret.0.to_string());
    let loose = covered.loose(&id);
    covered.write(&loose, fs::read(other.path(&loose)).expect("it was made"));
    answers(&covered, &[1]);
}
