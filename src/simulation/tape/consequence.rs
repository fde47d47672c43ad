//! What becomes of a run, apart from which alarm brought it about.

use crate::simulation::outcome::{Damage, End, Outcome, Verdict};
use crate::time::SimTime;

/// The part of an [`Outcome`] that follows from when the rollout was given up, and not from the alarm.
/// Waiting and response times are not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consequence {
    /// How the rollout ends.
    pub end: End,
    /// What that means if no alarm was acted on.
    pub verdict_without_alarm: Verdict,
    /// When green first took traffic, live or mirrored.
    pub first_traffic_at: Option<SimTime>,
    /// When a faulty green first took traffic, live or mirrored.
    pub first_faulty_exposure_at: Option<SimTime>,
    /// When all traffic was back on blue.
    pub rolled_back_at: Option<SimTime>,
    /// When the last bake ended without an alarm.
    pub bake_ended_at: Option<SimTime>,
    /// When green took all traffic.
    pub full_traffic_at: Option<SimTime>,
    /// Damage up to the end of the last bake or of the rollback.
    pub to_bake_end: Damage,
    /// Damage up to the horizon.
    pub to_horizon: Damage,
    /// Instance-hours of the blue fleet.
    pub blue_instance_hours: f64,
    /// Instance-hours of the green fleet.
    pub green_instance_hours: f64,
    /// Both fleets were up for so long \[s\].
    pub both_fleets_s: f64,
    /// The most instances that existed at once.
    pub peak_instances: u32,
    /// USD.
    pub cost: f64,
    /// USD above not deploying.
    pub extra_cost: f64,
}

impl Consequence {
    /// What an outcome says of it.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            end: outcome.end,
            verdict_without_alarm: outcome.verdict,
            first_traffic_at: outcome.first_traffic_at,
            first_faulty_exposure_at: outcome.first_faulty_exposure_at,
            rolled_back_at: outcome.rolled_back_at,
            bake_ended_at: outcome.bake_ended_at,
            full_traffic_at: outcome.full_traffic_at,
            to_bake_end: outcome.to_bake_end,
            to_horizon: outcome.to_horizon,
            blue_instance_hours: outcome.blue_instance_hours,
            green_instance_hours: outcome.green_instance_hours,
            both_fleets_s: outcome.both_fleets_s,
            peak_instances: outcome.peak_instances,
            cost: outcome.cost,
            extra_cost: outcome.extra_cost,
        }
    }

    /// What it means that an alarm in ALARM since `since` brought it about: a detection if a faulty green had
    /// taken traffic before; see [`Verdict`].
    pub fn verdict(&self, alarm_since: Option<SimTime>, healthy: bool) -> Verdict {
        let of_alarm = |since| Verdict::of_alarm(since, self.first_faulty_exposure_at, healthy);
        alarm_since.map_or(self.verdict_without_alarm, of_alarm)
    }
}
