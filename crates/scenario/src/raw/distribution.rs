//! Distributions of service times, from what people know of them.

use super::scalar::RawShare;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A distribution of service times: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "distribution")]
pub(crate) enum RawDistribution {
    /// Always the same time.
    Constant(SimDuration),
    /// Exponential.
    Exponential(RawExponential),
    /// Lognormal: `mean` and `cv`, or `median` and `p99`, or `median` and `sigma`.
    Lognormal(RawLognormal),
    /// Gamma: `mean` and `cv`, or `median` and `p99`, or `shape` and `scale`.
    Gamma(RawShapeScale),
    /// Weibull: `mean` and `cv`, or `median` and `p99`, or `shape` and `scale`.
    Weibull(RawShapeScale),
    /// Pareto: `mean` and `cv`, or `median` and `p99`, or `minimum` and `shape`.
    Pareto(RawPareto),
    /// Linear between given quantiles: at least two, ascending, the first at `p = 0`, the last at
    /// `p = 1`.
    Empirical(Vec<RawQuantile>),
    /// Another distribution plus a constant.
    Shifted(RawShifted),
    /// One of several distributions, each with its own probability: at least one component.
    Mixture(Vec<RawComponent>),
}

/// Exponential.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "exponential")]
pub(crate) struct RawExponential {
    /// Mean, above zero.
    pub(crate) mean: SimDuration,
}

/// Lognormal, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "lognormal")]
pub(crate) struct RawLognormal {
    /// Mean, above zero.
    pub(crate) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(crate) cv: Option<f64>,
    /// Median, above zero.
    pub(crate) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(crate) p99: Option<SimDuration>,
    /// Standard deviation of the logarithm, above 0 to 10.
    pub(crate) sigma: Option<f64>,
}

/// Gamma or Weibull, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shape and scale")]
pub(crate) struct RawShapeScale {
    /// Mean, above zero.
    pub(crate) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(crate) cv: Option<f64>,
    /// Median, above zero.
    pub(crate) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(crate) p99: Option<SimDuration>,
    /// Shape: of a gamma 0.01 to 10 000, of a Weibull 0.1 to 100.
    pub(crate) shape: Option<f64>,
    /// Scale, above zero.
    pub(crate) scale: Option<SimDuration>,
}

/// Pareto, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "pareto")]
pub(crate) struct RawPareto {
    /// Mean, above zero.
    pub(crate) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(crate) cv: Option<f64>,
    /// Median, above zero.
    pub(crate) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(crate) p99: Option<SimDuration>,
    /// The smallest value, above zero.
    pub(crate) minimum: Option<SimDuration>,
    /// Tail index, 0.1 to 10 000; up to 1 there is no mean, up to 2 no variance.
    pub(crate) shape: Option<f64>,
}

/// A quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "quantile")]
pub(crate) struct RawQuantile {
    /// Share of the requests that are at most as slow, 0 to 1, ascending.
    pub(crate) p: RawShare,
    /// Their service time at most, ascending.
    pub(crate) latency: SimDuration,
}

/// A distribution plus a constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shifted")]
pub(crate) struct RawShifted {
    /// What is added to every value.
    pub(crate) by: SimDuration,
    /// The distribution of the rest.
    pub(crate) distribution: Box<RawDistribution>,
}

/// A component of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "component")]
pub(crate) struct RawComponent {
    /// Share of the requests, above 0; the weights of a mixture add up to 1.
    pub(crate) weight: f64,
    /// Its distribution, no mixture itself.
    pub(crate) distribution: RawDistribution,
}
