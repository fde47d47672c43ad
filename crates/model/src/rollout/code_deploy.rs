//! CodeDeploy's deployments of Lambda functions and ECS services: traffic shifted by percentage.
//!
//! - **Models** the predefined configurations by name and the custom `TimeBasedCanary` and
//!   `TimeBasedLinear`: the first shift comes at once, each further one an interval after the one
//!   before, and the last takes what is left. From first to last shift a canary takes one interval, a
//!   linear deployment of p % takes ⌈100/p⌉ − 1.
//! - **Percent**: traffic moves by the exact percentage, whatever the endpoint's fleets.
//! - **The interval counts from shift to shift**, so the time that a switch takes is part of it.
//! - **No bake after the last shift**: a Lambda deployment is over then; an ECS service keeps its old
//!   tasks for `termination_wait`, unwatched by the deployment's alarms, which only costs money.
//! - **An alarm** that is in ALARM stops the deployment and traffic returns at once (the event
//!   `DEPLOYMENT_STOP_ON_ALARM` enabled).
//! - **Source**:
//!   <https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html>; the short
//!   names are those of the AWS Serverless Application Model (developer guide, "Deploying serverless
//!   applications gradually").
//! - **Not modelled**: the configurations for EC2 and on-premises instances, hooks, and that a rollback
//!   is a deployment with an id of its own.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// What every predefined name begins with.
pub const PREFIX: &str = "CodeDeployDefault.";

/// What is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// A Lambda function behind an alias.
    Lambda,
    /// An ECS service behind a load balancer.
    Ecs,
}

/// How traffic is shifted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shift {
    /// Everything at once.
    AllAtOnce,
    /// A part, and the rest an interval later.
    Canary {
        /// Of the traffic.
        first: Portion,
        /// From the first shift to the second.
        interval: SimDuration,
    },
    /// Equal parts, one each interval.
    Linear {
        /// Of the traffic.
        step: Portion,
        /// From one shift to the next.
        interval: SimDuration,
    },
}

/// A predefined configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name, without [`PREFIX`].
    pub name: &'static str,
    /// What it deploys.
    pub platform: Platform,
    /// How.
    pub shift: Shift,
}

/// Every predefined configuration for Lambda and ECS, in the order of the documentation. Mind that ECS
/// says `Every1Minutes` where Lambda says `Every1Minute`.
pub const PRESETS: [Preset; 14] = [
    canary("LambdaCanary10Percent5Minutes", Platform::Lambda, 5),
    canary("LambdaCanary10Percent10Minutes", Platform::Lambda, 10),
    canary("LambdaCanary10Percent15Minutes", Platform::Lambda, 15),
    canary("LambdaCanary10Percent30Minutes", Platform::Lambda, 30),
    linear("LambdaLinear10PercentEvery1Minute", Platform::Lambda, 1),
    linear("LambdaLinear10PercentEvery2Minutes", Platform::Lambda, 2),
    linear("LambdaLinear10PercentEvery3Minutes", Platform::Lambda, 3),
    linear("LambdaLinear10PercentEvery10Minutes", Platform::Lambda, 10),
    Preset { name: "LambdaAllAtOnce", platform: Platform::Lambda, shift: Shift::AllAtOnce },
    linear("ECSLinear10PercentEvery1Minutes", Platform::Ecs, 1),
    linear("ECSLinear10PercentEvery3Minutes", Platform::Ecs, 3),
    canary("ECSCanary10Percent5Minutes", Platform::Ecs, 5),
    canary("ECSCanary10Percent15Minutes", Platform::Ecs, 15),
    Preset { name: "ECSAllAtOnce", platform: Platform::Ecs, shift: Shift::AllAtOnce },
];

/// The predefined configuration of that name: in full, without [`PREFIX`], or SAM's short name of a
/// Lambda one (`Canary10Percent5Minutes`).
pub fn preset(name: &str) -> Option<&'static Preset> {
    let bare = name.strip_prefix(PREFIX);
    PRESETS.iter().find(|preset| {
        let short = preset.name.strip_prefix("Lambda");
        preset.name == bare.unwrap_or(name) || (bare.is_none() && short == Some(name))
    })
}

/// The full names of all predefined configurations.
pub fn names() -> Vec<String> {
    PRESETS.iter().map(|preset| format!("{PREFIX}{}", preset.name)).collect()
}

impl Shift {
    /// From the first shift to the last.
    pub fn first_to_last(self) -> SimDuration {
        match self {
            Self::AllAtOnce => SimDuration::ZERO,
            Self::Canary { interval, .. } => interval,
            Self::Linear { step, interval } => {
                let shifts = i64::try_from(step.steps_to_all()).unwrap_or(i64::MAX);
                interval.times(shifts - 1)
            }
        }
    }

    /// From one shift to the next, if there are several.
    pub fn interval(self) -> Option<SimDuration> {
        match self {
            Self::AllAtOnce => None,
            Self::Canary { interval, .. } | Self::Linear { interval, .. } => Some(interval),
        }
    }

    /// The stages, by percent. A `switch` is part of the interval and at most as long.
    pub fn stages(self, fleets: Fleets, switch: SimDuration) -> Vec<Stage> {
        let fleets = Fleets { by_instances: false, ..fleets };
        let portions = match self {
            Self::AllAtOnce => vec![Portion::ALL],
            Self::Canary { first, .. } => vec![first, Portion::ALL],
            Self::Linear { step, .. } => (1..=step.steps_to_all()).map(|k| step.times(k)).collect(),
        };
        let bake = self.interval().unwrap_or(SimDuration::ZERO).saturating_sub(switch);
        let watched = |portion: Portion| if portion.is_all() { SimDuration::ZERO } else { bake };
        portions.into_iter().map(|portion| fleets.stage(portion, watched(portion))).collect()
    }
}

const TEN_PERCENT: Portion = Portion::percent(10);

const fn canary(name: &'static str, platform: Platform, minutes: i64) -> Preset {
    let interval = SimDuration::from_secs(60 * minutes);
    Preset { name, platform, shift: Shift::Canary { first: TEN_PERCENT, interval } }
}

const fn linear(name: &'static str, platform: Platform, minutes: i64) -> Preset {
    let interval = SimDuration::from_secs(60 * minutes);
    Preset { name, platform, shift: Shift::Linear { step: TEN_PERCENT, interval } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    fn minutes(name: &str) -> f64 {
        preset(name).expect("a preset").shift.first_to_last().as_secs_f64() / 60.0
    }

    #[test]
    fn the_times_from_first_to_last_shift_that_their_names_promise() {
        for (name, expected) in [
            ("CodeDeployDefault.LambdaCanary10Percent5Minutes", 5.0),
            ("CodeDeployDefault.LambdaCanary10Percent10Minutes", 10.0),
            ("CodeDeployDefault.LambdaCanary10Percent15Minutes", 15.0),
            ("CodeDeployDefault.LambdaCanary10Percent30Minutes", 30.0),
            ("CodeDeployDefault.LambdaLinear10PercentEvery1Minute", 9.0),
            ("CodeDeployDefault.LambdaLinear10PercentEvery2Minutes", 18.0),
            ("CodeDeployDefault.LambdaLinear10PercentEvery3Minutes", 27.0),
            ("CodeDeployDefault.LambdaLinear10PercentEvery10Minutes", 90.0),
            ("CodeDeployDefault.LambdaAllAtOnce", 0.0),
            ("CodeDeployDefault.ECSLinear10PercentEvery1Minutes", 9.0),
            ("CodeDeployDefault.ECSLinear10PercentEvery3Minutes", 27.0),
            ("CodeDeployDefault.ECSCanary10Percent5Minutes", 5.0),
            ("CodeDeployDefault.ECSCanary10Percent15Minutes", 15.0),
            ("CodeDeployDefault.ECSAllAtOnce", 0.0),
        ] {
            assert!((minutes(name) - expected).abs() < 1e-12, "{name}");
            let platform = preset(name).expect("a preset").platform;
            assert_eq!(platform == Platform::Ecs, name.contains(".ECS"), "{name}");
        }
        assert_eq!(names().len(), PRESETS.len());
    }

    #[test]
    fn names_are_taken_in_full_without_the_prefix_and_short_as_in_sam() {
        let full = preset("CodeDeployDefault.LambdaCanary10Percent5Minutes");
        assert!(full.is_some());
        assert_eq!(preset("LambdaCanary10Percent5Minutes"), full);
        assert_eq!(preset("Canary10Percent5Minutes"), full);
        assert_eq!(preset("AllAtOnce"), preset("LambdaAllAtOnce"));
        assert_eq!(preset("ECSAllAtOnce"), preset("CodeDeployDefault.ECSAllAtOnce"));
        // The one for EC2 instances, which has the prefix and no platform in its name.
        assert_eq!(preset("CodeDeployDefault.AllAtOnce"), None);
        // Lambda's singular and ECS's plural are not the same name.
        assert_eq!(preset("CodeDeployDefault.LambdaLinear10PercentEvery1Minutes"), None);
        assert_eq!(preset("CodeDeployDefault.ECSLinear10PercentEvery1Minute"), None);
    }

    fn course(shift: Shift, switch_s: i64) -> Vec<(f64, i64)> {
        let fleets = Fleets { blue: 3, green: 3, by_instances: true, rounding: Rounding::Round };
        let second = SimDuration::from_secs(1).as_nanos();
        let stages = shift.stages(fleets, SimDuration::from_secs(switch_s));
        assert!(stages.iter().all(|stage| stage.green_active == 3));
        stages.iter().map(|stage| (stage.share, stage.bake.as_nanos() / second)).collect()
    }

    #[test]
    fn shares_are_exact_whatever_the_instances_and_nothing_is_watched_after_the_last() {
        let canary = preset("Canary10Percent5Minutes").expect("a preset").shift;
        assert_eq!(course(canary, 0), [(0.1, 300), (1.0, 0)]);
        // The switch of the next shift is part of the interval.
        assert_eq!(course(canary, 60), [(0.1, 240), (1.0, 0)]);
        let step = Portion::percent(30);
        let linear = Shift::Linear { step, interval: SimDuration::from_secs(120) };
        assert_eq!(course(linear, 0), [(0.3, 120), (0.6, 120), (0.9, 120), (1.0, 0)]);
        assert_eq!(linear.first_to_last(), SimDuration::from_secs(360));
        assert_eq!(course(Shift::AllAtOnce, 30), [(1.0, 0)]);
    }
}
