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
        // There are few, and mostly the newest is new.
        let newer = self.0.iter().rev().take_while(|entry| entry.0 > start).count();
        let place = self.0.len() - newer;
        if let Some(known) = place.checked_sub(1).and_then(|before| self.0.get(before))
            && known.0 == start
        {
            return Ok(known.1);
        }
        let (datapoint, is_final) = read()?;
        if is_final {
            self.0.insert(place, (start, datapoint));
        }
        Ok(datapoint)
    }

    /// Forgets the windows that start before `oldest`.
    pub(super) fn forget_before(&mut self, oldest: SimTime) {
        while self.0.front().is_some_and(|entry| entry.0 < oldest) {
            self.0.pop_front();
        }
    }
}
