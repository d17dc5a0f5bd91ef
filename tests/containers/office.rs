//! Office documents: text that is cut into runs.

use crate::make_zip::{Member, Zip};
use crate::opened::open;

const DOCUMENT: &str = "<w:document><w:p><w:r><w:t>first ha</w:t></w:r><w:r><w:t>lf</w:t></w:r>\
                        </w:p></w:document>";

#[test]
fn text_of_a_document_stands_beside_its_xml() {
    let file = Zip::new()
        .deflated("word/document.xml", DOCUMENT.as_bytes())
        .deflated("word/empty.xml", b"<w:styles/>")
        .deflated("docProps/app.xml", b"<a>text</a>")
        .deflated("[Content_Types].xml", b"<Types/>")
        .finish();
    let opened = open("a.docx", &file);
    assert_eq!(
        opened.bytes("a.docx!word/document.xml"),
        DOCUMENT.as_bytes()
    );
    let text = opened.bytes("a.docx!word/document.xml!(text)");
    assert_eq!(text, b"first half\n");
    assert_eq!(opened.blobs.len(), 5);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn an_archive_that_is_no_document_has_no_such_text() {
    let file = Zip::new().deflated("content.xml", b"<p>text</p>").finish();
    assert_eq!(open("a.zip", &file).paths(), ["a.zip!content.xml"]);
}

#[test]
fn xml_that_cannot_be_read_is_named_without_its_text() {
    let file = Zip::new()
        .stored("mimetype", b"application/vnd.oasis.opendocument.text")
        .stored("content.xml", b"<text:p>one</text:p><text:p hidden")
        .finish();
    let opened = open("a.odt", &file);
    assert_eq!(opened.bytes("a.odt!content.xml!(text)"), b"one\n");
    assert_eq!(
        opened.skips,
        [(
            "a.odt!content.xml!(text)".to_owned(),
            "zip archive: damaged: XML that cannot be read to its end".to_owned()
        )]
    );
}

#[test]
fn a_document_whose_directory_is_lost_keeps_its_text() {
    let file = Zip::new()
        .member(&Member::deflated("word/document.xml", DOCUMENT.as_bytes()))
        .finish();
    let opened = open("a.docx", &file[..file.len() - 10]);
    let text = opened.bytes("a.docx!word/document.xml!(text)");
    assert_eq!(text, b"first half\n");
}
