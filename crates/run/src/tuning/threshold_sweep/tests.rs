//! The sweep against playing every run at every threshold, and playing against the rules said once more.

use super::*;
use crate::scenario::tune::{Expansion, LossPrices, Objective, TuneSpec};
use crate::simulation::outcome::{End, GivenUp, GivenUpBy};
use crate::stats::proportion::clopper_pearson;
use crate::stats::real;
use crate::telemetry::ratio::Ratio;
use crate::time::SimTime;
use crate::tuning::curve::{Curve, Step};
use crate::tuning::judged::{Ending, Harm, JudgedReplication, Unnoticed};
use crate::tuning::results::{Fifth, Policy, Setting};
use crate::tuning::toy;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

const RELEASES: usize = 3;
const LOOKS: u32 = 4;
const LIMITS: (f64, f64) = (0.1, 0.2);

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

fn harm() -> impl Strategy<Value = Harm> {
    (-5..50_i32).prop_map(|failed| {
        let failed = f64::from(failed);
        Harm { failed, slow: failed / 3.0, wrong: failed / 7.0, any: 1.25 * failed }
    })
}

/// Given up at few distinct times, so that releases often are at the same look.
fn ending() -> impl Strategy<Value = Ending> {
    let end = prop_oneof![
        Just(End::Promoted),
        Just(End::Stopped),
        Just(End::TimedOut),
        Just(End::UnfinishedAtHorizon)
    ];
    let given_up = proptest::option::weighted(0.75, 0..3_u32);
    let times = (proptest::option::of(0..4_u32), proptest::option::of(0..9_u32));
    let users = proptest::option::of(0.0..9.0_f64);
    (end, given_up, times, harm(), users).prop_map(|(end, given_up, times, harm, users_touched)| {
        let by = GivenUpBy::Alarm;
        Ending {
            end: if given_up.is_some() { End::RolledBack } else { end },
            given_up: given_up.map(|at| GivenUp { at: toy::minutes(at), by }),
            first_faulty_exposure: times.0.map(toy::minutes),
            full_traffic: times.1.map(toy::minutes),
            harm,
            users_touched,
            extra_cost_usd: Some(users_touched.unwrap_or(7.0) / 3.0),
        }
    })
}

fn run() -> impl Strategy<Value = JudgedRun> {
    let count = usize::try_from(LOOKS).expect("a small number") + 1;
    let fixed = proptest::option::weighted(0.2, (0..LOOKS, 0..5_u32));
    let endings = proptest::collection::vec(ending(), count);
    let unnoticed = (5..9_u32, harm(), harm()).prop_map(|(ended, to_end, per_s)| Unnoticed {
        ended: toy::minutes(ended),
        to_end,
        per_s,
    });
    let curves = (curve(), curve());
    (curves, fixed, proptest::bool::weighted(0.1), endings, unnoticed).prop_map(
        |((first, second), fixed, lets_none_count, endings, unnoticed)| JudgedRun {
            curves: vec![first, second],
            fixed: fixed.map(|(look, since)| Firing { look, since: toy::minutes(since), alarm: 7 }),
            lets_none_count,
            endings,
            unnoticed,
        },
    )
}

/// Replications in which two keys are uncertain, all of even number, so that all are swept.
fn replications() -> impl Strategy<Value = Vec<JudgedReplication>> {
    let runs = proptest::collection::vec(run(), RELEASES);
    let replication = (runs, [0.0..1.0_f64, 0.0..1.0_f64]);
    proptest::collection::vec(replication, 1..10).prop_map(|all| {
        let numbered = (0..).zip(all);
        numbered
            .map(|(i, (runs, places))| JudgedReplication {
                replication: 2 * i,
                places: places.to_vec(),
                runs,
            })
            .collect()
    })
}

/// The question, with prices of harm or without.
fn spec(minimise: Objective, in_usd: bool) -> TuneSpec {
    let spec = toy::spec(LIMITS, minimise, &[0.5, 0.3, 0.2]);
    let prices = if in_usd { spec.prices } else { LossPrices::default() };
    TuneSpec { prices, ..spec }
}

/// Three releases, of which the second is good, too, or not.
fn expansion(second_is_good: bool) -> Expansion {
    let mut expansion = toy::expansion(2, RELEASES - 1);
    expansion.scenario.regressions[1].healthy = second_is_good;
    expansion
}

fn objective() -> impl Strategy<Value = Objective> {
    proptest::sample::select(vec![
        Objective::Harm,
        Objective::TimeToDetect,
        Objective::FailedRequests,
        Objective::UsersTouched,
        Objective::ExpectedLoss,
    ])
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
        (minimise, priced, second_is_good) in (objective(), any::<bool>(), any::<bool>()),
    ) {
        let expansion = expansion(second_is_good);
        let spec = spec(minimise, priced);
        let judge = Judge::new(&spec, &expansion, &replications, toy::CONFIDENCE);
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

    /// Sums in whole numbers, figures with intervals, and what the rules say of each run are the same.
    #[test]
    fn sums_and_the_performance_are_as_counted_run_by_run(
        replications in replications(),
        (first, second) in (key(), key()),
        second_is_good in any::<bool>(),
    ) {
        let expansion = expansion(second_is_good);
        let spec = spec(Objective::Harm, false);
        let judge = Judge::new(&spec, &expansion, &replications, toy::CONFIDENCE);
        let setting = |shape, key: f64| {
            let threshold = Ratio::nearest(key.min(9.0));
            Setting { shape, threshold, equivalent: (0.0, 0.0) }
        };
        let policy = Policy { plan: 0, settings: vec![setting(0, first), setting(1, second)] };
        let evaluated = judge.evaluate(&policy);
        let keys = judge.keys(&policy);
        let score = sums_of(&judge, 0, &keys).score(&judge.question, &judge.limits);
        let good = [true, second_is_good, false];
        let of = |ours: &dyn Fn(&[f64]) -> bool| {
            let ours = replications.iter().filter(|one| ours(&one.places));
            counted(ours, &keys, good)
        };
        let performance = &evaluated.chosen_on;
        let all = of(&|_| true);
        prop_assert_eq!(performance.false_rollback.count, all.most_false());
        let mut harm = 0.0;
        for one in &performance.regressions {
            let told = &all.0[one.regression];
            prop_assert_eq!(one.caught.count, told.caught);
            prop_assert_eq!((one.missed.count, one.missed.of), (told.missed, told.caught + told.missed));
            prop_assert_eq!(one.by_chance.count, told.by_chance);
            prop_assert_eq!((one.earlier, one.later), (told.earlier, told.later));
            let mean = told.harm / real(performance.replications);
            prop_assert!(near(one.harm.map(|harm| harm.value), mean));
            harm += mean * if second_is_good { 1.0 } else { [0.0, 0.6, 0.4][one.regression] };
        }
        prop_assert!(near(performance.objective.map(|mean| mean.value), harm));
        prop_assert!(near(performance.harm.map(|mean| mean.value), harm));
        prop_assert!((score.objective - harm).abs() < 1e-9 * (1.0 + harm.abs()));
        let is_kept = |found: &Told, limit: fn(u64, u64, f64) -> bool| found.keeps(good, limit);
        let plain = is_kept(&all, |count, of, limit| real(count) <= limit * real(of));
        prop_assert_eq!(evaluated.feasible, plain);
        let mut ends = true;
        for (fifth, found) in performance.fifths.iter().enumerate() {
            let told = of(&|places: &[f64]| match fifth % 2 {
                0 => places[fifth / 2] < 0.2,
                _ => places[fifth / 2] >= 0.8,
            });
            let Fifth { false_rollback, missed } = found;
            prop_assert_eq!((false_rollback.count, false_rollback.of), (told.most_false(), told.0[0].runs()));
            prop_assert!(near(missed.estimate(), told.most_missed(good)) || missed.of == 0);
            ends &= is_kept(&told, |count, of, limit| {
                // One-sided at 95 % is two-sided at 90 %.
                clopper_pearson(count, of, 0.9).is_none_or(|interval| interval.low <= limit)
            });
        }
        prop_assert_eq!(performance.fifths.len(), 4);
        prop_assert_eq!(score.is_within, plain && ends);
    }
}

fn near(found: Option<f64>, expected: f64) -> bool {
    found.is_some_and(|found| (found - expected).abs() < 1e-9 * (1.0 + expected.abs()))
}

/// What the runs of a release came to.
#[derive(Default)]
struct Came {
    false_rollbacks: u64,
    passed: u64,
    caught: u64,
    missed: u64,
    by_chance: u64,
    undecided: u64,
    earlier: u64,
    later: u64,
    harm: f64,
}

struct Told([Came; RELEASES]);

/// The rules once more, run by run.
fn counted<'r>(
    replications: impl Iterator<Item = &'r JudgedReplication>,
    keys: &Keys,
    good: [bool; RELEASES],
) -> Told {
    let mut told = Told(Default::default());
    for replication in replications {
        let ending = |run: &JudgedRun| {
            let never = run.endings.len() - 1;
            run.endings[acted_on(run, keys).map_or(never, |look| look as usize)]
        };
        let given_up = |run: &JudgedRun| ending(run).given_up.map(|given_up| given_up.at);
        let healthy = given_up(&replication.runs[0]).unwrap_or(SimTime::NEVER);
        for ((run, of), good) in replication.runs.iter().zip(&mut told.0).zip(good) {
            let (ending, at) = (ending(run), given_up(run).unwrap_or(SimTime::NEVER));
            of.earlier += u64::from(at < healthy);
            of.later += u64::from(at > healthy);
            let is_open = matches!(ending.end, End::UnfinishedAtHorizon)
                || matches!(ending.end, End::TimedOut) && ending.first_faulty_exposure.is_none();
            let mut missed = false;
            match (ending.given_up.is_some(), good) {
                (true, true) => of.false_rollbacks += 1,
                (true, false) if at < healthy => of.caught += 1,
                (true, false) => of.by_chance += 1,
                (false, true) => of.passed += 1,
                (false, false) if is_open => of.undecided += 1,
                (false, false) => {
                    of.missed += 1;
                    missed = true;
                }
            }
            let until_noticed = run.unnoticed.to_end.any + 120.0 * run.unnoticed.per_s.any;
            of.harm += if missed { until_noticed } else { ending.harm.any };
        }
    }
    told
}

/// The look at which the controller acts.
fn acted_on(run: &JudgedRun, keys: &Keys) -> Option<u32> {
    let alarms = |curve: &Curve, key: f64, below: f64| {
        key < below || curve.includes_equal && key.total_cmp(&below).is_eq()
    };
    let mut ignored = run.lets_none_count;
    let fixed = run.fixed.iter();
    let mut first: Vec<_> = fixed.map(|by| (by.look, by.since, by.alarm)).collect();
    for &(shape, alarm, key) in keys {
        let Some(curve) = &run.curves[shape] else { continue };
        ignored |= curve.ignored_below.is_some_and(|below| alarms(curve, key, below));
        let step = curve.steps.iter().find(|step| alarms(curve, key, step.below));
        first.extend(step.map(|step| (step.look, step.since, alarm)));
    }
    first.into_iter().min().map(|(look, ..)| look).filter(|_| !ignored)
}

impl Came {
    fn runs(&self) -> u64 {
        let decided = self.false_rollbacks + self.passed + self.caught + self.missed;
        decided + self.by_chance + self.undecided
    }
}

impl Told {
    fn most_false(&self) -> u64 {
        self.0.iter().map(|of| of.false_rollbacks).max().expect("releases")
    }

    fn most_missed(&self, good: [bool; RELEASES]) -> f64 {
        let faulty = self.0.iter().zip(good).filter(|&(_, good)| !good);
        faulty
            .map(|(of, _)| real(of.missed) / real((of.caught + of.missed).max(1)))
            .fold(0.0, f64::max)
    }

    /// Whether each release keeps its limit: `limit` says whether so many of so many do.
    fn keeps(&self, good: [bool; RELEASES], limit: fn(u64, u64, f64) -> bool) -> bool {
        self.0.iter().zip(good).all(|(of, good)| {
            if good {
                limit(of.false_rollbacks, of.runs(), LIMITS.0)
            } else {
                limit(of.missed, of.caught + of.missed, LIMITS.1)
            }
        })
    }
}

#[test]
fn an_alarm_below_its_threshold_is_swept_by_negative_keys() {
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].spec.comparison = crate::alarm::spec::Comparison::LessThanThreshold;
    let fall = Curve {
        steps: vec![Step { below: -0.3, look: 0, since: SimTime::ZERO }],
        ..Curve::default()
    };
    // Good datapoints never fall; faulty ones fall to 0.3.
    let runs = vec![toy::run(vec![Curve::default()], true), toy::run(vec![fall], false)];
    let all: Vec<JudgedReplication> =
        (0..2).map(|replication| toy::judged(replication, runs.clone())).collect();
    let spec = toy::spec((0.0, 0.0), Objective::FailedRequests, &[0.5, 0.5]);
    let results = crate::tuning::search::search(&spec, &expansion, &all, toy::CONFIDENCE);
    let best = results.best.expect("a policy that tells them apart");
    // datapoint < threshold: any threshold above 0.3 catches.
    assert!((best.policy.settings[0].equivalent.0 - 0.3).abs() < 1e-15);
    assert!(best.policy.settings[0].threshold.as_f64() > 0.3);
    assert_eq!(best.chosen_on.regressions[0].caught.count, 1);
}
