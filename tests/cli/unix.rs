//! Links, special files, permissions and names that are not UTF-8.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;

use data_encoding::BASE64;
use serde_json::json;

use crate::run::{LEAKGATE, Ran, World, ran, token, untested};

/// Who owns nothing, by tradition.
const NOBODY: u32 = 65_534;

fn fifo(world: &World, path: &str) {
    let made = Command::new("mkfifo").arg(world.path(path)).status();
    assert!(made.expect("mkfifo is there").success());
}

#[test]
fn special_file_that_is_named_is_2() {
    let world = World::new();
    fifo(&world, "fifo");
    let _socket = UnixListener::bind(world.path("socket")).expect("a socket is made");
    symlink("fifo", world.path("link")).expect("a link is made");
    let hint = "to scan a pipe give `-` as the path\n";
    for (path, what) in [("fifo", "FIFO"), ("link", "FIFO"), ("socket", "socket")] {
        let words = format!("{path}: is a {what}, not a file or a folder");
        world.scan([path]).refuses(&[&words, hint]);
    }
    world
        .scan(["/dev/null"])
        .refuses(&["/dev/null: is a character device", hint]);
}

#[test]
fn links_and_special_files_in_a_walk_are_left_out_and_counted() {
    let world = World::with(&[("d/a", "nothing")]);
    fs::write(world.top().join("outside"), token(1)).expect("a file is written");
    fifo(&world, "d/fifo");
    let _socket = UnixListener::bind(world.path("socket")).expect("a socket is made");
    for (to, from) in [
        ("../outside", "out"),
        ("..", "d/loop"),
        ("no", "dangling"),
        ("self", "self"),
    ] {
        symlink(to, world.path(from)).expect("a link is made");
    }
    let ran = world.scan(["."]);
    ran.is(0).says(&[
        "scanned 1 file,",
        "left out on purpose: 4 symlink, 2 special-file\n",
    ]);
}

#[test]
fn link_that_is_named_is_followed_once() {
    let world = World::new();
    let outside = world.top().join("outside");
    fs::create_dir(&outside).expect("a folder is made");
    fs::write(outside.join("a"), token(1)).expect("a file is written");
    symlink(&outside, outside.join("again")).expect("a link is made");
    symlink("../outside", world.path("folder")).expect("a link is made");
    symlink("../outside/a", world.path("file")).expect("a link is made");
    world
        .scan(["folder"])
        .is(1)
        .says(&["folder/a\n", "1 symlink"]);
    world.scan(["file"]).is(1).says(&["file\n"]);
    world.scan(["."]).is(0);
}

#[test]
fn link_to_nothing_is_2_and_link_to_itself_is_3() {
    let world = World::new();
    symlink("no", world.path("dangling")).expect("a link is made");
    symlink("self", world.path("self")).expect("a link is made");
    world
        .scan(["dangling"])
        .refuses(&["dangling: no such file or folder"]);
    world.scan(["self"]).is(3).says(&["  self: unreadable: "]);
}

/// Runs the command as someone whom permissions bind, or says why that cannot be done.
pub(crate) fn bound(world: &World, words: &[&str]) -> Option<Ran> {
    let is_root = fs::metadata(world.path("")).expect("it is there").uid() == 0;
    if !is_root {
        return Some(world.scan(words));
    }
    let open = |path: PathBuf| fs::set_permissions(path, Permissions::from_mode(0o755));
    let copy = world.top().join("leakgate");
    // By another process: a file that one thread has open for writing cannot be run by another.
    ran(Command::new("cp").arg(LEAKGATE).arg(&copy)).is(0);
    for path in [world.top().to_path_buf(), copy.clone()] {
        open(path).expect("it is ours");
    }
    let mut command = world.command(&copy);
    command
        .args(["scan", "--rules", "../rules.toml", "--only", "demo"])
        .args(words);
    match command.uid(NOBODY).gid(NOBODY).output() {
        Ok(output) => Some(Ran::of(output)),
        Err(error) => {
            untested(
                "nothing is unreadable for root, who cannot step down",
                &error,
            );
            None
        }
    }
}

#[test]
fn what_cannot_be_read_is_3_and_named() {
    let world = World::with(&[("a", "nothing"), ("locked", ""), ("shut/b", "")]);
    for path in ["locked", "shut"] {
        let none = Permissions::from_mode(0o000);
        fs::set_permissions(world.path(path), none).expect("it is ours");
    }
    let locked = "  locked: unreadable: Permission denied (os error 13)\n";
    let shut = "  shut: unreadable: Permission denied (os error 13)\n";
    for (words, lines) in [
        (
            &["."][..],
            &["scanned 1 file,", "NOT FULLY SCANNED (2):\n", locked, shut][..],
        ),
        (&["locked"], &[locked]),
        (&["shut"], &[shut]),
        (&["-q", "shut", "locked"], &[locked, shut]),
    ] {
        if let Some(ran) = bound(&world, words) {
            ran.is(3).says(lines);
        }
    }
    // What the name of a thing tells is known though the thing is not.
    let name = format!("{}.key", token(1));
    world.write(&name, "");
    let none = Permissions::from_mode(0o000);
    fs::set_permissions(world.path(&name), none).expect("it is ours");
    if let Some(ran) = bound(&world, &["."]) {
        ran.is(1)
            .says(&["in the name  high  Demo access token", ".key: unreadable: "]);
        assert!(!ran.out().contains(&token(1)));
    }
    let all = Permissions::from_mode(0o755);
    fs::set_permissions(world.path("shut"), all).expect("it is ours");
}

#[cfg(target_os = "linux")]
#[test]
fn file_that_fails_while_read_is_3_and_named() {
    let ran = World::new().scan(["/proc/self/mem"]);
    ran.is(3)
        .says(&["  /proc/self/mem: reading failed after 0 bytes: "]);
}

#[test]
fn name_that_is_not_utf8_is_shown_escaped_and_kept_exactly() {
    let world = World::new();
    let name = OsStr::from_bytes(b"caf\xe9.txt");
    if let Err(error) = fs::write(world.path(name), token(1)) {
        untested("this file system takes no such name", &error);
        return;
    }
    world.scan(["."]).is(1).says(&["caf\\xe9.txt\n  1:1"]);
    let words = [OsString::from("--format"), "json".into(), name.to_owned()];
    let finding = &world.scan(words).is(1).json()["findings"][0];
    assert_eq!(finding["path"], json!("caf\\xe9.txt"));
    assert_eq!(finding["path_bytes"], json!(BASE64.encode(name.as_bytes())));
    world
        .scan([OsStr::from_bytes(b"no\xff")])
        .refuses(&["no such file or folder"]);
}

#[test]
fn output_that_is_closed_changes_no_status() {
    let world = World::with(&[("a", &token(1))]);
    for (script, status) in [
        ("exec \"$0\" \"$@\" >&-", 1),
        ("exec \"$0\" \"$@\" 2>&-", 1),
        ("exec \"$0\" \"$@\" <&-", 1),
    ] {
        let mut command = world.command("sh");
        command.args([
            "-c",
            script,
            LEAKGATE,
            "scan",
            "--rules",
            "../rules.toml",
            ".",
        ]);
        ran(&mut command).is(status);
    }
}
