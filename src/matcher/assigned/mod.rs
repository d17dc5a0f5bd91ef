//! From a word such as `password` to the value that is assigned to the name it stands in.
//!
//! Words of this kind stand everywhere, so most of them must be turned away within a few bytes: the
//! word ends here, a name ends soon after it, something that binds a value follows, and then a run
//! of bytes that could be one. No regular expression takes part. What a text in any of many
//! languages and formats binds to what is read, not understood: whether it can be a secret is
//! judged by [`crate::plausible`].
//!
//! Everything is read from the anchor's own line, at most [`ASSIGNED_REACH`] bytes either side. A
//! value ends within half of that, so that other rules can judge it from what is in reach.

mod bind;
mod name;
mod value;

use std::ops::Range;

use crate::matcher::confirm::Candidate;
use crate::matcher::refusal::Refusal;
use crate::plausible::{Assignment, Syntax, Wanted};
use crate::rule::model::ASSIGNED_REACH;

/// The text to the right of an anchor: its line, as far as the rule may look.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    bytes: &'a [u8],
    /// Nothing from here on is looked at.
    end: usize,
}

impl Text<'_> {
    /// The byte there; a line feed where the text ends.
    fn at(&self, at: usize) -> u8 {
        if at < self.end { self.bytes[at] } else { b'\n' }
    }

    /// The first position from `at` on that holds no blank.
    fn skip_blanks(&self, at: usize) -> usize {
        let mut at = at;
        while matches!(self.at(at), b' ' | b'\t') {
            at += 1;
        }
        at
    }

    /// Whether the text goes on with this word in lower case, whatever its own case.
    fn says(&self, at: usize, word: &str) -> bool {
        let text = self.bytes[..self.end].get(at..at + word.len());
        text.is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Reads the assignment at an anchor; the window it lies in comes with it.
pub(super) fn read<'a>(
    candidate: &Candidate<'a>,
    wanted: Wanted,
) -> Result<(Range<usize>, Assignment<'a>), Refusal> {
    let &Candidate {
        bytes, start, end, ..
    } = candidate;
    let reach = ASSIGNED_REACH as usize;
    let text = Text {
        bytes,
        end: end.saturating_add(reach).min(bytes.len()),
    };
    let word = start..end;
    if !name::is_whole(&text, &word) {
        return Err(Refusal::InsideWord);
    }
    let name_end = name::end(&text, end);
    let low = start.saturating_sub(reach);
    let name = || name::start(bytes, low, start)..name_end;
    let in_tag = matches!(text.at(name_end), b' ' | b'\t') && name::is_tag(bytes, name().start);
    let bound = if in_tag {
        bind::tag(&text, name_end)
    } else {
        bind::bind(&text, name_end)
    };
    // Most words fall here, before anyone looks at what stands before them.
    let bound = bound.filter(|bound| value::may_be(&text, bound));
    let bound = bound.ok_or(Refusal::Unassigned)?;
    let name = name();
    let blank = bound.syntax == Syntax::Space && !bound.quoted_only;
    if blank && !name::may_bind_by_blank(bytes, low, name.start) {
        return Err(Refusal::Unassigned);
    }
    let before = name::Before::of(bytes, low, name.start);
    if !bound.holds_with(before) {
        return Err(Refusal::Unassigned);
    }
    let found = value::read(&text, &bound, before).ok_or(Refusal::Unassigned)?;
    if found.span.end > end + reach / 2 {
        return Err(Refusal::Unassigned);
    }
    let window = candidate.window();
    let assignment = Assignment {
        wanted,
        syntax: bound.syntax_with(before),
        quotes: found.quotes,
        name: &bytes[name.clone()],
        word: word.start - name.start..word.end - name.start,
        line: &bytes[window.clone()],
        value: found.span.start - window.start..found.span.end - window.start,
    };
    Ok((window, assignment))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::level::Confidence;
    use crate::matcher::confirm::Candidate;
    use crate::matcher::program::Program;
    use crate::plausible::{Syntax, Wanted};
    use crate::rule;

    /// Reads the assignment at the first `word`; the value stands between `«` and `»`, if any does.
    #[track_caller]
    fn check(word: &str, marked: &str, syntax: Option<Syntax>) {
        let text = marked.replace(['«', '»'], "");
        let expected = marked
            .split_once('«')
            .and_then(|(_, rest)| rest.split_once('»'));
        let expected = expected.map(|(value, _)| value);
        let ruleset = rule::builtin(&[]).expect("the rules of this version load");
        let rule = ruleset.position("generic-secret").expect("it exists");
        let rule = ruleset.rules[rule].text().expect("it is a rule on text");
        let program = Program::default();
        let start = text.to_lowercase().find(word).expect("the word is there");
        let candidate = Candidate {
            text: rule,
            confidence: Confidence::High,
            program: &program,
            bytes: text.as_bytes(),
            start,
            end: start + word.len(),
        };
        let found = read(&candidate, Wanted::Token).ok();
        let value = found.as_ref().map(|(window, assignment)| {
            let value = &text[window.clone()][assignment.value.clone()];
            (value, assignment.syntax)
        });
        assert_eq!(value, expected.zip(syntax), "{text}");
    }

    /// Each of these binds its value in the same way.
    #[track_caller]
    fn check_all(word: &str, syntax: Syntax, texts: &[&str]) {
        for text in texts {
            check(word, text, Some(syntax));
        }
    }

    #[test]
    fn operators_bind() {
        check_all(
            "token",
            Syntax::Equals,
            &[
                "token=«abc123xyz»",
                "  my_token = \"«abc123xyz»\"",
                "const authToken = '«abc 123 xyz»';",
                "$token := `«abc123xyz»`",
                "'token' => '«abc123xyz»',",
                "token ||= \"«abc123xyz»\"",
                "token <- \"«abc123xyz»\"",
                "if (token === '«abc123xyz»') {",
                "process.env.TOKEN || '«abc123xyz»'",
                "os.environ[\"TOKEN\"] = \"«abc123xyz»\"",
                "os.getenv(\"TOKEN\") or \"«abc123xyz»\"",
                "${TOKEN:-«abc123xyz»}",
                "export TOKEN=«abc123)xyz»",
                "ENV TOKEN=«abc123xyz»",
                "  tokens: string = \"«abc123xyz»\"",
                "var token string = \"«abc123xyz»\"",
                "let token: &'static str = \"«abc123xyz»\";",
                "Dim token As String = \"«abc123xyz»\"",
                "char token[] = \"«abc123xyz»\";",
                "token = b\"«abc123xyz»\"",
                "token = @\"«abc123xyz»\"",
                "token = String::from(\"«abc123xyz»\")",
                "token = [\"«abc123xyz»\"]",
                "token = r#\"«abc123xyz»\"#",
                "token = \"\"\"«abc123xyz»\"\"\"",
            ],
        );
    }

    #[test]
    fn pairs_calls_and_tags_bind() {
        check_all(
            "token",
            Syntax::Colon,
            &[
                "token: «abc123xyz»",
                "  \"token\": \"«abc123xyz»\",",
                "{\\\"token\\\": \\\"«abc123xyz»\\\"}",
                "- token: '«abc123xyz»' # mine",
                "{token:«abc123xyz»,other:1}",
                "X-Token: «abc123xyz»",
                "-H 'X-Token: «abc123xyz»'",
                "@Value(\"${app.token:«abc123xyz»}\")",
                "token：«abc123xyz»",
            ],
        );
        check_all(
            "token",
            Syntax::Call,
            &[
                "client.setToken(\"«abc123xyz»\")",
                "setenv(\"TOKEN\", \"«abc123xyz»\", 1)",
                "{\"token\", \"«abc123xyz»\"}",
                "-define(TOKEN, \"«abc123xyz»\").",
                "{token, <<\"«abc123xyz»\">>}",
                "field \"TOKEN\", \"\\\"«abc123xyz»\\\"\"",
                "find(By.id(\"token\")).sendKeys(\"«abc123xyz»\");",
            ],
        );
        check_all(
            "token",
            Syntax::Element,
            &[
                "<token>«abc123xyz»</token>",
                "<ns:token>«abc123xyz»</ns:token>",
                "<ns:token Type=\"Text\">«abc123xyz»</ns:token>",
                "<string name=\"token\">«abc123xyz»</string>",
            ],
        );
        check_all(
            "token",
            Syntax::Named,
            &[
                "<add key=\"Token\" value=\"«abc123xyz»\"/>",
                "{\"name\": \"TOKEN\", \"value\": \"«abc123xyz»\"}",
                "\"Token\": { \"Type\": \"String\", \"Default\": \"«abc123xyz»\" }",
            ],
        );
        check_all(
            "token",
            Syntax::Query,
            &["https://x/?a=1&token=«abc123xyz»&b=2"],
        );
    }

    #[test]
    fn blanks_bind_after_an_introduction_or_before_quotation_marks() {
        check_all(
            "token",
            Syntax::Space,
            &[
                "tool --token «abc123xyz» run",
                "ENV TOKEN «abc123xyz»",
                "#define TOKEN \"«abc123xyz»\"",
                "(setq my-token \"«abc123xyz»\")",
                "set -gx TOKEN «abc123xyz»",
                "npm config set //host/:_authToken «abc123xyz»",
                "machine h login me token «abc123xyz»",
                "  my_token «abc123xyz»;",
                "// token is \"«abc123xyz»\"",
                "Set `TOKEN` to `«abc123xyz»` and",
                "set token «abc123xyz»",
            ],
        );
        check("token", "the token abc123xyz is", None);
        check("token", "token abc123xyz is", None);
        check("token", "f(token, \"abc123xyz\")", None);
    }

    #[test]
    fn second_of_a_pair_is_the_secret() {
        let pair = "get(url, auth=(\"deploy\", \"«abc123xyz»\"), timeout=5)";
        check("auth", pair, Some(Syntax::Equals));
    }

    #[test]
    fn schemes_are_no_part_of_a_value() {
        check("auth", "auth: Bearer «abc123xyz»", Some(Syntax::Colon));
        check(
            "auth",
            "\"auth\": \"Basic «abc123xyz»\"",
            Some(Syntax::Colon),
        );
    }

    #[test]
    fn words_inside_other_words_bind_nothing() {
        for text in [
            "monkey = abc123xyz",
            "keyboard = abc123xyz",
            "hotkeys_x = 1",
        ] {
            check("key", text, None);
        }
        check("token", "tokenize = abc123xyz", None);
        check("token", "tokens = «abc123xyz»", Some(Syntax::Equals));
        check("key", "apiKeys = «abc123xyz»", Some(Syntax::Equals));
    }

    #[test]
    fn what_binds_nothing_is_left_alone() {
        for text in [
            "token::abc123xyz",
            "token = \"abc123xyz",
            "token = \"abc123xyz\\",
            "the token `abc123xyz`",
            "token =~ /abc123xyz/",
            "token(abc123xyz)",
        ] {
            check("token", text, None);
        }
    }
}
