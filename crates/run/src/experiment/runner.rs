//! Runs all replications of a scenario, in parallel.
//!
//! Replications share nothing, and their results are collected in the order of their index and folded
//! serially, so the results are the same bytes on any number of threads.

use crate::experiment::Results;
use crate::experiment::kept::{Keeper, Kept, Room, Runs};
use crate::experiment::median::Shown;
use crate::experiment::precision::{Reached, Tally, next_look};
use crate::experiment::spill::SpillError;
use crate::experiment::summary::runs_of;
use crate::random::arrival::TraceError;
use crate::scenario::{EventsOf, Scenario};
use crate::simulation::fidelity::{Decision, decide, decided};
use crate::simulation::outcome::Outcome;
use crate::simulation::record::RunRecord;
use crate::simulation::replication::{self, ArmId, Replication, replicate};
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

/// Why an experiment cannot be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A traffic trace cannot be read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Outcomes that have no room in memory cannot be kept.
    #[error(transparent)]
    Spill(#[from] SpillError),
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
/// told to stop, the results hold the replications that every arm has finished. If the scenario asks for a
/// precision, replications are added until it is reached ([`precision`](crate::experiment::precision)).
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn run(scenario: &Scenario, progress: &dyn Progress) -> Result<Results, TraceError> {
    let arms = all_arms(scenario);
    let mut outcomes: Vec<Outcome> = Vec::new();
    let fidelity = decide(scenario)?;
    let done = simulate(&decided(scenario, &fidelity), &arms, progress, &mut |more| {
        outcomes.extend(more);
        Ok::<(), TraceError>(())
    })?;
    outcomes.sort_by_key(|outcome| (outcome.strategy, outcome.regression, outcome.replication));
    done.results(scenario, fidelity, &arms, outcomes, |outcomes, arm| {
        Ok(Shown::of(runs_of(outcomes, arm.strategy, arm.regression)))
    })
}

/// The same, but the outcomes take no more memory than there is `room` for. The runs are the same.
///
/// # Errors
/// [`RunError`] if a traffic trace cannot be read, or outcomes cannot be written to a temporary file.
pub fn run_within(
    scenario: &Scenario,
    progress: &dyn Progress,
    room: &Room,
) -> Result<Results<Kept>, RunError> {
    let arms = all_arms(scenario);
    let mut keeper = Keeper::new(room, scenario.strategies.len(), scenario.regressions.len());
    let fidelity = decide(scenario)?;
    let done = simulate(&decided(scenario, &fidelity), &arms, progress, &mut |more| {
        keeper.keep(more).map_err(RunError::from)
    })?;
    done.results(scenario, fidelity, &arms, keeper.finish()?, |kept, arm| {
        Ok(Shown::of(&kept.arm(arm.strategy, arm.regression)?))
    })
}

/// The runs that a progress bar should be told of at the beginning; [`Progress::expect`] tells of more.
pub fn runs_at_first(scenario: &Scenario) -> u64 {
    first_asked(scenario) * all_arms(scenario).len() as u64
}

fn first_asked(scenario: &Scenario) -> u64 {
    let experiment = &scenario.experiment;
    experiment.precision.map_or(experiment.runs, |_| next_look(0, experiment.runs))
}

/// What an experiment came to, but for the outcomes.
struct Done {
    records: Vec<RunRecord>,
    asked: u64,
    precision: Option<Reached>,
    requests: u64,
}

/// Simulates, and gives each run's outcome to `keep`, in the order of the replications.
fn simulate<E: From<TraceError>>(
    scenario: &Scenario,
    arms: &[ArmId],
    progress: &dyn Progress,
    keep: &mut dyn FnMut(Vec<Outcome>) -> Result<(), E>,
) -> Result<Done, E> {
    let experiment = &scenario.experiment;
    let recorded = experiment.events == EventsOf::All;
    let mut tally = Tally::new(scenario.strategies.len(), scenario.regressions.len());
    let mut done =
        Done { records: Vec::new(), asked: first_asked(scenario), precision: None, requests: 0 };
    let mut finished = 0;
    loop {
        let work = |index| {
            let done = replicate(scenario, index, arms, recorded, &|| progress.go_on())?;
            progress.advance(done.as_ref().map_or(0, |_| arms.len() as u64));
            Ok(done)
        };
        in_batches(finished..done.asked, progress, work, |more: Vec<Replication>| {
            finished += more.len() as u64;
            for replication in more {
                done.requests += replication.requests;
                done.records.extend(replication.records);
                replication.outcomes.iter().for_each(|run| tally.add(run));
                keep(replication.outcomes)?;
            }
            Ok::<(), E>(())
        })?;
        done.precision =
            experiment.precision.and_then(|width| tally.reached(width, experiment.confidence));
        let next = next_look(finished, experiment.runs);
        let is_enough = done.precision.as_ref().is_none_or(Reached::is_enough);
        if is_enough || finished < done.asked || next == finished {
            return Ok(done);
        }
        progress.expect((next - done.asked) * arms.len() as u64);
        done.asked = next;
    }
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
    let mut finished: Vec<T> = Vec::new();
    in_batches(range, progress, work, |more| {
        finished.extend(more);
        Ok::<(), TraceError>(())
    })?;
    Ok(finished)
}

/// The same, but what is finished is given to `take` as it comes, in order.
fn in_batches<T: Send, E: From<TraceError>>(
    range: Range<u64>,
    progress: &dyn Progress,
    work: impl Fn(u64) -> Result<Option<T>, TraceError> + Sync,
    mut take: impl FnMut(Vec<T>) -> Result<(), E>,
) -> Result<(), E> {
    let batch = (rayon::current_num_threads() * BATCH_PER_THREAD) as u64;
    let mut next = range.start;
    while next < range.end && progress.go_on() {
        let until = range.end.min(next + batch);
        let done: Result<Vec<Option<T>>, TraceError> =
            (next..until).into_par_iter().map(&work).collect();
        // Replications after one that was broken off are left out, so that those kept are 0, 1, 2, …
        let whole: Vec<T> = done?.into_iter().map_while(|done| done).collect();
        let broken_off = (whole.len() as u64) < until - next;
        take(whole)?;
        if broken_off {
            break;
        }
        next = until;
    }
    Ok(())
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

impl Done {
    /// With the outcomes, and the records that are wanted of them: `shown` finds an arm's examples.
    fn results<R, E: From<TraceError>>(
        mut self,
        scenario: &Scenario,
        fidelity: Decision,
        arms: &[ArmId],
        outcomes: R,
        shown: impl Fn(&R, ArmId) -> Result<Option<Shown>, E>,
    ) -> Result<Results<R>, E> {
        let shown: Result<Vec<Option<Shown>>, E> =
            arms.iter().map(|&arm| shown(&outcomes, arm)).collect();
        let shown: Vec<Shown> = shown?.into_iter().flatten().collect();
        if scenario.experiment.events == EventsOf::Median {
            let mut wanted: BTreeMap<u64, Vec<ArmId>> = BTreeMap::new();
            for example in &shown {
                let Shown { strategy, regression, .. } = *example;
                for replication in example.replications() {
                    wanted.entry(replication).or_default().push(ArmId { strategy, regression });
                }
            }
            self.records = record(&decided(scenario, &fidelity), wanted)?;
        }
        self.records.sort_by_key(|record| (record.strategy, record.regression, record.replication));
        Ok(Results {
            scenario: scenario.clone(),
            outcomes,
            records: self.records,
            shown,
            runs_asked: self.asked,
            precision: self.precision,
            requests_simulated: self.requests,
            fidelity,
        })
    }
}

/// Runs these arms of these replications again, recorded.
fn record(
    scenario: &Scenario,
    wanted: BTreeMap<u64, Vec<ArmId>>,
) -> Result<Vec<RunRecord>, TraceError> {
    let wanted: Vec<(u64, Vec<ArmId>)> = wanted.into_iter().collect();
    let recorded: Result<Vec<_>, TraceError> = wanted
        .par_iter()
        .map(|(replication, arms)| replication::record(scenario, *replication, arms))
        .collect();
    Ok(recorded?.into_iter().flatten().collect())
}
