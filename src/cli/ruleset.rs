//! Which rules run: the built-in ones, the user's, and `--only`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::RuleArgs;
use crate::error::{Error, Result};
use crate::rule::{self, RuleText, Ruleset};

/// Loads the rules that the arguments ask for.
pub(super) fn load(args: &RuleArgs) -> Result<Ruleset> {
    let mut ruleset = with_files(&args.files)?;
    for word in &args.only {
        if !ruleset.selects(word) {
            return Err(Error::UnknownSelection { word: word.clone() });
        }
    }
    ruleset.only(&args.only);
    Ok(ruleset)
}

/// Loads the built-in rules and those of the given files and folders.
pub(super) fn with_files(paths: &[PathBuf]) -> Result<Ruleset> {
    let mut texts = Vec::new();
    for path in paths {
        for file in rule_files(path)? {
            let text = fs::read_to_string(&file);
            let text = text.map_err(|source| Error::RuleFile {
                path: file.clone(),
                source,
            })?;
            texts.push((file.display().to_string(), text));
        }
    }
    let files: Vec<_> = texts
        .iter()
        .map(|(name, text)| RuleText { name, text })
        .collect();
    rule::builtin(&files)
}

/// The file itself, or all TOML files of a folder by name.
fn rule_files(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |source| Error::RuleFile {
        path: path.to_owned(),
        source,
    };
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(file);
        }
    }
    if files.is_empty() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "holds no .toml file");
        return Err(failed(source));
    }
    files.sort();
    Ok(files)
}
