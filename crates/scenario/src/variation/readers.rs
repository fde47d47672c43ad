//! Which strategies read an alarm, and how.

use crate::rollout::plan::Plan;
use crate::spec::Scenario;

/// Whether a strategy names the alarm of this number itself.
pub(crate) fn reads_itself(plan: &Plan, alarm: usize) -> bool {
    plan.alarms.contains(&alarm)
}

/// A composite alarm that a strategy names and that follows from the alarm of this number, if only by way
/// of others.
pub(crate) fn by_way_of<'s>(scenario: &'s Scenario, plan: &Plan, alarm: usize) -> Option<&'s str> {
    let wanted = scenario.alarm_name(alarm);
    let composites = &scenario.composite_alarms;
    plan.alarms.iter().find_map(|number| {
        let first = number.checked_sub(scenario.alarms.len())?;
        // Rules make no cycle, and each composite is looked at once.
        let mut seen = vec![first];
        let mut next = 0;
        while let Some(&index) = seen.get(next) {
            let names = composites.get(index)?.rule.alarms();
            if names.contains(&wanted) {
                return Some(composites[first].name.as_str());
            }
            let inner = composites.iter().enumerate();
            let inner = inner.filter(|(_, composite)| names.contains(&composite.name.as_str()));
            let inner: Vec<usize> = inner.map(|(inner, _)| inner).collect();
            seen.extend(
                inner.into_iter().filter(|inner| !seen.contains(inner)).collect::<Vec<_>>(),
            );
            next += 1;
        }
        None
    })
}

/// The alarms that may be set if the file does not say which: those with a threshold that a strategy names
/// itself, unless a strategy reads one by way of a composite alarm.
pub(crate) fn settable(scenario: &Scenario) -> Vec<usize> {
    use crate::alarm::spec::Subject;
    let has_threshold =
        |alarm: &usize| !matches!(scenario.alarms[*alarm].subject, Subject::Band(_));
    let read = |alarm: &usize| scenario.strategies.iter().any(|plan| reads_itself(plan, *alarm));
    let is_free = |alarm: &usize| {
        !scenario.strategies.iter().any(|plan| by_way_of(scenario, plan, *alarm).is_some())
    };
    (0..scenario.alarms.len()).filter(has_threshold).filter(read).filter(is_free).collect()
}
