//! Values that stand in for missing or unreadable ones, so that reading goes on and finds the next
//! problem.
//!
//! No scenario is ever made of them: the file has a problem already, and no check looks at them.
//! They also serve as examples of what to write.

use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value of the right type for each required key, by its name.
const STAND_INS: &str = r#"
accuracy = 0.92
after = "1h"
alarm = "5xx-rate"
arrivals = { poisson = { rate_per_s = 100.0 } }
bake = "10m"
batch = "25%"
by = "5ms"
column = "requests"
comparison = "GreaterThanThreshold"
conversion = "5%"
correlation = 0.01
cv = 1.5
distribution = { exponential = { mean = "20ms" } }
effect = { errors_5xx = 0.05 }
evaluation_periods = 3
factor = 2.0
failed_latency = { constant = "3ms" }
fleet = "green"
from = "0s"
from_per_s = 100.0
horizon = "90m"
instances = 10
id = "m1"
interval = "60s"
lasts = "30m"
loss = 0.2
latency = { lognormal = { median = "35ms", p99 = "120ms" } }
mean = "20ms"
mean_per_s = 100.0
mean_sojourns = ["10m", "1m"]
mean_value = 20.0
metric = "Invocation5XXErrors"
name = "a name"
off = "5m"
on = "5m"
p = 0.5
p0 = 0.01
p1 = 0.03
path = "trace.csv"
percentage = 10
period = "60s"
rate_per_s = 100.0
rates_per_s = [100.0, 500.0]
rule = "ALARM(5xx) OR ALARM(latency)"
share = "10%"
segment = "a segment"
size = "10%"
statistic = "Average"
step = "25%"
steps = ["5%", "20%", "50%", "100%"]
strategy = "canary 10 %"
swing = 0.5
takes = "1m"
threshold = 0.01
time_column = "time"
to_per_s = 200.0
vary = { "canary.bake" = ["5m", "15m"] }
weight = 1.0

[blue]
latency = { lognormal = { median = "35ms", p99 = "120ms" } }

[endpoint]
instances = 10

[experiment]
horizon = "90m"

[traffic]
arrivals = { poisson = { rate_per_s = 100.0 } }
"#;

/// The stand-in for the required key `name`. Its places lie in no text.
pub(super) fn value(name: &str) -> Option<Spanned<DeValue<'static>>> {
    let mut table = DeTable::parse(STAND_INS).ok()?.into_inner();
    table.remove(name).map(|value| moved_nowhere(value.into_inner()))
}

/// A line of TOML that gives the key `name`, as an example.
pub(super) fn example(name: &str) -> Option<String> {
    STAND_INS
        .lines()
        .find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(" = ")))
        .map(str::to_owned)
}

/// A line of TOML that the required table `name` may hold, as an example.
pub(super) fn example_table(name: &str) -> Option<String> {
    let header = format!("[{name}]");
    STAND_INS.lines().skip_while(|line| *line != header).nth(1).map(str::to_owned)
}

/// A place that is in no text and around no other.
pub(super) const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

fn moved_nowhere(value: DeValue<'static>) -> Spanned<DeValue<'static>> {
    let value = match value {
        DeValue::Table(table) => DeValue::Table(
            table
                .into_iter()
                .map(|(key, value)| {
                    (Spanned::new(NOWHERE, key.into_inner()), moved_nowhere(value.into_inner()))
                })
                .collect(),
        ),
        DeValue::Array(array) => DeValue::Array(
            array.into_iter().map(|value| moved_nowhere(value.into_inner())).collect(),
        ),
        scalar => scalar,
    };
    Spanned::new(NOWHERE, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    /// Every required key of every table of the schema.
    fn required_keys() -> Vec<String> {
        fn collect(schema: &Value, keys: &mut Vec<String>) {
            // A choice of forms requires its only form; a form that is absent is no missing key.
            if schema["properties"].as_object().is_some_and(|properties| properties.len() > 1)
                || schema["title"].is_string()
            {
                let required = schema["required"].as_array().into_iter().flatten();
                keys.extend(required.filter_map(Value::as_str).map(str::to_owned));
            }
            match schema {
                Value::Object(entries) => entries.values().for_each(|v| collect(v, keys)),
                Value::Array(entries) => entries.iter().for_each(|v| collect(v, keys)),
                _ => {}
            }
        }
        let schema = serde_json::from_str(&crate::json_schema()).expect("JSON");
        let mut keys = Vec::new();
        collect(&schema, &mut keys);
        keys
    }

    #[test]
    fn every_required_key_has_a_stand_in_and_an_example() {
        let keys = required_keys();
        assert!(keys.len() > 40, "{keys:?}");
        for key in keys {
            assert!(value(&key).is_some(), "no stand-in for {key}");
            assert!(example(&key).or_else(|| example_table(&key)).is_some(), "no example of {key}");
        }
    }

    #[test]
    fn the_stand_ins_alone_make_no_scenario_but_read_on() {
        // Everything is missing, and everything is said so.
        type Raw = crate::raw::RawScenario;
        let parsed = crate::parse::parse::<Raw>("description = \"\"");
        let missing: Vec<&str> = parsed.problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(missing, ["name", "experiment", "traffic", "endpoint", "blue"]);
        assert!(parsed.raw.is_some());
    }
}
