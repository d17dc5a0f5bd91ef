//! The table of kinds in the README is the code's own.

use leakgate::unpack::{KINDS, Open};

#[test]
fn the_readme_lists_every_kind() {
    let mut table = String::from("| kind | usual endings | |\n|---|---|---|\n");
    for kind in KINDS {
        let how = match kind.open {
            Open::Stream(_) | Open::Store(_) => "opened",
            Open::Besides(_) => "opened, besides its raw bytes",
            Open::Never => "named as not opened; its raw bytes are scanned",
        };
        let endings = kind.endings.split(' ').map(|ending| format!("`{ending}`"));
        let endings = endings.collect::<Vec<_>>().join(" ");
        table += &format!("| {} | {endings} | {how} |\n", kind.name);
    }
    let readme = include_str!("../../README.md");
    assert!(
        readme.contains(&table),
        "the README needs this table:\n\n{table}"
    );
}
