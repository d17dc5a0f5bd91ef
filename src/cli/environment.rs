//! What the environment says of a repository, where git calls us from a hook.
//!
//! It counts only where the user names no repository: one that is named is the one that is meant.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use crate::source::git::Environment;

/// Between folders in a list of them.
///
/// Source: git(1), `GIT_ALTERNATE_OBJECT_DIRECTORIES`.
const SEPARATOR: u8 = if cfg!(windows) { b';' } else { b':' };

/// The repository that is meant, and what the environment of this process says of it.
pub(super) fn repository(named: Option<&PathBuf>) -> (PathBuf, Environment) {
    match named {
        Some(path) => (path.clone(), Environment::default()),
        None => (PathBuf::from("."), of_process()),
    }
}

fn of_process() -> Environment {
    let path = |name| {
        let value: Option<OsString> = env::var_os(name);
        value.filter(|value| !value.is_empty()).map(PathBuf::from)
    };
    let alternates = env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
    Environment {
        git_dir: path("GIT_DIR"),
        index_file: path("GIT_INDEX_FILE"),
        object_directory: path("GIT_OBJECT_DIRECTORY"),
        alternates: folders(&alternates),
    }
}

/// Takes a list of folders apart. One that begins with `"` is quoted as in C.
fn folders(list: &OsStr) -> Vec<PathBuf> {
    let mut rest = list.as_encoded_bytes();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (folder, after) = match rest.strip_prefix(b"\"").and_then(unquoted) {
            Some(quoted) => quoted,
            None => {
                let end = rest.iter().position(|&byte| byte == SEPARATOR);
                let end = end.unwrap_or(rest.len());
                (rest[..end].to_vec(), &rest[end..])
            }
        };
        if !folder.is_empty() {
            found.push(path(folder));
        }
        rest = after.strip_prefix(&[SEPARATOR]).unwrap_or(after);
    }
    found
}

/// The text before the closing quote, and what follows that; `None` where it is not quoted well.
fn unquoted(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = Vec::new();
    loop {
        let (&byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((text, rest)),
            b'\\' => {
                let (&escaped, after) = rest.split_first()?;
                let octal = rest.get(..3).and_then(|digits| {
                    let digits = str::from_utf8(digits).ok()?;
                    u8::from_str_radix(digits, 8).ok()
                });
                rest = if octal.is_some() { &rest[3..] } else { after };
                text.push(octal.unwrap_or(match escaped {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    other => other,
                }));
            }
            other => text.push(other),
        }
    }
}

#[cfg(unix)]
fn path(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes).into()
}

#[cfg(not(unix))]
fn path(bytes: Vec<u8>) -> PathBuf {
    String::from_utf8_lossy(&bytes).into_owned().into()
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;

    use super::folders;

    #[track_caller]
    fn check(list: &str, expected: &[&str]) {
        let expected: Vec<_> = expected.iter().map(Path::new).collect();
        assert_eq!(folders(OsStr::new(list)), expected);
    }

    #[test]
    fn list_of_folders_is_taken_apart() {
        check("", &[]);
        check("/a", &["/a"]);
        check("/a:b c::d", &["/a", "b c", "d"]);
    }

    #[test]
    fn quoted_folder_may_hold_the_separator() {
        check("\"/a:b\":c", &["/a:b", "c"]);
        check("\"a\\\"b\\\\\\072\\t\"", &["a\"b\\:\t"]);
        // What is not closed is taken as it stands, as git takes it.
        check("\"a:b", &["\"a", "b"]);
    }
}
