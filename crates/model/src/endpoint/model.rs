//! How a model behaves: its latency and its errors, without any queueing.

use crate::random::distribution::Distribution;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One model version.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// Service time of a request.
    pub latency: Distribution,
    /// Service time of a request that fails, if it differs.
    pub failed_latency: Option<Distribution>,
    /// Probability of a 4xx, 0 to 1.
    pub errors_4xx: f64,
    /// Probability of a 5xx, 0 to 1; the two add up to at most 1.
    pub errors_5xx: f64,
    /// Whether errors come in clumps.
    pub overdispersion: Option<Overdispersion>,
    /// Slowness of an instance that has just begun to take traffic.
    pub cold_start: Option<ColdStart>,
}

/// Errors in clumps: in each interval the error probability has the Beta distribution of the given mean
/// and intra-interval correlation ρ, so a count over n requests is beta-binomial with variance
/// n·p·(1 − p)·(1 + (n − 1)·ρ) (Skellam 1948).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overdispersion {
    /// ρ, above 0 and below 1.
    pub correlation: f64,
    /// How long an interval is; they end with the wall clock's minutes.
    pub interval: SimDuration,
    /// How long a clump lasts on average, at least an interval.
    pub correlation_time: SimDuration,
    /// Share of the clumps that all fleets have together, 0 to 1.
    pub common: f64,
}

impl Overdispersion {
    /// φ = 1 − `interval`/`correlation_time`: the probability that an interval has the probability of the
    /// one before, and the correlation of the two.
    pub fn persistence(&self) -> f64 {
        1.0 - self.interval.as_secs_f64() / self.correlation_time.as_secs_f64()
    }
}

/// Slowness of an instance that has just begun to take traffic.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "cold start")]
pub struct ColdStart {
    /// Multiplies the first request's service time, falling linearly to 1.
    #[schemars(range(min = 1, max = 1000))]
    pub factor: f64,
    /// Time from an instance's first traffic until it is as fast as any.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub lasts: SimDuration,
}
