//! Steps written out one by one.

use super::form::{Around, Course, Form};
use super::size::ascending;
use crate::raw::scalar::RawSize;
use crate::rollout::plan::Stage;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Any steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(crate) struct RawSteps(Vec<RawStep>);

/// A step of a strategy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "step")]
struct RawStep {
    /// The new model's part from this step on, `"10%"` or `"3 instances"`.
    share: RawSize,
    /// How long it is watched before the next.
    #[serde(default)]
    bake: SimDuration,
}

impl Form for RawSteps {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let places = (0..self.0.len()).map(|index| format!("{path}[{index}].share"));
        let sizes: Vec<(String, RawSize)> =
            places.zip(self.0.iter().map(|step| step.share)).collect();
        if sizes.is_empty() {
            let help = "end with { share = \"100%\", bake = \"10m\" }";
            report.problem(path, "there is no step", help);
            return None;
        }
        let portions = ascending(&sizes, fleets, report)?;
        let bakes = self.0.iter().map(|step| step.bake);
        Some(stages(fleets, &portions.into_iter().zip(bakes).collect::<Vec<_>>()).into())
    }

    fn bake_place(&self, path: &str, stage: usize, _: bool) -> String {
        format!("{path}[{stage}].bake")
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}[0].share"), self.0.first()?.share))
    }
}

/// One stage a step: green's portion from then on and how long it is watched.
fn stages(fleets: Fleets, steps: &[(Portion, SimDuration)]) -> Vec<Stage> {
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
