//! Outcomes in a temporary file, arm by arm.
//!
//! Runs come replication by replication and are read arm by arm, so each arm has a buffer, which goes to the
//! end of the one file whenever it is full; where each part of an arm lies is remembered. An outcome is
//! written in postcard's format (<https://postcard.jamesmunns.com/wire-format>): whole numbers as variable
//! lengths, floats by their bits, so it reads back as the same outcome.

use crate::simulation::outcome::Outcome;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A buffer is written once it has so many bytes.
const PART_BYTES: usize = 64 << 10;

/// Outcomes that could not be written to their temporary file, or not be read from it.
#[derive(Debug, thiserror::Error)]
pub enum SpillError {
    /// The disk says no.
    #[error("could not keep outcomes in a temporary file in {}: {source}", folder.display())]
    Io {
        /// Where the file is.
        folder: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What was written does not read back, or cannot be written at all.
    #[error("the temporary file of outcomes in {} is damaged: {source}", folder.display())]
    Format {
        /// Where the file is.
        folder: PathBuf,
        /// What the format's reader says.
        source: postcard::Error,
    },
}

/// A part of an arm in the file.
#[derive(Clone, Copy, Debug)]
struct Part {
    at: u64,
    bytes: usize,
}

/// An arm's parts, in order of replication, and how many runs they hold.
#[derive(Clone, Debug, Default)]
struct Parts {
    parts: Vec<Part>,
    runs: usize,
}

/// A file of outcomes that is being written.
#[derive(Debug)]
pub(super) struct SpillWriter {
    folder: PathBuf,
    file: File,
    end: u64,
    regressions: usize,
    arms: Vec<Parts>,
    buffers: Vec<Vec<u8>>,
}

impl SpillWriter {
    /// A file in `folder`, of so many arms.
    pub(super) fn new(folder: &Path, arms: usize, regressions: usize) -> Result<Self, SpillError> {
        let folder = folder.to_owned();
        let file = tempfile::tempfile_in(&folder).map_err(failed(&folder))?;
        let arms = vec![Parts::default(); arms];
        let buffers = vec![Vec::new(); arms.len()];
        Ok(Self { folder, file, end: 0, regressions, arms, buffers })
    }

    /// Adds a run, after those of lower replications of its arm.
    pub(super) fn push(&mut self, run: &Outcome) -> Result<(), SpillError> {
        let arm = run.strategy * self.regressions + run.regression;
        postcard::to_io(run, &mut self.buffers[arm]).map_err(damaged(&self.folder))?;
        self.arms[arm].runs += 1;
        if self.buffers[arm].len() >= PART_BYTES { self.flush(arm) } else { Ok(()) }
    }

    fn flush(&mut self, arm: usize) -> Result<(), SpillError> {
        let buffer = &mut self.buffers[arm];
        self.file.write_all(buffer).map_err(failed(&self.folder))?;
        self.arms[arm].parts.push(Part { at: self.end, bytes: buffer.len() });
        self.end += buffer.len() as u64;
        buffer.clear();
        Ok(())
    }

    /// The file, to be read.
    pub(super) fn finish(mut self) -> Result<Spill, SpillError> {
        (0..self.arms.len()).try_for_each(|arm| self.flush(arm))?;
        let Self { folder, file, end, regressions, arms, .. } = self;
        Ok(Spill { folder, file: Mutex::new(file), bytes: end, regressions, arms })
    }
}

/// A file of outcomes. It has no name, so that nothing is left of it, however the program ends.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    /// Reading moves the file's one place.
    file: Mutex<File>,
    bytes: u64,
    regressions: usize,
    arms: Vec<Parts>,
}

impl Spill {
    /// How large the file is.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many runs an arm has.
    pub(super) fn count(&self, strategy: usize, regression: usize) -> usize {
        self.arms[strategy * self.regressions + regression].runs
    }

    /// The runs of an arm, in order of replication.
    pub(super) fn arm(
        &self,
        strategy: usize,
        regression: usize,
    ) -> Result<Vec<Outcome>, SpillError> {
        let Parts { parts, runs } = &self.arms[strategy * self.regressions + regression];
        let mut outcomes = Vec::with_capacity(*runs);
        let mut buffer = Vec::new();
        for part in parts {
            buffer.resize(part.bytes, 0);
            self.read(part.at, &mut buffer).map_err(failed(&self.folder))?;
            let mut rest = buffer.as_slice();
            while !rest.is_empty() {
                let (outcome, after) =
                    postcard::take_from_bytes(rest).map_err(damaged(&self.folder))?;
                outcomes.push(outcome);
                rest = after;
            }
        }
        Ok(outcomes)
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        // Every read says where it begins, so one that was broken off does no harm.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(buffer)
    }
}

fn failed(folder: &Path) -> impl FnOnce(io::Error) -> SpillError {
    let folder = folder.to_owned();
    |source| SpillError::Io { folder, source }
}

fn damaged(folder: &Path) -> impl FnOnce(postcard::Error) -> SpillError {
    let folder = folder.to_owned();
    |source| SpillError::Format { folder, source }
}
