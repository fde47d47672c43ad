//! Results in, bytes out.
//!
//! [`render()`] makes every file of an output folder in memory, the same bytes for the same
//! results; [`write::OutputFolder`] is the only thing here that touches the disk.

pub mod csv;
mod events;
pub mod manifest;
mod number;
pub mod plot;
pub mod sweep;
pub mod terminal;
pub mod tune;
pub mod write;

pub use csv::figures;

use crate::experiment::Results;
use crate::experiment::compare::Comparison;
use crate::experiment::summary::Summary;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its place in the output folder, such as `plots/outcomes.svg`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file that could not be made. It means a defect of this program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A table.
    #[error("could not make a table")]
    Csv(#[from] ::csv::Error),
    /// The manifest, or the events.
    #[error("could not make a JSON file")]
    Json(#[from] serde_json::Error),
    /// A figure.
    #[error("could not draw {name}: {reason}")]
    Plot {
        /// Which.
        name: String,
        /// What the drawing library says.
        reason: String,
    },
}

/// Every file of the output folder: the tables, the figures, `extras` (such as the scenario as it
/// was understood), and last the manifest that lists them all.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render(
    results: &Results,
    summary: &Summary,
    comparison: &Comparison,
    extras: Vec<OutputFile>,
) -> Result<Vec<OutputFile>, RenderError> {
    let mut files = csv::render(results, summary, comparison)?;
    files.push(events::render(results)?);
    files.extend(plot::render(results, summary)?);
    files.extend(extras);
    let manifest = manifest::render(results, comparison, &files)?;
    files.push(manifest);
    Ok(files)
}
