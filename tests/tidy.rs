//! Holds the tree to its map in `src/lib.rs`: layers, file length, tables that equal their folders.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Layer of each top-level module; a module imports lower layers only.
const LAYERS: &[(&str, u8)] = &[
    ("error", 0),
    ("git", 0),
    ("level", 0),
    ("randomness", 0),
    ("secret", 1),
    ("blob", 1),
    ("plausible", 1),
    ("validate", 1),
    ("config", 2),
    ("decode", 2),
    ("rule", 2),
    ("coverage", 3),
    ("finding", 3),
    ("settings", 3),
    ("describe", 4),
    ("inspect", 4),
    ("matcher", 4),
    ("place", 4),
    ("report", 4),
    ("source", 4),
    ("unpack", 4),
    ("scan", 5),
    ("selftest", 6),
    ("cli", 7),
];

/// Modules that touch nothing outside the process: no file, clock, environment or thread.
const PURE: &[&str] = &[
    "blob",
    "config",
    "coverage",
    "decode",
    "describe",
    "finding",
    "git",
    "inspect",
    "level",
    "place",
    "randomness",
    "rule",
    "secret",
    "settings",
    "validate",
];

const FILE_LINES_MAX: usize = 500;

#[test]
fn imports_go_down_the_layers() {
    let mut wrong = Vec::new();
    for path in sources() {
        let from = top_module(&path);
        if from == "lib" || from == "main" {
            continue;
        }
        for (n, line) in read(&path).lines().enumerate() {
            for to in crate_paths(line) {
                if to != from && layer(to) >= layer(&from) {
                    wrong.push(format!("{}:{}: {from} imports {to}", path.display(), n + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_has_a_layer() {
    let modules: BTreeSet<_> = sources().iter().map(|path| top_module(path)).collect();
    for module in modules
        .iter()
        .filter(|module| !matches!(&module[..], "lib" | "main"))
    {
        layer(module);
    }
    for (module, _) in LAYERS {
        assert!(
            modules.contains(*module),
            "{module} has a layer but no file"
        );
    }
}

#[test]
fn the_pure_part_touches_nothing_outside() {
    let outside = [
        "std::fs",
        "std::env",
        "std::thread",
        "std::net",
        "std::process",
        "Instant::now",
        "SystemTime",
    ];
    for path in sources()
        .iter()
        .filter(|path| PURE.contains(&&top_module(path)[..]))
    {
        for word in outside {
            assert!(!read(path).contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn files_stay_short() {
    for path in sources() {
        let n_lines = read(&path).lines().count();
        assert!(
            n_lines <= FILE_LINES_MAX,
            "{}: {n_lines} lines",
            path.display()
        );
    }
}

#[test]
fn files_say_what_they_hold() {
    for path in sources() {
        assert!(
            read(&path).starts_with("//!"),
            "{} has no header",
            path.display()
        );
    }
}

#[test]
fn formats_equal_their_folder() {
    // What formats share stands beside them.
    let shared = ["mod", "escape", "origin", "style", "view"];
    let files: BTreeSet<_> = stems("src/report")
        .difference(&shared.map(str::to_owned).into())
        .cloned()
        .collect();
    let table: BTreeSet<_> = leakgate::report::FORMATS
        .iter()
        .map(|format| format.name.to_owned())
        .collect();
    assert_eq!(files, table);
}

#[test]
fn rule_files_equal_their_table() {
    let table: BTreeSet<_> = leakgate::rule::FILES
        .iter()
        .map(|file| file.name.to_owned())
        .collect();
    let files: BTreeSet<_> = stems("rules")
        .iter()
        .map(|stem| format!("rules/{stem}.toml"))
        .collect();
    assert_eq!(files, table);
    let rest = &leakgate::rule::FILES[1..];
    assert!(
        rest.is_sorted_by_key(|file| file.name),
        "after the shapes, files stand in order"
    );
}

#[test]
fn validators_are_sorted() {
    assert!(leakgate::validate::VALIDATORS.is_sorted_by_key(|validator| validator.name));
}

#[test]
fn paths_named_in_the_readme_exist() {
    let readme = read(Path::new("README.md"));
    let words = readme.split(|c: char| c.is_whitespace() || "`()[],".contains(c));
    let folders = ["src/", "rules/", "tests/", "benches/", "corpus/", ".ci/"];
    for word in words.filter(|word| folders.iter().any(|folder| word.starts_with(folder))) {
        let path = word.trim_end_matches(['.', ':', ';']);
        assert!(
            Path::new(path).exists(),
            "README.md names {path}, which does not exist"
        );
    }
}

/// Modules named after `crate::` in a line of code.
fn crate_paths(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    let code = if code.contains("pub(in") { "" } else { code };
    code.match_indices("crate::").map(|(at, key)| {
        let rest = &code[at + key.len()..];
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

fn layer(module: &str) -> u8 {
    let found = LAYERS.iter().find(|(name, _)| *name == module);
    found
        .unwrap_or_else(|| panic!("{module} has no layer: add it to LAYERS"))
        .1
}

fn top_module(path: &Path) -> String {
    let below = path.strip_prefix("src").expect("sources lie under src");
    let first = below.components().next().expect("a file name");
    stem(Path::new(first.as_os_str()))
}

fn stem(path: &Path) -> String {
    path.file_stem()
        .expect("a file name")
        .to_string_lossy()
        .into_owned()
}

fn stems(folder: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is readable");
    entries
        .map(|entry| stem(&entry.expect("the folder is readable").path()))
        .collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
