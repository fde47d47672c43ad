//! All traffic at once: one switch, one bake.
//!
//! Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// The only stage, watched for `final_bake`.
pub fn stages(fleets: Fleets, final_bake: SimDuration) -> Vec<Stage> {
    vec![fleets.stage(Portion::ALL, final_bake)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn green_takes_everything_in_one_stage() {
        let fleets = Fleets { blue: 10, green: 10, by_instances: true, rounding: Rounding::Round };
        let bake = SimDuration::from_secs(600);
        let all = Stage { green_active: 10, blue_active: 0, share: 1.0, mirror: 0.0, bake };
        assert_eq!(stages(fleets, bake), [all]);
    }
}
