//! Versions of texts that hold more than a scan keeps.

use fastrand::Rng;
use leakgate::blob::Copied;
use leakgate::config::Limits;

use crate::edits::{Child, Editor};
use crate::specs::{self, ACROSS};
use crate::texts;
use crate::versions::check;
use crate::{Bench, rounds};

#[test]
fn versions_with_too_many_locals_equal_full_scans() {
    let specs = specs::near();
    let mut overflowed = 0;
    for round in 0..rounds(100) {
        let mut random = Rng::with_seed(round);
        let limits = Limits {
            locals_per_blob_max: random.usize(0..20),
            ..Limits::default()
        };
        let mut bench = Bench::limited(&specs, limits);
        let mut base = texts::text(&specs, 1_500, &mut random);
        let mut locals = bench.scan(&base);
        for _ in 0..5 {
            let editor = Editor {
                fragment: &|random, out| texts::fragment(&specs, random, out),
                base: &base,
                locals: &locals,
            };
            let child = editor.edit(3, &mut random);
            locals = check(&mut bench, &locals, &child, round);
            assert!(locals.found.len() <= limits.locals_per_blob_max);
            overflowed += u64::from(locals.overflow);
            base = child.bytes;
        }
    }
    assert!(overflowed > 0, "the limits of this test are too high");
}

#[test]
fn same_local_from_many_anchors_counts_once() {
    let specs = specs::near();
    let limits = Limits {
        locals_per_blob_max: 1,
        ..Limits::default()
    };
    let mut bench = Bench::limited(&specs, limits);
    let locals = bench.scan(b" .zqg.zqg.zqg.zqg.zqg.zqg.zqg. ");
    assert_eq!((locals.found.len(), locals.overflow), (1, false));
    let locals = bench.scan(b" .zqg.aaaa \n .zqg.aaaa ");
    assert_eq!((locals.found.len(), locals.overflow), (1, true));
}

#[test]
fn more_anchors_than_are_handed_down_mean_a_scan_in_full() {
    let mut bench = Bench::new(ACROSS);
    let base = b"key ".repeat(60_000);
    let locals = bench.scan(&base);
    assert_eq!((locals.held.len(), locals.in_full), (60_000, false));
    let len = base.len() as u64;
    let copied = vec![
        Copied {
            from: 0,
            to: 0,
            len,
        },
        Copied {
            from: 0,
            to: len,
            len,
        },
    ];
    let twice = Child {
        bytes: base.repeat(2),
        copied,
        base_len: len,
    };
    let locals = check(&mut bench, &locals, &twice, 0);
    assert!(locals.in_full && locals.held.is_empty());
    let half = Child {
        copied: vec![Copied {
            from: 0,
            to: 0,
            len,
        }],
        base_len: 2 * len,
        bytes: base,
    };
    let locals = check(&mut bench, &locals, &half, 0);
    assert_eq!((locals.held.len(), locals.in_full), (60_000, false));
}
