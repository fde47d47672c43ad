//! How much is simulated, what is published, and who reads the alarms.

use super::choice::RawBaseline;
use super::default;
use super::distribution::RawDistribution;
use super::scalar::RawShare;
use crate::rollout::rules::{OnTimeout, PreAlarm, Watch, WatchedFrom};
use crate::spec::{CountAt, EventsOf, Fidelity, Phase};
use crate::telemetry::backlog::BACKLOG_METRICS;
use crate::telemetry::metric::Metric;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much is simulated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "experiment")]
pub(crate) struct RawExperiment {
    /// Replications of each strategy and regression.
    #[serde(default = "default::thousand")]
    #[schemars(range(min = 1, max = 10_000_000))]
    pub(crate) runs: u64,
    /// Replications are made only until the interval of every verdict's share of the runs of every strategy
    /// and regression is no wider than this; `runs` are the most then. Without it, all
    /// `runs` are made.
    #[schemars(extend(
        "exclusiveMinimum" = 0,
        "exclusiveMaximum" = 1,
        "x-remedy" = "give the widest that will do, such as \"2%\"; none is a point, and none wider than 1"
    ))]
    pub(crate) precision: Option<RawShare>,
    /// The master seed: the same seed gives the same results.
    #[serde(default = "default::seed")]
    #[schemars(range(max = 9_223_372_036_854_775_807_u64))]
    pub(crate) seed: u64,
    /// Time simulated after the update is requested; long enough for every strategy.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) horizon: SimDuration,
    /// Healthy history before the update, so that alarms have past datapoints.
    #[serde(default = "default::quarter_hour")]
    pub(crate) warm_up: SimDuration,
    /// Level of all intervals.
    #[serde(default = "default::usual_confidence")]
    #[schemars(extend(
        "exclusiveMinimum" = 0.5,
        "exclusiveMaximum" = 1,
        "x-remedy" = "0.95 is usual"
    ))]
    pub(crate) confidence: RawShare,
    /// Waiting and response times are taken of requests that arrive this long after the update is
    /// requested, or later.
    #[serde(default = "default::no_time")]
    pub(crate) measure_from: SimDuration,
    /// Where the minutes of publishing, evaluation and polling lie: anew in each replication, or at
    /// t = 0.
    #[serde(default)]
    pub(crate) phase: Phase,
    /// The wall clock's date and time at t = 0, in UTC, such as `"2026-03-17T14:00:00Z"`: what the
    /// reasons of alarms speak of. If absent, a random time (midnight if `phase` is aligned) of
    /// Monday, 5 January 2026.
    pub(crate) starts_at: Option<String>,
    /// Whose events are written: a typical run's of each strategy and regression (and a caught one's where
    /// that is not typical), or every run's.
    #[serde(default)]
    pub(crate) events: EventsOf,
    /// Whether every request is simulated: `"requests"`; or counts and sums of each interval are drawn
    /// at once, as if no request waited: `"aggregate"`; or the latter if waiting is negligible in all
    /// that is asked for: `"auto"`. `sim tune` always simulates requests.
    #[serde(default)]
    pub(crate) fidelity: Fidelity,
    /// What every strategy is compared with: `"no_guardrail"` adds a strategy `no guardrail` (all at
    /// once, no bake, no alarms) at the end unless the file has such a plain update, one for each
    /// `provision` and `switch` that strategies have; `"none"` adds nothing.
    #[serde(default)]
    pub(crate) baseline: RawBaseline,
}

/// What the endpoint publishes, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "metrics")]
pub(crate) struct RawMetrics {
    /// Length of a published interval: 10, 20 or 30 seconds or a multiple of a minute.
    #[serde(default = "default::minute")]
    pub(crate) interval: SimDuration,
    /// Time from the end of an interval until an alarm can see what was answered in it.
    #[serde(default = "default::no_time")]
    pub(crate) delay: SimDuration,
    /// Which interval a request counts in: the one of its answer or the one of its arrival. It is seen
    /// with the interval of its answer in either case, so datapoints of arrivals grow.
    #[serde(default)]
    pub(crate) count_at: CountAt,
    /// A response slower than this is a slow request; without it none is.
    #[schemars(extend("x-exclusiveMinimum" = "0s"))]
    pub(crate) slow_over: Option<SimDuration>,
    /// Metrics that have another delay, by their names.
    pub(crate) delay_of: Option<RawDelays>,
    /// Intervals that arrive later than `delay`; without it none does.
    pub(crate) late: Option<RawLate>,
}

/// Metrics of other services, or that are published otherwise, are seen sooner or later than the rest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "delays")]
pub(crate) struct RawDelays {
    /// Of the number of requests.
    #[serde(rename = "Invocations")]
    pub(crate) invocations: Option<SimDuration>,
    /// Of 4xx errors.
    #[serde(rename = "Invocation4XXErrors")]
    pub(crate) errors_4xx: Option<SimDuration>,
    /// Of 5xx errors.
    #[serde(rename = "Invocation5XXErrors")]
    pub(crate) errors_5xx: Option<SimDuration>,
    /// Of errors of the model.
    #[serde(rename = "InvocationModelErrors")]
    pub(crate) model_errors: Option<SimDuration>,
    /// Of latencies.
    #[serde(rename = "ModelLatency")]
    pub(crate) model_latency: Option<SimDuration>,
    /// Of the queue of an asynchronous endpoint.
    #[serde(rename = "ApproximateBacklogSize")]
    pub(crate) backlog_size: Option<SimDuration>,
    /// Likewise.
    #[serde(rename = "ApproximateBacklogSizePerInstance")]
    pub(crate) backlog_per_instance: Option<SimDuration>,
    /// Likewise.
    #[serde(rename = "ApproximateAgeOfOldestRequest")]
    pub(crate) oldest_request: Option<SimDuration>,
    /// Likewise.
    #[serde(rename = "HasBacklogWithoutCapacity")]
    pub(crate) without_capacity: Option<SimDuration>,
    /// Likewise.
    #[serde(rename = "TimeInBacklog")]
    pub(crate) time_in_backlog: Option<SimDuration>,
}

impl RawDelays {
    /// Those that are given, of the metrics of requests and of the queue's, by name.
    pub(crate) fn given(&self) -> [Vec<(&'static str, SimDuration)>; 2] {
        let of_requests = [
            (Metric::Invocations, self.invocations),
            (Metric::Invocation4xxErrors, self.errors_4xx),
            (Metric::Invocation5xxErrors, self.errors_5xx),
            (Metric::InvocationModelErrors, self.model_errors),
            (Metric::ModelLatency, self.model_latency),
        ];
        let of_queue = [
            self.backlog_size,
            self.backlog_per_instance,
            self.oldest_request,
            self.without_capacity,
            self.time_in_backlog,
        ];
        let of_requests = of_requests.map(|(metric, delay)| (metric.name(), delay));
        let of_queue = BACKLOG_METRICS.into_iter().zip(of_queue);
        let given = |(name, delay): (&'static str, Option<SimDuration>)| Some((name, delay?));
        [of_requests.into_iter().filter_map(given).collect(), of_queue.filter_map(given).collect()]
    }
}

/// Published intervals that arrive late. Each interval of each fleet is late or not by itself; what
/// an alarm saw before is not put right, but its next evaluations see them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "late")]
pub(crate) struct RawLate {
    /// The probability that one is late.
    pub(crate) share: RawShare,
    /// By how much, beyond `delay`.
    pub(crate) by: RawDistribution,
}

/// The rollout controller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "controller")]
pub(crate) struct RawController {
    /// Time between two looks at the alarms; zero sees every change at once. AWS does not document
    /// its own.
    #[serde(default = "default::ten_seconds")]
    pub(crate) poll_interval: SimDuration,
    /// What an alarm that is in ALARM at the request of the update does: `"rollback"` once alarms count
    /// (assumed of SageMaker, which does not say), `"stop"` before anything is launched (CodeDeploy), or
    /// `"ignore_all_alarms"` for the whole rollout (ECS).
    #[serde(default)]
    pub(crate) pre_alarm: PreAlarm,
    /// From when on alarms count: the start of the first switch, or the request of the update.
    #[serde(default)]
    pub(crate) alarms_watched_from: WatchedFrom,
    /// Whether alarms count at any point (`"throughout"`) or during bakes only (`"bakes"`); AWS says both.
    #[serde(default)]
    pub(crate) watch: Watch,
    /// What a strategy's `timeout` does: a rollback (assumed of SageMaker, which does not say), or
    /// everything stays as it is.
    #[serde(default)]
    pub(crate) on_timeout: OnTimeout,
    /// Probability that instances of the current model that a rolling rollback launches again do not come
    /// up, which leaves a mix of both fleets in service (`UpdateRollbackFailed`).
    #[serde(default = "default::never")]
    pub(crate) rollback_fails: RawShare,
    /// How many alarms a deployment group of CodeDeploy may have. AWS's own pages say 10 (the API)
    /// and 50 (a quota that can be raised).
    #[serde(default = "default::fifty")]
    #[schemars(range(min = 1, max = 1000))]
    pub(crate) code_deploy_alarms: u32,
}

impl Default for RawMetrics {
    fn default() -> Self {
        Self {
            interval: default::minute(),
            delay: default::no_time(),
            count_at: CountAt::default(),
            slow_over: None,
            delay_of: None,
            late: None,
        }
    }
}

impl Default for RawController {
    fn default() -> Self {
        Self {
            poll_interval: default::ten_seconds(),
            pre_alarm: PreAlarm::default(),
            alarms_watched_from: WatchedFrom::default(),
            watch: Watch::default(),
            on_timeout: OnTimeout::default(),
            rollback_fails: default::never(),
            code_deploy_alarms: default::fifty(),
        }
    }
}
