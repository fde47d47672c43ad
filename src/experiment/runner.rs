//! Runs all replications of a scenario, in parallel.
//!
//! Replications share nothing, and their results are collected in the order of their index and folded
//! serially, so the results are the same bytes on any number of threads.

use crate::experiment::Results;
use crate::experiment::median::median_replication;
use crate::random::arrival::TraceError;
use crate::scenario::{EventsOf, Scenario};
use crate::simulation::fidelity::{Decision, decide, decided};
use crate::simulation::outcome::Outcome;
use crate::simulation::record::RunRecord;
use crate::simulation::replication::{ArmId, Replication, replicate};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// Replications handed out at once to each thread: few enough to stop soon, many enough to keep busy.
const BATCH_PER_THREAD: usize = 8;

/// Told how far an experiment is, and asked whether it should go on.
pub trait Progress: Sync {
    /// So many more runs are done.
    fn advance(&self, runs: u64);
    /// Whether to go on. Asked often.
    fn go_on(&self) -> bool;
    /// So many more runs than were known of are to come.
    fn expect(&self, _runs: u64) {}
}

/// An experiment that nobody watches.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn advance(&self, _runs: u64) {}
    fn go_on(&self) -> bool {
        true
    }
}

/// Runs every strategy against every regression, on the threads of the current rayon pool. If it is
/// told to stop, the results hold the replications that every arm has finished.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn run(scenario: &Scenario, progress: &dyn Progress) -> Result<Results, TraceError> {
    let fidelity = decide(scenario)?;
    let simulated = &decided(scenario, &fidelity);
    let arms = all_arms(scenario);
    let recorded = scenario.experiment.events == EventsOf::All;
    let done = replications(0..scenario.experiment.runs, progress, |index| {
        let done = replicate(simulated, index, &arms, recorded, &|| progress.go_on())?;
        progress.advance(done.as_ref().map_or(0, |_| arms.len() as u64));
        Ok(done)
    })?;
    let results = collect(simulated, &arms, done, fidelity)?;
    Ok(Results { scenario: scenario.clone(), ..results })
}

/// Does `work` for each replication of `range`, on the threads of the current rayon pool; `None` is one that
/// was broken off. What is given are the replications before the first that was not finished, in order.
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn replications<T: Send>(
    range: Range<u64>,
    progress: &dyn Progress,
    work: impl Fn(u64) -> Result<Option<T>, TraceError> + Sync,
) -> Result<Vec<T>, TraceError> {
    let batch = (rayon::current_num_threads() * BATCH_PER_THREAD) as u64;
    let mut finished: Vec<T> = Vec::new();
    let mut next = range.start;
    while next < range.end && progress.go_on() {
        let until = range.end.min(next + batch);
        let done: Result<Vec<Option<T>>, TraceError> =
            (next..until).into_par_iter().map(&work).collect();
        // Replications after one that was broken off are left out, so that those kept are 0, 1, 2, …
        let whole: Vec<T> = done?.into_iter().map_while(|done| done).collect();
        let broken_off = (whole.len() as u64) < until - next;
        finished.extend(whole);
        if broken_off {
            break;
        }
        next = until;
    }
    Ok(finished)
}

/// Every strategy against every regression, in the order of the results.
fn all_arms(scenario: &Scenario) -> Vec<ArmId> {
    let strategies = 0..scenario.strategies.len();
    strategies
        .flat_map(|strategy| {
            (0..scenario.regressions.len()).map(move |regression| ArmId { strategy, regression })
        })
        .collect()
}

fn collect(
    scenario: &Scenario,
    arms: &[ArmId],
    replications: Vec<Replication>,
    fidelity: Decision,
) -> Result<Results, TraceError> {
    let requests_simulated = replications.iter().map(|done| done.requests).sum();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut records: Vec<RunRecord> = Vec::new();
    for done in replications {
        outcomes.extend(done.outcomes);
        records.extend(done.records);
    }
    outcomes.sort_by_key(|outcome| (outcome.strategy, outcome.regression, outcome.replication));
    if scenario.experiment.events == EventsOf::Median {
        records = record_medians(scenario, arms, &outcomes)?;
    }
    records.sort_by_key(|record| (record.strategy, record.regression, record.replication));
    Ok(Results {
        scenario: scenario.clone(),
        outcomes,
        records,
        runs_asked: scenario.experiment.runs,
        requests_simulated,
        fidelity,
    })
}

/// Runs the median run of each arm again, recorded. It is the same run: nothing depends on recording.
fn record_medians(
    scenario: &Scenario,
    arms: &[ArmId],
    outcomes: &[Outcome],
) -> Result<Vec<RunRecord>, TraceError> {
    let mut wanted: BTreeMap<u64, Vec<ArmId>> = BTreeMap::new();
    for (&arm, runs) in arms.iter().zip(outcomes.chunk_by(same_arm)) {
        if let Some(replication) = median_replication(runs) {
            wanted.entry(replication).or_default().push(arm);
        }
    }
    let wanted: Vec<(u64, Vec<ArmId>)> = wanted.into_iter().collect();
    let recorded: Result<Vec<_>, TraceError> = wanted
        .par_iter()
        .map(|(replication, arms)| replicate(scenario, *replication, arms, true, &|| true))
        .collect();
    Ok(recorded?.into_iter().flatten().flat_map(|done| done.records).collect())
}

fn same_arm(a: &Outcome, b: &Outcome) -> bool {
    (a.strategy, a.regression) == (b.strategy, b.regression)
}
