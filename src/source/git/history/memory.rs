//! A store for tests, made object by object.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::io::Write;
use std::ops::Deref;

use crate::config::Limits;
use crate::git::{Format, Id, Kind};
use crate::source::git::store::Store;

/// Objects that stand alone in a folder of their own.
pub(in crate::source::git) struct Objects {
    folder: tempfile::TempDir,
    known: HashSet<Id>,
    store: OnceCell<Store>,
}

impl Default for Objects {
    fn default() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder can be made"),
            known: HashSet::new(),
            store: OnceCell::new(),
        }
    }
}

impl Objects {
    /// Adds an object and says its name.
    pub(super) fn add(&mut self, kind: Kind, bytes: &[u8]) -> Id {
        let id = Format::Sha1.id_of(kind, bytes);
        if self.known.insert(id) {
            let hex = id.to_string();
            let folder = self.folder.path().join(&hex[..2]);
            std::fs::create_dir_all(&folder).expect("a folder can be made");
            let file = std::fs::File::create(folder.join(&hex[2..])).expect("a file can be made");
            let mut zlib = flate2::write::ZlibEncoder::new(file, flate2::Compression::fast());
            let header = format!("{} {}\0", kind.word(), bytes.len());
            let written = zlib.write_all(header.as_bytes());
            let written = written.and_then(|()| zlib.write_all(bytes));
            written
                .and_then(|()| zlib.finish().map(drop))
                .expect("it can be written");
            self.store.take();
        }
        id
    }
}

impl Deref for Objects {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store.get_or_init(|| {
            let folders = [self.folder.path().to_path_buf()];
            Store::open(&folders, Format::Sha1, &Limits::default()).0
        })
    }
}
