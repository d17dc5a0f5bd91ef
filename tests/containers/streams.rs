//! bzip2, xz, zstd and lz4 streams, and what all streams in a row have in common.

use std::io::Write;

use bzip2::write::BzEncoder;
use flate2::GzBuilder;
use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use lzma_rust2::{XzOptions, XzWriter};
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::gzip::gzip;
use crate::opened::{Opened, open, open_stream};

pub(crate) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(crate) fn xz(bytes: &[u8]) -> Vec<u8> {
    let options = XzOptions::with_preset(1);
    let mut encoder = XzWriter::new(Vec::new(), options).expect("the preset is known");
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

pub(crate) fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

pub(crate) fn lz4(bytes: &[u8]) -> Vec<u8> {
    let info = FrameInfo::new()
        .content_checksum(true)
        .block_size(BlockSize::Max64KB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Name, ending, encoder and the length of the magic of each kind.
type Kind = (&'static str, &'static str, fn(&[u8]) -> Vec<u8>);
const KINDS: [Kind; 5] = [
    ("gzip stream", "gz", gzip),
    ("bzip2 stream", "bz2", bzip2),
    ("xz stream", "xz", xz),
    ("zstd stream", "zst", zstd),
    ("lz4 stream", "lz4", lz4),
];

/// A skippable frame of zstd and lz4.
fn skippable(text: &[u8]) -> Vec<u8> {
    let len = u32::try_from(text.len()).expect("short").to_le_bytes();
    [b"\x53\x2a\x4d\x18", &len[..], text].concat()
}

/// Text that does not shrink to nothing.
fn text(len: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..len).map(|_| random.alphanumeric() as u8).collect()
}

/// Opens it in memory and as a stream, which must make no difference.
#[track_caller]
fn both(name: &str, bytes: &[u8]) -> Opened {
    let opened = open(name, bytes);
    assert_eq!(opened, open_stream(name, bytes));
    opened
}

#[test]
fn content_stands_under_its_own_name() {
    for (_, ending, encode) in KINDS {
        for len in [0, 1, 200_000] {
            let file = format!("d/a.txt.{ending}");
            let opened = both(&file, &encode(&text(len)));
            assert_eq!(opened.bytes(&format!("{file}!a.txt")), text(len));
            assert_eq!(opened.containers, [file]);
            assert!(opened.skips.is_empty(), "{opened:?}");
        }
    }
}

#[test]
fn streams_in_a_row_are_one_text_also_with_zeros_between() {
    for (_, ending, encode) in KINDS {
        let (file, member) = (format!("a.{ending}"), format!("a.{ending}!a"));
        for zeros in [0, 1, 4, 5_000, 3 << 20] {
            let zeros = vec![0; zeros];
            let row = [encode(b"one "), zeros.clone(), encode(b"two"), zeros].concat();
            let opened = both(&file, &row);
            let all: Vec<_> = opened.blobs.iter().map(|(_, bytes)| &bytes[..]).collect();
            assert_eq!(all.concat(), b"one two", "{ending}");
            assert_eq!(opened.blobs[0].0, member);
            assert!(opened.skips.is_empty(), "{opened:?}");
        }
    }
}

#[test]
fn what_follows_the_end_is_a_text_of_its_own() {
    for (_, ending, encode) in KINDS {
        let file = format!("a.{ending}");
        for tail in [&b"and more"[..], b"B", b"BZh9 and", b"\x28\xb5", b"\0\0Z"] {
            let opened = both(&file, &[&encode(b"one"), tail].concat());
            assert_eq!(opened.bytes(&format!("{file}!a")), b"one");
            let rest = opened.bytes(&format!("{file}!(after the end)"));
            assert!(tail.ends_with(rest) && tail.len() < rest.len() + 3);
            assert!(opened.skips.is_empty(), "{opened:?}");
        }
    }
}

#[test]
fn a_stream_of_another_kind_at_the_end_is_opened() {
    for (_, ending, encode) in KINDS {
        for (_, other, encode_other) in KINDS.iter().filter(|kind| kind.1 != ending) {
            let row = [encode(b"one"), encode_other(b"two")].concat();
            let opened = both(&format!("a.{ending}"), &row);
            let path = format!("a.{ending}!(after the end)!content");
            assert_eq!(opened.bytes(&path), b"two", "{ending} {other}");
        }
    }
}

#[test]
fn a_second_stream_that_is_none_is_damaged_and_scanned_raw() {
    for (kind, ending, encode) in KINDS {
        let magic = &encode(b"two")[..if ending == "bz2" { 10 } else { 6 }];
        let row = [&encode(b"one"), magic, b"plain text, however it began"].concat();
        let file = format!("a.{ending}");
        let opened = open(&file, &row);
        assert_eq!(opened.bytes(&format!("{file}!a")), b"one");
        assert_eq!(opened.bytes(&file), row);
        assert_eq!(opened.skips[0].0, file);
        assert!(opened.skips[0].1.starts_with(kind), "{opened:?}");
        assert!(opened.containers.is_empty());
    }
}

#[test]
fn a_stream_that_is_cut_is_named_wherever_it_is_cut() {
    for (kind, ending, encode) in KINDS {
        let (all, file) = (encode(&text(3_000)), format!("a.{ending}"));
        for len in (10..all.len()).step_by(7).chain([all.len() - 1]) {
            let opened = open(&file, &all[..len]);
            let expected = (file.clone(), format!("{kind}: damaged: truncated"));
            assert_eq!(opened.skips, [expected], "{ending} {len}");
            assert_eq!(opened.bytes(&file), &all[..len]);
        }
    }
}

#[test]
fn what_was_unpacked_before_the_damage_is_handed_over() {
    for (_, ending, encode) in KINDS {
        let (text, file) = (text(1 << 20), format!("a.{ending}"));
        let all = encode(&text);
        let opened = open(&file, &all[..all.len() - 5]);
        let got = opened.bytes(&format!("{file}!a"));
        assert!(text.starts_with(got));
        // A block of bzip2 is unpacked whole or not at all.
        assert!(got.len() > text.len() * 3 / 4, "{ending} {}", got.len());
    }
}

#[test]
fn a_bit_that_flipped_is_never_silent() {
    for (_, ending, encode) in KINDS {
        let (text, file) = (text(500), format!("a.{ending}"));
        let all = encode(&text);
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let mut broken = all.clone();
            let at = random.usize(10..broken.len());
            broken[at] ^= 1 << random.usize(..8);
            let opened = open(&file, &broken);
            let member = format!("{file}!a");
            let is_whole = opened.blobs.contains(&(member, text.clone()));
            assert!(is_whole || !opened.skips.is_empty(), "{ending} {at}");
            let panicked = "leakgate failed on it; please report this";
            assert!(opened.skips.iter().all(|skip| skip.1 != panicked));
        }
    }
}

#[test]
fn a_tar_archive_takes_the_place_of_its_stream() {
    for (ending, encode) in [
        ("tbz2", bzip2 as fn(&[u8]) -> _),
        ("txz", xz),
        ("tzst", zstd),
    ] {
        let opened = open(&format!("a.{ending}"), &encode(b"text"));
        assert_eq!(opened.paths(), [format!("a.{ending}!a.tar")]);
    }
}

#[test]
fn what_a_gzip_header_says_is_handed_over() {
    let member = |name: &str, comment: &str| {
        let builder = GzBuilder::new().filename(name).comment(comment).extra("ex");
        let mut encoder = builder.write(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"text ").expect("memory takes it");
        encoder.finish().expect("memory takes it")
    };
    let opened = both("a.gz", &[member("n1", "c1"), member("n2", "c2")].concat());
    assert_eq!(opened.bytes("a.gz!a"), b"text text ");
    assert_eq!(opened.bytes("a.gz!(header)"), b"ex\nn1\nc1\nex\nn2\nc2\n");
    let mut cut = member("n1", "c1");
    cut.truncate(cut.len() - 3);
    assert_eq!(open("a.gz", &cut).bytes("a.gz!(header)"), b"ex\nn1\nc1\n");
}

#[test]
fn a_gzip_header_that_says_the_name_again_is_left_out() {
    let builder = GzBuilder::new().filename("a.txt");
    let mut encoder = builder.write(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"text").expect("memory takes it");
    let file = encoder.finish().expect("memory takes it");
    assert_eq!(open("a.txt.gz", &file).paths(), ["a.txt.gz!a.txt"]);
}

#[test]
fn frames_to_be_skipped_are_handed_over() {
    for (ending, encode) in [("zst", zstd as fn(&[u8]) -> _), ("lz4", lz4)] {
        let file = format!("a.{ending}");
        let between = [encode(b"one "), skippable(b"aside"), encode(b"two")].concat();
        let opened = both(&file, &between);
        assert_eq!(opened.bytes(&format!("{file}!a")), b"one two");
        assert_eq!(opened.bytes(&format!("{file}!(skippable)")), b"aside");
        assert!(opened.skips.is_empty(), "{opened:?}");

        let long = text(3 << 20);
        let row = [encode(b"one"), skippable(&long), encode(b"two")].concat();
        let opened = both(&file, &row);
        assert_eq!(opened.bytes(&format!("{file}!(skippable)")), long);
        let parts: Vec<_> = opened.blobs.iter().map(|(_, bytes)| bytes.len()).collect();
        assert_eq!(parts, [3, 3 << 20, 3]);

        let mut cut = [encode(b"one"), skippable(b"aside")].concat();
        cut.pop();
        let opened = open(&file, &cut);
        assert!(opened.skips[0].1.ends_with("truncated"), "{opened:?}");
        assert_eq!(opened.bytes(&file), cut);
    }
}

#[test]
fn a_frame_to_be_skipped_may_be_all_there_is() {
    let opened = both("a.zst", &skippable(b"aside"));
    assert_eq!(opened.bytes("a.zst!(skippable)"), b"aside");
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_zstd_frame_that_needs_a_dictionary_or_a_large_window_is_not_understood() {
    // Source: RFC 8878, 3.1.1.1: no single segment, a dictionary number of one byte, a window of 1 KiB.
    let opened = open("a.zst", b"\x28\xb5\x2f\xfd\x01\x00\x07\x01\0\0");
    let reason = "zstd stream: not understood: a dictionary, number 7";
    assert_eq!(opened.skips, [("a.zst".into(), reason.into())]);
    let opened = open("a.zst", b"\x28\xb5\x2f\xfd\x00\x98\x01\0\0");
    let reason = "zstd stream: not understood: a window of more than 128 MiB";
    assert_eq!(opened.skips, [("a.zst".into(), reason.into())]);
}

#[test]
fn a_zstd_frame_that_lies_is_damaged() {
    // A single segment of 3 bytes, and one raw block of 2.
    let opened = open("a.zst", b"\x28\xb5\x2f\xfd\x20\x03\x11\0\0ab");
    assert_eq!(opened.bytes("a.zst!a"), b"ab");
    let reason = "zstd stream: damaged: its length is another than it says";
    assert_eq!(opened.skips, [("a.zst".into(), reason.into())]);
    // The same of 2 bytes with a checksum.
    let opened = open("a.zst", b"\x28\xb5\x2f\xfd\x24\x02\x11\0\0ab1234");
    assert_eq!(opened.bytes("a.zst!a"), b"ab");
    let reason = "zstd stream: damaged: its checksum is wrong";
    assert_eq!(opened.skips, [("a.zst".into(), reason.into())]);
}

#[test]
fn an_old_lz4_frame_is_opened() {
    // Source: lz4_Frame_format.md, "Legacy frame": a block of 5 literals.
    let opened = both("a.lz4", b"\x02\x21\x4c\x18\x06\0\0\0\x50hello");
    assert_eq!(opened.bytes("a.lz4!a"), b"hello");
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn an_xz_block_with_a_large_window_is_not_understood() {
    let mut options = XzOptions::with_preset(0);
    options.lzma_options.dict_size = 1 << 20;
    let mut encoder = XzWriter::new(Vec::new(), options).expect("the preset is known");
    encoder.write_all(b"text").expect("memory takes it");
    let mut file = encoder.finish().expect("memory takes it");
    // The block header: its size, flags, the filter's id and size, the window, zeros, a checksum.
    let header = 12..12 + (usize::from(file[12]) + 1) * 4;
    let window = file[header.clone()]
        .windows(2)
        .position(|pair| pair == [0x21, 0x01])
        .expect("LZMA2 is the filter");
    file[header.start + window + 2] = 38;
    let sum_at = header.end - 4;
    let sum = crc32fast::hash(&file[header.start..sum_at]).to_le_bytes();
    file[sum_at..header.end].copy_from_slice(&sum);
    let opened = open("a.xz", &file);
    let reason = "xz stream: not understood: a window of more than 128 MiB";
    assert_eq!(opened.skips, [("a.xz".into(), reason.into())]);
}

#[test]
fn bytes_at_random_after_a_magic_do_not_make_a_decoder_panic() {
    let mut random = fastrand::Rng::with_seed(11);
    for (_, ending, encode) in KINDS {
        let all = encode(&text(2_000));
        for _ in 0..400 {
            let mut broken = all.clone();
            for _ in 0..random.usize(1..30) {
                let at = random.usize(10..broken.len());
                broken[at] = random.u8(..);
            }
            let opened = open(&format!("a.{ending}"), &broken);
            assert_ne!(opened.blobs.len(), 0);
            let panicked = "leakgate failed on it; please report this";
            assert!(opened.skips.iter().all(|skip| skip.1 != panicked));
        }
    }
}
