//! Ways to store one history.

use std::fs;

use fastrand::Rng;
use leakgate::git::Kind;

use crate::history::{Blob, History, between};
use crate::packer::Packer;
use crate::pieces::Piece;
use crate::world::World;

/// A way to store a history.
pub(crate) struct Packing {
    pub(crate) name: &'static str,
    /// How many versions the history has.
    pub(crate) versions: usize,
    /// How many deltas the longest chain holds at least.
    pub(crate) chain_min: usize,
    pub(crate) write: fn(&World, &History, u64),
}

const fn packing(
    name: &'static str,
    (versions, chain_min): (usize, usize),
    write: fn(&World, &History, u64),
) -> Packing {
    Packing {
        name,
        versions,
        chain_min,
        write,
    }
}

/// All of them.
pub(crate) static PACKINGS: &[Packing] = &[
    packing("offset deltas", (60, 2), |world, history, _| {
        commit(world, history, &[]);
        let words = ["repack", "-qadf", "--depth=50", "--window=50"];
        world.git(&words, b"");
    }),
    packing("deltas by name", (60, 2), |world, history, _| {
        commit(world, history, &[]);
        let by_name = ["-c", "repack.useDeltaBaseOffset=false"];
        let words = ["repack", "-qadf", "--depth=50", "--window=50"];
        world.git(&[&by_name[..], &words].concat(), b"");
    }),
    packing("written by hand", (60, 2), by_hand),
    packing("several packs", (60, 1), several),
    packing("long chains", (160, 2), |world, history, _| {
        commit(world, history, &[]);
        world.git(&["repack", "-qadf", "--depth=4095", "--window=10"], b"");
    }),
    packing("as imported", (100, 2), |world, history, _| {
        commit(world, history, &[]);
    }),
    packing("loose and packed", (60, 1), loose_too),
    packing("a few loose", (60, 1), |world, history, seed| {
        several(world, history, seed);
        let more = History::make(seed + 1_000_000, 12);
        commit(world, &more, &["-c", "fastimport.unpackLimit=1000000"]);
    }),
];

/// Each version of the one file is made from the one before.
pub(crate) fn chain(world: &World, history: &History) {
    let mut packer = Packer::new();
    for Blob { bytes, base } in &history.blobs {
        match base {
            Some((base, pieces)) => packer.made(*base, pieces),
            None => packer.whole(Kind::Blob, bytes),
        };
    }
    packer.write(world);
    commit(world, history, &[]);
}

/// Commits a history.
fn commit(world: &World, history: &History, options: &[&str]) {
    let mut stream = Vec::new();
    for (blob, n) in history.blobs.iter().zip(1..) {
        let head = format!("blob\nmark :{n}\ndata {}\n", blob.bytes.len());
        stream.extend_from_slice(head.as_bytes());
        stream.extend_from_slice(&blob.bytes);
        stream.push(b'\n');
    }
    stream.extend(commits(history, &|n| format!(":{}", n + 1)));
    import(world, &stream, options);
}

fn import(world: &World, stream: &[u8], options: &[&str]) {
    let limit = ["-c", "fastimport.unpackLimit=1"];
    let words = ["fast-import", "--quiet", "--force", "--depth=4095"];
    world.git(&[&limit[..], options, &words].concat(), stream);
}

/// The commits of a history, for `git fast-import`.
fn commits(history: &History, blob: &dyn Fn(usize) -> String) -> Vec<u8> {
    let mark = |n: usize| history.blobs.len() + 1 + n;
    let mut stream = String::new();
    for (commit, n) in history.commits.iter().zip(0..) {
        let seconds = 1_700_000_000 + 60 * n;
        stream += &format!("commit refs/heads/b{}\nmark :{}\n", n % 3, mark(n));
        stream += &format!("committer C <c@example.com> {seconds} +0000\n");
        let text = format!("change {n}");
        stream += &format!("data {}\n{text}\n", text.len());
        for (parent, word) in commit.parents.iter().zip(["from", "merge"]) {
            stream += &format!("{word} :{}\n", mark(*parent));
        }
        stream += "deleteall\n";
        for (path, number) in &commit.files {
            stream += &format!("M 100644 {} {path}\n", blob(*number));
        }
        stream += "\n";
    }
    stream.into_bytes()
}

/// The deltas are the edits, or made from some other version.
fn by_hand(world: &World, history: &History, seed: u64) {
    let mut random = Rng::with_seed(seed);
    let mut packer = Packer::new();
    for (n, Blob { bytes, base }) in history.blobs.iter().enumerate() {
        match base {
            Some((base, pieces)) if random.u8(..6) != 0 => {
                let cut = pieces.iter().flat_map(|piece| cut(piece, &mut random));
                let cut: Vec<Piece> = cut.collect();
                packer.made(*base, &cut);
            }
            _ if n > 0 && random.bool() => {
                let base = random.usize(..n);
                packer.made(base, &between(&history.blobs[base].bytes, bytes));
            }
            _ => drop(packer.whole(Kind::Blob, bytes)),
        }
        assert!(packer.bytes(n) == bytes, "seed {seed}: blob {n}");
    }
    let ids: Vec<_> = (0..history.blobs.len()).map(|n| packer.id(n)).collect();
    packer.write(world);
    let stream = commits(history, &|n| ids[n].to_string());
    import(world, &stream, &[]);
}

/// A piece in two parts, now and then.
fn cut(piece: &Piece, random: &mut Rng) -> Vec<Piece> {
    match piece {
        Piece::Copy(range) if range.len() > 1 && random.bool() => {
            let at = random.usize(range.clone());
            vec![Piece::Copy(range.start..at), Piece::Copy(at..range.end)]
        }
        other => vec![other.clone()],
    }
}

/// Packs that hold some objects twice and three times, made from different ones.
fn several(world: &World, history: &History, seed: u64) {
    commit(world, history, &[]);
    let mut random = Rng::with_seed(seed);
    let format = "--batch-check=%(objectname)";
    let all = world.git(&["cat-file", "--batch-all-objects", format], b"");
    let all = String::from_utf8(all).expect("names are ASCII");
    let whole = world.indexes();
    let mut left: Vec<&str> = all.lines().collect();
    // None of them is whole, and what is in none of the first two is in the last.
    for (n, kind) in [&[][..], &["--delta-base-offset"], &["--delta-base-offset"]]
        .into_iter()
        .enumerate()
    {
        let pick = |name: &&str| random.u8(..3) == 0 || n == 2 && left.contains(name);
        let some: Vec<&str> = all.lines().filter(pick).collect();
        left.retain(|name| !some.contains(name));
        let prefix = world.packs().join("pack");
        let prefix = prefix.to_str().expect("temporary folders are UTF-8");
        let words = ["pack-objects", "-q", "--no-reuse-delta", "--depth=40"];
        let words = [&words[..], &["--window=20"], kind, &[prefix]].concat();
        world.git(&words, (some.join("\n") + "\n").as_bytes());
    }
    for index in whole {
        for end in ["idx", "pack", "rev"] {
            let _ = fs::remove_file(index.with_extension(end));
        }
    }
}

/// All objects stand alone, and some of them in a pack as well.
fn loose_too(world: &World, history: &History, seed: u64) {
    several(world, history, seed);
    let aside = world.beside("aside");
    fs::create_dir(&aside).expect("a folder is made");
    let mut packs = Vec::new();
    for index in world.indexes() {
        let pack = index.with_extension("pack");
        let moved = aside.join(pack.file_name().expect("it has a name"));
        fs::rename(&pack, &moved).expect("it can be moved");
        fs::remove_file(&index).expect("it can be removed");
        packs.push(moved);
    }
    // In any one order every time.
    packs.sort_by_key(|pack| {
        (
            fs::metadata(pack).map(|about| about.len()).ok(),
            pack.clone(),
        )
    });
    for pack in &packs {
        let bytes = fs::read(pack).expect("it can be read");
        world.git(&["unpack-objects", "-q"], &bytes);
    }
    let bytes = fs::read(&packs[packs.len() / 2]).expect("it can be read");
    world.git(&["index-pack", "--stdin"], &bytes);
}
