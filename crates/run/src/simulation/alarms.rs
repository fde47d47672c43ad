//! The alarms of a run: their states, and since when each is in ALARM.

use crate::alarm::composite::{Board, Changed};
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::AlarmState;
use crate::scenario::Scenario;
use crate::simulation::record::AlarmChange;
use crate::telemetry::series::FleetSeries;
use crate::time::SimTime;

/// Alarms by number, metric alarms first and composite ones after them.
#[derive(Clone, Debug)]
pub(super) struct Alarms<'s> {
    /// None in a run in which no alarm is evaluated.
    pub(super) monitors: Vec<Monitor<'s>>,
    board: Board<'s>,
    /// When each went into ALARM, while it is there.
    since: Vec<Option<SimTime>>,
    /// Those that have changed at this instant, once composite alarms are due to be judged.
    judging: Option<Vec<usize>>,
}

impl<'s> Alarms<'s> {
    /// None of which is evaluated.
    pub(super) fn unused(scenario: &'s Scenario) -> Self {
        let names = scenario.alarms.iter().map(|alarm| alarm.name.as_str());
        Self {
            monitors: Vec::new(),
            board: Board::new(&scenario.composite_alarms, names),
            since: vec![None; scenario.alarm_names().count()],
            judging: None,
        }
    }

    /// In their initial states.
    pub(super) fn new(scenario: &'s Scenario, monitors: Vec<Monitor<'s>>) -> Self {
        let mut alarms = Self { monitors, ..Self::unused(scenario) };
        for (since, alarm) in alarms.since.iter_mut().zip(&scenario.alarms) {
            *since = (alarm.initial_state == AlarmState::Alarm).then_some(scenario.start());
        }
        alarms
    }

    /// Evaluates a metric alarm; gives the change of its state, if any.
    pub(super) fn evaluate(
        &mut self,
        index: usize,
        now: SimTime,
        series: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmChange> {
        let monitor = &mut self.monitors[index];
        let from = monitor.state();
        let to = monitor.evaluate(now, series, first_traffic)?;
        self.set(index, to, now);
        Some(AlarmChange { index, from, to })
    }

    /// Composite alarms are to be judged after all evaluations of this instant, of which one may have changed
    /// an alarm. Whether it is the first.
    pub(super) fn await_judging(&mut self, changed: Option<usize>) -> bool {
        let is_first = self.judging.is_none();
        self.judging.get_or_insert_default().extend(changed);
        is_first
    }

    /// Judges the composite alarms after the evaluations of this instant; gives those that have changed.
    pub(super) fn judge(&mut self, now: SimTime) -> Vec<Changed> {
        let metric_changes = self.judging.take().unwrap_or_default();
        let changes = self.board.judge(&metric_changes, |number| self.monitors[number].state());
        for change in &changes {
            self.set(change.number, change.state, now);
        }
        changes
    }

    /// Takes an alarm to be in a state from now on.
    pub(super) fn set(&mut self, number: usize, state: AlarmState, now: SimTime) {
        self.since[number] = (state == AlarmState::Alarm).then_some(now);
    }

    /// The one of these that has been in ALARM for longest, and since when.
    pub(super) fn acting(&self, numbers: &[usize]) -> Option<(usize, SimTime)> {
        let in_alarm = numbers.iter().filter_map(|&index| Some((index, self.since[index]?)));
        in_alarm.min_by_key(|&(index, since)| (since, index))
    }

    /// Their states.
    pub(super) fn states(&self) -> impl Iterator<Item = AlarmState> {
        self.monitors.iter().map(Monitor::state).chain(self.board.states().iter().copied())
    }
}
