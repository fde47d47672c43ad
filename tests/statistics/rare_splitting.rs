//! Splitting against the exact calculation and against plain runs.

#![expect(clippy::print_stdout, reason = "a test says what it has compared")]

use rollout_sim::experiment::runner::{Unwatched, run};
use rollout_sim::rare::{Effort, Method, RareEstimate, estimate, simulated};
use rollout_sim::scenario::Scenario;
use rollout_sim::stats::interval::Mean;
use rollout_sim::stats::proportion::clopper_pearson;
use std::path::Path;

/// Every interval here is of this level: a statistical test fails by chance once in a thousand re-rolls.
const CONFIDENCE: f64 = 1.0 - 1e-3;
const WARM_UP_S: f64 = 120.0;
const ROLLOUT_S: f64 = 60.0 + 20.0 + 300.0 + 20.0 + 240.0;

fn scenario(rate_per_s: f64, runs: u64, endpoint: &str, model: &str, more: &str) -> Scenario {
    let text = format!(
        r#"
name = "rare"
[experiment]
runs = {runs}
seed = 11
horizon = "16m"
warm_up = "{WARM_UP_S}s"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = {rate_per_s} }} }}
[endpoint]
instances = 4
{endpoint}
provision = "60s"
switch = "20s"
shift_by = "percent"
[metrics]
delay = "10s"
[blue]
{model}
[[strategies]]
name = "canary"
canary = {{ size = "25%", bake = "5m", final_bake = "4m" }}
{more}
"#
    );
    Scenario::parse(&text, "rare.toml", Path::new("."))
        .unwrap_or_else(|errors| panic!("{}", errors.render(false)))
        .scenario
}

fn alarm(metric: &str, statistic: &str, threshold: &str, m: u32, n: u32) -> String {
    format!(
        "[[alarms]]\nname = \"{metric}\"\nmetric = \"{metric}\"\nstatistic = \"{statistic}\"\n\
         fleet = \"green\"\nthreshold = \"{threshold}\"\ncomparison = \"GreaterThanThreshold\"\n\
         period = \"60s\"\nevaluation_periods = {n}\ndatapoints_to_alarm = {m}\n"
    )
}

/// How many times the requests of splitting plain runs would need for as small a standard error.
fn gain(found: &RareEstimate, probability: f64, rate_per_s: f64) -> f64 {
    let Method::Splitting { estimates, .. } = &found.method else { panic!("{:?}", found.method) };
    let error = Mean::of(estimates).and_then(|mean| mean.standard_error()).expect("several");
    let runs = probability * (1.0 - probability) / (error * error);
    let requests = found.requests_simulated;
    #[expect(clippy::cast_precision_loss, reason = "a number of requests")]
    let gain = runs * rate_per_s * (WARM_UP_S + ROLLOUT_S) / requests as f64;
    println!("{found:?}\nerror {error:.3e}, gain {gain:.1}");
    gain
}

/// Splitting covers the exact probability, and plain runs would cost more than `gain_min` times as much.
fn against_exact(more: &str, [low, high]: [f64; 2], gain_min: f64) {
    const RATE: f64 = 4.0;
    let model = "latency = { constant = \"20ms\" }\nerrors_5xx = 0.01";
    let scenario = scenario(RATE, 1, "capacity = \"unlimited\"", model, more);
    let effort = Effort { repetitions: 16, trials: 100, confidence: CONFIDENCE };
    let exact = estimate(&scenario, 0, effort).expect("no trace is read");
    assert_eq!((&exact.method, exact.requests_simulated), (&Method::Exact, 0));
    let exact = exact.probability;
    println!("exactly {exact:.4e}");
    assert!((low..high).contains(&exact), "{exact} is not what is to be tested");
    let found = simulated(&scenario, 0, effort).expect("no trace is read");
    let gain = gain(&found, exact, RATE);
    let [low, high] = found.interval;
    assert!(low <= exact && exact <= high, "{low} to {high}, exactly {exact}");
    assert!(gain > gain_min, "a gain of {gain} only");
}

/// Errors in two of three minutes. The standard error is about a fifth of the probability: an estimator
/// that is off by its whole is caught.
#[test]
fn one_in_ten_thousand_against_the_exact_probability() {
    let alarm = alarm("Invocation5XXErrors", "Average", "7%", 2, 3);
    let alarm = format!("{alarm}treat_missing_data = \"notBreaching\"\n");
    against_exact(&alarm, [3e-5, 3e-4], 5.0);
}

/// One small first window is enough, where the next has not arrived and nothing came before. How small it
/// is, and whether the next arrives in time, is luck that a replication has from the start and that cannot
/// be split: the gain is smaller.
#[test]
fn one_in_ten_thousand_by_a_premature_alarm() {
    let alarm = alarm("Invocation5XXErrors", "Average", "20%", 2, 3);
    against_exact(&alarm, [1e-4, 1e-3], 2.0);
}

/// Latencies behind queues, errors in clumps and incidents: nothing that is exact. 3000 plain runs of a
/// probability of 0.01 have an interval from 0.005 to 0.018, the splitting one of half a relative error at
/// most: an estimate that is off by a factor of 3 is caught.
#[test]
fn one_in_a_hundred_against_plain_runs() {
    const RUNS: u64 = 3_000;
    const RATE: f64 = 6.0;
    let model = "latency = { exponential = { mean = \"100ms\" } }\nerrors_5xx = 0.002\n\
                 overdispersion = { correlation = 0.002, interval = \"60s\" }";
    let slow = alarm("ModelLatency", "p90", "390ms", 2, 3);
    let incident = "[[incidents]]\nname = \"rain\"\nrate_per_day = 4.0\nlasts = \"3m\"\n\
                    effect = { latency = { factor = 1.3 } }\n";
    let more = format!("{slow}{incident}");
    let scenario = scenario(RATE, RUNS, "concurrency = 1", model, &more);
    let effort = Effort { repetitions: 12, trials: 100, confidence: CONFIDENCE };
    let found = estimate(&scenario, 0, effort).expect("no trace is read");
    assert!(found.reason.as_ref().is_some_and(|why| why.to_string().starts_with("incidents")));
    let gain = gain(&found, found.probability, RATE);
    assert!(gain > 1.0, "a gain of {gain} only");
    let results = run(&scenario, &Unwatched).expect("no trace is read");
    let rolled_back = results.outcomes.iter().filter(|outcome| outcome.alarm.is_some()).count();
    let plain = clopper_pearson(rolled_back as u64, RUNS, CONFIDENCE).expect("runs");
    println!("plain {rolled_back} of {RUNS}: {plain:?}");
    assert!((10..100).contains(&rolled_back), "{rolled_back} of {RUNS}");
    let [low, high] = found.interval;
    assert!(low <= plain.high && plain.low <= high, "{found:?}, and plain {plain:?}");
    assert!(plain.contains(found.probability), "{found:?}, and plain {plain:?}");
}

/// One thread or two: the same bits.
#[test]
fn the_same_on_any_number_of_threads() {
    let model = "latency = { constant = \"20ms\" }\nerrors_5xx = 0.01";
    let alarm = alarm("Invocation5XXErrors", "Average", "10%", 1, 1);
    let scenario = scenario(1.0, 1, "capacity = \"unlimited\"", model, &alarm);
    let effort = Effort { repetitions: 4, trials: 10, confidence: 0.95 };
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
        pool.install(|| simulated(&scenario, 0, effort)).expect("no trace is read")
    };
    assert_eq!(on(1), on(3));
}
