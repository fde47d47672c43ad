//! The requests of a batch that one fleet serves, side by side.

use crate::dataplane::block::Columns;
use crate::endpoint::fleet::{BATCH_REQUESTS, Batch};
use crate::time::SimTime;

/// Requests of a batch, by their places in it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Places<'a> {
    /// All of them.
    All,
    /// Those listed, ascending.
    Listed(&'a [u16]),
}

/// Places of a batch's requests, by whether they go to green.
#[derive(Debug)]
pub(super) struct Shares {
    blue: [u16; BATCH_REQUESTS],
    green: [u16; BATCH_REQUESTS],
    on_green: usize,
    count: usize,
}

/// Room for the columns of some requests of a batch.
#[derive(Debug)]
pub(super) struct Lot {
    at: [SimTime; BATCH_REQUESTS],
    place: [f64; BATCH_REQUESTS],
    base_ns: [f64; BATCH_REQUESTS],
    error: [f64; BATCH_REQUESTS],
}

impl Places<'_> {
    /// How many there are in a batch of so many requests.
    pub(super) fn len(self, batch: usize) -> usize {
        match self {
            Self::All => batch,
            Self::Listed(places) => places.len(),
        }
    }

    /// Where in the batch the request at this index of the lot stands.
    #[inline]
    pub(super) fn of(self, index: usize) -> usize {
        match self {
            Self::All => index,
            Self::Listed(places) => usize::from(places[index]),
        }
    }
}

impl Shares {
    pub(super) const fn new() -> Self {
        let nowhere = [0; BATCH_REQUESTS];
        Self { blue: nowhere, green: nowhere, on_green: 0, count: 0 }
    }

    /// Shares out so many requests, of which green takes this share.
    #[inline]
    pub(super) fn fill(&mut self, count: usize, share: f64, is_on_green: impl Fn(usize) -> bool) {
        if share <= 0.0 || share >= 1.0 {
            (self.on_green, self.count) = (if share >= 1.0 { count } else { 0 }, count);
            return;
        }
        let mut on_green = 0;
        for (index, place) in (0_u16..).take(count.min(BATCH_REQUESTS)).enumerate() {
            // Written down for both and kept by one: which of them could not be predicted.
            self.green[on_green] = place;
            self.blue[index - on_green] = place;
            on_green += usize::from(is_on_green(index));
        }
        (self.on_green, self.count) = (on_green, count);
    }

    /// Those that go to green.
    pub(super) fn green(&self) -> Places<'_> {
        Self::places(&self.green[..self.on_green], self.count)
    }

    /// The others.
    pub(super) fn blue(&self) -> Places<'_> {
        Self::places(&self.blue[..self.count - self.on_green], self.count)
    }

    fn places(listed: &[u16], count: usize) -> Places<'_> {
        if listed.len() == count { Places::All } else { Places::Listed(listed) }
    }
}

impl Lot {
    pub(super) const fn new() -> Self {
        Self {
            at: [SimTime::ZERO; BATCH_REQUESTS],
            place: [0.0; BATCH_REQUESTS],
            base_ns: [0.0; BATCH_REQUESTS],
            error: [0.0; BATCH_REQUESTS],
        }
    }

    /// The requests at these places, with service times by green's latency distribution or by blue's.
    #[inline]
    pub(super) fn pick<'a>(
        &'a mut self,
        columns: &Columns<'a>,
        places: Places<'_>,
        by_green: bool,
    ) -> Batch<'a> {
        let all = columns.batch(by_green);
        let Places::Listed(places) = places else { return all };
        let rows = self.at.iter_mut().zip(&mut self.place).zip(&mut self.base_ns);
        for ((((at, place), base_ns), error), &from) in rows.zip(&mut self.error).zip(places) {
            let from = usize::from(from);
            (*at, *place) = (all.at[from], all.place[from]);
            (*base_ns, *error) = (all.base_ns[from], all.error[from]);
        }
        let count = places.len();
        Batch {
            at: &self.at[..count],
            place: &self.place[..count],
            base_ns: &self.base_ns[..count],
            error: &self.error[..count],
        }
    }
}
