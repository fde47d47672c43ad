//! Answers that several runs of a replication have in common, drawn once.
//!
//! Answers are a function of their uniforms and of how many requests have which law. Before the first
//! request of green and after a rollback every run is the run without a deployment; and regressions that
//! only fail requests take as long as a good release. There the same answers would be drawn again.

use super::answers::{Answers, Class};
use super::book::Side;
use super::luck::Draws;
use std::sync::Arc;

/// So many different answers of a cell are remembered.
const OF_A_CELL_MOST: usize = 12;

/// Answers by cell and question.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    cells: Vec<Vec<Entry>>,
    /// Of whole cells that are blue's alone.
    quiet: Vec<Option<Quiet>>,
}

/// What blue makes of a whole cell.
#[derive(Clone, Debug)]
pub(super) struct Quiet {
    pub(super) answers: Arc<Answers>,
    /// How many are slow, and how many of these would not be without the deployment.
    pub(super) slow: [u64; 2],
}

#[derive(Clone, Debug)]
struct Entry {
    side: Side,
    draws: Draws,
    classes: Vec<Class>,
    answers: Arc<Answers>,
}

impl Memory {
    /// The answers of these classes by these uniforms: as drawn before, or drawn now by `draw`.
    pub(super) fn recall(
        &mut self,
        cell: usize,
        (side, draws): (Side, Draws),
        classes: &[Class],
        draw: impl FnOnce() -> Answers,
    ) -> Arc<Answers> {
        if self.cells.len() <= cell {
            self.cells.resize(cell + 1, Vec::new());
        }
        let entries = &mut self.cells[cell];
        let is_same =
            |entry: &&Entry| entry.side == side && entry.draws == draws && entry.classes == classes;
        if let Some(known) = entries.iter().find(is_same) {
            return Arc::clone(&known.answers);
        }
        let answers = Arc::new(draw());
        if entries.len() < OF_A_CELL_MOST {
            let (classes, answers) = (classes.to_vec(), Arc::clone(&answers));
            entries.push(Entry { side, draws, classes, answers });
        }
        answers
    }

    /// What blue makes of a whole cell, if a run has found out.
    pub(super) fn quiet(&self, cell: usize) -> Option<Quiet> {
        self.quiet.get(cell).cloned().flatten()
    }

    /// Keeps what blue makes of a whole cell.
    pub(super) fn keep_quiet(&mut self, cell: usize, quiet: Quiet) {
        if self.quiet.len() <= cell {
            self.quiet.resize(cell + 1, None);
        }
        self.quiet[cell] = Some(quiet);
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.quiet.clear();
    }
}
