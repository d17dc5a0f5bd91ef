//! A bare repository of its own for each history, and ways to run git and leakgate on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A bare repository.
pub(crate) struct World {
    top: TempDir,
}

/// What its packs are made of.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    /// Objects made from others.
    pub(crate) deltas: usize,
    /// The most deltas from any object to one that stands whole.
    pub(crate) longest: usize,
}

impl World {
    pub(crate) fn new() -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        let world = Self { top };
        let repository = world.path();
        let repository = repository.to_str().expect("temporary folders are UTF-8");
        world.git_of(&["init", "-q", "--bare", repository], b"");
        world
    }

    /// The repository.
    pub(crate) fn path(&self) -> PathBuf {
        self.top.path().join("repository.git")
    }

    /// A folder beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// The folder of packs.
    pub(crate) fn packs(&self) -> PathBuf {
        self.path().join("objects/pack")
    }

    /// Runs git in the repository; its output.
    #[track_caller]
    pub(crate) fn git(&self, words: &[&str], input: &[u8]) -> Vec<u8> {
        let path = self.path();
        let path = path.to_str().expect("temporary folders are UTF-8");
        self.git_of(&[&["--git-dir", path], words].concat(), input)
    }

    #[track_caller]
    fn git_of(&self, words: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = self.command("git");
        command.args(["-c", "init.defaultBranch=main", "-c", "pack.threads=1"]);
        let (status, output) = run(command.args(words), input);
        assert_eq!(status, Some(0), "git {words:?}");
        output
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.top.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(self.top.path());
        command
    }

    /// The report of `leakgate git` with these flags.
    #[track_caller]
    pub(crate) fn leakgate_git(&self, flags: &[&str]) -> Value {
        let mut command = self.command(env!("CARGO_BIN_EXE_leakgate"));
        command.arg("git").arg(self.path()).args(flags);
        report(&mut command)
    }

    /// The report of `leakgate scan` of a folder.
    #[track_caller]
    pub(crate) fn leakgate_scan(&self, folder: &Path) -> Value {
        let mut command = self.command(env!("CARGO_BIN_EXE_leakgate"));
        command.arg("scan").arg(".").current_dir(folder);
        report(&mut command)
    }

    /// What git says of the deltas in all packs.
    pub(crate) fn chains(&self) -> Chains {
        let mut chains = Chains::default();
        for index in self.indexes() {
            let index = index.to_str().expect("temporary folders are UTF-8");
            let said = self.git(&["verify-pack", "-v", index], b"");
            let said = String::from_utf8(said).expect("git says it in ASCII");
            for line in said.lines() {
                let Some(rest) = line.strip_prefix("chain length = ") else {
                    continue;
                };
                let (length, rest) = rest.split_once(": ").expect("git says how many");
                let n = rest.split(' ').next().expect("there is a number");
                let number = |text: &str| text.parse::<usize>().expect("it is a number");
                chains.deltas += number(n);
                chains.longest = chains.longest.max(number(length));
            }
        }
        chains
    }

    /// Indexes of the packs.
    pub(crate) fn indexes(&self) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.packs()).expect("there is such a folder");
        let paths = files.map(|file| file.expect("it can be listed").path());
        let indexes = paths.filter(|path| path.extension().is_some_and(|end| end == "idx"));
        indexes.collect()
    }
}

#[track_caller]
fn report(command: &mut Command) -> Value {
    command.args(["--format", "json", "--no-progress", "--show-secrets"]);
    let (status, output) = run(command, b"");
    assert!(
        matches!(status, Some(0 | 1 | 3)),
        "{command:?} ends with {status:?}"
    );
    let mut report: Value = serde_json::from_slice(&output).expect("reports are JSON");
    report["status"] = status.into();
    report
}

fn run(command: &mut Command, input: &[u8]) -> (Option<i32>, Vec<u8>) {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut stdin = child.stdin.take().expect("it reads");
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input));
        child.wait_with_output().expect("it ends")
    });
    (output.status.code(), output.stdout)
}

/// Says what a test came to.
#[expect(clippy::print_stderr, reason = "a test has nowhere else to say it")]
pub(crate) fn tell(what: &str) {
    eprintln!("{what}");
}
