//! Passwords in URLs and connection strings: is this a placeholder?
//!
//! A password has no structure, so nothing here is ever valid. What documentation, templates and
//! freshly installed software write in its place is refused.

use std::borrow::Cow;

use super::{Validity, n_distinct, plausible};

/// Words that documentation uses and that software is installed with, in lower case, sorted;
/// letters and digits only, as [`letters`] leaves them.
static WORDS: &[&str] = &[
    "1234",
    "12345",
    "123456",
    "abc",
    "abc123",
    "admin",
    "administrator",
    "apikey",
    "bar",
    "baz",
    "blank",
    "changeit",
    "changeme",
    "changethis",
    "credential",
    "credentials",
    "database",
    "databasepassword",
    "db",
    "dbpass",
    "dbpasswd",
    "dbpassword",
    "dbpwd",
    "default",
    "demo",
    "dummy",
    "empty",
    "env",
    "example",
    "fake",
    "false",
    "fixme",
    "foo",
    "foobar",
    "guest",
    "hidden",
    "insertpassword",
    "key",
    "login",
    "mariadb",
    "masked",
    "mongo",
    "mongodb",
    "mypass",
    "mypassword",
    "mysecret",
    "mysecretpassword",
    "mysql",
    "none",
    "null",
    "omitted",
    "p4ssw0rd",
    "pass",
    "passphrase",
    "passw0rd",
    "passwd",
    "password",
    "password123",
    "placeholder",
    "postgres",
    "postgresql",
    "pssw0rd",
    "pssword",
    "pw",
    "pwd",
    "rabbitmq",
    "redacted",
    "redis",
    "removed",
    "replaceme",
    "root",
    "s3cr3t",
    "s3cret",
    "sample",
    "secret",
    "secretpassword",
    "somepassword",
    "test",
    "testing",
    "testpass",
    "testpassword",
    "thepassword",
    "todo",
    "token",
    "true",
    "undefined",
    "unknown",
    "user",
    "username",
    "userpass",
    "userpassword",
    "value",
    "xyz",
];

/// Refuses what stands in a password's place; anything else is [`Validity::Unknown`].
///
/// `value` is the part between colon and at sign, or the value in a connection string; it is
/// percent-decoded first.
///
/// Source: RFC 3986, sections 2.1 and 3.2.1; placeholders from templates in common use.
pub(super) fn url_password(value: &[u8]) -> Validity {
    let decoded = percent_decoded(value);
    plausible(!is_placeholder(decoded.trim_ascii()))
}

/// Whether this stands where a reader or a program is to put a password.
pub(super) fn is_placeholder(text: &[u8]) -> bool {
    is_masked(text) || is_variable(text) || is_word(text)
}

/// Empty, one character over and over, or hidden by stars, crosses or an ellipsis.
fn is_masked(text: &[u8]) -> bool {
    let hidden = |byte: &u8| matches!(byte, b'x' | b'X' | b'*' | b'.' | b'-' | b'_' | b'#' | b'?');
    let contains = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    n_distinct(text) < 2
        || text.iter().all(hidden)
        || contains(b"***")
        || contains("…".as_bytes())
        || contains("•".as_bytes())
}

/// A place that a program or a reader fills in.
fn is_variable(text: &[u8]) -> bool {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let contains = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    let quoted_by = |open: u8, close: u8| {
        let at = text.iter().position(|&byte| byte == open);
        at.is_some_and(|at| text[at..].contains(&close))
    };
    match text {
        [b'$', b'{' | b'(', ..] | [b'{', .., b'}'] | [b'[', .., b']'] => return true,
        [b'$' | b':' | b'@', name @ ..] if is_identifier(name) => return true,
        [b'%', name @ .., b'%'] if name.iter().all(is_name) => return true,
        [b'%', b's' | b'd' | b'v' | b'q' | b'@'] => return true,
        _ => {}
    }
    contains(b"${")
        || contains(b"#{")
        || contains(b"{{")
        || contains(b"%(")
        || quoted_by(b'<', b'>')
}

/// A name as programs write it, in one case and without digits: `$PASSWORD`, `:pw`, not `$Ecr3t`.
fn is_identifier(name: &[u8]) -> bool {
    let upper = |b: &u8| b.is_ascii_uppercase() || matches!(b, b'_' | b'-' | b'.');
    let lower = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.');
    !name.is_empty() && (name.iter().all(upper) || name.iter().all(lower))
}

/// A word of [`WORDS`] in any case and with any punctuation, or a phrase that begins as such do.
fn is_word(text: &[u8]) -> bool {
    let word = letters(text);
    let begins = |start: &&[u8]| word.starts_with(start);
    let phrases: [&[u8]; 4] = [b"your", b"changeme", b"replaceme", b"insertyour"];
    let known = WORDS.binary_search_by(|known| known.as_bytes().cmp(&word));
    known.is_ok() || phrases.iter().any(begins)
}

fn letters(text: &[u8]) -> Vec<u8> {
    let kept = text
        .iter()
        .filter(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii());
    kept.map(u8::to_ascii_lowercase).collect()
}

fn percent_decoded(value: &[u8]) -> Cow<'_, [u8]> {
    if !value.contains(&b'%') {
        return Cow::Borrowed(value);
    }
    let mut decoded = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        let escaped = (byte == b'%').then(|| value.get(at + 1..at + 3)).flatten();
        let escaped = escaped.and_then(|hex| data_encoding::HEXLOWER_PERMISSIVE.decode(hex).ok());
        match escaped {
            Some(bytes) => {
                decoded.extend_from_slice(&bytes);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::{Validity, WORDS, letters, percent_decoded, url_password};

    #[track_caller]
    fn check(values: &[&str], expected: Validity) {
        for value in values {
            assert_eq!(url_password(value.as_bytes()), expected, "{value}");
        }
    }

    #[test]
    fn words_are_sorted_and_written_as_they_are_compared() {
        assert!(WORDS.is_sorted());
        assert!(
            WORDS
                .iter()
                .all(|word| letters(word.as_bytes()) == word.as_bytes())
        );
    }

    #[test]
    fn words_of_documentation_are_refused() {
        let words = [
            "password",
            "PassWord",
            "<pass>",
            "secret",
            "user",
            "changeme",
            "change-me",
        ];
        check(&words, Validity::Invalid);
        let words = [
            "example",
            "your_password",
            "YOUR-DB-PASS",
            "test",
            "root",
            "admin",
        ];
        check(&words, Validity::Invalid);
        check(
            &["postgres", "guest", "p@ssw0rd", "passw0rd", "[password]"],
            Validity::Invalid,
        );
    }

    #[test]
    fn empty_and_masked_values_are_refused() {
        check(
            &[
                "",
                "x",
                "xxx",
                "XXXX-XXXX",
                "***",
                "ab***",
                "...",
                "aaaaaaa",
            ],
            Validity::Invalid,
        );
        check(&["•••••", "abc…", "%2A%2A%2A"], Validity::Invalid);
    }

    #[test]
    fn variables_are_refused() {
        let variables = [
            "${DB_PASS}",
            "$DB_PASS",
            "$password",
            "{password}",
            "{{ pw }}",
            ":pw",
        ];
        check(&variables, Validity::Invalid);
        let variables = [
            "%s",
            "%(password)s",
            "%PASSWORD%",
            "#{pw}",
            "$(cat x)",
            "%24%7Bpw%7D",
        ];
        check(&variables, Validity::Invalid);
    }

    #[test]
    fn anything_else_may_be_a_password() {
        check(
            &[
                "correcthorse",
                "$Ecr3t",
                "tr0ub4dor&3",
                "a<b",
                "p%40ss-9",
                "8%",
                "testify",
            ],
            Validity::Unknown,
        );
    }

    #[test]
    fn only_whole_escapes_are_decoded() {
        assert_eq!(&*percent_decoded(b"a%40b%zz%4"), b"a@b%zz%4");
        assert_eq!(&*percent_decoded(b"plain"), b"plain");
    }
}
