//! Tests the form of a match, and remembers how far runs go.

use crate::matcher::refusal::Refusal;
use crate::rule::byteset::{ByteSet, WORD};
use crate::rule::model::{Before, Form, Step};

/// A run that was followed: all bytes from `start` to `end` are of its class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Known {
    start: usize,
    end: usize,
}

/// From so many bytes of one class on it pays to remember how far they go.
const LONG: usize = 16;

/// Tests the bytes of a match that begins at `start`.
#[inline]
pub(super) fn fits(
    form: &Form,
    bytes: &[u8],
    start: usize,
    runs: &mut Vec<Known>,
) -> Result<(), Refusal> {
    let before = start.checked_sub(1).and_then(|at| bytes.get(at)).copied();
    let fits = match form.before {
        Before::Any => true,
        Before::NotWord => before.is_none_or(|byte| !WORD.contains(byte)),
        Before::Word => before.is_some_and(|byte| WORD.contains(byte)),
        Before::LineStart => before.is_none_or(|byte| byte == b'\n'),
    };
    if !fits {
        return Err(Refusal::InsideWord);
    }
    let mut at = start;
    let mut run = 0;
    for step in &form.steps {
        match step {
            Step::Fixed { class, n } if *n < LONG => {
                let text = bytes.get(at..).unwrap_or_default();
                let fitting = text
                    .iter()
                    .take(*n)
                    .take_while(|&&byte| class.contains(byte));
                let fitting = fitting.count();
                at += fitting;
                if fitting < *n {
                    return Err(Refusal::Form { at });
                }
            }
            Step::Fixed { class, n } => {
                let len = follow(bytes, at, (class, *n), next(runs, &mut run));
                at += len;
                if len < *n {
                    return Err(Refusal::Form { at });
                }
            }
            Step::Run { class, min, max } => {
                let len = follow(bytes, at, (class, max + 1), next(runs, &mut run));
                at += len;
                if !(*min..=*max).contains(&len) {
                    return Err(Refusal::Form { at });
                }
            }
            Step::Next { class } => {
                if !bytes.get(at).is_none_or(|&byte| class.contains(byte)) {
                    return Err(Refusal::Form { at });
                }
            }
        }
    }
    Ok(())
}

/// What is known of the next run of the form.
fn next<'a>(runs: &'a mut Vec<Known>, run: &mut usize) -> &'a mut Known {
    *run += 1;
    if runs.len() < *run {
        runs.resize(*run, Known::default());
    }
    &mut runs[*run - 1]
}

/// Length of the run of a class from `at` on, or `most` if it is longer.
///
/// Goes on where an earlier call stopped, so that anchors repeated within one run do not read it again
/// and again.
fn follow(bytes: &[u8], at: usize, (class, most): (&ByteSet, usize), known: &mut Known) -> usize {
    if !(known.start..=known.end).contains(&at) {
        *known = Known { start: at, end: at };
    }
    let limit = at.saturating_add(most).min(bytes.len());
    let rest = bytes.get(known.end..limit).unwrap_or_default();
    known.end += rest
        .iter()
        .take_while(|&&byte| class.contains(byte))
        .count();
    known.end.min(limit) - at
}
