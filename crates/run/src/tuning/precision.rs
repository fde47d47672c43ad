//! How many runs to make next, until the answer is sure enough.

use crate::tuning::results::TuneResults;

/// The most replications that a precision may lead to; what is rarer than these can tell wants another way.
pub const RUNS_MAX: u64 = 1 << 20;

/// The number of replications to have next; `None` if these are enough, or [`RUNS_MAX`] are made.
///
/// They are enough once the interval of the false-rollback share of the best policy (the nearest if none is
/// feasible), on the replications that choose nothing, is no wider than the precision asked for. Else they
/// are doubled: the batches depend on the results alone and not on how many threads make them. The interval
/// is looked at after every batch, so it is a little too narrow where chance ended the looking early.
pub fn next_runs(results: &TuneResults) -> Option<u64> {
    let precision = results.spec.precision?;
    let policy = results.best.as_ref().or(results.nearest.as_ref());
    let interval = policy.and_then(|policy| policy.reported.false_rollback.interval);
    let is_enough = interval.is_some_and(|interval| interval.width() <= precision);
    if is_enough || results.runs >= RUNS_MAX {
        return None;
    }
    Some(results.runs.saturating_mul(2).clamp(2, RUNS_MAX))
}
