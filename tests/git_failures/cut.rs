//! Packs that are cut short while they are read.

use std::fs::{self, OpenOptions};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::world::World;

#[test]
fn a_pack_cut_short_while_it_is_read_is_named() {
    let world = World::new();
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..12 {
        let noise: String = (0..400_000).map(|_| random.alphanumeric()).collect();
        world.write(format!("noise{n}"), noise);
    }
    world.commit("noise");
    world.git(["repack", "-adq"]);
    let pack = world.packs("pack").remove(0);
    let sound = fs::read(&pack).expect("read");
    for round in 0..12_u64 {
        world.write(&pack, &sound);
        let (len, wait) = (random.u64(0..sound.len() as u64), round * 12);
        let ran = thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(Duration::from_millis(wait));
                let file = OpenOptions::new().write(true).open(&pack).expect("opened");
                file.set_len(len).expect("cut");
            });
            world.leakgate(&["git", "-q", "--format", "json"])
        });
        // Where it was cut after all had been read, nothing was lost.
        let report: Value = serde_json::from_str(&ran.said).expect("the report is JSON");
        let n_bytes = report["coverage"]["bytes"].as_u64();
        let is_late = ran.status == Some(0) && n_bytes >= Some(12 * 400_000);
        let fine = matches!(ran.status, Some(1 | 3)) || is_late;
        assert!(fine, "{:?} at {wait} ms: {}", ran.status, ran.said);
    }
}
