//! What `sim check` says of each alarm: how long a single bad interval keeps it in ALARM.

use crate::alarm::composite::CompositeSpec;
use crate::alarm::recovery::{After, Besides, after_one_bad};
use crate::alarm::spec::{AlarmSpec, AlarmState, Origin};
use crate::scenario::Scenario;
use crate::telemetry::sampled::SampledSource;
use crate::time::SimDuration;

/// A line for each alarm on a metric that is published by the interval, and for each composite alarm whose
/// actions are suppressed.
pub fn recoveries(scenario: &Scenario) -> Vec<String> {
    let alarms = scenario.alarms.iter().filter(|alarm| !is_on_a_job(alarm, scenario));
    let lines = alarms.map(|alarm| recovery(alarm, scenario));
    lines.chain(scenario.composite_alarms.iter().filter_map(suppression)).collect()
}

/// Monitoring jobs publish by their own schedule.
fn is_on_a_job(alarm: &AlarmSpec, scenario: &Scenario) -> bool {
    alarm.subject.queries().iter().any(|query| match query.origin {
        Origin::Sampled(index) => scenario.sampled[index].source == SampledSource::Monitor,
        Origin::Requests(..) => false,
    })
}

fn recovery(alarm: &AlarmSpec, scenario: &Scenario) -> String {
    let published = (scenario.metrics.interval, alarm.delay(scenario.metrics.delay));
    let after = |besides| said(after_one_bad(alarm, published, besides));
    let (steady, silence) = (after(Besides::Steady), after(Besides::Silence));
    let bad = if published.0 == SimDuration::from_secs(60) {
        "one bad minute".to_owned()
    } else {
        format!("one bad interval of {}", published.0)
    };
    let name = &alarm.name;
    if steady == silence {
        format!("{name}: after {bad} {steady}")
    } else {
        format!("{name}: after {bad} {steady}; if no value comes after it, {silence}")
    }
}

fn said(after: After) -> String {
    match after {
        After::NoAlarm => "it is not in ALARM".to_owned(),
        After::Leaves(time, AlarmState::Ok) => format!("it is OK again {time} later"),
        After::Leaves(time, state) => format!("it is in {state} {time} later"),
        After::Stays => "it stays in ALARM".to_owned(),
    }
}

fn suppression(composite: &CompositeSpec) -> Option<String> {
    let suppression = composite.suppression.as_ref()?;
    Some(format!(
        "{}: {} holds back its actions, not its state, so a rollout heeds it all the same",
        composite.name, suppression.by
    ))
}
