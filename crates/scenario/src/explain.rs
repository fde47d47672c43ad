//! The errors of serde and TOML in the words of a scenario file.

use super::error::Problem;
use super::{stand_in, suggest};

/// Syntax errors, the first of each line.
pub(super) fn syntax(text: &str, errors: &[toml::de::Error]) -> Vec<Problem> {
    let mut problems = Vec::<Problem>::new();
    let mut last_line = None;
    for error in errors.iter().take(MOST_SYNTAX_ERRORS) {
        let span = error.span();
        let line =
            span.as_ref().map(|span| text.get(..span.start).map(|t| t.matches('\n').count()));
        if last_line.is_some() && last_line == line {
            continue;
        }
        last_line = line;
        problems.push(Problem {
            path: String::new(),
            message: format!("not TOML: {}", syntax_rule(error)),
            help: Some(syntax_help(error.message()).to_owned()),
            span,
        });
    }
    problems
}

/// The key that an error says is missing.
pub(super) fn missing_key(message: &str) -> Option<&str> {
    message.strip_prefix("missing field `")?.strip_suffix('`')
}

/// Whether an error is about a key that does not exist.
pub(super) fn is_unknown_key(message: &str) -> bool {
    message.starts_with("unknown field")
}

/// Whether an error is about a value that is no word and no table, where one of them chooses.
pub(super) fn is_no_choice(message: &str) -> bool {
    message == "wanted string or table"
}

/// Stands for such a value: the next error then lists what there is to choose from.
pub(super) const NO_CHOICE: &str = "?";

/// The rule and the remedy for the missing key `name` of the table at `path`.
pub(super) fn missing(name: &str, path: &str) -> (String, String) {
    let place = if path.is_empty() { "the scenario".to_owned() } else { format!("`{path}`") };
    let help = match (stand_in::example(name), stand_in::example_table(name)) {
        (Some(line), _) => format!("write, for example, `{line}`"),
        (None, Some(line)) => format!("add [{name}] with, say, `{line}`"),
        (None, None) => format!("add `{name}`"),
    };
    (format!("{place} needs the key `{name}`"), help)
}

/// The rule and the remedy that an error of serde comes to, at `path`.
pub(super) fn explain(message: &str, path: &str) -> (String, Option<String>) {
    let key = path.rsplit('.').next().unwrap_or(path);
    if let Some((kind, word, known)) = unknown(message) {
        let place = match path.rsplit_once('.') {
            Some((table, _)) => format!(" in `{table}`"),
            None => String::new(),
        };
        let remedy = suggest::remedy(word, &known);
        if kind == "choice" && word == NO_CHOICE {
            return (format!("`{key}` must be one of its choices"), Some(remedy));
        }
        let form = stand_in::example(key).filter(|line| kind == "choice" && line.contains('{'));
        let form = form.map_or_else(String::new, |line| format!(", as in `{line}`"));
        return (format!("unknown {kind} `{word}`{place}"), Some(remedy + &form));
    }
    if let Some((found, expected)) = wrong_type(message) {
        let message = format!("`{key}` must be {}, but is {found}", in_words(expected));
        return (message, Some(remedy_for_type(key, expected)));
    }
    if message.starts_with("wanted exactly 1 element") {
        let help = "write one form only, as in { constant = \"20ms\" }".to_owned();
        return (format!("`{key}` must have exactly one form"), Some(help));
    }
    match message.split_once('\n') {
        Some((rule, remedy)) => (format!("`{key}`: {rule}"), Some(remedy.to_owned())),
        None => (format!("`{key}`: {message}"), None),
    }
}

fn remedy_for_type(key: &str, expected: &str) -> String {
    match (stand_in::example(key), expected) {
        (Some(line), _) => format!("write, for example, `{line}`"),
        (None, "u32" | "u64") => format!("write, for example, `{key} = 10`"),
        (None, "f64") => format!("write, for example, `{key} = 1.5`"),
        (None, "a boolean") => format!("write `{key} = true` or `{key} = false`"),
        (None, "a string") => format!("write `{key} = \"…\"`"),
        (None, _) => "docs/scenario.md describes every key".to_owned(),
    }
}

/// How many syntax errors are looked at; beyond, they are echoes.
const MOST_SYNTAX_ERRORS: usize = 50;

fn syntax_rule(error: &toml::de::Error) -> &str {
    let nothing_there = error.span().is_some_and(|span| span.is_empty());
    if nothing_there && error.message().starts_with("string values must be quoted") {
        return "a value is missing";
    }
    error.message()
}

fn syntax_help(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "write each key and each [table] once; lists of tables have [[double]] brackets"
    } else if message.contains("must be quoted") {
        "put texts, times and percentages in double quotes"
    } else {
        "see https://toml.io for the syntax"
    }
}

/// Takes ``unknown field `a`, expected one of `b`, `c` `` apart.
fn unknown(message: &str) -> Option<(&'static str, &str, Vec<&str>)> {
    let (kind, rest) = if let Some(rest) = message.strip_prefix("unknown field `") {
        ("key", rest)
    } else {
        ("choice", message.strip_prefix("unknown variant `")?)
    };
    // A word may itself hold anything, so the known ones are looked for from the end.
    let (word, list) =
        rest.rsplit_once("`, expected ").or_else(|| rest.rsplit_once("`, there are no"))?;
    let known = list.split('`').skip(1).step_by(2).collect();
    Some((kind, word, known))
}

/// Takes ``invalid type: string "a", expected f64`` apart.
fn wrong_type(message: &str) -> Option<(String, &str)> {
    let rest = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|prefix| message.strip_prefix(prefix))?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let found = match found.split_once(' ') {
        Some(("floating", rest)) => rest.replacen("point ", "the number ", 1),
        Some(("integer", rest)) => format!("the number {rest}"),
        Some(("string", rest)) => format!("the text {rest}"),
        Some(("boolean", rest)) => rest.to_owned(),
        Some(("unit", _)) => "a bare word".to_owned(),
        None if found == "map" => "a table".to_owned(),
        None if found == "sequence" => "a list".to_owned(),
        None if found.parse::<usize>().is_ok() => format!("of length {found}"),
        _ => found.to_owned(),
    };
    Some((found, expected))
}

fn in_words(expected: &str) -> &str {
    match expected {
        "u32" | "u64" => "a whole number, at least 0",
        "f64" => "a number",
        "a string" => "a text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in [brackets]",
        "newtype variant" => "a table, as in { form = … }",
        "an array of length 2" => "a list of two",
        other if other.starts_with("struct ") => "a table",
        other => other,
    }
}
