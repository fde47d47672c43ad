//! The composite alarms.

use super::report::Report;
use crate::alarm::composite::{CompositeSpec, Rule, evaluation_order};
use crate::alarm::syntax::SyntaxError;
use crate::scenario::raw::composite::RawCompositeAlarm;
use crate::scenario::suggest;

/// The composite alarms beside metric alarms of the names `metric`; those with a problem are left
/// out.
pub(super) fn composites(
    raw: &[RawCompositeAlarm],
    metric: &[&str],
    report: &mut Report,
) -> Vec<CompositeSpec> {
    report.names("composite_alarms", raw.iter().map(|alarm| alarm.name.as_str()));
    let composite = raw.iter().map(|alarm| alarm.name.as_str());
    let known: Vec<&str> = metric.iter().copied().chain(composite).collect();
    let mut specs = Vec::new();
    for (index, raw) in raw.iter().enumerate() {
        let path = format!("composite_alarms[{index}]");
        if metric.contains(&raw.name.as_str()) {
            let message = format!("a metric alarm is called \"{}\" too", raw.name);
            report.problem(format!("{path}.name"), message, "give each alarm a name of its own");
        }
        let rule_path = format!("{path}.rule");
        match Rule::parse(&raw.rule) {
            Err(error) => report.problem(rule_path, error.to_string(), remedy(&error)),
            Ok(rule) => {
                for name in rule.alarms() {
                    if !known.contains(&name) && is_whole(report) {
                        report.unknown_name(&rule_path, "alarm", name, &known);
                    }
                }
                specs.push(CompositeSpec { name: raw.name.clone(), rule });
            }
        }
    }
    if let Err(cycle) = evaluation_order(&specs) {
        let place = specs.iter().position(|spec| cycle.contains(&spec.name));
        let path = format!("composite_alarms[{}].rule", place.unwrap_or_default());
        let message =
            format!("composite alarms name one another in a circle: {}", cycle.join(", "));
        report.problem(
            path,
            message,
            "take one of the names out; CloudWatch evaluates none of them",
        );
    }
    specs
}

/// Whether no alarm was taken out of the file because it could not be read.
fn is_whole(report: &Report) -> bool {
    report.sound("alarms[*]") && report.sound("composite_alarms[*]")
}

/// What to do about a text that cannot be read.
pub(super) fn remedy(error: &SyntaxError) -> String {
    match &error.unknown {
        Some(unknown) => suggest::remedy(&unknown.word, &unknown.known),
        None => "docs/scenario.md has the grammar and examples".to_owned(),
    }
}
