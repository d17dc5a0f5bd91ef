//! Reads a configuration with all that it names: what it extends, and files of rules.
//!
//! A file that was found and not named by the user may be a trap: whoever sent the tree wrote it. So
//! it and what it extends name only files below their own folder, through no symbolic link. In any
//! case no file makes a run hang or grow: each is a regular file, read once, and of bounded length.

use std::collections::HashSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use crate::config::Gate;
use crate::error::{Error, Result};
use crate::settings::{NamedFile, Settings, SettingsFile, SettingsText, Written, read};
use crate::source::files::{Links, Whole, read_whole};

/// A configuration may be as long as this, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// A file of rules that a configuration names may be as long as this, in bytes.
const RULES_BYTES_MAX: u64 = 16 << 20;

/// How many files may build on each other in a row.
const DEPTH_MAX: usize = 8;

/// How many files one configuration may be made of, and how many files of rules it may name.
const FILES_MAX: usize = 256;

/// Reads a file that is staged, by its path from the root; `None` where there is none.
pub(super) type Staged<'a> = &'a dyn Fn(&Path) -> Result<Option<Vec<u8>>>;

/// Which files a configuration may name, and where they are read from.
#[derive(Clone, Copy)]
pub(super) enum Reach<'a> {
    /// Those below the folder of the file that names them, through no link.
    Below,
    /// Any.
    Anywhere,
    /// The same as below, as they are staged; what lies on the disk says nothing.
    Staged(Staged<'a>),
}

impl Reach<'_> {
    const fn links(self) -> Links {
        match self {
            Self::Below | Self::Staged(_) => Links::Refuse,
            Self::Anywhere => Links::Follow,
        }
    }
}

/// Reads the file at `path` and what it extends, and lays all of it in one, the gate on top.
pub(super) fn settings(path: &Path, reach: Reach<'_>, gate: Option<Gate>) -> Result<Settings> {
    let mut gather = Gather {
        reach,
        open: Vec::new(),
        known: HashSet::new(),
        layers: Vec::new(),
    };
    let fail = |problem| Error::ConfigFile {
        path: path.to_owned(),
        problem,
    };
    gather.take(path, &fail)?;
    let mut settings = Settings::default();
    let mut of_gate = Vec::new();
    for layer in gather.layers {
        settings.lay_over(layer.top);
        of_gate.extend(layer.gates.into_iter().filter(|(of, _)| Some(*of) == gate));
    }
    for (_, layer) in of_gate {
        settings.lay_over(layer);
    }
    Ok(settings)
}

/// Reads the files of rules that a configuration names, each with its name, and each once.
pub(super) fn rules(files: &[NamedFile], reach: Reach<'_>) -> Result<Vec<(String, String)>> {
    let mut texts = Vec::new();
    let mut known = HashSet::new();
    for named in files {
        let fail = |problem| refuse(&named.path, "rules.files", problem);
        let path = place(named, reach).map_err(fail)?;
        for file in rule_files(&path, reach).map_err(fail)? {
            if !known.insert(real(&file, reach).map_err(fail)?) {
                continue;
            }
            if known.len() > FILES_MAX {
                return Err(fail(format!("names more than {FILES_MAX} files")));
            }
            let text = text(&file, reach, RULES_BYTES_MAX);
            let within = |problem| match file == path {
                true => fail(problem),
                false => fail(format!("{}: {problem}", file.display())),
            };
            texts.push((file.display().to_string(), text.map_err(within)?));
        }
    }
    Ok(texts)
}

/// What was read so far.
struct Gather<'a> {
    reach: Reach<'a>,
    /// The files that build on the one being read, as real paths.
    open: Vec<PathBuf>,
    /// All files that were read.
    known: HashSet<PathBuf>,
    /// The lowest first.
    layers: Vec<SettingsFile>,
}

impl Gather<'_> {
    /// Takes in a file after all that it extends; one that was taken in before stays where it is.
    fn take(&mut self, path: &Path, fail: &dyn Fn(String) -> Error) -> Result<()> {
        let text = text(path, self.reach, FILE_BYTES_MAX).map_err(fail)?;
        let real = real(path, self.reach).map_err(fail)?;
        if self.open.contains(&real) {
            return Err(fail("extends itself in the end".to_owned()));
        }
        if !self.known.insert(real.clone()) {
            return Ok(());
        }
        if self.open.len() == DEPTH_MAX || self.known.len() > FILES_MAX {
            let problem = format!("more than {DEPTH_MAX} files in a row, or {FILES_MAX} in all");
            return Err(fail(problem));
        }
        self.open.push(real);
        let mut file = read(&SettingsText {
            name: &path.display().to_string(),
            folder: path.parent().unwrap_or(Path::new("")),
            text: &text,
        })?;
        for named in std::mem::take(&mut file.extends) {
            let fail = |problem| refuse(&named.path, "extends", problem);
            let path = place(&named, self.reach).map_err(fail)?;
            self.take(&path, &fail)?;
        }
        self.open.pop();
        self.layers.push(file);
        Ok(())
    }
}

/// An error about a file, at the place where it is named.
fn refuse(at: &Written, key: &str, problem: String) -> Error {
    Error::Setting {
        file: at.origin.file.clone(),
        line: at.origin.line,
        problem: format!("{key} {:?}: {problem}", at.text),
    }
}

/// The path of a file that a configuration names, if it may name it.
fn place(named: &NamedFile, reach: Reach<'_>) -> std::result::Result<PathBuf, String> {
    let written = Path::new(&named.path.text);
    if written.as_os_str().is_empty() {
        return Err("names no file".to_owned());
    }
    if !matches!(reach, Reach::Anywhere) {
        let is_staged = matches!(reach, Reach::Staged(_));
        let mut way = named.folder.clone();
        for part in written.components() {
            match part {
                Component::CurDir => {}
                Component::Normal(name) => way.push(name),
                _ => return Err(outside("lies outside the folder of the file that names it")),
            }
            let is_link = || way.symlink_metadata().is_ok_and(|found| found.is_symlink());
            if !is_staged && is_link() {
                return Err(outside("is reached through a symbolic link"));
            }
        }
        if is_staged {
            return Ok(way);
        }
    }
    Ok(named.folder.join(written))
}

/// Why a file that was found, and not named by the user, may not be used.
fn outside(problem: &str) -> String {
    format!("{problem}; only a configuration that --config or LEAKGATE_CONFIG names may do that")
}

/// The file itself, or all TOML files of a folder by name; what is staged has no folders.
fn rule_files(path: &Path, reach: Reach<'_>) -> std::result::Result<Vec<PathBuf>, String> {
    if matches!(reach, Reach::Staged(_)) {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error: std::io::Error| problem(&error);
    if !path.metadata().map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|end| end == "toml") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err("holds no .toml file".to_owned());
    }
    files.sort();
    Ok(files)
}

/// Reads a file of text, or says why it cannot be used.
fn text(path: &Path, reach: Reach<'_>, bytes_max: u64) -> std::result::Result<String, String> {
    let whole = match reach {
        Reach::Staged(read) => match read(path).map_err(|error| error.to_string())? {
            Some(bytes) if bytes.len() as u64 > bytes_max => Whole::TooLong,
            Some(bytes) => Whole::Bytes(bytes),
            None => {
                return Err(
                    "no such file is staged; folders of rules are not read from there".to_owned(),
                );
            }
        },
        _ => read_whole(path, reach.links(), bytes_max).map_err(|error| problem(&error))?,
    };
    match whole {
        Whole::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned()),
        Whole::Link => Err(outside("is a symbolic link")),
        Whole::Folder => Err("is a folder, not a file".to_owned()),
        Whole::Special => Err("is a FIFO, a socket or a device, not a file".to_owned()),
        Whole::TooLong => Err(format!("is longer than {bytes_max} bytes")),
    }
}

/// A path without links, by which files are told apart.
fn real(path: &Path, reach: Reach<'_>) -> std::result::Result<PathBuf, String> {
    if matches!(reach, Reach::Staged(_)) {
        return Ok(path.to_owned());
    }
    path.canonicalize().map_err(|error| problem(&error))
}

fn problem(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "no such file".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Reach, rules, settings};

    /// Reads `leakgate.toml` among these staged files; the number of rule files, or what is wrong.
    fn read(files: &[(&str, &str)]) -> Result<usize, String> {
        let staged = |path: &Path| {
            let found = files.iter().find(|(name, _)| Path::new(name) == path);
            Ok(found.map(|(_, text)| text.as_bytes().to_vec()))
        };
        let reach = Reach::Staged(&staged);
        let settings = settings(Path::new("leakgate.toml"), reach, None);
        let rules = settings.and_then(|settings| rules(&settings.files, reach));
        rules
            .map(|rules| rules.len())
            .map_err(|error| error.to_string())
    }

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: Result<usize, &str>) {
        match (read(files), expected) {
            (Ok(n), Ok(expected)) => assert_eq!(n, expected),
            (Err(told), Err(words)) => assert!(told.contains(words), "{told}"),
            (got, expected) => panic!("{got:?}, not {expected:?}"),
        }
    }

    #[test]
    fn staged_configuration_names_staged_files() {
        let top = "extends = [\"./a/base.toml\"]\n";
        let base = "[rules]\nfiles = [\"more.toml\"]\n";
        let all = [
            ("leakgate.toml", top),
            ("a/base.toml", base),
            ("a/more.toml", ""),
        ];
        check(&all, Ok(1));
        check(&all[..2], Err("no such file is staged"));
        check(&all[..1], Err("no such file is staged"));
    }

    #[test]
    fn staged_configuration_names_nothing_on_the_disk() {
        for name in ["/etc/hostname", "../x.toml", "a/../../x.toml"] {
            let top = format!("extends = [{name:?}]\n");
            check(&[("leakgate.toml", &top)], Err("lies outside the folder"));
        }
        check(
            &[("leakgate.toml", "extends = [\"Cargo.toml\"]")],
            Err("no such file is staged"),
        );
        check(
            &[("leakgate.toml", "extends = [\"./leakgate.toml\"]")],
            Err("extends itself"),
        );
    }
}
