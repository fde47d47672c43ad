//! What the controller decides, done.

use crate::rollout::controller::{Action, Cause, Signal};
use crate::rollout::plan::{Side, Stage};
use crate::simulation::arm::Arm;
use crate::simulation::event::Event;
use crate::simulation::outcome::{GivenUp, GivenUpBy};
use crate::simulation::record::EventKind;
use crate::time::{SimDuration, SimTime};

impl Arm<'_> {
    /// Lets the controller decide on a signal, and does what it wants.
    pub(super) fn decide(&mut self, now: SimTime, signal: Signal) {
        if self.control.controller.heeds_alarms_at(signal) {
            self.fork(now, |fork| fork.decide(now, signal));
        }
        let alarm = self.acting_alarm();
        let Some(action) = self.control.decide(signal, alarm.is_some()) else { return };
        if signal == Signal::BakeEnded && !action.gives_up_for(Cause::Alarm) {
            self.note(now, EventKind::BakeEnded, || "without an ALARM that counts".into());
        }
        match action {
            Action::Launch(fleet, instances) => self.launch(now, fleet, instances),
            Action::Switch { stage, at_once } => self.switch(now, stage, at_once),
            Action::Bake(stage) => self.bake(now, stage),
            Action::CleanUp(instances) => self.clean_up(now, Side::Blue, instances),
            Action::RollBack(cause) => self.roll_back(now, cause),
            Action::SwitchBack(stage) => self.switch_back(now, stage),
            Action::Remove(stage, instances) => self.remove(now, stage, instances),
            Action::FinishRollback => self.finish_rollback(now),
            Action::FailRollback => self.fail_rollback(now),
            Action::Promote => self.promote(now),
            Action::Stop(cause) => self.stop(now, cause),
            Action::FailUpdate => self.fail_update(now),
            Action::Abandon => self.abandon(now),
        }
        if self.control.is_watching() {
            self.poll_if_alarming(now);
        }
    }

    fn switch(&mut self, now: SimTime, stage: Stage, at_once: bool) {
        self.all_up(now);
        let takes = if at_once { SimDuration::ZERO } else { self.plan.times.switch };
        self.control.follow(now + takes, |follows| Event::SwitchEffective { follows });
        self.note_switch(now, &stage);
    }

    fn bake(&mut self, now: SimTime, stage: Stage) {
        self.set_traffic(now, &stage);
        self.note_bake(now, &stage);
        if self.open_test(now, &stage) {
            return;
        }
        self.control.signal(now + stage.bake, Signal::BakeEnded);
    }

    /// Traffic flows as `stage` wants.
    fn set_traffic(&mut self, now: SimTime, stage: &Stage) {
        self.account_exposure();
        self.integrate_shares(now);
        self.traffic.set(now, stage);
        self.share_out(now, stage);
        if stage.has_traffic() {
            self.accounts.milestones.first_traffic.get_or_insert(now);
            self.traffic.begin_regression(self.release, now, stage.share);
        }
        if stage.share >= 1.0 {
            self.accounts.milestones.full_traffic.get_or_insert(now);
        }
        self.change_behaviour(now);
    }

    /// An ALARM, a time-out, or the end of a trial that gave green less than everything.
    fn roll_back(&mut self, now: SimTime, cause: Cause) {
        self.give_up(now, cause);
        self.close_test();
        if cause == Cause::Over {
            self.close_the_books(now);
        }
        self.cancel_launch(now);
        self.note_given_up(now, EventKind::RollbackStarted, cause);
        self.decide(now, Signal::Proceed);
    }

    fn switch_back(&mut self, now: SimTime, stage: Stage) {
        self.all_up(now);
        let takes = self.plan.times.rollback_switch;
        self.control.follow(now + takes, |follows| Event::SwitchEffective { follows });
        self.note_switch_back(now, &stage);
    }

    fn remove(&mut self, now: SimTime, stage: Stage, instances: u32) {
        self.set_traffic(now, &stage);
        self.note_returned(now, &stage);
        self.clean_up(now, Side::Green, instances);
    }

    fn finish_rollback(&mut self, now: SimTime) {
        self.all_on_blue(now);
        match self.control.given_up {
            Some(Cause::Over) => self.accounts.milestones.stopped = Some(now),
            cause => {
                self.accounts.milestones.rolled_back = Some(now);
                self.end_by(now, cause);
                self.close_the_books(now);
            }
        }
        self.note(now, EventKind::RolledBack, || "all traffic is back on blue".into());
        self.clean_up_rest(now, Side::Green);
    }

    /// Both fleets stay in service as they are.
    fn fail_rollback(&mut self, now: SimTime) {
        self.cancel_launch(now);
        self.accounts.milestones.rollback_failed = Some(now);
        self.close_the_books(now);
        self.note(now, EventKind::RollbackFailed, || {
            "blue instances could not be launched again; both fleets stay in service".into()
        });
    }

    fn promote(&mut self, now: SimTime) {
        self.accounts.milestones.bake_ended = Some(now);
        self.close_the_books(now);
        self.note(now, EventKind::Promoted, || "green stays".into());
        // A rolling rollout has no termination wait.
        let wait = match self.plan.rolling {
            Some(_) => SimDuration::ZERO,
            None => self.scenario.endpoint.termination_wait,
        };
        self.clean_up_rest(now + wait, Side::Blue);
        // Another challenger was promoted: green is as superfluous as blue.
        if self.other_won() {
            self.clean_up_rest(now + wait, Side::Green);
        }
    }

    fn stop(&mut self, now: SimTime, cause: Cause) {
        self.give_up(now, cause);
        self.end_by(now, Some(cause));
        self.accounts.milestones.stopped = Some(now);
        self.cancel_launch(now);
        self.all_on_blue(now);
        self.close_the_books(now);
        self.note_given_up(now, EventKind::Stopped, cause);
        self.clean_up_rest(now, Side::Green);
    }

    fn fail_update(&mut self, now: SimTime) {
        self.accounts.milestones.update_failed = Some(now);
        self.cancel_launch(now);
        self.close_the_books(now);
        self.note(now, EventKind::UpdateFailed, || "green could not be launched".into());
    }

    /// The time-out leaves everything as it is.
    fn abandon(&mut self, now: SimTime) {
        self.cancel_launch(now);
        self.accounts.milestones.timed_out = Some(now);
        self.close_the_books(now);
        self.note(now, EventKind::TimedOut, || "everything stays as it is".into());
    }

    /// Keeps why the rollout does not go on.
    fn give_up(&mut self, now: SimTime, cause: Cause) {
        self.control.given_up = Some(cause);
        match cause {
            Cause::Alarm => {
                self.accounts.milestones.acted_on = self.acting_alarm();
                self.accounts.milestones.given_up = Some(GivenUp { at: now, by: GivenUpBy::Alarm });
            }
            Cause::Over => self.accounts.milestones.bake_ended = Some(now),
            Cause::Timeout | Cause::LaunchFailed => {}
        }
    }

    /// Keeps how a rollout ended that something else than an alarm ended.
    fn end_by(&mut self, now: SimTime, cause: Option<Cause>) {
        match cause {
            Some(Cause::Timeout) => self.accounts.milestones.timed_out = Some(now),
            Some(Cause::LaunchFailed) => self.accounts.milestones.update_failed = Some(now),
            Some(Cause::Alarm | Cause::Over) | None => {}
        }
    }

    fn all_on_blue(&mut self, now: SimTime) {
        let stage = Stage::on_blue(self.scenario.endpoint.blue.instances);
        self.set_traffic(now, &stage);
    }

    /// Damage up to here is the damage of the rollout itself.
    fn close_the_books(&mut self, now: SimTime) {
        self.account_exposure();
        self.accounts.close(now, self.traffic.plane.tally, self.traffic.kpi_totals());
    }
}
