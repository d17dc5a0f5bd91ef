//! A user with a folder of its own, repositories in it, and ways to run git and leakgate there.

use std::cell::Cell;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
const LEAKGATE: &str = env!("CARGO_BIN_EXE_leakgate");

/// When the first commit is made; each one after it comes a minute later.
const START: u64 = 1_767_323_045;

/// A user's folder with a repository `repo` in it.
pub(crate) struct World {
    top: TempDir,
    clock: Cell<u64>,
    seed: Cell<u64>,
}

/// What a run answered.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    /// A user with an empty repository.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// A user with an empty repository that is made with these words.
    pub(crate) fn with(init: &[&str]) -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        let world = Self {
            top,
            clock: Cell::new(START),
            seed: Cell::new(0),
        };
        fs::create_dir(world.home("repo")).expect("a folder is made");
        world.git(&[&["init", "-q"], init].concat());
        world
    }

    /// A path in the user's folder.
    pub(crate) fn home(&self, path: impl AsRef<Path>) -> PathBuf {
        // Links above it would make other paths of those that are told.
        let top = self.top.path().canonicalize().expect("it is there");
        top.join(path)
    }

    /// A path in the repository.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.home("repo").join(path)
    }

    /// Writes a file in the repository.
    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        let folder = path.parent().expect("it lies in a folder");
        fs::create_dir_all(folder).expect("a folder is made");
        fs::write(path, bytes).expect("a file is written");
    }

    /// A command in a folder of the user's, with nothing of the caller's environment.
    fn command(&self, program: &str, folder: &str) -> Command {
        let now = self.clock.get();
        self.clock.set(now + 60);
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.home(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_AUTHOR_DATE", format!("{now} +0130"))
            .env("GIT_COMMITTER_NAME", "Carl")
            .env("GIT_COMMITTER_EMAIL", "carl@example.com")
            .env("GIT_COMMITTER_DATE", format!("{now} +0130"))
            .current_dir(self.home(folder))
            .stdin(Stdio::null());
        command
    }

    /// Runs git in the repository; what it says, which is nothing but a name in most cases.
    #[track_caller]
    pub(crate) fn git(&self, words: &[impl AsRef<OsStr>]) -> String {
        self.git_in("repo", words)
    }

    /// Runs git in a folder of the user's.
    #[track_caller]
    pub(crate) fn git_in(&self, folder: &str, words: &[impl AsRef<OsStr>]) -> String {
        let mut command = self.command("git", folder);
        for setting in [
            "init.defaultBranch=main",
            "protocol.file.allow=always",
            "gc.auto=0",
            "advice.detachedHead=false",
        ] {
            command.args(["-c", setting]);
        }
        let ran = ran(command.args(words));
        let words: Vec<_> = words.iter().map(AsRef::as_ref).collect();
        assert_eq!(ran.status, Some(0), "git {words:?}: {}{}", ran.out, ran.err);
        ran.out.trim_end().to_owned()
    }

    /// Runs leakgate in the repository.
    pub(crate) fn leakgate(&self, words: &[&str]) -> Ran {
        ran(self.command(LEAKGATE, "repo").args(words))
    }

    /// Runs leakgate in the repository and reads its report.
    #[track_caller]
    pub(crate) fn report(&self, words: &[&str], status: i32) -> Value {
        let ran = self.leakgate(&[words, &["--format", "json"]].concat());
        ran.is(status);
        serde_json::from_str(&ran.out).expect("the report is JSON")
    }

    /// Commits everything in the folder; the commit's name.
    #[track_caller]
    pub(crate) fn commit(&self, subject: &str) -> String {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", subject]);
        self.head()
    }

    /// Commits everything in the folder with one file more; the commit's name.
    #[track_caller]
    pub(crate) fn commit_file(&self, path: &str, bytes: impl AsRef<[u8]>) -> String {
        self.write(path, bytes);
        self.commit(&format!("bring {path}"))
    }

    /// The name of the commit that is checked out.
    #[track_caller]
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    /// A value that was not used before in this world.
    pub(crate) fn token(&self) -> String {
        let seed = self.seed.get();
        self.seed.set(seed + 1);
        token(seed)
    }
}

impl Ran {
    /// Holds the run to its status.
    #[track_caller]
    pub(crate) fn is(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{}{}", self.out, self.err);
        self
    }

    /// Holds the run to these words on either output.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        let said = [&self.out[..], &self.err].concat();
        for word in words {
            assert!(said.contains(word), "no {word:?} in\n{said}");
        }
        self
    }
}

/// Runs a command to its end.
fn ran(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    let text = |bytes| String::from_utf8(bytes).expect("every output is UTF-8");
    Ran {
        status: status.code(),
        out: text(stdout),
        err: text(stderr),
    }
}

/// All findings of a report.
pub(crate) fn findings(report: &Value) -> &[Value] {
    report["findings"].as_array().map_or(&[], Vec::as_slice)
}

/// The one finding of a value, as it is masked.
#[track_caller]
pub(crate) fn finding<'a>(report: &'a Value, token: &str) -> &'a Value {
    let masked = masked(token);
    let mut found = findings(report)
        .iter()
        .filter(|finding| finding["masked"] == masked.as_str());
    let first = found.next();
    let first = first.unwrap_or_else(|| panic!("{masked} is not found in {report:#}"));
    assert_eq!(found.next(), None, "one value is one finding");
    first
}

/// Every path of a finding with what is found there, in order: the first one, then the others.
pub(crate) fn paths(finding: &Value) -> Vec<&str> {
    let further = finding["places"].as_array().into_iter().flatten();
    let all = std::iter::once(finding).chain(further);
    all.filter_map(|place| place["path"].as_str()).collect()
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

/// How such a value is shown.
pub(crate) fn masked(token: &str) -> String {
    format!("{}…{}", &token[..4], &token[token.len() - 4..])
}
