//! A user with a folder of its own, repositories in it, and ways to run git and leakgate there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::rc::Rc;

use tempfile::TempDir;

/// The binary under test.
pub(crate) const LEAKGATE: &str = env!("CARGO_BIN_EXE_leakgate");

/// A user's folder with a repository `repo` in it.
pub(crate) struct World {
    top: Rc<TempDir>,
    folder: PathBuf,
}

/// What a run answered.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    /// Both of its outputs, the standard one first.
    pub(crate) said: String,
}

impl World {
    /// A user with an empty repository.
    pub(crate) fn new() -> Self {
        Self::named("repo")
    }

    /// A user with an empty repository of this name.
    pub(crate) fn named(name: &str) -> Self {
        Self::made(name, &[])
    }

    /// A user with a repository that is stored in another way, or none where this git cannot do that.
    pub(crate) fn stored(words: &[&str]) -> Option<Self> {
        let world = Self::made("repo", words);
        world.path(".git").exists().then_some(world)
    }

    fn made(name: &str, words: &[&str]) -> Self {
        let top = tempfile::tempdir().expect("a temporary folder is made");
        // Links above it would make other paths of those that are told.
        let folder = top.path().canonicalize().expect("it is there").join(name);
        fs::create_dir(&folder).expect("a folder is made");
        let top = Rc::new(top);
        let world = Self { top, folder };
        let made = world.git([&["init", "-q"], words].concat());
        assert!(made.status == Some(0) || !words.is_empty(), "{}", made.said);
        world
    }

    /// The same user in another folder.
    pub(crate) fn at(other: &Self, folder: &str) -> Self {
        let folder = other.home(folder);
        let top = Rc::clone(&other.top);
        Self { top, folder }
    }

    /// A path in the repository.
    pub(crate) fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.folder.join(path)
    }

    /// A path in the user's folder.
    pub(crate) fn home(&self, path: impl AsRef<Path>) -> PathBuf {
        let top = self.top.path().canonicalize().expect("it is there");
        top.join(path)
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, text: &str) {
        let path = self.path(path);
        let folder = path.parent().expect("it lies in a folder");
        fs::create_dir_all(folder).expect("a folder is made");
        fs::write(path, text).expect("a file is written");
    }

    /// Writes a script that can be run.
    pub(crate) fn script(&self, path: impl AsRef<Path>, text: &str) {
        self.write(&path, text);
        let mode = fs::Permissions::from_mode(0o744);
        fs::set_permissions(self.path(path), mode).expect("its mode is set");
    }

    /// A command in the repository, with nothing of the caller's environment.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        let binaries = Path::new(LEAKGATE).parent().expect("it lies in a folder");
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", binaries.display()))
            .env("HOME", self.home(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
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

    /// Runs git.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Ran {
        let mut command = self.command("git");
        command.args(["-c", "init.defaultBranch=main"]).args(words);
        ran(&mut command)
    }

    /// Runs leakgate.
    pub(crate) fn leakgate<S: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = S>) -> Ran {
        ran(self.command(LEAKGATE).args(words))
    }

    /// Runs `leakgate hook`.
    pub(crate) fn hook(&self, words: &[&str]) -> Ran {
        self.leakgate(["hook"].iter().chain(words))
    }

    /// Writes a file, stages it and tries to commit.
    pub(crate) fn commit(&self, path: &str, text: &str) -> Ran {
        self.write(path, text);
        self.git(["add", path]).is(0);
        self.git(["commit", "-q", "-m", "a change"])
    }
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().expect("the program runs");
    let said = [stdout, stderr].concat();
    Ran {
        status: status.code(),
        said: String::from_utf8(said).expect("every output is UTF-8"),
    }
}

impl Ran {
    /// Holds the run to its status.
    #[track_caller]
    pub(crate) fn is(&self, status: i32) -> &Self {
        assert_eq!(self.status, Some(status), "{}", self.said);
        self
    }

    /// Holds the run to these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(self.said.contains(word), "no {word:?} in\n{}", self.said);
        }
        self
    }

    /// Holds the run to not saying these words.
    #[track_caller]
    pub(crate) fn hides(&self, words: &[&str]) -> &Self {
        for word in words {
            assert!(!self.said.contains(word), "{word:?} in\n{}", self.said);
        }
        self
    }
}

/// Text and mode of a file.
pub(crate) fn file(path: &Path) -> (String, u32) {
    let text = fs::read_to_string(path).expect("the file is there");
    let mode = fs::metadata(path)
        .expect("it is there")
        .permissions()
        .mode();
    (text, mode & 0o777)
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
