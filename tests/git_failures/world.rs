//! Repositories that git makes in a folder of their own, and what leakgate says of them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use leakgate::blob::Skip;
use leakgate::config::{Limits, ScanConfig};
use leakgate::rule::{RuleText, load};
use leakgate::scan::{Progress, Scanner, Status, Timing, run};
use leakgate::source::Git;
use serde_json::Value;
use tempfile::TempDir;

const RULES: &str = r"
[[rule]]
id = 'demo-token'
title = 'Demo token'
category = 'demo'
severity = 'high'
pattern = '\b(ghp_[0-9A-Za-z]{36})\b'
positives = ['{secret}', 'x {secret}']
negatives = ['demo_', 'demo']
";

/// A folder with a repository `repo` in it.
pub(crate) struct World {
    top: TempDir,
    pub(crate) folder: PathBuf,
}

/// What a run of the program answered.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) said: String,
}

/// What a scan in this process answered.
pub(crate) struct Seen {
    pub(crate) values: BTreeSet<String>,
    pub(crate) skips: Vec<Skip>,
    pub(crate) status: Status,
}

impl World {
    /// An empty repository.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// An empty repository, made with these words for `git init`.
    pub(crate) fn with(words: &[&str]) -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        let folder = top.path().canonicalize().expect("it is there").join("repo");
        fs::create_dir(&folder).expect("a folder is made");
        let world = Self { top, folder };
        world.git([&["init", "-q"], words].concat());
        world
    }

    /// A repository with a commit of two files.
    pub(crate) fn committed() -> Self {
        let world = Self::new();
        world.write("a", "plain\n");
        world.write("b", "other\n");
        world.commit("first");
        world
    }

    pub(crate) fn home(&self, path: impl AsRef<Path>) -> PathBuf {
        self.top.path().join(path)
    }

    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = self.path(path);
        let folder = path.parent().expect("it lies in a folder");
        fs::create_dir_all(folder).expect("a folder is made");
        // What git wrote may be read-only.
        let _ = fs::remove_file(&path);
        fs::write(path, text).expect("a file is written");
    }

    pub(crate) fn append(&self, path: impl AsRef<Path>, text: &str) {
        let old = fs::read(self.path(&path)).unwrap_or_default();
        self.write(path, [&old, text.as_bytes()].concat());
    }

    pub(crate) fn remove(&self, path: impl AsRef<Path>) {
        fs::remove_file(self.path(path)).expect("the file was there");
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(["add", "-A"]);
        self.git(["commit", "-q", "--allow-empty", "-m", message]);
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.top.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "A")
            .env("GIT_AUTHOR_EMAIL", "a@example.com")
            .env("GIT_AUTHOR_DATE", "2026-01-02T03:04:05Z")
            .env("GIT_COMMITTER_NAME", "C")
            .env("GIT_COMMITTER_EMAIL", "c@example.com")
            .env("GIT_COMMITTER_DATE", "2026-01-02T03:04:05Z")
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }

    /// Runs git, which must succeed; what it printed.
    #[track_caller]
    pub(crate) fn git<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> String {
        let mut command = self.command("git");
        let quiet = ["-c", "init.defaultBranch=main", "-c", "gc.auto=0"];
        let allowed = ["-c", "protocol.file.allow=always"];
        command.args(quiet).args(allowed).args(words);
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().expect("git runs");
        assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
        String::from_utf8_lossy(&stdout).trim_end().to_owned()
    }

    /// Runs leakgate in the repository.
    pub(crate) fn leakgate(&self, words: &[&str]) -> Ran {
        let mut command = self.command(env!("CARGO_BIN_EXE_leakgate"));
        ran(command.args(words))
    }

    /// Runs leakgate with no more than so much address space.
    pub(crate) fn bounded(&self, kib: &str, words: &[&str]) -> Ran {
        let mut command = self.command("sh");
        let script = "ulimit -v $0; exec \"$@\"";
        let program = env!("CARGO_BIN_EXE_leakgate");
        command.args(["-c", script, kib, program]).args(words);
        ran(&mut command)
    }

    /// Holds `leakgate git` to a status, and what it says was skipped to some words, in both forms of
    /// its report.
    #[track_caller]
    pub(crate) fn is(&self, status: i32, words: &[&str]) {
        self.called_is(&["git"], status, words);
    }

    /// Holds a command to a status and to what it names as skipped.
    #[track_caller]
    pub(crate) fn called_is(&self, command: &[&str], status: i32, words: &[&str]) {
        let told = self.leakgate(&[command, &["--format", "json", "-q"]].concat());
        assert_eq!(told.status, Some(status), "{}", told.said);
        let report: Value = serde_json::from_str(&told.said).expect("the report is JSON");
        let coverage = &report["coverage"];
        let skipped = coverage["skipped"].to_string();
        assert_eq!(coverage["complete"], words.is_empty(), "{skipped}");
        let human = self.leakgate(command);
        assert_eq!(human.status, Some(status), "{}", human.said);
        // Lines are wrapped for people.
        let human: Vec<_> = human.said.split_whitespace().collect();
        let human = human.join(" ");
        for word in words {
            assert!(skipped.contains(word), "no {word:?} in\n{skipped}");
            assert!(human.contains(word), "no {word:?} in\n{human}");
        }
    }

    /// Holds a command to an error with these words.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str], says: &[&str]) {
        let ran = self.leakgate(words);
        assert_eq!(ran.status, Some(2), "{}", ran.said);
        for word in says {
            assert!(ran.said.contains(word), "no {word:?} in\n{}", ran.said);
        }
    }

    /// The file of an object that stands alone, from the repository on.
    pub(crate) fn loose(&self, id: &str) -> PathBuf {
        Path::new(".git/objects").join(&id[..2]).join(&id[2..])
    }

    /// The files of all packs with this extension.
    pub(crate) fn packs(&self, extension: &str) -> Vec<PathBuf> {
        let listed = fs::read_dir(self.path(".git/objects/pack")).expect("the folder is there");
        let paths = listed.map(|entry| entry.expect("it is listed").path());
        let mut packs: Vec<_> = paths
            .filter(|path| path.extension().is_some_and(|end| end == extension))
            .collect();
        packs.sort();
        packs
    }

    /// Where an object begins in the only pack, and where its packed bytes end.
    pub(crate) fn extent(&self, id: &str) -> (usize, usize) {
        let index = self.packs("idx").remove(0);
        let listed = self.git(["verify-pack".as_ref(), "-v".as_ref(), index.as_os_str()]);
        let line = listed.lines().find(|line| line.starts_with(id));
        let mut words = line.expect("it is packed").split_whitespace().skip(3);
        let mut number = || -> usize { words.next().and_then(|n| n.parse().ok()).expect("number") };
        let len = number();
        let start = number();
        (start, start + len)
    }

    /// Scans in this process.
    pub(crate) fn scan(&self, jobs: usize) -> leakgate::error::Result<Seen> {
        static SCANNER: OnceLock<Scanner> = OnceLock::new();
        let scanner = SCANNER.get_or_init(|| {
            let rules = [RuleText {
                name: "demo.toml",
                text: RULES,
            }];
            Scanner::new(load(&rules).expect("the rules load"), Limits::default())
        });
        let source = Git {
            repository: self.folder.clone(),
            jobs,
            ..Git::default()
        };
        let config = ScanConfig {
            jobs,
            ..ScanConfig::default()
        };
        let watched = (&Progress::default(), Timing::Off);
        let outcome = run(&source.open()?, scanner, &config, watched)?;
        let values = outcome.findings.iter();
        let values = values.map(|placed| placed.finding.secret.reveal());
        Ok(Seen {
            values: values
                .map(|value| String::from_utf8_lossy(value).into_owned())
                .collect(),
            status: outcome.status(),
            skips: outcome.coverage.skipped,
        })
    }
}

fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("the program runs");
    let said = [output.stdout, output.stderr].concat();
    Ran {
        status: output.status.code(),
        said: String::from_utf8_lossy(&said).into_owned(),
    }
}

/// Changes some bytes of a file.
pub(crate) fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("the file is there");
    change(&mut bytes);
    fs::remove_file(path).expect("it can be removed");
    fs::write(path, bytes).expect("it can be written");
}

/// A value in the form of a real issuer, checksum and all, that nobody issued.
pub(crate) fn token(seed: u64) -> String {
    const DIGITS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut random = fastrand::Rng::with_seed(seed);
    let body: String = (0..30).map(|_| random.alphanumeric()).collect();
    let mut crc = crc32fast::hash(body.as_bytes()) as usize;
    let mut sum = [b'0'; 6];
    for digit in sum.iter_mut().rev() {
        *digit = DIGITS[crc % 62];
        crc /= 62;
    }
    let prefix = ["gh", "p_"].concat();
    format!("{prefix}{body}{}", String::from_utf8_lossy(&sum))
}
