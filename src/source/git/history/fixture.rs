//! Small histories made by hand for tests.

use crate::blob::{Holder, Located, Part, Wanted};
use crate::git::{Id, Kind, tree::Mode};
use crate::source::git::history::memory::Objects;
use crate::source::git::history::{Ground, History, Listing, Roots, locate};

/// A repository in the making.
#[derive(Default)]
pub(super) struct Made {
    pub(super) store: Objects,
    pub(super) names: Vec<(Vec<u8>, Id)>,
    pub(super) logs: Vec<Id>,
    pub(super) shallow: Vec<Id>,
    pub(super) indexes: Vec<Listing>,
    pub(super) is_partial: bool,
}

impl Made {
    pub(super) fn blob(&mut self, text: &str) -> Id {
        self.store.add(Kind::Blob, text.as_bytes())
    }

    /// A tree of entries as they are given; a name that ends with `/` is a folder, with `@` a link.
    pub(super) fn tree(&mut self, entries: &[(&str, Id)]) -> Id {
        let mut bytes = Vec::new();
        for (name, id) in entries {
            let (mode, name) = match (name.strip_suffix('/'), name.strip_suffix('@')) {
                (Some(name), _) => ("40000", name),
                (_, Some(name)) => ("120000", name),
                _ => ("100644", *name),
            };
            bytes.extend_from_slice(format!("{mode} {name}\0").as_bytes());
            bytes.extend_from_slice(id.as_bytes());
        }
        self.store.add(Kind::Tree, &bytes)
    }

    /// A tree of files by path, each with its text.
    pub(super) fn files(&mut self, files: &[(&str, &str)]) -> Id {
        let mut entries: Vec<(String, Id)> = Vec::new();
        let mut folders: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
        for &(path, text) in files {
            match path.split_once('/') {
                None => entries.push((path.to_owned(), self.blob(text))),
                Some((folder, rest)) => match folders.iter_mut().find(|known| known.0 == folder) {
                    Some(known) => known.1.push((rest, text)),
                    None => folders.push((folder, vec![(rest, text)])),
                },
            }
        }
        for (folder, files) in folders {
            entries.push((format!("{folder}/"), self.files(&files)));
        }
        entries.sort();
        let entries: Vec<_> = entries.iter().map(|(name, id)| (&name[..], *id)).collect();
        self.tree(&entries)
    }

    pub(super) fn commit(&mut self, tree: Id, parents: &[Id], seconds: i64) -> Id {
        let parents: String = parents.iter().map(|id| format!("parent {id}\n")).collect();
        let text = format!(
            "tree {tree}\n{parents}author A <a@a> {seconds} +0000\n\
             committer C <c@c> {seconds} +0000\n\nat {seconds}\n"
        );
        self.store.add(Kind::Commit, text.as_bytes())
    }

    pub(super) fn tag(&mut self, target: Id, kind: &str) -> Id {
        let text = format!("object {target}\ntype {kind}\ntag v1\ntagger T <t@t> 1 +0000\n\nx\n");
        self.store.add(Kind::Tag, text.as_bytes())
    }

    pub(super) fn name(&mut self, name: &str, id: Id) {
        self.names.push((name.as_bytes().to_vec(), id));
    }

    pub(super) fn roots(&self) -> Roots<'_> {
        Roots {
            names: &self.names,
            logs: &self.logs,
            indexes: &self.indexes,
            shallow: &self.shallow,
            is_partial: self.is_partial,
        }
    }

    pub(super) fn history(&self) -> History {
        History::read(&self.store, &self.roots(), 2).0
    }

    pub(super) fn locate(
        &self,
        holders: &[Holder],
        is_wanted: &(dyn Fn(&[u8]) -> bool + Sync),
    ) -> Located {
        let ground = Ground {
            only: None,
            store: &self.store,
            history: &self.history(),
            roots: self.roots(),
            repository: 0,
            jobs: 2,
        };
        locate(&ground, &Wanted { holders, is_wanted })
    }

    /// Where these objects stand: `part path subject` of each site, `-` without a commit, `!` at the
    /// end where nothing keeps it alive.
    pub(super) fn sites(&self, wanted: &[(Id, Part)]) -> Vec<String> {
        let mut holders: Vec<Holder> = wanted.iter().map(|&(id, part)| holder(id, part)).collect();
        holders.sort();
        show(&self.locate(&holders, &|_| false))
    }
}

pub(super) fn holder(id: Id, part: Part) -> Holder {
    let repository = 0;
    Holder {
        repository,
        id,
        part,
    }
}

pub(super) fn show(located: &Located) -> Vec<String> {
    let sites = located.sites.iter().map(|site| {
        let commit = site.commit.map(|at| &located.commits[at as usize]);
        let subject = commit.map_or("-".into(), |commit| {
            String::from_utf8_lossy(&commit.subject)
        });
        let path = String::from_utf8_lossy(&site.path);
        let alive = if site.reachable { "" } else { "!" };
        format!("{} {path} {subject}{alive}", site.holder.part.name())
    });
    sites.collect()
}

/// The kind of entry of a mode that indexes use for files.
pub(super) const FILE: u32 = 0o100_644;

const _: () = assert!(matches!(Mode::of(FILE), Mode::File));
