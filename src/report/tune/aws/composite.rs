//! A composite alarm as the input of `PutCompositeAlarm`, which is also the properties of
//! `AWS::CloudWatch::CompositeAlarm`.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>.

use crate::alarm::composite::CompositeSpec;
use crate::time::{NANOS_PER_S, SimDuration};
use serde_json::{Map, Value, json};

/// The input, in the order of the documentation.
pub(super) fn properties(spec: &CompositeSpec) -> Map<String, Value> {
    let mut input = Map::new();
    let mut set = |key: &str, value: Value| input.insert(key.to_owned(), value);
    set("AlarmName", json!(spec.name));
    set("AlarmRule", json!(spec.rule.to_string()));
    if let Some(suppression) = &spec.suppression {
        set("ActionsSuppressor", json!(suppression.by));
        set("ActionsSuppressorWaitPeriod", json!(seconds(suppression.wait)));
        set("ActionsSuppressorExtensionPeriod", json!(seconds(suppression.extension)));
    }
    input
}

/// Suppressors wait whole seconds.
pub(super) const fn seconds(time: SimDuration) -> i64 {
    time.as_nanos() / NANOS_PER_S
}
