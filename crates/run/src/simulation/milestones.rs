//! The instants of a run that its outcome is made of, and what they mean.

use crate::simulation::outcome::{End, GivenUp};
use crate::simulation::verdict::Facts;
use crate::time::SimTime;

/// What happened when. `None` is not, or not yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Milestones {
    /// Green first took traffic, live or mirrored.
    pub first_traffic: Option<SimTime>,
    /// A faulty green first took traffic, live or mirrored.
    pub first_faulty_exposure: Option<SimTime>,
    /// The alarm acted on, and when it went into ALARM.
    pub acted_on: Option<(usize, SimTime)>,
    /// All traffic was back on blue.
    pub rolled_back: Option<SimTime>,
    /// Green took all traffic.
    pub full_traffic: Option<SimTime>,
    /// The last bake ended without an alarm.
    pub bake_ended: Option<SimTime>,
    /// A shadow test or a trial ended without promotion, or the rollout before it began.
    pub stopped: Option<SimTime>,
    /// Instances of green could not be launched.
    pub update_failed: Option<SimTime>,
    /// The execution time-out had ended the rollout.
    pub timed_out: Option<SimTime>,
    /// Instances of blue could not be launched again.
    pub rollback_failed: Option<SimTime>,
    /// The controller gave the release up.
    pub given_up: Option<GivenUp>,
}

impl Milestones {
    /// How the rollout ended.
    pub fn end(&self) -> End {
        if self.rollback_failed.is_some() {
            End::RollbackFailed
        } else if self.update_failed.is_some() {
            End::UpdateFailed
        } else if self.timed_out.is_some() {
            End::TimedOut
        } else if self.rolled_back.is_some() {
            End::RolledBack
        } else if self.stopped.is_some() {
            End::Stopped
        } else if self.bake_ended.is_some() {
            End::Promoted
        } else {
            End::UnfinishedAtHorizon
        }
    }

    /// What the verdict follows from.
    pub fn facts(&self) -> Facts {
        Facts {
            end: self.end(),
            given_up: self.given_up,
            first_faulty_exposure_at: self.first_faulty_exposure,
        }
    }
}
