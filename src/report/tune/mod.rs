//! The results of a tuning: in words, as tables and figures, and ready to be set on AWS.
//!
//! [`render()`] makes every file of the output folder in memory, the same bytes for the same results;
//! [`terminal()`] is the page for people.

mod aws;
mod chance;
pub(in crate::report) mod figures;
mod page;
mod performance;
pub(in crate::report) mod policy;
mod recommendation;
mod standing;
pub(in crate::report) mod words;

use super::terminal::Terminal;
use super::{OutputFile, RenderError, csv, manifest, plot};
use crate::tuning::results::TuneResults;
use std::fmt::Write as _;

/// Every file of the output folder: `recommendation.json`, the tables, the figures, what can be set on AWS,
/// `extras` (such as the scenario as it was understood), and last the manifest that lists them all.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render(
    results: &TuneResults,
    extras: Vec<OutputFile>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = vec![recommendation::render(results)?];
    files.extend(csv::tune::render(results)?);
    files.extend(plot::tune::render(results)?);
    files.extend(aws::render(results)?);
    files.extend(extras);
    let manifest = manifest::of_tuning(results, &files)?;
    files.push(manifest);
    Ok(files)
}

/// The results as text: the recommendation, what is set now, the best policies, the front.
pub fn terminal(results: &TuneResults, terminal: Terminal) -> String {
    page::render(results, terminal)
}

/// What was written to `folder`, by what it is for.
pub fn file_list(folder: &str, files: &[OutputFile]) -> String {
    let mut text = format!("Wrote {} files to {folder}/\n", files.len());
    let kinds = [("tables", ""), ("plots", "plots/"), ("to set on AWS", "aws/")];
    for (what, place) in kinds {
        let in_place = files.iter().filter(|file| match file.name.split_once('/') {
            Some((parent, _)) => place.strip_suffix('/') == Some(parent),
            None => place.is_empty(),
        });
        let names: Vec<&str> = in_place.map(|file| file.name.as_str()).collect();
        if !names.is_empty() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {what}: {}", names.join("  "));
        }
    }
    text
}

/// JSON for people and programs, a line end at its end.
fn json_file(name: &str, value: &serde_json::Value) -> Result<OutputFile, RenderError> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(OutputFile { name: name.to_owned(), bytes })
}
