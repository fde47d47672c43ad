//! Batches against requests one by one: the same counts to the last nanosecond.

use super::*;
use crate::dataplane::block::{Needs, Requests};
use crate::dataplane::ledger::{Compare, Write};
use crate::dataplane::requests::Counting;
use crate::endpoint::behaviour::{Behaviour, Conditions};
use crate::endpoint::fault::Course;
use crate::endpoint::fleet::Fleet;
use crate::endpoint::model::{ColdStart, ModelSpec};
use crate::endpoint::regression::{Effects, Onset, RegressionSpec, Slowdown, Tail};
use crate::endpoint::spec::{
    Capacity, EndpointSpec, FleetSpec, Mode, QueueLayout, Routing, RoutingScope, ShiftBy,
};
use crate::random::arrival::{ArrivalSpec, Arrivals};
use crate::random::distribution::Distribution;
use crate::random::stream::Streams;
use crate::telemetry::detail::{Buckets, Detail};
use crate::telemetry::series::{FleetSeries, Series, Totals};
use crate::time::SimTime;
use proptest::prelude::*;

const SECONDS: i32 = 40;

fn millis(count: i64) -> SimDuration {
    SimDuration::from_nanos(count * 1_000_000)
}

fn at(second: i32) -> SimTime {
    SimTime::from_secs_f64(f64::from(second))
}

/// What the two ways are compared under.
#[derive(Clone, Debug)]
struct Case {
    capacity: Capacity,
    routing: Routing,
    instances: u32,
    concurrency: u32,
    timeout: Option<SimDuration>,
    share: f64,
    effects: Effects,
    ramp: SimDuration,
    cold_start: Option<ColdStart>,
    failed_latency: bool,
    counting: Counting,
    keeps_latencies: bool,
    seed: u64,
}

fn cases() -> impl Strategy<Value = Case> {
    let queue = prop_oneof![Just(QueueLayout::Instance), Just(QueueLayout::Shared)];
    let limit = prop::option::of(0_u32..4);
    let capacity = prop_oneof![
        1 => Just(Capacity::Unlimited),
        4 => (queue, limit).prop_map(|(queue, limit)| Capacity::Queued { queue, limit }),
    ];
    let routing = prop_oneof![Just(Routing::Random), Just(Routing::LeastOutstanding)];
    let fleets = (capacity, routing, 1_u32..12, 1_u32..4);
    let effects = (
        prop::option::of(0.0_f64..0.4),
        prop_oneof![Just(1.0), Just(2.5)],
        prop::option::of(Just(Tail { share: 0.3, factor: 3.0 })),
        prop::option::of(Just(Slowdown { factor: 4.0, from: 0.1 })),
        prop_oneof![Just(0), Just(20)],
    );
    let rest = (
        prop::option::of(prop_oneof![Just(millis(40)), Just(millis(300))]),
        prop_oneof![Just(0.0), Just(1.0), 0.0_f64..1.0],
        prop_oneof![Just(SimDuration::ZERO), Just(SimDuration::from_secs(15))],
        prop::option::of(Just(ColdStart { factor: 4.0, lasts: SimDuration::from_secs(5) })),
        any::<bool>(),
        (any::<bool>(), prop_oneof![Just(millis(60)), Just(SimDuration::LONGEST)]),
        any::<bool>(),
        any::<u64>(),
    );
    (fleets, effects, rest).prop_map(|(fleets, effects, rest)| {
        let (capacity, routing, instances, concurrency) = fleets;
        let (errors_5xx, latency_factor, tail, slowdown, shift) = effects;
        let (timeout, share, ramp, cold_start, failed_latency, counting, keeps_latencies, seed) =
            rest;
        let (at_completion, slow_over) = counting;
        let effects = Effects {
            errors_5xx,
            latency_factor,
            latency_shift: millis(shift),
            tail,
            slowdown,
            ..Effects::default()
        };
        let counting = Counting { at_completion, slow_over };
        Case {
            capacity,
            routing,
            instances,
            concurrency,
            timeout,
            share,
            effects,
            ramp,
            cold_start,
            failed_latency,
            counting,
            keeps_latencies,
            seed,
        }
    })
}

fn endpoint(case: &Case) -> EndpointSpec {
    let Case { instances, concurrency, .. } = *case;
    let fleet = FleetSpec { instances, concurrency, price_per_hour: Some(0.0) };
    EndpointSpec {
        mode: Mode::RealTime,
        features: Vec::new(),
        blue: fleet.clone(),
        green: fleet,
        capacity: case.capacity,
        routing: case.routing,
        routing_scope: RoutingScope::Fleet,
        timeout: case.timeout,
        provision: SimDuration::ZERO,
        switch: SimDuration::ZERO,
        rollback_switch: SimDuration::ZERO,
        termination_wait: SimDuration::ZERO,
        clean_up: SimDuration::ZERO,
        shift_by: ShiftBy::Percent,
        instance_quota: None,
    }
}

fn model(case: &Case) -> ModelSpec {
    let lognormal = |mean| Distribution::lognormal_from_mean_cv(mean, 0.7).expect("valid");
    ModelSpec {
        latency: lognormal(millis(30)),
        failed_latency: case.failed_latency.then(|| lognormal(millis(5))),
        errors_4xx: 0.02,
        errors_5xx: 0.01,
        overdispersion: None,
        cold_start: case.cold_start,
    }
}

fn regression(case: &Case) -> RegressionSpec {
    RegressionSpec {
        name: "r".into(),
        healthy: false,
        prior: None,
        effects: case.effects.clone(),
        onset: Onset::At(at(5)),
        ramp: case.ramp,
        duration: None,
        intermittency: None,
    }
}

fn series(intervals: usize) -> Series {
    let detail = Detail { tails_ns: vec![50_000_000], keeps_buckets: true, ..Detail::default() };
    let interval = SimDuration::from_secs(4);
    Series::new(interval, at(-1), intervals, &[20_000_000, 80_000_000]).with_detail(&detail)
}

fn plane<'s>(case: &Case, model: &'s ModelSpec, spec: &EndpointSpec) -> DataPlane<'s> {
    let conditions = Conditions { fault: None, incidents: &[], is_cold: true, clumps: [0.5; 2] };
    let fleet = || {
        let behaviour = Behaviour::new(model, &conditions, SimTime::ZERO, None);
        let mut fleet = Fleet::new(&spec.green, spec, model, behaviour, SimTime::ZERO);
        fleet.activate(spec.green.instances, SimTime::ZERO);
        fleet
    };
    // The last intervals are missing: what falls there is dropped.
    let intervals = usize::try_from(SECONDS / 4).expect("few") - 1;
    let none = series(0);
    let fleets = FleetSeries {
        blue: series(intervals),
        green: series(intervals),
        shadow: none,
        sampled: Vec::new(),
    };
    let mut plane = DataPlane::new(fleet(), fleet(), fleets, case.counting);
    plane.share = case.share;
    plane.is_timing = true;
    if case.keeps_latencies {
        plane.keep_latencies();
    }
    plane
}

/// Everything that a series tells, interval by interval, at the end of each.
fn told(series: &Series) -> Vec<String> {
    let intervals = i64::try_from(series.intervals()).expect("few");
    let ends = (1..=intervals).chain([i64::MAX]);
    ends.flat_map(|end| (0..intervals).map(move |number| (number, end)))
        .map(|(number, end)| {
            let (mut totals, mut buckets) = ([Totals::default(); 2], Buckets::default());
            for rows in series.answered_before(number..number + 1, end) {
                for (totals, cut) in totals.iter_mut().zip([0, 1]) {
                    series.add_to(totals, rows.clone(), Some(cut));
                    series.add_tails_to(totals, rows.clone(), [Some(50_000_000), None]);
                }
                series.add_buckets_to(&mut buckets, rows);
            }
            format!("{totals:?} {buckets:?}")
        })
        .collect()
}

/// Everything that has been counted.
fn counted(plane: &DataPlane<'_>) -> String {
    let latencies = plane.latencies.as_ref();
    format!(
        "{:?}\n{:?}\n{:?}\n{:?}\n{:?}\n{latencies:?}",
        plane.tally,
        plane.blue_timing,
        plane.green_timing,
        told(&plane.series.blue),
        told(&plane.series.green),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn batches_count_what_requests_one_by_one_do(case in cases()) {
        let (model, spec, regression) = (model(&case), endpoint(&case), regression(&case));
        let streams = Streams::new(case.seed, 0);
        let arrivals = ArrivalSpec::Poisson { rate_per_s: 60.0 };
        let arrivals = Arrivals::new(&arrivals, &streams, &[], SimTime::ZERO, at(SECONDS));
        let needs = Needs {
            branch: false,
            tail: true,
            mirror: false,
            sticky_users: None,
            users: None,
            kpi: false,
            score: false,
        };
        let mut requests = Requests::new(
            arrivals.expect("no trace is read"), &model.latency, &model.latency, needs, &streams,
        );
        let [mut batched, mut single] = [(); 2].map(|()| plane(&case, &model, &spec));
        let [mut own, mut others] = [(); 2].map(|()| plane(&case, &model, &spec));
        let mut block = Block::default();
        let mut now = SimTime::ZERO;
        // Steps of many lengths: some hold no request, some more than a batch.
        for step in (0..).map(|number: i64| millis(700 * (number * number % 17))) {
            let until = (now + step).min(at(SECONDS));
            let more = requests.fill_until(&mut block, until).expect("no trace is read");
            let course = Course::new(&regression, at(5));
            let conditions = Conditions {
                fault: Some(course), incidents: &[], is_cold: true, clumps: [0.5; 2],
            };
            for plane in [&mut batched, &mut single] {
                let kink = course.next_kink(now);
                plane.green.behave(Behaviour::new(&model, &conditions, now, kink));
            }
            let count = block.at.len();
            let [mut marks, mut expected] = [(); 2].map(|()| vec![Mark::FINE; count]);
            let (mut late, mut none) = (Vec::new(), Vec::new());
            let first = block.first;
            let mut ledger = Write { marks: &mut marks, first, late: &mut late };
            own.serve_batches(&block, 0..count, &mut ledger);
            let mut ledger = Write { marks: &mut expected, first, late: &mut none };
            others.serve_directly(&block, 0..count, &mut ledger);
            prop_assert_eq!(&marks, &expected);
            batched.serve_batches(&block, 0..count, &mut Compare(&marks));
            single.serve_directly(&block, 0..count, &mut Compare(&marks));
            now = until;
            if !more {
                break;
            }
        }
        prop_assert_eq!(counted(&batched), counted(&single));
        prop_assert_eq!(own.tally, others.tally);
        prop_assert!(batched.blue.serves_like(&single.blue, now));
        prop_assert!(batched.green.serves_like(&single.green, now));
    }
}
