//! Datapoints that have been read, for the evaluations that look at the same windows again.

use std::collections::VecDeque;

use super::{Datapoint, Undecided};
use crate::time::SimTime;

/// The datapoints of windows of one length, by the start of the window.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory(VecDeque<(SimTime, Option<Datapoint>)>);

impl Memory {
    /// What the window from `start` on shows: as remembered, or as read now and said to be final.
    pub(super) fn recall(
        &mut self,
        start: SimTime,
        read: impl FnOnce() -> Result<(Option<Datapoint>, bool), Undecided>,
    ) -> Result<Option<Datapoint>, Undecided> {
        match self.0.binary_search_by_key(&start, |entry| entry.0) {
            Ok(place) => Ok(self.0[place].1),
            Err(place) => {
                let (datapoint, is_final) = read()?;
                if is_final {
                    self.0.insert(place, (start, datapoint));
                }
                Ok(datapoint)
            }
        }
    }

    /// Forgets the windows that start before `oldest`.
    pub(super) fn forget_before(&mut self, oldest: SimTime) {
        while self.0.front().is_some_and(|entry| entry.0 < oldest) {
            self.0.pop_front();
        }
    }
}
