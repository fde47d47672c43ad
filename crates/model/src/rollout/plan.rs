//! A strategy as data: the stages that one controller executes.

use super::ab_test::AbTest;
use super::rolling::Rolling;
use super::rules::Rules;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;
use std::fmt;

/// One of the two fleets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The current one.
    Blue,
    /// The new one.
    Green,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blue => "blue",
            Self::Green => "green",
        })
    }
}

/// What a strategy does, stage by stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Unique among the strategies of a scenario.
    pub name: String,
    /// In order, at least one.
    pub stages: Vec<Stage>,
    /// Indices of the scenario's alarms that roll this rollout back.
    pub alarms: Vec<usize>,
    /// The fleets that it moves between.
    pub fleets: Fleets,
    /// Set if instances are replaced batch by batch; else green is launched whole and blue kept to the end.
    pub rolling: Option<Rolling>,
    /// What it does besides.
    pub rules: Rules,
    /// How long its changes take.
    pub times: StepTimes,
    /// Whose deployment it is.
    pub service: Service,
    /// What its first stage tests, if it is an A/B test.
    pub test: Option<AbTest>,
    /// What mirroring adds to the response of a mirrored request.
    pub overhead: SimDuration,
    /// What its alarms and their metrics cost \[USD per hour\]; 0 unless the scenario asks for it.
    pub monitoring_usd_per_hour: f64,
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

/// How long the parts of a stage take: as the endpoint says unless the strategy has its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepTimes {
    /// P: instances come up.
    pub provision: SimDuration,
    /// S: a traffic switch takes effect.
    pub switch: SimDuration,
    /// A switch back takes effect.
    pub rollback_switch: SimDuration,
    /// C: instances are terminated.
    pub clean_up: SimDuration,
}

impl StepTimes {
    /// Whether a promotion takes as long: only then do two strategies compare like with like.
    pub fn take_as_long_forward(&self, other: &Self) -> bool {
        self.provision == other.provision && self.switch == other.switch
    }
}

impl Stage {
    /// All live traffic on so many blue instances, none mirrored.
    pub const fn on_blue(blue_active: u32) -> Self {
        Self { green_active: 0, blue_active, share: 0.0, mirror: 0.0, bake: SimDuration::ZERO }
    }
}

impl Plan {
    /// Whether the rollout ends with green serving everything (a shadow test may end without).
    pub fn promotes(&self) -> bool {
        self.stages.last().is_some_and(|stage| stage.share >= 1.0)
    }

    /// Green instances launched before the switch to a stage. Blue/green launches all of green first; a
    /// shadow smaller than green gets the rest before live traffic.
    pub fn launched_for(&self, stage: usize) -> u32 {
        let needed = |stage: usize| {
            let Stage { green_active, share, .. } = self.stages[stage];
            let only_active = self.rolling.is_some() || share <= 0.0;
            if only_active { green_active } else { self.fleets.green }
        };
        needed(stage).saturating_sub(stage.checked_sub(1).map_or(0, needed))
    }

    /// Blue instances terminated between a stage and the next.
    pub fn retired_after(&self, stage: usize) -> u32 {
        let before = match stage.checked_sub(1) {
            Some(previous) => self.stages[previous].blue_active,
            None => self.fleets.blue,
        };
        self.rolling.map_or(0, |_| before - self.stages[stage].blue_active)
    }

    /// When each stage begins to take traffic and when its bake is over, from the request of the update
    /// on, if nothing goes wrong. Mirroring takes no switch; a rolling rollout launches and cleans up
    /// between stages.
    pub fn schedule(&self) -> Vec<(SimDuration, SimDuration)> {
        let times = self.times;
        let mut now = SimDuration::ZERO;
        let mut spans = Vec::with_capacity(self.stages.len());
        for (index, stage) in self.stages.iter().enumerate() {
            if self.launched_for(index) > 0 {
                now = now + times.provision;
            }
            if stage.share > 0.0 {
                now = now + times.switch;
            }
            spans.push((now, now + stage.bake));
            now = now + stage.bake;
            if self.retired_after(index) > 0 {
                now = now + times.clean_up;
            }
        }
        spans
    }

    /// Time from the request of the update to the end of the last bake if nothing goes wrong.
    pub fn time_needed(&self) -> SimDuration {
        self.schedule().last().map_or(SimDuration::ZERO, |&(_, until)| until)
    }

    /// What SageMaker makes of it where it leaves guardrails out: all traffic at once, no bake, no alarms.
    #[must_use]
    pub fn without_guardrails(self) -> Self {
        Self {
            stages: vec![self.fleets.stage(Portion::ALL, SimDuration::ZERO)],
            alarms: Vec::new(),
            rolling: None,
            rules: Rules::default(),
            ..self
        }
    }

    /// A plain update that no alarm rolls back: what other strategies are compared with.
    pub fn is_baseline(&self) -> bool {
        self.is_plain_update() && self.alarms.is_empty()
    }

    /// A single switch without a bake. SageMaker bills one fleet only for it.
    pub fn is_plain_update(&self) -> bool {
        self.service == Service::SageMaker
            && self.rolling.is_none()
            && matches!(self.stages.as_slice(), [only] if only.bake.is_zero() && only.share >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    const FLEETS: Fleets =
        Fleets { blue: 3, green: 3, by_instances: true, rounding: Rounding::Round };

    fn plan(stages: Vec<Stage>, rolling: Option<Rolling>) -> Plan {
        let [provision, switch, clean_up] = [240, 60, 60].map(SimDuration::from_secs);
        Plan {
            test: None,
            overhead: SimDuration::ZERO,
            name: "a plan".to_owned(),
            stages,
            alarms: Vec::new(),
            fleets: FLEETS,
            rolling,
            rules: Rules::default(),
            times: StepTimes { provision, switch, rollback_switch: switch, clean_up },
            service: Service::SageMaker,
            monitoring_usd_per_hour: 0.0,
        }
    }

    fn stage(share: f64, mirror: f64, bake: i64) -> Stage {
        let bake = SimDuration::from_secs(bake);
        Stage { green_active: 3, blue_active: 3, share, mirror, bake }
    }

    #[test]
    fn the_worked_time_line_of_the_official_canary_notebook() {
        // 3 instances, P = 240 s, S = 60 s, W = 300 s, T = 120 s: baked out at 780 s.
        let canary = plan(vec![stage(1.0 / 3.0, 0.0, 300), stage(1.0, 0.0, 120)], None);
        assert_eq!(canary.time_needed(), SimDuration::from_secs(780));
        // Mirroring takes no switch.
        let shadow = plan(vec![stage(0.0, 1.0, 1800), stage(1.0, 0.0, 120)], None);
        assert_eq!(shadow.time_needed(), SimDuration::from_secs(2220));
    }

    #[test]
    fn a_rolling_rollout_provisions_and_cleans_up_batch_by_batch() {
        let third = Portion::new(33, 100).expect("a part");
        let bake = SimDuration::from_secs(180);
        let stages = FLEETS.steps(third, bake, bake);
        let rolling = plan(stages, Some(Rolling { rollback_batch: 3 }));
        assert_eq!([0, 1, 2].map(|stage| rolling.launched_for(stage)), [1, 1, 1]);
        assert_eq!([0, 1, 2].map(|stage| rolling.retired_after(stage)), [1, 1, 1]);
        // 3 · (P + S + W) + 2 · C; the last clean-up comes after the promotion.
        assert_eq!(rolling.time_needed(), SimDuration::from_secs(3 * (240 + 60 + 180) + 2 * 60));
    }

    #[test]
    fn blue_green_launches_everything_first_and_retires_nothing_between_stages() {
        let canary = plan(vec![stage(1.0 / 3.0, 0.0, 300), stage(1.0, 0.0, 120)], None);
        assert_eq!([0, 1].map(|stage| canary.launched_for(stage)), [3, 0]);
        assert_eq!([0, 1].map(|stage| canary.retired_after(stage)), [0, 0]);
    }
}
