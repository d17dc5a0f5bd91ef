//! Values with a form of their own that no secret has: numbers, paths, hosts, addresses, colours.

use std::sync::LazyLock;

use crate::plausible::Doubt;
use crate::plausible::makeup::Makeup;
use crate::plausible::words::Table;
use crate::randomness;

/// What a value scores at least that no file is called, in bits a character.
const CHANCE: f64 = 1.5;

/// Whether a value has a form.
type Form = fn(&[u8]) -> bool;

/// Refuses values that have the form of something else.
///
/// # Errors
///
/// What they are.
pub(super) fn check(value: &[u8], makeup: &Makeup) -> Result<(), Doubt> {
    if makeup.n_letters() == 0 || is_numeric(value, makeup) {
        return Err(Doubt::Number);
    }
    if makeup.n_marks() == 0 {
        return Ok(());
    }
    let doubts: [(Form, Doubt); 9] = [
        (is_uuid, Doubt::Uuid),
        (is_colour, Doubt::Colour),
        (is_url, Doubt::Url),
        (is_selector, Doubt::Selector),
        (is_markup, Doubt::Pattern),
        (is_email, Doubt::Email),
        (is_media_type, Doubt::MediaType),
        (is_path, Doubt::Path),
        (is_host, Doubt::Host),
    ];
    match doubts.iter().find(|(is, _)| is(value)) {
        Some(&(_, doubt)) => Err(doubt),
        None => Ok(()),
    }
}

/// `v1.2.3-beta.1`, `2024-01-31T12:00:00Z`, `0x1f`, `1024 MiB`, `1.5e-10`.
fn is_numeric(value: &[u8], makeup: &Makeup) -> bool {
    if let [b'0', b'x' | b'X', digits @ ..] = value {
        let end = digits.iter().position(|b| !b.is_ascii_hexdigit());
        let (digits, rest) = digits.split_at(end.unwrap_or(digits.len()));
        return digits.len() <= 16 && is_unit(rest);
    }
    let digit = |b: &u8| b.is_ascii_digit() || *b == b'_';
    let end = value.iter().position(|b| !digit(b));
    if end.is_some_and(|end| (1..=13).contains(&end) && is_unit(&value[end..])) {
        return true;
    }
    let value = value.strip_prefix(b"v").unwrap_or(value);
    let n_of = |marks: &[u8]| value.iter().filter(|byte| marks.contains(byte)).count();
    let (n_dots, n_dashes) = (n_of(b"."), n_of(b"-:"));
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b".:-_+ ".contains(b);
    let letters_max = match () {
        () if n_dots >= 2 => 6,
        () if n_dashes >= 2 => 2,
        () if n_dots == 1 => 3,
        () => return false,
    };
    value.first().is_some_and(u8::is_ascii_digit)
        && makeup.n_letters() <= letters_max
        && value.iter().all(plain)
}

/// What follows a number to say its type or its unit.
static UNITS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "b bytes d em f f16 f32 f64 g gb ghz gib h hz i i128 i16 i32 i64 i8 isize k kb khz kib l lf ll \
         lu m mb mhz min mib ms n ns pt px rem s sec tb tib u u128 u16 u32 u64 u8 ul ull us usize",
    )
});

fn is_unit(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"_").unwrap_or(text);
    text.is_empty() || UNITS.has(text)
}

/// Eight, four, four, four and twelve hexadecimal digits, in braces or behind a few characters.
///
/// Source: RFC 9562, section 4.
fn is_uuid(value: &[u8]) -> bool {
    let is = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    value.len() <= 44 && value.windows(36).any(is)
}

fn is_colour(value: &[u8]) -> bool {
    match value {
        [b'#', digits @ ..] => digits.len() <= 8 && digits.iter().all(u8::is_ascii_hexdigit),
        _ => [&b"rgb("[..], b"rgba(", b"hsl(", b"hsla(", b"var(--"]
            .iter()
            .any(|start| value.starts_with(start)),
    }
}

fn is_url(value: &[u8]) -> bool {
    let start = value.strip_prefix(b"//").map_or(0, |_| 2);
    start == 2 && is_host(&value[2..])
        || memchr::memmem::find(value, b"://").is_some()
        || [
            &b"data:"[..],
            b"mailto:",
            b"javascript:",
            b"urn:",
            b"chrome:",
            b"blob:",
            b"about:",
        ]
        .iter()
        .any(|scheme| value.starts_with(scheme))
}

/// `#password`, `.token-string`, `input[type=password]`, `.a > .b`, `a:hover`.
fn is_selector(value: &[u8]) -> bool {
    let name = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'-' | b'_');
    match value {
        [b'.' | b'#', rest @ ..] if rest.iter().all(|b| name(b) || b" .#>:,[]()=".contains(b)) => {
            true
        }
        _ => {
            let attribute = value.iter().position(|&byte| byte == b'[');
            attribute.is_some_and(|at| {
                value[..at].iter().all(name) && value[at..].contains(&b'=') && value.ends_with(b"]")
            })
        }
    }
}

/// Tags of markup, escapes and classes of regular expressions, directives of formats, drawn paths.
fn is_markup(value: &[u8]) -> bool {
    let contains = |part: &str| memchr::memmem::find(value, part.as_bytes()).is_some();
    if contains("</") || contains("/>") || value.starts_with(b"<") && value.ends_with(b">") {
        return true;
    }
    let n_ranges = ["a-z", "A-Z", "0-9"]
        .iter()
        .filter(|range| contains(range))
        .count();
    let expression = [
        "(?", "\\w", "\\d", "\\s", "\\b", "(.*", ".*)", "[^", "]+", "]*", "){", "]{",
    ];
    let marked = value
        .iter()
        .any(|byte| matches!(byte, b'\\' | b'[' | b'(' | b'*'));
    n_ranges >= 2
        || marked && n_ranges + expression.iter().filter(|part| contains(part)).count() >= 2
        || value.starts_with(b"^") && value.ends_with(b"$")
        || n_directives(value) >= 2 && randomness::score(value) < CHANCE
        || value.starts_with(b"%s") && value.len() < 16
        || contains("\\[")
        || is_drawing(value)
}

/// How many directives of `printf` a value has, such as `%s` and `%d`.
fn n_directives(value: &[u8]) -> usize {
    let directive = |at: &usize| {
        let ends = value
            .get(at + 2)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        value[*at] == b'%' && b"sdvqxu@".contains(&value[at + 1]) && ends
    };
    (0..value.len().saturating_sub(1)).filter(directive).count()
}

/// Path data of SVG: letters of commands between numbers.
///
/// Source: SVG 2, section 9.3.
fn is_drawing(value: &[u8]) -> bool {
    matches!(value, [b'M' | b'm', b'0'..=b'9' | b'.' | b'-' | b' ', ..])
        && value
            .iter()
            .all(|b| b"MmLlHhVvCcSsQqTtAaZz0123456789 ,.-e".contains(b))
}

/// One at sign between a name and a host.
fn is_email(value: &[u8]) -> bool {
    let Some(at) = value.iter().position(|&byte| byte == b'@') else {
        return false;
    };
    let name = |b: &u8| b.is_ascii_alphanumeric() || b"._%+-".contains(b);
    at > 0 && value[..at].iter().all(name) && is_host(&value[at + 1..])
}

/// First parts of media types.
///
/// Source: IANA, registry of media types.
static MEDIA: LazyLock<Table> =
    LazyLock::new(|| Table::new("application audio font image message model multipart text video"));

fn is_media_type(value: &[u8]) -> bool {
    let slash = value.iter().position(|&byte| byte == b'/');
    slash.is_some_and(|at| MEDIA.has(&value[..at]))
}

/// Labels of letters, digits and dashes joined by dots, the last of them short letters in one case;
/// with a port or a path or without.
fn is_host(value: &[u8]) -> bool {
    let end = value
        .iter()
        .position(|byte| matches!(byte, b':' | b'/' | b'?'));
    let host = &value[..end.unwrap_or(value.len())];
    let mut n_labels = 0;
    let mut last: &[u8] = b"";
    for label in host.split(|&byte| byte == b'.') {
        let plain =
            |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        let wild = label == b"*" && n_labels == 0;
        if !wild && (label.is_empty() || label.len() > 40 || !label.iter().all(plain)) {
            return false;
        }
        n_labels += 1;
        last = label;
    }
    n_labels >= 2 && (2..=12).contains(&last.len()) && last.iter().all(u8::is_ascii_lowercase)
}

/// Extensions of files, by which a value without a slash is one.
static EXTENSIONS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "asc c cc cer cert cfg conf cpp crt cs css csr csv der dll env exe gif go gpg gz h hpp htm \
         html ico ini java jks jpeg jpg js json jsx jwk key keystore kt log lua lock map md mjs mov \
         mp3 mp4 p12 pdf pem pfx php pkcs12 png pro properties ps1 pub py rb rs rst scss sh so sql \
         sqlite svg swift tar tf tmp toml ts tsx ttf txt vue war wasm webp woff woff2 xls xml yaml \
         yml zip",
    )
});

/// Begins as paths do, ends in an extension, or is made of parts of which most are words.
fn is_path(value: &[u8]) -> bool {
    if [
        &b"./"[..],
        b"../",
        b"~/",
        b"\\\\",
        b"@/",
        b"$HOME/",
        b"/etc/",
        b"/var/",
        b"/usr/",
    ]
    .iter()
    .any(|start| value.starts_with(start))
        || matches!(value, [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
    {
        return true;
    }
    let dot = value.iter().rposition(|&byte| byte == b'.');
    if dot.is_some_and(|at| at > 0 && EXTENSIONS.has(&value[at + 1..])) {
        return randomness::score(value) < CHANCE;
    }
    let (rooted, steps) = match value {
        [b'/', rest @ ..] => (1, rest),
        _ => (0, value),
    };
    let (mut n_parts, mut n_words) = (rooted, rooted);
    for part in steps.split(|&byte| matches!(byte, b'/' | b'\\')) {
        n_parts += 1;
        n_words += usize::from(is_step(part));
    }
    n_parts > 1 && n_words * 2 > n_parts
}

/// A part of a path that has no digits among its letters and no letters of mixed case.
fn is_step(part: &[u8]) -> bool {
    let letters = part.strip_prefix(b":").unwrap_or(part);
    let rest = letters.get(1..).unwrap_or_default();
    let lower = |b: &u8| b.is_ascii_lowercase() || b"-_.*".contains(b);
    letters.len() >= 2 && letters[0].is_ascii_alphabetic() && rest.iter().all(lower)
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::plausible::Doubt;
    use crate::plausible::makeup::Makeup;

    #[track_caller]
    fn refused(values: &[&str], expected: Option<Doubt>) {
        for value in values {
            let value = value.as_bytes();
            let found = check(value, &Makeup::of(value)).err();
            assert_eq!(found, expected, "{}", value.escape_ascii());
        }
    }

    #[test]
    fn numbers_are_refused() {
        let numbers = [
            "12345678",
            "1.2.3",
            "v10.20.30-beta.1",
            "2024-01-31T12:00:00Z",
            "1024mb",
        ];
        refused(&numbers, Some(Doubt::Number));
        refused(
            &[
                "0x1f2e3d4c",
                "--------",
                "12:30:00",
                "1.5e-10",
                "1234567890u32",
                "0xC0FE_u32",
            ],
            Some(Doubt::Number),
        );
    }

    #[test]
    fn things_with_a_form_are_refused() {
        refused(&["01234567-89ab-cdef-0123-456789abcdef"], Some(Doubt::Uuid));
        refused(&["#ff00aa33", "rgba(1,2,3,4)"], Some(Doubt::Colour));
        refused(
            &["https://a.example/x", "//cdn.example.com/x"],
            Some(Doubt::Url),
        );
        refused(
            &["#password", ".token-string", "input[type=password]"],
            Some(Doubt::Selector),
        );
        refused(
            &["<b>token</b>", "[A-Za-z0-9]{20}", "%s:%s", "M10 20l5-3z"],
            Some(Doubt::Pattern),
        );
        refused(&["someone@mail.example.com"], Some(Doubt::Email));
        refused(&["application/x-key", "text/plain"], Some(Doubt::MediaType));
        refused(
            &["db.internal.example", "com.vendor.app", "host.example:80"],
            Some(Doubt::Host),
        );
    }

    #[test]
    fn paths_are_refused() {
        let paths = [
            "/run/secrets/db",
            "./key.pem",
            "server-key.pem",
            "C:\\keys\\a",
            "config/token",
        ];
        refused(&paths, Some(Doubt::Path));
    }

    #[test]
    fn others_may_be_secrets() {
        let values = [
            "aB3/dE6+gH9kLmN0",
            "Tr0ub4dor&3x",
            "p@ss.W0rd",
            "k9#mQ2.vX",
            "3f9a1c",
        ];
        refused(&values[..4], None);
    }
}
