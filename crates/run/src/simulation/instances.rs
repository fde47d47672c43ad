//! Instances come and go: launches, cancellations, clean-ups, and the account's quota.
//!
//! - A launch takes the endpoint's provisioning time, whatever its size, and is billed from its start.
//! - A launch that would bring the instances of both fleets above the account's quota fails at once, as AWS's
//!   `ResourceLimitExceeded` does; instances that are being terminated count until they are gone.
//! - Blue instances that a rolling rollback launches again may fail to come up, by the replication's luck;
//!   they are billed until that shows. New instances start cold.
//! - A launch that is cancelled is gone at once and is billed until then.
//!
//! Source: <https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdateEndpoint.html>.

use crate::rollout::controller::Signal;
use crate::rollout::plan::Side;
use crate::simulation::arm::Arm;
use crate::simulation::billing::Alive;
use crate::simulation::event::Event;
use crate::simulation::record::{EventKind, Progress};
use crate::time::SimTime;

/// The instances of both fleets that exist, whether they take traffic or not.
#[derive(Clone, Debug)]
pub struct Instances {
    pub(super) blue: Alive,
    pub(super) green: Alive,
    /// Launched, and not up yet.
    starting: Option<(Side, u32)>,
}

impl Instances {
    /// A blue fleet alone.
    pub fn new(blue: u32) -> Self {
        Self { blue: Alive::new(blue), green: Alive::new(0), starting: None }
    }

    fn of(&mut self, fleet: Side) -> &mut Alive {
        match fleet {
            Side::Blue => &mut self.blue,
            Side::Green => &mut self.green,
        }
    }

    fn launch(&mut self, now: SimTime, fleet: Side, instances: u32) {
        let alive = self.of(fleet);
        alive.change(now, alive.count() + instances);
        self.starting = Some((fleet, instances));
    }

    fn remove(&mut self, now: SimTime, fleet: Side, instances: u32) {
        let alive = self.of(fleet);
        alive.change(now, alive.count() - instances);
    }

    fn all(&self) -> u32 {
        self.blue.count() + self.green.count()
    }
}

impl Arm<'_> {
    pub(super) fn launch(&mut self, now: SimTime, fleet: Side, instances: u32) {
        let quota = self.scenario.endpoint.instance_quota.unwrap_or(u32::MAX);
        let wanted = self.accounts.instances.all() + instances;
        if wanted > quota {
            self.control.signal(now, Signal::LaunchFailed);
            self.note(now, EventKind::LaunchStarted, || {
                format!("{wanted} instances would exist, but the quota is {quota}")
            });
            return;
        }
        self.accounts.instances.launch(now, fleet, instances);
        let takes = self.plan.times.provision;
        self.control.follow(now + takes, |follows| Event::Launched { follows });
        let progress = Progress::Creating { fleet, instances };
        self.note_progress(now, EventKind::LaunchStarted, progress, || {
            format!("{instances} {fleet} instance(s) are provisioned, which takes {takes}")
        });
    }

    /// What was launched comes up, or does not.
    pub(super) fn launched(&mut self, now: SimTime) {
        let Some((fleet, instances)) = self.accounts.instances.starting else { return };
        let fails =
            fleet == Side::Blue && self.world.rollback_luck < self.plan.rules.rollback_fails;
        let signal = if fails { Signal::LaunchFailed } else { Signal::FleetReady };
        if !fails {
            self.note(now, EventKind::FleetReady, || {
                format!("{instances} {fleet} instance(s) are up")
            });
        }
        self.control.signal(now, signal);
    }

    /// What is up is taken into service; blue instances that have come back are new ones.
    pub(super) fn all_up(&mut self, now: SimTime) {
        if let Some((Side::Blue, instances)) = self.accounts.instances.starting.take() {
            self.traffic.plane.blue.renew(self.accounts.instances.blue.count() - instances, now);
        }
    }

    /// What is not in service yet is no longer wanted.
    pub(super) fn cancel_launch(&mut self, now: SimTime) {
        let instances = &mut self.accounts.instances;
        if let Some((fleet, launched)) = instances.starting.take() {
            instances.remove(now, fleet, launched);
        }
    }

    pub(super) fn clean_up(&mut self, at: SimTime, fleet: Side, instances: u32) {
        let takes = self.scenario.endpoint.clean_up;
        self.control.schedule(at, Event::Terminating { fleet, instances });
        self.control.schedule(at + takes, Event::Terminated { fleet, instances });
    }

    /// Everything that is left of a fleet goes.
    pub(super) fn clean_up_rest(&mut self, at: SimTime, fleet: Side) {
        let instances = self.accounts.instances.of(fleet).count();
        if instances > 0 {
            self.clean_up(at, fleet, instances);
        }
    }

    pub(super) fn terminated(&mut self, now: SimTime, fleet: Side, instances: u32) {
        self.accounts.instances.remove(now, fleet, instances);
        self.note(now, EventKind::FleetTerminated, || {
            format!("{instances} {fleet} instance(s) are gone")
        });
        self.control.signal_anyway(now, Signal::CleanedUp);
    }
}
