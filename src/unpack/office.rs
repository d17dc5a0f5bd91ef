//! The text of office documents without its markup.
//!
//! Such a document is a zip archive of XML. What was typed in one go is often cut into runs, each in
//! elements of its own, so that a secret stands nowhere as a whole. Here runs are joined and paragraphs,
//! cells and rows end a line. The XML itself is scanned as it stands, too: attributes and comments are
//! not in this text.
//!
//! Sources: ECMA-376 part 1, 17.3, 18.4 and 21.1.2; OpenDocument 1.3 part 3, 5.1 and 6.1.

use std::io::{self, BufRead, BufReader, Read};

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::Event;

use crate::unpack::trouble::Trouble;

/// Most bytes of one tag or of text without one.
const EVENT_BYTES_MAX: usize = 8 << 20;
/// Bytes unpacked at once.
const ROOM: usize = 16 << 10;

/// Whether an archive with a member of this name is a document.
pub(super) fn marks_document(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"[Content_Types].xml") || name == b"mimetype"
}

/// Whether the text of a document stands in a member of this name.
pub(super) fn has_text(name: &[u8]) -> bool {
    let starts = |start: &[u8]| {
        let head = name.get(..start.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(start))
    };
    let base = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let folder = [&b"word/"[..], b"xl/", b"ppt/"].into_iter().any(starts);
    let xml = name
        .last_chunk::<4>()
        .is_some_and(|end| end.eq_ignore_ascii_case(b".xml"));
    // Headers and footers of an OpenDocument stand among its styles.
    (folder && xml) || base == b"content.xml" || base == b"styles.xml"
}

/// The text of XML, made as it is read.
pub(super) struct Text<R: Read> {
    xml: Reader<Bounded<BufReader<R>>>,
    event: Vec<u8>,
    text: Vec<u8>,
    /// Bytes of `text` that were given out.
    used: usize,
    ended: bool,
}

impl<R: Read> Text<R> {
    /// Begins to read XML in UTF-8.
    pub(super) fn new(bytes: R) -> Self {
        let mut xml = Reader::from_reader(Bounded {
            bytes: BufReader::with_capacity(ROOM, bytes),
            left: 0,
        });
        // What is not quite XML has text all the same.
        let config = xml.config_mut();
        config.allow_dangling_amp = true;
        config.allow_unmatched_ends = true;
        config.check_end_names = false;
        Self {
            xml,
            event: Vec::new(),
            text: Vec::new(),
            used: 0,
            ended: false,
        }
    }

    /// Reads on to the next tag or the next text.
    fn step(&mut self) -> Result<(), Trouble> {
        self.event.clear();
        let at_start = self.xml.buffer_position() == 0;
        let bytes = self.xml.get_mut();
        bytes.left = EVENT_BYTES_MAX;
        if at_start && matches!(bytes.fill_buf()?, [0xfe, 0xff, ..] | [0xff, 0xfe, ..]) {
            return Err(Trouble::Unsupported("XML in UTF-16".into()));
        }
        let text = &mut self.text;
        match self.xml.read_event_into(&mut self.event) {
            Ok(Event::Eof) => self.ended = true,
            // Lines between tags are the layout of the XML.
            Ok(Event::Text(event)) if event.trim().is_empty() && event.contains('\n') => {}
            Ok(Event::Text(event)) => text.extend_from_slice(event.as_bytes()),
            Ok(Event::CData(event)) => text.extend_from_slice(event.as_bytes()),
            Ok(Event::GeneralRef(event)) => match event.resolve_char_ref() {
                Ok(Some(character)) => {
                    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                _ => refer(&event, text),
            },
            Ok(Event::End(event)) => text.extend(after(event.local_name().as_ref())),
            Ok(Event::Empty(event)) => text.extend(after(event.local_name().as_ref())),
            Ok(_) => {}
            Err(error) => return Err(trouble(&error)),
        }
        Ok(())
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.used == self.text.len() && !self.ended {
            self.text.clear();
            self.used = 0;
            self.step()?;
        }
        let rest = &self.text[self.used..];
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        self.used += n;
        Ok(n)
    }
}

/// What stands in the text where an element ends.
fn after(name: &str) -> Option<u8> {
    match name {
        "p" | "h" | "si" | "is" | "row" | "c" | "f" | "v" | "tr" | "tc" | "br" | "cr"
        | "line-break" | "table-row" | "table-cell" | "definedName" | "comment" | "text" => {
            Some(b'\n')
        }
        "tab" => Some(b'\t'),
        "s" => Some(b' '),
        _ => None,
    }
}

/// Resolves a reference by name, where XML itself defines it.
fn refer(name: &str, text: &mut Vec<u8>) {
    match name {
        "lt" => text.push(b'<'),
        "gt" => text.push(b'>'),
        "amp" => text.push(b'&'),
        "apos" => text.push(b'\''),
        "quot" => text.push(b'"'),
        _ => text.extend_from_slice(format!("&{name};").as_bytes()),
    }
}

/// What a reader of ours met; other errors quote the document, which may be secret.
fn trouble(error: &Error) -> Trouble {
    let own = match error {
        Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    };
    own.cloned()
        .unwrap_or_else(|| Trouble::damaged("XML that cannot be read to its end"))
}

/// A reader that gives no more than so many bytes before it is asked to go on.
struct Bounded<R> {
    bytes: R,
    left: usize,
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let left = self.left;
        let bytes = self.bytes.fill_buf()?;
        if left == 0 && !bytes.is_empty() {
            let what = format!("XML without an end of text or tag in {EVENT_BYTES_MAX} bytes");
            return Err(Trouble::Unsupported(what).into());
        }
        Ok(&bytes[..bytes.len().min(left)])
    }

    fn consume(&mut self, n: usize) {
        self.left = self.left.saturating_sub(n);
        self.bytes.consume(n);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buffer.len());
        buffer[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};

    use super::{EVENT_BYTES_MAX, Text, has_text};

    #[track_caller]
    fn check(xml: &str, expected: &str) {
        let mut text = String::new();
        let mut reader = Text::new(xml.as_bytes());
        reader.read_to_string(&mut text).expect("it is XML");
        assert_eq!(text, expected);
    }

    #[test]
    fn runs_are_joined_and_paragraphs_end_a_line() {
        check(
            "<?xml version=\"1.0\"?><w:p><w:r><w:t>tok</w:t></w:r>\n  <w:r><w:rPr/>\
             <w:t>en&#45;1 &amp; &lt;2</w:t></w:r></w:p><w:p><w:t>next</w:t></w:p>",
            "token-1 & <2\nnext\n",
        );
        check(
            "<sst><si><r><t>a</t></r><r><t>b</t></r></si><si><t>c</t></si></sst>",
            "ab\nc\n",
        );
        check(
            "<text:p>a<text:span>b</text:span><text:s/>c<text:tab/>d<text:line-break/>e</text:p>",
            "ab c\td\ne\n",
        );
        check("<row><c><v>1</v></c><c><v>2</v></c></row>", "1\n\n2\n\n\n");
        check("<a><![CDATA[x<y]]></b> & z<!-- no -->", "x<y & z");
    }

    #[test]
    fn text_without_end_is_an_error_and_takes_no_memory() {
        let mut xml = Text::new(Read::chain(&b"<p>"[..], io::repeat(b'a')));
        let n = io::copy(&mut xml, &mut io::sink());
        assert!(n.is_err());
        assert!(xml.event.len() <= EVENT_BYTES_MAX);
    }

    #[test]
    fn utf_16_is_an_error() {
        let mut text = Vec::new();
        let read = Text::new(&b"\xff\xfe<\0p\0"[..]).read_to_end(&mut text);
        let error = read.expect_err("it is refused").to_string();
        assert!(error.ends_with("XML in UTF-16"), "{error}");
    }

    #[test]
    fn names_of_members_with_text() {
        for name in [
            "word/document.xml",
            "xl/worksheets/sheet1.XML",
            "content.xml",
        ] {
            assert!(has_text(name.as_bytes()), "{name}");
        }
        for name in ["word/media/a.png", "pom.xml", "[Content_Types].xml", ""] {
            assert!(!has_text(name.as_bytes()), "{name}");
        }
    }
}
