//! Statistics of a part of the values: trimmed and winsorised means, trimmed counts and sums, and
//! percentile ranks.
//!
//! | written | of the values between the bounds |
//! | --- | --- |
//! | `tm99`, `TM(10%:90%)`, `TM(a:b)`, `IQM` = `TM(25%:75%)` | the mean |
//! | `wm99`, `WM(…)` | the mean of all, those outside moved to the bound |
//! | `tc99`, `TC(…)` | how many |
//! | `ts99`, `TS(…)` | the sum, TM times TC |
//! | `PR(a:b)` | how many, in percent of all |
//!
//! One number without parentheses is the upper bound in percent. Bounds in the metric's unit take
//! a < x ≤ b; an end may be left open. With bounds in percent the n ordered values are laid on a
//! line, one unit each, and what lies from p·n to q·n counts, so that `TC` is (q − p)·n and may be
//! fractional, as the documentation says of it; [`TrimMethod::WholeRanks`] takes whole values only.
//! WM moves to the percentiles p and q, read as the alarm's [`PercentileMethod`] says.
//!
//! No value between the bounds leaves means without a datapoint and counts and sums at 0. With a
//! negative value none of these exist, nor percentiles.
//!
//! Source:
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html>. It
//! does not say how bounds in percent cut, nor what an empty range gives.

use crate::telemetry::metric::{PercentileMethod, TrimMethod};
use crate::telemetry::position::Position;
use crate::telemetry::ratio::Ratio;

/// A statistic of the values between two bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extended {
    /// What is made of them.
    pub measure: Measure,
    /// Which values.
    pub bounds: Bounds,
}

/// What is made of the values between the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// TM: their mean.
    TrimmedMean,
    /// WM: the mean of all values, those outside moved to the bound.
    WinsorizedMean,
    /// TC: how many they are.
    TrimmedCount,
    /// TS: their sum.
    TrimmedSum,
    /// PR: how many they are, in percent of all. Its bounds are values.
    PercentileRank,
}

/// Which values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bounds {
    /// From one fraction of the ordered values to a larger one, 0 to 1.
    Ranks(Ratio, Ratio),
    /// Above the first, if there is one, and up to the second, if there is one \[metric's unit\].
    Values(Option<Ratio>, Option<Ratio>),
}

/// Some values next to each other in order, of which only the sum is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many, at least 1.
    pub count: u64,
    /// Their sum.
    pub sum: Ratio,
}

/// The values of a period as two bounds divide them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// How many do not exceed the lower bound.
    pub below: u64,
    /// How many lie between.
    pub inside: u64,
    /// Their sum.
    pub sum: Ratio,
    /// How many exceed the upper bound.
    pub above: u64,
}

impl Measure {
    /// Whether the result is in the metric's own unit.
    pub const fn has_unit(self) -> bool {
        !matches!(self, Self::TrimmedCount | Self::PercentileRank)
    }

    /// The datapoint if the values are divided so by these bounds; `None` without values, and of
    /// means without a value inside.
    pub fn of_parts(self, parts: Parts, bounds: [Option<Ratio>; 2]) -> Option<Ratio> {
        let all = parts.below + parts.inside + parts.above;
        if all == 0 {
            return None;
        }
        let moved = |count: u64, bound: Option<Ratio>| {
            bound.map_or(Ratio::whole(0), |bound| bound.times(count.into()))
        };
        match self {
            Self::TrimmedMean => (parts.inside > 0).then(|| parts.sum.over(parts.inside.into())),
            Self::TrimmedCount => Some(Ratio::whole(parts.inside.into())),
            Self::TrimmedSum => Some(parts.sum),
            Self::PercentileRank => Some(Ratio::new(100 * i128::from(parts.inside), all.into())),
            Self::WinsorizedMean => {
                let low = moved(parts.below, bounds[0]);
                let high = moved(parts.above, bounds[1]);
                Some(parts.sum.plus(low).plus(high).over(all.into()))
            }
        }
    }
}

impl Extended {
    /// The datapoint of the values of `runs`, in ascending order; exact if each run holds equal
    /// values. `None` without values, with a negative one, and of means without a value inside.
    pub fn of_runs(
        self,
        runs: &[Run],
        method: PercentileMethod,
        trim: TrimMethod,
    ) -> Option<Ratio> {
        if runs.first()?.mean() < Ratio::whole(0) {
            return None;
        }
        match self.bounds {
            Bounds::Values(above, up_to) => {
                let parts = divide(runs, [above, up_to]);
                self.measure.of_parts(parts, [above, up_to])
            }
            Bounds::Ranks(from, to) if self.measure == Measure::WinsorizedMean => {
                let low = (from > Ratio::whole(0)).then(|| percentile(runs, from, method));
                let high = (to < Ratio::whole(1)).then(|| percentile(runs, to, method));
                // Values at a bound are their own bound, so the first may count as outside.
                let bounds = [low.flatten(), high.flatten()];
                self.measure.of_parts(divide(runs, bounds), bounds)
            }
            Bounds::Ranks(from, to) => {
                let (count, sum) = between(runs, from, to, trim);
                match self.measure {
                    Measure::TrimmedCount => Some(count),
                    Measure::TrimmedSum => Some(sum),
                    _ => sum.divided(count),
                }
            }
        }
    }
}

impl Run {
    /// A single value.
    pub const fn single(value: Ratio) -> Self {
        Self { count: 1, sum: value }
    }

    /// The mean of its values.
    pub fn mean(&self) -> Ratio {
        self.sum.over(self.count.into())
    }
}

/// The percentile at the fraction `p` of the values of `runs`; `None` if there are none.
pub fn percentile(runs: &[Run], p: Ratio, method: PercentileMethod) -> Option<Ratio> {
    let count = count_of(runs);
    if count == 0 {
        return None;
    }
    let at = Position::new(p, count, method);
    let value_of = |rank: i128| {
        let mut passed = 0;
        let holds = |run: &&Run| {
            passed += i128::from(run.count);
            passed >= rank
        };
        runs.iter().find(holds).or(runs.last()).map_or(Ratio::whole(0), Run::mean)
    };
    Some(at.between(value_of(at.rank), value_of(at.rank + 1)))
}

fn count_of(runs: &[Run]) -> u64 {
    runs.iter().map(|run| run.count).sum()
}

fn divide(runs: &[Run], [above, up_to]: [Option<Ratio>; 2]) -> Parts {
    let mut parts = Parts { below: 0, inside: 0, sum: Ratio::whole(0), above: 0 };
    for run in runs {
        let value = run.mean();
        if up_to.is_some_and(|bound| value > bound) {
            parts.above += run.count;
        } else if above.is_some_and(|bound| value <= bound) {
            parts.below += run.count;
        } else {
            parts.inside += run.count;
            parts.sum = parts.sum.plus(run.sum);
        }
    }
    parts
}

/// How many values, in fractions of one, lie between two fractions of the order, and their sum.
fn between(runs: &[Run], from: Ratio, to: Ratio, trim: TrimMethod) -> (Ratio, Ratio) {
    let count = i128::from(count_of(runs));
    let place = |fraction: Ratio| match trim {
        TrimMethod::Fractional => fraction.times(count),
        TrimMethod::WholeRanks => Ratio::whole(fraction.times(count).ceil()),
    };
    let (from, to) = (place(from), place(to));
    let mut sum = Ratio::whole(0);
    let mut end = 0;
    for run in runs {
        let start = Ratio::whole(end);
        end += i128::from(run.count);
        let (low, high) = (from.max(start), to.min(Ratio::whole(end)));
        if low == start && high == Ratio::whole(end) {
            sum = sum.plus(run.sum);
        } else if low < high {
            sum = sum.plus(run.mean().multiplied(high.minus(low)));
        }
    }
    (to.minus(from), sum)
}

#[cfg(test)]
mod tests;
