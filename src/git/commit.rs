//! Commits and annotated tags: lines of headers, an empty line, a message.
//!
//! Source: gitformat-signature(5), git-commit-tree(1) and git-mktag(1).

use crate::git::{Format, Id, Kind, Malformed};

/// A commit. Texts are as they stand, in whatever encoding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// The tree of the version.
    pub tree: Id,
    /// The versions before it.
    pub parents: Vec<Id>,
    /// Who wrote it.
    pub author: Person<'a>,
    /// Who committed it.
    pub committer: Person<'a>,
    /// All other headers, such as a signature, as they stand.
    pub headers: &'a [u8],
    /// What follows the empty line.
    pub message: &'a [u8],
}

/// An annotated tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag<'a> {
    /// What it names, and of what kind that is.
    pub target: (Id, Kind),
    /// Its own name.
    pub name: &'a [u8],
    /// Who made it; old tags have none.
    pub tagger: Person<'a>,
    /// All other headers as they stand.
    pub headers: &'a [u8],
    /// What follows the empty line, a signature at its end included.
    pub message: &'a [u8],
}

/// Who did something, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Person<'a> {
    /// Name and address: `Name <name@example>`.
    pub ident: &'a [u8],
    /// Seconds since 1970, 0 where none can be read.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub zone: i32,
}

/// Reads a commit.
///
/// # Errors
///
/// It does not name a tree first, or a name in it is none.
pub fn commit(bytes: &[u8], format: Format) -> Result<Commit<'_>, Malformed> {
    let mut rest = bytes;
    let tree = named(&mut rest, b"tree ", format)?.ok_or(Malformed("the commit names no tree"))?;
    let mut parents = Vec::new();
    while let Some(parent) = named(&mut rest, b"parent ", format)? {
        parents.push(parent);
    }
    let author = person(&mut rest, b"author ");
    let committer = person(&mut rest, b"committer ");
    let (headers, message) = split(rest);
    Ok(Commit {
        tree,
        parents,
        author,
        committer,
        headers,
        message,
    })
}

/// Reads an annotated tag.
///
/// # Errors
///
/// It does not name an object first.
pub fn tag(bytes: &[u8], format: Format) -> Result<Tag<'_>, Malformed> {
    let mut rest = bytes;
    let target =
        named(&mut rest, b"object ", format)?.ok_or(Malformed("the tag names no object"))?;
    let kind = header(&mut rest, b"type ").and_then(Kind::of);
    let kind = kind.ok_or(Malformed("the tag does not say what it names"))?;
    let name = header(&mut rest, b"tag ").unwrap_or_default();
    let tagger = person(&mut rest, b"tagger ");
    let (headers, message) = split(rest);
    Ok(Tag {
        target: (target, kind),
        name,
        tagger,
        headers,
        message,
    })
}

/// Headers that are left, and the message. Without an empty line all is headers.
fn split(rest: &[u8]) -> (&[u8], &[u8]) {
    if let Some(message) = rest.strip_prefix(b"\n") {
        return (b"", message);
    }
    match memchr::memmem::find(rest, b"\n\n") {
        Some(at) => (&rest[..=at], &rest[at + 2..]),
        None => (rest, b""),
    }
}

/// Takes a header line of this word off the front.
fn header<'a>(rest: &mut &'a [u8], word: &[u8]) -> Option<&'a [u8]> {
    let line = rest.strip_prefix(word)?;
    let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
    *rest = line.get(end + 1..).unwrap_or_default();
    Some(&line[..end])
}

fn named(rest: &mut &[u8], word: &[u8], format: Format) -> Result<Option<Id>, Malformed> {
    let Some(hex) = header(rest, word) else {
        return Ok(None);
    };
    let id = Id::parse(format, hex).ok_or(Malformed("a name of an object in it is none"))?;
    Ok(Some(id))
}

fn person<'a>(rest: &mut &'a [u8], word: &[u8]) -> Person<'a> {
    header(rest, word).map(read_person).unwrap_or_default()
}

/// Reads `Name <address> seconds zone`; what has no such end is a name as a whole.
fn read_person(line: &[u8]) -> Person<'_> {
    let Some(end) = memchr::memrchr(b'>', line) else {
        return Person {
            ident: line,
            ..Person::default()
        };
    };
    let time = str::from_utf8(&line[end + 1..]).unwrap_or_default();
    let mut words = time.split_ascii_whitespace();
    let seconds = words.next().and_then(|word| word.parse().ok());
    let zone = words.next().and_then(|word| word.parse::<i32>().ok());
    let zone = zone.filter(|zone| zone.abs() < 10_000).unwrap_or(0);
    // What is neither belongs to the text.
    let ident = match (seconds, words.next()) {
        (Some(_), None) => &line[..=end],
        _ => line,
    };
    Person {
        ident,
        seconds: seconds.unwrap_or(0),
        zone: zone / 100 * 60 + zone % 100,
    }
}

#[cfg(test)]
mod tests {
    use super::{commit, tag};
    use crate::git::{Format, Kind};

    #[test]
    fn commits_and_tags_are_taken_apart() {
        let id = Format::Sha1.id_of(Kind::Tree, b"");
        let text = format!(
            "tree {id}\nparent {id}\nparent {id}\nauthor A <a@b> 12 +0130\ncommitter C <> -5 -0100\n\
             encoding x\ngpgsig one\n two\n\nsubject\n\nbody\n"
        );
        let read = commit(text.as_bytes(), Format::Sha1).expect("it is sound");
        assert_eq!((read.tree, read.parents.len()), (id, 2));
        assert_eq!(
            (read.author.ident, read.author.seconds, read.author.zone),
            (&b"A <a@b>"[..], 12, 90)
        );
        assert_eq!((read.committer.seconds, read.committer.zone), (-5, -60));
        assert_eq!(read.headers, b"encoding x\ngpgsig one\n two\n");
        assert_eq!(read.message, b"subject\n\nbody\n");
        let text = format!("object {id}\ntype tree\ntag v1\ntagger T <t> 1 +0000\n\nhello");
        let read = tag(text.as_bytes(), Format::Sha1).expect("it is sound");
        assert_eq!(
            (read.target, read.name, read.message),
            ((id, Kind::Tree), &b"v1"[..], &b"hello"[..])
        );
        assert!(commit(b"parent 00\n", Format::Sha1).is_err());
        assert!(commit(b"tree 00\n", Format::Sha1).is_err());
        assert!(tag(b"", Format::Sha1).is_err());
    }

    #[test]
    fn a_line_that_is_no_person_is_text_as_a_whole() {
        let id = Format::Sha1.id_of(Kind::Tree, b"");
        let text = format!("tree {id}\nauthor A <a> hidden words\ncommitter nobody\n\n");
        let read = commit(text.as_bytes(), Format::Sha1).expect("it is sound");
        assert_eq!(read.author.ident, b"A <a> hidden words");
        assert_eq!(read.committer.ident, b"nobody");
    }
}
