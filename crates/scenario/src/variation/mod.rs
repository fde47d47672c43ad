//! What a `[tune]` table varies: single changes of an alarm or a strategy as written, and all their
//! combinations.

pub(super) mod alarm;
pub(super) mod product;
pub(super) mod readers;
pub(super) mod strategy;

use serde::Serialize;

/// A value as a scenario file has it, without the quotes of a text.
pub(super) fn as_written<T: Serialize>(value: &T) -> String {
    match toml::Value::try_from(value) {
        Ok(toml::Value::String(text)) => text,
        Ok(value) => value.to_string(),
        // No value of a scenario is without a form in TOML.
        Err(_) => String::new(),
    }
}
