//! The run without a deployment: blue all along, with the replication's incidents.
//!
//! It goes first through each block and marks which requests fail or are slow for other reasons than
//! the rollout.

use crate::dataplane::block::Block;
use crate::dataplane::ledger::{Mark, Numbered, Write};
use crate::dataplane::path::Path;
use crate::dataplane::requests::DataPlane;
use crate::dataplane::tally::{Tally, Timing};
use crate::endpoint::fleet::Fleet;
use crate::scenario::Scenario;
use crate::simulation::plane;
use crate::simulation::world::World;
use crate::time::SimTime;

/// What the run without a deployment says of a block.
#[derive(Debug, Default)]
pub struct Marks {
    /// Of each of its requests.
    pub of_block: Vec<Mark>,
    /// Of requests of older blocks that have become final.
    pub late: Vec<Numbered>,
}

/// The run without a deployment, under way.
#[derive(Debug)]
pub struct Baseline<'s> {
    scenario: &'s Scenario,
    world: &'s World<'s>,
    plane: DataPlane<'s>,
    path: Path<'s>,
    next_change: Option<SimTime>,
    /// Times by lap, but for the one under way.
    laps: Vec<Timing>,
}

impl<'s> Baseline<'s> {
    /// The run at the start of the warm-up.
    pub fn new(scenario: &'s Scenario, world: &'s World<'s>) -> Self {
        let mut plane = plane::new(scenario, world, false);
        let next_change =
            plane::behave(&mut plane, scenario, &world.trouble, None, scenario.start());
        let path = plane::path(scenario, world);
        Self { scenario, world, plane, path, next_change, laps: Vec::new() }
    }

    /// Its fleet.
    pub fn blue(&self) -> &Fleet<'s> {
        &self.plane.blue
    }

    /// What it has counted since the start of the warm-up.
    pub fn tally(&self) -> &Tally {
        &self.plane.tally
    }

    /// Takes waiting and response times from here on, apart from those before; gives the number of the lap
    /// that begins.
    pub fn begin_lap(&mut self) -> usize {
        if self.plane.is_timing {
            self.laps.push(std::mem::take(&mut self.plane.blue_timing));
        }
        self.plane.is_timing = true;
        self.laps.len()
    }

    /// Takes no times until another lap begins.
    pub fn rest(&mut self) {
        if self.plane.is_timing {
            self.begin_lap();
            self.plane.is_timing = false;
        }
    }

    /// The times of the lap of this number and of all that followed.
    pub fn laps(&self, first: usize) -> impl Iterator<Item = &Timing> {
        self.laps[first..].iter().chain([&self.plane.blue_timing])
    }

    /// Serves the requests of `block` and marks their outcomes; `is_last` says that no more will come.
    pub fn advance(&mut self, block: &Block, is_last: bool, marks: &mut Marks) {
        marks.of_block.clear();
        marks.of_block.resize(block.at.len(), Mark::FINE);
        marks.late.clear();
        // What comes of earlier requests after the last one of the block is for the next block.
        let end = block.at.last().copied().filter(|_| !is_last).unwrap_or(self.scenario.end());
        let mut served = 0;
        loop {
            let next = self.next_change.unwrap_or(SimTime::NEVER);
            let due = served + block.at[served..].partition_point(|&at| at < next);
            let mut ledger =
                Write { marks: &mut marks.of_block, first: block.first, late: &mut marks.late };
            self.path.serve(&mut self.plane, block, served..due, next.min(end), &mut ledger);
            served = due;
            let is_done = if is_last { next >= end } else { served == block.at.len() };
            if is_done {
                return;
            }
            let trouble = &self.world.trouble;
            self.next_change = plane::behave(&mut self.plane, self.scenario, trouble, None, next);
        }
    }
}
