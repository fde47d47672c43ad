//! Linear: equal steps, the last taking the remainder.
//!
//! With a step of s instances of N there are n = ⌈N/s⌉ stages, n − 1 of them with the step's bake
//! and the last with the final one. Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green-linear.html>.

use super::form::{Around, Course, Form, bake_or_final};
use super::limits::{BLUE_GREEN, Limits};
use super::size::limited;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::LINEAR_STEP_SIZE;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// More steps than this are no rollout but a slip.
const MOST_STEPS: u64 = 1000;

/// In equal steps, the last taking the remainder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "linear")]
pub(crate) struct RawLinear {
    /// A step, `"25%"` or `"2 instances"`: 10 % to 50 % of the green fleet.
    step: RawSize,
    /// How long each step but the last is watched.
    bake: SimDuration,
    /// How long the new model is watched with all traffic.
    #[serde(default)]
    final_bake: SimDuration,
}

impl Form for RawLinear {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let step = size(&format!("{path}.step"), self.step, (fleets, around.limits), report)?;
        around.limits.bakes(path, [self.bake, self.final_bake], report);
        Some(fleets.steps(step, self.bake, self.final_bake).into())
    }

    fn bake_place(&self, path: &str, _: usize, is_last: bool) -> String {
        bake_or_final(path, is_last)
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}.step"), self.step))
    }

    fn policy(&self) -> Option<&'static str> {
        Some(BLUE_GREEN)
    }
}

/// The part of the green fleet that is a step.
fn size(
    path: &str,
    step: RawSize,
    (fleets, limits): (Fleets, Limits),
    report: &mut Report,
) -> Option<Portion> {
    let portion = limited(path, step, (fleets, limits), &LINEAR_STEP_SIZE, report)?;
    let steps = fleets.quantised(portion).steps_to_all();
    if steps > MOST_STEPS {
        let message = format!("that are {steps} steps");
        report.problem(path, message, format!("give a step that makes at most {MOST_STEPS}"));
        return None;
    }
    Some(portion)
}
