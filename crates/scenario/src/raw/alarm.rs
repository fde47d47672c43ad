//! A CloudWatch metric alarm.

use super::choice::{RawBandBaseline, RawEvaluation, RawEvaluationWindow, RawMissingDataRule};
use super::default;
use super::scalar::{RawStatistic, RawThreshold};
use crate::alarm::spec::{
    AlarmState, FleetDimension, History, IgnoreRule, LowSampleScope, LowSamples, PrematureAlarm,
    TreatMissingData, Unresolved,
};
use crate::telemetry::metric::{Comparison, PercentileMethod, TrimMethod};
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

impl RawAlarm {
    /// Whether it compares with a band, and not with a threshold.
    pub(crate) fn comparison_is_with_band(&self) -> bool {
        self.comparison.is_with_band()
    }
}

/// A metric that an expression uses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "operand")]
pub(crate) struct RawOperand {
    /// Its name in the expression: a lower-case letter, then letters, digits and `_`.
    pub(crate) id: String,
    /// As of an alarm.
    pub(crate) metric: Option<String>,
    /// As of an alarm.
    pub(crate) monitor: Option<String>,
    /// As of an alarm.
    pub(crate) statistic: RawStatistic,
    /// As of an alarm.
    pub(crate) fleet: Option<FleetDimension>,
}

/// The mean of a baseline's datapoints, some standard deviations either way. It knows no trend and no
/// hour of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "band")]
pub(crate) struct RawBand {
    /// How many standard deviations.
    #[serde(default = "default::two_wide")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub(crate) width: f64,
    /// Whose datapoints before the update are the baseline: the alarm's own metric's, or blue's of
    /// that metric.
    #[serde(default)]
    pub(crate) baseline: RawBandBaseline,
    /// For how long before the update, at least two periods.
    pub(crate) lasts: SimDuration,
}

/// An alarm whose state follows from those of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "composite alarm")]
pub(crate) struct RawComposite {
    /// Unique among all alarms.
    pub(crate) name: String,
    /// When it is in ALARM, such as `"ALARM(errors) AND NOT ALARM(dependency)"`.
    pub(crate) rule: String,
    /// The alarm that, while in ALARM, holds back the actions of this one; its state stays as it is, so no
    /// rollout is affected.
    pub(crate) actions_suppressor: Option<String>,
    /// How long actions wait for the suppressor to go into ALARM, whole seconds; required with it.
    pub(crate) actions_suppressor_wait_period: Option<SimDuration>,
    /// How long actions wait once the suppressor has left ALARM, whole seconds; required with it.
    pub(crate) actions_suppressor_extension_period: Option<SimDuration>,
}

/// A CloudWatch metric alarm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "alarm")]
pub(crate) struct RawAlarm {
    /// Unique.
    pub(crate) name: String,
    /// What is watched: a metric of the requests (`Invocations`, `Invocation4XXErrors`,
    /// `Invocation5XXErrors`, `InvocationModelErrors`, `ModelLatency`), or one that the scenario
    /// publishes value by value.
    pub(crate) metric: Option<String>,
    /// Or: the monitor whose results are watched, by its name.
    pub(crate) monitor: Option<String>,
    /// Or: the metrics of an expression, at most ten.
    pub(crate) metrics: Option<Vec<RawOperand>>,
    /// Metric math over their ids, such as `"errors / requests * 100"`. Latencies are in
    /// microseconds.
    pub(crate) expression: Option<String>,
    /// How a period becomes a datapoint: `Average`, `Sum`, `Minimum`, `Maximum`, `SampleCount`, a
    /// percentile such as `p99.9`, a trimmed or winsorised mean, a trimmed count or sum such as
    /// `tm99`, `WM(10%:90%)`, `TC(0.1:5)`, `IQM`, or a percentile rank such as `PR(:300)`. Bounds
    /// without `%` are in the metric's unit, microseconds for ModelLatency.
    pub(crate) statistic: Option<RawStatistic>,
    /// Whose requests, for a metric of requests: the new fleet's, the current fleet's, both fleets'
    /// blended, or the shadow variant's.
    pub(crate) fleet: Option<FleetDimension>,
    /// The limit in the metric's unit, 0 to 10¹⁵: a fraction for the Average of errors (or `"1%"`),
    /// microseconds for ModelLatency (or `"100ms"`), percent for a percentile rank.
    pub(crate) threshold: Option<RawThreshold>,
    /// Instead of a threshold: a band of what was usual. A stand-in for CloudWatch's anomaly
    /// detection, whose model is not public.
    pub(crate) band: Option<RawBand>,
    /// How a datapoint is compared with the threshold, or strictly with the band.
    pub(crate) comparison: Comparison,
    /// Length of a datapoint: 10, 20 or 30 seconds or a multiple of a minute, and of
    /// `metrics.interval`.
    pub(crate) period: SimDuration,
    /// N: how many datapoints decide; N periods are at most a day (a week for periods
    /// of an hour or more).
    #[schemars(range(min = 1))]
    pub(crate) evaluation_periods: u32,
    /// M: how many of them must breach, 1 to N; N if absent.
    #[schemars(range(min = 1))]
    pub(crate) datapoints_to_alarm: Option<u32>,
    /// What a missing datapoint counts as.
    #[serde(default)]
    pub(crate) treat_missing_data: TreatMissingData,
    /// Which datapoints decide when some are missing: the newest real ones of a longer range, as
    /// CloudWatch does, or exactly the last N.
    #[serde(default)]
    pub(crate) missing_data_rule: RawMissingDataRule,
    /// How many datapoints beyond N CloudWatch looks at. AWS does not say; if absent,
    /// 300 s ÷ period, rounded up, at least 2; below 60 s the 5 of 60 s, which is a guess.
    #[schemars(range(max = 1000))]
    pub(crate) evaluation_range_extra: Option<u32>,
    /// When the alarm is evaluated: every minute (every 10 s for periods below a minute), or once a
    /// period.
    #[serde(default)]
    pub(crate) evaluation: RawEvaluation,
    /// How a percentile is read off the ordered values; AWS does not document it.
    #[serde(default)]
    pub(crate) percentile_method: PercentileMethod,
    /// What the datapoints before green's first traffic are taken to be.
    #[serde(default)]
    pub(crate) history: History,
    /// The state given to a pattern of missing and breaching datapoints that AWS leaves open.
    #[serde(default)]
    pub(crate) unresolved: Unresolved,
    /// Under `missing`, when fewer breaching datapoints than M are an ALARM all the same; AWS has
    /// described it in several ways.
    #[serde(default)]
    pub(crate) premature_alarm: PrematureAlarm,
    /// When `ignore` keeps the state.
    #[serde(default)]
    pub(crate) ignore_rule: IgnoreRule,
    /// How bounds in percent cut the ordered values of a trimmed statistic; AWS does not document it.
    #[serde(default)]
    pub(crate) trim_method: TrimMethod,
    /// What a percentile of too few values does: fewer than 10/(1 − p), or 10/p below p50.
    #[serde(default)]
    pub(crate) evaluate_low_sample_count_percentile: LowSamples,
    /// What must have enough values for that; AWS does not say.
    #[serde(default)]
    pub(crate) low_sample_scope: LowSampleScope,
    /// Where the windows end; `"wall_clock"` takes periods of 1 and 5 minutes, an hour, a day and a
    /// week, which begins on Monday.
    #[serde(default)]
    pub(crate) evaluation_window: RawEvaluationWindow,
    /// How far the clock on the wall is ahead of UTC, in minutes.
    #[serde(default)]
    #[schemars(range(min = -1439, max = 1439))]
    #[schemars(extend("x-remedy" = "a clock on the wall is less than a day ahead of UTC"))]
    pub(crate) utc_offset_min: i32,
    /// When the alarm is created, after the update is requested; if absent, before the simulation.
    pub(crate) created_after: Option<SimDuration>,
    /// How long a new alarm is not evaluated, whole minutes, unless N datapoints exist
    /// before.
    #[schemars(extend(
        "x-minimum" = "1m",
        "x-maximum" = "2880m",
        "x-remedy" = "CloudWatch takes no other"
    ))]
    pub(crate) warm_up: Option<SimDuration>,
    /// Whether `warm_up` lasts to its end in any case.
    #[serde(default)]
    pub(crate) only_after_warm_up: bool,
    /// The state before the first evaluation.
    #[serde(default)]
    pub(crate) initial_state: AlarmState,
}
