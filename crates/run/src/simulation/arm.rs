//! One run: a strategy and a regression, fed with the requests of a replication.

use crate::alarm::clock::Timetable;
use crate::dataplane::block::Block;
use crate::dataplane::requests::DataPlane;
use crate::endpoint::regression::RegressionSpec;
use crate::rollout::controller::{Phase, Signal};
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::accounts::Accounts;
use crate::simulation::alarms::Alarms;
use crate::simulation::baseline::Marks;
use crate::simulation::control::Control;
use crate::simulation::equip;
use crate::simulation::event::Event;
use crate::simulation::open_loop::OpenLoop;
use crate::simulation::plane;
use crate::simulation::record::EventKind;
use crate::simulation::recorder::Recorder;
use crate::simulation::tape::Keeping;
use crate::simulation::traffic::Traffic;
use crate::simulation::world::World;
use crate::time::SimTime;

/// A run under way.
#[derive(Clone, Debug)]
pub struct Arm<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) world: &'s World<'s>,
    pub(super) plan: &'s Plan,
    pub(super) release: &'s RegressionSpec,
    pub(super) traffic: Traffic<'s>,
    pub(super) control: Control<'s>,
    pub(super) alarms: Alarms<'s>,
    pub(super) accounts: Accounts,
    pub(super) recorder: Option<Recorder>,
    /// Present if no alarm is acted on; what if one were is followed up.
    pub(super) open_loop: Option<Box<OpenLoop<'s>>>,
}

impl<'s> Arm<'s> {
    /// The run of `plan` with `release` in `world`, standing at the start of the warm-up.
    pub fn new(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        plan: &'s Plan,
        release: &'s RegressionSpec,
        recorded: bool,
    ) -> Self {
        let plane = equip::plane(scenario, world, plan, release, recorded);
        let mut arm = Self::assemble(scenario, world, plan, release, plane);
        arm.recorder = recorded.then(Recorder::default);
        arm.alarms = Alarms::new(scenario, plane::monitors(scenario, world));
        arm.begin();
        arm
    }

    /// The same without alarms; it forks wherever one evaluated at the instants of `timetables` could be
    /// acted on, and keeps what those of `keeping` are decided by.
    pub fn open(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        plan: &'s Plan,
        release: &'s RegressionSpec,
        timetables: Vec<Timetable>,
        keeping: &Keeping<'_>,
    ) -> Self {
        let mut plane = equip::plane(scenario, world, plan, release, false);
        plane.series = plane::taped(scenario, world, keeping);
        let mut arm = Self::assemble(scenario, world, plan, release, plane);
        arm.open_loop = Some(Box::new(OpenLoop::new(timetables)));
        arm.begin();
        arm
    }

    /// A run of which nothing has happened yet.
    fn assemble(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        plan: &'s Plan,
        release: &'s RegressionSpec,
        plane: DataPlane<'s>,
    ) -> Self {
        Self {
            scenario,
            world,
            plan,
            release,
            traffic: Traffic::new(scenario, world, release, plane),
            control: Control::new(plan, scenario.start()),
            alarms: Alarms::unused(scenario),
            accounts: Accounts::new(scenario.endpoint.blue.instances),
            recorder: None,
            open_loop: None,
        }
    }

    /// The start of the warm-up.
    fn begin(&mut self) {
        let start = self.scenario.start();
        if let Some(judge) = &mut self.traffic.plane.judge {
            judge.watches = plane::watches(self.scenario, self.world);
        }
        self.schedule_the_known();
        self.change_behaviour(start);
    }

    /// Serves the requests of `block` and handles every event before the last of them; `is_last` says
    /// that no more will come, so that all events up to the horizon are due.
    pub fn advance(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        self.learn(&marks.late);
        self.traffic.begin_block();
        self.go_on(block, is_last, marks);
    }

    /// The same from where it stands in the block.
    pub(super) fn go_on(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        loop {
            let next = self.control.calendar.next_at();
            let is_done = self.traffic.serve_before(next, block, is_last, marks);
            self.book_late();
            if is_done && !is_last {
                return;
            }
            let Some((now, event)) = self.control.calendar.take() else { return };
            if event == Event::End {
                self.end(now);
                return;
            }
            self.handle(now, event);
        }
    }

    /// The horizon.
    pub(super) fn end(&mut self, now: SimTime) {
        self.traffic.path.finish(&self.traffic.plane, now);
        self.book_late();
        self.account_exposure();
        self.close_interval(now);
    }

    fn schedule_the_known(&mut self) {
        let scenario = self.scenario;
        self.control.schedule(SimTime::ZERO, Event::Start);
        self.control.schedule(scenario.experiment.measure_from, Event::Measure);
        self.control.signal_anyway(SimTime::ZERO, Signal::Requested);
        if let Some(timeout) = self.plan.rules.timeout {
            self.control.schedule(SimTime::ZERO + timeout, Event::TimedOut);
        }
        self.control.schedule(scenario.end(), Event::End);
        for (index, monitor) in self.alarms.monitors.iter().enumerate() {
            if self.heeds(index) {
                let first = monitor.next_evaluation(scenario.start());
                self.control.schedule(first, Event::Evaluate(index));
            }
        }
        for (index, first) in self.first_chances().into_iter().enumerate() {
            self.control.schedule(first, Event::Evaluate(index));
        }
        for monitor in 0..scenario.monitors.len() {
            self.expect_verdict(monitor, 0);
        }
        let first = self.world.intervals_from + scenario.metrics.interval;
        if self.traffic.path.publishes_backlog() {
            self.control.schedule(first, Event::Gauge);
        }
        if self.recorder.is_some() {
            self.control.schedule(first, Event::IntervalClosed);
        }
    }

    pub(super) fn handle(&mut self, now: SimTime, event: Event) {
        match event {
            Event::Fault if now == self.traffic.next_fault => self.change_behaviour(now),
            Event::Start => self.start(now),
            Event::Measure => self.traffic.plane.is_timing = true,
            Event::Launched { follows } if self.control.is_current(follows) => self.launched(now),
            Event::Terminating { fleet, instances } => self.note_clean_up(now, fleet, instances),
            Event::Terminated { fleet, instances } => self.terminated(now, fleet, instances),
            Event::TimedOut => self.decide(now, Signal::TimedOut),
            Event::Gauge => self.publish_backlog(now),
            Event::IntervalClosed => self.close_interval(now),
            Event::MonitorReports { monitor, job } => self.take_verdict(now, monitor, job),
            Event::Evaluate(index) => self.evaluate(now, index),
            Event::Judge => self.judge(now),
            Event::Decide { signal, follows } => {
                if follows.is_none_or(|action| self.control.is_current(action)) {
                    self.decide(now, signal);
                }
            }
            Event::Look { follows } if self.control.is_current(follows) => self.look(now),
            Event::SwitchEffective { follows } if self.control.is_current(follows) => {
                self.decide(now, Signal::SwitchDone);
            }
            // Overtaken by something later; and the horizon needs no handling.
            Event::Fault
            | Event::Launched { .. }
            | Event::Look { .. }
            | Event::SwitchEffective { .. }
            | Event::End => {}
        }
    }

    /// Evaluates an alarm; the controller sees an ALARM at its next poll.
    fn evaluate(&mut self, now: SimTime, index: usize) {
        let first_traffic = self.accounts.milestones.first_traffic;
        if index >= self.alarms.monitors.len() {
            self.alarms_may_change(now, index);
            return;
        }
        if !self.heeds(index) {
            return;
        }
        let next = self.alarms.monitors[index].next_evaluation(now);
        self.control.schedule(next, Event::Evaluate(index));
        let changed = self.alarms.evaluate(index, now, &self.traffic.plane.series, first_traffic);
        if let Some(change) = changed {
            self.note_alarm(now, change);
            if self.control.is_watching() {
                self.poll_if_alarming(now);
            }
        }
        let has_composite = !self.scenario.composite_alarms.is_empty();
        if has_composite && self.alarms.await_judging(changed.map(|_| index)) {
            self.control.schedule(now, Event::Judge);
        }
    }

    /// Whether anything can come of the state of an alarm: somebody looks at the record, or the controller
    /// may still act on it, perhaps by way of a composite alarm.
    fn heeds(&self, index: usize) -> bool {
        let metric_alarms = self.scenario.alarms.len();
        let acts = |&number: &usize| number == index || number >= metric_alarms;
        let may_act =
            self.control.controller.phase() != Phase::Done && self.plan.alarms.iter().any(acts);
        self.recorder.is_some() || may_act
    }

    /// Judges the composite alarms after the evaluations of this instant.
    fn judge(&mut self, now: SimTime) {
        let changes = self.alarms.judge(now);
        for change in &changes {
            self.note_composite(now, change);
        }
        if !changes.is_empty() && self.control.is_watching() {
            self.poll_if_alarming(now);
        }
    }

    /// Asks the controller to look at the alarms at its next poll, if there is anything to see.
    pub(super) fn poll_if_alarming(&mut self, now: SimTime) {
        if self.acting_alarm().is_none() && !self.awaits_look() {
            return;
        }
        let interval = self.scenario.controller.poll_interval;
        let poll = if interval.is_zero() {
            now
        } else {
            let last = now.floor_to(interval, self.world.poll_at);
            if last == now { now } else { last + interval }
        };
        self.control.signal_anyway(poll, Signal::Poll);
    }

    /// The plan's alarm that has been in ALARM for longest, and since when.
    pub(super) fn acting_alarm(&self) -> Option<(usize, SimTime)> {
        self.alarms.acting(&self.plan.alarms)
    }

    /// Both fleets behave as the faults of this instant want, until the next kink.
    pub(super) fn change_behaviour(&mut self, now: SimTime) {
        self.account_exposure();
        if let Some(kink) = self.traffic.behave(self.scenario, now) {
            self.control.schedule(kink, Event::Fault);
        }
        if self.traffic.exposes() {
            self.accounts.milestones.first_faulty_exposure.get_or_insert(now);
        }
        self.note_faults(now);
    }

    /// Adds up what was served since the last change of share or fault.
    pub(super) fn account_exposure(&mut self) {
        self.traffic.path.draw_up(&mut self.traffic.plane);
        self.accounts.add(&self.traffic.plane);
    }

    /// Counting begins at t = 0.
    fn start(&mut self, now: SimTime) {
        self.traffic.begin_counting();
        self.accounts.begin();
        let strategy = &self.plan.name;
        self.note(now, EventKind::UpdateRequested, || format!("by the strategy \"{strategy}\""));
    }
}
