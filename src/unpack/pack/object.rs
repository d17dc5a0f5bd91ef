//! Objects of git: what of them is text.

use std::ops::ControlFlow;

use crate::git::{Format, Id, Kind, tree};
use crate::unpack::members::Members;
use crate::unpack::trouble::Trouble;

/// Hands an object over. Of a tree these are the names in it, one a line: the rest are numbers.
pub(super) fn hand(
    out: &mut dyn Members,
    (kind, id): (Kind, &Id),
    bytes: &[u8],
) -> ControlFlow<()> {
    let name = id.to_string();
    if kind == Kind::Tree {
        if let Some(names) = tree_names(bytes, id.format()) {
            return out.member(name.as_bytes(), &mut &names[..]);
        }
        out.lost(Some(name.as_bytes()), Trouble::damaged("no tree"));
    }
    out.member(name.as_bytes(), &mut &bytes[..])
}

/// The names in a tree, one a line.
fn tree_names(mut bytes: &[u8], format: Format) -> Option<Vec<u8>> {
    let mut names = Vec::new();
    while let Some(entry) = tree::next(&mut bytes, format).ok()? {
        names.extend_from_slice(entry.name);
        names.push(b'\n');
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::{Format, tree_names};

    #[test]
    fn names_of_a_tree_stand_on_lines() {
        let id = [7; 20];
        let tree = [&b"100644 a b\0"[..], &id, b"40000 c\0", &id].concat();
        assert_eq!(
            tree_names(&tree, Format::Sha1).as_deref(),
            Some(&b"a b\nc\n"[..])
        );
        assert_eq!(tree_names(b"", Format::Sha1).as_deref(), Some(&b""[..]));
        assert_eq!(tree_names(&tree[..40], Format::Sha1), None);
        assert_eq!(tree_names(b"no tree", Format::Sha1), None);
    }
}
