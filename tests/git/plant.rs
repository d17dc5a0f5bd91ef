//! Where values hide in a repository, and how each is put there with git's own commands.
//!
//! The table is the one of the README, in the order in which the places are made: later ones pack what
//! earlier ones left loose.

use std::fs;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};

use crate::world::World;

/// A place in which a value hides.
pub(crate) struct Hiding {
    /// What it is called in the README.
    pub(crate) place: &'static str,
    /// The word for what holds the value.
    pub(crate) object: &'static str,
    /// Its path; `{masked}` stands for the value as it is shown, `{commit}` for the name of the commit
    /// that it came with, `{blob}` for that of the blob that it lies in.
    pub(crate) path: &'static str,
    /// 0 where it stands in a name, which has no lines.
    pub(crate) line: u64,
    pub(crate) reachable: bool,
    /// Puts a value there; the commit that it came with.
    pub(crate) plant: fn(&World, &str) -> Option<String>,
}

const fn file(
    place: &'static str,
    path: &'static str,
    plant: fn(&World, &str) -> Option<String>,
) -> Hiding {
    Hiding {
        place,
        object: "blob",
        path,
        line: 3,
        reachable: true,
        plant,
    }
}

const fn other(
    place: &'static str,
    (object, path, line): (&'static str, &'static str, u64),
    plant: fn(&World, &str) -> Option<String>,
) -> Hiding {
    Hiding {
        object,
        line,
        ..file(place, path, plant)
    }
}

const fn unreachable(hiding: Hiding) -> Hiding {
    Hiding {
        reachable: false,
        ..hiding
    }
}

/// All places.
pub(crate) const HIDINGS: &[Hiding] = &[
    file("a file that was deleted", "deleted.txt", |world, token| {
        let commit = world.commit_file("deleted.txt", text(token));
        world.git(&["rm", "-q", "deleted.txt"]);
        world.commit("clean up");
        Some(commit)
    }),
    file("another branch", "other.txt", |world, token| {
        world.git(&["switch", "-q", "-c", "other"]);
        let commit = world.commit_file("other.txt", text(token));
        world.git(&["switch", "-q", "main"]);
        Some(commit)
    }),
    file("a stash", "stashed.txt", |world, token| {
        world.commit_file("stashed.txt", "nothing yet\n");
        world.write("stashed.txt", text(token));
        world.git(&["stash", "push", "-q"]);
        Some(world.git(&["rev-parse", "stash"]))
    }),
    file(
        "a merge that neither side holds",
        "merged.txt",
        |world, token| {
            world.git(&["switch", "-q", "-c", "side"]);
            world.commit_file("side.txt", "nothing\n");
            world.git(&["switch", "-q", "main"]);
            world.commit_file("main.txt", "nothing\n");
            world.git(&["merge", "-q", "--no-commit", "--no-ff", "side"]);
            Some(world.commit_file("merged.txt", text(token)))
        },
    ),
    unreachable(file(
        "a commit that nothing leads to",
        "lost.txt",
        |world, token| {
            world.write("lost.txt", text(token));
            world.git(&["add", "lost.txt"]);
            let tree = world.git(&["write-tree"]);
            world.git(&["reset", "-q", "--hard"]);
            Some(world.git(&["commit-tree", "-m", "lost", &tree]))
        },
    )),
    unreachable(file(
        "a folder that no commit holds",
        "refused/a.txt",
        |world, token| {
            world.write("refused/a.txt", text(token));
            world.git(&["add", "refused"]);
            world.git(&["write-tree"]);
            world.git(&["reset", "-q", "--hard"]);
            None
        },
    )),
    other(
        "the message of a tag",
        ("tag-message", "(tag message)", 3),
        |world, token| {
            world.git(&["tag", "-a", "v1", "-m", &text(token)]);
            Some(world.head())
        },
    ),
    other(
        "the message of a commit",
        ("commit-message", "(commit message)", 3),
        |world, token| Some(world.commit(&text(token))),
    ),
    other(
        "a note",
        ("note", "(note on {commit})", 3),
        |world, token| {
            world.git(&["notes", "add", "-m", &text(token)]);
            Some(world.git(&["rev-parse", "refs/notes/commits"]))
        },
    ),
    other(
        "the name of a branch or a tag",
        ("ref-name", "refs/heads/try-{masked}", 0),
        |world, token| {
            world.git(&["branch", &format!("try-{token}")]);
            None
        },
    ),
    other(
        "the name of a file or a folder",
        ("file-name", "names/{masked}.txt", 0),
        |world, token| {
            world.write(format!("names/{token}.txt"), "nothing\n");
            Some(world.commit("bring a name"))
        },
    ),
    other(
        "the name of a submodule",
        ("file-name", "deep/{masked}", 0),
        |world, token| {
            let entry = format!("160000,{},deep/{token}", world.head());
            world.git(&["update-index", "--add", "--cacheinfo", &entry]);
            world.git(&["commit", "-q", "-m", "bring a submodule"]);
            let commit = world.head();
            world.git(&["rm", "-q", "--cached", "-r", "deep"]);
            world.commit("take it away");
            Some(commit)
        },
    ),
    other(
        "the target of a symbolic link",
        ("symlink-target", "link", 1),
        |world, token| {
            let link = world.path("link");
            std::os::unix::fs::symlink(format!("up/{token}"), link).expect("a link is made");
            Some(world.commit("bring a link"))
        },
    ),
    other(
        "the name of an author",
        ("author", "(author)", 1),
        |world, token| {
            let author = format!("--author=Eve {token} <eve@example.com>");
            world.git(&["commit", "-q", "--allow-empty", &author, "-m", "mine"]);
            Some(world.head())
        },
    ),
    file("a file with NUL bytes", "binary.bin", |world, token| {
        Some(world.commit_file("binary.bin", format!("\0\0\n\n{token}\0\n")))
    }),
    file(
        "a file that is not to be compared (`-diff`)",
        "quiet.lock",
        |world, token| {
            world.commit_file(".gitattributes", "*.lock -diff -text\n");
            Some(world.commit_file("quiet.lock", text(token)))
        },
    ),
    file("a submodule", "modules/sub/inside.txt", |world, token| {
        init(world, "sub", &[]);
        fs::write(world.home("sub/inside.txt"), text(token)).expect("a file is written");
        world.git_in("sub", &["add", "-A"]);
        world.git_in("sub", &["commit", "-q", "-m", "inside"]);
        world.git(&["submodule", "--quiet", "add", "../sub", "modules/sub"]);
        world.commit("bring a submodule");
        Some(world.git_in("sub", &["rev-parse", "HEAD"]))
    }),
    file(
        "the commit that only another work tree is at",
        "linked.txt",
        |world, token| {
            world.git(&["worktree", "add", "-q", "--detach", "../linked"]);
            fs::write(world.home("linked/linked.txt"), text(token)).expect("a file is written");
            world.git_in("linked", &["add", "-A"]);
            world.git_in("linked", &["commit", "-q", "-m", "linked"]);
            Some(world.git_in("linked", &["rev-parse", "HEAD"]))
        },
    ),
    file(
        "the index of another work tree",
        "worktrees/linked/staged.txt",
        |world, token| {
            fs::write(world.home("linked/staged.txt"), text(token)).expect("a file is written");
            world.git_in("linked", &["add", "-A"]);
            None
        },
    ),
    file(
        "an object store that is borrowed from",
        "borrowed.txt",
        |world, token| Some(borrow(world, token)),
    ),
    file(
        "a file in an archive",
        "archive.zip!inner/conf.txt",
        |world, token| {
            let zip = zip("inner/conf.txt", text(token).as_bytes());
            Some(world.commit_file("archive.zip", zip))
        },
    ),
    file("a file in UTF-16", "wide.txt", |world, token| {
        let units = text(token);
        let units = ["\u{feff}", &units].concat();
        let bytes: Vec<u8> = units.encode_utf16().flat_map(u16::to_le_bytes).collect();
        Some(world.commit_file("wide.txt", bytes))
    }),
    file(
        "a file that Git LFS keeps, where it is there",
        "large.bin",
        |world, token| Some(point(world, token)),
    ),
    unreachable(file("a cruft pack", "(object {blob})", |world, token| {
        put(world, token);
        world.git(&["repack", "-q", "-d", "-l", "--cruft"]);
        None
    })),
    file("packed references", "packed.txt", |world, token| {
        world.git(&["switch", "-q", "-c", "packed"]);
        let commit = world.commit_file("packed.txt", text(token));
        world.git(&["switch", "-q", "main"]);
        world.git(&["pack-refs", "--all"]);
        Some(commit)
    }),
    file("a second pack", "second.txt", |world, token| {
        let commit = world.commit_file("second.txt", text(token));
        world.git(&["repack", "-q", "-d"]);
        Some(commit)
    }),
    unreachable(file("a loose object", "(object {blob})", |world, token| {
        put(world, token);
        None
    })),
    file("the index", "staged.txt", |world, token| {
        world.write("staged.txt", text(token));
        world.git(&["add", "staged.txt"]);
        None
    }),
];

/// A repository with a value in every place: the values, and the commits that they came with.
pub(crate) fn everywhere(init: &[&str]) -> (World, Vec<(String, Option<String>)>) {
    let world = World::with(init);
    world.commit("begin");
    let hidden = HIDINGS.iter().map(|hiding| {
        let token = world.token();
        let commit = (hiding.plant)(&world, &token);
        (token, commit)
    });
    let hidden = hidden.collect();
    (world, hidden)
}

/// A text with a value on its third line.
pub(crate) fn text(token: &str) -> String {
    format!("a first line\n\nthen {token}\n")
}

/// Makes another repository whose objects have the same sort of names.
fn init(world: &World, folder: &str, words: &[&str]) {
    let format = world.git(&["rev-parse", "--show-object-format"]);
    let format = format!("--object-format={format}");
    world.git_in("", &[&["init", "-q", &format, folder], words].concat());
}

/// Puts a blob into the repository that stands nowhere.
fn put(world: &World, token: &str) {
    let file = world.home("put.txt");
    fs::write(&file, text(token)).expect("a file is written");
    let file = file.to_str().expect("it is UTF-8");
    world.git(&["hash-object", "-w", file]);
}

/// Commits a file whose blob lies in the store of another repository.
fn borrow(world: &World, token: &str) -> String {
    init(world, "store.git", &["--bare"]);
    let file = world.home("put.txt");
    fs::write(&file, text(token)).expect("a file is written");
    let file = file.to_str().expect("it is UTF-8");
    let blob = world.git_in("store.git", &["hash-object", "-w", file]);
    world.write(
        ".git/objects/info/alternates",
        "../../../store.git/objects\n",
    );
    let entry = format!("100644,{blob},borrowed.txt");
    world.git(&["update-index", "--add", "--cacheinfo", &entry]);
    world.git(&["commit", "-q", "-m", "borrow"]);
    world.head()
}

/// Commits what points to a file that lies beside the objects.
fn point(world: &World, token: &str) -> String {
    let bytes = text(token);
    let digest = Sha256::digest(bytes.as_bytes());
    let hex = data_encoding::HEXLOWER.encode(&digest);
    let object = format!(".git/lfs/objects/{}/{}/{hex}", &hex[..2], &hex[2..4]);
    world.write(object, &bytes);
    let pointer = format!(
        "version https://git-lfs.example/spec/v1\noid sha256:{hex}\nsize {}\n",
        bytes.len()
    );
    world.commit_file("large.bin", pointer)
}

/// An archive with one compressed file.
///
/// Source: APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut deflated = DeflateEncoder::new(Vec::new(), Compression::default());
    deflated.write_all(bytes).expect("a vector takes all bytes");
    let deflated = deflated.finish().expect("a vector takes all bytes");
    let lengths = [deflated.len(), bytes.len()].map(|len| (len as u32).to_le_bytes());
    // Version 2.0, no flags, method 8, no time, then the checksum, lengths and that of the name.
    let mut common = vec![20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0];
    common.extend(crc32fast::hash(bytes).to_le_bytes());
    common.extend(lengths.concat());
    common.extend((name.len() as u16).to_le_bytes());
    common.extend([0, 0]);
    let mut zip = [b"PK\x03\x04", &common[..], name.as_bytes(), &deflated].concat();
    let start = zip.len();
    zip.extend(
        [
            b"PK\x01\x02\x14\x00",
            &common[..],
            &[0; 14],
            name.as_bytes(),
        ]
        .concat(),
    );
    let central = ((zip.len() - start) as u32).to_le_bytes();
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend([central, (start as u32).to_le_bytes()].concat());
    zip.extend([0, 0]);
    zip
}
