//! Results in, bytes out.
//!
//! [`render()`] makes every file of an output folder in memory, the same bytes for the same
//! results; [`write::OutputFolder`] is the only thing here that touches the disk.

pub mod csv;
mod events;
pub mod healthy;
pub mod manifest;
mod number;
pub mod plot;
pub mod sweep;
pub mod terminal;
pub mod tune;
pub mod write;

pub use csv::figures;

use crate::experiment::compare::Comparison;
use crate::experiment::spill::SpillError;
use crate::experiment::summary::Summary;
use crate::experiment::view::View;
use std::fmt;
use std::io::Write;

/// A file to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Its place in the output folder, such as `plots/outcomes.svg`.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file that could not be made. But for outcomes that cannot be read it means a defect of this program.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A table.
    #[error("could not make a table")]
    Csv(#[from] ::csv::Error),
    /// The manifest, or the events.
    #[error("could not make a JSON file")]
    Json(#[from] serde_json::Error),
    /// The outcomes cannot be read from where they are kept.
    #[error(transparent)]
    Outcomes(#[from] SpillError),
    /// A figure.
    #[error("could not draw {name}: {reason}")]
    Plot {
        /// Which.
        name: String,
        /// What the drawing library says.
        reason: String,
    },
}

/// What writes a file, piece by piece.
type WriteTo<'r> = Box<dyn Fn(&mut dyn Write) -> Result<(), RenderError> + 'r>;

/// A file that is made as it is written, since it may not fit in memory.
pub struct Streamed<'r> {
    /// Its place in the output folder.
    pub name: String,
    write: WriteTo<'r>,
}

impl Streamed<'_> {
    /// Writes what is in it.
    ///
    /// # Errors
    /// [`RenderError`] if it cannot be made or written.
    pub fn write(&self, to: &mut dyn Write) -> Result<(), RenderError> {
        (self.write)(to)
    }

    /// In memory after all.
    fn whole(&self) -> Result<OutputFile, RenderError> {
        let mut bytes = Vec::new();
        self.write(&mut bytes)?;
        Ok(OutputFile { name: self.name.clone(), bytes })
    }
}

impl fmt::Debug for Streamed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streamed").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Every file of the output folder.
#[derive(Debug)]
pub struct Rendered<'r> {
    /// Those with a row for each run.
    pub streamed: Vec<Streamed<'r>>,
    /// All others, the manifest last.
    pub files: Vec<OutputFile>,
}

impl Rendered<'_> {
    /// The name of every file, in the order of the manifest, which is the last.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let streamed = self.streamed.iter().map(|file| file.name.as_str());
        streamed.chain(self.files.iter().map(|file| file.name.as_str()))
    }
}

/// Every file of the output folder: the tables, the figures, `extras` (such as the scenario as it
/// was understood), and last the manifest that lists them all. Of the tables with a row for each run, no more
/// than an arm is in memory at a time.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render_streamed<'r>(
    results: impl Into<View<'r>>,
    summary: &Summary,
    comparison: &Comparison,
    extras: Vec<OutputFile>,
) -> Result<Rendered<'r>, RenderError> {
    let results = results.into();
    let streamed = csv::of_runs(results);
    let mut files = csv::render(results, summary, comparison)?;
    files.push(events::render(results)?);
    files.extend(plot::render(results, summary)?);
    files.extend(extras);
    let mut rendered = Rendered { streamed, files };
    let names = rendered.names().map(str::to_owned).collect();
    rendered.files.push(manifest::render(results, comparison, names)?);
    Ok(rendered)
}

/// The same, all in memory.
///
/// # Errors
/// [`RenderError`] if a file cannot be made.
pub fn render<'r>(
    results: impl Into<View<'r>>,
    summary: &Summary,
    comparison: &Comparison,
    extras: Vec<OutputFile>,
) -> Result<Vec<OutputFile>, RenderError> {
    let Rendered { streamed, files } = render_streamed(results, summary, comparison, extras)?;
    let mut whole: Vec<OutputFile> =
        streamed.iter().map(Streamed::whole).collect::<Result<_, _>>()?;
    whole.extend(files);
    Ok(whole)
}
