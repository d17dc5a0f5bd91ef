//! What binds a value to a name: operators, calls, tags, and mere neighbourhood.

use crate::matcher::assigned::Text;
use crate::matcher::assigned::name::{self, Before};
use crate::plausible::Syntax;

/// Longest type that may stand between a name and its value, in bytes.
const TYPE_MAX: usize = 48;
/// Most blanks in and after it; prose has more before an equals sign stands in it.
const TYPE_BLANKS_MAX: usize = 3;
/// Operators that bind what follows them, longest first.
const OPERATORS: &[&[u8]] = &[
    b"!==", b"<<-", b"??=", b"||=", b"//=", b"!=", b"+=", b"->", b".=", b"//", b"<-", b"<<", b"?:",
    b"?=", b"??", b"||", b"=>",
];
/// Keys of the value in pairs such as `{"name": "password", "value": "…"}`.
const VALUE_KEYS: &[&str] = &["value", "content", "default", "defaultvalue", "val"];

/// Methods that fill in a field which was looked up by its name.
const FILLING: &[&str] = &[
    "sendkeys",
    "send_keys",
    "fill",
    "type",
    "setvalue",
    "set_value",
];
/// Longest opening tag after its name, in bytes.
const TAG_MAX: usize = 200;

/// What binds a value to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bound {
    /// How.
    pub(super) syntax: Syntax,
    /// Where the value may begin, blanks before it included.
    pub(super) at: usize,
    /// Only a value in quotation marks is one.
    pub(super) quoted_only: bool,
    /// The name stands in quotation marks, or is called or indexed.
    pub(super) closed: bool,
    /// A mere comma stands between a bare name and the value.
    pub(super) listed: bool,
}

impl Bound {
    /// Whether it binds where this stands before the name.
    pub(super) fn holds_with(&self, before: Before) -> bool {
        match self.syntax {
            Syntax::Space => {
                self.quoted_only || matches!(before, Before::Introduction | Before::LineStart)
            }
            Syntax::Element => self.closed || before == Before::Tag,
            // Items of a list bind nothing, but for `define(NAME, "…")` and `{name, "…"}`.
            Syntax::Call if self.listed => before == Before::Definition,
            _ => true,
        }
    }

    /// How value and name are bound, given what stands before the name.
    pub(super) fn syntax_with(&self, before: Before) -> Syntax {
        match (self.syntax, before) {
            (Syntax::Equals, Before::Query) => Syntax::Query,
            (syntax, _) => syntax,
        }
    }
}

/// Reads what follows a name that ends at `name_end`.
pub(super) fn bind(text: &Text<'_>, name_end: usize) -> Option<Bound> {
    let (closed, quoted, after) = closers(text, name_end);
    let at = text.skip_blanks(after);
    let listed = !quoted && text.at(at) == b',';
    let bound = |syntax, at, quoted_only| {
        Some(Bound {
            syntax,
            at,
            quoted_only,
            closed,
            listed,
        })
    };
    if quoted && let Some(at) = named(text, at).or_else(|| described(text, at)) {
        return bound(Syntax::Named, at, false);
    }
    if let Some(at) = typed(text, after, at) {
        return bound(Syntax::Equals, at, true);
    }
    match text.at(at) {
        b':' => match text.at(at + 1) {
            b':' | b'?' | b'+' => None,
            b'=' => bound(Syntax::Equals, at + 2, false),
            b'-' if !matches!(text.at(at + 2), b' ' | b'\t') => {
                bound(Syntax::Equals, at + 2, false)
            }
            _ => bound(Syntax::Colon, at + 1, false),
        },
        b'=' => {
            let mut end = at + 1;
            while end < at + 3 && text.at(end) == b'=' {
                end += 1;
            }
            match text.at(end) {
                b'~' => None,
                b'>' => bound(Syntax::Equals, end + 1, false),
                _ => bound(Syntax::Equals, end, false),
            }
        }
        b',' => bound(Syntax::Call, at + 1, true),
        b'(' if !closed => bound(Syntax::Call, at + 1, true),
        b'>' if at == after => bound(Syntax::Element, at + 1, false),
        0xEF if name::is_wide_sign(text, at) => bound(Syntax::Colon, at + 3, false),
        b'o' if closed && text.says(at, "or ") => bound(Syntax::Equals, at + 3, true),
        b't' if closed && text.says(at, "to ") => bound(Syntax::Space, at + 3, true),
        b'i' if at > after && text.says(at, "is ") => bound(Syntax::Space, at + 3, true),
        b'.' if quoted && let Some(at) = filled_in(text, at + 1) => bound(Syntax::Call, at, true),
        byte => {
            let begins = matches!(
                byte,
                b'!' | b'+' | b'-' | b'.' | b'/' | b'<' | b'=' | b'?' | b'|'
            );
            let operator = begins
                .then(|| OPERATORS.iter().find(|operator| starts(text, at, operator)))
                .flatten();
            match operator {
                Some(operator) => bound(Syntax::Equals, at + operator.len(), false),
                None if at == after => None,
                None => {
                    // Prose has its code in backticks: it calls that, it assigns nothing.
                    let quote = matches!(byte, b'"' | b'\'')
                        || byte == b'@' && matches!(text.at(at + 1), b'"' | b'\'');
                    bound(Syntax::Space, at, quote)
                }
            }
        }
    }
}

/// Where the value begins that is typed into the field of this name: `By.id("password")).fill("…")`.
fn filled_in(text: &Text<'_>, at: usize) -> Option<usize> {
    let method = FILLING.iter().find(|method| text.says(at, method))?;
    let after = at + method.len();
    (text.at(after) == b'(').then_some(after + 1)
}

/// The end of the opening tag whose name ends at `name_end`, past its attributes.
pub(super) fn tag(text: &Text<'_>, name_end: usize) -> Option<Bound> {
    let most = (name_end + TAG_MAX).min(text.end);
    let end = name_end + memchr::memchr2(b'>', b'\n', text.bytes.get(name_end..most)?)?;
    let open = text.at(end) == b'>' && text.at(end - 1) != b'/';
    open.then_some(Bound {
        syntax: Syntax::Element,
        at: end + 1,
        quoted_only: false,
        closed: false,
        listed: false,
    })
}

/// Passes over what closes a name: whether anything did, whether quotation marks did, and where it
/// ends.
fn closers(text: &Text<'_>, at: usize) -> (bool, bool, usize) {
    let (mut at, mut closed, mut quoted) = (at, false, false);
    for _ in 0..4 {
        match text.at(at) {
            b'"' | b'\'' | b'`' => quoted = true,
            b'\\' if matches!(text.at(at + 1), b'"' | b'\'' | b'\\') => {}
            b']' | b')' => {}
            _ => break,
        }
        closed = true;
        at += 1;
    }
    (closed, quoted, at)
}

fn starts(text: &Text<'_>, at: usize, operator: &[u8]) -> bool {
    (0..operator.len()).all(|i| text.at(at + i) == operator[i])
}

/// Where the value begins after the key of a value: `, "value": `.
fn named(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut at = at;
    while matches!(text.at(at), b',' | b';' | b' ' | b'\t' | b'\\') {
        at += 1;
    }
    if matches!(text.at(at), b'"' | b'\'') {
        at += 1;
    }
    let key = VALUE_KEYS.iter().find(|key| {
        let next = text.at(at + key.len());
        text.says(at, key) && !next.is_ascii_alphanumeric()
    })?;
    let (_, _, after) = closers(text, at + key.len());
    let after = text.skip_blanks(after);
    matches!(text.at(after), b':' | b'=').then_some(after + 1)
}

/// Where the value begins in a description: `"name": {"type": "String", "default": `.
fn described(text: &Text<'_>, at: usize) -> Option<usize> {
    let brace = text.skip_blanks(at + 1);
    if text.at(at) != b':' || text.at(brace) != b'{' {
        return None;
    }
    let most = (brace + TAG_MAX).min(text.end);
    let inside = text.bytes.get(brace..most)?;
    let inside = &inside[..memchr::memchr2(b'}', b'\n', inside).unwrap_or(inside.len())];
    let keys = memchr::memchr2_iter(b'"', b'\'', inside).map(|quote| brace + quote);
    keys.filter_map(|key| named(text, key)).next()
}

/// Where the value begins after a type: `: &str = `, ` string = `, `[] = `. What follows the name
/// stands at `after`, blanks left out at `at`.
fn typed(text: &Text<'_>, after: usize, at: usize) -> Option<usize> {
    let start = match text.at(at) {
        b':' => text.skip_blanks(at + 1),
        b'[' => at,
        byte if byte.is_ascii_alphabetic() && at > after => at,
        _ => return None,
    };
    let first = text.at(start);
    if !(first.is_ascii_alphabetic() || matches!(first, b'&' | b'[' | b'*')) {
        return None;
    }
    // Most words of prose fall here, without a look at each byte.
    let most = (start + TYPE_MAX + 1).min(text.end);
    memchr::memchr(b'=', text.bytes.get(start..most)?)?;
    let (mut end, mut n_blanks) = (start, 0);
    while end < start + TYPE_MAX && n_blanks <= TYPE_BLANKS_MAX {
        match text.at(end) {
            b' ' => n_blanks += 1,
            b'_' | b'.' | b':' | b'&' | b'\'' | b'<' | b'>' | b'[' | b']' | b'|' | b'?' | b'*' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => break,
        }
        end += 1;
    }
    let equals = text.at(end) == b'=' && !matches!(text.at(end + 1), b'=' | b'>');
    let value = text.skip_blanks(end + 1);
    // Only code has types, and code has its texts in quotation marks.
    let quoted = matches!(
        text.at(value),
        b'"' | b'\'' | b'`' | b'@' | b'b' | b'r' | b'L' | b'u' | b'S'
    );
    (equals && quoted).then_some(end + 1)
}
