//! Containers among versions: members are found whatever the container is a version of.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::fixture::{Repository, token, told};

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

#[test]
fn members_of_a_version_are_scanned() {
    let mut repository = Repository::default();
    let first = repository.commit("first");
    let blob = repository.blob(&gzip(&token('a')));
    repository.site(blob, "a.gz", Some(first));
    assert_eq!(told(&repository), ["a.gz!content blob 0 x1 []"]);
    let coverage = repository.run().coverage;
    assert_eq!((coverage.blobs, coverage.archive_members), (1, 1));
}

#[test]
fn version_of_a_container_inherits_nothing_that_was_not_scanned() {
    let mut repository = Repository::default();
    // Not a container any more, but for the first bytes all is copied.
    let stored = |text: &str| [&gzip("")[..], text.as_bytes()].concat();
    let container = repository.blob(&stored(&format!("tail {}\n", token('a'))));
    let bytes = stored(&format!("tail {}\nmore\n", token('a')));
    let plain = repository.version(&bytes);
    let last = repository.version(&[&bytes, token('b').as_bytes()].concat());
    for (holder, path) in [(container, "0"), (plain, "1"), (last, "2")] {
        repository.site(holder, path, None);
    }
    let told = told(&repository).join("\n");
    for expected in [
        "0!(after the end)",
        "1!(after the end)",
        "2!(after the end)",
    ] {
        assert!(told.contains(expected), "{told}");
    }
}

#[test]
fn text_that_follows_from_a_container_is_scanned_in_full() {
    let mut repository = Repository::default();
    let container = gzip(&token('a'));
    repository.blob(&container);
    let mut text = container.clone();
    text[0] = b'x';
    let text = [&text[..], token('b').as_bytes(), b"\n"].concat();
    let text = repository.version(&text);
    let child = repository.chains[0][1].bytes().to_vec();
    let child = repository.version(&[&child, &b"more\n"[..]].concat());
    repository.site(text, "text", None);
    repository.site(child, "child", None);
    let told = told(&repository).join("\n");
    assert!(told.contains("child blob - x2 [text]"), "{told}");
}

#[test]
fn claimed_container_is_not_reported_again() {
    let mut repository = Repository::default();
    let bytes = gzip(&token('a'));
    repository.blob(&bytes);
    repository.chains[0][0].claimed = true;
    assert!(told(&repository).is_empty());
    let child = repository.version(&[&bytes[..], token('b').as_bytes()].concat());
    let told = told(&repository);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].starts_with(&format!("(object {})!", child.id)),
        "{told:?}"
    );
}

#[test]
fn message_that_begins_like_a_container_is_a_text() {
    let mut repository = Repository::default();
    let text = format!("PK\x03\x04 {}", token('a'));
    repository.part(leakgate::blob::Part::CommitMessage, &text);
    let outcome = repository.run();
    assert_eq!(outcome.findings.len(), 1);
    assert!(outcome.coverage.complete());
}

#[test]
fn version_that_was_read_in_pieces_leaves_nothing_behind() {
    let mut repository = Repository::default();
    repository.blob(b"first\n");
    repository.blob(format!("{}\n", token('a')).as_bytes());
    repository.chains[1][0].streamed = true;
    let child = repository.version(format!("{}\nmore\n", token('a')).as_bytes());
    repository.site(child, "child", None);
    let told = told(&repository).join("\n");
    assert!(told.starts_with("child blob - x2"), "{told}");
}
