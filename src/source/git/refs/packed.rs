//! `packed-refs`: many references in one list.
//!
//! Source: gitrepository-layout(5), and the comment on the format in git-pack-refs(1).

use crate::git::{Format, Id};

/// A line that says something.
pub(super) enum Line<'a> {
    /// An object and the name that stands for it.
    Ref(Id, &'a [u8]),
    /// What the tag of the line before leads to.
    Peeled(Id),
}

/// Calls `take` with every line, and answers with the number of the first that is none, from 1.
pub(super) fn parse<'a>(
    text: &'a [u8],
    format: Format,
    mut take: impl FnMut(Line<'a>),
) -> Option<usize> {
    let mut broken = None;
    for (n, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match one(line, format) {
            Some(line) => take(line),
            None => broken = broken.or(Some(n + 1)),
        }
    }
    broken
}

fn one(line: &[u8], format: Format) -> Option<Line<'_>> {
    if let Some(hex) = line.strip_prefix(b"^") {
        return Id::parse(format, hex.trim_ascii_end()).map(Line::Peeled);
    }
    let (hex, rest) = line.split_at_checked(2 * format.len())?;
    let name = rest.strip_prefix(b" ")?;
    let id = Id::parse(format, hex).filter(|id| !id.is_null() && !name.is_empty())?;
    Some(Line::Ref(id, name))
}
