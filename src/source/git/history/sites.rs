//! Makes sites of what a walk met: paths in full, parts as they are known now, in order.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::blob::{Commit, Holder, Located, Part, Site, Skip, Wanted};
use crate::git::tree::Mode;
use crate::git::{Id, Kind, commit};
use crate::source::git::history::NONE;
use crate::source::git::history::edges::Edges;
use crate::source::git::history::locate::Ground;
use crate::source::git::history::lookup::object_name;
use crate::source::git::history::paths::NOTES;
use crate::source::git::history::targets::Targets;
use crate::source::git::history::walk::{At, Walk, What};

/// Most bytes of all paths.
const PATHS_BYTES_MAX: usize = 256 << 20;

/// Sites, and what they are made with.
pub(super) struct Sites<'a> {
    ground: &'a Ground<'a>,
    targets: &'a Targets,
    edges: &'a Edges,
    /// Which trees that are wanted for a file name have each wanted name.
    by_name: HashMap<u32, Vec<Holder>>,
    /// With the holder that was asked for.
    sites: Vec<(Holder, Site)>,
    n_bytes: usize,
    /// Whether there are more paths than were kept.
    pub(super) is_cut: bool,
}

impl<'a> Sites<'a> {
    pub(super) fn new(ground: &'a Ground<'a>, targets: &'a Targets, edges: &'a Edges) -> Self {
        Self {
            ground,
            targets,
            edges,
            by_name: holders_by_name(targets, edges),
            sites: Vec::new(),
            n_bytes: 0,
            is_cut: false,
        }
    }

    /// Names whose paths are wanted.
    pub(super) fn names(&self) -> HashSet<u32> {
        self.by_name.keys().copied().collect()
    }

    /// Adds what a walk met.
    pub(super) fn add_met(&mut self, walk: &Walk<'_>) {
        let named = self.trees_with_names();
        for met in &walk.met {
            let (top, names) = walk.paths.names(met.path);
            let names: Vec<&[u8]> = names.iter().map(|&name| self.name(name)).collect();
            let (note, path) = (note_path(top, &names), names.join(&b'/'));
            match met.what {
                What::Name(name) => {
                    for holder in self.by_name.get(&name).cloned().unwrap_or_default() {
                        self.add(holder, (Some(holder.part), holder.part), &path, met.at);
                    }
                }
                What::Object(number, Mode::Tree, _) => {
                    for &(_, holder) in self.targets.of(number) {
                        if !named.contains(&number) {
                            self.add(holder, (Some(holder.part), holder.part), &path, met.at);
                        }
                    }
                }
                What::Object(number, mode, is_named) => {
                    let part = match (&note, mode) {
                        (Some(_), _) => Part::Note,
                        (None, Mode::Symlink) => Part::SymlinkTarget,
                        _ => Part::Content,
                    };
                    self.add_file(
                        (number, is_named),
                        part,
                        note.as_ref().unwrap_or(&path),
                        met.at,
                    );
                }
            }
        }
    }

    /// Adds a file for each holder of it, and once more where its name is wanted.
    fn add_file(&mut self, (number, is_named): (u32, bool), part: Part, path: &[u8], at: At) {
        let targets = self.targets;
        for &(_, holder) in targets.of(number) {
            self.add(holder, (Some(holder.part), part), path, at);
        }
        if is_named {
            let holder = Holder {
                repository: self.ground.repository,
                id: self.ground.store.id(number),
                part,
            };
            self.add(holder, (None, part), path, at);
        }
    }

    /// Adds what indexes list and no commit that is alive holds.
    pub(super) fn add_listed(&mut self, wanted: &Wanted<'_>) {
        let alive = self.sites.iter().filter(|(_, site)| site.reachable);
        let alive: HashSet<(Id, bool)> = alive
            .map(|(_, site)| (site.holder.id, site.asked.is_none()))
            .collect();
        let roots = self.ground.roots;
        for index in roots.indexes {
            for (path, mode, id) in &index.entries {
                let part = match Mode::of(*mode) {
                    Mode::File => Part::Content,
                    Mode::Symlink => Part::SymlinkTarget,
                    Mode::Tree | Mode::Submodule => continue,
                };
                let Some(number) = self.ground.store.number(id.as_bytes()) else {
                    continue;
                };
                let name = path.rsplit(|&byte| byte == b'/').next();
                let is_named = name.is_some_and(|name| (wanted.is_wanted)(name));
                let is_wanted = self.targets.has(number) && !alive.contains(&(*id, false));
                let is_named = is_named && !alive.contains(&(*id, true));
                if !is_wanted && !is_named {
                    continue;
                }
                let mut shown = index.work_tree.clone();
                if !shown.is_empty() && !shown.ends_with(b"/") {
                    shown.push(b'/');
                }
                shown.extend_from_slice(path);
                self.add_file((number, is_named), part, &shown, NOWHERE);
            }
        }
    }

    /// Adds files that references name themselves.
    pub(super) fn add_direct(&mut self) {
        let seen: HashSet<Id> = self.sites.iter().map(|(_, site)| site.holder.id).collect();
        let history = self.ground.history;
        let direct = history.direct.iter().filter(|&&at| self.targets.has(at));
        for &number in direct.collect::<Vec<_>>() {
            let id = self.ground.store.id(number);
            if !seen.contains(&id) {
                self.add_file((number, false), Part::Content, &object_name(&id), NOWHERE);
            }
        }
    }

    /// Adds messages of commits and tags, and who wrote them.
    pub(super) fn add_texts(&mut self) {
        let history = self.ground.history;
        let targets = self.targets;
        for &(number, holder) in &targets.texts {
            let commit = history.place(history.end_of(number));
            let alive = match (history.tags.get(&number), commit) {
                (Some(tag), _) => tag.is_reachable,
                (None, Some(place)) => history.nodes[place as usize].is_reachable,
                (None, None) => continue,
            };
            let path = match holder.part {
                Part::Author => &b"(author)"[..],
                Part::TagMessage => b"(tag message)",
                _ => b"(commit message)",
            };
            let at = At {
                commit: commit.unwrap_or(NONE),
                is_reachable: alive,
            };
            self.add(holder, (Some(holder.part), holder.part), path, at);
        }
    }

    fn add(&mut self, holder: Holder, (asked, part): (Option<Part>, Part), path: &[u8], at: At) {
        self.n_bytes += path.len();
        if self.n_bytes > PATHS_BYTES_MAX {
            self.is_cut = true;
            return;
        }
        let site = Site {
            holder: Holder { part, ..holder },
            asked,
            path: path.to_vec(),
            commit: (at.commit != NONE).then_some(at.commit),
            reachable: at.is_reachable,
        };
        self.sites.push((holder, site));
    }

    fn name(&self, number: u32) -> &'a [u8] {
        self.edges
            .names
            .get(number as usize)
            .map_or(b"", |name| name)
    }

    fn trees_with_names(&self) -> HashSet<u32> {
        let trees = self.targets.in_trees.iter().map(|target| target.0);
        let has = |&tree: &u32| self.edges.of(tree).iter().any(|edge| edge.is_named);
        trees.filter(has).collect()
    }

    /// Puts all in order and reads the commits.
    pub(super) fn finish(mut self, skips: Vec<Skip>) -> Located {
        let key = |(holder, site): &(Holder, Site)| {
            let order = site.commit.unwrap_or(NONE);
            (holder.id, site.asked, holder.part, !site.reachable, order)
        };
        self.sites
            .sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| a.1.path.cmp(&b.1.path)));
        self.sites.dedup();
        let used: BTreeSet<u32> = self.sites.iter().filter_map(|site| site.1.commit).collect();
        let places: HashMap<u32, u32> = used.iter().copied().zip(0..).collect();
        let commits = used.iter().map(|&place| self.commit(place)).collect();
        let sites = self.sites.into_iter().map(|(_, mut site)| {
            site.commit = site.commit.and_then(|place| places.get(&place).copied());
            site
        });
        Located {
            sites: sites.collect(),
            commits,
            skips,
        }
    }

    fn commit(&self, place: u32) -> Commit {
        let id = self
            .ground
            .store
            .id(self.ground.history.nodes[place as usize].number);
        let mut shown = Commit {
            id,
            author: Vec::new(),
            seconds: 0,
            zone: 0,
            subject: Vec::new(),
            order: place,
        };
        if let Ok(Some((Kind::Commit, bytes))) = self.ground.store.read(&id)
            && let Ok(read) = commit::commit(&bytes, id.format())
        {
            shown.author = read.author.ident.to_vec();
            shown.seconds = read.author.seconds;
            shown.zone = read.author.zone;
            // The first line that is not empty, as git does it.
            let lines = read.message.split(|&byte| byte == b'\n');
            let subject = lines.map(<[u8]>::trim_ascii).find(|line| !line.is_empty());
            shown.subject = subject.unwrap_or_default().to_vec();
        }
        shown
    }
}

fn holders_by_name(targets: &Targets, edges: &Edges) -> HashMap<u32, Vec<Holder>> {
    let mut holders: HashMap<u32, Vec<Holder>> = HashMap::new();
    for &(tree, holder) in &targets.in_trees {
        for edge in edges.of(tree).iter().filter(|edge| edge.is_named) {
            let holders = holders.entry(edge.name).or_default();
            if holders.last() != Some(&holder) {
                holders.push(holder);
            }
        }
    }
    holders
}

const NOWHERE: At = At {
    commit: NONE,
    is_reachable: true,
};

/// What stands for the path of a note: the name of an object that folders may cut in parts.
fn note_path(top: u32, names: &[&[u8]]) -> Option<Vec<u8>> {
    let hex = names.concat();
    let is_name = matches!(hex.len(), 40 | 64) && hex.iter().all(u8::is_ascii_hexdigit);
    (top == NOTES && is_name).then(|| [b"(note on ", &hex[..], b")"].concat())
}
