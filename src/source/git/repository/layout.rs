//! How a repository stores things: the few keys of its configuration that change that.
//!
//! Source: the technical document repository-version of git, and git-config(1).

use std::path::Path;

use super::config::{self, Setting};
use super::confine::Guard;
use crate::error::{Error, Result};
use crate::git::Format;

/// Bytes of a configuration.
const CONFIG_BYTES_MAX: u64 = 16 << 20;

/// Extensions that change nothing about where objects and references are, or that need no word
/// here.
const HARMLESS: &[&[u8]] = &[
    b"noop",
    b"noop-v1",
    b"preciousobjects",
    b"worktreeconfig",
    b"compatobjectformat",
    b"relativeworktrees",
    b"submodulepathconfig",
];

/// Where references are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum RefStorage {
    /// In a file each, and in `packed-refs`.
    #[default]
    Files,
    /// In `reftable/`.
    Tables,
}

/// How a repository stores things.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) format: Format,
    pub(super) ref_storage: RefStorage,
    pub(super) is_partial: bool,
    pub(super) is_bare: bool,
    /// As it is written.
    pub(super) work_tree: Option<Vec<u8>>,
}

impl Layout {
    /// Reads the configuration that all work trees share, and that of this one where there is one.
    ///
    /// # Errors
    ///
    /// `Repository` for a text that git would not read, and for what is not understood.
    pub(super) fn read(git_dir: &Path, common_dir: &Path, guard: &Guard) -> Result<Self> {
        let path = common_dir.join("config");
        let mut found = Found::default();
        each(&path, guard, |setting| found.take(setting))?;
        if found.has_own_config {
            let own = git_dir.join("config.worktree");
            each(&own, guard, |setting| found.take_place(setting))?;
        }
        found
            .judge()
            .map_err(|problem| Error::Repository { path, problem })
    }
}

/// Reads a configuration that may be absent.
fn each(path: &Path, guard: &Guard, take: impl FnMut(&Setting<'_>)) -> Result<()> {
    let problem = |problem: String| Error::Repository {
        path: path.to_path_buf(),
        problem,
    };
    let text = guard
        .read(path, CONFIG_BYTES_MAX)
        .map_err(|reason| problem(reason.to_string()))?;
    let mut take = take;
    config::parse(&text.unwrap_or_default(), |setting| take(&setting))
        .map_err(|line| problem(format!("line {line} is no configuration that git reads")))
}

/// What the configuration says, before it is judged. The last word counts.
#[derive(Default)]
struct Found {
    layout: Layout,
    version: Option<Vec<u8>>,
    object_format: Option<Vec<u8>>,
    ref_storage: Option<Vec<u8>>,
    has_own_config: bool,
    unknown: Option<Vec<u8>>,
}

impl Found {
    fn take(&mut self, setting: &Setting<'_>) {
        let value = setting.value.map(<[u8]>::to_vec);
        match (setting.section, setting.subsection, setting.key) {
            (b"core", b"", b"repositoryformatversion") => self.version = value,
            (b"core", ..) => self.take_place(setting),
            (b"extensions", b"", b"objectformat") => {
                self.object_format = Some(value.unwrap_or_default());
            }
            (b"extensions", b"", b"refstorage") => {
                self.ref_storage = Some(value.unwrap_or_default());
            }
            (b"extensions", b"", b"partialclone") => self.layout.is_partial = true,
            (b"extensions", b"", key) => {
                if key == b"worktreeconfig" {
                    self.has_own_config = setting.as_bool() != Some(false);
                }
                if !HARMLESS.contains(&key) {
                    self.unknown = Some(key.to_vec());
                }
            }
            (b"remote", _, b"promisor") => {
                self.layout.is_partial |= setting.as_bool() != Some(false);
            }
            _ => {}
        }
    }

    /// Takes what a configuration of one work tree may say.
    fn take_place(&mut self, setting: &Setting<'_>) {
        match (setting.section, setting.subsection, setting.key) {
            (b"core", b"", b"bare") => self.layout.is_bare = setting.as_bool() == Some(true),
            (b"core", b"", b"worktree") => {
                self.layout.work_tree = setting.value.map(<[u8]>::to_vec);
            }
            _ => {}
        }
    }

    fn judge(mut self) -> std::result::Result<Layout, String> {
        let version = match self.version.as_deref().map(<[u8]>::trim_ascii) {
            None | Some(b"0" | b"") => 0,
            Some(b"1") => 1,
            Some(_) => {
                let words = "core.repositoryformatversion is not understood; known: 0, 1";
                return Err(words.to_owned());
            }
        };
        if version == 0 && (self.object_format.is_some() || self.ref_storage.is_some()) {
            let words = "extensions.objectformat and extensions.refstorage need \
                         core.repositoryformatversion = 1";
            return Err(words.to_owned());
        }
        if let (1, Some(key)) = (version, &self.unknown) {
            let shown = String::from_utf8_lossy(&key[..key.len().min(40)]);
            return Err(format!("extensions.{shown} is not understood"));
        }
        self.layout.format = match self.object_format.as_deref() {
            None | Some(b"sha1") => Format::Sha1,
            Some(b"sha256") => Format::Sha256,
            Some(_) => {
                let words = "extensions.objectformat is not understood; known: sha1, sha256";
                return Err(words.to_owned());
            }
        };
        self.layout.ref_storage = match self.ref_storage.as_deref() {
            None | Some(b"files") => RefStorage::Files,
            Some(b"reftable") => RefStorage::Tables,
            Some(_) => {
                let words = "extensions.refstorage is not understood; known: files, reftable";
                return Err(words.to_owned());
            }
        };
        Ok(self.layout)
    }
}
