use super::*;
use crate::alarm::monitor::Monitor;
use crate::alarm::setting::{MissingDataRule, TreatMissingData};
use crate::telemetry::bin::Status;
use crate::telemetry::series::{FleetSeries, Series};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use {AlarmState::InsufficientData, Besides::Silence, Besides::Steady, TreatMissingData as Treat};

const MINUTE: SimDuration = SimDuration::from_secs(60);

fn minutes(count: i64) -> SimDuration {
    MINUTE.times(count)
}

fn spec(m: u32, n: u32, period_min: i64, treat: Treat, range_extra: u32) -> AlarmSpec {
    AlarmSpec {
        evaluation_periods: n,
        datapoints_to_alarm: m,
        period: minutes(period_min),
        treat_missing_data: treat,
        missing_data_rule: MissingDataRule::CloudWatch { range_extra },
        initial_state: AlarmState::Ok,
        ..AlarmSpec::example()
    }
}

/// The same by an alarm that watches a whole series of requests: one a minute, of which one fails; or only
/// that one.
fn watched(spec: &AlarmSpec, delay_min: i64, bad: i64, besides: Besides) -> After {
    const BEFORE: i64 = 400;
    let mut series = Series::new(MINUTE, SimTime::ZERO - minutes(BEFORE), 1400, &[]);
    for minute in -BEFORE..1000 {
        let at = SimTime::from_nanos(minute * MINUTE.as_nanos());
        if minute == bad {
            series.record(at, Status::ServerError, Some(1));
        } else if besides == Steady {
            series.record(at, Status::Ok, Some(1));
        }
    }
    let none = Series::new(MINUTE, SimTime::ZERO, 0, &[]);
    let fleets =
        FleetSeries { blue: none.clone(), green: series, shadow: none, sampled: Vec::new() };
    let mut monitor = Monitor::new(spec, Clock::default(), minutes(delay_min), MINUTE);
    let begins = SimTime::from_nanos(bad * MINUTE.as_nanos());
    let (mut now, mut was_alarm, mut left) = (begins, false, None);
    while now < begins + minutes(900) {
        now = monitor.next_evaluation(now);
        let before = monitor.state();
        monitor.evaluate(now, &fleets, Some(SimTime::ZERO - minutes(BEFORE)));
        was_alarm |= monitor.state() == AlarmState::Alarm;
        if before == AlarmState::Alarm && monitor.state() != AlarmState::Alarm {
            left = Some((now.since(begins + MINUTE), monitor.state()));
        }
    }
    match (was_alarm, monitor.state(), left) {
        (false, ..) => After::NoAlarm,
        (true, AlarmState::Alarm, _) => After::Stays,
        (true, _, left) => {
            let (after, state) = left.expect("it has left ALARM");
            After::Leaves(after, state)
        }
    }
}

/// A minute is looked at for N + 5 minutes: with steady traffic the next good minute ends it, without
/// traffic only its age does. Both are what is published of such alarms.
#[test]
fn known_answers() {
    let after =
        |spec: &AlarmSpec, besides| after_one_bad(spec, (MINUTE, SimDuration::ZERO), besides);
    let ok = |count| After::Leaves(minutes(count), AlarmState::Ok);
    let one = |treat| spec(1, 1, 1, treat, 5);
    assert_eq!(after(&one(Treat::NotBreaching), Steady), ok(1));
    assert_eq!(after(&one(Treat::NotBreaching), Silence), ok(6));
    assert_eq!(after(&one(Treat::Missing), Silence), After::Leaves(minutes(6), InsufficientData));
    assert_eq!(after(&one(Treat::Ignore), Silence), After::Stays);
    assert_eq!(after(&one(Treat::Breaching), Silence), After::Stays);
    assert_eq!(after(&spec(2, 3, 1, Treat::NotBreaching, 5), Steady), After::NoAlarm);
    assert_eq!(after(&spec(1, 3, 1, Treat::NotBreaching, 5), Steady), ok(3));
    // A quarter of an hour, 1 of 1, looks back 45 min; the last minute of the window counts to the end.
    assert_eq!(after(&spec(1, 1, 15, Treat::NotBreaching, 2), Silence), ok(45));
    assert_eq!(after(&spec(1, 1, 15, Treat::NotBreaching, 2), Steady), ok(15));
    let late = (MINUTE, minutes(7));
    let unseen = after_one_bad(&one(Treat::NotBreaching), late, Steady);
    assert_eq!(unseen, After::NoAlarm, "it is too old once it shows");
}

/// Against alarms that watch a series of requests, for alarms of all kinds.
#[test]
fn an_alarm_over_requests_does_the_same() {
    let treats = [Treat::Missing, Treat::Ignore, Treat::Breaching, Treat::NotBreaching];
    let evaluations =
        [Evaluation::Sliding, Evaluation::Aligned, Evaluation::WallClock { offset_min: 0 }];
    let kinds = (
        (1..4_u32, 0..3_u32, proptest::sample::select(&[1_i64, 2, 5][..]), 0..7_u32),
        proptest::sample::select(treats.to_vec()),
        proptest::sample::select(evaluations.to_vec()),
        (0..9_i64, any::<bool>()),
    );
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let outcome =
        runner.run(&kinds, |((m, more, period, extra), treat, evaluation, (delay, steady))| {
            let spec = AlarmSpec { evaluation, ..spec(m, m + more, period, treat, extra) };
            let besides = if steady { Steady } else { Silence };
            let found = after_one_bad(&spec, (MINUTE, minutes(delay)), besides);
            let places =
                if evaluation == Evaluation::Sliding { vec![0] } else { vec![0, period - 1] };
            let expected = places.into_iter().map(|bad| watched(&spec, delay, bad, besides));
            let expected = expected.max_by_key(|after| after.lasts());
            prop_assert_eq!(Some(found), expected, "{:?} {} {:?}", spec, delay, besides);
            Ok(())
        });
    outcome.expect("both agree");
}
