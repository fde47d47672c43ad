//! The requests of a run: the fleets that serve them, and the faults under which they do.

use crate::dataplane::block::Block;
use crate::dataplane::kpi::{Kpi, KpiTotals};
use crate::dataplane::ledger::Compare;
use crate::dataplane::path::Path;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::Tally;
use crate::dataplane::trial::Trial;
use crate::endpoint::fault::Course;
use crate::endpoint::regression::{Onset, RegressionSpec};
use crate::rollout::plan::Stage;
use crate::scenario::Scenario;
use crate::simulation::baseline::Marks;
use crate::simulation::plane;
use crate::simulation::trouble::Trouble;
use crate::simulation::world::World;
use crate::time::SimTime;
use std::sync::Arc;

/// What serves requests, and how.
#[derive(Clone, Debug)]
pub(super) struct Traffic<'s> {
    pub(super) plane: DataPlane<'s>,
    pub(super) path: Path<'s>,
    /// The world's, or what is drawn anew of it in a fork.
    pub(super) trouble: Arc<Trouble<'s>>,
    /// The regression's course once its onset is known.
    course: Option<Course<'s>>,
    pub(super) next_fault: SimTime,
    /// So many requests of the block at hand have been served.
    served: usize,
}

impl<'s> Traffic<'s> {
    /// Before the first request.
    pub(super) fn new(
        scenario: &'s Scenario,
        world: &'s World<'s>,
        release: &'s RegressionSpec,
        plane: DataPlane<'s>,
    ) -> Self {
        let course = match release.onset {
            Onset::At(onset) => Some(Course::new(release, onset)),
            Onset::AfterFirstTraffic(_) | Onset::AtShare(_) => None,
        };
        Self {
            plane,
            path: plane::path(scenario, world),
            trouble: Arc::clone(&world.trouble),
            course,
            next_fault: SimTime::NEVER,
            served: 0,
        }
    }

    /// Another block is at hand.
    pub(super) fn begin_block(&mut self) {
        self.served = 0;
    }

    /// Serves the requests of `block` before `next`; whether these are all that are left of it.
    pub(super) fn serve_before(
        &mut self,
        next: SimTime,
        block: &Block,
        is_last: bool,
        marks: &Marks,
    ) -> bool {
        let from = self.served;
        self.served += block.at[from..].partition_point(|&at| at < next);
        // What comes of earlier requests after the last one of the block is for the next block.
        let last = block.at.last().copied().filter(|&last| !is_last && last < next);
        let range = from..self.served;
        let mut ledger = Compare(&marks.of_block);
        self.path.serve(&mut self.plane, block, range, last.unwrap_or(next), &mut ledger);
        self.served == block.at.len()
    }

    /// All fleets behave as the faults of this instant want; gives the next instant at which that changes.
    pub(super) fn behave(&mut self, scenario: &Scenario, now: SimTime) -> Option<SimTime> {
        let course = self.course;
        if let Some(kpi) = self.kpi() {
            kpi.course = course;
        }
        let kink = plane::behave(&mut self.plane, scenario, &self.trouble, course, now);
        self.next_fault = kink.unwrap_or(SimTime::NEVER);
        kink
    }

    /// The regression begins, if this is what it waits for.
    pub(super) fn begin_regression(
        &mut self,
        release: &'s RegressionSpec,
        now: SimTime,
        share: f64,
    ) {
        if self.course.is_some() {
            return;
        }
        let onset = match release.onset {
            Onset::AfterFirstTraffic(delay) => now + delay,
            Onset::AtShare(awaited) if share >= awaited => now,
            Onset::AtShare(_) | Onset::At(_) => return,
        };
        self.course = Some(Course::new(release, onset));
    }

    /// Requests fall on the fleets as `stage` wants.
    pub(super) fn set(&mut self, now: SimTime, stage: &Stage) {
        self.plane.share = stage.share;
        self.plane.mirror = stage.mirror;
        self.plane.blue.activate(stage.blue_active, now);
        self.plane.green.activate(stage.green_active, now);
    }

    /// Whether a faulty green takes requests, live or mirrored.
    pub(super) fn exposes(&self) -> bool {
        let plane = &self.plane;
        (plane.share > 0.0 || plane.mirror > 0.0) && plane.green.is_faulty()
    }

    /// Counting begins anew.
    pub(super) fn begin_counting(&mut self) {
        self.plane.tally = Tally::default();
        if let Some(kpi) = self.kpi() {
            kpi.totals = KpiTotals::default();
        }
    }

    /// What the business has got so far.
    pub(super) fn kpi_totals(&self) -> KpiTotals {
        let kpi = self.plane.books.as_ref().and_then(|books| books.kpi.as_ref());
        kpi.map_or_else(KpiTotals::default, |kpi| kpi.totals)
    }

    /// What the A/B test has counted.
    pub(super) fn trial(&self) -> Option<&Trial> {
        self.plane.books.as_ref()?.trial.as_ref()
    }

    /// The same, to be opened or closed.
    pub(super) fn trial_mut(&mut self) -> Option<&mut Trial> {
        self.plane.books.as_mut()?.trial.as_mut()
    }

    fn kpi(&mut self) -> Option<&mut Kpi<'s>> {
        self.plane.books.as_mut()?.kpi.as_mut()
    }
}
