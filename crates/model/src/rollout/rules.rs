//! What a rollout does besides its stages: which alarms it heeds and when, and when it gives up.
//!
//! - **Alarms that are in ALARM when the update is requested** (at t = 0, evaluations of that instant
//!   included): SageMaker does not say what it does; its guide only warns that errors of the *old* fleet end
//!   the deployment, so no baseline is taken and the default is a rollback at the first look once alarms
//!   count. `CodeDeploy` stops the deployment before anything is shifted
//!   (<https://docs.aws.amazon.com/codedeploy/latest/userguide/monitoring-create-alarms.html>). ECS
//!   ignores all alarms for the whole deployment, so that a fix can ship
//!   (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>).
//! - **When alarms count**: the guide says during the baking period, the text of the API at any point of the
//!   deployment. The default is from the start of the first switch to the end of the last bake
//!   (<https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-configuration.html>,
//!   <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AutoRollbackConfig.html>).
//! - **Execution time-out** (`MaximumExecutionTimeoutInSeconds`): documented only as "causes a timeout",
//!   without a default; a rollback is assumed, and no time-out where none is given
//!   (<https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DeploymentConfig.html>).
//! - **A rollback that fails** (`UpdateRollbackFailed`): the endpoint stays in service with a mix of both
//!   fleets. It is an injected fault; only a rollback that must launch instances again, a rolling one, can
//!   fail (<https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-rolling.html>).

use crate::time::SimDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The rules of one strategy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rules {
    /// What an alarm that is in ALARM at the request of the update does.
    pub pre_alarm: PreAlarm,
    /// From when on alarms count.
    pub watched_from: WatchedFrom,
    /// Whether alarms count between bakes.
    pub watch: Watch,
    /// Longest time from the request to the end of the last bake; `None` is no limit.
    pub timeout: Option<SimDuration>,
    /// What happens then.
    pub on_timeout: OnTimeout,
    /// Probability that instances of the old fleet that are launched again do not come up, 0 to 1.
    pub rollback_fails: f64,
}

/// What an alarm that is in ALARM at the request of the update does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PreAlarm {
    /// It rolls the rollout back once alarms count, as any other.
    #[default]
    Rollback,
    /// The rollout stops before anything is launched.
    Stop,
    /// All alarms are ignored for the whole rollout.
    IgnoreAllAlarms,
}

/// From when on alarms count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum WatchedFrom {
    /// From the start of the first traffic switch.
    #[default]
    FirstSwitch,
    /// From the request of the update.
    Start,
}

/// Whether alarms count between bakes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Watch {
    /// At any point.
    #[default]
    Throughout,
    /// During bakes only, their ends included.
    Bakes,
}

/// What happens at the execution time-out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum OnTimeout {
    /// A rollback.
    #[default]
    Rollback,
    /// Nothing more: both fleets and the traffic stay as they are.
    Stay,
}
