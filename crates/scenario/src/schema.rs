//! The JSON schema of a scenario file, for editors.

use super::raw::RawScenario;

/// The JSON schema (draft 2020-12) of a scenario file.
///
/// Editors with a TOML language server complete and check a file whose first line is
/// `#:schema ./scenario.schema.json`.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(RawScenario);
    // A JSON value's alternate form is the indented one.
    format!("{:#}\n", schema.as_value())
}
