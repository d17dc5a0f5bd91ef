//! cpio archives, made header by header.

use crate::gzip::gzip;
use crate::opened::{open, open_stream};

/// The forms of a header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    New,
    Checked,
    Old,
    Little,
    Big,
}

pub(crate) const FORMS: [Form; 5] = [Form::New, Form::Checked, Form::Old, Form::Little, Form::Big];

fn pad(all: &mut Vec<u8>, form: Form) {
    let n = match form {
        Form::New | Form::Checked => 4,
        Form::Old => 1,
        Form::Little | Form::Big => 2,
    };
    all.resize(all.len().next_multiple_of(n), 0);
}

/// A member with its header, of this mode.
pub(crate) fn entry(form: Form, name: &str, mode: u16, bytes: &[u8]) -> Vec<u8> {
    let (n_name, n) = (name.len() + 1, bytes.len());
    let mut all = match form {
        Form::New | Form::Checked => {
            let sum: u32 = bytes.iter().map(|&byte| u32::from(byte)).sum();
            let sum = if form == Form::New { 0 } else { sum };
            let magic = if form == Form::New { "070701" } else { "070702" };
            let fields = [1, mode.into(), 0, 0, 1, 0, n as u32, 0, 0, 0, 0, n_name as u32, sum];
            let fields: String = fields.iter().map(|field| format!("{field:08X}")).collect();
            format!("{magic}{fields}").into_bytes()
        }
        Form::Old => {
            format!("070707{0:06o}{0:06o}{mode:06o}{0:06o}{0:06o}{1:06o}{0:06o}{0:011o}{n_name:06o}{n:011o}", 0, 1)
                .into_bytes()
        }
        Form::Little | Form::Big => {
            let (high, low) = ((n >> 16) as u16, n as u16);
            let words = [0o070707, 0, 0, mode, 0, 0, 1, 0, 0, 0, n_name as u16, high, low];
            let bytes = |word: &u16| match form {
                Form::Little => word.to_le_bytes(),
                _ => word.to_be_bytes(),
            };
            words.iter().flat_map(bytes).collect()
        }
    };
    all.extend(name.as_bytes());
    all.push(0);
    pad(&mut all, form);
    all.extend(bytes);
    pad(&mut all, form);
    all
}

/// An archive of plain files.
pub(crate) fn cpio(form: Form, files: &[(&str, &[u8])]) -> Vec<u8> {
    let entries = files
        .iter()
        .map(|(name, bytes)| entry(form, name, 0o100_644, bytes));
    let entries: Vec<_> = entries.collect();
    [entries.concat(), entry(form, "TRAILER!!!", 0, b"")].concat()
}

fn skip(what: &str, reason: &str) -> (String, String) {
    (what.to_owned(), format!("cpio archive: {reason}"))
}

#[test]
fn members_of_every_form_are_read() {
    let large = b"0123456789abcdef".repeat(300_000);
    for form in FORMS {
        let file = [
            entry(form, "dir", 0o040_755, b""),
            entry(form, "dir/../empty", 0o100_644, b""),
            entry(form, "link", 0o120_777, b"target"),
            cpio(form, &[("a.txt", b"text"), ("large", &large)]),
            vec![0; 333],
        ]
        .concat();
        let opened = open("a.cpio", &file);
        let paths = ["dir/../empty", "link", "a.txt", "large"];
        assert_eq!(opened.paths(), paths.map(|path| format!("a.cpio!{path}")));
        assert_eq!(opened.bytes("a.cpio!link"), b"target");
        assert_eq!(opened.bytes("a.cpio!a.txt"), b"text");
        assert_eq!(opened.bytes("a.cpio!large"), large);
        assert!(opened.skips.is_empty(), "{:?}", opened.skips);
        assert_eq!(opened.containers, ["a.cpio"]);
        assert_eq!(open_stream("a.cpio", &file), opened);
    }
}

#[test]
fn archives_in_a_row_are_all_opened() {
    let one = cpio(Form::New, &[("one", b"1")]);
    let two = cpio(Form::Old, &[("two", b"22")]);
    let three = gzip(&cpio(Form::New, &[("three", b"333")]));
    let opened = open(
        "initrd",
        &[&one, &[0; 100][..], &two, &[0; 1001], &three].concat(),
    );
    let paths = ["initrd!one", "initrd!two", "initrd!(after the end)!three"];
    assert_eq!(opened.paths(), paths);
    assert!(opened.skips.is_empty(), "{opened:?}");
    let opened = open("a.cpio.gz", &gzip(&[&one[..], b"0 and more"].concat()));
    assert_eq!(
        opened.paths(),
        ["a.cpio.gz!one", "a.cpio.gz!(after the end)"]
    );
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_wrong_sum_is_damage_of_its_member() {
    let mut file = cpio(Form::Checked, &[("one", b"1"), ("two", b"2")]);
    let at = memchr::memchr(b'1', &file[110..]).expect("it is there") + 110;
    file[at] = b'!';
    let opened = open("a.cpio", &file);
    assert_eq!(opened.bytes("a.cpio!one"), b"!");
    assert_eq!(opened.bytes("a.cpio!two"), b"2");
    assert_eq!(opened.skips, [skip("a.cpio!one", "damaged: checksum")]);
}

#[test]
fn a_cut_archive_is_named_wherever_it_is_cut() {
    for form in FORMS {
        let file = cpio(form, &[("one", b"1"), ("two", b"22")]);
        let end = file
            .iter()
            .rposition(|&byte| byte == b'!')
            .expect("it is there")
            + 2;
        for n in 120..end {
            let opened = open("a.cpio", &file[..n]);
            assert!(!opened.skips.is_empty(), "cut at {n}");
            assert_eq!(opened.bytes("a.cpio"), &file[..n], "cut at {n}");
        }
    }
}

#[test]
fn headers_that_lie_are_named() {
    let mut file = cpio(Form::New, &[("one", b"1")]);
    file[54..62].copy_from_slice(b"FFFFFFFF");
    let opened = open("a.cpio", &file);
    assert_eq!(opened.skips[0], skip("a.cpio!one", "damaged: truncated"));
    let mut file = cpio(Form::New, &[("one", b"1")]);
    file[94..102].copy_from_slice(b"FFFFFFFF");
    assert!(!open("a.cpio", &file).skips.is_empty());
    let two = entry(Form::New, "two", 0o100_644, b"2");
    let mut file = [cpio(Form::New, &[("one", b"1")]), two].concat();
    let at = 110 + 4 + 2;
    file[at + 4..at + 6].copy_from_slice(b"zz");
    assert_eq!(open("a.cpio", &file).skips.len(), 1);
    let opened = open("a.cpio", b"07070X00000000");
    assert!(opened.skips[0].1.contains("without names"), "{opened:?}");
}

#[test]
fn text_in_gaps_is_handed_over() {
    let mut file = cpio(Form::New, &[("a", b"1"), ("b", b"2")]);
    file[113..116].copy_from_slice(b"gap");
    let opened = open("a.cpio", &file);
    assert!(
        opened
            .blobs
            .iter()
            .any(|(path, bytes)| path.starts_with("a.cpio!(") && bytes.ends_with(b"ap")),
        "{opened:?}"
    );
}
