//! The words of the events of a recorded run.

use crate::alarm::composite::Changed;
use crate::alarm::reason;
use crate::rollout::controller::Cause;
use crate::rollout::plan::{Side, Stage};
use crate::simulation::arm::Arm;
use crate::simulation::record::{AlarmChange, EventKind, FleetStanding, Progress, Standing};
use crate::time::{NANOS_PER_S, SimTime};

impl Arm<'_> {
    /// How the endpoint stands.
    pub(super) fn standing(&self) -> Standing {
        let (blue, green) =
            (self.accounts.instances.blue.count(), self.accounts.instances.green.count());
        Standing {
            blue: FleetStanding { alive: blue, active: self.traffic.plane.blue.active() },
            green: FleetStanding { alive: green, active: self.traffic.plane.green.active() },
            share: self.traffic.plane.share,
            mirror: self.traffic.plane.mirror,
            stage: self.control.controller.stage().map(|stage| stage + 1),
        }
    }

    pub(super) fn note_switch(&mut self, now: SimTime, stage: &Stage) {
        let (instances, full) = (stage.green_active, stage.share >= 1.0);
        let progress = Progress::ActivatingTraffic { instances, full };
        self.note_progress(now, EventKind::SwitchStarted, progress, || describe(stage));
    }

    pub(super) fn note_bake(&mut self, now: SimTime, stage: &Stage) {
        let full = stage.share >= 1.0;
        let progress = Progress::Baking {
            lasts: stage.bake,
            instances: stage.green_active,
            full,
            is_final: full && self.plan.rolling.is_none(),
        };
        self.note_progress(now, EventKind::BakeStarted, progress, || {
            format!("{}; watched for {}", describe(stage), stage.bake)
        });
    }

    pub(super) fn note_switch_back(&mut self, now: SimTime, stage: &Stage) {
        let full = stage.share <= 0.0;
        let progress = Progress::ActivatingTraffic { instances: stage.blue_active, full };
        self.note_progress(now, EventKind::SwitchStarted, progress, || {
            format!("traffic goes back to blue; {}", describe(stage))
        });
    }

    pub(super) fn note_returned(&mut self, now: SimTime, stage: &Stage) {
        self.note(now, EventKind::TrafficReturned, || describe(stage));
    }

    pub(super) fn note_clean_up(&mut self, now: SimTime, fleet: Side, instances: u32) {
        let takes = self.scenario.endpoint.clean_up;
        let progress = Progress::Deleting { fleet, instances };
        self.note_progress(now, EventKind::CleanUpStarted, progress, || {
            format!("{instances} {fleet} instance(s) are terminated, which takes {takes}")
        });
    }

    pub(super) fn note_alarm(&mut self, now: SimTime, change: AlarmChange) {
        if self.recorder.is_some() {
            let AlarmChange { index, to, .. } = change;
            let name = &self.scenario.alarms[index].name;
            let why = self.alarms.monitors[index].why(self.world.epoch_ns);
            let why = format!("{name} is {to}: {why}");
            self.note_change(now, change, why);
        }
    }

    pub(super) fn note_composite(&mut self, now: SimTime, change: &Changed) {
        if self.recorder.is_some() {
            let (scenario, cause) = (self.scenario, change.cause);
            let state = self.alarms.states().nth(cause);
            let state = state.expect("invariant: the cause is an alarm");
            let at_s = (now.as_nanos() + self.world.epoch_ns).div_euclid(NANOS_PER_S);
            let why = reason::of_composite(scenario.alarm_name(cause), state, at_s);
            let name = scenario.alarm_name(change.number);
            let why = format!("{name} is {}: {why}", change.state);
            let change =
                AlarmChange { index: change.number, from: change.previous, to: change.state };
            self.note_change(now, change, why);
        }
    }

    /// Notes why a rollout does not go on.
    pub(super) fn note_given_up(&mut self, now: SimTime, kind: EventKind, cause: Cause) {
        let scenario = self.scenario;
        let acted_on = self.accounts.milestones.acted_on;
        self.note(now, kind, || match (cause, acted_on) {
            (Cause::Alarm, Some((index, since))) => format!(
                "{} has been in ALARM since {} s",
                scenario.alarm_name(index),
                since.as_secs_f64()
            ),
            (Cause::LaunchFailed, _) => "green instances could not be launched".into(),
            (Cause::Timeout, _) => "the execution time-out is exceeded".into(),
            (Cause::Alarm | Cause::Over, _) => "its time is over".into(),
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
