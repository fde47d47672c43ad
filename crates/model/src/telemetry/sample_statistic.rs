//! Statistics of values that are at hand one by one, exactly.
//!
//! What [`statistic`](crate::telemetry::statistic) decides of millions of requests from counts, this
//! computes from the values themselves; percentiles read the same ranks.

use crate::telemetry::extended::Run;
use crate::telemetry::metric::{PercentileMethod, Statistic, TrimMethod};
use crate::telemetry::position::Position;
use crate::telemetry::ratio::Ratio;

/// The datapoint that `values` make; may put them in another order. `None` without values, and where the
/// statistic does not exist ([`extended`](crate::telemetry::extended)).
pub fn datapoint(
    statistic: Statistic,
    (method, trim): (PercentileMethod, TrimMethod),
    values: &mut [Ratio],
) -> Option<Ratio> {
    let (first, last) = (*values.iter().min()?, *values.iter().max()?);
    if matches!(statistic, Statistic::Extended(_)) {
        values.sort_unstable();
    }
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
            // Selecting is much faster than sorting where there are many.
            let index = usize::try_from(at.rank - 1).unwrap_or(usize::MAX).min(values.len() - 1);
            let (_, value, above) = values.select_nth_unstable(index);
            at.between(*value, above.iter().min().copied().unwrap_or(last))
        }
        Statistic::Extended(extended) => {
            let runs: Vec<Run> = values.iter().copied().map(Run::single).collect();
            return extended.of_runs(&runs, method, trim);
        }
    })
}

/// The datapoint that means of several values each make, given with how many these are, above 0; of
/// several such means only average, sum, number and extremes follow. `None` without values.
pub fn weighed(
    statistic: Statistic,
    methods: (PercentileMethod, TrimMethod),
    means: &[(Ratio, Ratio)],
) -> Option<Ratio> {
    let total = |terms: &mut dyn Iterator<Item = Ratio>| terms.fold(Ratio::whole(0), Ratio::plus);
    let count = || total(&mut means.iter().map(|(_, weight)| *weight));
    let sum = || total(&mut means.iter().map(|&(mean, weight)| times(mean, weight)));
    match statistic {
        _ if means.is_empty() => None,
        Statistic::Average => sum().divided(count()),
        Statistic::Sum => Some(sum()),
        Statistic::SampleCount => Some(count()),
        _ => {
            let mut values: Vec<Ratio> = means.iter().map(|(mean, _)| *mean).collect();
            datapoint(statistic, methods, &mut values)
        }
    }
}

/// By a whole number the product keeps its denominator, which makes sums of many quick.
fn times(value: Ratio, weight: Ratio) -> Ratio {
    if weight.denominator() == 1 {
        value.times(weight.numerator())
    } else {
        value.multiplied(weight)
    }
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

    /// What means of several values make is what the values themselves make.
    #[test]
    fn means_count_by_how_many_they_are_of() {
        let groups: [&[i128]; 3] = [&[3, 1, 4, 1], &[5], &[9, 2, 6]];
        let mut values: Vec<Ratio> = groups.concat().into_iter().map(Ratio::whole).collect();
        let mean = |group: &&[i128]| {
            let count = group.len() as i128;
            (Ratio::new(group.iter().sum(), count), Ratio::whole(count))
        };
        let means: Vec<(Ratio, Ratio)> = groups.iter().map(mean).collect();
        let methods = (PercentileMethod::NearestRank, TRIM);
        for statistic in [Statistic::Average, Statistic::Sum, Statistic::SampleCount] {
            let expected = datapoint(statistic, methods, &mut values);
            assert_eq!(weighed(statistic, methods, &means), expected, "{statistic}");
        }
        let half = [(Ratio::whole(1), Ratio::new(1, 2)), (Ratio::whole(4), Ratio::new(5, 2))];
        assert_eq!(weighed(Statistic::Average, methods, &half), Some(Ratio::new(7, 2)));
        assert_eq!(weighed(Statistic::Maximum, methods, &half), Some(Ratio::whole(4)));
        assert_eq!(weighed(Statistic::Average, methods, &[]), None);
    }
}
