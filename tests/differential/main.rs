//! `leakgate git` against `leakgate git --full`: what is inherited from version to version, along the
//! deltas of any pack, is what each version says by itself.
//!
//! `LEAKGATE_ROUNDS` sets the number of histories, `LEAKGATE_SEED` the first one; a history is drawn
//! from its own seed, so the one that a failure names fails again by itself.

mod checkout;
mod files;
mod history;
mod names;
mod packer;
mod packing;
mod pieces;
mod walked;
mod world;

use serde_json::Value;

use history::History;
use packing::PACKINGS;
use world::World;

/// Seeds of the histories that a test goes through that takes `usual` of them unless told otherwise.
fn rounds(usual: u64) -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let first = number("LEAKGATE_SEED").unwrap_or(0);
    first..first + number("LEAKGATE_ROUNDS").unwrap_or(usual)
}

/// What a report says of the findings, and of everything but them.
fn parts(report: &Value) -> (Vec<Value>, Value) {
    let mut rest = report.clone();
    let findings = rest["findings"].take();
    if let Some(coverage) = rest["coverage"].as_object_mut() {
        coverage.remove("seconds");
    }
    (findings.as_array().cloned().unwrap_or_default(), rest)
}

/// Holds two reports to the same findings and the same rest.
fn same(one: &Value, other: &Value, what: &str) {
    let ((found, rest), (expected, expected_rest)) = (parts(one), parts(other));
    let only = |of: &[Value], not: &[Value]| -> Vec<String> {
        let of = of.iter().filter(|finding| !not.contains(finding));
        of.map(Value::to_string).take(3).collect()
    };
    let (more, fewer) = (only(&found, &expected), only(&expected, &found));
    assert!(
        more.is_empty() && fewer.is_empty(),
        "{what}:\nonly by changes {more:#?}\nonly in full {fewer:#?}"
    );
    assert!(found == expected, "{what}: another order");
    assert_eq!(rest, expected_rest, "{what}");
}

#[test]
fn changes_say_what_full_readings_say() {
    let (mut n_found, mut n_versions, mut n_deltas, mut longest) = (0, 0, 0, 0);
    let mut rules = std::collections::BTreeSet::new();
    for seed in rounds(PACKINGS.len() as u64) {
        let packing = &PACKINGS[seed as usize % PACKINGS.len()];
        let history = History::make(seed, packing.versions);
        let world = World::new();
        (packing.write)(&world, &history, seed);
        let chains = world.chains();
        let is_made = chains.deltas > 0 && chains.longest >= packing.chain_min;
        assert!(is_made, "seed {seed}, {}: {chains:?}", packing.name);
        let what = |how: &str| format!("seed {seed}, packed as {}, {how}", packing.name);
        let full = world.leakgate_git(&["--full", "--jobs", "1"]);
        for (how, flags) in [
            ("one thread", &["--jobs", "1"][..]),
            ("two threads", &["--jobs", "2"]),
            ("two threads in full", &["--jobs", "2", "--full"]),
        ] {
            same(&world.leakgate_git(flags), &full, &what(how));
        }
        let findings = full["findings"].as_array().expect("a list");
        n_found += findings.len();
        rules.extend(findings.iter().map(|one| one["rule"].to_string()));
        n_versions += history.blobs.len();
        n_deltas += chains.deltas;
        longest = longest.max(chains.longest);
    }
    world::tell(&format!(
        "{n_versions} versions, {n_deltas} deltas, chains up to {longest}, \
         {n_found} findings of {} rules",
        rules.len()
    ));
    assert!(n_found > 100, "only {n_found} findings");
}

#[test]
fn a_chain_of_thousands_says_what_full_readings_say() {
    let history = History::chain(0, 4_200);
    let world = World::new();
    packing::chain(&world, &history);
    let chains = world.chains();
    assert!(chains.longest > 4_000, "{chains:?}");
    let full = world.leakgate_git(&["--full"]);
    same(&world.leakgate_git(&[]), &full, "one chain");
    let n_found = full["findings"].as_array().map_or(0, Vec::len);
    assert!(n_found > 100, "only {n_found} findings");
}
