//! What a walk of files and folders gives, leaves out and cannot read.

mod collect;
mod rules;
#[cfg(unix)]
mod unix;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use leakgate::blob::{Blob, BuildVisitor, Exclusion, Place, Skip, Source, Visitor};
use leakgate::error::Error;
use leakgate::source::{Files, Stream};

use collect::{Met, Tree, walk};

#[test]
fn every_file_is_given_once_with_its_bytes() {
    let tree = Tree::new(&["a", "b/c", "b/d/.hidden", "é/ü"]);
    tree.write("empty", "");
    let met = tree.all();
    let expected = ["a", "b/c", "b/d/.hidden", "empty", "é/ü"];
    assert_eq!(met.paths(), expected);
    for (path, bytes) in &met.blobs {
        let text = if path == "empty" { "" } else { path };
        assert_eq!(bytes, text.as_bytes());
    }
    assert_eq!((met.skips, met.excluded), (vec![], BTreeMap::new()));
}

#[test]
fn empty_folder_gives_nothing_and_starts_no_thread() {
    let met = Tree::new(&[]).all();
    assert_eq!(
        met,
        Met {
            visitors: 1,
            ..Met::default()
        }
    );
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let tree = Tree::new(&[]);
    for folder in 0..40 {
        for file in 0..folder {
            tree.write(&format!("{}/{folder}/{file}", folder % 3), "x");
        }
    }
    for file in 0..500 {
        tree.write(&format!("wide/{file}"), "y");
    }
    let [one, four] = [1, 4].map(|jobs| {
        let mut files = tree.files(&[""]);
        files.jobs = jobs;
        tree.met(&files)
    });
    assert_eq!(one.blobs.len(), 1280);
    assert_eq!(one.visitors, 1);
    assert!((2..=4).contains(&four.visitors));
    assert_eq!(one.blobs, four.blobs);
}

#[test]
fn break_stops_the_walk() {
    let tree = Tree::new(&[]);
    for file in 0..300 {
        tree.write(&format!("{}/{file}", file % 7), "x");
    }
    let mut files = tree.files(&[""]);
    files.jobs = 1;
    let met = walk(&files, "", 5).expect("target is good");
    assert_eq!(met.blobs.len(), 5);
    files.jobs = 4;
    let met = walk(&files, "", 5).expect("target is good");
    assert!(met.blobs.len() <= 5 + 3);
}

#[test]
fn panicking_visitor_does_not_hang_the_walk() {
    struct Panics;
    impl BuildVisitor for Panics {
        fn build(&self) -> Box<dyn Visitor + '_> {
            Box::new(Self)
        }
    }
    impl Visitor for Panics {
        fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
            assert!(
                !blob.place.path.ends_with(b"/77"),
                "this file is the bad one"
            );
            ControlFlow::Continue(())
        }
        fn skip(&mut self, _: Skip) {}
        fn exclude(&mut self, _: Exclusion) {}
    }
    let tree = Tree::new(&[]);
    for file in 0..300 {
        tree.write(&format!("{file}"), "x");
    }
    let mut files = tree.files(&[""]);
    files.jobs = 4;
    let walk = std::panic::AssertUnwindSafe(|| files.walk(&Panics));
    assert!(std::panic::catch_unwind(walk).is_err());
}

#[test]
fn paths_are_shown_as_the_user_gave_them() {
    let tree = Tree::new(&["src/x", "y"]);
    // The only test that depends on the working folder, and the only one that changes it.
    std::env::set_current_dir(tree.0.path()).expect("the folder is there");
    let shown = |target: &str| {
        let met = walk(&Files::new(vec![target.into()]), "", usize::MAX).expect("it is there");
        met.paths().join(" ")
    };
    assert_eq!(shown("."), "src/x y");
    assert_eq!(shown("./"), "src/x y");
    assert_eq!(shown("src"), "src/x");
    assert_eq!(shown("src/"), "src/x");
    assert_eq!(shown("src//"), "src/x");
    assert_eq!(shown("./src"), "./src/x");
    assert_eq!(shown("src/../y"), "src/../y");
    assert_eq!(shown("./y"), "./y");
    let mut late = Files::new(vec![".".into()]);
    late.deadline = Some(Instant::now());
    let met = walk(&late, "", usize::MAX).expect("it is there");
    assert_eq!(met.skips, [(".".to_owned(), "timed-out")]);
}

#[test]
fn missing_target_is_an_error_before_anything_is_read() {
    let tree = Tree::new(&["a"]);
    for missing in ["b", "a/b", "b/c"] {
        let met = walk(&tree.files(&["a", missing]), "", usize::MAX);
        let is_right = matches!(&met, Err(Error::NoTarget { path }) if *path == tree.path(missing));
        assert!(is_right, "{met:?}");
    }
}

#[test]
fn overlapping_targets_give_each_file_once() {
    let tree = Tree::new(&["a/1", "a/b/2", "a/b/c/3", "a/b/c/d/4", "e"]);
    let everything = ["a/1", "a/b/2", "a/b/c/3", "a/b/c/d/4", "e"];
    let targets: [&[&str]; 6] = [
        &["", "a"],
        &["a/b", "", "a/b/c"],
        &["a", "e", "a/../a", "a/", "e"],
        &["a/b/2", "", "a/b/c/d"],
        &["", "e", "a/b/c/d/4", "a/1"],
        &["a/b/c", "a/b/2", "a/1", "e"],
    ];
    for targets in targets {
        assert_eq!(tree.met(&tree.files(targets)).paths(), everything);
    }
}

#[test]
fn named_target_is_scanned_where_the_walk_around_it_leaves_it_out() {
    let tree = Tree::new(&["a", "deps/x/1", "deps/y/2", ".env", ".git/config"]);
    tree.write(".gitignore", "deps/\n.env\n*.log\n");
    let met = tree.met(&tree.files(&["", "deps/x", ".env", ".git"]));
    let expected = [".env", ".git/config", ".gitignore", "a", "deps/x/1"];
    assert_eq!(met.paths(), expected);
    assert_eq!(met.excluded, BTreeMap::from([("gitignore", 1)]));
}

#[test]
fn long_file_comes_by_position_and_short_one_whole() {
    let tree = Tree::new(&["short"]);
    let huge = File::create(tree.path("huge")).expect("file is made");
    huge.set_len(5 << 30).expect("a hole costs nothing");
    tree.write("chunk", &"x".repeat(4 << 20));
    tree.write("longer", &"x".repeat((4 << 20) + 1));
    let met = tree.all();
    let forms = [
        ("chunk", "whole"),
        ("huge", "file"),
        ("longer", "file"),
        ("short", "whole"),
    ];
    let forms: BTreeMap<_, _> = forms.map(|(path, form)| (path.to_owned(), form)).into();
    assert_eq!(met.forms, forms);
    assert_eq!(met.blobs[1].1, b"\0\0\0\0\0\0\0\x005368709120");
    assert_eq!(met.skips, []);
}

#[test]
fn time_that_is_over_is_named_for_each_folder_that_is_left() {
    let tree = Tree::new(&["a/1", "a/2", "b"]);
    let mut files = tree.files(&["a", "b"]);
    files.deadline = Some(Instant::now());
    let met = tree.met(&files);
    let timed_out = ["a", "b"].map(|path| (path.to_owned(), "timed-out"));
    assert_eq!(met.paths(), [""; 0]);
    assert_eq!(met.skips, timed_out);
    files.deadline = Some(Instant::now() + Duration::from_secs(3600));
    assert_eq!(tree.met(&files).blobs.len(), 3);
}

#[test]
fn stream_is_one_blob_under_its_name() {
    let place = Place {
        path: b"name".to_vec(),
        ..Place::default()
    };
    let met = walk(&Stream::new(&b"text"[..], place), "", 9).expect("streams never fail");
    assert_eq!(met.blobs, [("name".to_owned(), b"text".to_vec())]);
    assert_eq!((met.forms["name"], met.skips), ("stream", vec![]));
}

#[test]
fn stream_that_breaks_gives_what_it_had_and_is_named() {
    struct Broken(u8);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => (&b"half"[..]).read(buffer),
                _ => Err(io::ErrorKind::BrokenPipe.into()),
            }
        }
    }
    let source = Stream::new(Broken(0), Place::default());
    let met = walk(&source, "", 9).expect("streams never fail");
    assert_eq!(met.blobs, [(String::new(), b"half".to_vec())]);
    assert_eq!(met.skips, [(String::new(), "read-failed")]);
    let late = Stream::new(Broken(1), Place::default()).until(Some(Instant::now()));
    let met = walk(&late, "", 9).expect("streams never fail");
    assert_eq!(met.skips, [(String::new(), "timed-out")]);
}
