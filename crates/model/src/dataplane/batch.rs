//! Requests in batches: the innermost loop of the simulation.
//!
//! Between two control events nothing changes, so a batch of requests goes through one step after the other,
//! each a loop over columns:
//!
//! 1. **share out**: each request falls on a fleet by its own uniform;
//! 2. **serve**: each fleet takes its requests in order of arrival ([`Fleet::serve_all`]);
//! 3. **publish and time** what it has answered;
//! 4. **compare** with the run without a deployment.
//!
//! What only some scenarios ask for needs the answers one by one, and both fleets' in order of arrival:
//! see [`DataPlane::serve_directly`], which does the same, and is what this loop is tested against.
//! The fleets share nothing and all that is counted is whole numbers, so it makes no difference that one
//! fleet is served after the other.
//!
//! [`Fleet::serve_all`]: crate::endpoint::fleet::Fleet::serve_all

use crate::dataplane::block::{Block, Columns};
use crate::dataplane::ledger::{Ledger, Mark};
use crate::dataplane::lot::{Lot, Places, Shares};
use crate::dataplane::publish::publish_all;
use crate::dataplane::requests::{DataPlane, mark};
use crate::endpoint::fleet::{Answer, Answers, BATCH_REQUESTS, Fate};
use crate::time::SimDuration;
use std::ops::Range;

/// So many answers are looked at together, as most of them are fine.
const GLANCE: usize = 16;

/// What a batch is worked on with.
struct Desk {
    shares: Shares,
    lot: Lot,
    answers: Answers,
    outcomes: Outcomes,
}

/// How the requests of a batch ended.
struct Outcomes {
    fates: [Fate; BATCH_REQUESTS],
    marks: [Mark; BATCH_REQUESTS],
}

impl DataPlane<'_> {
    /// Whether nobody looks at answers one by one.
    pub(super) fn serves_in_batches(&self) -> bool {
        self.mirror <= 0.0
            && self.judge.is_none()
            && self.books.is_none()
            && self.others.is_none()
            && !self.mixes_fleets()
    }

    /// Serves the requests of `block` in `range`.
    pub(super) fn serve_batches<L: Ledger>(
        &mut self,
        block: &Block,
        range: Range<usize>,
        ledger: &mut L,
    ) {
        let mut desk = Desk {
            shares: Shares::new(),
            lot: Lot::new(),
            answers: Answers::new(),
            outcomes: Outcomes::new(),
        };
        for first in range.clone().step_by(BATCH_REQUESTS) {
            let batch = first..range.end.min(first + BATCH_REQUESTS);
            self.serve_batch(&block.columns(batch, self.by_user), first, ledger, &mut desk);
        }
    }

    fn serve_batch<L: Ledger>(
        &mut self,
        columns: &Columns<'_>,
        first: usize,
        ledger: &mut L,
        desk: &mut Desk,
    ) {
        let count = columns.count();
        desk.outcomes.clear(count);
        desk.shares.fill(count, self.share, |index| columns.is_on_green(index, self.share));
        let on_green = desk.shares.green().len(count) as u64;
        self.tally.requests += count as u64;
        self.tally.green += on_green;
        self.tally.faulty_green += if self.green.is_faulty() { on_green } else { 0 };
        self.serve_lot::<L>(columns, false, desk);
        self.serve_lot::<L>(columns, true, desk);
        let Outcomes { fates, marks } = &desk.outcomes;
        let without = ledger.settle_all(first, &marks[..count]);
        for (index, (&here, &without)) in marks.iter().zip(without).enumerate() {
            if here != Mark::FINE || without != Mark::FINE {
                let on_green = columns.is_on_green(index, self.share);
                self.tally.add(fates[index], here, without, on_green);
                if on_green {
                    self.count_own(columns.draw(index), fates[index], [here, without]);
                }
            }
        }
    }

    /// One fleet serves its requests of the batch.
    fn serve_lot<L: Ledger>(&mut self, columns: &Columns<'_>, is_green: bool, desk: &mut Desk) {
        let Desk { shares, lot, answers, outcomes } = desk;
        let places = if is_green { shares.green() } else { shares.blue() };
        let batch = lot.pick(columns, places, is_green);
        let count = batch.at.len();
        if count == 0 {
            return;
        }
        let (fleet, timing, series) = if is_green {
            (&mut self.green, &mut self.green_timing, &mut self.series.green)
        } else {
            (&mut self.blue, &mut self.blue_timing, &mut self.series.blue)
        };
        fleet.serve_all(&batch, |index| columns.latents(places.of(index)), answers);
        if L::PUBLISHES {
            let latencies = self.latencies.as_deref_mut();
            let latencies =
                latencies.map(|all| if is_green { &mut all.green } else { &mut all.blue });
            publish_all(series, latencies, batch.at, answers, self.rules.at_completion);
        }
        if self.is_timing {
            timing.add_all(answers, count);
        }
        outcomes.note(places, answers, count, self.rules.slow_over);
    }
}

impl Outcomes {
    const fn new() -> Self {
        Self { fates: [Fate::Good; BATCH_REQUESTS], marks: [Mark::FINE; BATCH_REQUESTS] }
    }

    /// So many requests, all of them well answered.
    fn clear(&mut self, count: usize) {
        self.fates[..count].fill(Fate::Good);
        self.marks[..count].fill(Mark::FINE);
    }

    /// Notes how the requests at these places ended.
    fn note(
        &mut self,
        places: Places<'_>,
        answers: &Answers,
        count: usize,
        slow_over: SimDuration,
    ) {
        for first in (0..count).step_by(GLANCE) {
            let some = first..count.min(first + GLANCE);
            if answers.are_fine(some.clone(), slow_over) {
                continue;
            }
            for index in some {
                let Answer { fate, wait, response } = answers.answer(index);
                let place = places.of(index);
                self.fates[place] = fate;
                self.marks[place] = mark(fate, wait, response, slow_over);
            }
        }
    }
}

#[cfg(test)]
mod tests;
