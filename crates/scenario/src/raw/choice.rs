//! Words that a key may take where the model has something else than an enumeration of them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How requests reach the instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(crate) enum RawMode {
    /// Each is sent to an instance, and its caller waits.
    #[default]
    RealTime,
    /// Each waits in one queue until an instance takes it.
    Asynchronous,
}

/// Whether requests queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawCapacity {
    /// For a free place of an instance.
    Queued,
    /// Never; every request is served at once.
    Unlimited,
}

/// What a latency is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawLatencyIs {
    /// The time in service.
    #[default]
    Service,
    /// The time from arrival to answer of a healthy fleet that takes all the traffic.
    Observed,
}

/// What callers try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) enum RawRetryOn {
    /// A 5xx of the model, or a rejection.
    #[serde(rename = "5xx")]
    ServerError,
    /// No answer in time.
    #[serde(rename = "timeout")]
    Timeout,
}

/// Where a replication begins in a trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawOffset {
    /// At its first row.
    #[default]
    None,
    /// Anywhere, anew in each replication.
    Random,
}

/// When an alarm is evaluated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawEvaluation {
    /// Every minute (every 10 s for periods below a minute).
    #[default]
    Sliding,
    /// Once a period.
    Aligned,
}

/// Which datapoints decide when some are missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawMissingDataRule {
    /// The newest real ones of a longer range, as CloudWatch does.
    #[default]
    CloudWatch,
    /// Exactly the last N periods.
    Window,
}

/// Whose datapoints are a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawBandBaseline {
    /// The alarm's own metric's.
    #[default]
    Before,
    /// Blue's of that metric.
    Blue,
}

/// Where the windows of an alarm end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum RawEvaluationWindow {
    /// At the last full minute.
    #[default]
    Sliding,
    /// Where a clock on the wall strikes a full period.
    WallClock,
}

/// Whether a strategy that the real service would refuse is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(crate) enum RawLimits {
    /// As SageMaker's API does, and for CodeDeploy's forms CodeDeploy's.
    #[default]
    SageMaker,
    /// No: a what-if.
    Off,
}

/// What every strategy is compared with besides the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(crate) enum RawBaseline {
    /// A plain update: all at once, no bake, no alarms.
    #[default]
    NoGuardrail,
    /// Nothing.
    None,
}
