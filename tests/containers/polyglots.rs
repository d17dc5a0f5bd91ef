//! Files that are of more than one kind: opened as each.

use crate::gzip::gzip;
use crate::make_zip::Zip;
use crate::opened::{open, open_stream};
use crate::tar::{file, tar};

fn zip() -> Vec<u8> {
    Zip::new().deflated("b.txt", b"in the zip archive").finish()
}

#[test]
fn a_stream_that_ends_as_a_zip_archive_is_both() {
    let both = [gzip(b"in the stream"), zip()].concat();
    for opened in [open("a.gz", &both), open_stream("a.gz", &both)] {
        assert_eq!(opened.bytes("a.gz!a"), b"in the stream");
        assert_eq!(opened.bytes("a.gz!b.txt"), b"in the zip archive");
        assert!(opened.skips.is_empty(), "{:?}", opened.skips);
    }
}

#[test]
fn a_tar_archive_that_ends_as_a_zip_archive_is_both() {
    let both = [tar(&[file("a.txt", b"in the tar archive")]), zip()].concat();
    let opened = open("a.tar", &both);
    assert_eq!(opened.bytes("a.tar!a.txt"), b"in the tar archive");
    assert_eq!(opened.bytes("a.tar!b.txt"), b"in the zip archive");
}

#[test]
fn what_is_no_container_may_end_as_one() {
    let both = [&b"#!/bin/sh\nexec java -jar \"$0\"\n"[..], &zip()].concat();
    let opened = open("start.sh", &both);
    assert_eq!(opened.bytes("start.sh!b.txt"), b"in the zip archive");
    let script = opened
        .blobs
        .iter()
        .find(|(_, bytes)| bytes.starts_with(b"#!/bin/sh"));
    assert!(script.is_some(), "{:?}", opened.paths());
    assert!(opened.skips.is_empty(), "{:?}", opened.skips);
}
