//! Lines labelled by hand as no leaks although they look like it, from `corpus/near/`.

use std::fs;

use serde::Deserialize;

use crate::format::read;

/// A line or snippet of which nothing should be reported.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Near {
    pub(crate) class: String,
    /// The published package that it was seen in, or `made`.
    #[serde(rename = "from")]
    _from: String,
    pub(crate) path: String,
    /// In pieces where the whole would look like a credential.
    text: Text,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Text {
    Whole(String),
    Pieces(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    near: Vec<Near>,
}

impl Near {
    pub(crate) fn text(&self) -> String {
        match &self.text {
            Text::Whole(text) => text.clone(),
            Text::Pieces(pieces) => pieces.concat(),
        }
    }
}

/// All of them, in the order of their files.
pub(crate) fn all() -> Vec<Near> {
    let folder = fs::read_dir(crate::folder().join("near")).expect("the folder is there");
    let mut names: Vec<_> = folder
        .map(|entry| entry.expect("the folder is readable").file_name())
        .map(|name| format!("near/{}", name.to_string_lossy()))
        .collect();
    names.sort_unstable();
    let files = names.iter().map(|name| read::<File>(name));
    files.flat_map(|file| file.near).collect()
}
