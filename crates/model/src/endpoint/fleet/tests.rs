//! Two fleets with pasts of their own, then the same requests: once one is said to serve like the other,
//! it does.

use super::*;
use crate::endpoint::behaviour::Conditions;
use crate::endpoint::fault::Course;
use crate::endpoint::model::ColdStart;
use crate::endpoint::regression::{
    Effects, Intermittency, Leak, Onset, RegressionSpec, Slowdown, Tail,
};
use crate::endpoint::spec::{Mode, RoutingScope, ShiftBy};
use crate::random::distribution::Distribution;
use proptest::prelude::*;

const INSTANCES: u32 = 3;

fn at(nanos: i64) -> SimTime {
    SimTime::from_nanos(nanos)
}

fn lasting(nanos: i64) -> SimDuration {
    SimDuration::from_nanos(nanos)
}

fn endpoint(capacity: Capacity, routing: Routing, timeout: Option<SimDuration>) -> EndpointSpec {
    let fleet = FleetSpec { instances: INSTANCES, concurrency: 2, price_per_hour: Some(0.0) };
    EndpointSpec {
        mode: Mode::RealTime,
        features: Vec::new(),
        blue: fleet.clone(),
        green: fleet,
        capacity,
        routing,
        routing_scope: RoutingScope::Fleet,
        timeout,
        provision: SimDuration::ZERO,
        switch: SimDuration::ZERO,
        rollback_switch: SimDuration::ZERO,
        termination_wait: SimDuration::ZERO,
        clean_up: SimDuration::ZERO,
        shift_by: ShiftBy::Instances,
        instance_quota: None,
    }
}

fn model(cold_start: Option<ColdStart>) -> ModelSpec {
    ModelSpec {
        latency: Distribution::constant(lasting(10)),
        failed_latency: None,
        errors_4xx: 0.1,
        errors_5xx: 0.1,
        overdispersion: None,
        cold_start,
    }
}

/// A regression that begins at 200 and comes and goes.
fn regression(leak: Option<Leak>, slowdown: Option<Slowdown>) -> RegressionSpec {
    let tail = Some(Tail { share: 0.3, factor: 3.0 });
    RegressionSpec {
        name: "r".into(),
        healthy: false,
        prior: None,
        effects: Effects { tail, slowdown, leak, ..Effects::default() },
        onset: Onset::At(at(200)),
        ramp: SimDuration::ZERO,
        duration: None,
        intermittency: Some(Intermittency { on: lasting(100), off: lasting(60) }),
    }
}

/// What happens to a fleet at once, or a while after what went before.
#[derive(Clone, Debug)]
struct Step {
    gap: i64,
    service: f64,
    uniforms: [f64; 3],
    /// Of the steps before the fleets are compared, some change the fleet.
    change: u32,
    /// To so many instances or places.
    count: u32,
}

fn steps(number: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let gap = prop_oneof![8 => 0_i64..8, 1 => 20_i64..200];
    let service = prop_oneof![1.0_f64..10.0, 10.0_f64..100.0];
    let uniforms = prop::array::uniform3(0.0_f64..1.0);
    let step = (gap, service, uniforms, 0_u32..20, 1_u32..4);
    let step = step.prop_map(|(gap, service, uniforms, change, count)| Step {
        gap,
        service,
        uniforms,
        change,
        count,
    });
    prop::collection::vec(step, number)
}

fn request(step: &Step, now: SimTime) -> Request {
    let [place, tail, error] = step.uniforms;
    Request { at: now, place, base_ns: step.service, normal: 0.0, branch: 0.5, tail, error }
}

/// A fleet as it is set at each kink, here at each step.
fn behave(fleet: &mut Fleet<'_>, spec: &RegressionSpec, now: SimTime) {
    let conditions = Conditions {
        fault: Some(Course::new(spec, at(200))),
        incidents: &[],
        is_cold: fleet.warm_at().is_some_and(|warm| warm > now),
        clumps: [0.5; 2],
    };
    fleet.behave(Behaviour::new(fleet.model, &conditions, now, None));
}

/// A fleet after `past`, which is over by 600.
fn with_past<'s>(mut fleet: Fleet<'s>, spec: &RegressionSpec, past: &[Step]) -> Fleet<'s> {
    let mut now = at(0);
    fleet.activate(INSTANCES, now);
    for step in past {
        now = (now + lasting(step.gap)).min(at(600));
        behave(&mut fleet, spec, now);
        match step.change {
            0 => fleet.activate(step.count, now),
            1 => fleet.renew(fleet.active(), now),
            2 => fleet.set_concurrency(step.count, now),
            _ => drop(fleet.serve(&request(step, now))),
        }
    }
    fleet.activate(2, at(600));
    fleet.set_concurrency(2, at(600));
    // It is on again: a leak has been felt by now.
    behave(&mut fleet, spec, at(600));
    fleet
}

fn capacities() -> impl Strategy<Value = Capacity> {
    let queue = prop::sample::select(vec![QueueLayout::Shared, QueueLayout::Instance]);
    let queued = (queue, prop::option::of(0_u32..6));
    let queued = queued.prop_map(|(queue, limit)| Capacity::Queued { queue, limit });
    prop_oneof![1 => Just(Capacity::Unlimited), 6 => queued]
}

proptest! {
    #[test]
    fn fleets_that_are_said_to_serve_alike_do(
        capacity in capacities(),
        routing in prop::sample::select(vec![Routing::Random, Routing::LeastOutstanding]),
        timeout in prop::option::of((20_i64..90).prop_map(lasting)),
        cold_start in prop::option::of(100_i64..700),
        leaks in prop::bool::weighted(0.3),
        slows in any::<bool>(),
        pasts in prop::array::uniform2((steps(0..30), steps(0..4))),
        common in steps(0..90),
        future in steps(1..120),
    ) {
        let endpoint = endpoint(capacity, routing, timeout);
        let model = model(cold_start.map(|ns| ColdStart { factor: 4.0, lasts: lasting(ns) }));
        let leak = Leak { latency_per_hour: 1e10, errors_5xx_per_hour: 1e9, restart: None };
        let slowdown = Slowdown { factor: 3.0, from: 0.2 };
        let spec = regression(leaks.then_some(leak), slows.then_some(slowdown));
        let idle = {
            let none = Conditions { fault: None, incidents: &[], is_cold: false, clumps: [0.5; 2] };
            let behaviour = Behaviour::new(&model, &none, at(0), None);
            Fleet::new(&endpoint.blue, &endpoint, &model, behaviour, at(0))
        };
        let [mut one, mut other] = pasts.map(|(first, last)| {
            let past: Vec<Step> = first.iter().chain(&common).chain(&last).cloned().collect();
            with_past(idle.clone(), &spec, &past)
        });
        let mut now = at(600);
        let mut alike = false;
        for step in &future {
            now += lasting(step.gap);
            let are_alike = one.serves_like(&other, now);
            prop_assert_eq!(are_alike, other.serves_like(&one, now));
            prop_assert!(are_alike || !alike, "once alike, always alike");
            alike = are_alike;
            behave(&mut one, &spec, now);
            behave(&mut other, &spec, now);
            let answers = [&mut one, &mut other].map(|fleet| fleet.serve(&request(step, now)));
            let warm = [&one, &other].map(|fleet| fleet.warm_at().filter(|&warm| warm > now));
            if alike {
                prop_assert_eq!(answers[0], answers[1]);
                prop_assert_eq!(warm[0], warm[1]);
            }
        }
        // Long after the last answer nothing is left of the pasts but the ages.
        let late = now + lasting(10_000_000);
        let are_of_an_age = one.serving_since[..2] == other.serving_since[..2];
        let leaked = one.leaked || other.leaked;
        prop_assert_eq!(one.serves_like(&other, late), are_of_an_age || !leaked);
    }
}

#[test]
fn alike_from_when_they_are_warm_and_drained() {
    let cold = ColdStart { factor: 4.0, lasts: lasting(100) };
    let models = [model(Some(cold)), model(None)];
    let queued = Capacity::Queued { queue: QueueLayout::Instance, limit: None };
    let endpoint = endpoint(queued, Routing::LeastOutstanding, None);
    let none = Conditions { fault: None, incidents: &[], is_cold: false, clumps: [0.5; 2] };
    let fleet = |model, since| {
        let behaviour = Behaviour::new(model, &none, at(0), None);
        let mut fleet = Fleet::new(&endpoint.blue, &endpoint, model, behaviour, at(0));
        fleet.activate(2, at(since));
        fleet
    };
    let (mut one, other) = (fleet(&models[0], 0), fleet(&models[0], 30));
    assert!(!one.serves_like(&other, at(129)), "the other one is cold");
    assert!(one.serves_like(&other, at(130)));
    let step = Step { gap: 0, service: 50.0, uniforms: [0.5; 3], change: 9, count: 1 };
    assert_eq!(one.serve(&request(&step, at(130))).response, lasting(50));
    assert!(!one.serves_like(&other, at(179)), "one is busy");
    assert!(one.serves_like(&other, at(180)));
    assert!(!one.serves_like(&fleet(&models[1], 0), at(180)), "another model");
    let mut larger = other.clone();
    larger.activate(3, at(140));
    assert!(!one.serves_like(&larger, at(500)), "another number of instances");
    let mut wider = other.clone();
    wider.set_concurrency(3, at(140));
    assert!(!one.serves_like(&wider, at(500)), "another concurrency");
}

#[test]
fn a_request_that_gives_up_counts_until_it_is_answered() {
    let model = model(None);
    let none = Conditions { fault: None, incidents: &[], is_cold: false, clumps: [0.5; 2] };
    let queued = Capacity::Queued { queue: QueueLayout::Instance, limit: None };
    let endpoint = endpoint(queued, Routing::LeastOutstanding, Some(lasting(20)));
    let behaviour = Behaviour::new(&model, &none, at(0), None);
    let mut one = Fleet::new(&endpoint.blue, &endpoint, &model, behaviour, at(0));
    one.activate(2, at(0));
    let long = Step { gap: 0, service: 100.0, uniforms: [0.0, 0.5, 0.5], change: 9, count: 1 };
    for _ in 0..4 {
        one.serve(&request(&long, at(0)));
    }
    let mut other = one.clone();
    // All four places are taken until 100, and requests are answered 20 after they come.
    assert_eq!(other.serve(&request(&long, at(1))).fate, Fate::TimedOut);
    assert!(!one.serves_like(&other, at(20)), "the first instance has one in flight");
    assert!(one.serves_like(&other, at(21)));
}

/// A caller waits as long as the time-out says, and no longer.
#[test]
fn an_answer_at_the_very_time_out_is_in_time() {
    let patience = lasting(1_000);
    let fate = |service| Answer::of(None, at(7), lasting(service), Fate::Good, patience);
    let in_time = fate(1_000);
    assert_eq!((in_time.fate, in_time.response), (Fate::Good, patience));
    let late = fate(1_001);
    assert_eq!((late.fate, late.response), (Fate::TimedOut, patience));
}
