//! Answers that several runs of a replication have in common, drawn once.
//!
//! Answers are a function of their uniforms and of how many requests have which law. Before the first
//! request of green and after a rollback every run is the run without a deployment; once green has all
//! traffic it does not matter how that came; and regressions that only fail requests take as long as a
//! good release. There the same answers would be drawn again.

use super::answers::{Answers, Class};
use super::book::Side;
use super::fates::{Fates, Odds};
use super::law::Pace;
use super::luck::Draws;
use super::slow::Slow;
use super::{AllFigures, Kinds};
use std::sync::Arc;

/// So many different answers of a cell are remembered.
const OF_A_CELL_MOST: usize = 12;

/// The response times of so many different runs are remembered.
const RUNS_MOST: usize = 64;

/// Answers by cell and question.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    cells: Vec<Vec<Entry>>,
    /// Of whole cells that one fleet has alone.
    alone: Vec<Vec<(Regime, Alone)>>,
    /// Of whole runs.
    figures: Vec<(Kinds, AllFigures)>,
}

/// Who serves a whole cell alone, and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Regime {
    /// Blue, as without the deployment.
    Blue,
    /// Green, with these odds and this pace throughout.
    Green(Odds, Pace),
}

/// What a fleet makes of a whole cell.
#[derive(Clone, Debug)]
pub(super) struct Alone {
    /// Of each fate without the deployment, the fates on green.
    pub(super) on_green: [Fates; 3],
    pub(super) answers: Arc<Answers>,
    /// How many of them are slow.
    pub(super) slow: Slow,
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

    /// What a fleet makes of a whole cell, if a run has found out.
    pub(super) fn alone(&self, cell: usize, regime: Regime) -> Option<&Alone> {
        let known = self.alone.get(cell)?.iter().find(|(own, _)| *own == regime);
        known.map(|(_, alone)| alone)
    }

    /// Keeps what a fleet makes of a whole cell.
    pub(super) fn keep_alone(&mut self, cell: usize, regime: Regime, alone: Alone) {
        if self.alone.len() <= cell {
            self.alone.resize(cell + 1, Vec::new());
        }
        if self.alone[cell].len() < OF_A_CELL_MOST {
            self.alone[cell].push((regime, alone));
        }
    }

    /// What the same response times came to in another run.
    pub(super) fn figures(&self, kinds: &Kinds) -> Option<AllFigures> {
        self.figures.iter().find(|(own, _)| own == kinds).map(|(_, figures)| *figures)
    }

    /// Keeps what response times came to.
    pub(super) fn keep_figures(&mut self, kinds: Kinds, figures: &AllFigures) {
        if self.figures.len() < RUNS_MOST {
            self.figures.push((kinds, *figures));
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.cells.clear();
        self.alone.clear();
        self.figures.clear();
    }
}
