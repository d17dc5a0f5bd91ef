//! Values without quotes: in programs they are names, types, calls and other expressions.
//!
//! In a line that holds nothing but the assignment, as in settings, a value without quotes may be
//! anything; in the middle of a program it has to look like a token to be more than a name.

use std::sync::LazyLock;

use crate::plausible::human::{self, Made};
use crate::plausible::line;
use crate::plausible::makeup::Makeup;
use crate::plausible::words::Table;
use crate::plausible::{Assignment, Doubt, Quotes, Syntax, Wanted};
use crate::randomness;

/// Refuses values without quotes that are parts of a program.
///
/// # Errors
///
/// Which part it is.
pub(super) fn check(
    assignment: &Assignment<'_>,
    value: &[u8],
    makeup: &Makeup,
) -> Result<(), Doubt> {
    let next = assignment.line.get(assignment.value.end);
    if assignment.syntax == Syntax::Element && next != Some(&b'<') {
        return Err(Doubt::Code);
    }
    if assignment.quotes == Quotes::Quoted {
        return match makeup.n_other_marks > 2 && is_between_texts(value) {
            true => Err(Doubt::Code),
            false => Ok(()),
        };
    }
    if makeup.n_digits == 0 && is_name(value) && !is_dashed_phrase(assignment, value, makeup) {
        return Err(Doubt::Identifier);
    }
    if next.is_some_and(|byte| b"([{".contains(byte)) || is_members(value) {
        return Err(Doubt::Code);
    }
    if is_setting(assignment) {
        return match is_call(value) {
            true => Err(Doubt::Code),
            false => Ok(()),
        };
    }
    let made = || human::made(value, makeup);
    if assignment.wanted == Wanted::Password
        && is_spoken(assignment)
        && !is_expression(value)
        && matches!(made(), Made::Strong | Made::Composed)
    {
        return Ok(());
    }
    let token = |b: &u8| b.is_ascii_alphanumeric() || b"+/=-_.~%:".contains(b);
    if is_expression(value) || !value.iter().all(token) {
        return Err(Doubt::Code);
    }
    match value.len() < BARE_MIN {
        true => Err(Doubt::Identifier),
        false => Ok(()),
    }
}

/// Whether it is words with dashes in a line of settings, where no program subtracts them.
fn is_dashed_phrase(assignment: &Assignment<'_>, value: &[u8], makeup: &Makeup) -> bool {
    assignment.wanted == Wanted::Password
        && !value.iter().any(|b| matches!(b, b'_' | b'.'))
        && is_setting(assignment)
        && human::made(value, makeup) == Made::Phrase
}

/// The least length of a value without quotes in the middle of a program, in bytes.
const BARE_MIN: usize = 12;

/// What letters without digits score at most when they are names, in bits a character.
const NAME_SCORE: f64 = 1.5;

/// Letters and what joins names, and not by chance.
fn is_name(value: &[u8]) -> bool {
    let joins = |b: &u8| b.is_ascii_alphabetic() || b"_-.$:>?!&*@/".contains(b);
    let least = if value.len() < 10 { 2.0 } else { 1.0 } * NAME_SCORE;
    value.iter().all(joins) && randomness::score(value) < least
}

/// What stands between two texts of a program that were taken for one: `), x ? y.z(`; or a text of a
/// program in another: `x=["y"]`.
fn is_between_texts(value: &[u8]) -> bool {
    let quoted = |pair: &[u8]| b"[({,:=".contains(&pair[0]) && b"\"'`".contains(&pair[1]);
    let escaped = |pair: &&[u8]| pair[0] == b'\\' && b"\"'`".contains(&pair[1]);
    if value.windows(2).any(quoted) || value.windows(2).filter(escaped).count() > 1 {
        return true;
    }
    let (Some(first), Some(last)) = (value.first(), value.last()) else {
        return false;
    };
    let structure = |b: &&u8| b"()[]{},;=:.+".contains(b);
    let n_structure = value.iter().filter(structure).count();
    let opens = b"(,+[{;=?:&|".contains(last);
    let closes = b"),;+]}:?&|".contains(first);
    // Of all marks that generators use, an eighth are of these.
    opens && closes && n_structure >= 3 && n_structure * 6 >= value.len()
        || (opens || closes) && n_structure >= 3 && n_structure * 2 >= value.len()
}

/// A list, a map, or a call of something with a name, as they stand in settings and in programs.
fn is_call(value: &[u8]) -> bool {
    let bracket = |b: &u8| matches!(b, b'(' | b'[' | b'{');
    if value.ends_with(b"()") {
        return true;
    }
    match value.iter().position(bracket) {
        Some(0) => value[0] != b'(',
        Some(at) => {
            let name = &value[..at];
            let joins = |b: &u8| b.is_ascii_alphanumeric() || b"_.$:!&*>-".contains(b);
            at >= 3 && name.iter().all(joins) && {
                let most = if value.ends_with(b")") {
                    NAME_SCORE
                } else {
                    0.0
                };
                randomness::score(name) < most
            }
        }
        None => false,
    }
}

/// Brackets and operators of programs.
fn is_expression(value: &[u8]) -> bool {
    let contains = |part: &&str| memchr::memmem::find(value, part.as_bytes()).is_some();
    value.iter().any(|b| b"()[]{}<>|&".contains(b)) || ["->", "::", "?."].iter().any(contains)
}

/// A member of something: names joined by dots.
fn is_members(value: &[u8]) -> bool {
    let word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
    let member = |part: &[u8]| {
        let letters = part
            .first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_');
        letters && part.len() < 20 && part.iter().all(word)
    };
    let value = value.strip_prefix(b"&").unwrap_or(value);
    value.contains(&b'.')
        && value.split(|&byte| byte == b'.').all(member)
        && randomness::score(value) < NAME_SCORE
}

/// Words that may stand before a name in a line that only assigns.
static LEADING: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "arg build const declare e env environment export global let local readonly set setenv setx var",
    )
});

/// Whether the line holds nothing but the assignment, or the syntax leaves no room for a program.
pub(super) fn is_setting(assignment: &Assignment<'_>) -> bool {
    if assignment.line.starts_with(b"#define") {
        return false;
    }
    match assignment.syntax {
        Syntax::Query | Syntax::Element | Syntax::Named | Syntax::Space => return true,
        Syntax::Call => return false,
        Syntax::Equals | Syntax::Colon => {}
    }
    let Assignment { line, value, .. } = assignment;
    if is_in_list(assignment) {
        return true;
    }
    // A line may be written down inside a text.
    let after = line[value.end..].trim_ascii();
    let ends = |byte: &u8| b"\"'`\\,".contains(byte);
    let after = after.strip_prefix(b"\\n").unwrap_or(after);
    let comment = after.starts_with(b"#") || after.starts_with(b"//");
    if !comment && !after.iter().all(ends) {
        return false;
    }
    let Some(before) = line::before_name(assignment) else {
        return false;
    };
    let mut lead = before.split(|b| !b.is_ascii_alphanumeric());
    lead.all(|word| word.is_empty() || LEADING.has(word))
}

/// Whether it is told, not computed: a colon and a blank before it, or its name and an equals sign
/// without blanks, and behind it the end of the line, of a comment or of a cell; also what a shell
/// takes if a variable is not set.
pub(super) fn is_spoken(assignment: &Assignment<'_>) -> bool {
    let Assignment {
        line, value, name, ..
    } = assignment;
    let (before, after) = (&line[..value.start], &line[value.end..]);
    if before.ends_with(b":-") && after.starts_with(b"}") {
        return true;
    }
    let blank = after.first().is_none_or(u8::is_ascii_whitespace);
    match assignment.syntax {
        Syntax::Colon => {
            let rest = after.trim_ascii_start();
            let ends = rest.is_empty() || rest.starts_with(b"*/") || rest.starts_with(b"|");
            blank && ends && before.ends_with(b": ")
        }
        Syntax::Equals => {
            let start = before.strip_suffix(b"=");
            blank && start.is_some_and(|start| start.ends_with(name))
        }
        _ => false,
    }
}

/// Whether it stands in a connection string: `…;Password=value;…`.
fn is_in_list(assignment: &Assignment<'_>) -> bool {
    let Assignment {
        line, value, name, ..
    } = assignment;
    let before = &line[..value.start];
    let start = before
        .strip_suffix(b"=")
        .and_then(|b| b.strip_suffix(*name));
    let begins = start.and_then(<[u8]>::last);
    let ends = line.get(value.end);
    begins.is_some_and(|byte| b";\"'".contains(byte))
        && ends.is_none_or(|byte| b";\"'".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::{check, is_setting, is_spoken};
    use crate::plausible::makeup::Makeup;
    use crate::plausible::{Assignment, Doubt, Quotes, Syntax, Wanted};

    fn bare<'a>(line: &'a str, value: &str) -> Assignment<'a> {
        let at = line.rfind(value).expect("the line holds the value");
        Assignment {
            wanted: Wanted::Password,
            syntax: Syntax::Equals,
            quotes: Quotes::Bare,
            name: b"password",
            word: 0..8,
            line: line.as_bytes(),
            value: at..at + value.len(),
        }
    }

    #[track_caller]
    fn refused(values: &[&str], expected: Option<Doubt>) {
        for value in values {
            let line = format!("if x {{ password = {value}; }}");
            let assignment = bare(&line, value);
            let bytes = value.as_bytes();
            let found = check(&assignment, bytes, &Makeup::of(bytes)).err();
            assert_eq!(found, expected, "{value}");
        }
    }

    #[test]
    fn names_are_refused() {
        refused(
            &[
                "user_password",
                "String",
                "self.token",
                "Option<&str>"[..6].as_ref(),
            ],
            Some(Doubt::Identifier),
        );
        refused(
            &["getPassword", "&Config", "this.auth.token", "kMaximumBytes"],
            Some(Doubt::Identifier),
        );
    }

    #[test]
    fn expressions_are_refused() {
        let calls = [
            "get2()",
            "list[0",
            "x2->token",
            "Kind::V2",
            "self.token2",
            "a1&&b1",
            "!x(2)",
        ];
        refused(&calls, Some(Doubt::Code));
        refused(&["p4ss!word-12", "a9|b8|c7|d6|e"], Some(Doubt::Code));
        refused(&["sha256", "kind2"], Some(Doubt::Identifier));
    }

    #[test]
    fn tokens_are_not() {
        refused(
            &["k3J9xQ2mPz7Lw4Rt", "QkzXpLmRtWvBnYcD", "3f9a-11c0-92be"],
            None,
        );
    }

    #[test]
    fn what_is_told_is_no_expression() {
        let told = [
            "// ssh password: x!9",
            "| staging | password: x!9 |",
            "DEBUG password=x!9 next",
            "password=\"${password:-x!9}\"",
        ];
        assert!(told.iter().all(|line| {
            let syntax = match line.contains(": ") {
                true => Syntax::Colon,
                false => Syntax::Equals,
            };
            is_spoken(&Assignment {
                syntax,
                ..bare(line, "x!9")
            })
        }));
        assert!(!is_spoken(&bare("if password == x!9 {", "x!9")));
    }

    #[test]
    fn settings_stand_alone_in_their_line() {
        let lines = [
            "password = x!9",
            "  export password=x!9 # why",
            "- password: x!9",
            "ENV password x!9",
        ];
        assert!(lines.iter().all(|line| is_setting(&bare(line, "x!9"))));
        assert!(is_setting(&bare("f(\"Server=a;password=x!9;B=c\")", "x!9")));
        for line in [
            "if password == x!9 {",
            "f(password=x!9)",
            "user password = x!9",
        ] {
            assert!(!is_setting(&bare(line, "x!9")), "{line}");
        }
    }
}
