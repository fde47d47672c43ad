//! A shadow test: mirrored traffic first; nobody sees the new model's answers.
//!
//! Nothing of the live traffic moves while it is mirrored; both fleets run in full. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html>. That an alarm ends the test
//! is ours: SageMaker has no such action.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// The share `sample` of the traffic mirrored for `lasts`; then, if `promote` says for how long it
/// is watched, everything at once.
pub fn stages(
    fleets: Fleets,
    sample: f64,
    lasts: SimDuration,
    promote: Option<SimDuration>,
) -> Vec<Stage> {
    let mirrored = Stage {
        green_active: fleets.green,
        blue_active: fleets.blue,
        share: 0.0,
        mirror: sample,
        bake: lasts,
    };
    std::iter::once(mirrored)
        .chain(promote.map(|final_bake| fleets.stage(Portion::ALL, final_bake)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn mirrors_and_then_promotes_or_stops() {
        let fleets = Fleets { blue: 4, green: 2, by_instances: true, rounding: Rounding::Round };
        let [lasts, bake] = [SimDuration::from_secs(1800), SimDuration::from_secs(600)];
        let mirrored =
            Stage { green_active: 2, blue_active: 4, share: 0.0, mirror: 0.5, bake: lasts };
        let all = Stage { green_active: 2, blue_active: 0, share: 1.0, mirror: 0.0, bake };
        assert_eq!(stages(fleets, 0.5, lasts, None), [mirrored]);
        assert_eq!(stages(fleets, 0.5, lasts, Some(bake)), [mirrored, all]);
    }
}
