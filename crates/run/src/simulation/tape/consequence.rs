//! What becomes of a run, apart from which alarm brought it about.

use crate::simulation::outcome::{Damage, End, GivenUp, Outcome};
use crate::simulation::verdict::Facts;
use crate::time::SimTime;

/// The part of an [`Outcome`] that follows from when the rollout was given up, and not from the alarm.
/// Waiting and response times are not in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Consequence {
    /// How the rollout ends.
    pub end: End,
    /// When and why the release is given up, if it is.
    pub given_up: Option<GivenUp>,
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
    /// USD; `None` if a price is not known.
    pub cost: Option<f64>,
    /// USD above not deploying; `None` likewise.
    pub extra_cost: Option<f64>,
}

impl Consequence {
    /// What an outcome says of it.
    pub fn of(outcome: &Outcome) -> Self {
        Self {
            end: outcome.end,
            given_up: outcome.given_up,
            first_traffic_at: outcome.first_traffic_at,
            first_faulty_exposure_at: outcome.first_faulty_exposure_at,
            rolled_back_at: outcome.rolled_back_at,
            bake_ended_at: outcome.bake_ended_at,
            full_traffic_at: outcome.full_traffic_at,
            to_bake_end: but_for_users_failed(&outcome.to_bake_end),
            to_horizon: but_for_users_failed(&outcome.to_horizon),
            blue_instance_hours: outcome.blue_instance_hours,
            green_instance_hours: outcome.green_instance_hours,
            both_fleets_s: outcome.both_fleets_s,
            peak_instances: outcome.peak_instances,
            cost: outcome.cost,
            extra_cost: outcome.extra_cost,
        }
    }

    /// What its verdict follows from.
    pub fn facts(&self) -> Facts {
        Facts {
            end: self.end,
            given_up: self.given_up,
            first_faulty_exposure_at: self.first_faulty_exposure_at,
        }
    }
}

/// Once a fork is parked, it does not follow which failures users have.
fn but_for_users_failed(damage: &Damage) -> Damage {
    Damage { users_failed_excess: None, ..*damage }
}
