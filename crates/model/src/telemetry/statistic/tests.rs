use std::cmp::Ordering;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::telemetry::bin::Status;
use crate::telemetry::series::Series;
use crate::time::{SimDuration, SimTime};

const COMPARISONS: [Comparison; 4] = [
    Comparison::GreaterThanOrEqualToThreshold,
    Comparison::GreaterThanThreshold,
    Comparison::LessThanThreshold,
    Comparison::LessThanOrEqualToThreshold,
];
const METHODS: [PercentileMethod; 2] = [PercentileMethod::NearestRank, PercentileMethod::Linear];
const METRICS: [Metric; 5] = [
    Metric::Invocations,
    Metric::Invocation4xxErrors,
    Metric::Invocation5xxErrors,
    Metric::InvocationModelErrors,
    Metric::ModelLatency,
];

type Request = (Status, Option<i64>);

/// The totals of these requests, divided at the criterion's cut.
fn totals_of(requests: &[Request], criterion: &Criterion) -> Totals {
    let cuts: Vec<i64> = criterion.cut_ns().into_iter().collect();
    let mut series = Series::new(SimDuration::from_secs(60), SimTime::ZERO, 1, &cuts);
    for &(status, latency_ns) in requests {
        series.record(SimTime::ZERO, status, latency_ns);
    }
    let mut totals = Totals::default();
    series.add_to(&mut totals, 0..1, criterion.cut_ns().and_then(|cut_ns| series.cut(cut_ns)));
    totals
}

/// The values that requests send to a metric, ordered.
fn values_of(metric: Metric, requests: &[Request]) -> Vec<i64> {
    let mut values: Vec<i64> = requests
        .iter()
        .filter_map(|&(status, latency_ns)| match metric {
            Metric::Invocations => Some(1),
            Metric::Invocation4xxErrors => Some((status == Status::ClientError).into()),
            Metric::Invocation5xxErrors => Some((status == Status::ServerError).into()),
            Metric::InvocationModelErrors => Some((status != Status::Ok).into()),
            Metric::ModelLatency => latency_ns,
        })
        .collect();
    values.sort_unstable();
    values
}

/// A statistic by its definition, of all values in order.
fn naive(values: &[i64], statistic: Statistic, method: PercentileMethod) -> Option<Ratio> {
    let count = i128::try_from(values.len()).expect("a small number");
    let sum: i128 = values.iter().copied().map(i128::from).sum();
    Some(match statistic {
        Statistic::Minimum => Ratio::whole((*values.first()?).into()),
        Statistic::Maximum => Ratio::whole((*values.last()?).into()),
        _ if values.is_empty() => return None,
        Statistic::Average => Ratio::new(sum, count),
        Statistic::Sum => Ratio::whole(sum),
        Statistic::SampleCount => Ratio::whole(count),
        Statistic::Percentile(p) => naive_percentile(values, p, method),
        Statistic::Extended(_) => unreachable!("tested where they are defined"),
    })
}

fn naive_percentile(values: &[i64], p: Ratio, method: PercentileMethod) -> Ratio {
    let x = |place: i128| i128::from(values[usize::try_from(place).expect("a place")]);
    let count = i128::try_from(values.len()).expect("a small number");
    match method {
        // The first value that at least the share p does not exceed.
        PercentileMethod::NearestRank => {
            let rank = (1..=count).find(|&rank| Ratio::new(rank, count) >= p).expect("p ≤ 1");
            Ratio::whole(x(rank - 1))
        }
        // Value k stands at k/(n − 1); p lies between two of them.
        PercentileMethod::Linear if count == 1 => Ratio::whole(x(0)),
        PercentileMethod::Linear => {
            let next = (1..count).find(|&k| Ratio::new(k, count - 1) >= p).expect("p ≤ 1");
            let (low, high) = (x(next - 1), x(next));
            let (top, bottom) = (p.numerator(), p.denominator());
            let rise = (high - low) * (top * (count - 1) - (next - 1) * bottom);
            Ratio::new(low * bottom + rise, bottom)
        }
    }
}

fn naive_breaches(value: Ratio, comparison: Comparison, threshold: Ratio) -> bool {
    match comparison {
        Comparison::GreaterThanOrEqualToThreshold => value >= threshold,
        Comparison::GreaterThanThreshold => value > threshold,
        Comparison::LessThanThreshold => value < threshold,
        Comparison::LessThanOrEqualToThreshold => value <= threshold,
        _ => unreachable!("bands have no threshold"),
    }
}

fn latencies(latencies_ns: &[i64]) -> Vec<Request> {
    latencies_ns.iter().map(|&latency_ns| (Status::Ok, Some(latency_ns))).collect()
}

/// How the decisions of all four comparisons place a percentile of latencies about a threshold.
fn order(latencies_ns: &[i64], p: Ratio, method: PercentileMethod, threshold: Ratio) -> Ordering {
    let breaches = COMPARISONS.map(|comparison| {
        let statistic = Statistic::Percentile(p);
        let criterion =
            Criterion::new(Metric::ModelLatency, statistic, method, comparison, threshold);
        let totals = totals_of(&latencies(latencies_ns), &criterion);
        assert_eq!(criterion.exact(&totals), None);
        criterion.breaches(&totals).expect("there is data")
    });
    match breaches {
        [true, true, false, false] => Ordering::Greater,
        [true, false, false, true] => Ordering::Equal,
        [false, false, true, true] => Ordering::Less,
        contradiction => panic!("the comparisons contradict each other: {contradiction:?}"),
    }
}

/// The worked examples of <https://en.wikipedia.org/wiki/Percentile> (nearest rank, and the variant
/// with C = 1, which is type 7).
#[test]
fn published_percentiles() {
    use PercentileMethod::{Linear, NearestRank};
    let five: &[i64] = &[35, 20, 15, 50, 40];
    let ten: &[i64] = &[3, 6, 7, 8, 8, 10, 13, 15, 16, 20];
    for (values, percent, method, hundredths) in [
        (five, 5, NearestRank, 1500),
        (five, 30, NearestRank, 2000),
        (five, 40, NearestRank, 2000),
        (five, 50, NearestRank, 3500),
        (five, 100, NearestRank, 5000),
        (five, 40, Linear, 2900),
        (ten, 25, NearestRank, 700),
        (ten, 50, NearestRank, 800),
        (ten, 75, NearestRank, 1500),
        (ten, 100, NearestRank, 2000),
        (&[1, 2, 3, 4], 75, Linear, 325),
    ] {
        let p = Ratio::new(percent, 100);
        let threshold = Ratio::new(hundredths, 100);
        let got = order(values, p, method, threshold);
        assert_eq!(got, Ordering::Equal, "p{percent} of {values:?}, {method:?}, to {threshold}");
    }
}

#[test]
fn the_ends_of_percentiles_and_single_values() {
    let both_ends = [Ratio::whole(0), Ratio::whole(1)];
    for method in METHODS {
        for (p, end) in both_ends.into_iter().zip([2, 9]) {
            assert_eq!(order(&[5, 9, 2], p, method, Ratio::whole(end)), Ordering::Equal);
            assert_eq!(order(&[7], p, method, Ratio::whole(7)), Ordering::Equal);
        }
        assert_eq!(
            order(&[7], Ratio::new(999, 1000), method, Ratio::new(13, 2)),
            Ordering::Greater
        );
        let beyond = Ratio::whole(i128::from(i64::MAX) + 7);
        assert_eq!(order(&[7], Ratio::new(1, 2), method, beyond), Ordering::Less);
        assert_eq!(order(&[7], Ratio::new(1, 2), method, Ratio::whole(-1)), Ordering::Greater);
    }
}

#[test]
fn the_longest_latencies_and_decimals_are_decided_exactly() {
    let day_ns = SimDuration::from_secs(86_400).as_nanos();
    let fine = 10_i128.pow(18);
    let third = Ratio::new(fine / 3, fine);
    let values = [day_ns, 3 * day_ns];
    // low + (high − low)·p exactly, and one part in 10^18 beside it.
    let (low, high) = (i128::from(day_ns), i128::from(3 * day_ns));
    for (nudge, expected) in [(-1, Ordering::Greater), (0, Ordering::Equal), (1, Ordering::Less)] {
        let threshold = Ratio::new(low * fine + (high - low) * (fine / 3) + nudge, fine);
        assert_eq!(order(&values, third, PercentileMethod::Linear, threshold), expected);
    }
}

#[test]
fn a_metric_without_values_has_no_datapoint() {
    let rejected = [(Status::ServerError, None)];
    for metric in METRICS {
        for statistic in
            [Statistic::Sum, Statistic::SampleCount, Statistic::Percentile(Ratio::whole(0))]
        {
            let criterion = Criterion::new(
                metric,
                statistic,
                PercentileMethod::NearestRank,
                Comparison::LessThanThreshold,
                Ratio::whole(1),
            );
            assert_eq!(criterion.breaches(&totals_of(&[], &criterion)), None);
            let totals = totals_of(&rejected, &criterion);
            let has_data = metric != Metric::ModelLatency;
            assert_eq!(criterion.breaches(&totals).is_some(), has_data, "{metric:?} {statistic}");
        }
    }
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let statuses = &[Status::Ok, Status::ClientError, Status::ServerError];
    let latency_ns = prop_oneof![
        4 => (0_i64..12).prop_map(Some),
        1 => (0_i64..1 << 40).prop_map(Some),
        1 => Just(None),
    ];
    prop::collection::vec((prop::sample::select(statuses), latency_ns), 0..25)
}

fn statistics() -> impl Strategy<Value = Statistic> {
    let percentile = (1_i128..=100).prop_flat_map(|bottom| {
        (0..=bottom).prop_map(move |top| Statistic::Percentile(Ratio::new(top, bottom)))
    });
    let others = [
        Statistic::Average,
        Statistic::Sum,
        Statistic::Minimum,
        Statistic::Maximum,
        Statistic::SampleCount,
    ];
    prop_oneof![5 => prop::sample::select(others.to_vec()), 8 => percentile]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 20_000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(7),
        ..ProptestConfig::default()
    })]

    /// Thresholds: anywhere between small values, at a value of the sample, or at the statistic
    /// itself.
    #[test]
    fn decisions_agree_with_sorting(
        requests in requests(),
        metric in prop::sample::select(&METRICS),
        statistic in statistics(),
        method in prop::sample::select(&METHODS),
        (top, bottom) in (-5_i128..60, 1_i128..6),
        place in any::<prop::sample::Index>(),
        kind in 0..3,
    ) {
        let values = values_of(metric, &requests);
        let value = naive(&values, statistic, method);
        let threshold = match (kind, value) {
            (1, Some(value)) => value,
            (2, Some(_)) => Ratio::whole((*place.get(&values)).into()),
            _ => Ratio::new(top, bottom),
        };
        for comparison in COMPARISONS {
            let criterion = Criterion::new(metric, statistic, method, comparison, threshold);
            let totals = totals_of(&requests, &criterion);
            let expected = value.map(|value| naive_breaches(value, comparison, threshold));
            prop_assert_eq!(criterion.breaches(&totals), expected, "{:?}", comparison);
            if criterion.cut_ns().is_none() {
                prop_assert_eq!(criterion.exact(&totals), value);
            }
        }
    }
}
