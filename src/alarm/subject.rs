//! What an alarm watches: the values behind its datapoints.

use crate::telemetry::metric::{Metric, PercentileMethod, Statistic, TrimMethod};

/// What an alarm watches.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// One statistic of one metric.
    Query(Query),
}

/// One statistic of one metric: a datapoint for each period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Query {
    /// Where the values come from.
    pub origin: Origin,
    /// How a period becomes a datapoint.
    pub statistic: Statistic,
    /// How a percentile is read off the ordered values.
    pub percentile_method: PercentileMethod,
    /// How bounds in percent cut the ordered values of a trimmed statistic.
    pub trim: TrimMethod,
}

/// Where the values of a metric come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// What the requests of a fleet, or of both, send.
    Requests(Metric, FleetDimension),
    /// Values published one by one: the place in
    /// [`FleetSeries::sampled`](crate::telemetry::series::FleetSeries::sampled).
    Sampled(usize),
}

/// Whose requests an alarm sees: the dimensions of its metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FleetDimension {
    /// `EndpointConfigName` = the new configuration; the series begins with green's first traffic.
    Green,
    /// `EndpointConfigName` = the old configuration.
    Blue,
    /// `EndpointName` and `VariantName` only: both fleets blended.
    Both,
    /// The shadow variant's mirrored requests.
    Shadow,
}

impl Subject {
    /// Every metric that is read.
    pub fn queries(&self) -> &[Query] {
        match self {
            Self::Query(query) => std::slice::from_ref(query),
        }
    }
}

impl Query {
    /// A statistic of a metric of a fleet's requests.
    pub const fn requests(metric: Metric, statistic: Statistic, fleet: FleetDimension) -> Self {
        Self {
            origin: Origin::Requests(metric, fleet),
            statistic,
            percentile_method: PercentileMethod::NearestRank,
            trim: TrimMethod::Fractional,
        }
    }

    /// A statistic of the values published one by one at this place of
    /// [`FleetSeries::sampled`](crate::telemetry::series::FleetSeries::sampled).
    pub const fn sampled(index: usize, statistic: Statistic) -> Self {
        Self {
            origin: Origin::Sampled(index),
            statistic,
            percentile_method: PercentileMethod::NearestRank,
            trim: TrimMethod::Fractional,
        }
    }

    /// Whether a datapoint is a latency, in nanoseconds.
    pub fn is_latency(&self) -> bool {
        matches!(self.origin, Origin::Requests(Metric::ModelLatency, _))
            && self.statistic.has_unit()
    }
}

impl From<Query> for Subject {
    fn from(query: Query) -> Self {
        Self::Query(query)
    }
}

impl FleetDimension {
    /// Whether an alarm on this sees the requests of `fleet` too.
    pub fn includes(self, fleet: Self) -> bool {
        self == fleet || self == Self::Both && matches!(fleet, Self::Blue | Self::Green)
    }
}
