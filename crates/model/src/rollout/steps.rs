//! Steps written out one by one.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// One stage a step: green's portion from then on and how long it is watched.
pub fn stages(fleets: Fleets, steps: &[(Portion, SimDuration)]) -> Vec<Stage> {
    steps.iter().map(|&(portion, bake)| fleets.stage(portion, bake)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn each_step_is_a_stage() {
        let fleets = Fleets { blue: 20, green: 20, by_instances: true, rounding: Rounding::Round };
        let portion = |parts| Portion::new(parts, 100).expect("a part");
        let [short, long] = [SimDuration::from_secs(60), SimDuration::from_secs(600)];
        let steps = [(portion(5), short), (portion(25), long), (portion(100), short)];
        let stages: Vec<_> = stages(fleets, &steps)
            .iter()
            .map(|stage| (stage.green_active, stage.blue_active, stage.bake))
            .collect();
        assert_eq!(stages, [(1, 19, short), (5, 15, long), (20, 0, short)]);
    }
}
