//! Composite alarms.

use super::report::Report;
use super::subject::syntax;
use crate::alarm::composite::{CompositeSpec, Rule, Suppression, order};
use crate::raw::alarm::{RawAlarm, RawComposite};
use crate::time::{NANOS_PER_S, SimDuration};

/// The composite alarms; `None` only if one has a problem.
pub(super) fn composites(
    raw: &[RawComposite],
    alarms: &[RawAlarm],
    report: &mut Report,
) -> Option<Vec<CompositeSpec>> {
    report.names("composite_alarms", raw.iter().map(|composite| composite.name.as_str()));
    let names: Vec<&str> = alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    for (index, composite) in raw.iter().enumerate() {
        if names.contains(&composite.name.as_str()) {
            let message = format!("an alarm is called \"{}\" too", composite.name);
            let path = format!("composite_alarms[{index}].name");
            report.problem(path, message, "give each a name of its own");
        }
    }
    let known: Vec<&str> =
        names.iter().copied().chain(raw.iter().map(|composite| composite.name.as_str())).collect();
    let specs: Vec<Option<CompositeSpec>> = raw
        .iter()
        .enumerate()
        .map(|(index, composite)| {
            let path = format!("composite_alarms[{index}].rule");
            let rule = Rule::parse(&composite.rule);
            let rule = rule.map_err(|error| syntax(&path, &error, report)).ok()?;
            let is_sound =
                report.sound("alarms[*].name") && report.sound("composite_alarms[*].name");
            for name in rule.alarms() {
                if is_sound && !known.contains(&name) {
                    report.unknown_name(&path, "alarm", name, &known);
                }
            }
            let suppression = suppression(index, composite, is_sound.then_some(&known), report);
            Some(CompositeSpec { name: composite.name.clone(), rule, suppression })
        })
        .collect();
    let specs: Vec<CompositeSpec> = specs.into_iter().collect::<Option<_>>()?;
    refuse_cycles(&specs, report);
    Some(specs)
}

/// What holds back the actions of a composite alarm, if anything does and it has no problem.
fn suppression(
    index: usize,
    raw: &RawComposite,
    known: Option<&Vec<&str>>,
    report: &mut Report,
) -> Option<Suppression> {
    let path = |key: &str| format!("composite_alarms[{index}].{key}");
    let mut time = |key: &str, given: Option<SimDuration>| {
        let path = path(key);
        let Some(time) = given else {
            if raw.actions_suppressor.is_some() {
                let message = format!("`actions_suppressor` needs `{key}`");
                report.problem(path, message, "AWS recommends \"60s\"");
            }
            return None;
        };
        if raw.actions_suppressor.is_none() {
            report.problem(path, format!("`{key}` needs `actions_suppressor`"), "name the alarm");
            return None;
        }
        if time.as_nanos() % NANOS_PER_S != 0 {
            let message = format!("CloudWatch takes whole seconds, not {time}");
            report.problem(path, message, "AWS recommends \"60s\"");
            return None;
        }
        Some(time)
    };
    let wait = time("actions_suppressor_wait_period", raw.actions_suppressor_wait_period);
    let extension =
        time("actions_suppressor_extension_period", raw.actions_suppressor_extension_period);
    let by = raw.actions_suppressor.as_ref()?;
    if *by == raw.name {
        let message = format!("\"{by}\" cannot hold back its own actions");
        report.problem(path("actions_suppressor"), message, "name another alarm");
        return None;
    }
    if let Some(known) = known.filter(|known| !known.contains(&by.as_str())) {
        report.unknown_name(path("actions_suppressor"), "alarm", by, known);
    }
    Some(Suppression { by: by.clone(), wait: wait?, extension: extension? })
}

/// Notes a composite alarm that names itself, if only by way of others.
fn refuse_cycles(specs: &[CompositeSpec], report: &mut Report) {
    let settled = order(specs);
    if let Some(index) = (0..specs.len()).find(|index| !settled.contains(index)) {
        report.problem(
            format!("composite_alarms[{index}].rule"),
            format!("the state of \"{}\" would follow from itself", specs[index].name),
            "CloudWatch stops evaluating such alarms; take out one of the names",
        );
    }
}
