//! One alarm watching a run.
//!
//! At each evaluation (see [`clock`](crate::alarm::clock)) the periods of the evaluation range are
//! merged anew from the bins, because sliding windows cut other periods each minute. A bin belongs
//! to the period that holds its start, the instant it is stamped with, and is visible once it has
//! ended and the delay of the metric has passed. So the newest period may be partial or missing,
//! and a later evaluation may see another value: real alarms fire on such values too.
//!
//! Periods that end before green's first traffic are history: simulated, within the threshold, or
//! absent, as the alarm's setting says. Periods before the first bin are missing, or within the
//! threshold.
//!
//! Not modelled: metrics that arrive out of order or in part (each bin arrives whole, after a fixed
//! delay); the warm-up period of new alarms.

use std::fmt::Write as _;

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::spec::{AlarmSpec, AlarmState, FleetDimension, History};
use crate::telemetry::metric::Metric;
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::telemetry::statistic::Criterion;
use crate::time::{SimDuration, SimTime};

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor<'s> {
    spec: &'s AlarmSpec,
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

/// What an alarm sees at one evaluation.
struct Watched<'a> {
    end: SimTime,
    series: [Option<Visible<'a>>; 2],
}

/// A series, the place of the alarm's cut in it, and numbers of bins: the first after the newest
/// period, and the first that has not arrived.
struct Visible<'a> {
    series: &'a Series,
    cut: Option<usize>,
    end: i64,
    arrived: i64,
}

impl<'s> Monitor<'s> {
    /// An alarm in the state of a new one, INSUFFICIENT_DATA. Its metric is published every
    /// `interval`, of which its period is a multiple, and arrives `delay` later.
    ///
    /// # Panics
    /// If the period is no multiple of the interval.
    pub fn new(
        spec: &'s AlarmSpec,
        clock: Clock,
        delay: SimDuration,
        interval: SimDuration,
    ) -> Self {
        assert!(
            spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        let rule = Rule::from(spec);
        Self {
            criterion: spec.criterion(),
            timetable: Timetable::new(spec, clock, delay),
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
    pub fn spec(&self) -> &'s AlarmSpec {
        self.spec
    }

    /// The state since the last evaluation.
    pub const fn state(&self) -> AlarmState {
        self.state
    }

    /// The first evaluation after `after`, strictly.
    pub fn next_evaluation(&self, after: SimTime) -> SimTime {
        self.timetable.next_evaluation(after)
    }

    /// Evaluates the alarm at `now` and returns its state if that has changed. `first_traffic` is
    /// when green took its first request, live or mirrored, if it has.
    ///
    /// # Panics
    /// If a fleet's series is not divided at the alarm's cut
    /// ([`cuts_ns`](crate::alarm::spec::cuts_ns)).
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmState> {
        let watched = Watched::new(self, now, fleets);
        self.slots.clear();
        self.newest = None;
        for age in (0..self.rule.evaluation_range()).rev() {
            let slot = self.slot(age, &watched, first_traffic);
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

    fn slot(&mut self, age: u32, watched: &Watched<'_>, first_traffic: Option<SimTime>) -> Slot {
        let end = watched.end - self.spec.period.times(age.into());
        let newer = self.bins_per_period * i64::from(age);
        let is_history = first_traffic.is_none_or(|first| end <= first);
        match self.spec.history {
            History::NonBreaching if is_history || watched.is_before_first_bin(newer) => {
                return Slot::Good;
            }
            History::None if is_history => return Slot::Missing,
            _ => {}
        }
        let totals = watched.totals(newer, self.bins_per_period);
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
    fn new(monitor: &Monitor, now: SimTime, fleets: &'a FleetSeries) -> Self {
        let end = monitor.timetable.window_end(now);
        let cut_ns = monitor.criterion.cut_ns();
        let visible = |series: &'a Series| {
            Some(Visible {
                series,
                cut: cut_ns.map(|cut_ns| {
                    series.cut(cut_ns).expect("invariant: series are divided at their alarms' cuts")
                }),
                end: series.first_from(end),
                arrived: series.ended_by(now - monitor.delay),
            })
        };
        let series = match monitor.spec.fleet {
            FleetDimension::Green => [visible(&fleets.green), None],
            FleetDimension::Blue => [visible(&fleets.blue), None],
            FleetDimension::Shadow => [visible(&fleets.shadow), None],
            FleetDimension::Both => [visible(&fleets.blue), visible(&fleets.green)],
        };
        Self { end, series }
    }

    /// Whether no bin starts before the last `newer` bins of the newest periods.
    fn is_before_first_bin(&self, newer: i64) -> bool {
        self.series.iter().flatten().all(|visible| visible.end - newer <= 0)
    }

    /// The visible bins of the period of `count` bins that `newer` bins come after.
    fn totals(&self, newer: i64, count: i64) -> Totals {
        let mut totals = Totals::default();
        for visible in self.series.iter().flatten() {
            let end = visible.end - newer;
            let numbers = end - count..end.min(visible.arrived);
            visible.series.add_to(&mut totals, numbers, visible.cut);
        }
        totals
    }
}

#[cfg(test)]
mod tests;
