//! How sure it is that a value that nothing disproves is a secret.

use std::sync::LazyLock;

use crate::level::Confidence;
use crate::plausible::code::{is_setting, is_spoken};
use crate::plausible::human::{self, Made};
use crate::plausible::line::{self, Says};
use crate::plausible::makeup::Makeup;
use crate::plausible::name::Claim;
use crate::plausible::words::{Table, parts};
use crate::plausible::{Assignment, Doubt, Quotes, Wanted, digest};
use crate::randomness;

/// What a value has to score to be made by chance, in bits a character, see [`randomness::score`].
const CHANCE: f64 = 0.8;

/// What it has to score to be made by chance almost certainly.
const CERTAIN: f64 = 1.5;

/// The same for short values of one or two classes of characters.
const SHORT_CERTAIN: f64 = 2.5;

/// Says how sure it is, by the randomness of the value, the name, and the rest of the line.
///
/// # Errors
///
/// That the value is not random enough for what its name says.
pub(super) fn grade(
    assignment: &Assignment<'_>,
    value: &[u8],
    makeup: &Makeup,
    claim: Claim,
) -> Result<Confidence, Doubt> {
    let score = randomness::score(value);
    let confidence = match assignment.wanted {
        Wanted::Token => token(value, makeup, score, claim)?,
        Wanted::Password => password(assignment, value, makeup, score, claim)?,
    };
    line::check(assignment)?;
    if digest::is_key_id(assignment.name, value, makeup) {
        return Err(Doubt::Fingerprint);
    }
    let called_hash = |text: &&[u8]| digest::is_called_hash(text, value.len());
    if makeup.is_hex() && line::clause(assignment).iter().any(called_hash) {
        return Err(Doubt::Hash);
    }
    let chance = score >= CERTAIN && value.len() >= TESTED_MIN;
    Ok(in_context(assignment, claim, (confidence, chance)))
}

/// The least length of a value made by chance that counts in a test too, in bytes.
const TESTED_MIN: usize = 12;

/// Grades bytes that are written as escapes and are no text.
///
/// # Errors
///
/// That the name says too little.
pub(super) fn bytes(assignment: &Assignment<'_>, claim: Claim) -> Result<Confidence, Doubt> {
    match claim {
        Claim::Clear => {
            line::check(assignment)?;
            Ok(in_context(assignment, claim, (Confidence::Medium, true)))
        }
        Claim::Loose => Ok(Confidence::Low),
        Claim::Vague | Claim::Doubtful => Err(Doubt::Vague),
    }
}

/// Grades words with blanks between them.
///
/// # Errors
///
/// That the name says too little.
pub(super) fn phrase(assignment: &Assignment<'_>, claim: Claim) -> Result<Confidence, Doubt> {
    match claim {
        Claim::Clear => {
            line::check(assignment)?;
            Ok(in_context(assignment, claim, (Confidence::Medium, false)))
        }
        _ => Err(Doubt::Words),
    }
}

/// Grades a UUID under a name that is clearly that of a secret: some issuers give out nothing else.
///
/// # Errors
///
/// That the line says that it is something else.
pub(super) fn uuid(assignment: &Assignment<'_>, claim: Claim) -> Result<Confidence, Doubt> {
    line::check(assignment)?;
    let name = assignment.name;
    let has = |table: &Table| parts(name).any(|part| table.has(&name[part]));
    let word = name.get(assignment.word.clone()).unwrap_or_default();
    let token = word
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"token"));
    let named = has(&IDENTIFIED) || token && !has(&GRANTING);
    match named || !(assignment.quotes == Quotes::Quoted || is_setting(assignment)) {
        true => Err(Doubt::Uuid),
        false => Ok(in_context(assignment, claim, (Confidence::Medium, false))),
    }
}

/// Words that say of a token that it opens something.
static GRANTING: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "access admin api auth authentication authorization bearer bot deploy oauth personal private \
         refresh secret service",
    )
});

/// Words of names under which UUIDs tell things apart.
static IDENTIFIED: LazyLock<Table> = LazyLock::new(|| {
    Table::new(
        "cancel client continuation correlation csrf device fcm guid id idempotency instance job lock message \
         nonce page push request session state trace transaction user uuid",
    )
});

/// Lowers a confidence by what stands around the value; the flag says that chance made the value.
fn in_context(
    assignment: &Assignment<'_>,
    claim: Claim,
    (confidence, chance): (Confidence, bool),
) -> Confidence {
    let quoted = assignment.quotes == Quotes::Quoted;
    let most = match claim {
        Claim::Doubtful => Confidence::Low,
        _ if quoted => Confidence::High,
        Claim::Vague => Confidence::Low,
        _ if is_setting(assignment) => Confidence::High,
        _ => Confidence::Medium,
    };
    match line::says(assignment) {
        Says::Nothing => confidence.min(most),
        Says::Test if chance => confidence.min(most).min(Confidence::Medium),
        Says::Test => lower(confidence.min(most)),
        Says::Example => Confidence::Low,
    }
}

fn token(value: &[u8], makeup: &Makeup, score: f64, claim: Claim) -> Result<Confidence, Doubt> {
    if score < CHANCE {
        return match claim == Claim::Clear && ends_in_chance(value) {
            true => Ok(Confidence::Medium),
            false => Err(Doubt::Words),
        };
    }
    let len = value.len();
    let least = if makeup.is_hex() { 32 } else { 20 };
    let strong = score >= CERTAIN && len >= least && makeup.n_digits > 0 && makeup.n_letters() > 0;
    let mixed = makeup.n_lower > 0 && makeup.n_upper > 0;
    match claim {
        Claim::Clear if strong => Ok(Confidence::High),
        Claim::Clear if len >= 16 => Ok(Confidence::Medium),
        _ if len < 16 && (score < CERTAIN || makeup.n_digits < 2) => Err(Doubt::Words),
        Claim::Clear => Ok(Confidence::Low),
        Claim::Loose if strong => Ok(Confidence::Medium),
        Claim::Loose => Ok(Confidence::Low),
        Claim::Vague if strong && len >= 24 && mixed => Ok(Confidence::Medium),
        Claim::Vague | Claim::Doubtful if strong => Ok(Confidence::Low),
        Claim::Vague | Claim::Doubtful => Err(Doubt::Vague),
    }
}

/// Whether a long random part follows a short word, as in `key-…`, which is no chance on the whole.
fn ends_in_chance(value: &[u8]) -> bool {
    let joint = |b: &u8| matches!(b, b'-' | b'_' | b'.' | b':');
    let start = value.iter().rposition(joint).map_or(0, |at| at + 1);
    let part = &value[start..];
    start <= part.len() + 8 && part.len() >= 20 && randomness::score(part) >= CHANCE
}

fn password(
    assignment: &Assignment<'_>,
    value: &[u8],
    makeup: &Makeup,
    score: f64,
    claim: Claim,
) -> Result<Confidence, Doubt> {
    let len = value.len();
    let random = match len {
        ..8 => false,
        8..10 => {
            score
                >= if makeup.n_classes() < 3 {
                    SHORT_CERTAIN
                } else {
                    CERTAIN
                }
        }
        _ => score >= CHANCE,
    };
    let digits = makeup.n_digits > 0 || makeup.n_other_marks > 0 || score >= CERTAIN;
    let made = human::made(value, makeup);
    let set =
        assignment.quotes == Quotes::Quoted || is_setting(assignment) || is_spoken(assignment);
    match claim {
        Claim::Clear if score >= CERTAIN && len >= 20 && digits => Ok(Confidence::High),
        _ if human::is_disguise(value) => Ok(Confidence::Low),
        Claim::Clear if random && digits => Ok(Confidence::Medium),
        Claim::Clear if made == Made::Strong => Ok(Confidence::Medium),
        // In lists of names, one often begins as the one before does.
        Claim::Clear if made == Made::Phrase && set && !begin_alike(assignment.name, value) => {
            Ok(Confidence::Medium)
        }
        Claim::Clear if made == Made::Composed && set => Ok(Confidence::Medium),
        _ if made == Made::Words && !random => Err(Doubt::Words),
        _ => Ok(Confidence::Low),
    }
}

/// Whether the first words of both are the same.
fn begin_alike(name: &[u8], value: &[u8]) -> bool {
    let first = |text: &[u8]| parts(text).next().unwrap_or_default();
    name[first(name)].eq_ignore_ascii_case(&value[first(value)])
}

fn lower(confidence: Confidence) -> Confidence {
    match confidence {
        Confidence::High => Confidence::Medium,
        Confidence::Medium | Confidence::Low => Confidence::Low,
    }
}
