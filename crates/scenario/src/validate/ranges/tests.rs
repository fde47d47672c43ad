//! Every key with a number, a share or a time is tried at both ends of its range and just beyond.
//! The keys and their ranges are the schema's, so a new key is tried, too; the values go through
//! the reading of a file.

#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "ends are whole seconds and numbers below 2^53"
)]

use crate::locate::overlap;
use crate::range::Range;
use crate::schema::SCHEMA;
use crate::stand_in::{example, example_table};
use crate::time::SimDuration;
use crate::{Problem, Scenario};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::path::Path;
use toml::{Table, Value};

/// Numbers without a range in the schema: what a law of times allows depends on the law, and what a threshold
/// may be on the metric. Of A/B tests the ranges stand in their checks.
const CHECKED_ELSEWHERE: [&str; 9] =
    ["cv", "sigma", "shape", "weight", "threshold", "blue", "green", "alpha", "beta"];
/// How reading a file says that a value is none of its type's.
const RULES_OF_TYPES: [&str; 4] =
    ["a share lies between 0 and 1", "longer than 366 days", "a whole number", "expected a time"];

/// What a key holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Whole,
    Number,
    Share,
    Time,
}

/// A key of the schema.
struct Key<'a> {
    path: String,
    kind: Kind,
    schema: &'a Json,
    /// A file with this value.
    file: &'a dyn Fn(Value) -> Value,
}

fn resolved(schema: &Json) -> &Json {
    let Some(name) = schema["$ref"].as_str() else { return schema };
    &SCHEMA["$defs"][name.trim_start_matches("#/$defs/").replace("%20", " ")]
}

impl Kind {
    fn of(schema: &Json) -> Option<Self> {
        if let Some(name) = schema["$ref"].as_str() {
            return match name.trim_start_matches("#/$defs/") {
                "share" => Some(Self::Share),
                "duration" | "duration%20or%20none" => Some(Self::Time),
                _ => None,
            };
        }
        let types = &schema["type"];
        let is = |name: &str| types == name || types[0] == name;
        match (is("integer"), is("number")) {
            (true, _) => Some(Self::Whole),
            (_, true) => Some(Self::Number),
            _ => schema["anyOf"].as_array()?.iter().find_map(Self::of),
        }
    }

    /// What its type allows, from and to.
    fn limits(self, schema: &Json) -> [f64; 2] {
        match self {
            Self::Whole if schema["format"] == "uint32" => [0.0, f64::from(u32::MAX)],
            Self::Whole => [0.0, f64::NAN],
            Self::Number => [f64::NAN; 2],
            Self::Share => [0.0, 1.0],
            Self::Time => [0.0, SimDuration::LONGEST.as_nanos() as f64],
        }
    }

    /// The value at an end, and its neighbours.
    fn at(self, end: f64, steps: i8) -> Value {
        let [whole, step] = [end as i64, i64::from(steps)];
        match self {
            Self::Whole => Value::Integer(whole + step),
            // The clock has no negative times to write.
            Self::Time if whole + step < 0 => Value::String("-1ns".to_owned()),
            Self::Time => Value::String(SimDuration::from_nanos(whole + step).to_string()),
            Self::Number | Self::Share => Value::Float(match steps {
                1 => end.next_up(),
                -1 => end.next_down(),
                _ => end,
            }),
        }
    }

    fn number(self, end: &Json) -> f64 {
        match (self, end.as_str()) {
            (Self::Time, Some(time)) => {
                crate::time::spelling::duration(time).expect("a time").as_nanos() as f64
            }
            _ => end.as_f64().expect("a number"),
        }
    }
}

/// An example of a key that a table must have.
fn stand_in(key: &str) -> Value {
    let line = example(key);
    let line = line.or_else(|| example_table(key).map(|line| format!("{key} = {{ {line} }}")));
    let table: Table = line.expect("an example").parse().expect("TOML");
    table[key].clone()
}

/// Calls `each` with every key within a schema; `file` puts a value of that schema into a file.
fn visit(
    schema: &Json,
    (path, file): (&str, &dyn Fn(Value) -> Value),
    seen: &mut BTreeSet<String>,
    each: &mut dyn FnMut(Key<'_>),
) {
    if let Some(kind) = Kind::of(schema).filter(|_| !path.is_empty()) {
        return each(Key { path: path.to_owned(), kind, schema, file });
    }
    if let Some(name) = schema["$ref"].as_str() {
        if seen.insert(name.to_owned()) {
            visit(resolved(schema), (path, file), seen, each);
        }
        return;
    }
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    for (key, schema) in schema["properties"].as_object().into_iter().flatten() {
        let table = |value: Value| {
            let others = required.iter().filter(|other| *other != key);
            let mut table: Table =
                others.map(|other| ((*other).to_owned(), stand_in(other))).collect();
            table.insert(key.clone(), value);
            file(Value::Table(table))
        };
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        visit(schema, (&path, &table), seen, each);
    }
    if schema["items"].is_object() {
        let length = schema["minItems"].as_u64().unwrap_or(1);
        let list = |value: Value| file(Value::Array((0..length).map(|_| value.clone()).collect()));
        // A range at a list is of each of its elements.
        let mut element = schema["items"].clone();
        for (key, value) in schema.as_object().into_iter().flatten() {
            if key.to_lowercase().ends_with("imum") {
                element[key] = value.clone();
            }
        }
        visit(&element, (&format!("{path}[0]"), &list), seen, each);
    }
    for choice in ["anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten() {
        visit(choice, (path, file), seen, each);
    }
}

/// What is wrong at a key if it has this value, or within or around it.
fn problems(key: &Key<'_>, value: Value) -> Vec<Problem> {
    let text = toml::to_string(&(key.file)(value)).expect("TOML");
    let problems =
        Scenario::parse(&text, "a file", Path::new("")).err().map(|errors| errors.problems);
    let mut problems = problems.unwrap_or_default();
    problems.retain(|problem| overlap(&problem.path, &key.path));
    problems
}

/// Tries one end of a key's range, the last value within and the first beyond in the direction
/// `outwards`, and says what is wrong.
fn try_end(key: &Key<'_>, outwards: i8) -> Vec<String> {
    let (inside, outside) = match outwards {
        1 => ("maximum", "exclusiveMaximum"),
        _ => ("minimum", "exclusiveMinimum"),
    };
    let find = |name: &str| {
        let prefix = if key.kind == Kind::Time { "x-" } else { "" };
        key.schema.get(format!("{prefix}{name}"))
    };
    let (end, steps, words) = if let Some(end) = find(inside) {
        (key.kind.number(end), [0, outwards], Range::of(key.schema).map(|range| range.words()))
    } else if let Some(end) = find(outside) {
        (key.kind.number(end), [-outwards, 0], Range::of(key.schema).map(|range| range.words()))
    } else {
        let end = key.kind.limits(key.schema)[usize::from(outwards == 1)];
        (end, [0, outwards], None)
    };
    if end.is_nan() {
        let name = key.path.rsplit('.').next().unwrap_or_default();
        let is_known = key.kind == Kind::Whole || CHECKED_ELSEWHERE.contains(&name);
        return if is_known { vec![] } else { vec![format!("`{}` has no {inside}", key.path)] };
    }
    // A file cannot say a larger whole number than this.
    if end >= i64::MAX as f64 {
        return vec![];
    }
    let [within, beyond] = steps.map(|step| key.kind.at(end, step));
    let is_rule = |problem: &Problem| {
        let is_beyond = |words| problem.message.contains(&format!("must be {words}, "));
        words.as_ref().is_some_and(is_beyond) && problem.path == key.path
            || RULES_OF_TYPES.iter().any(|rule| problem.message.contains(rule))
    };
    let tries = [(within, false), (beyond, true)].map(|(value, is_refused)| {
        let found = problems(key, value.clone());
        let is_as_said = found.iter().any(is_rule) == is_refused;
        (!is_as_said).then(|| format!("{} = {value}: {found:?}", key.path))
    });
    tries.into_iter().flatten().collect()
}

#[test]
fn both_ends_of_every_range_are_kept() {
    let [mut tried, mut wrong] = [Vec::new(), Vec::new()];
    let file = |value| value;
    visit(&SCHEMA, ("", &file), &mut BTreeSet::new(), &mut |key| {
        wrong.extend([-1, 1].map(|outwards| try_end(&key, outwards)).concat());
        tried.push(format!("{:?} {}", key.kind, key.path));
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
    for kind in [Kind::Whole, Kind::Number, Kind::Share, Kind::Time] {
        assert!(
            tried.iter().filter(|key| key.starts_with(&format!("{kind:?}"))).count() > 20,
            "{tried:?}"
        );
    }
}
