//! The datapoints of one metric, as an evaluation can see them.

use std::ops::Range;

use super::{Datapoint, Reading, Undecided};
use crate::alarm::math::Value;
use crate::alarm::spec::{AlarmSpec, FleetDimension, Origin, Query};
use crate::telemetry::detail::Buckets;
use crate::telemetry::metric::PercentileMethod;
use crate::telemetry::orders::{self, Ordered};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sample_statistic::{datapoint, weighed};
use crate::telemetry::sampled::Sample;
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::telemetry::statistic::Criterion;
use crate::time::{SimDuration, SimTime};

/// Reads one metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    query: Query,
    // Of a metric of requests.
    criterion: Option<Criterion>,
    // Whether the alarm asks for the value, and not for its side of the threshold.
    needs_value: bool,
    // Whether the answer must hold for every threshold.
    is_of_any_threshold: bool,
}

/// What an evaluation can see.
#[derive(Clone, Copy, Debug)]
pub(in crate::alarm) struct Sight<'a> {
    /// When it takes place.
    pub(in crate::alarm) now: SimTime,
    /// How long after its end an interval of most metrics arrives.
    pub(in crate::alarm) delay: SimDuration,
    /// Everything published.
    pub(in crate::alarm) fleets: &'a FleetSeries,
}

type Window = (SimTime, SimTime);

impl Feed {
    pub(super) const fn new(spec: &AlarmSpec, query: Query) -> Self {
        let needs_value = spec.subject.needs_values();
        Self { criterion: spec.criterion(&query), query, needs_value, is_of_any_threshold: false }
    }

    /// From now on its answers hold for every threshold.
    pub(super) const fn forget_threshold(&mut self) {
        self.is_of_any_threshold = true;
    }

    /// Whether the metric is made of requests and published by the interval.
    pub(super) const fn is_of_requests(&self) -> bool {
        self.criterion.is_some()
    }

    /// The datapoint of the period from one instant to another; `None` if nothing is seen of it.
    ///
    /// # Errors
    /// [`Undecided`] only of any threshold.
    pub(super) fn read(
        &self,
        sight: &Sight<'_>,
        window: Window,
    ) -> Result<Option<Datapoint>, Undecided> {
        match (self.query.origin, &self.criterion) {
            (Origin::Requests(_, fleet), Some(criterion)) => {
                let visible = Visible { fleet, sight, window, arrived: self.arrived(sight) };
                match criterion.latency_percentile() {
                    Some(percentile) => self.percentile(criterion, percentile, visible),
                    None => Ok(statistic(criterion, visible)),
                }
            }
            (Origin::Requests(..), None) => Ok(None),
            (Origin::Sampled(index), _) => {
                let samples = sight.fleets.sampled.get(index);
                let samples = samples.expect("invariant: every sampled metric has its values");
                Ok(sampled(self.query, samples.seen_at(sight.now, window.0, window.1)))
            }
        }
    }

    /// What has ended by this instant has arrived, if it is on time.
    fn arrived(&self, sight: &Sight<'_>) -> SimTime {
        sight.now - self.query.delay.unwrap_or(sight.delay)
    }

    /// Whether all that is stamped with the period from one instant to another can be seen, so that later
    /// evaluations see the same.
    pub(super) fn has_arrived(&self, sight: &Sight<'_>, window: Window) -> bool {
        match self.query.origin {
            Origin::Requests(_, fleet) => series(sight.fleets, fleet)
                .into_iter()
                .flatten()
                .all(|series| series.has_arrived(window, self.arrived(sight))),
            Origin::Sampled(index) => {
                let samples = sight.fleets.sampled.get(index);
                samples.is_some_and(|samples| samples.have_arrived(sight.now, window.0, window.1))
            }
        }
    }

    /// A datapoint as a number of metric math: latencies in microseconds.
    pub(super) fn term(&self, datapoint: Datapoint) -> Option<Value> {
        match datapoint.reading {
            Reading::Value(Value::Exact(ns)) if self.query.is_latency() => {
                Some(ns.over(1000).into())
            }
            Reading::Value(value) => Some(value),
            Reading::Side(_) => None,
        }
    }

    /// Whether the metric's series begins only after `end`.
    pub(super) fn begins_after(&self, fleets: &FleetSeries, end: SimTime) -> bool {
        let Origin::Requests(_, fleet) = self.query.origin else { return false };
        series(fleets, fleet).into_iter().flatten().all(|series| end <= series.start_of(0))
    }

    /// Whether nothing has been published of the metric.
    pub(super) fn is_blank(&self, fleets: &FleetSeries) -> bool {
        let Origin::Requests(_, fleet) = self.query.origin else { return false };
        series(fleets, fleet).into_iter().flatten().all(Series::is_blank)
    }

    /// A percentile of latencies: its value from latencies by size, if the alarm asks for the value; else
    /// exactly, if they are kept one by one; else as its side of the threshold.
    fn percentile(
        &self,
        criterion: &Criterion,
        percentile: (Ratio, PercentileMethod),
        visible: Visible<'_>,
    ) -> Result<Option<Datapoint>, Undecided> {
        // A value is made of the same latencies by size in every run, so that all decide alike.
        let by_size = if self.needs_value { visible.buckets() } else { None };
        let ordered = if by_size.is_some() { None } else { visible.ordered(percentile) };
        match ordered {
            Some(Ordered::Nothing) => return Ok(None),
            Some(Ordered::Exact { value, count }) => {
                return Ok(Some(Datapoint::exact(count, value.into())));
            }
            Some(Ordered::Undecided) if self.is_of_any_threshold => return Err(Undecided),
            None if self.is_of_any_threshold && !self.needs_value => return Err(Undecided),
            _ => {}
        }
        let buckets = by_size.or_else(|| visible.buckets());
        let bucketed = buckets.and_then(|buckets| criterion.bucketed(&buckets));
        let totals = visible.totals(criterion, !self.needs_value);
        let samples = criterion.samples(&totals);
        if self.needs_value {
            return Ok(bucketed.map(|value| Datapoint::exact(samples, value.into())));
        }
        let about = bucketed.map(Ratio::as_f64);
        let side = criterion.breaches(&totals);
        Ok(side.map(|breaches| Datapoint { samples, about, reading: Reading::Side(breaches) }))
    }
}

/// The bins of a period that an evaluation can see.
#[derive(Clone, Copy)]
struct Visible<'a> {
    fleet: FleetDimension,
    sight: &'a Sight<'a>,
    window: Window,
    arrived: SimTime,
}

impl<'a> Visible<'a> {
    /// The numbers of the bins, series by series.
    fn bins(self) -> impl Iterator<Item = (&'a Series, Range<i64>)> + Clone {
        let all = series(self.sight.fleets, self.fleet).into_iter().flatten();
        all.flat_map(move |series| {
            let numbers = series.visible(self.window, self.arrived);
            numbers.map(move |numbers| (series, numbers))
        })
    }

    /// All that counts of them; with the probes of the criterion's cut, if so asked.
    fn totals(self, criterion: &Criterion, probes: bool) -> Totals {
        let mut totals = Totals::default();
        let cut_ns = criterion.cut_ns().filter(|_| probes);
        let tails_ns = criterion.tails_ns();
        // Not a loop: the iterator is large, and moved about by each step from without.
        self.bins().for_each(|(series, numbers)| {
            let cut = cut_ns.map(|cut_ns| {
                series.cut(cut_ns).expect("invariant: series are divided at their alarms' cuts")
            });
            series.add_to(&mut totals, numbers.clone(), cut);
            series.add_tails_to(&mut totals, numbers, tails_ns);
        });
        totals
    }

    /// Their latencies by size, if any of them are kept so.
    fn buckets(self) -> Option<Buckets> {
        let mut of_fleets = series(self.sight.fleets, self.fleet).into_iter().flatten();
        if !of_fleets.any(Series::keeps_buckets) {
            return None;
        }
        let mut buckets = Buckets::default();
        self.bins().for_each(|(series, numbers)| series.add_buckets_to(&mut buckets, numbers));
        Some(buckets)
    }

    /// A percentile, if latencies are kept one by one.
    fn ordered(self, (p, method): (Ratio, PercentileMethod)) -> Option<Ordered> {
        let mut all = series(self.sight.fleets, self.fleet).into_iter().flatten();
        let are_kept = all.all(Series::keeps_tops);
        let tops =
            self.bins().flat_map(|(series, numbers)| series.tops(numbers).unwrap_or_default());
        are_kept.then(|| orders::percentile(tops, p, method))
    }
}

/// The datapoint of a statistic that is known at every threshold.
fn statistic(criterion: &Criterion, visible: Visible<'_>) -> Option<Datapoint> {
    let totals = visible.totals(criterion, false);
    let bucketed = || criterion.bucketed(&visible.buckets()?);
    let value = if criterion.needs_buckets() { bucketed() } else { criterion.exact(&totals) };
    Some(Datapoint::exact(criterion.samples(&totals), value?.into()))
}

/// The datapoint of values that are published one by one.
fn sampled<'s>(query: Query, seen: impl Iterator<Item = &'s Sample>) -> Option<Datapoint> {
    let Query { statistic, percentile_method, trim, .. } = query;
    let methods = (percentile_method, trim);
    let one = Ratio::whole(1);
    let means: Vec<(Ratio, Ratio)> = seen.map(|sample| (sample.value, sample.weight)).collect();
    if means.iter().any(|(_, weight)| *weight != one) {
        let value = weighed(statistic, methods, &means)?;
        let samples = means.iter().fold(Ratio::whole(0), |sum, (_, weight)| sum.plus(*weight));
        let samples = u64::try_from(samples.floor()).unwrap_or(u64::MAX);
        return Some(Datapoint::exact(samples, value.into()));
    }
    let mut values: Vec<Ratio> = means.into_iter().map(|(value, _)| value).collect();
    let value = datapoint(statistic, methods, &mut values)?;
    Some(Datapoint::exact(values.len() as u64, value.into()))
}

fn series(fleets: &FleetSeries, fleet: FleetDimension) -> [Option<&Series>; 2] {
    match fleet {
        FleetDimension::Green => [Some(&fleets.green), None],
        FleetDimension::Blue => [Some(&fleets.blue), None],
        FleetDimension::Shadow => [Some(&fleets.shadow), None],
        FleetDimension::Both => [Some(&fleets.blue), Some(&fleets.green)],
    }
}
