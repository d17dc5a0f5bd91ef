//! A folder for tests in which the system's git makes repositories, apart from the machine's
//! settings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::Repository;
use crate::error::Result;
use crate::source::git::Environment;

/// A temporary folder, gone when this is dropped.
pub(in crate::source::git) struct Sandbox(TempDir);

impl Sandbox {
    pub(in crate::source::git) fn new() -> Self {
        Self(TempDir::new().expect("a temporary folder can be made"))
    }

    /// The canonical path of something within.
    pub(in crate::source::git) fn path(&self, below: &str) -> PathBuf {
        let folder = self.0.path().canonicalize();
        folder.expect("the folder is there").join(below)
    }

    /// Writes a file, and the folders above it.
    pub(in crate::source::git) fn write(&self, below: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        fs::write(path, bytes).expect("files can be written");
    }

    /// Runs git in a folder within and answers with what it printed, if it succeeded.
    pub(in crate::source::git) fn try_git(&self, folder: &str, args: &[&str]) -> Option<String> {
        let mut command = Command::new("git");
        command
            .current_dir(self.path(folder))
            .args(["-c", "init.defaultBranch=main", "-c", "user.name=Ann"])
            .args([
                "-c",
                "user.email=ann@example.org",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(["-c", "advice.detachedHead=false"])
            .args(args)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.path(""))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ALLOW_PROTOCOL", "file")
            .env("GIT_AUTHOR_DATE", "1700000000 +0000")
            .env("GIT_COMMITTER_DATE", "1700000000 +0000");
        let output = command.output().expect("git is installed");
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    }

    /// Runs git, which must succeed.
    #[track_caller]
    pub(in crate::source::git) fn git(&self, folder: &str, args: &[&str]) -> String {
        let answer = self.try_git(folder, args);
        answer.unwrap_or_else(|| panic!("git {args:?} failed"))
    }

    /// Makes a repository with two commits.
    pub(in crate::source::git) fn repository(&self, name: &str, init: &[&str]) -> bool {
        let args = [&["init", "-q"], init, &[name]].concat();
        if self.try_git("", &args).is_none() {
            return false;
        }
        for text in ["one", "two"] {
            self.write(&format!("{name}/file"), text);
            self.git(name, &["add", "."]);
            self.git(name, &["commit", "-qm", text]);
        }
        true
    }

    /// Opens what stands at a path within.
    pub(in crate::source::git) fn open(&self, below: &str) -> Result<Repository> {
        Repository::open(&self.path(below), &Environment::default(), None)
    }

    /// Makes a symbolic link.
    #[cfg(unix)]
    pub(in crate::source::git) fn link(&self, target: &Path, below: &str) {
        let path = self.path(below);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders can be made");
        std::os::unix::fs::symlink(target, path).expect("links can be made");
    }
}
