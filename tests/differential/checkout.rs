//! What a history says against what scanning each of its versions in a folder says.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::history::History;
use crate::packing::PACKINGS;
use crate::rounds;
use crate::world::World;

/// A rule, a value and a path at which it stands.
type Found = (String, String, String);

/// Every place of every finding.
fn places(report: &Value) -> BTreeSet<Found> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut places = BTreeSet::new();
    for finding in report["findings"].as_array().expect("findings are a list") {
        let further = finding["places"].as_array().cloned().unwrap_or_default();
        for place in std::iter::once(finding).chain(&further) {
            let path = text(&place["path"]);
            let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
            places.insert((text(&finding["rule"]), text(&finding["secret"]), path));
        }
    }
    places
}

#[test]
fn every_version_says_what_its_checkout_says() {
    let (mut histories, mut places_met) = (0, 0);
    for seed in rounds(2) {
        let seed = seed + 500;
        let history = History::make(seed, 25);
        let world = World::new();
        // These two lose nothing, not even commits that no reference holds.
        let packing = [2, 5][seed as usize % 2];
        (PACKINGS[packing].write)(&world, &history, seed);
        let mut found = places(&world.leakgate_git(&[]));
        // Versions that were never committed stand nowhere.
        found.retain(|(_, _, path)| !path.starts_with("(object "));
        let mut expected = BTreeSet::new();
        for (n, commit) in history.commits.iter().enumerate() {
            let folder = world.beside(&format!("checkout{n}"));
            fs::create_dir(&folder).expect("a folder is made");
            for (path, blob) in &commit.files {
                let path = folder.join(path);
                let above = path.parent().expect("it lies in a folder");
                fs::create_dir_all(above).expect("a folder is made");
                fs::write(path, &history.blobs[*blob].bytes).expect("a file is written");
            }
            expected.append(&mut places(&world.leakgate_scan(&folder)));
            fs::remove_dir_all(&folder).expect("it can be removed");
        }
        let missed: Vec<_> = expected.difference(&found).take(5).collect();
        let invented: Vec<_> = found.difference(&expected).take(5).collect();
        assert!(
            missed.is_empty() && invented.is_empty(),
            "seed {seed}: of {} places missed {missed:#?}, invented {invented:#?}",
            expected.len()
        );
        histories += 1;
        places_met += expected.len();
    }
    assert!(
        places_met > 10 * histories,
        "only {places_met} in {histories} histories"
    );
}
