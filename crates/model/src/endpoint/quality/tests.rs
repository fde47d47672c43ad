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
        coupling: Coupling::INDEPENDENT,
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

/// Three groups; the shares of requests by who is right, found by laying u and the own uniform on a grid.
fn by_grid(coupling: Coupling, groups: &[GroupSpec]) -> [[f64; 2]; 2] {
    let n = 800;
    let place = |index: u32| (f64::from(index) + 0.5) / f64::from(n);
    let mut shares = [[0.0; 2]; 2];
    for group in groups {
        for blue in (0..n).map(place) {
            for own in (0..n).map(place) {
                let is_right = blue < group.blue_accuracy;
                let is_green_right = coupling.green(blue, own) < group.green_accuracy;
                shares[usize::from(is_right)][usize::from(is_green_right)] +=
                    group.share / f64::from(n * n);
            }
        }
    }
    shares
}

/// Both accuracies are what they are, and the disagreement is what was wanted, from bound to bound.
#[test]
fn models_disagree_as_often_as_is_wanted() {
    let groups = spec().groups;
    let can = Disagreements::of(&groups);
    // At least 0.01 in each group; at most 0.1·0.41 + 0.2·0.31 + 0.7·0.21; and if they are independent
    // 0.1·(0.8·0.21 + 0.79·0.2) + 0.2·(0.85·0.16 + 0.84·0.15) + 0.7·(0.9·0.11 + 0.89·0.1).
    let expected = [0.01, 0.032_6 + 0.052_4 + 0.131_6, 0.25];
    for (found, expected) in [can.least, can.independent, can.most].into_iter().zip(expected) {
        assert!((found - expected).abs() < 1e-12, "{can:?}");
    }
    for wanted in [0.01, 0.05, 0.15, can.independent, 0.23, 0.25] {
        let coupling = Coupling::of(wanted, &groups).expect("between the bounds");
        let shares = by_grid(coupling, &groups);
        let disagreement = shares[0][1] + shares[1][0];
        assert!((disagreement - wanted).abs() < 2e-3, "{disagreement} instead of {wanted}");
        let [blue, green] = [shares[1][0] + shares[1][1], shares[0][1] + shares[1][1]];
        assert!((blue - 0.88).abs() < 2e-3 && (green - 0.87).abs() < 2e-3, "{shares:?}");
    }
    assert_eq!(Coupling::of(can.independent, &groups), Ok(Coupling::INDEPENDENT));
    for beyond in [0.009, 0.251] {
        assert_eq!(Coupling::of(beyond, &groups), Err(can));
    }
    let perfect =
        [GroupSpec { blue_accuracy: 1.0, green_accuracy: 0.9, share: 1.0, ..groups[0].clone() }];
    assert_eq!(Coupling::of(0.1, &perfect), Ok(Coupling::INDEPENDENT), "nothing can vary");
}
