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
//! A bin may arrive later than usual; the windows of later evaluations then show it. An alarm that
//! warms up keeps its state until N datapoints exist or the time is over. A percentile of too few
//! values may be set to leave the state alone.
//!
//! Not modelled: bins that arrive in part.

use std::fmt::Write as _;

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::spec::{
    AlarmSpec, AlarmState, History, LowSampleScope, LowSamples, Query, Subject,
};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

mod feed;

use feed::{Datapoint, Feed, Sight};

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor<'s> {
    spec: &'s AlarmSpec,
    query: Query,
    feed: Feed,
    rule: Rule,
    timetable: Timetable,
    delay: SimDuration,
    state: AlarmState,
    created: Option<SimTime>,
    is_warming_up: bool,
    // Of the last evaluation, oldest first; kept for the reason, and to save allocating.
    periods: Vec<Option<Datapoint>>,
    slots: Vec<Slot>,
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
        let feed = Feed::new(spec, query);
        assert!(
            !feed.is_of_requests() || spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        let rule = Rule::from(spec);
        Self {
            query,
            feed,
            timetable: Timetable::new(spec, clock, delay),
            delay,
            state: spec.initial_state,
            created: spec.created_after.map(|after| SimTime::ZERO + after),
            is_warming_up: spec.warm_up.is_some(),
            periods: Vec::with_capacity(rule.evaluation_range() as usize),
            slots: Vec::with_capacity(rule.evaluation_range() as usize),
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

    /// The first evaluation after `after`, strictly, and after the alarm's creation.
    pub fn next_evaluation(&self, after: SimTime) -> SimTime {
        self.timetable.next_evaluation(self.created.map_or(after, |created| created.max(after)))
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
        let sight = Sight { now, arrived: now - self.delay, fleets };
        self.slots.clear();
        self.periods.clear();
        for age in (0..self.rule.evaluation_range()).rev() {
            let window = self.timetable.window(now, age);
            let (slot, datapoint) = self.period(window, &sight, first_traffic);
            self.slots.push(slot);
            self.periods.push(datapoint);
        }
        if self.warms_up(now) || self.has_too_few_samples() {
            return None;
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
        let newest = self.periods.iter().rev().flatten().find_map(|datapoint| datapoint.value);
        if let Some(value) = newest {
            let _ = write!(text, "; newest {}", self.spoken(value.as_f64()));
        }
        text.push(')');
        text
    }

    /// What a period counts as, and its datapoint unless that is made up.
    fn period(
        &self,
        window: (SimTime, SimTime),
        sight: &Sight<'_>,
        first_traffic: Option<SimTime>,
    ) -> (Slot, Option<Datapoint>) {
        let is_history = first_traffic.is_none_or(|first| window.1 <= first);
        match self.spec.history {
            History::NonBreaching
                if is_history || self.feed.begins_after(sight.fleets, window.1) =>
            {
                return (Slot::Good, None);
            }
            History::None if is_history => return (Slot::Missing, None),
            _ => {}
        }
        let datapoint = self.feed.read(self.spec, sight, window);
        let slot = match datapoint {
            None => Slot::Missing,
            Some(datapoint) if datapoint.breaches => Slot::Breaching,
            Some(_) => Slot::Good,
        };
        (slot, datapoint)
    }

    /// Whether the alarm is still warming up; unless told to, it stops once N datapoints exist.
    fn warms_up(&mut self, now: SimTime) -> bool {
        let Some(warm_up) = self.spec.warm_up else { return false };
        let created = *self.created.get_or_insert(now);
        let is_filled = self.rule.deciding(&self.slots).missing == 0;
        self.is_warming_up &= now < created + warm_up.lasts && (warm_up.to_its_end || !is_filled);
        self.is_warming_up
    }

    /// Whether the state stays because a percentile is made of too few values.
    fn has_too_few_samples(&self) -> bool {
        let Some(least) = self.query.statistic.least_samples() else { return false };
        let is_few = |samples: u64| Ratio::whole(samples.into()) < least;
        let newest_first = self.periods.iter().rev();
        let periods = self.rule.evaluation_periods as usize;
        match (self.spec.low_samples, self.spec.low_sample_scope) {
            (LowSamples::Evaluate, _) => false,
            (LowSamples::Ignore, LowSampleScope::Datapoint) => {
                newest_first.flatten().take(periods).any(|datapoint| is_few(datapoint.samples))
            }
            (LowSamples::Ignore, LowSampleScope::Evaluation) => {
                let samples = newest_first.take(periods).flatten().map(|point| point.samples).sum();
                samples > 0 && is_few(samples)
            }
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
