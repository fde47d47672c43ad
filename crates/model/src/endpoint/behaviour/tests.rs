//! What only some requests feel, by hand.

use super::*;
use crate::endpoint::regression::{Onset, RegressionSpec};
use crate::random::distribution::Distribution;

fn minute(minute: i64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(60 * minute)
}

/// What a request feels at minute 20 of a leak that begins at minute 10 and is at full strength at minute 30,
/// at an instance that has served since this minute.
fn leaking_since(serving_since: i64) -> Extra {
    let model = ModelSpec {
        latency: Distribution::constant(SimDuration::from_nanos(1_000)),
        failed_latency: None,
        errors_4xx: 0.0,
        errors_5xx: 0.0,
        overdispersion: None,
        cold_start: None,
    };
    let leak = Leak { latency_per_hour: 1.2, errors_5xx_per_hour: 0.24, restart: None };
    let spec = RegressionSpec {
        name: "leak".into(),
        healthy: false,
        prior: None,
        effects: Effects { leak: Some(leak), ..Effects::default() },
        onset: Onset::At(minute(10)),
        ramp: SimDuration::from_secs(20 * 60),
        duration: None,
        intermittency: None,
    };
    let course = Course::new(&spec, minute(10));
    let conditions =
        Conditions { fault: Some(course), incidents: &[], is_cold: false, clumps: [0.0; 2] };
    let now = minute(10);
    let behaviour = Behaviour::new(&model, &conditions, now, course.next_kink(now));
    behaviour.extra(&Encounter {
        at: minute(20),
        tail: 0.5,
        serving_since: minute(serving_since),
        utilisation: 0.0,
    })
}

/// Half of its strength after half of the ramp, times the hours since the onset, or since the instance has
/// served if that came later.
#[test]
fn a_leak_grows_with_its_strength_and_with_the_time_served_since_the_onset() {
    // Ten minutes: ½ · 1/6 h · 1.2/h = 0.1 and ½ · 1/6 · 0.24 = 0.02.
    let before = leaking_since(0);
    assert!((before.factor - 1.1).abs() < 1e-12 && (before.errors_5xx - 0.02).abs() < 1e-12);
    // Five minutes.
    let after = leaking_since(15);
    assert!((after.factor - 1.05).abs() < 1e-12 && (after.errors_5xx - 0.01).abs() < 1e-12);
}
