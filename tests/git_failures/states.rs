//! Repositories that are not whole: each with its status and its words.

use std::fs;

use crate::world::{World, damage, token};

#[test]
fn what_is_no_repository_is_an_error() {
    let world = World::committed();
    world.refuses(&["git", "--ref", "nowhere"], &["nowhere"]);
    world.refuses(&["git", "--range", "nowhere..HEAD"], &["nowhere"]);
    world.refuses(&["git", "absent"], &["absent"]);
    fs::create_dir(world.home("plain")).expect("a folder is made");
    let plain = world.home("plain");
    world.refuses(&["git", &plain.to_string_lossy()], &["repository"]);
    let version = |n| {
        let text = fs::read_to_string(world.path(".git/config")).expect("it is text");
        let lines = text.lines().map(|line| match line.contains("version") {
            true => format!("\trepositoryformatversion = {n}\n"),
            false => format!("{line}\n"),
        });
        world.write(".git/config", lines.collect::<String>());
    };
    version(9);
    world.refuses(&["git"], &["repositoryformatversion"]);
    version(1);
    world.append(".git/config", "[extensions]\n\tsideways = true\n");
    world.refuses(&["git"], &["sideways"]);
}

#[test]
fn without_commits_objects_are_scanned_all_the_same() {
    let world = World::new();
    world.is(0, &[]);
    world.git(["hash-object", "-w", ".git/HEAD"]);
    world.is(0, &[]);
    world.write("a", token(1));
    world.git(["hash-object", "-w", "a"]);
    world.is(1, &[]);
}

#[test]
fn clones_in_part_say_what_is_not_there() {
    let world = World::committed();
    world.append("a", "more\n");
    world.commit("second");
    world.git(["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", world.folder.display());
    world.git(["clone", "-q", "--depth=1", &url, "shallow"]);
    world.called_is(&["git", "shallow"], 3, &["shallow clone"]);
    world.git([
        "clone",
        "-q",
        "--bare",
        "--filter=blob:none",
        &url,
        "partial",
    ]);
    let canary = world.home("canary");
    let fetch = format!("ext::touch {}", canary.display());
    let set = |key: &str, value: &str| drop(world.git(["-C", "partial", "config", key, value]));
    set("remote.origin.url", &fetch);
    set("protocol.ext.allow", "always");
    world.called_is(&["git", "partial"], 3, &["promised objects"]);
    assert!(!canary.exists());
}

#[test]
fn what_lfs_keeps_elsewhere_is_named_where_it_stands() {
    let world = World::new();
    let pointer = format!(
        "version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 9\n",
        "ab".repeat(32)
    );
    world.write("folder/model.bin", pointer);
    world.commit("big");
    world.is(3, &["folder/model.bin", "git lfs fetch"]);
}

#[test]
fn a_damaged_object_is_named_and_others_are_scanned() {
    let world = World::committed();
    let id = world.git(["rev-parse", "HEAD:a"]);
    damage(&world.path(world.loose(&id)), |bytes| {
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
    });
    world.is(3, &["git object"]);
    world.write("c", token(1));
    world.commit("second");
    world.is(1, &["git object"]);
}

#[test]
fn an_object_under_the_name_of_another_is_named() {
    let world = World::committed();
    let file = |name: &str| world.loose(&world.git(["rev-parse", name]));
    let other = fs::read(world.path(file("HEAD:b"))).expect("it stands alone");
    world.write(file("HEAD:a"), other);
    world.is(3, &["not what its name says"]);
}

/// A repository whose only pack has one damaged object.
fn with_damaged_pack() -> (World, String) {
    let world = World::committed();
    world.write("secret", token(1));
    world.write("noise", (0..999).map(|n| n.to_string()).collect::<String>());
    world.commit("second");
    world.git(["repack", "-adq"]);
    let id = world.git(["rev-parse", "HEAD:noise"]);
    let (start, end) = world.extent(&id);
    damage(&world.packs("pack")[0], |bytes| {
        bytes[(start + end) / 2] ^= 0x40
    });
    (world, id)
}

#[test]
fn a_damaged_pack_is_scanned_but_for_what_is_damaged() {
    let (world, _) = with_damaged_pack();
    world.is(1, &["git pack", "noise"]);
}

#[test]
fn another_copy_of_a_damaged_object_makes_up_for_it() {
    let (world, id) = with_damaged_pack();
    let noise: String = (0..999).map(|n| n.to_string()).collect();
    let made = world.git(["hash-object", "noise"]);
    assert_eq!(made, id);
    world.write("noise", noise);
    fs::create_dir(world.home("elsewhere")).expect("a folder is made");
    let elsewhere = world.home("elsewhere");
    world.git(["init", "-q", &elsewhere.to_string_lossy()]);
    let copy = |words: &[&str]| {
        let base = ["-C", &*elsewhere.to_string_lossy()].map(str::to_owned);
        world.git(
            base.into_iter()
                .chain(words.iter().map(|&word| word.to_owned())),
        )
    };
    let file = world.path("noise");
    copy(&["hash-object", "-w", &file.to_string_lossy()]);
    copy(&["add", "-f", "--", "."]);
    let object = elsewhere.join(".git/objects").join(&id[..2]).join(&id[2..]);
    world.write(world.loose(&id), fs::read(object).expect("it was made"));
    world.is(1, &[]);
}

#[test]
fn packs_and_indexes_that_do_not_fit_are_named() {
    let world = World::committed();
    world.write("secret", token(1));
    world.commit("second");
    world.git(["repack", "-adq"]);
    let (pack, index) = (world.packs("pack").remove(0), world.packs("idx").remove(0));
    let (packed, indexed) = [&pack, &index]
        .map(|path| fs::read(path).expect("read"))
        .into();
    world.remove(&index);
    world.is(1, &["its index is not there"]);
    world.write(&index, &indexed);
    world.remove(&pack);
    world.is(3, &[".idx"]);
    world.write(&pack, &packed[..packed.len() / 3]);
    let ran = world.leakgate(&["git"]);
    assert!(matches!(ran.status, Some(1 | 3)), "{}", ran.said);
    world.write(&pack, &packed);
    world.write(&index, &indexed[..indexed.len() / 2]);
    world.is(1, &["git pack index"]);
    world.write("c", "third\n");
    world.write(&index, &indexed);
    world.commit("third");
    world.git(["repack", "-dq"]);
    let indexes = world.packs("idx");
    let bytes = [0, 1].map(|at: usize| fs::read(&indexes[at]).expect("read"));
    world.write(&indexes[0], &bytes[1]);
    world.write(&indexes[1], &bytes[0]);
    world.is(1, &["index"]);
}

#[test]
fn what_a_reference_holds_must_be_there() {
    for name in ["HEAD^{tree}", "HEAD:a", "HEAD", "HEAD^"] {
        let world = World::committed();
        world.commit("second");
        let id = world.git(["rev-parse", name]);
        world.remove(world.loose(&id));
        world.is(3, &[&id]);
    }
}

#[test]
fn folders_that_cannot_be_listed_are_named() {
    for path in ["objects/pack", "objects/ab", "refs/heads/odd"] {
        let world = World::committed();
        let path = world.path(".git").join(path);
        let _ = fs::remove_dir_all(&path);
        fs::write(&path, "no folder").expect("written");
        let ran = world.leakgate(&["git"]);
        assert_eq!(ran.status, Some(3), "{}: {}", path.display(), ran.said);
    }
    let world = World::committed();
    fs::remove_file(world.path(".git/index")).expect("removed");
    fs::create_dir(world.path(".git/index")).expect("made");
    world.is(3, &["index"]);
}

#[test]
fn a_submodule_that_is_not_checked_out_is_named() {
    let world = World::committed();
    let url = format!("file://{}", world.folder.display());
    world.git(["init", "-q", "outer"]);
    world.git(["-C", "outer", "submodule", "add", "-q", &url, "inner"]);
    world.git(["-C", "outer", "commit", "-qm", "inner"]);
    world.git(["clone", "-q", "outer", "bare-inner"]);
    world.called_is(&["git", "bare-inner"], 3, &["inner", "submodule"]);
}

#[test]
fn broken_lists_of_names_are_named() {
    let broken: &[(&str, &[u8])] = &[
        (".git/index", b"DIRC garbage"),
        (".git/packed-refs", b"what is this\n\0\xff"),
        (".git/refs/heads/main", b"zzzz\n"),
        (
            ".git/refs/heads/gone",
            b"1234567890123456789012345678901234567890\n",
        ),
    ];
    for (path, bytes) in broken {
        let world = World::committed();
        world.write(path, bytes);
        let ran = world.leakgate(&["git"]);
        assert_eq!(ran.status, Some(3), "{path}: {}", ran.said);
    }
    let world = World::committed();
    world.write(".git/HEAD", "garbage\n");
    let ran = world.leakgate(&["git"]);
    assert!(matches!(ran.status, Some(2 | 3)), "{}", ran.said);
    let world = World::with(&["--ref-format=reftable"]);
    world.write("a", "plain");
    world.commit("first");
    for entry in fs::read_dir(world.path(".git/reftable")).expect("listed") {
        let path = entry.expect("listed").path();
        if path.extension().is_some_and(|end| end == "ref") {
            damage(&path, |bytes| bytes[40..60].fill(0xff));
        }
    }
    let ran = world.leakgate(&["git"]);
    assert_eq!(ran.status, Some(3), "{}", ran.said);
}

#[test]
fn limits_of_time_and_memory_are_named() {
    let world = World::committed();
    world.called_is(&["git", "--timeout", "0s"], 3, &["time"]);
    world.write("big", "0123456789".repeat(9_000));
    world.commit("big");
    let configuration = world.home("limits.toml");
    fs::write(&configuration, "[limits]\ngit-bytes-max = 4096\n").expect("written");
    let flags = ["git", "--config", &configuration.to_string_lossy()];
    world.called_is(&flags, 3, &["git-bytes-max", "big"]);
    world.git(["repack", "-adq"]);
    world.called_is(&flags, 3, &["git-bytes-max", "big"]);
}
