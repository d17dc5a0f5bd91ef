//! Counts what the search for literals samples, so that it looks for what is rare.
//!
//!     cargo run --release --example triples -- FOLDER
//!
//! Reads every file of a folder and rewrites `src/matcher/triples.bin`: the commonest triples of
//! bytes as the search hashes them (four bits of the first byte, the others without their case),
//! each with its share of all triples. The committed table is that of the large set of
//! `benches/fetch-trees.sh`. Same folder in, same table out.
//!
//! Format: for each triple, the commonest first, a little-endian `u32`: 4 bits of the first byte,
//! 8 of the second, 8 of the third, and 12 of its cost, which is minus 16 times log2 of the share.

use std::process::ExitCode;

/// Triples in the table.
const TRIPLES: usize = 2_048;

#[expect(clippy::print_stdout, reason = "printing is what this program is for")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = words.as_slice() else {
        println!("usage: triples FOLDER");
        return ExitCode::from(2);
    };
    let mut counts = vec![0u64; 1 << 20];
    for file in ignore::WalkBuilder::new(folder)
        .standard_filters(false)
        .build()
    {
        let Some(bytes) = file.ok().and_then(|file| std::fs::read(file.path()).ok()) else {
            continue;
        };
        for triple in bytes.windows(3) {
            counts[key(triple)] += 1;
        }
    }
    let n: u64 = counts.iter().sum();
    let mut keys: Vec<usize> = (0..counts.len()).collect();
    keys.sort_by_key(|&key| (std::cmp::Reverse(counts[key]), key));
    let table: Vec<u8> = keys[..TRIPLES]
        .iter()
        .flat_map(|&key| {
            let share = counts[key] as f64 / n.max(1) as f64;
            let cost = (-16.0 * share.log2()).round().clamp(0.0, 4_095.0) as u32;
            (key as u32 | cost << 20).to_le_bytes()
        })
        .collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/matcher/triples.bin");
    match std::fs::write(path, table) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{path}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// A triple as the search tells it from others.
fn key(triple: &[u8]) -> usize {
    let (a, b, c) = (triple[0] & 0x0F, triple[1] | 0x20, triple[2] | 0x20);
    usize::from(a) | usize::from(b) << 4 | usize::from(c) << 12
}
