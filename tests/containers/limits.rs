//! Limits: each that is reached is named with its number, and nothing is left out in silence.

use std::time::{Duration, Instant};

use leakgate::blob::{Blob, Content, Visitor};
use leakgate::config::Limits;
use leakgate::unpack::Opening;

use crate::gzip::gzip;
use crate::opened::{Opened, note, open_with, place};

/// Opens what lies in several gzip streams, within limits.
fn nested(levels: usize, bytes: &[u8], limits: Limits) -> Opened {
    let file = (0..levels).fold(bytes.to_vec(), |inner, _| gzip(&inner));
    open_with(&place("a.gz"), Content::Whole(&file), limits)
}

#[test]
fn containers_below_the_depth_are_named_and_scanned_as_they_are() {
    let limits = Limits {
        depth_max: 3,
        ..Limits::default()
    };
    let opened = nested(3, b"text", limits);
    assert_eq!(opened.bytes("a.gz!a!content!content"), b"text");
    assert!(opened.skips.is_empty(), "{opened:?}");
    let opened = nested(4, b"text", limits);
    let limit = ("a.gz!a!content!content", "limit reached: depth-max = 3");
    assert_eq!(opened.skipped(), [limit]);
    assert_eq!(opened.bytes("a.gz!a!content!content"), gzip(b"text"));
}

#[test]
fn a_bomb_is_given_up_at_its_ratio_or_its_bytes() {
    let zeros = vec![0; 200 << 20];
    let opened = nested(1, &zeros, Limits::default());
    let limit = ("a.gz!a", "limit reached: unpacked-ratio-max = 200");
    assert_eq!(opened.skipped(), [limit]);
    let limits = Limits {
        unpacked_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let opened = nested(1, &zeros[..2 << 20], limits);
    let limit = ("a.gz!a", "limit reached: unpacked-bytes-max = 1048576");
    assert_eq!(opened.skipped(), [limit]);
}

#[test]
fn members_and_time_are_limited() {
    let limits = Limits {
        members_max: 2,
        ..Limits::default()
    };
    let opened = nested(3, b"text", limits);
    let limit = ("a.gz!a!content", "limit reached: members-max = 2");
    assert_eq!(opened.skipped(), [limit]);
    let limits = Limits {
        unpack_seconds_max: 0,
        ..Limits::default()
    };
    let opened = nested(1, b"text", limits);
    let limit = ("a.gz", "limit reached: unpack-seconds-max = 0");
    assert_eq!(opened.skipped(), [limit]);
}

#[test]
fn the_deadline_of_the_user_ends_unpacking() {
    let (opened, note) = note();
    let passed = Instant::now().checked_sub(Duration::from_millis(1));
    let mut opening = Opening::new(note, Limits::default(), passed);
    let _ = opening.blob(Blob {
        content: Content::Whole(&gzip(b"text")),
        place: &place("a.gz"),
        version: None,
        news: None,
    });
    drop(opening);
    let opened = opened.lock().expect("nothing panicked").clone();
    assert_eq!(opened.skipped(), [("a.gz", "the time limit ran out first")]);
}
