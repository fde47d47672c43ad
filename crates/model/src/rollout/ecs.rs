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

use super::linear;
use super::plan::Stage;
use super::rolling::Rolling;
use super::shift::{Fleets, Portion};
use crate::time::SimDuration;

/// The bake time, given how far the alarm looks back that looks back furthest.
pub fn bake(watch_time: Option<SimDuration>) -> SimDuration {
    watch_time.unwrap_or(SimDuration::ZERO)
}

/// Batches of `batch`, of which only the last is watched, and how they go back.
pub fn stages(fleets: Fleets, batch: Portion, bake: SimDuration) -> (Vec<Stage>, Rolling) {
    let fleets = Fleets { by_instances: true, ..fleets };
    let rollback_batch = fleets.stage(batch, SimDuration::ZERO).green_active;
    (linear::stages(fleets, batch, SimDuration::ZERO, bake), Rolling { rollback_batch })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::shift::Rounding;

    #[test]
    fn only_the_end_is_watched_and_the_way_back_has_the_same_batches() {
        let fleets = Fleets { blue: 10, green: 10, by_instances: false, rounding: Rounding::Round };
        let watched = SimDuration::from_secs(180);
        let (stages, rolling) = stages(fleets, Portion::percent(40), bake(Some(watched)));
        let course: Vec<_> = stages.iter().map(|stage| (stage.green_active, stage.bake)).collect();
        assert_eq!(course, [(4, SimDuration::ZERO), (8, SimDuration::ZERO), (10, watched)]);
        assert_eq!(rolling.rollback_batch, 4);
        assert!(bake(None).is_zero());
    }
}
