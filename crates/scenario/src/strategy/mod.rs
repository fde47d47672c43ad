//! The strategies to compare.
//!
//! One form, one file: its table, its checks, how it becomes stages, and where its bakes and its size
//! stand. The registry below lists the forms; everything else goes by [`Form`].

mod ab_test;
mod all_at_once;
mod canary;
mod code_deploy;
mod ecs_rolling;
pub(crate) mod form;
pub(crate) mod limits;
mod linear;
mod ramp;
mod rolling;
mod shadow;
mod size;
mod steps;
#[cfg(test)]
mod tests;

use crate::raw::scalar::RawShare;
use crate::rollout::rules::PreAlarm;
use crate::time::SimDuration;
use form::Form;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Makes the table of a strategy with one key a form.
macro_rules! forms {
    ($($(#[$doc:meta])* $key:ident: $form:ty,)*) => {
        /// A strategy: a name, exactly one of the forms, and the alarms that roll it back.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        #[schemars(rename = "strategy")]
        pub(crate) struct RawStrategy {
            /// Unique.
            pub(crate) name: String,
            $($(#[$doc])* pub(crate) $key: Option<$form>,)*
            /// Time for the green fleet to come up; as the endpoint's if absent. A Lambda function has no
            /// fleet: `"0s"`.
            pub(crate) provision: Option<SimDuration>,
            /// Time for a traffic switch, and for the switch back, to take effect; as the endpoint's if
            /// absent.
            pub(crate) switch: Option<SimDuration>,
            /// Names of the alarms that roll it back; all if absent, none with `[]`.
            pub(crate) alarms: Option<Vec<String>>,
            /// Longest time from the request of the update to the end of the last bake; without it
            /// there is no limit. `controller.on_timeout` says what happens then.
            pub(crate) timeout: Option<SimDuration>,
            /// As `controller.pre_alarm`, for this strategy. If absent, CodeDeploy's forms have `"stop"` and
            /// `ecs_rolling` has `"ignore_all_alarms"`, as these services do.
            pub(crate) pre_alarm: Option<PreAlarm>,
            /// As `controller.rollback_fails`, for this strategy, which is `rolling`.
            pub(crate) rollback_fails: Option<RawShare>,
        }

        impl RawStrategy {
            /// The keys of all forms.
            pub(crate) const FORMS: &[&str] = &[$(stringify!($key)),*];

            /// The forms that are given, by their keys; of a checked strategy it is one.
            pub(crate) fn given(&self) -> Vec<(&'static str, &dyn Form)> {
                let mut given: Vec<(&str, &dyn Form)> = Vec::new();
                $(given.extend(self.$key.iter().map(|form| (stringify!($key), form as &dyn Form)));)*
                given
            }

            /// The same, to be filled in.
            pub(crate) fn given_mut(&mut self) -> Vec<(&'static str, &mut dyn Form)> {
                let mut given: Vec<(&str, &mut dyn Form)> = Vec::new();
                $(given.extend(self.$key.iter_mut().map(|form| (stringify!($key), form as &mut dyn Form)));)*
                given
            }
        }
    };
}

forms! {
    /// All traffic at once.
    all_at_once: all_at_once::RawAllAtOnce,
    /// A small part first, then all.
    canary: canary::RawCanary,
    /// In equal steps.
    linear: linear::RawLinear,
    /// Batch by batch, each replacing as many instances.
    rolling: rolling::RawRolling,
    /// Mirrored traffic first; nobody sees the new model's answers.
    shadow: shadow::RawShadow,
    /// The new model against the current one until a test decides.
    ab_test: ab_test::RawAbTest,
    /// Any steps: at least one, of ascending share. If the last is below 100 %, it is a trial: traffic
    /// returns to blue.
    steps: steps::RawSteps,
    /// A canary in several steps, each watched.
    ramp: ramp::RawRamp,
    /// A predefined configuration of CodeDeploy by its name, such as
    /// `"CodeDeployDefault.LambdaCanary10Percent5Minutes"`, or SAM's short name,
    /// `"Canary10Percent5Minutes"`.
    code_deploy: code_deploy::RawPreset,
    /// CodeDeploy's custom canary: a percentage, and the rest an interval later.
    time_based_canary: code_deploy::RawTimeBasedCanary,
    /// CodeDeploy's custom linear deployment: a percentage each interval.
    time_based_linear: code_deploy::RawTimeBasedLinear,
    /// ECS's own rolling deployment; its alarms are ignored if one is in ALARM at the start.
    ecs_rolling: ecs_rolling::RawEcsRolling,
}

impl RawStrategy {
    /// A plain update: everything at once, unwatched.
    pub(crate) fn plain_update(name: String) -> Self {
        let all_at_once = Some(all_at_once::RawAllAtOnce { final_bake: SimDuration::ZERO });
        Self { name, all_at_once, alarms: Some(Vec::new()), ..Self::default() }
    }
}
