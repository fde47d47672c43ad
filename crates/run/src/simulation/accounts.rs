//! The accounts of a run: its instances, its milestones, and what is counted up to the end of the
//! last bake and up to the horizon.

use crate::dataplane::kpi::KpiTotals;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::settle::Late;
use crate::dataplane::tally::Tally;
use crate::simulation::instances::Instances;
use crate::simulation::milestones::Milestones;
use crate::simulation::users::{Exposure, Level};
use crate::time::SimTime;

/// What a run has come to so far.
#[derive(Clone, Debug)]
pub(super) struct Accounts {
    pub(super) instances: Instances,
    pub(super) milestones: Milestones,
    pub(super) exposure: Exposure,
    /// What `exposure` holds already.
    accounted: Tally,
    pub(super) to_bake_end: Option<(Tally, Exposure, KpiTotals)>,
    /// When that was closed: requests that arrived before belong to it.
    closed_at: SimTime,
}

impl Accounts {
    /// Of a run that begins with so many instances of blue.
    pub(super) fn new(blue_instances: u32) -> Self {
        Self {
            instances: Instances::new(blue_instances),
            milestones: Milestones::default(),
            exposure: Exposure::default(),
            accounted: Tally::default(),
            to_bake_end: None,
            closed_at: SimTime::ZERO,
        }
    }

    /// Counting begins anew.
    pub(super) fn begin(&mut self) {
        self.accounted = Tally::default();
    }

    /// Adds what was served since the last change of share or fault.
    pub(super) fn add(&mut self, plane: &DataPlane<'_>) {
        self.exposure.add(level(plane.share, &plane.tally.since(&self.accounted)));
        self.accounted = plane.tally;
    }

    /// Adds an outcome that became known late. A request counts in the period in which it arrived: those from
    /// before the end of the last bake count in both totals, later ones only in that up to the horizon.
    pub(super) fn add_late(&mut self, late: &Late) {
        let level = level(late.origin.share, &late.change);
        self.accounted.merge(&late.change);
        self.exposure.add(level);
        if late.origin.arrived < self.closed_at
            && let Some((tally, exposure, _)) = &mut self.to_bake_end
        {
            tally.merge(&late.change);
            exposure.add(level);
        }
    }

    /// Damage up to here is the damage of the rollout itself.
    pub(super) fn close(&mut self, now: SimTime, tally: Tally, kpi: KpiTotals) {
        self.closed_at = now;
        self.to_bake_end = Some((tally, self.exposure.clone(), kpi));
    }
}

fn level(share: f64, counts: &Tally) -> Level {
    Level {
        share,
        served: counts.faulty_green,
        failed: counts.attributable_green,
        green_failed: counts.green_failed,
        blue_failed: counts.failed - counts.green_failed,
        failed_without: counts.failed_without,
    }
}
