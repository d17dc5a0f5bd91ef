//! Texts of values, of what looks like them and of what stands between them, in files of many kinds.

use std::sync::OnceLock;

use fastrand::Rng;
use leakgate::config::Limits;
use leakgate::rule::builtin;
use leakgate::scan::Scanner;
use leakgate::selftest::{Plant, plants};

/// What lies between values.
const FILLERS: &[&str] = &[
    "\n",
    "\n\n",
    "# a remark\n",
    "host = localhost\n",
    "port: 8080\n",
    "  nested:\n    level: two\n",
    "const one = 1;\n",
    "\u{e9}\u{4e2d}\u{6587}\n",
    "# leakgate:allow\n",
    "password = ",
    "secret: \"",
    "api_key=",
    "-----END PRIVATE KEY-----\n",
    "datadog:\n",
];

/// Values of all rules, generated.
fn all() -> &'static [Plant] {
    static ALL: OnceLock<Vec<Plant>> = OnceLock::new();
    ALL.get_or_init(|| {
        let ruleset = builtin(&[]).expect("the built-in rules load");
        let scanner = Scanner::new(ruleset, Limits::default());
        (3..6).flat_map(|seed| plants(&scanner, seed)).collect()
    })
}

/// A text with a value, and where in it the value stands.
pub(crate) fn plant(random: &mut Rng) -> &'static Plant {
    &all()[random.usize(..all().len())]
}

/// Adds a value, something like one, or something between them; the value.
pub(crate) fn fragment(random: &mut Rng, out: &mut Vec<u8>) -> Option<Vec<u8>> {
    let plant = plant(random);
    let from = out.len();
    match random.u8(..16) {
        0..=6 => out.extend_from_slice(&plant.text),
        7 if !plant.disproved.is_empty() => out.extend_from_slice(&plant.disproved[0]),
        7 | 8 => out.extend_from_slice(&plant.text[plant.value.clone()]),
        9 => {
            let n = [100, 600, 1_500][random.usize(..3)];
            out.extend((0..random.usize(..n)).map(|_| random.alphanumeric() as u8));
        }
        10 => {
            let line = b"a line that is like many others, more or less\n";
            out.extend(line.iter().cycle().take(line.len() * random.usize(..60)));
        }
        _ => {
            let filler = FILLERS[random.usize(..FILLERS.len())];
            out.extend_from_slice(filler.as_bytes());
            return None;
        }
    }
    // Now and then it is torn.
    if random.u8(..10) == 0 && out.len() > from {
        out.truncate(random.usize(from..out.len()));
    }
    if random.u8(..4) != 0 {
        out.push(b'\n');
    }
    Some(plant.text[plant.value.clone()].to_vec())
}

/// How a text becomes the bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// Lines end as on Windows.
    Crlf,
    /// Hardly any line ends.
    Line,
    Utf16,
    /// After bytes of all kinds.
    Binary,
    /// The only member of an archive.
    Zip,
}

impl Form {
    pub(crate) fn any(random: &mut Rng) -> Self {
        match random.u8(..12) {
            0 => Self::Crlf,
            1 => Self::Line,
            2 => Self::Utf16,
            3 => Self::Binary,
            4 => Self::Zip,
            _ => Self::Plain,
        }
    }

    /// Ends of names of such files.
    pub(crate) fn end(self) -> &'static str {
        match self {
            Self::Plain | Self::Crlf => "txt",
            Self::Line => "js",
            Self::Utf16 => "ini",
            Self::Binary => "bin",
            Self::Zip => "zip",
        }
    }

    /// The bytes of a file of this form.
    pub(crate) fn write(self, text: &[u8]) -> Vec<u8> {
        let lossy = || String::from_utf8_lossy(text);
        match self {
            Self::Plain => text.to_vec(),
            Self::Crlf => lossy().replace('\n', "\r\n").into_bytes(),
            Self::Line => {
                let space = |byte: &u8| if *byte == b'\n' { b' ' } else { *byte };
                text.iter().map(space).collect()
            }
            Self::Utf16 => {
                let text = format!("\u{feff}{}", lossy());
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            }
            Self::Binary => {
                let head = (0..=255).cycle().take(700).collect::<Vec<u8>>();
                [&head, text, &[0, 1, 2, 0xff, 0xfe], &head[..50]].concat()
            }
            Self::Zip => zip(text),
        }
    }
}

/// An archive with one member that is stored as it is.
///
/// Source: APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.16.
fn zip(text: &[u8]) -> Vec<u8> {
    let name = b"inner.txt";
    let len = (text.len() as u32).to_le_bytes();
    let mut about = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    about.extend_from_slice(&crc32fast::hash(text).to_le_bytes());
    about.extend_from_slice(&len);
    about.extend_from_slice(&len);
    about.extend_from_slice(&[name.len() as u8, 0, 0, 0]);
    let local = [b"PK\x03\x04", &about[..], name, text].concat();
    let directory = [b"PK\x01\x02\x14\0", &about[..], &[0; 14], name].concat();
    let mut end = b"PK\x05\x06\0\0\0\0\x01\0\x01\0".to_vec();
    end.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    end.extend_from_slice(&(local.len() as u32).to_le_bytes());
    end.extend_from_slice(&[0, 0]);
    [local, directory, end].concat()
}
