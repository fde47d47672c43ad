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
pub(in crate::scenario) struct RawMonitor {
    /// Unique.
    pub(in crate::scenario) name: String,
    /// Drift of the inputs: how far the feature's distribution is from the baseline's.
    pub(in crate::scenario) data_quality: Option<RawDataQuality>,
    /// A figure of the labelled answers.
    pub(in crate::scenario) model_quality: Option<RawModelQuality>,
    /// Everybody else's figure minus a segment's.
    pub(in crate::scenario) bias: Option<RawBias>,
    /// Whose answers are looked at; an endpoint's monitor sees both fleets'.
    #[serde(default = "both_fleets")]
    pub(in crate::scenario) fleet: FleetDimension,
    /// Time between two jobs: whole hours, `"1h"` to `"24h"`.
    #[serde(default = "default::hour")]
    pub(in crate::scenario) schedule: SimDuration,
    /// How long before its hour a job's window begins, a multiple of `schedule` above
    /// `end_offset`; one schedule more than that if absent.
    pub(in crate::scenario) start_offset: Option<SimDuration>,
    /// How long before its hour the window ends, a multiple of `schedule`.
    #[serde(default = "default::no_time")]
    pub(in crate::scenario) end_offset: SimDuration,
    /// Least and longest time from the hour to the start of a job.
    #[serde(default = "usual_start_delay")]
    pub(in crate::scenario) start_delay: [SimDuration; 2],
    /// Least and longest time that a job takes; with the start delay at most `schedule`.
    #[serde(default = "usual_job_duration")]
    pub(in crate::scenario) job_duration: [SimDuration; 2],
    /// With fewer samples (for `bias`, in either part) a job publishes nothing; at least 1.
    #[serde(default = "default::two_hundred")]
    #[schemars(range(min = 1))]
    pub(in crate::scenario) min_samples: u64,
    /// What instant the value carries; an alarm's periods must reach back to it.
    #[serde(default)]
    pub(in crate::scenario) stamp: Stamp,
}

/// Drift of the inputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "data quality")]
pub(in crate::scenario) struct RawDataQuality {
    /// The largest difference of the distribution functions, as it is or less what chance makes of
    /// it.
    #[serde(default)]
    pub(in crate::scenario) distance: Distance,
    /// Size of the baseline, 1 to 1 000 000.
    #[serde(default = "default::ten_thousand")]
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(in crate::scenario) baseline_samples: u64,
}

/// A figure of the labelled answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "model quality")]
pub(in crate::scenario) struct RawModelQuality {
    /// Which figure.
    #[serde(default)]
    pub(in crate::scenario) metric: QualityMetric,
}

/// Everybody else's figure minus a segment's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "bias")]
pub(in crate::scenario) struct RawBias {
    /// A name of `quality.segments`.
    pub(in crate::scenario) segment: String,
    /// Which figure.
    #[serde(default)]
    pub(in crate::scenario) difference: Difference,
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
