//! One alarm watching a run.
//!
//! At each evaluation (see [`clock`](crate::alarm::clock)) the periods of the evaluation range are merged
//! anew from the bins, because sliding windows cut other periods each minute. A bin belongs to the period
//! that holds its start, the instant it is stamped with, and is visible once it has ended and the delay
//! of the metric has passed. So the newest period may be partial or missing, and a later evaluation may
//! see another value: real alarms fire on such values too.
//!
//! Periods that end before green's first traffic are history: simulated, within the threshold, or absent,
//! as the alarm's setting says. Periods before the first bin are missing, or within the threshold.
//!
//! Not modelled: metrics that arrive out of order or in part (each bin arrives whole, after a fixed
//! delay); the warm-up period of new alarms.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::spec::{AlarmSpec, AlarmState, FleetDimension, History};
use crate::telemetry::metric::Metric;
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::telemetry::statistic::Criterion;
use crate::time::{SimDuration, SimTime};

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor {
    spec: Arc<AlarmSpec>,
    rule: Rule,
    criterion: Criterion,
    timetable: Timetable,
    delay: SimDuration,
    bins_per_period: i64,
    state: AlarmState,
    // Of the last evaluation, oldest first; kept for the reason, and to save allocating.
    slots: Vec<Slot>,
    newest: Option<Totals>,
}

/// The series an alarm sees, and where its cut is in each.
struct Watched<'a> {
    series: [Option<(&'a Series, Option<usize>)>; 2],
}

impl Monitor {
    /// An alarm in the state of a new one, INSUFFICIENT_DATA. Its metric is published every `interval`,
    /// of which its period is a multiple, and arrives `delay` later.
    ///
    /// # Panics
    /// If the period is no multiple of the interval.
    pub fn new(
        spec: Arc<AlarmSpec>,
        clock: Clock,
        delay: SimDuration,
        interval: SimDuration,
    ) -> Self {
        assert!(
            spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        let rule = Rule::from(&*spec);
        Self {
            criterion: spec.criterion(),
            timetable: Timetable::new(&spec, clock, delay),
            delay,
            bins_per_period: spec.period.as_nanos() / interval.as_nanos(),
            state: AlarmState::default(),
            slots: Vec::with_capacity(rule.evaluation_range() as usize),
            newest: None,
            rule,
            spec,
        }
    }

    /// The alarm as written.
    pub fn spec(&self) -> &AlarmSpec {
        &self.spec
    }

    /// The state since the last evaluation.
    pub const fn state(&self) -> AlarmState {
        self.state
    }

    /// The first evaluation after `after`, strictly.
    pub fn next_evaluation(&self, after: SimTime) -> SimTime {
        self.timetable.next_evaluation(after)
    }

    /// Evaluates the alarm at `now` and returns its state if that has changed. `first_traffic` is when
    /// green took its first request, live or mirrored, if it has.
    ///
    /// # Panics
    /// If a fleet's series is not divided at the alarm's cut ([`cuts_ns`](crate::alarm::spec::cuts_ns)).
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmState> {
        let watched = Watched::new(self.spec.fleet, self.criterion.cut_ns(), fleets);
        self.slots.clear();
        self.newest = None;
        for age in (0..self.rule.evaluation_range()).rev() {
            let slot = self.slot(age, now, &watched, first_traffic);
            self.slots.push(slot);
        }
        let state = evaluate(&self.rule, &self.slots, self.state);
        let changed = state != self.state;
        self.state = state;
        changed.then_some(state)
    }

    /// Why the state is what it is, in one sentence.
    pub fn why(&self) -> String {
        if self.slots.is_empty() {
            return "not evaluated yet".to_owned();
        }
        let deciding = self.rule.deciding(&self.slots);
        let periods = self.rule.evaluation_periods;
        let mut text = format!("{} of the last {periods} datapoints breach", deciding.breaching);
        // Writing to a String cannot fail.
        if deciding.missing > 0 {
            let _ = write!(text, ", {} missing", deciding.missing);
        }
        let _ = write!(text, " ({}", self.spec.condition());
        if let Some(value) = self.newest.and_then(|totals| self.criterion.value(&totals)) {
            let _ = match self.spec.metric {
                Metric::ModelLatency if self.spec.statistic.has_unit() => {
                    write!(text, "; newest {:.3} ms", value / 1e6)
                }
                _ => write!(text, "; newest {value}"),
            };
        }
        text.push(')');
        text
    }

    fn slot(
        &mut self,
        age: u32,
        now: SimTime,
        watched: &Watched<'_>,
        first_traffic: Option<SimTime>,
    ) -> Slot {
        let (start, end) = self.timetable.window(now, age);
        let is_history = first_traffic.is_none_or(|first| end <= first);
        match self.spec.history {
            History::NonBreaching if is_history || watched.begins_after(end) => return Slot::Good,
            History::None if is_history => return Slot::Missing,
            _ => {}
        }
        let totals = watched.totals(start, self.bins_per_period, now - self.delay);
        match self.criterion.breaches(&totals) {
            None => Slot::Missing,
            Some(breaches) => {
                self.newest = Some(totals);
                if breaches { Slot::Breaching } else { Slot::Good }
            }
        }
    }
}

impl<'a> Watched<'a> {
    fn new(fleet: FleetDimension, cut_ns: Option<i64>, fleets: &'a FleetSeries) -> Self {
        let with_cut = |series: &'a Series| {
            let cut = cut_ns.map(|cut_ns| {
                series.cut(cut_ns).expect("invariant: series are divided at their alarms' cuts")
            });
            Some((series, cut))
        };
        let series = match fleet {
            FleetDimension::Green => [with_cut(&fleets.green), None],
            FleetDimension::Blue => [with_cut(&fleets.blue), None],
            FleetDimension::Shadow => [with_cut(&fleets.shadow), None],
            FleetDimension::Both => [with_cut(&fleets.blue), with_cut(&fleets.green)],
        };
        Self { series }
    }

    /// Whether no bin starts before `end`.
    fn begins_after(&self, end: SimTime) -> bool {
        self.series.iter().flatten().all(|(series, _)| series.first_from(end) <= 0)
    }

    /// The bins that start in the period of `count` bins from `start` and have ended by `ended_by`.
    fn totals(&self, start: SimTime, count: i64, ended_by: SimTime) -> Totals {
        let mut totals = Totals::default();
        for (series, cut) in self.series.iter().flatten() {
            let first = series.first_from(start);
            let numbers: Range<i64> = first..(first + count).min(series.ended_by(ended_by));
            series.add_to(&mut totals, numbers, *cut);
        }
        totals
    }
}

#[cfg(test)]
mod tests;
