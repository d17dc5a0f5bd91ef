//! What ignore files and `--exclude` leave out.

use std::collections::BTreeMap;
use std::fs;

use leakgate::error::Error;
use leakgate::source::{Excludes, IgnoreFiles};

use crate::collect::Tree;

/// Walks a tree of `files`, of which `ignores` are ignore files with their text.
#[track_caller]
fn check_ignores(
    ignores: &[(&str, &str)],
    files: &[&str],
    given: &[&str],
    excluded: &[(&'static str, u64)],
) {
    let tree = Tree::new(files);
    for (path, text) in ignores {
        tree.write(path, text);
    }
    let met = tree.all();
    let mut paths = met.paths();
    paths.retain(|path| !path.ends_with("ignore"));
    assert_eq!(paths, given);
    assert_eq!(met.excluded, excluded.iter().copied().collect());
    assert_eq!(met.skips, []);
}

#[track_caller]
fn check_excludes(globs: &[&str], given: &[&str], n_excluded: u64) {
    let tree = Tree::new(&[
        "top.rs",
        "src/a.rs",
        "src/gen/b.rs",
        "src/gen/c.txt",
        "gen/d.rs",
    ]);
    let mut files = tree.files(&[""]);
    files.excludes =
        Excludes::new(globs.iter().map(|glob| ("--exclude", *glob))).expect("globs are good");
    let met = tree.met(&files);
    assert_eq!(met.paths(), given);
    assert_eq!(
        met.excluded.get("exclude").copied().unwrap_or(0),
        n_excluded
    );
}

#[test]
fn git_store_is_left_out() {
    let tree = Tree::new(&[".git/config", "sub/.git", "sub/a", ".github/b"]);
    let met = tree.all();
    assert_eq!(met.paths(), [".github/b", "sub/a"]);
    assert_eq!(met.excluded, BTreeMap::from([("git-store", 2)]));
    let mut files = tree.files(&[""]);
    files.ignore_files = IgnoreFiles::Disregard;
    assert_eq!(tree.met(&files).excluded, met.excluded);
}

#[test]
fn gitignore_hides_by_name_folder_and_path() {
    check_ignores(
        &[(
            ".gitignore",
            "*.log\nbuild/\n/top\ndocs/*.txt\n# *.rs\n\\#x\n[broken\n",
        )],
        &[
            "a.log",
            "a.rs",
            "build/x/y",
            "d/build",
            "top",
            "d/top",
            "docs/a.txt",
            "docs/b/a.txt",
            "d/docs/a.txt",
            "#x",
        ],
        &["a.rs", "d/build", "d/docs/a.txt", "d/top", "docs/b/a.txt"],
        &[("gitignore", 5)],
    );
}

#[test]
fn negation_brings_back_but_not_below_a_hidden_folder() {
    check_ignores(
        &[
            (
                ".gitignore",
                "*.log\n!keep.log\nout/\n!out/keep.log\nlogs/*\n!logs/keep\n",
            ),
            ("d/.gitignore", "!*.log\nlast.log\n"),
        ],
        &[
            "a.log",
            "keep.log",
            "out/keep.log",
            "logs/a",
            "logs/keep",
            "d/a.log",
            "d/last.log",
        ],
        &["d/a.log", "keep.log", "logs/keep"],
        &[("gitignore", 4)],
    );
}

#[test]
fn leakgateignore_wins_beside_gitignore_and_deeper_files_win_over_both() {
    check_ignores(
        &[
            (".gitignore", "*.a\n!*.b\n"),
            (".leakgateignore", "!x.a\n*.b\n"),
            ("d/.gitignore", "x.a\n!x.b\n"),
        ],
        &["x.a", "y.a", "x.b", "d/x.a", "d/x.b", "d/y.b"],
        &["d/x.b", "x.a"],
        &[("gitignore", 2), ("leakgateignore", 2)],
    );
}

#[test]
fn patterns_with_odd_line_ends_count() {
    check_ignores(
        &[(".gitignore", "\u{feff}*.a\r\n*.b   \nc\\ \n*.d")],
        &["1.a", "1.b", "c ", "c", "1.d"],
        &["c"],
        &[("gitignore", 4)],
    );
}

#[test]
fn what_only_other_tools_understand_hides_nothing() {
    check_ignores(
        &[(".gitignore", "{a,b}\nc\t\n[d\nx\\ \\   \n")],
        &["a", "b", "{a,b}", "c", "c\t", "[d", "x", "x  "],
        &["[d", "a", "b", "c", "x"],
        &[("gitignore", 3)],
    );
}

#[test]
fn other_ignore_files_do_not_count() {
    check_ignores(
        &[
            (".ignore", "*"),
            (".rgignore", "*"),
            (".git/info/exclude", "*"),
        ],
        &["a"],
        &["a"],
        &[("git-store", 1)],
    );
}

#[test]
fn repository_in_the_tree_does_not_heed_the_gitignore_around_it() {
    check_ignores(
        &[
            (".gitignore", "*.a\n"),
            (".leakgateignore", "*.b\n"),
            ("inner/.gitignore", "*.c\n"),
        ],
        &[
            "1.a",
            "1.b",
            "inner/.git/x",
            "inner/1.a",
            "inner/1.b",
            "inner/d/1.a",
            "inner/d/1.c",
        ],
        &["inner/1.a", "inner/d/1.a"],
        &[("git-store", 1), ("gitignore", 2), ("leakgateignore", 2)],
    );
}

#[test]
fn ignore_files_above_the_target_count_up_to_its_repository() {
    let tree = Tree::new(&[
        "r/.git/x",
        "r/d/e/1.a",
        "r/d/e/1.b",
        "r/d/e/1.c",
        "r/d/e/x/1.d",
    ]);
    tree.write(".gitignore", "*.c\n");
    tree.write("r/.gitignore", "*.a\n/d/e/x\n/d/e/1.b\n");
    tree.write("r/d/.gitignore", "!/e/1.b\n");
    let met = tree.met(&tree.files(&["r/d/e"]));
    assert_eq!(met.paths(), ["r/d/e/1.b", "r/d/e/1.c"]);
    assert_eq!(met.excluded, BTreeMap::from([("gitignore", 2)]));

    fs::remove_dir_all(tree.path("r/.git")).expect("it is there");
    let met = tree.met(&tree.files(&["r/d/e"]));
    assert_eq!(met.blobs.len(), 4);
}

#[test]
fn folder_that_is_named_is_walked_though_it_is_ignored() {
    let tree = Tree::new(&[".git/x", "out/a", "out/b.log"]);
    tree.write(".gitignore", "out/\n*.log\n");
    assert_eq!(tree.met(&tree.files(&["out"])).paths(), ["out/a"]);
    let met = tree.met(&tree.files(&["out/b.log"]));
    assert_eq!(met.paths(), ["out/b.log"]);
}

#[test]
fn disregarded_ignore_files_hide_nothing() {
    let tree = Tree::new(&["a.log"]);
    tree.write(".gitignore", "*\n");
    tree.write(".leakgateignore", "*\n");
    let mut files = tree.files(&[""]);
    files.ignore_files = IgnoreFiles::Disregard;
    let met = tree.met(&files);
    assert_eq!(met.paths(), [".gitignore", ".leakgateignore", "a.log"]);
}

#[test]
fn ignore_file_beyond_its_limit_hides_nothing_and_is_named() {
    let tree = Tree::new(&["a"]);
    tree.write(".gitignore", &"a\n".repeat(1 << 20));
    let met = tree.all();
    assert_eq!(met.paths(), [".gitignore", "a"]);
    assert_eq!(met.skips, [(".gitignore".to_owned(), "limit")]);
}

#[test]
fn glob_without_slash_matches_any_name() {
    check_excludes(&["*.rs"], &["src/gen/c.txt"], 4);
    check_excludes(&["gen"], &["src/a.rs", "top.rs"], 2);
    check_excludes(&["src"], &["gen/d.rs", "top.rs"], 1);
}

#[test]
fn glob_with_slash_matches_the_path() {
    let without_src_gen = &["gen/d.rs", "src/a.rs", "top.rs"];
    check_excludes(&["src/gen"], without_src_gen, 1);
    check_excludes(&["src/gen/"], without_src_gen, 1);
    check_excludes(&["src/gen/**"], without_src_gen, 2);
    let without_top_gen = &["src/a.rs", "src/gen/b.rs", "src/gen/c.txt", "top.rs"];
    check_excludes(&["/gen"], without_top_gen, 1);
    check_excludes(&["./gen/*.rs"], without_top_gen, 1);
    check_excludes(
        &["src/*.rs", "*/gen/*.txt"],
        &["gen/d.rs", "src/gen/b.rs", "top.rs"],
        2,
    );
    check_excludes(
        &["top.rs/", "gen/d.rs/"],
        &[
            "gen/d.rs",
            "src/a.rs",
            "src/gen/b.rs",
            "src/gen/c.txt",
            "top.rs",
        ],
        0,
    );
}

#[test]
fn exclude_wins_over_ignore_files_and_over_what_is_named() {
    let tree = Tree::new(&["a.log", "b.log", "d/c.log"]);
    tree.write(".gitignore", "a.log\n");
    let mut files = tree.files(&["", "b.log", "d"]);
    files.excludes = Excludes::new([("--exclude", "*.log"), ("--exclude", "d")]).expect("good");
    let met = tree.met(&files);
    assert_eq!(met.paths(), [".gitignore"]);
    assert_eq!(met.excluded, BTreeMap::from([("exclude", 3)]));
}

#[test]
fn glob_that_does_not_parse_is_an_error() {
    let parsed = Excludes::new([("exclude", "a"), ("--exclude", "a[")]);
    let is_right =
        matches!(&parsed, Err(Error::Glob { flag: "--exclude", glob, .. }) if glob == "a[");
    assert!(is_right);
}
