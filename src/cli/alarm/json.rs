//! The changes of state as JSON: entries as `aws cloudwatch describe-alarm-history` gives them, with
//! plain fields beside.

use super::timestamp;
use crate::replay::{Kind, Replayed, Transition};
use crate::time::{NANOS_PER_S, SimTime};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An array, oldest first.
pub(super) fn history(replayed: &Replayed) -> String {
    let entries: Vec<Value> = replayed.transitions.iter().map(entry).collect();
    // A JSON value's alternate form is the indented one.
    format!("{:#}\n", Value::Array(entries))
}

fn entry(transition: &Transition) -> Value {
    let Transition { at, alarm, from, to, reason, .. } = transition;
    let (from, to) = (from.to_string(), to.to_string());
    let data = json!({
        "version": "1.0",
        "oldState": { "stateValue": from },
        "newState": { "stateValue": to, "stateReason": reason },
    });
    let datapoints = transition.datapoints.iter().map(|datapoint| {
        json!({
            "start": plain(SimTime::from_nanos(datapoint.start_s.saturating_mul(NANOS_PER_S))),
            "value": datapoint.value,
            "breaches": datapoint.breaches,
        })
    });
    json!({
        "AlarmName": alarm,
        "AlarmType": match transition.kind {
            Kind::Metric => "MetricAlarm",
            Kind::Composite => "CompositeAlarm",
        },
        "Timestamp": timestamp(*at).strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string(),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": format!("Alarm updated from {from} to {to}"),
        "HistoryData": data.to_string(),
        "time": plain(*at),
        "alarm": alarm,
        "from": from,
        "to": to,
        "reason": reason,
        "datapoints": datapoints.collect::<Vec<Value>>(),
    })
}

/// RFC 3339 in UTC, as short as it gets.
fn plain(at: SimTime) -> String {
    let timestamp: Timestamp = timestamp(at);
    timestamp.to_string()
}
