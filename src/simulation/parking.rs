//! Runs that have become the run without a deployment again: there is nothing left to simulate.
//!
//! All arms of a replication, and the run without a deployment, serve the same requests with the same draws.
//! Once all traffic is back on blue, and blue's queues are as they would be without the deployment, every
//! later request fares alike in both. From there on an arm is *parked*: it takes its counts from the other
//! run, and only its calendar goes on (instances that are still cleaned up and paid for).

use crate::dataplane::block::Block;
use crate::dataplane::requests::Path;
use crate::dataplane::tally::Tally;
use crate::rollout::controller::Phase;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::event::Event;
use crate::time::SimTime;

/// An arm of a replication.
#[derive(Debug)]
pub(super) struct Running<'s> {
    arm: Arm<'s>,
    parked: Option<Parked>,
}

/// Where the run without a deployment stood as an arm was parked.
#[derive(Debug)]
struct Parked {
    tally: Tally,
    lap: usize,
}

impl<'s> Running<'s> {
    pub(super) fn new(arm: Arm<'s>) -> Self {
        Self { arm, parked: None }
    }

    /// Serves a block that the run without a deployment has served already; gives the requests simulated.
    pub(super) fn advance(
        &mut self,
        block: &Block,
        is_last: bool,
        marks: &Marks,
        baseline: &mut Baseline<'_>,
    ) -> u64 {
        if self.parked.is_some() {
            return 0;
        }
        self.arm.advance(block, is_last, marks);
        if let Some(&now) = block.at.last()
            && self.arm.is_settled()
            && self.arm.has_returned(baseline, now)
        {
            self.arm.run_out();
            self.parked = Some(Parked { tally: *baseline.tally(), lap: baseline.begin_lap() });
        }
        block.at.len() as u64
    }

    /// The arm at the horizon, with all that it has to count.
    pub(super) fn finish(mut self, baseline: &Baseline<'_>) -> Arm<'s> {
        if let Some(Parked { tally, lap }) = self.parked {
            self.arm.plane.tally.merge(&baseline.tally().since(&tally));
            baseline.laps(lap).for_each(|times| self.arm.plane.blue_timing.merge(times));
        }
        self.arm
    }
}

impl Arm<'_> {
    /// Whether nothing is still to be found out about it but counts and times of blue's requests.
    fn is_settled(&self) -> bool {
        self.recorder.is_none() && self.plane.judge.is_none() && self.plane.is_timing
    }

    /// Whether every request after `now` fares here as without the deployment: false where in doubt.
    pub(super) fn has_returned(&self, baseline: &Baseline<'_>, now: SimTime) -> bool {
        let plane = &self.plane;
        self.controller.phase() == Phase::Done
            && self.to_bake_end.is_some()
            && plane.share <= 0.0
            && plane.mirror <= 0.0
            && matches!(plane.path, Path::Direct)
            && plane.books.is_none()
            && plane.others.is_none()
            && plane.blue.serves_like(baseline.blue(), now)
    }

    /// Handles what is left on the calendar without any more requests.
    pub(super) fn run_out(&mut self) {
        while let Some((now, event)) = self.calendar.take() {
            match event {
                Event::End => return self.end(now),
                // What fleets without traffic do or publish is nobody's concern.
                Event::Fault | Event::Gauge | Event::MonitorReports { .. } | Event::Evaluate(_) => {
                }
                _ => self.handle(now, event),
            }
        }
    }
}
