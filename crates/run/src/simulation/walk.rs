//! One run that goes on in short steps and can be forked: the same past, and a future drawn anew.
//!
//! What it models: the run of a strategy against a release as in [`super::replication`], up
//! to the end of the rollout and not up to the horizon, and without the run beside it that says what harm
//! a release did. So it says whether and when an alarm was acted on, and nothing of damage.
//!
//! A fork has the law of the run given its past. Drawn anew is whatever is independent of that: requests that
//! have not arrived, clumps of errors after the present cell, incidents that have not begun and the rest of
//! those that have no memory, what callers draw when they try again, which intervals are published late.
//! Clock phases, the times of monitoring jobs and the users' places stay with a run from its start.

use crate::dataplane::block::{Block, Requests};
use crate::dataplane::ledger::Mark;
use crate::dataplane::path::Path;
use crate::endpoint::regression::RegressionSpec;
use crate::random::arrival::TraceError;
use crate::random::stream::Streams;
use crate::rollout::controller::Phase;
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::Marks;
use crate::simulation::clocks::AlarmClocks;
use crate::simulation::event::Event;
use crate::simulation::replication;
use crate::simulation::world::{self, World};
use crate::telemetry::series::FleetSeries;
use crate::time::{SimDuration, SimTime};
use std::sync::Arc;

/// A run under way.
#[derive(Debug)]
pub struct Walk<'s> {
    requests: Requests<'s>,
    arm: Arm<'s>,
    now: SimTime,
    /// The block's number of requests so far.
    first: u64,
    is_at_horizon: bool,
    simulated: u64,
}

/// Room for the requests of a step, to be used again.
#[derive(Debug, Default)]
pub struct Room {
    block: Block,
    marks: Marks,
}

impl<'s> Walk<'s> {
    /// The run of `plan` with `release` in `world`, which belongs to `streams`, at the start of the
    /// warm-up.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub fn new(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        streams: &Streams,
        plan: &'s Plan,
        release: &'s RegressionSpec,
    ) -> Result<Self, TraceError> {
        Ok(Self {
            requests: replication::requests(scenario, world, streams)?,
            arm: Arm::new(scenario, world, plan, release, false),
            now: scenario.start(),
            first: 0,
            is_at_horizon: false,
            simulated: 0,
        })
    }

    /// The run from here on with the luck of `streams`; `None` under a recorded trace.
    pub fn fork(&self, streams: &Streams) -> Option<Self> {
        let mut arm = self.arm.clone();
        arm.renew(self.now, self.requests.drawn_until(self.now), streams);
        Some(Self {
            requests: self.requests.fork(streams, &arm.traffic.trouble.surges())?,
            arm,
            simulated: 0,
            ..*self
        })
    }

    /// Serves the requests of the next `step`.
    ///
    /// # Errors
    /// [`TraceError`] if a traffic trace cannot be read.
    pub fn go_on(&mut self, step: SimDuration, room: &mut Room) -> Result<(), TraceError> {
        let Room { block, marks } = room;
        block.at.clear();
        block.first = self.first;
        self.now += step;
        let more = self.requests.fill_until(block, self.now)?;
        marks.of_block.clear();
        marks.of_block.resize(block.at.len(), Mark::FINE);
        self.is_at_horizon = !more;
        self.arm.advance(block, !more, marks);
        let served = block.at.len() as u64;
        self.first += served;
        self.simulated += served;
        Ok(())
    }

    /// Whether an alarm was acted on.
    pub fn is_given_up(&self) -> bool {
        self.arm.accounts.milestones.acted_on.is_some()
    }

    /// Whether nothing that comes can make an alarm count that has not counted.
    pub fn is_over(&self) -> bool {
        let is_done = self.arm.control.controller.phase() == Phase::Done;
        is_done || self.arm.control.given_up.is_some() || self.is_at_horizon
    }

    /// All requests that have arrived before this instant have been served.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// What has been published.
    pub fn series(&self) -> &FleetSeries {
        &self.arm.traffic.plane.series
    }

    /// How the alarms' clocks lie.
    pub fn clocks(&self) -> &AlarmClocks {
        &self.arm.world.clocks
    }

    /// When green took its first request, if it has.
    pub fn first_traffic(&self) -> Option<SimTime> {
        self.arm.accounts.milestones.first_traffic
    }

    /// Green's share of the live traffic, and the share that is mirrored.
    pub fn shares(&self) -> [f64; 2] {
        [self.arm.traffic.plane.share, self.arm.traffic.plane.mirror]
    }

    /// Requests served since the beginning, or since the fork.
    pub fn simulated(&self) -> u64 {
        self.simulated
    }
}

impl Arm<'_> {
    /// What lies ahead of `now` is drawn anew; of trouble, what lies ahead of the instant up to which
    /// arrivals are drawn, for these depend on surges.
    fn renew(&mut self, now: SimTime, drawn_until: SimTime, streams: &Streams) {
        let scenario = self.scenario;
        if self.traffic.trouble.can_come(scenario) {
            let trouble = self.traffic.trouble.renewed(scenario, drawn_until, streams);
            self.traffic.trouble = Arc::new(trouble);
            if self.traffic.next_fault > drawn_until {
                self.traffic.next_fault = drawn_until;
                self.control.schedule(drawn_until, Event::Fault);
            }
        }
        if let Path::Retrying(callers) = &mut self.traffic.path {
            callers.renew(world::retry_key(streams));
        }
        if scenario.metrics.late.is_some() {
            let [blue, green, shadow] = world::late(scenario, streams);
            let series = &mut self.traffic.plane.series;
            series.blue.renew_lateness(now, &blue);
            series.green.renew_lateness(now, &green);
            series.shadow.renew_lateness(now, &shadow);
        }
    }
}
