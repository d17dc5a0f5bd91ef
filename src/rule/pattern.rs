//! Patterns as they are parsed, and simple questions about their parts.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, ClassBytes, Hir, HirKind, LookSet};

use crate::rule::byteset::ByteSet;

/// Parses a pattern the way the matcher runs it: bytes, ASCII classes, `^` and `$` at line ends.
pub(crate) fn parse(pattern: &str) -> std::result::Result<Hir, String> {
    let mut parser = ParserBuilder::new();
    parser.utf8(false).unicode(false).multi_line(true);
    let parsed = parser.build().parse(pattern);
    let hir = parsed.map_err(|error| match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        other => other.to_string(),
    })?;
    if is_of_bytes(&hir) {
        Ok(hir)
    } else {
        Err("the flag u is not understood: patterns match bytes, classes are ASCII".to_owned())
    }
}

/// Whether a pattern asks for nothing that rests on whole characters: a boundary of these would look at
/// more than one byte.
fn is_of_bytes(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(_)) => false,
        HirKind::Look(look) => !LookSet::singleton(*look).contains_word_unicode(),
        kind => kind.subs().iter().all(is_of_bytes),
    }
}

/// The parts of a pattern's concatenation, groups opened.
pub(super) fn flatten<'h>(hir: &'h Hir, pieces: &mut Vec<&'h Hir>) {
    match hir.kind() {
        HirKind::Concat(parts) => parts.iter().for_each(|part| flatten(part, pieces)),
        HirKind::Capture(capture) => flatten(&capture.sub, pieces),
        _ => pieces.push(hir),
    }
}

/// The bytes of a class.
pub(super) fn set_of(class: &ClassBytes) -> ByteSet {
    class
        .ranges()
        .iter()
        .fold(ByteSet::default(), |set, range| {
            set.with_range(range.start(), range.end())
        })
}

/// Whether every byte of every match of `hir` is in `class`.
///
/// A match that contains a maximal run of the class is then that run.
pub(crate) fn only_of(hir: &Hir, class: &ByteSet) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => true,
        HirKind::Literal(literal) => literal.0.iter().all(|&byte| class.contains(byte)),
        HirKind::Class(Class::Bytes(bytes)) => set_of(bytes).within(class),
        HirKind::Class(Class::Unicode(_)) => false,
        HirKind::Capture(capture) => only_of(&capture.sub, class),
        HirKind::Repetition(repetition) => only_of(&repetition.sub, class),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().all(|part| only_of(part, class))
        }
    }
}
