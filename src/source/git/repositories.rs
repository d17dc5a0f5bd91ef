//! A repository and the submodules in it, opened.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::blob::{
    Blob, BuildVisitor, Content, Holder, Located, Part, Place, Skip, Source, Visitor, Wanted,
};
use crate::error::Result;
use crate::git::tree::Mode;
use crate::git::{Id, Kind};
use crate::source::git::history::{
    self, Ground, History, Listing, Meant, Roots, Selected, missing, reachable, revisions, select,
};
use crate::source::git::index::Index;
use crate::source::git::refs::Refs;
use crate::source::git::repository::Repository;
use crate::source::git::store::Store;
use crate::source::git::walk::Walk;
use crate::source::git::{Git, Selection};

/// What stands for every reference among revisions.
const ALL: &str = "--all";

/// A repository and the submodules in it, opened.
pub struct Repositories {
    git: Git,
    opened: Vec<Opened>,
    skips: Vec<Skip>,
}

/// One repository.
struct Opened {
    /// Where it is checked out, from the work tree of the first one; empty for that.
    path: Vec<u8>,
    repository: Repository,
    store: Store,
    refs: Refs,
    /// Names of references and what they point to.
    names: Vec<(Vec<u8>, Id)>,
    indexes: Vec<Listing>,
    selected: Option<Selected>,
    history: OnceLock<History>,
}

impl Git {
    /// Opens the repository and what belongs to it.
    ///
    /// # Errors
    ///
    /// There is no repository, it is stored in a way that is not understood, or a revision stands for
    /// nothing.
    pub fn open(self) -> Result<Repositories> {
        let root = self.root.as_deref();
        let first = Repository::open(&self.repository, &self.environment, root)?;
        let mut skips = Vec::new();
        let links = |repository: &Repository| gitlinks(repository);
        let (submodules, more) = first.all_submodules(&links);
        // What some commits hold is a matter of one repository.
        let alone = matches!(
            self.selection,
            Selection::Revisions { .. } | Selection::Commits { .. }
        );
        let mut opened = vec![Opened::new(&self, Vec::new(), first, &mut skips)?];
        if !alone {
            skips.extend(more);
            for (submodule, repository) in submodules {
                opened.push(Opened::new(&self, submodule.path, repository, &mut skips)?);
            }
        }
        Ok(Repositories {
            git: self,
            opened,
            skips,
        })
    }
}

/// Paths at which commits of other repositories are checked out.
fn gitlinks(repository: &Repository) -> Vec<Vec<u8>> {
    let own = repository
        .indexes()
        .into_iter()
        .find(|(name, _)| name.is_empty());
    let index = own.and_then(|(_, path)| Index::read(&path, repository.format).ok());
    let Some(index) = index else {
        return Vec::new();
    };
    let links = index.entries.iter();
    let links = links.filter(|entry| Mode::of(entry.mode) == Mode::Submodule);
    links.map(|entry| index.path(entry).to_vec()).collect()
}

impl Opened {
    fn new(
        git: &Git,
        path: Vec<u8>,
        repository: Repository,
        skips: &mut Vec<Skip>,
    ) -> Result<Self> {
        let format = repository.format;
        let (store, more) = Store::open(&repository.object_folders, format, &git.limits);
        skips.extend(more);
        skips.extend(repository.skips.iter().cloned());
        let refs = repository.refs();
        skips.extend(refs.skips.iter().cloned());
        let targets = refs.names.iter();
        let names = targets.filter_map(|name| Some((name.name.clone(), name.target?)));
        let names = names.collect();
        let mut indexes = Vec::new();
        for (work_tree, file) in repository.indexes() {
            match Index::read(&file, format) {
                Ok(index) => indexes.push(Listing {
                    work_tree,
                    entries: index
                        .entries
                        .iter()
                        .map(|entry| (index.path(entry).to_vec(), entry.mode, entry.id))
                        .collect(),
                }),
                Err(reason) => skips.push(repository.skip(&file, reason)),
            }
        }
        let mut opened = Self {
            path,
            repository,
            store,
            refs,
            names,
            indexes,
            selected: None,
            history: OnceLock::new(),
        };
        opened.select(git, skips)?;
        Ok(opened)
    }

    fn roots(&self) -> Roots<'_> {
        Roots {
            names: &self.names,
            logs: &self.refs.logs,
            indexes: &self.indexes,
            shallow: &self.repository.shallow,
            is_partial: self.repository.is_partial,
        }
    }

    fn history(&self, jobs: usize, skips: &mut Vec<Skip>) -> &History {
        self.history.get_or_init(|| {
            let (history, more) = History::read(&self.store, &self.roots(), jobs);
            skips.extend(more);
            history
        })
    }

    /// Finds out which objects are meant.
    fn select(&mut self, git: &Git, skips: &mut Vec<Skip>) -> Result<()> {
        let (meant, since) = match &git.selection {
            Selection::All => return Ok(()),
            Selection::Reachable => {
                let history = self.history(git.jobs, skips);
                let selected = reachable(&self.store, history, &self.roots(), git.jobs);
                skips.extend(selected.skips.iter().cloned());
                self.selected = Some(selected);
                return Ok(());
            }
            Selection::Revisions { words, since } if words == &[ALL] => {
                let include = self.names.iter().map(|(_, id)| *id).collect();
                let exclude = Vec::new();
                (Meant { include, exclude }, *since)
            }
            Selection::Revisions { words, since } => {
                let resolve = |name: &[u8]| self.refs.resolve(name);
                (revisions(&self.store, words, &resolve)?, *since)
            }
            Selection::Commits {
                include,
                exclude,
                known,
            } => {
                let (include, mut exclude) = (include.clone(), exclude.clone());
                let is_known = |name: &[u8]| {
                    let begin = known.as_ref();
                    begin.is_some_and(|begin| name.starts_with(begin))
                };
                let named = self.names.iter().filter(|(name, _)| is_known(name));
                exclude.extend(named.map(|(_, id)| *id));
                (Meant { include, exclude }, None)
            }
        };
        let selected = select(&self.store, &self.roots(), (&meant, since), git.jobs);
        skips.extend(selected.skips.iter().cloned());
        self.selected = Some(selected);
        Ok(())
    }

    /// Whether an object is meant.
    fn means(&self, id: &Id) -> bool {
        let Some(selected) = &self.selected else {
            return true;
        };
        let number = self.store.number(id.as_bytes());
        number.is_some_and(|number| selected.is_meant.get(number as usize) == Some(&true))
    }

    /// Hands over the names of references.
    fn hand_names(&self, repository: u32, visitor: &mut dyn Visitor) {
        for name in &self.refs.names {
            let null = [0; 32];
            let null = Id::new(self.store.format(), &null[..self.store.format().len()]);
            let Some(id) = name.target.or(null) else {
                continue;
            };
            let place = Place {
                path: name.name.clone(),
                containers: 0,
                holder: Some(Holder {
                    repository,
                    id,
                    part: Part::RefName,
                }),
            };
            let _ = visitor.blob(Blob {
                content: Content::Whole(&name.name),
                place: &place,
                version: None,
                news: None,
            });
        }
    }

    /// Where the objects of this repository stand, of that number in the source.
    fn locate(
        &self,
        (repository, jobs): (u32, usize),
        wanted: &Wanted<'_>,
        skips: &mut Vec<Skip>,
    ) -> Vec<Located> {
        let ground = Ground {
            store: &self.store,
            only: None,
            history: self.history(jobs, skips),
            roots: self.roots(),
            repository,
            jobs,
        };
        let Some(selected) = &self.selected else {
            return vec![history::locate(&ground, wanted)];
        };
        let meant = Ground {
            only: Some(&selected.is_meant),
            ..ground
        };
        let mut located = history::locate(&meant, wanted);
        located.sites.retain(|site| site.asked.is_some());
        // A file may be old and its name new, which only the whole history can tell.
        let holders = &[];
        let is_wanted = wanted.is_wanted;
        let mut named = history::locate(&ground, &Wanted { holders, is_wanted });
        let commits = &named.commits;
        named.sites.retain(|site| {
            let commit = site.commit.and_then(|at| commits.get(at as usize));
            commit.is_some_and(|commit| self.means(&commit.id))
        });
        vec![located, named]
    }

    /// Hands over names that stand in indexes: what was never committed stands in no tree.
    fn hand_listed(&self, repository: u32, visitor: &mut dyn Visitor) {
        let mut seen: HashSet<&[u8]> = HashSet::new();
        for (path, _, id) in self.indexes.iter().flat_map(|index| &index.entries) {
            for name in path.split(|&byte| byte == b'/') {
                if !seen.insert(name) {
                    continue;
                }
                let place = Place {
                    path: Vec::new(),
                    containers: 0,
                    holder: Some(Holder {
                        repository,
                        id: *id,
                        part: Part::FileName,
                    }),
                };
                let _ = visitor.blob(Blob {
                    content: Content::Whole(name),
                    place: &place,
                    version: None,
                    news: None,
                });
            }
        }
    }

    /// A path as it is called from the first repository.
    fn called(&self, path: &[u8]) -> Vec<u8> {
        if self.path.is_empty() {
            return path.to_vec();
        }
        [&self.path[..], b"/", path].concat()
    }
}

impl Source for Repositories {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let mut visitor = visitors.build();
        for skip in &self.skips {
            visitor.skip(skip.clone());
        }
        drop(visitor);
        for (opened, number) in self.opened.iter().zip(0..) {
            let selected = opened.selected.as_ref();
            let walk = Walk {
                repository: number,
                store: &opened.store,
                folder: opened.repository.common_dir.clone(),
                only: selected.map(|selected| &selected.is_meant[..]),
                depth: self.git.depth,
                jobs: self.git.jobs,
                chunk_bytes: self.git.limits.chunk_bytes,
                deadline: self.git.deadline,
            };
            let learned = walk.all(visitors);
            let mut skips = learned.skips;
            if selected.is_none() {
                let history = opened.history(self.git.jobs, &mut skips);
                let roots = opened.roots();
                let some = !learned.missing.is_empty();
                skips.extend(missing(
                    (&opened.store, history),
                    &roots,
                    some,
                    self.git.jobs,
                ));
            }
            let mut visitor = visitors.build();
            if !matches!(
                self.git.selection,
                Selection::Commits { .. } | Selection::Revisions { .. }
            ) {
                opened.hand_listed(number, &mut *visitor);
            }
            if !matches!(self.git.selection, Selection::Commits { .. }) {
                opened.hand_names(number, &mut *visitor);
            }
            for skip in skips {
                let what = match skip.holder {
                    None => opened.called(&skip.what),
                    Some(_) => skip.what,
                };
                visitor.skip(Skip { what, ..skip });
            }
        }
        Ok(())
    }

    fn locate(&self, wanted: &Wanted<'_>) -> Result<Located> {
        let mut all = Located::default();
        for (opened, number) in self.opened.iter().zip(0..) {
            let located = opened.locate((number, self.git.jobs), wanted, &mut all.skips);
            for located in located {
                let first = all.commits.len() as u32;
                all.commits.extend(located.commits);
                all.sites.extend(located.sites.into_iter().map(|mut site| {
                    site.commit = site.commit.map(|commit| commit + first);
                    site.path = opened.called(&site.path);
                    site
                }));
                all.skips.extend(located.skips);
            }
        }
        Ok(all)
    }

    fn read(&self, holder: &Holder) -> Option<Vec<u8>> {
        let opened = self.opened.get(holder.repository as usize)?;
        let (kind, bytes) = opened.store.read(&holder.id).ok()??;
        (kind == Kind::Blob).then_some(bytes)
    }
}
