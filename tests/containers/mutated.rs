//! Archives of which any one byte is wrong: what they hold is found, or something is said.

use crate::cpio::{self, Form};
use crate::gzip::gzip;
use crate::opened::open;
use crate::{ar, rpm, tar};

const NEEDLE: &[u8] = b"the text that must not vanish";

/// Changes each byte in turn. The text is compressed, so it is not found in the raw bytes.
#[track_caller]
fn check(file: &[u8]) {
    assert!(holds(file), "it is found while nothing is wrong");
    // Without its first bytes the inner stream is no container, so it is no loss that it stays shut.
    let inner = memchr::memmem::find(file, &gzip(NEEDLE)).map_or(0..0, |at| at..at + 3);
    let mut file = file.to_vec();
    for at in (0..file.len()).filter(|at| !inner.contains(at)) {
        for change in [0x01, 0x02, 0x10, 0x20, 0xff] {
            file[at] ^= change;
            let opened = open("a", &file);
            let said = !opened.skips.is_empty();
            let panicked = opened
                .skips
                .iter()
                .any(|(_, why)| why.contains("leakgate failed"));
            // What is no archive at all any more is a file like others.
            let found = said || holds(&file) || opened.paths() == ["a"];
            assert!(
                found && !panicked,
                "byte {at} changed by {change}: {opened:?}"
            );
            file[at] ^= change;
        }
    }
}

fn holds(file: &[u8]) -> bool {
    let opened = open("a", file);
    let found = |bytes: &[u8]| memchr::memmem::find(bytes, NEEDLE).is_some();
    opened.blobs.iter().any(|(_, bytes)| found(bytes))
}

#[test]
fn tar_hides_nothing() {
    let member = gzip(NEEDLE);
    let records = [("path", "x"), ("SCHILY.xattr.a", "b")];
    let files = [
        tar::entry(b"././@LongLink", b'L', b"long\0"),
        tar::file("first", b"1"),
        tar::pax(b'x', &records),
        tar::file("second", &member),
        tar::entry(b"link", b'1', b""),
    ];
    check(&tar::tar(&files));
}

#[test]
fn ar_hides_nothing() {
    let member = gzip(NEEDLE);
    let files = [
        ar::entry("//", b"long_name.o/\n"),
        ar::entry("/0", b"1"),
        ar::entry("#1/4", b"name22"),
        ar::entry("last", &member),
    ];
    check(&ar::ar(&files));
}

#[test]
fn cpio_hides_nothing() {
    let member = gzip(NEEDLE);
    for form in cpio::FORMS {
        check(&cpio::cpio(form, &[("one", b"1"), ("two", &member)]));
    }
}

#[test]
fn rpm_hides_nothing() {
    let payload = cpio::cpio(Form::New, &[("one", b"1"), ("two", NEEDLE)]);
    check(&rpm::rpm(&gzip(&payload)));
}
