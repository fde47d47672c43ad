use super::*;
use crate::endpoint::regression::{Effects, Onset, RegressionSpec};
use crate::time::SimDuration;

fn spec() -> QualitySpec {
    let group = |name: &str, share, blue_accuracy| GroupSpec {
        name: name.to_owned(),
        share,
        positive_share: 0.25,
        blue_accuracy,
        green_accuracy: blue_accuracy - 0.01,
    };
    QualitySpec {
        groups: vec![group("young", 0.1, 0.8), group("old", 0.2, 0.85), group("", 0.7, 0.9)],
        labels: LabelsSpec { delay: Distribution::constant(SimDuration::ZERO), coverage: 1.0 },
    }
}

fn release(quality: QualityEffects, ramp_s: i64) -> RegressionSpec {
    RegressionSpec {
        name: "worse".to_owned(),
        healthy: false,
        prior: None,
        effects: Effects { quality: Some(quality), ..Effects::default() },
        onset: Onset::At(SimTime::ZERO),
        ramp: SimDuration::from_secs(ramp_s),
        duration: None,
        intermittency: None,
    }
}

fn at(seconds: i64) -> SimTime {
    SimTime::ZERO + SimDuration::from_secs(seconds)
}

fn incident(drift: Drift) -> IncidentSpec {
    IncidentSpec {
        name: "the world has changed".to_owned(),
        rate_per_day: 0.0,
        at: vec![SimTime::ZERO],
        lasts: SimDuration::from_secs(60),
        spread: crate::endpoint::incident::Spread::Fixed,
        errors_5xx: 0.0,
        errors_4xx: 0.0,
        latency_factor: 1.0,
        latency_shift: SimDuration::ZERO,
        traffic_factor: 1.0,
        drift,
    }
}

#[track_caller]
fn near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
}

#[test]
fn a_uniform_is_split_into_groups_and_classes() {
    let spec = spec();
    for (uniform, group) in [
        (0.0, (0, true)),
        (0.024, (0, true)),
        (0.026, (0, false)),
        (0.099, (0, false)),
        (0.101, (1, true)),
        (0.149, (1, true)),
        (0.151, (1, false)),
        (0.301, (2, true)),
        (0.474, (2, true)),
        (0.476, (2, false)),
        (1.0 - f64::EPSILON / 2.0, (2, false)),
    ] {
        assert_eq!(spec.group_of(uniform), group, "{uniform}");
    }
}

#[test]
fn losses_grow_with_the_ramp_and_hit_green_alone() {
    let spec = spec();
    let effects = QualityEffects {
        accuracy_loss: 0.1,
        segment_loss: Some(SegmentLoss { group: 0, loss: 0.3 }),
        ..QualityEffects::default()
    };
    let release = release(effects, 100);
    let course = Course::new(&release, SimTime::ZERO);
    let green = Skill::new(&spec, Model::Green, Some(course), &[], SimTime::ZERO);
    near(green.accuracy(0, at(0)), 0.79);
    near(green.accuracy(0, at(50)), 0.79 - 0.2);
    near(green.accuracy(1, at(50)), 0.84 - 0.05);
    near(green.accuracy(2, at(50)), 0.89 - 0.05);
    let later = Skill::new(&spec, Model::Green, Some(course), &[], at(100));
    near(later.accuracy(0, at(500)), 0.79 - 0.4);
    let blue = Skill::new(&spec, Model::Blue, None, &[], at(100));
    near(blue.accuracy(0, at(500)), 0.8);
}

#[test]
fn decay_counts_from_the_onset_whenever_one_looks() {
    let spec = spec();
    let release = release(QualityEffects { decay_per_day: 0.24, ..Default::default() }, 0);
    let course = Course::new(&release, SimTime::ZERO);
    let hour = 3600;
    let first = Skill::new(&spec, Model::Green, Some(course), &[], at(0));
    near(first.accuracy(2, at(6 * hour)), 0.89 - 0.06);
    let second = Skill::new(&spec, Model::Green, Some(course), &[], at(4 * hour));
    near(second.accuracy(2, at(6 * hour)), 0.89 - 0.06);
    near(second.accuracy(2, at(200 * hour)), 0.0);
}

#[test]
fn drift_of_the_release_hits_green_and_that_of_the_world_both() {
    let spec = spec();
    let own = Drift { shift_sd: 0.5, accuracy_loss: 0.02 };
    let release = release(QualityEffects { drift: own, ..Default::default() }, 0);
    let course = Course::new(&release, SimTime::ZERO);
    let world = incident(Drift { shift_sd: -0.2, accuracy_loss: 0.1 });
    let blue = Skill::new(&spec, Model::Blue, None, &[&world], at(0));
    let green = Skill::new(&spec, Model::Green, Some(course), &[&world], at(0));
    near(blue.shift_sd(at(9)), -0.2);
    near(green.shift_sd(at(9)), 0.3);
    near(blue.accuracy(2, at(9)), 0.8);
    near(green.accuracy(2, at(9)), 0.77);
}
