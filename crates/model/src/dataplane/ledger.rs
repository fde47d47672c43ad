//! What the run without a deployment did with each request, so that damage can be told from bad luck.
//!
//! *Attributable* is a request that fails (or is slow) in a run and not in the run without the deployment
//! of the same replication, or an answer that is wrong where that run's was right. That run goes first
//! through each block and notes its outcomes; the arms compare theirs.

/// The outcome of one request: some flags, or that it is not known yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(u8);

impl Mark {
    /// A good, fast answer.
    pub const FINE: Self = Self(0);

    /// Not final by the end of its block: it is being retried or waits in a queue.
    pub const OPEN: Self = Self(8);

    const SERVED_SLOWLY: u8 = 16;
    const NEVER_SERVED: u8 = 32;

    /// The mark of a request.
    #[inline]
    pub fn new(failed: bool, slow: bool) -> Self {
        Self(u8::from(failed) | u8::from(slow) << 1)
    }

    /// The same, with a wrong answer.
    #[must_use]
    pub fn with_wrong_answer(self) -> Self {
        Self(self.0 | 4)
    }

    /// The same, whose service alone was slow.
    #[must_use]
    #[inline]
    pub fn served_slowly(self, slowly: bool) -> Self {
        Self(self.0 | if slowly { Self::SERVED_SLOWLY } else { 0 })
    }

    /// Whether its service alone, without any waiting, was slow.
    #[inline]
    pub fn was_served_slowly(self) -> bool {
        self.0 & Self::SERVED_SLOWLY != 0
    }

    /// The same, turned away or timed out before any service.
    #[must_use]
    #[inline]
    pub fn unless_served(self, served: bool) -> Self {
        Self(self.0 | if served { 0 } else { Self::NEVER_SERVED })
    }

    /// Whether a model has seen it.
    #[inline]
    pub fn was_served(self) -> bool {
        self.0 & Self::NEVER_SERVED == 0
    }

    /// Whether it was answered, but slowly.
    #[inline]
    pub fn is_slow_answer(self) -> bool {
        self.slow() && !self.failed()
    }

    /// Whether its caller was worse off than with a good, fast, right answer.
    #[inline]
    pub fn is_harmed(self) -> bool {
        self.0 & 7 != 0
    }

    /// Whether it failed.
    #[inline]
    pub fn failed(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether it was slow.
    #[inline]
    pub fn slow(self) -> bool {
        self.0 & 2 != 0
    }

    /// Whether its answer was wrong.
    #[inline]
    pub fn wrong(self) -> bool {
        self.0 & 4 != 0
    }
}

/// A request by its number, and its outcome.
pub type Numbered = (u64, Mark);

/// Where the outcomes of a block's requests are noted, or compared with.
pub trait Ledger {
    /// Whether anybody looks at what the run publishes.
    const PUBLISHES: bool;

    /// Takes the outcome of the block's `index`th request here and gives the one without the deployment.
    fn settle(&mut self, index: usize, here: Mark) -> Mark;

    /// The same for requests in a row, from the block's `first` on.
    fn settle_all<'a>(&'a mut self, first: usize, here: &'a [Mark]) -> &'a [Mark];

    /// Takes the outcome here of a request that was [`Mark::OPEN`] until now, perhaps of an older block.
    fn close(&mut self, number: u64, here: Mark);
}

/// The run without the deployment: its outcomes are what the others are compared with.
#[derive(Debug)]
pub struct Write<'a> {
    /// Of the block.
    pub marks: &'a mut [Mark],
    /// Number of the block's first request.
    pub first: u64,
    /// Requests of older blocks that have become final.
    pub late: &'a mut Vec<Numbered>,
}

/// Any other run.
#[derive(Debug)]
pub struct Compare<'a>(pub &'a [Mark]);

impl Ledger for Write<'_> {
    const PUBLISHES: bool = false;

    #[inline]
    fn settle(&mut self, index: usize, here: Mark) -> Mark {
        self.marks[index] = here;
        here
    }

    fn settle_all<'a>(&'a mut self, first: usize, here: &'a [Mark]) -> &'a [Mark] {
        self.marks[first..][..here.len()].copy_from_slice(here);
        here
    }

    fn close(&mut self, number: u64, here: Mark) {
        let index = number.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        match index {
            Some(index) => self.marks[index] = here,
            None => self.late.push((number, here)),
        }
    }
}

impl Ledger for Compare<'_> {
    const PUBLISHES: bool = true;

    #[inline]
    fn settle(&mut self, index: usize, _here: Mark) -> Mark {
        self.0[index]
    }

    fn settle_all<'a>(&'a mut self, first: usize, here: &'a [Mark]) -> &'a [Mark] {
        &self.0[first..][..here.len()]
    }

    fn close(&mut self, _number: u64, _here: Mark) {}
}
