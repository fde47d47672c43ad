use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::telemetry::bin::Status;
use crate::telemetry::detail::Detail;
use crate::telemetry::series::Series;
use crate::time::{SimDuration, SimTime};

const METHODS: [PercentileMethod; 2] = [PercentileMethod::NearestRank, PercentileMethod::Linear];

/// A series of intervals of 1 s, one for each of `intervals`, which keeps this share of the highest.
fn series(intervals: &[Vec<i64>], share: Ratio) -> Series {
    let detail = Detail { keeps_top: Some(share), ..Detail::default() };
    let empty = Series::new(SimDuration::from_secs(1), SimTime::ZERO, intervals.len(), &[]);
    let mut series = empty.with_detail(&detail);
    for (second, latencies_ns) in intervals.iter().enumerate() {
        for &latency_ns in latencies_ns {
            series.record(series.start_of(second), Status::Ok, Some(latency_ns));
        }
    }
    series
}

fn whole(series: &Series, p: Ratio, method: PercentileMethod) -> Ordered {
    let tops = series.tops(0..i64::MAX).expect("kept");
    percentile(tops.iter(), p, method)
}

/// Ranks and weights as they are defined, from all latencies.
fn brute_force(intervals: &[Vec<i64>], p: Ratio, method: PercentileMethod) -> Ordered {
    let mut all: Vec<i64> = intervals.concat();
    all.sort_unstable();
    let Some(last) = all.len().checked_sub(1) else { return Ordered::Nothing };
    let at = |place: i128| Ratio::whole(all[usize::try_from(place).expect("a place")].into());
    let count = all.len() as u64;
    let value = match method {
        PercentileMethod::NearestRank => {
            let reaches = |rank: &i128| Ratio::new(*rank, count.into()) >= p;
            at((1..=i128::from(count)).find(reaches).expect("p is at most 1") - 1)
        }
        PercentileMethod::Linear => {
            let place = p.times(i128::try_from(last).expect("small"));
            let share = place.minus(Ratio::whole(place.floor()));
            let (low, high) = (at(place.floor()), at(place.ceil()));
            low.plus(high.minus(low).multiplied(share))
        }
    };
    Ordered::Exact { value, count }
}

/// Few and many, narrow (many ties) and wide, steady and moving up or down in the course of an interval.
fn latencies() -> impl Strategy<Value = Vec<i64>> {
    let values = (0_usize..1500, prop::sample::select(vec![1_i64, 5, 300, 1 << 40]));
    let values = values.prop_flat_map(|(count, spread)| prop::collection::vec(0..spread, count));
    let few = prop::collection::vec(0_i64..50, 0..4);
    let trend = prop::sample::select(vec![0_i64, 0, 0, 1, -1]);
    let moving = (values, trend).prop_map(|(values, trend)| {
        (0..).zip(values).map(|(place, value)| value + trend * place + 1500).collect()
    });
    prop_oneof![1 => few, 3 => moving]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(41),
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_known_is_exact_and_all_is_known_if_all_is_kept(
        intervals in prop::collection::vec(latencies(), 1..5),
        share in prop::sample::select(vec![0_i128, 10, 50, 200, 1000]),
        p in prop::sample::select(vec![0_i128, 1, 500, 900, 950, 990, 999, 1000]),
    ) {
        let (p, share) = (Ratio::new(p, 1000), Ratio::new(share, 1000));
        for method in METHODS {
            let expected = brute_force(&intervals, p, method);
            let mut series = series(&intervals, share);
            let unsorted = whole(&series, p, method);
            series.sort();
            let known = whole(&series, p, method);
            prop_assert_eq!(known, unsorted);
            if known != Ordered::Undecided || share == Ratio::whole(1) {
                prop_assert_eq!(known, expected);
            }
        }
    }
}

/// Without a trend the share itself is known, whatever the order: here a permutation of 0 to 65 536, and
/// as many latencies that are all equal.
#[test]
fn the_share_is_known_and_little_more_is_kept() {
    let permuted: Vec<i64> = (0..65_537).map(|place| place * 40_503 % 65_537).collect();
    for values in [permuted, vec![7; 65_537]] {
        for (share, p) in [(100, 900), (10, 990), (1, 999), (0, 1000)] {
            let (share, p) = (Ratio::new(share, 1000), Ratio::new(p, 1000));
            let intervals = [values.clone()];
            let mut series = series(&intervals, share);
            series.sort();
            for method in METHODS {
                assert_eq!(whole(&series, p, method), brute_force(&intervals, p, method));
            }
            let kept = series.tops(0..1).expect("kept")[0].kept_ns.len();
            let wanted = usize::try_from(share.times(65_537).ceil()).expect("small") + SLACK;
            assert!(kept <= 3 * wanted, "{kept} of {wanted}");
        }
    }
}

#[test]
fn what_came_before_lower_latencies_is_not_guessed() {
    // 1000 high ones, of which some 200 are kept, then 100 000 low ones: the 99th percentile is lost.
    let falling: Vec<i64> = (1000..2000).chain(vec![5; 100_000]).collect();
    let series = series(&[falling], Ratio::new(1, 100));
    let p99 = whole(&series, Ratio::new(99, 100), PercentileMethod::NearestRank);
    assert_eq!(p99, Ordered::Undecided);
    let max = whole(&series, Ratio::whole(1), PercentileMethod::NearestRank);
    assert_eq!(max, Ordered::Exact { value: Ratio::whole(1999), count: 101_000 });
}

#[test]
fn nothing_is_kept_unless_asked_for() {
    let series = Series::new(SimDuration::from_secs(1), SimTime::ZERO, 2, &[]);
    assert!(!series.keeps_tops());
    assert!(series.tops(0..2).is_none());
}
