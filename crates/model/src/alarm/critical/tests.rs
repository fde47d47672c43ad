use super::*;
use crate::alarm::spec::{FleetDimension, Query, Unresolved};
use crate::telemetry::bin::Status;
use crate::telemetry::detail::Detail;
use crate::telemetry::metric::{Metric, Statistic};
use crate::telemetry::series::Series;

mod against_monitors;

const MINUTE: SimDuration = SimDuration::from_secs(60);

fn at(minutes: i64) -> SimTime {
    SimTime::from_nanos(minutes * MINUTE.as_nanos())
}

/// Green's minutes from 0 on, one latency for each \[ns\]; of each minute this share is kept.
fn latencies(minutes: &[&[i64]], share: Ratio) -> FleetSeries {
    let detail = Detail { keeps_top: Some(share), ..Detail::default() };
    let mut fleets = FleetSeries::only_sampled(Vec::new());
    fleets.green = Series::new(MINUTE, at(0), minutes.len(), &[]).with_detail(&detail);
    for (minute, latencies_ns) in (0..).zip(minutes) {
        for &latency_ns in *latencies_ns {
            fleets.green.record(at(minute), Status::Ok, Some(latency_ns));
        }
    }
    fleets.sort();
    fleets
}

fn on(statistic: Statistic) -> AlarmSpec {
    AlarmSpec::on(Query::requests(Metric::ModelLatency, statistic, FleetDimension::Green))
}

fn critical(spec: &AlarmSpec) -> CriticalMonitor<'_> {
    CriticalMonitor::new(spec, Clock::default(), SimDuration::ZERO, MINUTE).expect("monotone")
}

/// 2 of 2 on the minutes' maximum 3, 8, 5, 9, 2: the critical value is the smaller of two in a row.
#[test]
fn the_level_is_that_of_the_m_th_highest_and_each_threshold_has_its_instant() {
    let spec = AlarmSpec {
        evaluation_periods: 2,
        datapoints_to_alarm: 2,
        missing_data_rule: MissingDataRule::Window,
        ..on(Statistic::Maximum)
    };
    let fleets = latencies(&[&[3], &[1, 8], &[5], &[9], &[2]], Ratio::whole(1));
    let mut alarm = critical(&spec);
    let mut seen = Vec::new();
    for minute in 1..=5 {
        assert_eq!(alarm.next_evaluation(at(minute - 1)), at(minute));
        alarm.evaluate(at(minute), &fleets, Some(at(0))).expect("decided");
        seen.push(alarm.in_alarm().collect::<Vec<_>>());
    }
    let expected = [
        vec![],
        vec![(3.0, at(2))],
        vec![(5.0, at(3)), (3.0, at(2))],
        vec![(5.0, at(3)), (3.0, at(2))],
        vec![(2.0, at(2))],
    ];
    assert_eq!(seen, expected);
    let since = |threshold: Ratio| alarm.since(alarm.key_of(threshold));
    assert_eq!(since(Ratio::whole(2)), None, "equal is not greater");
    assert_eq!(since(Ratio::new(199, 100)), Some(at(2)));
}

/// Low datapoints breach, equality included: at 4 there is ALARM, and below there is none.
#[test]
fn the_key_of_a_lower_bound_is_mirrored() {
    let spec = AlarmSpec {
        comparison: Comparison::LessThanOrEqualToThreshold,
        ..on(Statistic::Percentile(Ratio::new(1, 2)))
    };
    let fleets = latencies(&[&[9, 4, 1]], Ratio::whole(1));
    let mut alarm = critical(&spec);
    alarm.evaluate(at(1), &fleets, Some(at(0))).expect("decided");
    for (threshold, is_alarm) in [(400, true), (401, true), (399, false)] {
        let key = alarm.key_of(Ratio::new(threshold, 100));
        assert_eq!(key < alarm.level(), is_alarm, "{threshold}");
        assert_eq!(alarm.since(key).is_some(), is_alarm, "{threshold}");
    }
}

/// Silence that breaches is an ALARM at every threshold; data that comes back ends it above the data.
#[test]
fn silence_may_alarm_at_every_threshold() {
    let spec = AlarmSpec {
        treat_missing_data: TreatMissingData::Breaching,
        missing_data_rule: MissingDataRule::Window,
        ..on(Statistic::Maximum)
    };
    let fleets = latencies(&[&[], &[7]], Ratio::whole(1));
    let mut alarm = critical(&spec);
    alarm.evaluate(at(1), &fleets, Some(at(0))).expect("decided");
    assert!(alarm.level().is_infinite() && alarm.level() > 0.0);
    alarm.evaluate(at(2), &fleets, Some(at(0))).expect("decided");
    assert_eq!(alarm.in_alarm().collect::<Vec<_>>(), [(7.0, at(1))]);
}

/// Of two minutes of 4000 latencies the second has the whole top half: more than is kept of it.
#[test]
fn a_percentile_that_is_not_known_is_an_error() {
    let low: Vec<i64> = (0..4000).collect();
    let high: Vec<i64> = (5000..9000).collect();
    let spec = AlarmSpec {
        period: SimDuration::from_secs(120),
        evaluation: crate::alarm::spec::Evaluation::Aligned,
        ..on(Statistic::Percentile(Ratio::new(9, 10)))
    };
    for (share, expected) in [
        (Ratio::new(1, 20), Err(Undecided)),
        (
            crate::alarm::spec::top_share(
                std::slice::from_ref(&spec),
                FleetDimension::Green,
                MINUTE,
            )
            .expect("a percentile"),
            Ok(()),
        ),
    ] {
        let fleets = latencies(&[&low, &high], share);
        assert_eq!(critical(&spec).evaluate(at(2), &fleets, Some(at(0))), expected, "{share}");
    }
    let unkept = FleetSeries::only_sampled(Vec::new());
    assert_eq!(critical(&spec).evaluate(at(2), &unkept, Some(at(0))), Err(Undecided));
}

#[test]
fn a_band_has_no_threshold() {
    let spec =
        AlarmSpec { comparison: Comparison::GreaterThanUpperThreshold, ..on(Statistic::Maximum) };
    let refused = CriticalMonitor::new(&spec, Clock::default(), SimDuration::ZERO, MINUTE);
    assert_eq!(refused.err(), Some(Refusal::Band));
}

/// Whether one more breaching datapoint, or a previous ALARM, ever takes the alarm out of ALARM: all
/// patterns of the evaluation range.
fn is_monotone_by_trial(rule: &Rule) -> bool {
    let range = rule.evaluation_range() as usize;
    let is_alarm = |slots: &[Slot], previous| evaluate(rule, slots, previous) == AlarmState::Alarm;
    (0..3_usize.pow(rule.evaluation_range())).all(|pattern| {
        let kinds = [Slot::Missing, Slot::Good, Slot::Breaching];
        let slot =
            |place: usize| kinds[pattern / 3_usize.pow(u32::try_from(place).unwrap_or(0)) % 3];
        let mut slots: Vec<Slot> = (0..range).map(slot).collect();
        let [was_ok, was_alarm] = [AlarmState::Ok, AlarmState::Alarm].map(|s| is_alarm(&slots, s));
        let more_breach = (0..range).all(|place| {
            if slots[place] != Slot::Good {
                return true;
            }
            slots[place] = Slot::Breaching;
            let holds = was_ok <= is_alarm(&slots, AlarmState::Ok)
                && was_alarm <= is_alarm(&slots, AlarmState::Alarm);
            slots[place] = Slot::Good;
            holds
        });
        was_ok <= was_alarm && more_breach
    })
}

#[test]
fn exactly_the_settings_that_are_not_monotone_are_refused() {
    let mut refused = 0;
    for (n, m) in (1..=5).flat_map(|n| (1..=n).map(move |m| (n, m))) {
        for missing_data_rule in [
            MissingDataRule::Window,
            MissingDataRule::CloudWatch { range_extra: 0 },
            MissingDataRule::CloudWatch { range_extra: 1 },
            MissingDataRule::CloudWatch { range_extra: 2 },
        ] {
            let base = |treat| Rule { missing_data_rule, ..Rule::new(m, n, treat) };
            let mut rules = vec![base(TreatMissingData::Breaching)];
            rules.push(base(TreatMissingData::NotBreaching));
            for unresolved in Unresolved::ALL {
                let ignore = base(TreatMissingData::Ignore);
                for ignore_rule in IgnoreRule::ALL {
                    rules.push(Rule { unresolved, ignore_rule, ..ignore });
                }
                for premature_alarm in PrematureAlarm::ALL {
                    let missing = base(TreatMissingData::Missing);
                    rules.push(Rule { unresolved, premature_alarm, ..missing });
                }
            }
            for rule in rules {
                assert_eq!(is_monotone(&rule), is_monotone_by_trial(&rule), "{rule:?}");
                refused += u32::from(!is_monotone(&rule));
            }
        }
    }
    assert!(refused > 20, "{refused}");
}
