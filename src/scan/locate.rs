//! Places what was found in git objects: asks the source where these stand, and judges each value at
//! every path.
//!
//! Apart from the worker because it happens once, when all objects were scanned: where a blob stands
//! says its history, and only blobs that hold something are worth asking for.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::blob::{Commit, Holder, Located, Part, Site, Skip, SkipReason, Source, Wanted};
use crate::error::Result;
use crate::finding::{Placed, RuleIndex};
use crate::scan::held::{Group, Met, text_of};
use crate::scan::scanner::Scanner;
use crate::scan::shared::{Done, Shared};
use crate::scan::spread::{Offer, Spread};
use crate::secret::Secret;

/// Length up to which a subject and the name of an author are shown, in bytes.
const TEXT_BYTES_MAX: usize = 1_024;

/// Places everything that is held, files of telling names, and skips.
///
/// # Errors
///
/// What the source says.
pub(super) fn locate(source: &dyn Source, shared: &Shared<'_>, done: &mut Done) -> Result<()> {
    let skips = done.coverage.skipped.iter();
    let skipped: HashSet<Holder> = skips.filter_map(|skip| skip.holder).collect();
    if done.held.is_empty() && skipped.is_empty() && !done.has_telling_names {
        return Ok(());
    }
    let names: HashSet<Box<[u8]>> = done.held.names().map(Box::from).collect();
    let holders: BTreeSet<Holder> = done.held.holders().chain(skipped.iter().copied()).collect();
    let holders: Vec<Holder> = holders.into_iter().collect();
    let located = source.locate(&Wanted {
        holders: &holders,
        is_wanted: &|name| names.contains(name) || shared.named.begin(name).is_some(),
    })?;
    let commits: Vec<_> = located.commits.iter().map(bounded).collect();
    let atlas = Atlas::new(&located, &commits, &names);
    for skip in &mut done.coverage.skipped {
        if let Some(holder) = skip.holder {
            let accepts = |what: &[u8]| shared.config.policy.accepts(what);
            skip.what = atlas.missed_at(&holder, &skip.what, &accepts);
        }
    }
    let (ruleset, config) = (shared.scanner.ruleset(), shared.config);
    done.hidden.extend(done.held.values());
    for group in std::mem::take(&mut done.held).into_groups() {
        for placed in atlas.spread(group).finish(ruleset, config) {
            done.merger.add(placed);
        }
    }
    let (spreads, unread) = atlas.named(source, shared, &skipped);
    for spread in spreads {
        for placed in spread.finish(ruleset, config) {
            done.merger.add(placed);
        }
    }
    done.coverage.skipped.extend(unread);
    done.coverage.skipped.extend(located.skips);
    Ok(())
}

/// Values in what is shown of places in a repository: a commit that is named need not be one of those
/// that were scanned.
pub(super) fn values_shown(
    findings: &[Placed],
    skips: &[Skip],
    scanner: &Scanner,
) -> Vec<(Secret, String)> {
    let mut texts: BTreeSet<&[u8]> = BTreeSet::new();
    for placed in findings {
        let first = [(&placed.path, &placed.git)];
        let further = placed.places.iter().map(|place| (&place.path, &place.git));
        for (path, origin) in further.chain(first) {
            let Some(origin) = origin else { continue };
            texts.insert(path);
            if let Some(commit) = &origin.commit {
                texts.extend([commit.author.as_slice(), commit.subject.as_slice()]);
            }
        }
    }
    let skips = skips.iter().filter(|skip| skip.holder.is_some());
    texts.extend(skips.map(|skip| skip.what.as_slice()));
    let (mut scratch, mut locals) = (scanner.scratch(), Default::default());
    let (mut found, mut values) = (Vec::new(), Vec::new());
    for text in texts {
        scanner.scan(text, &mut scratch, &mut locals);
        let lost = scanner
            .describer()
            .describe(text, &locals.found, &mut found);
        values.extend(lost.into_iter().map(|loser| (loser.secret, loser.masked)));
        values.extend(found.drain(..).map(|f| (f.secret, f.masked)));
    }
    values
}

/// Where everything stands.
struct Atlas<'a> {
    located: &'a Located,
    commits: &'a [Arc<Commit>],
    of: HashMap<Holder, Vec<&'a Site>>,
    /// Where names stand that hold a value, with where they end in the path.
    names: HashMap<&'a [u8], Vec<(&'a Site, usize)>>,
}

impl<'a> Atlas<'a> {
    fn new(located: &'a Located, commits: &'a [Arc<Commit>], wanted: &HashSet<Box<[u8]>>) -> Self {
        let mut of: HashMap<_, Vec<_>> = HashMap::new();
        let mut names: HashMap<_, Vec<_>> = HashMap::new();
        for site in &located.sites {
            if let Some(part) = site.asked {
                let asked = Holder {
                    part,
                    ..site.holder
                };
                of.entry(asked).or_default().push(site);
            }
            if wanted.is_empty() || !matches!(site.asked, None | Some(Part::FileName)) {
                continue;
            }
            let mut end = 0;
            for name in site.path.split(|&byte| byte == b'/') {
                end += name.len();
                if wanted.contains(name) {
                    names.entry(name).or_default().push((site, end));
                }
                end += 1;
            }
        }
        Self {
            located,
            commits,
            of,
            names,
        }
    }

    fn commit(&self, site: &Site) -> Option<&'a Arc<Commit>> {
        self.commits.get(site.commit? as usize)
    }

    /// What is not scanned of an object, by the path at which it stood first and is missed: that it is
    /// accepted at one path says nothing of others. `below` follows the path of the object.
    fn missed_at(&self, holder: &Holder, below: &[u8], accepts: &dyn Fn(&[u8]) -> bool) -> Vec<u8> {
        let sites = self.of.get(holder).into_iter().flatten();
        let missed = sites.map(|site| {
            let order = self.commit(site).map_or(u32::MAX, |commit| commit.order);
            let what = [&site.path, below].concat();
            (accepts(&what), !site.reachable, order, what)
        });
        let first = missed.min().map(|(.., what)| what);
        first.unwrap_or_else(|| [&nowhere(holder), below].concat())
    }

    /// One value at every place.
    fn spread(&self, group: Group) -> Spread<'a> {
        let mut spread = Spread::new(group.texts);
        let (mut number, mut last) = (0, None);
        let mut path = Vec::new();
        for met in &group.met {
            number += u32::from(last.is_some_and(|last| last != met.holder));
            last = Some(met.holder);
            let lost = offer(met, number);
            if met.holder.part == Part::FileName {
                let sites = self.names.get(&*met.path).map_or(&[][..], Vec::as_slice);
                for &(site, end) in sites {
                    // What stands at the end of the path is a file, of which only the name counts.
                    let part = Part::FileName;
                    let holder = Holder {
                        part,
                        ..site.holder
                    };
                    let offer = self.at(site, lost);
                    let offer = Offer {
                        part,
                        holder,
                        ..offer
                    };
                    spread.add(&site.path[..end], offer);
                }
                if sites.is_empty() {
                    path.clear();
                    path.extend_from_slice(&nowhere(&met.holder));
                    path.push(b'/');
                    path.extend_from_slice(&met.path);
                    spread.add(&path, lost);
                }
                continue;
            }
            let sites = self.of.get(&met.holder).map_or(&[][..], Vec::as_slice);
            for site in sites {
                path.clear();
                path.extend_from_slice(&site.path);
                path.extend_from_slice(&met.path);
                spread.add(&path, self.at(site, lost));
            }
            if sites.is_empty() {
                path = nowhere(&met.holder);
                path.extend_from_slice(&met.path);
                spread.add(&path, lost);
            }
        }
        spread
    }

    /// An offer at a site, which knows better what the object is.
    fn at(&self, site: &Site, lost: Offer<'a>) -> Offer<'a> {
        let is_own = lost.part == lost.holder.part;
        Offer {
            part: if is_own { site.holder.part } else { lost.part },
            holder: site.holder,
            commit: self.commit(site),
            reachable: site.reachable,
            ..lost
        }
    }

    /// Judges every file whose name makes it a candidate, by its lines; what cannot be read is a skip,
    /// unless it is one already.
    fn named(
        &self,
        source: &dyn Source,
        shared: &Shared<'_>,
        skipped: &HashSet<Holder>,
    ) -> (Vec<Spread<'a>>, Vec<Skip>) {
        let sites = self.located.sites.iter().filter(|site| {
            let is_file = site.asked.is_none() && site.holder.part == Part::Content;
            is_file && shared.named.begin(&site.path).is_some()
        });
        let mut sites: Vec<_> = sites.collect();
        sites.sort_by_key(|site| site.holder);
        let mut spreads: BTreeMap<RuleIndex, Spread<'a>> = BTreeMap::new();
        let (mut unread, mut findings) = (Vec::new(), Vec::new());
        for (sites, number) in sites.chunk_by(|a, b| a.holder == b.holder).zip(0..) {
            let holder = sites[0].holder;
            let bytes = source.read(&holder);
            if bytes.is_none() && !skipped.contains(&holder) {
                unread.extend(sites.iter().map(|site| Skip {
                    what: site.path.clone(),
                    holder: Some(holder),
                    reason: SkipReason::Missing("it could not be read to judge its lines"),
                }));
            }
            for &site in sites {
                let Some(mut lines) = shared.named.begin(&site.path) else {
                    continue;
                };
                lines.feed(bytes.as_deref().unwrap_or_default());
                lines.finish(shared.scanner.ruleset(), &mut findings);
                for finding in findings.drain(..) {
                    let spread = spreads.entry(finding.rule);
                    let spread = spread.or_insert_with(|| Spread::new(Vec::new()));
                    let lost = Offer {
                        part: Part::Content,
                        spot: None,
                        confidence: finding.confidence,
                        text: text_of(spread.texts(), finding),
                        holder,
                        number,
                        commit: None,
                        reachable: false,
                    };
                    spread.add(&site.path, self.at(site, lost));
                }
            }
        }
        (spreads.into_values().collect(), unread)
    }
}

/// A commit whose texts can be shown at every place that it brought something to. A text that is too
/// long is left out whole: the rest of a value that is cut in two would not be known for one.
fn bounded(commit: &Commit) -> Arc<Commit> {
    let bounded = |text: &[u8]| match text.len() {
        0..=TEXT_BYTES_MAX => text.to_vec(),
        n => format!("({n} bytes)").into_bytes(),
    };
    Arc::new(Commit {
        author: bounded(&commit.author),
        subject: bounded(&commit.subject),
        ..*commit
    })
}

/// What is known of a place without its site.
fn offer<'a>(met: &Met, number: u32) -> Offer<'a> {
    Offer {
        part: met.part,
        spot: met.spot,
        confidence: met.confidence,
        text: met.text,
        holder: met.holder,
        number,
        commit: None,
        reachable: false,
    }
}

/// What stands for the path of an object that stands nowhere.
fn nowhere(holder: &Holder) -> Vec<u8> {
    match holder.part {
        Part::CommitMessage => b"(commit message)".to_vec(),
        Part::TagMessage => b"(tag message)".to_vec(),
        Part::Author => b"(author)".to_vec(),
        _ => format!("(object {})", holder.id).into_bytes(),
    }
}
