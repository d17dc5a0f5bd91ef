//! Names in trees, read along deltas, against all trees read in full: also trees whose bytes look like
//! other entries when they are read from elsewhere, and what is named and not there.

use std::collections::BTreeSet;

use fastrand::Rng;
use leakgate::blob::{Skip, SkipReason};
use leakgate::git::{Format, Id, Kind, tree};

use crate::packer::Packer;
use crate::pieces::{Piece, bytes, replace};
use crate::rounds;
use crate::walked::walk;
use crate::world::World;

/// Something that may stand in a tree: an entry, or what looks like the middle of one.
fn entry(random: &mut Rng) -> Vec<u8> {
    let mode = ["100644", "40000", "120000", "160000", "1"][random.usize(..5)];
    let mut name: Vec<u8> = match random.u8(..4) {
        0 => b"100644 inner".to_vec(),
        1 => format!("n{}", random.u8(..30)).into_bytes(),
        _ => format!("name{}", random.u16(..)).into_bytes(),
    };
    if random.u8(..8) == 0 {
        name.push(random.u8(1..));
    }
    let mut id: Vec<u8> = match random.u8(..3) {
        // The same bytes are an entry where one begins to read here.
        0 => format!("100644 hid{:07}\0", random.u16(..)).into_bytes(),
        1 => b"40000 a\x0040000 b\x0040000".to_vec(),
        _ => (0..20).map(|_| random.u8(..)).collect(),
    };
    id.resize(20, b'7');
    [mode.as_bytes(), b" ", &name, b"\0", &id].concat()
}

/// Where entries begin and end; where the tree cannot be read, up to there.
fn starts(tree: &[u8]) -> Vec<usize> {
    let mut rest = tree;
    let mut starts = vec![0];
    while let Ok(Some(_)) = tree::next(&mut rest, Format::Sha1) {
        starts.push(tree.len() - rest.len());
    }
    starts
}

/// A position in a tree: mostly one where an entry begins.
fn position(tree: &[u8], random: &mut Rng) -> usize {
    let starts = starts(tree);
    match random.u8(..5) {
        0 => random.usize(..=tree.len()),
        1 => {
            let start = starts[random.usize(..starts.len())];
            (start + random.usize(..3))
                .saturating_sub(1)
                .min(tree.len())
        }
        _ => starts[random.usize(..starts.len())],
    }
}

/// A tree made from another.
fn edit(tree: &[u8], random: &mut Rng) -> Vec<Piece> {
    let (one, other) = (position(tree, random), position(tree, random));
    let range = one.min(other)..one.max(other);
    match random.u8(..8) {
        0 | 1 => replace(tree, one..one, entry(random)),
        2 => replace(tree, range, Vec::new()),
        3 => replace(tree, range, entry(random)),
        4 => vec![Piece::Copy(range.clone()), Piece::Copy(0..range.start)],
        5 => vec![
            Piece::Copy(one..tree.len()),
            Piece::Insert(entry(random)),
            Piece::Copy(range),
        ],
        // From here on other bytes are entries.
        6 => vec![Piece::Copy(one..tree.len())],
        _ => {
            let len = random.usize(..25);
            let noise = (0..len).map(|_| random.u8(..)).collect();
            replace(tree, one..one, noise)
        }
    }
}

/// What a tree names when it is read by itself: names, objects that are not submodules.
fn read(bytes: &[u8], names: &mut BTreeSet<Vec<u8>>, ids: &mut BTreeSet<Id>) {
    let mut rest = bytes;
    loop {
        match tree::next(&mut rest, Format::Sha1) {
            Ok(None) => return,
            Ok(Some(entry)) => {
                names.insert(entry.name.to_vec());
                if entry.mode != tree::Mode::Submodule {
                    ids.extend(Id::new(Format::Sha1, entry.id));
                }
            }
            Err(_) => {
                names.insert(rest.to_vec());
                return;
            }
        }
    }
}

/// Commits a tree; the name of the commit.
fn commit(packer: &mut Packer, tree: Id, parent: Option<Id>) -> Id {
    let parent = parent.map_or(String::new(), |parent| format!("parent {parent}\n"));
    let who = "A <a@example.com> 1700000000 +0000";
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nmade up\n");
    let number = packer.whole(Kind::Commit, text.as_bytes());
    packer.id(number)
}

/// What is said not to be there.
struct Missing {
    named: BTreeSet<Id>,
    /// Their number and that of those that are not named one by one.
    n: usize,
}

fn missing(skips: &[Skip]) -> Missing {
    let (mut named, mut n) = (BTreeSet::new(), 0);
    for skip in skips {
        let what = String::from_utf8_lossy(&skip.what);
        if !matches!(skip.reason, SkipReason::Missing(_)) {
            continue;
        }
        let name = what.trim_start_matches("(object ").trim_end_matches(')');
        named.extend(Id::parse(Format::Sha1, name.as_bytes()));
        let more = what.trim_start_matches('(').split_once(" more ");
        n += more.map_or(1, |(more, _)| more.parse().expect("it is a number"));
    }
    Missing { named, n }
}

#[test]
fn names_along_deltas_are_those_of_each_tree_alone() {
    for seed in rounds(40) {
        let mut random = Rng::with_seed(seed);
        let mut packer = Packer::new();
        let first: Vec<u8> = (0..random.usize(1..30))
            .flat_map(|_| entry(&mut random))
            .collect();
        let mut known = BTreeSet::from([first.clone()]);
        packer.whole(Kind::Tree, &first);
        let mut n = 1;
        for _ in 0..80 {
            let base = if random.bool() {
                n - 1
            } else {
                random.usize(..n)
            };
            let pieces = edit(packer.bytes(base), &mut random);
            let made = bytes(packer.bytes(base), &pieces);
            if made.len() < 50_000 && known.insert(made) {
                packer.made(base, &pieces);
                n += 1;
            }
        }
        let (mut names, mut ids) = (BTreeSet::new(), BTreeSet::new());
        for number in 0..n {
            read(packer.bytes(number), &mut names, &mut ids);
        }
        names.remove(&b""[..]);
        ids.retain(|id| (0..n).all(|number| packer.id(number) != *id));
        let mut last = None;
        for number in 0..n {
            let tree = packer.id(number);
            last = Some(commit(&mut packer, tree, last));
        }
        let world = World::new();
        packer.write(&world);
        let last = last.expect("there are trees").to_string();
        world.git(&["update-ref", "refs/heads/main", &last], b"");
        assert!(world.chains().longest > 2, "seed {seed}: no chains");
        for jobs in [1, 2] {
            let mut taken = walk(&world, jobs);
            // An empty name holds nothing, so it need not come.
            taken.names.remove(&b""[..]);
            let missed: Vec<_> = names.difference(&taken.names).take(3).collect();
            let invented: Vec<_> = taken.names.difference(&names).take(3).collect();
            assert!(
                missed.is_empty() && invented.is_empty(),
                "seed {seed}: missed {missed:?}, invented {invented:?}"
            );
            let missing = missing(&taken.skips);
            assert!(
                missing.named.is_subset(&ids),
                "seed {seed}: not all are missing"
            );
            assert_eq!(
                missing.n,
                ids.len(),
                "seed {seed}: of those that are missing"
            );
        }
    }
}

#[test]
fn one_missing_object_in_one_version_of_a_tree_is_named() {
    for seed in rounds(20) {
        let mut random = Rng::with_seed(seed);
        let mut packer = Packer::new();
        let blob = packer.whole(Kind::Blob, b"nothing of interest");
        let blob = packer.id(blob);
        let entries = (0..30).map(|n| {
            let head = format!("100644 file{n:02}\0");
            [head.as_bytes(), blob.as_bytes()].concat()
        });
        let tree: Vec<u8> = entries.flatten().collect();
        let mut number = packer.whole(Kind::Tree, &tree);
        let mut last = commit(&mut packer, Format::Sha1.id_of(Kind::Tree, &tree), None);
        let len = tree.len() / 30;
        let odd = random.u8(..20);
        let mut gone = BTreeSet::new();
        for version in 0..20 {
            let entry = len * random.usize(..30);
            let base = packer.bytes(number).to_vec();
            let pieces = if version == odd {
                // One byte of a name of an object is another.
                let at = entry + len - 1 - random.usize(..20);
                replace(&base, at..at + 1, vec![base[at] ^ 1])
            } else {
                let at = entry + "100644 file".len();
                replace(
                    &base,
                    at..at + 2,
                    vec![b'a' + version, random.u8(b'a'..=b'z')],
                )
            };
            let made = packer.made(number, &pieces);
            let tree = packer.id(made);
            last = commit(&mut packer, tree, Some(last));
            if version == odd {
                let mut names = BTreeSet::new();
                read(packer.bytes(made), &mut names, &mut gone);
                gone.remove(&blob);
            } else {
                number = made;
            }
        }
        let world = World::new();
        packer.write(&world);
        world.git(&["update-ref", "refs/heads/main", &last.to_string()], b"");
        let missing = missing(&walk(&world, 1).skips);
        assert_eq!((missing.n, missing.named), (1, gone), "seed {seed}");
    }
}
