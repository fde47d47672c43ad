//! The endpoint: fleets, queues, and how long changes take.

use super::choice::{RawCapacity, RawMode};
use super::default;
use super::scalar::RawLimit;
use crate::endpoint::feature::Feature;
use crate::endpoint::spec::{OldestOf, QueueLayout, Routing, RoutingScope, ShiftBy};
use crate::prices::Region;
use crate::rollout::shift::Rounding;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The endpoint: its fleets, its queues, and how long changes take.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "endpoint")]
pub(crate) struct RawEndpoint {
    /// Whether an instance is sent each request while its caller waits (`"real-time"`), or takes it
    /// from one queue of the endpoint (`"asynchronous"`). With the latter `capacity`, `queue`,
    /// `queue_limit`, `routing` and `timeout` mean nothing.
    #[serde(default)]
    pub(crate) mode: RawMode,
    /// Of an asynchronous endpoint: processing that takes longer fails; 15 min if absent (SageMaker's
    /// `InvocationTimeoutSeconds`).
    #[schemars(extend("x-minimum" = "1s", "x-maximum" = "1h", "x-remedy" = "SageMaker takes no other"))]
    pub(crate) processing_timeout: Option<SimDuration>,
    /// Of an asynchronous endpoint: a request that has waited for so long expires; 6 h if absent
    /// (SageMaker's `RequestTTLSeconds`).
    #[schemars(extend("x-minimum" = "1m", "x-maximum" = "6h", "x-remedy" = "SageMaker takes no other"))]
    pub(crate) request_ttl: Option<SimDuration>,
    /// Of an asynchronous endpoint: which requests `ApproximateAgeOfOldestRequest` looks at, those
    /// that wait or are in process (the default), or those that wait. AWS does not say.
    pub(crate) oldest_request: Option<OldestOf>,
    /// Instances of the current fleet.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) instances: u32,
    /// Instance type, for its price; `ml.m5.xlarge` if neither type nor price is given. Of a type whose
    /// price is not known the costs are left out.
    pub(crate) instance_type: Option<String>,
    /// What it has for which SageMaker leaves out guardrails, rolling updates or shadow tests;
    /// `"inf1"` follows from the instance type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) features: Vec<Feature>,
    /// Where it is, for the prices of instance types.
    #[serde(default)]
    pub(crate) region: Region,
    /// Price of an instance in USD an hour; looked up by the type if absent.
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) price_per_hour: Option<f64>,
    /// Requests an instance serves at once: its workers. Without it no request ever
    /// waits. Asynchronous endpoints, queues and regressions of capacity need it.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) concurrency: Option<u32>,
    /// Whether requests wait for a free place (`"queued"`, which needs `concurrency` and is the
    /// default with it) or all are served at once (`"unlimited"`, the default without).
    pub(crate) capacity: Option<RawCapacity>,
    /// Where requests wait: at each instance (`"instance"`, the default) or in one queue for the
    /// fleet.
    pub(crate) queue: Option<QueueLayout>,
    /// Waiting places of each queue: a request that finds them taken is
    /// rejected with a 5xx. Without it a queue is unbounded.
    #[schemars(range(max = 1_000_000_000))]
    pub(crate) queue_limit: Option<u32>,
    /// Which instance of a fleet takes a request.
    #[serde(default)]
    pub(crate) routing: Routing,
    /// With `routing = "least-outstanding"`, while both fleets take traffic: whether the instance with the
    /// fewest requests is looked for in the fleet on which a request falls by the traffic share
    /// (`"fleet"`, the default), or among all of both fleets (`"endpoint"`). AWS does not say.
    pub(crate) routing_scope: Option<RoutingScope>,
    /// A request without an answer by then gets a 5xx; `"none"` waits for ever. SageMaker's is 60
    /// seconds.
    #[serde(default = "default::within_a_minute")]
    #[schemars(extend("x-exclusiveMinimum" = "0s", "x-remedy" = "write \"none\" to wait for ever"))]
    pub(crate) timeout: RawLimit,
    /// Time for the green fleet to come up.
    #[serde(default = "default::four_minutes")]
    pub(crate) provision: SimDuration,
    /// Time for a traffic switch to take effect.
    #[serde(default = "default::minute")]
    pub(crate) switch: SimDuration,
    /// Time for the switch back to take effect; as `switch` if absent.
    pub(crate) rollback_switch: Option<SimDuration>,
    /// How long the blue fleet is kept, unwatched, after the last bake.
    #[serde(default = "default::no_time")]
    pub(crate) termination_wait: SimDuration,
    /// Time to terminate the fleet that is no longer needed; it is billed meanwhile.
    #[serde(default = "default::minute")]
    pub(crate) clean_up: SimDuration,
    /// What a traffic share is quantised to: whole instances, as SageMaker does, or nothing (the
    /// exact percentage, as weighted routing does).
    #[serde(default)]
    pub(crate) shift_by: ShiftBy,
    /// How a percentage of a fleet becomes whole instances, at least one. AWS does not document its
    /// own; its notebooks show that 33 % of 3 is one, so it does not round down.
    #[serde(default)]
    pub(crate) percent_to_instances: Rounding,
    /// Instances of both fleets that the account may have at once, at least those of the current fleet;
    /// a launch beyond fails. Without it there is no limit.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(crate) instance_quota: Option<u32>,
    /// What CloudWatch costs; without it that is left out of the cost.
    pub(crate) monitoring: Option<RawMonitoring>,
    /// Where the new fleet differs.
    #[serde(default)]
    pub(crate) green: RawGreenFleet,
}

/// What CloudWatch costs: the alarms of a strategy and the custom metrics that they watch. Both are extra
/// cost of a strategy that has alarms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "monitoring")]
pub(crate) struct RawMonitoring {
    /// Price of an alarm in USD a month of 730 hours.
    #[serde(default = "default::alarm_usd_per_month")]
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) alarm_price_per_month: f64,
    /// Custom metrics; SageMaker's own cost nothing.
    #[serde(default)]
    pub(crate) custom_metrics: u32,
    /// Price of a custom metric in USD a month of 730 hours.
    #[serde(default = "default::custom_metric_usd_per_month")]
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) custom_metric_price_per_month: f64,
}

/// Where the new fleet differs; whatever is absent is as the current fleet's.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "green fleet")]
pub(crate) struct RawGreenFleet {
    /// Instances of the new fleet.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) instances: Option<u32>,
    /// Instance type of the new fleet, for its price.
    pub(crate) instance_type: Option<String>,
    /// Price of an instance of the new fleet in USD an hour.
    #[schemars(range(min = 0, max = 100_000))]
    pub(crate) price_per_hour: Option<f64>,
    /// Requests an instance of the new fleet serves at once; only with the `concurrency`
    /// of the endpoint.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) concurrency: Option<u32>,
}
