//! The hooks themselves: small scripts of a POSIX shell that call leakgate and then what was there.
//!
//! Each carries a seal over its text, so that a later version knows whether somebody changed it.
//! What can be said about a hook is said in `leakgate hook run`, not in the script.

use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::cli::args::Stage;

/// What follows the name of a hook that was there before.
pub(super) const KEPT: &str = ".before-leakgate";

/// The second line of a hook, up to its version.
const MARK: &str = "\n# leakgate hook ";

/// What stands for the stage of a hook that only calls the one of the repository.
const PASS_ON: &str = "pass-on";

/// The hooks that a folder for all repositories passes on, as git looks for none elsewhere then.
///
/// Left out are those whose mere presence changes what git does or slows it down: `fsmonitor-watchman`,
/// `post-index-change`, `proc-receive`, `push-to-checkout` and `reference-transaction`.
///
/// Source: githooks(5).
pub(super) const NAMES: [&str; 19] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "sendemail-validate",
    "update",
];

/// What a hook runs when leakgate has let it pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The hook that was there before, beside it.
    Kept,
    /// The hook of the repository, where one folder serves all repositories.
    OfRepository,
}

/// What a hook calls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Call<'a> {
    /// The program where there is no `leakgate` on the path.
    pub binary: &'a Path,
    /// Whether what is pushed to a server is believed when it speaks of itself.
    pub trusts: bool,
}

/// What the text of a hook says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The version of leakgate that wrote it.
    pub version: String,
    /// Whether it calls leakgate, or only passes on.
    pub calls: bool,
    /// Whether it is as it was written.
    pub intact: bool,
}

impl Stage {
    /// Every stage.
    pub(super) const ALL: [Self; 3] = [Self::Commit, Self::Push, Self::Receive];

    /// The name of its hook.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Commit => "pre-commit",
            Self::Push => "pre-push",
            Self::Receive => "pre-receive",
        }
    }

    /// Whether git writes to the standard input of its hook.
    const fn reads(self) -> bool {
        !matches!(self, Self::Commit)
    }
}

/// The hook of a stage.
pub(super) fn hook(stage: Stage, call: Call<'_>, next: Next) -> Vec<u8> {
    let name = stage.name();
    let quoted = quoted(call.binary);
    let trust = match stage {
        Stage::Receive if call.trusts => " --trust-target",
        _ => "",
    };
    let mut body =
        b"leakgate=leakgate\ncommand -v \"$leakgate\" >/dev/null 2>&1 || leakgate=".to_vec();
    body.extend(quoted);
    body.extend(ABSENT.replace("NAME", name).bytes());
    let call = format!("\"$leakgate\" hook run --stage {name}{trust} -- \"$@\" || exit $?\n");
    let text = if stage.reads() {
        // What a substitution gives lacks the line ends at its end; a dot behind them keeps them.
        format!(
            "input=$(cat; echo .)\ninput=${{input%.}}\nprintf '%s' \"$input\" | {call}{}\
             if [ -x \"$next\" ]; then\n  printf '%s' \"$input\" | \"$next\" \"$@\" || exit $?\nfi\n\
             exit 0\n",
            next.find(name)
        )
    } else {
        format!("{call}{}{EXEC}", next.find(name))
    };
    body.extend(text.bytes());
    sealed(name, &body)
}

/// A hook that does nothing but call the one of the repository.
pub(super) fn pass_on(name: &str) -> Vec<u8> {
    let body = format!("{}{EXEC}", Next::OfRepository.find(name));
    sealed(PASS_ON, body.as_bytes())
}

/// Reads the text of a hook; `None` for one that leakgate did not write.
pub(super) fn read(text: &[u8]) -> Option<Written> {
    let at = memchr::memmem::find(text, MARK.as_bytes())?;
    let (head, rest) = (&text[..at], &text[at + MARK.len()..]);
    let end = memchr::memchr(b'\n', rest)?;
    let (line, body) = (str::from_utf8(&rest[..end]).ok()?, &rest[end + 1..]);
    let mut words = line.split(' ');
    let (version, name, seal) = (words.next()?, words.next()?, words.next()?);
    let is_whole = words.next().is_none() && head == SHELL.as_bytes();
    Some(Written {
        version: version.to_owned(),
        calls: name != PASS_ON,
        intact: is_whole && seal == self::seal(version, name, body),
    })
}

const SHELL: &str = "#!/bin/sh";

const HOW: &str = "# Made by `leakgate hook install`; `leakgate hook uninstall` takes it away.\n";

/// Ends a hook that has the standard input still before it.
const EXEC: &str = "if [ -x \"$next\" ]; then\n  exec \"$next\" \"$@\"\nfi\nexit 0\n";

/// What happens where there is no leakgate any more.
const ABSENT: &str = "
if ! command -v \"$leakgate\" >/dev/null 2>&1; then
  echo \"leakgate (NAME hook): refused, as there is no leakgate to look for leaks.\" >&2
  echo \"Put leakgate on your PATH, or take its hook away: rm '$0'\" >&2
  if [ -e \"$0.before-leakgate\" ]; then
    echo \"The hook before it was kept: mv '$0.before-leakgate' '$0'\" >&2
  fi
  exit 1
fi
";

impl Next {
    /// Sets `next` to the hook that comes next.
    fn find(self, name: &str) -> String {
        match self {
            Self::Kept => format!("next=$0{KEPT}\n"),
            Self::OfRepository => format!(
                "common=$(git rev-parse --git-common-dir) || exit 1\nnext=$common/hooks/{name}\n"
            ),
        }
    }
}

fn sealed(name: &str, body: &[u8]) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let body = [HOW.as_bytes(), body].concat();
    let seal = seal(version, name, &body);
    let head = format!("{SHELL}{MARK}{version} {name} {seal}\n");
    [head.as_bytes(), &body].concat()
}

fn seal(version: &str, name: &str, body: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(version)
        .chain_update(" ")
        .chain_update(name)
        .chain_update("\n")
        .chain_update(body)
        .finalize();
    HEXLOWER.encode(&digest[..8])
}

/// A path as one word of a shell.
fn quoted(path: &Path) -> Vec<u8> {
    let mut word = b"'".to_vec();
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\'' => word.extend(b"'\\''"),
            b'\\' if cfg!(windows) => word.push(b'/'),
            byte => word.push(byte),
        }
    }
    word.push(b'\'');
    word
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Call, Next, Stage, hook, pass_on, read};

    fn call(binary: &str) -> Call<'_> {
        Call {
            binary: Path::new(binary),
            trusts: true,
        }
    }

    #[test]
    fn hook_knows_itself_and_every_change() {
        for stage in Stage::ALL {
            let text = hook(stage, call("/a b/it's/leakgate"), Next::Kept);
            let written = read(&text).expect("it is one of ours");
            assert!(written.calls && written.intact);
            assert_eq!(written.version, env!("CARGO_PKG_VERSION"));
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] = if other[at] == b'x' { b'y' } else { b'x' };
                assert!(read(&other).is_none_or(|written| !written.intact), "{at}");
            }
        }
        assert!(!read(&pass_on("commit-msg")).expect("it is ours").calls);
        assert_eq!(read(b"#!/bin/sh\necho leakgate hook\n"), None);
    }

    #[test]
    fn path_with_quotes_is_one_word() {
        let text = hook(Stage::Commit, call("/it's/x"), Next::Kept);
        let text = String::from_utf8(text).expect("it is text");
        assert!(text.contains("leakgate='/it'\\''s/x'\n"));
    }
}
