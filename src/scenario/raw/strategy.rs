//! The strategies to compare.

use super::choice::{RawPreAlarm, RawThen};
use super::default;
use super::scalar::{RawDuration, RawShare, RawSize};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A strategy: a name, exactly one of the six forms, and the alarms that roll it back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "strategy")]
pub(in crate::scenario) struct RawStrategy {
    /// Unique.
    pub(in crate::scenario) name: String,
    /// All traffic at once.
    pub(in crate::scenario) all_at_once: Option<RawAllAtOnce>,
    /// A small part first, then all.
    pub(in crate::scenario) canary: Option<RawCanary>,
    /// In equal steps.
    pub(in crate::scenario) linear: Option<RawLinear>,
    /// Batch by batch, each replacing as many instances.
    pub(in crate::scenario) rolling: Option<RawRolling>,
    /// Mirrored traffic first; nobody sees the new model's answers.
    pub(in crate::scenario) shadow: Option<RawShadow>,
    /// Any steps: at least one, of ascending share. If the last is below 100 %, it is a trial: traffic
    /// returns to blue.
    pub(in crate::scenario) steps: Option<Vec<RawStep>>,
    /// Names of the alarms that roll it back; all if absent, none with `[]`.
    pub(in crate::scenario) alarms: Option<Vec<String>>,
    /// Longest time from the request of the update to the end of the last bake; without it there is no
    /// limit. `controller.on_timeout` says what happens then.
    pub(in crate::scenario) timeout: Option<RawDuration>,
    /// As `controller.pre_alarm`, for this strategy.
    pub(in crate::scenario) pre_alarm: Option<RawPreAlarm>,
    /// As `controller.rollback_fails`, for this strategy, which is `rolling`.
    pub(in crate::scenario) rollback_fails: Option<RawShare>,
}

/// All traffic at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "all at once")]
pub(in crate::scenario) struct RawAllAtOnce {
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(in crate::scenario) final_bake: RawDuration,
}

/// A small part first, then all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "canary")]
pub(in crate::scenario) struct RawCanary {
    /// The first part, `"10%"` or `"1 instance"`: at most half of the green fleet.
    pub(in crate::scenario) size: RawSize,
    /// How long the first part is watched.
    pub(in crate::scenario) bake: RawDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(in crate::scenario) final_bake: RawDuration,
}

/// In equal steps, the last taking the remainder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "linear")]
pub(in crate::scenario) struct RawLinear {
    /// A step, `"25%"` or `"2 instances"`: 10 % to 50 % of the green fleet.
    pub(in crate::scenario) step: RawSize,
    /// How long each step but the last is watched.
    pub(in crate::scenario) bake: RawDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default = "default::no_time")]
    pub(in crate::scenario) final_bake: RawDuration,
}

/// Batch by batch: each is provisioned, takes the traffic of as many blue instances, is watched, and then
/// those are terminated. There is no final bake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "rolling")]
pub(in crate::scenario) struct RawRolling {
    /// A batch, `"25%"` or `"2 instances"`: 5 % to 50 % of the instances.
    pub(in crate::scenario) batch: RawSize,
    /// How long each batch is watched, the last included.
    pub(in crate::scenario) bake: RawDuration,
    /// How many instances a rollback launches again at once, 5 % to 100 %; with less than all it goes back
    /// batch by batch.
    #[serde(default = "default::all")]
    pub(in crate::scenario) rollback_batch: RawSize,
}

/// Mirrored traffic first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "shadow")]
pub(in crate::scenario) struct RawShadow {
    /// Share of the live traffic that is mirrored, above 0.
    #[serde(default = "default::always")]
    pub(in crate::scenario) sample: RawShare,
    /// How long it is mirrored, above zero.
    pub(in crate::scenario) lasts: RawDuration,
    /// What follows if no alarm fires.
    #[serde(default)]
    pub(in crate::scenario) then: RawThen,
    /// How long the new model is watched with all traffic, `"0s"` if absent; not with `then =
    /// "stop"`.
    pub(in crate::scenario) final_bake: Option<RawDuration>,
}

/// A step of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
pub(in crate::scenario) struct RawStep {
    /// The new model's part from this step on, `"10%"` or `"3 instances"`.
    pub(in crate::scenario) share: RawSize,
    /// How long it is watched before the next.
    #[serde(default = "default::no_time")]
    pub(in crate::scenario) bake: RawDuration,
}
