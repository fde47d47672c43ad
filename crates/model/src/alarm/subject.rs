//! What an alarm watches: the values behind its datapoints.

use crate::alarm::math::Expression;
use crate::telemetry::metric::{Metric, PercentileMethod, Statistic, TrimMethod};
use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What an alarm watches.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// One statistic of one metric.
    Query(Query),
    /// Metric math over several of them.
    Math(Math),
    /// One statistic of one metric against a band of what was usual before.
    Band(Band),
}

/// Metric math over up to ten metrics.
#[derive(Clone, Debug, PartialEq)]
pub struct Math {
    /// The ids of the metrics, in the order of their queries.
    pub ids: Vec<String>,
    /// The metrics.
    pub queries: Vec<Query>,
    /// What is made of them: latencies count in microseconds there.
    pub expression: Expression,
}

/// A band around what was usual, m ± k·s of the n datapoints xᵢ of a baseline: m = Σxᵢ/n and
/// s² = Σ(xᵢ − m)²/(n − 1).
///
/// This is a **stand-in** for CloudWatch's anomaly detection, whose model is not public: it knows no
/// trend, no hour of the day and no day of the week, and never learns on.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// What is watched, and what the baseline is made of.
    pub queries: [Query; 2],
    /// k, above 0.
    pub width: f64,
    /// The end of the baseline.
    pub until: SimTime,
    /// Its length, at least two periods.
    pub lasts: SimDuration,
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
    /// Time from the end of an interval until it can be seen, if it is not that of most metrics.
    pub delay: Option<SimDuration>,
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
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum FleetDimension {
    /// The new fleet's: `EndpointConfigName` = the new configuration; the series begins with green's first
    /// traffic.
    Green,
    /// The current fleet's: `EndpointConfigName` = the old configuration.
    Blue,
    /// Both fleets' together: `EndpointName` and `VariantName` only.
    Both,
    /// The shadow variant's mirrored requests.
    Shadow,
}

impl Subject {
    /// Every metric that is read.
    pub fn queries(&self) -> &[Query] {
        match self {
            Self::Query(query) => std::slice::from_ref(query),
            Self::Math(math) => &math.queries,
            Self::Band(band) => &band.queries,
        }
    }

    /// The same, to be changed.
    pub fn queries_mut(&mut self) -> &mut [Query] {
        match self {
            Self::Query(query) => std::slice::from_mut(query),
            Self::Math(math) => &mut math.queries,
            Self::Band(band) => &mut band.queries,
        }
    }

    /// Whether the datapoints themselves are needed, and not only their side of the threshold.
    pub const fn needs_values(&self) -> bool {
        !matches!(self, Self::Query(_))
    }

    /// Whether only mirrored requests are watched.
    pub fn is_of_shadow_alone(&self) -> bool {
        let is_shadow =
            |query: &Query| matches!(query.origin, Origin::Requests(_, FleetDimension::Shadow));
        self.queries().iter().all(is_shadow)
    }

    /// The statistic, if the datapoints are those of one metric.
    pub fn statistic(&self) -> Option<Statistic> {
        match self {
            Self::Query(query) => Some(query.statistic),
            Self::Math(_) => None,
            Self::Band(band) => Some(band.queries[0].statistic),
        }
    }

    /// Whether a datapoint is a latency, in nanoseconds.
    pub fn is_latency(&self) -> bool {
        match self {
            Self::Query(query) => query.is_latency(),
            Self::Math(_) => false,
            Self::Band(band) => band.queries[0].is_latency(),
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
            delay: None,
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
            delay: None,
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

    /// The shares of all requests that are counted here, of blue and of green, if green has `share` of the
    /// live ones and is sent copies of a part `mirror` of them.
    pub fn shares_counted(self, share: f64, mirror: f64) -> [f64; 2] {
        match self {
            Self::Blue => [1.0 - share, 0.0],
            Self::Green => [0.0, share],
            Self::Both => [1.0 - share, share],
            Self::Shadow => [0.0, mirror],
        }
    }
}
