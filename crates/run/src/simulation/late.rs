//! What is known only after a request's block: late outcomes, and the queue of an asynchronous endpoint.

use crate::dataplane::ledger::Numbered;
use crate::simulation::arm::Arm;
use crate::simulation::event::Event;
use crate::telemetry::sampled::Sample;
use crate::time::SimTime;

impl Arm<'_> {
    /// Learns how requests of older blocks ended without the deployment.
    pub(super) fn learn(&mut self, without: &[Numbered]) {
        if let Some(settlement) = self.traffic.path.settlement() {
            settlement.learn(without);
        }
    }

    /// Adds outcomes that became known late, but for those of requests of the warm-up.
    pub(super) fn book_late(&mut self) {
        let Some(settlement) = self.traffic.path.settlement() else { return };
        for late in settlement.take_late() {
            if late.origin.arrived >= SimTime::ZERO {
                self.traffic.plane.tally.merge(&late.change);
                self.accounts.add_late(&late);
            }
        }
    }

    /// Publishes the queue of an asynchronous endpoint, as a datapoint of the interval that ends here.
    pub(super) fn publish_backlog(&mut self, now: SimTime) {
        let metrics = &self.scenario.metrics;
        let at = now - metrics.interval;
        let seen_from = |name: &str| now + metrics.delay_of(name);
        let sample = |name: &str, value| Sample::single(at, value, seen_from(name));
        self.traffic.path.publish_backlog(&mut self.traffic.plane, now, sample);
        self.control.schedule(now + metrics.interval, Event::Gauge);
    }
}
