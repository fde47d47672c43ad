//! From the way somebody writes a key to its place in the scenario.

use crate::json_schema;
use crate::locate::Step;
use crate::suggest;
use serde_json::Value as Schema;
use std::fmt;
use toml::{Table, Value};

/// A place in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub(super) Vec<Part>);

/// A step on the way to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its key, or its index in the resolved scenario.
    pub(super) step: Step,
    /// What an element is called.
    pub(super) name: Option<String>,
}

impl Part {
    fn key(key: &str) -> Self {
        Self { step: Step::Key(key.to_owned()), name: None }
    }

    fn is_called(&self, word: &str) -> bool {
        match &self.step {
            Step::Key(key) => key == word,
            Step::Index(index) => self.name.as_deref() == Some(word) || index.to_string() == word,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, part) in self.0.iter().enumerate() {
            let dot = if number == 0 { "" } else { "." };
            let word = match (&part.step, &part.name) {
                (Step::Key(word), _) | (_, Some(word)) => word.clone(),
                (Step::Index(index), None) => index.to_string(),
            };
            let is_bare = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
            match word.chars().all(is_bare) && !word.is_empty() {
                true => write!(f, "{dot}{word}")?,
                // A word with both kinds of quotes cannot be written; its index can.
                false if !word.contains('"') => write!(f, "{dot}\"{word}\"")?,
                false => write!(f, "{dot}'{word}'")?,
            }
        }
        Ok(())
    }
}

impl Place {
    /// Whether one lies within the other.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one.step == other.step)
    }

    /// Its keys without the elements of lists, such as `incidents`, `rate_per_day`.
    pub(crate) fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().filter_map(|part| match &part.step {
            Step::Key(key) => Some(key.as_str()),
            Step::Index(_) => None,
        })
    }

    /// What a scenario has there.
    pub(crate) fn value_in<'v>(&self, root: &'v Table) -> Option<&'v Value> {
        let (first, rest) = self.0.split_first()?;
        let Step::Key(first) = &first.step else { return None };
        rest.iter().try_fold(root.get(first)?, |value, part| match &part.step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }

    fn with(&self, part: Part) -> Self {
        Self(self.0.iter().cloned().chain([part]).collect())
    }

    fn is(&self, words: &[String]) -> bool {
        self.0.len() == words.len()
            && self.0.iter().zip(words).all(|(part, word)| part.is_called(word))
    }

    /// Whether it ends with the last word, and the others come before it in their order.
    fn ends_with(&self, words: &[String]) -> bool {
        let (Some((last, before)), Some((word, words))) = (self.0.split_last(), words.split_last())
        else {
            return false;
        };
        let mut before = before.iter();
        last.is_called(word) && words.iter().all(|word| before.any(|part| part.is_called(word)))
    }
}

/// A node of the resolved scenario.
struct Node {
    place: Place,
    /// Whether it is a value, and no table or list of tables.
    is_leaf: bool,
}

/// The place that `key` means in the resolved scenario.
///
/// # Errors
/// What is wrong with it, and the remedy.
pub(crate) fn place(resolved: &str, key: &str) -> Result<Place, (String, String)> {
    let words = words(key)?;
    // The text was made from a checked scenario, so it is TOML.
    let root: Table = resolved.parse().unwrap_or_default();
    let mut nodes = vec![Node { place: Place(Vec::new()), is_leaf: false }];
    collect(&root, &Place(Vec::new()), &mut nodes);
    if let Some(node) = nodes.iter().find(|node| node.place.is(&words)) {
        return Ok(node.place.clone());
    }
    if let Some(place) = absent(&nodes, &words) {
        return Ok(place);
    }
    let leaves = || nodes.iter().filter(|node| node.is_leaf).map(|node| &node.place);
    let candidates: Vec<&Place> = leaves().filter(|place| place.ends_with(&words)).collect();
    match candidates[..] {
        [place] => Ok(place.clone()),
        [] => Err((format!("the scenario has no key `{key}`"), remedy(key, &words, leaves()))),
        _ => {
            let list: Vec<String> = candidates.iter().map(|place| format!("`{place}`")).collect();
            let message = format!("`{key}` may be any of {} keys", candidates.len());
            Err((message, format!("write one of {}", shortened(&list))))
        }
    }
}

/// A list of at most ten.
fn shortened(list: &[String]) -> String {
    let shown = list.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > 10 { format!("{shown} and {} more", list.len() - 10) } else { shown }
}

fn collect(table: &Table, at: &Place, nodes: &mut Vec<Node>) {
    for (key, value) in table {
        let place = at.with(Part::key(key));
        visit(value, place, nodes);
    }
}

fn visit(value: &Value, place: Place, nodes: &mut Vec<Node>) {
    match value {
        Value::Table(table) => {
            nodes.push(Node { place: place.clone(), is_leaf: false });
            collect(table, &place, nodes);
        }
        Value::Array(list) if list.iter().any(Value::is_table) => {
            for (index, element) in list.iter().enumerate() {
                let called = |key| Some(element.get(key)?.as_str()?.to_owned());
                let name = called("name").or_else(|| called("id"));
                visit(element, place.with(Part { step: Step::Index(index), name }), nodes);
            }
        }
        _ => nodes.push(Node { place, is_leaf: true }),
    }
}

/// A key that the resolved scenario does not hold but may.
fn absent(nodes: &[Node], words: &[String]) -> Option<Place> {
    let (node, rest) = (0..words.len()).rev().find_map(|length| {
        let around = nodes.iter().find(|node| !node.is_leaf && node.place.is(&words[..length]))?;
        Some((around, &words[length..]))
    })?;
    let place = rest.iter().fold(node.place.clone(), |place, word| place.with(Part::key(word)));
    let schema: Schema = serde_json::from_str(&json_schema()).ok()?;
    let steps: Vec<&Step> = place.0.iter().map(|part| &part.step).collect();
    allows(&schema, &schema, &steps).then_some(place)
}

/// Whether a part of a schema has a place for what these steps lead to.
fn allows(schema: &Schema, part: &Schema, steps: &[&Step]) -> bool {
    let Some((step, rest)) = steps.split_first() else { return true };
    if let Some(reference) = part["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap_or(reference).replace("%20", " ");
        return allows(schema, &schema["$defs"][&name], steps);
    }
    let forms = ["oneOf", "anyOf"].into_iter().filter_map(|forms| part[forms].as_array());
    let inner = match step {
        Step::Key(key) => part["properties"].get(key),
        Step::Index(_) => part.get("items"),
    };
    forms.flatten().any(|form| allows(schema, form, steps))
        || inner.is_some_and(|inner| allows(schema, inner, rest))
}

/// What was probably meant.
fn remedy<'a>(
    key: &str,
    words: &[String],
    leaves: impl Iterator<Item = &'a Place> + Clone,
) -> String {
    let paths: Vec<String> = leaves.clone().map(ToString::to_string).collect();
    if let Some(near) = suggest::nearest(key, &paths) {
        return format!("did you mean `{near}`?");
    }
    let last = |place: &Place| place.0.last().map(|part| Place(vec![part.clone()]).to_string());
    let names: Vec<String> = leaves.clone().filter_map(last).collect();
    let near = words.last().and_then(|word| suggest::nearest(word, &names));
    let Some(near) = near else {
        return "`sim run` writes every key into scenario.resolved.toml".to_owned();
    };
    let meant = leaves.filter(|place| last(place).as_deref() == Some(near));
    let meant: Vec<String> = meant.map(|place| format!("`{place}`")).collect();
    format!("did you mean {}?", shortened(&meant))
}

/// The words of a key.
fn words(key: &str) -> Result<Vec<String>, (String, String)> {
    let wrong = |what: &str| {
        let help = "write words between dots, such as alarms.\"5xx rate\".threshold";
        Err((format!("the key `{key}` {what}"), help.to_owned()))
    };
    let mut words = Vec::new();
    let mut rest = key.trim();
    loop {
        if let Some(quote) = rest.chars().next().filter(|c| ['"', '\''].contains(c)) {
            let Some((word, after)) = rest[1..].split_once(quote) else {
                return wrong("has a quote that is not closed");
            };
            words.push(word.to_owned());
            rest = after.trim_start();
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            let word = rest[..end].trim();
            if word.is_empty() {
                return wrong("has an empty part");
            }
            words.push(word.to_owned());
            rest = &rest[end..];
        }
        while let Some(index) = rest.strip_prefix('[') {
            let Some((index, after)) = index.split_once(']') else {
                return wrong("has a bracket that is not closed");
            };
            words.push(index.trim().to_owned());
            rest = after.trim_start();
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => return Ok(words),
            None => return wrong("goes on behind a quote or bracket without a dot"),
        }
    }
}

#[cfg(test)]
mod tests;
