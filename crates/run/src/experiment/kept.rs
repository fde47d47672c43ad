//! Where the outcomes of an experiment are: in memory, or past a limit in a file.
//!
//! Reports need the runs of one arm (a strategy under a regression) at a time, never of all. [`Runs`] is what
//! they read, so that it makes no difference where the outcomes are.

use super::spill::{Spill, SpillError, SpillWriter};
use super::summary::runs_of;
use crate::simulation::outcome::{Outcome, VariantOutcome};
use std::borrow::Cow;
use std::fmt::Debug;
use std::path::PathBuf;

/// Outcomes take at most so much memory, unless somebody asks otherwise \[bytes\]: some hundred thousand
/// runs, which leaves room on a machine of 2 GB.
pub const OUTCOME_BYTES_MOST: usize = 512 << 20;

/// How much room outcomes have in memory, and where the others go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes in memory; past them, all outcomes are in a file.
    pub bytes_most: usize,
    /// The folder of that file, which has no name there and is gone with the program, however that ends.
    pub folder: PathBuf,
}

/// The runs of an experiment, one arm at a time.
pub trait Runs: Debug + Sync {
    /// The runs of a strategy under a regression, in order of replication.
    ///
    /// # Errors
    /// [`SpillError`] if they cannot be read from where they are.
    fn arm(&self, strategy: usize, regression: usize) -> Result<Cow<'_, [Outcome]>, SpillError>;

    /// How many runs that arm has.
    fn count(&self, strategy: usize, regression: usize) -> usize;
}

/// In memory, ordered by (strategy, regression, replication).
impl Runs for Vec<Outcome> {
    fn arm(&self, strategy: usize, regression: usize) -> Result<Cow<'_, [Outcome]>, SpillError> {
        Ok(Cow::Borrowed(runs_of(self, strategy, regression)))
    }

    fn count(&self, strategy: usize, regression: usize) -> usize {
        runs_of(self, strategy, regression).len()
    }
}

/// Outcomes arm by arm, each arm's in order of replication.
#[derive(Debug)]
pub struct Arms {
    runs: Vec<Vec<Outcome>>,
    regressions: usize,
}

impl Arms {
    fn of(&self, strategy: usize, regression: usize) -> &[Outcome] {
        &self.runs[strategy * self.regressions + regression]
    }
}

/// The outcomes of an experiment.
#[derive(Debug)]
pub enum Kept {
    /// In memory.
    Memory(Arms),
    /// In a file.
    File(Spill),
}

impl Runs for Kept {
    fn arm(&self, strategy: usize, regression: usize) -> Result<Cow<'_, [Outcome]>, SpillError> {
        match self {
            Self::Memory(arms) => Ok(Cow::Borrowed(arms.of(strategy, regression))),
            Self::File(spill) => spill.arm(strategy, regression).map(Cow::Owned),
        }
    }

    fn count(&self, strategy: usize, regression: usize) -> usize {
        match self {
            Self::Memory(arms) => arms.of(strategy, regression).len(),
            Self::File(spill) => spill.count(strategy, regression),
        }
    }
}

/// Keeps outcomes as they come.
#[derive(Debug)]
pub(super) struct Keeper<'a> {
    room: &'a Room,
    bytes: usize,
    memory: Arms,
    file: Option<SpillWriter>,
}

impl<'a> Keeper<'a> {
    /// Of an experiment with so many strategies and regressions.
    pub(super) fn new(room: &'a Room, strategies: usize, regressions: usize) -> Self {
        let runs = vec![Vec::new(); strategies * regressions];
        Self { room, bytes: 0, memory: Arms { runs, regressions }, file: None }
    }

    /// Keeps these, which follow on the earlier ones of their arms.
    pub(super) fn keep(&mut self, outcomes: Vec<Outcome>) -> Result<(), SpillError> {
        if let Some(file) = &mut self.file {
            return outcomes.iter().try_for_each(|run| file.push(run));
        }
        self.bytes += outcomes.iter().map(bytes_of).sum::<usize>();
        let Arms { runs, regressions } = &mut self.memory;
        for run in outcomes {
            runs[run.strategy * *regressions + run.regression].push(run);
        }
        if self.bytes > self.room.bytes_most {
            let mut file = SpillWriter::new(&self.room.folder, runs.len(), *regressions)?;
            std::mem::take(runs).iter().flatten().try_for_each(|run| file.push(run))?;
            self.file = Some(file);
        }
        Ok(())
    }

    /// What was kept, in order.
    pub(super) fn finish(self) -> Result<Kept, SpillError> {
        match self.file {
            Some(file) => file.finish().map(Kept::File),
            None => Ok(Kept::Memory(self.memory)),
        }
    }
}

/// What an outcome takes in memory \[bytes\].
fn bytes_of(run: &Outcome) -> usize {
    size_of::<Outcome>() + run.variants.capacity() * size_of::<VariantOutcome>()
}
