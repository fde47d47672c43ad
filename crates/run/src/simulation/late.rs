//! What is known only after a request's block: late outcomes, and the queue of an asynchronous endpoint.

use crate::dataplane::ledger::Numbered;
use crate::simulation::arm::{Arm, blue_failed};
use crate::simulation::event::Event;
use crate::simulation::users::Level;
use crate::telemetry::sampled::Sample;
use crate::time::SimTime;

impl Arm<'_> {
    /// Learns how requests of older blocks ended without the deployment.
    pub(super) fn learn(&mut self, without: &[Numbered]) {
        if let Some(settlement) = self.path.settlement() {
            settlement.learn(without);
        }
    }

    /// Books late outcomes where the requests arrived: before t = 0 nowhere, before the end of the last
    /// bake in both books, and after it up to the horizon only.
    pub(super) fn book_late(&mut self) {
        let Some(settlement) = self.path.settlement() else { return };
        for late in settlement.take_late() {
            if late.origin.arrived < SimTime::ZERO {
                continue;
            }
            let level = Level {
                share: late.origin.share,
                served: late.change.faulty_green,
                failed: late.change.attributable_green,
                green_failed: late.change.green_failed,
                blue_failed: blue_failed(&late.change),
                failed_without: late.change.failed_without,
            };
            self.plane.tally.merge(&late.change);
            self.accounted.merge(&late.change);
            self.exposure.add(level);
            if late.origin.arrived < self.closed_at
                && let Some((tally, exposure, _)) = &mut self.to_bake_end
            {
                tally.merge(&late.change);
                exposure.add(level);
            }
        }
    }

    /// Publishes the queue of an asynchronous endpoint, as a datapoint of the interval that ends here.
    pub(super) fn publish_backlog(&mut self, now: SimTime) {
        let metrics = &self.scenario.metrics;
        let at = now - metrics.interval;
        let seen_from = |name: &str| now + metrics.delay_of(name);
        let sample = |name: &str, value| Sample::single(at, value, seen_from(name));
        self.path.publish_backlog(&mut self.plane, now, sample);
        self.calendar.schedule(now + metrics.interval, Event::Gauge);
    }
}
