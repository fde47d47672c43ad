//! Where a percentile is read among ordered values.

use crate::telemetry::metric::PercentileMethod;
use crate::telemetry::ratio::Ratio;

/// Where a percentile is read: at a rank, from 1, and a fraction of the way to the next.
#[derive(Clone, Copy, Debug)]
pub(super) struct Position {
    pub(super) rank: i128,
    numerator: i128,
    denominator: i128,
}

impl Position {
    /// `p` is between 0 and 1, `count` positive.
    pub(super) fn new(p: Ratio, count: u64, method: PercentileMethod) -> Self {
        let count = i128::from(count);
        match method {
            PercentileMethod::NearestRank => {
                Self { rank: p.times(count).ceil().max(1), numerator: 0, denominator: 1 }
            }
            PercentileMethod::Linear => {
                let steps = p.times(count - 1);
                Self {
                    rank: 1 + steps.floor(),
                    numerator: steps.numerator().rem_euclid(steps.denominator()),
                    denominator: steps.denominator(),
                }
            }
        }
    }

    /// Whether the value at the rank is all that is needed, and the next has no weight.
    pub(super) const fn is_at_rank(&self) -> bool {
        self.numerator == 0
    }

    /// The value there, `low` being the one at the rank and `high` the next.
    pub(super) fn between(&self, low: Ratio, high: Ratio) -> Ratio {
        if self.is_at_rank() {
            return low;
        }
        let share = Ratio::new(self.numerator, self.denominator);
        let rest = Ratio::new(self.denominator - self.numerator, self.denominator);
        low.multiplied(rest).plus(high.multiplied(share))
    }
}
