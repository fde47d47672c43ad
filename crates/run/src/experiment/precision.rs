//! How many replications are made where a precision is asked for.
//!
//! **When it is enough.** Once every share of a verdict ([`Verdict`]) among the runs of every strategy under
//! every regression has a Wilson interval no wider than the precision, from its lower to its upper end. These
//! are the intervals that `summary.csv` has.
//!
//! **When it is looked at.** After [`FIRST`] replications, and whenever there are half as many again: 100,
//! 150, 225, 338, … A function of their number alone, so that what is simulated does not depend on the
//! threads, and the results are those of a plain run of as many replications. A third of them at most was not
//! needed, and even ten million replications are looked at 30 times only.
//!
//! **What looking costs.** Next to nothing. At a stop that chance had a say in, an interval could cover less
//! often than it says; as the width goes to 0 its coverage becomes the nominal one (Chow & Robbins 1965, Ann.
//! Math. Statist. 36, 457–462). For a share it can be computed exactly, by recursion over the looks (Frey
//! 2010, The American Statistician 64, 242–249), which the tests do, for a share that alone decides when to
//! stop: at a level of 95 % and widths of 20 %, 10 %, 5 % and 2 % the coverage is 95.0 % to 95.1 % on average
//! over all shares, and at the worst share 91.0 %, 91.0 %, 93.6 % and 94.4 %. A fixed number of replications
//! has no more (91.0 % at 100, 93.8 % at 338, 94.4 % at 1 711): that is Wilson's interval itself, at shares
//! near 0. What is no share (means, quantiles, costs) is not looked at, but comes of the same replications.

use crate::simulation::outcome::{Outcome, Verdict};
use crate::stats::proportion::{wilson, wilson_trials};
use crate::stats::{Interval, real};

/// The replications before the first look.
pub const FIRST: u64 = 100;

/// The number of replications at the next look, after `done` and at most `most`.
pub fn next_look(done: u64, most: u64) -> u64 {
    (done + done.div_ceil(2)).max(FIRST).min(most)
}

/// How sure the least sure share of a verdict is.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// The width asked for.
    pub asked: f64,
    /// The widest interval of a share.
    pub widest: f64,
    /// What the share is of: the name in the tables, such as `caught`.
    pub metric: &'static str,
    /// Index of its strategy.
    pub strategy: usize,
    /// Index of its regression.
    pub regression: usize,
    /// About so many replications make that interval as narrow as asked.
    pub runs_needed: u64,
}

impl Reached {
    /// Whether that is what was asked for.
    pub fn is_enough(&self) -> bool {
        self.widest <= self.asked
    }
}

/// The verdicts of an experiment, counted as its replications come.
#[derive(Clone, Debug)]
pub struct Tally {
    regressions: usize,
    counts: Vec<[u64; Verdict::ALL.len()]>,
}

impl Tally {
    /// Of an experiment with so many strategies and regressions.
    pub fn new(strategies: usize, regressions: usize) -> Self {
        Self { regressions, counts: vec![[0; Verdict::ALL.len()]; strategies * regressions] }
    }

    /// Counts a run.
    ///
    /// # Panics
    /// If it is of another experiment.
    pub fn add(&mut self, run: &Outcome) {
        let counts = &mut self.counts[run.strategy * self.regressions + run.regression];
        for (count, verdict) in counts.iter_mut().zip(Verdict::ALL) {
            *count += u64::from(run.verdict == verdict);
        }
    }

    /// What is reached of a width `asked`, above 0, at this level of confidence; `None` before the first run.
    /// Of several intervals that are as wide, the first in the order of the tables.
    ///
    /// # Panics
    /// If the level is not between 0 and 1.
    pub fn reached(&self, asked: f64, confidence: f64) -> Option<Reached> {
        let mut widest: Option<(f64, usize, usize, f64)> = None;
        for (arm, counts) in self.counts.iter().enumerate() {
            let runs: u64 = counts.iter().sum();
            for (verdict, &count) in counts.iter().enumerate() {
                let width = wilson(count, runs, confidence).map(Interval::width)?;
                if widest.is_none_or(|(known, ..)| width > known) {
                    widest = Some((width, arm, verdict, real(count) / real(runs)));
                }
            }
        }
        let (widest, arm, verdict, share) = widest?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "what is too large for a count saturates, which is as good as never"
        )]
        let runs_needed = wilson_trials(share, asked, confidence).ceil().max(1.0) as u64;
        Some(Reached {
            asked,
            widest,
            metric: Verdict::ALL[verdict].name(),
            strategy: arm / self.regressions,
            regression: arm % self.regressions,
            runs_needed,
        })
    }
}

#[cfg(test)]
mod tests;
