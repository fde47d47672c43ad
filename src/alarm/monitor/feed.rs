//! The datapoints of one metric, as an evaluation can see them.

use crate::alarm::spec::{AlarmSpec, FleetDimension, Origin, Query};
use crate::telemetry::detail::Buckets;
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sample_statistic::datapoint;
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::telemetry::statistic::Criterion;
use crate::time::SimTime;

/// Reads one metric.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    query: Query,
    // Of a metric of requests.
    criterion: Option<Criterion>,
}

/// What an evaluation can see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight<'a> {
    /// When it takes place.
    pub(super) now: SimTime,
    /// What has ended by then has arrived, if it is on time.
    pub(super) arrived: SimTime,
    /// Everything published.
    pub(super) fleets: &'a FleetSeries,
}

/// What a period has to say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Datapoint {
    /// Of how many values it is made.
    pub(super) samples: u64,
    /// Itself \[metric's unit; latency in ns\]; a percentile of latencies to within 1/128, and only if
    /// latencies are kept by size.
    pub(super) value: Option<Ratio>,
    /// Which side of the threshold it is on; exact where anything is.
    pub(super) breaches: bool,
}

impl Feed {
    pub(super) const fn new(spec: &AlarmSpec, query: Query) -> Self {
        Self { criterion: spec.criterion(&query), query }
    }

    /// Whether the metric is made of requests and published by the interval.
    pub(super) const fn is_of_requests(&self) -> bool {
        self.criterion.is_some()
    }

    /// The datapoint of the period from one instant to another, compared as the alarm `spec` does;
    /// `None` if nothing is seen of it.
    pub(super) fn read(
        &self,
        spec: &AlarmSpec,
        sight: &Sight<'_>,
        window: (SimTime, SimTime),
    ) -> Option<Datapoint> {
        match (self.query.origin, &self.criterion) {
            (Origin::Requests(_, fleet), Some(criterion)) => {
                of_requests(criterion, fleet, sight, window)
            }
            (Origin::Requests(..), None) => None,
            (Origin::Sampled(index), _) => {
                let samples = sight.fleets.sampled.get(index);
                let samples = samples.expect("invariant: every sampled metric has its values");
                let seen = samples.seen_at(sight.now, window.0, window.1);
                let mut values: Vec<Ratio> = seen.map(|sample| sample.value).collect();
                let Query { statistic, percentile_method, trim, .. } = self.query;
                let value = datapoint(statistic, (percentile_method, trim), &mut values)?;
                Some(Datapoint {
                    samples: values.len() as u64,
                    value: Some(value),
                    breaches: spec.comparison.holds(value.cmp(&spec.threshold)),
                })
            }
        }
    }

    /// Whether the metric's series begins only after `end`.
    pub(super) fn begins_after(&self, fleets: &FleetSeries, end: SimTime) -> bool {
        let Origin::Requests(_, fleet) = self.query.origin else { return false };
        series(fleets, fleet).into_iter().flatten().all(|series| series.first_from(end) <= 0)
    }
}

fn series(fleets: &FleetSeries, fleet: FleetDimension) -> [Option<&Series>; 2] {
    match fleet {
        FleetDimension::Green => [Some(&fleets.green), None],
        FleetDimension::Blue => [Some(&fleets.blue), None],
        FleetDimension::Shadow => [Some(&fleets.shadow), None],
        FleetDimension::Both => [Some(&fleets.blue), Some(&fleets.green)],
    }
}

fn of_requests(
    criterion: &Criterion,
    fleet: FleetDimension,
    sight: &Sight<'_>,
    window: (SimTime, SimTime),
) -> Option<Datapoint> {
    let mut totals = Totals::default();
    let mut buckets = Buckets::default();
    let mut by_size = false;
    let reads_buckets = criterion.needs_buckets() || criterion.cut_ns().is_some();
    for series in series(sight.fleets, fleet).into_iter().flatten() {
        let cut = criterion.cut_ns().map(|cut_ns| {
            series.cut(cut_ns).expect("invariant: series are divided at their alarms' cuts")
        });
        for numbers in series.visible(window, sight.arrived) {
            series.add_to(&mut totals, numbers.clone(), cut);
            series.add_tails_to(&mut totals, numbers.clone(), criterion.tails_ns());
            by_size |= reads_buckets && series.add_buckets_to(&mut buckets, numbers);
        }
    }
    let value = || if by_size { criterion.bucketed(&buckets) } else { None };
    let value = criterion.exact(&totals).or_else(value);
    let breaches = if criterion.needs_buckets() {
        criterion.holds(value?)
    } else {
        criterion.breaches(&totals)?
    };
    Some(Datapoint { samples: criterion.samples(&totals), value, breaches })
}
