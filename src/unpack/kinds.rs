//! Which containers are known, by their first bytes or their last.
//!
//! [`KINDS`] is the one place where a container is known. A format is a container when text in it does
//! not stand in its bytes as it was written. Executables, images, fonts and sound are not: their text
//! is scanned where it stands.

use std::io::BufRead;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use crate::unpack::ar;
use crate::unpack::asar;
use crate::unpack::cpio;
use crate::unpack::mail;
use crate::unpack::members::Members;
use crate::unpack::pack;
use crate::unpack::pdf;
use crate::unpack::rpm;
use crate::unpack::sqlite;
use crate::unpack::store::Store;
use crate::unpack::streams;
use crate::unpack::tar;
use crate::unpack::trouble::Trouble;
use crate::unpack::zip;

/// One kind of container.
pub struct Kind {
    /// What reports call it.
    pub name: &'static str,
    /// Endings of file names that are usually of this kind, for the documentation.
    pub endings: &'static str,
    /// How it is opened.
    pub open: Open,
    /// Says whether a file that begins with these bytes is one.
    matches: fn(&[u8]) -> bool,
}

/// Reads a container in order and gives its members to the second. After the last one the reader
/// stands where the container ends.
pub type OpenStream = fn(&mut dyn BufRead, &mut dyn Members) -> Result<(), Trouble>;

/// Reads a container at any position and gives its members to the second.
pub type OpenStore = fn(&Store<'_>, &mut dyn Members) -> Result<(), Trouble>;

/// How a container is opened.
#[derive(Clone, Copy)]
pub enum Open {
    /// In order, so of any length.
    Stream(OpenStream),
    /// At any position. Within another container it is held in memory, so its length is bounded there.
    Store(OpenStore),
    /// At any position, and its raw bytes are scanned as well: much of its text stands in them as it
    /// was written.
    Besides(OpenStore),
    /// Not at all: its raw bytes are scanned, and it is named.
    Never,
}

/// The name of a kind that takes the place of what it is compressed in.
pub(super) const TAR: &str = "tar archive";
/// The name of another.
pub(super) const CPIO: &str = "cpio archive";
/// The name of a kind that is known by its end as well.
const ZIP: &str = "zip archive";

/// Bytes from the start of a file that [`recognise`] looks at.
pub(super) const HEAD_BYTES: usize = 512;

/// Bytes from the end of a file that [`recognise`] looks at.
pub(super) const TAIL_BYTES: usize = ZIP_END_BYTES + u16::MAX as usize;

/// Length of the end record of a zip archive without its comment.
const ZIP_END_BYTES: usize = 22;

/// Finds the end record of a zip archive.
static ZIP_END: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"PK\x05\x06"));

/// Every kind, sorted by name.
pub static KINDS: &[Kind] = &[
    kind("7z archive", ".7z", Open::Never, |head| {
        head.starts_with(b"7z\xbc\xaf\x27\x1c")
    }),
    kind("PDF document", ".pdf", Open::Besides(pdf::pdf), |head| {
        head.starts_with(b"%PDF-")
    }),
    // Sources: ar(5); deb(5).
    kind("ar archive", ".deb .a", Open::Stream(ar::open), |head| {
        head.starts_with(b"!<arch>\n") || head.starts_with(ar::THIN)
    }),
    // Source: @electron/asar, README: two pickles, of a length and of a JSON text.
    kind("asar archive", ".asar", Open::Store(asar::open), is_asar),
    kind(
        "bzip2 stream",
        ".bz2 .tbz2",
        Open::Stream(streams::bzip2),
        streams::is_bzip2,
    ),
    // Source: MS-CAB 2.3, the signature and a reserved zero.
    kind("cab archive", ".cab", Open::Never, |head| {
        head.starts_with(b"MSCF\0\0\0\0")
    }),
    // Source: cpio(5).
    kind(
        "cpio archive",
        ".cpio",
        Open::Stream(cpio::open),
        cpio::is_cpio,
    ),
    // Source: gitformat-bundle(5).
    kind("git bundle", ".bundle", Open::Store(pack::bundle), |head| {
        head.starts_with(b"# v2 git bundle\n") || head.starts_with(b"# v3 git bundle\n")
    }),
    // Source: gitformat-pack(5).
    kind("git pack", ".pack", Open::Store(pack::pack), |head| {
        head.starts_with(b"PACK\0\0\0\x02") || head.starts_with(b"PACK\0\0\0\x03")
    }),
    // Source: RFC 1952, 2.3.1: deflate is the only method.
    kind(
        "gzip stream",
        ".gz .tgz .crate",
        Open::Stream(streams::gzip),
        |head| head.starts_with(b"\x1f\x8b\x08"),
    ),
    // Source: OpenJDK, JavaKeyStore and JceKeyStore: magic, then version 1 or 2.
    kind("java keystore", ".jks", Open::Never, |head| {
        let rest = head.strip_prefix(b"\xfe\xed\xfe\xed");
        let rest = rest.or_else(|| head.strip_prefix(b"\xce\xce\xce\xce"));
        rest.is_some_and(|rest| rest.starts_with(b"\0\0\0\x01") || rest.starts_with(b"\0\0\0\x02"))
    }),
    // Source: lz4_Frame_format.md; the second is the legacy frame.
    kind("lz4 stream", ".lz4", Open::Stream(streams::lz4), |head| {
        head.starts_with(b"\x04\x22\x4d\x18") || head.starts_with(b"\x02\x21\x4c\x18")
    }),
    // Sources: RFC 5322, 3.6; RFC 4155, appendix A.
    kind(
        "mail message",
        ".eml .mbox .mht",
        Open::Besides(mail::open),
        mail::is_mail,
    ),
    // Source: MS-CFB 2.2.
    kind("ole document", ".doc .xls .ppt .msi", Open::Never, |head| {
        head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    }),
    // Source: RFC 7292, section 4: a sequence of version 3 and of a sequence, in DER or BER.
    kind("pkcs12 store", ".p12 .pfx", Open::Never, is_pkcs12),
    // Source: RAR 5.0 archive format; the part that both versions share.
    kind("rar archive", ".rar", Open::Never, |head| {
        head.starts_with(b"Rar!\x1a\x07")
    }),
    // Source: RPM V4 package format, lead.
    kind("rpm package", ".rpm", Open::Stream(rpm::open), |head| {
        head.starts_with(b"\xed\xab\xee\xdb")
    }),
    // Source: SQLite file format 1.3. Pages cut long values into pieces.
    kind(
        "sqlite database",
        ".sqlite .db",
        Open::Besides(sqlite::sqlite),
        |head| head.starts_with(b"SQLite format 3\0"),
    ),
    kind("tar archive", ".tar .gem", Open::Stream(tar::open), is_tar),
    // Source: xz file format 2.1.1.1.
    kind("xz stream", ".xz .txz", Open::Stream(streams::xz), |head| {
        head.starts_with(b"\xfd7zXZ\0")
    }),
    // Sources: APPNOTE.TXT 4.3.7, 4.3.16 and 8.5.3: local file, end of an empty one, split; Chromium
    // components/crx_file/crx3.proto: an archive after a header, version 2 or 3.
    kind(
        "zip archive",
        ".zip .whl .jar .war .nupkg .vsix .xpi .crx .apk .ipa .docx .xlsx .pptx .odt",
        Open::Store(zip::open),
        |head| {
            let starts = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];
            let extensions = [b"Cr24\x02\0\0\0", b"Cr24\x03\0\0\0"];
            starts.iter().any(|start| head.starts_with(*start))
                || extensions.iter().any(|start| head.starts_with(*start))
        },
    ),
    // Source: RFC 8878, 3.1.1 and 3.1.2: a frame, or one to be skipped, which lz4 shares.
    kind(
        "zstd stream",
        ".zst .tzst",
        Open::Stream(streams::zstd),
        |head| {
            head.starts_with(b"\x28\xb5\x2f\xfd")
                || (head.first().is_some_and(|byte| byte & 0xf0 == 0x50)
                    && head[1..].starts_with(b"\x2a\x4d\x18"))
        },
    ),
];

pub(super) const fn kind(
    name: &'static str,
    endings: &'static str,
    open: Open,
    matches: fn(&[u8]) -> bool,
) -> Kind {
    Kind {
        name,
        endings,
        open,
        matches,
    }
}

/// The container that begins with `head`, its first [`HEAD_BYTES`] or all of it.
pub(super) fn begins(head: &[u8]) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| (kind.matches)(head))
}

/// The container that ends with `tail`, its last [`TAIL_BYTES`] or all of it. A zip archive is known by
/// its end, since anything may stand before it: a start script, a loader.
pub(super) fn ends(tail: &[u8]) -> Option<&'static Kind> {
    ends_before(tail, 0)
}

/// Like [`ends`], for a tail of which the last bytes are known to be the end of no archive.
pub(super) fn ends_before(tail: &[u8], n_known: usize) -> Option<&'static Kind> {
    let is_zip = ends_as_zip(tail, n_known);
    KINDS.iter().find(|kind| is_zip && kind.name == ZIP)
}

/// Endings of names that promise a container, without the dot. Those that other files bear as well are
/// left out.
const PROMISES: &[&str] = &[
    "7z", "asar", "bz2", "cpio", "crate", "crx", "deb", "docx", "gem", "gz", "ipa", "jar", "lz4",
    "nupkg", "odt", "pptx", "rar", "rpm", "tar", "tbz2", "tgz", "txz", "tzst", "vsix", "war",
    "whl", "xlsx", "xpi", "xz", "zip", "zst",
];
/// A text shorter than this, in bytes, may be what is left of a container.
const TEXT_BYTES_MIN: usize = 64;

/// Whether a file of this name should be a container and holds bytes that are of none, nor are text:
/// then it is damaged where nobody can tell what it was.
pub(super) fn breaks_promise(path: &[u8], bytes: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', path) else {
        return false;
    };
    let ending = &path[dot + 1..];
    let promises = |promise: &&str| ending.eq_ignore_ascii_case(promise.as_bytes());
    PROMISES.iter().any(promises)
        && !bytes.is_empty()
        && (bytes.len() < TEXT_BYTES_MIN || !is_text(bytes))
}

/// Whether these bytes are UTF-8 without control characters, cut anywhere.
fn is_text(bytes: &[u8]) -> bool {
    let whole = match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0C | 0x1B);
    whole && !bytes.iter().any(control)
}

/// Source: APPNOTE.TXT 4.3.16: the end record says how long the comment after it is.
fn ends_as_zip(tail: &[u8], n_known: usize) -> bool {
    let tail = &tail[tail.len().saturating_sub(TAIL_BYTES)..];
    let Some(last) = tail.len().checked_sub(ZIP_END_BYTES) else {
        return false;
    };
    // A record that begins earlier may reach into what is known.
    let begins = (tail.len() - n_known.min(tail.len()) + 3).min(tail.len());
    ZIP_END
        .find_iter(&tail[..begins])
        .take_while(|&at| at <= last)
        .any(|at| {
            let comment = u16::from_le_bytes([tail[at + 20], tail[at + 21]]);
            at + ZIP_END_BYTES + usize::from(comment) == tail.len()
        })
}

fn is_pkcs12(head: &[u8]) -> bool {
    let Some((b"\x30", rest)) = head.split_at_checked(1) else {
        return false;
    };
    let n_len = match rest.first() {
        Some(&byte @ 0x81..=0x84) => 1 + usize::from(byte & 0x7F),
        Some(0..=0x80) => 1,
        _ => return false,
    };
    let rest = rest.get(n_len..).unwrap_or_default();
    rest.starts_with(b"\x02\x01\x03\x30")
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
    let Some(block) = head.first_chunk::<512>() else {
        return false;
    };
    block[0] != 0 && tar::checksum_holds(block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], expected: Option<&str>) {
        let found = begins(head).or_else(|| ends(head));
        assert_eq!(found.map(|kind| kind.name), expected);
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
        check(
            b"\x30\x82\x09\xd1\x02\x01\x03\x30\x82",
            Some("pkcs12 store"),
        );
        check(b"\x30\x80\x02\x01\x03\x30\x80", Some("pkcs12 store"));
        check(b"\x30\x82\x09\xd1\x02\x01\x00\x30", None);
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
    fn cpio_is_known_by_a_whole_header() {
        let new = ["070701", &"0".repeat(104)].concat();
        check(new.as_bytes(), Some("cpio archive"));
        check(&new.as_bytes()[..109], None);
        check(new.replace("000000", "a word").as_bytes(), None);
        check(b"070707 is what old cpio files begin with", None);
        let binary = b"\xc7\x71\0\0\0\0\xa4\x81\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0a\0";
        check(binary, Some("cpio archive"));
        check(&[&binary[..26], b"any"].concat(), None);
        check(&[&b"\xc7\x71"[..], &[1; 100]].concat(), None);
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
        assert!(begins(&file).is_none());
    }

    #[test]
    fn names_promise_containers_that_other_bytes_are_not() {
        assert!(breaks_promise(
            b"d/a.tar.GZ",
            b"\x1f\x8a\x08\0 and more bytes follow"
        ));
        assert!(breaks_promise(b"a.zip", b"PK"));
        assert!(!breaks_promise(b"a.zip", b""));
        let page =
            b"<html><head><title>404</title></head><body>There is no such file.</body></html>";
        assert!(!breaks_promise(b"a.zip", page));
        assert!(!breaks_promise(
            b"a.zip/b.png",
            b"\x89PNG\r\n\x1a\n and more bytes follow"
        ));
        assert!(!breaks_promise(
            b"zip",
            b"\x1f\x8a\x08\0 and more bytes follow"
        ));
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
