//! A tree of files and a visitor that writes down what it meets.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Mutex;

use leakgate::blob::{Blob, BuildVisitor, Content, Exclusion, Skip, Source, Visitor};
use leakgate::error::Error;
use leakgate::source::Files;
use tempfile::TempDir;

/// What visitors met, with paths cut to the tree.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Met {
    pub(crate) blobs: Vec<(String, Vec<u8>)>,
    /// The form in which each came.
    pub(crate) forms: BTreeMap<String, &'static str>,
    pub(crate) skips: Vec<(String, &'static str)>,
    pub(crate) excluded: BTreeMap<&'static str, u64>,
    pub(crate) visitors: usize,
}

impl Met {
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.blobs.iter().map(|(path, _)| path.as_str()).collect()
    }
}

/// Collects what it meets, and stops after `n_max` blobs.
pub(crate) struct Collect {
    met: Mutex<Met>,
    root: String,
    n_max: usize,
}

struct Collector<'a>(&'a Collect);

impl BuildVisitor for Collect {
    fn build(&self) -> Box<dyn Visitor + '_> {
        self.met.lock().expect("no visitor panicked").visitors += 1;
        Box::new(Collector(self))
    }
}

impl Collector<'_> {
    fn cut(&self, path: &[u8]) -> String {
        let path = String::from_utf8_lossy(path).into_owned();
        path.strip_prefix(&self.0.root).unwrap_or(&path).to_owned()
    }
}

impl Visitor for Collector<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let mut bytes = Vec::new();
        let form = match blob.content {
            Content::Whole(whole) => {
                bytes.extend_from_slice(whole);
                "whole"
            }
            Content::File(file, len) => {
                // The ends are enough: a test's large file is a hole.
                let mut part = [0; 4];
                for offset in [0, len.saturating_sub(4)] {
                    let n = file.read_at(offset, &mut part).expect("never fails");
                    bytes.extend_from_slice(&part[..n]);
                }
                bytes.extend_from_slice(len.to_string().as_bytes());
                "file"
            }
            Content::Stream(stream, _) => {
                stream.read_to_end(&mut bytes).expect("never fails");
                "stream"
            }
        };
        let path = self.cut(&blob.place.path);
        let mut met = self.0.met.lock().expect("no visitor panicked");
        met.forms.insert(path.clone(), form);
        met.blobs.push((path, bytes));
        if met.blobs.len() >= self.0.n_max {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        let what = self.cut(&skip.what);
        let mut met = self.0.met.lock().expect("no visitor panicked");
        met.skips.push((what, skip.reason.name()));
    }

    fn exclude(&mut self, exclusion: Exclusion) {
        let mut met = self.0.met.lock().expect("no visitor panicked");
        *met.excluded.entry(exclusion.name()).or_default() += 1;
    }
}

pub(crate) fn walk(source: &dyn Source, root: &str, n_max: usize) -> Result<Met, Error> {
    let collect = Collect {
        met: Mutex::default(),
        root: root.to_owned(),
        n_max,
    };
    source.walk(&collect)?;
    let mut met = collect.met.into_inner().expect("no visitor panicked");
    met.blobs.sort();
    met.skips.sort();
    Ok(met)
}

/// A folder of its own, with helpers.
pub(crate) struct Tree(pub(crate) TempDir);

impl Tree {
    /// Makes a tree of these files, each holding its own path.
    pub(crate) fn new(files: &[&str]) -> Self {
        let tree = Self(tempfile::tempdir().expect("a folder for the test"));
        for path in files {
            tree.write(path, path);
        }
        tree
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.path().join(below)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("folder is made");
        fs::write(path, text).expect("file is written");
    }

    pub(crate) fn files(&self, targets: &[&str]) -> Files {
        Files::new(targets.iter().map(|below| self.path(below)).collect())
    }

    pub(crate) fn met(&self, files: &Files) -> Met {
        let root = format!("{}/", self.0.path().display());
        walk(files, &root, usize::MAX).expect("targets are good")
    }

    /// Walks all of it.
    pub(crate) fn all(&self) -> Met {
        self.met(&self.files(&[""]))
    }
}
