//! asar archives: a JSON text that names files and where they stand, and the files in a row.
//!
//! The text is handed over as `(header)`, since names and hashes in it are text, and so is what stands
//! between the files. Files that the text calls unpacked stand beside the archive, so they are none of
//! its members. The hashes are not checked: they hide nothing.

use std::fmt;
use std::ops::Range;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::unpack::input::Exact;
use crate::unpack::members::{Members, range_label};
use crate::unpack::store::Store;
use crate::unpack::trouble::Trouble;

/// Most bytes of a header; less where less memory is left.
const HEADER_BYTES_MAX: usize = 64 << 20;
/// So much memory a header may need for each of its bytes.
const MEMORY_PER_HEADER_BYTE: usize = 4;
/// Where the header stands: after the lengths of the pickles around it, and its own.
const HEADER_AT: u64 = 16;
/// Most bytes of a path; the start of a longer one is left out.
const PATH_BYTES_MAX: usize = 64 << 10;

/// Opens an asar archive.
///
/// Source: @electron/asar, README, "Format".
pub(super) fn open(store: &Store<'_>, out: &mut dyn Members) -> Result<(), Trouble> {
    let word = |at| -> Result<u32, Trouble> {
        let bytes: Result<[u8; 4], _> = store.bytes(at, 4)?.try_into();
        bytes
            .map(u32::from_le_bytes)
            .map_err(|_| Trouble::truncated())
    };
    let (outer, len) = (word(4)?, word(12)? as usize);
    let most = HEADER_BYTES_MAX.min(out.memory_max() / MEMORY_PER_HEADER_BYTE);
    if len > most {
        return Err(Trouble::Unsupported(format!("a header of {len} bytes")));
    }
    let header = store.bytes(HEADER_AT, len)?;
    if out.loose("header", &mut &header[..]).is_break() {
        return Ok(());
    }
    let nodes = parse(&header)?;
    drop(header);
    let header_end = HEADER_AT + len as u64;
    files(store, &nodes, header_end, 8 + u64::from(outer), out)
}

/// Hands over the files, in the order in which they stand, and what stands between them.
fn files(
    store: &Store<'_>,
    nodes: &[Node],
    header_end: u64,
    base: u64,
    out: &mut dyn Members,
) -> Result<(), Trouble> {
    let mut places = Vec::new();
    for (n, node) in nodes.iter().enumerate() {
        match node.place(base) {
            Ok(Some(range)) => places.push((range.start, range.end, n)),
            Ok(None) => {}
            Err(problem) => out.lost(Some(&path(nodes, n)), Trouble::damaged(problem)),
        }
    }
    places.sort_unstable();
    let (mut at, mut overlap) = (header_end, false);
    for (start, end, n) in places {
        if gap(store, at..start, out) {
            return Ok(());
        }
        overlap |= start < at && start < end;
        at = at.max(end);
        let mut bytes = Exact::new(store.section(start..end), end - start);
        if out.member(&path(nodes, n), &mut bytes).is_break() {
            return Ok(());
        }
    }
    if !gap(store, at..store.len(), out) && overlap {
        return Err(Trouble::damaged("files overlap"));
    }
    Ok(())
}

/// Hands over what belongs to no file; true where nothing more is wanted.
fn gap(store: &Store<'_>, range: Range<u64>, out: &mut dyn Members) -> bool {
    let range = range.start..range.end.min(store.len());
    if range.is_empty() {
        return false;
    }
    let label = range_label(&range);
    out.loose(&label, &mut store.section(range)).is_break()
}

/// A file or folder that the header names.
#[derive(Debug, Default)]
struct Node {
    name: String,
    /// The folder it is in; its own number at the root.
    parent: usize,
    offset: Option<String>,
    size: Option<u64>,
    /// A folder, a link, or a file beside the archive.
    elsewhere: bool,
}

impl Node {
    /// Where its bytes stand, if it has any, or what is wrong with that.
    fn place(&self, base: u64) -> Result<Option<Range<u64>>, &'static str> {
        let (Some(offset), Some(size)) = (&self.offset, self.size) else {
            return if self.elsewhere && self.offset.is_none() {
                Ok(None)
            } else {
                Err("it does not say where it stands")
            };
        };
        let start = offset.parse().ok().and_then(|at: u64| base.checked_add(at));
        let start = start.ok_or("its offset is no number")?;
        let end = start.checked_add(size).ok_or("its size is beyond reason")?;
        Ok(Some(start..end))
    }
}

/// The path of a node.
fn path(nodes: &[Node], mut n: usize) -> Vec<u8> {
    let (mut names, mut len) = (Vec::new(), 0);
    while nodes[n].parent != n && len < PATH_BYTES_MAX {
        let name = nodes[n].name.as_bytes();
        names.push(&name[name.len().saturating_sub(PATH_BYTES_MAX - len)..]);
        len += name.len() + 1;
        n = nodes[n].parent;
    }
    names.reverse();
    names.join(&b'/')
}

/// Every node that the header names. The parser bounds how deep it nests.
fn parse(header: &[u8]) -> Result<Vec<Node>, Trouble> {
    let mut nodes = vec![Node::default()];
    let mut json = serde_json::Deserializer::from_slice(header);
    let entry = Entry {
        nodes: &mut nodes,
        n: 0,
    };
    let result = entry.deserialize(&mut json).and_then(|()| json.end());
    match result {
        Ok(()) => Ok(nodes),
        Err(error) => Err(Trouble::damaged(format!(
            "its header is not understood at line {}, column {}",
            error.line(),
            error.column()
        ))),
    }
}

/// Reads what the header says of one node.
struct Entry<'n> {
    nodes: &'n mut Vec<Node>,
    n: usize,
}

impl<'de> DeserializeSeed<'de> for Entry<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entry<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a file or a folder")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { nodes, n } = self;
        while let Some(key) = map.next_key::<String>()? {
            let node = &mut nodes[n];
            match &key[..] {
                "files" => {
                    node.elsewhere = true;
                    map.next_value_seed(Folder { nodes, n })?;
                }
                "offset" if node.offset.is_some() => {
                    return Err(A::Error::duplicate_field("offset"));
                }
                "size" if node.size.is_some() => return Err(A::Error::duplicate_field("size")),
                "offset" => node.offset = Some(map.next_value()?),
                "size" => node.size = Some(map.next_value()?),
                "unpacked" => node.elsewhere |= map.next_value::<bool>()?,
                "link" => {
                    map.next_value::<IgnoredAny>()?;
                    node.elsewhere = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads the files in a folder.
struct Folder<'n> {
    nodes: &'n mut Vec<Node>,
    n: usize,
}

impl<'de> DeserializeSeed<'de> for Folder<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Folder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("files by name")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { nodes, n: parent } = self;
        while let Some(name) = map.next_key()? {
            let n = nodes.len();
            nodes.push(Node {
                name,
                parent,
                ..Node::default()
            });
            map.next_value_seed(Entry { nodes, n })?;
        }
        Ok(())
    }
}
