//! Every threshold's own monitor against the one that has none.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::*;
use crate::alarm::math::{Expression, Names};
use crate::alarm::monitor::Monitor;
use crate::alarm::spec::{
    Evaluation, History, LowSampleScope, LowSamples, Math, WarmUp, cuts_ns, detail,
};
use crate::telemetry::sampled::{Sample, Samples};
use crate::telemetry::series::Counted;

const MINUTES: usize = 30;
/// The minute that the series begin with.
const ORIGIN: i64 = -8;

/// A request: whether it fails, its latency \[ns\], and how many minutes later it is answered.
type Request = (bool, Option<i64>, i64);

#[derive(Clone, Debug)]
struct Case {
    spec: AlarmSpec,
    delay: SimDuration,
    phase: SimDuration,
    first_traffic: Option<SimTime>,
    blue: Vec<Vec<Request>>,
    green: Vec<Vec<Request>>,
    lateness: Vec<SimDuration>,
    // Values published one by one: the minute, the value, and how many minutes later it is seen.
    values: Vec<(i64, Ratio, i64)>,
    thresholds: Vec<Ratio>,
}

impl Case {
    fn specs(&self) -> Vec<AlarmSpec> {
        let spec = |&threshold| AlarmSpec { threshold, ..self.spec.clone() };
        self.thresholds.iter().map(spec).collect()
    }

    /// Divided at the cuts of `specs`, or with latencies kept one by one.
    fn fleets(&self, specs: &[AlarmSpec], keeps_top: Option<Ratio>) -> FleetSeries {
        let series = |fleet: FleetDimension, minutes: &[Vec<Request>]| {
            let cuts_ns = if keeps_top.is_none() { cuts_ns(specs, fleet) } else { Vec::new() };
            let detail = Detail { keeps_top, ..detail(specs, fleet, false) };
            let series = Series::new(MINUTE, at(ORIGIN), MINUTES, &cuts_ns).with_detail(&detail);
            let mut series = series.with_lateness(&self.lateness);
            for (minute, requests) in (ORIGIN..).zip(minutes) {
                for &(fails, latency_ns, later) in requests {
                    let status = if fails { Status::ServerError } else { Status::Ok };
                    let (at, answered) = (at(minute), at(minute + later));
                    series.count(&Counted { at, answered, status, latency_ns });
                }
            }
            series
        };
        let mut samples = Samples::default();
        for &(minute, value, late) in &self.values {
            samples.record(Sample::single(at(minute), value, at(minute + late)));
        }
        let mut fleets = FleetSeries::only_sampled(vec![samples]);
        fleets.blue = series(FleetDimension::Blue, &self.blue);
        fleets.green = series(FleetDimension::Green, &self.green);
        fleets.sort();
        fleets
    }
}

fn one_of<T: Clone + std::fmt::Debug + 'static>(all: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(all.to_vec())
}

fn subjects() -> impl Strategy<Value = Subject> {
    let statistics = [
        "Sum",
        "Average",
        "Minimum",
        "Maximum",
        "SampleCount",
        "p50",
        "p90",
        "p99",
        "p0",
        "p100",
        "TM(10%:90%)",
        "TM(0.002:0.005)",
        "PR(:0.004)",
    ];
    let metrics = [Metric::ModelLatency, Metric::ModelLatency, Metric::Invocation5xxErrors];
    let fleets = [FleetDimension::Green, FleetDimension::Blue, FleetDimension::Both];
    let methods = [
        crate::telemetry::metric::PercentileMethod::NearestRank,
        crate::telemetry::metric::PercentileMethod::Linear,
    ];
    let statistic = one_of(&statistics).prop_map(|name| name.parse().expect("a statistic"));
    let settings = (statistic, one_of(&metrics), one_of(&fleets), one_of(&methods));
    let query = (settings, 0..5).prop_map(|((statistic, metric, fleet, method), kind)| {
        let query = match kind {
            0 => Query::sampled(0, statistic),
            _ => Query::requests(metric, statistic, fleet),
        };
        Query { percentile_method: method, ..query }
    });
    let query = query.boxed();
    let expressions = ["a / b * 100", "a - b", "LOG(b)", "FILL(a, 3)", "SUM([a, b])"];
    let math = (query.clone(), one_of(&expressions)).prop_map(|(query, expression)| {
        let requests = Query::requests(Metric::Invocations, Statistic::Sum, FleetDimension::Green);
        let names = Names { metrics: &["a", "b"], expressions: &[] };
        Subject::Math(Math {
            ids: ["a", "b"].map(str::to_owned).to_vec(),
            queries: vec![query, requests],
            expression: Expression::parse(expression, names).expect("an expression"),
        })
    });
    prop_oneof![4 => query.prop_map(Subject::Query), 1 => math]
}

fn rules() -> impl Strategy<Value = AlarmSpec> {
    let comparisons = [
        Comparison::GreaterThanThreshold,
        Comparison::GreaterThanOrEqualToThreshold,
        Comparison::LessThanThreshold,
        Comparison::LessThanOrEqualToThreshold,
    ];
    let treatments = [
        TreatMissingData::Missing,
        TreatMissingData::Ignore,
        TreatMissingData::Breaching,
        TreatMissingData::NotBreaching,
    ];
    let windows = prop_oneof![
        3 => (0_u32..4).prop_map(|range_extra| MissingDataRule::CloudWatch { range_extra }),
        1 => Just(MissingDataRule::Window)
    ];
    let counts = (1_u32..6).prop_flat_map(|n| (Just(n), 1..=n));
    let readings =
        (one_of(&PrematureAlarm::ALL), one_of(&Unresolved::ALL), one_of(&IgnoreRule::ALL));
    let settings = (one_of(&comparisons), one_of(&treatments), windows, counts, readings);
    (subjects(), settings).prop_map(|(subject, (comparison, treat, window, counts, readings))| {
        AlarmSpec {
            subject,
            comparison,
            treat_missing_data: treat,
            missing_data_rule: window,
            evaluation_periods: counts.0,
            datapoints_to_alarm: counts.1,
            premature_alarm: readings.0,
            unresolved: readings.1,
            ignore_rule: readings.2,
            ..AlarmSpec::example()
        }
    })
}

fn specs() -> impl Strategy<Value = AlarmSpec> {
    let evaluations =
        [Evaluation::Sliding, Evaluation::Aligned, Evaluation::WallClock { offset_min: 1 }];
    let histories = [History::Simulated, History::NonBreaching, History::None];
    let low_samples = [LowSamples::Evaluate, LowSamples::Ignore];
    let scopes = [LowSampleScope::Datapoint, LowSampleScope::Evaluation];
    let initial = [AlarmState::Ok, AlarmState::InsufficientData, AlarmState::Alarm];
    let warm_up = (0_i64..9, any::<bool>())
        .prop_map(|(minutes, to_its_end)| WarmUp { lasts: MINUTE.times(minutes), to_its_end });
    let times = (
        one_of(&evaluations),
        one_of(&histories),
        prop::option::of((0_i64..200).prop_map(SimDuration::from_secs)),
        prop::option::of(warm_up),
        1_i64..6,
    );
    let rest = (one_of(&low_samples), one_of(&scopes), one_of(&initial));
    (rules(), times, rest).prop_map(|(base, times, rest)| AlarmSpec {
        evaluation: times.0,
        history: times.1,
        created_after: times.2,
        warm_up: times.3,
        period: MINUTE.times(times.4),
        low_samples: rest.0,
        low_sample_scope: rest.1,
        initial_state: rest.2,
        ..base
    })
}

/// Minutes without requests, with few, or with about as many as a percentile asks for.
fn fleets() -> impl Strategy<Value = Vec<Vec<Request>>> {
    let latency = prop_oneof![1 => Just(None), 6 => (0_i64..9).prop_map(Some)];
    let later = prop_oneof![3 => Just(0), 1 => 0_i64..5];
    let request = (any::<bool>(), latency, later);
    let counts = prop_oneof![3 => Just(0..1), 4 => Just(1..6), 1 => Just(9..25)];
    let minute = counts.prop_flat_map(move |count| prop::collection::vec(request.clone(), count));
    prop::collection::vec(minute, MINUTES)
}

fn fractions() -> impl Strategy<Value = Ratio> {
    prop_oneof![
        4 => (-2_i128..10).prop_map(Ratio::whole),
        3 => (-6_i128..60, 1_i128..7).prop_map(|(numerator, by)| Ratio::new(numerator, by)),
        1 => (0_i128..200).prop_map(Ratio::whole),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    let lateness = prop_oneof![
        Just(Vec::new()),
        prop::collection::vec((0_i64..300).prop_map(SimDuration::from_secs), 0..MINUTES),
    ];
    let values = prop::collection::vec((ORIGIN..20, fractions(), 0_i64..8), 0..30);
    let thresholds = prop::collection::vec(fractions(), 8);
    let first_traffic = prop::option::of((-3_i64..5).prop_map(at));
    let times = (0_i64..130, 0_i64..60, first_traffic);
    (specs(), times, fleets(), fleets(), lateness, values, thresholds).prop_map(
        |(spec, times, blue, green, lateness, values, thresholds)| Case {
            spec,
            delay: SimDuration::from_secs(times.0),
            phase: SimDuration::from_secs(times.1),
            first_traffic: times.2,
            blue,
            green,
            lateness,
            values,
            thresholds,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(73),
        max_global_rejects: 4096,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_level_tells_every_threshold_in_alarm_and_since_when(case in cases()) {
        let clock = Clock { minute: at(0), evaluation_phase: case.phase };
        let open = CriticalMonitor::new(&case.spec, clock, case.delay, MINUTE);
        prop_assume!(open.is_ok());
        let mut open = open.expect("just seen");
        let specs = case.specs();
        let tape = case.fleets(&specs, Some(Ratio::whole(1)));
        // Percentiles in metric math are read by size unless they are kept one by one.
        let is_math = matches!(case.spec.subject, Subject::Math(_));
        let cut = if is_math { tape.clone() } else { case.fleets(&specs, None) };
        let monitor = |spec| Monitor::new(spec, clock, case.delay, MINUTE);
        let mut monitors: Vec<Monitor<'_>> = specs.iter().map(monitor).collect();
        let is_alarm = case.spec.initial_state == AlarmState::Alarm;
        let mut since = vec![is_alarm.then_some(ALWAYS); monitors.len()];
        let mut now = open.next_evaluation(at(ORIGIN - 1));
        while now < at(25) {
            let level_before = open.level();
            prop_assert_eq!(open.evaluate(now, &tape, case.first_traffic), Ok(()));
            let pieces: Vec<_> = open.in_alarm().collect();
            prop_assert!(pieces.is_sorted_by(|newer, older| newer.0 > older.0 && newer.1 > older.1));
            prop_assert_eq!(
                pieces.first().map_or(f64::NEG_INFINITY, |piece| piece.0).to_bits(),
                open.level().to_bits()
            );
            for (monitor, since) in monitors.iter_mut().zip(&mut since) {
                if let Some(state) = monitor.evaluate(now, &cut, case.first_traffic) {
                    *since = (state == AlarmState::Alarm).then_some(now);
                }
                let threshold = monitor.spec().threshold;
                let key = open.key_of(threshold);
                let context = format!("{threshold} at {now:?}, level {level_before} before");
                prop_assert_eq!(key < open.level(), since.is_some(), "{}", &context);
                prop_assert_eq!(open.since(key), *since, "{}", &context);
                prop_assert_eq!(monitor.next_evaluation(now), open.next_evaluation(now));
            }
            now = open.next_evaluation(now);
        }
    }
}
