//! How a length of time is written: a number and a unit, such as `"90s"` or `"2h30m"`.
//!
//! An error's text is the rule, a line break, and the remedy.

use super::SimDuration;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt::{self, Display};

const TIME: &str = "a time such as \"90s\", \"5m\" or \"2h30m\"";
/// Numbers, each with a unit as `humantime` spells it.
pub const TIME_PATTERN: &str = concat!(
    r"^\s*([0-9]+(\.[0-9]+)?\s*(nanos|nsec|ns|usec|us|µs|millis|msec|ms|seconds?|secs?|s",
    r"|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|M|years?|yrs?|y)\s*)+$",
);

/// Reads a time.
///
/// # Errors
/// The rule, and the remedy on a second line, if it is not a number with a unit or longer than 366 days.
pub fn duration(text: &str) -> Result<SimDuration, String> {
    let rule = || format!("expected {TIME}, found \"{text}\"");
    if text.trim().parse::<f64>().is_ok() {
        return Err(without_unit(&text.trim()));
    }
    let nanos = humantime::parse_duration(text)
        .map_err(|error| format!("{}\n{error}; a time is a number and a unit", rule()))?
        .as_nanos();
    match i64::try_from(nanos).map(SimDuration::from_nanos) {
        Ok(duration) if duration <= SimDuration::LONGEST => Ok(duration),
        _ => Err(format!("\"{text}\" is longer than 366 days\ngive at most \"366d\"")),
    }
}

/// What is wrong with a bare number where a time stands, and the remedy, on two lines.
pub fn without_unit(number: &dyn Display) -> String {
    format!("a time needs a unit, found the bare number {number}\nwrite \"{number}s\" for seconds")
}

impl<'de> Deserialize<'de> for SimDuration {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = SimDuration;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(TIME)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<SimDuration, E> {
                duration(text).map_err(E::custom)
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<SimDuration, E> {
                Err(E::custom(without_unit(&number)))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<SimDuration, E> {
                Err(E::custom(without_unit(&number)))
            }
        }
        from.deserialize_any(Reader)
    }
}

impl Serialize for SimDuration {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl JsonSchema for SimDuration {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("duration")
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": TIME, "type": "string", "pattern": TIME_PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (text, nanos) in [
            ("90s", 90_000_000_000),
            ("5m", 300_000_000_000),
            ("2h30m", 9_000_000_000_000),
            ("2h 30m", 9_000_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("250ms", 250_000_000),
            ("0.1ms", 100_000),
            ("366d", 31_622_400_000_000_000),
            ("0s", 0),
        ] {
            assert_eq!(duration(text), Ok(SimDuration::from_nanos(nanos)), "{text}");
        }
        for text in ["", "90", "-5m", "5 parsecs", "1e3s", "0.5ns", "367d", "99999999999999999999s"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_time_reads_back_as_it_is_written() {
        for nanos in
            [0, 1, 999, 1_000_001, 59_999_999_999, 86_400_000_000_000 * 45, 31_622_400_000_000_000]
        {
            let time = SimDuration::from_nanos(nanos);
            assert_eq!(duration(&time.to_string()), Ok(time));
        }
    }
}
