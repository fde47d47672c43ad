//! Monitors in the manner of SageMaker Model Monitor.

use super::default;
use crate::alarm::spec::FleetDimension;
use crate::monitoring::spec::{Difference, Distance, QualityMetric, Stamp};
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A monitoring schedule: a name, exactly one of the three kinds, and when its jobs run. An alarm
/// watches it by `monitor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "monitor")]
pub(crate) struct RawMonitor {
    /// Unique.
    pub(crate) name: String,
    /// Drift of the inputs: how far the feature's distribution is from the baseline's.
    pub(crate) data_quality: Option<RawDataQuality>,
    /// A figure of the labelled answers.
    pub(crate) model_quality: Option<RawModelQuality>,
    /// Everybody else's figure minus a segment's.
    pub(crate) bias: Option<RawBias>,
    /// Whose answers are looked at; an endpoint's monitor sees both fleets'.
    #[serde(default = "both_fleets")]
    pub(crate) fleet: FleetDimension,
    /// Time between two jobs, whole hours.
    #[serde(default = "default::hour")]
    #[schemars(extend(
        "x-minimum" = "1h",
        "x-maximum" = "24h",
        "x-remedy" = "Model Monitor takes no other; \"1h\" is usual"
    ))]
    pub(crate) schedule: SimDuration,
    /// How long before its hour a job's window begins, a multiple of `schedule` above
    /// `end_offset`; one schedule more than that if absent.
    pub(crate) start_offset: Option<SimDuration>,
    /// How long before its hour the window ends, a multiple of `schedule`.
    #[serde(default = "default::no_time")]
    pub(crate) end_offset: SimDuration,
    /// Least and longest time from the hour to the start of a job.
    #[serde(default = "usual_start_delay")]
    pub(crate) start_delay: [SimDuration; 2],
    /// Least and longest time that a job takes; with the start delay at most `schedule`.
    #[serde(default = "usual_job_duration")]
    pub(crate) job_duration: [SimDuration; 2],
    /// With fewer samples (for `bias`, in either part) a job publishes nothing.
    #[serde(default = "default::two_hundred")]
    #[schemars(range(min = 1))]
    pub(crate) min_samples: u64,
    /// What instant the value carries; an alarm's periods must reach back to it.
    #[serde(default)]
    pub(crate) stamp: Stamp,
}

/// Drift of the inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "data quality")]
pub(crate) struct RawDataQuality {
    /// The largest difference of the distribution functions, as it is or less what chance makes of
    /// it.
    #[serde(default)]
    pub(crate) distance: Distance,
    /// Size of the baseline.
    #[serde(default = "default::ten_thousand")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) baseline_samples: u64,
}

/// A figure of the labelled answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "model quality")]
pub(crate) struct RawModelQuality {
    /// Which figure.
    #[serde(default)]
    pub(crate) metric: QualityMetric,
}

/// Everybody else's figure minus a segment's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "bias")]
pub(crate) struct RawBias {
    /// A name of `quality.segments`.
    pub(crate) segment: String,
    /// Which figure.
    #[serde(default)]
    pub(crate) difference: Difference,
}

fn both_fleets() -> FleetDimension {
    FleetDimension::Both
}

const fn usual_start_delay() -> [SimDuration; 2] {
    [default::no_time(), default::twenty_minutes()]
}

const fn usual_job_duration() -> [SimDuration; 2] {
    [default::six_minutes(), default::fourteen_minutes()]
}
