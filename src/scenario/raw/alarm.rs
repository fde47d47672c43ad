//! A CloudWatch metric alarm.

use super::choice::{
    RawComparison, RawEvaluation, RawFleet, RawHistory, RawMissingDataRule, RawPercentileMethod,
    RawState, RawTreatMissingData, RawUnresolved,
};
use super::default;
use super::scalar::{RawDuration, RawStatistic, RawThreshold};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A CloudWatch metric alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "alarm")]
pub(in crate::scenario) struct RawAlarm {
    /// Unique.
    pub(in crate::scenario) name: String,
    /// What is watched: a metric of the requests (`Invocations`, `Invocation4XXErrors`,
    /// `Invocation5XXErrors`, `InvocationModelErrors`, `ModelLatency`), or one that the scenario
    /// publishes value by value.
    pub(in crate::scenario) metric: Option<String>,
    /// Or: the monitor whose results are watched, by its name.
    pub(in crate::scenario) monitor: Option<String>,
    /// How a period becomes a datapoint: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, or
    /// for ModelLatency a percentile such as `p99` or `p99.9`.
    pub(in crate::scenario) statistic: RawStatistic,
    /// Whose requests, for a metric of requests: the new fleet's, the current fleet's, both fleets'
    /// blended, or the shadow variant's.
    pub(in crate::scenario) fleet: Option<RawFleet>,
    /// The limit in the metric's unit, 0 to 10¹⁵: a fraction for the Average of errors (or `"1%"`),
    /// microseconds for ModelLatency (or `"100ms"`).
    pub(in crate::scenario) threshold: RawThreshold,
    /// How a datapoint is compared with the threshold.
    pub(in crate::scenario) comparison: RawComparison,
    /// Length of a datapoint: 10, 20 or 30 seconds or a multiple of a minute, and of
    /// `metrics.interval`.
    pub(in crate::scenario) period: RawDuration,
    /// N: how many datapoints decide, at least 1; N periods are at most a day (a week for periods
    /// of an hour or more).
    #[schemars(range(min = 1))]
    pub(in crate::scenario) evaluation_periods: u32,
    /// M: how many of them must breach, 1 to N; N if absent.
    #[schemars(range(min = 1))]
    pub(in crate::scenario) datapoints_to_alarm: Option<u32>,
    /// What a missing datapoint counts as.
    #[serde(default)]
    pub(in crate::scenario) treat_missing_data: RawTreatMissingData,
    /// Which datapoints decide when some are missing: the newest real ones of a longer range, as
    /// CloudWatch does, or exactly the last N.
    #[serde(default)]
    pub(in crate::scenario) missing_data_rule: RawMissingDataRule,
    /// How many datapoints beyond N CloudWatch looks at, 0 to 1000; AWS documents only an example
    /// with 2.
    #[serde(default = "default::two")]
    #[schemars(range(max = 1000))]
    pub(in crate::scenario) evaluation_range_extra: u32,
    /// When the alarm is evaluated: every minute (every 10 s for periods below a minute), or once a
    /// period.
    #[serde(default)]
    pub(in crate::scenario) evaluation: RawEvaluation,
    /// How a percentile is read off the ordered values; AWS does not document it.
    #[serde(default)]
    pub(in crate::scenario) percentile_method: RawPercentileMethod,
    /// What the datapoints before green's first traffic are taken to be.
    #[serde(default)]
    pub(in crate::scenario) history: RawHistory,
    /// The state given to a pattern of missing and breaching datapoints that AWS leaves open.
    #[serde(default)]
    pub(in crate::scenario) unresolved: RawUnresolved,
    /// The state before the first evaluation.
    #[serde(default)]
    pub(in crate::scenario) initial_state: RawState,
}
