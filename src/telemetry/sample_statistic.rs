//! Statistics of values that are at hand one by one, exactly.
//!
//! What [`statistic`](crate::telemetry::statistic) decides of millions of requests from counts, this
//! computes from the values themselves; percentiles read the same ranks.

use crate::telemetry::extended::Run;
use crate::telemetry::metric::{PercentileMethod, Statistic, TrimMethod};
use crate::telemetry::position::Position;
use crate::telemetry::ratio::Ratio;

/// The datapoint that `values` make; sorts them. `None` without values, and where the statistic does
/// not exist ([`extended`](crate::telemetry::extended)).
pub fn datapoint(
    statistic: Statistic,
    (method, trim): (PercentileMethod, TrimMethod),
    values: &mut [Ratio],
) -> Option<Ratio> {
    values.sort_unstable();
    let (first, last) = (*values.first()?, *values.last()?);
    let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
    let sum = || values.iter().fold(Ratio::whole(0), |sum, value| sum.plus(*value));
    Some(match statistic {
        Statistic::Average => sum().over(count.into()),
        Statistic::Sum => sum(),
        Statistic::Minimum => first,
        Statistic::Maximum => last,
        Statistic::SampleCount => Ratio::whole(count.into()),
        Statistic::Percentile(_) | Statistic::Extended(_) if first < Ratio::whole(0) => {
            return None;
        }
        Statistic::Percentile(p) => {
            let at = Position::new(p, count, method);
            let value_of = |rank: i128| {
                let index = usize::try_from(rank - 1).unwrap_or(usize::MAX);
                values.get(index).copied().unwrap_or(last)
            };
            at.between(value_of(at.rank), value_of(at.rank + 1))
        }
        Statistic::Extended(extended) => {
            let runs: Vec<Run> = values.iter().copied().map(Run::single).collect();
            return extended.of_runs(&runs, method, trim);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIM: TrimMethod = TrimMethod::Fractional;

    #[test]
    fn every_statistic_of_a_few_values() {
        let values = || [3, 1, 4, 1, 5].map(Ratio::whole);
        for (statistic, expected) in [
            (Statistic::Average, Ratio::new(14, 5)),
            (Statistic::Sum, Ratio::whole(14)),
            (Statistic::Minimum, Ratio::whole(1)),
            (Statistic::Maximum, Ratio::whole(5)),
            (Statistic::SampleCount, Ratio::whole(5)),
            (Statistic::Percentile(Ratio::new(1, 2)), Ratio::whole(3)),
            (Statistic::Percentile(Ratio::new(61, 100)), Ratio::whole(4)),
        ] {
            let nearest =
                datapoint(statistic, (PercentileMethod::NearestRank, TRIM), &mut values());
            assert_eq!(nearest, Some(expected), "{statistic}");
        }
        let p90 = Statistic::Percentile(Ratio::new(9, 10));
        let linear = datapoint(p90, (PercentileMethod::Linear, TRIM), &mut values());
        assert_eq!(linear, Some(Ratio::new(46, 10)), "1 + 0.9 · 4 = 4.6");
        assert_eq!(datapoint(Statistic::Sum, (PercentileMethod::Linear, TRIM), &mut []), None);
    }
}
