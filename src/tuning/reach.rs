//! How far each limit can be kept, should both be too much.

use crate::scenario::tune::TuneSpec;
use crate::tuning::sums::Shares;

/// The smallest shares seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Reach {
    /// Of false rollbacks, whatever is missed.
    pub false_rollback: Option<f64>,
    /// Of missed runs of the regression that is missed most, whatever is rolled back.
    pub missed: Option<Missed>,
    /// Of false rollbacks, within the limit on missed regressions.
    pub false_rollback_within: Option<f64>,
    /// Of missed runs, within the limit on false rollbacks.
    pub missed_within: Option<Missed>,
}

/// A share of missed runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Missed {
    pub share: f64,
    /// Index among the scenario's regressions.
    pub regression: Option<usize>,
}

impl Reach {
    /// A policy with these shares exists.
    pub(super) fn see(&mut self, shares: &Shares, spec: &TuneSpec) {
        let missed = Missed { share: shares.missed, regression: shares.most_missed };
        let keeps_false = shares.false_rollback <= spec.max_false_rollback;
        let keeps_missed = shares.missed <= spec.max_missed;
        lower(&mut self.false_rollback, shares.false_rollback);
        lower_missed(&mut self.missed, missed);
        if keeps_missed {
            lower(&mut self.false_rollback_within, shares.false_rollback);
        }
        if keeps_false {
            lower_missed(&mut self.missed_within, missed);
        }
    }

    /// What another has seen, too.
    pub(super) fn merge(&mut self, other: &Self) {
        for (least, seen) in [
            (&mut self.false_rollback, other.false_rollback),
            (&mut self.false_rollback_within, other.false_rollback_within),
        ] {
            if let Some(seen) = seen {
                lower(least, seen);
            }
        }
        for (least, seen) in
            [(&mut self.missed, other.missed), (&mut self.missed_within, other.missed_within)]
        {
            if let Some(seen) = seen {
                lower_missed(least, seen);
            }
        }
    }
}

fn lower(least: &mut Option<f64>, seen: f64) {
    if least.is_none_or(|least| seen < least) {
        *least = Some(seen);
    }
}

fn lower_missed(least: &mut Option<Missed>, seen: Missed) {
    if least.is_none_or(|least| seen.share < least.share) {
        *least = Some(seen);
    }
}
