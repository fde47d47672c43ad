//! A canary in several steps: growing parts, each watched for as long as the others.
//!
//! SageMaker has no such update: one has a canary of one step, or a linear one of equal steps. It is
//! built of several updates of weights, or by other controllers (Argo Rollouts' `setWeight` and `pause`,
//! <https://argo-rollouts.readthedocs.io/en/stable/features/canary/>).

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// One stage a part, each watched for `bake`, the last for `final_bake`.
pub fn stages(
    fleets: Fleets,
    parts: &[Portion],
    bake: SimDuration,
    final_bake: SimDuration,
) -> Vec<Stage> {
    let last = parts.len().saturating_sub(1);
    let watched = |index: usize| if index == last { final_bake } else { bake };
    parts.iter().enumerate().map(|(index, &part)| fleets.stage(part, watched(index))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn five_twenty_fifty_and_all() {
        let fleets = Fleets { blue: 20, green: 20, by_instances: true, rounding: Rounding::Round };
        let [bake, last] = [SimDuration::from_secs(600), SimDuration::from_secs(1200)];
        let parts = [5, 20, 50, 100].map(Portion::percent);
        let course: Vec<_> = stages(fleets, &parts, bake, last)
            .iter()
            .map(|stage| (stage.green_active, stage.blue_active, stage.bake))
            .collect();
        assert_eq!(course, [(1, 19, bake), (4, 16, bake), (10, 10, bake), (20, 0, last)]);
    }
}
