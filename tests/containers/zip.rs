//! Zip archives: what they hold, wherever it stands.

use std::io::{self, Read, Write};

use bzip2::write::BzEncoder;
use leakgate::blob::{Content, ReadAt};
use leakgate::config::Limits;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::gzip::gzip;
use crate::make_zip::{Member, Zip, deflate};
use crate::opened::{Opened, open, open_stream, open_with, place};

/// Bytes that are read at positions, as those of a file are.
struct File<'a>(&'a [u8]);

impl ReadAt for File<'_> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let offset = i64::try_from(offset).map_err(io::Error::other)? as usize;
        let mut rest = self.0.get(offset..).unwrap_or_default();
        // Less than was asked for, now and then.
        let n = buffer.len().min(3_000);
        rest.read(&mut buffer[..n])
    }
}

/// Opens it, from memory and from a file.
#[track_caller]
fn both(file: &[u8]) -> Opened {
    let opened = open("a.zip", file);
    let content = Content::File(&File(file), file.len() as u64);
    assert_eq!(
        open_with(&place("a.zip"), content, Limits::default()),
        opened
    );
    opened
}

/// Opens it, and says what must not have happened.
#[track_caller]
fn whole(file: &[u8]) -> Opened {
    let opened = both(file);
    assert!(opened.skips.is_empty(), "{opened:?}");
    assert_eq!(opened.containers, ["a.zip"]);
    assert!(!opened.paths().contains(&"a.zip"));
    opened
}

/// The problem of a member, or of the archive.
#[track_caller]
fn problem(opened: &Opened, path: &str) -> String {
    let found = opened.skips.iter().find(|(what, _)| what == path);
    let (_, reason) = found.unwrap_or_else(|| panic!("no {path} in {opened:?}"));
    let kind = "zip archive: ";
    reason.strip_prefix(kind).unwrap_or(reason).to_owned()
}

/// The bytes of every blob at this path.
fn all<'a>(opened: &'a Opened, path: &str) -> Vec<&'a [u8]> {
    let at_path = opened.blobs.iter().filter(|(at, _)| at == path);
    at_path.map(|(_, bytes)| &bytes[..]).collect()
}

fn packed() -> Vec<u8> {
    b"a text that was packed ".repeat(4)
}

fn hex(text: &str) -> Vec<u8> {
    let digits = data_encoding::HEXLOWER.decode(text.as_bytes());
    digits.expect("the text is hexadecimal")
}

const LZMA: &str = "091405005d001000000030880a8694881635a2f1b55acfb783f41002ac0b60382fc380bf9ea\
                    cfffffd8e8000";
const XZ: &str = "fd377a585a0000016922de360200210116000000742fe5a3e0005b001d5d0030880a8694881635\
                  a2f1b55acfb783f41002ac0b60382fc380ba1640000000000097b40c710001355c426a6ae0904\
                  2990d010000000001595a";

#[test]
fn members_stand_under_their_names_as_they_are() {
    let file = Zip::new()
        .stored("a/b.txt", b"one")
        .deflated("../c.txt", b"two")
        .stored("/etc/passwd", b"three")
        .stored("a/", b"")
        .stored("a/b.txt", b"again")
        .finish();
    for opened in [whole(&file), open_stream("a.zip", &file)] {
        assert_eq!(
            opened.paths(),
            [
                "a.zip!a/b.txt",
                "a.zip!../c.txt",
                "a.zip!/etc/passwd",
                "a.zip!a/b.txt"
            ]
        );
        assert_eq!(all(&opened, "a.zip!a/b.txt"), [&b"one"[..], b"again"]);
        assert_eq!(opened.bytes("a.zip!../c.txt"), b"two");
        assert_eq!(opened.bytes("a.zip!/etc/passwd"), b"three");
        assert!(opened.skips.is_empty(), "{opened:?}");
    }
}

#[test]
fn archives_within_archives_are_opened() {
    let inner = Zip::new().deflated("b.txt", b"text").finish();
    let outer = Zip::new().deflated("inner.zip", &inner).finish();
    let opened = open("a.gz", &gzip(&outer));
    assert_eq!(opened.paths(), ["a.gz!a!inner.zip!b.txt"]);
    assert_eq!(opened.bytes("a.gz!a!inner.zip!b.txt"), b"text");
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn every_method_is_unpacked_or_named() {
    let text = packed();
    let mut bzip2 = BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bzip2.write_all(&text).expect("memory takes it");
    let bzip2 = bzip2.finish().expect("memory takes it");
    let zstd = compress_to_vec(&text[..], CompressionLevel::Fastest);
    let mut marked = Member::packed("marked", 14, &text, &hex(LZMA));
    marked.flags = 2;
    // The size says where it ends, and the marker after that is read all the same.
    let file = Zip::new()
        .member(&Member::packed("bzip2", 12, &text, &bzip2))
        .member(&Member::packed("lzma", 14, &text, &hex(LZMA)))
        .member(&marked)
        .member(&Member::packed("zstd", 93, &text, &zstd))
        .member(&Member::packed("xz", 95, &text, &hex(XZ)))
        .finish();
    let opened = whole(&file);
    assert_eq!(opened.blobs.len(), 5);
    for (path, bytes) in &opened.blobs {
        assert_eq!(*bytes, text, "{path}");
    }
    let file = Zip::new()
        .member(&Member::packed("imploded", 6, &text, b"packed"))
        .stored("b", b"two")
        .finish();
    let opened = both(&file);
    assert_eq!(
        problem(&opened, "a.zip!imploded"),
        "not understood: compression method 6"
    );
    assert_eq!(opened.bytes("a.zip!b"), b"two");
    let loose = opened.blobs.last().expect("there are some");
    assert_eq!(loose.1, b"packed");
}

#[test]
fn data_of_every_method_that_are_cut_or_go_on_are_named() {
    let text = packed();
    for (method, data) in [
        (8, deflate(&text)),
        (14, hex(LZMA)),
        (95, hex(XZ)),
        (93, compress_to_vec(&text[..], CompressionLevel::Fastest)),
    ] {
        let cut = &data[..data.len() - 8];
        let file = Zip::new().member(&Member::packed("b", method, &text, cut));
        let opened = both(&file.finish());
        assert!(problem(&opened, "a.zip!b").starts_with("damaged"));
        let more = [&data, &b"hidden text"[..]].concat();
        let file = Zip::new().member(&Member::packed("b", method, &text, &more));
        let opened = both(&file.finish());
        assert_eq!(opened.bytes("a.zip!b"), text);
        let problem = problem(&opened, "a.zip!b");
        assert!(problem.starts_with("damaged"), "{method}: {problem}");
        let mut texts = opened.blobs.iter().map(|(_, bytes)| bytes);
        assert!(
            texts.any(|bytes| bytes.ends_with(b"hidden text")),
            "{method}"
        );
    }
}

#[test]
fn checksum_and_size_are_checked() {
    let mut member = Member::deflated("b", b"text");
    member.crc ^= 1;
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(
        problem(&opened, "a.zip!b"),
        "damaged: its checksum does not fit"
    );
    let mut member = Member::deflated("b", b"text");
    member.unpacked = 3;
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(problem(&opened, "a.zip!b"), "damaged: longer than stated");
    member.unpacked = u32::MAX - 1;
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(problem(&opened, "a.zip!b"), "damaged: truncated");
}

#[test]
fn encrypted_members_are_named_and_others_read() {
    let mut by_flag = Member::stored("b", b"secret");
    by_flag.flags = 1;
    let by_method = Member::packed("c", 99, b"secret", b"packed");
    let mut half = Member::stored("d", b"open");
    half.local_name = Some(b"d".to_vec());
    let file = Zip::new()
        .member(&by_flag)
        .member(&by_method)
        .member(&half)
        .finish();
    let opened = both(&file);
    assert_eq!(problem(&opened, "a.zip!b"), "encrypted");
    assert_eq!(problem(&opened, "a.zip!c"), "encrypted");
    assert_eq!(opened.bytes("a.zip!d"), b"open");
}

#[test]
fn sizes_may_stand_after_the_data() {
    let mut deflated = Member::deflated("b", b"text");
    deflated.described = true;
    let mut stored = Member::stored("c", b"text PK\x07\x08");
    stored.described = true;
    let opened = whole(&Zip::new().member(&deflated).member(&stored).finish());
    assert_eq!(opened.paths(), ["a.zip!b", "a.zip!c"]);
    let mut folder = Member::stored("d/", b"");
    folder.described = true;
    assert!(whole(&Zip::new().member(&folder).finish()).blobs.is_empty());
    // Nor does the directory need to name them.
    deflated.unlisted = true;
    stored.unlisted = true;
    let file = Zip::new().member(&deflated).member(&stored).finish();
    let opened = whole(&file);
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(opened.bytes("a.zip!c"), b"text PK\x07\x08");
    assert_eq!(opened.blobs.len(), 2);
}

#[test]
fn local_headers_without_an_entry_are_read() {
    let mut hidden = Member::deflated("hidden", b"hidden text");
    hidden.unlisted = true;
    let file = Zip::new()
        .raw(b"before ")
        .stored("b", b"text")
        .raw(b"between ")
        .member(&hidden)
        .raw(b"Not PK\x03\x04 is a header, is it? It only begins like one.")
        .stored("c", b"more")
        .finish();
    let opened = whole(&file);
    assert_eq!(opened.bytes("a.zip!hidden"), b"hidden text");
    assert_eq!(opened.bytes("a.zip!(bytes 0 to 7)"), b"before ");
    let loose: Vec<_> = opened.blobs.iter().map(|(_, bytes)| &bytes[..]).collect();
    assert!(loose.contains(&&b"between "[..]));
    assert!(
        loose
            .iter()
            .any(|bytes| bytes.starts_with(b"Not PK\x03\x04 is"))
    );
    assert_eq!(loose.len(), 6);
}

#[test]
fn a_local_header_that_contradicts_the_directory_is_believed_as_well() {
    let mut member = Member::stored("b", b"text");
    member.local_name = Some(b".env".to_vec());
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(opened.paths(), ["a.zip!b", "a.zip!.env"]);
    assert_eq!(
        problem(&opened, "a.zip!b"),
        "damaged: local header has another name"
    );
    let mut member = Member::packed("b", 0, &deflate(b"text"), &deflate(b"text"));
    member.local_method = Some(8);
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(
        all(&opened, "a.zip!b")[..2],
        [&deflate(b"text"), &b"text"[..]]
    );
    assert_eq!(
        problem(&opened, "a.zip!b"),
        "damaged: local header has another method"
    );
    // A directory that is content with less than there is.
    let mut member = Member::stored("b", b"text");
    member.data = b"text, and a hidden one".to_vec();
    member.local_packed = Some(member.data.len() as u32);
    let opened = both(&Zip::new().member(&member).finish());
    assert_eq!(
        all(&opened, "a.zip!b"),
        [&b"text"[..], b"text, and a hidden one"]
    );
}

#[test]
fn an_entry_that_spans_others_does_not_hide_them() {
    let mut hidden = Member::deflated("hidden", b"hidden text");
    hidden.unlisted = true;
    let inner = Zip::new().member(&hidden).finish();
    let mut outer = Member::stored("b", &inner[..inner.len() - 22]);
    outer.local_packed = Some(0);
    let opened = both(&Zip::new().member(&outer).finish());
    assert_eq!(opened.bytes("a.zip!hidden"), b"hidden text");
}

#[test]
fn an_entry_without_its_local_header_is_named() {
    let file = Zip::new()
        .record(&Member::stored("gone", b"text"))
        .raw(b"no header")
        .stored("b", b"text")
        .finish();
    let opened = both(&file);
    assert_eq!(
        problem(&opened, "a.zip!gone"),
        "damaged: no local header where the directory says"
    );
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(opened.bytes("a.zip!(bytes 0 to 9)"), b"no header");
}

#[test]
fn comments_and_extra_fields_are_text() {
    let mut member = Member::stored("b", b"text");
    member.comment = b"comment of b".to_vec();
    member.extra = b"\x34\x12\x05\0extra".to_vec();
    let file = Zip::new().member(&member).comment(b"of all").finish();
    let opened = whole(&file);
    let texts: Vec<_> = opened.blobs.iter().map(|(_, bytes)| &bytes[..]).collect();
    let extra = &member.extra[..];
    let record = [extra, b"comment of b"].concat();
    assert_eq!(texts, [&b"text"[..], extra, &record, b"of all"]);
    // What programs put there are numbers.
    member.comment.clear();
    member.extra = b"UT\x05\0\x01abcdux\x0b\0\x01\x04\xe8\x03\0\0\x04\xe8\x03\0\0".to_vec();
    let opened = whole(&Zip::new().member(&member).finish());
    assert_eq!(opened.paths(), ["a.zip!b"]);
}

#[test]
fn an_end_record_in_a_comment_deceives_nobody() {
    let fake = Zip::new().stored("fake", b"of the comment").finish();
    let file = Zip::new().stored("b", b"text").comment(&fake).finish();
    let opened = whole(&file);
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(opened.bytes("a.zip!fake"), b"of the comment");
    let record = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    let file = Zip::new().stored("b", b"text").comment(&record).finish();
    let opened = both(&file);
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn bytes_before_an_archive_shift_it_or_do_not() {
    let stub = b"#!/bin/sh\nexec unzip $0\n";
    let shifted = Zip::new().after(stub).stored("b", b"text").finish();
    let counted = Zip::new().raw(stub).stored("b", b"text").finish();
    let wide = Zip::new().after(stub).stored("b", b"text").wide().finish();
    for file in [shifted, counted, wide] {
        let opened = whole(&file);
        assert_eq!(opened.bytes("a.zip!b"), b"text");
        assert_eq!(opened.bytes("a.zip!(bytes 0 to 24)"), stub);
        assert_eq!(opened.blobs.len(), 2);
    }
}

#[test]
fn bytes_after_an_archive_are_text() {
    let file = Zip::new().stored("b", b"text").comment(b"of all").finish();
    let opened = whole(&[&file, &b"and more"[..]].concat());
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    let (_, rest) = opened.blobs.last().expect("there is some");
    assert_eq!(rest, b"of alland more");
    let marked = Zip::new().raw(b"PK\x07\x08").stored("b", b"text").finish();
    assert_eq!(whole(&marked).paths(), ["a.zip!b"]);
}

#[test]
fn extensions_are_known_by_their_start() {
    let head = b"Cr24\x03\0\0\0\x05\0\0\0proof";
    let file = Zip::new().after(head).stored("b", b"text").finish();
    let opened = open("a.crx", &file);
    assert_eq!(opened.bytes("a.crx!b"), b"text");
    assert_eq!(opened.bytes("a.crx!(bytes 0 to 17)"), head);
    let opened = open("a.gz", &gzip(&[file, vec![b'x'; 70_000]].concat()));
    assert_eq!(opened.bytes("a.gz!a!b"), b"text");
}

#[test]
fn wide_archives_are_read() {
    let mut member = Member::stored("b", b"text");
    member.packed = u32::MAX;
    member.unpacked = u32::MAX;
    member.extra = [&b"\x01\0\x10\0"[..], &[4, 0, 0, 0, 0, 0, 0, 0].repeat(2)].concat();
    let opened = whole(&Zip::new().member(&member).wide().finish());
    assert_eq!(opened.paths(), ["a.zip!b"]);
    assert_eq!(opened.bytes("a.zip!b"), b"text");
}

#[test]
fn an_archive_without_its_end_is_read_from_its_start_and_named() {
    let mut described = Member::deflated("c", b"more");
    described.described = true;
    let file = Zip::new()
        .deflated("b", b"text")
        .member(&described)
        .finish();
    let opened = both(&file[..file.len() - 30]);
    assert_eq!(problem(&opened, "a.zip"), "damaged: truncated");
    assert_eq!(opened.bytes("a.zip!b"), b"text");
    assert_eq!(opened.bytes("a.zip!c"), b"more");
    assert!(opened.paths().contains(&"a.zip"));
    for n in 4..file.len() {
        let opened = both(&file[..n]);
        assert!(!opened.skips.is_empty(), "cut to {n}");
    }
}

#[test]
fn an_empty_archive_is_fine() {
    assert!(whole(&Zip::new().finish()).blobs.is_empty());
    assert!(whole(&Zip::new().wide().finish()).blobs.is_empty());
}

#[test]
fn a_wrong_number_of_entries_is_named() {
    for more in [1, -1] {
        let zip = Zip::new().stored("b", b"text").stored("c", b"more");
        let opened = both(&zip.entries_more(more).finish());
        assert!(problem(&opened, "a.zip").contains("directory entries where"));
        assert_eq!(opened.bytes("a.zip!b"), b"text");
        assert!(opened.paths().contains(&"a.zip"));
    }
}

#[test]
fn one_part_of_several_is_named_and_read() {
    let file = Zip::new().stored("b", b"text").part(2).finish();
    let opened = both(&file);
    assert_eq!(
        problem(&opened, "a.zip"),
        "not understood: one part of several"
    );
    assert_eq!(opened.bytes("a.zip!b"), b"text");
}

#[test]
fn entries_that_share_data_stop_at_a_limit() {
    let member = Member::deflated("b", &vec![b'a'; 1 << 20]);
    let mut zip = Zip::new();
    for _ in 0..300 {
        zip = zip.record(&member);
    }
    let file = zip.member(&member).finish();
    let place = place("a.zip");
    let opened = open_with(&place, Content::Whole(&file), Limits::default());
    assert_eq!(
        problem(&opened, "a.zip!b"),
        "limit reached: unpacked-ratio-max = 200"
    );
}

#[test]
fn bytes_that_are_cut_or_changed_are_never_silent_and_never_panic() {
    let mut described = Member::deflated("d/e", &packed());
    described.described = true;
    let file = Zip::new()
        .stored("b", b"text")
        .member(&described)
        .member(&Member::packed("x", 95, &packed(), &hex(XZ)))
        .member(&Member::packed("l", 14, &packed(), &hex(LZMA)))
        .wide()
        .finish();
    let opened = whole(&file);
    let sure = ["b", "d/e", "x", "l"].map(|name| format!("a.zip!{name}"));
    for at in 0..file.len() {
        for bit in [1, 0x80] {
            let mut changed = file.clone();
            changed[at] ^= bit;
            let now = both(&changed);
            let same = sure.iter().all(|path| {
                let read = all(&now, path);
                read.contains(&opened.bytes(path))
            });
            let panicked = now
                .skips
                .iter()
                .any(|(_, why)| why.contains("failed on it"));
            assert!(!panicked, "{at}");
            assert!(
                same || !now.skips.is_empty() || now.paths() == ["a.zip"],
                "{at}: {now:?}"
            );
        }
    }
}
