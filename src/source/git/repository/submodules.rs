//! The repositories within a repository: submodules, whether their store was moved into the
//! repository that holds them or stands where they are checked out.
//!
//! Source: gitsubmodules(7), gitmodules(5).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Component, Path, PathBuf};

use super::config;
use super::confine::{What, path_of};
use super::discover::{self, Folders};
use super::{Repository, layout::Layout};
use crate::blob::{Skip, SkipReason};
use crate::error::{Error, Result};
use crate::source::files::shown;
use crate::source::git::Environment;

/// Folders in each other below `modules` that are looked into.
const DEPTH_MAX: usize = 32;

/// Submodules in all.
const SUBMODULES_MAX: usize = 10_000;

/// Bytes of a `.gitmodules`.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// What stands for a submodule whose store is not here.
const UNCHECKED: SkipReason = SkipReason::Missing(
    "submodule is not checked out; fetch it with `git submodule update --init --recursive`",
);

/// A repository within another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::git) struct Submodule {
    /// Where it is checked out, from the work tree of the repository that was asked; its name where
    /// nothing says so.
    pub(in crate::source::git) path: Vec<u8>,
    /// Its own folder, canonical.
    pub(in crate::source::git) git_dir: PathBuf,
}

impl Repository {
    /// The submodules whose store is here: those in `modules`, also of other work trees, and those
    /// that are checked out at one of `gitlinks`. Submodules of theirs are not among them, see
    /// [`Repository::all_submodules`].
    pub(in crate::source::git) fn submodules(
        &self,
        gitlinks: &[Vec<u8>],
    ) -> (Vec<Submodule>, Vec<Skip>) {
        let mut skips = Vec::new();
        let mut found = BTreeMap::new();
        for path in gitlinks {
            match self.checked_out(path) {
                Ok(Some(git_dir)) => drop(found.insert(git_dir, path.clone())),
                Ok(None) => {}
                Err(reason) => skips.push(Skip {
                    what: path.clone(),
                    holder: None,
                    reason,
                }),
            }
        }
        let paths = self.paths_by_name();
        for worktree in self.worktrees() {
            let modules = worktree.git_dir.join("modules");
            for (name, git_dir) in self.absorbed(&modules, &mut skips) {
                let path = self
                    .work_tree_of(&git_dir)
                    .or_else(|| paths.get(&name).cloned());
                found.entry(git_dir).or_insert_with(|| path.unwrap_or(name));
            }
        }
        let submodules = found.into_iter();
        let submodules = submodules.map(|(git_dir, path)| Submodule { path, git_dir });
        (submodules.collect(), skips)
    }

    /// Every submodule, those of submodules too, each opened once; `gitlinks` tells the paths at
    /// which a repository holds others. Paths are from the work tree of this repository. What
    /// belongs to it and is not here, or cannot be opened, is a skip.
    pub(in crate::source::git) fn all_submodules(
        &self,
        gitlinks: &dyn Fn(&Self) -> Vec<Vec<u8>>,
    ) -> (Vec<(Submodule, Self)>, Vec<Skip>) {
        let mut opened: Vec<(Submodule, Self)> = Vec::new();
        let mut known = BTreeSet::from([self.common_dir.clone()]);
        let mut queue = VecDeque::from([None]);
        let mut skips = Vec::new();
        while let Some(next) = queue.pop_front() {
            let at = next.map(|n: usize| &opened[n]);
            let (above, repository) = match at {
                None => (Vec::new(), self),
                Some((submodule, repository)) => ([&submodule.path[..], b"/"].concat(), repository),
            };
            let links = gitlinks(repository);
            let (submodules, refused) = repository.submodules(&links);
            let missing = repository.unchecked_of(&links, &submodules, &refused);
            for mut skip in refused.into_iter().chain(missing) {
                skip.what.splice(..0, above.iter().copied());
                skips.push(skip);
            }
            let mut more = Vec::new();
            for mut submodule in submodules {
                submodule.path.splice(..0, above.iter().copied());
                let reason = match repository.open_submodule(&submodule) {
                    Ok(inner) if known.contains(&inner.common_dir) => continue,
                    Ok(inner) if opened.len() + more.len() < SUBMODULES_MAX => {
                        known.insert(inner.common_dir.clone());
                        more.push((submodule, inner));
                        continue;
                    }
                    Ok(_) => SkipReason::Limit {
                        name: "submodules",
                        value: SUBMODULES_MAX as u64,
                    },
                    Err(error) => SkipReason::Unreadable(error.to_string()),
                };
                skips.push(Skip {
                    what: submodule.path,
                    holder: None,
                    reason,
                });
            }
            queue.extend((opened.len()..opened.len() + more.len()).map(Some));
            opened.append(&mut more);
        }
        (opened, skips)
    }

    /// Opens a submodule of this repository; its links may lead where those of this one may.
    ///
    /// # Errors
    ///
    /// As for [`Repository::open`].
    pub(in crate::source::git) fn open_submodule(&self, submodule: &Submodule) -> Result<Self> {
        let git_dir = discover::follow(&submodule.git_dir, self.guard())?;
        let mut guard = self.guard().clone();
        let common_dir = discover::common(&git_dir, &mut guard)?;
        let layout = Layout::read(&git_dir, &common_dir, &guard)?;
        let home = match (&layout.work_tree, git_dir.file_name()) {
            (None, Some(name)) if name == ".git" => git_dir.parent().map(Path::to_path_buf),
            _ => None,
        };
        let folders = Folders {
            git_dir,
            common_dir,
            home,
            guard,
        };
        Self::read(folders, &Environment::default())
    }

    /// Those of `gitlinks` whose store is not here.
    fn unchecked_of(
        &self,
        gitlinks: &[Vec<u8>],
        submodules: &[Submodule],
        refused: &[Skip],
    ) -> Vec<Skip> {
        let here: BTreeSet<&[u8]> = submodules
            .iter()
            .map(|submodule| &submodule.path[..])
            .chain(refused.iter().map(|skip| &skip.what[..]))
            .collect();
        let absent: BTreeSet<&[u8]> = gitlinks.iter().map(|path| &path[..]).collect();
        absent
            .difference(&here)
            .map(|path| Skip {
                what: path.to_vec(),
                holder: None,
                reason: UNCHECKED,
            })
            .collect()
    }

    /// The store of what is checked out at a path of the work tree, if something is.
    fn checked_out(&self, path: &[u8]) -> std::result::Result<Option<PathBuf>, SkipReason> {
        let path = path_of(path);
        let is_plain = path
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        let Some(work_tree) = self.work_tree.as_ref().filter(|_| is_plain) else {
            return Ok(None);
        };
        let dot_git = work_tree.join(path).join(".git");
        match self.guard().resolve(&dot_git) {
            Err(SkipReason::Vanished) => return Ok(None),
            resolved => resolved?,
        };
        match discover::follow(&dot_git, self.guard()) {
            Ok(git_dir) => Ok(Some(git_dir)),
            // Only what leads out has to be widened; a store that is gone is one that is not here.
            Err(Error::OutsideRoot { root, .. }) => Err(SkipReason::Unreadable(format!(
                "its store lies outside of {}, so it was not opened; widen with --root",
                root.display()
            ))),
            Err(_) => Ok(None),
        }
    }

    /// Stores below a `modules` folder, with their names.
    fn absorbed(&self, modules: &Path, skips: &mut Vec<Skip>) -> Vec<(Vec<u8>, PathBuf)> {
        let guard = self.guard();
        let mut stores = Vec::new();
        let mut known = BTreeSet::new();
        let mut folders = vec![(Vec::new(), modules.to_path_buf(), 0)];
        while let Some((name, folder, depth)) = folders.pop() {
            let canonical = match guard.resolve(&folder) {
                Ok(canonical) if canonical.is_dir() => canonical,
                Ok(_) | Err(SkipReason::Vanished) => continue,
                Err(reason) => {
                    skips.push(self.skip(&folder, reason));
                    continue;
                }
            };
            if !known.insert(canonical.clone()) {
                continue;
            }
            let is_store = depth > 0 && discover::holds_store(&canonical);
            if is_store {
                stores.push((name.clone(), canonical.clone()));
            }
            // A name may have a slash in it, and any word behind that: only `HEAD` tells a store
            // from a folder in which one is called `objects`.
            if is_store && canonical.join("HEAD").is_file() {
                continue;
            }
            if depth == DEPTH_MAX {
                let name = "submodule_depth";
                let value = DEPTH_MAX as u64;
                skips.push(self.skip(&folder, SkipReason::Limit { name, value }));
                continue;
            }
            let listed = guard.list(&canonical).unwrap_or_else(|reason| {
                skips.push(self.skip(&folder, reason));
                Vec::new()
            });
            for entry in listed.into_iter().filter(|entry| entry.kind != What::File) {
                let last = shown(Path::new(entry.path.file_name().unwrap_or_default()));
                let slash: &[u8] = if name.is_empty() { b"" } else { b"/" };
                folders.push(([&name, slash, &last].concat(), entry.path, depth + 1));
            }
        }
        stores.sort();
        stores
    }

    /// The path at which the store of a submodule says it is checked out.
    fn work_tree_of(&self, git_dir: &Path) -> Option<Vec<u8>> {
        let layout = Layout::read(git_dir, git_dir, self.guard()).ok()?;
        let named = git_dir.join(path_of(&layout.work_tree?));
        // The work tree need not be there, so dots are taken out by hand.
        let mut plain = PathBuf::new();
        for part in named.components() {
            match part {
                Component::ParentDir => drop(plain.pop()),
                Component::CurDir => {}
                part => plain.push(part),
            }
        }
        let below = plain.strip_prefix(self.work_tree.as_ref()?).ok()?;
        (!below.as_os_str().is_empty()).then(|| shown(below))
    }

    /// What `.gitmodules` in the work tree says: paths by name.
    fn paths_by_name(&self) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut paths = BTreeMap::new();
        let Some(work_tree) = &self.work_tree else {
            return paths;
        };
        // It only helps to name what is found elsewhere, so what cannot be read of it hides
        // nothing.
        let text = self
            .guard()
            .read(&work_tree.join(".gitmodules"), FILE_BYTES_MAX);
        let _cut_short = config::parse(&text.ok().flatten().unwrap_or_default(), |setting| {
            if let (b"submodule", b"path", Some(path)) =
                (setting.section, setting.key, setting.value)
            {
                paths.insert(setting.subsection.to_vec(), path.to_vec());
            }
        });
        paths
    }
}
