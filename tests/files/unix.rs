//! Links, special files, permissions, and files that change while they are read.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::process::Command;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use leakgate::blob::{Blob, BuildVisitor, Content, Exclusion, Skip, SkipReason, Source, Visitor};
use leakgate::error::Error;
use leakgate::source::Files;

use crate::collect::{Tree, walk};

fn fifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status();
    assert!(made.expect("mkfifo is there").success());
}

#[test]
fn links_and_special_files_in_a_walk_are_counted_and_never_opened() {
    let tree = Tree::new(&["a", "d/b"]);
    for (to, from) in [
        ("a", "to-file"),
        ("d", "to-folder"),
        ("..", "d/loop"),
        ("no", "d/no"),
    ] {
        symlink(to, tree.path(from)).expect("link is made");
    }
    fifo(&tree.path("d/fifo"));
    let _socket = UnixListener::bind(tree.path("socket")).expect("socket is made");
    let met = tree.all();
    assert_eq!(met.paths(), ["a", "d/b"]);
    let excluded = BTreeMap::from([("symlink", 4), ("special-file", 2)]);
    assert_eq!((met.excluded, met.skips), (excluded, vec![]));
}

#[test]
fn link_that_is_named_is_followed_once() {
    let tree = Tree::new(&["real/a", "real/b"]);
    symlink("real", tree.path("folder")).expect("link is made");
    symlink("real/a", tree.path("file")).expect("link is made");
    symlink("b", tree.path("real/inner")).expect("link is made");
    let met = tree.met(&tree.files(&["folder"]));
    assert_eq!(met.paths(), ["folder/a", "folder/b"]);
    assert_eq!(met.excluded, BTreeMap::from([("symlink", 1)]));
    assert_eq!(tree.met(&tree.files(&["file"])).paths(), ["file"]);
    let both = tree.met(&tree.files(&["real", "folder", "file"]));
    assert_eq!(both.paths(), ["file", "real/b"]);
}

#[test]
fn special_file_or_dangling_link_that_is_named_is_an_error() {
    let tree = Tree::new(&[]);
    fifo(&tree.path("fifo"));
    let _socket = UnixListener::bind(tree.path("socket")).expect("socket is made");
    symlink("fifo", tree.path("link")).expect("link is made");
    symlink("nowhere", tree.path("dangling")).expect("link is made");
    for (target, word) in [("fifo", "FIFO"), ("link", "FIFO"), ("socket", "socket")] {
        let met = walk(&tree.files(&[target]), "", 9);
        let is_right = matches!(met, Err(Error::BadTarget { what, .. }) if what == word);
        assert!(is_right, "{target}");
    }
    let device = walk(&Files::new(vec!["/dev/null".into()]), "", 9);
    let is_device = matches!(
        device,
        Err(Error::BadTarget {
            what: "character device",
            ..
        })
    );
    assert!(is_device);
    let dangling = walk(&tree.files(&["dangling"]), "", 9);
    assert!(matches!(dangling, Err(Error::NoTarget { .. })));
}

#[test]
fn named_loop_of_links_is_skipped() {
    let tree = Tree::new(&[]);
    symlink("loop", tree.path("loop")).expect("link is made");
    let met = tree.met(&tree.files(&["loop"]));
    assert_eq!(met.skips, [("loop".to_owned(), "unreadable")]);
}

#[test]
fn what_may_not_be_read_is_skipped_and_the_walk_goes_on() {
    let tree = Tree::new(&["a", "closed/x", "file"]);
    for path in ["closed", "file"] {
        let closed = fs::Permissions::from_mode(0o000);
        fs::set_permissions(tree.path(path), closed).expect("it is ours");
    }
    // Permissions do not bind root.
    let is_bound = File::open(tree.path("file")).is_err();
    let met = tree.all();
    let named = tree.met(&tree.files(&["file", "closed"]));
    let open = fs::Permissions::from_mode(0o700);
    fs::set_permissions(tree.path("closed"), open).expect("it is ours");
    if is_bound {
        let skips = ["closed", "file"].map(|path| (path.to_owned(), "unreadable"));
        assert_eq!((met.paths(), &met.skips[..]), (vec!["a"], &skips[..]));
        assert_eq!(named.skips, skips);
    } else {
        assert_eq!(met.paths(), ["a", "closed/x", "file"]);
    }
}

#[test]
fn path_longer_than_the_system_takes_is_skipped() {
    let tree = Tree::new(&["a"]);
    // Two halves, of which each can be made by its path and both together cannot be opened by it.
    let half = vec!["n".repeat(200); 12].join("/");
    for top in ["x", "y"] {
        fs::create_dir_all(tree.path(top).join(&half)).expect("folders are made");
    }
    let end = tree.path("x").join(&half).join("y");
    fs::rename(tree.path("y"), end).expect("folder is moved");
    let met = tree.all();
    assert_eq!(met.paths(), ["a"]);
    assert_eq!(met.skips.len(), 1);
    assert_eq!(met.skips[0].1, "unreadable");
}

#[test]
fn name_that_is_not_utf8_keeps_its_bytes() {
    let tree = Tree::new(&[]);
    let name = std::ffi::OsStr::from_bytes(b"odd-\xff");
    if fs::write(tree.path("").join(name), "x").is_err() {
        return; // Some file systems take UTF-8 only.
    }
    assert_eq!(tree.all().paths(), ["odd-\u{fffd}"]);
}

#[test]
fn unreadable_bytes_are_a_failed_read() {
    let memory = Path::new("/proc/self/mem");
    if !memory.exists() {
        return; // Only Linux has it: it opens, and its first page is not there.
    }
    let met = walk(&Files::new(vec![memory.into()]), "", 9).expect("it is a file");
    assert_eq!(met.paths(), [""; 0]);
    assert_eq!(met.skips, [("/proc/self/mem".to_owned(), "read-failed")]);
}

#[test]
fn file_that_says_it_is_empty_is_read_to_its_end() {
    let maps = Path::new("/proc/self/maps");
    if !maps.exists() {
        return; // Only Linux has it.
    }
    let mut files = Files::new(vec![maps.into()]);
    let whole = walk(&files, "", 9).expect("it is a file");
    assert!(whole.blobs[0].1.len() > 64);
    assert_eq!(
        (whole.forms["/proc/self/maps"], &whole.skips[..]),
        ("whole", &[][..])
    );
    files.chunk_bytes = 64;
    let long = walk(&files, "", 9).expect("it is a file");
    assert!(long.blobs[0].1.len() > 64);
    assert_eq!(
        (long.forms["/proc/self/maps"], &long.skips[..]),
        ("stream", &[][..])
    );
}

#[test]
fn file_that_shrinks_while_it_is_read_is_named() {
    /// Cuts the file at hand to half as soon as it sees it.
    struct Cuts(PathBuf, Mutex<Vec<SkipReason>>);
    struct Cutter<'a>(&'a Cuts);
    impl BuildVisitor for Cuts {
        fn build(&self) -> Box<dyn Visitor + '_> {
            Box::new(Cutter(self))
        }
    }
    impl Visitor for Cutter<'_> {
        fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
            let file = File::options().write(true).open(&self.0.0);
            file.and_then(|file| file.set_len(50)).expect("it is ours");
            if let Content::File(file, len) = blob.content {
                let n = file.read_at(60, &mut [0; 40]).expect("never fails");
                assert_eq!((n, len), (0, 100));
            }
            ControlFlow::Continue(())
        }
        fn skip(&mut self, skip: Skip) {
            self.0
                .1
                .lock()
                .expect("no visitor panicked")
                .push(skip.reason);
        }
        fn exclude(&mut self, _: Exclusion) {}
    }
    let tree = Tree::new(&[]);
    tree.write("file", &"x".repeat(100));
    let cuts = Cuts(tree.path("file"), Mutex::default());
    let mut files = tree.files(&["file"]);
    files.chunk_bytes = 10;
    files.walk(&cuts).expect("target is good");
    let shrank = SkipReason::Shrank {
        expected: 100,
        read: 60,
    };
    assert_eq!(*cuts.1.lock().expect("no visitor panicked"), [shrank]);
}

#[test]
fn what_takes_a_files_place_after_listing_neither_blocks_nor_leads_astray() {
    /// Puts other things in the place of files still to come.
    struct Swaps(PathBuf, Mutex<(u32, Vec<&'static str>)>);
    struct Swapper<'a>(&'a Swaps);
    impl BuildVisitor for Swaps {
        fn build(&self) -> Box<dyn Visitor + '_> {
            Box::new(Swapper(self))
        }
    }
    impl Visitor for Swapper<'_> {
        fn blob(&mut self, _: Blob<'_>) -> ControlFlow<()> {
            let mut met = self.0.1.lock().expect("no visitor panicked");
            met.0 += 1;
            if met.0 > 1 {
                return ControlFlow::Continue(());
            }
            let put: [fn(&Path); 4] = [
                |path| fifo(path),
                |path| symlink("/dev/zero", path).expect("link is made"),
                |path| fs::create_dir(path).expect("folder is made"),
                |_| {},
            ];
            // Which file came first is up to the file system: it is not there any more.
            for (index, put) in put.iter().enumerate() {
                let path = self.0.0.join(index.to_string());
                fs::remove_file(&path).expect("it is there");
                put(&path);
            }
            ControlFlow::Continue(())
        }
        fn skip(&mut self, skip: Skip) {
            let mut met = self.0.1.lock().expect("no visitor panicked");
            met.1.push(skip.reason.name());
        }
        fn exclude(&mut self, exclusion: Exclusion) {
            let mut met = self.0.1.lock().expect("no visitor panicked");
            met.1.push(exclusion.name());
        }
    }
    let tree = Tree::new(&["0", "1", "2", "3"]);
    let swaps = Swaps(tree.path(""), Mutex::default());
    let mut files = tree.files(&[""]);
    files.jobs = 1;
    files.walk(&swaps).expect("target is good");
    let (n_blobs, mut met) = swaps.1.into_inner().expect("no visitor panicked");
    met.sort_unstable();
    // One of the four was given before anything was swapped.
    let all = ["special-file", "symlink", "vanished", "vanished"];
    assert_eq!((n_blobs, met.len()), (1, 3));
    assert!(met.iter().all(|word| all.contains(word)), "{met:?}");
}
