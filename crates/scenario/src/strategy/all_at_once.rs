//! All traffic at once: one switch, one bake.
//!
//! Source:
//! <https://docs.aws.amazon.com/sagemaker/latest/dg/deployment-guardrails-blue-green.html>.

use super::form::{Around, Course, Form};
use super::limits::BLUE_GREEN;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::TERMINATION_WAIT;
use crate::rollout::shift::Portion;
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// All traffic at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "all at once")]
pub(crate) struct RawAllAtOnce {
    /// How long the new model is watched with all traffic.
    #[serde(default)]
    pub(crate) final_bake: SimDuration,
}

impl Form for RawAllAtOnce {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = around.fleets?;
        let place = self.bake_place(path, 0, true);
        around.limits.time(&place, self.final_bake, &TERMINATION_WAIT, report);
        Some(vec![fleets.stage(Portion::ALL, self.final_bake)].into())
    }

    fn bake_place(&self, path: &str, _: usize, _: bool) -> String {
        format!("{path}.final_bake")
    }

    fn first_size(&self, _: &str) -> Option<(String, RawSize)> {
        None
    }

    fn policy(&self) -> Option<&'static str> {
        Some(BLUE_GREEN)
    }
}
