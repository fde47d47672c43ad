//! Composite alarms.

use super::report::Report;
use super::subject::syntax;
use crate::alarm::composite::{CompositeSpec, Rule, order};
use crate::scenario::raw::alarm::{RawAlarm, RawComposite};

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
            Some(CompositeSpec { name: composite.name.clone(), rule })
        })
        .collect();
    let specs: Vec<CompositeSpec> = specs.into_iter().collect::<Option<_>>()?;
    refuse_cycles(&specs, report);
    Some(specs)
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
