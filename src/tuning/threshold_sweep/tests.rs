//! The sweep against playing every run at every threshold.

use super::*;
use crate::scenario::tune::Objective;
use crate::simulation::outcome::{End, Verdict};
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Step};
use crate::tuning::judged::{Ending, JudgedReplication};
use crate::tuning::toy;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const RELEASES: usize = 3;
const LOOKS: u32 = 4;

/// Few distinct keys, so that they meet; now and then an end that every threshold passes.
fn key() -> impl Strategy<Value = f64> {
    prop_oneof![9 => (-3..9_i32).prop_map(|tenths| f64::from(tenths) / 10.0), 1 => Just(f64::INFINITY)]
}

fn curve() -> impl Strategy<Value = Option<Curve>> {
    let steps = proptest::collection::vec((key(), 0..LOOKS, 0..5_u32), 0..4);
    let ignored = prop_oneof![3 => key(), 1 => Just(f64::NEG_INFINITY)];
    let curve = (any::<bool>(), steps, proptest::option::weighted(0.2, ignored));
    let curve = curve.prop_map(|(includes_equal, mut steps, ignored_below)| {
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        steps.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
        let mut looks: Vec<u32> = steps.iter().map(|step| step.1).collect();
        looks.sort_unstable();
        let steps = steps.into_iter().zip(looks).map(|((below, _, since), look)| Step {
            below,
            look,
            since: toy::minutes(since),
        });
        Curve { includes_equal, steps: steps.collect(), ignored_below }
    });
    proptest::option::weighted(0.9, curve)
}

fn ending() -> impl Strategy<Value = Ending> {
    let verdict =
        prop_oneof![Just(Verdict::Passed), Just(Verdict::Missed), Just(Verdict::Undecided)];
    let full_traffic = proptest::option::of(0..9_u32);
    (verdict, proptest::option::of(0..4_u32), full_traffic, 0..50_u64, 0.0..9.0_f64).prop_map(
        |(verdict_without_alarm, exposed, full_traffic, failed_requests, users_touched)| Ending {
            end: End::RolledBack,
            verdict_without_alarm,
            first_faulty_exposure: exposed.map(toy::minutes),
            full_traffic: full_traffic.map(toy::minutes),
            failed_requests,
            faulty_green_requests: 0,
            users_touched,
            extra_cost_usd: users_touched / 3.0,
        },
    )
}

fn run() -> impl Strategy<Value = JudgedRun> {
    let count = usize::try_from(LOOKS).expect("a small number") + 1;
    let fixed = proptest::option::weighted(0.2, (0..LOOKS, 0..5_u32));
    let endings = proptest::collection::vec(ending(), count);
    (curve(), curve(), fixed, proptest::bool::weighted(0.1), endings).prop_map(
        |(first, second, fixed, lets_none_count, endings)| JudgedRun {
            curves: vec![first, second],
            fixed: fixed.map(|(look, since)| Firing { look, since: toy::minutes(since), alarm: 7 }),
            lets_none_count,
            endings,
        },
    )
}

fn replications() -> impl Strategy<Value = Vec<JudgedReplication>> {
    let replication = proptest::collection::vec(run(), RELEASES);
    proptest::collection::vec(replication, 1..6).prop_map(|all| {
        let numbered = (0..).zip(all);
        // All of even number, so that all are swept.
        numbered.map(|(i, runs)| JudgedReplication { replication: 2 * i, runs }).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(3),
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_threshold_is_as_played(
        replications in replications(),
        held in key(),
        minimise in proptest::sample::select(vec![
            Objective::TimeToDetect,
            Objective::FailedRequests,
            Objective::UsersTouched,
            Objective::ExpectedLoss,
        ]),
    ) {
        let expansion = toy::expansion(2, RELEASES - 1);
        let spec = toy::spec((0.1, 0.2), minimise, &[0.5, 0.3, 0.2]);
        let judge = Judge::new(&spec, &expansion, &replications, toy::HORIZON, toy::CONFIDENCE);
        let held: Keys = vec![(1, 1, held)];
        // Every key that occurs, and one between any two.
        let given: Vec<f64> = (-8..=20).map(|twentieths| f64::from(twentieths) / 20.0).collect();
        let mut seen = vec![0; given.len()];
        let mut gaps = 0;
        let mut end = f64::NEG_INFINITY;
        sweep(&judge, 0, 0, &held, (true, &given), |stretch, sums| {
            let key = match stretch {
                Stretch::Given(index) => {
                    seen[index] += 1;
                    given[index]
                }
                Stretch::Gap(low, high) => {
                    assert!(low <= high && low.total_cmp(&end).is_eq(), "{low} to {high}");
                    (gaps, end) = (gaps + 1, high);
                    if low.is_infinite() && high.is_infinite() {
                        0.123
                    } else if low.is_infinite() {
                        high - 1.0
                    } else if high.is_infinite() {
                        low + 1.0
                    } else {
                        low + (high - low) / 2.0
                    }
                }
            };
            let keys: Keys = [(0, 0, key)].into_iter().chain(held.iter().copied()).collect();
            assert_eq!(*sums, sums_of(&judge, 0, &keys), "at {key}, {stretch:?}");
        });
        prop_assert!(seen.iter().all(|&times| times == 1), "{seen:?}");
        prop_assert!(gaps >= 1 && end.is_infinite());
    }

    /// Sums in whole numbers, and figures of a policy with intervals, are the same figures.
    #[test]
    fn sums_are_the_performance(replications in replications(), key in key()) {
        let expansion = toy::expansion(1, RELEASES - 1);
        let spec = toy::spec((0.1, 0.2), Objective::ExpectedLoss, &[0.5, 0.3, 0.2]);
        let judge = Judge::new(&spec, &expansion, &replications, toy::HORIZON, toy::CONFIDENCE);
        let threshold = crate::telemetry::ratio::Ratio::nearest(key.min(9.0));
        let setting =
            crate::tuning::results::Setting { shape: 0, threshold, equivalent: (0.0, 0.0) };
        let policy = crate::tuning::results::Policy { plan: 0, settings: vec![setting] };
        let evaluated = judge.evaluate(&policy);
        let sums = sums_of(&judge, 0, &judge.keys(&policy));
        let (shares, score) = (sums.shares(), sums.score(&judge.question, &spec));
        let performance = &evaluated.chosen_on;
        let near = |a: Option<f64>, b: f64| a.is_some_and(|a| (a - b).abs() < 1e-9 * (1.0 + b.abs()));
        prop_assert!(near(performance.false_rollback.estimate(), shares.false_rollback));
        let missed = performance.regressions.iter().filter_map(|arm| arm.missed.estimate());
        prop_assert!(near(missed.reduce(f64::max), shares.missed));
        prop_assert!(near(performance.objective.map(|mean| mean.value), score.objective));
        prop_assert_eq!(evaluated.feasible, score.is_feasible());
    }
}

#[test]
fn an_alarm_below_its_threshold_is_swept_by_negative_keys() {
    let mut expansion = toy::expansion(1, 1);
    let comparison = crate::alarm::spec::Comparison::LessThanThreshold;
    expansion.shapes[0].spec.comparison = comparison;
    let fall = Curve {
        steps: vec![Step { below: -0.3, look: 0, since: SimTime::ZERO }],
        ..Curve::default()
    };
    let endings = vec![toy::ending(0, true), toy::ending(toy::LOOKS, true)];
    let run = |curve: &Curve, healthy: bool| JudgedRun {
        curves: vec![Some(curve.clone())],
        fixed: None,
        lets_none_count: false,
        endings: if healthy {
            endings.clone()
        } else {
            vec![toy::ending(0, false), toy::ending(toy::LOOKS, false)]
        },
    };
    // Good datapoints never fall; faulty ones fall to 0.3.
    let runs = vec![run(&Curve::default(), true), run(&fall, false)];
    let all: Vec<JudgedReplication> =
        (0..2).map(|replication| JudgedReplication { replication, runs: runs.clone() }).collect();
    let spec = toy::spec((0.0, 0.0), Objective::FailedRequests, &[0.5, 0.5]);
    let results =
        crate::tuning::search::search(&spec, &expansion, &all, toy::HORIZON, toy::CONFIDENCE);
    let best = results.best.expect("a policy that tells them apart");
    // datapoint < threshold: any threshold above 0.3 detects.
    assert!((best.policy.settings[0].equivalent.0 - 0.3).abs() < 1e-15);
    assert!(best.policy.settings[0].threshold.as_f64() > 0.3);
    assert_eq!(best.chosen_on.regressions[0].detected.count, 1);
}
