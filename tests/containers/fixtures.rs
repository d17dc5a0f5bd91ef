//! One or more files of every kind, each with a text in every member.

use crate::ar::{ar, entry};
use crate::asar::asar;
use crate::cpio::{Form, cpio};
use crate::gzip::gzip;
use crate::mail::{TOP, encoded};
use crate::make_zip::Zip;
use crate::pack::{BLOB, Writer};
use crate::pdf::{document, zlib};
use crate::rpm::rpm;
use crate::sqlite::long_row;
use crate::streams::{bzip2, lz4, xz, zstd};
use crate::tar::{file, tar as archive};

/// A container.
pub(crate) struct Fixture {
    pub(crate) name: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// What stands in its members.
    pub(crate) texts: Vec<String>,
}

impl Fixture {
    fn new(name: &'static str, make: impl FnOnce(&[&str]) -> Vec<u8>) -> Self {
        let texts: Vec<_> = (1..=3).map(|n| text(name, n)).collect();
        let lines: Vec<_> = texts.iter().map(String::as_str).collect();
        Self {
            name,
            bytes: make(&lines),
            texts,
        }
    }
}

/// A text that stands nowhere else, with enough around it to be worth compressing.
fn text(name: &str, n: u32) -> String {
    let mut random = fastrand::Rng::with_seed(u64::from(n) + name.len() as u64);
    let word: String = (0..24).map(|_| random.lowercase()).collect();
    format!("the {n}. text of {name} is {word}")
}

/// The bytes of a member: its text between others.
fn member(text: &str) -> Vec<u8> {
    let other = "some words that come again and again\n".repeat(40);
    format!("{other}{text}\n{other}").into_bytes()
}

/// Names and bytes of members with these texts.
fn members(texts: &[&str]) -> Vec<(String, Vec<u8>)> {
    let members = texts.iter().enumerate();
    members
        .map(|(n, text)| (format!("package/{n}.txt"), member(text)))
        .collect()
}

fn tar(texts: &[&str]) -> Vec<u8> {
    let files: Vec<_> = members(texts)
        .iter()
        .map(|(name, bytes)| file(name, bytes))
        .collect();
    archive(&files)
}

fn zip(texts: &[&str]) -> Vec<u8> {
    let add = |zip: Zip, (name, bytes): &(String, Vec<u8>)| match name.contains('0') {
        true => zip.stored(name, bytes),
        false => zip.deflated(name, bytes),
    };
    members(texts).iter().fold(Zip::new(), add).finish()
}

fn deb(texts: &[&str]) -> Vec<u8> {
    ar(&[
        entry("debian-binary", b"2.0\n"),
        entry("control.tar.gz", &gzip(&tar(&texts[..1]))),
        entry("data.tar.xz", &xz(&tar(&texts[1..]))),
    ])
}

fn plain_ar(texts: &[&str]) -> Vec<u8> {
    let entries: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(n, text)| entry(&format!("{n}.txt/"), &member(text)))
        .collect();
    ar(&entries)
}

fn new_cpio(texts: &[&str]) -> Vec<u8> {
    let members = members(texts);
    let files: Vec<_> = members
        .iter()
        .map(|(name, bytes)| (&name[..], &bytes[..]))
        .collect();
    cpio(Form::New, &files)
}

fn electron(texts: &[&str]) -> Vec<u8> {
    let (mut header, mut bytes) = (Vec::new(), Vec::new());
    for (n, text) in texts.iter().enumerate() {
        let member = member(text);
        let (size, offset) = (member.len(), bytes.len());
        header.push(format!(
            "\"{n}.txt\":{{\"size\":{size},\"offset\":\"{offset}\"}}"
        ));
        bytes.extend(member);
    }
    asar(&format!("{{\"files\":{{{}}}}}", header.join(",")), &bytes)
}

fn pack(texts: &[&str]) -> Vec<u8> {
    let mut pack = Writer::new();
    for text in texts {
        pack.add(BLOB, b"", &member(text));
    }
    pack.end()
}

/// An image as `docker save` writes it: an archive of layers and of what describes them.
fn image(texts: &[&str]) -> Vec<u8> {
    let config = format!(
        "{{\"history\":[{{\"created_by\":\"ENV A={}\"}}]}}",
        texts[2]
    );
    archive(&[
        file("00aa/layer.tar", &tar(&texts[..1])),
        file("00bb/layer.tar.gz", &gzip(&tar(&texts[1..2]))),
        file("00cc.json", config.as_bytes()),
        file("manifest.json", b"[{\"Config\":\"00cc.json\"}]"),
    ])
}

fn joined(texts: &[&str]) -> Vec<u8> {
    texts.iter().flat_map(|text| member(text)).collect()
}

/// All of them.
pub(crate) fn all() -> Vec<Fixture> {
    vec![
        Fixture::new("a.txt.gz", |texts| gzip(&joined(texts))),
        Fixture::new("a.txt.bz2", |texts| bzip2(&joined(texts))),
        Fixture::new("a.txt.xz", |texts| xz(&joined(texts))),
        Fixture::new("a.txt.zst", |texts| zstd(&joined(texts))),
        Fixture::new("a.txt.lz4", |texts| lz4(&joined(texts))),
        Fixture::new("a.tar", tar),
        Fixture::new("a.tgz", |texts| gzip(&tar(texts))),
        Fixture::new("a.tar.xz", |texts| xz(&tar(texts))),
        Fixture::new("a.zip", zip),
        Fixture::new("a.deb", deb),
        Fixture::new("a.a", plain_ar),
        Fixture::new("a.cpio", new_cpio),
        Fixture::new("a.rpm", |texts| rpm(&gzip(&new_cpio(texts)))),
        Fixture::new("a.asar", electron),
        Fixture::new("a.pack", pack),
        Fixture::new("a.bundle", |texts| {
            [&b"# v2 git bundle\n\n"[..], &pack(texts)].concat()
        }),
        Fixture::new("image.tar", image),
    ]
}

/// Documents, whose text may stand in several places. Where their frame is damaged, their raw bytes are
/// all there is.
pub(crate) fn documents() -> Vec<Fixture> {
    let word = |texts: &[&str]| {
        let runs = texts.iter().map(|text| {
            let (first, second) = text.split_at(text.len() - 12);
            format!("<w:p><w:r><w:t>{first}</w:t></w:r><w:r><w:t>{second}</w:t></w:r></w:p>")
        });
        let xml = format!("<w:document>{}</w:document>", runs.collect::<String>());
        Zip::new()
            .deflated("[Content_Types].xml", b"<Types/>")
            .deflated("word/document.xml", xml.as_bytes())
            .finish()
    };
    let pdf = |texts: &[&str]| {
        let shown = texts.iter().map(|text| format!("BT ({text}) Tj ET\n"));
        let stream = zlib(shown.collect::<String>().as_bytes());
        document("/Filter /FlateDecode", &stream)
    };
    let mail = |texts: &[&str]| {
        let top = format!("{TOP}Content-Type: multipart/mixed; boundary=b\r\n\r\n");
        let part = |text: &&str| format!("--b\r\n{}", encoded("", &member(text)));
        let parts: String = texts.iter().map(part).collect();
        format!("{top}{parts}--b--\r\n").into_bytes()
    };
    vec![
        Fixture::new("a.docx", word),
        Fixture::new("a.pdf", pdf),
        Fixture::new("a.eml", mail),
        Fixture {
            name: "a.db",
            bytes: long_row().0,
            texts: Vec::new(),
        },
    ]
}

/// Each of them two levels deep, stored and compressed.
pub(crate) fn nested() -> Vec<Fixture> {
    let wrap = |inner: Fixture| {
        let Fixture { name, bytes, .. } = &inner;
        let bytes = Zip::new().deflated(name, bytes).finish();
        let bytes = archive(&[file("inner.zip", &bytes)]);
        Fixture {
            name: "outer.tgz",
            bytes: gzip(&bytes),
            ..inner
        }
    };
    let store = |inner: Fixture| {
        let Fixture { name, bytes, .. } = &inner;
        let bytes = Zip::new().stored(name, bytes).finish();
        Fixture {
            name: "outer.tar",
            bytes: archive(&[file("inner.zip", &bytes)]),
            ..inner
        }
    };
    let wrapped: Vec<_> = all().into_iter().map(wrap).collect();
    wrapped
        .into_iter()
        .chain(all().into_iter().map(store))
        .collect()
}
