//! gzip streams.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::opened::{open, open_stream};
use crate::streams::bzip2;

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn content_stands_under_its_own_name() {
    let file = gzip(b"text");
    for opened in [open("d/a.txt.gz", &file), open_stream("d/a.txt.gz", &file)] {
        assert_eq!(opened.bytes("d/a.txt.gz!a.txt"), b"text");
        assert_eq!(opened.containers, ["d/a.txt.gz"]);
        assert!(opened.skips.is_empty(), "{opened:?}");
    }
}

#[test]
fn streams_in_a_row_are_one_text_and_what_follows_is_another() {
    let file = [&gzip(b"one "), &gzip(b"two"), &b"and more"[..]].concat();
    let opened = open("a.gz", &file);
    assert_eq!(opened.bytes("a.gz!a"), b"one two");
    assert_eq!(opened.bytes("a.gz!(after the end)"), b"and more");
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn padding_after_the_end_says_nothing() {
    let opened = open("a.gz", &[gzip(b"text"), vec![0; 2_000]].concat());
    assert_eq!(opened.paths(), ["a.gz!a"]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_container_after_padding_is_opened() {
    let file = [gzip(b"one"), vec![0; 1_001], bzip2(b"two")].concat();
    let opened = open("a.gz", &file);
    assert_eq!(opened.paths(), ["a.gz!a", "a.gz!(after the end)!content"]);
    assert_eq!(opened.bytes("a.gz!(after the end)!content"), b"two");
}

#[test]
fn a_stream_that_is_cut_or_fails_its_checksum_is_damaged() {
    let file = gzip(&b"a text that is long enough to be cut".repeat(90));
    let opened = open("a.gz", &file[..file.len() - 20]);
    assert_eq!(opened.skips[0].0, "a.gz");
    assert_eq!(opened.skips[0].1, "gzip stream: damaged: truncated");
    let mut file = gzip(b"text");
    let at = file.len() - 8;
    file[at] ^= 1;
    let opened = open("a.gz", &file);
    assert_eq!(opened.bytes("a.gz!a"), b"text");
    assert_eq!(opened.skips.len(), 1, "{opened:?}");
}
