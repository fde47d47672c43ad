use super::*;
use crate::alarm::spec::{
    Evaluation, FleetDimension, History, MissingDataRule, Query, TreatMissingData,
};
use crate::telemetry::bin::Status;
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::ratio::Ratio;
use crate::telemetry::sampled::{Sample, Samples};
use crate::telemetry::series::Series;

mod brute_force;
mod settings;

const MINUTE: SimDuration = SimDuration::from_secs(60);

fn at(seconds: i64) -> SimTime {
    SimTime::from_nanos(seconds * crate::time::NANOS_PER_S)
}

/// Seconds since midnight.
fn clock_time(hours: i64, minutes: i64, seconds: i64) -> i64 {
    (hours * 60 + minutes) * 60 + seconds
}

/// Empty series of minutes from `from_s` on.
fn minutes(from_s: i64, bins: usize) -> FleetSeries {
    let series = Series::new(MINUTE, at(from_s), bins, &[]);
    FleetSeries { blue: series.clone(), green: series.clone(), shadow: series, sampled: Vec::new() }
}

/// A statistic of the 5xx errors of a fleet.
fn errors(statistic: Statistic, fleet: FleetDimension) -> Query {
    Query::requests(Metric::Invocation5xxErrors, statistic, fleet)
}

/// An alarm of 15 minutes on green's 5xx rate.
fn of_a_quarter() -> AlarmSpec {
    let period = SimDuration::from_secs(900);
    AlarmSpec { period, missing_data_rule: MissingDataRule::usual(period), ..AlarmSpec::example() }
}

/// An alarm whose minute begins at `minute_s` and that is evaluated `phase_s` later.
fn monitor(spec: &AlarmSpec, minute_s: i64, phase_s: i64) -> Monitor<'_> {
    let clock = Clock { minute: at(minute_s), evaluation_phase: SimDuration::from_secs(phase_s) };
    Monitor::new(spec, clock, SimDuration::ZERO, MINUTE)
}

/// Every change of state after `from_s` and until `to_s`, in seconds.
fn changes(
    monitor: &mut Monitor,
    fleets: &FleetSeries,
    first_traffic: Option<SimTime>,
    (from_s, to_s): (i64, i64),
) -> Vec<(i64, AlarmState)> {
    let mut changes = Vec::new();
    let mut now = monitor.next_evaluation(at(from_s));
    while now <= at(to_s) {
        if let Some(state) = monitor.evaluate(now, fleets, first_traffic) {
            changes.push((now.as_nanos() / crate::time::NANOS_PER_S, state));
        }
        now = monitor.next_evaluation(now);
    }
    changes
}

/// Measured on a real alarm, 3 of 3 periods of 180 s, evaluated at second 32: failures from
/// 05:46:52 on, ALARM at 05:53:32; 6 min 40 s and not three periods later.
#[test]
fn sliding_windows_notice_before_n_periods_are_over() {
    let spec = AlarmSpec {
        period: SimDuration::from_secs(180),
        evaluation_periods: 3,
        datapoints_to_alarm: 3,
        ..AlarmSpec::on(errors(Statistic::Sum, FleetDimension::Green))
    };
    let (midnight, first_failure) = (0, clock_time(5, 46, 52));
    let mut fleets = minutes(midnight, 24 * 60);
    for second in clock_time(5, 0, 0)..clock_time(6, 0, 0) {
        let status = if second < first_failure { Status::Ok } else { Status::ServerError };
        fleets.green.record(at(second), status, None);
    }
    let mut alarm = monitor(&spec, midnight, 32);
    let span = (clock_time(5, 30, 0), clock_time(5, 59, 0));
    let expected =
        [(clock_time(5, 30, 32), AlarmState::Ok), (clock_time(5, 53, 32), AlarmState::Alarm)];
    assert_eq!(changes(&mut alarm, &fleets, Some(at(0)), span), expected);
}

/// Measured: 8 of 8 periods of 15 min, missing data breaching, a range of 10 periods: ALARM 2 h 31
/// min after the last datapoint, because good datapoints of the range hold OK.
#[test]
fn good_datapoints_in_the_range_delay_the_alarm_on_silence() {
    let spec = AlarmSpec {
        evaluation_periods: 8,
        datapoints_to_alarm: 8,
        treat_missing_data: TreatMissingData::Breaching,
        ..of_a_quarter()
    };
    let mut fleets = minutes(0, 24 * 60);
    let last_s = clock_time(6, 0, 0);
    for second in (0..=last_s).step_by(60) {
        fleets.green.record(at(second), Status::Ok, None);
    }
    let mut alarm = monitor(&spec, 0, 0);
    let expected =
        [(clock_time(3, 1, 0), AlarmState::Ok), (last_s + clock_time(2, 31, 0), AlarmState::Alarm)];
    let span = (clock_time(3, 0, 0), clock_time(12, 0, 0));
    assert_eq!(changes(&mut alarm, &fleets, Some(at(0)), span), expected);
}

/// Measured: 1 of 1 period of 15 min, missing data not breaching, a range of 3 periods: OK again
/// after 46 min 20 s, because a datapoint in the range outweighs the setting.
#[test]
fn a_sparse_metric_stays_in_alarm_while_its_datapoint_is_in_the_range() {
    let spec = of_a_quarter();
    let mut fleets = minutes(0, 24 * 60);
    let error_s = clock_time(10, 0, 10);
    fleets.green.record(at(error_s), Status::ServerError, None);
    let mut alarm = monitor(&spec, 0, 30);
    let expected = [
        (clock_time(9, 0, 30), AlarmState::Ok),
        (clock_time(10, 1, 30), AlarmState::Alarm),
        (error_s + clock_time(0, 46, 20), AlarmState::Ok),
    ];
    let span = (clock_time(9, 0, 0), clock_time(12, 0, 0));
    assert_eq!(changes(&mut alarm, &fleets, Some(at(0)), span), expected);
}

#[test]
fn an_evaluation_at_the_end_of_a_window_sees_all_of_it() {
    for evaluation in [Evaluation::Sliding, Evaluation::Aligned] {
        let spec = AlarmSpec { evaluation, ..AlarmSpec::example() };
        let mut fleets = minutes(0, 2);
        let last = SimTime::from_nanos(at(60).as_nanos() - 1);
        fleets.green.record(last, Status::ServerError, None);
        fleets.green.record(at(60), Status::Ok, None);
        let mut alarm = monitor(&spec, 0, 0);
        assert_eq!(alarm.next_evaluation(at(0)), at(60));
        assert_eq!(alarm.evaluate(at(60), &fleets, Some(at(0))), Some(AlarmState::Alarm));
        assert_eq!(alarm.evaluate(at(120), &fleets, Some(at(0))), Some(AlarmState::Ok));
        assert_eq!(alarm.evaluate(at(120), &fleets, Some(at(0))), None);
        assert_eq!(alarm.state(), AlarmState::Ok);
    }
}

/// 2 of 3 with green's first traffic at 0 and every request failing.
#[test]
fn the_history_before_the_first_traffic_is_as_set() {
    use AlarmState::{Alarm, InsufficientData, Ok};
    let from_the_first = [(-540, Ok), (120, Alarm)];
    let only_data = [(60, InsufficientData), (120, Alarm)];
    for (history, expected) in [
        (History::NonBreaching, &from_the_first[..]),
        // In the warm-up a green-only alarm has no data; one datapoint is too young to alarm on.
        (History::Simulated, &only_data[1..]),
        (History::None, &only_data[1..]),
    ] {
        let spec = AlarmSpec {
            evaluation_periods: 3,
            datapoints_to_alarm: 2,
            treat_missing_data: TreatMissingData::Missing,
            evaluation: Evaluation::Aligned,
            history,
            ..AlarmSpec::example()
        };
        let mut alarm = monitor(&spec, 0, 0);
        let mut fleets = minutes(-600, 60);
        let mut seen = changes(&mut alarm, &fleets, None, (-600, 0));
        for second in 0..600 {
            fleets.green.record(at(second), Status::ServerError, None);
        }
        seen.extend(changes(&mut alarm, &fleets, Some(at(0)), (0, 600)));
        assert_eq!(seen, expected, "{history:?}");
    }
}

/// Blue publishes failures in the warm-up; what counts of them depends on the setting.
#[test]
fn the_warm_up_of_blue_counts_only_if_history_is_simulated() {
    for (history, expected) in [
        (History::Simulated, AlarmState::Alarm),
        (History::NonBreaching, AlarmState::Ok),
        (History::None, AlarmState::InsufficientData),
    ] {
        let spec = AlarmSpec {
            subject: errors(Statistic::Average, FleetDimension::Both).into(),
            treat_missing_data: TreatMissingData::Missing,
            history,
            ..AlarmSpec::example()
        };
        let mut fleets = minutes(-600, 20);
        fleets.blue.record(at(-30), Status::ServerError, None);
        for first_traffic in [None, Some(at(0))] {
            let mut alarm = monitor(&spec, 0, 0);
            alarm.evaluate(at(0), &fleets, first_traffic);
            assert_eq!(alarm.state(), expected, "{history:?} {first_traffic:?}");
        }
        // The window that straddles the first traffic is taken as it is.
        let mut alarm = monitor(&spec, 0, 0);
        alarm.evaluate(at(0), &fleets, Some(at(-1)));
        assert_eq!(alarm.state(), AlarmState::Alarm, "{history:?}");
    }
}

#[test]
fn an_alarm_sees_the_requests_of_its_dimension_only() {
    use FleetDimension::{Blue, Both, Green, Shadow};
    for (failing, alarms) in [(Blue, [Blue, Both]), (Green, [Green, Both]), (Shadow, [Shadow; 2])] {
        let mut fleets = minutes(0, 2);
        let series = match failing {
            Blue => &mut fleets.blue,
            Green => &mut fleets.green,
            _ => &mut fleets.shadow,
        };
        series.record(at(1), Status::ServerError, None);
        for fleet in [Blue, Green, Both, Shadow] {
            let subject = errors(Statistic::Average, fleet).into();
            let spec = AlarmSpec { subject, ..AlarmSpec::example() };
            let mut alarm = monitor(&spec, 0, 0);
            alarm.evaluate(at(60), &fleets, Some(at(0)));
            let is_alarm = alarm.state() == AlarmState::Alarm;
            assert_eq!(is_alarm, alarms.contains(&fleet), "{failing:?} fails, {fleet:?} watches");
        }
    }
}

#[test]
fn before_the_first_bin_there_is_nothing_or_nothing_bad() {
    for (history, expected) in [
        (History::NonBreaching, AlarmState::Ok),
        (History::Simulated, AlarmState::Alarm),
        (History::None, AlarmState::Alarm),
    ] {
        let spec = AlarmSpec {
            missing_data_rule: MissingDataRule::Window,
            evaluation_periods: 2,
            datapoints_to_alarm: 2,
            treat_missing_data: TreatMissingData::Breaching,
            history,
            ..AlarmSpec::example()
        };
        let fleets = minutes(-60, 20);
        let mut alarm = monitor(&spec, 0, 0);
        // Both windows, before the first bin and in it, come after the first traffic.
        alarm.evaluate(at(0), &fleets, Some(at(-1000)));
        assert_eq!(alarm.state(), expected, "{history:?}");
    }
}

#[test]
fn the_newest_period_is_partial_until_its_bins_arrive() {
    let spec = AlarmSpec {
        period: SimDuration::from_secs(120),
        comparison: crate::alarm::spec::Comparison::GreaterThanOrEqualToThreshold,
        threshold: Ratio::new(1, 2),
        missing_data_rule: MissingDataRule::Window,
        ..AlarmSpec::example()
    };
    let mut fleets = minutes(0, 10);
    fleets.green.record(at(30), Status::ServerError, None);
    for second in [70, 80, 90] {
        fleets.green.record(at(second), Status::Ok, None);
    }
    let delay = SimDuration::from_secs(60);
    let mut alarm = Monitor::new(&spec, Clock::default(), delay, MINUTE);
    // At 120 s only the first of the two minutes has arrived: 1 of 1 failed.
    assert_eq!(alarm.evaluate(at(120), &fleets, Some(at(0))), Some(AlarmState::Alarm));
    assert_eq!(alarm.evaluate(at(180), &fleets, Some(at(0))), Some(AlarmState::Ok));
}

#[test]
fn values_published_one_by_one_are_seen_once_they_arrive() {
    let period = SimDuration::from_secs(300);
    let spec = AlarmSpec {
        threshold: Ratio::whole(2),
        period,
        missing_data_rule: MissingDataRule::usual(period),
        initial_state: AlarmState::Ok,
        ..AlarmSpec::on(Query::sampled(1, Statistic::Average))
    };
    // A real date: 21 November 2026, 07:00:00 UTC.
    let start_s = 1_795_244_400;
    let mut samples = Samples::default();
    for (after_s, value, delay_s) in [(10, 2, 0), (70, 3, 0), (80, 1, 400)] {
        let stamp = at(start_s + after_s);
        let seen_from = stamp + SimDuration::from_secs(delay_s);
        samples.record(Sample::single(stamp, Ratio::whole(value), seen_from));
    }
    let fleets = FleetSeries::only_sampled(vec![Samples::default(), samples]);
    let mut alarm = monitor(&spec, 0, 20);
    let seen = changes(&mut alarm, &fleets, None, (start_s, start_s + 1200));
    // Nothing, 2; then (2 + 3)/2; then, as the late 1 arrives, (3 + 1)/2; then 1 at last, until it is silent.
    let expected = [
        (start_s + 20, AlarmState::InsufficientData),
        (start_s + 80, AlarmState::Ok),
        (start_s + 140, AlarmState::Alarm),
        (start_s + 500, AlarmState::Ok),
        (start_s + 1040, AlarmState::InsufficientData),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_reason_is_that_of_the_console() {
    let spec = AlarmSpec {
        evaluation_periods: 3,
        datapoints_to_alarm: 2,
        says_datapoints_to_alarm: true,
        ..AlarmSpec::example()
    };
    let mut fleets = minutes(0, 10);
    for second in [0, 60, 65] {
        let status = if second == 65 { Status::Ok } else { Status::ServerError };
        fleets.green.record(at(second), status, None);
    }
    // 5 January 2026, 14:00 UTC.
    let epoch_ns = 1_767_621_600 * crate::time::NANOS_PER_S;
    let mut alarm = monitor(&spec, 0, 0);
    assert_eq!(alarm.why(epoch_ns), "Unchecked: Initial alarm creation");
    alarm.evaluate(at(120), &fleets, Some(at(0)));
    assert_eq!(
        alarm.why(epoch_ns),
        "Threshold Crossed: 2 out of the last 3 datapoints [0.5 (05/01/26 14:01:00), 1.0 (05/01/26 \
         14:00:00)] were greater than the threshold (0.01) and 1 missing datapoint was treated as \
         [NonBreaching] (minimum 2 datapoints for OK -> ALARM transition)."
    );
    let slow = AlarmSpec {
        threshold: Ratio::whole(100_000_000),
        ..AlarmSpec::on(Query::requests(
            Metric::ModelLatency,
            Statistic::Maximum,
            FleetDimension::Green,
        ))
    };
    fleets.green.record(at(90), Status::Ok, Some(250_000_000));
    let mut alarm = monitor(&slow, 0, 0);
    alarm.evaluate(at(120), &fleets, Some(at(0)));
    assert_eq!(
        alarm.why(epoch_ns),
        "Threshold Crossed: 1 datapoint [250000.0 (05/01/26 14:01:00)] was greater than the \
         threshold (100000.0)."
    );
}
