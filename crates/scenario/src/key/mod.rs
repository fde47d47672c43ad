//! Keys of a scenario by name: `traffic.arrivals.poisson.rate_per_s`, `alarms."5xx rate".threshold`.
//!
//! A key is a path of words between dots. A table is addressed by its name, an element of a list by
//! its `name` (of a metric of an expression, its `id`) or its place, counted from 0: `alarms.0.period`
//! or `alarms[0].period`. Words with dots or brackets stand in quotes. Words may be left out as long as
//! one key alone ends so: `traffic.rate_per_s`, `rate_per_s`.

mod edit;
mod find;

pub(super) use self::edit::{edited, resolved_in, without};
pub(super) use self::find::{Place, place};
use super::error::{Problem, ScenarioErrors};
use super::load::Loaded;
use std::fmt;

/// A key of a scenario, and the value that it is given instead of the file's.
///
/// The value is written as in TOML; what is not TOML is a text, so texts and times need no quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    /// A path, or enough of its end to be unmistakable.
    pub key: String,
    /// The value's text, such as `0.02`, `90s` or `["5%", "100%"]`.
    pub value: String,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)
    }
}

impl Setting {
    /// Reads `KEY=VALUE`.
    ///
    /// # Errors
    /// A sentence, if a part is absent.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (key, value) = split(text)?;
        if value.is_empty() {
            return Err(format!("`{key}` is given no value; write {key}=VALUE"));
        }
        Ok(Self { key: key.to_owned(), value: value.to_owned() })
    }
}

/// Splits `KEY=…` at the first `=` outside quotes; both parts are trimmed.
///
/// # Errors
/// A sentence, if there is no `=` or no key.
pub fn split(text: &str) -> Result<(&str, &str), String> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '=') => {
                let (key, value) = (text[..at].trim(), text[at + 1..].trim());
                if key.is_empty() {
                    return Err(format!("there is no key before the `=` of `{text}`"));
                }
                return Ok((key, value));
            }
            _ => {}
        }
    }
    Err(format!("`{text}` has no `=`; write KEY=VALUE"))
}

impl Loaded {
    /// The full path of a key that is written in any of the ways that are allowed.
    ///
    /// # Errors
    /// What is wrong with it, and the remedy: no key is called so, several are, or it belongs to
    /// something that the file does not hold.
    pub fn key(&self, key: &str) -> Result<String, (String, String)> {
        let place = place(&self.resolved, key)?;
        edited(&self.source.text, &self.resolved, &[(place.clone(), "0".to_owned())])?;
        Ok(place.to_string())
    }
}

/// The text of a scenario with these settings written into it.
///
/// # Errors
/// Every setting that cannot be made.
pub(super) fn apply(loaded: &Loaded, settings: &[Setting]) -> Result<String, ScenarioErrors> {
    let mut problems: Vec<Problem> = Vec::new();
    let mut edits: Vec<(Place, String)> = Vec::new();
    for setting in settings {
        let found = place(&loaded.resolved, &setting.key).and_then(|place| {
            if let Some((other, _)) = edits.iter().find(|(other, _)| place.overlaps(other)) {
                return Err(clash(&place, other));
            }
            Ok(place)
        });
        match found {
            Ok(place) => edits.push((place, setting.value.clone())),
            Err((message, help)) => problems.push(problem(message, help)),
        }
    }
    let text = edited(&loaded.source.text, &loaded.resolved, &edits).map_err(|(message, help)| {
        problems.push(problem(message, help));
    });
    match text {
        Ok(text) if problems.is_empty() => Ok(text),
        _ => Err(ScenarioErrors::new(&loaded.source.origin, "", problems)),
    }
}

fn clash(place: &Place, other: &Place) -> (String, String) {
    let message = if place == other {
        format!("`{place}` is set twice")
    } else {
        format!("`{place}` and `{other}` lie within each other, and both are set")
    };
    (message, "set each key once".to_owned())
}

fn problem(message: String, help: String) -> Problem {
    Problem { path: String::new(), message, help: Some(help), span: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_equals_sign_outside_quotes_splits() {
        assert_eq!(split("a.b = c=d"), Ok(("a.b", "c=d")));
        assert_eq!(split(r#"a."x=1".b=2"#), Ok((r#"a."x=1".b"#, "2")));
        assert!(split("a.b").is_err_and(|message| message.contains("no `=`")));
        assert!(split("=1").is_err_and(|message| message.contains("no key")));
        assert!(Setting::parse("a=").is_err_and(|message| message.contains("no value")));
        let setting = Setting::parse("endpoint.switch=30s").expect("a setting");
        assert_eq!(setting.to_string(), "endpoint.switch = 30s");
    }
}
