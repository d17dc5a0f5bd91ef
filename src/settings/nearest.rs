//! What was meant by a word that nothing is called.

/// Characters of an unknown word that a message repeats.
const SHOWN_MAX: usize = 60;

/// `did you mean "…"?`, where one of the known words is near enough.
pub(super) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|known| format!("did you mean {known:?}?"))
}

/// The known word that the fewest slips lead to: at most one for each three characters, and one in
/// any case. The first one of several.
fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let n_characters = word.chars().count();
    if n_characters > SHOWN_MAX {
        return None;
    }
    let most = (n_characters / 3).max(1);
    let slips = |known: &'a str| (strsim::damerau_levenshtein(word, known), known);
    let near = known.into_iter().map(slips).filter(|(n, _)| *n <= most);
    near.min_by_key(|(n, _)| *n).map(|(_, known)| known)
}

/// As much of an unknown word as a message repeats.
pub(super) fn short(word: &str) -> String {
    match word.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &word[..end]),
        None => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{hint, short};

    #[test]
    fn near_words_are_offered_and_others_are_not() {
        let known = ["allow", "exclude", "fail-on"];
        let meant = |word| hint(word, known);
        assert_eq!(meant("alow").as_deref(), Some("did you mean \"allow\"?"));
        assert_eq!(
            meant("fail_on").as_deref(),
            Some("did you mean \"fail-on\"?")
        );
        assert_eq!(
            meant("exlcude").as_deref(),
            Some("did you mean \"exclude\"?")
        );
        assert_eq!(meant("paths"), None);
        assert_eq!(meant(""), None);
        assert_eq!(meant(&"a".repeat(1_000_000)), None);
    }

    #[test]
    fn long_words_are_cut_between_characters() {
        assert_eq!(short("word"), "word");
        assert_eq!(short(&"é".repeat(61)), format!("{}…", "é".repeat(60)));
    }
}
