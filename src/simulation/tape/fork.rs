//! What becomes of a run after a look: simulated until it is the run without a deployment again.
//!
//! All arms of a replication, and the run without a deployment, serve the same requests with the same draws.
//! Once all traffic is back on blue, and blue's queues are as they would be without the deployment, every
//! later request fares alike in both. From there on the fork is *parked*: it takes its counts from the other
//! run, and only its calendar goes on (instances that are still cleaned up and paid for).

use crate::dataplane::block::Block;
use crate::dataplane::requests::Path;
use crate::dataplane::tally::Tally;
use crate::rollout::controller::Phase;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::event::Event;
use crate::simulation::open_loop::Fork;
use crate::simulation::outcome::Damage;
use crate::simulation::tape::{Consequence, Look};
use crate::time::SimTime;

/// A fork under way.
#[derive(Debug)]
pub(super) struct Branch<'s> {
    at: SimTime,
    state: State<'s>,
}

#[derive(Debug)]
enum State<'s> {
    Running(Box<Arm<'s>>),
    /// What it has come to, and what the run without a deployment had counted then.
    Parked(Box<(Consequence, Tally)>),
}

impl<'s> Branch<'s> {
    /// A fork, standing in the block at hand.
    pub(super) fn new(fork: Fork<'s>) -> Self {
        Self { at: fork.at, state: State::Running(Box::new(fork.arm)) }
    }

    /// Serves a block from its beginning; gives the requests simulated.
    pub(super) fn advance(&mut self, block: &Block, is_last: bool, marks: &Marks) -> u64 {
        let State::Running(arm) = &mut self.state else { return 0 };
        arm.advance(block, is_last, marks);
        block.at.len() as u64
    }

    /// Serves what is left of a block.
    pub(super) fn go_on(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        if let State::Running(arm) = &mut self.state {
            arm.go_on(block, is_last, marks);
        }
    }

    /// Parks it if it has become the run without a deployment; both have served everything up to `now`.
    pub(super) fn park(&mut self, baseline: &Baseline<'_>, now: SimTime) {
        let State::Running(arm) = &mut self.state else { return };
        if arm.has_returned(baseline, now) {
            arm.run_out();
            self.state = State::Parked(Box::new((consequence(arm), *baseline.tally())));
        }
    }

    /// What it has come to at the horizon.
    pub(super) fn look(&self, baseline: &Baseline<'_>) -> Look {
        let then = match &self.state {
            State::Running(arm) => consequence(arm),
            State::Parked(parked) => {
                let (mut then, before) = **parked;
                then.to_horizon = with_rest(then.to_horizon, &before, baseline.tally());
                then
            }
        };
        Look { at: self.at, then }
    }
}

/// What a run has come to.
pub(super) fn consequence(arm: &Arm<'_>) -> Consequence {
    Consequence::of(&arm.outcome(0, 0, 0))
}

impl Arm<'_> {
    /// Whether every request after `now` fares here as without the deployment: false where in doubt.
    fn has_returned(&self, baseline: &Baseline<'_>, now: SimTime) -> bool {
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
    fn run_out(&mut self) {
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

/// Adds what the run without a deployment has counted since `before`.
fn with_rest(damage: Damage, before: &Tally, after: &Tally) -> Damage {
    let wrong = damage.wrong.map(|mut wrong| {
        wrong.answers += after.wrong - before.wrong;
        wrong
    });
    Damage {
        requests: damage.requests + after.requests - before.requests,
        failed: damage.failed + after.failed - before.failed,
        failed_4xx: damage.failed_4xx + after.failed_4xx - before.failed_4xx,
        timed_out: damage.timed_out + after.timed_out - before.timed_out,
        rejected: damage.rejected + after.rejected - before.rejected,
        slow: damage.slow + after.slow - before.slow,
        wrong,
        ..damage
    }
}
