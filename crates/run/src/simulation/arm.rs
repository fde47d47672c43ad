//! One run: a strategy and a regression, fed with the requests of a replication.

use crate::alarm::clock::Timetable;
use crate::alarm::composite::Board;
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::AlarmState;
use crate::dataplane::block::Block;
use crate::dataplane::kpi::KpiTotals;
use crate::dataplane::ledger::Compare;
use crate::dataplane::path::Path;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::Tally;
use crate::endpoint::fault::Course;
use crate::endpoint::regression::{Onset, RegressionSpec};
use crate::engine::calendar::Calendar;
use crate::rollout::controller::{Cause, Controller, Phase, Signal};
use crate::rollout::plan::Plan;
use crate::scenario::Scenario;
use crate::simulation::ab_test::Progress;
use crate::simulation::baseline::Marks;
use crate::simulation::equip;
use crate::simulation::event::Event;
use crate::simulation::instances::Instances;
use crate::simulation::milestones::Milestones;
use crate::simulation::open_loop::OpenLoop;
use crate::simulation::plane;
use crate::simulation::record::{AlarmChange, EventKind};
use crate::simulation::recorder::Recorder;
use crate::simulation::tape::Keeping;
use crate::simulation::trouble::Trouble;
use crate::simulation::users::{Exposure, Level};
use crate::simulation::world::World;
use crate::time::SimTime;
use std::sync::Arc;

/// A run under way.
#[derive(Clone, Debug)]
pub struct Arm<'s> {
    pub(super) scenario: &'s Scenario,
    pub(super) world: &'s World<'s>,
    /// The world's, or what is drawn anew of it in a fork.
    pub(super) trouble: Arc<Trouble<'s>>,
    pub(super) plan: &'s Plan,
    pub(super) release: &'s RegressionSpec,
    pub(super) controller: Controller<'s>,
    pub(super) plane: DataPlane<'s>,
    pub(super) path: Path<'s>,
    pub(super) calendar: Calendar<Event>,
    pub(super) milestones: Milestones,
    pub(super) recorder: Option<Recorder>,
    /// When each alarm went into ALARM, while it is there.
    pub(super) alarm_since: Vec<Option<SimTime>>,
    pub(super) monitors: Vec<Monitor<'s>>,
    pub(super) board: Board<'s>,
    /// The alarms that have changed at this instant, once composite alarms are due to be judged.
    judging: Option<Vec<usize>>,
    /// The regression's course once its onset is known.
    pub(super) course: Option<Course<'s>>,
    /// Counts the controller's actions; what follows from an older one is void.
    pub(super) action: u32,
    pub(super) exposure: Exposure,
    pub(super) to_bake_end: Option<(Tally, Exposure, KpiTotals)>,
    pub(super) instances: Instances,
    /// Why the rollout does not go on, once it does not.
    pub(super) given_up: Option<Cause>,
    /// The A/B test, once it has begun.
    pub(super) test: Option<Progress>,
    /// When that was closed: requests that arrived before belong to it.
    pub(super) closed_at: SimTime,
    pub(super) next_fault: SimTime,
    /// What `exposure` holds already.
    pub(super) accounted: Tally,
    /// So many requests of the block at hand have been served.
    served: usize,
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
        let monitors = plane::monitors(scenario, world);
        let mut arm = Self::assemble(scenario, world, plan, release, plane);
        arm.recorder = recorded.then(Recorder::default);
        let start = scenario.start();
        for (since, alarm) in arm.alarm_since.iter_mut().zip(&scenario.alarms) {
            *since = (alarm.initial_state == AlarmState::Alarm).then_some(start);
        }
        arm.monitors = monitors;
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
            trouble: Arc::clone(&world.trouble),
            plan,
            release,
            controller: Controller::new(plan),
            plane,
            path: plane::path(scenario, world),
            calendar: Calendar::new(scenario.start()),
            milestones: Milestones::default(),
            recorder: None,
            alarm_since: vec![None; scenario.alarm_names().count()],
            monitors: Vec::new(),
            board: Board::new(
                &scenario.composite_alarms,
                scenario.alarms.iter().map(|alarm| alarm.name.as_str()),
            ),
            judging: None,
            course: None,
            action: 0,
            exposure: Exposure::default(),
            to_bake_end: None,
            instances: Instances::new(scenario.endpoint.blue.instances),
            given_up: None,
            test: None,
            closed_at: SimTime::ZERO,
            next_fault: SimTime::NEVER,
            accounted: Tally::default(),
            served: 0,
            open_loop: None,
        }
    }

    /// The start of the warm-up.
    fn begin(&mut self) {
        let start = self.scenario.start();
        if let Some(judge) = &mut self.plane.judge {
            judge.watches = plane::watches(self.scenario, self.world);
        }
        self.schedule_the_known();
        if let Onset::At(onset) = self.release.onset {
            self.course = Some(Course::new(self.release, onset));
        }
        self.change_behaviour(start);
    }

    /// Serves the requests of `block` and handles every event before the last of them; `is_last` says
    /// that no more will come, so that all events up to the horizon are due.
    pub fn advance(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        self.learn(&marks.late);
        self.served = 0;
        self.go_on(block, is_last, marks);
    }

    /// The same from where it stands in the block.
    pub(super) fn go_on(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        let mut ledger = Compare(&marks.of_block);
        let last = block.at.last().copied().filter(|_| !is_last);
        loop {
            let next = self.calendar.next_at();
            let rest = &block.at[self.served..];
            let due = self.served + rest.partition_point(|&at| at < next);
            // What comes of earlier requests after the last one of the block is for the next block.
            let until = last.filter(|&last| last < next).unwrap_or(next);
            self.path.serve(&mut self.plane, block, self.served..due, until, &mut ledger);
            self.book_late();
            self.served = due;
            if due == block.at.len() && !is_last {
                return;
            }
            let Some((now, event)) = self.calendar.take() else { return };
            if event == Event::End {
                self.end(now);
                return;
            }
            self.handle(now, event);
        }
    }

    /// The horizon.
    pub(super) fn end(&mut self, now: SimTime) {
        self.path.finish(&self.plane, now);
        self.book_late();
        self.account_exposure();
        self.close_interval(now);
    }

    fn schedule_the_known(&mut self) {
        let scenario = self.scenario;
        self.calendar.schedule(SimTime::ZERO, Event::Start);
        self.calendar.schedule(scenario.experiment.measure_from, Event::Measure);
        let requested = Event::Decide { signal: Signal::Requested, follows: None };
        self.calendar.schedule(SimTime::ZERO, requested);
        if let Some(timeout) = self.plan.rules.timeout {
            self.calendar.schedule(SimTime::ZERO + timeout, Event::TimedOut);
        }
        self.calendar.schedule(scenario.end(), Event::End);
        for (index, monitor) in self.monitors.iter().enumerate() {
            if !self.heeds(index) {
                continue;
            }
            let first = monitor.next_evaluation(scenario.start());
            self.calendar.schedule(first, Event::Evaluate(index));
        }
        for (index, first) in self.first_chances().into_iter().enumerate() {
            self.calendar.schedule(first, Event::Evaluate(index));
        }
        for monitor in 0..scenario.monitors.len() {
            self.expect_verdict(monitor, 0);
        }
        let first = self.world.intervals_from + scenario.metrics.interval;
        if self.path.publishes_backlog() {
            self.calendar.schedule(first, Event::Gauge);
        }
        if self.recorder.is_some() {
            self.calendar.schedule(first, Event::IntervalClosed);
        }
    }

    pub(super) fn handle(&mut self, now: SimTime, event: Event) {
        match event {
            Event::Fault if now == self.next_fault => self.change_behaviour(now),
            Event::Start => self.start(now),
            Event::Measure => self.plane.is_timing = true,
            Event::Launched { follows } if follows == self.action => self.launched(now),
            Event::Terminating { fleet, instances } => self.note_clean_up(now, fleet, instances),
            Event::Terminated { fleet, instances } => self.terminated(now, fleet, instances),
            Event::TimedOut => self.decide(now, Signal::TimedOut),
            Event::Gauge => self.publish_backlog(now),
            Event::IntervalClosed => self.close_interval(now),
            Event::MonitorReports { monitor, job } => self.take_verdict(now, monitor, job),
            Event::Evaluate(index) => self.evaluate(now, index),
            Event::Judge => self.judge(now),
            Event::Decide { signal, follows } => {
                if follows.is_none_or(|action| action == self.action) {
                    self.decide(now, signal);
                }
            }
            Event::Look { follows } if follows == self.action => self.look(now),
            Event::SwitchEffective { follows } if follows == self.action => {
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
        let first_traffic = self.milestones.first_traffic;
        if index >= self.monitors.len() {
            self.alarms_may_change(now, index);
            return;
        }
        if !self.heeds(index) {
            return;
        }
        let monitor = &mut self.monitors[index];
        let from = monitor.state();
        self.calendar.schedule(monitor.next_evaluation(now), Event::Evaluate(index));
        let changed = monitor.evaluate(now, &self.plane.series, first_traffic);
        if let Some(to) = changed {
            self.alarm_since[index] = (to == AlarmState::Alarm).then_some(now);
            self.note_alarm(now, AlarmChange { index, from, to });
            if self.controller.is_watching() {
                self.poll_if_alarming(now);
            }
        }
        if !self.scenario.composite_alarms.is_empty() {
            if self.judging.is_none() {
                self.calendar.schedule(now, Event::Judge);
            }
            self.judging.get_or_insert_default().extend(changed.map(|_| index));
        }
    }

    /// Whether anything can come of the state of an alarm: somebody looks at the record, or the controller
    /// may still act on it, perhaps by way of a composite alarm.
    fn heeds(&self, index: usize) -> bool {
        let metric_alarms = self.scenario.alarms.len();
        let acts = |&number: &usize| number == index || number >= metric_alarms;
        let may_act = self.controller.phase() != Phase::Done && self.plan.alarms.iter().any(acts);
        self.recorder.is_some() || may_act
    }

    /// Judges the composite alarms after the evaluations of this instant.
    fn judge(&mut self, now: SimTime) {
        let metric_changes = self.judging.take().unwrap_or_default();
        let changes = self.board.judge(&metric_changes, |number| self.monitors[number].state());
        for change in &changes {
            let is_alarm = change.state == AlarmState::Alarm;
            self.alarm_since[change.number] = is_alarm.then_some(now);
            self.note_composite(now, change);
        }
        if !changes.is_empty() && self.controller.is_watching() {
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
        self.calendar.schedule(poll, Event::Decide { signal: Signal::Poll, follows: None });
    }

    /// The plan's alarm that has been in ALARM for longest, and since when.
    pub(super) fn acting_alarm(&self) -> Option<(usize, SimTime)> {
        let alarms = self.plan.alarms.iter();
        alarms
            .filter_map(|&index| self.alarm_since[index].map(|since| (index, since)))
            .min_by_key(|&(index, since)| (since, index))
    }

    /// Both fleets behave as the faults of this instant want, until the next kink.
    pub(super) fn change_behaviour(&mut self, now: SimTime) {
        self.account_exposure();
        if let Some(kpi) = self.plane.books.as_mut().and_then(|books| books.kpi.as_mut()) {
            kpi.course = self.course;
        }
        let kink = plane::behave(&mut self.plane, self.scenario, &self.trouble, self.course, now);
        self.next_fault = kink.unwrap_or(SimTime::NEVER);
        if let Some(kink) = kink {
            self.calendar.schedule(kink, Event::Fault);
        }
        self.note_exposure(now);
        self.note_faults(now);
    }

    /// The regression begins, if this is what it waits for.
    pub(super) fn begin_regression(&mut self, now: SimTime, share: f64) {
        if self.course.is_some() {
            return;
        }
        let onset = match self.release.onset {
            Onset::AfterFirstTraffic(delay) => now + delay,
            Onset::AtShare(awaited) if share >= awaited => now,
            Onset::AtShare(_) | Onset::At(_) => return,
        };
        self.course = Some(Course::new(self.release, onset));
    }

    /// Books what green has served since the last change of share or fault.
    pub(super) fn account_exposure(&mut self) {
        self.path.draw_up(&mut self.plane);
        let tally = &self.plane.tally;
        self.exposure.add(Level {
            share: self.plane.share,
            served: tally.faulty_green - self.accounted.faulty_green,
            failed: tally.attributable_green - self.accounted.attributable_green,
            green_failed: tally.green_failed - self.accounted.green_failed,
            blue_failed: blue_failed(tally) - blue_failed(&self.accounted),
            failed_without: tally.failed_without - self.accounted.failed_without,
        });
        self.accounted = *tally;
    }

    fn note_exposure(&mut self, now: SimTime) {
        let has_traffic = self.plane.share > 0.0 || self.plane.mirror > 0.0;
        if has_traffic && self.plane.green.is_faulty() {
            self.milestones.first_faulty_exposure.get_or_insert(now);
        }
    }

    /// Counting begins at t = 0.
    fn start(&mut self, now: SimTime) {
        self.plane.tally = Tally::default();
        if let Some(kpi) = self.plane.books.as_mut().and_then(|books| books.kpi.as_mut()) {
            kpi.totals = KpiTotals::default();
        }
        self.accounted = Tally::default();
        let strategy = &self.plan.name;
        self.note(now, EventKind::UpdateRequested, || format!("by the strategy \"{strategy}\""));
    }
}

/// Failures that were not on green.
pub(super) fn blue_failed(tally: &Tally) -> u64 {
    tally.failed - tally.green_failed
}
