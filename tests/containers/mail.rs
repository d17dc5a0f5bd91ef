//! Mail: messages and mailboxes.

use data_encoding::BASE64;

use crate::gzip::gzip;
use crate::opened::{Opened, open, open_stream};

pub(crate) const TOP: &str = "Return-Path: <a@example.org>\r\nMIME-Version: 1.0\r\n";

/// Base64 in lines, as in a mail.
fn base64(bytes: &[u8]) -> String {
    let text = BASE64.encode(bytes);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(76)
        .map(String::from_utf8_lossy)
        .collect();
    lines.join("\r\n")
}

pub(crate) fn encoded(fields: &str, bytes: &[u8]) -> String {
    let body = base64(bytes);
    format!("{fields}Content-Transfer-Encoding: base64\r\n\r\n{body}\r\n")
}

/// Opens a mail, whose raw bytes are always handed over, and after its parts.
#[track_caller]
fn check(mail: &str, parts: &[(&str, &[u8])]) -> Opened {
    let opened = open("a.eml", mail.as_bytes());
    assert_eq!(opened, open_stream("a.eml", mail.as_bytes()));
    let mut expected: Vec<_> = parts
        .iter()
        .map(|(name, bytes)| (format!("a.eml!{name}"), bytes.to_vec()))
        .collect();
    expected.push(("a.eml".into(), mail.as_bytes().to_vec()));
    assert_eq!(opened.blobs, expected);
    opened
}

#[test]
fn encoded_parts_are_decoded_besides_the_raw_bytes() {
    let file = "Content-Disposition: attachment;\r\n filename=\"../b c.txt\"\r\n";
    let long = b"text ".repeat(10_000);
    let mail = format!(
        "{TOP}Content-Type: multipart/mixed;\r\n boundary=\"=_x\"\r\n\r\npreamble\r\n--=_x\r\n\
         \r\nplain text\r\n--=_x\r\n\
         Content-Transfer-Encoding: quoted-printable\r\n\r\na=3D=\r\nb\r\n--=_x\r\n{}--=_x--\r\nend",
        encoded(file, &long),
    );
    let opened = check(&mail, &[("part 1", b"a=b\r\n"), ("../b c.txt", &long)]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_message_that_is_one_encoded_body_is_decoded() {
    let opened = check(&encoded(TOP, b"text"), &[("part 1", b"text")]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn a_mail_without_encoded_parts_is_its_raw_bytes() {
    let opened = check(&format!("{TOP}Subject: hello\r\n\r\nbody\r\n"), &[]);
    assert!(opened.skips.is_empty(), "{opened:?}");
}

#[test]
fn parts_of_nested_messages_are_decoded() {
    let inner = encoded(
        "Subject: s\r\nContent-Type: text/plain; name=in\r\n",
        b"text",
    );
    let rest = encoded("Content-Type: text/plain; name=out\r\n", b"more");
    let mail = format!(
        "{TOP}Content-Type: multipart/digest; boundary=o\r\n\r\n--o\r\n\r\n{inner}--o\r\n\
         Content-Type: message/rfc822\r\n\r\nFrom: b\r\n\
         Content-Type: multipart/alternative; boundary=i\r\n\r\n--i\r\n{inner}--i--\r\n--o\r\n{rest}",
    );
    check(&mail, &[("in", b"text"), ("in", b"text"), ("out", b"more")]);
}

#[test]
fn every_message_of_a_mailbox_is_read() {
    let one = encoded("Subject: s\n", b"one");
    let two = encoded("Subject: s\n", b"two");
    let from = "From a@example.org Mon Sep 17 00:00:00 2001\n";
    let mail = format!("{from}{TOP}{one}\n{from}{two}\n{from}{TOP}\nFrom the text\n\nend\n");
    check(&mail, &[("part 1", b"one"), ("part 2", b"two")]);
}

#[test]
fn a_container_in_a_mail_is_opened_and_so_is_a_mail_in_a_container() {
    let file = gzip(b"text");
    let mail = encoded(&format!("{TOP}Content-Type: x/y; name=b.gz\r\n"), &file);
    let opened = open("a.eml.gz", &gzip(mail.as_bytes()));
    assert_eq!(opened.bytes("a.eml.gz!a.eml!b.gz!b"), b"text");
    assert_eq!(opened.bytes("a.eml.gz!a.eml"), mail.as_bytes());
    assert!(opened.skips.is_empty(), "{opened:?}");

    let mut mail = format!("{TOP}Content-Transfer-Encoding: binary\r\n\r\n").into_bytes();
    mail.extend(&file);
    assert_eq!(open("a.eml", &mail).bytes("a.eml!part 1!content"), b"text");
}

#[test]
fn what_cannot_be_decoded_is_named() {
    let mail = format!("{TOP}Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 644 a\r\n");
    let opened = check(&mail, &[]);
    let reason = "mail message: not understood: its transfer encoding";
    assert_eq!(opened.skips, [("a.eml!part 1".into(), reason.into())]);

    let kind = "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=s.p7m\r\n";
    let opened = check(
        &encoded(&format!("{TOP}{kind}"), b"der"),
        &[("s.p7m", b"der")],
    );
    let reason = "mail message: encrypted";
    assert_eq!(opened.skips, [("a.eml!s.p7m".into(), reason.into())]);

    let kind = format!("{TOP}Content-Type: multipart/encrypted; boundary=x\r\n\r\n");
    let opened = check(&kind, &[]);
    assert_eq!(opened.skips, [("a.eml".into(), reason.into())]);

    let kind = format!(
        "{TOP}Content-Type: a/b;\r\n {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let opened = check(&kind, &[]);
    let reason = "mail message: not understood: a header field of this length";
    assert_eq!(opened.skips, [("a.eml".into(), reason.into())]);
}

#[test]
fn a_mail_that_nests_without_end_is_read_in_one_pass() {
    let level = "Content-Type: message/rfc822\r\n\r\n";
    let deep = format!("{TOP}{}{}", level.repeat(100_000), encoded("", b"text"));
    check(&deep, &[("part 1", b"text")]);
    let level = "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n";
    let deep = format!("{TOP}{}{}", level.repeat(100_000), encoded("", b"text"));
    check(&deep, &[("part 1", b"text")]);
}

#[test]
fn boundaries_without_end_are_named() {
    let many: String = (0..20_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=x{n}\r\n\r\n--x{n}\r\n"))
        .collect();
    let opened = check(&format!("{TOP}{many}"), &[]);
    let reason = "mail message: not understood: more than 10000 boundaries";
    assert_eq!(opened.skips, [("a.eml".into(), reason.into())]);
}

#[test]
fn a_mail_that_is_cut_gives_what_is_there() {
    let mail = encoded(TOP, b"text that is cut");
    for len in TOP.len()..mail.len() {
        let opened = open("a.eml", &mail.as_bytes()[..len]);
        assert_eq!(opened.bytes("a.eml"), &mail.as_bytes()[..len]);
        let parts = opened.blobs.iter().filter(|(path, _)| path != "a.eml");
        for (_, bytes) in parts {
            assert!(b"text that is cut".starts_with(bytes), "{bytes:?}");
        }
    }
}

#[test]
fn words_that_are_encoded_in_a_header_are_decoded() {
    let subject = "Subject: =?utf-8?B?aGVs?=\r\n =?utf-8?Q?lo=21?=\r\nTo: =?utf-8?B?aGk=?=\r\n";
    check(
        &format!("{TOP}{subject}\r\nbody"),
        &[("(header)", b"hello!\nhi")],
    );
}
