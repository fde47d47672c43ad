//! The traffic of a replication as counts: the run without a deployment, which all its runs share.
//!
//! Time is cut into cells at the ends of the published intervals and wherever the surroundings change. In
//! each, a Poisson number of requests comes, of which each independently succeeds, is a 5xx or a 4xx
//! without the deployment: three independent Poisson numbers (Kingman, Poisson Processes, 1993, §5.1),
//! drawn as one number and its split. Where a recording says how many requests come in a stretch, its cells
//! get exactly these, by binomial splits: places in a stretch are independent and uniform.

use super::fates::{Fates, Odds, ratio};
use super::luck::{Luck, What};
use crate::random::arrival::LoadPiece;
use crate::random::inverse::{binomial, poisson};
use crate::time::SimTime;

/// A stretch of time in which nothing changes without a deployment.
#[derive(Clone, Debug)]
pub struct Cell {
    /// The rate of the traffic.
    pub load: LoadPiece,
    /// Its beginning.
    pub from: SimTime,
    /// Its end.
    pub until: SimTime,
    /// How requests fail without the deployment.
    pub without: Odds,
    /// Blue's factor on service times and what it adds to them \[ns\] without the deployment.
    pub pace: [f64; 2],
    pub(super) fates: Fates,
}

/// All cells of a replication, without gaps between them.
#[derive(Clone, Debug)]
pub struct Traffic {
    pub(super) cells: Vec<Cell>,
    pub(super) luck: Luck,
}

impl Cell {
    /// A cell whose requests have not been counted.
    pub fn new(
        load: LoadPiece,
        [from, until]: [SimTime; 2],
        without: Odds,
        pace: [f64; 2],
    ) -> Self {
        Self { load, from, until, without, pace, fates: [0; 3] }
    }

    /// Expected number of requests in a part of it.
    pub(super) fn expected(&self, from: SimTime, until: SimTime) -> f64 {
        self.load.requests(from, until)
    }

    /// How many come in it of a known number that comes from its beginning to the end of its stretch.
    fn part_of(&self, left: u64, uniform: f64) -> u64 {
        if self.until == self.load.until {
            return left;
        }
        let all = self.expected(self.from, self.load.until);
        binomial(left, ratio(self.expected(self.from, self.until), all), uniform)
    }
}

impl Traffic {
    /// The requests of each of `cells`, by luck.
    pub fn new(mut cells: Vec<Cell>, luck: Luck) -> Self {
        // Of the stretch at hand, if its number of requests is known: those still to come.
        let mut left = 0;
        for (number, cell) in (0..).zip(&mut cells) {
            let mut draws = luck.of(number, 0, What::Traffic);
            let count = match cell.load.count {
                None => poisson(cell.expected(cell.from, cell.until), draws.uniform()),
                Some(all) => {
                    left = if cell.from == cell.load.from { all } else { left };
                    let count = cell.part_of(left, draws.uniform());
                    left -= count;
                    count
                }
            };
            cell.fates = cell.without.fates(count, &mut draws);
        }
        Self { cells, luck }
    }

    /// How many requests come in all.
    pub fn requests(&self) -> u64 {
        self.cells.iter().flat_map(|cell| cell.fates).sum()
    }
}
