//! Which runs of an arm are shown as examples.

use crate::simulation::outcome::{Outcome, Verdict};

/// The runs of one strategy under one regression that are shown, by their replications.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Index of the strategy.
    pub strategy: usize,
    /// Index of the regression.
    pub regression: usize,
    /// The run in the middle, by net harm, of those with the arm's most frequent verdict.
    pub typical: u64,
    /// That verdict.
    pub verdict: Verdict,
    /// Where some runs are caught and the typical one is not: the one in the middle of those.
    pub caught: Option<u64>,
}

/// What a run is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAs {
    /// What usually happens.
    Typical,
    /// What happens if the fault is caught, where that is not usual.
    Caught,
}

impl ShownAs {
    /// Its name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typical => "typical",
            Self::Caught => "caught",
        }
    }
}

impl Shown {
    /// Of an arm's runs; `None` if there are none. Of several verdicts that are as frequent the first in the
    /// order of the tables, of several runs that are as harmful the earlier replication.
    pub fn of(runs: &[Outcome]) -> Option<Self> {
        let count = |verdict: Verdict| runs.iter().filter(|run| run.verdict == verdict).count();
        // The last of equal ones would win.
        let verdict = Verdict::ALL.into_iter().rev().max_by_key(|&verdict| count(verdict))?;
        let typical = middle(runs, verdict)?;
        let caught = Verdict::Caught;
        Some(Self {
            strategy: typical.strategy,
            regression: typical.regression,
            typical: typical.replication,
            verdict,
            caught: middle(runs, caught).filter(|_| verdict != caught).map(|run| run.replication),
        })
    }

    /// The replications that are shown, the typical one first.
    pub fn replications(&self) -> impl Iterator<Item = u64> + use<> {
        std::iter::once(self.typical).chain(self.caught)
    }

    /// What a replication is shown as, if it is one of these.
    pub fn shown_as(&self, replication: u64) -> Option<ShownAs> {
        if replication == self.typical {
            Some(ShownAs::Typical)
        } else {
            (Some(replication) == self.caught).then_some(ShownAs::Caught)
        }
    }
}

/// The run with the median net harm among those with a verdict, the lower one of two.
fn middle(runs: &[Outcome], verdict: Verdict) -> Option<&Outcome> {
    let mut order: Vec<&Outcome> = runs.iter().filter(|run| run.verdict == verdict).collect();
    order.sort_by_key(|run| (run.to_horizon.counts.harmed_excess(), run.replication));
    order.get(order.len().checked_sub(1)? / 2).copied()
}
