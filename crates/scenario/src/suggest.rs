//! Near misses: what a misspelt word was probably meant to be.

use std::fmt::Write as _;

/// The remedy for an unknown `word`: the nearest of the known ones if one is near, and all if they
/// are few.
pub(super) fn remedy<S: AsRef<str>>(word: &str, known: &[S]) -> String {
    let mut remedy = String::new();
    if let Some(near) = nearest(word, known) {
        let _ = write!(remedy, "did you mean `{near}`?");
    } else if known.is_empty() {
        remedy.push_str("there is none to choose from");
    } else {
        remedy.push_str("choose from ");
        for (index, name) in known.iter().take(LISTED).enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            let _ = write!(remedy, "{comma}`{}`", name.as_ref());
        }
        if known.len() > LISTED {
            let _ = write!(remedy, " and {} more", known.len() - LISTED);
        }
    }
    remedy
}

/// The nearest of the `known` words if it is near: at most a third of its letters wrong, letter
/// case and punctuation not counted.
pub(super) fn nearest<'a, S: AsRef<str>>(word: &str, known: &'a [S]) -> Option<&'a str> {
    let bare_word = bare(word);
    // Comparing takes time by the product of the lengths, and no name is as long as this.
    if bare_word.len() > 200 {
        return None;
    }
    known
        .iter()
        .map(AsRef::as_ref)
        .map(|name| (strsim::damerau_levenshtein(&bare_word, &bare(name)), name))
        .filter(|(distance, name)| *distance <= name.chars().count().max(3) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// How many choices are listed at most.
const LISTED: usize = 20;

fn bare(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["threshold", "treat_missing_data", "period"];
        assert_eq!(nearest("treshold", &known), Some("threshold"));
        assert_eq!(nearest("TreatMissingData", &known), Some("treat_missing_data"));
        assert_eq!(nearest("preiod", &known), Some("period"));
        assert_eq!(nearest("statistic", &known), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), &known), None);
    }

    #[test]
    fn lists_the_choices_if_nothing_is_near() {
        assert_eq!(remedy("x", &["alpha", "beta"]), "choose from `alpha`, `beta`");
        assert_eq!(remedy::<&str>("x", &[]), "there is none to choose from");
    }
}
