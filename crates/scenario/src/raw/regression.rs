//! What may be wrong with a release, and when it shows.

use super::default;
use super::quality::RawQualityEffect;
use super::scalar::RawShare;
use crate::endpoint::kpi::KpiEffect;
use crate::endpoint::regression::Intermittency;
use crate::endpoint::regression::Leak;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One release to try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "regression")]
pub(crate) struct RawRegression {
    /// Unique; not `healthy`, which is the release without any regression.
    pub(crate) name: String,
    /// A good release for all its effects: a rollback of it is a false one.
    #[serde(default)]
    pub(crate) healthy: bool,
    /// Probability that a release carries it; given for all regressions or for none, at most 1 in
    /// all.
    pub(crate) prior: Option<RawShare>,
    /// Error probabilities instead of green's.
    pub(crate) errors: Option<RawErrors>,
    /// Slower service.
    pub(crate) latency: Option<RawLatencyEffect>,
    /// A share of the requests is much slower.
    pub(crate) tail: Option<RawTail>,
    /// Every request fails with a 5xx.
    #[serde(default)]
    pub(crate) crash: bool,
    /// Less capacity of each green instance; not with `capacity = "unlimited"`.
    pub(crate) capacity: Option<RawCapacityEffect>,
    /// Grows with the time that an instance has served since it last restarted.
    pub(crate) memory_leak: Option<Leak>,
    /// Worse answers, which neither latency nor errors show.
    pub(crate) quality: Option<RawQualityEffect>,
    /// Changes what the business gets out of a request.
    pub(crate) kpi: Option<KpiEffect>,
    /// When it begins.
    #[serde(default)]
    pub(crate) onset: RawOnset,
    /// Time from the onset to its full effect, linear.
    #[serde(default = "default::no_time")]
    pub(crate) ramp: SimDuration,
    /// Time from the onset to its end; without it, it stays.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) duration: Option<SimDuration>,
    /// It comes and goes, from the onset on.
    pub(crate) intermittency: Option<Intermittency>,
}

/// Error probabilities instead of green's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "errors")]
pub(crate) struct RawErrors {
    /// Probability that a request is answered 4xx; as green's if absent.
    pub(crate) errors_4xx: Option<RawShare>,
    /// Probability that a request is answered 5xx; as green's if absent.
    pub(crate) errors_5xx: Option<RawShare>,
}

/// Slower service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "latency effect")]
pub(crate) struct RawLatencyEffect {
    /// Multiplies service times.
    #[serde(default = "default::neutral")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub(crate) factor: f64,
    /// Is added to service times.
    #[serde(default = "default::no_time")]
    pub(crate) shift: SimDuration,
    /// A longer tail at the same median: multiplies the 99th percentile of service times, so that whatever
    /// is above the median grows, the more the slower it is; below 1 it shrinks. Not of
    /// constant latencies, nor of incidents.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub(crate) p99_factor: Option<f64>,
}

/// A share of the requests is slower by a factor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "tail")]
pub(crate) struct RawTail {
    /// Share of the requests.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(crate) share: RawShare,
    /// Multiplies their service times.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) factor: f64,
}

/// Less capacity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "capacity effect")]
pub(crate) struct RawCapacityEffect {
    /// Service slows as the instance fills.
    pub(crate) slowdown: Option<RawSlowdown>,
    /// Places that each green instance loses; fewer than it has.
    #[serde(default)]
    pub(crate) concurrency_lost: u32,
}

/// Load dependence: service times are multiplied by 1 up to utilisation `from`, rising linearly to
/// `factor` when all places are taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "slowdown")]
pub(crate) struct RawSlowdown {
    /// Multiplies service times at full utilisation.
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) factor: f64,
    /// Utilisation from which it slows.
    #[serde(default = "default::never")]
    #[schemars(extend(
        "exclusiveMaximum" = 1,
        "x-remedy" = "an instance is never fuller than full; 0.5 slows from half full on"
    ))]
    pub(crate) from: RawShare,
}

/// When a regression begins: exactly one of these.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "onset")]
pub(crate) enum RawOnset {
    /// This long after green's first traffic, live or mirrored.
    AfterFirstTraffic(SimDuration),
    /// This long after the update is requested; before the horizon.
    At(SimDuration),
    /// When green's traffic share first reaches this.
    AtShare(#[schemars(extend("exclusiveMinimum" = 0))] RawShare),
}

impl Default for RawOnset {
    fn default() -> Self {
        Self::AfterFirstTraffic(default::no_time())
    }
}
