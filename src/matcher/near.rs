//! Whether the words of a rule's context stand near a value.

use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::rule::model::{BLOCK_BYTES, Context, Within};

/// Whether one of the words stands on the value's line or, where the rule says so, in the keys and
/// sections that enclose it.
pub(super) fn stands(
    bytes: &[u8],
    value: &Range<usize>,
    window: &Range<usize>,
    (context, words): (&Context, &AhoCorasick),
) -> bool {
    let longest = context.words.iter().map(String::len).max().unwrap_or(0);
    let distance = context.distance as usize;
    let low = value
        .start
        .saturating_sub(distance + longest)
        .max(window.start);
    let high = value.end.saturating_add(distance + longest).min(window.end);
    let line = line_around(bytes, value, low..high);
    let before = line.start..value.start;
    let after = value.end..line.end;
    let close = |part: Range<usize>| {
        words
            .find_overlapping_iter(&bytes[part.clone()])
            .any(|word| {
                let word = part.start + word.start()..part.start + word.end();
                word.end + distance >= value.start && word.start <= value.end + distance
            })
    };
    if close(before) || close(after) {
        return true;
    }
    context.within == Within::Block && encloses(bytes, value.start, words)
}

/// The part of `clip` that lies on the value's own lines.
fn line_around(bytes: &[u8], value: &Range<usize>, clip: Range<usize>) -> Range<usize> {
    let before = memchr::memrchr(b'\n', &bytes[clip.start..value.start]);
    let after = memchr::memchr(b'\n', &bytes[value.end..clip.end.max(value.end)]);
    let start = before.map_or(clip.start, |at| clip.start + at + 1);
    start..after.map_or(clip.end.max(value.end), |at| value.end + at)
}

/// Whether a word stands in a line above that encloses the value: one with a smaller indentation than
/// all lines between, or a `[section]`.
fn encloses(bytes: &[u8], value: usize, words: &AhoCorasick) -> bool {
    let floor = value.saturating_sub(BLOCK_BYTES as usize);
    let above = &bytes[floor..value];
    let Some(mut end) = memchr::memrchr(b'\n', above) else {
        return false;
    };
    let own = &above[end + 1..];
    let mut least = indentation(own).unwrap_or(own.len());
    loop {
        let start = match memchr::memrchr(b'\n', &above[..end]) {
            Some(at) => at + 1,
            // A line that begins before the block is not seen whole.
            None if floor > 0 => return false,
            None => 0,
        };
        let line = &above[start..end];
        if let Some(indent) = indentation(line) {
            let section = indent <= least && line.get(indent) == Some(&b'[');
            if (indent < least || section) && words.is_match(line) {
                return true;
            }
            if section {
                return false;
            }
            least = least.min(indent);
        }
        if start == 0 {
            return false;
        }
        end = start - 1;
    }
}

/// White space at the start of a line, in bytes; none for a blank line.
fn indentation(line: &[u8]) -> Option<usize> {
    line.iter().position(|byte| !byte.is_ascii_whitespace())
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasick;

    use super::encloses;

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let words = AhoCorasick::new(["word"]).expect("one word builds");
        let value = text.find("VALUE").expect("it is there");
        assert_eq!(encloses(text.as_bytes(), value, &words), expected, "{text}");
    }

    #[test]
    fn keys_and_sections_enclose_what_is_indented_below_them() {
        check("word:\n  key: VALUE", true);
        check("word:\n  a:\n    b: 1\n\n    key: VALUE", true);
        check("word:\nother:\n  key: VALUE", false);
        check("  word: 1\n  key: VALUE", false);
        check("[word]\nkey = VALUE", true);
        check("[word]\n[other]\nkey = VALUE", false);
    }

    #[test]
    fn value_alone_on_its_line_is_enclosed_too() {
        check("word: |\n  VALUE", true);
        check("word:\n  - a\n  VALUE", true);
        check("word\nVALUE", false);
    }
}
