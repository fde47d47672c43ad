//! Answers still to come, in order of time.
//!
//! The soonest few stand in order, the soonest last, so that taking one is a step and adding one looks
//! past those that come later: there are few of them, as a new answer is among the latest. The rest wait
//! in a heap until the soonest are gone. So an answer costs what the logarithm of their number does at
//! most, and much less while there are few.

use crate::time::SimTime;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// So many stand in order at most.
const SOONEST: usize = 32;

/// An answer and the instance that it comes from.
pub(super) type Answer = (SimTime, u32);

/// Answers still to come.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers {
    /// The soonest, latest first.
    soonest: Vec<Answer>,
    /// None is sooner than any of those.
    later: BinaryHeap<Reverse<Answer>>,
}

impl Answers {
    /// Adds one.
    #[inline]
    pub(super) fn add(&mut self, answer: Answer) {
        if !self.later.is_empty() && self.soonest.first().is_none_or(|last| last.0 <= answer.0) {
            self.later.push(Reverse(answer));
            return;
        }
        let place = self.soonest.iter().position(|other| other.0 <= answer.0);
        self.soonest.insert(place.unwrap_or(self.soonest.len()), answer);
        if self.soonest.len() > SOONEST {
            self.later.push(Reverse(self.soonest.remove(0)));
        }
    }

    /// Takes the soonest, if it comes by `now`.
    #[inline]
    pub(super) fn take_by(&mut self, now: SimTime) -> Option<Answer> {
        let &soonest = self.soonest.last()?;
        if soonest.0 > now {
            return None;
        }
        self.soonest.pop();
        if self.soonest.is_empty() && !self.later.is_empty() {
            self.refill();
        }
        Some(soonest)
    }

    /// All of them, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Answer> {
        self.soonest.iter().copied().chain(self.later.iter().map(|&Reverse(answer)| answer))
    }

    #[cold]
    fn refill(&mut self) {
        let later = std::iter::from_fn(|| self.later.pop().map(|Reverse(answer)| answer));
        self.soonest.extend(later.take(SOONEST / 2));
        self.soonest.reverse();
    }
}
