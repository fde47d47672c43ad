use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;

const MINUTE: SimDuration = SimDuration::from_secs(60);

fn at(seconds: f64) -> SimTime {
    SimTime::from_secs_f64(seconds)
}

/// One request for each of these instants \[ns\], the latency being the second number \[ns\].
fn series_of(requests: &[(i64, i64)], cuts_ns: &[i64]) -> Series {
    let mut series =
        Series::new(SimDuration::from_nanos(100), SimTime::from_nanos(-250), 5, cuts_ns);
    for &(at_ns, latency_ns) in requests {
        series.record(SimTime::from_nanos(at_ns), Status::ClientError, Some(latency_ns));
    }
    series
}

#[test]
fn a_bin_holds_its_start_and_not_its_end() {
    let mut series = Series::new(MINUTE, at(-120.0), 4, &[]);
    for seconds in [-120.0, -60.000_000_001, -60.0, 0.0, 59.0, 119.999_999_999] {
        series.record(at(seconds), Status::Ok, Some(1));
    }
    let counts: Vec<u64> = series.bins().iter().map(Bin::requests).collect();
    assert_eq!(counts, [2, 1, 2, 1]);
    assert_eq!(series.start_of(3), at(60.0));
}

#[test]
fn requests_outside_are_dropped_whatever_came_before() {
    let mut series = Series::new(MINUTE, at(-60.0), 2, &[5]);
    let outside = [at(-60.000_000_001), at(60.0), SimTime::NEVER, SimTime::from_nanos(i64::MIN)];
    for instant in [outside, [at(0.0); 4], outside].concat() {
        series.record(instant, Status::Ok, Some(9));
    }
    let counts: Vec<u64> = series.bins().iter().map(Bin::requests).collect();
    assert_eq!(counts, [0, 4]);
    let mut none = Series::new(MINUTE, SimTime::ZERO, 0, &[]);
    none.record(SimTime::ZERO, Status::Ok, None);
    assert!(none.bins().is_empty());
}

#[test]
fn numbers_of_bins_by_start_and_by_end() {
    let series = Series::new(MINUTE, at(-90.0), 3, &[]);
    for (seconds, first, ended) in [
        (-90.0, 0, 0),
        (-89.0, 1, 0),
        (-30.0, 1, 1),
        (-29.0, 2, 1),
        (-91.0, 0, -1),
        (-151.0, -1, -2),
        (90.0, 3, 3),
    ] {
        assert_eq!(series.first_from(at(seconds)), first, "first from {seconds}");
        assert_eq!(series.ended_by(at(seconds)), ended, "ended by {seconds}");
    }
    assert!(series.first_from(SimTime::NEVER) > 3);
}

#[test]
fn ranges_beyond_the_series_hold_what_exists() {
    let series = series_of(&[(-250, 1), (249, 2)], &[1]);
    for (numbers, requests) in [(-3..9, 2), (-3..0, 0), (5..9, 0), (2..2, 0), (1..9, 1)] {
        let mut totals = Totals::default();
        series.add_to(&mut totals, numbers.clone(), series.cut(1));
        assert_eq!(totals.bin.requests(), requests, "{numbers:?}");
    }
}

fn requests() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-300_i64..300, 0_i64..30), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(11),
        ..ProptestConfig::default()
    })]

    #[test]
    fn merged_bins_are_the_bin_of_all_requests(
        left in requests(),
        right in requests(),
        from in -1_i64..6,
        to in -1_i64..7,
        cut_ns in 0_i64..30,
    ) {
        let mut merged = Totals::default();
        for part in [&left, &right] {
            let series = series_of(part, &[40, cut_ns, 3, cut_ns]);
            series.add_to(&mut merged, from..to, series.cut(cut_ns));
        }
        let mut direct = Totals::default();
        let range = (from.max(0) * 100 - 250)..(to.clamp(0, 5) * 100 - 250);
        for (at_ns, latency_ns) in [left, right].concat() {
            if range.contains(&at_ns) {
                direct.bin.record(Status::ClientError, Some(latency_ns));
                direct.probe.record(latency_ns, cut_ns);
            }
        }
        prop_assert_eq!(merged, direct);
    }
}
