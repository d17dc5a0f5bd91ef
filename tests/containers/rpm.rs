//! RPM packages, made by hand around cpio archives.

use crate::cpio::{self, Form};
use crate::gzip::gzip;
use crate::opened::{open, open_stream};

fn header(store: &[u8]) -> Vec<u8> {
    let mut all = b"\x8e\xad\xe8\x01\0\0\0\0\0\0\0\x01".to_vec();
    all.extend((store.len() as u32).to_be_bytes());
    // One string that describes the package.
    all.extend([0, 0, 3, 0xed, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 1]);
    all.extend(store);
    all
}

pub(crate) fn rpm(payload: &[u8]) -> Vec<u8> {
    let mut all = b"\xed\xab\xee\xdb\x03\0\0\0\0\x01name-1.0-1".to_vec();
    all.resize(96, 0);
    all.extend(header(b"sig"));
    all.resize(all.len().next_multiple_of(8), 0);
    all.extend(header(b"what it is for\0"));
    all.extend(payload);
    all
}

fn skip(what: &str, reason: &str) -> (String, String) {
    (what.to_owned(), format!("rpm package: {reason}"))
}

/// A cpio archive of one file, compressed as `xz --format=lzma` does.
const LZMA: &[u8] =
    b"\x5d\x00\x00\x01\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x18\x0d\xdd\x04\x63\x9c\
    \x72\x1b\x76\xa1\xba\xc0\x1d\x75\x2e\xab\xef\x44\x08\x69\x0a\xb7\xc9\x26\xcd\x9d\
    \x18\xbe\xd7\xd1\x6d\x1b\xe5\xf8\xfc\x5d\xbb\x6d\x49\xdf\x01\xf2\x87\xc2\x8a\xf7\
    \x53\x0b\x34\xd3\x82\xf3\x5e\x66\x34\xff\xf9\xec\x20\x00";

#[test]
fn the_payload_is_opened_to_its_files() {
    let payload = cpio::cpio(Form::New, &[("./usr/bin/a", b"text")]);
    for payload in [payload.clone(), gzip(&payload)] {
        let file = rpm(&payload);
        let opened = open("x.rpm", &file);
        let inner = "x.rpm!payload.cpio!./usr/bin/a";
        assert_eq!(
            opened.paths(),
            ["x.rpm!(signature)", "x.rpm!(header)", inner]
        );
        assert_eq!(opened.bytes(inner), b"text");
        assert!(
            opened
                .bytes("x.rpm!(header)")
                .ends_with(b"what it is for\0")
        );
        assert!(opened.skips.is_empty(), "{opened:?}");
        assert_eq!(open_stream("x.rpm", &file), opened);
    }
}

#[test]
fn a_payload_of_lzma_is_opened() {
    let opened = open("x.rpm", &rpm(&[LZMA, b"and more"].concat()));
    assert_eq!(opened.bytes("x.rpm!payload.cpio!./a"), b"text");
    assert_eq!(opened.bytes("x.rpm!(after the payload)"), b"and more");
    assert!(opened.skips.is_empty(), "{opened:?}");
    for n in 1..LZMA.len() - 6 {
        let opened = open("x.rpm", &rpm(&LZMA[..n]));
        assert!(!opened.skips.is_empty(), "cut at {n}");
    }
}

#[test]
fn a_payload_of_another_kind_is_named() {
    let opened = open(
        "x.rpm",
        &rpm(b"some form of compression that nobody knows, which goes on and on for a while"),
    );
    let reason = "compression of the payload not supported";
    assert_eq!(opened.skips.len(), 1, "{reason}: {opened:?}");
    let opened = open("x.rpm", &rpm(b""));
    assert_eq!(opened.skips, [skip("x.rpm", "damaged: truncated")]);
}

#[test]
fn a_cut_or_damaged_package_is_named() {
    let file = rpm(&gzip(&cpio::cpio(Form::New, &[("a", b"text")])));
    for n in 100..file.len() {
        let opened = open("x.rpm", &file[..n]);
        assert!(!opened.skips.is_empty(), "cut at {n}");
    }
    let mut lies = file.clone();
    lies[104..112].fill(0xff);
    let opened = open("x.rpm", &lies);
    assert!(opened.skips.contains(&skip("x.rpm", "damaged: truncated")));
    assert_eq!(opened.bytes("x.rpm"), lies);
    let mut other = file;
    other[96] = 0;
    let opened = open("x.rpm", &other);
    assert_eq!(opened.skips, [skip("x.rpm", "damaged: signature")]);
}
