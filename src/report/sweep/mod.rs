//! The output of a sweep: its table, its figures, and what is said of it.

mod ranges;
mod survival;

pub use super::csv::sweep::CellTable;
pub use ranges::render as ranges;
pub use survival::{Survey, render as survival};

use super::manifest::{FORMAT, Manifest, SweptCells, TOOL};
use super::{OutputFile, RenderError, csv, plot};
use crate::sweep::conclusions::Conclusion;
use crate::sweep::record::Record;
use crate::sweep::study::Study;

/// The manifest of a sweep that is not done: it makes the folder ours before anything is in it.
///
/// # Errors
/// [`RenderError`] if it cannot be made.
pub fn claim(study: &Study, keys: Vec<String>, cells: usize) -> Result<OutputFile, RenderError> {
    manifest(study, (keys, cells), &[], &[]).file()
}

/// Every file of a sweep over keys: `sweep.csv` (which `table` is), the figures, `extras`, and last the
/// manifest.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render(
    study: &Study,
    records: &[Totals],
    table: CellTable,
    extras: Vec<OutputFile>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = vec![table.file()?];
    files.extend(plot::render_sweep(study)?);
    files.extend(extras);
    let keys = study.axes.iter().map(|axis| axis.key.clone()).collect();
    files.push(manifest(study, (keys, study.cells.len()), records, &files).file()?);
    Ok(files)
}

/// Every file of a sweep over what is undocumented: `undocumented.csv` (which `table` is),
/// `conclusions.csv`, `extras`, and last the manifest. `cells` holds the setting and the value of each
/// cell.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render_undocumented(
    study: &Study,
    records: &[Totals],
    table: CellTable,
    (cells, conclusions): (&[(String, String)], &[Conclusion]),
    extras: Vec<OutputFile>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = vec![table.file()?, csv::sweep::conclusions(study, cells, conclusions)?];
    files.extend(extras);
    let mut keys: Vec<String> = cells.iter().map(|(setting, _)| setting.clone()).collect();
    keys.dedup();
    keys.retain(|key| !key.is_empty());
    files.push(manifest(study, (keys, study.cells.len()), records, &files).file()?);
    Ok(files)
}

/// How much was simulated for a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    replications: u64,
    runs: usize,
    requests: u64,
}

impl From<&Record> for Totals {
    fn from(record: &Record) -> Self {
        Self { replications: record.replications, runs: record.runs, requests: record.requests }
    }
}

fn manifest(
    study: &Study,
    (keys, cells): (Vec<String>, usize),
    records: &[Totals],
    files: &[OutputFile],
) -> Manifest {
    let compared = |cell: &crate::sweep::study::CellResult| {
        cell.pairs.iter().filter(|pair| pair.p_holm.is_some()).count()
    };
    Manifest {
        tool: TOOL.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        format: FORMAT,
        scenario: study.name.clone(),
        seed: study.seed,
        runs_asked: study.replications,
        runs_done: records.iter().map(|record| record.replications).min().unwrap_or(0),
        partial: records.len() < cells,
        precision: None,
        confidence: study.confidence,
        comparisons: study.cells.first().map_or(0, compared),
        strategies: study.strategies.len(),
        regressions: study.regressions.len(),
        simulated_runs: records.iter().map(|record| record.runs).sum(),
        simulated_requests: records.iter().map(|record| record.requests).sum(),
        fidelity: None,
        files: files.iter().map(|file| file.name.clone()).collect(),
        sweep: Some(SweptCells { keys, cells }),
    }
}

/// The settings of a cell, in words.
fn in_words(settings: &[crate::scenario::Setting]) -> String {
    settings.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Names in quotes, one after the other.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
