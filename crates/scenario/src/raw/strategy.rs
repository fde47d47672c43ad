//! The strategies to compare.

use super::ab_test::RawAbTest;
use super::choice::RawThen;
use super::default;
use super::scalar::{RawShare, RawSize};
use crate::rollout::rules::PreAlarm;
use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strategy: a name, exactly one of the forms, and the alarms that roll it back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "strategy")]
pub(crate) struct RawStrategy {
    /// Unique.
    pub(crate) name: String,
    /// All traffic at once.
    pub(crate) all_at_once: Option<RawAllAtOnce>,
    /// A small part first, then all.
    pub(crate) canary: Option<RawCanary>,
    /// In equal steps.
    pub(crate) linear: Option<RawLinear>,
    /// Batch by batch, each replacing as many instances.
    pub(crate) rolling: Option<RawRolling>,
    /// Mirrored traffic first; nobody sees the new model's answers.
    pub(crate) shadow: Option<RawShadow>,
    /// The new model against the current one until a test decides.
    pub(crate) ab_test: Option<RawAbTest>,
    /// Any steps: at least one, of ascending share. If the last is below 100 %, it is a trial: traffic
    /// returns to blue.
    pub(crate) steps: Option<Vec<RawStep>>,
    /// A canary in several steps, each watched.
    pub(crate) ramp: Option<RawRamp>,
    /// A predefined configuration of CodeDeploy by its name, such as
    /// `"CodeDeployDefault.LambdaCanary10Percent5Minutes"`, or SAM's short name,
    /// `"Canary10Percent5Minutes"`.
    pub(crate) code_deploy: Option<String>,
    /// CodeDeploy's custom canary: a percentage, and the rest an interval later.
    pub(crate) time_based_canary: Option<RawTimeBased>,
    /// CodeDeploy's custom linear deployment: a percentage each interval.
    pub(crate) time_based_linear: Option<RawTimeBased>,
    /// ECS's own rolling deployment; its alarms are ignored if one is in ALARM at the start.
    pub(crate) ecs_rolling: Option<RawEcsRolling>,
    /// Time for the green fleet to come up; as the endpoint's if absent. A Lambda function has no
    /// fleet: `"0s"`.
    pub(crate) provision: Option<SimDuration>,
    /// Time for a traffic switch, and for the switch back, to take effect; as the endpoint's if
    /// absent.
    pub(crate) switch: Option<SimDuration>,
    /// Names of the alarms that roll it back; all if absent, none with `[]`.
    pub(crate) alarms: Option<Vec<String>>,
    /// Longest time from the request of the update to the end of the last bake; without it there is no
    /// limit. `controller.on_timeout` says what happens then.
    pub(crate) timeout: Option<SimDuration>,
    /// As `controller.pre_alarm`, for this strategy. If absent, CodeDeploy's forms have `"stop"` and
    /// `ecs_rolling` has `"ignore_all_alarms"`, as these services do.
    pub(crate) pre_alarm: Option<PreAlarm>,
    /// As `controller.rollback_fails`, for this strategy, which is `rolling`.
    pub(crate) rollback_fails: Option<RawShare>,
}

/// All traffic at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "all at once")]
pub(crate) struct RawAllAtOnce {
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(crate) final_bake: SimDuration,
}

/// A small part first, then all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "canary")]
pub(crate) struct RawCanary {
    /// The first part, `"10%"` or `"1 instance"`: at most half of the green fleet.
    pub(crate) size: RawSize,
    /// How long the first part is watched.
    pub(crate) bake: SimDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(crate) final_bake: SimDuration,
}

/// In equal steps, the last taking the remainder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "linear")]
pub(crate) struct RawLinear {
    /// A step, `"25%"` or `"2 instances"`: 10 % to 50 % of the green fleet.
    pub(crate) step: RawSize,
    /// How long each step but the last is watched.
    pub(crate) bake: SimDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(crate) final_bake: SimDuration,
}

/// Batch by batch: each is provisioned, takes the traffic of as many blue instances, is watched, and then
/// those are terminated. There is no final bake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "rolling")]
pub(crate) struct RawRolling {
    /// A batch, `"25%"` or `"2 instances"`: 5 % to 50 % of the instances.
    pub(crate) batch: RawSize,
    /// How long each batch is watched, the last included.
    pub(crate) bake: SimDuration,
    /// How many instances a rollback launches again at once, 5 % to 100 %; with less than all it goes back
    /// batch by batch.
    #[serde(default = "default::all")]
    pub(crate) rollback_batch: RawSize,
}

/// Mirrored traffic first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shadow")]
pub(crate) struct RawShadow {
    /// Share of the live traffic that is mirrored, above 0.
    #[serde(default = "default::always")]
    pub(crate) sample: RawShare,
    /// Time from the fleet being up until mirroring starts.
    #[serde(default = "default::no_time")]
    pub(crate) starts_after: SimDuration,
    /// How long it is mirrored, above zero; SageMaker allows 30 days from the start.
    #[serde(default = "default::week")]
    pub(crate) lasts: SimDuration,
    /// Instances of the shadow, at most those of the green fleet; as that if absent. The others come
    /// up for the promotion.
    #[schemars(range(min = 1, max = 10_000))]
    pub(crate) instances: Option<u32>,
    /// What mirroring adds to production's response of a mirrored request. AWS gives no number.
    #[serde(default = "default::no_time")]
    pub(crate) overhead: SimDuration,
    /// What follows if no alarm fires.
    #[serde(default)]
    pub(crate) then: RawThen,
    /// How long the new model is watched with all traffic, `"0s"` if absent; not with `then =
    /// "stop"`.
    pub(crate) final_bake: Option<SimDuration>,
}

/// A canary in several steps, each watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "canary ramp")]
pub(crate) struct RawRamp {
    /// The new model's parts in ascending order, such as `["5%", "20%", "50%", "100%"]`; if the last
    /// is below 100 %, it is a trial: traffic returns to blue.
    pub(crate) steps: Vec<RawSize>,
    /// How long each step is watched before the next.
    pub(crate) bake: SimDuration,
    /// How long the last step is watched; as `bake` if absent.
    pub(crate) final_bake: Option<SimDuration>,
}

/// CodeDeploy's custom `TimeBasedCanary` or `TimeBasedLinear`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "time-based")]
pub(crate) struct RawTimeBased {
    /// Percent of the traffic in one shift, 1 to 99.
    #[schemars(range(min = 1, max = 99))]
    pub(crate) percentage: u32,
    /// From one shift to the next: at least a minute, and at most 2880 from the first to the last.
    pub(crate) interval: SimDuration,
}

/// ECS's own rolling deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ecs rolling")]
pub(crate) struct RawEcsRolling {
    /// How much is replaced at once, `"25%"` or `"2 instances"`.
    #[serde(default = "default::all")]
    pub(crate) batch: RawSize,
    /// How long the new model is watched with all traffic; if absent, as long as the alarm that looks
    /// back furthest: N periods. ECS computes it from the alarms; how is not documented.
    pub(crate) bake: Option<SimDuration>,
}

/// A step of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
pub(crate) struct RawStep {
    /// The new model's part from this step on, `"10%"` or `"3 instances"`.
    pub(crate) share: RawSize,
    /// How long it is watched before the next.
    #[serde(default = "default::no_time")]
    pub(crate) bake: SimDuration,
}
