//! From a scenario to the best policies: simulates, judges, searches.

use crate::alarm::clock::Clock;
use crate::alarm::critical::{CriticalMonitor, Refusal};
use crate::experiment::runner::{Progress, replications};
use crate::random::arrival::TraceError;
use crate::rare::{Effort, RareEstimate, computed, estimate};
use crate::scenario::tune::{Expansion, Shape, TuneSpec};
use crate::stats::{real, real_len};
use crate::tuning::judge::judge;
use crate::tuning::judged::JudgedReplication;
use crate::tuning::precision::next_runs;
use crate::tuning::remedy::remedies;
use crate::tuning::results::TuneResults;
use crate::tuning::search::search;

/// The first alarm that may be set and cannot be judged at every threshold at once, and why.
pub fn refused(expansion: &Expansion) -> Option<(&str, Refusal)> {
    let metrics = &expansion.scenario.metrics;
    let refusal = |shape: &Shape| {
        CriticalMonitor::new(&shape.spec, Clock::default(), metrics.delay, metrics.interval).err()
    };
    let mut shapes = expansion.shapes.iter();
    shapes.find_map(|shape| Some((shape.spec.name.as_str(), refusal(shape)?)))
}

/// Judged runs may take so much memory.
pub const MOST_BYTES: f64 = 4e9;

/// Measured on the scenarios that come with the program; half of it is room for others.
const BYTES_OF_A_CURVE: f64 = 1e3;

/// Memory that the judged runs of so many replications take \[bytes\], about: a curve for each alarm shape of
/// each run, and what its looks come to.
pub fn expected_bytes(expansion: &Expansion, replications: u64) -> f64 {
    let plans = 0..expansion.plans.len();
    let curves: usize = plans.map(|plan| expansion.shapes_of(plan).concat().len() + 1).sum();
    let regressions = expansion.scenario.regressions.len();
    real(replications) * real_len(regressions) * real_len(curves) * BYTES_OF_A_CURVE
}

/// Tunes, on the threads of the current rayon pool. Told to stop, it searches among the replications that are
/// finished. If a precision is asked for, runs are added until it is reached. Where nothing keeps the limits,
/// changes are tried that might (`tuning::remedy`).
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn tune(
    spec: &TuneSpec,
    expansion: &Expansion,
    progress: &dyn Progress,
) -> Result<TuneResults, TraceError> {
    let results = tune_once(spec, expansion, expansion.scenario.experiment.runs, progress)?;
    let tune_alone = |spec: &TuneSpec, expansion: &Expansion, runs: u64| {
        tune_once(spec, expansion, runs, progress)
    };
    let remedies = remedies(spec, &results, progress, &tune_alone)?;
    Ok(TuneResults { remedies, ..results })
}

fn tune_once(
    spec: &TuneSpec,
    expansion: &Expansion,
    runs: u64,
    progress: &dyn Progress,
) -> Result<TuneResults, TraceError> {
    let scenario = &expansion.scenario;
    let arms = (scenario.strategies.len() * scenario.regressions.len()) as u64;
    let mut asked = runs;
    let mut judged: Vec<JudgedReplication> = Vec::new();
    loop {
        let more = replications(judged.len() as u64..asked, progress, |replication| {
            let done = judge(expansion, replication, &|| progress.go_on())?;
            progress.advance(done.as_ref().map_or(0, |_| arms));
            Ok(done)
        })?;
        judged.extend(more);
        let results = search(spec, expansion, &judged, scenario.experiment.confidence);
        match next_runs(&results) {
            Some(next) if expected_bytes(expansion, next) > MOST_BYTES => {
                let warning = format!(
                    "the precision asked for is not reached: {next} replications would take too much memory"
                );
                let warnings = results.warnings.iter().cloned().chain([warning]).collect();
                return Ok(TuneResults { runs_asked: asked, warnings, ..results });
            }
            Some(next) if progress.go_on() && next > asked => {
                progress.expect((next - asked) * arms);
                asked = next;
            }
            _ => return Ok(TuneResults { runs_asked: asked, ..results }),
        }
    }
}

/// How likely the best policy, or the nearest if none is feasible, rolls a good release back: computed where
/// the model allows it, else, if `simulating`, by splitting or plain runs on the threads of the current rayon
/// pool; `None` if neither. See [`rare`](crate::rare).
///
/// # Errors
/// [`TraceError`] if a traffic trace cannot be read.
pub fn chance(results: &TuneResults, simulating: bool) -> Result<Option<RareEstimate>, TraceError> {
    let chosen = results.best.as_ref().or(results.nearest.as_ref());
    let Some(chosen) = chosen else { return Ok(None) };
    let policy = &chosen.policy;
    let scenario = results.expansion.with(policy.plan, &policy.thresholds());
    if simulating {
        let confidence = scenario.experiment.confidence;
        return estimate(&scenario, 0, Effort { confidence, ..Effort::default() }).map(Some);
    }
    Ok(computed(&scenario, 0).ok())
}
