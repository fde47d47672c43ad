//! A canary: a small part first, then all.
//!
//! Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-canary.html>.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// `canary`, watched for `bake`, then everything, watched for `final_bake`.
pub fn stages(
    fleets: Fleets,
    canary: Portion,
    bake: SimDuration,
    final_bake: SimDuration,
) -> Vec<Stage> {
    vec![fleets.stage(canary, bake), fleets.stage(Portion::ALL, final_bake)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    fn two_stages(instances: u32, parts: u64, of: u64) -> Vec<(u32, u32, f64)> {
        let fleets = Fleets {
            blue: instances,
            green: instances,
            by_instances: true,
            rounding: Rounding::Round,
        };
        let canary = Portion::new(parts, of).expect("a part");
        stages(fleets, canary, SimDuration::from_secs(300), SimDuration::from_secs(120))
            .iter()
            .map(|stage| (stage.green_active, stage.blue_active, stage.share))
            .collect()
    }

    #[test]
    fn ten_percent_of_ten_instances() {
        assert_eq!(two_stages(10, 10, 100), [(1, 9, 0.1), (10, 0, 1.0)]);
    }

    #[test]
    fn a_third_of_three_instances() {
        assert_eq!(two_stages(3, 33, 100), [(1, 2, 1.0 / 3.0), (3, 0, 1.0)]);
    }

    #[test]
    fn each_stage_has_its_own_bake() {
        let fleets = Fleets { blue: 2, green: 2, by_instances: true, rounding: Rounding::Round };
        let [first, last] = [SimDuration::from_secs(300), SimDuration::from_secs(120)];
        let half = Portion::new(1, 2).expect("a part");
        let bakes: Vec<_> =
            stages(fleets, half, first, last).iter().map(|stage| stage.bake).collect();
        assert_eq!(bakes, [first, last]);
    }
}
