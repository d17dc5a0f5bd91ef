//! Builds the table behind `leakgate::randomness::score` and measures how well it tells.
//!
//! ```text
//! cargo run --release --example randomness -- build FOLDER    rewrites src/randomness/bigrams.bin
//! cargo run --release --example randomness -- auc FOLDER      identifiers against random values
//! ```
//!
//! FOLDER is what `benches/fetch-trees.sh` makes: a folder for each package. An identifier is a
//! maximal run of ASCII letters, digits, `_` and `-` of 3 to 100 bytes in files without a NUL, seen
//! in at least two files. What packages hold of keys, hashes and encoded data is no text and falls
//! to a test that knows nothing of bigrams: an identifier counts only if one of its pieces is a known
//! word, or if it is 12 bytes or longer and holds a known word of 6 to 16 letters anywhere. Known
//! are words of 4 letters or more that stand alone in ten files of three packages. A quarter of
//! the identifiers, chosen by their CRC-32, is never built from; those are what `auc` measures.
//!
//! The same folder makes the same table, in whatever order its files are listed.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;

use fastrand::Rng;
use leakgate::randomness;
use leakgate::randomness::bigram::{CLASSES, EDGE, UNITS, class, steps};

/// Where the table stands.
const TABLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/randomness/bigrams.bin");
/// Share of text where a character is repeated, whatever it is: what placeholders are made of.
const REPEATED: f64 = 0.08;
/// Share of text where the next letter or digit follows, whatever it is.
const COUNTED: f64 = 0.06;
/// Lengths at which values are told apart, in bytes; an identifier counts for the next lower one.
const LENGTHS: [usize; 7] = [12, 16, 20, 24, 32, 40, 64];
/// Random values of each length and alphabet.
const RANDOM: usize = 10_000;
/// The alphabets of random values: names and characters.
const ALPHABETS: [(&str, &str); 4] = [
    ("hex", "0123456789abcdef"),
    ("a-z0-9", "0123456789abcdefghijklmnopqrstuvwxyz"),
    (
        "base62",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    ),
    (
        "base64",
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/",
    ),
];

/// How often an identifier was seen.
#[derive(Default)]
struct Seen {
    files: u32,
    packages: u32,
    last_file: usize,
    last_package: usize,
}

type Identifiers = HashMap<Box<[u8]>, Seen>;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["build", folder] => build(&identifiers(Path::new(folder))),
        ["auc", folder] => auc(&identifiers(Path::new(folder))),
        _ => {
            say("usage: randomness build FOLDER | auc FOLDER");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::print_stdout, reason = "a bench reports to its terminal")]
fn say(line: &str) {
    println!("{line}");
}

/// The identifiers of all text files in a folder of packages that are made of words.
fn identifiers(folder: &Path) -> Identifiers {
    let mut all = Identifiers::new();
    let mut package = (None, 0);
    let mut walk = ignore::WalkBuilder::new(folder);
    walk.standard_filters(false).sort_by_file_name(Ord::cmp);
    for (n, entry) in walk.build().enumerate() {
        let entry = entry.expect("the folder can be read");
        let below = entry.path().strip_prefix(folder);
        let name = below.ok().and_then(|path| path.components().next());
        let name = name.map(|name| name.as_os_str().to_owned());
        if name != package.0 {
            package = (name, package.1 + 1);
        }
        if entry.file_type().is_some_and(|kind| kind.is_file()) {
            let bytes = std::fs::read(entry.path()).expect("the file can be read");
            if memchr::memchr(0, &bytes).is_none() {
                collect(&bytes, n + 1, package.1, &mut all);
            }
        }
    }
    all.retain(|_, seen| seen.files >= 2);
    let words = words(&all);
    all.retain(|identifier, _| is_text(identifier, &words));
    all
}

fn collect(bytes: &[u8], file: usize, package: usize, all: &mut Identifiers) {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let runs = bytes.split(|byte| !inside(byte));
    for run in runs.filter(|run| (3..=100).contains(&run.len())) {
        if !all.contains_key(run) {
            all.insert(run.into(), Seen::default());
        }
        if let Some(seen) = all.get_mut(run) {
            seen.files += u32::from(seen.last_file != file);
            seen.packages += u32::from(seen.last_package != package);
            (seen.last_file, seen.last_package) = (file, package);
        }
    }
}

/// The known words, in lower case.
fn words(all: &Identifiers) -> HashSet<Vec<u8>> {
    let stands_alone = |word: &[u8]| {
        word.len() >= 4
            && word[0].is_ascii_alphabetic()
            && word[1..].iter().all(u8::is_ascii_lowercase)
            && word.iter().collect::<HashSet<_>>().len() > 2
    };
    all.iter()
        .filter(|(word, seen)| seen.files >= 10 && seen.packages >= 3 && stands_alone(word))
        .map(|(word, _)| word.to_ascii_lowercase())
        .collect()
}

fn is_text(identifier: &[u8], words: &HashSet<Vec<u8>>) -> bool {
    let folded = identifier.to_ascii_lowercase();
    let whole = |piece: &[u8]| words.contains(&piece.to_ascii_lowercase());
    let inside = |start: usize| {
        let ends = start + 6..=folded.len().min(start + 16);
        ends.into_iter()
            .any(|end| words.contains(&folded[start..end]))
    };
    pieces(identifier).any(whole) || identifier.len() >= 12 && (0..folded.len()).any(inside)
}

/// The runs of letters in an identifier, cut at the seams of camelCase and HTTPServer.
fn pieces(identifier: &[u8]) -> impl Iterator<Item = &[u8]> {
    let runs = identifier.split(|byte| !byte.is_ascii_alphabetic());
    runs.flat_map(|mut run| {
        std::iter::from_fn(move || {
            let is_lower = |at: usize| run.get(at).is_some_and(u8::is_ascii_lowercase);
            let seam = |&at: &usize| !is_lower(at) && (is_lower(at - 1) || is_lower(at + 1));
            let cut = (1..run.len()).find(seam).unwrap_or(run.len());
            let (piece, rest) = run.split_at(cut);
            run = rest;
            (!piece.is_empty()).then_some(piece)
        })
    })
}

fn is_held_out(identifier: &[u8]) -> bool {
    crc32fast::hash(identifier).is_multiple_of(4)
}

/// Writes the table, and prints what the model of case would be.
fn build(all: &Identifiers) {
    let mut counts = [[1u64; CLASSES]; CLASSES];
    let mut cases = [[1u64; 2]; 3];
    let known = all.iter().filter(|(known, _)| !is_held_out(known));
    for (identifier, seen) in known {
        // What stands in many files is more typical, but no word is typical of everything.
        let weight = 2 * u64::from(1 + seen.files.ilog2());
        for (from, to) in steps(identifier) {
            counts[from][to] += weight;
        }
        if identifier.iter().any(u8::is_ascii_lowercase)
            && identifier.iter().any(u8::is_ascii_uppercase)
        {
            count_cases(identifier, weight, &mut cases);
        }
    }
    let units = |share: f64| (-share.log2() * UNITS).round().min(255.0) as u8;
    let mut table = Vec::new();
    for (from, row) in counts.iter().enumerate() {
        let sum = row.iter().sum::<u64>() as f64;
        for (to, &n) in row.iter().enumerate() {
            let repeated = f64::from(from < EDGE && to == from) * REPEATED;
            let counted = f64::from(from < EDGE && after(from) == Some(to)) * COUNTED;
            let share = n as f64 / sum * (1.0 - REPEATED - COUNTED);
            table.push(units(share + repeated + counted));
        }
    }
    std::fs::write(TABLE, table).expect("the table can be written");
    let case = cases.map(|row| row.map(|n| units(n as f64 / (row[0] + row[1]) as f64)));
    say(&format!("{} identifiers; CASE is {case:?}", all.len()));
}

/// The class of the next letter or digit; 0 comes after 9, nothing after Z.
fn after(from: usize) -> Option<usize> {
    match from {
        _ if from == class(b'z') => None,
        _ if from == class(b'9') => Some(class(b'0')),
        _ => Some(from + 1),
    }
}

fn count_cases(identifier: &[u8], weight: u64, cases: &mut [[u64; 2]; 3]) {
    let case_of = |byte: &u8| match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        _ => 2,
    };
    let mut last = 2;
    for case in identifier.iter().map(case_of) {
        if case < 2 {
            cases[last][case] += weight;
        }
        last = case;
    }
}

/// Prints for each length and alphabet the area under the curve of true over false positives, and
/// how many random values score above all but 1 % and all but 0.1 % of the identifiers.
fn auc(all: &Identifiers) {
    let names = ALPHABETS.map(|(name, _)| format!(" {name:^21} |"));
    say(&format!("|  n |  text |{}", names.concat()));
    for (at, &len) in LENGTHS.iter().enumerate() {
        let lens = len..LENGTHS.get(at + 1).copied().unwrap_or(usize::MAX);
        let fits = |text: &&[u8]| lens.contains(&text.len()) && is_held_out(text);
        let texts = all.keys().map(|text| &text[..]).filter(fits);
        let mut texts: Vec<f64> = texts.map(randomness::score).collect();
        texts.sort_by(f64::total_cmp);
        let mut row = format!("| {len:2} | {:5} |", texts.len());
        for (_, alphabet) in ALPHABETS {
            let random = random(alphabet.as_bytes(), len);
            row += &format!(" {} |", compared(&random, &texts));
        }
        say(&row);
    }
}

/// The scores of random values.
fn random(alphabet: &[u8], len: usize) -> Vec<f64> {
    let mut random = Rng::with_seed(len as u64);
    let mut value = vec![0; len];
    let mut score = |_| {
        value.fill_with(|| alphabet[random.usize(..alphabet.len())]);
        randomness::score(&value)
    };
    (0..RANDOM).map(&mut score).collect()
}

/// `texts` are sorted.
fn compared(random: &[f64], texts: &[f64]) -> String {
    let below = |score: &f64| {
        let less = texts.partition_point(|text| text < score);
        let most = texts.partition_point(|text| text <= score);
        (less + most) as f64 / 2.0
    };
    let auc = random.iter().map(below).sum::<f64>() / (random.len() * texts.len()) as f64;
    let above = |share: f64| {
        let floor = texts[(texts.len() as f64 * share) as usize];
        let n = random.iter().filter(|&&score| score > floor).count();
        100.0 * n as f64 / random.len() as f64
    };
    format!("{auc:.4} {:6.2} {:6.2}", above(0.99), above(0.999))
}
