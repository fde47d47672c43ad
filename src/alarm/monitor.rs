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
//! Not modelled: bins that arrive in part.

use crate::alarm::clock::{Clock, Timetable};
use crate::alarm::evaluate::{Rule, Slot, evaluate};
use crate::alarm::math::Retrieved;
use crate::alarm::math::Value;
use crate::alarm::reason::{self, Evaluated, Limit};
use crate::alarm::spec::{
    AlarmSpec, AlarmState, History, LowSampleScope, LowSamples, Math, Subject,
};
use crate::telemetry::metric::Statistic;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};

mod band;
mod feed;

use feed::{Feed, Sight};

/// An alarm and its state in one run.
#[derive(Clone, Debug)]
pub struct Monitor<'s> {
    spec: &'s AlarmSpec,
    // One for each query of the subject.
    feeds: Vec<Feed>,
    rule: Rule,
    timetable: Timetable,
    delay: SimDuration,
    state: AlarmState,
    created: Option<SimTime>,
    is_warming_up: bool,
    // Lower and upper bound, once known.
    band: Option<[f64; 2]>,
    // The periods of the last evaluation, oldest first, as seen and as what they count.
    periods: Vec<Period>,
    slots: Vec<Slot>,
}

/// A period of the evaluation range.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Period {
    start: SimTime,
    /// Its datapoint, unless that is missing or made up.
    seen: Option<Seen>,
}

/// A datapoint as it was seen.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    /// Of how many values it is made; 0 of metric math.
    samples: u64,
    /// In the metric's unit, latencies in nanoseconds; of a percentile only where latencies are kept
    /// by size.
    value: Option<f64>,
    breaches: bool,
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
        let queries = spec.subject.queries().iter();
        let feeds: Vec<Feed> = queries.map(|&query| Feed::new(spec, query)).collect();
        assert!(
            !feeds.iter().any(Feed::is_of_requests)
                || spec.period.as_nanos() % interval.as_nanos() == 0,
            "invariant: a period is a multiple of the metric interval"
        );
        let rule = Rule::from(spec);
        Self {
            feeds,
            timetable: Timetable::new(spec, clock, delay),
            delay,
            state: spec.initial_state,
            created: spec.created_after.map(|after| SimTime::ZERO + after),
            is_warming_up: spec.warm_up.is_some(),
            band: None,
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
    /// ([`cuts_ns`](crate::alarm::spec::cuts_ns)) or lacks its
    /// [`detail`](crate::alarm::spec::detail()), or the values of a sampled metric are not there.
    pub fn evaluate(
        &mut self,
        now: SimTime,
        fleets: &FleetSeries,
        first_traffic: Option<SimTime>,
    ) -> Option<AlarmState> {
        let sight = Sight { now, arrived: now - self.delay, fleets };
        self.learn_band(&sight);
        let ages = (0..self.rule.evaluation_range()).rev();
        let windows: Vec<_> = ages.map(|age| self.timetable.window(now, age)).collect();
        let is_history =
            |window: &(SimTime, SimTime)| first_traffic.is_none_or(|first| window.1 <= first);
        let hidden = |window: &_| self.spec.history == History::None && is_history(window);
        let seen = self.datapoints(&windows, &sight, &hidden);
        self.slots.clear();
        self.periods.clear();
        for (window, seen) in windows.iter().zip(seen) {
            let is_made_up = self.spec.history == History::NonBreaching
                && (is_history(window) || self.begins_after(fleets, window.1));
            self.slots.push(match seen {
                _ if is_made_up => Slot::Good,
                None => Slot::Missing,
                Some(Seen { breaches: true, .. }) => Slot::Breaching,
                Some(_) => Slot::Good,
            });
            self.periods.push(Period { start: window.0, seen: seen.filter(|_| !is_made_up) });
        }
        if self.warms_up(now) || self.has_too_few_samples() {
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
    /// The value of a percentile of latencies is that of the buckets of 1/128 in which a recorded run
    /// keeps them, and NaN where they are not kept; the decision never rests on it.
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
        let datapoint = |period: &Period| {
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

    /// The datapoints of the windows, those in `hidden` ones apart.
    fn datapoints(
        &self,
        windows: &[(SimTime, SimTime)],
        sight: &Sight<'_>,
        hidden: &dyn Fn(&(SimTime, SimTime)) -> bool,
    ) -> Vec<Option<Seen>> {
        if let Subject::Math(math) = &self.spec.subject {
            return self.expression(math, windows, sight, hidden);
        }
        let read = |window: &(SimTime, SimTime)| {
            if hidden(window) {
                return None;
            }
            let datapoint = self.feeds[0].read(self.spec, sight, *window)?;
            let value = datapoint.value.map(Ratio::as_f64);
            let breaches = match &self.spec.subject {
                Subject::Band(_) => self.leaves_band(value?)?,
                _ => datapoint.breaches,
            };
            Some(Seen { samples: datapoint.samples, value, breaches })
        };
        windows.iter().map(read).collect()
    }

    /// What metric math makes of the windows.
    fn expression(
        &self,
        math: &Math,
        windows: &[(SimTime, SimTime)],
        sight: &Sight<'_>,
        hidden: &dyn Fn(&(SimTime, SimTime)) -> bool,
    ) -> Vec<Option<Seen>> {
        let column = |feed: &Feed| -> Vec<Option<Value>> {
            let read = |window: &(SimTime, SimTime)| {
                if hidden(window) { None } else { feed.value(self.spec, sight, *window) }
            };
            windows.iter().map(|window| read(window).map(Value::from)).collect()
        };
        let columns: Vec<_> = self.feeds.iter().map(column).collect();
        let column_of = |id: &str| {
            let place = math.ids.iter().position(|known| known == id);
            let column = place.and_then(|place| columns.get(place));
            column.expect("invariant: an expression names its own metrics only").as_slice()
        };
        let retrieved = Retrieved { periods: windows.len(), period: self.spec.period };
        let made = math.expression.evaluate(&column_of, retrieved);
        let compare = |value: Value| {
            let order = value.compare_with(self.spec.threshold);
            let breaches = self.spec.comparison.holds(order);
            Seen { samples: 0, value: Some(value.as_f64()), breaches }
        };
        made.into_iter().map(|value| value.map(compare)).collect()
    }

    /// Whether every series that the alarm reads begins only after `end`.
    fn begins_after(&self, fleets: &FleetSeries, end: SimTime) -> bool {
        self.feeds.iter().all(|feed| feed.begins_after(fleets, end))
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
        let statistic = self.spec.subject.statistic();
        let Some(least) = statistic.and_then(Statistic::least_samples) else {
            return false;
        };
        let is_few = |samples: u64| Ratio::whole(samples.into()) < least;
        let newest_first = self.periods.iter().rev().map(|period| period.seen);
        let periods = self.rule.evaluation_periods as usize;
        match (self.spec.low_samples, self.spec.low_sample_scope) {
            (LowSamples::Evaluate, _) => false,
            (LowSamples::Ignore, LowSampleScope::Datapoint) => {
                newest_first.flatten().take(periods).any(|seen| is_few(seen.samples))
            }
            (LowSamples::Ignore, LowSampleScope::Evaluation) => {
                let samples = newest_first.take(periods).flatten().map(|seen| seen.samples).sum();
                samples > 0 && is_few(samples)
            }
        }
    }
}

#[cfg(test)]
mod tests;
