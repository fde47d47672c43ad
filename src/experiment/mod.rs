//! Many runs, compared.

pub mod compare;
pub mod median;
pub mod runner;
pub mod size;
pub mod summary;

use crate::scenario::Scenario;
use crate::simulation::fidelity::Decision;
use crate::simulation::outcome::Outcome;
use crate::simulation::record::RunRecord;

/// Everything an experiment came to.
#[derive(Clone, Debug)]
pub struct Results {
    /// What was simulated.
    pub scenario: Scenario,
    /// Ordered by (strategy, regression, replication).
    pub outcomes: Vec<Outcome>,
    /// The median run of each strategy and regression (or all runs, if the scenario asks for their
    /// events), ordered likewise.
    pub records: Vec<RunRecord>,
    /// Replications asked for; fewer are in `outcomes` if the experiment was interrupted.
    pub runs_asked: u64,
    /// Requests simulated one by one in all.
    pub requests_simulated: u64,
    /// How it was simulated.
    pub fidelity: Decision,
}
