//! Of strategies, and of how they are compared.

use crate::endpoint::kpi::Goal;
use crate::rollout::rules::{OnTimeout, PreAlarm, Watch, WatchedFrom};
use crate::stats::two_sample::Sided;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a strategy that the real service would refuse is refused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawLimits {
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
pub(in crate::scenario) enum RawBaseline {
    /// A plain update: all at once, no bake, no alarms.
    #[default]
    NoGuardrail,
    /// Nothing.
    None,
}

choice! {
    /// What an alarm that is in ALARM at the request of the update does.
    RawPreAlarm => PreAlarm, "snake_case" {
        /// It rolls the rollout back once alarms count.
        Rollback,
        /// The rollout stops before anything is launched.
        Stop,
        /// All alarms are ignored for the whole rollout.
        IgnoreAllAlarms,
    }
}

choice! {
    /// From when on alarms count.
    RawWatchedFrom => WatchedFrom, "snake_case" {
        /// The start of the first switch.
        FirstSwitch,
        /// The request of the update.
        Start,
    }
}

choice! {
    /// Whether alarms count between bakes.
    RawWatch => Watch, "lowercase" {
        /// At any point.
        Throughout,
        /// During bakes only.
        Bakes,
    }
}

choice! {
    /// What the execution time-out does.
    RawOnTimeout => OnTimeout, "lowercase" {
        /// A rollback.
        Rollback,
        /// Everything stays as it is.
        Stay,
    }
}

choice! {
    /// What an A/B test compares.
    RawGoal => Goal, "lowercase" {
        /// Conversions per request.
        Conversion,
        /// Revenue per request.
        Revenue,
        /// Failures per request, the fewer the better.
        Failure,
    }
}

choice! {
    /// Which differences an A/B test looks for.
    RawSided => Sided, "lowercase" {
        /// Either sign.
        Two,
        /// Only a challenger better than blue.
        One,
    }
}

/// What an A/B test routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawTestRouting {
    /// Each request on its own.
    Request,
    /// Each user.
    User,
}

/// Who takes everything after an undecided A/B test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(in crate::scenario) enum RawUndecided {
    /// The current model.
    #[default]
    Blue,
    /// The new one.
    Green,
}

/// What follows a shadow test that raised no alarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(in crate::scenario) enum RawThen {
    /// The new model takes all traffic.
    #[default]
    AllAtOnce,
    /// The current model stays.
    Stop,
}
