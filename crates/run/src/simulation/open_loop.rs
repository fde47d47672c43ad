//! A run in which no alarm is acted on, and what if one were.
//!
//! At each look of the controller that an alarm could change, the run forks: the fork takes an alarm to be in
//! ALARM at that look, and goes its own way from there. An alarm changes at its evaluations only, so a look
//! needs no fork if no alarm has been evaluated since the look before: an ALARM would have been seen then.

use crate::alarm::clock::Timetable;
use crate::alarm::spec::AlarmState;
use crate::simulation::arm::Arm;
use crate::simulation::event::Event;
use crate::telemetry::series::FleetSeries;
use crate::time::SimTime;

/// What a run without alarms keeps for the forks.
#[derive(Clone, Debug)]
pub struct OpenLoop<'s> {
    /// When the alarms are evaluated that may be asked about.
    timetables: Vec<Timetable>,
    /// Whether an alarm may have changed since the last look.
    may_have_changed: bool,
    /// New ones, in order of time.
    forks: Vec<Fork<'s>>,
}

/// A run that was given up at a look.
#[derive(Clone, Debug)]
pub struct Fork<'s> {
    /// When.
    pub at: SimTime,
    /// The run as it goes on.
    pub arm: Arm<'s>,
}

impl OpenLoop<'_> {
    /// Alarms evaluated at the instants of `timetables` may be asked about.
    pub fn new(timetables: Vec<Timetable>) -> Self {
        Self { timetables, may_have_changed: true, forks: Vec::new() }
    }
}

impl<'s> Arm<'s> {
    /// When alarms that may be asked about are first evaluated.
    pub(super) fn first_chances(&self) -> Vec<SimTime> {
        let timetables = self.open_loop.iter().flat_map(|open| &open.timetables);
        timetables.map(|timetable| timetable.next_evaluation(self.scenario.start())).collect()
    }

    /// Takes the forks since it was last asked.
    pub fn take_forks(&mut self) -> Vec<Fork<'s>> {
        self.open_loop.as_mut().map_or_else(Vec::new, |open| std::mem::take(&mut open.forks))
    }

    /// An alarm is evaluated by somebody else.
    pub(super) fn alarms_may_change(&mut self, now: SimTime, timetable: usize) {
        let Some(open) = &mut self.open_loop else { return };
        open.may_have_changed = true;
        let next = open.timetables[timetable].next_evaluation(now);
        self.control.schedule(next, Event::Evaluate(timetable));
        if self.control.is_watching() {
            self.poll_if_alarming(now);
        }
    }

    /// Whether an alarm may be in ALARM that no look has seen.
    pub(super) fn awaits_look(&self) -> bool {
        self.open_loop.as_ref().is_some_and(|open| open.may_have_changed)
    }

    /// A look of the controller: an open loop forks, and `act` is what the fork does.
    pub(super) fn fork(&mut self, now: SimTime, act: impl FnOnce(&mut Self)) {
        if !self.awaits_look() {
            return;
        }
        let Some(mut open) = self.open_loop.take() else { return };
        // Nobody will look at what the fork publishes.
        let unpublished = FleetSeries::only_sampled(self.traffic.plane.series.sampled.clone());
        let series = std::mem::replace(&mut self.traffic.plane.series, unpublished);
        let mut fork = self.clone();
        self.traffic.plane.series = series;
        if let Some(&alarm) = self.plan.alarms.first() {
            fork.alarms.set(alarm, AlarmState::Alarm, now);
        }
        act(&mut fork);
        open.may_have_changed = false;
        open.forks.push(Fork { at: now, arm: fork });
        self.open_loop = Some(open);
    }
}
