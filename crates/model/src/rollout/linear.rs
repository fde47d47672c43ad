//! Linear: equal steps, the last taking the remainder.
//!
//! With a step of s instances of N there are n = ⌈N/s⌉ stages, n − 1 of them with the step's bake
//! and the last with the final one. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html>.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// Steps of `step`, each watched for `bake`, the last for `final_bake`.
pub fn stages(
    fleets: Fleets,
    step: Portion,
    bake: SimDuration,
    final_bake: SimDuration,
) -> Vec<Stage> {
    let step = fleets.quantised(step);
    let count = step.steps_to_all();
    (1..=count)
        .map(|k| fleets.stage(step.times(k), if k == count { final_bake } else { bake }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    fn greens(fleets: Fleets, parts: u64, of: u64) -> Vec<u32> {
        let step = Portion::new(parts, of).expect("a part");
        stages(fleets, step, SimDuration::from_secs(300), SimDuration::from_secs(600))
            .iter()
            .map(|stage| stage.green_active)
            .collect()
    }

    #[test]
    fn the_last_step_takes_the_remainder() {
        let ten = Fleets { blue: 10, green: 10, by_instances: true, rounding: Rounding::Round };
        // 25 % of 10 is 3 instances: 3, 3, 3, 1.
        assert_eq!(greens(ten, 25, 100), [3, 6, 9, 10]);
        assert_eq!(greens(ten, 10, 100), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(greens(ten, 1, 2), [5, 10]);
        let three = Fleets { blue: 3, green: 3, by_instances: true, rounding: Rounding::Round };
        assert_eq!(greens(three, 33, 100), [1, 2, 3]);
    }

    #[test]
    fn by_percent_the_shares_are_exact_multiples() {
        let fleets = Fleets { blue: 3, green: 3, by_instances: false, rounding: Rounding::Round };
        let step = Portion::new(3, 10).expect("a part");
        let [bake, last] = [SimDuration::from_secs(300), SimDuration::from_secs(600)];
        let stages = stages(fleets, step, bake, last);
        let shares: Vec<f64> = stages.iter().map(|stage| stage.share).collect();
        assert_eq!(shares, [0.3, 0.6, 0.9, 1.0]);
        let bakes: Vec<_> = stages.iter().map(|stage| stage.bake).collect();
        assert_eq!(bakes, [bake, bake, bake, last]);
    }
}
