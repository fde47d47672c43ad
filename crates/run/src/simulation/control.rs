//! The control plane of a run: its calendar, the controller, and what follows from the controller's actions.

use crate::engine::calendar::Calendar;
use crate::rollout::controller::{Action, Cause, Controller, Signal};
use crate::rollout::plan::Plan;
use crate::simulation::ab_test::Progress;
use crate::simulation::event::Event;
use crate::time::SimTime;

/// What decides about the rollout, and when.
#[derive(Clone, Debug)]
pub(super) struct Control<'s> {
    pub(super) calendar: Calendar<Event>,
    pub(super) controller: Controller<'s>,
    /// Counts the controller's actions; what follows from an older one is void.
    action: u32,
    /// Why the rollout does not go on, once it does not.
    pub(super) given_up: Option<Cause>,
    /// The A/B test, once it has begun.
    pub(super) test: Option<Progress>,
}

impl<'s> Control<'s> {
    /// Of `plan`, before anything has happened.
    pub(super) fn new(plan: &'s Plan, start: SimTime) -> Self {
        Self {
            calendar: Calendar::new(start),
            controller: Controller::new(plan),
            action: 0,
            given_up: None,
            test: None,
        }
    }

    /// Whether alarms count now.
    pub(super) fn is_watching(&self) -> bool {
        self.controller.is_watching()
    }

    /// What the controller wants done on a signal, if anything.
    pub(super) fn decide(&mut self, signal: Signal, has_alarm: bool) -> Option<Action> {
        let action = self.controller.on(signal, has_alarm)?;
        self.action += 1;
        Some(action)
    }

    /// Whether an event follows from the latest action.
    pub(super) fn is_current(&self, follows: u32) -> bool {
        follows == self.action
    }

    /// Schedules an event, whatever is done until then.
    pub(super) fn schedule(&mut self, at: SimTime, event: Event) {
        self.calendar.schedule(at, event);
    }

    /// Schedules an event that is void once something else is done.
    pub(super) fn follow(&mut self, at: SimTime, event: impl FnOnce(u32) -> Event) {
        self.calendar.schedule(at, event(self.action));
    }

    /// The controller gets a signal, unless something else is done before.
    pub(super) fn signal(&mut self, at: SimTime, signal: Signal) {
        self.follow(at, |action| Event::Decide { signal, follows: Some(action) });
    }

    /// The controller gets a signal, whatever is done until then.
    pub(super) fn signal_anyway(&mut self, at: SimTime, signal: Signal) {
        self.schedule(at, Event::Decide { signal, follows: None });
    }
}
