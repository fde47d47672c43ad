//! Trouble that hits both fleets, whatever was released.

use super::default;
use super::quality::RawDrift;
use super::regression::RawLatencyEffect;
use super::scalar::RawShare;
use crate::endpoint::incident::Spread;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of incident, at random or at given times or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "incident")]
pub(crate) struct RawIncident {
    /// Unique.
    pub(crate) name: String,
    /// How often it happens a day on average, at random.
    #[serde(default)]
    #[schemars(range(min = 0, max = 1_000_000))]
    pub(crate) rate_per_day: f64,
    /// When it surely happens, counted from the request of the update.
    #[serde(default)]
    pub(crate) at: Vec<SimDuration>,
    /// How long it lasts: the length, or the mean.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) lasts: SimDuration,
    /// Whether each lasts equally long or exponentially distributed.
    #[serde(default)]
    pub(crate) spread: Spread,
    /// What it does while it lasts.
    pub(crate) effect: RawEffect,
}

/// What an incident does while it lasts; at least one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "effect")]
pub(crate) struct RawEffect {
    /// Probability that a request fails with a 4xx for this reason alone; with `errors_5xx` at most
    /// 1.
    #[serde(default = "default::never")]
    pub(crate) errors_4xx: RawShare,
    /// Probability that a request fails with a 5xx for this reason alone.
    #[serde(default = "default::never")]
    pub(crate) errors_5xx: RawShare,
    /// Slower service.
    pub(crate) latency: Option<RawLatencyEffect>,
    /// Multiplies the arrival rate; not with a trace of requests.
    #[serde(default = "default::neutral")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub(crate) traffic_factor: f64,
    /// The inputs of both models drift.
    pub(crate) drift: Option<RawDrift>,
}
