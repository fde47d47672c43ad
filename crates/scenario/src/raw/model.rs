//! How the two models behave.

use super::choice::RawLatencyIs;
use super::default;
use super::distribution::RawDistribution;
use super::scalar::RawShare;
use crate::endpoint::kpi::KpiEffect;
use crate::endpoint::model::ColdStart;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The current model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "blue")]
pub(crate) struct RawBlue {
    /// Service time of a request; or what is seen of it, if `latency_is = "observed"`.
    pub(crate) latency: RawDistribution,
    /// Whether `latency` is the time in service, or what CloudWatch shows as `ModelLatency` of a fleet that
    /// takes all the traffic, waiting included. The resolved file holds the service times behind it.
    #[serde(default)]
    pub(crate) latency_is: RawLatencyIs,
    /// Service time of a request that fails, if it differs.
    pub(crate) failed_latency: Option<RawDistribution>,
    /// Probability that a request is answered 4xx; with `errors_5xx` at most 1.
    #[serde(default = "default::never")]
    pub(crate) errors_4xx: RawShare,
    /// Probability that a request is answered 5xx.
    #[serde(default = "default::never")]
    pub(crate) errors_5xx: RawShare,
    /// Errors in clumps: each interval draws its error probability anew.
    pub(crate) overdispersion: Option<RawOverdispersion>,
    /// An instance that a rolling rollback launches again is slow at first; without it, it is not.
    pub(crate) cold_start: Option<ColdStart>,
}

/// The new model, without any regression; whatever is absent is as blue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "green")]
pub(crate) struct RawGreen {
    /// Service time of a request; or what is seen of it, if `latency_is = "observed"`.
    pub(crate) latency: Option<RawDistribution>,
    /// What its own `latency` is; as blue's if absent.
    pub(crate) latency_is: Option<RawLatencyIs>,
    /// Service time of a request that fails. With a `latency` of its own and without this, as that.
    pub(crate) failed_latency: Option<RawDistribution>,
    /// Probability that a request is answered 4xx; with `errors_5xx` at most 1.
    pub(crate) errors_4xx: Option<RawShare>,
    /// Probability that a request is answered 5xx.
    pub(crate) errors_5xx: Option<RawShare>,
    /// Errors in clumps: each interval draws its error probability anew.
    pub(crate) overdispersion: Option<RawOverdispersion>,
    /// A new instance is slow at first; without it (here and for blue), it is not.
    pub(crate) cold_start: Option<ColdStart>,
    /// How it changes the KPI.
    pub(crate) kpi: Option<KpiEffect>,
}

/// Errors in clumps: counts are beta-binomial.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "overdispersion")]
pub(crate) struct RawOverdispersion {
    /// Correlation of two requests' errors in an interval.
    #[schemars(extend(
        "exclusiveMinimum" = 0,
        "exclusiveMaximum" = 1,
        "x-remedy" = "leave `overdispersion` out for errors that are independent"
    ))]
    pub(crate) correlation: f64,
    /// How long one draw lasts; draws begin with the minutes of the wall clock, as published
    /// intervals do.
    #[serde(default = "default::minute")]
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) interval: SimDuration,
    /// How long a clump lasts on average, at least `interval`; as long unless given. At the end of an
    /// interval it goes on with probability 1 − `interval`/`correlation_time`.
    pub(crate) correlation_time: Option<SimDuration>,
    /// Share of the clumps that all fleets have together; in the others each draws its own. Of two
    /// fleets the smaller share counts, and none is common if their times differ.
    #[serde(default = "default::always")]
    pub(crate) common: RawShare,
}
