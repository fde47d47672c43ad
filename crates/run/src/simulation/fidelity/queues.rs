//! The queues of a scenario: which part of the traffic comes to one, in every stage of every strategy.

use crate::endpoint::model::ModelSpec;
use crate::endpoint::regression::RegressionSpec;
use crate::endpoint::spec::{Capacity, FleetSpec, QueueLayout};
use crate::rollout::plan::Side;
use crate::scenario::Scenario;

/// A fleet that serves one release, wherever it does.
pub(super) struct Service<'s> {
    pub(super) side: Side,
    pub(super) model: &'s ModelSpec,
    pub(super) release: Option<&'s RegressionSpec>,
    pub(super) queues: Vec<Queue>,
    /// The largest part of the traffic that the fleet takes, 0 to 1; copies count.
    pub(super) share: f64,
}

/// A queue: of an instance, or of the fleet with a shared one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Queue {
    /// Of the traffic, 0 to 1.
    pub(super) share: f64,
    pub(super) servers: u32,
    /// Where, in words.
    pub(super) place: String,
}

/// Blue, and green with each release.
pub(super) fn services(scenario: &Scenario) -> Vec<Service<'_>> {
    let mut blue = Service::new(Side::Blue, &scenario.blue, None);
    let fleet = &scenario.endpoint.blue;
    blue.take(scenario, fleet, (1.0, fleet.instances), || "blue before the rollout".to_owned());
    for plan in &scenario.strategies {
        for (number, stage) in (1..).zip(&plan.stages) {
            blue.take(scenario, fleet, stage.load(Side::Blue), || {
                format!("blue in stage {number} of \"{}\"", plan.name)
            });
        }
    }
    let mut services = vec![blue];
    for release in &scenario.regressions {
        let mut green = Service::new(Side::Green, &scenario.green, Some(release));
        for plan in &scenario.strategies {
            for (number, stage) in (1..).zip(&plan.stages) {
                green.take(scenario, &scenario.endpoint.green, stage.load(Side::Green), || {
                    format!(
                        "green in stage {number} of \"{}\" with \"{}\"",
                        plan.name, release.name
                    )
                });
            }
        }
        services.push(green);
    }
    services
}

impl<'s> Service<'s> {
    fn new(side: Side, model: &'s ModelSpec, release: Option<&'s RegressionSpec>) -> Self {
        Self { side, model, release, queues: Vec::new(), share: 0.0 }
    }

    /// Notes the queues of so many active instances that take a share of the traffic.
    fn take(
        &mut self,
        scenario: &Scenario,
        fleet: &FleetSpec,
        (share, active): (f64, u32),
        place: impl Fn() -> String,
    ) {
        if share <= 0.0 || active == 0 {
            return;
        }
        self.share = self.share.max(share);
        let layout = match scenario.endpoint.capacity {
            Capacity::Queued { queue, .. } => queue,
            Capacity::Unlimited => QueueLayout::Instance,
        };
        let (share, servers) = layout.of_each(share, active, fleet.concurrency);
        let is_known =
            |queue: &Queue| queue.share.to_bits() == share.to_bits() && queue.servers == servers;
        if !self.queues.iter().any(is_known) {
            self.queues.push(Queue { share, servers, place: place() });
        }
    }
}
