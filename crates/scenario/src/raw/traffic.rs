//! How requests arrive, and from whom.

use super::choice::RawOffset;
use super::default;
use super::scalar::RawShare;
use crate::random::arrival::TimeUnit;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How requests arrive, and from whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "traffic")]
pub(crate) struct RawTraffic {
    /// The arrival process.
    pub(crate) arrivals: RawArrivals,
    /// How many users send the requests, each request from any of them with equal
    /// probability; without it users are not counted.
    #[schemars(range(min = 1, max = 1_000_000_000_000_u64))]
    pub(crate) users: Option<u64>,
    /// Whether all requests of a user go to the same fleet; needs `users`.
    #[serde(default)]
    pub(crate) sticky_users: bool,
}

/// An arrival process: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "arrivals")]
pub(crate) enum RawArrivals {
    /// A Poisson process of constant rate.
    Poisson(RawPoisson),
    /// A Poisson process whose rate swings like a cosine.
    Diurnal(RawDiurnal),
    /// A Poisson process of piecewise constant rate, the last going on for ever: at least one
    /// piece, in order of time.
    Profile(Vec<RawPiece>),
    /// A Poisson process whose rate goes linearly from one value to another and stays there.
    Ramp(RawRamp),
    /// A renewal process with gamma gaps: bursty above cv 1, regular below.
    Gamma(RawGammaArrivals),
    /// A Poisson process that changes between two rates at exponential times (Markov-modulated).
    Mmpp(RawMmpp),
    /// A recorded trace in a CSV file with a header line.
    Trace(RawTrace),
}

/// A Poisson process of constant rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "poisson")]
pub(crate) struct RawPoisson {
    /// Requests a second.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) rate_per_s: f64,
}

/// A rate that swings: `mean·(1 + swing·cos(2π(t − peak_at)/period))`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "diurnal")]
pub(crate) struct RawDiurnal {
    /// Mean requests a second.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) mean_per_s: f64,
    /// Amplitude over mean.
    pub(crate) swing: RawShare,
    /// Length of a cycle.
    #[serde(default = "default::day")]
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) period: SimDuration,
    /// When the rate is highest, counted from the request of the update.
    #[serde(default = "default::no_time")]
    pub(crate) peak_at: SimDuration,
}

/// A piece of a piecewise constant rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "piece")]
pub(crate) struct RawPiece {
    /// When the piece begins, counted from the start of the warm-up; the first at `"0s"`, then
    /// ascending.
    pub(crate) from: SimDuration,
    /// Requests a second, not 0 in all pieces.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub(crate) rate_per_s: f64,
}

/// A rate that changes linearly.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ramp")]
pub(crate) struct RawRamp {
    /// Requests a second before the change, not both 0.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub(crate) from_per_s: f64,
    /// Requests a second after the change.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub(crate) to_per_s: f64,
    /// When the change begins, counted from the request of the update.
    #[serde(default = "default::no_time")]
    pub(crate) starts: SimDuration,
    /// How long the change takes.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) lasts: SimDuration,
}

/// A renewal process with gamma gaps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "gamma arrivals")]
pub(crate) struct RawGammaArrivals {
    /// Requests a second.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) rate_per_s: f64,
    /// Coefficient of variation of the gaps; 1 is a Poisson process.
    #[schemars(range(min = 0.01, max = 100))]
    pub(crate) cv: f64,
}

/// A Markov-modulated Poisson process of two states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "mmpp")]
pub(crate) struct RawMmpp {
    /// Requests a second in each state, not both 0.
    #[schemars(extend("minimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) rates_per_s: [f64; 2],
    /// Mean time in each state.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) mean_sojourns: [SimDuration; 2],
}

/// A recorded trace in a CSV file with a header line. Its first time stamp is the start of the
/// warm-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "trace")]
pub(crate) struct RawTrace {
    /// The file, relative to the folder of the scenario file.
    pub(crate) path: String,
    /// The column with the time.
    pub(crate) time_column: String,
    /// How the time is written.
    #[serde(default)]
    pub(crate) time_unit: TimeUnit,
    /// What a row is: one request (`"requests"`), or a count or rate of an interval.
    #[serde(default)]
    pub(crate) rows: RawRows,
    /// Multiplies counts and rates: 1 is as recorded. Below 1 each recorded request stays with
    /// that probability, above it comes so many times. Not for rows that are requests.
    #[serde(default = "default::neutral")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1_000_000_000))]
    pub(crate) scale: f64,
    /// Where a replication begins in the trace. With `"none"` all replications share the arrivals,
    /// and the intervals leave the traffic's variance out.
    #[serde(default)]
    pub(crate) offset: RawOffset,
    /// Whether the trace begins again at its end; without it, it must reach from the start of the
    /// warm-up to the horizon.
    #[serde(default)]
    pub(crate) repeat: bool,
}

/// What a row of a trace is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "rows")]
pub(crate) enum RawRows {
    /// One request at that time.
    #[default]
    Requests,
    /// Exactly so many requests in one interval from that time on, at uniform places of it; a value that
    /// is not whole is rounded, up as often as its part after the point says.
    Counts(RawColumn),
    /// So many requests a second in one interval from that time on: a Poisson process of that rate.
    Rates(RawColumn),
}

/// A column of counts or rates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "column")]
pub(crate) struct RawColumn {
    /// The column.
    pub(crate) column: String,
    /// Length of a row's interval.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) interval: SimDuration,
}
