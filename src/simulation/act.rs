//! What the controller decides, done.

use crate::alarm::composite::Changed;
use crate::alarm::reason;
use crate::alarm::spec::AlarmState;
use crate::rollout::controller::{Action, Signal};
use crate::rollout::plan::Stage;
use crate::simulation::arm::Arm;
use crate::simulation::event::Event;
use crate::simulation::record::EventKind;
use crate::time::{NANOS_PER_S, SimDuration, SimTime};

impl Arm<'_> {
    /// Lets the controller decide on a signal, and does what it wants.
    pub(super) fn decide(&mut self, now: SimTime, signal: Signal) {
        let alarm = self.acting_alarm();
        let Some(action) = self.controller.on(signal, alarm.is_some()) else { return };
        self.action += 1;
        if signal == Signal::BakeEnded && alarm.is_none() {
            self.note(now, EventKind::BakeEnded, || "without an ALARM that counts".into());
        }
        match action {
            Action::Switch { stage, at_once } => self.switch(now, stage, at_once),
            Action::Bake(stage) => self.bake(now, stage),
            Action::RollBack => self.roll_back(now),
            Action::FinishRollback => self.finish_rollback(now),
            Action::Promote => self.promote(now),
            Action::Stop => self.stop(now),
        }
    }

    fn switch(&mut self, now: SimTime, stage: Stage, at_once: bool) {
        let takes = if at_once { SimDuration::ZERO } else { self.scenario.endpoint.switch };
        self.calendar.schedule(now + takes, Event::SwitchEffective { follows: self.action });
        self.note(now, EventKind::SwitchStarted, || describe(&stage));
        self.poll_if_alarming(now);
    }

    fn bake(&mut self, now: SimTime, stage: Stage) {
        self.set_traffic(now, &stage);
        self.note(now, EventKind::BakeStarted, || {
            format!("{}; watched for {}", describe(&stage), stage.bake)
        });
        let over = Event::Decide { signal: Signal::BakeEnded, follows: Some(self.action) };
        self.calendar.schedule(now + stage.bake, over);
    }

    /// Traffic flows as `stage` wants.
    fn set_traffic(&mut self, now: SimTime, stage: &Stage) {
        self.account_exposure();
        self.integrate_shares(now);
        self.plane.share = stage.share;
        self.plane.mirror = stage.mirror;
        self.plane.blue.activate(stage.blue_active, now);
        self.plane.green.activate(stage.green_active, now);
        if stage.share > 0.0 || stage.mirror > 0.0 {
            self.milestones.first_traffic.get_or_insert(now);
            self.begin_regression(now, stage.share);
        }
        if stage.share >= 1.0 {
            self.milestones.full_traffic.get_or_insert(now);
        }
        self.change_behaviour(now);
    }

    /// An ALARM, or the end of a trial that gave green less than everything.
    fn roll_back(&mut self, now: SimTime) {
        self.milestones.acted_on = self.acting_alarm();
        if self.milestones.acted_on.is_none() {
            self.milestones.bake_ended = Some(now);
            self.close_the_books();
        }
        self.note_rollback(now, EventKind::RollbackStarted);
        let takes = self.scenario.endpoint.rollback_switch;
        self.calendar.schedule(now + takes, Event::SwitchEffective { follows: self.action });
    }

    fn finish_rollback(&mut self, now: SimTime) {
        self.all_on_blue(now);
        if self.milestones.acted_on.is_some() {
            self.milestones.rolled_back = Some(now);
            self.close_the_books();
        } else {
            self.milestones.stopped = Some(now);
        }
        self.note(now, EventKind::RolledBack, || "all traffic is back on blue".into());
        self.terminate(now + self.scenario.endpoint.clean_up);
    }

    fn promote(&mut self, now: SimTime) {
        self.milestones.bake_ended = Some(now);
        self.close_the_books();
        self.note(now, EventKind::Promoted, || "green stays".into());
        let endpoint = &self.scenario.endpoint;
        self.terminate(now + endpoint.termination_wait + endpoint.clean_up);
    }

    fn stop(&mut self, now: SimTime) {
        self.milestones.acted_on = self.acting_alarm();
        if self.milestones.acted_on.is_none() {
            self.milestones.bake_ended = Some(now);
        }
        self.milestones.stopped = Some(now);
        self.all_on_blue(now);
        self.close_the_books();
        self.note_rollback(now, EventKind::Stopped);
        self.terminate(now + self.scenario.endpoint.clean_up);
    }

    /// The fleet that is no longer needed is gone at that time.
    fn terminate(&mut self, at: SimTime) {
        if self.recorder.is_some() {
            self.calendar.schedule(at, Event::FleetTerminated);
        }
    }

    fn all_on_blue(&mut self, now: SimTime) {
        let blue_active = self.scenario.endpoint.blue.instances;
        let bake = SimDuration::ZERO;
        self.set_traffic(
            now,
            &Stage { green_active: 0, blue_active, share: 0.0, mirror: 0.0, bake },
        );
    }

    /// Damage up to here is the damage of the rollout itself.
    fn close_the_books(&mut self) {
        self.account_exposure();
        self.to_bake_end = Some((self.plane.tally, self.exposure.clone()));
    }

    pub(super) fn note_start(&mut self, now: SimTime) {
        let provision = self.scenario.endpoint.provision;
        self.note(now, EventKind::UpdateRequested, || {
            format!("green is being provisioned, which takes {provision}")
        });
    }

    pub(super) fn note_fleet_ready(&mut self, now: SimTime) {
        let instances = self.scenario.endpoint.green.instances;
        self.note(now, EventKind::FleetReady, || format!("{instances} green instance(s) are up"));
    }

    pub(super) fn note_fleet_terminated(&mut self, now: SimTime) {
        let fleet = if self.plane.share > 0.0 { "blue" } else { "green" };
        self.note(now, EventKind::FleetTerminated, || format!("{fleet} is gone"));
    }

    pub(super) fn note_alarm(&mut self, now: SimTime, index: usize, state: AlarmState) {
        if self.recorder.is_some() {
            let name = &self.scenario.alarms[index].name;
            let why = self.monitors[index].why(self.world.epoch_ns);
            let why = format!("{name} is {state}: {why}");
            self.note(now, EventKind::AlarmChanged, || why);
        }
    }

    pub(super) fn note_composite(&mut self, now: SimTime, change: &Changed) {
        if self.recorder.is_some() {
            let (scenario, cause) = (self.scenario, change.cause);
            let state = match cause.checked_sub(self.monitors.len()) {
                None => self.monitors[cause].state(),
                Some(composite) => self.board.states()[composite],
            };
            let at_s = (now.as_nanos() + self.world.epoch_ns).div_euclid(NANOS_PER_S);
            let why = reason::of_composite(scenario.alarm_name(cause), state, at_s);
            let name = scenario.alarm_name(change.number);
            let why = format!("{name} is {}: {why}", change.state);
            self.note(now, EventKind::AlarmChanged, || why);
        }
    }

    fn note_rollback(&mut self, now: SimTime, kind: EventKind) {
        let scenario = self.scenario;
        let acted_on = self.milestones.acted_on;
        self.note(now, kind, || match acted_on {
            Some((index, since)) => format!(
                "{} has been in ALARM since {} s",
                scenario.alarm_name(index),
                since.as_secs_f64()
            ),
            None => "its time is over".into(),
        });
    }
}

fn describe(stage: &Stage) -> String {
    // Ten digits hide the rounding of thirds and keep what was written.
    let percent = |share: f64| (share * 1e10).round() / 1e8;
    if stage.mirror > 0.0 {
        format!("{} % of the traffic is mirrored to green", percent(stage.mirror))
    } else {
        format!("{} % of the traffic goes to green", percent(stage.share))
    }
}
