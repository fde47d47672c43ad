//! Requests whose outcome is known only after the block in which they arrive: those that are tried again,
//! and those that wait in a queue that instances poll.
//!
//! Such a request is settled as soon as its outcome is known both here and in the run without the
//! deployment, and then counts where it arrived. Memory is bounded by the requests outstanding in either
//! run. A request that is still open at the horizon counts as failed if its last attempt failed, as not
//! failed if it waits in a queue, and as slow if it has been under way for longer than that.

use crate::dataplane::ledger::{Mark, Numbered};
use crate::dataplane::tally::Tally;
use crate::endpoint::fleet::Fate;
use crate::time::SimTime;
use std::collections::BTreeMap;

/// Requests that are not settled, and what has been found out since somebody asked.
#[derive(Clone, Debug, Default)]
pub struct Settlement {
    open: BTreeMap<u64, Open>,
    late: Vec<Late>,
}

/// A count that belongs to the time at which a request arrived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Late {
    /// Which request.
    pub origin: Origin,
    /// What is to be added.
    pub change: Tally,
}

/// A request as it arrived.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Origin {
    /// Its number in the replication.
    pub number: u64,
    /// When.
    pub arrived: SimTime,
    /// Green's share of the traffic then.
    pub share: f64,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How its last attempt was answered.
    pub fate: Fate,
    /// What that is to its caller.
    pub mark: Mark,
    /// Whether green answered.
    pub on_green: bool,
}

#[derive(Clone, Copy, Debug)]
struct Open {
    origin: Origin,
    here: Option<Ending>,
    without: Option<Mark>,
}

impl Settlement {
    /// Opens a request whose outcome without the deployment is `without`, perhaps [`Mark::OPEN`].
    pub fn open(&mut self, origin: Origin, without: Mark) {
        let without = (without != Mark::OPEN).then_some(without);
        self.open.insert(origin.number, Open { origin, here: None, without });
    }

    /// The outcome here of an open request.
    pub fn close(&mut self, number: u64, here: Ending) {
        if let Some(open) = self.open.get_mut(&number) {
            open.here = Some(here);
            self.settle(number);
        }
    }

    /// Outcomes without the deployment of requests of older blocks.
    pub fn learn(&mut self, without: &[Numbered]) {
        for &(number, mark) in without {
            if let Some(open) = self.open.get_mut(&number) {
                open.without = Some(mark);
                self.settle(number);
            }
        }
    }

    /// Adds to the counts of a request's time of arrival.
    pub fn count(&mut self, origin: Origin, change: Tally) {
        self.late.push(Late { origin, change });
    }

    /// Settles what is still open at the horizon: `unanswered` says what a request that arrived then counts
    /// as, here and without the deployment. If that is no failure, nobody knows whether it would be one, so
    /// it does not differ from the other run in that.
    pub fn finish(&mut self, unanswered: impl Fn(SimTime) -> Ending) {
        for (_, open) in std::mem::take(&mut self.open) {
            let ending = unanswered(open.origin.arrived);
            let is_failure = ending.mark.failed();
            let here = open.here.unwrap_or(ending);
            let without = match open.without {
                Some(mark) => Mark::new(mark.failed() && is_failure, mark.slow()),
                None => Mark::new(here.mark.failed() || is_failure, ending.mark.slow()),
            };
            let mut change = Tally::default();
            change.add(here.fate, here.mark, without, here.on_green);
            change.unanswered = u64::from(open.here.is_none());
            self.late.push(Late { origin: open.origin, change });
        }
    }

    /// Takes what is to be counted.
    pub fn take_late(&mut self) -> Vec<Late> {
        std::mem::take(&mut self.late)
    }

    /// Requests that are not settled.
    pub fn outstanding(&self) -> usize {
        self.open.len()
    }

    fn settle(&mut self, number: u64) {
        let Some(&Open { origin, here: Some(here), without: Some(without) }) =
            self.open.get(&number)
        else {
            return;
        };
        self.open.remove(&number);
        if here.mark != Mark::FINE || without != Mark::FINE {
            let mut change = Tally::default();
            change.add(here.fate, here.mark, without, here.on_green);
            self.late.push(Late { origin, change });
        }
    }
}
