//! Rolling: batch by batch, each green one replacing as many blue instances; the way back is in
//! [`rolling`](crate::rollout::rolling).

use super::form::{Around, Course, Form};
use super::limits::Limits;
use super::size::limited;
use crate::raw::default;
use crate::raw::scalar::RawSize;
use crate::rollout::limits::{
    MAXIMUM_BATCH_SIZE, ROLLBACK_MAXIMUM_BATCH_SIZE, ROLLING_WAIT_INTERVAL,
};
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::Fleets;
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Batch by batch: each is provisioned, takes the traffic of as many blue instances, is watched, and then
/// those are terminated. There is no final bake.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "rolling")]
pub(crate) struct RawRolling {
    /// A batch, `"25%"` or `"2 instances"`: 5 % to 50 % of the instances.
    batch: RawSize,
    /// How long each batch is watched, the last included.
    bake: SimDuration,
    /// How many instances a rollback launches again at once, 5 % to 100 %; with less than all it goes back
    /// batch by batch.
    #[serde(default = "default::all")]
    rollback_batch: RawSize,
}

impl Form for RawRolling {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = one_by_one(path, around, report)?;
        let mut part = |key, size, limit| {
            limited(&format!("{path}.{key}"), size, (fleets, around.limits), limit, report)
        };
        let batch = part("batch", self.batch, &MAXIMUM_BATCH_SIZE);
        let back = part("rollback_batch", self.rollback_batch, &ROLLBACK_MAXIMUM_BATCH_SIZE);
        let stages = fleets.steps(batch?, self.bake, self.bake);
        let rollback_batch = fleets.stage(back?, SimDuration::ZERO).green_active;
        around.limits.time(&format!("{path}.bake"), self.bake, &ROLLING_WAIT_INTERVAL, report);
        let mut features = around.endpoint.features.iter();
        if let Some(feature) = features.find(|feature| feature.refuses_rolling()) {
            Limits::refused(path, "a rolling update", *feature, report);
        }
        let rolling = Some(Rolling { rollback_batch });
        Some(Course { stages, rolling, ..Course::default() })
    }

    fn bake_place(&self, path: &str, _: usize, _: bool) -> String {
        format!("{path}.bake")
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}.batch"), self.batch))
    }

    fn policy(&self) -> Option<&'static str> {
        Some("RollingUpdatePolicy")
    }
}

/// The fleets, of which one instance replaces another; notes fleets of different size.
pub(super) fn one_by_one(path: &str, around: &Around<'_>, report: &mut Report) -> Option<Fleets> {
    let fleets = around.fleets?;
    if fleets.blue != fleets.green {
        report.problem(
            path,
            format!(
                "a rolling strategy replaces instance by instance, but there are {} blue and {} green",
                fleets.blue, fleets.green
            ),
            "take out `endpoint.green.instances`",
        );
        return None;
    }
    Some(Fleets { by_instances: true, ..fleets })
}
