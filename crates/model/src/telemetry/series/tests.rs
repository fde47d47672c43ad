use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::telemetry::detail::{Buckets, Detail, Tail};

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

/// How many requests count in each bin.
fn counts(series: &Series) -> Vec<u64> {
    let bins = (0..series.intervals()).map(|index| series.bin(index));
    bins.map(|bin| bin.expect("there is one").requests()).collect()
}

#[test]
fn a_bin_holds_its_start_and_not_its_end() {
    let mut series = Series::new(MINUTE, at(-120.0), 4, &[]);
    for seconds in [-120.0, -60.000_000_001, -60.0, 0.0, 59.0, 119.999_999_999] {
        series.record(at(seconds), Status::Ok, Some(1));
    }
    let counts = counts(&series);
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
    let counts = counts(&series);
    assert_eq!(counts, [0, 4]);
    let mut none = Series::new(MINUTE, SimTime::ZERO, 0, &[]);
    none.record(SimTime::ZERO, Status::Ok, None);
    assert!(none.bin(0).is_none());
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

/// A request: when it counts, how much later it is answered, and its latency, all in ns.
fn answered() -> impl Strategy<Value = Vec<(i64, i64, i64)>> {
    let later = prop_oneof![2 => Just(0), 1 => 0_i64..250];
    prop::collection::vec((-300_i64..300, later, 0_i64..30), 0..60)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(12),
        ..ProptestConfig::default()
    })]

    /// Seen is what was answered in intervals that have ended and arrived; in batches as one by one.
    #[test]
    fn what_is_visible_has_been_answered(
        requests in answered(),
        late in prop::collection::vec(0_i64..150, 0..6),
        from in -400_i64..300,
        length in 0_i64..700,
        arrived in -300_i64..700,
        in_batches: bool,
    ) {
        let detail = Detail { tails_ns: vec![9], keeps_buckets: true, keeps_top: None };
        let late: Vec<SimDuration> = late.into_iter().map(SimDuration::from_nanos).collect();
        let mut series = series_of(&[], &[15]).with_detail(&detail).with_lateness(&late);
        let ns = SimTime::from_nanos;
        let counted = |&(at, later, latency): &(i64, i64, i64)| Counted {
            at: ns(at),
            answered: ns(at + later),
            status: Status::Ok,
            latency_ns: Some(latency),
        };
        if in_batches {
            requests.chunks(7).for_each(|some| series.record_all(some.iter().map(counted)));
        } else {
            for request in &requests {
                series.count(&counted(request));
            }
        }
        let window = (ns(from), ns(from + length));
        let (mut seen, mut buckets) = (Totals::default(), Buckets::default());
        for rows in series.visible(window, ns(arrived)) {
            series.add_to(&mut seen, rows.clone(), series.cut(15));
            series.add_tails_to(&mut seen, rows.clone(), [Some(9), None]);
            series.add_buckets_to(&mut buckets, rows);
        }
        let (mut expected, mut by_size) = (Totals::default(), Buckets::default());
        let mut is_whole = true;
        for &(at, later, latency) in &requests {
            let interval_of = |at: i64| (at + 250).div_euclid(100);
            let starts = interval_of(at) * 100 - 250;
            if !(0..5).contains(&interval_of(at)) || !(from..from + length).contains(&starts) {
                continue;
            }
            let answered = interval_of(at + later);
            let late = usize::try_from(answered).ok().and_then(|number| late.get(number));
            let published = (answered + 1) * 100 - 250 + late.map_or(0, |late| late.as_nanos());
            if published > arrived {
                is_whole = false;
                continue;
            }
            expected.bin.record(Status::Ok, Some(latency));
            expected.probe.record(latency, 15);
            if latency > 9 {
                expected.tails[0].merge(&Tail { over: 1, sum_ns: latency.into() });
            }
            by_size.record(latency);
        }
        prop_assert_eq!(seen, expected);
        prop_assert_eq!(buckets.runs(), by_size.runs());
        prop_assert!(is_whole || !series.has_arrived(window, ns(arrived)), "more is to come");
    }
}

#[test]
fn all_of_a_window_has_arrived_once_its_last_answer_is_published() {
    let mut series = Series::new(MINUTE, at(0.0), 5, &[]);
    let later = Counted { at: at(10.0), answered: at(130.0), status: Status::Ok, latency_ns: None };
    series.count(&later);
    let window = (at(0.0), at(60.0));
    for (arrived, whole) in [(59.0, false), (60.0, false), (179.0, false), (180.0, true)] {
        assert_eq!(series.has_arrived(window, at(arrived)), whole, "{arrived}");
        let rows = series.visible(window, at(arrived)).map(Iterator::count).sum::<usize>();
        assert_eq!(rows, if whole { 2 } else { usize::from(arrived >= 60.0) }, "{arrived}");
    }
    assert_eq!(counts(&series), [1, 0, 0, 0, 0], "it counts where it arrived");
}

/// At 90 s the first minute has ended, 10 s late as ever; the second and third have not, and are late by
/// other times from here on.
#[test]
fn lateness_is_renewed_of_what_has_not_ended() {
    let late = |seconds: [i64; 3]| seconds.map(SimDuration::from_secs);
    let mut series = Series::new(MINUTE, at(0.0), 3, &[]).with_lateness(&late([10, 20, 0]));
    series.renew_lateness(at(90.0), &late([50, 5, 40]));
    for (minute, arrives) in [(0.0, 70.0), (1.0, 125.0), (2.0, 220.0)] {
        let window = (at(60.0 * minute), at(60.0 * minute + 60.0));
        assert!(!series.has_arrived(window, at(arrives - 1.0)), "minute {minute}");
        assert!(series.has_arrived(window, at(arrives)), "minute {minute}");
    }
    let mut punctual = Series::new(MINUTE, at(0.0), 3, &[]);
    punctual.renew_lateness(at(90.0), &[]);
    assert!(punctual.has_arrived((at(0.0), at(60.0)), at(60.0)));
}
