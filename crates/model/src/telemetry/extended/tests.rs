use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::telemetry::detail::{Buckets, Detail};
use crate::telemetry::metric::{Comparison, Metric, Statistic};
use crate::telemetry::series::{Series, Totals};
use crate::telemetry::statistic::Criterion;
use crate::time::{SimDuration, SimTime};

fn statistic(name: &str) -> Statistic {
    name.parse().unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// By its definition, of every value: [value, weight] pairs and nothing clever.
fn naive(extended: Extended, values: &[i64], trim: TrimMethod) -> Option<Ratio> {
    let n = i128::try_from(values.len()).expect("few");
    if n == 0 {
        return None;
    }
    let x = |index: usize| Ratio::whole(values[index].into());
    if extended.measure == Measure::WinsorizedMean {
        let (low, high) = match extended.bounds {
            Bounds::Values(above, up_to) => (above, up_to),
            Bounds::Ranks(from, to) => {
                // Nearest rank: the first value that at least the share p does not exceed.
                let at = |p: Ratio| {
                    (0..values.len())
                        .find(|&k| Ratio::new(1 + i128::try_from(k).expect("few"), n) >= p)
                };
                (
                    (from > Ratio::whole(0)).then(|| x(at(from).expect("p ≤ 1"))),
                    (to < Ratio::whole(1)).then(|| x(at(to).expect("p ≤ 1"))),
                )
            }
        };
        let clamped = (0..values.len()).map(|k| {
            let value = low.map_or(x(k), |low| low.max(x(k)));
            high.map_or(value, |high| high.min(value))
        });
        return Some(clamped.fold(Ratio::whole(0), Ratio::plus).over(n));
    }
    // How much of value k counts, in 1/1000: a thousand pieces of each, each in or out.
    let weight = |k: usize| -> i128 {
        let k_whole = i128::try_from(k).expect("few");
        match extended.bounds {
            Bounds::Values(above, up_to) => {
                let inside = above.is_none_or(|a| x(k) > a) && up_to.is_none_or(|b| x(k) <= b);
                if inside { 1000 } else { 0 }
            }
            Bounds::Ranks(from, to) => (0..1000)
                .map(|piece| {
                    let middle = Ratio::new(2 * (1000 * k_whole + piece) + 1, 2000 * n);
                    let middle = match trim {
                        TrimMethod::Fractional => middle,
                        // A value of rank k + 1 belongs to the ranks above ⌈p·n⌉ as a whole.
                        TrimMethod::WholeRanks => {
                            let rank = Ratio::whole(k_whole + 1);
                            let (first, last) = (from.times(n).ceil(), to.times(n).ceil());
                            let inside = rank > Ratio::whole(first) && rank <= Ratio::whole(last);
                            return i128::from(inside);
                        }
                    };
                    i128::from(middle > from && middle < to)
                })
                .sum(),
        }
    };
    let weights: Vec<i128> = (0..values.len()).map(weight).collect();
    let count = Ratio::new(weights.iter().sum(), 1000);
    let sum =
        weights.iter().enumerate().map(|(k, &weight)| x(k).multiplied(Ratio::new(weight, 1000)));
    let sum = sum.fold(Ratio::whole(0), Ratio::plus);
    match extended.measure {
        Measure::TrimmedMean => sum.divided(count),
        Measure::TrimmedCount => Some(count),
        Measure::TrimmedSum => Some(sum),
        _ => count.times(100).divided(Ratio::whole(n)),
    }
}

#[test]
fn by_hand() {
    let runs = |values: &[i128]| -> Vec<Run> {
        values.iter().map(|&value| Run::single(Ratio::whole(value))).collect()
    };
    let ten = runs(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 100]);
    for (name, expected) in [
        ("tm90", Ratio::whole(5)),
        ("tm95", Ratio::new(190, 19)),
        ("IQM", Ratio::new(11, 2)),
        ("TC(25%:75%)", Ratio::whole(5)),
        ("tc95", Ratio::new(19, 2)),
        ("ts90", Ratio::whole(45)),
        ("wm90", Ratio::new(54, 10)),
        ("TM(2:5)", Ratio::whole(4)),
        ("TC(2:5)", Ratio::whole(3)),
        ("TS(:5)", Ratio::whole(15)),
        ("WM(3:5)", Ratio::new(3 * 3 + 4 + 5 * 6, 10)),
        ("PR(5:)", Ratio::whole(50)),
        ("PR(:0.5)", Ratio::whole(0)),
    ] {
        let Statistic::Extended(extended) = statistic(name) else { panic!("{name}") };
        let got = extended.of_runs(&ten, PercentileMethod::NearestRank, TrimMethod::Fractional);
        assert_eq!(got, Some(expected), "{name}");
    }
    let Statistic::Extended(mean) = statistic("TM(1000:)") else { panic!("a mean") };
    let fractional = TrimMethod::Fractional;
    assert_eq!(mean.of_runs(&ten, PercentileMethod::NearestRank, fractional), None, "none inside");
    assert_eq!(mean.of_runs(&[], PercentileMethod::NearestRank, fractional), None);
    let Statistic::Extended(tm90) = statistic("tm90") else { panic!("a mean") };
    let negative = runs(&[-1, 2, 3]);
    assert_eq!(tm90.of_runs(&negative, PercentileMethod::NearestRank, fractional), None);
}

fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "tm99",
        "tm50",
        "tm33.3",
        "IQM",
        "TM(10%:90%)",
        "TM(80%:)",
        "tc90",
        "TC(12.5%:62.5%)",
        "ts75",
        "TS(40%:)",
        "wm90",
        "WM(10%:70%)",
        "WM(30%:)",
        "TM(3:9)",
        "TM(:4)",
        "TC(3:)",
        "TS(2:7)",
        "WM(2:6)",
        "WM(4:)",
        "PR(3:8)",
        "PR(:6)",
        "PR(5:)",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(14),
        ..ProptestConfig::default()
    })]

    #[test]
    fn runs_give_what_the_definitions_give(
        name in names(),
        mut values in prop::collection::vec(0_i64..12, 0..12),
        whole in any::<bool>(),
    ) {
        values.sort_unstable();
        let trim = if whole { TrimMethod::WholeRanks } else { TrimMethod::Fractional };
        let Statistic::Extended(extended) = statistic(name) else { panic!("{name}") };
        // 1000 pieces are as good as exact cuts if these fall on their edges.
        prop_assume!(whole || name != "tm33.3" || values.len() % 2 == 0);
        let runs: Vec<Run> = values.chunk_by(|a, b| a == b).map(|equal| Run {
            count: equal.len() as u64,
            sum: Ratio::whole(equal.iter().copied().map(i128::from).sum()),
        }).collect();
        let got = extended.of_runs(&runs, PercentileMethod::NearestRank, trim);
        prop_assert_eq!(got, naive(extended, &values, trim), "{} of {:?}", name, values);
    }

    /// Bounds in microseconds are exact from the tails; those in percent are as close as promised.
    #[test]
    fn a_series_gives_what_the_latencies_give(
        name in names(),
        mut latencies in prop::collection::vec(0_i64..12_000, 1..60),
        bins in 1_i64..4,
    ) {
        let criterion = Criterion::new(
            Metric::ModelLatency,
            statistic(name),
            PercentileMethod::NearestRank,
            Comparison::GreaterThanThreshold,
            Ratio::whole(0),
        );
        let tails = criterion.tails_ns();
        let detail = Detail {
            tails_ns: tails.into_iter().flatten().collect(),
            keeps_buckets: criterion.needs_buckets(),
            keeps_top: None,
        };
        let interval = SimDuration::from_secs(60);
        let mut series = Series::new(interval, SimTime::ZERO, 4, &[]).with_detail(&detail);
        for (k, &latency_ns) in (0..).zip(&latencies) {
            let at = SimTime::ZERO + interval.times(k % bins);
            series.record(at, crate::telemetry::bin::Status::Ok, Some(latency_ns));
        }
        let (mut totals, mut buckets) = (Totals::default(), Buckets::default());
        series.add_to(&mut totals, 0..4, None);
        series.add_tails_to(&mut totals, 0..4, tails);
        series.add_buckets_to(&mut buckets, 0..4);
        prop_assert_eq!(series.keeps_buckets(), criterion.needs_buckets());
        latencies.sort_unstable();
        let Statistic::Extended(extended) = statistic(name) else { panic!("{name}") };
        if let Bounds::Values(above, up_to) = extended.bounds {
            let in_ns = [above, up_to].map(|bound| bound.map(|micros| micros.times(1000)));
            let extended = Extended { bounds: Bounds::Values(in_ns[0], in_ns[1]), ..extended };
            let expected = naive(extended, &latencies, TrimMethod::Fractional);
            prop_assert_eq!(criterion.exact(&totals), expected, "{} of {:?}", name, latencies);
        } else {
            let singles: Vec<Run> =
                latencies.iter().map(|&ns| Run::single(Ratio::whole(ns.into()))).collect();
            let method = PercentileMethod::NearestRank;
            let exact = extended.of_runs(&singles, method, TrimMethod::Fractional);
            let (got, exact) = (criterion.bucketed(&buckets), exact);
            let (got, exact) = (got.map(Ratio::as_f64), exact.map(Ratio::as_f64));
            let (Some(got), Some(exact)) = (got, exact) else { panic!("{got:?} {exact:?}") };
            let tolerance = if extended.measure == Measure::TrimmedCount {
                1e-9
            } else {
                // 1/128 of any latency, or a bucket of 8 ns below 1024 ns, of as many as count.
                let counted = if extended.measure == Measure::TrimmedSum { 60.0 } else { 1.0 };
                exact / 128.0 + 8.0 * counted + 1e-9
            };
            prop_assert!((got - exact).abs() <= tolerance, "{} {got} {exact}", name);
        }
    }
}
