//! All objects of a repository: those in packs and those that stand alone, of its own and of others
//! that it borrows from.
//!
//! An object that is there several times has one number and is handed over once. Where one copy of it
//! is damaged, the others are tried.

mod doubled;
mod each;
mod loose;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU8;

use crate::blob::{Skip, SkipReason, Version};
use crate::config::Limits;
use crate::git::{Format, Id, Kind};
use crate::source::files::shown;
use crate::source::git::pack::walk::Budget;
use crate::source::git::pack::{Pack, Table};

pub(super) use each::{Ask, Visit};

/// Objects of packs that can be numbered.
const OBJECTS_MAX: u32 = 1 << 31;

/// All objects of a repository.
pub(super) struct Store {
    format: Format,
    /// The largest first.
    packs: Vec<Packed>,
    /// Folders of objects that stand alone.
    folders: Vec<PathBuf>,
    /// Objects that stand alone, listed where all objects are asked for.
    loose: OnceLock<Loose>,
    /// Number of the first of them.
    loose_start: u32,
    /// Packs whose index is of no use.
    unnamed: Vec<PathBuf>,
    /// Objects that are there several times.
    doubled: OnceLock<HashSet<u32>>,
    budget: Budget,
    object_bytes_max: usize,
}

/// The objects that stand alone.
#[derive(Default)]
struct Loose {
    /// Ascending; each with its folder.
    ids: Vec<(Id, u32)>,
    /// What they are, as far as it is known.
    kinds: Vec<AtomicU8>,
    /// What could not be listed.
    skips: Vec<Skip>,
}

/// A pack of a store.
struct Packed {
    pack: Pack,
    /// Number of its first object.
    start: u32,
    table: OnceLock<Result<Table, SkipReason>>,
}

/// An object that is handed over.
pub(super) struct Object<'a> {
    /// Its number in the store.
    pub(super) number: u32,
    /// Its name.
    pub(super) id: Id,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// How it follows from another version.
    pub(super) version: Version<'a>,
}

impl Store {
    /// Opens all packs in these folders of objects. What cannot be opened is a skip.
    pub(super) fn open(folders: &[PathBuf], format: Format, limits: &Limits) -> (Self, Vec<Skip>) {
        let mut skips = Vec::new();
        let mut packs = Vec::new();
        let mut unnamed = Vec::new();
        for folder in folders {
            open_packs(folder, format, (&mut packs, &mut unnamed, &mut skips));
        }
        packs.sort_by(|a: &Pack, b: &Pack| {
            let key = |pack: &Pack| (std::cmp::Reverse(pack.file_len()), pack.path.clone());
            key(a).cmp(&key(b))
        });
        let mut start = 0_u32;
        let mut numbered = Vec::new();
        for pack in packs {
            match start.checked_add(pack.n_objects()) {
                Some(end) if end < OBJECTS_MAX => {
                    numbered.push(Packed {
                        pack,
                        start,
                        table: OnceLock::new(),
                    });
                    start = end;
                }
                _ => {
                    let (name, value) = ("git-objects-max", u64::from(OBJECTS_MAX));
                    skips.push(skip(&pack.path, SkipReason::Limit { name, value }));
                }
            }
        }
        let store = Self {
            format,
            packs: numbered,
            folders: folders.to_vec(),
            loose: OnceLock::new(),
            loose_start: start,
            unnamed,
            doubled: OnceLock::new(),
            budget: Budget::new(limits.git_bytes_max),
            object_bytes_max: limits.git_bytes_max,
        };
        (store, skips)
    }

    /// Objects are numbered from 0 to this.
    pub(super) fn len(&self) -> u32 {
        self.loose_start + self.loose().ids.len() as u32
    }

    /// What stands alone, listed once.
    fn loose(&self) -> &Loose {
        self.loose
            .get_or_init(|| loose::list(&self.folders, self.format))
    }

    /// Packs whose objects have no names, because their index is of no use. Known after a visit.
    pub(super) fn unnamed(&self) -> Vec<&Path> {
        let loaded = self
            .packs
            .iter()
            .filter(|packed| packed.pack.names().is_err());
        let loaded = loaded.map(|packed| packed.pack.path.as_path());
        self.unnamed
            .iter()
            .map(PathBuf::as_path)
            .chain(loaded)
            .collect()
    }

    /// How objects are named.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// The number of an object, if it is there. One that is there several times has that of its first
    /// copy.
    pub(super) fn number(&self, id: &[u8]) -> Option<u32> {
        for packed in &self.packs {
            if let Ok(names) = packed.pack.names()
                && let Some(position) = names.find(id)
            {
                return Some(packed.start + position);
            }
        }
        let id = Id::new(self.format, id)?;
        let at = self.loose_at(&id)?;
        Some(self.loose_start + at as u32)
    }

    /// The name of an object.
    pub(super) fn id(&self, number: u32) -> Id {
        if let Some(at) = number.checked_sub(self.loose_start) {
            return self.loose().ids[at as usize].0;
        }
        let packed = self.packs.partition_point(|packed| packed.start <= number) - 1;
        let packed = &self.packs[packed];
        let name = packed
            .pack
            .names()
            .ok()
            .map(|names| names.name(number - packed.start));
        let null = [0; 32];
        let name = name.unwrap_or(&null[..self.format.len()]);
        Id::new(self.format, name).expect("names of an index are of its format")
    }

    /// Reads an object; `None` where it is not there.
    ///
    /// # Errors
    ///
    /// Why the last copy of it cannot be read, if none can.
    pub(super) fn read(&self, id: &Id) -> Result<Option<(Kind, Vec<u8>)>, SkipReason> {
        self.read_at_depth(id, 0)
    }

    fn read_at_depth(&self, id: &Id, depth: usize) -> Result<Option<(Kind, Vec<u8>)>, SkipReason> {
        let mut failure = None;
        // A base in another pack is nothing that git leaves on a disk.
        if depth > 8 {
            return Ok(None);
        }
        for packed in &self.packs {
            let pack = &packed.pack;
            let read = match pack.find(id.as_bytes()) {
                Ok(None) => continue,
                Ok(Some((_, offset))) => {
                    let mut outside = |base: &Id| self.read_at_depth(base, depth + 1);
                    pack.read(offset, self.object_bytes_max, &mut outside)
                }
                Err(error) => Err(SkipReason::Unreadable(error.to_string())),
            };
            match read.and_then(|object| self.proven(id, object)) {
                Ok(object) => return Ok(Some(object)),
                Err(reason) => failure = Some(reason),
            }
        }
        for folder in &self.folders {
            let read = match self.read_loose(&loose::path(folder, id)) {
                Ok(None) => continue,
                Ok(Some(object)) => self.proven(id, object),
                Err(reason) => Err(reason),
            };
            match read {
                Ok(object) => return Ok(Some(object)),
                Err(reason) => failure = Some(reason),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// Names that begin with these hexadecimal digits, at most so many.
    pub(super) fn with_prefix(&self, hex: &str, most: usize) -> Vec<Id> {
        let loose = self.loose().ids.iter().map(|(id, _)| *id);
        let mut ids: Vec<Id> = loose.filter(|id| id.to_string().starts_with(hex)).collect();
        for packed in &self.packs {
            ids.extend(packed.pack.with_prefix(hex, most).unwrap_or_default());
        }
        ids.sort_unstable();
        ids.dedup();
        ids.truncate(most);
        ids
    }

    /// An object that is what its name says.
    fn proven(&self, id: &Id, object: (Kind, Vec<u8>)) -> Result<(Kind, Vec<u8>), SkipReason> {
        self.prove(id, object.0, &object.1)?;
        Ok(object)
    }

    fn loose_at(&self, id: &Id) -> Option<usize> {
        let ids = &self.loose().ids;
        ids.binary_search_by(|(loose, _)| loose.cmp(id)).ok()
    }
}

/// Opens all packs of a folder of objects.
fn open_packs(
    folder: &Path,
    format: Format,
    (packs, unnamed, skips): (&mut Vec<Pack>, &mut Vec<PathBuf>, &mut Vec<Skip>),
) {
    let folder = folder.join("pack");
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => {
            let reason = SkipReason::Unreadable(error.to_string());
            return skips.push(skip(&folder, reason));
        }
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                let reason = SkipReason::Unreadable(error.to_string());
                skips.push(skip(&folder, reason));
                continue;
            }
        };
        let is = |extension: &str| path.extension().is_some_and(|end| end == extension);
        if is("idx") {
            match Pack::open(&path, format) {
                Ok(pack) => packs.push(pack),
                Err(reason) => {
                    skips.push(skip(&path, reason));
                    unnamed.push(path.with_extension("pack"));
                }
            }
        } else if is("pack") && !path.with_extension("idx").exists() {
            let what = "its index is not there; `git index-pack` makes it anew";
            skips.push(skip(&path, SkipReason::Missing(what)));
            unnamed.push(path);
        }
    }
}

/// A file of the store that cannot be read.
fn skip(path: &Path, reason: SkipReason) -> Skip {
    Skip {
        what: shown(path),
        holder: None,
        reason,
    }
}
