//! Whether every value lies in the range of its key.

use super::report::Report;
use crate::range::Range;
use crate::schema::SCHEMA;
use serde::Serialize;
use serde_json::Value as Json;
use toml::Value;

/// Notes what lies beyond the range of its key in a scenario, or in a file with some of its tables.
pub(super) fn check(file: &impl Serialize, report: &mut Report) {
    // A value that TOML cannot hold is noted when the resolved scenario is written.
    if let Ok(file) = Value::try_from(file) {
        walk(&SCHEMA, &file, "", report);
    }
}

/// Notes what lies beyond in `value`, which has this `schema` and stands at `path`.
fn walk(schema: &Json, value: &Value, path: &str, report: &mut Report) {
    if let Some(range) = Range::of(schema) {
        let elements = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for (index, element) in elements.iter().enumerate().filter(|(_, e)| range.excludes(e)) {
            let place = if value.is_array() { format!("{path}[{index}]") } else { path.to_owned() };
            report.beyond(place, element, &range);
        }
    }
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                schema["properties"]
                    .get(key)
                    .into_iter()
                    .for_each(|s| walk(s, value, &path, report));
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                walk(&schema["items"], element, &format!("{path}[{index}]"), report);
            }
        }
        _ => {}
    }
    let named = schema["$ref"].as_str().and_then(|name| SCHEMA.pointer(&pointer(name)));
    let choices = ["anyOf", "oneOf"].iter().filter_map(|key| schema[*key].as_array()).flatten();
    named.into_iter().chain(choices).for_each(|schema| walk(schema, value, path, report));
}

/// The place of a named type in the schema; names have spaces.
fn pointer(reference: &str) -> String {
    reference.trim_start_matches('#').replace("%20", " ")
}

#[cfg(test)]
mod tests;
