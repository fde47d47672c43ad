//! A strategy as data: the stages that one controller executes.

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

    /// A single switch without a bake. SageMaker bills one fleet only for it.
    pub fn is_plain_update(&self) -> bool {
        matches!(self.stages.as_slice(), [only] if only.bake.is_zero() && only.share >= 1.0)
    }
}
