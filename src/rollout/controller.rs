//! Executes any plan: signals in, actions out, nothing else touched.
//!
//! ```text
//! Provisioning ─ fleet ready ─▶ Switching(0) ─ in effect ─▶ Baking(0) ─ over ─▶ Switching(1) … ─▶ Promoted
//!                                   │ ALARM                    │ ALARM                       or ▶ Stopped
//!                                   └──────▶ RollingBack ◀─────┘ ─ in effect ─▶ RolledBack
//! ```
//!
//! Alarms count from the start of the first switch to the end of the last bake: the controller looks at
//! them at each poll and before each step. An ALARM cancels a pending switch and freezes the share until
//! the rollback takes effect. A stage that only mirrors has nothing to switch; an ALARM there stops the
//! shadow test at once (SageMaker has no such action; it is this tool's). A plan whose last stage gives
//! green less than everything is a trial: when it is over, traffic is switched back to blue.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>.

use crate::rollout::plan::{Plan, Stage};

/// Executes one plan.
#[derive(Clone, Debug)]
pub struct Controller<'s> {
    plan: &'s Plan,
    phase: Phase,
}

/// Where a rollout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Green is coming up.
    Provisioning,
    /// The switch to this stage is under way.
    Switching(usize),
    /// This stage is being watched.
    Baking(usize),
    /// Traffic is on its way back to blue.
    RollingBack,
    /// Over.
    Done,
}

/// What the controller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// Green is up.
    FleetReady,
    /// The switch, or the rollback, took effect.
    SwitchDone,
    /// The bake is over.
    BakeEnded,
    /// It is time to look at the alarms.
    Poll,
    /// The A/B test of this stage is over.
    TestDecided {
        /// Whether a new model takes everything.
        promote: bool,
    },
}

/// What the controller wants done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Switch traffic to this stage; it takes effect after the switch time, or at once.
    Switch {
        /// Which.
        stage: Stage,
        /// Nothing is switched (the stage only mirrors).
        at_once: bool,
    },
    /// Watch this stage for the length of its bake.
    Bake(Stage),
    /// Bring all traffic back to blue: an ALARM, or the end of a trial.
    RollBack,
    /// The last bake is over: green stays.
    Promote,
    /// End without promotion.
    Stop,
    /// All traffic is back on blue.
    FinishRollback,
}

impl<'s> Controller<'s> {
    /// A rollout that waits for its fleet.
    pub fn new(plan: &'s Plan) -> Self {
        Self { plan, phase: Phase::Provisioning }
    }

    /// Where the rollout stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Whether alarms count now.
    pub fn is_watching(&self) -> bool {
        matches!(self.phase, Phase::Switching(_) | Phase::Baking(_))
    }

    /// Takes a signal, with whether an alarm of the plan is in ALARM, and says what to do.
    pub fn on(&mut self, signal: Signal, alarm: bool) -> Option<Action> {
        match (self.phase, signal) {
            (Phase::Provisioning, Signal::FleetReady) => Some(self.switch_to(0)),
            (
                Phase::Switching(_) | Phase::Baking(_),
                Signal::BakeEnded | Signal::Poll | Signal::TestDecided { .. },
            ) if alarm => Some(self.give_up()),
            (Phase::Switching(index), Signal::SwitchDone) => {
                self.phase = Phase::Baking(index);
                Some(Action::Bake(self.plan.stages[index]))
            }
            (Phase::Baking(index), Signal::BakeEnded) => Some(self.after(index)),
            (Phase::Baking(index), Signal::TestDecided { promote: true }) => {
                Some(self.after(index))
            }
            (Phase::Baking(_), Signal::TestDecided { promote: false }) => Some(self.give_up()),
            (Phase::RollingBack, Signal::SwitchDone) => {
                self.phase = Phase::Done;
                Some(Action::FinishRollback)
            }
            _ => None,
        }
    }

    /// The stage whose traffic is live or being switched to, if any.
    fn stage(&self) -> Option<&Stage> {
        match self.phase {
            Phase::Switching(index) | Phase::Baking(index) => self.plan.stages.get(index),
            _ => None,
        }
    }

    fn switch_to(&mut self, index: usize) -> Action {
        self.phase = Phase::Switching(index);
        let stage = self.plan.stages[index];
        Action::Switch { stage, at_once: stage.share <= 0.0 }
    }

    fn after(&mut self, index: usize) -> Action {
        if index + 1 < self.plan.stages.len() {
            return self.switch_to(index + 1);
        }
        if !self.plan.promotes() && self.plan.stages[index].share > 0.0 {
            self.phase = Phase::RollingBack;
            return Action::RollBack;
        }
        self.phase = Phase::Done;
        if self.plan.promotes() { Action::Promote } else { Action::Stop }
    }

    fn give_up(&mut self) -> Action {
        let only_mirrors = self.stage().is_some_and(|stage| stage.share <= 0.0);
        if only_mirrors {
            self.phase = Phase::Done;
            return Action::Stop;
        }
        self.phase = Phase::RollingBack;
        Action::RollBack
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::plan::{Service, Timing};
    use crate::time::SimDuration;

    fn stage(share: f64, mirror: f64) -> Stage {
        let bake = SimDuration::from_secs(600);
        Stage { green_active: 1, blue_active: 1, share, mirror, bake }
    }

    fn plan(stages: &[Stage]) -> Plan {
        Plan {
            name: "p".into(),
            stages: stages.to_vec(),
            alarms: vec![0],
            timing: Timing::default(),
            service: Service::SageMaker,
            test: None,
            overhead: SimDuration::ZERO,
        }
    }

    /// Drives a controller to the given phase without alarms.
    fn driven(plan: &Plan, signals: usize) -> Controller<'_> {
        let mut controller = Controller::new(plan);
        let course = [Signal::FleetReady, Signal::SwitchDone, Signal::BakeEnded];
        let repeated = [Signal::SwitchDone, Signal::BakeEnded].into_iter().cycle();
        for signal in course.into_iter().chain(repeated).take(signals) {
            assert!(
                controller.on(signal, false).is_some(),
                "{signal:?} in {:?}",
                controller.phase()
            );
        }
        controller
    }

    #[test]
    fn a_canary_without_alarms_is_promoted() {
        let plan = plan(&[stage(0.1, 0.0), stage(1.0, 0.0)]);
        let mut controller = Controller::new(&plan);
        let small = plan.stages[0];
        let full = plan.stages[1];
        let course = [
            (Signal::FleetReady, Action::Switch { stage: small, at_once: false }),
            (Signal::SwitchDone, Action::Bake(small)),
            (Signal::BakeEnded, Action::Switch { stage: full, at_once: false }),
            (Signal::SwitchDone, Action::Bake(full)),
            (Signal::BakeEnded, Action::Promote),
        ];
        for (signal, action) in course {
            assert_eq!(controller.on(signal, false), Some(action));
        }
        assert_eq!(controller.phase(), Phase::Done);
        assert_eq!(controller.on(Signal::Poll, true), None, "nobody watches any more");
    }

    #[test]
    fn an_alarm_rolls_back_in_every_watched_phase() {
        let plan = plan(&[stage(0.1, 0.0), stage(1.0, 0.0)]);
        for signals in 1..=4 {
            let mut controller = driven(&plan, signals);
            assert!(controller.is_watching());
            assert_eq!(controller.on(Signal::Poll, true), Some(Action::RollBack));
            assert_eq!(controller.on(Signal::Poll, true), None, "it rolls back once");
            assert_eq!(controller.on(Signal::SwitchDone, true), Some(Action::FinishRollback));
        }
    }

    #[test]
    fn an_alarm_at_the_end_of_a_bake_prevents_the_next_step() {
        let plan = plan(&[stage(0.1, 0.0), stage(1.0, 0.0)]);
        assert_eq!(driven(&plan, 2).on(Signal::BakeEnded, true), Some(Action::RollBack));
        assert_eq!(driven(&plan, 4).on(Signal::BakeEnded, true), Some(Action::RollBack));
    }

    #[test]
    fn alarms_before_the_first_switch_wait() {
        let plan = plan(&[stage(1.0, 0.0)]);
        let mut controller = Controller::new(&plan);
        assert_eq!(controller.on(Signal::Poll, true), None);
        assert!(!controller.is_watching());
    }

    #[test]
    fn a_shadow_test_mirrors_at_once_and_is_stopped_by_an_alarm() {
        let plan = plan(&[stage(0.0, 1.0), stage(1.0, 0.0)]);
        let mut controller = Controller::new(&plan);
        let mirror = plan.stages[0];
        let begun = controller.on(Signal::FleetReady, false);
        assert_eq!(begun, Some(Action::Switch { stage: mirror, at_once: true }));
        assert_eq!(controller.on(Signal::SwitchDone, false), Some(Action::Bake(mirror)));
        assert_eq!(controller.on(Signal::Poll, true), Some(Action::Stop));
        let mut promoted = driven(&plan, 4);
        assert_eq!(promoted.on(Signal::Poll, true), Some(Action::RollBack), "it is live by then");
    }

    #[test]
    fn a_trial_at_a_partial_share_is_switched_back() {
        let plan = plan(&[stage(0.3, 0.0)]);
        let mut controller = driven(&plan, 2);
        assert_eq!(controller.on(Signal::BakeEnded, false), Some(Action::RollBack));
        assert_eq!(controller.on(Signal::SwitchDone, false), Some(Action::FinishRollback));
    }

    #[test]
    fn a_shadow_test_alone_ends_without_promotion() {
        let plan = plan(&[stage(0.0, 0.5)]);
        assert_eq!(driven(&plan, 2).on(Signal::BakeEnded, false), Some(Action::Stop));
    }
}
