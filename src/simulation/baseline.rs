//! The run without a deployment: blue all along, with the replication's incidents.
//!
//! It goes first through each block and marks which requests fail or are slow for other reasons than
//! the rollout.

use crate::dataplane::block::Block;
use crate::dataplane::ledger::{Mark, Write};
use crate::dataplane::requests::DataPlane;
use crate::scenario::Scenario;
use crate::simulation::plane;
use crate::simulation::world::World;
use crate::time::SimTime;

/// The run without a deployment, under way.
#[derive(Debug)]
pub struct Baseline<'s> {
    scenario: &'s Scenario,
    world: &'s World<'s>,
    plane: DataPlane<'s>,
    next_change: Option<SimTime>,
}

impl<'s> Baseline<'s> {
    /// The run at the start of the warm-up.
    pub fn new(scenario: &'s Scenario, world: &'s World<'s>) -> Self {
        let mut plane = plane::new(scenario, world, false);
        let next_change = plane::behave(&mut plane, scenario, world, None, scenario.start());
        Self { scenario, world, plane, next_change }
    }

    /// Serves the requests of `block` and marks their outcomes.
    pub fn advance(&mut self, block: &Block, marks: &mut Vec<Mark>) {
        marks.clear();
        marks.resize(block.at.len(), Mark::FINE);
        let mut served = 0;
        while served < block.at.len() {
            let next = self.next_change.unwrap_or(SimTime::NEVER);
            let due = served + block.at[served..].partition_point(|&at| at < next);
            self.plane.serve(block, served..due, &mut Write(marks));
            served = due;
            if served < block.at.len() {
                self.next_change =
                    plane::behave(&mut self.plane, self.scenario, self.world, None, next);
            }
        }
    }
}
