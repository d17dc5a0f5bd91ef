//! Repositories that want something run, or something read that lies outside of them.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use crate::world::{World, token};

#[test]
fn nothing_of_a_repository_is_run() {
    let world = World::committed();
    let canary = world.home("canary");
    let script = world.home("script");
    let text = format!("#!/bin/sh\necho ran >> {}\ncat\n", canary.display());
    fs::write(&script, &text).expect("written");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("set");
    world.write(".gitattributes", "* filter=evil diff=evil merge=evil\n");
    world.write("new", "staged\n");
    world.git(["add", "new", ".gitattributes"]);
    let run = script.display();
    let extra = world.home("extra");
    fs::write(&extra, format!("[core]\n\tpager = {run}\n")).expect("written");
    world.append(
        ".git/config",
        &format!(
            "[core]\n\tfsmonitor = {run}\n\tsshCommand = {run}\n\thooksPath = {hooks}\n\
             \tpager = {run}\n\teditor = {run}\n\tgitProxy = {run}\n\taskPass = {run}\n\
             [filter \"evil\"]\n\tprocess = {run}\n\tclean = {run}\n\tsmudge = {run}\n\
             \trequired = true\n[diff]\n\texternal = {run}\n[diff \"evil\"]\n\ttextconv = {run}\n\
             \tcommand = {run}\n[alias]\n\tstatus = !{run}\n\tdiff = !{run}\n\tlog = !{run}\n\
             [credential]\n\thelper = !{run}\n[include]\n\tpath = {extra}\n[gpg]\n\tprogram = {run}\n\
             [uploadpack]\n\tpackObjectsHook = {run}\n[remote \"origin\"]\n\turl = ext::{run}\n\
             \tuploadpack = {run}\n\tpromisor = true\n",
            hooks = world.home("").display(),
            extra = extra.display(),
        ),
    );
    for hook in [
        "pre-commit",
        "post-checkout",
        "post-index-change",
        "fsmonitor-watchman",
    ] {
        let hook = world.path(".git/hooks").join(hook);
        fs::write(&hook, &text).expect("written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).expect("set");
    }
    let commands: &[&[&str]] = &[
        &["git"],
        &["git", "--reachable"],
        &["git", "--ref", "HEAD"],
        &["staged"],
        &["hook", "run", "--stage", "pre-commit"],
        &["scan", "."],
    ];
    for command in commands {
        let ran = world.leakgate(command);
        assert!(
            matches!(ran.status, Some(0 | 3)),
            "{command:?}: {}",
            ran.said
        );
        assert!(!canary.exists(), "{command:?} ran something");
    }
}

/// A repository with a value in it, and beside it, in a folder of its own, a bait that leads there.
struct Bait {
    world: World,
}

impl Bait {
    fn new() -> Self {
        let world = World::committed();
        world.write("secret", token(1));
        world.commit("secret");
        let inner = world.home("inner/victim").display().to_string();
        world.git(["init", "-q", &inner]);
        world.git(["-C", &inner, "commit", "-q", "--allow-empty", "-m", "first"]);
        Self { world }
    }

    fn victim(&self, path: impl AsRef<Path>) -> PathBuf {
        self.world.home("inner/victim").join(path)
    }

    fn outside(&self, path: &str) -> PathBuf {
        self.world.path(".git").join(path)
    }

    /// Puts a link in the place of a file or folder.
    fn link(&self, at: impl AsRef<Path>, to: &str) {
        // A slash at its end would name what is behind a link.
        let at: PathBuf = self.victim(at).components().collect();
        let _ = fs::remove_file(&at);
        let _ = fs::remove_dir_all(&at);
        fs::create_dir_all(at.parent().expect("it lies in a folder")).expect("made");
        symlink(self.outside(to), at).expect("linked");
    }

    /// Holds all commands to not reading what lies outside.
    #[track_caller]
    fn is_refused(&self, what: &str) {
        let victim = self.victim("").display().to_string();
        let tail = &token(1)[36..];
        for command in ["git", "staged"] {
            let ran = self
                .world
                .leakgate(&[command, victim.trim_end_matches('/')]);
            let fine: &[i32] = if command == "git" {
                &[2, 3]
            } else {
                &[0, 2, 3]
            };
            let status = ran.status.unwrap_or(-1);
            assert!(
                fine.contains(&status),
                "{what}: {command}: {status}: {}",
                ran.said
            );
            assert!(!ran.said.contains(tail), "{what}: {command}: {}", ran.said);
        }
    }
}

#[test]
fn nothing_outside_is_read() {
    let (bait, id) = (Bait::new(), "objects/info/alternates");
    let text = format!("{}\n", bait.outside("objects").display());
    fs::write(bait.victim(".git").join(id), text).expect("written");
    bait.is_refused("alternates");

    let bait = Bait::new();
    fs::remove_dir_all(bait.victim(".git")).expect("removed");
    let text = format!("gitdir: {}\n", bait.outside("").display());
    fs::write(bait.victim(".git"), text).expect("written");
    bait.is_refused("gitfile");

    let bait = Bait::new();
    let text = format!("{}\n", bait.outside("").display());
    fs::write(bait.victim(".git/commondir"), text).expect("written");
    bait.is_refused("commondir");

    for path in [
        "",
        "objects",
        "objects/pack",
        "refs",
        "index",
        "HEAD",
        "packed-refs",
    ] {
        let bait = Bait::new();
        if path.starts_with("objects/pack") {
            bait.world.git(["repack", "-adq"]);
        }
        bait.world.git(["pack-refs", "--all", "--no-prune"]);
        bait.link(Path::new(".git").join(path), path);
        bait.is_refused(&format!("link {path:?}"));
    }
}

#[test]
fn single_files_of_a_store_that_lead_outside_are_refused() {
    let bait = Bait::new();
    let id = bait.world.git(["rev-parse", "HEAD:secret"]);
    let file = format!("objects/{}/{}", &id[..2], &id[2..]);
    bait.link(Path::new(".git").join(&file), &file);
    bait.is_refused("loose object");

    let bait = Bait::new();
    let folder = format!("objects/{}", &id[..2]);
    bait.link(Path::new(".git").join(&folder), &folder);
    bait.is_refused("folder of loose objects");

    for both in [false, true] {
        let bait = Bait::new();
        bait.world.git(["repack", "-adq"]);
        for path in bait
            .world
            .packs("pack")
            .iter()
            .chain(&bait.world.packs("idx"))
        {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("hexadecimal");
            let inside = format!("objects/pack/{name}");
            if both || name.ends_with(".pack") {
                bait.link(Path::new(".git").join(&inside), &inside);
            } else {
                fs::copy(path, bait.victim(".git").join(inside)).expect("copied");
            }
        }
        bait.is_refused("pack");
    }
}

#[test]
fn what_lfs_keeps_is_not_read_outside() {
    let bait = Bait::new();
    let oid = "ab".repeat(32);
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 9\n");
    let inner = bait.victim("").display().to_string();
    fs::write(bait.victim("model"), pointer).expect("written");
    bait.world.git(["-C", &inner, "add", "model"]);
    bait.world.git(["-C", &inner, "commit", "-qm", "model"]);
    let stored = format!("lfs/objects/ab/ab/{oid}");
    bait.world.write(Path::new(".git").join(&stored), token(1));
    bait.link(Path::new(".git").join(&stored), &stored);
    bait.is_refused("stored file");
    bait.link(".git/lfs", "lfs");
    bait.is_refused("folder of stored files");
}

#[test]
fn a_pipe_in_the_place_of_a_file_stops_nothing() {
    for path in [
        "objects/ab/cdef5678901234567890123456789012345678",
        "packed-refs",
        "index",
    ] {
        let world = World::committed();
        let path = world.path(".git").join(path);
        let _ = fs::remove_file(&path);
        fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("made");
        let path = path.display().to_string();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.expect("it runs").success());
        let ran = world.leakgate(&["git", "--timeout", "60s"]);
        assert!(matches!(ran.status, Some(2 | 3)), "{path}: {}", ran.said);
    }
}
