//! Objects that stand alone, each in a file of its own.
//!
//! Source: gitformat-loose(5): a zlib stream of the kind, a space, the length, a zero byte, the object.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};

use flate2::bufread::ZlibDecoder;

use crate::blob::SkipReason;
use crate::git::{Format, Id, Kind};
use crate::source::files::{Links, open_file};
use crate::source::git::pack::walk::Checked;
use crate::source::git::store::{Loose, Store, skip};

/// What messages call one.
const LOOSE: &str = "git object";

/// Longest header: a word and a length.
const HEADER_BYTES_MAX: usize = 32;

/// The bytes of an object that stands alone.
pub(super) type Content = Checked<ZlibDecoder<BufReader<File>>>;

/// Lists the objects that stand alone.
pub(super) fn list(folders: &[PathBuf], format: Format) -> Loose {
    let mut loose = Loose::default();
    for (folder, at) in folders.iter().zip(0..) {
        list_folder(folder, at, format, &mut loose);
    }
    loose.ids.sort_unstable();
    loose.ids.dedup_by_key(|(id, _)| *id);
    loose.ids.truncate(u32::MAX as usize / 2 - 1);
    loose.kinds = loose.ids.iter().map(|_| AtomicU8::new(0)).collect();
    loose
}

fn list_folder(folder: &Path, at: u32, format: Format, loose: &mut Loose) {
    for first in 0..=u8::MAX {
        let prefix = format!("{first:02x}");
        let path = folder.join(&prefix);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let reason = SkipReason::Unreadable(error.to_string());
                loose.skips.push(skip(&path, reason));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    let name = entry.file_name();
                    let hex = [prefix.as_bytes(), name.as_encoded_bytes()].concat();
                    // What has another name is left over from a crash, and git does not read it.
                    loose.ids.extend(Id::parse(format, &hex).map(|id| (id, at)));
                }
                Err(error) => {
                    let reason = SkipReason::Unreadable(error.to_string());
                    loose.skips.push(skip(&path, reason));
                }
            }
        }
    }
}

impl Store {
    /// What an object is that stands alone.
    pub(super) fn loose_kind(&self, at: usize) -> Result<Kind, SkipReason> {
        const KINDS: [Kind; 4] = [Kind::Commit, Kind::Tree, Kind::Blob, Kind::Tag];
        let loose = self.loose();
        let known = &loose.kinds[at];
        if let Some(kind) = usize::from(known.load(Ordering::Relaxed)).checked_sub(1) {
            return Ok(KINDS[kind]);
        }
        let (kind, _) = open(&self.loose_path(at))?.ok_or(SkipReason::Vanished)?;
        known.store(kind as u8 + 1, Ordering::Relaxed);
        Ok(kind)
    }

    /// Reads an object that stands alone.
    pub(super) fn read_loose(&self, path: &Path) -> Result<Option<(Kind, Vec<u8>)>, SkipReason> {
        let Some((kind, mut content)) = open(path)? else {
            return Ok(None);
        };
        if content.left > self.object_bytes_max as u64 {
            let (name, value) = ("git-bytes-max", self.object_bytes_max as u64);
            return Err(SkipReason::Limit { name, value });
        }
        let mut bytes = Vec::new();
        let read = content.read_to_end(&mut bytes);
        read.map_err(|error| SkipReason::Unreadable(error.to_string()))?;
        match content.failure {
            None => Ok(Some((kind, bytes))),
            Some(problem) => Err(damaged(problem)),
        }
    }

    /// The file of an object that stands alone.
    pub(super) fn loose_path(&self, at: usize) -> PathBuf {
        let (id, folder) = &self.loose().ids[at];
        path(&self.folders[*folder as usize], id)
    }
}

/// Where an object stands alone in a folder of objects.
pub(super) fn path(folder: &Path, id: &Id) -> PathBuf {
    let hex = id.to_string();
    folder.join(&hex[..2]).join(&hex[2..])
}

/// Opens an object that stands alone: what it is, and its bytes, which know how many they are; `None`
/// where it is not there.
pub(super) fn open(path: &Path) -> Result<Option<(Kind, Content)>, SkipReason> {
    let file = match open_file(path, Links::Refuse) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(SkipReason::Unreadable(error.to_string())),
    };
    let mut bytes = ZlibDecoder::new(BufReader::new(file));
    let mut header = Vec::new();
    let mut byte = [0];
    loop {
        match bytes.read(&mut byte) {
            Ok(1) if byte[0] == 0 => break,
            Ok(1) if header.len() < HEADER_BYTES_MAX => header.push(byte[0]),
            Ok(_) => return Err(damaged("it does not say what it is".to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(damaged(error.to_string())),
        }
    }
    let mut words = header.split(|&byte| byte == b' ');
    let kind = words.next().and_then(Kind::of);
    let len = words.next().and_then(|word| str::from_utf8(word).ok());
    let len = len.and_then(|word| word.parse().ok());
    match (kind, len) {
        (Some(kind), Some(left)) => {
            let failure = None;
            let content = Checked {
                bytes,
                left,
                failure,
            };
            Ok(Some((kind, content)))
        }
        _ => Err(damaged("it does not say what it is".to_owned())),
    }
}

pub(super) fn damaged(problem: String) -> SkipReason {
    SkipReason::Damaged {
        kind: LOOSE,
        problem,
    }
}
