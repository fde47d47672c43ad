//! The whole search on the toy, against closed forms and brute force.

use super::*;
use crate::scenario::tune::Objective;
use crate::telemetry::ratio::Ratio;
use crate::tuning::precision::{RUNS_MAX, next_runs};
use crate::tuning::toy::{self, CONFIDENCE, FAILS_PER_MINUTE, HORIZON, LOOKS};

const SHIFT: f64 = 0.3;

fn k() -> i32 {
    i32::try_from(LOOKS).expect("a small number")
}

fn tune(spec: &TuneSpec, expansion: &Expansion, runs: &[JudgedReplication]) -> TuneResults {
    search(spec, expansion, runs, HORIZON, CONFIDENCE)
}

fn one_alarm(limits: (f64, f64), runs: u64, seed: u64) -> TuneResults {
    let spec = toy::spec(limits, Objective::FailedRequests, &[0.8, 0.2]);
    let replications = toy::replications(seed, runs, 1, &[0.0, SHIFT]);
    tune(&spec, &toy::expansion(1, 1), &replications)
}

/// E\[failed requests\] under threshold t: the first look that is above t − d, or the last of all.
fn failed_requests(threshold: f64) -> f64 {
    let quiet = (threshold - SHIFT).clamp(0.0, 1.0);
    let looks: f64 = (0..=k()).map(|look| quiet.powi(look)).sum();
    looks * f64::from(u32::try_from(FAILS_PER_MINUTE).expect("a small number"))
}

#[test]
fn the_chosen_threshold_is_near_the_optimum_in_closed_form() {
    // Failed requests grow with the threshold, so the limit binds: 1 − t^K = 20 %.
    let results = one_alarm((0.2, 1.0), 4_000, 1);
    let best = results.best.expect("a threshold of 1 rolls nothing back");
    let optimum = 0.8_f64.powf(1.0 / f64::from(k()));
    let threshold = best.policy.settings[0].threshold.as_f64();
    // 2000 runs choose: the share has a standard deviation of 0.009, and t of 0.009/(K·t⁴) = 0.0021.
    // α = 10⁻⁴.
    assert!((threshold - optimum).abs() < 0.0083, "{threshold}, expected {optimum}");
    let (low, high) = best.policy.settings[0].equivalent;
    assert!(low < threshold && threshold < high);
    assert!(best.feasible && results.nearest.is_none());
    // What is reported is as the closed form says, at 99.99 % of its own (95 %) interval's width.
    let wide = |interval: crate::stats::Interval, value: f64| {
        let (middle, half) =
            (f64::midpoint(interval.low, interval.high), (interval.high - interval.low) / 2.0);
        (value - middle).abs() <= 2.0 * half
    };
    let reported = &best.reported;
    let truth = 1.0 - threshold.powi(k());
    assert!(wide(reported.false_rollback.interval.expect("runs"), truth));
    let truth = (threshold - SHIFT).powi(k());
    assert!(wide(reported.regressions[0].missed.interval.expect("runs"), truth));
    let objective = reported.objective.expect("runs").interval.expect("runs");
    assert!(wide(objective, failed_requests(threshold)), "{objective:?}");
    // The other figures are those of the ends of the toy.
    assert_eq!(reported.full_traffic_s.expect("runs").value.to_bits(), 120.0_f64.to_bits());
    assert_eq!(reported.replications, 2_000);
}

/// Every policy of a line, played.
#[test]
fn one_alarm_is_searched_exactly() {
    for seed in 0..20 {
        let spec = toy::spec((0.3, 0.6), Objective::ExpectedLoss, &[0.5, 0.5]);
        let expansion = toy::expansion(1, 1);
        let replications = toy::replications(seed, 40, 1, &[0.0, SHIFT]);
        let results = tune(&spec, &expansion, &replications);
        let judge = Judge::new(&spec, &expansion, &replications, HORIZON, CONFIDENCE);
        let brute = (0..=1_400)
            .map(|threshold| {
                let threshold = Ratio::new(threshold, 1000);
                let setting = Setting { shape: 0, threshold, equivalent: (0.0, 0.0) };
                judge.evaluate(&Policy { plan: 0, settings: vec![setting] })
            })
            .filter(|evaluated| evaluated.feasible)
            .filter_map(|evaluated| evaluated.chosen_on.objective.map(|mean| mean.value))
            .reduce(f64::min);
        let found = results.best.and_then(|best| best.chosen_on.objective).map(|mean| mean.value);
        match (found, brute) {
            (Some(found), Some(brute)) => assert!(found <= brute + 1e-9, "{found} against {brute}"),
            (found, brute) => assert!(brute.is_none(), "{found:?} against {brute:?}"),
        }
        assert!(results.policies_compared >= 10, "{}", results.policies_compared);
    }
}

/// On pure noise, where no alarm helps, choosing the best of many shapes flatters it. By how much is known
/// from brute force: each shape's objective is a mean of its own, and the smallest of S independent normal
/// means is E\[min\] below the truth.
#[test]
fn what_is_lost_by_choosing_is_as_large_as_order_statistics_say() {
    const SHAPES: usize = 8;
    const EXPERIMENTS: u64 = 400;
    const RUNS: u64 = 40;
    let mut expansion = toy::expansion(1, 1);
    let alarm = expansion.scenario.alarms[0].clone();
    // One threshold each: a look is only luck.
    let only = [Ratio::new(1, 2)];
    expansion.shapes = (0..SHAPES).map(|_| toy::shape(0, &alarm, &only)).collect();
    let spec = toy::spec((1.0, 1.0), Objective::FailedRequests, &[0.5, 0.5]);
    let mut lost = Vec::new();
    let mut brute = Vec::new();
    for seed in 0..EXPERIMENTS {
        let replications = toy::replications(seed, RUNS, SHAPES, &[0.0, 0.2]);
        let results = tune(&spec, &expansion, &replications);
        lost.push(results.lost_by_choosing.expect("a best one"));
        // Each shape's mean on the two halves, counted by hand.
        let mean = |shape: usize, odd: u64| {
            let half = replications.iter().filter(|replication| replication.replication % 2 == odd);
            let failed = half.map(|replication| {
                let run = &replication.runs[1];
                run.play(&[(shape, 0, 0.5)], false).ending.failed_requests
            });
            crate::stats::real(failed.sum()) / crate::stats::real(RUNS / 2)
        };
        let chosen = (0..SHAPES).map(|shape| (mean(shape, 0), shape));
        let (_, shape) = chosen.min_by(|a, b| a.0.total_cmp(&b.0)).expect("shapes");
        brute.push(mean(shape, 1) - mean(shape, 0));
    }
    let lost = crate::stats::interval::Mean::of(&lost).expect("experiments");
    let brute = crate::stats::interval::Mean::of(&brute).expect("experiments");
    // Ties between shapes may fall otherwise, no more. α = 10⁻⁴ each.
    let error = lost.standard_error().expect("experiments");
    assert!((lost.mean - brute.mean).abs() < 3.9 * error, "{} and {}", lost.mean, brute.mean);
    // Looks are geometric, cut off at K: with q = 0.3 of staying quiet, V = E[N²] − E[N]² of N = 1 + Σ…
    let quiet = 0.3_f64;
    let at_least: Vec<f64> = (0..=k()).map(|look| quiet.powi(look)).collect();
    let first: f64 = at_least.iter().sum();
    let second: f64 = (0_u32..).zip(&at_least).map(|(n, p)| f64::from(2 * n + 1) * p).sum();
    let fails = f64::from(u32::try_from(FAILS_PER_MINUTE).expect("small"));
    let deviation = fails * (second - first * first).sqrt() / (f64::from(20_u32)).sqrt();
    // The least of 8 standard normal values is expected at −1.4236 (Harter 1961, Biometrika 48, 151-165); the
    // skew of the toy moves it by less than a tenth.
    let expected = 1.4236 * deviation;
    assert!(lost.mean > 0.0);
    assert!(
        (lost.mean - expected).abs() < 0.12 * expected + 3.9 * error,
        "{} lost, expected {expected}",
        lost.mean
    );
}

#[test]
fn if_nothing_keeps_the_limits_the_nearest_is_said_and_what_stands_in_the_way() {
    // 1 − t^5 ≤ 5 % needs t ≥ 0.99, which misses a sixth; a miss of 5 % needs t ≤ 0.85.
    let results = one_alarm((0.05, 0.05), 2_000, 3);
    assert!(results.best.is_none() && results.ranking.is_empty());
    assert_eq!(results.lost_by_choosing, None);
    let nearest = results.nearest.as_ref().expect("something is nearest");
    assert!(!nearest.feasible);
    // The larger excess is smallest where both are equal: 1 − t^5 = (t − 0.3)^5, between 0.965 and 0.975.
    let gap = |t: f64| 1.0 - t.powi(k()) - (t - SHIFT).powi(k());
    assert!(gap(0.965) > 0.0 && gap(0.975) < 0.0);
    // 1000 runs choose: t has a standard deviation of less than 0.003. α = 10⁻³.
    let threshold = nearest.policy.settings[0].threshold.as_f64();
    assert!((0.955..0.985).contains(&threshold), "{threshold}");
    let warning = &results.warnings[0];
    assert!(warning.starts_with("no policy keeps the limits: of those that roll back at most 5%"));
    assert!(warning.contains("misses") && warning.contains("false rollbacks"), "{warning}");
    assert!(!results.candidates.is_empty() && results.candidates.len() <= 203);
}

#[test]
fn too_few_runs_are_said_with_how_many_would_do() {
    // A threshold above all datapoints never rolls back; 40 runs report.
    let spec = toy::spec((0.01, 1.0), Objective::FailedRequests, &[0.8, 0.2]);
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].thresholds = vec![Ratio::whole(1), Ratio::whole(2)];
    let results = tune(&spec, &expansion, &toy::replications(1, 80, 1, &[0.0, SHIFT]));
    assert_eq!(results.runs_needed, 368);
    let said = |part: &str| results.warnings.iter().any(|warning| warning.contains(part));
    assert!(said("on false rollbacks: 0 of 40 were"), "{:#?}", results.warnings);
    assert!(said("736 runs in all would"), "{:#?}", results.warnings);
    assert!(said("is the lowest of those given"), "{:#?}", results.warnings);
    assert_eq!(next_runs(&results), None);
    let mut asked = results;
    asked.spec.precision = Some(0.01);
    assert_eq!(next_runs(&asked), Some(160));
    asked.spec.precision = Some(0.2);
    assert_eq!(next_runs(&asked), None);
    (asked.spec.precision, asked.runs) = (Some(1e-9), RUNS_MAX);
    assert_eq!(next_runs(&asked), None);
}

#[test]
fn two_alarms_end_at_the_best_of_a_grid() {
    let grid: Vec<Ratio> = (0..12).map(|step| Ratio::new(8 + step, 20)).collect();
    let mut missed_the_best = 0;
    for seed in 0..12 {
        let mut expansion = toy::expansion(2, 2);
        for shape in &mut expansion.shapes {
            shape.thresholds.clone_from(&grid);
        }
        let spec = toy::spec((0.3, 0.7), Objective::ExpectedLoss, &[0.4, 0.3, 0.3]);
        let replications = toy::replications(seed, 200, 2, &[0.0, SHIFT, 0.15]);
        let judge = Judge::new(&spec, &expansion, &replications, HORIZON, CONFIDENCE);
        let mut brute = f64::INFINITY;
        for (&first, &second) in grid.iter().flat_map(|a| grid.iter().map(move |b| (a, b))) {
            let setting = |(shape, threshold)| Setting { shape, threshold, equivalent: (0.0, 0.0) };
            let settings = [(0, first), (1, second)].map(setting).to_vec();
            let evaluated = judge.evaluate(&Policy { plan: 0, settings });
            let objective = evaluated.chosen_on.objective.filter(|_| evaluated.feasible);
            brute = brute.min(objective.map_or(f64::INFINITY, |mean| mean.value));
        }
        let results = tune(&spec, &expansion, &replications);
        let found = results.best.and_then(|best| best.chosen_on.objective);
        let found = found.map_or(f64::INFINITY, |mean| mean.value);
        assert!(found >= brute - 1e-9, "better than all there is");
        missed_the_best += u32::from(found > brute + 1e-9);
    }
    // Not guaranteed of a local search, but so it is on these draws.
    assert_eq!(missed_the_best, 0, "of 12 ended short of the best");
}

#[test]
fn several_free_alarms_have_gaps_and_lines_of_candidates() {
    let spec = toy::spec((0.2, 1.0), Objective::TimeToDetect, &[0.8, 0.2]);
    let replications = toy::replications(5, 120, 2, &[0.0, SHIFT]);
    let results = tune(&spec, &toy::expansion(2, 1), &replications);
    let best = results.best.as_ref().expect("a policy");
    for setting in &best.policy.settings {
        let threshold = setting.threshold.as_f64();
        assert!(setting.equivalent.0 < threshold && threshold < setting.equivalent.1);
    }
    assert!(results.candidates.iter().any(|candidate| candidate.policy == best.policy));
    assert!(results.warnings.iter().any(|warning| warning.contains("local search")));
    let lines = |vary: usize| {
        let held = 1 - vary;
        let same = |policy: &Policy| policy.settings[held] == best.policy.settings[held];
        results.candidates.iter().filter(|candidate| same(&candidate.policy)).count()
    };
    assert!(lines(0) > 20 && lines(1) > 20);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let mut expansion = toy::expansion(2, 2);
    let alarm = expansion.scenario.alarms[1].clone();
    expansion.shapes.push(toy::shape(1, &alarm, &[]));
    let spec = toy::spec((0.2, 0.8), Objective::ExpectedLoss, &[0.6, 0.2, 0.2]);
    let replications = toy::replications(9, 60, 3, &[0.0, SHIFT, 0.1]);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        format!("{:?}", pool.install(|| tune(&spec, &expansion, &replications)))
    };
    let one = on(1);
    assert!(one == on(2) && one == on(5), "threads change the result");
}

#[test]
fn the_front_is_within_the_limit_and_nothing_seen_beats_it() {
    let results = one_alarm((0.5, 1.0), 400, 7);
    assert!(!results.front.is_empty());
    let corner = |evaluated: &Evaluated| {
        let chosen_on = &evaluated.chosen_on;
        let time = chosen_on.full_traffic_s.map_or(f64::INFINITY, |mean| mean.value.round());
        (time, chosen_on.regressions[0].failed_requests.expect("runs").value)
    };
    let within = |evaluated: &&Evaluated| {
        evaluated.chosen_on.false_rollback.estimate().is_some_and(|share| share <= 0.5)
    };
    assert!(results.front.iter().all(|on| within(&on)));
    for candidate in results.candidates.iter().filter(within) {
        let (time, failed) = corner(candidate);
        let as_good = |on: &Evaluated| corner(on).0 <= time && corner(on).1 <= failed + 1e-9;
        assert!(results.front.iter().any(as_good), "{candidate:?} is not beaten");
    }
}

#[test]
fn without_runs_or_priors_there_is_an_answer_all_the_same() {
    let expansion = toy::expansion(1, 1);
    let spec = toy::spec((0.1, 0.5), Objective::FailedRequests, &[1.0, 0.0]);
    let none = tune(&spec, &expansion, &[]);
    assert!(none.best.is_none() && none.nearest.is_none() && none.candidates.is_empty());
    let results = tune(&spec, &expansion, &toy::replications(1, 1, 1, &[0.0, 0.9]));
    let best = results.best.or(results.nearest).expect("a policy");
    assert_eq!(best.reported.replications, 0);
    assert_eq!(best.reported.false_rollback.interval, None);
    let said = |part: &str| results.warnings.iter().any(|warning| warning.contains(part));
    assert!(said("nothing to minimise") && said("only one run"), "{:#?}", results.warnings);
}

#[test]
fn between_good_and_faulty_datapoints_the_plainest_threshold_near_the_middle_is_chosen() {
    use crate::tuning::judged::JudgedRun;
    let run = |datapoint: f64, healthy: bool| JudgedRun {
        curves: vec![Some(toy::records([datapoint]))],
        fixed: None,
        lets_none_count: false,
        endings: (0..=LOOKS).map(|look| toy::ending(look, healthy)).collect(),
    };
    // Good ones reach 0.12 and 0.14, faulty ones 0.47 and more; the present threshold, 0.5, is too high.
    let all = [(0.12, 0.61), (0.9, 0.1), (0.14, 0.47)].into_iter();
    let replications: Vec<JudgedReplication> = (0..)
        .zip(all)
        .map(|(replication, (good, faulty))| JudgedReplication {
            replication,
            runs: vec![run(good, true), run(faulty, false)],
        })
        .collect();
    let spec = toy::spec((0.0, 0.0), Objective::FailedRequests, &[0.5, 0.5]);
    let expansion = toy::expansion(1, 1);
    let results = tune(&spec, &expansion, &replications);
    let best = results.best.as_ref().expect("both limits can be kept");
    let setting = best.policy.settings[0];
    assert_eq!((setting.threshold, setting.equivalent), (Ratio::new(3, 10), (0.14, 0.47)));
    // The other half says otherwise: a false rollback, and a miss.
    assert_eq!(
        (best.reported.false_rollback.count, best.reported.regressions[0].missed.count),
        (1, 1)
    );
    let lost = results.lost_by_choosing.expect("a best one");
    assert!((lost - 500.0).abs() < 1e-9, "{lost}");
    let broken = results.warnings.iter().filter(|warning| warning.contains("believe the others"));
    assert_eq!(broken.count(), 2, "{:#?}", results.warnings);
    let present = &results.present[0];
    assert_eq!(present.policy.settings[0].threshold, Ratio::new(1, 2));
    assert!(!present.feasible && present.chosen_on.regressions[0].missed.count == 1);
}

#[test]
fn policies_judged_together_are_as_judged_alone() {
    let spec = toy::spec((0.2, 0.5), Objective::UsersTouched, &[0.7, 0.2, 0.1]);
    let expansion = toy::expansion(1, 2);
    let replications = toy::replications(4, 31, 1, &[0.0, SHIFT, 0.1]);
    let judge = Judge::new(&spec, &expansion, &replications, HORIZON, CONFIDENCE);
    let policy = |threshold| {
        let threshold = Ratio::new(threshold, 40);
        Policy { plan: 0, settings: vec![Setting { shape: 0, threshold, equivalent: (0.0, 0.0) }] }
    };
    let policies: Vec<Policy> = (0..50).map(policy).collect();
    let together = judge.evaluate_all(&policies);
    let alone: Vec<Evaluated> = policies.iter().map(|policy| judge.evaluate(policy)).collect();
    assert_eq!(together, alone);
}
