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
//! Metric math is given the datapoints of the whole evaluation range, latencies in microseconds. A
//! band is compared strictly; while its baseline has fewer than two datapoints, and before the
//! baseline is over, there is no band and no datapoint.
//!
//! A bin grows where requests count in an older interval than the one in which they are answered: what is
//! answered in an interval is visible once that one has ended and the delay has passed.

use crate::alarm::clock::Clock;
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::judge::Judge;
use crate::alarm::observe::{Datapoint, Observer, Reading, Shows};
use crate::alarm::reason::{self, Evaluated, Limit};
use crate::alarm::spec::{AlarmSpec, AlarmState, Subject};
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

mod band;

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor<'s> {
    spec: &'s AlarmSpec,
    observer: Observer<'s>,
    judge: Judge<'s>,
    rule: Rule,
    state: AlarmState,
    // Lower and upper bound, once known.
    band: Option<[f64; 2]>,
    // The periods of the last evaluation, oldest first, as seen and as what they count.
    periods: Vec<Seeing>,
    slots: Vec<Slot>,
}

/// A period of the evaluation range.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seeing {
    start: SimTime,
    /// Its datapoint, unless that is missing or made up.
    seen: Option<Seen>,
}

/// A datapoint as it was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    /// In the metric's unit, latencies in nanoseconds; of a percentile only where latencies are kept
    /// by size or one by one.
    value: Option<f64>,
    breaches: bool,
}

impl<'s> Monitor<'s> {
    /// An alarm in its initial state. Metrics of requests are published every `interval`, of which the
    /// period of an alarm on them is a multiple, and arrive `delay` later, if they have no delay of their
    /// own; values that are published one by one have their own arrival.
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
        let rule = Rule::from(spec);
        let range = rule.evaluation_range();
        Self {
            observer: Observer::new(spec, range, clock, (delay, interval)),
            judge: Judge::new(spec),
            state: spec.initial_state,
            band: None,
            periods: Vec::with_capacity(range as usize),
            slots: Vec::with_capacity(range as usize),
            rule,
            spec,
        }
    }

    /// From now on reads what has arrived only once: for runs that add nothing to a bin once it can be seen.
    pub fn read_once(&mut self) {
        self.observer.read_once();
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
        self.observer.timetable().next_evaluation(self.judge.exists_from(after))
    }

    /// Evaluates the alarm at `now` and returns its state if that has changed. `first_traffic` is
    /// when green took its first request, live or mirrored, if it has.
    ///
    /// # Panics
    /// If a fleet's series is not divided at the alarm's cut
    /// ([`cuts_ns`](crate::alarm::spec::cuts_ns)), nor keeps the latencies one by one that decide without
    /// it, or lacks its [`detail`](crate::alarm::spec::detail()), or the values of a sampled metric are not
    /// there.
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmState> {
        let sight = self.observer.sight(now, fleets);
        // The same periods decide the same again.
        if !self.judge.is_warming_up() && self.observer.sees_nothing_new(&sight, first_traffic) {
            return None;
        }
        self.learn_band(&sight);
        let observed = self.observer.observe(&sight, first_traffic);
        observed.expect("invariant: the threshold is known");
        self.slots.clear();
        self.periods.clear();
        for period in self.observer.periods() {
            let seen = match period.shows {
                Shows::Datapoint(datapoint) => self.compared(datapoint),
                Shows::Missing | Shows::Good => None,
            };
            self.slots.push(match (period.shows, seen) {
                (Shows::Good, _) | (_, Some(Seen { breaches: false, .. })) => Slot::Good,
                (_, Some(Seen { breaches: true, .. })) => Slot::Breaching,
                (_, None) => Slot::Missing,
            });
            self.periods.push(Seeing { start: period.start, seen });
        }
        if !self.judge.may_change(now, &self.rule, &self.slots, self.observer.periods()) {
            return None;
        }
        let state = evaluate(&self.rule, &self.slots, self.state);
        let changed = state != self.state;
        self.state = state;
        changed.then_some(state)
    }

    /// Why the state is what it is, in the console's words; `epoch_ns` is
    /// [`SimTime::ZERO`] in nanoseconds since 1970-01-01T00:00:00Z.
    ///
    /// The value of a percentile of latencies that are not kept one by one is that of the buckets of 1/128
    /// in which a recorded run keeps them, and NaN where they are not kept; the decision never rests on
    /// it.
    pub fn why(&self, epoch_ns: i64) -> String {
        if self.slots.is_empty() {
            return reason::CREATED.to_owned();
        }
        let datapoints = self.datapoints_seen(epoch_ns);
        let threshold = self.spec.threshold.as_f64() / self.per_unit();
        let m = self.spec.datapoints_to_alarm;
        let evaluated = Evaluated {
            state: self.state,
            evaluation_periods: self.spec.evaluation_periods,
            datapoints_to_alarm: self.spec.says_datapoints_to_alarm.then_some(m),
            comparison: self.spec.comparison,
            limit: match self.band {
                Some(band) => Limit::Band(band.map(|bound| bound / self.per_unit())),
                None => Limit::Threshold(threshold),
            },
            treat_missing_data: self.spec.treat_missing_data,
            datapoints: &datapoints,
            missing: self.rule.deciding(&self.slots).missing,
        };
        evaluated.reason()
    }

    /// The datapoints that the last evaluation looked at, newest first, at most N; see
    /// [`why`](Self::why).
    pub fn datapoints_seen(&self, epoch_ns: i64) -> Vec<reason::Datapoint> {
        let datapoint = |period: &Seeing| {
            let seen = period.seen?;
            let start = period.start.as_nanos().saturating_add(epoch_ns);
            let start_s = start.div_euclid(crate::time::NANOS_PER_S);
            let value = seen.value.unwrap_or(f64::NAN) / self.per_unit();
            Some(reason::Datapoint { value, start_s, breaches: seen.breaches })
        };
        let newest = self.periods.iter().rev();
        newest.filter_map(datapoint).take(self.rule.evaluation_periods as usize).collect()
    }

    /// How much of the metric's unit here is one for people: latencies are said in microseconds.
    fn per_unit(&self) -> f64 {
        if self.spec.subject.is_latency() { 1000.0 } else { 1.0 }
    }

    /// A datapoint against the threshold or the band; `None` while there is no band.
    fn compared(&self, datapoint: Datapoint) -> Option<Seen> {
        let breaches = match (datapoint.reading, &self.spec.subject) {
            (_, Subject::Band(_)) => self.leaves_band(datapoint.about?)?,
            (Reading::Side(breaches), _) => breaches,
            (Reading::Value(value), _) => {
                self.spec.comparison.holds(value.compare_with(self.spec.threshold))
            }
        };
        Some(Seen { value: datapoint.about, breaches })
    }
}

#[cfg(test)]
mod tests;
