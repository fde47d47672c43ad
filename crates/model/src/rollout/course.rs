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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::regression::Effects;
    use crate::rollout::plan::{Service, StepTimes};
    use crate::rollout::rules::Rules;
    use crate::rollout::shift::{Fleets, Rounding};
    use crate::time::SimDuration;

    /// A shadow of half the traffic for 1800 s, a fifth of it live for 300 s, then all; P = 240 s, S = 60 s.
    fn plan() -> Plan {
        let [provision, switch, clean_up] = [240, 60, 60].map(SimDuration::from_secs);
        let stage = |share, mirror, bake| Stage {
            green_active: 2,
            blue_active: 3,
            share,
            mirror,
            bake: SimDuration::from_secs(bake),
        };
        Plan {
            name: "a plan".to_owned(),
            stages: vec![stage(0.0, 0.5, 1800), stage(0.2, 0.0, 300), stage(1.0, 0.0, 120)],
            alarms: Vec::new(),
            fleets: Fleets { blue: 3, green: 2, by_instances: false, rounding: Rounding::Round },
            rolling: None,
            rules: Rules::default(),
            times: StepTimes { provision, switch, rollback_switch: switch, clean_up },
            service: Service::SageMaker,
            test: None,
            overhead: SimDuration::ZERO,
            monitoring_usd_per_hour: 0.0,
        }
    }

    fn seconds(at: SimTime) -> f64 {
        at.as_secs_f64()
    }

    #[test]
    fn a_regression_begins_at_its_time_after_the_first_copies_or_at_its_share() {
        let onset = |onset| {
            let release = RegressionSpec {
                name: "bad".to_owned(),
                healthy: false,
                prior: None,
                effects: Effects::default(),
                onset,
                ramp: SimDuration::ZERO,
                duration: None,
                intermittency: None,
            };
            plan().onset(&release).map(seconds)
        };
        assert_eq!(onset(Onset::At(SimTime::from_secs_f64(7.0))), Some(7.0));
        // Copies take no switch: they come once green is up.
        let after = Onset::AfterFirstTraffic(SimDuration::from_secs(10));
        assert_eq!(onset(after), Some(250.0));
        assert_eq!(onset(Onset::AtShare(0.2)), Some(240.0 + 1800.0 + 60.0));
        assert_eq!(onset(Onset::AtShare(0.3)), Some(2100.0 + 300.0 + 60.0));
        let end = plan().course().last().map(|last| seconds(last.baked));
        assert_eq!(end, Some(2460.0 + 120.0));
    }

    #[test]
    fn copies_are_a_load_on_green_and_take_none_off_blue() {
        let stages = plan().stages;
        assert_eq!(
            [Side::Blue, Side::Green].map(|side| stages[0].load(side)),
            [(1.0, 3), (0.5, 2)]
        );
        assert_eq!(
            [Side::Blue, Side::Green].map(|side| stages[1].load(side)),
            [(0.8, 3), (0.2, 2)]
        );
        assert!(stages[0].has_traffic() && !Stage::on_blue(3).has_traffic());
    }
}
