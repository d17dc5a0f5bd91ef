//! The text that the benches search.

use std::path::{Path, PathBuf};

/// Names the folder whose text files are searched.
const TREE: &str = "LEAKGATE_BENCH_TREE";
/// Bytes at the start of a file that tell text from what is not.
const HEAD: usize = 8 << 10;
/// Folders of this package that are searched where no other is named.
const OWN: [&str; 3] = ["src", "rules", "tests"];

/// Text to search, and where it is from.
pub(crate) struct Text {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// For the reader of the numbers.
    pub(crate) name: String,
}

/// At most `max` bytes of the text files in the named folder, in an order that is mixed but always
/// the same; without one, this package's own files, repeated to `own_max` bytes.
pub(crate) fn text(max: usize, own_max: usize) -> Text {
    let mut files = Vec::new();
    let tree = std::env::var_os(TREE);
    if let Some(tree) = &tree {
        walk(Path::new(tree), &mut files);
    } else {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        OWN.iter()
            .for_each(|folder| walk(&own.join(folder), &mut files));
    }
    fastrand::Rng::with_seed(0).shuffle(&mut files);
    let mut bytes = Vec::new();
    for file in files {
        let read = std::fs::read(&file).unwrap_or_default();
        if memchr::memchr(0, &read[..read.len().min(HEAD)]).is_none() {
            bytes.extend(read);
        }
        if tree.is_some() && bytes.len() > max {
            break;
        }
    }
    let name = match tree {
        Some(tree) => {
            bytes.truncate(max);
            format!("text files in {}", tree.display())
        }
        None => {
            bytes = bytes.into_iter().cycle().take(own_max).collect();
            format!("{} of this package, repeated", OWN.join(", "))
        }
    };
    Text { bytes, name }
}

/// All regular files below a folder, sorted within each folder.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).expect("the folder to be searched can be read");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        match path.symlink_metadata() {
            Ok(metadata) if metadata.is_dir() => walk(&path, files),
            Ok(metadata) if metadata.is_file() => files.push(path),
            _ => {}
        }
    }
}
