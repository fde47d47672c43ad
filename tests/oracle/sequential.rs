//! Wald's sequential test as an A/B test of failures: the healthy arm fails with p0, the regression with p1.

use crate::case::Case;
use crate::figures::SIGMAS;
use rollout_sim::experiment::Results;
use rollout_sim::simulation::outcome::{Outcome, TestOutcome};

/// 150 s of nearly 20 requests a second on green: 2,970 trials, beyond which the test is open with a
/// probability far below 10⁻⁶.
pub fn scenario(case: &Case, runs: u64) -> String {
    let [p0, p1, alpha, beta] = ["p0", "p1", "alpha", "beta"].map(|key| case.number(key));
    format!(
        r#"name = "{}"
[experiment]
runs = {runs}
seed = 20260303
horizon = "160s"
warm_up = "0s"
phase = "aligned"
baseline = "none"
[traffic]
arrivals = {{ poisson = {{ rate_per_s = 20.0 }} }}
[endpoint]
instances = 1
capacity = "unlimited"
provision = "0s"
switch = "0s"
[blue]
latency = {{ constant = "10ms" }}
errors_5xx = {p0:?}
[[regressions]]
name = "p1"
errors = {{ errors_5xx = {p1:?} }}
[[strategies]]
name = "wald"
[strategies.ab_test]
share = "99%"
lasts = "150s"
look_every = "150s"
kpi = "failure"
test = {{ sprt = {{ p0 = {p0:?}, p1 = {p1:?}, alpha = {alpha:?}, beta = {beta:?} }} }}
"#,
        case.id
    )
}

/// Compares every figure; each is named after the arm by its probability.
pub fn check(case: &Case, results: &Results) -> (usize, Vec<String>) {
    let mut wrong = Vec::new();
    for (name, expected) in &case.expected {
        let (figure, p) = name.split_once("_when_p=").expect("a figure of an arm");
        let p: f64 = p.parse().expect("a probability");
        let regression = usize::from((p - case.number("p1")).abs() < 1e-12);
        let tests: Vec<&TestOutcome> = results
            .outcomes
            .iter()
            .filter(|run| run.regression == regression)
            .map(|run: &Outcome| run.test.as_ref().expect("the test began"))
            .collect();
        assert!(tests.iter().all(|test| test.winner.is_some()), "{name}: not decided in time");
        let value = expected["value"].as_f64().expect("a value");
        let verdict = match figure {
            "p_accept_h1" => {
                let accepted = tests.iter().map(|test| f64::from(u8::from(test.winner == Some(0))));
                mean(&accepted.collect::<Vec<f64>>(), value, expected["sd_per_run"].as_f64())
            }
            "mean_observations" => mean(&trials(&tests), value, expected["sd_per_run"].as_f64()),
            "observations_q50" => quantile(&trials(&tests), 0.5, value),
            "observations_q90" => quantile(&trials(&tests), 0.9, value),
            _ => Err("no such figure".to_owned()),
        };
        if let Err(what) = verdict {
            wrong.push(format!("{} {name}: {what}", case.id));
        }
    }
    (case.expected.len(), wrong)
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn trials(tests: &[&TestOutcome]) -> Vec<f64> {
    tests.iter().map(|test| test.sprt_trials.expect("Wald's test") as f64).collect()
}

#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn mean(values: &[f64], value: f64, spread: Option<f64>) -> Result<(), String> {
    let n = values.len() as f64;
    let found = values.iter().sum::<f64>() / n;
    let allowed = SIGMAS * spread.ok_or("no spread")? / n.sqrt();
    if (found - value).abs() <= allowed {
        Ok(())
    } else {
        Err(format!("{found} instead of {value} ± {allowed}"))
    }
}

/// A value is the quantile if enough of the sample is at most, and not too much below it.
#[expect(clippy::cast_precision_loss, reason = "counts of a test")]
fn quantile(values: &[f64], q: f64, value: f64) -> Result<(), String> {
    let n = values.len() as f64;
    let share =
        |of: &dyn Fn(f64) -> bool| values.iter().filter(|&&trials| of(trials)).count() as f64 / n;
    let (below, up_to) = (share(&|trials| trials < value), share(&|trials| trials <= value));
    let allowed = SIGMAS * (q * (1.0 - q) / n).sqrt();
    if below - allowed <= q && q <= up_to + allowed {
        Ok(())
    } else {
        Err(format!("{below} below and {up_to} up to {value}, expected {q} ± {allowed}"))
    }
}
