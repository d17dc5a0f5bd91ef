//! What the walk hands over along deltas: every object once, its own bytes, and copies that are there.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use leakgate::blob::{Blob, BuildVisitor, Content, Exclusion, Part, Skip, Source, Visitor};
use leakgate::git::{Format, Id, Kind};
use leakgate::source::Git;

use crate::history::History;
use crate::packing::PACKINGS;
use crate::rounds;
use crate::world::{World, tell};

/// What was handed over, on all threads.
#[derive(Default)]
pub(crate) struct Taken {
    /// How often each file was, and not as a base alone.
    pub(crate) blobs: BTreeMap<Id, usize>,
    /// Those of them that came with what they share with their base.
    pub(crate) deltas: usize,
    /// Names in trees.
    pub(crate) names: BTreeSet<Vec<u8>>,
    pub(crate) skips: Vec<Skip>,
}

/// Gathers what is handed over.
#[derive(Default)]
struct Gather(Mutex<Taken>);

/// One thread's share.
struct Thread<'a> {
    all: &'a Gather,
    taken: Taken,
    /// The last version at each depth.
    versions: Vec<Vec<u8>>,
}

impl BuildVisitor for Gather {
    fn build(&self) -> Box<dyn Visitor + '_> {
        Box::new(Thread {
            all: self,
            taken: Taken::default(),
            versions: Vec::new(),
        })
    }
}

impl Visitor for Thread<'_> {
    fn blob(&mut self, blob: Blob<'_>) -> ControlFlow<()> {
        let holder = blob.place.holder.expect("git objects have names");
        let Content::Whole(bytes) = blob.content else {
            panic!("nothing here is long");
        };
        if holder.part == Part::FileName {
            self.taken.names.insert(bytes.to_vec());
        }
        if holder.part != Part::Content {
            return ControlFlow::Continue(());
        }
        let version = blob.version.expect("files are versions");
        let id = Format::Sha1.id_of(Kind::Blob, bytes);
        assert_eq!(id, holder.id, "an object has another name");
        assert_eq!(version.delta.is_none(), version.depth == 0, "{id}");
        if let Some(delta) = version.delta {
            let base = &self.versions[version.depth - 1];
            assert_eq!(base.len() as u64, delta.base_len, "{id}");
            let mut end = 0;
            for copied in delta.copied {
                let of =
                    |bytes: &[u8], at: u64| bytes[at as usize..][..copied.len as usize].to_vec();
                assert!(copied.to >= end && copied.len > 0, "{id}: out of order");
                assert_eq!(of(base, copied.from), of(bytes, copied.to), "{id}: no copy");
                end = copied.to + copied.len;
            }
        }
        self.versions.truncate(version.depth);
        assert_eq!(
            self.versions.len(),
            version.depth,
            "{id}: its base was not seen"
        );
        self.versions.push(bytes.to_vec());
        if !version.claimed {
            *self.taken.blobs.entry(id).or_default() += 1;
            self.taken.deltas += usize::from(version.delta.is_some());
        }
        ControlFlow::Continue(())
    }

    fn skip(&mut self, skip: Skip) {
        self.taken.skips.push(skip);
    }

    fn exclude(&mut self, _: Exclusion) {}
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        let mut all = self.all.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (id, n) in std::mem::take(&mut self.taken.blobs) {
            *all.blobs.entry(id).or_default() += n;
        }
        all.deltas += self.taken.deltas;
        all.names.append(&mut self.taken.names);
        all.skips.append(&mut self.taken.skips);
    }
}

/// Walks a repository on so many threads.
pub(crate) fn walk(world: &World, jobs: usize) -> Taken {
    let git = Git {
        repository: world.path(),
        jobs,
        ..Git::default()
    };
    let gather = Gather::default();
    let repositories = git.open().expect("there is a repository");
    repositories.walk(&gather).expect("it is walked");
    gather
        .0
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
}

/// All files there are, as git says.
fn files(world: &World) -> BTreeSet<Id> {
    let format = "--batch-check=%(objecttype) %(objectname)";
    let said = world.git(&["cat-file", "--batch-all-objects", format], b"");
    let said = String::from_utf8(said).expect("names are ASCII");
    let files = said.lines().filter_map(|line| line.strip_prefix("blob "));
    let ids = files.filter_map(|name| Id::parse(Format::Sha1, name.as_bytes()));
    ids.collect()
}

#[test]
fn each_file_comes_once_with_its_bytes_and_true_copies() {
    let mut n_deltas = 0;
    for seed in rounds(PACKINGS.len() as u64) {
        let packing = &PACKINGS[seed as usize % PACKINGS.len()];
        let history = History::make(seed, packing.versions);
        let world = World::new();
        (packing.write)(&world, &history, seed);
        for jobs in [1, 3] {
            let taken = walk(&world, jobs);
            let what = format!("seed {seed}, packed as {}", packing.name);
            assert!(taken.skips.is_empty(), "{what}: {:?}", taken.skips);
            let given: BTreeSet<Id> = taken.blobs.keys().copied().collect();
            assert!(given == files(&world), "{what}: other files than git says");
            let often = taken.blobs.values().filter(|n| **n != 1).count();
            assert_eq!(often, 0, "{what}: some come more than once");
            assert!(taken.deltas > 0, "{what}: no deltas");
            n_deltas += taken.deltas;
        }
    }
    tell(&format!("{n_deltas} versions came with copies"));
}
