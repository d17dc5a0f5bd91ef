//! SQLite databases.

use std::collections::HashSet;
use std::process::{Command, Stdio};

use crate::gzip::gzip;
use crate::opened::{Opened, absent, open, open_stream};

const PAGE: usize = 512;

/// The first page of a database of so many pages, which holds no rows.
fn first_page(n_pages: u32, encoding: u8) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    page[16..24].copy_from_slice(&[2, 0, 1, 1, 0, 64, 32, 32]);
    page[27] = 1;
    page[28..32].copy_from_slice(&n_pages.to_be_bytes());
    page[59] = encoding;
    page[95] = 1;
    page[100] = 13;
    page
}

/// A leaf of a table with these cells.
fn leaf(cells: &[Vec<u8>]) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    page[0] = 13;
    page[4] = cells.len() as u8;
    let mut end = PAGE;
    for (i, cell) in cells.iter().enumerate() {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        page[8 + 2 * i..10 + 2 * i].copy_from_slice(&(end as u16).to_be_bytes());
    }
    page
}

fn varint(n: usize) -> Vec<u8> {
    if n < 128 {
        vec![n as u8]
    } else {
        vec![(n >> 7) as u8 | 0x80, n as u8 & 0x7f]
    }
}

fn record(texts: &[&[u8]]) -> Vec<u8> {
    let kinds: Vec<u8> = texts
        .iter()
        .flat_map(|text| varint(13 + 2 * text.len()))
        .collect();
    [&[kinds.len() as u8 + 1][..], &kinds, &texts.concat()].concat()
}

/// A cell whose record stands on its page.
fn cell(texts: &[&[u8]]) -> Vec<u8> {
    let record = record(texts);
    [varint(record.len()), vec![1], record].concat()
}

/// A database of one row, which goes on on pages 3 and 4.
pub(crate) fn long_row() -> (Vec<u8>, Vec<u8>) {
    let text: Vec<u8> = (0..1_100).map(|i| b'a' + (i / 7 % 26) as u8).collect();
    let record = record(&[&text, b"next"]);
    // Source: "Cell payload": what stays on the page, for a page of 512 bytes.
    let here = 39 + (record.len() - 39) % 508;
    assert!(here <= 477);
    let cell = [
        &varint(record.len())[..],
        &[1],
        &record[..here],
        &[0, 0, 0, 3],
    ]
    .concat();
    let overflow = |next: u8, bytes: &[u8]| {
        let mut page = [&[0, 0, 0, next][..], bytes].concat();
        page.resize(PAGE, 0);
        page
    };
    let file = [
        first_page(4, 1),
        leaf(&[cell]),
        overflow(4, &record[here..here + 508]),
        overflow(0, &record[here + 508..]),
    ]
    .concat();
    (file, [&text[..], b"\tnext\n"].concat())
}

#[track_caller]
fn check_row(opened: &Opened, file: &[u8], row: &[u8]) {
    assert_eq!(opened.bytes("a.db"), file);
    assert_eq!(opened.bytes("a.db!(rows from page 1)"), row);
    assert!(opened.skips.is_empty(), "{:?}", opened.skips);
}

#[test]
fn a_row_on_several_pages_is_joined() {
    let (file, row) = long_row();
    check_row(&open("a.db", &file), &file, &row);
    check_row(&open_stream("a.db", &file), &file, &row);
    let opened = open("a.db.gz", &gzip(&file));
    assert_eq!(opened.bytes("a.db.gz!a.db!(rows from page 1)"), row);
}

#[test]
fn values_are_told_apart() {
    let rows = leaf(&[cell(&[b"name", b"value"]), cell(&[b"more"])]);
    let file = [first_page(2, 1), rows].concat();
    check_row(&open("a.db", &file), &file, b"name\tvalue\nmore\n");
}

#[test]
fn utf_16_is_read() {
    for (encoding, text) in [(2, &b"t\0e\0x\0t\0"[..]), (3, b"\0t\0e\0x\0t")] {
        let rows = leaf(&[cell(&[b"x\0", text]), cell(&[text])]);
        let file = [first_page(2, encoding), rows].concat();
        let opened = open("a.db", &file);
        let read = opened.bytes("a.db!(rows from page 1)");
        let read = String::from_utf8_lossy(read);
        assert!(read.ends_with("\ttext\ntext\n"), "{read}");
    }
}

#[test]
fn a_value_that_is_a_container_is_opened() {
    let rows = leaf(&[cell(&[b"name", &gzip(b"text inside")])]);
    let opened = open("a.db", &[first_page(2, 1), rows].concat());
    let inner = "a.db!(gzip stream in page 2, cell 8, value 1)!content";
    assert_eq!(opened.bytes(inner), b"text inside");
}

#[track_caller]
fn check_damaged(file: &[u8], what: &str, problem: &str) -> Opened {
    let opened = open("a.db", file);
    assert_eq!(opened.bytes("a.db"), file);
    let skip = opened.skips.iter().find(|skip| skip.0 == what);
    assert!(
        skip.is_some_and(|skip| skip.1.contains(problem)),
        "{:?}",
        opened.skips
    );
    opened
}

#[test]
fn pages_that_lie_are_damaged() {
    let (file, row) = long_row();
    let changed = |at: usize, byte: u8| {
        let mut file = file.clone();
        file[at] = byte;
        file
    };
    let next = 2 * PAGE + 3;
    let why = "the rest of a row is not where it says";
    for wrong in [0, 1, 2, 3, 9] {
        let opened = check_damaged(&changed(next, wrong), "a.db!(page 2)", why);
        let rows = opened.bytes("a.db!(rows from page 1)");
        assert!(rows.windows(90).any(|part| part == &row[..90]));
    }
    check_damaged(&changed(PAGE, 7), "a.db", "the first is page 2");
    check_damaged(&changed(PAGE, 5), "a.db!(page 2)", "there is no page");
    check_damaged(&changed(PAGE + 3, 255), "a.db!(page 2)", "too many cells");
    check_damaged(
        &changed(PAGE + 8, 2),
        "a.db!(page 2)",
        "a cell does not fit",
    );
    check_damaged(&changed(16, 3), "a.db", "its page size is wrong");
    check_damaged(&changed(59, 9), "a.db", "its text encoding");
    check_damaged(&file[..3 * PAGE], "a.db", "truncated");
    check_damaged(&file[..50], "a.db", "truncated");
}

#[test]
fn rows_on_pages_that_are_said_to_be_free_are_read() {
    let (mut file, row) = long_row();
    file.extend([0; PAGE]);
    file[31] = 5;
    // The list of free pages: page 5, which names page 2.
    file[35] = 5;
    file[4 * PAGE + 7] = 1;
    file[4 * PAGE + 11] = 2;
    let opened = open("a.db", &file);
    assert_eq!(opened.bytes("a.db!(rows from page 1)"), row);
    assert_eq!(opened.skips.len(), 1, "{:?}", opened.skips);
}

#[test]
fn changed_bytes_do_no_harm() {
    let (file, _) = long_row();
    for at in (16..file.len()).filter(|at| at % PAGE < 130) {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut changed = file.clone();
            changed[at] = byte;
            let opened = open("a.db", &changed);
            assert_eq!(opened.bytes("a.db"), changed);
            let harm = opened.skips.iter().any(|skip| skip.1.contains("panic"));
            assert!(!harm, "byte {at}: {:?}", opened.skips);
        }
    }
}

/// Makes databases by Python, where there is one.
const MAKE: &str = r#"
import sqlite3, sys
path, size, vacuum, encoding = sys.argv[1:]
db = sqlite3.connect(path)
db.execute(f"pragma page_size={size}")
db.execute(f"pragma auto_vacuum={vacuum}")
db.execute(f"pragma encoding='{encoding}'")
db.execute("create table t (a text, b blob, c text)")
db.execute("create table w (k text primary key, v text) without rowid")
db.execute("create index i on t (c)")
for i in range(300):
    long = "".join(f"<{i}.{j}>" for j in range(i * 7))
    db.execute("insert into t values (?, ?, ?)", (f"name {i}", b"blob", long))
    db.execute("insert into w values (?, ?)", (f"key {i}", long[:4000]))
db.execute("create table u as select * from t")
db.commit()
db.execute("drop table u")
db.execute("delete from t where rowid % 10 = 3")
db.commit()
db.close()
"#;

#[test]
fn what_sqlite_writes_is_read_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    for (i, (size, vacuum, encoding)) in [
        ("512", "0", "UTF-8"),
        ("512", "1", "UTF-16le"),
        ("4096", "2", "UTF-16be"),
        ("65536", "0", "UTF-8"),
    ]
    .iter()
    .enumerate()
    {
        let path = folder.path().join(format!("{i}.db"));
        let status = Command::new("python3")
            .args(["-c", MAKE])
            .arg(&path)
            .args([size, vacuum, encoding])
            .stderr(Stdio::null())
            .status();
        if !status.is_ok_and(|status| status.success()) {
            absent("no python3 with sqlite3");
            return;
        }
        let file = std::fs::read(&path).expect("it was written");
        let opened = open("a.db", &file);
        assert!(opened.skips.is_empty(), "{size} {:?}", opened.skips);
        let rows: Vec<u8> = opened
            .blobs
            .iter()
            .filter(|blob| blob.0.contains("(rows"))
            .flat_map(|blob| blob.1.clone())
            .collect();
        let rows = String::from_utf8_lossy(&rows);
        let rows: HashSet<&str> = rows.lines().map(str::trim_end).collect();
        for i in (0..300).filter(|i| i % 10 != 2) {
            let long: String = (0..i * 7).map(|j| format!("<{i}.{j}>")).collect();
            let row = format!("name {i}\tblob\t{long}").trim_end().to_owned();
            assert!(rows.contains(&row[..]), "{size}: {i}");
            let row = format!("key {i}\t{}", &long[..long.len().min(4_000)]);
            assert!(rows.contains(row.trim_end()), "{size}: {i}");
        }
    }
}
