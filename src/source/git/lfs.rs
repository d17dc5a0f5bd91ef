//! Files that git keeps elsewhere: in the repository is only a pointer to each.
//!
//! Source: the specification of Git LFS, version 1: lines of `key value`, `version` first; the object
//! lies under `lfs/objects`, in folders named by the first bytes of its SHA-256.

use std::io;
use std::path::{Path, PathBuf};

use crate::blob::SkipReason;

/// What the first line of a pointer ends with, whichever host names the specification.
const VERSION_END: &[u8] = b"/spec/v1";

/// Pointers are shorter than this, in bytes.
const POINTER_BYTES_MAX: usize = 1_024;

/// Why an object that is not there cannot be scanned.
const ABSENT: SkipReason = SkipReason::Missing(
    "its content is kept by Git LFS and not here; `git lfs fetch` gets it, with `--all` for every version",
);

/// Why an object cannot be scanned, from what the system answered.
pub(super) fn refused(error: &io::Error) -> SkipReason {
    match error.kind() {
        io::ErrorKind::NotFound => ABSENT,
        _ => SkipReason::Unreadable(format!("LFS object: {error}")),
    }
}

/// Where the object of a pointer lies, if this is a pointer; `folder` is that of the repository.
pub(super) fn object(bytes: &[u8], folder: &Path) -> Option<PathBuf> {
    if bytes.len() >= POINTER_BYTES_MAX || !bytes.starts_with(b"version https://") {
        return None;
    }
    let mut lines = bytes
        .split(|&byte| byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    lines.next().filter(|line| line.ends_with(VERSION_END))?;
    let hex = lines.find_map(|line| line.strip_prefix(b"oid sha256:"))?;
    let hex = str::from_utf8(hex).ok()?;
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_name = hex.len() == 64 && hex.bytes().all(is_hex);
    let objects = folder.join("lfs").join("objects");
    is_name.then(|| objects.join(&hex[..2]).join(&hex[2..4]).join(hex))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::object;

    #[test]
    fn only_pointers_point() {
        let name = "0123456789abcdef".repeat(4);
        let pointer =
            format!("version https://git-lfs.example/spec/v1\noid sha256:{name}\nsize 1\n");
        let found = object(pointer.as_bytes(), Path::new("g")).expect("it is sound");
        assert_eq!(found, Path::new(&format!("g/lfs/objects/01/23/{name}")));
        assert_eq!(
            object(pointer.replace("01", "..").as_bytes(), Path::new("g")),
            None
        );
        assert_eq!(object(b"version 1\n", Path::new("g")), None);
        assert_eq!(
            object(pointer.to_uppercase().as_bytes(), Path::new("g")),
            None
        );
        let before = pointer.replace("git-lfs.example", "hawser.example");
        assert!(object(before.as_bytes(), Path::new("g")).is_some());
        let crlf = pointer.replace('\n', "\r\n");
        assert!(object(crlf.as_bytes(), Path::new("g")).is_some());
    }
}
