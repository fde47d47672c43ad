//! The instants of a run that its outcome is made of, and what they mean.

use crate::endpoint::regression::RegressionSpec;
use crate::simulation::outcome::{End, Verdict};
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
    /// An A/B test sent green back; whether it is truly worse than blue.
    pub lost_test: Option<bool>,
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

    /// What that means for this release. An ALARM before the first faulty exposure has no cause in the
    /// release, so it is a false one whatever was released; that the rollback then failed changes nothing.
    ///
    /// Without an ALARM: a rollout whose launch failed says nothing of its release, nor does one that is not
    /// over. One that a time-out ended has let a regression pass unnoticed if it was exposed to it, and
    /// decides nothing otherwise: a good release did not go through, but no alarm was false.
    pub fn verdict(&self, release: &RegressionSpec) -> Verdict {
        let Some((_, alarm_at)) = self.acted_on else {
            if let Some(truly_worse) = self.lost_test {
                let caught =
                    truly_worse || !release.healthy && self.first_faulty_exposure.is_some();
                return if caught { Verdict::Detected } else { Verdict::FalseRollback };
            }
            return match (self.end(), release.healthy) {
                (End::TimedOut | End::RollbackFailed, false)
                    if self.first_faulty_exposure.is_some() =>
                {
                    Verdict::Missed
                }
                (
                    End::UnfinishedAtHorizon
                    | End::UpdateFailed
                    | End::TimedOut
                    | End::RollbackFailed,
                    _,
                ) => Verdict::Undecided,
                (_, true) => Verdict::Passed,
                (_, false) => Verdict::Missed,
            };
        };
        Verdict::of_alarm(alarm_at, self.first_faulty_exposure, release.healthy)
    }
}
