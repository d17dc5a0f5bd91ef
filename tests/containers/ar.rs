//! ar archives, made header by header.

use crate::gzip::gzip;
use crate::opened::open;
use crate::tar;

const MAGIC: &[u8] = b"!<arch>\n";

pub(crate) fn entry(name: &str, bytes: &[u8]) -> Vec<u8> {
    let header = format!(
        "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n",
        0,
        0,
        0,
        644,
        bytes.len()
    );
    let padding: &[u8] = if bytes.len() % 2 == 1 { b"\n" } else { b"" };
    [header.as_bytes(), bytes, padding].concat()
}

pub(crate) fn ar(entries: &[Vec<u8>]) -> Vec<u8> {
    [MAGIC.to_vec(), entries.concat()].concat()
}

fn skip(what: &str, reason: &str) -> (String, String) {
    (what.to_owned(), format!("ar archive: {reason}"))
}

#[test]
fn names_of_every_kind_are_read() {
    let entries = [
        entry("/", b"\0\0\0\x01symbols"),
        entry("//", b"a_very_long_name.o/\nanother_long_name.o/\n"),
        entry("/0", b"one"),
        entry("/20", b"two!"),
        entry("short.o/", b"three"),
        entry("plain", b"four"),
        entry("#1/20", b"a long name of bsd\0\0five"),
        entry("plain", b"again"),
    ];
    let opened = open("a.a", &ar(&entries));
    let expected: &[(&str, &[u8])] = &[
        ("/", b"\0\0\0\x01symbols"),
        ("//", b"a_very_long_name.o/\nanother_long_name.o/\n"),
        ("a_very_long_name.o", b"one"),
        ("another_long_name.o", b"two!"),
        ("short.o", b"three"),
        ("plain", b"four"),
        ("a long name of bsd", b"five"),
        ("plain", b"again"),
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|(name, bytes)| (format!("a.a!{name}"), bytes.to_vec()))
        .collect();
    assert_eq!(opened.blobs, expected);
    assert_eq!(opened.containers, ["a.a"]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_debian_package_is_opened_to_its_files() {
    let data = gzip(&tar::tar(&[tar::file("./etc/conf", b"text")]));
    let entries = [
        entry("debian-binary", b"2.0\n"),
        entry("data.tar.gz", &data),
    ];
    let opened = open("x.deb", &ar(&entries));
    let paths = ["x.deb!debian-binary", "x.deb!data.tar.gz!./etc/conf"];
    assert_eq!(opened.paths(), paths);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_member_without_its_padding_is_no_damage() {
    let mut one = entry("one", b"1");
    one.pop();
    let opened = open("a.a", &ar(&[one.clone(), entry("two", b"2"), one]));
    assert_eq!(opened.paths(), ["a.a!one", "a.a!two", "a.a!one"]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_cut_archive_is_named_wherever_it_is_cut() {
    let entries = [
        entry("//", b"long_name.o/\n"),
        entry("/0", b"1"),
        entry("#1/4", b"name22"),
    ];
    let all = ar(&entries);
    let ends = [8, 8 + 60 + 13, 8 + 60 + 14, 143, 144];
    for n in (9..all.len()).filter(|n| !ends.contains(n)) {
        let opened = open("a.a", &all[..n]);
        assert!(!opened.skips.is_empty(), "cut at {n}");
        assert_eq!(opened.bytes("a.a"), &all[..n], "cut at {n}");
    }
}

#[test]
fn bad_numbers_names_and_headers_are_named() {
    let mut bad = entry("one", b"1");
    bad[48..58].copy_from_slice(b"-1        ");
    let opened = open("a.a", &ar(&[entry("zero", b"00"), bad]));
    assert_eq!(opened.skips, [skip("a.a", "damaged: size of a member")]);
    assert_eq!(opened.paths(), ["a.a!zero", "a.a!(not understood)", "a.a"]);
    let mut bad = entry("one", b"1");
    bad[48..58].copy_from_slice(b"9999999999");
    let opened = open("a.a", &ar(&[bad]));
    assert_eq!(opened.skips[0], skip("a.a!one", "damaged: truncated"));
    assert_eq!(opened.bytes("a.a!one"), b"1\n");
    let mut bad = entry("one", b"1");
    bad[58] = b'x';
    let opened = open("a.a", &ar(&[entry("zero", b"00"), bad]));
    assert_eq!(opened.skips, [skip("a.a", "damaged: header of a member")]);
    let opened = open("a.a", &ar(&[entry("/77", b"1"), entry("#1/77", b"22")]));
    assert_eq!(opened.bytes("a.a!/77"), b"1");
    assert_eq!(opened.bytes("a.a!#1/77"), b"22");
    assert_eq!(opened.skips.len(), 2);
}

#[test]
fn a_thin_archive_is_not_supported() {
    let file = [b"!<thin>\n".to_vec(), entry("//", b"elsewhere.o/\n")].concat();
    let opened = open("a.a", &file);
    assert!(opened.skips[0].1.contains("thin archive"), "{opened:?}");
    assert_eq!(opened.bytes("a.a"), file);
}
