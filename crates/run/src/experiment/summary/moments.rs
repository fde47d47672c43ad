//! Times between two instants of a run, and whether it was cut short.

use crate::simulation::outcome::{End, Outcome, Verdict};
use crate::time::SimTime;

/// Whether an ALARM, a time-out or a lack of instances cut the rollout short. Such runs and the others have
/// costs, instance-hours and failures of their own: they are the two humps of a figure.
pub fn was_cut_short(run: &Outcome) -> bool {
    let is_failure = matches!(
        run.end,
        End::RolledBack | End::UpdateFailed | End::RollbackFailed | End::TimedOut
    );
    is_failure || run.alarm_at.is_some()
}

/// From the first faulty exposure, live or mirrored, to ALARM, or to the end of an A/B test that green
/// lost \[s\]; present if and only if a regression was caught. An alarm that was in ALARM already, and that
/// the fault kept there until the controller looked, counts as 0.
pub fn time_to_detect_s(run: &Outcome) -> Option<f64> {
    (run.verdict == Verdict::Caught).then_some(())?;
    let noticed = run.alarm_at.or(run.given_up.map(|given_up| given_up.at))?;
    let exposed = run.first_faulty_exposure_at?;
    Some(seconds_between(exposed, noticed.max(exposed)))
}

/// From the beginning of an A/B test to its decision \[s\]; present if it was decided.
pub fn time_to_decision_s(run: &Outcome) -> Option<f64> {
    let test = run.test?;
    Some(seconds_between(test.started_at, test.decided_at?))
}

/// From green's first traffic, live or mirrored, to ALARM \[s\], with cause or without; present if
/// an alarm was acted on.
pub fn alarm_after_first_traffic_s(run: &Outcome) -> Option<f64> {
    Some(seconds_between(run.first_traffic_at?, run.alarm_at?))
}

/// From ALARM, or from the request of the update if it was in ALARM already, until all traffic was back
/// on blue \[s\]; present if it came so far.
pub fn time_to_roll_back_s(run: &Outcome) -> Option<f64> {
    Some(seconds_between(run.alarm_at?.max(SimTime::ZERO), run.rolled_back_at?))
}

/// From the first faulty exposure until all traffic was back on blue \[s\]; present if both
/// happened.
pub fn faulty_exposure_to_blue_s(run: &Outcome) -> Option<f64> {
    Some(seconds_between(run.first_faulty_exposure_at?, run.rolled_back_at?))
}

/// Signed: an alarm may come before what it is measured from.
fn seconds_between(from: SimTime, to: SimTime) -> f64 {
    SimTime::from_nanos(to.as_nanos() - from.as_nanos()).as_secs_f64()
}
