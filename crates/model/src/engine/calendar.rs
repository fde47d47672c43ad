//! The event calendar: pending events in the order in which they happen.
//!
//! The order is (time, [rank](Ranked::rank) of the event's kind, order of scheduling), so simultaneous
//! events have a defined order that does not depend on the heap, the platform or chance.

use crate::time::SimTime;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// Events of one kind come before events of a higher rank at the same instant.
pub trait Ranked {
    /// The rank of this event's kind.
    fn rank(&self) -> u8;
}

/// Pending events.
#[derive(Clone, Debug)]
pub struct Calendar<E> {
    pending: BinaryHeap<Reverse<Entry<E>>>,
    scheduled: u64,
    now: SimTime,
}

#[derive(Clone, Debug)]
struct Entry<E> {
    at: SimTime,
    rank: u8,
    order: u64,
    event: E,
}

impl<E: Ranked> Calendar<E> {
    /// An empty calendar whose clock stands at `now`.
    pub fn new(now: SimTime) -> Self {
        Self { pending: BinaryHeap::new(), scheduled: 0, now }
    }

    /// Adds an event.
    ///
    /// # Panics
    /// If `at` lies before the last event taken: time never goes back.
    pub fn schedule(&mut self, at: SimTime, event: E) {
        assert!(at >= self.now, "an event at {at:?} was scheduled at {:?}", self.now);
        let entry = Entry { at, rank: event.rank(), order: self.scheduled, event };
        self.scheduled += 1;
        self.pending.push(Reverse(entry));
    }

    /// When the next event happens; [`SimTime::NEVER`] if there is none.
    pub fn next_at(&self) -> SimTime {
        self.pending.peek().map_or(SimTime::NEVER, |Reverse(entry)| entry.at)
    }

    /// The next event, if there is one.
    pub fn next(&self) -> Option<&E> {
        self.pending.peek().map(|Reverse(entry)| &entry.event)
    }

    /// Takes the next event and moves the clock to it.
    pub fn take(&mut self) -> Option<(SimTime, E)> {
        let Reverse(entry) = self.pending.pop()?;
        self.now = entry.at;
        Some((entry.at, entry.event))
    }
}

impl<E> Entry<E> {
    fn key(&self) -> (SimTime, u8, u64) {
        (self.at, self.rank, self.order)
    }
}

impl<E> Ord for Entry<E> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<E> PartialOrd for Entry<E> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<E> PartialEq for Entry<E> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<E> Eq for Entry<E> {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Labelled {
        rank: u8,
        label: usize,
    }

    impl Ranked for Labelled {
        fn rank(&self) -> u8 {
            self.rank
        }
    }

    proptest! {
        #[test]
        fn takes_events_as_a_stable_sort_would(keys in prop::collection::vec((0_i64..6, 0_u8..3), 0..60)) {
            let mut calendar = Calendar::new(SimTime::ZERO);
            for (label, &(at, rank)) in keys.iter().enumerate() {
                calendar.schedule(SimTime::from_nanos(at), Labelled { rank, label });
            }
            let mut expected: Vec<usize> = (0..keys.len()).collect();
            expected.sort_by_key(|&label| keys[label]);
            let taken: Vec<usize> =
                std::iter::from_fn(|| calendar.take()).map(|(_, event)| event.label).collect();
            prop_assert_eq!(taken, expected);
        }
    }

    #[test]
    #[should_panic(expected = "was scheduled at")]
    fn time_never_goes_back() {
        let mut calendar = Calendar::new(SimTime::ZERO);
        calendar.schedule(SimTime::from_nanos(5), Labelled { rank: 0, label: 0 });
        calendar.take();
        calendar.schedule(SimTime::from_nanos(4), Labelled { rank: 0, label: 1 });
    }

    #[test]
    fn an_empty_calendar_has_nothing_to_come() {
        let mut calendar: Calendar<Labelled> = Calendar::new(SimTime::ZERO);
        assert_eq!(calendar.next_at(), SimTime::NEVER);
        assert_eq!(calendar.take(), None);
    }
}
