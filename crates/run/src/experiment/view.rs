//! An experiment as its reports read it.

use super::kept::Runs;
use super::median::{Shown, ShownAs};
use super::precision::Reached;
use super::{Results, kept::Kept};
use crate::scenario::Scenario;
use crate::simulation::fidelity::Decision;
use crate::simulation::outcome::Outcome;
use crate::simulation::record::RunRecord;

/// Everything an experiment came to, wherever its outcomes are.
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    /// What was simulated.
    pub scenario: &'a Scenario,
    /// The runs.
    pub runs: &'a dyn Runs,
    /// As of [`Results`].
    pub records: &'a [RunRecord],
    /// As of [`Results`].
    pub shown: &'a [Shown],
    /// As of [`Results`].
    pub runs_asked: u64,
    /// As of [`Results`].
    pub precision: Option<&'a Reached>,
    /// As of [`Results`].
    pub requests_simulated: u64,
    /// As of [`Results`].
    pub fidelity: &'a Decision,
}

impl<'a> View<'a> {
    fn new<R: Runs>(results: &'a Results<R>) -> Self {
        Self {
            scenario: &results.scenario,
            runs: &results.outcomes,
            records: &results.records,
            shown: &results.shown,
            runs_asked: results.runs_asked,
            precision: results.precision.as_ref(),
            requests_simulated: results.requests_simulated,
            fidelity: &results.fidelity,
        }
    }

    /// Every arm as (strategy, regression), in the order of the tables.
    pub fn arms(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let regressions = self.scenario.regressions.len();
        (0..self.scenario.strategies.len()).flat_map(move |strategy| {
            (0..regressions).map(move |regression| (strategy, regression))
        })
    }

    /// What a recorded run is an example of, if it is one.
    pub fn shown_as(&self, record: &RunRecord) -> Option<ShownAs> {
        let of_arm = |shown: &&Shown| {
            (shown.strategy, shown.regression) == (record.strategy, record.regression)
        };
        self.shown.iter().find(of_arm)?.shown_as(record.replication)
    }

    /// Runs in all.
    pub fn runs_in_all(&self) -> usize {
        self.arms().map(|(strategy, regression)| self.runs.count(strategy, regression)).sum()
    }

    /// The number of replications of the arm that has the fewest.
    pub fn replications_done(&self) -> u64 {
        let counts =
            self.arms().map(|(strategy, regression)| self.runs.count(strategy, regression));
        counts.min().unwrap_or(0) as u64
    }
}

impl<'a> From<&'a Results> for View<'a> {
    fn from(results: &'a Results<Vec<Outcome>>) -> Self {
        Self::new(results)
    }
}

impl<'a> From<&'a Results<Kept>> for View<'a> {
    fn from(results: &'a Results<Kept>) -> Self {
        Self::new(results)
    }
}
