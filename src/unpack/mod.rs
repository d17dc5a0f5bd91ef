//! Containers: files that hold other files, known by their first bytes.
//!
//! [`KINDS`] is the one place where a container is known. None is opened yet: the pipeline scans
//! the raw bytes of what [`recognise`] names and reports it as a skip, because compression hides
//! what is in it. A format is a container when text in it does not stand in its bytes as it was
//! written. Executables, images, fonts and sound are not: their text is scanned where it stands.

/// One kind of container.
pub struct Kind {
    /// What reports call it.
    pub name: &'static str,
    /// Says whether a file that begins with these bytes is one.
    matches: fn(&[u8]) -> bool,
}

/// Bytes from the start of a file that [`recognise`] looks at.
pub const HEAD_BYTES: usize = 512;

/// Bytes from the end of a file that [`recognise`] looks at.
pub const TAIL_BYTES: usize = ZIP_END_BYTES + u16::MAX as usize;

/// Length of the end record of a zip archive without its comment.
const ZIP_END_BYTES: usize = 22;

/// Every kind, sorted by name.
pub static KINDS: &[Kind] = &[
    // Sources: ar(5); deb(5).
    kind("7z archive", |head| head.starts_with(b"7z\xbc\xaf\x27\x1c")),
    kind("PDF document", |head| head.starts_with(b"%PDF-")),
    kind("ar archive", |head| head.starts_with(b"!<arch>\n")),
    // Source: @electron/asar, README: two pickles, of a length and of a JSON text.
    kind("asar archive", is_asar),
    // Source: bzip2 file format, block and end-of-stream magic after the level.
    kind("bzip2 stream", |head| {
        let (magic, rest) = head.split_at_checked(4).unwrap_or_default();
        let blocks = [b"\x31\x41\x59\x26\x53\x59", b"\x17\x72\x45\x38\x50\x90"];
        magic.starts_with(b"BZh")
            && matches!(magic[3], b'1'..=b'9')
            && blocks.iter().any(|block| rest.starts_with(*block))
    }),
    // Source: MS-CAB 2.3, the signature and a reserved zero.
    kind("cab archive", |head| head.starts_with(b"MSCF\0\0\0\0")),
    // Source: gitformat-bundle(5).
    kind("git bundle", |head| {
        head.starts_with(b"# v2 git bundle\n") || head.starts_with(b"# v3 git bundle\n")
    }),
    // Source: gitformat-pack(5).
    kind("git pack", |head| {
        head.starts_with(b"PACK\0\0\0\x02") || head.starts_with(b"PACK\0\0\0\x03")
    }),
    // Source: RFC 1952, 2.3.1: deflate is the only method.
    kind("gzip stream", |head| head.starts_with(b"\x1f\x8b\x08")),
    // Source: OpenJDK, JavaKeyStore and JceKeyStore: magic, then version 1 or 2.
    kind("java keystore", |head| {
        let rest = head.strip_prefix(b"\xfe\xed\xfe\xed");
        let rest = rest.or_else(|| head.strip_prefix(b"\xce\xce\xce\xce"));
        rest.is_some_and(|rest| rest.starts_with(b"\0\0\0\x01") || rest.starts_with(b"\0\0\0\x02"))
    }),
    // Source: lz4_Frame_format.md; the second is the legacy frame.
    kind("lz4 stream", |head| {
        head.starts_with(b"\x04\x22\x4d\x18") || head.starts_with(b"\x02\x21\x4c\x18")
    }),
    // Source: MS-CFB 2.2.
    kind("ole document", |head| {
        head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    }),
    // Source: RAR 5.0 archive format; the part that both versions share.
    kind("rar archive", |head| head.starts_with(b"Rar!\x1a\x07")),
    // Source: RPM V4 package format, lead.
    kind("rpm package", |head| head.starts_with(b"\xed\xab\xee\xdb")),
    // Source: SQLite file format 1.3. Pages cut long values into pieces.
    kind("sqlite database", |head| {
        head.starts_with(b"SQLite format 3\0")
    }),
    kind("tar archive", is_tar),
    // Source: xz file format 2.1.1.1.
    kind("xz stream", |head| head.starts_with(b"\xfd7zXZ\0")),
    // Source: APPNOTE.TXT 4.3.7, 4.3.16 and 8.5.3: local file, end of an empty one, split.
    kind("zip archive", |head| {
        let starts = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];
        starts.iter().any(|start| head.starts_with(*start))
    }),
    // Source: RFC 8878, 3.1.1 and 3.1.2: a frame, or one to be skipped, which lz4 shares.
    kind("zstd stream", |head| {
        head.starts_with(b"\x28\xb5\x2f\xfd")
            || (head.first().is_some_and(|byte| byte & 0xf0 == 0x50)
                && head[1..].starts_with(b"\x2a\x4d\x18"))
    }),
];

const fn kind(name: &'static str, matches: fn(&[u8]) -> bool) -> Kind {
    Kind { name, matches }
}

/// Names the container that begins with `head`, if it is one.
///
/// `head` is the first [`HEAD_BYTES`] or more, `tail` the last [`TAIL_BYTES`] or more; both are the
/// whole file where that is shorter, and `tail` may be empty where the end is out of reach. A zip
/// archive is known by its end as well, since anything may stand before it: a start script, a
/// loader.
pub fn recognise(head: &[u8], tail: &[u8]) -> Option<&'static str> {
    let known = KINDS.iter().find(|kind| (kind.matches)(head));
    let known = known.map(|kind| kind.name);
    known.or_else(|| ends_as_zip(tail).then_some("zip archive"))
}

/// Source: APPNOTE.TXT 4.3.16: the end record says how long the comment after it is.
fn ends_as_zip(tail: &[u8]) -> bool {
    let tail = &tail[tail.len().saturating_sub(TAIL_BYTES)..];
    let Some(last) = tail.len().checked_sub(ZIP_END_BYTES) else {
        return false;
    };
    memchr::memmem::find_iter(tail, b"PK\x05\x06")
        .take_while(|&at| at <= last)
        .any(|at| {
            let comment = u16::from_le_bytes([tail[at + 20], tail[at + 21]]);
            at + ZIP_END_BYTES + usize::from(comment) == tail.len()
        })
}

fn is_asar(head: &[u8]) -> bool {
    let word = |at: usize| {
        let bytes = head.get(at..at + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    let (Some(4), Some(outer), Some(inner), Some(text)) = (word(0), word(4), word(8), word(12))
    else {
        return false;
    };
    // Each holds the next and its length, padded to 4 bytes.
    inner.checked_add(4) == Some(outer)
        && text.checked_add(4).is_some_and(|needed| needed <= inner)
        && head[16..].starts_with(b"{\"")
}

/// Knows a header block by `ustar`, or by its checksum as in the format's seventh edition.
///
/// Source: POSIX.1-2017, pax, "ustar Interchange Format"; tar(5), "Old-Style Archive Format".
fn is_tar(head: &[u8]) -> bool {
    if head.get(257..262) == Some(b"ustar") {
        return true;
    }
    let Some(block) = head.get(..512) else {
        return false;
    };
    let field = &block[148..156];
    let digits: Vec<u8> = field
        .iter()
        .copied()
        .skip_while(|&byte| byte == b' ')
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .collect();
    let stated = digits
        .iter()
        .fold(0, |sum: u32, digit| sum * 8 + u32::from(digit - b'0'));
    let sum = |byte: fn(u8) -> i64| -> i64 {
        let others = block[..148].iter().chain(&block[156..]);
        others.map(|&b| byte(b)).sum::<i64>() + 8 * i64::from(b' ')
    };
    let stated = i64::from(stated);
    // Some old programs summed signed bytes.
    block[0] != 0
        && !digits.is_empty()
        && (stated == sum(i64::from) || stated == sum(|byte| i64::from(byte as i8)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], expected: Option<&str>) {
        assert_eq!(recognise(head, head), expected);
    }

    fn tar_block(magic: &[u8]) -> [u8; 512] {
        let mut block = [0; 512];
        block[..9].copy_from_slice(b"notes.txt");
        block[100..107].copy_from_slice(b"0000644");
        block[257..257 + magic.len()].copy_from_slice(magic);
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    #[test]
    fn kinds_are_sorted_and_named_once() {
        assert!(KINDS.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn magic_at_the_start_names_the_kind() {
        check(b"\x1f\x8b\x08\0", Some("gzip stream"));
        check(b"\xfd7zXZ\0\0", Some("xz stream"));
        check(b"BZh91AY&SY", Some("bzip2 stream"));
        check(b"\x28\xb5\x2f\xfd\0", Some("zstd stream"));
        check(b"\x51\x2a\x4d\x18\0", Some("zstd stream"));
        check(b"\x04\x22\x4d\x18", Some("lz4 stream"));
        check(b"PK\x03\x04rest", Some("zip archive"));
        check(b"PK\x05\x06", Some("zip archive"));
        check(b"PK\x07\x08", Some("zip archive"));
        check(b"!<arch>\ndebian-binary", Some("ar archive"));
        check(b"\xed\xab\xee\xdb\x03", Some("rpm package"));
        check(b"7z\xbc\xaf\x27\x1c", Some("7z archive"));
        check(b"Rar!\x1a\x07\x01\0", Some("rar archive"));
        check(b"MSCF\0\0\0\0", Some("cab archive"));
        check(b"PACK\0\0\0\x02", Some("git pack"));
        check(b"# v2 git bundle\n", Some("git bundle"));
        check(b"%PDF-1.7\n", Some("PDF document"));
        check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Some("ole document"));
        check(b"SQLite format 3\0", Some("sqlite database"));
        check(b"\xfe\xed\xfe\xed\0\0\0\x02", Some("java keystore"));
    }

    #[test]
    fn tar_is_known_with_and_without_its_magic() {
        check(&tar_block(b"ustar\0"), Some("tar archive"));
        check(&tar_block(b"ustar "), Some("tar archive"));
        check(&tar_block(b""), Some("tar archive"));
        let mut broken = tar_block(b"");
        broken[3] = b'!';
        check(&broken, None);
        check(&[0; 512], None);
        check(&[b'0'; 512], None);
    }

    #[test]
    fn asar_is_known_by_its_two_pickles() {
        let mut head = Vec::new();
        for word in [4_u32, 24, 20, 14] {
            head.extend(word.to_le_bytes());
        }
        head.extend(b"{\"files\":{}}  ");
        check(&head, Some("asar archive"));
        head[4] = 25;
        check(&head, None);
    }

    #[test]
    fn zip_after_something_else_is_known_by_its_end() {
        let mut file = b"#!/bin/sh\nexec java -jar $0\n".to_vec();
        file.extend(b"PK\x05\x06");
        file.extend([0; 16]);
        file.extend(b"\x03\0");
        check(&file, None);
        file.extend(b"abc");
        check(&file, Some("zip archive"));
        assert_eq!(recognise(&file, b""), None);
    }

    #[test]
    fn what_shows_its_text_is_no_container() {
        check(b"", None);
        check(b"P", None);
        check(b"BZh", None);
        check(b"BZh9 is what bzip2 files begin with", None);
        check(b"PACK your things", None);
        check(
            b"the text PK\x03\x04 and PK\x05\x06 inside of a longer sentence",
            None,
        );
        check(b"\x7fELF\x02\x01\x01\0", None);
        check(b"MZ\x90\0", None);
        check(b"\x89PNG\r\n\x1a\n", None);
        check(b"wOF2\0\x01\0\0", None);
        check(b"OggS\0", None);
    }
}
