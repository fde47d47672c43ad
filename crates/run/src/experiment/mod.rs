//! Many runs, compared.

pub mod compare;
pub mod kept;
pub mod median;
pub mod precision;
pub mod runner;
pub mod size;
pub mod spill;
pub mod summary;
pub mod telling;
pub mod view;

use self::median::Shown;
use self::precision::Reached;
use crate::scenario::Scenario;
use crate::simulation::fidelity::Decision;
use crate::simulation::outcome::Outcome;
use crate::simulation::record::RunRecord;

/// Everything an experiment came to; `R` says where its outcomes are: in memory as a `Vec`, or
/// [`Kept`](kept::Kept).
#[derive(Clone, Debug)]
pub struct Results<R = Vec<Outcome>> {
    /// What was simulated.
    pub scenario: Scenario,
    /// Ordered by (strategy, regression, replication).
    pub outcomes: R,
    /// The runs of `shown` (or all, if the scenario asks for their events), ordered likewise.
    pub records: Vec<RunRecord>,
    /// Which runs are examples of each strategy and regression, ordered likewise.
    pub shown: Vec<Shown>,
    /// Replications asked for; fewer are in `outcomes` if the experiment was interrupted. Where a precision
    /// is asked for, as many as it had come to take.
    pub runs_asked: u64,
    /// How precise the shares of the verdicts are, where a precision is asked for.
    pub precision: Option<Reached>,
    /// Requests simulated one by one in all.
    pub requests_simulated: u64,
    /// How it was simulated.
    pub fidelity: Decision,
}
