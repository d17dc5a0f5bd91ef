//! A repository of its own for each test, and what is handed over of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Mutex;

use leakgate::blob::{Blob, BuildVisitor, Content, Exclusion, Skip, Source, Visitor};
use leakgate::source::Staged;
use tempfile::TempDir;

/// A work tree.
pub(crate) struct World {
    top: TempDir,
}

/// One blob that was handed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Given {
    pub(crate) text: String,
    /// The text of its new lines.
    pub(crate) new: String,
    pub(crate) is_new_path: bool,
    pub(crate) part: &'static str,
}

/// Everything that was handed over.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) blobs: BTreeMap<String, BTreeSet<Given>>,
    pub(crate) skips: BTreeMap<String, String>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with("sha1")
    }

    pub(crate) fn with(format: &str) -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        let world = Self { top };
        world.git(&["init", "-q", &format!("--object-format={format}")]);
        world
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.top.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    /// Writes files and stages everything.
    pub(crate) fn stage(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.write(path, text);
        }
        self.git(&["add", "-A"]);
    }

    pub(crate) fn commit(&self, files: &[(&str, &str)]) {
        self.stage(files);
        self.git(&["commit", "-qm", "x", "--allow-empty"]);
    }

    pub(crate) fn git(&self, words: &[&str]) -> String {
        let output = self.try_git(words, b"");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {words:?}: {error}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn try_git(&self, words: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new("git")
            .current_dir(self.top.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.top.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z")
            .env("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z")
            .args(["-c", "init.defaultBranch=main", "-c", "user.name=A"])
            .args(["-c", "user.email=a@example.com", "-c", "gc.auto=0"])
            .args(["-c", "protocol.file.allow=always"])
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is there");
        let mut pipe = child.stdin.take().expect("its input is a pipe");
        pipe.write_all(input).expect("it reads all of it");
        drop(pipe);
        child.wait_with_output().expect("it ends")
    }

    pub(crate) fn staged(&self) -> Staged {
        Staged {
            repository: self.top.path().to_owned(),
            ..Staged::default()
        }
    }

    /// What is handed over.
    pub(crate) fn take(&self) -> Taken {
        take(&self.staged())
    }

    /// Compares the paths with those that git would commit.
    #[track_caller]
    pub(crate) fn agrees_with_git(&self) {
        let words = [
            "diff",
            "--cached",
            "--raw",
            "-z",
            "--no-renames",
            "--abbrev=64",
        ];
        let empty = ["hash-object", "-t", "tree", "/dev/null"];
        let head = self.try_git(&["rev-parse", "-q", "--verify", "HEAD"], b"");
        let base = if head.status.success() {
            "HEAD".to_owned()
        } else {
            self.git(&empty).trim().to_owned()
        };
        let raw = self.git(&[&words[..], &[&base]].concat());
        let mut expected = BTreeSet::new();
        let mut parts = raw.split('\0');
        while let (Some(head), Some(path)) = (parts.next(), parts.next()) {
            let fields: Vec<_> = head.split(' ').collect();
            let (mode, from, to, letter) = (fields[1], fields[2], fields[3], fields[4]);
            // A mode that changes alone adds nothing.
            if letter != "D" && letter != "U" && mode != "160000" && from != to {
                expected.insert(path.to_owned());
            }
        }
        let taken = self.take();
        assert_eq!(taken.blobs.into_keys().collect::<BTreeSet<_>>(), expected);
    }
}

impl Taken {
    /// The only blob of a path.
    #[track_caller]
    pub(crate) fn one(&self, path: &str) -> &Given {
        let given = self.blobs.get(path);
        let given = given.unwrap_or_else(|| panic!("no {path} in {self:?}"));
        assert_eq!(given.len(), 1, "{given:?}");
        given.first().expect("there is one")
    }

    pub(crate) fn paths(&self) -> Vec<&str> {
        self.blobs.keys().map(String::as_str).collect()
    }
}

/// Walks a source.
pub(crate) fn take(staged: &Staged) -> Taken {
    let takers = Takers(Mutex::default());
    let next = staged.clone().open().expect("there is a repository");
    next.walk(&takers).expect("it is walked");
    takers.0.into_inner().expect("nobody panicked")
}

struct Takers(Mutex<Taken>);

impl BuildVisitor for Takers {
    fn build(&self) -> Box<dyn Visitor + '_> {
        Box::new(Taker(&self.0))
    }
}

struct Taker<'a>(&'a Mutex<Taken>);

impl Visitor for Taker<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let mut room = Vec::new();
        let bytes = match blob.content {
            Content::Whole(bytes) => bytes,
            Content::File(file, len) => {
                room.resize(usize::try_from(len).expect("it is short"), 0);
                let n = file.read_at(0, &mut room).expect("it can be read");
                &room[..n]
            }
            Content::Stream(..) => panic!("no stream is expected"),
        };
        let news = blob.news.expect("only what is new counts");
        let new = news.new_lines(bytes).into_iter();
        let new: Vec<u8> = new
            .flat_map(|range| bytes[range.start as usize..range.end as usize].to_vec())
            .collect();
        let given = Given {
            text: String::from_utf8_lossy(bytes).into_owned(),
            new: String::from_utf8_lossy(&new).into_owned(),
            is_new_path: news.is_new_path(),
            part: news.part().name(),
        };
        let path = String::from_utf8_lossy(&blob.place.path).into_owned();
        let mut taken = self.0.lock().expect("nobody panicked");
        taken.blobs.entry(path).or_default().insert(given);
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        let what = String::from_utf8_lossy(&skip.what).into_owned();
        let mut taken = self.0.lock().expect("nobody panicked");
        taken.skips.insert(what, skip.reason.to_string());
    }

    fn exclude(&mut self, _: Exclusion) {
        panic!("nothing is left out");
    }
}
