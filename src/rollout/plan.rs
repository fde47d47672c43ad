//! A strategy as data: the stages that one controller executes.

use super::ab_test::AbTest;
use crate::time::SimDuration;

/// What a strategy does, stage by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Unique among the strategies of a scenario.
    pub name: String,
    /// In order, at least one.
    pub stages: Vec<Stage>,
    /// Indices of the scenario's alarms that roll this rollout back.
    pub alarms: Vec<usize>,
    /// How long its changes take.
    pub timing: Timing,
    /// Whose rules it follows.
    pub service: Service,
    /// What its first stage tests, if it is an A/B test.
    pub test: Option<AbTest>,
    /// What mirroring adds to the response of a mirrored request.
    pub overhead: SimDuration,
}

/// How long the changes of a rollout take: the endpoint's times unless the strategy has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// For the green fleet to come up.
    pub provision: SimDuration,
    /// For a traffic switch to take effect.
    pub switch: SimDuration,
    /// For the switch back to take effect.
    pub rollback_switch: SimDuration,
}

/// The service whose deployment a strategy is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    /// SageMaker, or whatever behaves like it.
    #[default]
    SageMaker,
    /// CodeDeploy.
    CodeDeploy,
    /// ECS's own rolling deployment.
    Ecs,
}

/// One traffic switch and the bake after it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    /// Green instances that take traffic.
    pub green_active: u32,
    /// Blue instances that take traffic.
    pub blue_active: u32,
    /// Green's share of the live traffic, 0 to 1.
    pub share: f64,
    /// Share of the live traffic that is mirrored to green, 0 to 1; nobody sees the answers.
    pub mirror: f64,
    /// How long the stage is watched before the next.
    pub bake: SimDuration,
}

impl Plan {
    /// Whether the rollout ends with green serving everything (a shadow test may end without).
    pub fn promotes(&self) -> bool {
        self.stages.last().is_some_and(|stage| stage.share >= 1.0)
    }

    /// Time from the request of the update to the end of the last bake if nothing goes wrong:
    /// provisioning, a traffic switch for each stage with live traffic on green, and the bakes.
    pub fn time_needed(&self, provision: SimDuration, switch: SimDuration) -> SimDuration {
        self.stages.iter().fold(provision, |time, stage| {
            time + if stage.share > 0.0 { switch } else { SimDuration::ZERO } + stage.bake
        })
    }

    /// A plain update that no alarm rolls back: what other strategies are compared with.
    pub fn is_baseline(&self) -> bool {
        self.is_plain_update() && self.alarms.is_empty()
    }

    /// A single switch without a bake. SageMaker bills one fleet only for it.
    pub fn is_plain_update(&self) -> bool {
        self.service == Service::SageMaker
            && matches!(self.stages.as_slice(), [only] if only.bake.is_zero() && only.share >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_time_line_of_the_official_canary_notebook() {
        // 3 instances, P = 240 s, S = 60 s, W = 300 s, T = 120 s: baked out at 780 s.
        let secs = SimDuration::from_secs;
        let stage = |share, mirror, bake| Stage {
            green_active: 3,
            blue_active: 3,
            share,
            mirror,
            bake: secs(bake),
        };
        let plan = |stages: &[Stage]| Plan {
            name: "a plan".to_owned(),
            stages: stages.to_vec(),
            alarms: Vec::new(),
            timing: Timing::default(),
            service: Service::SageMaker,
            test: None,
            overhead: SimDuration::ZERO,
        };
        let canary = plan(&[stage(1.0 / 3.0, 0.0, 300), stage(1.0, 0.0, 120)]);
        assert_eq!(canary.time_needed(secs(240), secs(60)), secs(780));
        // Mirroring takes no switch.
        let shadow = plan(&[stage(0.0, 1.0, 1800), stage(1.0, 0.0, 120)]);
        assert_eq!(shadow.time_needed(secs(240), secs(60)), secs(2220));
    }
}
