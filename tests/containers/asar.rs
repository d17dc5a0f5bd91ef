//! asar archives.

use crate::opened::{Opened, open, open_stream};
use crate::streams::zstd;

/// An archive with this header and these bytes after it.
pub(crate) fn asar(header: &str, bytes: &[u8]) -> Vec<u8> {
    let text = u32::try_from(header.len()).expect("short");
    let inner = 4 + text.next_multiple_of(4);
    let mut file = Vec::new();
    for word in [4, inner + 4, inner, text] {
        file.extend(word.to_le_bytes());
    }
    file.extend(header.as_bytes());
    file.resize(16 + text.next_multiple_of(4) as usize, 0);
    file.extend(bytes);
    file
}

#[track_caller]
fn check(header: &str, bytes: &[u8], skips: &[(&str, &str)]) -> Opened {
    let file = asar(header, bytes);
    let opened = open("a.asar", &file);
    assert_eq!(opened, open_stream("a.asar", &file));
    let got: Vec<_> = opened.skips.iter().map(|(a, b)| (&a[..], &b[..])).collect();
    assert_eq!(got, skips);
    assert_eq!(opened.bytes("a.asar!(header)"), header.as_bytes());
    opened
}

#[test]
fn files_stand_at_their_paths() {
    let opened = check(
        r#"{"files":{"b":{"files":{"../c":{"size":3,"offset":"2","executable":true}}},
        "a":{"size":2,"offset":"0","integrity":{"algorithm":"SHA256","blocks":[]}},
        "empty":{"size":0,"offset":"5"},"beside":{"size":9,"unpacked":true},"l":{"link":"a"}}}"#,
        b"onTwo",
        &[],
    );
    assert_eq!(opened.bytes("a.asar!a"), b"on");
    assert_eq!(opened.bytes("a.asar!b/../c"), b"Two");
    assert_eq!(opened.bytes("a.asar!empty"), b"");
    assert_eq!(opened.blobs.len(), 4);
    assert_eq!(opened.containers, ["a.asar"]);
}

#[test]
fn an_archive_in_a_stream_is_opened() {
    let file = asar(r#"{"files":{"a":{"size":4,"offset":"0"}}}"#, b"text");
    let opened = open("a.zst", &zstd(&file));
    assert_eq!(opened.bytes("a.zst!a!a"), b"text");
}

#[test]
fn what_belongs_to_no_file_is_handed_over() {
    let header = r#"{"files":{"a":{"size":2,"offset":"3"}}}"#;
    let base = 16 + header.len().next_multiple_of(4);
    let opened = check(header, b"gapAAtail", &[]);
    assert_eq!(opened.bytes("a.asar!a"), b"AA");
    let label = format!("a.asar!(bytes {} to {})", 16 + header.len(), base + 3);
    assert!(opened.bytes(&label).ends_with(b"gap"));
    let label = format!("a.asar!(bytes {} to {})", base + 5, base + 9);
    assert_eq!(opened.bytes(&label), b"tail");
}

#[test]
fn a_file_beyond_the_end_is_truncated() {
    let cut = "asar archive: damaged: truncated";
    let opened = check(
        r#"{"files":{"a":{"size":9,"offset":"0"},"b":{"size":1,"offset":"70"}}}"#,
        b"text",
        &[("a.asar!a", cut), ("a.asar!b", cut)],
    );
    assert_eq!(opened.bytes("a.asar!a"), b"text");
}

#[test]
fn a_file_that_does_not_say_where_it_stands_is_named() {
    check(
        r#"{"files":{"a":{"size":1},"b":{"offset":"0"},"c":{"size":1,"offset":"x"},
        "d":{"size":18446744073709551615,"offset":"9"},"e":{}}}"#,
        b"",
        &[
            (
                "a.asar!a",
                "asar archive: damaged: it does not say where it stands",
            ),
            (
                "a.asar!b",
                "asar archive: damaged: it does not say where it stands",
            ),
            ("a.asar!c", "asar archive: damaged: its offset is no number"),
            (
                "a.asar!d",
                "asar archive: damaged: its size is beyond reason",
            ),
            (
                "a.asar!e",
                "asar archive: damaged: it does not say where it stands",
            ),
        ],
    );
}

#[test]
fn files_that_overlap_are_named_and_the_raw_bytes_are_scanned() {
    let opened = check(
        r#"{"files":{"a":{"size":3,"offset":"0"},"b":{"size":3,"offset":"1"}}}"#,
        b"text",
        &[("a.asar", "asar archive: damaged: files overlap")],
    );
    assert_eq!(opened.bytes("a.asar!a"), b"tex");
    assert_eq!(opened.bytes("a.asar!b"), b"ext");
    assert!(opened.bytes("a.asar").ends_with(b"text"));
}

#[test]
fn a_name_that_stands_twice_is_read_twice() {
    let header = r#"{"files":{"a":{"size":1,"offset":"0"},"a":{"size":1,"offset":"1"}}}"#;
    let opened = check(header, b"12", &[]);
    assert_eq!(opened.paths()[1..], ["a.asar!a", "a.asar!a"]);
}

#[test]
fn a_header_that_is_not_understood_is_named() {
    let deep = format!(
        "{}{{}}{}",
        r#"{"files":{"a":"#.repeat(200),
        "}}".repeat(200)
    );
    for header in [
        &deep[..],
        r#"{"files":7}"#,
        r#"{"files":{"#,
        r#"{"files":{}}}"#,
    ] {
        let file = asar(header, b"text");
        let opened = open("a.asar", &file);
        assert!(opened.skips[0].1.contains("its header is not understood"));
        assert_eq!(opened.bytes("a.asar"), file);
    }
}

#[test]
fn a_header_that_is_cut_or_too_large_is_named() {
    let mut file = asar(r#"{"files":{}}"#, b"");
    file.pop();
    assert_eq!(
        open("a.asar", &file).skips[0].1,
        "asar archive: damaged: truncated"
    );
    for word in [1, 2, 3] {
        let large = u32::MAX - 4 * word;
        file[4 * word as usize..4 * word as usize + 4].copy_from_slice(&large.to_le_bytes());
    }
    let opened = open("a.asar", &file);
    assert_eq!(
        opened.skips[0].1,
        "asar archive: not understood: a header of 4294967283 bytes"
    );
    assert_eq!(opened.bytes("a.asar"), file);
}
