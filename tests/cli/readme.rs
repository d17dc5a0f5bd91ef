//! The examples of the README do what it says.
//!
//! A block of the kind `console` that begins with `$ leakgate` is an example: every flag in it must
//! exist. Where the line before the block reads `<!-- run: status N -->`, it is run by a shell in an
//! empty folder: the last command must answer with that status, and each line of output that the
//! block shows must come, in this order. Times are not compared, and `…` alone on a line stands for
//! any number of lines.

use std::path::Path;

use crate::run::{LEAKGATE, Ran, World, ran};

/// A block of the README.
struct Example {
    line: usize,
    text: String,
    /// Set where it is to be run.
    status: Option<i32>,
}

#[test]
fn every_flag_in_the_readme_exists() {
    let world = World::new();
    for example in examples(&readme()) {
        for words in commands(&example.text) {
            let names = words.iter().take_while(|word| is_name(word));
            let help = (0..=names.count()).rev().find_map(|n| {
                let ran = world.run(words[..n].iter().map(String::as_str).chain(["--help"]));
                (ran.status == Some(0)).then_some(ran)
            });
            let help = help.expect("the command without a subcommand has help");
            for flag in words
                .iter()
                .filter(|word| word.starts_with("--") && word.len() > 2)
            {
                let flag = flag.split('=').next().unwrap_or(flag);
                let known = help.out().contains(flag);
                assert!(known, "README.md:{}: {flag} does not exist", example.line);
            }
        }
    }
}

#[cfg(unix)]
#[test]
fn examples_in_the_readme_do_what_it_says() {
    for example in examples(&readme()) {
        let Some(status) = example.status else {
            continue;
        };
        if let Err(told) = check(&example.text, status) {
            panic!("README.md:{}: {told}", example.line);
        }
    }
}

/// Runs a block.
fn check(text: &str, status: i32) -> Result<(), String> {
    let (commands, shown): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with("$ "));
    let script: Vec<_> = commands.iter().map(|command| &command[2..]).collect();
    let world = World::new();
    let folder = Path::new(LEAKGATE).parent().expect("it lies in a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = world.command("sh");
    command.env("PATH", format!("{}:{path}", folder.display()));
    let Ran {
        status: code,
        mut out,
        err,
    } = ran(command.args(["-c", &script.join("\n")]));
    out.extend(err);
    let said = String::from_utf8_lossy(&out).into_owned();
    if code != Some(status) {
        return Err(format!("status {code:?}, not {status}:\n{said}"));
    }
    let mut lines = said.lines().map(timeless);
    for want in shown
        .into_iter()
        .filter(|line| !line.is_empty() && *line != "…")
    {
        let want = timeless(want);
        if !lines.any(|line| line == want) {
            return Err(format!("no line {want:?} here or before it in:\n{said}"));
        }
    }
    Ok(())
}

/// A line of output without the time that it took.
fn timeless(line: &str) -> String {
    let line = line.trim_end();
    match line.rsplit_once(" in ") {
        Some((before, time)) if time.ends_with(" s") => before.to_owned(),
        _ => line.to_owned(),
    }
}

#[test]
fn configuration_in_the_readme_is_well_formed() {
    let readme = readme();
    let block = |heading: &str| {
        let (_, after) = readme.split_once(heading)?;
        let (_, after) = after.split_once("```toml\n")?;
        Some(after.split_once("```")?.0)
    };
    let Some(configuration) = block("\n## Configuration\n") else {
        return;
    };
    let rules = block("\n## Rules\n").expect("rules have an example as well");
    let world = World::with(&[("leakgate.toml", configuration), ("my-rules.toml", rules)]);
    let expected = "leakgate.toml is a well formed configuration; rules that it names: 1\n";
    let ran = world.run(["rules", "check", "leakgate.toml"]);
    assert_eq!(ran.is(0).out(), expected);
    let ran = world.run(["scan", ".", "--gate", "publish"]);
    ran.is(0).says(&["configuration: leakgate.toml\n"]);
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    // A package without one has no examples that could be wrong.
    std::fs::read_to_string(path).unwrap_or_default()
}

fn examples(text: &str) -> Vec<Example> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = (0..lines.len()).filter(|&at| lines[at].trim_end() == "```console");
    let blocks = starts.filter_map(|at| {
        let block = lines[at + 1..]
            .iter()
            .take_while(|line| !line.starts_with("```"));
        let block: Vec<&str> = block.copied().collect();
        let marked = at.checked_sub(1).map_or("", |before| lines[before]);
        let status = marked.strip_prefix("<!-- run: status ");
        let status = status.and_then(|rest| rest.strip_suffix(" -->")?.parse().ok());
        let is_ours = block.iter().any(|line| line.starts_with("$ leakgate"));
        is_ours.then(|| Example {
            line: at + 1,
            text: block.join("\n"),
            status,
        })
    });
    blocks.collect()
}

/// The words of each `leakgate` command of a block, up to a pipe or the next command.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter_map(|line| line.strip_prefix("$ "));
    let parts = lines.flat_map(|line| line.split(['|', ';', '&', '#']));
    let words = parts.filter_map(|part| part.trim().strip_prefix("leakgate"));
    words
        .map(|rest| rest.split_whitespace().map(str::to_owned).collect())
        .collect()
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase())
}

#[test]
fn examples_are_found_and_held_to_what_they_show() {
    let text = "a\n<!-- run: status 0 -->\n```console\n$ leakgate scan .\nno leaks found\n```\n\
        ```console\n$ cargo build\n```\n```console\n$ leakgate scan x --only a | head -1\n```\n";
    let found = examples(text);
    let seen: Vec<_> = found
        .iter()
        .map(|example| (example.line, example.status))
        .collect();
    assert_eq!(seen, [(3, Some(0)), (10, None)]);
    assert_eq!(commands(&found[1].text), [["scan", "x", "--only", "a"]]);
    if cfg!(unix) {
        let ok = "$ leakgate scan .\nscanned 0 files, 0 bytes in 9.99 s\n…\nno leaks found";
        assert_eq!(check(ok, 0), Ok(()));
        assert!(check(ok, 1).is_err());
        let reversed = "$ leakgate scan .\nno leaks found\nscanned 0 files, 0 bytes in 0.00 s";
        assert!(check(reversed, 0).is_err());
    }
}
