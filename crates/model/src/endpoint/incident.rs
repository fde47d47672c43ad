//! Trouble that hits both fleets, whatever was released: what no rollback ends.

use crate::endpoint::quality::Drift;
use crate::time::{SimDuration, SimTime};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of incident.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentSpec {
    /// Unique among the incidents of a scenario.
    pub name: String,
    /// How often it happens \[1/day\], a Poisson process that has gone on for ever.
    pub rate_per_day: f64,
    /// Instants at which it surely happens.
    pub at: Vec<SimTime>,
    /// How long it lasts: the length, or the mean.
    pub lasts: SimDuration,
    /// Whether each lasts equally long.
    pub spread: Spread,
    /// Probability that a request fails with a 5xx for this reason alone.
    pub errors_5xx: f64,
    /// Probability that a request fails with a 4xx for this reason alone.
    pub errors_4xx: f64,
    /// Multiplies service times.
    pub latency_factor: f64,
    /// Is added to service times.
    pub latency_shift: SimDuration,
    /// Multiplies the arrival rate, above 0.
    pub traffic_factor: f64,
    /// The inputs of both models drift.
    pub drift: Drift,
}

/// How the lengths of incidents vary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Spread {
    /// All alike.
    #[default]
    Fixed,
    /// Exponentially distributed.
    Exponential,
}

impl IncidentSpec {
    /// Whether it changes the arrival rate.
    pub fn is_surge(&self) -> bool {
        (self.traffic_factor - 1.0).abs() > 0.0
    }
}
