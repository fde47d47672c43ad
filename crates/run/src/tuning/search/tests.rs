//! The whole search on the toy, against closed forms and brute force.

use super::*;
use crate::scenario::tune::Objective;
use crate::stats::limit::most_likely_kept;
use crate::stats::{Interval, interval, real};
use crate::telemetry::ratio::Ratio;
use crate::tuning::limits::LIKELY;
use crate::tuning::precision::{RUNS_MAX, next_runs};
use crate::tuning::standing::Standing;
use crate::tuning::sums::Score;
use crate::tuning::toy::{self, CONFIDENCE, FAILS_PER_MINUTE, LOOKS};

/// Large enough to be caught by an alarm that seldom rolls good releases back.
const SHIFT: f64 = 0.6;

fn k() -> i32 {
    i32::try_from(LOOKS).expect("a small number")
}

fn tune(spec: &TuneSpec, expansion: &Expansion, runs: &[JudgedReplication]) -> TuneResults {
    search(spec, expansion, runs, CONFIDENCE)
}

fn one_alarm(limits: (f64, f64), runs: u64, seed: u64) -> TuneResults {
    let spec = toy::spec(limits, Objective::FailedRequests, &[0.8, 0.2]);
    let replications = toy::replications(seed, runs, 1, &[0.0, SHIFT]);
    tune(&spec, &toy::expansion(1, 1), &replications)
}

fn threshold(evaluated: &Evaluated) -> f64 {
    evaluated.policy.settings[0].threshold.as_f64()
}

fn setting(shape: usize, threshold: Ratio) -> Setting {
    Setting { shape, threshold, equivalent: (0.0, 0.0) }
}

/// The probability that a single look at a faulty release is quiet at a threshold from the shift to 1.
fn quiet(threshold: f64) -> f64 {
    threshold - SHIFT
}

/// P(caught).
fn caught(threshold: f64) -> f64 {
    let q = quiet(threshold);
    (1.0 - q.powi(k())) * SHIFT / (1.0 - q)
}

/// E\[failed requests\]: given up at the first look that is not quiet; if all are, six minutes to the end and
/// two until somebody notices.
fn failed_requests(threshold: f64) -> f64 {
    let q = quiet(threshold);
    let given_up: f64 = (0..k()).map(|look| q.powi(look) * (1.0 - q) * f64::from(look + 1)).sum();
    FAILS_PER_MINUTE * (given_up + 8.0 * q.powi(k()))
}

/// Whether a value lies within twice the half-width of its interval of 95 %: α = 10⁻⁴ if it is normal.
fn is_near(interval: Option<Interval>, value: f64) -> bool {
    let Interval { low, high } = interval.expect("runs");
    (value - f64::midpoint(low, high)).abs() <= high - low
}

/// Harm grows with the threshold, so the limit binds: 1 − t^K = A/n for the A events that n runs may have.
#[test]
fn the_chosen_threshold_is_where_the_limit_with_its_margin_is_in_closed_form() {
    const SEEDS: u64 = 16;
    let allowed = real(most_likely_kept(0.2, 500, LIKELY).expect("enough runs"));
    // By normal laws: c + 1.645·√(2c(1 − c/n)) is n/5 − 1.645·√(n/5·4/5) at c = 65.9.
    assert!((allowed - 65.9).abs() < 2.0, "{allowed}");
    let [optimum, plain] =
        [allowed / 500.0, 0.2].map(|share| (1.0 - share).powf(1.0 / f64::from(k())));
    let found: Vec<f64> = (0..SEEDS)
        .map(|seed| threshold(&one_alarm((0.2, 1.0), 1_000, seed).best.expect("t = 1 does")))
        .collect();
    let mean = found.iter().sum::<f64>() / real(SEEDS);
    // 500 runs choose: the share has a standard deviation of 0.015, and t of 0.015/(K·t⁴) = 0.0034. What does
    // as well harms a tenth more at most, and half of that is the middle. α = 10⁻⁴. Without the margin the
    // mean would be at 0.9564, 18 standard deviations below.
    let error = 0.0034 / real(SEEDS).sqrt();
    assert!((optimum - plain) / error > 18.0);
    let most = 1.1 * failed_requests(optimum);
    let as_good = (0..1000).map(|i| optimum + f64::from(i) * 1e-4);
    let widest = as_good.take_while(|&t| failed_requests(t) <= most).last().expect("the optimum");
    let higher = (widest - optimum) / 2.0;
    assert!((-3.9 * error..higher + 3.9 * error).contains(&(mean - optimum)), "{mean}, {optimum}");
}

#[test]
fn what_is_reported_of_the_chosen_threshold_is_as_the_closed_form_says() {
    let results = one_alarm((0.2, 1.0), 4_000, 1);
    let best = results.best.expect("a threshold of 1 rolls nothing back");
    assert!(best.feasible && results.nearest.is_none() && results.left_out.is_empty());
    assert_eq!(results.standing, Some(Standing::Confirmed));
    let at = threshold(&best);
    let (low, high) = best.policy.settings[0].equivalent;
    assert!(low < at && at < high);
    let reported = &best.reported;
    assert!(is_near(reported.false_rollback.interval, 1.0 - at.powi(k())));
    let one = &reported.regressions[0];
    let missed = quiet(at).powi(k());
    assert!(is_near(one.caught.interval, caught(at)));
    assert!(is_near(one.missed.interval, missed / (caught(at) + missed)));
    assert!(is_near(one.by_chance.interval, 1.0 - caught(at) - missed));
    // Earlier than the healthy one in the runs that are caught; later never, for it sees more.
    assert_eq!((one.earlier, one.later), (one.caught.count, 0));
    let objective = reported.objective.expect("runs").interval;
    assert!(is_near(objective, failed_requests(at)), "{objective:?}");
    // A failed request costs half a dollar.
    assert!(is_near(reported.harm.expect("runs").interval, 0.5 * failed_requests(at)));
    // The other figures are those of the ends of the toy.
    assert_eq!(reported.full_traffic_s.expect("runs").value.to_bits(), 120.0_f64.to_bits());
    assert_eq!(reported.replications, 2_000);
}

/// The least score of an alarm's thresholds, of thousandths.
fn least_score(judge: &Judge<'_>, compare: fn(&Score, &Score) -> std::cmp::Ordering) -> Score {
    let score = |threshold| {
        let policy = Policy { plan: 0, settings: vec![setting(0, Ratio::new(threshold, 1000))] };
        sums_of(judge, 0, &judge.keys(&policy)).score(&judge.question, &judge.limits)
    };
    (0..=1_400).map(score).min_by(compare).expect("thresholds")
}

/// Every policy of a line, played.
#[test]
fn one_alarm_is_searched_exactly() {
    for seed in 0..20 {
        let spec = toy::spec((0.3, 0.6), Objective::ExpectedLoss, &[0.5, 0.5]);
        let expansion = toy::expansion(1, 1);
        let replications = toy::replications(seed, 120, 1, &[0.0, SHIFT]);
        let judge = Judge::new(&spec, &expansion, &replications, CONFIDENCE);
        let settings = [setting(0, Ratio::whole(0))];
        let place = Place { plan: 0, shape: 0, settings: &settings, vary: 0 };
        let line = Line::of(&judge, &place, &Vec::new(), &mut |_, _| {});
        let best = line.best(&judge, 0).expect("a threshold").score;
        let brute = least_score(&judge, Score::compare);
        assert!(best.compare(&brute).is_le(), "{best:?} against {brute:?}");
        let (_, least) = line.least_harm(&judge, 0).expect("a threshold");
        let brute = least_score(&judge, Score::compare_harm);
        assert!(least.compare_harm(&brute).is_le(), "{least:?} against {brute:?}");
        assert!(line.compared >= 100, "{}", line.compared);
        // What is chosen keeps the limits with their margin, and is not told from the best.
        let chosen = tune(&spec, &expansion, &replications).best.expect("t = 1.3 does");
        let rolled_back = chosen.chosen_on.false_rollback.count;
        assert!(rolled_back <= most_likely_kept(0.3, 60, LIKELY).expect("enough runs"));
        let pick = line.best(&judge, 0).expect("a threshold");
        let best = Policy { plan: 0, settings: vec![pick.setting] };
        let loss = |policy: &Policy| {
            let of = crate::tuning::objective::Question::objective;
            judge.values(policy, &judge.chosen_on, of, &spec.priors)
        };
        let pairs = loss(&chosen.policy).into_iter().zip(loss(&best));
        let more: Vec<f64> = pairs.map(|(chosen, best)| chosen - best).collect();
        let more = interval::Mean::of(&more).expect("runs");
        // Student's quantile of 59 degrees of freedom at 97.5 %.
        assert!(more.mean <= 2.001 * more.standard_error().expect("runs"), "{more:?}");
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
    for seed in 0..EXPERIMENTS {
        let replications = toy::replications(seed, RUNS, SHAPES, &[0.0, 0.2]);
        let found = tune(&spec, &expansion, &replications).lost_by_choosing.expect("a best one");
        // Each shape's mean on the two halves, counted by hand: eight minutes of a missed one.
        let mean = |shape: usize, odd: u64| {
            let half = replications.iter().filter(|replication| replication.replication % 2 == odd);
            let failed = half.map(|replication| {
                let curve = replication.runs[1].curves[shape].as_ref().expect("every shape");
                let look = curve.steps.iter().find(|step| step.below > 0.5).map(|step| step.look);
                FAILS_PER_MINUTE * look.map_or(8.0, |look| f64::from(look + 1))
            });
            failed.sum::<f64>() / real(RUNS / 2)
        };
        let chosen = (0..SHAPES).map(|shape| (mean(shape, 0), shape));
        let (_, shape) = chosen.min_by(|a, b| a.0.total_cmp(&b.0)).expect("shapes");
        let brute = mean(shape, 1) - mean(shape, 0);
        assert!((found - brute).abs() < 1e-9, "{found} against {brute}, seed {seed}");
        lost.push(found);
    }
    let lost = interval::Mean::of(&lost).expect("experiments");
    let error = lost.standard_error().expect("experiments");
    // Looks are geometric with q = 0.3 of staying quiet, cut off at K.
    let quiet = 0.3_f64;
    let minutes = |look: i32| if look < k() { f64::from(look + 1) } else { 8.0 };
    let chance = |look: i32| quiet.powi(look) * if look < k() { 1.0 - quiet } else { 1.0 };
    let moment = |n: i32| (0..=k()).map(|look| chance(look) * minutes(look).powi(n)).sum::<f64>();
    let deviation = FAILS_PER_MINUTE * (moment(2) - moment(1).powi(2)).sqrt() / 20_f64.sqrt();
    // The least of 8 standard normal values is expected at −1.4236 (Harter 1961, Biometrika 48, 151-165); the
    // skew of the toy moves it by less than an eighth. α = 10⁻⁴.
    let expected = 1.4236 * deviation;
    assert!(lost.mean > 0.0);
    assert!(
        (lost.mean - expected).abs() < 0.12 * expected + 3.9 * error,
        "{} lost, expected {expected}",
        lost.mean
    );
}

/// One shape sees one fault, another the other: each can be caught, but not both.
#[test]
fn if_nothing_keeps_the_limits_the_nearest_is_said() {
    let mut expansion = toy::expansion(1, 2);
    let alarm = expansion.scenario.alarms[0].clone();
    expansion.shapes = (0..2).map(|_| toy::shape(0, &alarm, &[])).collect();
    let [low, high]: [&[f64]; 2] = [&[0.05], &[0.9]];
    // Of the 20 that choose, the first shape sees two of the second fault, the second one of the first.
    let releases = |i: usize| {
        let sees = |seen: bool| if seen { high } else { low };
        vec![vec![&[0.1][..]; 2], vec![high, sees(i == 0)], vec![sees(i < 2), high]]
    };
    let spec = toy::spec((0.05, 0.05), Objective::Harm, &[0.8, 0.1, 0.1]);
    let results = tune(&spec, &expansion, &toy::seen((0..20).map(releases)));
    assert!(results.left_out.is_empty(), "each can be caught");
    assert!(results.best.is_none() && results.ranking.is_empty());
    assert_eq!((results.lost_by_choosing, results.standing), (None, None));
    let nearest = results.nearest.as_ref().expect("something is nearest");
    assert!(!nearest.feasible && nearest.policy.settings[0].shape == 0);
    assert!((0.1..0.9).contains(&threshold(nearest)), "{}", threshold(nearest));
    let missed = nearest.chosen_on.regressions.iter().map(|one| one.missed.count);
    assert_eq!(missed.collect::<Vec<_>>(), [0, 18]);
    assert!(!results.candidates.is_empty());
}

#[test]
fn the_precision_asked_for_says_how_many_runs_come_next() {
    // A threshold above all datapoints never rolls back; 40 runs report.
    let spec = toy::spec((0.01, 1.0), Objective::FailedRequests, &[0.8, 0.2]);
    let mut expansion = toy::expansion(1, 1);
    expansion.shapes[0].thresholds = vec![Ratio::whole(1), Ratio::whole(2)];
    let results = tune(&spec, &expansion, &toy::replications(1, 80, 1, &[0.0, 0.9]));
    // Of 5 looks one is nearly always above 0.1.
    assert_eq!(results.best.as_ref().map(threshold), Some(1.0));
    let said = |part: &str| results.warnings.iter().any(|warning| warning.contains(part));
    assert!(said("is the lowest of those given"), "{:#?}", results.warnings);
    // One-sided at 95 %, a limit of 1 % takes 299 runs without an event in the half that reports.
    assert_eq!(results.standing, Some(Standing::Open { runs_needed: Some(598) }));
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
        let judge = Judge::new(&spec, &expansion, &replications, CONFIDENCE);
        let grid = grid.iter().flat_map(|a| grid.iter().map(move |b| (*a, *b)));
        let score = |(first, second): (Ratio, Ratio)| {
            let policy = Policy { plan: 0, settings: vec![setting(0, first), setting(1, second)] };
            sums_of(&judge, 0, &judge.keys(&policy)).score(&judge.question, &judge.limits)
        };
        let brute = grid.map(score).min_by(Score::compare).expect("a grid");
        let choices = Choices { plan: 0, shapes: vec![vec![0], vec![1]] };
        let (found, _) = descent::search(&judge, &choices);
        let found = found.iter().map(|found| found.score).min_by(Score::compare).expect("an end");
        assert!(found.compare(&brute).is_ge(), "better than all there is");
        missed_the_best += u32::from(found.compare(&brute).is_gt());
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
    let is_best = |one: &Evaluated| one.policy.thresholds() == best.policy.thresholds();
    assert!(results.candidates.iter().any(is_best));
    assert!(results.warnings.iter().any(|warning| warning.contains("local search")));
    // Along a line one alarm's threshold is held.
    let longest = |held: usize| {
        let thresholds = results.candidates.iter().map(|one| one.policy.settings[held].threshold);
        let mut thresholds: Vec<Ratio> = thresholds.collect();
        thresholds.sort_unstable();
        thresholds.chunk_by(|a, b| a == b).map(<[Ratio]>::len).max()
    };
    assert!(longest(0) > Some(20) && longest(1) > Some(20));
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
        (time, chosen_on.harm.expect("runs").value)
    };
    let within = |evaluated: &&Evaluated| {
        evaluated.chosen_on.false_rollback.estimate().is_some_and(|share| share <= 0.5)
    };
    assert!(results.front.iter().all(|on| within(&on)));
    for candidate in results.candidates.iter().filter(within) {
        let (time, harm) = corner(candidate);
        let as_good = |on: &Evaluated| corner(on).0 <= time && corner(on).1 <= harm + 1e-9;
        assert!(results.front.iter().any(as_good), "{candidate:?} is not beaten");
    }
}

#[test]
fn without_runs_or_priors_there_is_an_answer_all_the_same() {
    let expansion = toy::expansion(1, 1);
    let spec = toy::spec((0.1, 0.5), Objective::FailedRequests, &[1.0, 0.0]);
    let none = tune(&spec, &expansion, &[]);
    assert!(none.best.is_none() && none.nearest.is_none() && none.candidates.is_empty());
    assert!(none.left_out.is_empty());
    let results = tune(&spec, &expansion, &toy::replications(1, 1, 1, &[0.0, 0.9]));
    let best = results.best.expect("a policy");
    assert_eq!((best.chosen_on.objective, best.reported.replications), (None, 0));
    assert_eq!(best.reported.false_rollback.interval, None);
    let said = |part: &str| results.warnings.iter().any(|warning| warning.contains(part));
    assert!(said("only one run"), "{:#?}", results.warnings);
    // 10 % take 29 runs without an event, for the half that reports.
    assert_eq!(results.standing, Some(Standing::Open { runs_needed: Some(58) }));
}

/// The loss has a price for rolling back a good release, and so prefers higher thresholds than harm does.
#[test]
fn another_objective_than_harm_has_a_price_in_harm() {
    let expansion = toy::expansion(1, 1);
    let replications = toy::replications(11, 800, 1, &[0.0, SHIFT]);
    let priors = [0.8, 0.2];
    let loss = toy::spec((0.5, 1.0), Objective::ExpectedLoss, &priors);
    let results = tune(&loss, &expansion, &replications);
    let best = results.best.as_ref().expect("a policy");
    let price = results.price.as_ref().expect("a price");
    let harm = |one: &Evaluated| one.reported.harm.expect("runs").value;
    let more = harm(best) - harm(&price.least_harm);
    assert!((price.more.value - more).abs() < 1e-9 * more, "{:?}, {more}", price.more);
    let expected = failed_requests(threshold(best)) - failed_requests(threshold(&price.least_harm));
    assert!(is_near(price.more.interval, 0.5 * expected), "{:?}, {expected}", price.more);
    let judge = Judge::new(&loss, &expansion, &replications, CONFIDENCE);
    let least = least_score(&judge, Score::compare_harm);
    let found = price.least_harm.chosen_on.harm.expect("runs").value;
    assert!(least.is_feasible() && found <= least.harm + 1e-9, "{found}, {least:?}");
    // Nothing harms less than what is minimised itself, but for what the runs that choose cannot tell.
    for minimise in [Objective::Harm, Objective::FailedRequests] {
        let spec = toy::spec((0.5, 1.0), minimise, &priors);
        assert_eq!(tune(&spec, &expansion, &replications).price, None);
    }
}

#[test]
fn policies_judged_together_are_as_judged_alone() {
    let spec = toy::spec((0.2, 0.5), Objective::UsersTouched, &[0.7, 0.2, 0.1]);
    let expansion = toy::expansion(1, 2);
    let replications = toy::replications(4, 31, 1, &[0.0, SHIFT, 0.1]);
    let judge = Judge::new(&spec, &expansion, &replications, CONFIDENCE);
    let policy =
        |threshold| Policy { plan: 0, settings: vec![setting(0, Ratio::new(threshold, 40))] };
    let policies: Vec<Policy> = (0..50).map(policy).collect();
    let together = judge.evaluate_all(&policies);
    let alone: Vec<Evaluated> = policies.iter().map(|policy| judge.evaluate(policy)).collect();
    assert_eq!(together, alone);
}
