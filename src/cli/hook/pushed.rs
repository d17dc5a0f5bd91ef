//! What a push is about, as git tells its hooks on their standard input.

use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

use crate::blob::{Blob, BuildVisitor, Content, Holder, Located, Part, Place, Source, Wanted};
use crate::cli::args::Stage;
use crate::cli::hook::place::refused;
use crate::error::Result;
use crate::git::{Format, Id};
use crate::source::Repositories;

/// What git writes is no longer than this, in bytes.
const INPUT_BYTES_MAX: u64 = 256 << 20;

/// A reference that is pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Update {
    /// Its name on the side that takes it in.
    pub name: Vec<u8>,
    /// What it names there now; none where it is new.
    pub old: Option<Id>,
    /// What it is to name; none where it is taken away.
    pub new: Option<Id>,
}

/// Reads what git writes to the hook of a stage.
///
/// # Errors
///
/// `Hook` for what git would not write: nothing may pass that was not understood.
pub(super) fn read(stage: Stage) -> Result<Vec<Update>> {
    let failed = |problem: &str| refused(Path::new("standard input"), problem);
    let mut input = Vec::new();
    let mut limited = io::stdin().lock().take(INPUT_BYTES_MAX + 1);
    let read = limited.read_to_end(&mut input);
    read.map_err(|error| failed(&error.to_string()))?;
    if input.len() as u64 > INPUT_BYTES_MAX {
        return Err(failed("is longer than any push"));
    }
    parse(stage, &input).ok_or_else(|| {
        failed(&format!(
            "is not what git writes to the {} hook",
            stage.name()
        ))
    })
}

/// Takes the lines apart.
///
/// Source: githooks(5), `pre-push` and `pre-receive`.
fn parse(stage: Stage, input: &[u8]) -> Option<Vec<Update>> {
    let lines = input.split(|&byte| byte == b'\n');
    let lines = lines.filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let words: Vec<_> = line.split(|&byte| byte == b' ').collect();
            let (old, new, name) = match (stage, &words[..]) {
                // Its own name of what it pushes may be an expression with blanks in it.
                (Stage::Push, [_, .., new, name, old]) => (old, new, name),
                (Stage::Receive, [old, new, name]) => (old, new, name),
                _ => return None,
            };
            (!name.is_empty()).then_some(())?;
            Some(Update {
                name: name.to_vec(),
                old: id(old)?,
                new: id(new)?,
            })
        })
        .collect()
}

/// Reads the name of an object; the one of zeros stands for none.
#[expect(clippy::option_option, reason = "no name, and a name of nothing")]
fn id(hex: &[u8]) -> Option<Option<Id>> {
    let formats = [Format::Sha1, Format::Sha256];
    let id = formats.iter().find_map(|&format| Id::parse(format, hex))?;
    Some((!id.is_null()).then_some(id))
}

/// The objects of a push, and the names of its new references.
pub(super) struct Pushed {
    /// The objects.
    pub repositories: Repositories,
    /// Names that the other side does not know yet, and what they are to name.
    pub names: Vec<(Vec<u8>, Id)>,
}

impl Source for Pushed {
    fn walk(&self, visitors: &dyn BuildVisitor) -> Result<()> {
        let mut visitor = visitors.build();
        for (name, id) in &self.names {
            let place = Place {
                path: name.clone(),
                containers: 0,
                holder: Some(Holder {
                    repository: 0,
                    id: *id,
                    part: Part::RefName,
                }),
            };
            let named = visitor.blob(Blob {
                content: Content::Whole(name),
                place: &place,
                version: None,
                news: None,
            });
            if named == ControlFlow::Break(()) {
                return Ok(());
            }
        }
        drop(visitor);
        self.repositories.walk(visitors)
    }

    fn locate(&self, wanted: &Wanted<'_>) -> Result<Located> {
        self.repositories.locate(wanted)
    }

    fn read(&self, holder: &Holder) -> Option<Vec<u8>> {
        self.repositories.read(holder)
    }
}

#[cfg(test)]
mod tests {
    use super::{Stage, parse};

    #[track_caller]
    fn check(stage: Stage, input: &str, expected: Option<&[(&str, bool, bool)]>) {
        let parsed = parse(stage, input.as_bytes());
        let told = parsed.as_ref().map(|updates| {
            let told = updates.iter().map(|update| {
                let name = str::from_utf8(&update.name).expect("it is text");
                (name, update.old.is_some(), update.new.is_some())
            });
            told.collect::<Vec<_>>()
        });
        assert_eq!(told.as_deref(), expected);
    }

    #[test]
    fn lines_of_git_are_understood() {
        let (id, zeros, long) = ("12".repeat(20), "0".repeat(40), "12".repeat(32));
        check(Stage::Push, "", Some(&[]));
        let line = format!("refs/heads/a {id} refs/heads/b {zeros}\n");
        check(Stage::Push, &line, Some(&[("refs/heads/b", false, true)]));
        let line = format!("HEAD@{{1 day ago}} {id} refs/heads/b {id}\n");
        check(Stage::Push, &line, Some(&[("refs/heads/b", true, true)]));
        let line = format!("(delete) {zeros} refs/heads/b {id}");
        check(Stage::Push, &line, Some(&[("refs/heads/b", true, false)]));
        let line = format!("{long} {long} refs/tags/v1\n{zeros} {id} refs/heads/x\n");
        let expected = [("refs/tags/v1", true, true), ("refs/heads/x", false, true)];
        check(Stage::Receive, &line, Some(&expected));
    }

    #[test]
    fn what_git_would_not_write_is_refused() {
        let id = "12".repeat(20);
        check(Stage::Push, "x\n", None);
        check(Stage::Push, &format!("a {id} b c\n"), None);
        check(Stage::Receive, &format!("{id} {id}\n"), None);
        check(Stage::Receive, &format!("{id} {id} a b\n"), None);
        check(Stage::Receive, &format!("{id} {}zz a\n", &id[2..]), None);
    }
}
