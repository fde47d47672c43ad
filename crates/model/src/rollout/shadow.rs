//! A shadow test: mirrored traffic first; nobody sees the new model's answers.
//!
//! Nothing of the live traffic moves while it is mirrored; both fleets run in full. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/shadow-tests.html>. That an alarm ends the test
//! is ours: SageMaker has no such action.

use super::plan::Stage;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// What is mirrored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mirrored {
    /// Instances of the shadow.
    pub instances: u32,
    /// Share of the traffic.
    pub sample: f64,
    /// For how long.
    pub lasts: SimDuration,
}

/// Nothing for `starts_after`, if that is any time; then what is `mirrored`; then, if `promote` says for
/// how long it is watched, everything at once.
pub fn stages(
    fleets: Fleets,
    starts_after: SimDuration,
    mirrored: Mirrored,
    promote: Option<SimDuration>,
) -> Vec<Stage> {
    let stage = |mirror, bake| Stage {
        green_active: mirrored.instances,
        blue_active: fleets.blue,
        share: 0.0,
        mirror,
        bake,
    };
    let waiting = (!starts_after.is_zero()).then(|| stage(0.0, starts_after));
    waiting
        .into_iter()
        .chain(std::iter::once(stage(mirrored.sample, mirrored.lasts)))
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
            Stage { green_active: 1, blue_active: 4, share: 0.0, mirror: 0.5, bake: lasts };
        let all = Stage { green_active: 2, blue_active: 0, share: 1.0, mirror: 0.0, bake };
        let half = Mirrored { instances: 1, sample: 0.5, lasts };
        let waiting = Stage { mirror: 0.0, bake, ..mirrored };
        assert_eq!(stages(fleets, SimDuration::ZERO, half, None), [mirrored]);
        assert_eq!(stages(fleets, bake, half, Some(bake)), [waiting, mirrored, all]);
    }
}
