//! The aggregate plane: a piece of an interval at once, without its requests.
//!
//! What it models: two fleets on which no request waits. What a run publishes and counts is drawn jointly,
//! with the law that simulating every request would give it:
//!
//! 1. The [`traffic`] of the replication: how many requests each cell of time brings, and how many of them
//!    fail without a deployment. All runs of the replication share it.
//! 2. A run cuts a cell where its own shares or faults change; the cell's requests fall to the pieces
//!    evenly in expectation (binomial splits).
//! 3. Of each piece green takes its share, and a share is mirrored: binomial splits, fate by fate.
//! 4. `fates`: what becomes of them there, given what became of them without the deployment. So failures
//!    that are attributable are counted exactly.
//! 5. `law`, `answers`: response times by instances' age, slow tail and component of a mixture; counts
//!    between the cuts that alarms ask about, then sums given those.
//! 6. `slow`: which of the slow responses would not be slow without the deployment.
//! 7. `parts`: quantiles over the whole run, by refining the counts where somebody looks.
//!
//! Every draw is the quantile function of its law at a uniform that depends on the replication, the cell,
//! the piece and the purpose alone ([`luck`]). That pairs the runs of a replication.
//!
//! Assumptions: nobody waits; a request counts in the interval of its arrival (in which it is answered but
//! for a share of mean response over interval); over a piece requests come evenly, probabilities are
//! those of its middle, and factors on service times are linear (`steps`: how short that has to be).
//!
//! Not modelled, and refused where the scenario is checked: whatever makes one request depend on another.

mod answers;
mod book;
pub mod fates;
mod law;
pub mod luck;
mod memory;
mod parts;
mod piece;
mod recorded;
mod slow;
mod steps;
pub mod traffic;

pub use book::Book;
pub use parts::Figures;

use crate::dataplane::requests::DataPlane;
use crate::random::inverse::binomial;
use crate::time::{SimDuration, SimTime};
use answers::{Answers, Class};
use book::Side;
use fates::{Fates, ratio};
use luck::What;
use parts::{Parts, figures};
use std::sync::Arc;
use traffic::Traffic;

/// A run whose requests are drawn piece by piece.
#[derive(Clone, Debug)]
pub struct Drawn<'s> {
    /// What the response times came to, once the run is over.
    pub figures: AllFigures,
    traffic: &'s Traffic,
    book: Book,
    rules: Wanted,
    cell: usize,
    piece: u64,
    /// Requests of the cell that are still to be drawn, by their fate without the deployment.
    left: Fates,
    done_to: SimTime,
    /// Nothing changes before.
    due: SimTime,
    times: Box<Lists>,
}

/// What is wanted of a run besides counts.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// A response longer than this is slow, if any is.
    pub slow_over: Option<SimDuration>,
    /// Somebody asks for single values: the highest, the lowest, or those next to a cut.
    pub extremes: bool,
    /// The quantiles of response times that are reported.
    pub quantiles: [f64; 3],
}

/// Response times of a run, and room for the answers and the classes at hand.
#[derive(Clone, Debug, Default)]
struct Lists {
    kinds: Kinds,
    answers: Arc<Answers>,
    classes: Vec<Class>,
}

/// Response times by kind.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kinds {
    blue: Parts,
    green: Parts,
    shadow: Parts,
    production: Parts,
    copies: Parts,
}

impl Lists {
    /// Adds the answers at hand to those of a side; each took `added_ns` longer.
    fn add(&mut self, side: Side, added_ns: i64) {
        let list = match side {
            Side::Blue => &mut self.kinds.blue,
            Side::Green => &mut self.kinds.green,
            Side::Shadow => &mut self.kinds.shadow,
        };
        list.add(&self.answers, added_ns);
    }
}

/// The figures of all response times of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct AllFigures {
    /// Of blue.
    pub blue: Figures,
    /// Of green, copies included.
    pub green: Figures,
    /// Of callers.
    pub all: Figures,
    /// Of mirrored requests in production.
    pub production: Figures,
    /// Of the same on the shadow.
    pub copies: Figures,
}

impl<'s> Drawn<'s> {
    /// A run of the replication that `traffic` belongs to, at its start.
    pub fn new(traffic: &'s Traffic, book: Book, rules: Wanted, start: SimTime) -> Self {
        Self {
            figures: AllFigures::default(),
            traffic,
            book,
            rules,
            cell: 0,
            piece: 0,
            left: traffic.cells.first().map_or([0; 3], |cell| cell.fates),
            done_to: start,
            due: start,
            times: Box::default(),
        }
    }

    /// The laws met so far, for another run: this one is over.
    pub fn take_book(&mut self) -> Book {
        std::mem::take(&mut self.book)
    }

    /// Draws the cells that are over by `until`; nothing changes meanwhile. The rest of a cell is drawn once
    /// something changes ([`catch_up`](Self::catch_up)): most events change nothing.
    pub(super) fn serve(&mut self, plane: &mut DataPlane<'_>, until: SimTime) {
        self.due = until;
        while self.traffic.cells.get(self.cell).is_some_and(|cell| cell.until <= until) {
            self.advance(plane, until);
        }
    }

    /// Draws up to where nothing has changed.
    pub(super) fn catch_up(&mut self, plane: &mut DataPlane<'_>) {
        while self.done_to < self.due && self.cell < self.traffic.cells.len() {
            self.advance(plane, self.due);
        }
    }

    /// Draws the next piece.
    fn advance(&mut self, plane: &mut DataPlane<'_>, until: SimTime) {
        let cell = &self.traffic.cells[self.cell];
        let from = self.done_to;
        let to = steps::end(plane, cell, from).min(until);
        let fates = if to == cell.until {
            self.left
        } else {
            let share = ratio(cell.expected(from, to), cell.expected(from, cell.until));
            let mut draws = self.traffic.luck.of(self.cell as u64, self.piece, What::Pieces);
            self.left.map(|count| binomial(count, share, draws.uniform()))
        };
        for (left, drawn) in self.left.iter_mut().zip(fates) {
            *left -= drawn;
        }
        self.draw(plane, [from, to], fates);
        self.done_to = to;
        self.piece += 1;
        if to == cell.until {
            self.cell += 1;
            self.piece = 0;
            self.left = self.traffic.cells.get(self.cell).map_or([0; 3], |next| next.fates);
        }
    }

    /// Says what all response times came to.
    pub(super) fn sum_up(&mut self) {
        let kinds = std::mem::take(&mut self.times.kinds);
        if let Some(figures) = self.book.memory.figures(&kinds) {
            self.figures = figures;
            return;
        }
        let mut shares = std::mem::take(&mut self.book.shares);
        let known = &mut shares;
        let (book, luck) = (&self.book, self.traffic.luck);
        let at = self.rules.quantiles;
        let mut blue = kinds.blue.bridges((book, Side::Blue), known, luck, 0);
        let mut green = kinds.green.bridges((book, Side::Green), known, luck, 1);
        let mut shadow = kinds.shadow.bridges((book, Side::Shadow), known, luck, 2);
        // What both make of the same request is found out with the same uniforms.
        let mut production = kinds.production.bridges((book, Side::Blue), known, luck, 3);
        let mut copies = kinds.copies.bridges((book, Side::Shadow), known, luck, 4);
        let of_blue = figures(&mut [&mut blue], known, at);
        let is_alone = kinds.green.is_empty();
        self.figures = AllFigures {
            blue: of_blue,
            all: if is_alone { of_blue } else { figures(&mut [&mut blue, &mut green], known, at) },
            green: figures(&mut [&mut green, &mut shadow], known, at),
            production: figures(&mut [&mut production], known, at),
            copies: figures(&mut [&mut copies], known, at),
        };
        self.book.shares = shares;
        self.book.memory.keep_figures(kinds, &self.figures);
    }
}
