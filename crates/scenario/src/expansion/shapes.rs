//! Every way of setting every alarm that may be set, its threshold apart.

use super::{Misfit, few_enough, left_out, variant_name};
use crate::load::Loaded;
use crate::raw::alarm::RawAlarm;
use crate::raw::tune::RawTunedAlarm;
use crate::telemetry::ratio::Ratio;
use crate::tune::Shape;
use crate::validate::tune::MOST_SHAPES;
use crate::validate::variant::{alarm_variant, threshold_variant};
use crate::variation::alarm::{AlarmChange, USUAL_M_OF_N, changed, lists};
use crate::variation::product::combinations;
use crate::variation::readers::settable;

/// The shapes, each with its alarm as it would be written, in the order of the scenario's alarms, the
/// present one of each first.
pub(super) fn shapes(
    loaded: &Loaded,
    warnings: &mut Vec<String>,
) -> Result<Vec<(Shape, RawAlarm)>, Misfit> {
    let tuned = loaded.written.tune.as_ref().and_then(|tune| tune.alarms.as_ref());
    let mut made = Vec::new();
    if let Some(tuned) = tuned {
        for (number, alarm) in loaded.scenario.alarms.iter().enumerate() {
            let Some(entry) = tuned.iter().find(|entry| entry.alarm == alarm.name) else {
                continue;
            };
            let changes = lists(entry).into_iter().map(|(_, changes)| changes).collect();
            let (shapes, left_out) = shapes_of(loaded, number, changes, Some(entry));
            made.extend(shapes);
            warnings.extend(left_out);
        }
    } else {
        for number in settable(&loaded.scenario) {
            // Nobody asked for those that are left out, such as 5 periods of a day.
            made.extend(shapes_of(loaded, number, vec![USUAL_M_OF_N.to_vec()], None).0);
        }
    }
    if made.is_empty() {
        let message = "no alarm can be set: no strategy names one with a threshold".to_owned();
        let help = "name an alarm in the `alarms` of a strategy; composite alarms and bands have \
                    nothing to set";
        return Err(("strategies".to_owned(), (message, help.to_owned())));
    }
    few_enough("alarms", made.len(), MOST_SHAPES, "ways of setting alarms")?;
    Ok(made)
}

/// Every way of setting one alarm, the present one first, and a line for each that is left out.
fn shapes_of(
    loaded: &Loaded,
    number: usize,
    mut dimensions: Vec<Vec<AlarmChange>>,
    entry: Option<&RawTunedAlarm>,
) -> (Vec<(Shape, RawAlarm)>, Vec<String>) {
    let (written, present) = (&loaded.written.alarms[number], &loaded.scenario.alarms[number]);
    let thresholds = thresholds(loaded, number, entry);
    for changes in &mut dimensions {
        changes.retain(|change| !change.is_present(written));
    }
    let dimensions: Vec<&[AlarmChange]> = dimensions.iter().map(Vec::as_slice).collect();
    let (mut made, mut warnings) = (Vec::new(), Vec::new());
    for changes in combinations(&dimensions) {
        let raw = changed(written, &changes);
        let changes: Vec<_> = changes.into_iter().map(AlarmChange::spoken).collect();
        match alarm_variant(
            &raw,
            (written, present),
            (&loaded.written.strategies, &loaded.scenario),
        ) {
            Ok(spec) => {
                let thresholds = thresholds.clone();
                made.push((Shape { alarm: number, spec, changes, thresholds }, raw));
            }
            Err(fault) => warnings.push(left_out(&variant_name(&written.name, &changes), &fault)),
        }
    }
    (made, warnings)
}

/// The thresholds that may be chosen, ascending, the present one among them; none if any may.
fn thresholds(loaded: &Loaded, number: usize, entry: Option<&RawTunedAlarm>) -> Vec<Ratio> {
    let Some(list) = entry.and_then(|entry| entry.threshold.as_ref()) else { return Vec::new() };
    let (written, present) = (&loaded.written.alarms[number], &loaded.scenario.alarms[number]);
    let exact = list.iter().map(|threshold| threshold_variant(written, *threshold, present));
    let exact = exact.filter_map(Result::ok).chain([present.threshold]);
    let mut thresholds: Vec<Ratio> = exact.collect();
    thresholds.sort_unstable();
    thresholds.dedup();
    thresholds
}
