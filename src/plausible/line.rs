//! What the rest of the line says about a value: that it is an example, or the hash of something.

use std::ops::Range;
use std::sync::LazyLock;

use crate::plausible::words::{Table, parts};
use crate::plausible::{Assignment, Doubt, Syntax, name};
use crate::randomness;

/// How far before and behind a value the line is read, in bytes.
const NEAR: (usize, usize) = (120, 60);

/// The least length of a text made by chance that happens to hold a name, in bytes.
const TEXT_MIN: usize = 20;

/// What such a text scores at least, in bits a character.
const CHANCE: f64 = 1.5;

/// What the line says of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing of the kind.
    Nothing,
    /// That it is used in a test.
    Test,
    /// That it is made up.
    Example,
}

/// The line around the value, without it: what is before, and what is behind.
pub(super) fn around<'a>(assignment: &Assignment<'a>) -> [&'a [u8]; 2] {
    let Assignment { line, value, .. } = assignment;
    let start = value.start.saturating_sub(NEAR.0);
    let end = line.len().min(value.end + NEAR.1);
    [&line[start..value.start], &line[value.end..end]]
}

/// Refuses what only seems to be assigned.
///
/// # Errors
///
/// What it is instead: a part of the name of a cloud resource (`arn:…:secret:value`), what is known
/// of a type (`Vendor::Type::Secret`) or of a public key, or the rest of a long text made by chance.
pub(super) fn check(assignment: &Assignment<'_>) -> Result<(), Doubt> {
    let before = &assignment.line[..assignment.value.start];
    if behind(before, |b| {
        b.is_ascii_whitespace() || b"\"'`=<>(".contains(b)
    })
    .starts_with(b"arn:")
    {
        return Err(Doubt::Reference);
    }
    if is_result(before) {
        return Err(Doubt::OtherKind);
    }
    if let Some(before) = before_name(assignment) {
        let word = behind(before.trim_ascii_end(), |b| !b.is_ascii_alphabetic());
        // In programs the word says who may see the variable.
        let modifier = assignment.name.starts_with(b"$") || assignment.syntax == Syntax::Equals;
        if before.ends_with(b"::") || name::is_public(word) && !modifier {
            return Err(Doubt::OtherKind);
        }
    }
    let text = behind(before, |b| {
        !b.is_ascii_alphanumeric() && !b"+/=".contains(b)
    });
    match text.len() >= TEXT_MIN && randomness::score(text) >= CHANCE {
        true => Err(Doubt::OtherWord),
        false => Ok(()),
    }
}

/// Whether an arrow stands before the value, and before it a call with a text: the value is what that
/// gives back.
fn is_result(before: &[u8]) -> bool {
    let quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
    let end = before.iter().rposition(|b| !quote(b));
    let before = &before[..end.map_or(0, |at| at + 1)];
    let call = before.trim_ascii_end().strip_suffix(b"=>");
    let call = call.and_then(|call| call.trim_ascii_end().strip_suffix(b")"));
    call.is_some_and(|call| call.last().is_some_and(quote))
}

/// The end of `text` behind the last byte that `ends` a part of it.
fn behind(text: &[u8], ends: impl Fn(&u8) -> bool) -> &[u8] {
    let start = text.iter().rposition(ends);
    &text[start.map_or(0, |at| at + 1)..]
}

/// The line up to the name.
pub(super) fn before_name<'a>(assignment: &Assignment<'a>) -> Option<&'a [u8]> {
    let before = &assignment.line[..assignment.value.start];
    let at = memchr::memmem::rfind(before, assignment.name)?;
    Some(&before[..at])
}

/// The part of the line that is about the value: [`around`], up to the next element of a list.
pub(super) fn clause<'a>(assignment: &Assignment<'a>) -> [&'a [u8]; 2] {
    let [before, after] = around(assignment);
    let ends = |b: &u8| b",;{}".contains(b);
    let end = after.iter().position(ends);
    [behind(before, ends), &after[..end.unwrap_or(after.len())]]
}

/// Reads what the line says of the value.
pub(super) fn says(assignment: &Assignment<'_>) -> Says {
    let mut said = Says::Nothing;
    for text in around(assignment) {
        for part in parts(text) {
            let end = part.end;
            let word = &text[part.clone()];
            if is_in_host(text, &part) {
                continue;
            }
            if EXAMPLES.has_numbered(word)
                || is_for_example(word, &text[end..])
                || is_searched(word, &text[end..])
            {
                return Says::Example;
            }
            if TESTS.has_numbered(word) {
                said = Says::Test;
            }
        }
    }
    said
}

/// `api.example.com`, `test@…`: a host or an account that is called so says nothing of the value.
fn is_in_host(text: &[u8], word: &Range<usize>) -> bool {
    let before = text[..word.start].last();
    let after = text.get(word.end);
    let goes_on = text
        .get(word.end + 1)
        .is_some_and(u8::is_ascii_alphanumeric);
    before.is_some_and(|byte| matches!(byte, b'.' | b'@' | b'/'))
        || after == Some(&b'@')
        || after == Some(&b'.') && goes_on && text[word.start..].starts_with(b"example.")
}

/// `e.g.`
fn is_for_example(word: &[u8], rest: &[u8]) -> bool {
    word.eq_ignore_ascii_case(b"e") && rest.starts_with(b".g.")
}

/// `indexName`: keys that search an index stand in pages.
fn is_searched(word: &[u8], rest: &[u8]) -> bool {
    word == b"index" && (rest.starts_with(b"Name") || rest.starts_with(b"_name"))
}

/// Words that say that something is made up, or shown to everyone.
static EXAMPLES: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "beacon bogus docsearch dummy eg example examples fake faked fakes indexname mock mocked mocks \
         placeholder publishable sample samples sitekey",
    )
});

/// Words that say that something is there for a test.
static TESTS: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "assert assertequal assertequals describe doctest expect expected fixture fixtures test \
         testcase testcases tested testing tests unittest",
    )
});

#[cfg(test)]
mod tests {
    use super::{Says, is_result, says};
    use crate::plausible::{Assignment, Quotes, Syntax, Wanted};

    #[track_caller]
    fn check(line: &str, expected: Says) {
        let at = line.find("VALUE").expect("the line holds the value");
        let assignment = Assignment {
            wanted: Wanted::Token,
            syntax: Syntax::Equals,
            quotes: Quotes::Quoted,
            name: b"token",
            word: 0..5,
            line: line.as_bytes(),
            value: at..at + 5,
        };
        assert_eq!(says(&assignment), expected, "{line}");
    }

    #[test]
    fn words_near_the_value_say_what_it_is() {
        check("token = \"VALUE\" # example", Says::Example);
        check("fake_token = 'VALUE'", Says::Example);
        check("set the token (e.g. \"VALUE\")", Says::Example);
        check("assertEqual(token, 'VALUE') # test", Says::Test);
        check("testToken1 = 'VALUE'", Says::Test);
        check("apiKey: 'VALUE', indexName: 'docs'", Says::Example);
        check("token = 'VALUE'; contest = latest", Says::Nothing);
        check(
            "curl -H 'token: VALUE' https://api.example.com/",
            Says::Nothing,
        );
    }

    #[test]
    fn an_arrow_behind_a_call_shows_its_result() {
        assert!(is_result(b"sign('', 'secret') => '"));
        assert!(!is_result(b"secret: () => '") && !is_result(b"'secret' => '"));
    }

    #[test]
    fn words_far_away_say_nothing() {
        check(
            &format!("example {} token = 'VALUE'", " ".repeat(200)),
            Says::Nothing,
        );
    }
}
