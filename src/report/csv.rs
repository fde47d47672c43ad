//! The tables. Times in seconds since the update was requested, shares from 0 to 1, floats in their
//! shortest exact form, an empty cell for what did not happen or is not defined.

mod record;
mod runs;
mod statistic;
pub mod sweep;
pub(super) mod tune;
mod variants;

pub(super) use record::kind as event_kind;

use super::{OutputFile, RenderError, Streamed};
use crate::experiment::compare::Comparison;
use crate::experiment::summary::Summary;
use crate::experiment::view::View;
use crate::simulation::outcome::Outcome;
use crate::time::SimTime;
use rayon::prelude::*;
use std::io::Write;

/// So many runs are put into words at a time, by one thread.
const RUNS_OF_A_PIECE: usize = 256;

/// The tables that have a row for each run: the only ones that do not fit in memory where the runs do not.
pub(super) fn of_runs(results: View<'_>) -> Vec<Streamed<'_>> {
    let mut tables = vec![runs::table(results)];
    if results.scenario.strategies.iter().any(|plan| plan.test.is_some()) {
        tables.push(variants::table(results));
    }
    tables
}

/// All others.
pub(super) fn render(
    results: View<'_>,
    summary: &Summary,
    comparison: &Comparison,
) -> Result<Vec<OutputFile>, RenderError> {
    Ok(vec![
        file("summary.csv", statistic::summary(results, summary))?,
        file("comparison.csv", statistic::comparison(results, comparison))?,
        file("timeline.csv", record::timeline(results))?,
        file("events.csv", record::events(results))?,
    ])
}

/// `summary.csv` and `comparison.csv` alone, as text.
///
/// # Errors
/// [`RenderError`] if a table cannot be made.
pub fn figures<'r>(
    results: impl Into<View<'r>>,
    summary: &Summary,
    comparison: &Comparison,
) -> Result<[String; 2], RenderError> {
    let results = results.into();
    let text = |table| {
        let bytes = file("", table)?.bytes;
        // Every cell was a text.
        Ok::<String, RenderError>(String::from_utf8_lossy(&bytes).into_owned())
    };
    Ok([
        text(statistic::summary(results, summary))?,
        text(statistic::comparison(results, comparison))?,
    ])
}

/// A header and rows of the same length.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

fn file(name: &str, table: Table) -> Result<OutputFile, RenderError> {
    let bytes = text([table.header].into_iter().chain(table.rows))?;
    Ok(OutputFile { name: name.to_owned(), bytes })
}

/// A table with rows for each run, made run by run, arm by arm.
fn streamed<'r>(
    name: &str,
    results: View<'r>,
    header: Vec<String>,
    rows: impl Fn(&Outcome) -> Vec<Vec<String>> + Sync + 'r,
) -> Streamed<'r> {
    let write = move |to: &mut dyn Write| {
        to.write_all(&text([&header])?).map_err(::csv::Error::from)?;
        for (strategy, regression) in results.arms() {
            let runs = results.runs.arm(strategy, regression)?;
            let pieces = runs.par_chunks(RUNS_OF_A_PIECE);
            let pieces: Result<Vec<Vec<u8>>, ::csv::Error> =
                pieces.map(|piece| text(piece.iter().flat_map(&rows))).collect();
            for piece in pieces? {
                to.write_all(&piece).map_err(::csv::Error::from)?;
            }
        }
        Ok(())
    };
    Streamed { name: name.to_owned(), write: Box::new(write) }
}

/// Records as they stand in a file.
fn text<R>(records: impl IntoIterator<Item = R>) -> Result<Vec<u8>, ::csv::Error>
where
    R: IntoIterator<Item: AsRef<[u8]>>,
{
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    records.into_iter().try_for_each(|record| writer.write_record(record))?;
    writer.into_inner().map_err(|error| ::csv::Error::from(error.into_error()))
}

/// The shortest text that reads back as the same number; never `-0`.
fn number(value: f64) -> String {
    format!("{}", value + 0.0)
}

fn optional(value: Option<f64>) -> String {
    value.map(number).unwrap_or_default()
}

fn seconds(at: SimTime) -> String {
    number(at.as_secs_f64())
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_less_than_nothing_is_nothing() {
        let written = [-0.0, 0.0, -0.5, 1e-7].map(number);
        assert_eq!(written, ["0", "0", "-0.5", "0.0000001"]);
    }
}
