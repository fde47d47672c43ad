//! What becomes of a run after a look: simulated until it is the run without a deployment again, and then
//! parked ([`parking`](crate::simulation::parking)).

use crate::dataplane::block::Block;
use crate::dataplane::tally::Tally;
use crate::simulation::arm::Arm;
use crate::simulation::baseline::{Baseline, Marks};
use crate::simulation::open_loop::Fork;
use crate::simulation::outcome::{Damage, Wrong};
use crate::simulation::replication::ArmId;
use crate::simulation::tape::{Consequence, Look};
use crate::time::SimTime;

/// A fork under way.
#[derive(Debug)]
pub(super) struct Branch<'s> {
    at: SimTime,
    state: State<'s>,
}

#[derive(Debug)]
enum State<'s> {
    Running(Box<Arm<'s>>),
    /// What it has come to, and what the run without a deployment had counted then.
    Parked(Box<(Consequence, Tally)>),
}

impl<'s> Branch<'s> {
    /// A fork, standing in the block at hand.
    pub(super) fn new(fork: Fork<'s>) -> Self {
        Self { at: fork.at, state: State::Running(Box::new(fork.arm)) }
    }

    /// Serves a block from its beginning; gives the requests simulated.
    pub(super) fn advance(&mut self, block: &Block, is_last: bool, marks: &Marks) -> u64 {
        let State::Running(arm) = &mut self.state else { return 0 };
        arm.advance(block, is_last, marks);
        block.at.len() as u64
    }

    /// Serves what is left of a block.
    pub(super) fn go_on(&mut self, block: &Block, is_last: bool, marks: &Marks) {
        if let State::Running(arm) = &mut self.state {
            arm.go_on(block, is_last, marks);
        }
    }

    /// Parks it if it has become the run without a deployment; both have served everything up to `now`.
    pub(super) fn park(&mut self, baseline: &Baseline<'_>, now: SimTime) {
        let State::Running(arm) = &mut self.state else { return };
        if arm.has_returned(baseline, now) {
            arm.run_out();
            self.state = State::Parked(Box::new((consequence(arm), *baseline.tally())));
        }
    }

    /// What it has come to at the horizon.
    pub(super) fn look(&self, baseline: &Baseline<'_>) -> Look {
        let then = match &self.state {
            State::Running(arm) => consequence(arm),
            State::Parked(parked) => {
                let (mut then, before) = **parked;
                then.to_horizon = with_rest(&then.to_horizon, &baseline.tally().since(&before));
                then
            }
        };
        Look { at: self.at, then }
    }
}

/// What a run has come to.
pub(super) fn consequence(arm: &Arm<'_>) -> Consequence {
    // What it depends on the healthy release for is not part of a consequence.
    Consequence::of(&arm.outcome(ArmId { strategy: 0, regression: 0 }, 0, None))
}

/// Adds what the run without a deployment has counted meanwhile.
fn with_rest(damage: &Damage, rest: &Tally) -> Damage {
    let mut counts = damage.counts;
    counts.merge(rest);
    let wrong = damage.wrong.map(|wrong| Wrong { answers: counts.wrong, ..wrong });
    Damage { counts, wrong, ..*damage }
}
