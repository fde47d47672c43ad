//! The endpoint as written in a scenario: fleets, queues, and how traffic is switched between them.

use super::feature::Feature;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One endpoint with two fleets behind it: blue runs the current model, green the new one.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointSpec {
    /// How requests reach the instances.
    pub mode: Mode,
    /// What it has for which SageMaker leaves something out.
    pub features: Vec<Feature>,
    /// The current fleet.
    pub blue: FleetSpec,
    /// The new fleet (of a shadow test: the shadow variant's).
    pub green: FleetSpec,
    /// Whether requests queue, and where.
    pub capacity: Capacity,
    /// How a fleet's requests are spread over its instances.
    pub routing: Routing,
    /// Among which instances the one with the fewest requests outstanding is looked for.
    pub routing_scope: RoutingScope,
    /// A request without an answer by then gets a 5xx; `None` waits for ever.
    pub timeout: Option<SimDuration>,
    /// P: time for a green fleet to come up.
    pub provision: SimDuration,
    /// S: time for a traffic switch to take effect.
    pub switch: SimDuration,
    /// Time for the switch back to take effect.
    pub rollback_switch: SimDuration,
    /// How long the blue fleet is kept, unwatched, after the last bake.
    pub termination_wait: SimDuration,
    /// C: time to terminate the fleet that is no longer needed; it is billed meanwhile.
    pub clean_up: SimDuration,
    /// What a share is quantised to.
    pub shift_by: ShiftBy,
    /// Instances of both fleets that the account may have at once; `None` is no limit.
    pub instance_quota: Option<u32>,
}

impl EndpointSpec {
    /// Whether while both fleets take traffic it depends on all instances which of them takes a request.
    pub fn routes_over_fleets(&self) -> bool {
        self.routing == Routing::LeastOutstanding && self.routing_scope == RoutingScope::Endpoint
    }

    /// The feature for which guarded updates become plain ones, if there is one.
    pub fn falls_back_for(&self) -> Option<Feature> {
        self.features.iter().copied().find(|feature| feature.falls_back())
    }
}

/// How requests reach the instances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Each is sent to an instance as it arrives, and its caller waits.
    #[default]
    RealTime,
    /// Each waits in the endpoint's one queue until an instance takes it; nobody waits on the line.
    Asynchronous(AsyncSpec),
}

/// An asynchronous endpoint. Its queue is the endpoint's, so [`Capacity`] does not matter. Source of the
/// limits: `InvocationTimeoutSeconds` and `RequestTTLSeconds` of
/// <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpointAsync.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AsyncSpec {
    /// Processing that takes longer fails; at most an hour.
    pub processing_timeout: SimDuration,
    /// A request that has waited for so long expires unprocessed; at most six hours.
    pub request_ttl: SimDuration,
    /// Which requests `ApproximateAgeOfOldestRequest` looks at.
    pub oldest: OldestOf,
}

/// Which requests `ApproximateAgeOfOldestRequest` looks at. AWS says "in the queue", and elsewhere counts
/// those in process to the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OldestOf {
    /// Those that wait and those in process.
    #[default]
    Unanswered,
    /// Those that wait.
    Waiting,
}

/// One fleet.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetSpec {
    /// How many instances, at least 1.
    pub instances: u32,
    /// Requests an instance serves at once, at least 1.
    pub concurrency: u32,
    /// Price of an instance \[USD per hour\]; `None` if it is not known, which leaves costs open.
    pub price_per_hour: Option<f64>,
}

/// Whether requests wait for a free place, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capacity {
    /// Every request is served at once.
    Unlimited,
    /// First come, first served.
    Queued {
        /// One queue for each instance or one for the fleet.
        queue: QueueLayout,
        /// Waiting places of each queue; a request that finds them taken is rejected with a 5xx.
        /// `None` is unbounded.
        limit: Option<u32>,
    },
}

/// Where requests wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum QueueLayout {
    /// One queue for each instance.
    #[default]
    Instance,
    /// One queue for the whole fleet.
    Shared,
}

impl QueueLayout {
    /// What one queue of a fleet gets of what all its instances get, and how many places serve it.
    pub fn of_each(self, of_all: f64, instances: u32, places: u32) -> (f64, u32) {
        match self {
            Self::Shared => (of_all, instances.saturating_mul(places)),
            Self::Instance => (of_all / f64::from(instances), places),
        }
    }
}

/// Which instance of a fleet takes a request. Source: SageMaker's `RoutingStrategy`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Routing {
    /// Any, with equal probability.
    #[default]
    Random,
    /// The one with the fewest requests outstanding, ties broken evenly.
    LeastOutstanding,
}

/// Among which instances the one with the fewest requests outstanding is looked for, while both fleets
/// take traffic. AWS says that the endpoint routes "to the specific instances that have more capacity to
/// process them", and both fleets of a guarded update are of one variant; it does not say more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum RoutingScope {
    /// Those of the fleet on which a request falls by the traffic share.
    #[default]
    Fleet,
    /// All that take traffic: the share follows from how many are green and how busy they are.
    Endpoint,
}

/// What a traffic share is quantised to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ShiftBy {
    /// Whole instances, as SageMaker's deployment guardrails do: k green on, as many blue off.
    #[default]
    Instances,
    /// The exact percentage, as weighted routing does.
    Percent,
}
