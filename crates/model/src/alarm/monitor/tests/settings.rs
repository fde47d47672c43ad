//! What an alarm does besides counting datapoints: few samples, warm-up, clocks on the wall, late
//! data, metric math and bands.

use super::*;
use crate::alarm::math::{Expression, Names};
use crate::alarm::spec::{Band, LowSampleScope, LowSamples, Math, Subject, WarmUp, detail};
use crate::telemetry::series::Series;

/// One value a second from `from_s` until before `until_s`, known at once.
fn every_second(samples: &mut Samples, (from_s, until_s): (i64, i64), value: i128) {
    for second in from_s..until_s {
        let stamp = at(second);
        samples.record(Sample::single(stamp, Ratio::whole(value), stamp));
    }
}

fn p50(period_s: i64) -> AlarmSpec {
    AlarmSpec {
        period: SimDuration::from_secs(period_s),
        threshold: Ratio::whole(5),
        ..AlarmSpec::on(Query::sampled(0, "p50".parse().expect("a statistic")))
    }
}

/// p50 needs 20 samples. 15 a minute are too few for each datapoint, and enough for two together.
#[test]
fn too_few_samples_leave_the_state_alone_if_so_set() {
    let mut samples = Samples::default();
    for minute in 0..4 {
        every_second(&mut samples, (minute * 60, minute * 60 + 15), 9);
    }
    every_second(&mut samples, (240, 260), 9);
    let fleets = FleetSeries::only_sampled(vec![samples]);
    let base = AlarmSpec { evaluation_periods: 2, datapoints_to_alarm: 2, ..p50(60) };
    let ignoring = AlarmSpec { low_samples: LowSamples::Ignore, ..base.clone() };
    let together = AlarmSpec { low_sample_scope: LowSampleScope::Evaluation, ..ignoring.clone() };
    let single = AlarmSpec { evaluation_periods: 1, datapoints_to_alarm: 1, ..ignoring.clone() };
    let first_change = |spec: &AlarmSpec| {
        let mut alarm = monitor(spec, 0, 0);
        changes(&mut alarm, &fleets, None, (0, 300)).first().copied()
    };
    assert_eq!(first_change(&base), Some((120, AlarmState::Alarm)));
    assert_eq!(first_change(&together), Some((120, AlarmState::Alarm)));
    assert_eq!(first_change(&ignoring), None, "the fourth minute has too few to the end");
    assert_eq!(first_change(&single), Some((300, AlarmState::Alarm)), "20 samples are enough");
}

#[test]
fn a_warm_up_ends_with_enough_data_or_with_its_time() {
    let mut samples = Samples::default();
    every_second(&mut samples, (0, 1800), 9);
    let fleets = FleetSeries::only_sampled(vec![samples]);
    let base = AlarmSpec {
        evaluation_periods: 3,
        datapoints_to_alarm: 1,
        created_after: Some(SimDuration::from_secs(30)),
        ..p50(60)
    };
    let lasts = SimDuration::from_secs(600);
    for (warm_up, alarm_s) in [
        (None, 60),
        (Some(WarmUp { lasts, to_its_end: false }), 180),
        // Created at 30 s, so over at 630 s.
        (Some(WarmUp { lasts, to_its_end: true }), 660),
    ] {
        let spec = AlarmSpec { warm_up, ..base.clone() };
        let mut alarm = monitor(&spec, 0, 0);
        let seen = changes(&mut alarm, &fleets, None, (-300, 900));
        assert_eq!(seen, [(alarm_s, AlarmState::Alarm)], "{warm_up:?}");
    }
}

#[test]
fn an_alarm_that_exists_later_is_evaluated_later() {
    let spec = AlarmSpec { created_after: Some(SimDuration::from_secs(90)), ..p50(60) };
    let alarm = monitor(&spec, 0, 20);
    assert_eq!(alarm.next_evaluation(at(-1000)), at(140));
    assert_eq!(alarm.next_evaluation(at(140)), at(200));
}

/// An hour's windows by a clock two hours and a half ahead of UTC end at half past.
#[test]
fn a_clock_on_the_wall_cuts_the_windows() {
    let spec = AlarmSpec { evaluation: Evaluation::WallClock { offset_min: 150 }, ..p50(3600) };
    let mut samples = Samples::default();
    every_second(&mut samples, (clock_time(9, 40, 0), clock_time(9, 41, 0)), 9);
    every_second(&mut samples, (clock_time(10, 35, 0), clock_time(10, 40, 0)), 1);
    let fleets = FleetSeries::only_sampled(vec![samples]);
    let mut alarm = monitor(&spec, 0, 7);
    let seen = changes(&mut alarm, &fleets, None, (clock_time(9, 0, 0), clock_time(12, 0, 0)));
    let expected =
        [(clock_time(10, 30, 7), AlarmState::Alarm), (clock_time(11, 30, 7), AlarmState::Ok)];
    assert_eq!(seen, expected);
}

/// The minute from 60 s on arrives five minutes late: the alarm is wrong until then, and right after.
#[test]
fn a_late_interval_changes_what_past_windows_show() {
    let lateness = [0, 300].map(SimDuration::from_secs);
    let spec = AlarmSpec {
        period: SimDuration::from_secs(600),
        threshold: Ratio::new(1, 2),
        ..AlarmSpec::on(errors(Statistic::Average, FleetDimension::Green))
    };
    let series = Series::new(MINUTE, at(0), 30, &[]).with_lateness(&lateness);
    let mut fleets = minutes(0, 30);
    fleets.green = series;
    fleets.green.record(at(10), Status::ServerError, None);
    for second in [70, 71, 72] {
        fleets.green.record(at(second), Status::Ok, None);
    }
    let mut alarm = monitor(&spec, 0, 0);
    let seen = changes(&mut alarm, &fleets, Some(at(0)), (0, 600));
    assert_eq!(seen, [(60, AlarmState::Alarm), (420, AlarmState::Ok)]);
}

fn math(expression: &str) -> AlarmSpec {
    let names = Names { metrics: &["errors", "requests"], expressions: &[] };
    let of = |metric| Query::requests(metric, Statistic::Sum, FleetDimension::Green);
    let subject = Subject::Math(Math {
        ids: ["errors", "requests"].map(str::to_owned).to_vec(),
        queries: vec![of(Metric::Invocation5xxErrors), of(Metric::Invocations)],
        expression: Expression::parse(expression, names).expect("an expression"),
    });
    AlarmSpec { subject, threshold: Ratio::new(3, 2), ..AlarmSpec::example() }
}

/// 3 errors of 200 requests are 1.5 %, not above it; 4 are, unless the gate asks for more requests.
#[test]
fn an_expression_is_exact_and_may_be_gated() {
    for (errors, expression, expected) in [
        (3, "errors / requests * 100", AlarmState::Ok),
        (4, "errors / requests * 100", AlarmState::Alarm),
        (4, "IF(requests > 200, errors / requests * 100, 0)", AlarmState::Ok),
        (4, "IF(requests >= 200, errors / requests * 100, 0)", AlarmState::Alarm),
    ] {
        let spec = math(expression);
        let mut fleets = minutes(0, 3);
        for second in 0..200 {
            let status = if second < errors { Status::ServerError } else { Status::Ok };
            fleets.green.record(at(second / 10), status, None);
        }
        let mut alarm = monitor(&spec, 0, 0);
        alarm.evaluate(at(60), &fleets, Some(at(0)));
        assert_eq!(alarm.state(), expected, "{errors} errors, {expression}");
    }
}

/// An aggregate of one series is over the whole evaluation range, N + 5 periods of a minute, and not over N.
#[test]
fn an_expression_sees_the_whole_evaluation_range() {
    let spec = math("errors - errors + SUM(errors)");
    let mut fleets = minutes(0, 10);
    for second in [10, 70] {
        fleets.green.record(at(second), Status::ServerError, None);
    }
    for second in [130, 190] {
        fleets.green.record(at(second), Status::Ok, None);
    }
    let mut alarm = monitor(&spec, 0, 0);
    let seen = changes(&mut alarm, &fleets, Some(at(0)), (0, 420));
    // 1, 1 + 1, still 2 in the six minutes from 0 s on, then 1.
    let expected = [(60, AlarmState::Ok), (120, AlarmState::Alarm), (420, AlarmState::Ok)];
    assert_eq!(seen, expected);
}

/// Where requests are missing so is the rate, and where only errors are it would be 0.
#[test]
fn silence_is_missing_in_an_expression_too() {
    let spec = AlarmSpec {
        treat_missing_data: TreatMissingData::Breaching,
        ..math("errors / requests * 100")
    };
    let mut alarm = monitor(&spec, 0, 0);
    alarm.evaluate(at(60), &minutes(0, 3), Some(at(0)));
    assert_eq!(alarm.state(), AlarmState::Alarm);
}

#[test]
fn latencies_are_microseconds_in_expressions_and_percentiles_come_from_buckets() {
    let names = Names { metrics: &["slow"], expressions: &[] };
    let p90 = Statistic::Percentile(Ratio::new(9, 10));
    let subject = Subject::Math(Math {
        ids: vec!["slow".to_owned()],
        queries: vec![Query::requests(Metric::ModelLatency, p90, FleetDimension::Green)],
        expression: Expression::parse("slow / 1000", names).expect("an expression"),
    });
    let spec = AlarmSpec { subject, threshold: Ratio::whole(90), ..AlarmSpec::example() };
    let detail = detail(std::slice::from_ref(&spec), FleetDimension::Green, false);
    let mut fleets = minutes(0, 3);
    fleets.green = Series::new(MINUTE, at(0), 3, &[]).with_detail(&detail);
    for milliseconds in 1..=100 {
        fleets.green.record(at(1), Status::Ok, Some((milliseconds + 5) * 1_000_000));
    }
    let mut alarm = monitor(&spec, 0, 0);
    alarm.evaluate(at(60), &fleets, Some(at(0)));
    assert_eq!(alarm.state(), AlarmState::Alarm);
    let seen = alarm.periods.last().and_then(|period| period.seen).and_then(|seen| seen.value);
    let value_ms = seen.expect("a datapoint");
    assert!((value_ms - 95.0).abs() < 95.0 / 128.0, "{value_ms}");
}

/// Baseline 1, 2, …, 5: mean 3, standard deviation √2.5 = 1.581; two of them reach from -0.16 to 6.16.
#[test]
fn a_band_is_mean_and_deviations_of_its_baseline_and_strict() {
    let query = Query::sampled(0, Statistic::Maximum);
    let five_minutes = SimDuration::from_secs(300);
    let band = Band { queries: [query; 2], width: 2.0, until: at(300), lasts: five_minutes };
    let spec = AlarmSpec {
        subject: Subject::Band(band),
        comparison: crate::alarm::spec::Comparison::GreaterThanUpperThreshold,
        ..AlarmSpec::example()
    };
    let mut samples = Samples::default();
    for (minute, value) in (0..).zip([1, 2, 3, 4, 5, 6, 7, 6]) {
        every_second(&mut samples, (minute * 60, minute * 60 + 1), value);
    }
    let fleets = FleetSeries::only_sampled(vec![samples]);
    let mut alarm = monitor(&spec, 0, 0);
    let seen = changes(&mut alarm, &fleets, Some(at(-1000)), (0, 480));
    let expected = [(60, AlarmState::Ok), (420, AlarmState::Alarm), (480, AlarmState::Ok)];
    assert_eq!(seen, expected, "notBreaching is OK while there is no band");
    let [lower, upper] = alarm.band.expect("a band");
    assert!((lower - (3.0 - 2.0 * 2.5_f64.sqrt())).abs() < 1e-12, "{lower}");
    assert!((upper - (3.0 + 2.0 * 2.5_f64.sqrt())).abs() < 1e-12, "{upper}");
    assert!(
        alarm.why(0).contains("not greater than the upper threshold [6.16"),
        "{}",
        alarm.why(0)
    );
}
