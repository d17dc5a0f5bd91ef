//! Random damage: whatever is lost is named, and nothing stops the scan.

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use leakgate::blob::SkipReason;
use leakgate::scan::Status;

use crate::world::{World, token};

/// The longest that a scan of a few kilobytes may take on a busy machine.
const SCAN_MAX: Duration = Duration::from_secs(20);

/// A repository and all of its files that hold data.
struct Ground {
    name: &'static str,
    world: World,
    files: Vec<(PathBuf, Vec<u8>)>,
    values: BTreeSet<String>,
}

#[test]
fn damage_is_never_silent() {
    let number = |name: &str| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let rounds = number("LEAKGATE_ROUNDS").unwrap_or(150);
    let seed = number("LEAKGATE_SEED").unwrap_or(1);
    let grounds = grounds();
    let mut wrong = Vec::new();
    for round in seed..seed + rounds {
        let ground = &grounds[round as usize % grounds.len()];
        if let Err(what) = ground.try_one(&mut Rng::with_seed(round)) {
            wrong.push(format!("{} seed {round}: {what}", ground.name));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {rounds}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn grounds() -> Vec<Ground> {
    let packed = |world: &World| drop(world.git(["repack", "-adfq", "--depth=20"]));
    let two = |world: &World| {
        world.git(["repack", "-adfq"]);
        world.write("late", token(20));
        world.commit("late");
        world.git(["repack", "-dq"]);
        world.git(["multi-pack-index", "write"]);
    };
    let old = |world: &World| {
        drop(world.git(["-c", "pack.indexVersion=1", "repack", "-adfq"]));
    };
    vec![
        Ground::new("packed", &[], packed),
        Ground::new("loose", &[], |_| {}),
        Ground::new("sha256", &["--object-format=sha256"], packed),
        Ground::new("reftable", &["--ref-format=reftable"], |_| {}),
        Ground::new("two packs", &[], two),
        Ground::new("old index", &[], old),
    ]
}

impl Ground {
    fn new(name: &'static str, init: &[&str], finish: impl Fn(&World)) -> Self {
        let world = World::with(init);
        let mut text: String = (0..200).map(|n| format!("line {n} of many\n")).collect();
        for n in 0..6 {
            text = text.replacen(
                &format!("line {}0 ", n + 1),
                &format!("x = {} ", token(n)),
                1,
            );
            world.write("folder/text", &text);
            world.write(format!("other{n}"), token(100 + n));
            world.write(format!("named/{}", token(200 + n)), "plain");
            world.commit(&format!("change\n\n{}", token(300 + n)));
        }
        world.git(["tag", "-a", "-m", &token(400), "v1"]);
        world.git(["notes", "add", "-m", &token(401)]);
        finish(&world);
        world.git(["pack-refs", "--all"]);
        let mut files = Vec::new();
        list(&world.path(".git"), &mut files);
        files.sort();
        let seen = world.scan(1).expect("it is a repository");
        assert_eq!(seen.skips, [], "{name}");
        assert!(seen.values.len() >= 26, "{name}: {}", seen.values.len());
        Self {
            name,
            world,
            files,
            values: seen.values,
        }
    }

    /// Damages some files, scans, and mends them.
    fn try_one(&self, random: &mut Rng) -> Result<(), String> {
        let n = if random.bool() { 1 } else { random.usize(1..4) };
        let mut done = Vec::new();
        for _ in 0..n {
            let (path, bytes) = &self.files[random.usize(0..self.files.len())];
            let other = &self.files[random.usize(0..self.files.len())].1;
            let (what, damaged) = damaged(bytes, other, n == 1, random);
            done.push(format!("{what} {}", self.shown(path)));
            match damaged {
                Some(damaged) => fs::write(path, damaged).map_err(|e| e.to_string())?,
                None => drop(fs::remove_file(path)),
            }
        }
        let started = Instant::now();
        let seen = catch_unwind(AssertUnwindSafe(|| self.world.scan(1)));
        let verdict = self.judge(seen, started.elapsed());
        for (path, bytes) in &self.files {
            if fs::read(path).ok().as_ref() != Some(bytes) {
                fs::write(path, bytes).map_err(|error| error.to_string())?;
            }
        }
        verdict.map_err(|wrong| format!("{wrong} after {}", done.join(", ")))
    }

    fn judge(
        &self,
        seen: std::thread::Result<leakgate::error::Result<crate::world::Seen>>,
        took: Duration,
    ) -> Result<(), String> {
        if took > SCAN_MAX {
            return Err(format!("took {took:?}"));
        }
        let Ok(seen) = seen else {
            return Err("a panic".to_owned());
        };
        // No repository any more, or none that is understood, is said so.
        let Ok(seen) = seen else { return Ok(()) };
        if seen
            .skips
            .iter()
            .any(|skip| skip.reason == SkipReason::Panicked)
        {
            return Err("a panic that was caught".to_owned());
        }
        let n_lost = self.values.difference(&seen.values).count();
        if n_lost > 0 && seen.skips.is_empty() || seen.status == Status::Clean {
            return Err(format!("{n_lost} values lost in silence"));
        }
        Ok(())
    }

    fn shown(&self, path: &Path) -> String {
        let path = path.strip_prefix(&self.world.folder).unwrap_or(path);
        path.display().to_string()
    }
}

/// What damage was done, and what is left of a file.
fn damaged(
    bytes: &[u8],
    other: &[u8],
    alone: bool,
    random: &mut Rng,
) -> (&'static str, Option<Vec<u8>>) {
    let mut new = bytes.to_vec();
    let at = random.usize(0..=new.len().saturating_sub(1));
    let end = new.len().min(at + random.usize(1..40));
    let what = match random.u8(0..9) {
        // Of two that are gone one may be all that named the other.
        0 if alone => return ("removed", None),
        1 if alone => {
            new = other.to_vec();
            "replaced"
        }
        2 => {
            new.truncate(at);
            "cut"
        }
        3 => {
            new[at..end].fill(0);
            "zeroed"
        }
        4 => {
            new[at..end]
                .iter_mut()
                .for_each(|byte| *byte = random.u8(..));
            "overwrote"
        }
        5 => {
            new.splice(at..at, (0..9).map(|_| random.u8(..)));
            "put something in"
        }
        6 => {
            new.drain(at..end);
            "took something out of"
        }
        _ => {
            if let Some(byte) = new.get_mut(at) {
                *byte ^= 1 << random.u8(0..8);
            }
            "flipped a bit of"
        }
    };
    (what, Some(new))
}

/// All files that hold objects, names or lists; not the samples of hooks.
fn list(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("it is listed") {
        let path = entry.expect("it is listed").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "hooks") {
                list(&path, files);
            }
            continue;
        }
        let bytes = fs::read(&path).expect("it is read");
        // What git made read-only is written anew again and again.
        fs::remove_file(&path).expect("it is removed");
        fs::write(&path, &bytes).expect("it is written");
        files.push((path, bytes));
    }
}
