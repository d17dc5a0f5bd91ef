//! tar archives, made block by block.

use std::os::unix::fs::FileExt;
use std::process::Command;

use leakgate::blob::Content;
use leakgate::config::Limits;

use crate::gzip::gzip;
use crate::opened::{Opened, open, open_stream, open_with, place};

/// A header of this kind, with its checksum.
fn header(name: &[u8], kind: u8, size: u64) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..108].copy_from_slice(b"0000644\0");
    block[124..136].copy_from_slice(format!("{size:011o}\0").as_bytes());
    block[156] = kind;
    block[257..265].copy_from_slice(b"ustar\x0000");
    sum(block)
}

/// Sets the checksum of a header.
fn sum(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    all.resize(all.len().next_multiple_of(512), 0);
    all
}

pub(crate) fn entry(name: &[u8], kind: u8, bytes: &[u8]) -> Vec<u8> {
    [header(name, kind, bytes.len() as u64), padded(bytes)].concat()
}

pub(crate) fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    entry(name.as_bytes(), b'0', bytes)
}

/// An archive of these entries with its end.
pub(crate) fn tar(entries: &[Vec<u8>]) -> Vec<u8> {
    [entries.concat(), vec![0; 1024]].concat()
}

fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let n = (1..9).find(|digits| (digits + rest.len()).to_string().len() == *digits);
    format!("{}{rest}", n.expect("it is short") + rest.len())
}

pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let text: String = records
        .iter()
        .map(|(key, value)| record(key, value))
        .collect();
    entry(b"PaxHeaders/x", kind, text.as_bytes())
}

#[track_caller]
fn check(file: &[u8], members: &[(&str, &[u8])]) -> Opened {
    let opened = open("a.tar", file);
    let expected: Vec<_> = members
        .iter()
        .map(|(name, bytes)| (format!("a.tar!{name}"), bytes.to_vec()))
        .collect();
    assert_eq!(opened.blobs, expected, "skipped {:?}", opened.skips);
    assert_eq!(open_stream("a.tar", file), opened);
    opened
}

#[track_caller]
fn check_whole(file: &[u8], members: &[(&str, &[u8])]) {
    let opened = check(file, members);
    assert!(opened.skips.is_empty(), "{opened:?}");
    assert_eq!(opened.containers, ["a.tar"]);
}

/// Opens a damaged archive; returns what was skipped. Its raw bytes come last.
#[track_caller]
fn check_damaged(bytes: &[u8], paths: &[&str]) -> Vec<(String, String)> {
    let opened = open("a.tar", bytes);
    assert_eq!(
        opened.paths(),
        [paths, &["a.tar"]].concat(),
        "{:?}",
        opened.skips
    );
    assert_eq!(opened.bytes("a.tar"), bytes);
    assert!(opened.containers.is_empty());
    opened.skips
}

fn skip(what: &str, reason: &str) -> (String, String) {
    (what.to_owned(), format!("tar archive: {reason}"))
}

#[test]
fn members_stand_under_their_names_as_they_are() {
    let files = [
        file("a.txt", b"one"),
        file("../../etc/x", b"two"),
        file("/abs", b""),
        file("a.txt", b"again"),
        entry(b"dir/", b'5', b""),
        entry(b"pipe", b'6', b""),
        entry(b"unheard of", b'Z', b"data"),
    ];
    let expected: &[(&str, &[u8])] = &[
        ("a.txt", b"one"),
        ("../../etc/x", b"two"),
        ("/abs", b""),
        ("a.txt", b"again"),
        ("unheard of", b"data"),
    ];
    check_whole(&tar(&files), expected);
}

#[test]
fn an_archive_takes_the_place_of_what_it_is_compressed_in() {
    let inner = tar(&[file("deep", b"text")]);
    let outer = gzip(&tar(&[
        file("in.tar", &inner),
        file("in.tgz", &gzip(&inner)),
    ]));
    let opened = open("d/a.tgz", &outer);
    assert_eq!(
        opened.paths(),
        ["d/a.tgz!in.tar!deep", "d/a.tgz!in.tgz!deep"]
    );
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_large_member_is_read_as_it_streams() {
    let large = b"0123456789abcdef".repeat(400_000);
    let all = tar(&[file("large", &large), file("small", b"text")]);
    check_whole(&all, &[("large", &large), ("small", b"text")]);
}

#[test]
fn long_names_of_gnu_and_pax_count() {
    let long = "d/".repeat(90) + "name";
    let gnu = entry(b"././@LongLink", b'L', format!("{long}\0").as_bytes());
    let path = pax(b'x', &[("mtime", "1.5"), ("path", &long)]);
    for extra in [gnu, path] {
        let all = tar(&[extra, file("short", b"text"), file("next", b"")]);
        check_whole(&all, &[(&long, b"text"), ("next", b"")]);
    }
}

#[test]
fn a_prefix_stands_before_the_name() {
    let mut block = header(b"name", b'0', 4);
    block[345..351].copy_from_slice(b"folder");
    let all = tar(&[sum(block), padded(b"text")]);
    check_whole(&all, &[("folder/name", b"text")]);
}

#[test]
fn old_headers_and_sums_of_signed_bytes_are_read() {
    let mut block = header(b"caf\xc3\xa9", 0, 4);
    block[257..].fill(0);
    let unsigned = sum(block.clone());
    block[148..156].fill(b' ');
    let signed: i32 = block.iter().map(|&byte| i32::from(byte as i8)).sum();
    block[148..156].copy_from_slice(format!("{signed:06o}\0 ").as_bytes());
    for block in [unsigned, block] {
        check_whole(&tar(&[block, padded(b"text")]), &[("café", b"text")]);
    }
}

#[test]
fn sizes_in_base_256_and_of_pax_count() {
    let mut block = header(b"name", b'0', 0);
    block[124..136].copy_from_slice(b"\x80\0\0\0\0\0\0\0\0\0\0\x04");
    check_whole(&tar(&[sum(block), padded(b"text")]), &[("name", b"text")]);
    let files = [
        pax(b'x', &[("size", "4")]),
        header(b"name", b'0', 0),
        padded(b"text"),
    ];
    check_whole(&tar(&files), &[("name", b"text")]);
}

#[test]
fn text_in_headers_is_handed_over() {
    let mut link = header(b"link", b'2', 0);
    link[157..163].copy_from_slice(b"target");
    let mut old = header(b"old\0hidden", b'0', 0);
    old[257..].fill(0);
    old[300..305].copy_from_slice(b"slack");
    let files = [
        pax(b'g', &[("comment", "of all")]),
        pax(
            b'x',
            &[
                ("SCHILY.xattr.user.note", "of one"),
                ("uid", "1"),
                ("gid", "none"),
            ],
        ),
        sum(link),
        entry(b"././@LongLink", b'K', b"long target\0after"),
        entry(b"hard", b'1', b""),
        sum(old),
    ];
    let opened = open("a.tar", &tar(&files));
    assert_eq!(opened.paths(), ["a.tar!old", "a.tar!(headers)"]);
    let text = String::from_utf8_lossy(opened.bytes("a.tar!(headers)")).into_owned();
    for part in [
        "comment=of all\nSCHILY.xattr.user.note=of one\ngid=none\nlink -> target\n",
        "after\nhard -> long target\n",
        "hidden",
        "slack",
    ] {
        assert!(text.contains(part), "{text:?}");
    }
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn holes_are_zero_bytes_in_every_form() {
    let data = [&[0; 1000][..], b"first", &[0; 2000], b"second"].concat();
    let map = [(1000, 5), (3005, 6)];
    let mut old = header(b"holes", b'S', 11);
    old[257..265].copy_from_slice(b"ustar  \0");
    for (n, (offset, len)) in map.iter().enumerate() {
        let pair = format!("{offset:011o}\0{len:011o}\0");
        old[386 + 24 * n..410 + 24 * n].copy_from_slice(pair.as_bytes());
    }
    old[483..495].copy_from_slice(format!("{:011o}\0", 3011).as_bytes());
    let mut more = old.clone();
    more[410..434].fill(0);
    more[482] = 1;
    let mut block = vec![0; 512];
    block[..24].copy_from_slice(format!("{:011o}\0{:011o}\0", 3005, 6).as_bytes());
    let offsets = [
        ("GNU.sparse.size", "3011"),
        ("GNU.sparse.numblocks", "2"),
        ("GNU.sparse.offset", "1000"),
        ("GNU.sparse.numbytes", "5"),
        ("GNU.sparse.offset", "3005"),
        ("GNU.sparse.numbytes", "6"),
    ];
    let line = [
        ("GNU.sparse.size", "3011"),
        ("GNU.sparse.name", "holes"),
        ("GNU.sparse.map", "1000,5,3005,6"),
    ];
    let newest = [
        ("GNU.sparse.major", "1"),
        ("GNU.sparse.minor", "0"),
        ("GNU.sparse.name", "holes"),
        ("GNU.sparse.realsize", "3011"),
    ];
    let stored = b"firstsecond";
    let mapped = [padded(b"2\n1000\n5\n3005\n6\n"), stored.to_vec()].concat();
    let forms = [
        [sum(old), padded(stored)].concat(),
        [sum(more), block, padded(stored)].concat(),
        [pax(b'x', &offsets), file("holes", stored)].concat(),
        [pax(b'x', &line), file("GNUSparseFile.0/holes", stored)].concat(),
        [pax(b'x', &newest), file("GNUSparseFile.0/holes", &mapped)].concat(),
    ];
    for form in forms {
        check_whole(
            &tar(&[form, file("next", b"")]),
            &[("holes", &data), ("next", b"")],
        );
    }
}

#[test]
fn a_map_of_holes_that_lies_is_named_and_the_stored_bytes_handed_over() {
    for map in [
        "1000,5,3005,7",
        "1000,5,3,6",
        "0,18446744073709551615",
        "1,x",
        "1",
        "9000,11",
    ] {
        let records = [("GNU.sparse.size", "3011"), ("GNU.sparse.map", map)];
        let files = [pax(b'x', &records), file("holes", b"firstsecond")];
        let opened = open("a.tar", &tar(&files));
        assert_eq!(opened.bytes("a.tar!holes"), b"firstsecond");
        if map.contains('x') || map.contains("18446744073709551615") {
            assert!(
                opened
                    .bytes("a.tar!(headers)")
                    .ends_with(format!("{map}\n").as_bytes())
            );
        } else {
            assert_eq!(opened.skips, [skip("a.tar!holes", "damaged: sparse map")]);
        }
    }
    let records = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")];
    for data in [
        &b"2\n1\n5\n"[..],
        b"no map",
        &b"9".repeat(2000),
        &padded(b"1\n0\n9\n"),
    ] {
        let files = [pax(b'x', &records), file("holes", data), file("next", b"")];
        let opened = check(&tar(&files), &[("holes", data), ("next", b"")]);
        assert_eq!(opened.skips, [skip("a.tar!holes", "damaged: sparse map")]);
    }
    let records = [("GNU.sparse.major", "2")];
    let opened = check(
        &tar(&[pax(b'x', &records), file("a", b"x")]),
        &[("a", b"x")],
    );
    assert_eq!(opened.skips.len(), 1);
}

#[test]
fn huge_holes_cost_nothing() {
    let records = [("GNU.sparse.map", "8796093022208,5,9223372036854775000,6")];
    let files = [pax(b'x', &records), file("holes", b"firstsecond")];
    let opened = open("a.tar", &tar(&files));
    let bytes = opened.bytes("a.tar!holes");
    assert_eq!(bytes.len(), 512 + 5 + 512 + 6);
    assert!(bytes.ends_with(b"\0second"));
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn what_links_and_folders_store_is_handed_over() {
    let files = [
        entry(b"hard", b'1', b"short"),
        entry(b"dir/", b'5', &b"long".repeat(300)),
        header(b"size only", b'1', 4000),
        file("last", b"text"),
        header(b"at the end", b'1', 4000),
    ];
    let long = b"long".repeat(300);
    let expected: &[(&str, &[u8])] = &[("hard", b"short"), ("dir/", &long), ("last", b"text")];
    check_whole(&tar(&files), expected);
}

#[test]
fn what_follows_zero_blocks_is_read() {
    let (one, two) = (file("one", b"1"), file("two", b"2"));
    let expected: &[(&str, &[u8])] = &[("one", b"1"), ("two", b"2")];
    for n in [512, 1024, 10_240] {
        check_whole(&tar(&[one.clone(), vec![0; n], two.clone()]), expected);
    }
    let text = b"after the archive";
    let all = [tar(std::slice::from_ref(&one)), vec![0; 700], text.to_vec()].concat();
    let opened = open("a.tar", &all);
    assert_eq!(opened.paths(), ["a.tar!one", "a.tar!(after the end)"]);
    assert!(opened.bytes("a.tar!(after the end)").ends_with(text));
    let opened = open("a.tar", &[one, vec![0; 512], padded(text)].concat());
    assert_eq!(opened.skips, [skip("a.tar", "damaged: header checksum")]);
}

#[test]
fn text_in_the_padding_of_a_member_is_handed_over() {
    let mut one = file("one", b"1");
    one[900..904].copy_from_slice(b"text");
    let opened = open("a.tar", &tar(&[one]));
    assert_eq!(opened.paths(), ["a.tar!one", "a.tar!(bytes 513 to 1024)"]);
}

#[test]
fn a_cut_archive_is_named() {
    let all = tar(&[file("one", b"1"), file("two", &b"2".repeat(1000))]);
    let skips = check_damaged(&all[..1600], &["a.tar!one", "a.tar!two"]);
    assert_eq!(skips[0], skip("a.tar!two", "damaged: truncated"));
    let skips = check_damaged(&all[..1300], &["a.tar!one", "a.tar!(not understood)"]);
    assert_eq!(skips, [skip("a.tar", "damaged: truncated")]);
    let opened = open("a.tar", &all[..1024]);
    assert_eq!(opened.paths(), ["a.tar!one"]);
    assert_eq!(opened.skips, [skip("a.tar", "damaged: no end marker")]);
    for n in 513..all.len() - 1024 {
        assert!(!open("a.tar", &all[..n]).skips.is_empty(), "cut at {n}");
    }
}

#[test]
fn a_size_that_lies_is_damage() {
    for size in [
        &b"77777777777\0"[..],
        b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff",
    ] {
        let mut block = header(b"name", b'0', 0);
        block[124..136].copy_from_slice(size);
        let skips = check_damaged(&tar(&[sum(block)]), &["a.tar!name"]);
        assert_eq!(skips[0], skip("a.tar!name", "damaged: truncated"));
    }
    for size in [
        b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe",
        b"\x81\0\0\0\0\0\0\0\0\0\0\0",
        b"-0000000001\0",
    ] {
        let mut block = header(b"name", b'0', 0);
        block[124..136].copy_from_slice(size);
        let skips = check_damaged(&tar(&[sum(block)]), &["a.tar!(not understood)"]);
        assert_eq!(skips, [skip("a.tar", "damaged: size of a member")]);
    }
}

#[test]
fn a_wrong_checksum_ends_the_archive_but_not_silently() {
    let mut two = file("two", b"2");
    two[0] ^= 1;
    let all = tar(&[file("one", b"1"), two, file("three", b"3")]);
    let skips = check_damaged(&all, &["a.tar!one", "a.tar!(not understood)"]);
    assert_eq!(skips, [skip("a.tar", "damaged: header checksum")]);
}

#[test]
fn headers_that_are_damaged_or_too_long_are_named() {
    let opened = open(
        "a.tar",
        &tar(&[entry(b"x", b'x', b"999 path=name\n"), file("one", b"1")]),
    );
    assert_eq!(opened.paths(), ["a.tar!one", "a.tar!(headers)"]);
    assert_eq!(opened.skips, [skip("a.tar", "damaged: extended header")]);
    let long = b"x".repeat(5 << 20);
    let opened = open(
        "a.tar",
        &tar(&[entry(b"x", b'L', &long), file("one", b"1")]),
    );
    assert_eq!(opened.paths(), ["a.tar!(long header)", "a.tar!one"]);
    assert_eq!(opened.skips.len(), 1);
    let opened = open("a.tar", &tar(&[pax(b'x', &[("path", "of nothing")])]));
    assert_eq!(opened.bytes("a.tar!(headers)"), b"of nothing\n");
    assert_eq!(opened.skips.len(), 1);
    let opened = open(
        "a.tar",
        &tar(&[pax(b'g', &[("size", "7")]), file("one", b"1")]),
    );
    assert_eq!(opened.bytes("a.tar!one"), b"1");
    assert_eq!(opened.skips.len(), 1);
    let name = vec![b'n'; 70_000];
    let opened = open(
        "a.tar",
        &tar(&[entry(b"x", b'L', &name), file("one", b"1")]),
    );
    assert_eq!(opened.bytes("a.tar!(headers)").len(), 70_001);
}

#[test]
fn an_archive_of_the_system_is_read() {
    let folder = tempfile::tempdir().expect("a folder is made");
    let long = "long".repeat(40);
    std::fs::write(folder.path().join(&long), "text").expect("it is written");
    let holes = folder.path().join("holes");
    let file = std::fs::File::create(&holes).expect("it is made");
    file.set_len(1 << 20).expect("it is grown");
    file.write_at(b"first", 100_000).expect("it is written");
    for n in 0..40 {
        file.write_at(b"more", 200_000 + n * 20_000)
            .expect("it is written");
    }
    let data = std::fs::read(&holes).expect("it is read");
    for args in [
        "--format=oldgnu",
        "--sparse-version=0.0",
        "--sparse-version=0.1",
        "--sparse-version=1.0",
    ] {
        let Ok(output) = Command::new("tar")
            .args(["-c", "-S", args, "-f", "-", "-C"])
            .args([folder.path().as_os_str(), "holes".as_ref()])
            .output()
        else {
            return;
        };
        if output.status.success() {
            check_whole(&output.stdout, &[("holes", &data)]);
        }
    }
    for format in ["v7", "oldgnu", "gnu", "ustar", "pax"] {
        let name = if format == "v7" || format == "ustar" {
            "x"
        } else {
            &long
        };
        std::fs::write(folder.path().join(name), "text").expect("it is written");
        let Ok(output) = Command::new("tar")
            .args(["-c", "-f", "-", "--format", format, "-C"])
            .args([folder.path().as_os_str(), name.as_ref()])
            .output()
        else {
            return;
        };
        if output.status.success() {
            check_whole(&output.stdout, &[(name, b"text")]);
        }
    }
}
#[test]
fn no_text_after_damage_in_a_long_stream_is_lost() {
    let long = b"0123456789abcdef".repeat(400_000);
    let mut text = file("the text in the header", b"the text after it");
    text[148] = b'9';
    let opened = open_stream("a.tar", &tar(&[file("long", &long), text]));
    assert_eq!(opened.paths(), ["a.tar!long", "a.tar!(not understood)"]);
    assert_eq!(opened.skips, [skip("a.tar", "damaged: header checksum")]);
    let rest = String::from_utf8_lossy(opened.bytes("a.tar!(not understood)")).into_owned();
    assert!(rest.contains("the text in the header") && rest.contains("the text after it"));
    let opened = open_stream("a.tar", &tar(&[file("long", &long)])[..6_000_000]);
    assert_eq!(opened.bytes("a.tar!long").len(), 6_000_000 - 512);
    assert_eq!(opened.skips[0], skip("a.tar!long", "damaged: truncated"));
}

#[test]
fn an_archive_stops_at_the_limit_of_members() {
    let limits = Limits {
        members_max: 2,
        ..Limits::default()
    };
    let files = ["one", "two", "three", "four"].map(|name| file(name, b"text"));
    let opened = open_with(&place("a.tar"), Content::Whole(&tar(&files)), limits);
    assert_eq!(opened.paths()[..2], ["a.tar!one", "a.tar!two"]);
    assert_eq!(opened.skips.len(), 1);
    assert!(opened.skips[0].1.contains("members-max"), "{opened:?}");
}
