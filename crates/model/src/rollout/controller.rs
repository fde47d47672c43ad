//! Executes any plan: signals in, actions out, nothing else touched.
//!
//! ```text
//! forward, stage by stage                                         over, last stage ─▶ Promoted, Stopped
//!                                                                     ╱
//! Waiting ─ requested ─▶ Creating(i) ─ ready ─▶ Switching(i) ─ done ─▶ Baking(i) ─ over ─▶ CleaningUp(i)
//!                        │       ▲                 ▲ nothing to launch                     ╱
//!       launch failed ◀──┘       └─────────────────┴──── next stage ◀── gone, or nothing to retire
//!       ▼ UpdateFailed
//!
//! back, step by step: from any of these on an ALARM that counts, on a time-out, or as a trial is over
//!
//! TurningBack, or Settling until a clean-up under way is over
//!   ▼                          nothing to undo ─▶ RolledBack ◀── last step
//! Recreating(k) ─ ready ─▶ SwitchingBack(k) ─ in effect ─┤
//!   │    ▲                    ▲ nothing to launch        ▼
//!   │    └────────────────────┴──── next step ◀─ gone ─ Removing(k)
//!   └─ launch failed ─▶ RollbackFailed
//! ```
//!
//! Blue/green launches everything in `Creating(0)` and retires nothing before the promotion; a rolling
//! rollout creates and retires with each stage. A rollback of blue/green is one step back without a launch.
//!
//! Which alarms count, and when, is in [`Rules`](crate::rollout::rules::Rules): the controller looks at
//! them at each poll and before each step. An ALARM cancels a pending switch and freezes the share until a
//! switch back takes effect. A stage that only mirrors has nothing to switch; an ALARM there stops the
//! shadow test at once (SageMaker has no such action; it is this tool's). A plan whose last stage gives
//! green less than everything is a trial: when it is over, traffic is switched back to blue. After the
//! promotion nobody watches: there is nothing left to go back to.
//!
//! Sources: <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html> and
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html>.

use crate::rollout::plan::{Plan, Side, Stage};
use crate::rollout::rolling::{BackStep, Standing, way_back};
use crate::rollout::rules::{OnTimeout, PreAlarm, Watch, WatchedFrom};

/// Executes one plan.
#[derive(Clone, Debug)]
pub struct Controller<'s> {
    plan: &'s Plan,
    phase: Phase,
    /// The way back, once a rollback has begun.
    back: Vec<BackStep>,
    /// An alarm was in ALARM at the request of the update, and so none counts.
    ignores_alarms: bool,
}

/// Where a rollout stands; stages and steps back are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The update has not been requested yet.
    Waiting,
    /// The green instances of this stage are coming up.
    Creating(usize),
    /// The switch to this stage is under way.
    Switching(usize),
    /// This stage is being watched.
    Baking(usize),
    /// The blue instances that this stage replaced are being terminated.
    CleaningUp(usize),
    /// A rollback waits for a clean-up that had begun.
    Settling,
    /// A rollback begins.
    TurningBack,
    /// The blue instances of this step back are coming up.
    Recreating(usize),
    /// The switch of this step back is under way.
    SwitchingBack(usize),
    /// The green instances that this step back replaced are being terminated.
    Removing(usize),
    /// Over.
    Done,
}

/// What the controller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// The update is requested.
    Requested,
    /// What was launched is up.
    FleetReady,
    /// What was launched does not come up.
    LaunchFailed,
    /// The switch, forward or back, took effect.
    SwitchDone,
    /// The bake is over.
    BakeEnded,
    /// What was to be terminated between two steps is gone.
    CleanedUp,
    /// The rollback that was announced may begin.
    Proceed,
    /// It is time to look at the alarms.
    Poll,
    /// The execution time-out is exceeded.
    TimedOut,
    /// The A/B test of this stage is over.
    TestDecided {
        /// Whether a new model takes everything.
        promote: bool,
    },
}

/// What the controller wants done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Action {
    /// Launch instances; they are up after the provisioning time.
    Launch(Side, u32),
    /// Switch traffic to this stage; it takes effect after the switch time, or at once.
    Switch {
        /// Which.
        stage: Stage,
        /// Nothing is switched (the stage only mirrors).
        at_once: bool,
    },
    /// The switch took effect: watch this stage for the length of its bake.
    Bake(Stage),
    /// Terminate blue instances before the next stage.
    CleanUp(u32),
    /// A rollback begins; green instances that are not up yet are cancelled. Answered by
    /// [`Signal::Proceed`], or by [`Signal::CleanedUp`] if a clean-up is under way.
    RollBack(Cause),
    /// Switch traffic back to this stage.
    SwitchBack(Stage),
    /// The switch back took effect: traffic is as in this stage, so many green instances can go.
    Remove(Stage, u32),
    /// All traffic is back on blue, or had never left it.
    FinishRollback,
    /// Blue instances did not come up: both fleets stay in service as they are.
    FailRollback,
    /// The last bake is over: green stays.
    Promote,
    /// End without promotion and without a switch.
    Stop(Cause),
    /// Green could not be launched: end; nothing has changed.
    FailUpdate,
    /// The time-out is exceeded: end; everything stays as it is.
    Abandon,
}

/// Why a rollout does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An alarm is in ALARM.
    Alarm,
    /// The trial or the shadow test is over.
    Over,
    /// The execution time-out is exceeded.
    Timeout,
    /// A batch of green instances could not be launched.
    LaunchFailed,
}

impl Action {
    /// Whether this gives the rollout up for `cause`.
    pub fn gives_up_for(self, cause: Cause) -> bool {
        self == Self::RollBack(cause) || self == Self::Stop(cause)
    }
}

impl Signal {
    /// Whether the controller looks at the alarms as it takes it. A switch that takes effect is no look: one
    /// takes place just before, at the same instant.
    fn is_look(self) -> bool {
        use Signal::{BakeEnded, CleanedUp, FleetReady, Poll, TestDecided, TimedOut};
        matches!(self, FleetReady | BakeEnded | CleanedUp | Poll | TestDecided { .. } | TimedOut)
    }
}

impl<'s> Controller<'s> {
    /// A rollout that has not been requested yet.
    pub fn new(plan: &'s Plan) -> Self {
        Self { plan, phase: Phase::Waiting, back: Vec::new(), ignores_alarms: false }
    }

    /// Where the rollout stands.
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// The stage under way, counted from 0, while the rollout goes forward.
    pub fn stage(&self) -> Option<usize> {
        match self.phase {
            Phase::Creating(stage)
            | Phase::Switching(stage)
            | Phase::Baking(stage)
            | Phase::CleaningUp(stage) => Some(stage),
            _ => None,
        }
    }

    /// Whether alarms count now.
    pub fn is_watching(&self) -> bool {
        let rules = &self.plan.rules;
        let counts = match self.phase {
            Phase::Baking(_) => true,
            Phase::Creating(0) => {
                rules.watched_from == WatchedFrom::Start && rules.watch == Watch::Throughout
            }
            Phase::Creating(_) | Phase::Switching(_) | Phase::CleaningUp(_) => {
                rules.watch == Watch::Throughout
            }
            _ => false,
        };
        counts && !self.ignores_alarms
    }

    /// Whether an alarm in ALARM would change what the controller does on this signal.
    pub fn heeds_alarms_at(&self, signal: Signal) -> bool {
        match (self.phase, signal) {
            (Phase::Waiting, Signal::Requested) => self.plan.rules.pre_alarm == PreAlarm::Stop,
            _ => signal.is_look() && self.is_watching(),
        }
    }

    /// Takes a signal, with whether an alarm of the plan is in ALARM, and says what to do.
    pub fn on(&mut self, signal: Signal, alarm: bool) -> Option<Action> {
        if let (Phase::CleaningUp(stage), Signal::CleanedUp) = (self.phase, signal) {
            self.phase = Phase::Creating(stage + 1);
        }
        if alarm && signal.is_look() && self.is_watching() {
            return Some(self.give_up(Cause::Alarm));
        }
        match (self.phase, signal) {
            (Phase::Waiting, Signal::Requested) => Some(self.begin(alarm)),
            (Phase::Creating(stage), Signal::FleetReady) => Some(self.switch_to(stage)),
            (Phase::Creating(stage), Signal::CleanedUp) => Some(self.create(stage)),
            (Phase::Creating(0), Signal::LaunchFailed) => Some(self.end(Action::FailUpdate)),
            (Phase::Creating(_), Signal::LaunchFailed) => Some(self.give_up(Cause::LaunchFailed)),
            (Phase::Switching(stage), Signal::SwitchDone) => {
                self.phase = Phase::Baking(stage);
                Some(Action::Bake(self.plan.stages[stage]))
            }
            (Phase::Baking(stage), Signal::BakeEnded | Signal::TestDecided { promote: true }) => {
                Some(self.after(stage))
            }
            (Phase::Baking(_), Signal::TestDecided { promote: false }) => {
                Some(self.give_up(Cause::Over))
            }
            (_, Signal::TimedOut) if self.stage().is_some() => Some(self.time_out()),
            (Phase::TurningBack, Signal::Proceed) | (Phase::Settling, Signal::CleanedUp) => {
                Some(self.step_back(0))
            }
            (Phase::Recreating(step), Signal::FleetReady) => Some(self.switch_back(step)),
            (Phase::Recreating(_), Signal::LaunchFailed) => Some(self.end(Action::FailRollback)),
            (Phase::SwitchingBack(step), Signal::SwitchDone) => Some(self.after_switch_back(step)),
            (Phase::Removing(step), Signal::CleanedUp) => Some(self.step_back(step + 1)),
            _ => None,
        }
    }

    fn begin(&mut self, alarm: bool) -> Action {
        match self.plan.rules.pre_alarm {
            PreAlarm::Stop if alarm => return self.end(Action::Stop(Cause::Alarm)),
            PreAlarm::IgnoreAllAlarms => self.ignores_alarms = alarm,
            PreAlarm::Stop | PreAlarm::Rollback => {}
        }
        self.create(0)
    }

    /// Launches what a stage needs; a stage that needs nothing is switched to at once.
    fn create(&mut self, stage: usize) -> Action {
        match self.plan.launched_for(stage) {
            0 => self.switch_to(stage),
            instances => {
                self.phase = Phase::Creating(stage);
                Action::Launch(Side::Green, instances)
            }
        }
    }

    fn switch_to(&mut self, index: usize) -> Action {
        self.phase = Phase::Switching(index);
        let stage = self.plan.stages[index];
        Action::Switch { stage, at_once: stage.share <= 0.0 }
    }

    fn after(&mut self, stage: usize) -> Action {
        if stage + 1 < self.plan.stages.len() {
            let retired = self.plan.retired_after(stage);
            if retired == 0 {
                return self.create(stage + 1);
            }
            self.phase = Phase::CleaningUp(stage);
            return Action::CleanUp(retired);
        }
        if self.plan.promotes() {
            return self.end(Action::Promote);
        }
        self.give_up(Cause::Over)
    }

    fn time_out(&mut self) -> Action {
        match self.plan.rules.on_timeout {
            OnTimeout::Rollback => self.give_up(Cause::Timeout),
            OnTimeout::Stay => self.end(Action::Abandon),
        }
    }

    fn end(&mut self, action: Action) -> Action {
        self.phase = Phase::Done;
        action
    }

    fn give_up(&mut self, cause: Cause) -> Action {
        if self.only_mirrors() {
            return self.end(Action::Stop(cause));
        }
        let is_cleaning_up = matches!(self.phase, Phase::CleaningUp(_));
        self.back = self.steps_back();
        self.phase = if is_cleaning_up { Phase::Settling } else { Phase::TurningBack };
        Action::RollBack(cause)
    }

    /// Whether no live traffic has been moved, nor is on its way, though green may answer copies.
    fn only_mirrors(&self) -> bool {
        let live = match self.phase {
            Phase::Creating(0) => return self.plan.stages[0].share <= 0.0,
            Phase::Creating(stage) => Some(stage - 1),
            _ => self.stage(),
        };
        live.is_some_and(|stage| self.plan.stages[stage].share <= 0.0)
    }

    /// The way back from here; empty if no traffic has moved and nothing is up.
    fn steps_back(&self) -> Vec<BackStep> {
        let fleets = self.plan.fleets;
        let Some(rolling) = self.plan.rolling else {
            let stage = Stage::on_blue(fleets.blue);
            let step = BackStep { launch: 0, stage, remove: fleets.green };
            return if self.phase == Phase::Creating(0) { Vec::new() } else { vec![step] };
        };
        // Blue instances that are gone, green ones that are up, and whether traffic is on its way.
        let (gone, green, is_shifted) = match self.phase {
            Phase::Creating(stage) if stage > 0 => {
                let before = self.plan.stages[stage - 1].green_active;
                (before, before, false)
            }
            Phase::Switching(stage) | Phase::Baking(stage) => {
                let before = stage.checked_sub(1);
                let gone = before.map_or(0, |before| self.plan.stages[before].green_active);
                (gone, self.plan.stages[stage].green_active, true)
            }
            Phase::CleaningUp(stage) => {
                let replaced = self.plan.stages[stage].green_active;
                (replaced, replaced, false)
            }
            _ => return Vec::new(),
        };
        let standing = Standing { blue: fleets.blue - gone, green, is_shifted };
        way_back(standing, fleets, rolling.rollback_batch)
    }

    fn step_back(&mut self, step: usize) -> Action {
        match self.back.get(step) {
            None => self.end(Action::FinishRollback),
            Some(back) if back.launch > 0 => {
                self.phase = Phase::Recreating(step);
                Action::Launch(Side::Blue, back.launch)
            }
            Some(_) => self.switch_back(step),
        }
    }

    fn switch_back(&mut self, step: usize) -> Action {
        self.phase = Phase::SwitchingBack(step);
        Action::SwitchBack(self.back[step].stage)
    }

    fn after_switch_back(&mut self, step: usize) -> Action {
        if step + 1 == self.back.len() {
            return self.end(Action::FinishRollback);
        }
        self.phase = Phase::Removing(step);
        Action::Remove(self.back[step].stage, self.back[step].remove)
    }
}

#[cfg(test)]
mod tests;
