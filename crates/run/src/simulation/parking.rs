//! Arms that are the run without a deployment, as yet or again: there is nothing to simulate.
//!
//! All arms of a replication, and the run without a deployment, serve the same requests with the same draws.
//! So until green's first traffic an arm *waits*: only its calendar goes on, and just before anything
//! happens that could matter to a request it takes the queues, counts and times of the other run.
//! Once all traffic is back on blue, and blue's queues are as they would be without the deployment, every
//! later request fares alike in both. From there on an arm is *parked*: again its calendar goes on
//! (instances that are still cleaned up and paid for), and it takes the counts and times that are to come.

use crate::alarm::spec::{FleetDimension, Origin};
use crate::dataplane::block::Block;
use crate::dataplane::path::Path;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::Tally;
use crate::rollout::controller::{Phase, Signal};
use crate::scenario::Scenario;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::event::Event;
use crate::time::SimTime;

/// An arm of a replication.
#[derive(Debug)]
pub(super) struct Running<'s> {
    arm: Arm<'s>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting(Since),
    Serving,
    Parked(Since),
}

/// From where on an arm takes the counts and times of the run without a deployment.
#[derive(Clone, Copy, Debug, Default)]
struct Since {
    tally: Tally,
    /// Of times; nothing if none are taken yet.
    lap: Option<usize>,
}

impl<'s> Running<'s> {
    /// An arm at the start of the warm-up.
    pub(super) fn new(arm: Arm<'s>) -> Self {
        let state = if arm.may_wait() { State::Waiting(Since::default()) } else { State::Serving };
        Self { arm, state }
    }

    /// When something happens to it, if it waits: the run without a deployment must have served everything
    /// before.
    pub(super) fn waits_until(&self) -> Option<SimTime> {
        matches!(self.state, State::Waiting(_)).then(|| self.arm.control.calendar.next_at())
    }

    /// Whether it takes its counts from the run without a deployment.
    pub(super) fn rides(&self) -> bool {
        !matches!(self.state, State::Serving)
    }

    /// Handles everything up to `now`, if it waits. The run without a deployment has served everything
    /// before `now`.
    pub(super) fn wait(&mut self, now: SimTime, baseline: &mut Baseline<'s>) {
        while let State::Waiting(mut since) = self.state
            && self.arm.control.calendar.next_at() <= now
        {
            match self.arm.control.calendar.next() {
                Some(Event::Start) => since.tally = *baseline.tally(),
                Some(Event::Measure) => since.lap = Some(baseline.begin_lap()),
                Some(event) if is_harmless(*event) => {}
                _ => {
                    self.arm.traffic.plane.take_over(baseline.blue());
                    since.take(&mut self.arm.traffic.plane, baseline);
                    self.state = State::Serving;
                    return;
                }
            }
            self.state = State::Waiting(since);
            if let Some((at, event)) = self.arm.control.calendar.take() {
                self.arm.handle(at, event);
            }
        }
    }

    /// Serves a block that the run without a deployment has served already; gives the requests simulated.
    pub(super) fn advance(
        &mut self,
        block: &Block,
        is_last: bool,
        marks: &Marks,
        baseline: &mut Baseline<'s>,
    ) -> u64 {
        if is_last {
            self.wait(SimTime::NEVER, baseline);
        }
        if self.rides() {
            return 0;
        }
        self.arm.advance(block, is_last, marks);
        if let Some(&now) = block.at.last()
            && self.arm.is_settled()
            && self.arm.has_returned(baseline, now)
        {
            self.arm.run_out();
            let (tally, lap) = (*baseline.tally(), Some(baseline.begin_lap()));
            self.state = State::Parked(Since { tally, lap });
        }
        block.at.len() as u64
    }

    /// The arm at the horizon, with all that it has to count.
    pub(super) fn finish(mut self, baseline: &Baseline<'_>) -> Arm<'s> {
        if let State::Parked(since) = self.state {
            since.take(&mut self.arm.traffic.plane, baseline);
            self.arm.account_exposure();
        }
        self.arm
    }
}

impl Since {
    fn take(self, plane: &mut DataPlane<'_>, baseline: &Baseline<'_>) {
        plane.tally.merge(&baseline.tally().since(&self.tally));
        let laps = self.lap.into_iter().flat_map(|lap| baseline.laps(lap));
        laps.for_each(|times| plane.blue_timing.merge(times));
    }
}

/// Whether an event can neither change what becomes of a request nor read what was counted. (The update is
/// requested at t = 0, where everything begins to be counted.)
fn is_harmless(event: Event) -> bool {
    match event {
        Event::Fault | Event::Start | Event::Measure | Event::Evaluate(_) | Event::Judge => true,
        Event::Decide { signal, .. } => signal == Signal::Requested,
        _ => false,
    }
}

impl Arm<'_> {
    /// Whether nobody looks at what blue publishes or answers, before green has traffic.
    fn may_wait(&self) -> bool {
        self.answers_are_unseen() && self.serves_each_once() && !watches_blue(self.scenario)
    }

    /// Whether nothing is still to be found out about it but counts and times of blue's requests.
    fn is_settled(&self) -> bool {
        self.answers_are_unseen() && self.traffic.plane.is_timing
    }

    /// Whether every request after `now` fares here as without the deployment: false where in doubt.
    pub(super) fn has_returned(&self, baseline: &Baseline<'_>, now: SimTime) -> bool {
        let plane = &self.traffic.plane;
        self.control.controller.phase() == Phase::Done
            && self.accounts.to_bake_end.is_some()
            && plane.share <= 0.0
            && plane.mirror <= 0.0
            && self.serves_each_once()
            && plane.blue.serves_like(baseline.blue(), now)
    }

    /// Whether no answer is recorded or judged.
    fn answers_are_unseen(&self) -> bool {
        self.recorder.is_none() && self.traffic.plane.judge.is_none()
    }

    /// Whether two fleets answer each request once, and nobody keeps books of it.
    fn serves_each_once(&self) -> bool {
        let plane = &self.traffic.plane;
        matches!(self.traffic.path, Path::Direct) && plane.books.is_none() && plane.others.is_none()
    }

    /// Handles what is left on the calendar without any more requests.
    pub(super) fn run_out(&mut self) {
        while let Some((now, event)) = self.control.calendar.take() {
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

fn watches_blue(scenario: &Scenario) -> bool {
    let queries = scenario.alarms.iter().flat_map(|alarm| alarm.subject.queries());
    queries.into_iter().any(|query| {
        matches!(query.origin, Origin::Requests(_, seen) if seen.includes(FleetDimension::Blue))
    })
}
