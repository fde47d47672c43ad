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
pub(in crate::scenario) struct RawIncident {
    /// Unique.
    pub(in crate::scenario) name: String,
    /// How often it happens a day on average, at random, 0 to 1 000 000.
    #[serde(default)]
    pub(in crate::scenario) rate_per_day: f64,
    /// When it surely happens, counted from the request of the update.
    #[serde(default)]
    pub(in crate::scenario) at: Vec<SimDuration>,
    /// How long it lasts, above zero: the length, or the mean.
    pub(in crate::scenario) lasts: SimDuration,
    /// Whether each lasts equally long or exponentially distributed.
    #[serde(default)]
    pub(in crate::scenario) spread: Spread,
    /// What it does while it lasts.
    pub(in crate::scenario) effect: RawEffect,
}

/// What an incident does while it lasts; at least one thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "effect")]
pub(in crate::scenario) struct RawEffect {
    /// Probability that a request fails with a 4xx for this reason alone; with `errors_5xx` at most
    /// 1.
    #[serde(default = "default::never")]
    pub(in crate::scenario) errors_4xx: RawShare,
    /// Probability that a request fails with a 5xx for this reason alone.
    #[serde(default = "default::never")]
    pub(in crate::scenario) errors_5xx: RawShare,
    /// Slower service.
    pub(in crate::scenario) latency: Option<RawLatencyEffect>,
    /// Multiplies the arrival rate, above 0 to 1000; not with a trace of requests.
    #[serde(default = "default::neutral")]
    pub(in crate::scenario) traffic_factor: f64,
    /// The inputs of both models drift.
    pub(in crate::scenario) drift: Option<RawDrift>,
}
