//! The alarms that may be set.

use super::super::report::Report;
use super::super::variant::{alarm_variant, threshold_variant};
use super::{MOST_SHAPES, each_once, few_enough};
use crate::raw::RawScenario;
use crate::raw::alarm::RawAlarm;
use crate::raw::tune::{RawTune, RawTunedAlarm};
use crate::spec::Scenario;
use crate::telemetry::ratio::Ratio;
use crate::variation::alarm::{AlarmChange, changed, lists};
use crate::variation::readers::{by_way_of, reads_itself};

/// Notes what is wrong with the alarms that may be set.
pub(super) fn check(
    tune: &RawTune,
    written: &RawScenario,
    scenario: &Scenario,
    report: &mut Report,
) {
    let Some(tuned) = &tune.alarms else { return };
    let mut shapes: usize = 0;
    for (place, raw) in tuned.iter().enumerate() {
        let path = format!("tune.alarms[{place}]");
        let Some(index) = settable(&path, raw, written, scenario, report) else { continue };
        let lists = lists(raw);
        for (key, values) in &lists {
            let path = format!("{path}.{key}");
            each_once(&path, values, |change| change.spoken().1, report);
            each(&path, values, (index, written, scenario), report);
        }
        thresholds(&format!("{path}.threshold"), raw, (index, written, scenario), report);
        let present = &written.alarms[index];
        let others = lists.iter().map(|(_, values)| others(values, present));
        shapes = shapes.saturating_add(others.fold(1, |count, n| count.saturating_mul(n + 1)));
    }
    few_enough("tune.alarms", shapes, MOST_SHAPES, &"ways of setting alarms", report);
    together(tuned, scenario, report);
}

fn others(values: &[AlarmChange], present: &RawAlarm) -> usize {
    values.iter().filter(|change| !change.is_present(present)).count()
}

/// The alarm that is meant, if it can be set.
fn settable(
    path: &str,
    raw: &RawTunedAlarm,
    written: &RawScenario,
    scenario: &Scenario,
    report: &mut Report,
) -> Option<usize> {
    let (path, name) = (format!("{path}.alarm"), raw.alarm.as_str());
    let known: Vec<&str> = scenario.alarm_names().collect();
    let Some(index) = known.iter().position(|known| *known == name) else {
        report.unknown_name(path, "alarm", name, &known[..scenario.alarms.len()]);
        return None;
    };
    let Some(alarm) = written.alarms.get(index) else {
        let message = format!("\"{name}\" is a composite alarm: it has nothing to set");
        report.problem(path, message, "tune alarms that a strategy names itself");
        return None;
    };
    if alarm.band.is_some() {
        let message = format!("\"{name}\" compares with a band, so it has no threshold to set");
        report.problem(path, message, "give it a `threshold`, or tune another alarm");
        return None;
    }
    if scenario.strategies.iter().any(|plan| reads_itself(plan, index)) {
        return Some(index);
    }
    let composite = scenario.strategies.iter().find_map(|plan| by_way_of(scenario, plan, index));
    let (message, help) = match composite {
        Some(composite) => (
            format!("strategies read \"{name}\" only by way of \"{composite}\""),
            format!("name \"{name}\" in the `alarms` of a strategy instead of \"{composite}\""),
        ),
        None => (
            format!("no strategy reads the alarm \"{name}\""),
            "name it in the `alarms` of a strategy".to_owned(),
        ),
    };
    report.problem(path, message, help);
    None
}

/// Notes values that make no alarm by themselves.
fn each(
    path: &str,
    values: &[AlarmChange],
    (index, written, scenario): (usize, &RawScenario, &Scenario),
    report: &mut Report,
) {
    for (place, value) in values.iter().enumerate() {
        let present = (&written.alarms[index], &scenario.alarms[index]);
        let variant = changed(present.0, &[value]);
        if let Err((message, help)) =
            alarm_variant(&variant, present, (&written.strategies, scenario))
        {
            let message = format!("with `{}`: {message}", value.spoken().1);
            report.problem(format!("{path}[{place}]"), message, help);
        }
    }
}

fn thresholds(
    path: &str,
    raw: &RawTunedAlarm,
    (index, written, scenario): (usize, &RawScenario, &Scenario),
    report: &mut Report,
) {
    let Some(list) = &raw.threshold else { return };
    report.list(path, list.len());
    let mut exact: Vec<Ratio> = Vec::new();
    for (place, threshold) in list.iter().enumerate() {
        let place = format!("{path}[{place}]");
        match threshold_variant(&written.alarms[index], *threshold, &scenario.alarms[index]) {
            Ok(threshold) if exact.contains(&threshold) => {
                report.problem(place, "this threshold is listed twice", "list it once");
            }
            Ok(threshold) => exact.push(threshold),
            Err((message, help)) => report.problem(place, message, help),
        }
    }
    report.not_empty(path, list.len());
}

/// Notes alarms that a strategy with one that may be set reads by way of a composite alarm, too.
fn together(tuned: &[RawTunedAlarm], scenario: &Scenario, report: &mut Report) {
    let number =
        |raw: &RawTunedAlarm| scenario.alarms.iter().position(|alarm| alarm.name == raw.alarm);
    let numbers: Vec<usize> = tuned.iter().filter_map(number).collect();
    let concerned = |plan: &&_| numbers.iter().any(|&alarm| reads_itself(plan, alarm));
    for (place, raw) in tuned.iter().enumerate() {
        let Some(alarm) = number(raw) else { continue };
        let mut plans = scenario.strategies.iter().filter(concerned);
        let found = plans.find_map(|plan| Some((plan, by_way_of(scenario, plan, alarm)?)));
        if let Some((plan, composite)) = found {
            let (name, strategy) = (&raw.alarm, &plan.name);
            report.problem(
                format!("tune.alarms[{place}].alarm"),
                format!(
                    "the strategy \"{strategy}\" reads \"{name}\" by way of \"{composite}\" too"
                ),
                format!(
                    "an alarm that a composite alarm follows from cannot be set; take \
                     \"{composite}\" out of the strategy's `alarms`"
                ),
            );
        }
    }
}
