//! Simulates what is not kept yet, and keeps it, cell by cell.

use super::plan::Cell;
use crate::cli::args::SweepArgs;
use crate::cli::exit::{Failure, note};
use crate::cli::progress::{Watched, was_interrupted};
use crate::experiment::Results;
use crate::experiment::compare::Comparison;
use crate::experiment::runner;
use crate::experiment::summary::Summary;
use crate::report::write::{OutputFolder, WriteError};
use crate::report::{OutputFile, figures};
use crate::sweep::record::Record;
use rayon::ThreadPool;

/// Where a cell is kept in the output folder.
pub(super) fn name(cell: &Cell) -> String {
    format!("cells/{}.json", cell.fingerprint)
}

/// What is kept of a cell.
pub(super) fn kept(folder: &OutputFolder, cell: &Cell) -> Option<Record> {
    Record::read(&folder.kept(&name(cell))?, &cell.fingerprint)
}

/// Why something could not be written.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(super) fn failed(error: WriteError) -> Failure {
    Failure::Failed(format!("error: {error}"))
}

/// Simulates the cells that are not kept, one after the other.
pub(super) fn simulate(
    cells: &[Cell],
    folder: &OutputFolder,
    args: &SweepArgs,
    pool: &ThreadPool,
) -> Result<(), Failure> {
    let todo: Vec<&Cell> = cells.iter().filter(|cell| kept(folder, cell).is_none()).collect();
    let done = cells.len() - todo.len();
    if done > 0 && !args.common.quiet {
        note(&format!("{done} of {} cells are finished from before", cells.len()));
    }
    let progress = Watched::new(todo.iter().map(|cell| runs_of(cell)).sum(), args.common.quiet);
    for (index, cell) in todo.iter().enumerate() {
        progress.says(&format!("Cell {} of {}", done + index + 1, cells.len()));
        // Another value may have come to the same scenario: 60s and 1m.
        if kept(folder, cell).is_some() {
            continue;
        }
        let results = pool.install(|| runner::run(&cell.scenario, &progress))?;
        let is_whole = results.outcomes.len() as u64 == runs_of(cell);
        if is_whole {
            folder.keep(&file(cell, &results)?).map_err(failed)?;
        }
        let finished = done + index + usize::from(is_whole);
        if was_interrupted() && finished < cells.len() {
            progress.finish();
            return Err(Failure::Interrupted(format!(
                "interrupted: {finished} of {} cells are finished and kept in {}; the same command goes on \
                 from there",
                cells.len(),
                folder.path().display()
            )));
        }
    }
    progress.finish();
    Ok(())
}

fn runs_of(cell: &Cell) -> u64 {
    let arms = cell.scenario.strategies.len() * cell.scenario.regressions.len();
    cell.scenario.experiment.runs * arms as u64
}

fn file(cell: &Cell, results: &Results) -> Result<OutputFile, Failure> {
    let [summary, comparison] = figures(results, &Summary::of(results), &Comparison::of(results))?;
    let record = Record {
        fingerprint: cell.fingerprint.clone(),
        scenario: cell.resolved.clone(),
        replications: cell.scenario.experiment.runs,
        runs: results.outcomes.len(),
        requests: results.requests_simulated,
        summary,
        comparison,
    };
    let bytes = record.bytes().map_err(|error| Failure::Failed(format!("error: {error}")))?;
    Ok(OutputFile { name: name(cell), bytes })
}
