//! Distributions of service times, from what people know of them.

use super::scalar::RawShare;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A distribution of service times: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "distribution")]
pub(in crate::scenario) enum RawDistribution {
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
pub(in crate::scenario) struct RawExponential {
    /// Mean, above zero.
    pub(in crate::scenario) mean: SimDuration,
}

/// Lognormal, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "lognormal")]
pub(in crate::scenario) struct RawLognormal {
    /// Mean, above zero.
    pub(in crate::scenario) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(in crate::scenario) cv: Option<f64>,
    /// Median, above zero.
    pub(in crate::scenario) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(in crate::scenario) p99: Option<SimDuration>,
    /// Standard deviation of the logarithm, above 0 to 10.
    pub(in crate::scenario) sigma: Option<f64>,
}

/// Gamma or Weibull, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shape and scale")]
pub(in crate::scenario) struct RawShapeScale {
    /// Mean, above zero.
    pub(in crate::scenario) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(in crate::scenario) cv: Option<f64>,
    /// Median, above zero.
    pub(in crate::scenario) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(in crate::scenario) p99: Option<SimDuration>,
    /// Shape: of a gamma 0.01 to 10 000, of a Weibull 0.1 to 100.
    pub(in crate::scenario) shape: Option<f64>,
    /// Scale, above zero.
    pub(in crate::scenario) scale: Option<SimDuration>,
}

/// Pareto, by one of three pairs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "pareto")]
pub(in crate::scenario) struct RawPareto {
    /// Mean, above zero.
    pub(in crate::scenario) mean: Option<SimDuration>,
    /// Standard deviation over mean, above 0.
    pub(in crate::scenario) cv: Option<f64>,
    /// Median, above zero.
    pub(in crate::scenario) median: Option<SimDuration>,
    /// 99th percentile, above the median.
    pub(in crate::scenario) p99: Option<SimDuration>,
    /// The smallest value, above zero.
    pub(in crate::scenario) minimum: Option<SimDuration>,
    /// Tail index, 0.1 to 10 000; up to 1 there is no mean, up to 2 no variance.
    pub(in crate::scenario) shape: Option<f64>,
}

/// A quantile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "quantile")]
pub(in crate::scenario) struct RawQuantile {
    /// Share of the requests that are at most as slow, 0 to 1, ascending.
    pub(in crate::scenario) p: RawShare,
    /// Their service time at most, ascending.
    pub(in crate::scenario) latency: SimDuration,
}

/// A distribution plus a constant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shifted")]
pub(in crate::scenario) struct RawShifted {
    /// What is added to every value.
    pub(in crate::scenario) by: SimDuration,
    /// The distribution of the rest.
    pub(in crate::scenario) distribution: Box<RawDistribution>,
}

/// A component of a mixture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "component")]
pub(in crate::scenario) struct RawComponent {
    /// Share of the requests, above 0; the weights of a mixture add up to 1.
    pub(in crate::scenario) weight: f64,
    /// Its distribution, no mixture itself.
    pub(in crate::scenario) distribution: RawDistribution,
}
