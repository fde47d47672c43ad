//! What the business gets out of a request.

use super::default;
use super::distribution::RawDistribution;
use super::scalar::RawShare;
use crate::endpoint::kpi::KpiEffect;
use crate::endpoint::kpi::Revenue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the business gets out of a request that is answered well: conversions and their revenue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "kpi")]
pub(crate) struct RawKpi {
    /// Probability that such a request converts (or is clicked on) with the current model.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(crate) conversion: RawShare,
    /// What a conversion is worth; without it conversions are only counted.
    pub(crate) revenue: Option<Revenue>,
    /// Correlation of the conversions of one user's requests: users differ in how
    /// readily they convert. Above 0 it needs `traffic.users`.
    #[serde(default)]
    #[schemars(extend(
        "minimum" = 0,
        "exclusiveMaximum" = 1,
        "x-remedy" = "0 for users who are all alike"
    ))]
    pub(crate) user_correlation: f64,
}

/// A challenger besides green, for A/B tests; whatever is absent is as the current model's, and as the
/// green fleet's. Regressions do not touch it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "variant")]
pub(crate) struct RawVariant {
    /// Unique among the variants.
    pub(crate) name: String,
    /// Its share of the traffic is its weight over the sum of all.
    #[serde(default = "default::neutral")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) weight: f64,
    /// Service time of a request.
    pub(crate) latency: Option<RawDistribution>,
    /// Probability that a request is answered 4xx; with `errors_5xx` at most 1.
    pub(crate) errors_4xx: Option<RawShare>,
    /// Probability that a request is answered 5xx.
    pub(crate) errors_5xx: Option<RawShare>,
    /// How it changes the KPI.
    pub(crate) kpi: Option<KpiEffect>,
    /// Instances of its fleet.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) instances: Option<u32>,
    /// Requests an instance of it serves at once.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Price of an instance of it in USD an hour.
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) price_per_hour: Option<f64>,
}
