//! A folder of its own for each test, and one way to run the command in it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// The binary under test.
pub(crate) const LEAKGATE: &str = env!("CARGO_BIN_EXE_leakgate");

/// The rules of these tests.
pub(crate) const RULES: &str = include_str!("rules.toml");

/// A folder with a rule file and, beside it, the tree that is scanned.
pub(crate) struct World {
    top: TempDir,
}

/// What a run answered.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) out: Vec<u8>,
    pub(crate) err: Vec<u8>,
}

impl World {
    pub(crate) fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        fs::create_dir(top.path().join("tree")).expect("a folder is made");
        fs::write(top.path().join("rules.toml"), RULES).expect("a file is written");
        Self { top }
    }

    /// A world whose tree holds these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let world = Self::new();
        for (path, text) in files {
            world.write(path, text);
        }
        world
    }

    /// The folder above the tree.
    pub(crate) fn top(&self) -> &Path {
        self.top.path()
    }

    /// A path in the tree.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.top.path().join("tree").join(path)
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(path);
        let folder = path.parent().expect("it lies in the tree");
        fs::create_dir_all(folder).expect("a folder is made");
        fs::write(path, bytes).expect("a file is written");
    }

    /// The command in the tree, with nothing of the caller's environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("COLUMNS", "100")
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .current_dir(self.path(""))
            .stdin(Stdio::null());
        command
    }

    /// Runs the command with these words.
    pub(crate) fn run<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command(LEAKGATE).args(words))
    }

    /// Runs `scan` with the rules of these tests and no others.
    pub(crate) fn scan<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Ran {
        ran(self.scan_command().args(words))
    }

    pub(crate) fn scan_command(&self) -> Command {
        let mut command = self.command(LEAKGATE);
        command.args(["scan", "--rules", "../rules.toml", "--only", "demo"]);
        command
    }

    /// Runs `scan -` with the rules of these tests and gives it `input`.
    pub(crate) fn scan_input(&self, words: &[&str], input: &[u8]) -> Ran {
        let mut command = self.scan_command();
        command.arg("-").args(words).stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut pipe = child.stdin.take().expect("its input is a pipe");
        pipe.write_all(input).expect("it reads all of it");
        drop(pipe);
        Ran::of(child.wait_with_output().expect("it ends"))
    }

    /// What the JSON report of a scan of the whole tree says.
    pub(crate) fn json(&self, words: &[&str]) -> Value {
        self.scan(words.iter().chain(&["--format", "json", "."]))
            .json()
    }
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    Ran::of(command.output().expect("the program runs"))
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code(),
            out: output.stdout,
            err: output.stderr,
        }
    }

    pub(crate) fn out(&self) -> &str {
        str::from_utf8(&self.out).expect("every output is UTF-8")
    }

    pub(crate) fn err(&self) -> &str {
        str::from_utf8(&self.err).expect("every output is UTF-8")
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let told = format!("status {:?}\n{}\n{}", self.status, self.out(), self.err());
        serde_json::from_slice(&self.out).expect(&told)
    }

    /// Holds the run to its status, and to silence on standard error.
    #[track_caller]
    pub(crate) fn is(&self, status: i32) -> &Self {
        let told = format!("{}\n{}", self.out(), self.err());
        assert_eq!(self.status, Some(status), "{told}");
        if status != 2 {
            assert_eq!(self.err(), "", "{told}");
        }
        self
    }

    /// Holds the run to these words on standard output.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.out().contains(word), "no {word:?} in\n{}", self.out());
        }
        self
    }

    /// Holds the run to status 2, these words on standard error, and silence on standard output.
    #[track_caller]
    pub(crate) fn refuses(&self, words: &[&str]) {
        let told = format!("{}\n{}", self.out(), self.err());
        assert_eq!(self.status, Some(2), "{told}");
        assert_eq!(self.out(), "");
        for word in words {
            assert!(self.err().contains(word), "no {word:?} in\n{told}");
        }
    }
}

/// A value with this prefix that nobody issued; another one for each `n`.
pub(crate) fn value(prefix: &str, n: u64) -> String {
    let mut random = fastrand::Rng::with_seed(n);
    let tail = (0..24).map(|_| random.alphanumeric());
    format!("{prefix}{}", tail.collect::<String>())
}

/// An active value.
pub(crate) fn token(n: u64) -> String {
    value("demo_", n)
}

/// How much more than usual is tested: `LEAKGATE_ROUNDS`, 64 if not set.
pub(crate) fn rounds() -> u64 {
    let rounds = std::env::var("LEAKGATE_ROUNDS").ok();
    rounds.map_or(64, |text| {
        text.parse().expect("LEAKGATE_ROUNDS is a number")
    })
}

/// Says that something could not be tried here, and why.
#[expect(clippy::print_stderr, reason = "a test has nowhere else to say it")]
pub(crate) fn untested(why: &str, error: &std::io::Error) {
    eprintln!("not tested: {why}: {error}");
}
