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
use crate::alarm::spec::{AlarmSpec, AlarmState, History, Query, Subject};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sample_statistic::datapoint;
use crate::telemetry::series::FleetSeries;
use crate::telemetry::statistic::Criterion;
use crate::time::{SimDuration, SimTime};

mod watched;

use watched::{Moment, Watched, totals};

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor<'s> {
    spec: &'s AlarmSpec,
    query: Query,
    rule: Rule,
    // Of a metric of requests.
    criterion: Option<Criterion>,
    timetable: Timetable,
    delay: SimDuration,
    bins_per_period: i64,
    state: AlarmState,
    // Of the last evaluation, oldest first; kept for the reason, and to save allocating.
    slots: Vec<Slot>,
    newest: Option<f64>,
    values: Vec<Ratio>,
}

impl<'s> Monitor<'s> {
    /// An alarm in its initial state. Metrics of requests are published every `interval`, of which the
    /// period of an alarm on them is a multiple, and arrive `delay` later; values that are published
    /// one by one have their own arrival.
    ///
    /// The instants may be counted from any origin, such as the year 1970.
    ///
    /// # Panics
    /// If the period of an alarm on requests is no multiple of the interval.
    pub fn new(
        spec: &'s AlarmSpec,
        clock: Clock,
        delay: SimDuration,
        interval: SimDuration,
    ) -> Self {
        let Subject::Query(query) = spec.subject;
        let criterion = spec.criterion(&query);
        assert!(
            criterion.is_none() || spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        let rule = Rule::from(spec);
        Self {
            query,
            criterion,
            timetable: Timetable::new(spec, clock, delay),
            delay,
            bins_per_period: spec.period.as_nanos() / interval.as_nanos(),
            state: spec.initial_state,
            slots: Vec::with_capacity(rule.evaluation_range() as usize),
            newest: None,
            values: Vec::new(),
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
    /// ([`cuts_ns`](crate::alarm::spec::cuts_ns)), or the values of a sampled metric are not there.
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmState> {
        let end = self.timetable.window_end(now);
        let moment = Moment { now, end, delay: self.delay };
        let cut_ns = self.criterion.and_then(|criterion| criterion.cut_ns());
        let watched = Watched::new(self.query.origin, fleets, &moment, cut_ns);
        self.slots.clear();
        self.newest = None;
        for age in (0..self.rule.evaluation_range()).rev() {
            let slot = self.slot(age, &watched, &moment, first_traffic);
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
        let _ = write!(text, " ({} {}", self.spec.comparison.symbol(), self.threshold());
        if let Some(value) = self.newest {
            let _ = write!(text, "; newest {}", self.spoken(value));
        }
        text.push(')');
        text
    }

    fn slot(
        &mut self,
        age: u32,
        watched: &Watched<'_>,
        moment: &Moment,
        first_traffic: Option<SimTime>,
    ) -> Slot {
        let end = moment.end - self.spec.period.times(age.into());
        let newer = self.bins_per_period * i64::from(age);
        let is_history = first_traffic.is_none_or(|first| end <= first);
        match self.spec.history {
            History::NonBreaching if is_history || watched.is_before_first_bin(newer) => {
                return Slot::Good;
            }
            History::None if is_history => return Slot::Missing,
            _ => {}
        }
        let breaches = match watched {
            Watched::Requests(series) => self.criterion.and_then(|criterion| {
                let totals = totals(series, newer, self.bins_per_period);
                self.newest = criterion.value(&totals).or(self.newest);
                criterion.breaches(&totals)
            }),
            Watched::Sampled(samples) => {
                let seen = samples.seen_at(moment.now, end - self.spec.period, end);
                self.values.clear();
                self.values.extend(seen.map(|sample| sample.value));
                let Query { statistic, percentile_method, .. } = self.query;
                let value = datapoint(statistic, percentile_method, &mut self.values);
                self.newest = value.map(Ratio::as_f64).or(self.newest);
                value.map(|value| self.spec.comparison.holds(value.cmp(&self.spec.threshold)))
            }
        };
        match breaches {
            None => Slot::Missing,
            Some(true) => Slot::Breaching,
            Some(false) => Slot::Good,
        }
    }

    fn threshold(&self) -> String {
        self.spoken(self.spec.threshold.as_f64())
    }

    /// A datapoint or the threshold in its unit.
    fn spoken(&self, value: f64) -> String {
        if self.query.is_latency() { format!("{:.3} ms", value / 1e6) } else { value.to_string() }
    }
}

#[cfg(test)]
mod tests;
