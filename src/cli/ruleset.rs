//! Which rules run: the built-in ones, those of the configuration and of flags, and `--only`.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::args::RuleArgs;
use crate::cli::configuration::Configuration;
use crate::error::{Error, Result};
use crate::rule::{self, RuleText, Ruleset};

/// Loads the rules that the arguments and the configuration ask for.
pub(super) fn load(args: &RuleArgs, configuration: &Configuration) -> Result<Ruleset> {
    let mut ruleset = whole(args, configuration)?;
    configuration.settings.switch(&mut ruleset, &args.only);
    Ok(ruleset)
}

/// Loads the rules like [`load`], and lets those run, too, that the configuration turns off.
pub(super) fn whole(args: &RuleArgs, configuration: &Configuration) -> Result<Ruleset> {
    let mut ruleset = with_files(&args.files, configuration)?;
    configuration.check(&ruleset)?;
    for word in &args.only {
        if !ruleset.selects(word) {
            return Err(Error::UnknownSelection { word: word.clone() });
        }
    }
    ruleset.only(&args.only);
    Ok(ruleset)
}

/// Loads the built-in rules, those of a configuration, and those of the given files and folders.
pub(super) fn with_files(paths: &[PathBuf], configuration: &Configuration) -> Result<Ruleset> {
    let mut texts = configuration.rules.clone();
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
