//! The course of a rollout that nothing disturbs: which requests reach which fleet when. The update is
//! requested at t = 0.

use super::plan::{Plan, Side, Stage};
use crate::endpoint::regression::{Onset, RegressionSpec};
use crate::time::SimTime;

/// A stage with its times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimedStage {
    /// What it is.
    pub stage: Stage,
    /// When it begins to take traffic.
    pub from: SimTime,
    /// When its bake is over.
    pub baked: SimTime,
}

impl Plan {
    /// The stages in order, as [`schedule`](Self::schedule) times them.
    pub fn course(&self) -> Vec<TimedStage> {
        let times = self.schedule().into_iter();
        let since_request = |at| SimTime::ZERO + at;
        let course = times.zip(&self.stages).map(|((from, baked), &stage)| TimedStage {
            stage,
            from: since_request(from),
            baked: since_request(baked),
        });
        course.collect()
    }

    /// The stage in which green first takes requests, live or mirrored.
    pub fn first_traffic(&self) -> Option<TimedStage> {
        self.course().into_iter().find(|timed| timed.stage.has_traffic())
    }

    /// When a regression begins; `None` if it never does.
    pub fn onset(&self, release: &RegressionSpec) -> Option<SimTime> {
        match release.onset {
            Onset::At(at) => Some(at),
            Onset::AfterFirstTraffic(delay) => Some(self.first_traffic()?.from + delay),
            Onset::AtShare(share) => {
                let reached = |timed: &TimedStage| timed.stage.share >= share;
                self.course().into_iter().find(reached).map(|timed| timed.from)
            }
        }
    }
}

impl Stage {
    /// Whether green takes requests, live or mirrored.
    pub fn has_traffic(&self) -> bool {
        self.share > 0.0 || self.mirror > 0.0
    }

    /// The share of all requests that a fleet serves, copies included, and the instances that take them.
    pub fn load(&self, side: Side) -> (f64, u32) {
        match side {
            Side::Blue => (1.0 - self.share, self.blue_active),
            Side::Green => (self.share + self.mirror, self.green_active),
        }
    }
}
