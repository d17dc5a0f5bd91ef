//! What comes of opening a container.

use std::io::Write;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use leakgate::blob::{Blob, Content, Exclusion, Place, Skip, Visitor};
use leakgate::config::Limits;
use leakgate::unpack::Opening;

/// What a visitor was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Opened {
    /// Path and bytes of each blob, in order.
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
    /// What was skipped, and the reason in words.
    pub(crate) skips: Vec<(String, String)>,
    /// The containers that were opened whole.
    pub(crate) containers: Vec<String>,
}

impl Opened {
    /// The paths of all blobs, in order.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.blobs.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// What was skipped, and the reason in words.
    pub(crate) fn skipped(&self) -> Vec<(&str, &str)> {
        let skips = self.skips.iter();
        skips
            .map(|(what, reason)| (what.as_str(), reason.as_str()))
            .collect()
    }

    /// The bytes of the one blob at this path.
    #[track_caller]
    pub(crate) fn bytes(&self, path: &str) -> &[u8] {
        let mut all = self.blobs.iter().filter(|(at, _)| at == path);
        match (all.next(), all.next()) {
            (Some((_, bytes)), None) => bytes,
            _ => panic!(
                "not one {path} in {:?}, skipped {:?}",
                self.paths(),
                self.skips
            ),
        }
    }
}

/// Opens a file of this name that is in memory.
pub(crate) fn open(name: &str, bytes: &[u8]) -> Opened {
    let place = place(name);
    open_with(&place, Content::Whole(bytes), Limits::default())
}

/// Opens the same bytes as a stream of unknown length.
pub(crate) fn open_stream(name: &str, mut bytes: &[u8]) -> Opened {
    let place = place(name);
    open_with(&place, Content::Stream(&mut bytes, None), Limits::default())
}

/// Says that a test did not run, and what it lacks.
pub(crate) fn absent(what: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}");
}

/// Where a file of this name stands.
pub(crate) fn place(name: &str) -> Place {
    Place {
        path: name.into(),
        containers: 0,
        holder: None,
    }
}

/// Opens a file within limits.
pub(crate) fn open_with<'a>(place: &'a Place, content: Content<'a>, limits: Limits) -> Opened {
    let (opened, note) = note();
    let mut opening = Opening::new(note, limits, None);
    let _ = opening.blob(Blob {
        content,
        place,
        version: None,
        news: None,
    });
    drop(opening);
    opened.lock().expect("nothing panicked").clone()
}

/// A visitor that notes what it is given, and where it does.
pub(crate) fn note() -> (Arc<Mutex<Opened>>, Box<dyn Visitor>) {
    let opened = Arc::new(Mutex::new(Opened::default()));
    (Arc::clone(&opened), Box::new(Note(opened)))
}

struct Note(Arc<Mutex<Opened>>);

impl Visitor for Note {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let mut all = Vec::new();
        match blob.content {
            Content::Whole(bytes) => all.extend_from_slice(bytes),
            Content::File(file, len) => {
                all.resize(usize::try_from(len).expect("small"), 0);
                let n = file.read_at(0, &mut all).expect("tests read memory");
                assert_eq!(n, all.len());
            }
            Content::Stream(reader, _) => {
                reader.read_to_end(&mut all).expect("errors are kept back");
            }
        }
        let path = text(&blob.place.path);
        self.0
            .lock()
            .expect("nothing panicked")
            .blobs
            .push((path, all));
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        let skip = (text(&skip.what), skip.reason.to_string());
        self.0.lock().expect("nothing panicked").skips.push(skip);
    }

    fn opened(&mut self, place: &Place, _len: u64) {
        let path = text(&place.path);
        self.0
            .lock()
            .expect("nothing panicked")
            .containers
            .push(path);
    }

    fn exclude(&mut self, _exclusion: Exclusion) {}
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
