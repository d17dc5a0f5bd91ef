//! PDF documents.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use crate::gzip::gzip;
use crate::opened::{Opened, open, open_stream};

pub(crate) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// A document of one stream.
pub(crate) fn document(dictionary: &str, stream: &[u8]) -> Vec<u8> {
    let head = format!("%PDF-1.7\n1 0 obj\n<<{dictionary}>>\nstream\r\n");
    [head.as_bytes(), stream, b"\nendstream\nendobj\n%%EOF\n"].concat()
}

/// The bytes of the one blob whose path is like this.
#[track_caller]
fn part<'a>(opened: &'a Opened, what: &str) -> &'a [u8] {
    let start = format!("a.pdf!({what} at ");
    let mut found = opened
        .blobs
        .iter()
        .filter(|blob| blob.0.starts_with(&start));
    match (found.next(), found.next()) {
        (Some((_, bytes)), None) => bytes,
        _ => panic!("not one {what}: {opened:?}"),
    }
}

#[test]
fn streams_are_inflated_and_their_text_is_joined() {
    let content = b"BT /F1 12 Tf [(to) -20 (ken)] TJ 0 -12 Td <6e657874> Tj ET";
    let file = document("/Filter /FlateDecode /Length 1", &zlib(content));
    for opened in [open("a.pdf", &file), open_stream("a.pdf", &file)] {
        assert_eq!(opened.bytes("a.pdf"), file);
        assert_eq!(part(&opened, "stream"), content);
        assert_eq!(part(&opened, "text"), b"token\nnext\n");
        assert!(opened.skips.is_empty(), "{opened:?}");
    }
    let opened = open("a.pdf.gz", &gzip(&file));
    let inner = opened
        .blobs
        .iter()
        .any(|blob| blob.0.starts_with("a.pdf.gz!a.pdf!(text at") && blob.1 == b"token\nnext\n");
    assert!(inner, "{opened:?}");
}

#[test]
fn text_that_is_not_compressed_is_joined() {
    let opened = open("a.pdf", &document("", b"BT [(to) 3 (ken)] TJ ET"));
    assert_eq!(part(&opened, "text"), b"token\n");
    assert_eq!(opened.blobs.len(), 2);
}

#[test]
fn filters_in_a_row_are_undone() {
    let hex = data_encoding::HEXUPPER.encode(&zlib(b"some text"));
    let file = document(
        "/Filter [/ASCIIHexDecode /Fl#61teDecode]",
        format!("{hex}>").as_bytes(),
    );
    let opened = open("a.pdf", &file);
    assert_eq!(part(&opened, "stream"), b"some text");
    assert!(opened.skips.is_empty(), "{opened:?}");
    let rows = b"\x02abc\x02\x01\x01\x01";
    let dictionary = "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 3>>";
    let opened = open("a.pdf", &document(dictionary, &zlib(rows)));
    assert_eq!(part(&opened, "stream"), b"abcbcd");
}

#[test]
fn strings_that_hide_are_read() {
    let mut file = document("/Filter/FlateDecode", &zlib(b"<</V <6869>/W(plain)>>"));
    file.extend(b"2 0 obj<</A(\\141b)/B<FEFF00680069>/C(plain)>>endobj %%EOF");
    let opened = open("a.pdf", &file);
    assert_eq!(part(&opened, "text"), b"\nhi\n");
    assert_eq!(part(&opened, "strings"), b"ab\nhi\n");
}

#[test]
fn a_stream_that_says_nothing_of_its_filter_is_inflated_anyway() {
    let opened = open("a.pdf", &document("/Filter 7 0 R", &zlib(b"some text")));
    assert_eq!(part(&opened, "stream"), b"some text");
    let opened = open("a.pdf", &document("", b"plain text"));
    assert_eq!(opened.paths(), ["a.pdf"]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[track_caller]
fn check_skip(file: &[u8], problem: &str) -> Opened {
    let opened = open("a.pdf", file);
    assert_eq!(opened.bytes("a.pdf"), file);
    let found = opened.skips.iter().filter(|skip| skip.1.contains(problem));
    assert_eq!(found.count(), 1, "{:?}", opened.skips);
    opened
}

#[test]
fn what_cannot_be_read_is_named() {
    let text = b"a text that is long enough to be cut".repeat(40);
    let whole = zlib(&text);
    let flate = "/Filter/FlateDecode";
    let mut wrong = whole.clone();
    *wrong.last_mut().expect("not empty") ^= 1;
    let opened = check_skip(&document(flate, &wrong), "corrupt deflate stream");
    assert_eq!(part(&opened, "stream"), text);
    let opened = check_skip(&document(flate, &whole[..40]), "damaged");
    assert!(part(&opened, "stream").starts_with(b"a text"), "{opened:?}");
    let file = document(flate, &whole);
    check_skip(&file[..file.len() - 7], "truncated");
    assert!(!open("a.pdf", &file[..60]).skips.is_empty());
    check_skip(&document("/Filter/LZWDecode", b"x"), "LZWDecode");
    check_skip(&document("/Filter[/Crypt/FlateDecode]", b"x"), "Crypt");
    check_skip(&document("/Filter/Other", b"x"), "a filter of it");
    let twice = [document("/Filter/LZW", b"x"), document("/Filter/LZW", b"x")].concat();
    check_skip(&twice, "LZWDecode");
    assert_eq!(
        open("a.pdf", &document("/Filter/DCTDecode", b"x")).skips,
        []
    );
    let mut locked = document(flate, b"noise");
    locked.extend(b"trailer<</Encrypt 9 0 R>>%%EOF");
    let opened = check_skip(&locked, "");
    assert_eq!(opened.skips[0].0, "a.pdf");
}

#[test]
fn changed_bytes_do_no_harm() {
    let stream = zlib(b"BT [(to) -20 (ken)] TJ <</A(b\\)c)>> BI ID EI ET");
    let dictionary = "/Filter[/FlateDecode]/DecodeParms<</Predictor 1/Columns 99>>";
    let file = document(dictionary, &stream);
    for at in 5..file.len() {
        for byte in [0, b'(', b'<', b'9', b'\\', 0xff] {
            let mut changed = file.clone();
            changed[at] = byte;
            let opened = open("a.pdf", &changed);
            assert_eq!(opened.bytes("a.pdf"), changed);
            let harm = opened.skips.iter().any(|skip| skip.1.contains("panic"));
            assert!(!harm, "byte {at}: {:?}", opened.skips);
        }
        let _ = open("a.pdf", &file[..at]);
    }
}

/// A document of several streams that are compressed.
fn document_of(streams: &[&[u8]]) -> Vec<u8> {
    let documents = streams
        .iter()
        .map(|stream| document("/Filter/FlateDecode", &zlib(stream)));
    documents.collect::<Vec<_>>().concat()
}

const WIDE: &str = "begincmap 1 begincodespacerange <0000> <FFFF> endcodespacerange ";
const FONT: &[u8] = b"<</Type/Font/Encoding/Identity-H>>";

#[test]
fn numbers_of_glyphs_are_read_by_the_map_that_knows_them() {
    let letters = format!("{WIDE} 1 beginbfrange <0001> <001A> <0061> endbfrange");
    let other = format!("{WIDE} 1 beginbfchar <0030> <00660069> endbfchar");
    let page =
        b"BT /F1 12 Tf [<0014000F> -20 (\\000\\013)] TJ T* <0005000E> Tj /F2 9 Tf <0030> Tj ET";
    // The maps may stand after the text.
    let file = document_of(&[page, letters.as_bytes(), other.as_bytes(), FONT]);
    for opened in [open("a.pdf", &file), open_stream("a.pdf", &file)] {
        let mut blobs = opened.blobs.iter();
        let mapped = blobs.find(|blob| blob.0.ends_with(" by map 1)"));
        assert_eq!(mapped.expect("handed over").1, b"tok\nenfi\n");
        assert!(opened.skips.is_empty(), "{opened:?}");
    }
}

#[test]
fn numbers_of_glyphs_without_a_map_are_named_once() {
    let page: &[u8] = b"BT /F1 12 Tf <0014000F000B> Tj ET";
    let other = format!("{WIDE} 1 beginbfchar <0030> <00660069> endbfchar");
    let problem = "text in fonts without a map to Unicode";
    let opened = check_skip(&document_of(&[page, FONT, page, other.as_bytes()]), problem);
    assert_eq!(opened.skips[0].0, "a.pdf");
    // Characters as they stand need none.
    let plain: &[u8] = b"BT /F1 12 Tf (plain text!) Tj ET";
    assert_eq!(open("a.pdf", &document_of(&[plain, FONT])).skips, []);
    assert_eq!(open("a.pdf", &document_of(&[page])).skips, []);
}

#[test]
fn more_maps_than_are_tried_are_named() {
    let maps: Vec<_> = (0..9)
        .map(|n| {
            format!(
                "{WIDE} 1 beginbfrange <0001> <001A> <{:04X}> endbfrange",
                0x61 + n
            )
        })
        .collect();
    let mut streams: Vec<_> = maps.iter().map(String::as_bytes).collect();
    streams.push(b"BT /F1 12 Tf <0001000200030004> Tj ET");
    let opened = check_skip(&document_of(&streams), "so many maps to Unicode");
    let mapped = opened
        .blobs
        .iter()
        .filter(|blob| blob.0.contains(" by map "));
    assert_eq!(mapped.count(), 8);
    streams.remove(0);
    assert_eq!(open("a.pdf", &document_of(&streams)).skips, []);
}
