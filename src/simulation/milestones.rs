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
    /// A shadow test ended without promotion.
    pub stopped: Option<SimTime>,
    /// An A/B test sent green back; whether it is truly worse than blue.
    pub lost_test: Option<bool>,
}

impl Milestones {
    /// How the rollout ended.
    pub fn end(&self) -> End {
        if self.rolled_back.is_some() {
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
    /// release, so it is a false one whatever was released. A green that lost an A/B test was caught if it
    /// is faulty or truly worse than blue, else sent back for nothing.
    pub fn verdict(&self, release: &RegressionSpec) -> Verdict {
        let Some((_, alarm_at)) = self.acted_on else {
            if let Some(truly_worse) = self.lost_test {
                let caught =
                    truly_worse || !release.healthy && self.first_faulty_exposure.is_some();
                return if caught { Verdict::Detected } else { Verdict::FalseRollback };
            }
            return match (self.end(), release.healthy) {
                (End::UnfinishedAtHorizon, _) => Verdict::Undecided,
                (_, true) => Verdict::Passed,
                (_, false) => Verdict::Missed,
            };
        };
        let exposed = self.first_faulty_exposure.is_some_and(|exposure| exposure <= alarm_at);
        if exposed && !release.healthy { Verdict::Detected } else { Verdict::FalseRollback }
    }
}
