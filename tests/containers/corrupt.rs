//! Containers of every kind with random damage: never a panic, never a stall, and never silence where a
//! member was lost.

use std::time::{Duration, Instant};

use crate::fixtures::{Fixture, all, documents, nested};
use crate::opened::open;

/// How many damaged files are opened.
fn rounds() -> usize {
    let rounds = std::env::var("LEAKGATE_ROUNDS").ok();
    rounds.and_then(|n| n.parse().ok()).unwrap_or(600)
}

/// Damages a file in one of the ways in which files come to harm.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) -> String {
    let at = random.usize(..bytes.len());
    let most = (bytes.len() - at).min(1 << random.u32(..10));
    let len = 1 + random.usize(..most);
    match random.u32(..7) {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << random.u32(..8),
        2 => bytes[at..at + len].fill(0),
        3 => bytes[at..at + len].fill_with(|| random.u8(..)),
        4 => drop(bytes.drain(at..at + len)),
        5 => {
            let again = bytes[at..at + len].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            for _ in 0..random.u32(1..8) {
                let at = random.usize(..bytes.len());
                bytes[at] = [0, 1, 0x7F, 0x80, 0xFF][random.usize(..5)];
            }
        }
    }
    format!("at {at}, {len} bytes")
}

/// Opens a damaged file and says what must not be.
fn check(fixture: &Fixture, bytes: &[u8]) -> Result<(), String> {
    let started = Instant::now();
    let opened = open(fixture.name, bytes);
    if started.elapsed() > Duration::from_secs(20) {
        return Err("it took too long".to_owned());
    }
    let failed = |(_, reason): &(String, String)| reason.contains("please report");
    if let Some((what, _)) = opened.skips.iter().find(|skip| failed(skip)) {
        return Err(format!("a panic at {what}"));
    }
    if !opened.skips.is_empty() {
        return Ok(());
    }
    // Other files bear such a name too: one that is of no kind any more promises nothing.
    let ambiguous = [".pack", ".bundle"]
        .iter()
        .any(|end| fixture.name.ends_with(end));
    if ambiguous && opened.paths() == [fixture.name] {
        return Ok(());
    }
    // A zstd frame without a checksum may seem to end early; the rest is scanned as what follows it.
    let follows = opened
        .paths()
        .iter()
        .any(|path| path.ends_with("(after the end)"));
    if fixture.name.ends_with(".zst") && follows {
        return Ok(());
    }
    let holds = |bytes: &[u8], text: &str| memchr::memmem::find(bytes, text.as_bytes()).is_some();
    for text in &fixture.texts {
        let found = opened.blobs.iter().any(|(_, bytes)| holds(bytes, text));
        // Where it stands as it is and nothing is checked, other bytes are another text.
        let changed = holds(&fixture.bytes, text) && !holds(bytes, text);
        if !found && !changed {
            return Err(format!(
                "{text} was lost in silence; scanned {:?}",
                opened.paths()
            ));
        }
    }
    Ok(())
}

#[test]
fn undamaged_fixtures_are_read_whole() {
    for fixture in all().into_iter().chain(nested()).chain(documents()) {
        let opened = open(fixture.name, &fixture.bytes);
        assert!(
            opened.skips.is_empty(),
            "{}: {:?}",
            fixture.name,
            opened.skips
        );
        check(&fixture, &fixture.bytes).unwrap_or_else(|told| panic!("{}: {told}", fixture.name));
    }
}

#[test]
fn damage_is_named_or_harmless() {
    let documents = documents().into_iter().map(|document| Fixture {
        texts: Vec::new(),
        ..document
    });
    let fixtures: Vec<_> = all().into_iter().chain(nested()).chain(documents).collect();
    for round in 0..rounds() {
        let fixture = &fixtures[round % fixtures.len()];
        let mut random = fastrand::Rng::with_seed(round as u64);
        let mut bytes = fixture.bytes.clone();
        let mut done = Vec::new();
        for _ in 0..random.u32(1..3) {
            if !bytes.is_empty() {
                done.push(damage(&mut bytes, &mut random));
            }
        }
        // What is left of a file that was cut to nothing holds nothing.
        if !bytes.is_empty()
            && let Err(told) = check(fixture, &bytes)
        {
            panic!("round {round}, {}, damaged {done:?}: {told}", fixture.name);
        }
    }
}
