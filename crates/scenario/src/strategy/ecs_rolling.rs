//! ECS's own rolling deployment of a service.
//!
//! - **Models** a deployment of the controller type `ECS`: batches of new tasks are started, take the traffic
//!   of as many old ones, and those are stopped; nothing is awaited between batches. When all tasks are new,
//!   ECS goes on watching the deployment's alarms for a bake time that it computes from their
//!   configuration. An ALARM fails the deployment; with rollback enabled it goes back in the same way.
//! - **An alarm that is in ALARM at the start**: all alarms are ignored for the whole deployment, so that a
//!   fix can ship.
//! - **Assumption**: how ECS computes the bake time is not documented. Here it is the longest time that an
//!   alarm of the deployment looks back, max N · period, and none without alarms.
//! - **Simplified**: during the bake the old tasks of the last batch are still there without traffic; ECS
//!   has stopped them by then.
//! - **Source**: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html>.
//! - **Not modelled**: that ECS misses an alarm when its reading of alarms is throttled; the circuit
//!   breaker.

use super::form::{Around, Course, Form};
use super::rolling::one_by_one;
use super::size::portion;
use crate::raw::default;
use crate::raw::scalar::RawSize;
use crate::rollout::plan::Service;
use crate::rollout::rolling::Rolling;
use crate::rollout::shift::{Fleets, Portion};
use crate::time::SimDuration;
use crate::validate::report::Report;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// ECS's own rolling deployment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ecs rolling")]
pub(crate) struct RawEcsRolling {
    /// How much is replaced at once, `"25%"` or `"2 instances"`.
    #[serde(default = "default::all")]
    batch: RawSize,
    /// How long the new model is watched with all traffic; if absent, as long as the alarm that looks
    /// back furthest: N periods. ECS computes it from the alarms; how is not documented.
    bake: Option<SimDuration>,
}

impl Form for RawEcsRolling {
    fn course(&mut self, path: &str, around: &Around<'_>, report: &mut Report) -> Option<Course> {
        let fleets = one_by_one(path, around, report)?;
        let batch = portion(&format!("{path}.batch"), self.batch, fleets, report)?;
        let bake = *self.bake.get_or_insert_with(|| furthest_back(around));
        Some(course(fleets, batch, bake))
    }

    fn bake_place(&self, path: &str, _: usize, _: bool) -> String {
        format!("{path}.bake")
    }

    fn first_size(&self, path: &str) -> Option<(String, RawSize)> {
        Some((format!("{path}.batch"), self.batch))
    }

    fn service(&self) -> Service {
        Service::Ecs
    }
}

/// Batches of `batch`, of which only the last is watched, and how they go back.
fn course(fleets: Fleets, batch: Portion, bake: SimDuration) -> Course {
    let rollback_batch = fleets.stage(batch, SimDuration::ZERO).green_active;
    let stages = fleets.steps(batch, SimDuration::ZERO, bake);
    Course { stages, rolling: Some(Rolling { rollback_batch }), ..Course::default() }
}

/// How far the alarm looks back that looks back furthest: N periods. A composite alarm, whose number is
/// after those of the others, looks back as far as any of these.
fn furthest_back(around: &Around<'_>) -> SimDuration {
    let all = &around.raw.alarms;
    let reads_any = around.alarms.iter().any(|&number| number >= all.len());
    let read =
        all.iter().enumerate().filter(|(number, _)| reads_any || around.alarms.contains(number));
    let looks_back = read.map(|(_, alarm)| {
        let periods = i64::from(alarm.evaluation_periods);
        SimDuration::from_nanos(alarm.period.as_nanos().saturating_mul(periods))
    });
    looks_back.max().unwrap_or(SimDuration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn only_the_end_is_watched_and_the_way_back_has_the_same_batches() {
        let fleets = Fleets { blue: 10, green: 10, by_instances: true, rounding: Rounding::Round };
        let watched = SimDuration::from_secs(180);
        let Course { stages, rolling, .. } = course(fleets, Portion::percent(40), watched);
        let course: Vec<_> = stages.iter().map(|stage| (stage.green_active, stage.bake)).collect();
        assert_eq!(course, [(4, SimDuration::ZERO), (8, SimDuration::ZERO), (10, watched)]);
        assert_eq!(rolling, Some(Rolling { rollback_batch: 4 }));
    }
}
