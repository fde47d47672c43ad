//! What a tuning says of a policy is what the closed loop does with it, and what probability theory says.

use rayon::prelude::*;
use rollout_sim::experiment::runner::Unwatched;
use rollout_sim::rare::computed;
use rollout_sim::scenario::tune::Expansion;
use rollout_sim::scenario::{Loaded, Scenario};
use rollout_sim::simulation::outcome::{Outcome, Verdict};
use rollout_sim::simulation::replication::{ArmId, replicate};
use rollout_sim::simulation::verdict::against_healthy;
use rollout_sim::stats::proportion::clopper_pearson;
use rollout_sim::telemetry::ratio::Ratio;
use rollout_sim::tuning::judge::judge;
use rollout_sim::tuning::judged::{Against, JudgedReplication};
use rollout_sim::tuning::results::{Evaluated, Performance, TuneResults};
use rollout_sim::tuning::run::tune;
use std::path::Path;

/// Few requests, much noise, two alarms and two ways of rolling out; traffic is a quarter more or less.
const SMALL: &str = r#"
name = "small"
[experiment]
runs = 60
horizon = "40m"
warm_up = "5m"
[traffic]
arrivals = { poisson = { rate_per_s = 5.0 } }
[endpoint]
concurrency = 1
instances = 10
provision = "2m"
switch = "30s"
[blue]
latency = { lognormal = { median = "40ms", p99 = "200ms" } }
errors_5xx = 0.01
[[regressions]]
name = "errors"
errors = { errors_5xx = 0.05 }
[[regressions]]
name = "slow"
latency = { factor = 1.5 }
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.05
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 2
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[alarms]]
name = "p90"
metric = "ModelLatency"
statistic = "p90"
fleet = "green"
threshold = "150ms"
comparison = "GreaterThanOrEqualToThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 3
treat_missing_data = "notBreaching"
[[strategies]]
name = "canary"
canary = { size = "20%", bake = "6m", final_bake = "5m" }
[tune]
max_false_rollback = "10%"
[[tune.alarms]]
alarm = "5xx"
m_of_n = ["1 of 1", "3 of 5"]
[[tune.alarms]]
alarm = "p90"
period = ["60s", "3m"]
[[tune.strategies]]
strategy = "canary"
vary = { "canary.bake" = ["3m", "6m"] }
"#;

/// Counts of one alarm, whose probabilities can be computed.
const COUNTS: &str = r#"
name = "counts"
[experiment]
runs = 1
horizon = "30m"
warm_up = "5m"
[traffic]
arrivals = { poisson = { rate_per_s = 10.0 } }
[endpoint]
instances = 10
capacity = "unlimited"
provision = "0s"
switch = "0s"
[metrics]
count_at = "arrival"
delay = "0s"
[blue]
latency = { constant = "20ms" }
errors_5xx = 0.01
[[regressions]]
name = "errors"
errors = { errors_5xx = 0.03 }
[[alarms]]
name = "5xx"
metric = "Invocation5XXErrors"
statistic = "Average"
fleet = "green"
threshold = 0.02
comparison = "GreaterThanThreshold"
period = "60s"
evaluation_periods = 3
datapoints_to_alarm = 2
treat_missing_data = "notBreaching"
[[strategies]]
name = "all at once"
all_at_once = { final_bake = "20m" }
[tune]
uncertain = { "traffic.rate" = "0%" }
[[tune.alarms]]
alarm = "5xx"
m_of_n = ["1 of 1", "3 of 3"]
"#;

fn parsed(text: &str) -> Loaded {
    let loaded = Scenario::parse(text, "tune.toml", Path::new("."));
    loaded.unwrap_or_else(|errors| panic!("{errors}"))
}

fn tuned(text: &str) -> TuneResults {
    let loaded = parsed(text);
    let expanded = loaded.expand().unwrap_or_else(|errors| panic!("{errors}"));
    tune(&loaded.tune, &expanded.expansion, &Unwatched).expect("no trace")
}

/// The closed loop under a policy, run by run, at what is uncertain as each replication has it.
fn closed_loop(results: &TuneResults, one: &Evaluated) -> Vec<Outcome> {
    let expansion = &results.expansion;
    let regressions = 0..expansion.scenario.regressions.len();
    let arms: Vec<ArmId> =
        regressions.map(|regression| ArmId { strategy: 0, regression }).collect();
    let outcomes = |replication: u64| {
        let scenario = expansion.replicated(replication).scenario.into_owned();
        let drawn = Expansion { scenario, ..expansion.clone() };
        let scenario = drawn.with(one.policy.plan, &one.policy.thresholds());
        let done = replicate(&scenario, replication, &arms, false, &|| true);
        done.expect("no trace").expect("nobody interrupts").outcomes
    };
    (0..results.runs).into_par_iter().map(outcomes).collect::<Vec<_>>().concat()
}

#[expect(clippy::cast_precision_loss, reason = "some thousand requests")]
fn real(count: i64) -> f64 {
    count as f64
}

/// Requests harmed and failed: up to the horizon; of a missed fault, up to the end of the rollout and then at
/// the rate from there for the four hours until somebody notices.
fn harm(run: &Outcome, horizon_s: f64) -> [f64; 2] {
    let of = |damage: &rollout_sim::simulation::outcome::Damage| {
        [real(damage.counts.harmed_excess()), real(damage.counts.excess())]
    };
    let (ended, whole) = (of(&run.to_bake_end), of(&run.to_horizon));
    if run.verdict != Verdict::Missed {
        return whole;
    }
    let ended_s = run.bake_ended_at.expect("the last bake is over").as_secs_f64();
    [0, 1].map(|i| ended[i] + (whole[i] - ended[i]) / (horizon_s - ended_s) * 4.0 * 3600.0)
}

/// Counts and means of half the runs are those of the closed loop.
fn assert_half(half: &Performance, closed: &[Outcome], odd: u64, horizon_s: f64) {
    let runs = |regression: usize| {
        closed.iter().filter(move |run| run.regression == regression && run.replication % 2 == odd)
    };
    let count =
        |regression, verdict| runs(regression).filter(|run| run.verdict == verdict).count() as u64;
    assert_eq!(half.false_rollback.count, count(0, Verdict::FalseRollback));
    for of in &half.regressions {
        let count = |verdict| count(of.regression, verdict);
        let (caught, missed) = (count(Verdict::Caught), count(Verdict::Missed));
        assert_eq!(of.caught.count, caught);
        assert_eq!((of.missed.count, of.missed.of), (missed, caught + missed));
        assert_eq!(of.by_chance.count, count(Verdict::ByChance));
        let order = |run: &Outcome| {
            against_healthy(run.given_up.map(|given_up| given_up.at), run.healthy_given_up_at)
        };
        let earlier = runs(of.regression).filter(|run| order(run).is_lt()).count() as u64;
        let later = runs(of.regression).filter(|run| order(run).is_gt()).count() as u64;
        assert_eq!((of.earlier, of.later), (earlier, later));
        for (which, mean) in [of.harm, of.failed_requests].into_iter().enumerate() {
            let mean = mean.expect("there are runs").value;
            let sum: f64 = runs(of.regression).map(|run| harm(run, horizon_s)[which]).sum();
            let expected = sum / real(i64::try_from(half.replications).expect("a small number"));
            assert!((mean - expected).abs() < 1e-9 * expected.abs().max(1.0), "{mean}, {expected}");
        }
    }
}

#[test]
fn a_tuned_policy_does_in_the_closed_loop_what_was_said_of_it() {
    let results = tuned(SMALL);
    assert_eq!((results.runs, results.expansion.plans.len()), (60, 2));
    let best = results.best.as_ref().expect("a limit of 10 % can be kept");
    assert!(results.policies_compared > 100, "{}", results.policies_compared);
    let every_hundredth = results.candidates.iter().step_by(results.candidates.len() / 8);
    for one in every_hundredth.chain([best]).chain(&results.present) {
        let closed = closed_loop(&results, one);
        assert_half(&one.chosen_on, &closed, 0, 40.0 * 60.0);
        assert_half(&one.reported, &closed, 1, 40.0 * 60.0);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| tuned(&SMALL.replace("runs = 60", "runs = 12")))
    };
    assert_eq!(with(1), with(3));
}

/// Shares of 1,500 replications against computed probabilities, at α = 10⁻⁴ each: a probability of 0.1 that
/// is off by 0.035 would be found in more than half of the cases.
#[test]
fn rollbacks_come_as_often_as_probability_theory_says() {
    const RUNS: u64 = 1500;
    let loaded = parsed(COUNTS);
    let expansion = loaded.expand().unwrap_or_else(|errors| panic!("{errors}")).expansion;
    let judged: Vec<_> = (0..RUNS)
        .map(|replication| judge(&expansion, replication, &|| true))
        .map(|judged| judged.expect("no trace").expect("nobody interrupts"))
        .collect();
    let mut in_doubt = 0;
    for (shape, of) in expansion.shapes.iter().enumerate() {
        for per_mille in [12, 16, 20, 24, 28] {
            let threshold = Ratio::new(per_mille, 1000);
            let exact = computed(&expansion.with(0, &[(shape, threshold)]), 0);
            let exact = exact.expect("these alarms can be computed").probability;
            let rolled_back = |judged: &&JudgedReplication| {
                let keys = [(shape, 0, threshold.as_f64())];
                let against = Against { is_good: true, healthy_given_up_at: None };
                judged.runs[0].play(&keys, against).verdict == Verdict::FalseRollback
            };
            let count = judged.iter().filter(rolled_back).count() as u64;
            let interval = clopper_pearson(count, RUNS, 1.0 - 1e-4).expect("there are runs");
            let what = (of.spec.datapoints_to_alarm, of.spec.evaluation_periods, per_mille);
            assert!(interval.contains(exact), "{what:?}: {exact} is not in {interval:?}");
            in_doubt += u32::from((0.02..0.98).contains(&exact));
        }
    }
    assert!(in_doubt >= 5, "most of these probabilities must be neither 0 nor 1");
}
