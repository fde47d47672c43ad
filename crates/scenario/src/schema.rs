//! The JSON schema of a scenario file, for editors and for the ranges of keys.

use super::range::Range;
use super::raw::RawScenario;
use serde_json::Value;
use std::sync::LazyLock;

/// The schema, each description with the range of its key in words.
pub(super) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let mut schema = schemars::schema_for!(RawScenario).to_value();
    describe_ranges(&mut schema);
    schema
});

/// The JSON schema (draft 2020-12) of a scenario file.
///
/// Editors with a TOML language server complete and check a file whose first line is
/// `#:schema ./scenario.schema.json`.
pub fn json_schema() -> String {
    // A JSON value's alternate form is the indented one.
    format!("{:#}\n", *SCHEMA)
}

/// Adds the ranges to the descriptions of all keys within.
fn describe_ranges(schema: &mut Value) {
    let keys = schema.get_mut("properties").and_then(Value::as_object_mut);
    for key in keys.into_iter().flat_map(|keys| keys.values_mut()) {
        let Some(range) = Range::of(key).filter(|range| !range.is_of_type()) else { continue };
        let words = range.words();
        let description = key.get("description").and_then(Value::as_str);
        let before = description.map_or_else(String::new, |text| format!("{text} "));
        // A word of ASCII letters begins each.
        let (first, rest) = words.split_at(1);
        key["description"] = format!("{before}{}{rest}.", first.to_uppercase()).into();
    }
    let within: &mut dyn Iterator<Item = &mut Value> = match schema {
        Value::Object(entries) => &mut entries.values_mut(),
        Value::Array(entries) => &mut entries.iter_mut(),
        _ => return,
    };
    within.for_each(describe_ranges);
}
