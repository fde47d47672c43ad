//! What the run without a deployment did with each request, so that damage can be told from bad luck.
//!
//! *Attributable* is a request that fails (or is slow) in a run and not in the run without the deployment
//! of the same replication, or an answer that is wrong where that run's was right. That run goes first
//! through each block and notes its outcomes; the arms compare theirs.

/// The outcome of one request: three flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark(u8);

impl Mark {
    /// A good, fast answer.
    pub const FINE: Self = Self(0);

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

/// Where the outcomes of a block's requests are noted, or compared with.
pub trait Ledger {
    /// Whether anybody looks at what the run publishes.
    const PUBLISHES: bool;

    /// Takes the outcome of the block's `index`th request here and gives the one without the deployment.
    fn settle(&mut self, index: usize, here: Mark) -> Mark;
}

/// The run without the deployment: its outcomes are what the others are compared with.
#[derive(Debug)]
pub struct Write<'a>(pub &'a mut [Mark]);

/// Any other run.
#[derive(Debug)]
pub struct Compare<'a>(pub &'a [Mark]);

impl Ledger for Write<'_> {
    const PUBLISHES: bool = false;

    #[inline]
    fn settle(&mut self, index: usize, here: Mark) -> Mark {
        self.0[index] = here;
        here
    }
}

impl Ledger for Compare<'_> {
    const PUBLISHES: bool = true;

    #[inline]
    fn settle(&mut self, index: usize, _here: Mark) -> Mark {
        self.0[index]
    }
}
