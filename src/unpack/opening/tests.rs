//! Kinds that no file is of: how each way of opening is treated, whatever the format.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use crate::blob::{Blob, Content, Exclusion, Skip, Visitor};
use crate::config::Limits;
use crate::unpack::kinds::{Kind, Open, kind};
use crate::unpack::members::Members;
use crate::unpack::opening::Opening;
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

static GOOD: Kind = kind("good", "", Open::Besides(two), |_| true);
static BAD: Kind = kind("bad", "", Open::Besides(one_and_a_half), |_| true);

fn two(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let _ = out.member(b"a", &mut store.section(0..1));
    let _ = out.member(b"b", &mut store.section(1..2));
    Ok(())
}

fn one_and_a_half(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let _ = out.member(b"a", &mut store.section(0..1));
    Err(Trouble::truncated())
}

#[derive(Default)]
struct Note(Arc<Mutex<Vec<String>>>);

impl Note {
    fn push(&self, line: String) {
        self.0.lock().expect("nothing panicked").push(line);
    }
}

impl Visitor for Note {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let Content::Whole(bytes) = blob.content else {
            return ControlFlow::Break(());
        };
        let path = String::from_utf8_lossy(&blob.place.path);
        self.push(format!("{path}={}", String::from_utf8_lossy(bytes)));
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        self.push(skip.reason.to_string());
    }

    fn exclude(&mut self, _exclusion: Exclusion) {}
}

#[track_caller]
fn check(kind: &'static Kind, expected: &[&str]) {
    let note = Note::default();
    let lines = Arc::clone(&note.0);
    let mut opening = Opening::new(Box::new(note), Limits::default(), None);
    opening.place.path = b"f".to_vec();
    opening.visit_as(Store::Memory(b"12"), &[kind], true);
    assert_eq!(*lines.lock().expect("nothing panicked"), expected);
}

#[test]
fn members_besides_the_raw_bytes_are_handed_over_and_so_are_these() {
    check(&GOOD, &["f!a=1", "f!b=2", "f=12"]);
    check(&BAD, &["f!a=1", "bad: damaged: truncated", "f=12"]);
}
