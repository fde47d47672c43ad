//! The changes of state as JSON: entries as `aws cloudwatch describe-alarm-history` gives them, with
//! plain fields beside.

use super::timestamp;
use crate::replay::{Kind, Replayed, Taken, Transition};
use crate::time::{NANOS_PER_S, SimTime};
use jiff::Timestamp;
use serde_json::{Value, json};

/// An array, oldest first.
pub(super) fn history(replayed: &Replayed) -> String {
    let mut entries: Vec<(SimTime, Value)> =
        replayed.transitions.iter().map(|transition| (transition.at, entry(transition))).collect();
    entries.extend(replayed.taken.iter().map(|taken| (taken.at, action(taken))));
    // Stable: what an alarm does comes after the changes of the same instant.
    entries.sort_by_key(|(at, _)| *at);
    let entries = entries.into_iter().map(|(_, entry)| entry).collect();
    // A JSON value's alternate form is the indented one.
    format!("{:#}\n", Value::Array(entries))
}

/// What a composite alarm with a suppressor did.
fn action(taken: &Taken) -> Value {
    let Taken { at, alarm, state } = taken;
    let state = state.to_string();
    json!({
        "AlarmName": alarm,
        "AlarmType": "CompositeAlarm",
        "Timestamp": stamp(*at),
        "HistoryItemType": "Action",
        "HistorySummary": format!("Actions of {state} taken"),
        "time": plain(*at),
        "alarm": alarm,
        "state": state,
    })
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
    let mut entry = json!({
        "AlarmName": alarm,
        "AlarmType": match transition.kind {
            Kind::Metric => "MetricAlarm",
            Kind::Composite => "CompositeAlarm",
        },
        "Timestamp": stamp(*at),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": format!("Alarm updated from {from} to {to}"),
        "HistoryData": data.to_string(),
        "time": plain(*at),
        "alarm": alarm,
        "from": from,
        "to": to,
        "reason": reason,
        "datapoints": datapoints.collect::<Vec<Value>>(),
    });
    if let Some(why) = transition.held_back {
        entry["ActionsSuppressedBy"] = json!(why.name());
    }
    entry
}

/// As AWS writes it.
fn stamp(at: SimTime) -> String {
    timestamp(at).strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// RFC 3339 in UTC, as short as it gets.
fn plain(at: SimTime) -> String {
    let timestamp: Timestamp = timestamp(at);
    timestamp.to_string()
}
