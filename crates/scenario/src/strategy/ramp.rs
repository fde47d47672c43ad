//! A canary in several steps: growing parts, each watched for as long as the others.
//!
//! SageMaker has no such update: one has a canary of one step, or a linear one of equal steps. It is
//! built of several updates of weights, or by other controllers (Argo Rollouts' `setWeight` and `pause`,
//! <https://argo-rollouts.readthedocs.io/en/stable/features/canary/>).

use super::form::{Around, Course, Form, bake_or_final};
use super::size::ascending;
use crate::raw::scalar::RawSize;
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A canary in several steps, each watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "canary ramp")]
pub(crate) struct RawRamp {
    /// The new model's parts in ascending order, such as `["5%", "20%", "50%", "100%"]`; if the last
    /// is below 100 %, it is a trial: traffic returns to blue.
    steps: Vec<RawSize>,
    /// How long each step is watched before the next.
    bake: SimDuration,
    /// How long the last step is watched; as `bake` if absent.
    final_bake: Option<SimDuration>,
}

impl Form for RawRamp {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let places = (0..self.steps.len()).map(|index| format!("{path}.steps[{index}]"));
        let sizes: Vec<(String, RawSize)> = places.zip(self.steps.iter().copied()).collect();
        if sizes.is_empty() {
            let help = "give, for example, [\"5%\", \"20%\", \"50%\", \"100%\"]";
            report.problem(format!("{path}.steps"), "there is no step", help);
            return None;
        }
        let final_bake = *self.final_bake.get_or_insert(self.bake);
        let portions = ascending(&sizes, fleets, report)?;
        Some(stages(fleets, &portions, self.bake, final_bake).into())
    }

    fn bake_place(&self, path: &str, _: usize, is_last: bool) -> String {
        bake_or_final(path, is_last)
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}.steps[0]"), *self.steps.first()?))
    }
}

/// One stage a part, each watched for `bake`, the last for `final_bake`.
fn stages(
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
